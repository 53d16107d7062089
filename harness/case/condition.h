/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Conditions: names joined by & (binds tighter) and |, with ! and parentheses. */
#ifndef TAILCHECK_CONDITION_H
#define TAILCHECK_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

/* Is the name of @len bytes true? */
typedef bool (*condition_fn)(const char *name, size_t len, void *arg);

/* 0 where @text is a condition, else -1 and *at points at the first thing that is wrong. */
int condition_check(const char *text, const char **at);

/* The value of a condition that condition_check() accepted. */
bool condition_eval(const char *text, condition_fn is_true, void *arg);

#endif
