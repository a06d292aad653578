#!/usr/bin/env bash
# All checks, on a machine that may have nothing yet; CI runs the same steps.
#
# usage: scripts/check.sh [STEP...]     (default: all but the last, in this order)
#   layering  each folder includes only what it may
#   gcc       a build with g++, warnings are errors; all tests
#   format    clang-format
#   shell     shellcheck
#   asan      a build with clang++, ASan and UBSan, warnings are errors; all tests
#   fuzz      each fuzz target for 20 s (with the build of asan)
#   tidy      clang-tidy (with the build of asan)
#   tsan      a build with TSan; all tests
#   chaos     ten random stories of a fleet and its faults, 10 minutes at most,
#             by the script that INVOCATOR_CHAOS names (with the build of gcc);
#             without it the step is left out
#   bench     the microbenchmarks and a short comparison, to see that they run
#             (with the build of gcc)
#   mutate    only when named: small faults in the core, one at a time, for 20
#             minutes once it is built; prints those that no unit test noticed,
#             and the score. INVOCATOR_MUTATE has options for it:
#             tests/mutation/mutate.py
# A step that fails does not stop the next. Exit 1 if any failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

all_steps=(layering gcc format shell asan fuzz tidy tsan chaos bench)
named_steps=(mutate)
fuzz_seconds=20
chaos_stories=10
chaos_seconds=600
chaos_story_seconds=200 # at most, says the script

# The first of the named programs there is: clang++-14 is the reference, and
# what the distribution has by default will do.
tool() {
  local name
  for name in "$@"; do
    command -v "$name" && return
  done
  echo "check.sh: none of these is installed: $*" >&2
  return 1
}

step_layering() { scripts/check_layering.sh; }

build_gcc() {
  scripts/build.sh build-gcc -DCMAKE_CXX_COMPILER=g++ -DINVOCATOR_WERROR=ON \
    -DINVOCATOR_TESTS=ON -DINVOCATOR_BENCHMARKS=ON
}

step_gcc() {
  build_gcc && INVOCATOR_ROTATION_SECONDS=60 scripts/run_tests.sh build-gcc
}

step_format() {
  # Other versions format otherwise.
  local format
  if ! format=$(command -v clang-format-14); then
    echo "left out: clang-format-14 is not installed"
    return
  fi
  find common coordinator worker gateway tests \
    '(' -name '*.h' -o -name '*.cc' ')' -print0 |
    xargs -0 "$format" --dry-run -Werror
}

step_shell() {
  shellcheck --severity=warning .ci/run scripts/*.sh examples/*.sh \
    examples/*/*.sbatch tests/*/*.sh
}

build_asan() {
  local clang
  clang=$(tool clang++-14 clang++) &&
    scripts/build.sh build-asan -DCMAKE_CXX_COMPILER="$clang" \
      -DINVOCATOR_WERROR=ON -DINVOCATOR_SANITIZE=address,undefined \
      -DINVOCATOR_TESTS=ON -DINVOCATOR_FUZZERS=ON
}

step_asan() { build_asan && scripts/run_tests.sh build-asan; }

step_fuzz() {
  build_asan || return 1
  local program name corpus run=(env) code=0
  setarch -R true 2>/dev/null && run=(setarch -R)
  for program in build-asan/bin/fuzz/*_fuzz; do
    [[ -x $program ]] || { echo "no fuzz targets"; return 1; }
    name=$(basename "$program")
    # What is found grows in the first folder; tests/fuzz has what to begin with.
    corpus=(build-asan/fuzz/"$name")
    mkdir -p "${corpus[0]}"
    [[ ! -d tests/fuzz/corpus/$name ]] || corpus+=(tests/fuzz/corpus/"$name")
    echo "-- $name"
    "${run[@]}" "$program" -max_total_time=$fuzz_seconds -timeout=10 \
      -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
      -artifact_prefix=build-asan/fuzz/ "${corpus[@]}" || code=1
  done
  return $code
}

step_tidy() {
  build_asan || return 1
  local tidy
  tidy=$(tool clang-tidy-14 clang-tidy) || return 1
  find common coordinator worker gateway -name '*.cc' -print0 |
    xargs -0 -P "$(nproc)" -n 2 "$tidy" -p build-asan --quiet
}

step_tsan() {
  scripts/build.sh build-tsan -DCMAKE_CXX_COMPILER=g++ \
    -DINVOCATOR_SANITIZE=thread -DINVOCATOR_TESTS=ON &&
    scripts/run_tests.sh build-tsan
}

step_chaos() {
  local script=${INVOCATOR_CHAOS:-}
  if [[ -z $script ]]; then
    echo "left out: INVOCATOR_CHAOS names no script"
    return
  fi
  [[ -f $script ]] || { echo "INVOCATOR_CHAOS: no file '$script'"; return 1; }
  build_gcc || return 1
  local begin=$SECONDS failed=0 played=0 seed story
  while ((played < chaos_stories)); do
    if ((SECONDS - begin + chaos_story_seconds > chaos_seconds)); then
      echo "no time for more stories"
      break
    fi
    # Of a range that nobody chooses seeds of by hand.
    seed=$((RANDOM * 32768 + RANDOM))
    story=$(INVOCATOR_BIN=build-gcc/bin timeout -k 10 $((chaos_story_seconds + 10)) \
      /usr/bin/python3 "$script" "$seed" </dev/null)
    ((++played))
    if /usr/bin/python3 -c 'import json, sys
sys.exit(json.loads(sys.argv[1].splitlines()[-1])["violations"] != [])' \
      "$story" 2>/dev/null; then
      echo "seed $seed: held"
    else
      echo "seed $seed: ${story:-no result}"
      ((++failed))
    fi
  done
  echo "$failed of $played stories with a violation"
  ((failed == 0))
}

step_mutate() {
  local python
  if ! python=$(scripts/install_deps.sh --python); then
    echo "left out: PyPI was not reachable for tests/requirements.txt"
    return
  fi
  # shellcheck disable=SC2086 # a list of options
  "$python" tests/mutation/mutate.py --minutes 20 ${INVOCATOR_MUTATE:-}
}

step_bench() {
  build_gcc &&
    build-gcc/bin/microbenchmarks --benchmark_min_time=0.01 &&
    /usr/bin/python3 tests/bench/fleet_scale.py --workers 100 --rate 10000 \
      --seconds 1 --bin-dir build-gcc/bin &&
    /usr/bin/python3 tests/bench/compare.py --quick --bin-dir build-gcc/bin \
      --json build-gcc/bench.json
}

if [[ ${1-} == -h || ${1-} == --help ]]; then
  sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
  exit 0
fi
for step in "$@"; do
  [[ " ${all_steps[*]} ${named_steps[*]} " == *" $step "* ]] && continue
  echo "check.sh: no step '$step'; there are: ${all_steps[*]} ${named_steps[*]}" >&2
  exit 2
done
(($# > 0)) || set -- "${all_steps[@]}"

scripts/install_deps.sh --check || exit 1
scripts/install_deps.sh --python >/dev/null ||
  echo "check.sh: PyPI is not reachable: tests that need it are left out"

failures=0
summary=
for step in "$@"; do
  echo
  echo "==== $step"
  start=$SECONDS
  if "step_$step"; then result=passed; else result=FAILED; ((++failures)); fi
  printf -v line '%-10s %-7s %4d s' "$step" "$result" $((SECONDS - start))
  echo "$line"
  summary+=$line$'\n'
done
printf '\n==== summary\n%s%d of %d steps failed, %d s\n' \
  "$summary" "$failures" $# "$SECONDS"
((failures == 0))
