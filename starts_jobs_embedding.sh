#!/usr/bin/env bash
# The whole schedule of 2019, two lines a phase; the numbers are config.py's defaults.
# The same command again skips what is done and goes on where it stopped.
#
#   DATA_DIR=records RUN_DIR=runs ./starts_jobs_embedding.sh [more flags of train.py]
#   GPUS, FIRST_PHASE, LAST_PHASE and PYTHON may be set too. --steps and --epoch are no flags for
#   here: a stable stage counts on from its fade and needs more of them than the fade.
set -euo pipefail
cd "$(dirname "$0")"

if [ -z "${PYTHON:-}" ]; then
  PYTHON=python
  [ -x .venv/bin/python ] && PYTHON=.venv/bin/python
fi

# train.py answers a stop signal by saving and ending well; the schedule must stop there too.
trap 'exit 130' INT TERM

first=${FIRST_PHASE:-2} last=${LAST_PHASE:-7}
if ! [[ "$first$last" =~ ^[1-8][1-8]$ ]] || [ "$first" -gt "$last" ]; then
  echo "error: FIRST_PHASE=$first LAST_PHASE=$last: wanted 1 to 8, the first not after the last" >&2
  exit 2
fi
for phase in $(seq "$first" "$last"); do
  flags=(--phase "$phase" --use_embedding --GPU "${GPUS:-0}"
    --data_dir "${DATA_DIR:-./records}" --run_dir "${RUN_DIR:-./runs}")
  # The release starts with phase 2; FIRST_PHASE=1 trains the 8-pixel phase before it.
  if [ "$phase" = 2 ] && [ "$first" = 2 ]; then flags+=(--from_scratch); fi
  if [ "$phase" != 1 ]; then "$PYTHON" train.py "${flags[@]}" --smooth "$@"; fi
  "$PYTHON" train.py "${flags[@]}" "$@"
done
