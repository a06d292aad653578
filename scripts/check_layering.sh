#!/usr/bin/env bash
# Checks that each folder includes only what it may:
#   proto <- common <- worker, coordinator, gateway
# and that coordinator and worker never include each other, but for the file
# that starts the in-process worker. Tests may include everything. Our includes
# are written from the root, in quotes, as are Abseil's.
#
# And that signals, limits and the rest of a process's settings are made by the
# programs' main alone, through common/process_setup.h and common/interrupt.h:
# everything else also has to run inside other people's processes.
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

# Prints where a pattern is found outside the named files.
settle_elsewhere() {
  local pattern=$1
  shift
  local where
  where=$(grep -rnE "$pattern" --include='*.h' --include='*.cc' \
    common worker coordinator gateway |
    grep -vE "^($(IFS='|'; echo "$*")):") || true
  [[ -n $where ]] || return 0
  echo "only main may set up the process, through common/process_setup.h:"
  echo "$where"
  wrong=1
}

settings='\b(sigaction|signal|sigprocmask|pthread_sigmask|setrlimit|prlimit)\('
settings+='|\b(set_terminate|set_new_handler|signal_set)\b|\bumask\('
settings+='|PR_SET_DUMPABLE'
settle_elsewhere "$settings" \
  'common/process_setup\.cc' 'common/interrupt\.cc' 'common/last_words\.cc' \
  'common/child_process\.cc'
runs='SetUpProcess|RaiseFileLimit|EndInWords|EndAtInterrupts|CountInterrupts'
settle_elsewhere "\b($runs)\(" \
  '[a-z]+/main\.cc' 'common/(process_setup|interrupt|last_words)\.(h|cc)'
exit $wrong
