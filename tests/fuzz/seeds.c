// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What fuzzing begins with, made from the cases and by what writes such files: `seeds CASES FOLDER`
 * writes FOLDER/load/, text/, channel/, kernel/, guest/ and results/ (where scripts/fuzz-seeds.sh
 * adds runs).
 */
#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../../engines/reference/reference.h"
#include "../../harness/base/alloc.h"
#include "../../harness/case/suite.h"
#include "../../harness/journal/journal.h"
#include "../../harness/vm/frame.h"
#include "load.h"

static const char *folder;

static void write_seed(const char *target, const char *name, size_t nr, const void *data,
		       size_t size)
{
	char *path = xasprintf("%s/%s/%s-%zu", folder, target, name, nr);
	FILE *out = fopen(path, "we");

	if (!out || fwrite(data, 1, size, out) != size || fclose(out)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	free(path);
}

static uint32_t map_by_type(uint32_t type)
{
	switch (type) {
	case BPF_MAP_TYPE_PROG_ARRAY:
		return LOAD_PROGS;
	case BPF_MAP_TYPE_HASH:
		return LOAD_HASH;
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return LOAD_PERCPU;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		return LOAD_ARRAY_OF_MAPS;
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return LOAD_HASH_OF_MAPS;
	default:
		return LOAD_ARRAY;
	}
}

/* The map of the case that has this name, or the like of it that the target has. */
static int32_t map_by_name(const struct test_case *c, const char *name, bool value)
{
	if (value)
		return LOAD_VALUE;
	for (size_t i = 0; i < c->n_steps; i++)
		if (c->steps[i].op == STEP_MAP && strcmp(c->steps[i].makes, name) == 0)
			return (int32_t)map_by_type(c->steps[i].type);
	return LOAD_ARRAY;
}

static void seed_load(const struct test_case *c, const struct step *s, size_t nr)
{
	struct load_header head = { .second = 255, .packet = 50 };
	size_t size = sizeof(head) + s->prog->n_insns * sizeof(struct bpf_insn);
	uint8_t *bytes = xcalloc(size, 1);
	struct bpf_insn *insns = xcalloc(s->prog->n_insns + 1, sizeof(*insns));

	for (size_t i = 0; i < LOAD_TYPES; i++)
		if (load_types[i] == s->type)
			head.type = (uint8_t)i;
	if (s->type == BPF_PROG_TYPE_SYSCALL)
		head.options = LOAD_SLEEPABLE;
	memcpy(insns, s->prog->insns, s->prog->n_insns * sizeof(*insns));
	for (size_t i = 0; i < s->prog->n_relocs; i++) {
		const struct asm_reloc *r = &s->prog->relocs[i];

		insns[r->insn].imm =
			map_by_name(c, r->map, insns[r->insn].src_reg == BPF_PSEUDO_MAP_VALUE);
	}
	for (size_t i = 0; i < s->prog->n_kfuncs; i++)
		insns[s->prog->kfuncs[i].insn].imm = reference_kfunc(s->prog->kfuncs[i].name);
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), insns, size - sizeof(head));
	write_seed("load", c->name, nr, bytes, size);
	free(insns);
	free(bytes);
}

static void seed_frame(const char *name, uint16_t type, const void *payload, size_t len)
{
	uint8_t *bytes = xcalloc(FRAME_HEADER + len, 1);

	frame_header(bytes, type, 1, payload, (uint32_t)len);
	memcpy(bytes + FRAME_HEADER, payload, len);
	write_seed("channel", name, type, bytes, FRAME_HEADER + len);
	free(bytes);
}

static void seed_case(const struct test_case *c)
{
	write_seed("text", c->name, c->n_steps, c->text, c->text_len);
	seed_frame(c->name, FRAME_CASE, c->text, c->text_len);
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct asm_prog *p = c->steps[i].prog;
		char *text = NULL;
		size_t len;
		FILE *out;

		if (!p)
			continue;
		if (p->n_insns <= LOAD_MAX_INSNS)
			seed_load(c, &c->steps[i], i);
		out = open_memstream(&text, &len);
		asm_print(out, p, "");
		fclose(out);
		write_seed("text", c->name, i, text, len);
		free(text);
	}
}

