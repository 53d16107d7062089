#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tools.sh loong64: what Debian 12 has too old or not at all for guests of this architecture, from
# its backports and from Debian 13: QEMU, firmware, a libc to link the agent with, and the linker.
# Unpacked into the cache of kernels; nothing is installed.
set -eu

[ "${1-}" = loong64 ] || { echo "usage: tools.sh loong64" >&2; exit 2; }
cache=${TAILCHECK_CACHE:-${XDG_CACHE_HOME:+$XDG_CACHE_HOME/tailcheck}}
cache=${cache:-$HOME/.cache/tailcheck}
tools=$cache/tools/loong64
[ -x "$tools/ld" ] && exit 0

uri=${TAILCHECK_DEBIAN_MIRROR:-$(sed -n '/^URIs:/{s/^URIs: *//p;q}' \
	/etc/apt/sources.list.d/debian.sources 2>/dev/null || true)}
uri=${uri:-$(sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list | head -n 1)}
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# fetch SUITE PACKAGE...: by apt, which checks the archive's signatures, with a state of its own.
fetch() {
	suite=$1
	shift
	state=$temp/$suite
	mkdir -p "$state/sources" "$state/lists/partial" "$state/cache/archives/partial" "$temp/debs"
	: >"$state/status"
	printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' "$uri" "$suite" \
		/usr/share/keyrings/debian-archive-keyring.gpg >"$state/sources/debian.sources"
	cat >"$state/conf" <<-END
		Dir::State "$state"; Dir::State::status "$state/status"; Dir::Cache "$state/cache";
		Dir::Etc::SourceList "/dev/null"; Dir::Etc::SourceParts "$state/sources";
		Dir::Etc::PreferencesParts "/dev/null"; Acquire::Languages "none";
		APT::Sandbox::User "root"; Acquire::AllowInsecureRepositories "false";
	END
	if ! apt-get -c "$state/conf" -q update >"$state/log" 2>&1 ||
		! (cd "$temp/debs" && apt-get -c "$state/conf" -q download "$@" >"$state/log" 2>&1); then
		tail -n 5 "$state/log" >&2
		echo "tools.sh: fetching from Debian $suite failed: $*" >&2
		exit 2
	fi
}

echo "tailcheck: fetching QEMU, a libc and a linker for loong64 (65 MB)"
fetch bookworm-backports qemu-system-misc qemu-system-common qemu-system-data
fetch trixie qemu-efi-loongarch64 libc6-dev-loong64-cross libc6-loong64-cross \
	linux-libc-dev-loong64-cross libgcc-14-dev-loong64-cross binutils-loongarch64-linux-gnu \
	libc6 libjansson4 libsframe1 libzstd1 zlib1g
rm -rf "$tools"
mkdir -p "$tools"
for deb in "$temp"/debs/*.deb; do
	dpkg-deb -x "$deb" "$tools"
done

# The linker with the libc of its own Debian. (lld 19 moves functions and leaves the addresses of
# the libc's ifuncs where they were: such a program dies before main, with -Wl,--no-relax too.)
cat >"$temp/ld" <<-END
	#!/bin/sh
	lib=$tools/usr/lib/x86_64-linux-gnu
	exec \$lib/ld-linux-x86-64.so.2 --library-path \$lib $tools/usr/bin/loongarch64-linux-gnu-ld "\$@"
END
chmod +x "$temp/ld"
"$temp/ld" --version >"$temp/version"
mv "$temp/ld" "$tools/ld"
