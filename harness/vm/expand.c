// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "expand.h"

#include <archive.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

void expand_formats(struct archive *a)
{
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_lzma(a);
	archive_read_support_filter_lz4(a);
	archive_read_support_filter_zstd(a);
}

int expand_is_nested(struct archive *a)
{
	/* The last one is the file itself. */
	return archive_filter_count(a) > 2;
}

int expand_to(struct archive *a, int fd, uint64_t most, char *why, size_t why_size)
{
	char buf[1 << 16];
	uint64_t sum = 0;
	la_ssize_t n;

	while ((n = archive_read_data(a, buf, sizeof(buf))) > 0) {
		sum += (uint64_t)n;
		if (sum > most) {
			snprintf(why, why_size, "it unpacks to more than %llu MiB",
				 (unsigned long long)most >> 20);
			return EXPAND_BAD;
		}
		if (files_write_all(fd, buf, (size_t)n)) {
			snprintf(why, why_size, "cannot write what is in it: %s", strerror(errno));
			return EXPAND_UNWRITTEN;
		}
	}
	if (!n)
		return 0;
	snprintf(why, why_size, "cannot unpack it: %s",
		 archive_error_string(a) ? archive_error_string(a) : "it is damaged");
	return EXPAND_BAD;
}
