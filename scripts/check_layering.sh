#!/usr/bin/env bash
# Checks that each folder includes only what it may:
#   proto <- common <- worker, coordinator, gateway
# and that coordinator and worker never include each other, but for the file
# that starts the in-process worker. Tests may include everything. Our includes
# are written from the root, in quotes, as are Abseil's.
set -euo pipefail
cd "$(dirname "$0")/.."

# Prints the folders that a file may include from.
allowed() {
  case $1 in
    proto/*) echo "proto" ;;
    common/*) echo "common proto" ;;
    worker/*) echo "worker common proto" ;;
    gateway/*) echo "gateway common proto" ;;
    coordinator/in_process_worker.*) echo "coordinator worker common proto" ;;
    coordinator/*) echo "coordinator common proto" ;;
  esac
}

wrong=0
while IFS=: read -r file line text; do
  included=${text#*\"}
  included=${included%%\"*}
  folder=${included%%/*}
  case $included in
    proto/* | common/* | worker/* | coordinator/* | gateway/* | tests/*) ;;
    */*) continue ;; # a library's
  esac
  if [[ " $(allowed "$file") " != *" $folder "* ]]; then
    echo "$file:$line: may not include \"$included\" (only from: $(allowed "$file"))"
    wrong=1
  fi
done < <(grep -rnE '^[[:space:]]*(#[[:space:]]*include|import)[[:space:]]*"' \
  --include='*.h' --include='*.cc' --include='*.proto' \
  proto common worker coordinator gateway)
exit $wrong
