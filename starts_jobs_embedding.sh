#!/usr/bin/env bash
# The whole schedule of 2019, two lines a phase; the numbers are config.py's defaults.
# The same command again skips what is done and goes on where it stopped.
#
#   DATA_DIR=records RUN_DIR=runs ./starts_jobs_embedding.sh [more flags of train.py]
#   GPUS, FIRST_PHASE, LAST_PHASE and PYTHON may be set too.
set -euo pipefail
cd "$(dirname "$0")"

if [ -z "${PYTHON:-}" ]; then
  PYTHON=python
  [ -x .venv/bin/python ] && PYTHON=.venv/bin/python
fi

first=${FIRST_PHASE:-2}
for phase in $(seq "$first" "${LAST_PHASE:-7}"); do
  flags=(--phase "$phase" --use_embedding --GPU "${GPUS:-0}"
    --data_dir "${DATA_DIR:-./records}" --run_dir "${RUN_DIR:-./runs}")
  # The release starts with phase 2; FIRST_PHASE=1 trains the 8-pixel phase before it.
  if [ "$phase" = 2 ] && [ "$first" = 2 ]; then flags+=(--from_scratch); fi
  if [ "$phase" != 1 ]; then "$PYTHON" train.py "${flags[@]}" --smooth "$@"; fi
  "$PYTHON" train.py "${flags[@]}" "$@"
done
