#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# soak.sh TAILCHECK: runs, each with a fault at a random moment, and each must end with what a calm
# run gave: every transcript, every verdict, no process and no file left. A calm run of a kernel has
# all cases; each of the others has a few of them, by chance, and is compared with these.
#
#   SOAK_TIME=600      seconds until no other run is begun
#   SOAK_RUNS=N        runs after which no other is begun
#   SOAK_JOBS=2        runs side by side
#   SOAK_MOST=80       cases of a run at most (20 at least); 0: all of them
#   SOAK_SEED=1        run N has cases, faults, moments and orders from SEED + N
#   SOAK_KERNELS="..." names; one for each run, in turn
#   SOAK_CASES="..."   what to run
#   SOAK_KINDS="..."   faults, of those below
#   SOAK_FIRST=1       number of the first run
#
# What went well is removed. What did not stays in the folder that the last line names.
set -u

tailcheck=$1
seconds=${SOAK_TIME:-600}
most_runs=${SOAK_RUNS:-0}
jobs=${SOAK_JOBS:-$(nproc)}
most=${SOAK_MOST:-80}
seed=${SOAK_SEED:-1}
read -ra kernels <<<"${SOAK_KERNELS:-debian-6.1 debian-5.10 debian-7.3}"
read -ra cases <<<"${SOAK_CASES:-cases}"
guest_kinds="panic halt reset oops lockup spin hang stall segfault garbage"
read -ra kinds <<<"${SOAK_KINDS:-$guest_kinds qemu-kill qemu-stop kill int int-twice disk truncate flip}"
agent=${tailcheck%/*}/agent # most of what guests boot from, which a small disk has to hold too
limit=${SOAK_LIMIT:-900} # seconds of one run; more is a hang

work=$(mktemp -d /tmp/tailcheck-soak-XXXXXX)
log=$work/log
declare -A calm_ms calm_rc
pid= rc=

mounted=
workers=()
finish() {
	[ -n "$pid" ] && kill -9 "$pid" 2>/dev/null
	[ -n "$mounted" ] && umount "$mounted"
	[ "${#workers[@]}" -gt 0 ] && kill "${workers[@]}" 2>/dev/null && wait "${workers[@]}"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

now_ms() {
	echo $(($(date +%s%N) / 1000000))
}

# between FROM TO: a number, by two of bash's fifteen bits. Sets $drawn: a subshell would not draw.
between() {
	drawn=$(($1 + (RANDOM * 32768 + RANDOM) % ($2 - $1 + 1)))
}

# What a run gave, without what is allowed to differ: comments, among them how guests died.
essence() {
	for file in "$1"/*.txt; do
		echo "engine ${file##*/}"
		grep -v '^#' "$file"
	done
}

# Of what a calm run gave, what it gave for the cases that the file names: NAME is also NAME.MORE.
part_of() { # NAMES ESSENCE
	awk 'function is_wanted(name) {
		while (!(name in wanted) && sub(/\.[^.]*$/, "", name))
			;
		return name in wanted
	     }
	     FNR == NR { wanted[$1] = 1; next }
	     /^engine / { print; on = 0; next }
	     /^case / { on = is_wanted($2) }
	     on' "$1" "$2"
}

start() { # OUTPUT ARGUMENT...
	out=$1
	shift
	"$tailcheck" run "$@" >>"$out" 2>&1 </dev/null &
	pid=$!
}

# Wait for the run, for so many milliseconds (none: to its limit). Sets $rc; false where it goes on.
await() {
	local until=$(($(now_ms) + ${1:-limit * 1000}))
	while kill -0 "$pid" 2>/dev/null; do
		[ "$(now_ms)" -lt "$until" ] || return 1
		sleep 0.05
	done
	wait "$pid" 2>/dev/null
	rc=$?
	pid=
}

guests_of() {
	tr ' ' '\n' </proc/"$1"/task/"$1"/children 2>/dev/null
}

