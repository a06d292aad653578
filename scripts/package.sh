#!/usr/bin/env bash
# Builds the Debian package of this checkout: scripts/package.sh [BUILD_DIR]
#
# On Debian or Ubuntu, which the package is then for. Prints its path, the only
# line on stdout; apt-get install ./FILE brings the libraries along, all but
# gRPC, Protobuf and Abseil, which are linked in: where those are mended, build
# the package anew.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=${1:-build}
scripts/install_deps.sh >&2
command -v dpkg-shlibdeps >/dev/null || {
  echo "package.sh: needs dpkg-shlibdeps (package dpkg-dev)" >&2
  exit 1
}
scripts/build.sh "$dir" >&2

packages=$(realpath "$dir")/package
rm -rf "$packages"
# Folders that a package makes have fixed modes, whatever the umask.
(umask 022 && cd "$dir" && cpack -G DEB -B "$packages") >&2
ls "$packages"/*.deb
