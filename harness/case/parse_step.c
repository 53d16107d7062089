// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One step: verb, arguments, options, the program below it. Expectations are parse_expect.c. */
#include "parse_step.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "parse_race.h"

int word_number(const struct word *w, uint64_t *number)
{
	char buf[32], *end;
	bool minus = w->len && w->s[0] == '-';
	const char *digits = buf + minus;

	if (w->len == 0 || w->len >= sizeof(buf))
		return -1;
	memcpy(buf, w->s, w->len);
	buf[w->len] = '\0';
	if (!isdigit((unsigned char)*digits))
		return -1;
	/* No octal: a leading zero is a slip, not a base. */
	if (digits[0] == '0' && isdigit((unsigned char)digits[1]))
		return -1;
	errno = 0;
	*number = strtoull(digits, &end, 0);
	if (*end || errno)
		return -1;
	if (minus)
		*number = -*number;
	return 0;
}

int word_hex(const struct word *w, uint8_t **bytes, size_t *len)
{
	uint8_t *out;

	if (w->len == 0 || w->len % 2 || w->len > MAX_LINE)
		return -1;
	for (size_t i = 0; i < w->len; i++)
		if (!isxdigit((unsigned char)w->s[i]))
			return -1;
	out = xcalloc(w->len / 2, 1);
	for (size_t i = 0; i < w->len / 2; i++) {
		char pair[3] = { w->s[2 * i], w->s[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	*bytes = out;
	*len = w->len / 2;
	return 0;
}

bool word_starts(const struct word *w, const char *prefix, struct word *rest)
{
	size_t n = strlen(prefix);

	if (w->len < n || memcmp(w->s, prefix, n) != 0)
		return false;
	rest->s = w->s + n;
	rest->len = w->len - n;
	return true;
}

/* Which of the handles it is, in the order in which they are made; or -1. */
static int64_t handle_find(const struct parser *p, const char *name, size_t len)
{
	for (size_t i = 0; i < p->n_handles; i++)
		if (strlen(p->handles[i].name) == len && memcmp(p->handles[i].name, name, len) == 0)
			return (int64_t)i;
	return -1;
}

bool handle_known(const struct parser *p, const char *name, size_t len)
{
	return handle_find(p, name, len) >= 0;
}

static int new_handle(struct parser *p, const struct word *w, struct step *s)
{
	if (!handle_name_ok(w->s, w->len))
		return parse_error(p, w->s,
				   "a handle is a name as in C, and no other word of the format");
	if (handle_known(p, w->s, w->len))
		return parse_error(p, w->s, "there is a handle of this name already");
	s->makes = xstrndup(w->s, w->len);
	return 0;
}

static enum ctx_kind ctx_of_handle(const struct parser *p, const char *handle)
{
	for (size_t i = 0; handle && i < p->n_handles; i++)
		if (strcmp(p->handles[i].name, handle) == 0)
			return p->handles[i].ctx;
	return CTX_NONE;
}

/* Only behind its arguments: a step cannot act on what it makes. */
static void register_handle(struct parser *p, const struct step *s)
{
	struct handle_def *h = vec_add(p->handles, p->n_handles);

	h->name = s->makes;
	h->line = s->line;
	/* What dup and the like make is what they were given. */
	h->ctx = s->op == STEP_PROG ? ctx_kind_of(s->type) : ctx_of_handle(p, s->fd.handle);
}

static int arg_fd(struct parser *p, const struct word *w, struct fd_arg *fd)
{
	struct word rest;
	uint64_t n;

	if (word_eq(w, "fd:closed")) {
		fd->kind = FD_CLOSED;
	} else if (word_eq(w, "fd:file")) {
		fd->kind = FD_FILE;
	} else if (word_starts(w, "fd:", &rest)) {
		if (word_number(&rest, &n) || (int64_t)n != (int32_t)n)
			return parse_error(p, w->s, "fd:closed, fd:file or fd: and a number");
		fd->kind = FD_NUMBER;
		fd->number = (int)n;
	} else if (handle_known(p, w->s, w->len)) {
		fd->kind = FD_HANDLE;
		fd->handle = xstrndup(w->s, w->len);
		fd->made = (uint32_t)handle_find(p, w->s, w->len);
	} else {
		return parse_error(p, w->s, "no handle of this name has been made yet");
	}
	return 0;
}

static int arg_bytes(struct parser *p, const struct word *w, struct bytes_arg *b, bool fd_allowed)
{
	struct word rest;

	if (word_eq(w, "null")) {
		b->kind = BYTES_NULL;
	} else if (word_eq(w, "bad")) {
		b->kind = BYTES_BAD;
	} else if (word_starts(w, "hex:", &rest)) {
		b->kind = BYTES_HEX;
		if (word_hex(&rest, &b->hex, &b->hex_len))
			return parse_error(p, rest.s, "hex: and pairs of hexadecimal digits");
	} else if (word_number(w, &b->number) == 0) {
		b->kind = BYTES_NUMBER;
	} else if (fd_allowed) {
		b->kind = BYTES_FD;
		return arg_fd(p, w, &b->fd);
	} else {
		return parse_error(p, w->s, "a number, null, bad or hex:...");
	}
	return 0;
}

/* Types may be given by number, for those that have no name yet. */
static int arg_type(struct parser *p, const struct word *w, uint32_t *type,
		    int (*find)(const char *, size_t, uint32_t *), const char *what)
{
	uint64_t n;

	if (word_number(w, &n) == 0 && n <= UINT32_MAX) {
		*type = (uint32_t)n;
		return 0;
	}
	if (find(w->s, w->len, type))
		return parse_error(p, w->s, "unknown %s", what);
	return 0;
}

/* One name, with dots in it if a case is about these; behind a slash: outside of the BPF file
 * system */
static int arg_path(struct parser *p, const struct word *w, struct step *s)
{
	bool outside = w->len && w->s[0] == '/', ok = w->len > outside && w->len <= 64;

	for (size_t from = outside, i = from; ok && i <= w->len; i++) {
		if (i < w->len && (w->s[i] != '.' || i == from))
			continue;
		ok = handle_name_ok(w->s + from, i - from);
		from = i + 1;
	}
	if (!ok)
		return parse_error(p, w->s,
				   "a path is one name, as in C, below the engine's own folder, or "
				   "several with a dot between, behind a slash below another one");
	if (outside && (s->op == STEP_UNPIN || s->op == STEP_CAT))
		return parse_error(p, w->s, "only pin and get have names outside");
	s->path = xstrndup(w->s, w->len);
	return 0;
}

static int one_arg(struct parser *p, const struct word *w, struct step *s, char kind, bool second)
{
	uint64_t n;

	switch (kind) {
	case 'N':
		return new_handle(p, w, s);
	case 'T':
		return arg_type(p, w, &s->type, map_type_find, "map type");
	case 'P':
		return arg_type(p, w, &s->type, prog_type_find, "program type");
	case 'F':
		return arg_fd(p, w, second ? &s->fd2 : &s->fd);
	case 'K':
		return arg_bytes(p, w, &s->key, false);
	case 'V':
		return arg_bytes(p, w, &s->value, true);
	case 'S':
		return arg_path(p, w, s);
	case 'I':
		if (!info_field_known(w->s, w->len))
			return parse_error(p, w->s, "unknown field");
		s->field = xstrndup(w->s, w->len);
		return 0;
	case 'D':
		if (!fdinfo_field_known(w->s, w->len))
			return parse_error(p, w->s, "unknown field");
		s->field = xstrndup(w->s, w->len);
		return 0;
	default: /* 'C' */
		if (word_number(w, &n) || n > 4096)
			return parse_error(p, w->s, "a count from 0 to 4096");
		s->count = (uint32_t)n;
		return 0;
	}
}

static int opt_flags(struct parser *p, const struct word *w, const struct flag_name *table,
		     uint64_t *flags)
{
	const char *s = w->s, *end = w->s + w->len, *bar;

	do {
		bar = memchr(s, '|', (size_t)(end - s));
		struct word one = { s, (size_t)((bar ? bar : end) - s) };
		const struct flag_name *f = table;
		uint64_t n;

		while (f && f->name && !word_eq(&one, f->name))
			f++;
		if (f && f->name)
			*flags |= f->bit;
		else if (word_number(&one, &n) == 0)
			*flags |= n;
		else
			return parse_error(p, s, "unknown flag");
		s = bar ? bar + 1 : end;
	} while (bar);
	return 0;
}

/* The attributes are 32 bits wide, but for map_extra; what a packet may hold, the executor says. */
static int opt_number(struct parser *p, const struct word *w, struct step *s, enum opt opt)
{
	uint64_t n, max = opt == OPT_EXTRA ? UINT64_MAX : UINT32_MAX;

	if (opt == OPT_DATA)
		max = MAX_RUN_DATA;
	else if (opt == OPT_FILL)
		max = UINT8_MAX;
	if (word_number(w, &n))
		return parse_error(p, w->s, "a number, decimal or 0x...");
	if (n > max && !(max == UINT32_MAX && (int64_t)n < 0 && (int64_t)n >= INT32_MIN))
		return parse_error(p, w->s, "larger than %llu, which is all that fits here",
				   (unsigned long long)max);
	s->opt_num[opt] = max == UINT32_MAX ? (uint32_t)n : n;
	return 0;
}

static bool is_elem_verb(const struct verb *v)
{
	return v && v->op >= STEP_UPDATE && v->op <= STEP_LOOKUP_AND_DELETE;
}

static int opt_value(struct parser *p, const struct word *w, const struct verb *v, struct step *s,
		     enum opt opt)
{
	struct fd_arg fd = { 0 };
	uint64_t number;
	uint32_t type;
	uint8_t *hex;
	size_t len;

	switch (opt_names[opt].kind) {
	case KIND_FLAGS:
		return opt_flags(p, w, v->flags, &s->opt_num[opt]);
	case KIND_NUMBER:
		return opt_number(p, w, s, opt);
	case KIND_ATTACH:
		if (arg_type(p, w, &type, attach_type_find, "attach type"))
			return -1;
		s->opt_num[opt] = type;
		return 0;
	case KIND_FD:
		if (word_number(w, &number) == 0)
			return opt_number(p, w, s, opt);
		if (arg_fd(p, w, &fd))
			return -1;
		free(fd.handle);
		break;
	case KIND_CAPS:
		if (!word_eq(w, "none") && !word_eq(w, "bpf"))
			return parse_error(p, w->s, "none or bpf");
		break;
	case KIND_ELEM:
		if (!is_elem_verb(verb_find(w->s, w->len)))
			return parse_error(p, w->s,
					   "update, lookup, delete, next or lookup-and-delete");
		break;
	case KIND_POINTER:
	case KIND_BYTES:
		if (word_eq(w, "null") || word_eq(w, "bad"))
			break;
		if (opt_names[opt].kind == KIND_POINTER)
			return parse_error(p, w->s, "null or bad");
		/* fall through */
	case KIND_HEX:
		if (word_hex(w, &hex, &len))
			return parse_error(p, w->s, "pairs of hexadecimal digits");
		free(hex);
		if (opt == OPT_RAW_NAME && len > MAX_RAW_NAME)
			return parse_error(p, w->s, "a name has at most %d bytes", MAX_RAW_NAME);
		break;
	default:
		break;
	}
	s->opt_text[opt] = xstrndup(w->s, w->len);
	return 0;
}

/* FIELD=N of a run line: a field of the context. */
static int run_field(struct parser *p, const struct word *name, const struct word *value,
		     struct step *s)
{
	const struct ctx_field *field = ctx_field_find(name->s, name->len);
	enum ctx_kind kind = ctx_of_handle(p, s->fd.handle);
	struct field_value *f;

	if (!field || s->op != STEP_RUN)
		return parse_error(p, name->s, "unknown option");
	/* Of a program that was got by a pin or an id the type is not known here. */
	if (kind != CTX_NONE && kind != field->kind)
		return parse_error(p, name->s, "programs of this type have no such field");
	for (size_t i = 0; i < s->n_fields; i++)
		if (s->fields[i].field == field)
			return parse_error(p, name->s, "%s is given twice", field->name);
	f = vec_add(s->fields, s->n_fields);
	f->field = field;
	if (word_number(value, &f->value))
		return parse_error(p, value->s, "a number, decimal or 0x...");
	return 0;
}

static int one_option(struct parser *p, const struct word *w, const struct verb *v, struct step *s)
{
	const char *eq = memchr(w->s, '=', w->len);
	struct word name = { w->s, eq ? (size_t)(eq - w->s) : w->len };
	struct word value = { eq ? eq + 1 : w->s + w->len, 0 };
	int opt = opt_find(name.s, name.len);

	value.len = w->len - (size_t)(value.s - w->s);
	if (!eq && (opt < 0 || opt_names[opt].kind != KIND_BARE))
		return parse_error(p, w->s, "one word too many for %s", v->name);
	if (opt < 0 || !(v->options & (1ULL << opt)))
		return run_field(p, &name, &value, s);
	if (s->opt_set & (1ULL << opt))
		return parse_error(p, w->s, "%s is given twice", opt_names[opt].name);
	s->opt_set |= 1ULL << opt;
	if (opt_names[opt].kind == KIND_BARE)
		return 0;
	if (value.len == 0)
		return parse_error(p, value.s, "the value is missing");
	return opt_value(p, &value, v, s, (enum opt)opt);
}

/* Every map that the program names must be a handle by now. */
static int check_relocs(struct parser *p, const struct asm_prog *prog)
{
	for (size_t i = 0; i < prog->n_relocs; i++) {
		const char *map = prog->relocs[i].map;
		int64_t made = handle_find(p, map, strlen(map));

		prog->relocs[i].made = (uint32_t)made;
		if (made < 0)
			return diag_at(p->d, p->file, prog->lines[prog->relocs[i].insn], NULL, NULL,
				       "no map of the name %s has been made yet", map);
	}
	return 0;
}

/* Nothing in the program calls it: the kernel does, when the program throws. */
static int add_callback(struct parser *p, struct step *s)
{
	const char *label = s->opt_text[OPT_EXCEPTION_CALLBACK];

	if (!label)
		return 0;
	s->opt_num[OPT_EXCEPTION_CALLBACK] = asm_add_function(s->prog, label);
	if (!s->opt_num[OPT_EXCEPTION_CALLBACK])
		return diag_at(p->d, p->file, s->line, NULL, NULL,
			       "the program has no function of the name %s", label);
	return 0;
}

/* What a file may have of them: more is no test, and takes seconds to read. */
#define FILE_COPIES 131072

static int count_copies(struct parser *p, const struct asm_prog *prog)
{
	for (size_t i = 0; i < prog->n_repts; i++)
		p->copies += (size_t)prog->repts[i].len * prog->repts[i].count;
	return p->copies > FILE_COPIES
		       ? parse_error(p, NULL, "more than %d copies by .rept in a file", FILE_COPIES)
		       : 0;
}

static int parse_body(struct parser *p, struct step *s)
{
	unsigned int lines;
	const char *end = body_end(p, p->next, &lines);

	if (end == p->next)
		return parse_error(p, NULL,
				   "the program is missing: indented lines under this one");
	s->prog = xcalloc(1, sizeof(*s->prog));
	if (asm_parse(s->prog, p->next, (size_t)(end - p->next), p->file, p->line_nr + 1, p->d)) {
		free(s->prog);
		s->prog = NULL;
		return -1;
	}
	if (count_copies(p, s->prog))
		return -1;
	p->next = end;
	p->line_nr += lines;
	if (add_callback(p, s))
		return -1;
	return check_relocs(p, s->prog);
}

static int parse_args(struct parser *p, const struct verb *v, size_t first, size_t end,
		      struct step *s)
{
	size_t i = first;
	bool second = false;

	for (const char *kind = v->args; *kind; kind++, i++) {
		if (i == end || word_eq(&p->words[i], "="))
			return parse_error(p, i < p->n_words ? p->words[i].s : p->line_end,
					   "%s needs more arguments", v->name);
		if (one_arg(p, &p->words[i], s, *kind, second))
			return -1;
		second |= *kind == 'F';
	}
	for (; i < end; i++)
		if (one_option(p, &p->words[i], v, s))
			return -1;
	return 0;
}

int parse_step(struct parser *p)
{
	size_t first = 0, end = 0;
	const struct verb *v;
	unsigned int lane;
	struct step *s;
	bool eventually;

	if (race_lane(p, &lane))
		return -1;
	first = lane != 0;
	eventually = word_eq(&p->words[first], "eventually");
	first += eventually;
	if (first == p->n_words)
		return parse_error(p, p->line_end, "eventually: the step is missing");
	v = verb_find(p->words[first].s, p->words[first].len);
	if (!v)
		return parse_error(p, p->words[first].s, "unknown word");
	if (eventually && (v->args[0] == 'N' || v->op == STEP_CLOSE || v->op == STEP_RACE || lane))
		return parse_error(p, p->words[first].s, "%s cannot be repeated", v->name);
	while (end < p->n_words && !word_eq(&p->words[end], "="))
		end++;
	if (p->c->n_steps == MAX_STEPS)
		return parse_error(p, NULL, "a case has at most %d steps", MAX_STEPS);
	s = vec_add(p->c->steps, p->c->n_steps);
	s->op = v->op;
	s->line = p->line_nr;
	s->eventually = eventually;
	s->lane = lane;
	s->notes = p->notes;
	p->notes = NULL;
	s->tail = p->tail ? xstrndup(p->tail, p->tail_len) : NULL;
	if (parse_args(p, v, first + 1, end, s))
		return -1;
	if (lane ? race_check_step(p, &p->words[first], s) || race_expect(p, v, end, s)
		 : parse_expect(p, v, end, s))
		return -1;
	if (s->makes)
		register_handle(p, s);
	if (v->op == STEP_RACE)
		return race_check(p, s);
	return v->op == STEP_PROG ? parse_body(p, s) : 0;
}
