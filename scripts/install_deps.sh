#!/usr/bin/env bash
# Installs what Invocator needs, with apt, as root or through sudo.
#
# usage: scripts/install_deps.sh [--test] [--check] [--bench] [--deb] [--wheel]
#        scripts/install_deps.sh --python | --wheel-tools
#   (nothing)  what it takes to build and run
#   --test     and what scripts/test.sh needs
#   --check    and what scripts/check.sh needs (includes --test and --bench)
#   --bench    and what scripts/bench.sh needs
#   --deb      and what scripts/package.sh deb needs
#   --wheel    and what scripts/package.sh wheel needs
#   --python   only what tests have from PyPI, tests/requirements.txt, without
#              root: in a virtual environment, .venv. Prints its interpreter,
#              exit 1 where PyPI is not reachable
#   --wheel-tools  the same for scripts/package.sh wheel:
#              scripts/wheel_requirements.txt, .venv-wheel
# Made for Debian 12 and 13 and Ubuntu 24.04 and newer (with "universe");
# Ubuntu 22.04 has no libjs-dygraphs (CMake says what to do then).
# Where everything is installed already it changes nothing and asks no server.
set -euo pipefail

# One package a word; "a|b" is the first of them that is installed or, failing
# that, that the distribution has.
build=(build-essential cmake ninja-build pkg-config ccache ca-certificates
  libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev protobuf-compiler
  libabsl-dev libre2-dev libc-ares-dev zlib1g-dev libcurl4-openssl-dev
  liburing-dev libssl-dev libnghttp2-dev nlohmann-json3-dev libcli11-dev
  libboost-dev libspdlog-dev)
# Not in Ubuntu 22.04, where the build needs -DINVOCATOR_DYGRAPHS=PATH.
build_optional=(libjs-dygraphs)
test=(libgtest-dev libgmock-dev python3 python3-venv python3-pytest python3-botocore
  python3-numpy python3-scipy python3-jsonschema python3-yaml python3-boto3
  python3-h2 faketime iproute2 nginx-light\|nginx tinyproxy-bin openssl
  openssh-server openssh-client jq python3-selenium prometheus tmux
  nghttp2-server)
deb=(dpkg-dev file)
wheel=(python3 python3-venv)
# What some of the systems do not have, and tests can be skipped without.
# Ubuntu's chromium is a snap: no package of this kind.
test_optional=(awscli chromium chromium-driver poppler-utils)
bench=(libbenchmark-dev python3 wrk hey apache2-utils nghttp2-client siege
  nginx-light\|nginx strace)
# Counts system calls at less cost than strace; Ubuntu's is one for each kernel.
bench_optional=(linux-perf)
# llvm has the symbolizer that makes a sanitizer's report readable; the
# sanitizers' run-time library is a package of its own on newer systems only.
check=(shellcheck clang-14\|clang clang-tidy-14\|clang-tidy
  clang-format-14\|clang-format llvm-14\|llvm
  libclang-rt-14-dev\|libclang-common-14-dev\|libclang-rt-dev\|libclang-rt-19-dev)

usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; }

# Creates the virtual environment $2 from the list $1. If it is up to date, asks
# no server.
python_environment() {
  local root
  root=$(cd "$(dirname "$0")/.." && pwd)
  local list=$root/$1 environment=$root/$2
  if ! cmp -s "$list" "$environment/requirements.txt"; then
    python3 -m venv --clear "$environment" >&2 &&
      "$environment/bin/python" -m pip install --quiet \
        --disable-pip-version-check --timeout 15 --retries 1 -r "$list" >&2 &&
      cp "$list" "$environment/requirements.txt" || return 1
  fi
  echo "$environment/bin/python"
}

wanted=("${build[@]}" "${build_optional[@]}")
optional=()
for argument in "$@"; do
  case $argument in
    --test) wanted+=("${test[@]}") optional+=("${test_optional[@]}") ;;
    --bench)
      wanted+=("${bench[@]}")
      optional+=("${bench_optional[@]}")
      ;;
    --check)
      wanted+=("${test[@]}" "${bench[@]}" "${check[@]}")
      optional+=("${test_optional[@]}" "${bench_optional[@]}")
      ;;
    --deb) wanted+=("${deb[@]}") ;;
    --wheel) wanted+=("${wheel[@]}") ;;
    --python) python_environment tests/requirements.txt .venv; exit ;;
    --wheel-tools)
      python_environment scripts/wheel_requirements.txt .venv-wheel
      exit
      ;;
    -h | --help) usage; exit 0 ;;
    *) echo "install_deps.sh: unknown option '$argument'" >&2; usage >&2; exit 2 ;;
  esac
done

command -v apt-get >/dev/null || {
  echo "install_deps.sh: no apt-get here; the packages are: ${wanted[*]}" >&2
  exit 1
}

installed() {
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}
available() {
  [[ $(LC_ALL=C apt-cache policy "$1") == *'Candidate: '[^\(]* ]]
}
# Prints the first of the alternatives "a|b" that satisfies a predicate.
first() {
  local name
  for name in ${2//|/ }; do
    if "$1" "$name"; then echo "$name"; return; fi
  done
  return 1
}

missing=()
for spec in "${wanted[@]}"; do
  [[ " ${missing[*]-} " == *" $spec "* ]] && continue
  first installed "$spec" >/dev/null || missing+=("$spec")
done
# Adds what is optional to what is missing, where there is such a package.
add_optional() {
  local spec
  for spec in "${optional[@]}"; do
    [[ " ${missing[*]-} " == *" $spec "* ]] && continue
    first installed "$spec" >/dev/null && continue
    if first available "$spec" >/dev/null; then missing+=("$spec"); fi
  done
}
add_optional
if ((${#missing[@]} == 0)); then
  echo "install_deps.sh: all packages are installed already"
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || {
    echo "install_deps.sh: needs root or sudo to install: ${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo)
fi
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

echo "install_deps.sh: reading the package lists (apt-get update)"
apt update || echo "install_deps.sh: going on with the lists there are" >&2

add_optional # the lists may have been empty before

packages=()
for spec in "${missing[@]}"; do
  packages+=("$(first available "$spec")") || {
    unset 'packages[-1]'
    if [[ " ${build_optional[*]} " == *" $spec "* ]]; then
      echo "install_deps.sh: no package '$spec' in this distribution's lists," \
        "going on without" >&2
      continue
    fi
    echo "install_deps.sh: no package '$spec' in this distribution's lists" >&2
    exit 1
  }
done

# Debian starts a service when it installs one. These are here to be started by
# tests and benchmarks, on ports of their own: ports 80 and 22 stay as they are.
policy=/usr/sbin/policy-rc.d
services=()
for package in "${packages[@]}"; do
  case $package in
    nginx*) services+=(nginx.service) ;;
    openssh-server) services+=(ssh.service ssh.socket) ;;
    prometheus)
      services+=(prometheus.service prometheus-node-exporter.service)
      ;;
  esac
done
if ((${#services[@]} > 0)) && [[ ! -e $policy ]]; then
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi

echo "install_deps.sh: installing ${packages[*]}"
apt install -y --no-install-recommends "${packages[@]}" </dev/null >/dev/null

if ((${#services[@]} > 0)) && command -v systemctl >/dev/null; then
  for service in "${services[@]}"; do
    "${as_root[@]}" systemctl disable --now "$service" >/dev/null 2>&1 || true
  done
  echo "install_deps.sh: left switched off: ${services[*]}"
fi
echo "install_deps.sh: done"
