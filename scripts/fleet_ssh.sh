#!/usr/bin/env bash
# shellcheck disable=SC2016  # in single quotes: for the hosts' shells
# Plays a workload from a list of hosts that ssh reaches: brings the worker to
# them, runs the coordinator here, and leaves nothing on them.
#
# usage: scripts/fleet_ssh.sh --coordinator ADDR [option...] HOST... \
#          -- WORKLOAD [option of 'invocator run'...]
#   --coordinator ADDR  host:port of this machine, as the hosts reach it
#   --listen ADDR       where it listens, when that is another address
#   --certs DIR         ca.pem, coordinator.pem, coordinator.key, worker.pem
#                       and worker.key, as scripts/make_certs.sh makes them
#   --token-file FILE   the join token
#   --env FILE          NAME=value lines the workers start with, AWS credentials
#                       say; without it they have what sshd gives a command
#   --threads N         engines of each worker [one per core]
#   --with-libraries    brings the worker's shared libraries along too, for hosts
#                       that have not got them (the .deb installs them)
#   --ssh-config FILE   ssh's configuration, instead of the user's
#   --logs DIR          what each worker said, DIR/HOST.log [fleet-<UTC time>]
# HOST is [user@]host or an alias of the ssh configuration; ssh must get in
# without asking. Secrets travel inside ssh into a folder only the user can
# read, never on a command line. A worker ends, and its folder goes, when the
# run does, on Ctrl-C, and when this script is killed or the connection breaks.
#
# Exit code: that of 'invocator run'; 2 bad usage; 3 also when a host could not
# be made ready or a worker failed.
set -uo pipefail

usage() { sed -n '3,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; }
die() { echo "fleet_ssh.sh: $2" >&2; exit "$1"; }

here=$(dirname "$(realpath "$0")")
PATH=${INVOCATOR_BIN_DIR:-$here/../build/bin}:$PATH
coordinator='' listen='' certs='' token_file='' env_file='' libraries=''
threads='' hosts=() ssh=(ssh) logs=fleet-$(date -u +%Y%m%dT%H%M%SZ)
while (($# > 0)); do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --with-libraries) libraries=yes; shift; continue ;;
    --) shift; break ;;
    --*) (($# > 1)) || die 2 "$1 wants a value" ;;
    -*) die 2 "unknown option '$1'" ;;
    *) hosts+=("$1"); shift; continue ;;
  esac
  case $1 in
    --coordinator) coordinator=$2 ;;
    --listen) listen=$2 ;;
    --certs) certs=$2 ;;
    --token-file) token_file=$2 ;;
    --env) env_file=$2 ;;
    --threads) threads=$2 ;;
    --ssh-config) ssh+=(-F "$2") ;;
    --logs) logs=$2 ;;
    *) die 2 "unknown option '$1'" ;;
  esac
  shift 2
