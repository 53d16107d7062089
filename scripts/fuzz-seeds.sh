#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# fuzz-seeds.sh PROGRAM FOLDER: what fuzzing begins with that is made from files of a real run, by
# PROGRAM (build/tailcheck): FOLDER/results/, files/, request/ and reply/. In the folder of the
# sources. tests/fuzz/*.c say what the parts of an input are, which \377 ends.
set -eu

tool=$(realpath "$1") to=$2
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$to/results" "$to/files" "$to/request" "$to/reply"

# An adapter that keeps what it is asked and what it answers.
cat >"$tmp/adapter" <<EOF
#!/bin/sh
tee -a "$tmp/requests" | "$tool" engine-server | tee -a "$tmp/replies"
EOF
chmod +x "$tmp/adapter"

for one in take.mode call.one-past call.miss-then-hit; do
	: >"$tmp/requests"
	: >"$tmp/replies"
	"$tool" run --engine-cmd "$tmp/adapter" -o "$tmp/$one" "$one" >/dev/null 2>&1 || [ $? -le 5 ]
	[ -f "$tmp/$one/summary.json" ] || exit 1
	cp "$tmp/requests" "$to/request/$one"
	sed 's/^[0-9]* /= /' "$tmp/replies" >"$to/reply/$one"
	cp "$tmp/replies" "$to/reply/$one-numbered"
	"$tool" gate --expect "$tmp/baseline" --update "$tmp/$one" >/dev/null 2>&1 || :
	{
		cat "$tmp/$one/summary.json"
		printf '\377'
		cat "$tmp/$one/cases.case"
		printf '\377'
		cat "$tmp/$one/ref-interp.txt"
		printf '\377'
		cat "$tmp/baseline" 2>/dev/null || :
	} >"$to/results/run-$one"
	{ printf b; cat "$tmp/baseline" 2>/dev/null || :; } >"$to/files/baseline-$one"
	rm -f "$tmp/baseline"
done
# The digits become those of the probe in files_fuzz.c.
{
	printf 'kmade\nsnapshot %s\ntime 1795387685\n\377' kept
	printf 'kernel\nrelease 6.1\nversion x\nmachine x86_64\nengine jit\nunsupported interp\nwhy no\n\377'
	printf 'probe\nprobe.empty-slot-counts jit 0123456789abcdef complete 0\n1 map m = 0\n\377'
} >"$to/files/kept"
printf 't1 map m = 0\n\ncase a\n::error::x ##[error]\033[2J\302\233' >"$to/files/plain"
{ printf p; head -n 40 results/expected/profiles; } >"$to/files/profiles"
printf 'adeb [signed-by=/k.gpg] http://mirror.example/debian bookworm main\n' >"$to/files/sources-list"
printf 'aTypes: deb\nURIs: http://mirror.example/debian\nSuites: sid\nComponents: main\n' \
	>"$to/files/sources-deb822"
