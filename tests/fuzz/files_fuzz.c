// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Small files of text: profiles ('p' is the first byte), baselines ('b'), sources of apt ('a'),
 * what probes gave ('k': the file as it is, and its records with checksums made here), a guest's
 * words
 * ('t'), and the stamp of a snapshot (any other), whose checksum is made here. What was read and
 * printed is read back as the same.
 */
#include "input.h"

#include <inttypes.h>

#include "../../harness/base/hash.h"
#include "../../harness/base/plain.h"
#include "../../harness/cli/kept_probes.h"
#include "../../harness/cli/run_entries.h"
#include "../../harness/gate/baseline.h"
#include "../../harness/judge/profile.h"
#include "../../harness/vm/apt_sources.h"
#include "../../harness/vm/snapshot.h"

static struct snapshot *snapshot;
static char kept_dir[80]; /* of a snapshot whose key is its name */

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
	snprintf(kept_dir, sizeof(kept_dir), "%s/kept", fuzz_dir);
	if (files_make_folders(kept_dir, why, sizeof(why)))
		finding(why);
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

static void load_kept(const struct suite *probes)
{
	struct kept_probes k;
	char why[200];

	if (kept_probes_load(&k, kept_dir, probes, why, sizeof(why)) != KEPT_GOOD)
		return;
	if (kept_probes_store(&k, kept_dir, probes, why, sizeof(why)))
		finding("what was kept cannot be kept");
	kept_probes_release(&k);
	if (kept_probes_load(&k, kept_dir, probes, why, sizeof(why)) != KEPT_GOOD)
		finding(why);
	kept_probes_release(&k);
}

/* Where a record says this, the checksum of the probe's text is meant. */
static void fill_in_hash(char *record, const struct test_case *c)
{
	char *at = strstr(record, "0123456789abcdef"), digits[17];

	snprintf(digits, sizeof(digits), "%016" PRIx64, entry_hash(c));
	if (at)
		memcpy(at, digits, 16);
}

/* One probe is enough. "KIND\n" and bytes are a record; records end in \377. */
static void try_kept(const uint8_t *data, size_t size)
{
	static const char probe[] = "case probe.empty-slot-counts\nabout x\nmap m prog_array = 0\n";
	char *path = xasprintf("%s/" KEPT_PROBES_NAME, kept_dir), why[200];
	struct suite s = { 0 };
	struct journal *j;
	struct diag d;
	size_t len;

	if (suite_add_text(&s, probe, sizeof(probe) - 1, "probe", &d) || suite_finish(&s, &d))
		finding("no probe");
	fuzz_write(kept_dir, KEPT_PROBES_NAME, data, size);
	load_kept(&s);
	j = journal_create(path, why, sizeof(why));
	while (j && size) {
		char *record = fuzz_part(&data, &size, &len), *line = strchr(record, '\n');
		size_t kind = line ? (size_t)(line - record) : 0;

		fill_in_hash(record, s.cases[0]);
		if (line && kind <= JOURNAL_MAX_KIND &&
		    strspn(record, "abcdefghijklmnopqrstuvwxyz") == kind) {
			*line = '\0';
			journal_append(j, record, line + 1, len - kind - 1);
		}
		free(record);
	}
	journal_close(j);
	load_kept(&s);
	suite_release(&s);
	free(path);
}

/* A transcript has nothing in it that it must not, and is plain already then. */
static void try_plain(char *text)
{
	char *again;

	plain_transcript(text);
	for (const char *s = text; *s; s++)
		if ((*s < ' ' && *s != '\n' && *s != '\t') || *s == 0x7f)
			finding("a byte that is not plain");
	if (strstr(text, "\n\n") || strstr(text, "\ncase ") || strstr(text, "##["))
		finding("words that are not plain");
	again = xstrdup(text);
	plain_transcript(again);
	if (strcmp(again, text) != 0)
		finding("what is plain is made plainer");
	plain_line(again);
	free(again);
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
	case 'k':
		try_kept(data + 1, size - 1);
		break;
	case 't':
		try_plain(text);
		break;
	default:
		try_snapshot(data, size);
	}
	free(text);
	return 0;
}
