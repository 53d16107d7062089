// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../base/text.h"

/* The length of the character at @s in UTF-8, with its number; 0: it is none. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *s < 0x80	     ? 1
		   : *s >> 5 == 0x06 ? 2
		   : *s >> 4 == 0x0e ? 3
		   : *s >> 3 == 0x1e ? 4
				     : 0;

	if (!n || n > len)
		return 0;
	*c = n == 1 ? *s : *s & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		*c = *c << 6 | (s[i] & 0x3f);
	}
	return *c < least[n] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000) ? 0 : n;
}

/* Nothing hidden, nothing that turns text around, no noncharacters. */
static bool shows(uint32_t c)
{
	if (c < 0x20)
		return c == '\n' || c == '\t';
	return c < 0x7f ||
	       (c >= 0xa0 && c != 0xad && c != 0x61c && !(c >= 0x200b && c <= 0x200f) &&
		!(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2060 && c <= 0x206f) && c != 0xfeff &&
		!(c >= 0xfff0 && c <= 0xfffb) && !(c >= 0xfdd0 && c <= 0xfdef) &&
		(c & 0xfffe) != 0xfffe && !(c >= 0xe0000 && c <= 0xe0fff));
}

static void add_visible(struct text *t, const char *s, size_t len)
{
	while (len) {
		uint32_t c = 0;
		size_t n = decode((const unsigned char *)s, len, &c);

		if (n && shows(c)) {
			text_bytes(t, s, n);
		} else {
			n = n ? n : 1;
			for (size_t i = 0; i < n; i++)
				text_printf(t, "\\x%02x", (unsigned char)s[i]);
		}
		s += n;
		len -= n;
	}
}

char *escape_visible(const char *s, size_t len)
{
	struct text t = { 0 };

	text_add(&t, "");
	add_visible(&t, s, len);
	return t.s;
}

void html_bytes(FILE *out, const char *s, size_t len)
{
	char *visible = escape_visible(s, len);

	for (const char *v = visible; *v; v++) {
		switch (*v) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*v, out);
		}
	}
	free(visible);
}

void html_text(FILE *out, const char *s)
{
	html_bytes(out, s, strlen(s));
}
