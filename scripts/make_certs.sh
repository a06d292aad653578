#!/usr/bin/env bash
# Makes certificates for a fleet: for tests, and for a fleet of one's own. Who
# has a CA already takes that.
#
# usage: scripts/make_certs.sh DIR [HOST...]
#   HOST  a name or address that workers will reach the coordinator by
#         (default: localhost 127.0.0.1)
#
# DIR gets ca.pem ca.key, coordinator.pem coordinator.key, worker.pem worker.key.
# Neither certificate does for the other's side. Only ca.pem and its own pair
# belong on a machine; ca.key on none. Nothing is overwritten.
set -euo pipefail

usage() { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; }
die() {
  echo "make_certs.sh: $2" >&2
  exit "$1"
}

case ${1-} in
  -h | --help) usage; exit 0 ;;
  '' | -*) usage >&2; exit 2 ;;
esac
dir=$1
shift
(($# > 0)) || set -- localhost 127.0.0.1
command -v openssl >/dev/null || die 1 "needs openssl"

names=
for host in "$@"; do
  # Into openssl's configuration goes nothing but a name or an address.
  if [[ $host =~ ^[0-9]+(\.[0-9]+){3}$ || $host =~ ^[0-9A-Fa-f:]*:[0-9A-Fa-f:]+$ ]]; then
    names+=,IP:$host
  elif [[ $host =~ ^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?$ ]]; then
    names+=,DNS:$host
  else
    die 2 "'$host' is neither a name nor an address"
  fi
done

mkdir -p "$dir"
for name in ca coordinator worker; do
  for file in "$dir/$name.pem" "$dir/$name.key"; do
    [[ ! -e $file && ! -L $file ]] || die 1 "$file is there already"
  done
done

# All is made beside, so that a failure leaves nothing half done.
umask 077
scratch=$(mktemp -d "$dir/.making-XXXXXX")
trap 'rm -rf "$scratch"' EXIT

run() {
  openssl "$@" 2>"$scratch/errors" || {
    cat "$scratch/errors" >&2
    die 1 "openssl $1 failed"
  }
}
new_key() {
  run genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
    -out "$scratch/$1.key"
}

new_key ca
run req -x509 -new -key "$scratch/ca.key" -sha256 -days 365 \
  -subj "/CN=Invocator test CA" -out "$scratch/ca.pem" \
  -addext "keyUsage=critical,keyCertSign,cRLSign"

# new_cert NAME EXTENSION...: a key, and a certificate signed by the CA.
new_cert() {
  local name=$1
  shift
  new_key "$name"
  run req -new -key "$scratch/$name.key" -subj "/CN=invocator $name" \
    -out "$scratch/$name.csr"
  printf '%s\n' basicConstraints=critical,CA:FALSE \
    keyUsage=critical,digitalSignature "$@" >"$scratch/$name.ext"
  run x509 -req -in "$scratch/$name.csr" -sha256 -days 365 \
    -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key" \
    -set_serial "0x$(openssl rand -hex 16)" -extfile "$scratch/$name.ext" \
    -out "$scratch/$name.pem"
}
new_cert coordinator extendedKeyUsage=serverAuth "subjectAltName=${names#,}"
new_cert worker extendedKeyUsage=clientAuth

chmod 644 "$scratch"/*.pem
for name in ca coordinator worker; do
  mv "$scratch/$name.pem" "$scratch/$name.key" "$dir/"
done
echo "make_certs.sh: $dir has ca, coordinator (${names#,}) and worker, for a year" >&2
