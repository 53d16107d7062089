// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* tailcheck check-adapter: what an adapter of the engine protocol does wrong, in words. */
#include "../runtime/adapter_check.h"
#include "cli.h"

static error_t check_option(int key, char *arg, struct argp_state *state)
{
	char **command = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			argp_usage(state);
		*command = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int cmd_check_adapter(int argc, char **argv)
{
	static const struct argp argp = {
		NULL,
		check_option,
		"COMMAND",
		"Start an adapter of the engine protocol (docs/engine-protocol.md) by COMMAND, try "
		"the protocol and the plain use of its capabilities, and say in words what is "
		"wrong.\v"
		"Exit status: 0 nothing is wrong, 1 something is, 5 it does not start.",
		NULL,
		NULL,
		NULL
	};
	struct adapter_findings found;
	char *command = NULL;

	argp_parse(&argp, argc, argv, 0, NULL, &command);
	if (adapter_check(stdout, command, &found))
		return EXIT_INFRA;
	printf("%u right, %u wrong, %u not tried\n", found.right, found.wrong, found.not_done);
	return found.wrong ? EXIT_UNEXPECTED : EXIT_AS_EXPECTED;
}
