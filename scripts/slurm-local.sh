#!/usr/bin/env bash
# slurm-local.sh start | stop | status | kill NODE | install
# Runs a real Slurm cluster of four nodes on this machine, for trying things out. It uses Debian's
# slurmctld, slurmd and munge, without systemd or accounting. Everything is on loopback, with its
# own ports, key and files.
#
#   # starts the daemons that are not running, and sets SLURM_CONF
#   eval "$(scripts/slurm-local.sh start)"
#   # kills a node with everything that runs on it; `start` brings it back
#   scripts/slurm-local.sh kill n3
#
# SLURM_LOCAL_DIR: the folder of its state (default /tmp/slurm-local)
# SLURM_LOCAL_NODES: the number of nodes (default 4)
# SLURM_LOCAL_PORT: the first of its ports, one more than there are nodes (default 16817)
set -euo pipefail
dir=$(realpath -m "${SLURM_LOCAL_DIR:-/tmp/slurm-local}")
nodes=${SLURM_LOCAL_NODES:-4}
port=${SLURM_LOCAL_PORT:-16817}
conf=$dir/slurm.conf
# The folders of daemons in Debian. Only root has them on the path.
PATH=$PATH:/usr/sbin:/sbin
say() { printf '%s\n' "slurm-local: $*" >&2; }

install() {
  command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v sbatch >/dev/null && command -v munged >/dev/null && return
  command -v apt-get >/dev/null || { say "slurmctld, slurmd, sbatch and munged are needed; this system has no apt-get"; exit 3; }
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "slurmctld, slurmd, sbatch and munged are needed; become root, or install sudo"; exit 3; }
    as_root=(sudo)
  fi
  say "installing slurmctld slurmd slurm-client munge"
  # The packages must not start a service on this machine.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap '"${as_root[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee /usr/sbin/policy-rc.d >/dev/null
    "${as_root[@]}" chmod +x /usr/sbin/policy-rc.d
  fi
  "${as_root[@]}" apt-get update -qq >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge >/dev/null
}

# Whether the process of a pid file runs. A zombie does not count.
alive() { [ -s "$dir/$1.pid" ] && runs "$(cat "$dir/$1.pid")"; }
runs() { [ -r "/proc/$1/stat" ] && [ "$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null)" != Z ]; }

configure() {
  local host user i
  host=$(hostname -s) user=$(id -un)
  cat >"$conf" <<END
ClusterName=local
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
# A requeued task starts only after its credential has expired.
AuthInfo=socket=$dir/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool/%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
KillWait=2
MinJobAge=600
JobRequeue=1
MaxArraySize=10001
END
  for i in $(seq "$nodes"); do
    echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + i)) CPUs=1 RealMemory=1000 State=UNKNOWN" >>"$conf"
  done
  echo "PartitionName=main Nodes=n[1-$nodes] Default=YES MaxTime=INFINITE State=UP" >>"$conf"
}

start() {
  local i idle
  install
  mkdir -p "$dir"/{state,log,spool,munge}
  chmod 755 "$dir" "$dir/munge"
  # A separate key and socket, so that the munge of the machine is not affected.
  [ -s "$dir/munge/key" ] || (umask 077; head -c 1024 /dev/urandom >"$dir/munge/key")
  if ! alive munged; then
    rm -f "$dir/munge/socket"*
    munged --force --key-file "$dir/munge/key" --socket "$dir/munge/socket" --pid-file "$dir/munged.pid" \
      --log-file "$dir/log/munged.log" --seed-file "$dir/munge/seed" >&2
  fi
  [ -s "$conf" ] || configure
  export SLURM_CONF=$conf
  alive slurmctld || slurmctld -f "$conf" >&2
  for i in $(seq "$nodes"); do
    mkdir -p "$dir/spool/n$i"
    alive "slurmd-n$i" || slurmd -f "$conf" -N "n$i" >&2
  done
  for _ in $(seq 120); do
    # A node is up if it is idle or runs a task. A node that died is neither until it has answered.
    idle=$(sinfo -h -N -o '%N %t' 2>/dev/null | grep -cE ' (idle|alloc|mix)$' || true)
    [ "$idle" = "$nodes" ] && break
    sleep 0.25
  done
  [ "$idle" = "$nodes" ] || { say "only $idle of $nodes nodes are up; see $dir/log"; exit 1; }
  printf 'export SLURM_CONF=%q\n' "$conf"
}

# The processes of tasks on a node (or on all nodes of this cluster), each with its parent process.
tasks() {
  local each environment
  for each in /proc/[0-9]*; do
    environment=$(tr '\0' '\n' <"$each/environ") || continue
    grep -qxE "SLURMD_NODENAME=${1:-.*}" <<<"$environment" && grep -qxF "SLURM_CONF=$conf" <<<"$environment" || continue
    printf '%s\n' "${each#/proc/}" "$(sed 's/.*) [A-Z] //; s/ .*//' "$each/stat")"
  done 2>/dev/null | sort -un | grep -vxE '|0|1'
}

kill_node() {
  local pid all
  alive "slurmd-$1" || { say "node $1 is not running"; exit 2; }
  all=$(tasks "$1" || true)
  # The node comes first. Otherwise it would report that its task has ended.
  for pid in $(cat "$dir/slurmd-$1.pid") $all; do kill -9 "$pid" 2>/dev/null || true; done
}

stop() {
  local pids pid left all
  all=$(tasks || true)
  pids=$(cat "$dir"/*.pid 2>/dev/null || true)   # a daemon removes its pid file before it ends
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  for _ in $(seq 60); do
    left=
    for pid in $pids; do if runs "$pid"; then left=$pid; fi; done
    [ -z "$left" ] && break
    sleep 0.25
  done
  for pid in $pids $all; do if runs "$pid"; then kill -9 "$pid" 2>/dev/null || true; fi; done
  rm -f "$dir"/*.pid
  say "stopped"
}

case ${1:-} in
  install) install ;;
  start) start ;;
  stop) stop ;;
  status) export SLURM_CONF=$conf; sinfo -N -l; squeue -r ;;
  kill) kill_node "${2:?which node}" ;;
  *) echo "usage: $0 start|stop|status|kill NODE|install" >&2; exit 2 ;;
esac
