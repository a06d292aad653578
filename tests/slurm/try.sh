#!/usr/bin/env bash
# Tries examples/slurm/fleet.sbatch on a Slurm of its own: munged, slurmctld and
# slurmd are started on the loopback, in a temporary folder, and stopped. Needs
# root and the packages slurm-wlm and munge; not a part of CI. About 30 s.
# usage: tests/slurm/try.sh     (programs: INVOCATOR_BIN_DIR, or build/bin)
set -euo pipefail

root=$(realpath "$(dirname "$0")/../..")
export INVOCATOR_BIN_DIR=${INVOCATOR_BIN_DIR:-$root/build/bin}
for tool in munged slurmctld slurmd sbatch jq; do
  command -v "$tool" >/dev/null || { echo "try.sh: no $tool here" >&2; exit 1; }
done
((EUID == 0)) || { echo "try.sh: slurmd wants root" >&2; exit 1; }

dir=$(mktemp -d)
chmod 755 "$dir"  # slurmd and munged want no folder that others may write to
pids=()
clean_up() {
  # The last to start is the first to stop; none of them is waited for long.
  for ((i = ${#pids[@]} - 1; i >= 0; --i)); do
    kill "${pids[i]}" 2>/dev/null || true
    timeout 10 tail --pid="${pids[i]}" -f /dev/null || kill -9 "${pids[i]}"
  done
  rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# Waits, a bounded time, until a command succeeds.
until_so() {
  for ((try = 0; try < 150; ++try)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
  done
  echo "try.sh: not so after 30 s: $*" >&2
  tail -n 20 "$dir"/*.log >&2
  exit 1
}

host=$(hostname -s)
mkdir "$dir/munge" "$dir/state" "$dir/spool"
chmod 700 "$dir/munge"
dd if=/dev/urandom of="$dir/munge/key" bs=1024 count=1 status=none
chmod 400 "$dir/munge/key"
cat >"$dir/slurm.conf" <<END
ClusterName=try
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmdPort=16818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
# Four processors whatever there are.
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MailProg=/bin/true
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP OverSubscribe=FORCE
END
export SLURM_CONF=$dir/slurm.conf

munged --foreground --force --key-file="$dir/munge/key" \
  --socket="$dir/munge.socket" --pid-file="$dir/munge/pid" \
  --seed-file="$dir/munge/seed" --log-file="$dir/munged.log" &
pids+=($!)
until_so test -S "$dir/munge.socket"
slurmctld -D &
pids+=($!)
until_so scontrol ping
slurmd -D -N "$host" &
pids+=($!)
until_so sh -c 'sinfo -h -o %T | grep -qx idle'

export AWS_ACCESS_KEY_ID=AKIDEXAMPLE
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
coproc GATEWAY { exec "$INVOCATOR_BIN_DIR/invocator-gateway" --listen 127.0.0.1:0; }
pids+=("$GATEWAY_PID")
read -r -t 10 _ _ url <&"${GATEWAY[0]}"

export INVOCATOR_HOST=127.0.0.1 INVOCATOR_LISTEN=127.0.0.1
export INVOCATOR_CERTS=$dir/certs
"$root/scripts/make_certs.sh" "$INVOCATOR_CERTS" 127.0.0.1
INVOCATOR_TOKEN=$(openssl rand -hex 32)
export INVOCATOR_TOKEN

code=0
timeout 90 sbatch --wait --output="$dir/job.out" \
  --chdir="$dir" "$root/examples/slurm/fleet.sbatch" \
  "$root/examples/laptop_quickstart.json" --endpoint-url "$url" \
  --out "$dir/results" || code=$?
cat "$dir/job.out"
((code == 0)) || { tail -n 20 "$dir"/*.log; exit 1; }
jq -e '.outcomes.ok == .planned and
  ([.workers[].name] | sort) == ["worker-0", "worker-1"]' \
  "$dir/results/summary.json"

# A workload that cannot be read: the job's exit code is that of the run.
code=0
timeout 90 sbatch --wait --output="$dir/bad.out" \
  --chdir="$dir" "$root/examples/slurm/fleet.sbatch" "$dir/absent.json" || code=$?
((code == 2)) || { cat "$dir/bad.out"; echo "try.sh: exit code $code"; exit 1; }
echo "try.sh: passed"
