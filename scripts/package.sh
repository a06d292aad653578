#!/usr/bin/env bash
# Builds and packages this checkout, on Debian or Ubuntu. Prints the packages'
# paths, the only lines on stdout.
#
# usage: scripts/package.sh [deb|wheel] [BUILD_DIR]
#   deb    Debian packages (default), for the system that builds them: invocator
#          with the programs, libinvocator-dev with the C++ library. apt-get
#          install ./FILE brings the libraries along, except the programs' gRPC,
#          Protobuf and Abseil, which are linked in
#   wheel  Python package with the programs and their libraries, for systems
#          with this glibc or a newer one: docs/packages.md
# Rebuild a package when a library that it carries gets a security fix.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=deb
case ${1-} in
  deb | wheel) kind=$1; shift ;;
esac
dir=${1:-build}

if [[ $kind == wheel ]]; then
  scripts/install_deps.sh --wheel >&2
  scripts/build.sh "$dir" >&2
  exec scripts/package_wheel.sh "$dir/bin" "$dir/wheel"
fi

scripts/install_deps.sh --deb >&2
scripts/build.sh "$dir" >&2

packages=$(realpath "$dir")/package
rm -rf "$packages"
# Folders that a package makes have fixed modes, whatever the umask.
(umask 022 && cd "$dir" && cpack -G DEB -B "$packages") >&2
ls "$packages"/*.deb
