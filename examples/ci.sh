#!/usr/bin/env bash
# A load test for CI: a gateway, two workers and one run. The job fails if the
# schedule is not kept or a threshold is missed. Runs unchanged, from a checkout
# or from the installed package; everything stays on the loopback.
#
# usage: examples/ci.sh [WORKLOAD]     (default: examples/laptop_quickstart.json)
#   KEPT_WITHIN=1ms     lateness p99 that counts as kept; shared runners need more
#   MAX_P99=500ms       limit on the function's response p99
#   JUNIT=FILE          report for GitLab and Jenkins
#   MARKDOWN=FILE       report for GitHub: $GITHUB_STEP_SUMMARY
#   OUT=DIR             folder for the results, to keep as the job's artifact
#
# In your own pipeline drop the gateway and --endpoint-url, and have the CI
# system put the AWS credentials into the environment.
set -euo pipefail

here=$(dirname "$(realpath "$0")")
PATH=${INVOCATOR_BIN_DIR:-$here/../build/bin}:$PATH
workload=${1:-$here/laptop_quickstart.json}
kept_within=${KEPT_WITHIN:-1ms}
out=${OUT:-$(mktemp -du -t invocator-ci-XXXXXX)}

# The gateway knows one key: the example of the AWS documentation.
export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID-AKIDEXAMPLE}
export AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY-wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY}

pids=()
clean_up() {
  ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
  wait
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# The gateway takes a free port and prints its URL when it is ready.
coproc GATEWAY { exec invocator-gateway --listen 127.0.0.1:0 --latency 20ms; }
pids+=("$GATEWAY_PID")
read -r -t 10 _ _ url <&"${GATEWAY[0]}"

join=127.0.0.1:${JOIN_PORT:-7070}
for name in left right; do
  invocator-worker --coordinator "$join" --name "$name" --once &
  pids+=($!)
done

# The job requires that all calls succeed and are fast enough. The CI system
# shows JUNIT and MARKDOWN.
max_p99=${MAX_P99:-500ms}
code=0
invocator run "$workload" --endpoint-url "$url" --workers 2 --listen "$join" \
  --gather-timeout 30s --out "$out" \
  --require-kept --kept-within "$kept_within" \
  --marginal-within "$kept_within" \
  --threshold 'ok >= 100%' --threshold "response p99 <= $max_p99" \
  ${JUNIT:+--junit "$JUNIT"} ${MARKDOWN:+--markdown "$MARKDOWN"} || code=$?
case $code in
  0) ;;
  4) echo "ci.sh: the schedule was not kept: the results are not valid" >&2 ;;
  5) echo "ci.sh: the function is not good enough, see $out" >&2 ;;
  *) echo "ci.sh: the run failed with $code" >&2 ;;
esac
((code == 0)) || exit "$code"

# The folder can be judged again, later and elsewhere, with other thresholds.
invocator check "$out" --threshold 'lateness p99 < 1s'
echo "ci.sh: passed, results in $out"