calm() { # KERNEL
	local dir=$work/calm-$1 from words
	from=$(now_ms)
	start "$dir.out" --kernel "$1" --output "$dir" "${cases[@]}"
	if ! await || [ ! -r "$dir/summary.json" ]; then
		echo "no calm run of $1: see $dir.out" >&2
		exit 1
	fi
	calm_ms[$1]=$(($(now_ms) - from))
	calm_rc[$1]=$rc
	essence "$dir" >"$work/calm-$1.essence"
	sed -n 's/^case //p' "$dir/cases.case" >"$work/calm-$1.names"
	echo "$1: calm run, ${calm_ms[$1]} ms, exit code $rc" | tee -a "$log"
	[ "$most" = 0 ] && return
	# How long one of the others takes, to draw moments from.
	RANDOM=$seed
	draw_cases "$1" "$work/names" "$((most / 2))"
	from=$(now_ms)
	mapfile -t words <"$work/names"
	start "$dir.out" --kernel "$1" --output "$work/few" --probe -g 1 "${words[@]}"
	await
	calm_ms[$1]=$(($(now_ms) - from))
	rm -rf "$work/few"
}

# So many cases of a kernel's calm run, by chance, into a file.
draw_cases() { # KERNEL FILE COUNT
	between 1 1000000
	awk -v seed="$drawn" 'BEGIN { srand(seed) } { print rand(), $1 }' "$work/calm-$1.names" |
		sort | head -n "$3" | cut -d ' ' -f 2 >"$2"
}

run_dir() {
	ls -d "$1"/results/[0-9]* 2>/dev/null | head -n 1
}

# It was cut short; go on with it, and perhaps cut it short again.
resume() { # FOLDER OUTPUT
	local dir
	dir=$(run_dir "$1")
	if [ -z "$dir" ] || [ ! -s "$dir/journal" ]; then
		return 1
	fi
	start "$2" --resume "$dir"
	between 0 3
	if [ "$drawn" = 0 ]; then
		between 0 "${calm_ms[$kernel]}"
		if ! await "$drawn"; then
			kill -9 "$pid"
			await
			start "$2" --resume "$dir"
		fi
	fi
	[ -z "$pid" ] || await
}

damage() { # KIND JOURNAL
	local size first
	size=$(stat -c %s "$2")
	# What the run is stands first, twice: the line of a header, and so many bytes. The rest may go.
	if [ "$1" = truncate ]; then
		first=$(($(head -n 2 "$2" | wc -c) + $(sed -n '2s/^@1 run \([0-9]*\) .*/\1/p' "$2") + 1))
		between "$((first < size ? first : size))" "$size"
		truncate -s "$drawn" "$2"
	else
		between 0 $((size - 1))
		printf '\377' | dd of="$2" bs=1 seek="$drawn" conv=notrunc status=none
	fi
}

