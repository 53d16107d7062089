// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The assembler: lines, labels and comments, and the symbols when all lines are read. */
#include "asm.h"

#include <stdlib.h>
#include <string.h>

#include "../base/alloc.h"
#include "asm_parser.h"

void asm_release(struct asm_prog *prog)
{
	for (size_t i = 0; i < prog->n_relocs; i++)
		free(prog->relocs[i].map);
	for (size_t i = 0; i < prog->n_kfuncs; i++)
		free(prog->kfuncs[i].name);
	for (size_t i = 0; i < prog->n_labels; i++)
		free(prog->labels[i].name);
	for (size_t i = 0; i < prog->n_comments; i++)
		free(prog->comments[i].text);
	free(prog->insns);
	free(prog->lines);
	free(prog->relocs);
	free(prog->kfuncs);
	free(prog->labels);
	free(prog->comments);
	free(prog->funcs);
	free(prog->repts);
	memset(prog, 0, sizeof(*prog));
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/*
 * Keep the @len characters at @text. No text is an empty line: the first of several is kept, and
 * none before the program.
 */
static void add_comment(struct asm_prog *prog, size_t insn, bool trailing, const char *text,
			size_t len)
{
	struct asm_comment *comment;

	for (; len && is_blank(*text); text++)
		len--;
	while (len && is_blank(text[len - 1]))
		len--;
	if (!len) {
		const struct asm_comment *last;

		if (trailing || (!prog->n_comments && !insn))
			return;
		last = prog->n_comments ? &prog->comments[prog->n_comments - 1] : NULL;
		if (last && last->insn == insn && !last->text[0])
			return;
	}
	comment = vec_add(prog->comments, prog->n_comments);
	comment->insn = (uint32_t)insn;
	comment->trailing = trailing;
	comment->text = xstrndup(text, len);
}

/* Empty lines behind the program are not part of it. */
static void drop_last_blank(struct asm_prog *prog)
{
	struct asm_comment *last;

	if (!prog->n_comments)
		return;
	last = &prog->comments[prog->n_comments - 1];
	if (last->insn < prog->n_insns || last->text[0])
		return;
	if (prog->n_labels && prog->labels[prog->n_labels - 1].insn == prog->n_insns)
		return;
	free(last->text);
	prog->n_comments--;
}

/*
 * A comment begins with `//`, or with `#` behind a blank: `call bpf_tail_call#12` has none. The
 * kernel's listings put source lines behind a `;`.
 */
static size_t comment_sign(const struct asm_parser *ps, bool trailing)
{
	const char *p = ps->now.at;

	if (p[0] == '/' && p[1] == '/')
		return 2;
	if (p[0] == ';' && !trailing)
		return 1;
	return p[0] == '#' && (p == ps->now.text || !asm_is_symbol_char(p[-1]));
}

/* The end of the line, and a comment before it, which belongs to @insn. */
static int rest(struct asm_parser *ps, size_t insn, bool trailing)
{
	bool log = trailing && asm_accept(ps, ";") && ps->log_code >= 0;
	const char *p, *end;
	size_t sign;

	asm_skip_blanks(ps);
	p = ps->now.at;
	end = p + strcspn(p, "\n");
	sign = comment_sign(ps, trailing);
	/* Behind the `;`, a verifier log has the state of the registers. */
	if (!sign && !log && p != end && *p != '\r')
		return asm_fail(ps, p, "expected the end of the instruction");
	add_comment(ps->prog, insn, trailing, p + sign, (size_t)(end - p) - sign);
	return 0;
}

/* The length of the symbol of a label at the start of what is left, or 0. */
static size_t label_length(struct asm_parser *ps)
{
	size_t len = 0, colon;

	asm_skip_blanks(ps);
	if (*ps->now.at >= '0' && *ps->now.at <= '9')
		return 0;
	while (asm_is_symbol_char(ps->now.at[len]))
		len++;
	colon = len + strspn(ps->now.at + len, " \t");
	return ps->now.at[colon] == ':' ? len : 0;
}

static int parse_label(struct asm_parser *ps)
{
	char name[ASM_MAX_SYMBOL + 1];
	const char *at = ps->now.at;
	struct asm_label *label;

	if (asm_symbol(ps, name, "a label"))
		return -1;
	if (strcmp(name, "pc") == 0 || strncmp(name, "pc-", 3) == 0)
		return asm_fail(ps, at, "a label cannot be called `%s`", name);
	label = vec_add(ps->prog->labels, ps->prog->n_labels);
	label->insn = (uint32_t)ps->prog->n_insns;
	label->name = xstrdup(name);
	*vec_add(ps->label_places, ps->n_label_places) =
		(struct asm_place){ ps->now.line, ps->now.text, at };
	return asm_expect(ps, ":");
}

/* `12: (bf) `, as in verifier logs. */
static int log_prefix(struct asm_parser *ps)
{
	ps->log_code = -1;
	if (*ps->now.at < '0' || *ps->now.at > '9')
		return 0;
	ps->now.at += strspn(ps->now.at, "0123456789");
	if (asm_expect(ps, ":") || asm_expect(ps, "("))
		return -1;
	if (strspn(ps->now.at, "0123456789abcdefABCDEF") != 2)
		return asm_fail(ps, ps->now.at, "expected an opcode: two hexadecimal digits");
	ps->log_code = (int)strtoul(ps->now.at, NULL, 16);
	ps->now.at += 2;
	return asm_expect(ps, ")");
}

static int check_bytes(struct asm_parser *ps, const char *end)
{
	for (const char *p = ps->now.text; p < end; p++)
		if ((unsigned char)*p < ' ' && *p != '\t' && !(*p == '\r' && p + 1 == end))
			return asm_fail(ps, p, "unexpected byte 0x%02x", (unsigned char)*p);
	return 0;
}

static int parse_line(struct asm_parser *ps)
{
	struct asm_prog *prog = ps->prog;
	size_t insn = prog->n_insns;
	const char *start;
	int err;

	for (start = ps->now.at; label_length(ps); start = ps->now.at)
		if (parse_label(ps))
			return -1;
	asm_skip_blanks(ps);
	if (strchr("\r\n", *ps->now.at)) {
		/* A line with a label only is no empty line. */
		if (start == ps->now.text)
			add_comment(prog, insn, false, "", 0);
		return 0;
	}
	if (comment_sign(ps, false))
		return rest(ps, insn, false);
	err = asm_rept(ps);
	if (err <= 0)
		return err;
	start = ps->now.at;
	if (log_prefix(ps) || asm_insn(ps))
		return -1;
	if (ps->log_code >= 0 && ps->log_code != prog->insns[insn].code)
		return asm_fail(ps, start, "the opcode of this instruction is (%02x)",
				prog->insns[insn].code);
	return rest(ps, insn, true);
}

static int parse_lines(struct asm_parser *ps, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));

		if (!eol)
			eol = end;
		ps->now.text = ps->now.at = text;
		if (check_bytes(ps, eol) || parse_line(ps))
			return -1;
		ps->now.line++;
		text = eol + 1;
	}
	drop_last_blank(ps->prog);
	return asm_rept_end(ps);
}

