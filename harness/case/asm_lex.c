// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The words of assembly text: registers, numbers, symbols, punctuation. */
#include "asm_parser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The C library's answer to these depends on the locale. */
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool asm_is_symbol_char(char c)
{
	return is_letter(c) || is_digit(c) || c == '.' || c == '-';
}

void asm_skip_blanks(struct asm_parser *ps)
{
	while (*ps->now.at == ' ' || *ps->now.at == '\t')
		ps->now.at++;
}

bool asm_accept(struct asm_parser *ps, const char *punctuation)
{
	const char *start = ps->now.at;
	size_t len = strlen(punctuation);

	asm_skip_blanks(ps);
	if (strncmp(ps->now.at, punctuation, len) == 0) {
		ps->now.at += len;
		return true;
	}
	ps->now.at = start;
	return false;
}

int asm_expect(struct asm_parser *ps, const char *punctuation)
{
	if (asm_accept(ps, punctuation))
		return 0;
	asm_skip_blanks(ps);
	return asm_fail(ps, ps->now.at, "expected `%s`", punctuation);
}

/* The length of the run of letters, digits and `_` at the next character. */
size_t asm_word_length(const struct asm_parser *ps)
{
	size_t len = 0;

	while (is_letter(ps->now.at[len]) || is_digit(ps->now.at[len]))
		len++;
	return len;
}

bool asm_accept_word(struct asm_parser *ps, const char *word)
{
	const char *start = ps->now.at;
	size_t len = strlen(word);

	asm_skip_blanks(ps);
	if (asm_word_length(ps) == len && memcmp(ps->now.at, word, len) == 0) {
		ps->now.at += len;
		return true;
	}
	ps->now.at = start;
	return false;
}

int asm_expect_word(struct asm_parser *ps, const char *word)
{
	if (asm_accept_word(ps, word))
		return 0;
	asm_skip_blanks(ps);
	return asm_fail(ps, ps->now.at, "expected `%s`", word);
}

/* A register is `r` or `w` and digits. A `-` may follow, as in `(r10-8)`. */
bool asm_at_register(struct asm_parser *ps)
{
	const char *p;

	asm_skip_blanks(ps);
	p = ps->now.at;
	if ((*p != 'r' && *p != 'w') || !is_digit(p[1]))
		return false;
	while (is_digit(*++p))
		;
	return !is_letter(*p) && *p != '.';
}

bool asm_at_number(struct asm_parser *ps)
{
	const char *p;

	asm_skip_blanks(ps);
	p = ps->now.at;
	if (*p == '-')
		while (*++p == ' ' || *p == '\t')
			;
	return is_digit(*p);
}

int asm_register(struct asm_parser *ps, struct asm_reg *reg)
{
	size_t len;

	if (!asm_at_register(ps))
		return asm_fail(ps, ps->now.at, "expected a register");
	reg->at = ps->now.at;
	reg->is_w = *ps->now.at == 'w';
	len = asm_word_length(ps);
	if ((len == 2 && reg->at[1] <= '9') || (len == 3 && memcmp(reg->at + 1, "10", 2) == 0))
		reg->number = len == 2 ? (uint8_t)(reg->at[1] - '0') : INSN_MAX_REG;
	else
		return asm_fail(ps, reg->at, "unknown register %.*s", (int)len, reg->at);
	ps->now.at += len;
	return 0;
}

/* A register that holds 64 bits because of @what it is for. */
int asm_register_wide(struct asm_parser *ps, struct asm_reg *reg, const char *what)
{
	if (asm_register(ps, reg))
		return -1;
	if (reg->is_w)
		return asm_fail(ps, reg->at, "%s needs an r register", what);
	return 0;
}

