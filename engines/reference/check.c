// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "check.h"

#include <stdarg.h>
#include <stdio.h>

void check_log(struct checker *c, const char *fmt, ...)
{
	uint32_t room = c->log_size - c->log_len;
	va_list ap;
	int len;

	if (!c->log || room < 2)
		return;
	va_start(ap, fmt);
	len = vsnprintf(c->log + c->log_len, room - 1, fmt, ap);
	va_end(ap);
	if (len < 0)
		return;
	c->log_len += (uint32_t)len < room - 1 ? (uint32_t)len : room - 2;
	c->log[c->log_len++] = '\n';
	c->log[c->log_len] = '\0';
}

/* Those that a program must pass to be decoded at all. */
#define N_STRUCTURAL 3

int check_prog(struct checker *c)
{
	static int (*const passes[])(struct checker *) = {
		check_functions, check_insns, check_reachable, check_params,	   check_registers,
		check_depth,	 check_sites, check_callbacks, check_params_jited,
	};
	size_t n = c->ref->unchecked ? N_STRUCTURAL : ARRAY_SIZE(passes);
	int err = 0;

	if (c->log && c->log_size)
		c->log[0] = '\0';
	for (size_t i = 0; !err && i < n; i++)
		err = passes[i](c);
	return err;
}
