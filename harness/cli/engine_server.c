// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The reference as an adapter: what `tailcheck run --engine-cmd` can be tried with. */
#include "../../engines/process/server.h"
#include "../../engines/reference/reference.h"
#include "../report/report.h"
#include "cli.h"

struct server_args {
	bool jit;
};

static error_t server_option(int key, char *arg, struct argp_state *state)
{
	struct server_args *a = state->input;

	(void)arg;
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	a->jit = true;
	return 0;
}

int cmd_engine_server(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "jit", 'j', NULL, 0, "the reference's JIT, not its interpreter", 0 }, { 0 }
	};
	static const struct argp argp = {
		options,
		server_option,
		NULL,
		"The reference as an adapter of the engine protocol (docs/engine-protocol.md): "
		"requests on standard input, answers on standard output.",
		NULL,
		NULL,
		NULL
	};
	struct server_args a = { 0 };
	struct engine *e;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	e = a.jit ? reference_jit_new(0) : reference_interp_new(0);
	ret = protocol_serve(e, TAILCHECK_VERSION, stdin, stdout);
	e->ops->destroy(e);
	return ret ? EXIT_UNEXPECTED : EXIT_AS_EXPECTED;
}
