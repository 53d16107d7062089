// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A function for each command writes the C of a step. What helpers they need is in parts.txt;
 * which of them a case needs is known only at its end, so the steps are written to memory first.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "insns.h"

/* parts.txt, from the top folder: the Makefile knows that this depends on it. */
__asm__(".pushsection .rodata\n.globl repro_parts\nrepro_parts:\n"
	".incbin \"harness/repro/parts.txt\"\n.byte 0\n.popsection");
extern const char repro_parts[];

void need(struct repro *r, const char *part)
{
	for (size_t i = 0; i < r->n_parts; i++)
		if (strcmp(r->parts[i], part) == 0)
			return;
	if (r->n_parts < MAX_PARTS)
		r->parts[r->n_parts++] = part;
}

int cannot(struct repro *r, const char *what)
{
	return diag_at(r->d, r->c->file, r->s->line, NULL, NULL,
		       "%s: a reproducer in C cannot do this: %s", r->c->name, what);
}

const char *first_option_but(const struct step *s, uint64_t known)
{
	for (int o = 0; o < OPT_COUNT; o++)
		if (s->opt_set & ~known & (1ULL << o))
			return opt_names[o].name;
	return NULL;
}

static int write_command(struct repro *r)
{
	switch (r->s->op) {
	case STEP_MAP:
		return write_map(r);
	case STEP_PROG:
		return write_prog(r);
	case STEP_UPDATE:
	case STEP_DELETE:
	case STEP_LOOKUP:
	case STEP_LOOKUP_AND_DELETE:
	case STEP_NEXT:
		return write_element(r);
	case STEP_BATCH_LOOKUP:
	case STEP_BATCH_LOOKUP_AND_DELETE:
	case STEP_BATCH_UPDATE:
	case STEP_BATCH_DELETE:
		return write_batch(r);
	case STEP_FREEZE:
	case STEP_MMAP:
	case STEP_BIND:
	case STEP_UNPIN:
	case STEP_DUP:
	case STEP_CLOSE:
		return write_simple(r);
	case STEP_PIN:
	case STEP_GET:
	case STEP_MAP_BY_ID:
	case STEP_PROG_BY_ID:
	case STEP_PROG_IN_SLOT:
		return write_reopen(r);
	case STEP_INFO:
		return write_info(r);
	case STEP_SAME:
		return write_same(r);
	case STEP_RUN:
		return write_run(r);
	default:
		return cannot(r, verbs[r->s->op].name);
	}
}

static int write_step(struct repro *r)
{
	char *text = NULL, *expected = xstrdup(r->s->expect);
	size_t len = strlen(expected);
	FILE *line;
	int ret;

	fputc('\n', r->out);
	if (r->s->eventually)
		fputs("\tfor (int tries = 200; tries--; usleep(10000)) {\n", r->out);
	ret = write_command(r);
	/* The log's words are for the suite. */
	if (r->s->log && len > 4 && strcmp(expected + len - 4, " log") == 0)
		expected[len - 4] = '\0';
	if (r->s->eventually) {
		fputs("\t\tif (!strcmp(seen, ", r->out);
		put_string(r->out, expected);
		fputs("))\n\t\t\tbreak;\n\t}\n", r->out);
	}
	line = open_memstream(&text, &len);
	if (!line)
		abort();
	step_print(line, r->s);
	fclose(line);
	fputs("\tdone(", r->out);
	put_string(r->out, text);
	fputs(", ", r->out);
	put_string(r->out, expected);
	fputs(");\n", r->out);
	free(text);
	free(expected);
	return ret;
}

/* The parts that are needed, in the order in which they stand; those called head always are. */
static void put_parts(FILE *out, struct repro *r)
{
	bool on = false;

	for (const char *line = repro_parts; *line;) {
		size_t len = strcspn(line, "\n");

		if (strncmp(line, "@@ ", 3) == 0) {
			on = len == 7 && memcmp(line + 3, "head", 4) == 0;
			for (size_t i = 0; i < r->n_parts; i++)
				on |= strlen(r->parts[i]) == len - 3 &&
				      memcmp(r->parts[i], line + 3, len - 3) == 0;
		} else if (on) {
			fwrite(line, 1, len + (line[len] == '\n'), out);
		}
		line += len + (line[len] == '\n');
	}
}

static void put_head(FILE *out, const struct test_case *c)
{
	fprintf(out, "/*\n * %s\n *\n", c->name);
	for (size_t i = 0; i < c->n_about; i++)
		fprintf(out, " * %s\n", c->about[i]);
	for (size_t i = 0; i < c->n_sources; i++)
		fprintf(out, " * See %s\n", c->sources[i]);
	fputs(" *\n"
	      " * As root: cc -o repro THIS-FILE && ./repro. It prints what each step gives, and "
	      "what\n"
	      " * it should have given where that is something else; then it exits with 1.\n"
	      " * Made by `tailcheck repro`.\n"
	      " */\n",
	      out);
}

static void put_main(FILE *out, const struct repro *r, const char *steps)
{
	bool any = false;

	fputs("\nint main(void)\n{\n", out);
	for (size_t i = 0; i < r->c->n_steps; i++)
		if (r->c->steps[i].makes) {
			fprintf(out, "%s%s_fd = -1", any ? ", " : "\tint ", r->c->steps[i].makes);
			any = true;
		}
	fputs(any ? ";\n\n" : "", out);
	fputs("\t/* Before Linux 5.11 maps count as locked memory. */\n"
	      "\tsetrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });\n",
	      out);
	for (size_t i = 0; i < r->n_parts; i++)
		if (strcmp(r->parts[i], "pin") == 0)
			fputs("\tbpf_fs();\n", out);
	fputs(steps, out);
	fputc('\n', out);
	for (size_t i = 0; i < r->c->n_steps; i++)
		if (r->c->steps[i].makes)
			fprintf(out, "\tclose(%s_fd);\n", r->c->steps[i].makes);
	for (size_t i = 0; i < r->c->n_steps; i++)
		if (r->c->steps[i].op == STEP_PIN)
			fprintf(out, "\tunlink(FOLDER \"/%s\");\n", r->c->steps[i].path);
	fputs("\tlook_for_leaks();\n"
	      "\tprintf(\"%u wrong\\n\", wrong);\n"
	      "\treturn wrong != 0;\n"
	      "}\n",
	      out);
}

int repro_write(FILE *out, const struct test_case *c, struct diag *d)
{
	struct repro r = { .c = c, .d = d };
	char *steps = NULL;
	size_t len;
	int ret = 0;

	r.out = open_memstream(&steps, &len);
	if (!r.out)
		abort();
	for (size_t i = 0; i < c->n_steps && !ret; i++) {
		r.s = &c->steps[i];
		ret = write_step(&r);
	}
	fclose(r.out);
	if (!ret) {
		put_head(out, c);
		put_parts(out, &r);
		fputc('\n', out);
		insns_define(out, r.macros);
		put_main(out, &r, steps);
	}
	free(steps);
	return ret;
}
