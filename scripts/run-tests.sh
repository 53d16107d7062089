#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# run-tests.sh PROGRAM...: run cmocka programs (or, by the word, the tests of the generators), count,
# and end with one line.
# cmocka's exit code is the number of failures modulo 256, so the tests are counted from its output,
# and a program that ran none, or fewer than it planned (it died, or called exit), has failed.
set -u

passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export TAILCHECK_ROOT="${TAILCHECK_ROOT:-$PWD}"
export UBSAN_OPTIONS=print_stacktrace=1

count() {
	n=$(sed -n "$1" "$log" | paste -sd+)
	echo $((${n:-0}))
}

# In their own language, with their own way to count.
test_generators() {
	python3 -m unittest discover -s generators >"$log" 2>&1
	rc=$?
	ran=$(count 's/^Ran \([0-9]*\) tests* .*/\1/p')
	if [ "$rc" -eq 0 ] && [ "$ran" -gt 0 ]; then
		passed=$((passed + ran))
		echo "ok     generators ($ran tests)"
	else
		failed=$((failed + 1))
		echo "FAILED generators (exit $rc)"
		sed 's/^/    /' "$log"
	fi
}

for program; do
	if [ "$program" = generators ]; then
		test_generators
		continue
	fi
	CMOCKA_MESSAGE_OUTPUT=STDOUT "$program" >"$log" 2>&1 </dev/null
	rc=$?
	planned=$(count 's/^\[==========\] Running \([0-9]*\) test(s).*/\1/p')
	p=$(grep -c '^\[       OK \]' "$log")
	s=$(grep -c '^\[  SKIPPED \] [A-Za-z]' "$log")
	f=$((planned - p - s))
	if [ "$planned" -eq 0 ] || { [ "$rc" -ne 0 ] && [ "$f" -eq 0 ]; }; then
		f=$((f + 1))
	fi
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	name=${program##*/asan/}
	if [ "$f" -ne 0 ]; then
		echo "FAILED $name (exit $rc, $f of $planned tests)"
		grep -v -e '^\[ RUN ' -e '^\[       OK ' "$log" | sed 's/^/    /'
	else
		echo "ok     $name ($p tests)"
	fi
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