static void seed_hello(void)
{
	static const char hello[] = "agent=1\nrelease=6.1.0-50-amd64\nversion=#1 SMP\n"
				    "machine=x86_64\nengine=jit\nengine=interp\n"
				    "unsupported=jit-hardened CONFIG_BPF_JIT is not set\n";

	seed_frame("hello", FRAME_HELLO, hello, sizeof(hello) - 1);
	write_seed("channel", "hello", 0, hello, sizeof(hello) - 1);
	seed_frame("result", FRAME_RESULT, "jit complete\n1 map = 0\n", 23);
	seed_frame("bye", FRAME_BYE, "12", 2);
}

static void seed_journal(void)
{
	char *path = xasprintf("%s/results/journal", folder), why[300], bytes[4096] = "j";
	struct journal *j = journal_create(path, why, sizeof(why));
	FILE *in;
	size_t n;

	if (!j || journal_append(j, "run", "kernel debian-6.1\n", 18) ||
	    journal_append(j, "result", "limit.self jit 0\n1 map = 0\n", 27) ||
	    journal_append(j, "end", "0", 1)) {
		fprintf(stderr, "%s: no journal\n", path);
		exit(1);
	}
	journal_close(j);
	in = fopen(path, "re");
	n = in ? fread(bytes + 1, 1, sizeof(bytes) - 1, in) : 0;
	if (in)
		fclose(in);
	write_seed("results", "journal", 0, bytes, n + 1);
	free(path);
}

static void add_entry(struct archive *a, const char *path, const void *bytes, size_t n)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, path);
	archive_entry_set_mode(e, S_IFREG | 0644);
	archive_entry_set_size(e, (la_int64_t)n);
	archive_write_header(a, e);
	archive_write_data(a, bytes, n);
	archive_entry_free(e);
}

/* A package's tar with one file in it, packed in one of the ways that there are. */
static size_t packed_tar(char *to, size_t room, int filter, const char *path, const char *text)
{
	struct archive *a = archive_write_new();
	size_t used = 0;

	archive_write_add_filter(a, filter);
	archive_write_set_format_ustar(a);
	archive_write_set_bytes_in_last_block(a, 1);
	archive_write_open_memory(a, to, room, &used);
	add_entry(a, path, text, strlen(text));
	archive_write_free(a);
	return used;
}

static void seed_package(int filter, const char *suffix)
{
	static const char control[] = "Package: linux\nVersion: 6.1-1\nArchitecture: amd64\n";
	char tar[16384], deb[32768], *name = xasprintf("data.tar%s", suffix);
	struct archive *a = archive_write_new();
	size_t used = 0, n;

	archive_write_set_format_ar_svr4(a);
	archive_write_set_bytes_in_last_block(a, 1);
	archive_write_open_memory(a, deb, sizeof(deb), &used);
	add_entry(a, "debian-binary", "2.0\n", 4);
	n = packed_tar(tar, sizeof(tar), filter, "./control", control);
	add_entry(a, "control.tar", tar, n);
	n = packed_tar(tar, sizeof(tar), filter, "./boot/vmlinuz-6.1", "kernel");
	add_entry(a, name, tar, n);
	archive_write_free(a);
	write_seed("kernel", "deb", (size_t)filter, deb, used);
	free(name);
}

/* Bytes of a file, which are no string. */
static void put(char *to, const void *bytes, size_t n)
{
	memcpy(to, bytes, n);
}

/* One sector of code behind two of setup, with a payload of what @filter makes of a few bytes. */
static void seed_bzimage(int filter)
{
	char image[32768] = { 0 };
	size_t n = packed_tar(image + 1024, sizeof(image) - 1024, filter, "x", "\177ELF");
	const uint32_t paragraphs = (uint32_t)(n + 15) / 16, payload[2] = { 0, (uint32_t)n };

	image[0x1f1] = 1;
	memcpy(image + 0x1f4, &paragraphs, 4);
	put(image + 0x202, "HdrS\x0f\x02", 6);
	image[0x236] = 1;
	image[0x20f] = 1;
	memcpy(image + 0x248, payload, sizeof(payload));
	put(image + 0x300, "6.1.0 (me@here)", 15);
	write_seed("kernel", "bzimage", (size_t)filter, image, 1024 + (size_t)paragraphs * 16);
}