done
[[ -n $coordinator && ${#hosts[@]} -gt 0 && $# -gt 0 ]] || {
  usage >&2
  exit 2
}
# These become words of a command on the hosts.
for word in "$coordinator" "$threads" "${hosts[@]}"; do
  [[ $word =~ ^[][A-Za-z0-9@:._-]*$ ]] || die 2 "'$word' is no address or name"
done
twice=$(printf '%s\n' "${hosts[@]}" | sort | uniq -d)
[[ -z $twice ]] || die 2 "named twice: ${twice//$'\n'/, }"
worker=$(command -v invocator-worker) || die 2 "no invocator-worker in PATH"

ssh+=(-T -o BatchMode=yes -o ConnectTimeout=10
  -o ServerAliveInterval=5 -o ServerAliveCountMax=3)
run=(invocator run "$@" --workers "${#hosts[@]}"
  --listen "${listen:-$coordinator}")
folder='${TMPDIR:-/tmp}'/invocator-$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
options="--once --coordinator $coordinator${threads:+ --threads $threads}"

# What the hosts get, with the names it has there.
umask 077
scratch=$(mktemp -d)
payload=$scratch/payload
mkdir "$payload" "$payload/lib"
install -m 700 "$worker" "$payload/invocator-worker"
cat >"$payload/start" <<'END'
# Runs the worker for as long as standard input is open, and a little longer for
# it to end by itself; then removes this folder.
cd "$(dirname "$0")" || exit 3
trap 'rm -rf "$PWD"' EXIT
trap '' HUP INT TERM PIPE
[ ! -f env ] || { set -a; . ./env; set +a; }
exec 3<&0
LD_LIBRARY_PATH=$PWD/lib ./invocator-worker "$@" 3<&- &
worker=$!
{ cat; sleep 3; kill $worker; sleep 10; kill -9 $worker; } <&3 >/dev/null 2>&1 &
watcher=$!
wait $worker
code=$?
kill -9 $watcher
exit $code
END
if [[ -n $libraries ]]; then
  # The C library is the host's own: it goes with its loader.
  ldd "$worker" | awk '$3 ~ "^/" {print $3}' |
    grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv)\.so' |
    xargs cp -Lt "$payload/lib"
fi
if [[ -n $env_file ]]; then
  install -m 600 "$env_file" "$payload/env" || die 2 "cannot read $env_file"
fi
if [[ -n $token_file ]]; then
  install -m 600 "$token_file" "$payload/token" || die 2 "cannot read the token"
  run+=(--token-file "$token_file")
  options+=" --token-file token"
fi
if [[ -n $certs ]]; then
  install -m 600 "$certs"/{ca.pem,worker.pem,worker.key} "$payload" ||
    die 2 "certificates are missing"
  run+=(--tls-ca "$certs/ca.pem" --tls-cert "$certs/coordinator.pem"
    --tls-key "$certs/coordinator.key")
  options+=" --tls-ca ca.pem --tls-cert worker.pem --tls-key worker.key"
fi
mkdir -p "$logs" || die 2 "cannot make $logs"

tar -cf "$scratch/payload.tar" -C "$payload" .
mkdir -p "$logs" || die 2 "cannot make $logs"

# The workers live as long as this pipe has a writer: this script, nobody else.
mkfifo "$scratch/leash"
exec {leash}<>"$scratch/leash"

# Runs a command on every host at once, with a file for standard input and the
# worker's folder there in $dir: hosts may share a file system.
on_every_host() {
  local i pids=() failed=0
  for i in "${!hosts[@]}"; do
    "${ssh[@]}" "${hosts[i]}" "dir=\"$folder-$i\"; $1" <"$2" \
      >>"$logs/${hosts[i]}.log" 2>&1 {leash}>&- &
    pids+=($!)
  done
  for i in "${!hosts[@]}"; do
    wait "${pids[i]}" && continue
    echo "fleet_ssh.sh: ${hosts[i]}: $(tail -n 1 "$logs/${hosts[i]}.log")" >&2
    failed=1
  done
  return $failed
}

declare -A running=()  # by process: the host of a worker, or "" for invocator
coordinator_pid=''
clean_up() {
  trap '' INT TERM HUP
  local children
  [[ -z $coordinator_pid ]] || kill "$coordinator_pid" 2>/dev/null
  exec {leash}>&-
  if ((${#running[@]} == 0)); then
    children=$(jobs -pr)
    [[ -z $children ]] || xargs kill <<<"$children" 2>/dev/null
  fi
  wait
  on_every_host 'rm -rf "$dir"' /dev/null ||
    echo "fleet_ssh.sh: $folder-* may be left there" >&2
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

on_every_host 'umask 077 && mkdir "$dir" && cd "$dir" && tar -x &&
  LD_LIBRARY_PATH=lib ./invocator-worker --version' "$scratch/payload.tar" ||
  exit 3

# In a session of its own a Ctrl-C reaches it through this script, once.
setsid "${run[@]}" {leash}>&- &
coordinator_pid=$!
running[$coordinator_pid]=''
# An interrupted run still ends in order and writes what it has.
trap 'kill "$coordinator_pid" 2>/dev/null' INT TERM HUP
for i in "${!hosts[@]}"; do
  "${ssh[@]}" "${hosts[i]}" \
    "exec sh \"$folder-$i\"/start --name ${hosts[i]} $options" \
    <"$scratch/leash" >>"$logs/${hosts[i]}.log" 2>&1 {leash}>&- &
  running[$!]=${hosts[i]}
done

code='' worker_failed=''
while ((${#running[@]} > 0)); do
  wait -n -p ended "${!running[@]}"
  ended_with=$?
  [[ -n ${ended-} ]] || continue  # a signal came
  host=${running[$ended]}
  unset "running[$ended]"
  if [[ -z $host ]]; then
    code=$ended_with coordinator_pid=''
    exec {leash}>&-
  else
    echo "fleet_ssh.sh: $host: worker ended with $ended_with" >&2
    ((ended_with == 0)) || worker_failed=yes
  fi
done
[[ $code != 0 || -z $worker_failed ]] || code=3
exit "$code"
