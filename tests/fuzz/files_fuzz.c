// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Small files of text: profiles ('p' is the first byte), baselines ('b'), sources of apt ('a'), and
 * the stamp of a snapshot (any other), whose checksum is made here. What was read and printed is
 * read back as the same.
 */
#include "input.h"

#include <inttypes.h>

#include "../../harness/base/hash.h"
#include "../../harness/gate/baseline.h"
#include "../../harness/judge/profile.h"
#include "../../harness/vm/apt_sources.h"
#include "../../harness/vm/snapshot.h"

static struct snapshot *snapshot;

/* A place for a snapshot of a machine of three small files. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct kernel_image kernel = { .arch = vm_arches, .package = "", .pvh = true };
	static struct vm_host host = { .qemu_version = "7.2", .qemu_major = 7, .tsc_khz = 2400000 };
	char *file = NULL, why[200];
	struct vm_config c = { .host = &host, .kernel = &kernel };

	(void)argc;
	(void)argv;
	fuzz_make_dir();
	fuzz_write(fuzz_dir, "file", "x", 1);
	file = xasprintf("%s/file", fuzz_dir);
	kernel.boot = file;
	c.initrd = file;
	snprintf(host.qemu, sizeof(host.qemu), "%s", file);
	snapshot = snapshot_new(&c, fuzz_dir, why, sizeof(why));
	if (!snapshot)
		finding(why);
	free(file);
	return 0;
}

static char *printed_profiles(const struct profiles *p)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	profiles_print(out, p);
	fclose(out);
	return text;
}

static void try_profiles(const char *text)
{
	struct profiles p, back;
	char *one, *two;
	struct diag d;

	if (profiles_parse(&p, text, "fuzz", &d))
		return;
	one = printed_profiles(&p);
	if (profiles_parse(&back, one, "fuzz", &d))
		finding("profiles that were printed are refused");
	two = printed_profiles(&back);
	if (strcmp(one, two) != 0)
		finding("profiles that were printed are others");
	profiles_release(&p);
	profiles_release(&back);
	free(one);
	free(two);
}

static char *printed_baseline(const struct baseline *b)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	baseline_print(out, b);
	fclose(out);
	return text;
}

static void try_baseline(const char *text)
{
	struct baseline b, back;
	char *one, *two;
	struct diag d;

	if (baseline_parse(&b, text, "fuzz", &d))
		return;
	one = printed_baseline(&b);
	if (baseline_parse(&back, one, "fuzz", &d))
		finding("a baseline that was printed is refused");
	two = printed_baseline(&back);
	if (strcmp(one, two) != 0)
		finding("a baseline that was printed is another");
	baseline_release(&b);
	baseline_release(&back);
	free(one);
	free(two);
}

static void try_sources(const char *text)
{
	struct apt_source s = { 0 };

	apt_sources_parse_list(text, &s);
	apt_sources_parse_deb822(text, &s);
	apt_source_release(&s);
}

/* The stamp as it is, and with a checksum that is right; the other files are what follows it. */
static void try_snapshot(const uint8_t *data, size_t size)
{
	const char *folder = snapshot_folder(snapshot);
	char *stamp, *state, *sealed, why[200];
	struct snapshot_image image;
	size_t len, state_len;

	stamp = fuzz_part(&data, &size, &len);
	state = fuzz_part(&data, &size, &state_len);
	for (int seal = 0; seal < 2; seal++) {
		if (files_make_folders(folder, why, sizeof(why)))
			finding(why);
		sealed = xasprintf("%sstamp %016" PRIx64 "\n", stamp,
				   hash_bytes(HASH_EMPTY, stamp, strlen(stamp)));
		if (seal)
			fuzz_write(folder, "stamp", sealed, strlen(sealed));
		else
			fuzz_write(folder, "stamp", stamp, len);
		free(sealed);
		fuzz_write(folder, "ram", data, size);
		fuzz_write(folder, "state", state, state_len);
		fuzz_write(folder, "log", state, state_len);
		if (snapshot_load(snapshot, &image, why, sizeof(why)) == SNAPSHOT_GOOD)
			snapshot_image_release(&image);
	}
	free(stamp);
	free(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size)
		return 0;
	text = xstrndup((const char *)data + 1, size - 1);
	switch (*data) {
	case 'p':
		try_profiles(text);
		break;
	case 'b':
		try_baseline(text);
		break;
	case 'a':
		try_sources(text);
		break;
	default:
		try_snapshot(data, size);
	}
	free(text);
	return 0;
}
