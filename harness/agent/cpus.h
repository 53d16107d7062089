/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guest's second processor: it is there, and off until a case wants it. */
#ifndef TAILCHECK_CPUS_H
#define TAILCHECK_CPUS_H

#include "../case/case.h"

/* On for a case with a race in it, off for the others. Where it cannot be had the race says so. */
void cpus_for_case(const struct test_case *c);

#endif
