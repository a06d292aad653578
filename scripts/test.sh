#!/usr/bin/env bash
# Installs, builds and passes the tests, on a machine that may have nothing
# yet. Last line: "N passed, N failed" (and ", N skipped"); exit 1 if any
# failed. scripts/check.sh does this and all other checks.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install_deps.sh --test
scripts/install_deps.sh --python >/dev/null ||
  echo "test.sh: PyPI is not reachable: tests that need it are left out"
scripts/build.sh build -DINVOCATOR_TESTS=ON
exec scripts/run_tests.sh build