static void seed_kernels(void)
{
	static const struct {
		int filter;
		const char *suffix;
	} ways[] = {
		{ ARCHIVE_FILTER_NONE, "" },	  { ARCHIVE_FILTER_GZIP, ".gz" },
		{ ARCHIVE_FILTER_XZ, ".xz" },	  { ARCHIVE_FILTER_ZSTD, ".zst" },
		{ ARCHIVE_FILTER_BZIP2, ".bz2" }, { ARCHIVE_FILTER_LZ4, ".lz4" },
	};
	Elf64_Ehdr elf = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			   .e_type = ET_EXEC,
			   .e_machine = EM_X86_64,
			   .e_phoff = sizeof(elf),
			   .e_phentsize = sizeof(Elf64_Phdr) };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		seed_package(ways[i].filter, ways[i].suffix);
		seed_bzimage(ways[i].filter);
	}
	write_seed("kernel", "elf", 0, &elf, sizeof(elf));
}

#define STEPS_9	 "hhhhhhhhh"
#define STEPS_36 STEPS_9 STEPS_9 STEPS_9 STEPS_9
#define LEAKS_4           \
	"fJAjit\nx\n\xff" \
	"fJAjit\nx\n\xff" \
	"fJAjit\nx\n\xff" \
	"fJAjit\nx\n\xff"

/* The parts are what tests/fuzz/guest_fuzz.c says they are. */
static void seed_guests(void)
{
	static const char *const ways[] = {
		/* Two guests without fault, to the end. */
		"1" STEPS_36,
		/* A log, another hello, results by hand; a case that is skipped. */
		"0fFAlinux\xff"
		"fN@\xffw\xff"
		"Hrelease=6\nversion=#1\nmachine=x86_64\nengine=a\nengine=b\n"
		"unsupported=c no\n\xffw\xff"
		"fCAa\xff"
		"fDAa complete\n1 x = 0\n\xff"
		"fJAa\n9 end = leaked\n\xff"
		"fPB\xff"
		"fDAb unsupported\n1 x\n\xff"
		"fDBa fault\n\xff"
		"fPB\xff"
		"fEBline 1: no\xff"
		"fCDb\xff" STEPS_36,
		/* All of it twice, and more leaks than there may be. */
		"0hhhh\xff"
		"fCAjit\xff"
		"fCAjit\xff"
		"fDAjit complete\n1 x = 0\n\xff"
		"fDAjit complete\n1 x = 0\n\xff" LEAKS_4 LEAKS_4 LEAKS_4 LEAKS_4 LEAKS_4 "fPB\xff"
		"fJAjit\nx\n\xff"
		"fDAinterp complete\n\xff"
		"fDAinterp complete\n\xff"
		"fEA\xff"
		"fEBno\xff"
		"fEBno\xff"
		"fCCjit\xff"
		"fGCexit 1\xff"
		"fGCexit 1\xff" STEPS_36 "\xff"
		"fL@\xff"
		"fI@\xff"
		"fI@\xff",
		/* What kernels and agents die of, and QEMU. */
		"1" STEPS_9 "\xff"
		"ctailcheck: begin 99 jit\nBUG: x\ntailcheck: begin 2 jit\nOops: 0\n\xff"
		"cKernel panic\n\xff"
		"fGBkilled by signal 11\xff" STEPS_9 "\xff"
		"d\xff" STEPS_9 "\xff"
		"fI@3\xff"
		"fL@\xff"
		"fM\x5f\xff"
		"fP@\xff" STEPS_9,
		/* No frames, of no case, and ^C. */
		"0hhhh\xff"
		"rtCf1\x01\x02\xff" STEPS_9 "\xff"
		"fD~jit complete\n\xff"
		"fD@jit complete\n\xffhhh\xff"
		"i\xff" STEPS_9,
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		write_seed("guest", "way", i, ways[i], strlen(ways[i]));
}

int main(int argc, char **argv)
{
	static const char *const targets[] = { "load",	 "text",    "channel",
					       "kernel", "results", "guest" };
	struct suite s = { 0 };
	struct diag d;

	if (argc != 3) {
		fputs("Usage: seeds CASES FOLDER\n", stderr);
		return 2;
	}
	folder = argv[2];
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char *path = xasprintf("%s/%s", folder, targets[i]);

		if (mkdir(path, 0777) && errno != EEXIST) {
			fprintf(stderr, "%s: %s\n", path, strerror(errno));
			return 1;
		}
		free(path);
	}
	if (suite_add(&s, argv[1], &d) || suite_finish(&s, &d)) {
		diag_print(stderr, &d);
		return 1;
	}
	for (size_t i = 0; i < s.n_cases; i++)
		seed_case(s.cases[i]);
	seed_hello();
	seed_journal();
	seed_kernels();
	seed_guests();
	suite_release(&s);
	return 0;
}