struct symbol {
	const char *name;
	size_t label;
};

static int compare_symbols(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->label < y->label ? -1 : x->label > y->label;
}

/* The labels by name. NULL if there are two of a name, and then the first such is told. */
static struct symbol *sort_labels(struct asm_parser *ps)
{
	size_t n = ps->prog->n_labels, first = 0, again = n;
	struct symbol *symbols = xcalloc(n, sizeof(*symbols));

	for (size_t i = 0; i < n; i++)
		symbols[i] = (struct symbol){ ps->prog->labels[i].name, i };
	qsort(symbols, n, sizeof(*symbols), compare_symbols);
	for (size_t i = 1; i < n; i++) {
		if (symbols[i].label < again && !strcmp(symbols[i].name, symbols[i - 1].name)) {
			first = symbols[i - 1].label;
			again = symbols[i].label;
		}
	}
	if (again >= ps->n_label_places)
		return symbols;
	ps->now = ps->label_places[again];
	(void)asm_fail(ps, ps->now.at, "label `%s` is already on line %u",
		       ps->prog->labels[again].name, ps->label_places[first].line);
	free(symbols);
	return NULL;
}

static const struct asm_label *find_label(const struct asm_prog *prog, const struct symbol *symbols,
					  const char *name)
{
	size_t low = 0, high = prog->n_labels;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, symbols[middle].name);

		if (!order)
			return &prog->labels[symbols[middle].label];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* A name that is no label: a helper, a map, a function of the kernel, or a mistake. */
