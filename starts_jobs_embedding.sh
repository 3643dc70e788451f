#!/usr/bin/env bash
# The whole schedule of 2019, two lines a phase; the numbers are config.py's defaults.
# The same command again skips what is done and goes on where it stopped.
#
#   DATA_DIR=records RUN_DIR=runs ./starts_jobs_embedding.sh [more flags of train.py]
#   GPUS, FIRST_PHASE, LAST_PHASE and PYTHON may be set too. --steps and --epoch are no flags for
#   here: a stable stage counts on from its fade and needs more of them than the fade.
#
#   SMALL=1 ./starts_jobs_embedding.sh
#   all of it in about a quarter of an hour on two cores, to see that it works: the demo's photos
#   (made into records first, where DATA_DIR has none), narrow networks, a few steps a stage.
set -euo pipefail
cd "$(dirname "$0")"

if [ -z "${PYTHON:-}" ]; then
  PYTHON=python
  [ -x .venv/bin/python ] && PYTHON=.venv/bin/python
fi

# A stop signal, which may reach this shell alone, goes on to train.py. That saves and ends well,
# and the schedule must stop there too.
stop() {
  kill -TERM "$child" 2>/dev/null || true
  wait "$child" || true
  exit 130
}
train() {
  "$PYTHON" train.py "$@" &
  child=$!
  trap stop INT TERM
  wait "$child"
}

first=${FIRST_PHASE:-2} last=${LAST_PHASE:-7}
if ! [[ "$first$last" =~ ^[1-8][1-8]$ ]] || [ "$first" -gt "$last" ]; then
  echo "error: FIRST_PHASE=$first LAST_PHASE=$last: wanted 1 to 8, the first not after the last" >&2
  exit 2
fi
data=${DATA_DIR:-./records} runs=${RUN_DIR:-./runs} fade=() stable=()
if [ "${SMALL:-0}" != 0 ]; then
  data=${DATA_DIR:-demo/small/records} runs=${RUN_DIR:-demo/small/runs}
  small=(--max_features 16 --batch_size 4 --sample_rows 2 --log_every 5)
  fade=("${small[@]}" --steps 20) stable=("${small[@]}" --steps 40)
  if [ ! -e "$data" ]; then
    make demo/sample_photos
    # Few of these faces are large: enlarged eightfold, there are some at every resolution.
    "$PYTHON" -m input_pipeline.prepare --images demo/sample_photos --out "$data" \
      --faces all --shards 2 --max_upscale 8
  fi
fi
for phase in $(seq "$first" "$last"); do
  flags=(--phase "$phase" --use_embedding --GPU "${GPUS:-0}" --data_dir "$data" --run_dir "$runs")
  # The release starts with phase 2; FIRST_PHASE=1 trains the 8-pixel phase before it.
  if [ "$phase" = 2 ] && [ "$first" = 2 ]; then flags+=(--from_scratch); fi
  if [ "$phase" != 1 ]; then
    train "${flags[@]}" --smooth ${fade[@]+"${fade[@]}"} "$@"
  fi
  train "${flags[@]}" ${stable[@]+"${stable[@]}"} "$@"
done
