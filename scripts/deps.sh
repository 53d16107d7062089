#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# deps.sh WHAT...: install the Debian packages that WHAT (build, test, lint, coverage, fuzz, browser, deb,
# or the name of an architecture) needs, or say how.
set -eu

build="gcc libc6-dev libbpf-dev libelf-dev zlib1g-dev libarchive-dev libjansson-dev"
build="$build python3 qemu-system-x86 debian-archive-keyring"
test="apt gpg gpg-agent libcmocka-dev pkgconf binutils llvm-19 libasan8 libubsan1"
test="$test libxml2-utils python3-jsonschema python3-junitparser python3-tap parallel"
coverage="gcovr"
lint="clang-format clang-tidy cppcheck flake8 mandoc"
fuzz="clang-14 libclang-rt-14-dev"
browser="chromium"
deb="dpkg-dev debhelper fakeroot lintian"

want=
tools=
for what; do
	case $what in
	build) want="$want $build" ;;
	test) want="$want $test" ;;
	lint) want="$want $lint" ;;
	coverage) want="$want $coverage" ;;
	fuzz) want="$want $fuzz" ;;
	browser) want="$want $browser" ;;
	deb) want="$want $deb" ;;
	arm64) want="$want gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-system-arm" ;;
	armhf) want="$want gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-system-arm" ;;
	i386) want="$want gcc-i686-linux-gnu libc6-dev-i386-cross" ;;
	loong64) want="$want clang-19"; tools=loong64 ;;
	mips64el) want="$want gcc-mips64el-linux-gnuabi64 libc6-dev-mips64el-cross qemu-system-mips" ;;
	ppc64el) want="$want gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross qemu-system-ppc" ;;
	riscv64) want="$want gcc-riscv64-linux-gnu libc6-dev-riscv64-cross qemu-system-misc" ;;
	s390x) want="$want gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-system-misc" ;;
	*) echo "deps.sh: no group $what" >&2; exit 2 ;;
	esac
done

missing=
for package in $want; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$status" = installed ] || missing="$missing $package"
done
fetch_tools() {
	[ -z "$tools" ] || "$(dirname "$0")/tools.sh" "$tools"
}
[ -n "$missing" ] || { fetch_tools; exit; }

command="apt-get update && apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
	echo "tailcheck: packages are missing; run as root: $command" >&2
	exit 2
fi
echo "tailcheck: installing$missing"
log=$(mktemp)
if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y \
	--no-install-recommends $missing; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "tailcheck: installing failed; the log is $log; the command was: $command" >&2
	exit 2
fi
rm -f "$log"
fetch_tools
