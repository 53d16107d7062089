// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every form that LLVM knows, over registers, immediates and offsets, must assemble to the bytes
 * that llvm-mc makes of the same text, and print as text that gives the same program again. What
 * LLVM 19 spells otherwise or not at all is in asm_test.c: helpers by name, references to maps and
 * functions, `skb[r1 + 8]`, gotol over more than 16 bits, the spellings of the kernel.
 */
#include "asm_test.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "../base/alloc.h"

#define LLVM_MC	     "llvm-mc-19"
#define LLVM_OBJCOPY "llvm-objcopy-19"

/*
 * A letter behind `%` takes every value of its list; all combinations are made, but for offsets and
 * jumps, which go through their lists as lines come.
 */
static const char *const forms[] = {
	"r%d %A r%s",
	"w%d %A w%s",
	"r%d %A %i",
	"w%d %A %i",
	"r%d = -r%=",
	"w%d = -w%=",
	"r%d = (%x)r%s",
	"r%d = (s32)r%s",
	"w%d = (%x)w%s",
	"r%d = %e r%=",
	"r%d = %l ll",
	"if r%d %C r%s goto %j",
	"if w%d %C w%s goto %j",
	"if r%d %C %i goto %j",
	"if w%d %C %i goto %j",
	"goto %j",
	"gotol %j",
	"exit",
	"call %i",
	"callx r%d",
	"r%d = *(%t *)(r%s %o)",
	"r%d = *(%x *)(r%s %o)",
	"r%d = *(s32 *)(r%s %o)",
	"w%d = *(%n *)(r%s %o)",
	"*(%t *)(r%d %o) = r%s",
	"*(%n *)(r%d %o) = w%s",
	"*(%t *)(r%d %o) = %i",
	"lock *(u64 *)(r%d %o) %a r%s",
	"lock *(u32 *)(r%d %o) %a w%s",
	"r%s = atomic_fetch_%f((u64 *)(r%d %o), r%~)",
	"w%s = atomic_fetch_%f((u32 *)(r%d %o), w%~)",
	"r%s = xchg_64(r%d %o, r%~)",
	"w%s = xchg32_32(r%d %o, w%~)",
	"r0 = cmpxchg_64(r%d %o, r0, r%s)",
	"w0 = cmpxchg32_32(r%d %o, w0, w%s)",
	"r0 = *(%p *)skb[%i]",
	"r0 = *(%p *)skb[r%s]",
};

static const struct list {
	char letter;
	bool cycled;
	const char *values;
} lists[] = {
	{ 'd', false, "0,1,2,3,4,5,6,7,8,9,10" },
	{ 's', false, "0,1,2,3,4,5,6,7,8,9,10" },
	{ 'i', false, "0,1,-1,0x7f,255,-4096,2147483647,-2147483648" },
	{ 'l', false,
	  "0,-1,0x7fffffff,0x80000000,4294967295,4294967296,0x123456789abcdef0,"
	  "18446744073709551615,-9223372036854775808" },
	{ 'A', false, "=,+=,-=,*=,/=,%=,&=,|=,^=,<<=,>>=,s>>=,s/=,s%=" },
	{ 'C', false, "==,!=,>,>=,<,<=,s>,s>=,s<,s<=,&" },
	{ 'a', false, "+=,|=,&=,^=" },
	{ 'f', false, "add,or,and,xor" },
	{ 'x', false, "s8,s16" },
	{ 't', false, "u8,u16,u32,u64" },
	{ 'n', false, "u8,u16,u32" },
	{ 'p', false, "u8,u16,u32" },
	{ 'e', false, "le16,le32,le64,be16,be32,be64,bswap16,bswap32,bswap64" },
	{ 'o', true, "+ 0,- 1,+ 8,- 512,+ 0x7f,+ 32767,- 32768" },
	{ 'j', true, "+0,-1,+1,+100,-100,+32767,-32768" },
};

#define N_FORMS (sizeof(forms) / sizeof(forms[0]))
#define N_LISTS (sizeof(lists) / sizeof(lists[0]))