one() { # NUMBER KERNEL KIND
	local dir=$work/$1 moment order why= dirs room expected
	local words=("${cases[@]}")
	kernel=$2
	mkdir "$dir"
	export TAILCHECK_RESULTS=$dir/results
	between 1 1000000
	order=$drawn
	between 0 "${calm_ms[$2]}"
	moment=$drawn
	if [ "$most" = 0 ]; then
		cp "$work/calm-$2.names" "$dir/names"
	else
		between 20 "$((most > 20 ? most : 20))"
		draw_cases "$2" "$dir/names" "$drawn"
		mapfile -t words <"$dir/names"
	fi
	part_of "$dir/names" "$work/calm-$2.essence" >"$dir/calm"
	# A calm run in which something is unexpected has that in some of its cases, or in none.
	expected=${calm_rc[$2]}
	[ "$expected" = 0 ] || grep -Eq '^verdict (diverges|crashed|timed-out|infra|none)' "$dir/calm" ||
		expected="[01]"
	between 1 2
	local args=(--kernel "$2" --order "$order" -g "$drawn" --case-timeout 10)
	if [[ " $guest_kinds " == *" $3 "* ]]; then # from the hello on, some seconds after the start
		export TAILCHECK_FAULT=$3@$((moment / 3))
	elif [ "$3" = disk ]; then
		mounted=$dir/results
		mkdir "$mounted"
		between 20 500
		room=$((drawn + $(stat -c %s "$agent") / 1024))
		mount -t tmpfs -o "size=${room}k" tmpfs "$mounted"
	fi
	start "$dir/out" "${args[@]}" "${words[@]}"
	unset TAILCHECK_FAULT
	hit=0
	if [ "$3" = disk ]; then
		await || why="it hung;"
		grep -q "No space left" "$dir/out" && hit=1
		[ "$hit" = 0 ] || [ "$rc" = 5 ] || why="$why exit code $rc on a full disk;"
		[ "$hit" = 1 ] || [[ $rc = $expected ]] || why="$why exit code $rc;"
		mount -o remount,size=1g "$mounted"
	elif [[ " $guest_kinds " == *" $3 "* ]]; then
		:
	elif ! await "$moment"; then
		hit=1
		case $3 in
		qemu-kill) kill -9 $(guests_of "$pid") 2>/dev/null || hit=0 ;;
		qemu-stop) kill -STOP $(guests_of "$pid") 2>/dev/null || hit=0 ;;
		int) kill -INT "$pid" ;;
		int-twice)
			kill -INT "$pid"
			sleep 0.01
			kill -INT "$pid" 2>/dev/null
			;;
		*) kill -9 "$pid" ;;
		esac
	fi
	[ -z "$pid" ] || await || why="it hung;"
	[ "$hit" = 1 ] && [[ $3 == truncate || $3 == flip ]] && [ -s "$(run_dir "$dir")/journal" ] &&
		damage "$3" "$(run_dir "$dir")/journal"
	if [ "$hit" = 1 ] && [[ $3 == disk || $3 == truncate || $3 == flip || $3 == kill || $3 == int* ]]; then
		if ! resume "$dir" "$dir/out"; then
			if [ -n "$pid" ]; then
				why="$why it hung when it went on;"
			else # before there was anything to go on with
				start "$dir/out" "${args[@]}" "${words[@]}"
				await || why="$why it hung;"
			fi
		fi
	fi
	grep -q "starting another" "$dir/out" && hit=1
	if [ -n "$pid" ]; then
		kill -9 "$pid"
		await
	fi
	# A kernel that says that it is broken makes the run fail, whatever the cases gave.
	if [[ $rc != $expected ]] && ! { [ "$rc" = 1 ] && [[ $3 =~ ^(panic|halt|oops)$ ]]; }; then
		why="$why exit code $rc;"
	fi
	dirs=$(ls -dt "$dir"/results/[0-9]*/ 2>/dev/null | head -n 1)
	essence "${dirs%/}" >"$dir/essence" 2>/dev/null
	cmp -s "$dir/essence" "$dir/calm" || why="$why results differ;"
	sleep 0.2
	pgrep -f "$dir/results" >"$dir/left" && why="$why processes are left;"
	find "$dir/results" -name 'initramfs.cpio*' 2>/dev/null | grep -q . && why="$why files are left;"
	if [ -n "$mounted" ]; then
		[ -z "$why" ] || cp -r "$mounted" "$dir/kept"
		umount "$mounted"
		mounted=
	fi
	echo "$1 $2 $3 at $moment ms: $([ "$hit" = 1 ] && echo hit || echo missed): ${why:-as calm}" |
		tee -a "$log"
	[ -n "$why" ] || rm -rf "$dir"
}

until_ms=$(($(now_ms) + seconds * 1000))
export TAILCHECK_RESULTS=$work/none
for k in "${kernels[@]}"; do
	calm "$k"
done
first=${SOAK_FIRST:-1}

# Every so manyth of the runs.
work_off() { # NUMBER
	local n=$1
	trap finish EXIT
	while [ "$(now_ms)" -lt "$until_ms" ]; do
		if [ "$most_runs" != 0 ] && [ "$n" -ge $((first + most_runs)) ]; then
			break
		fi
		RANDOM=$(((seed + n) % 32768))
		between 0 $((${#kinds[@]} - 1))
		one "$n" "${kernels[$((n % ${#kernels[@]}))]}" "${kinds[$drawn]}"
		n=$((n + jobs))
	done
}

pids=()
for ((job = 0; job < jobs; job++)); do
	(work_off $((first + job))) &
	pids+=($!)
done
workers=("${pids[@]}")
wait "${workers[@]}"
workers=()
for kind in "${kinds[@]}"; do
	awk -v kind="$kind" '$3 == kind && $4 == "at" { n++; hit += $7 == "hit:"; ok += /: as calm$/ }
		END { if (n) print kind ": " n " runs, " hit + 0 " hit, " ok + 0 " as calm" }' "$log"
done | tee "$work/kinds"
runs=$(grep -c ' at [0-9]* ms: ' "$log")
wrong=$(grep ' at [0-9]* ms: ' "$log" | grep -vc ': as calm$')
echo "$runs runs with faults, $wrong not as the calm run"
if [ "$wrong" -gt 0 ]; then
	echo "see $work"
	exit 1
fi
rm -rf "$work"
[ "$runs" -gt 0 ]
