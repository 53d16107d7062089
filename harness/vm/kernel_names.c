// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "kernel_image.h"

/*
 * The cloud flavour: the smallest kernels of Debian, with everything of BPF that the others have.
 * Up to 6.18 the kernel is in linux-image-*; from 6.19 that is an empty package which depends on
 * linux-binary-*. Backports keeps a series until long after it went on to the next.
 */
#define IMAGE(version)	"^linux-image-" version "-cloud-amd64$"
#define BINARY(version) "^linux-binary-" version "-cloud-amd64$"

const struct kernel_name kernel_names[] = {
	{ "debian-5.10", "bullseye", IMAGE("5\\.10\\.0-[0-9]+"), "Debian 11" },
	{ "debian-6.1", "bookworm", IMAGE("6\\.1\\.0-[0-9]+"), "Debian 12" },
	{ "debian-6.12", "trixie", IMAGE("6\\.12\\.[0-9]+\\+deb13"), "Debian 13" },
	{ "debian-6.16", "trixie-backports", IMAGE("6\\.16\\.[0-9]+\\+deb13"), "backport" },
	{ "debian-6.17", "trixie-backports", IMAGE("6\\.17\\.[0-9]+\\+deb13"), "backport" },
	{ "debian-6.18", "trixie-backports", IMAGE("6\\.18\\.[0-9]+\\+deb13"), "backport" },
	{ "debian-6.19", "trixie-backports", BINARY("6\\.19\\.[0-9]+\\+deb13"), "backport" },
	{ "debian-7.0", "trixie-backports", BINARY("7\\.0\\.[0-9]+\\+deb13"), "backport" },
	{ "debian-7.1", "trixie-backports", BINARY("7\\.1\\.[0-9]+\\+deb13"), "backport" },
	{ "debian-7.2", "trixie-backports", BINARY("7\\.2\\.[0-9]+\\+deb13"), "backport" },
	{ "debian-7.3", "trixie-backports", BINARY("7\\.3\\.[0-9]+\\+deb13"), "backport" },
	{ "debian-sid", "sid", BINARY("[0-9.]+\\+deb[0-9]+"), "newest of unstable" },
	{ "debian-experimental", "experimental", BINARY("[0-9.]+(\\+deb[0-9]+)?"),
	  "release candidates" },
	{ NULL, NULL, NULL, NULL },
};