/* Labels are a matter of several lines. */
static const char with_labels[] = "back:\n"
				  "	exit\n"
				  "sub: r1 = 1 ll\n"
				  "	goto sub\n"
				  "	goto out\n"
				  "	gotol out\n"
				  "	gotol back\n"
				  "	if r1 == 5 goto out\n"
				  "	r2 = 2 ll\n"
				  "	if w1 s< w2 goto back\n"
				  "	call sub\n"
				  "	call out\n"
				  "out:\n"
				  "	exit\n";

struct corpus {
	char *texts[N_FORMS + 1];
	size_t n_lines;
};

static const struct list *find_list(char letter)
{
	for (size_t i = 0; i < N_LISTS; i++)
		if (lists[i].letter == letter)
			return &lists[i];
	return NULL;
}

static size_t n_values(const struct list *list)
{
	size_t n = 1;

	for (const char *p = list->values; *p; p++)
		n += *p == ',';
	return n;
}

static void write_value(FILE *out, const struct list *list, size_t index)
{
	const char *value = list->values;

	while (index--)
		value = strchr(value, ',') + 1;
	fwrite(value, 1, strcspn(value, ","), out);
}

/* Write a form with the values chosen; `%=` repeats that of `%d`, `%~` that of `%s`. */
static void write_line(FILE *out, const char *form, const size_t *chosen)
{
	for (; *form; form++) {
		const struct list *list;
		char letter;

		if (*form != '%') {
			fputc(*form, out);
			continue;
		}
		form++;
		letter = *form;
		if (letter == '=')
			letter = 'd';
		else if (letter == '~')
			letter = 's';
		list = find_list(letter);
		write_value(out, list, chosen[list - lists]);
	}
	fputc('\n', out);
}

/* Step to the next combination of the lists that a form uses; false after the last. */
static bool next_combination(const char *form, size_t *chosen)
{
	bool more = false;

	for (size_t i = 0; i < N_LISTS; i++) {
		const char letter[] = { '%', lists[i].letter, '\0' };

		if (!strstr(form, letter) || (!lists[i].cycled && more))
			continue;
		chosen[i] = (chosen[i] + 1) % n_values(&lists[i]);
		if (!lists[i].cycled && chosen[i])
			more = true;
	}
	return more;
}

/* A form with a jump or offset and nothing else goes through that list alone. */
static bool only_cycled(const char *form)
{
	for (size_t i = 0; i < N_LISTS; i++) {
		const char letter[] = { '%', lists[i].letter, '\0' };

		if (!lists[i].cycled && strstr(form, letter))
			return false;
	}
	return true;
}

static char *expand(const char *form, size_t *n_lines)
{
	size_t chosen[N_LISTS] = { 0 };
	size_t len, rounds = only_cycled(form) ? 7 : 1;
	char *text = NULL;
	FILE *out = open_memstream(&text, &len);

	while (rounds--) {
		do {
			write_line(out, form, chosen);
			++*n_lines;
		} while (next_combination(form, chosen));
	}
	fclose(out);
	return text;
}

static int make_corpus(void **state)
{
	struct corpus *c = xcalloc(1, sizeof(*c));

	for (size_t i = 0; i < N_FORMS; i++)
		c->texts[i] = expand(forms[i], &c->n_lines);
	c->texts[N_FORMS] = xstrdup(with_labels);
	*state = c;
	return 0;
}

static int free_corpus(void **state)
{
	struct corpus *c = *state;

	for (size_t i = 0; i <= N_FORMS; i++)
		free(c->texts[i]);
	free(c);
	return 0;
}

