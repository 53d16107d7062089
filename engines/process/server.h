/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An engine as an adapter: what comes over the line protocol becomes calls of engine.h. With it a
 * runtime that implements struct engine is tested in a process of its own, and the protocol with
 * the reference.
 */
#ifndef TAILCHECK_SERVER_H
#define TAILCHECK_SERVER_H

#include <stdio.h>

#include "../engine.h"

struct protocol_server;
struct protocol_server *protocol_server_new(struct engine *e, const char *version);
void protocol_server_free(struct protocol_server *s);
/* One request, which is changed: the answer, until the next one, or NULL where it is no request. */
const char *protocol_answer(struct protocol_server *s, char *line);

/* Answer what comes from @in on @out until it ends. 0, or -1 where a line was no request. */
int protocol_serve(struct engine *e, const char *version, FILE *in, FILE *out);

#endif
