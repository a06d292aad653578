#!/usr/bin/env bash
# Runs the tests of a build: scripts/run_tests.sh [BUILD_DIR]
#
# Unit tests (GoogleTest), then tests/end_to_end (pytest, with the system's
# Python, whose packages are oracles; tests/oracle has those that are programs
# of their own). The last line is
# "N passed, N failed", with ", N skipped" when some are; exit 1 if any failed.
# A program that crashes or hangs, and a suite without tests, count as failed.
#
# Tests learn from the environment:
#   INVOCATOR_BIN_DIR    the folder with the programs
#   INVOCATOR_SANITIZER  what they are built with, e.g. "thread"; empty: none
set -uo pipefail
cd "$(dirname "$0")/.." || exit

dir=$(realpath "${1:-build}")
logs=$dir/test-logs
mkdir -p "$logs"
rm -f "$logs"/*

cached() { sed -n "s/^$1:[A-Z]*=//p" "$dir/CMakeCache.txt"; }
INVOCATOR_SANITIZER=$(cached INVOCATOR_SANITIZE)
export INVOCATOR_SANITIZER INVOCATOR_BIN_DIR=$dir/bin
run=(env)
limit_s=2500
if [[ -n $INVOCATOR_SANITIZER ]]; then
  limit_s=3300
  export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
  export LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0
  export UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS=suppressions=$PWD/tests/support/tsan.supp:second_deadlock_stack=1
  for symbolizer in llvm-symbolizer-14 llvm-symbolizer; do
    if command -v "$symbolizer" >/dev/null; then
      ASAN_SYMBOLIZER_PATH=$(command -v "$symbolizer")
      export ASAN_SYMBOLIZER_PATH
      TSAN_OPTIONS+=:external_symbolizer_path=$ASAN_SYMBOLIZER_PATH
      break
    fi
  done
  # Run-time libraries of 2022 do not know where kernels since 6.6 put
  # memory (vm.mmap_rnd_bits = 32).
  setarch -R true 2>/dev/null && run=(setarch -R)
fi

passed=0 failed=0 skipped=0

# Adds one suite to the books: its name, exit code, and what its report counts.
account() {
  local name=$1 code=$2 ok=$3 bad=$4 skip=$5
  if ((code != 0 && bad == 0)); then
    echo "$name: ended with code $code after $ok tests (counted as a failure)"
    bad=1
  elif ((ok + bad + skip == 0)); then
    echo "$name: no tests were run (counted as a failure)"
    bad=1
  fi
  ((passed += ok, failed += bad, skipped += skip))
}

count() { grep -acE "\[ +$1 +\] .*\([0-9]+ ms\)\$" "$log"; }
# send_path_test replaces malloc; there is none beside a sanitizer.
for suite in unit_tests send_path_test; do
  [[ $suite == unit_tests || -z $INVOCATOR_SANITIZER ]] || continue
  echo "== $suite"
  log=$logs/$suite.log
  timeout -k 10 "$limit_s" "${run[@]}" "$dir/bin/$suite" --gtest_color=no \
    2>&1 </dev/null | tee "$log" |
    grep --line-buffered -vE '^\[ +(RUN|OK) +\]|^\[-+\]|^$'
  code=${PIPESTATUS[0]}
  account "$suite" "$code" "$(count OK)" "$(count FAILED)" "$(count SKIPPED)"
done

# Prints "passed failed skipped" of a JUnit report; zeros where there is none.
junit_counts() {
  /usr/bin/python3 - "$1" <<'PYTHON'
import sys
import xml.etree.ElementTree as ElementTree

total = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
try:
    for suite in ElementTree.parse(sys.argv[1]).iter("testsuite"):
        for key in total:
            total[key] += int(suite.get(key, 0))
except (OSError, ElementTree.ParseError):
    pass
bad = total["failures"] + total["errors"]
print(max(0, total["tests"] - bad - total["skipped"]), bad, total["skipped"])
PYTHON
}

echo "== tests/end_to_end"
report=$logs/end_to_end.xml
timeout -k 10 "$limit_s" "${run[@]}" /usr/bin/python3 -m pytest -q -rs \
  -p no:cacheprovider --junitxml="$report" tests/end_to_end \
  </dev/null 2>&1 | tee "$logs/end_to_end.log"
code=${PIPESTATUS[0]}
read -r ok bad skip < <(junit_counts "$report")
account tests/end_to_end "$code" "$ok" "$bad" "$skip"

((skipped == 0)) && words= || words=", $skipped skipped"
echo "$passed passed, $failed failed$words"
((failed == 0))
