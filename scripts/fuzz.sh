#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# fuzz.sh FOLDER SECONDS TARGET...: run FOLDER/TARGET_fuzz for SECONDS each, from seeds made of the
# cases and what earlier runs kept in FOLDER/corpus/TARGET. What is found is kept in FOLDER/found/.
set -u

dir=$1 seconds=$2
shift 2

export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
mkdir -p "$dir/seeds" "$dir/found"
"$dir/seeds_tool" cases "$dir/seeds" || exit 1

ret=0
for target; do
	log=$dir/$target.log
	mkdir -p "$dir/corpus/$target"
	"$dir/${target}_fuzz" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 \
		-max_len=4096 -print_final_stats=1 -artifact_prefix="$dir/found/$target-" \
		"$dir/corpus/$target" "$dir/seeds/$target" >"$log" 2>&1
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
