// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli.h"
int cmd_semantics(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return EXIT_USAGE;
}
