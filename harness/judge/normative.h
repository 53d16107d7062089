/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a case says that its steps must give, and whether the reference agrees. */
#ifndef TAILCHECK_NORMATIVE_H
#define TAILCHECK_NORMATIVE_H

#include <stdint.h>

#include "../../engines/reference/quirk.h"
#include "../case/case.h"
#include "../run/execute.h"

/*
 * What @c gives on the reference with @quirks, by its interpreter; and by its JIT, where anything
 * else is a fault of the reference. The engines are made when they are first needed and kept, reset
 * from case to case: the record is good until the next call of the same function.
 */
const struct case_record *record_reference(const struct test_case *c, quirk_set quirks);
const struct case_record *record_reference_jit(const struct test_case *c, quirk_set quirks);

/* As text, to be freed. The transcript that every step of @c gives as expected: */
char *transcript_expected(const struct test_case *c);
char *transcript_of(const struct test_case *c, const struct case_record *r);
/* Of record_reference(), and of record_reference_jit() */
char *transcript_reference(const struct test_case *c, quirk_set quirks, enum outcome *outcome);
char *transcript_reference_jit(const struct test_case *c, quirk_set quirks, enum outcome *outcome);

#endif
