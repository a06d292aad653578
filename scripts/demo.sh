#!/usr/bin/env bash
# The main job, on a machine that may have nothing yet: installs, builds, and
# plays examples/original.json against a local gateway that checks every
# signature. Nothing leaves this machine; what is printed last is the summary.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_deps.sh
scripts/build.sh

# The gateway knows one key: the example of the AWS documentation.
export AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID-AKIDEXAMPLE}
export AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY-wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY}

scratch=$(mktemp -d)
gateway=
clean_up() {
  if [[ -n $gateway ]]; then
    kill "$gateway" 2>/dev/null || true
    wait "$gateway" 2>/dev/null || true
  fi
  rm -rf "$scratch"
}
trap clean_up EXIT

build/bin/invocator-gateway --listen 127.0.0.1:0 --latency 20ms \
  >"$scratch/gateway.out" 2>"$scratch/gateway.err" &
gateway=$!
url=
for ((i = 0; i < 100; ++i)); do
  url=$(sed -n '1s/^listening on //p' "$scratch/gateway.out")
  [[ -z $url ]] || break
  kill -0 "$gateway" 2>/dev/null || break
  sleep 0.1
done
if [[ -z $url ]]; then
  echo "demo.sh: the gateway did not start:" >&2
  cat "$scratch/gateway.out" "$scratch/gateway.err" >&2
  exit 1
fi

echo
echo "\$ invocator-gateway --listen 127.0.0.1:0 --latency 20ms   # $url"
echo "\$ invocator run examples/original.json --endpoint-url $url"
build/bin/invocator run examples/original.json --endpoint-url "$url"
