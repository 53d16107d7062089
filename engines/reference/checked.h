/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs that the checks let through, by all that the checks look at: the instructions as given,
 * the program's attributes, what the maps behind its descriptors are like, and the quirks. Engines
 * that load the same programs one after the other may share them, so that each is checked once.
 */
#ifndef TAILCHECK_CHECKED_H
#define TAILCHECK_CHECKED_H

#include "check.h"

struct checked;

/*
 * True: the very program is known, and c->prog is as check_prog() would leave it. @insns are those
 * given, with descriptors in them.
 */
bool checked_find(struct checker *c, const struct bpf_insn *insns);
/* c->prog has just passed. */
void checked_keep(struct checker *c, const struct bpf_insn *insns);

#endif
