#!/usr/bin/env bash
# Measures what invocator costs and how punctual it is, beside wrk, hey, ab,
# h2load, siege and what else is on the PATH (tests/bench/peers.py): installs,
# builds, and prints Markdown tables (half an hour at most, two minutes
# with --quick). Every single value goes to a JSON file.
# usage: scripts/bench.sh [--quick] [--rounds N] [--seconds N] [--minutes N]
#                         [--json FILE] [--part PART]...
#        scripts/bench.sh --fleet [--workers N] [--rate PER_S] [--json FILE] ...
#          what a coordinator of very many workers costs instead (one minute)
#        scripts/bench.sh --trace
#          time and memory of converting a day of a public trace (one minute)
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_deps.sh --bench >&2
scripts/build.sh build -DINVOCATOR_BENCHMARKS=ON >&2
if [[ ${1-} == --fleet ]]; then
  shift
  exec /usr/bin/python3 tests/bench/fleet_scale.py "$@"
fi
if [[ ${1-} == --trace ]]; then
  exec /usr/bin/python3 tests/bench/trace_day.py
fi
exec /usr/bin/python3 tests/bench/compare.py "$@"