static int resolve_other(struct asm_parser *ps, const struct asm_ref *ref)
{
	int number = asm_helper_number(ref->name, strlen(ref->name));
	struct asm_reloc *reloc;
	struct asm_kfunc *kfunc;

	switch (ref->kind) {
	case ASM_REF_LOAD:
	case ASM_REF_MAP:
		reloc = vec_add(ps->prog->relocs, ps->prog->n_relocs);
		reloc->insn = ref->insn;
		reloc->map = xstrdup(ref->name);
		return 0;
	case ASM_REF_KFUNC:
		kfunc = vec_add(ps->prog->kfuncs, ps->prog->n_kfuncs);
		kfunc->insn = ref->insn;
		kfunc->name = xstrdup(ref->name);
		return 0;
	case ASM_REF_CALL:
		if (number < 0)
			return asm_fail(ps, ref->place.at, "`%s` is no label and no helper",
					ref->name);
		ps->prog->insns[ref->insn].imm = number;
		return 0;
	default:
		return asm_fail(ps, ref->place.at, "undefined label `%s`", ref->name);
	}
}

static int resolve(struct asm_parser *ps, const struct asm_ref *ref, const struct asm_label *label)
{
	struct bpf_insn *insn = &ps->prog->insns[ref->insn];
	int64_t distance;

	ps->now = ref->place;
	/* What has an offset in brackets is a map, whatever its name; the kernel has no labels. */
	if (!label || ref->kind == ASM_REF_MAP || ref->kind == ASM_REF_KFUNC)
		return resolve_other(ps, ref);
	distance = (int64_t)label->insn - ref->insn - 1;
	switch (ref->kind) {
	case ASM_REF_CALL:
		insn->src_reg = BPF_PSEUDO_CALL;
		insn->imm = (int32_t)distance;
		return 0;
	case ASM_REF_LOAD:
		insn->src_reg = BPF_PSEUDO_FUNC;
		insn->imm = (int32_t)distance;
		return 0;
	case ASM_REF_GOTOL:
		insn->imm = (int32_t)distance;
		return 0;
	default:
		break;
	}
	if (distance < INT16_MIN || distance > INT16_MAX)
		return asm_fail(ps, ref->place.at,
				"`%s` is %lld instructions away, a jump goes -32768 ... 32767: %s",
				ref->name, (long long)distance,
				ref->kind == ASM_REF_GOTO ? "use gotol" : "go by way of a gotol");
	insn->off = (int16_t)distance;
	return 0;
}

static int resolve_all(struct asm_parser *ps)
{
	struct symbol *symbols = sort_labels(ps);
	int err = symbols ? 0 : -1;

	for (size_t i = 0; i < ps->n_refs && !err; i++)
		err = resolve(ps, &ps->refs[i], find_label(ps->prog, symbols, ps->refs[i].name));
	free(symbols);
	return err;
}

int asm_parse(struct asm_prog *prog, const char *text, size_t len, const char *file,
	      unsigned int line, struct diag *d)
{
	struct asm_parser ps = { .prog = prog, .d = d, .file = file, .now.line = line };
	char *copy;
	int err;

	memset(prog, 0, sizeof(*prog));
	if (len > ASM_MAX_TEXT)
		return diag_at(d, file, line, NULL, NULL, "a program of more than %u bytes",
			       ASM_MAX_TEXT);
	/* With a NUL behind it, no reader of characters can miss the end. */
	copy = xcalloc(len + 1, 1);
	if (len)
		memcpy(copy, text, len);
	err = parse_lines(&ps, copy, len) || resolve_all(&ps) ? -1 : 0;
	if (!err) {
		asm_name_targets(prog);
		err = asm_rept_labels(&ps);
	}
	if (err)
		asm_release(prog);
	free(copy);
	free(ps.refs);
	free(ps.label_places);
	return err;
}
