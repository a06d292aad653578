#!/usr/bin/env bash
# Configures and builds: scripts/build.sh [BUILD_DIR] [cmake options...]
# The programs are BUILD_DIR/bin/invocator, -worker and -gateway (build/bin if
# no folder is named). Tests and benchmarks are built only when asked for:
# -DINVOCATOR_TESTS=ON, -DINVOCATOR_BENCHMARKS=ON.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=build
if (($# > 0)) && [[ $1 != -* ]]; then
  dir=$1
  shift
fi

# A file that includes gRPC takes the compiler up to a gigabyte.
jobs=$(nproc)
memory_gb=$(($(awk '/^MemAvailable/ {print $2}' /proc/meminfo) / 1048576))
((jobs <= memory_gb)) || jobs=$((memory_gb > 0 ? memory_gb : 1))

cmake -G Ninja -S . -B "$dir" -DINVOCATOR_TESTS=OFF \
  -DINVOCATOR_BENCHMARKS=OFF "$@" >"$dir.configure.log" 2>&1 || {
  cat "$dir.configure.log" >&2
  exit 1
}
rm -f "$dir.configure.log"
cmake --build "$dir" -j "$jobs"
