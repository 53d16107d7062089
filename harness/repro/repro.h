/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A case as one C file that needs only libc and the kernel's headers: for a mail to those whose
 * kernel it is about, who do not have this project.
 */
#ifndef TAILCHECK_REPRO_H
#define TAILCHECK_REPRO_H

#include <stdio.h>

#include "../case/case.h"

/*
 * Write @c to @out. What it prints is the case's transcript, in which each step that does not give
 * what the case expects is followed by what it expects; it exits with 1 where one does not, or
 * where something leaks. 0, or -1 with @d: a step that cannot be written (races, BTF, attributes
 * beyond those of Linux 6.1's header); what is in @out then is of no use.
 */
int repro_write(FILE *out, const struct test_case *c, struct diag *d);

#endif
