// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Cases to text, and their release: what walks a whole case and is no parser. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "parse.h"

#define EXPECT_COLUMN 32
#define BODY_INDENT   "    "

static void print_fd(FILE *out, const struct fd_arg *fd)
{
	switch (fd->kind) {
	case FD_HANDLE:
		fputs(fd->handle, out);
		break;
	case FD_CLOSED:
		fputs("fd:closed", out);
		break;
	case FD_FILE:
		fputs("fd:file", out);
		break;
	case FD_NUMBER:
		fprintf(out, "fd:%d", fd->number);
		break;
	}
}

static void print_bytes(FILE *out, const struct bytes_arg *b)
{
	switch (b->kind) {
	case BYTES_NUMBER:
		fprintf(out, "%" PRIu64, b->number);
		break;
	case BYTES_HEX:
		fputs("hex:", out);
		for (size_t i = 0; i < b->hex_len; i++)
			fprintf(out, "%02x", b->hex[i]);
		break;
	case BYTES_NULL:
		fputs("null", out);
		break;
	case BYTES_BAD:
		fputs("bad", out);
		break;
	case BYTES_FD:
		print_fd(out, &b->fd);
		break;
	}
}

static void print_named(FILE *out, const char *name, uint32_t number)
{
	if (name)
		fputs(name, out);
	else
		fprintf(out, "%u", number);
}

static void print_arg(FILE *out, const struct step *s, char kind, bool second)
{
	fputc(' ', out);
	switch (kind) {
	case 'N':
		fputs(s->makes, out);
		break;
	case 'T':
		print_named(out, map_type_name(s->type), s->type);
		break;
	case 'P':
		print_named(out, prog_type_name(s->type), s->type);
		break;
	case 'F':
		print_fd(out, second ? &s->fd2 : &s->fd);
		break;
	case 'K':
		print_bytes(out, &s->key);
		break;
	case 'V':
		print_bytes(out, &s->value);
		break;
	case 'S':
		fputs(s->path, out);
		break;
	case 'I':
	case 'D':
		fputs(s->field, out);
		break;
	default: /* 'C' */
		fprintf(out, "%u", s->count);
	}
}

static void print_option(FILE *out, const struct step *s, const struct verb *v, enum opt opt)
{
	const struct opt_name *o = &opt_names[opt];

	fprintf(out, " %s%s", o->name, o->kind == KIND_BARE ? "" : "=");
	switch (o->kind) {
	case KIND_NUMBER:
		fprintf(out, "%" PRIu64, s->opt_num[opt]);
		break;
	case KIND_FLAGS:
		flags_print(out, v->flags, s->opt_num[opt]);
		break;
	case KIND_ATTACH:
		print_named(out, attach_type_name((uint32_t)s->opt_num[opt]),
			    (uint32_t)s->opt_num[opt]);
		break;
	case KIND_FD:
		if (!s->opt_text[opt]) {
			fprintf(out, "%" PRIu64, s->opt_num[opt]);
			break;
		}
		/* fall through */
	case KIND_TEXT:
	case KIND_CAPS:
	case KIND_ELEM:
	case KIND_HEX:
	case KIND_POINTER:
	case KIND_BYTES:
		fputs(s->opt_text[opt], out);
		break;
	case KIND_BARE:
		break;
	}
}

void step_print(FILE *out, const struct step *s)
{
	const struct verb *v = &verbs[s->op];
	bool second = false;

	if (s->lane)
		fprintf(out, "%u| ", s->lane);
	fprintf(out, "%s%s", s->eventually ? "eventually " : "", v->name);
	for (const char *kind = v->args; *kind; kind++) {
		print_arg(out, s, *kind, second);
		second |= *kind == 'F';
	}
	for (int opt = 0; opt < OPT_COUNT; opt++)
		if (s->opt_set & (1ULL << opt))
			print_option(out, s, v, (enum opt)opt);
	for (size_t i = 0; i < s->n_fields; i++)
		fprintf(out, " %s=%" PRIu64, s->fields[i].field->name, s->fields[i].value);
}

