#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# coverage.sh REPORT TABLE: the lines of a Cobertura report that nothing has reached, each with its
# reason from the table. Fails on a line without one, and on a reason without a line.
#
# A row of the table is FILE FUNCTION REASON, and then a line's text, or nothing for all of the
# function's; FUNCTION may be *, for all of the file. What the reasons mean stands in the table
# itself. What is done only if a mutant is on needs no row: its condition says so.
set -u

awk '
function trim(s) { sub(/^[ \t]+/, "", s); sub(/[ \t]+$/, "", s); return s }

# The function that a line of C stands in: the last name before a parenthesis at the margin.
function enclosing(file, n,   i, s) {
	for (i = n; i > 0; i--) {
		s = text[file, i]
		if (s ~ /^[A-Za-z_].*\(/ && s !~ /^(#|[A-Z_]+\()/) {
			sub(/ *\(.*/, "", s)
			sub(/.*[ *]/, "", s)
			return s
		}
	}
	return "-"
}

# Is this a line of a condition that holds with a mutant alone, or right below one?
function of_mutant(file, n,   i) {
	for (i = n; i > n - 3; i--) {
		if (i < n && text[file, i] ~ /[;{}]$/)
			return 0
		if (text[file, i] ~ /ref_mutant\(|MUTATED\(|call_mutants/)
			return text[file, i] !~ /!ref_mutant\(|!MUTATED\(|\|\|/
	}
	return 0
}

function slurp(file,   n) {
	if (file in lines)
		return
	while ((getline text[file, ++n] < file) > 0)
		;
	lines[file] = n
}

FNR == NR { # the table
	if ($0 !~ /^(#|$)/) {
		rest = $0
		for (i = 0; i < 3; i++)
			sub(/^[^ \t]+[ \t]*/, "", rest)
		reason[$1, $2, trim(rest)] = $3
	}
	next
}

/<class / {
	file = $0
	sub(/.*filename="/, "", file)
	sub(/".*/, "", file)
}

/<line .*hits=/ {
	n = $0
	sub(/.*number="/, "", n)
	hits = $0
	sub(/.*hits="/, "", hits)
	if ((file, n + 0) in seen)
		next
	seen[file, n + 0] = 1
	total++
	if (hits + 0)
		next
	slurp(file)
	missed++
	line = trim(text[file, n + 0])
	where = enclosing(file, n + 0)
	short = file
	sub(/.*\//, "", short)
	why = ""
	if ((short, where, line) in reason)
		used[short, where, line] = why = reason[short, where, line]
	else if ((short, where, "") in reason)
		used[short, where, ""] = why = reason[short, where, ""]
	else if ((short, "*", "") in reason)
		used[short, "*", ""] = why = reason[short, "*", ""]
	else if (of_mutant(file, n + 0))
		why = "mutant"
	printf "%-10s %s:%d %s(): %s\n", why ? why : "UNEXPLAINED", file, n, where, line
	unexplained += !why
}

END {
	for (key in reason)
		if (!(key in used)) {
			split(key, part, SUBSEP)
			printf "STALE      %s %s: %s\n", part[1], part[2], part[3]
			stale++
		}
	printf "%d of %d lines reached (%.1f%%), %d explained, %d unexplained, %d stale reasons\n",
		total - missed, total, 100 * (total - missed) / total, missed - unexplained,
		unexplained, stale
	exit unexplained || stale || !total
}
' "$2" "$1"