/* Whether a command went well; what it says stays on the terminal. */
static bool run(char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execvp(argv[0], argv);
		fprintf(stderr, "%s: %s; apt-get install llvm-19\n", argv[0], strerror(errno));
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* Let LLVM assemble all texts in a directory. NULL if it does not. */
static FILE *run_llvm(const struct corpus *c, char *source, char *object, char *binary)
{
	FILE *file = fopen(source, "w");

	if (!file)
		return NULL;
	for (size_t i = 0; i <= N_FORMS; i++)
		fputs(c->texts[i], file);
	if (fclose(file) ||
	    !run((char *[]){ LLVM_MC, "-triple=bpfel", "-mcpu=v4", "--filetype=obj", "-o", object,
			     source, NULL }) ||
	    !run((char *[]){ LLVM_OBJCOPY, "-O", "binary", "--only-section=.text", object, binary,
			     NULL }))
		return NULL;
	return fopen(binary, "r");
}

static struct bpf_insn *assemble_with_llvm(const struct corpus *c, size_t *n)
{
	size_t max = c->n_lines * 2 + sizeof(with_labels);
	struct bpf_insn *insns = xcalloc(max, sizeof(*insns));
	char dir[] = "/tmp/asm-llvm-XXXXXX";
	char *paths[3];
	FILE *file;

	assert_non_null(mkdtemp(dir));
	for (int i = 0; i < 3; i++)
		paths[i] = xasprintf("%s/corpus.%c", dir, "sob"[i]);
	file = run_llvm(c, paths[0], paths[1], paths[2]);
	*n = file ? fread(insns, sizeof(*insns), max, file) : 0;
	if (file)
		fclose(file);
	for (int i = 0; i < 3; i++) {
		unlink(paths[i]);
		free(paths[i]);
	}
	rmdir(dir);
	if (!file)
		fail_msg("cannot compare: see above");
	return insns;
}

static void show_difference(const char *text, unsigned int line, const struct bpf_insn *ours,
			    const struct bpf_insn *theirs)
{
	const unsigned char *a = (const unsigned char *)ours, *b = (const unsigned char *)theirs;

	while (--line)
		text = strchr(text, '\n') + 1;
	fprintf(stderr, "%.*s\n  ours", (int)strcspn(text, "\n"), text);
	for (size_t i = 0; i < sizeof(*ours); i++)
		fprintf(stderr, " %02x", a[i]);
	fprintf(stderr, "\n  llvm");
	for (size_t i = 0; i < sizeof(*ours); i++)
		fprintf(stderr, " %02x", b[i]);
	fprintf(stderr, "\n");
}

static void same_bytes_as_llvm(void **state)
{
	const struct corpus *c = *state;
	size_t n_llvm, at = 0, different = 0;
	struct bpf_insn *llvm = assemble_with_llvm(c, &n_llvm);

	/* The combinations are many; fewer mean that a list was not used. */
	assert_true(c->n_lines > 15000);
	for (size_t i = 0; i <= N_FORMS; i++) {
		struct asm_prog prog;

		must_assemble(&prog, c->texts[i]);
		assert_true(at + prog.n_insns <= n_llvm);
		for (size_t j = 0; j < prog.n_insns; j++) {
			if (!memcmp(&prog.insns[j], &llvm[at + j], sizeof(*llvm)))
				continue;
			if (different++ < 10)
				show_difference(c->texts[i], prog.lines[j], &prog.insns[j],
						&llvm[at + j]);
		}
		at += prog.n_insns;
		asm_release(&prog);
	}
	free(llvm);
	assert_int_equal(different, 0);
	assert_int_equal(at, n_llvm);
}

static char *print(const struct asm_prog *prog)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	asm_print(out, prog, "\t");
	fclose(out);
	return text;
}

static void prints_what_it_parsed(void **state)
{
	const struct corpus *c = *state;

	for (size_t i = 0; i <= N_FORMS; i++) {
		struct asm_prog prog, again;
		char *text, *text_again;

		must_assemble(&prog, c->texts[i]);
		text = print(&prog);
		must_assemble(&again, text);
		text_again = print(&again);
		assert_int_equal(prog.n_insns, again.n_insns);
		assert_memory_equal(prog.insns, again.insns, prog.n_insns * sizeof(*prog.insns));
		assert_string_equal(text, text_again);
		free(text);
		free(text_again);
		asm_release(&prog);
		asm_release(&again);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_bytes_as_llvm),
		cmocka_unit_test(prints_what_it_parsed),
	};

	return cmocka_run_group_tests_name("asm_llvm", tests, make_corpus, free_corpus) ? 1 : 0;
}
