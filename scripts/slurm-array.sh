#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# slurm-array.sh OUT SHARDS KERNEL...: all cases on all kernels as one Slurm job array, a task for each
# shard of each kernel, and behind it a job that merges what is there: OUT/merged/KERNEL. Waits for it,
# and ends with its exit code: 5 where a shard is missing (1 where a result is unexpected too).
# CASES (default: cases) are the files and folders of cases, SBATCH_OPTIONS options for each job.
# OUT must be on a file system that all nodes have, and the kernels cached (tailcheck kernels fetch).

# shellcheck disable=SC2086 # CASES and SBATCH_OPTIONS are words
set -eu

usage() {
	sed -n 's/^# //p' "$0" | sed -n '2,6p' >&2
	exit 2
}
[ $# -ge 3 ] || usage
out=$1 shards=$2
shift 2
case $shards in *[!0-9]* | '') usage ;; esac

if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
	# A task: which kernel, and which shard of it.
	shard=$((SLURM_ARRAY_TASK_ID % shards + 1))
	shift $((SLURM_ARRAY_TASK_ID / shards))
	exec "$TAILCHECK" run --offline --guests 1 -k "$1" --shard "$shard/$shards" \
		-o "$out/shards/$1-$shard" $CASES
fi

mkdir -p "$out/shards" "$out/logs"
# A task that does not run must not leave what an older one did.
rm -rf "$out/shards/"* "$out/merged"
export TAILCHECK="${TAILCHECK:-$(cd "$(dirname "$0")/.." && pwd)/build/tailcheck}"
export CASES="${CASES:-cases}"
kernels=$(echo "$*" | tr ' ' ',')
array=$(sbatch --parsable ${SBATCH_OPTIONS:-} --job-name=tailcheck \
	--array=0-$(($# * shards - 1)) --output="$out/logs/%a.log" "$0" "$out" "$shards" "$@")
rc=0
sbatch --wait ${SBATCH_OPTIONS:-} --job-name=tailcheck-merge --dependency="afterany:$array" \
	--output="$out/logs/merge.log" --wrap \
	"exec '$TAILCHECK' merge -k '$kernels' -o '$out/merged' '$out'/shards/*" || rc=$?
cat "$out/logs/merge.log"
exit "$rc"
