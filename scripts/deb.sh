#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# deb.sh FOLDER: the Debian packages, in FOLDER, from a copy of the sources in it (dpkg-buildpackage
# writes beside what it builds).
set -eu

out=$1
version=$(sed -n 's/^.define TAILCHECK_VERSION "\(.*\)"/\1/p' harness/report/report.h)
packaged=$(dpkg-parsechangelog -S Version)
if [ "$version" != "$packaged" ]; then
	echo "deb.sh: debian/changelog is of $packaged, and the program of $version" >&2
	exit 2
fi

rm -rf "$out"
copy=$out/tailcheck-$version
mkdir -p "$copy"
tar -c --exclude-vcs --exclude=./build --exclude='./results/[!e]*' --exclude=__pycache__ . |
	tar -x -C "$copy"
if ! (cd "$copy" && dpkg-buildpackage -b -us -uc -j"$(nproc)") >"$out/log" 2>&1; then
	tail -n 20 "$out/log" >&2
	echo "deb.sh: the log is $out/log" >&2
	exit 1
fi
rm -rf "$copy"
lintian --allow-root --fail-on error,warning "$out"/tailcheck_*.deb "$out"/libtailcheck-dev_*.deb
ls "$out"/*.deb
