#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# rediscover.sh TAILCHECK KERNEL SEED COUNT: would the generators alone find what this kernel is
# known for? A campaign of COUNT cases of all generators says which quirks show, and in which case.
# Each of these is then forgotten, probe and all, in a campaign of its own with that case's
# generator, and must come back as a finding by that name. What never showed is listed.
set -u
tailcheck=$1 kernel=$2 seed=$3 count=$4
export LC_ALL=C

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# campaign FOLDER OPTION...: 0 and 1 are ends as they should be.
campaign() {
	out=$1
	shift
	"$tailcheck" campaign -k "$kernel" --seed "$seed" --time 3600 --guests 1 --reduce 0 -o "$out" "$@" \
		>"$folder/log" 2>&1
	[ $? -le 1 ] && return
	cat "$folder/log" >&2
	exit 5
}

# seen FOLDER, unseen FOLDER: quirks and the case that shows it, quirks that no case of it shows
seen() {
	sed -n 's/^  \([a-z0-9-]*\) *\(gen\.[^ ]*\) on .*/\1 \2/p' "$1/summary.txt"
}
unseen() {
	sed -n 's/^  \([a-z0-9-]*\) *not shown$/\1/p' "$1/summary.txt"
}

campaign "$folder/all" --count "$count"
sed -n '1p; /cases, .* results,/p; /^  .* times on /p' "$folder/all/summary.txt"
shown=$(seen "$folder/all")
missing=$(unseen "$folder/all")
[ -n "$shown$missing" ] || { echo "rediscover: $kernel has no quirks" >&2; exit 5; }
if [ -n "$missing" ]; then # attributes are many, and 80 cases have few of them
	campaign "$folder/more" --count 400 attrs
	shown=$(printf '%s\n' "$shown"; seen "$folder/more" | grep -wF "$missing")
	missing=$(unseen "$folder/more" | grep -wF "$missing")
fi

found=0 missed=0
while read -r quirk case; do
	[ -n "$quirk" ] || continue
	generator=${case#gen.} generator=${generator%%.*} number=${case##*[-.]}
	campaign "$folder/$quirk" --without-quirk "$quirk" --count $((number + 1)) "$generator"
	line=$(grep "^  .* times on .*: quirk $quirk\$" "$folder/$quirk/summary.txt")
	if [ -n "$line" ]; then
		found=$((found + 1))
		printf '%-24s found, %s: %s cases of %s\n' "$quirk" "$(echo $line | cut -d: -f1)" \
			$((number + 1)) "$generator"
	else
		missed=$((missed + 1))
		printf '%-24s NOT FOUND by %s cases of %s\n' "$quirk" $((number + 1)) "$generator"
		grep ' times on ' "$folder/$quirk/summary.txt"
	fi
done <<EOF
$shown
EOF
for quirk in $missing; do
	printf '%-24s not shown by %s cases\n' "$quirk" "$count"
done
echo "$kernel: $found found again, $missed not, $(echo $missing | wc -w) never shown"
[ "$missed" -eq 0 ] && [ "$found" -gt 0 ]
