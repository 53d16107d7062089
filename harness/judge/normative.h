/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a case says that its steps must give, and whether the reference agrees. */
#ifndef TAILCHECK_NORMATIVE_H
#define TAILCHECK_NORMATIVE_H

#include <stdint.h>

#include "../case/case.h"
#include "../run/execute.h"

/* The transcript that every step of @c gives as expected; to be freed. */
char *transcript_expected(const struct test_case *c);

/* The transcript of @c on the reference with @quirks; to be freed. */
char *transcript_reference(const struct test_case *c, uint64_t quirks, enum outcome *outcome);

/* The same by its JIT: anything else than by its interpreter is a fault of the reference. */
char *transcript_reference_jit(const struct test_case *c, uint64_t quirks, enum outcome *outcome);

#endif
