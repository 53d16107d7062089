#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# slurm-one-node.sh start|stop FOLDER: a Slurm cluster of this machine alone, below FOLDER, for trying
# slurm-array.sh. As root, with Debian's slurm-wlm and munge; afterwards
#   export SLURM_CONF=FOLDER/slurm.conf
set -eu
[ $# -eq 2 ] || { sed -n 's/^# //p' "$0" >&2; exit 2; }
dir=$2 host=$(hostname -s)

stop() {
	for name in slurmd slurmctld munged; do
		[ ! -s "$dir/$name.pid" ] || kill "$(cat "$dir/$name.pid")" 2>/dev/null || true
	done
}

start() {
	mkdir -p "$dir/state" "$dir/spool"
	# munged wants its folders to be nobody else's.
	install -d -m 755 -o munge -g munge "$dir/munge"
	install -m 400 -o munge -g munge /etc/munge/munge.key "$dir/munge/key"
	cat >"$dir/slurm.conf" <<-CONF
		ClusterName=one
		SlurmctldHost=$host(127.0.0.1)
		SlurmUser=root
		AuthType=auth/munge
		AuthInfo=socket=$dir/munge/socket
		CryptoType=crypto/munge
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_Core
		ReturnToService=2
		SlurmctldPidFile=$dir/slurmctld.pid
		SlurmdPidFile=$dir/slurmd.pid
		SlurmctldLogFile=$dir/slurmctld.log
		SlurmdLogFile=$dir/slurmd.log
		StateSaveLocation=$dir/state
		SlurmdSpoolDir=$dir/spool
		NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
		PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
	CONF
	su -s /bin/sh munge -c "munged --force --key-file=$dir/munge/key --socket=$dir/munge/socket \
		--pid-file=$dir/munge/pid --log-file=$dir/munge/log --seed-file=$dir/munge/seed"
	cp "$dir/munge/pid" "$dir/munged.pid"
	export SLURM_CONF="$dir/slurm.conf"
	slurmctld
	slurmd
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		sinfo -h -o %t | grep -q idle && return
		sleep 1
	done
	sinfo >&2
	exit 1
}

case $1 in start) start ;; stop) stop ;; *) exit 2 ;; esac