int asm_number(struct asm_parser *ps, struct asm_number *n)
{
	const char *digits;
	char *end;
	int base = 10;

	if (!asm_at_number(ps))
		return asm_fail(ps, ps->now.at, "expected a number");
	n->at = ps->now.at;
	n->negative = asm_accept(ps, "-");
	asm_skip_blanks(ps);
	digits = ps->now.at;
	n->len = (size_t)(digits - n->at) + asm_word_length(ps);
	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
		base = 16;
		digits += 2;
	} else if (digits[0] == '0' && is_digit(digits[1])) {
		/* Octal to one reader, decimal to the next. */
		return asm_fail(ps, n->at, "a number cannot begin with 0");
	}
	errno = 0;
	n->magnitude = strtoull(digits, &end, base);
	/* strtoull() would take a sign or blanks for itself. */
	if (end != n->at + n->len || !asm_word_length(ps) || end == digits)
		return asm_fail(ps, n->at, "bad number `%.*s`", (int)n->len, n->at);
	if (errno == ERANGE || (n->negative && n->magnitude > (uint64_t)INT64_MAX + 1))
		return asm_fail(ps, n->at, "%.*s does not fit 64 bits", (int)n->len, n->at);
	ps->now.at = end;
	return 0;
}

int asm_imm32(struct asm_parser *ps, const struct asm_number *n, enum asm_imm_kind kind,
	      int32_t *imm)
{
	uint64_t max = kind == ASM_IMM_BITS ? UINT32_MAX : INT32_MAX;

	if (n->magnitude <= (n->negative ? (uint64_t)INT32_MAX + 1 : max)) {
		uint64_t value = n->negative ? -n->magnitude : n->magnitude;

		*imm = (int32_t)(uint32_t)value;
		return 0;
	}
	if (!n->negative && n->magnitude <= UINT32_MAX)
		return asm_fail(ps, n->at, "immediate %.*s would be sign-extended to 64 bits: %s",
				(int)n->len, n->at,
				kind == ASM_IMM_MOV ? "use `ll`, or write it as a negative number"
						    : "write it as a negative number");
	return asm_fail(ps, n->at, "immediate %.*s does not fit 32 bits%s", (int)n->len, n->at,
			kind == ASM_IMM_MOV ? "; use `ll`" : "");
}

/* The name of a label, map or helper. */
int asm_symbol(struct asm_parser *ps, char name[ASM_MAX_SYMBOL + 1], const char *what)
{
	const char *start;
	size_t len = 0;

	asm_skip_blanks(ps);
	start = ps->now.at;
	if (!is_letter(*start) && *start != '.')
		return asm_fail(ps, start, "expected %s", what);
	if (asm_at_register(ps))
		return asm_fail(ps, start, "expected %s, not a register", what);
	while (asm_is_symbol_char(start[len]))
		len++;
	if (len > ASM_MAX_SYMBOL)
		return asm_fail(ps, start, "a name longer than %d characters", ASM_MAX_SYMBOL);
	memcpy(name, start, len);
	name[len] = '\0';
	ps->now.at = start + len;
	return 0;
}

/* `+ 8`, `-8`: a distance, with its sign. */
int asm_displacement(struct asm_parser *ps, int64_t min, int64_t max, const char *what,
		     int64_t *value)
{
	struct asm_number n;
	const char *at;

	asm_skip_blanks(ps);
	at = ps->now.at;
	if (*at != '+' && *at != '-')
		return asm_fail(ps, at, "expected `+` or `-` and %s", what);
	if (*at == '+') {
		ps->now.at++;
		asm_skip_blanks(ps);
		if (*ps->now.at == '-')
			return asm_fail(ps, ps->now.at, "expected a number");
	}
	if (asm_number(ps, &n))
		return -1;
	if (n.magnitude > (n.negative ? (uint64_t)-min : (uint64_t)max))
		return asm_fail(ps, at, "%s %c%llu is out of range (%lld ... %lld)", what, *at,
				(unsigned long long)n.magnitude, (long long)min, (long long)max);
	*value = n.negative ? -(int64_t)n.magnitude : (int64_t)n.magnitude;
	return 0;
}
