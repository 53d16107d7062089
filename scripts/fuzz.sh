#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# fuzz.sh FOLDER SECONDS TARGET...: run FOLDER/TARGET_fuzz for SECONDS each, from the seeds beside it
# (FOLDER/../seeds/TARGET) and what earlier runs kept in FOLDER/corpus/TARGET. What is found is
# kept in FOLDER/found/: also an input that takes more than a second, or that asks for more than 256
# MiB at once; all together may be 1 GiB, since AddressSanitizer needs a multiple of what it checks.
set -u

dir=$1 seconds=$2
shift 2

export ASAN_OPTIONS=quarantine_size_mb=64
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
mkdir -p "$dir/found"

ret=0
for target; do
	log=$dir/$target.log
	if [ ! -x "$dir/${target}_fuzz" ]; then
		ret=1
		echo "FAILED $target: there is no $dir/${target}_fuzz"
		continue
	fi
	mkdir -p "$dir/corpus/$target"
	# A program may take its whole budget, in an interpreter that is checked itself.
	limit=1
	[ "$target" = load ] && limit=60
	"$dir/${target}_fuzz" -max_total_time="$seconds" -timeout="$limit" -rss_limit_mb=1024 \
		-malloc_limit_mb=256 -max_len=8192 -print_final_stats=1 -artifact_prefix="$dir/found/$target-" \
		"$dir/corpus/$target" "$dir/../seeds/$target" >"$log" 2>&1
	rc=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
	if [ "$rc" -ne 0 ]; then
		ret=1
		echo "FOUND  $target (exit $rc): the log is $log"
		grep -v '^#' "$log" | tail -n 40 | sed 's/^/    /'
	elif [ "${runs:-0}" -eq 0 ]; then
		ret=1
		echo "FAILED $target: nothing was run; the log is $log"
	else
		echo "ok     $target ($runs inputs in $seconds s)"
	fi
done
exit $ret