static void print_step_line(FILE *out, const struct step *s)
{
	char *text = NULL;
	size_t len;
	FILE *line = open_memstream(&text, &len);

	step_print(line, s);
	fclose(line);
	if (verbs[s->op].zero_implied && strcmp(s->expect, "0") == 0)
		fputs(text, out);
	else
		fprintf(out, "%-*s = %s", EXPECT_COLUMN, text, s->expect);
	if (s->log && *s->log) /* the expectation ends in the word log */
		fprintf(out, "=/%s/", s->log);
	if (s->tail)
		fprintf(out, "  #%s%s", *s->tail ? " " : "", s->tail);
	fputc('\n', out);
	free(text);
}

static void print_notes(FILE *out, const char *notes)
{
	if (notes)
		fputs(notes, out);
}

static void print_list(FILE *out, const char *word, char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%-6s %s\n", word, lines[i]);
}

/* A line for each relation. */
static void print_claims(FILE *out, const struct test_case *c)
{
	for (int r = 0; r < N_CLAIM_RELATIONS; r++) {
		bool any = false;

		for (size_t i = 0; i < c->n_claims; i++) {
			if ((int)c->claims[i].relation != r)
				continue;
			if (!any)
				fprintf(out, "%-6s", claim_relation_words[r]);
			fprintf(out, " %s", c->claims[i].id);
			any = true;
		}
		if (any)
			fputc('\n', out);
	}
}

static void print_case(FILE *out, const struct test_case *c, bool numbers)
{
	static const char *const levels[] = { "must", "should", "may" };

	print_notes(out, c->notes);
	fprintf(out, "case %s\n", c->name);
	print_list(out, "about", c->about, c->n_about);
	print_claims(out, c);
	print_list(out, "source", c->sources, c->n_sources);
	fprintf(out, "level  %s\n", levels[c->level]);
	if (c->needs)
		fprintf(out, "needs  %s\n", c->needs);
	for (size_t i = 0; i < c->n_steps; i++) {
		const struct step *s = &c->steps[i];

		/* The head ends with a blank line, whoever wrote the case. */
		if (i == 0 && (!s->notes || s->notes[0] != '\n'))
			fputc('\n', out);
		print_notes(out, s->notes);
		print_step_line(out, s);
		if (s->prog && numbers)
			asm_print_numbered(out, s->prog);
		else if (s->prog)
			asm_print(out, s->prog, BODY_INDENT);
	}
}

void case_print(FILE *out, const struct test_case *c)
{
	print_case(out, c, false);
}

void case_print_numbered(FILE *out, const struct test_case *c)
{
	print_case(out, c, true);
}

void case_file_print(FILE *out, const struct case_file *f)
{
	for (size_t i = 0; i < f->n_cases; i++) {
		if (i && (!f->cases[i].notes || f->cases[i].notes[0] != '\n'))
			fputc('\n', out);
		case_print(out, &f->cases[i]);
	}
	/* A blank line at the end of a file says nothing. */
	if (f->notes && strcmp(f->notes, "\n") != 0)
		print_notes(out, f->notes);
}

static void free_list(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static void release_step(struct step *s)
{
	free(s->makes);
	free(s->fd.handle);
	free(s->fd2.handle);
	free(s->key.hex);
	free(s->value.hex);
	free(s->value.fd.handle);
	free(s->path);
	free(s->field);
	for (int i = 0; i < OPT_COUNT; i++)
		free(s->opt_text[i]);
	free(s->fields);
	if (s->prog) {
		asm_release(s->prog);
		free(s->prog);
	}
	free(s->expect);
	free(s->log);
	free(s->notes);
	free(s->tail);
}

void case_file_release(struct case_file *f)
{
	for (size_t i = 0; i < f->n_cases; i++) {
		struct test_case *c = &f->cases[i];

		free(c->name);
		free(c->file);
		free_list(c->about, c->n_about);
		for (size_t n = 0; n < c->n_claims; n++)
			free(c->claims[n].id);
		free(c->claims);
		free_list(c->sources, c->n_sources);
		free(c->needs);
		for (size_t s = 0; s < c->n_steps; s++)
			release_step(&c->steps[s]);
		free(c->steps);
		free(c->notes);
	}
	free(f->cases);
	free(f->notes);
	free(f->text);
	memset(f, 0, sizeof(*f));
}

void parser_release(struct parser *p)
{
	free(p->handles);
	free(p->notes);
}
