// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel_image.h"

/*
 * Where Debian has a cloud flavour we take it: the smallest kernels, with everything of BPF that
 * the others have. Up to 6.18 the kernel is in linux-image-*; from 6.19 that is an empty package
 * which depends on linux-binary-*. Backports keeps a series until long after it went on to the
 * next.
 */
#define UML			 "^user-mode-linux$"
#define IMAGE(version, flavour)	 "^linux-image-" version "-" flavour "$"
#define BINARY(version, flavour) "^linux-binary-" version "-" flavour "$"

#define DEB11(arch, tail, flavour)                                                         \
	{                                                                                  \
		"debian-5.10" tail, arch, "bullseye", IMAGE("5\\.10\\.0-[0-9]+", flavour), \
			"Debian 11"                                                        \
	}
#define DEB12(arch, tail, flavour)                                                       \
	{                                                                                \
		"debian-6.1" tail, arch, "bookworm", IMAGE("6\\.1\\.0-[0-9]+", flavour), \
			"Debian 12"                                                      \
	}
#define DEB13(arch, tail, flavour)                                                             \
	{                                                                                      \
		"debian-6.12" tail, arch, "trixie", IMAGE("6\\.12\\.[0-9]+\\+deb13", flavour), \
			"Debian 13"                                                            \
	}
#define SID(arch, tail, flavour)                                                               \
	{                                                                                      \
		"debian-7.2" tail, arch, "sid", BINARY("7\\.2\\.[0-9]+\\+deb[0-9]+", flavour), \
			"unstable"                                                             \
	}
#define EXPERIMENTAL(arch, tail, flavour)                                                   \
	{                                                                                   \
		"debian-7.3" tail, arch, "experimental",                                    \
			BINARY("7\\.3(\\.[0-9]+)?(\\+deb[0-9]+)?", flavour), "experimental" \
	}
/* trixie-backports, which is built for two architectures */
#define BACKPORTS(arch, tail, flavour)                                                   \
	BACKPORT(arch, "6.16" tail, IMAGE("6\\.16\\.[0-9]+\\+deb13", flavour)),          \
		BACKPORT(arch, "6.17" tail, IMAGE("6\\.17\\.[0-9]+\\+deb13", flavour)),  \
		BACKPORT(arch, "6.18" tail, IMAGE("6\\.18\\.[0-9]+\\+deb13", flavour)),  \
		BACKPORT(arch, "6.19" tail, BINARY("6\\.19\\.[0-9]+\\+deb13", flavour)), \
		BACKPORT(arch, "7.0" tail, BINARY("7\\.0\\.[0-9]+\\+deb13", flavour)),   \
		BACKPORT(arch, "7.1" tail, BINARY("7\\.1\\.[0-9]+\\+deb13", flavour)),   \
		BACKPORT(arch, "7.2" tail, BINARY("7\\.2\\.[0-9]+\\+deb13", flavour)),   \
		BACKPORT(arch, "7.3" tail, BINARY("7\\.3\\.[0-9]+\\+deb13", flavour))
#define BACKPORT(arch, name, pattern)                                         \
	{                                                                     \
		"debian-" name, arch, "trixie-backports", pattern, "backport" \
	}

const struct kernel_name kernel_names[] = {
	DEB11("amd64", "", "cloud-amd64"),
	DEB12("amd64", "", "cloud-amd64"),
	/* An older point release of a series than Debian 13's: what stable releases change. */
	{ "debian-6.12-bpo", "amd64", "bookworm-backports",
	  IMAGE("6\\.12\\.[0-9]+\\+deb12", "cloud-amd64"), "Debian 12's backport" },
	DEB13("amd64", "", "cloud-amd64"),
	BACKPORTS("amd64", "", "cloud-amd64"),
	{ "debian-sid", "amd64", "sid", BINARY("[0-9.]+\\+deb[0-9]+", "cloud-amd64"),
	  "newest of unstable" },
	{ "debian-experimental", "amd64", "experimental",
	  BINARY("[0-9.]+(\\+deb[0-9]+)?", "cloud-amd64"), "release candidates" },

	/* No QEMU: the interpreter alone, and quick. Linked to the libc of their release. */
	{ "uml-5.10", "amd64", "bullseye", UML, "a process" },
	{ "uml-6.1", "amd64", "bookworm", UML, "a process" },
	{ "uml-6.12", "amd64", "trixie", UML, "a process; needs glibc 2.38 (Debian 13)" },
	{ "uml-7.2", "amd64", "sid", UML, "a process; needs glibc 2.38 (Debian 13)" },

	DEB11("arm64", "-arm64", "cloud-arm64"),
	DEB12("arm64", "-arm64", "cloud-arm64"),
	DEB13("arm64", "-arm64", "cloud-arm64"),
	BACKPORTS("arm64", "-arm64", "cloud-arm64"),

	DEB12("s390x", "-s390x", "s390x"),
	DEB13("s390x", "-s390x", "s390x"),
	SID("s390x", "-s390x", "s390x"),
	EXPERIMENTAL("s390x", "-s390x", "s390x"),

	DEB13("riscv64", "-riscv64", "riscv64"),
	SID("riscv64", "-riscv64", "riscv64"),

	DEB12("ppc64el", "-ppc64el", "powerpc64le"),
	DEB13("ppc64el", "-ppc64el", "powerpc64le"),
	SID("ppc64el", "-ppc64el", "powerpc64le"),
	EXPERIMENTAL("ppc64el", "-ppc64el", "powerpc64le"),

	DEB11("armhf", "-armhf", "armmp-lpae"),
	DEB12("armhf", "-armhf", "armmp-lpae"),
	DEB13("armhf", "-armhf", "armmp-lpae"),
	SID("armhf", "-armhf", "armmp-lpae"),
	EXPERIMENTAL("armhf", "-armhf", "armmp-lpae"),

	DEB11("i386", "-i386", "686-pae"),
	DEB12("i386", "-i386", "686-pae"),

	DEB12("mips64el", "-mips64el", "5kc-malta"),
	SID("loong64", "-loong64", "loong64"),
	EXPERIMENTAL("loong64", "-loong64", "loong64"),
	{ NULL, NULL, NULL, NULL, NULL },
};
