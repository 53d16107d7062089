/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An adapter with a fault on purpose: the reference over the protocol, and in the one case that is
 * called fault.here it does what its fault says. A test starts itself as this: PROGRAM --fault
 * NAME.
 */
#ifndef TAILCHECK_FAULTY_TEST_H
#define TAILCHECK_FAULTY_TEST_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../engines/process/server.h"
#include "../../engines/reference/mutant.h"
#include "../../engines/reference/reference.h"

static inline void fault_say(const char *text, size_t n)
{
	if (write(STDOUT_FILENO, text, n) != (ssize_t)n)
		_exit(0);
}

static inline void fault_sleep(void)
{
	for (;;)
		sleep(1000);
}

/* What does not end: @n bytes of one kind, or random ones, again and again. */
static inline void fault_flood(int fd, bool lines)
{
	char bytes[4096];

	for (unsigned int i = 0;; i++) {
		for (size_t b = 0; b < sizeof(bytes); b++)
			bytes[b] = lines && b % 64 == 63 ? '\n' : (char)(rand() % 256);
		if (write(fd, bytes, sizeof(bytes)) < 0)
			_exit(0);
	}
}

/* A process of its group that keeps all its pipes open; it goes when the group is ended. */
static inline void fault_leave_child(void)
{
	if (fork() == 0)
		fault_sleep();
	_exit(0);
}

/* `answer` with another word in the place of its result. */
static inline void fault_result(const char *answer, const char *word)
{
	char line[256];
	int n = snprintf(line, sizeof(line), "%.*s %s\n", (int)strcspn(answer, " "), answer, word);

	fault_say(line, (size_t)n);
}

/* Say something else than the answer to @command; false where the fault is not about this one. */
static inline bool fault_acts(const char *fault, const char *command, const char *answer)
{
	static char million[(1 << 20) + 1];
	size_t n = strlen(answer);

#define IS(name, what) (strcmp(fault, name) == 0 && strcmp(command, what) == 0)
	if (IS("wrong-errno", "map_delete"))
		fault_result(answer, "EPERM");
	else if (IS("dies", "map_update"))
		_exit(3);
	else if (IS("dies-at-end", "reset"))
		abort();
	else if (IS("segfault", "prog_run"))
		raise(SIGKILL);
	else if (IS("leaves-a-process", "map_update"))
		fault_leave_child();
	else if (IS("sleeps", "map_lookup"))
		fault_sleep();
	else if (IS("late", "map_lookup"))
		sleep(3);
	else if (IS("twice", "map_update") || IS("twice-at-end", "reset")) {
		dprintf(STDOUT_FILENO, "%s\n%s\n", answer, answer);
	} else if (IS("unasked", "map_update")) {
		dprintf(STDOUT_FILENO, "%s\n", answer);
		dprintf(STDOUT_FILENO, "by the way\n");
	} else if (IS("garbage", "map_update"))
		fault_say("\x01\xff\x80 #$%\n", 8);
	else if (IS("nul", "map_update"))
		fault_say("1 0\0\n", 5);
	else if (IS("crlf", "map_update"))
		dprintf(STDOUT_FILENO, "%s\r\n", answer);
	else if (IS("megabyte", "map_update")) {
		memset(million, 'x', sizeof(million) - 1);
		fault_say(million, sizeof(million) - 1);
		fault_sleep();
	} else if (IS("drips", "map_update")) {
		for (;; usleep(100000))
			fault_say("1", 1);
	} else if (IS("floods", "map_update") || IS("floods-lines", "map_update"))
		fault_flood(STDOUT_FILENO, strcmp(fault, "floods-lines") == 0);
	else if (IS("floods-stderr", "map_update"))
		fault_flood(STDERR_FILENO, true);
	else if (IS("closes-output", "map_update")) {
		close(STDOUT_FILENO);
		fault_sleep();
	} else if (IS("wrong-id", "map_update"))
		fault_say("4711 0\n", 7);
	else if (IS("no-id", "map_update"))
		fault_say("0\n", 2);
	else if (IS("positive", "map_update"))
		fault_result(answer, "1");
	else if (IS("huge-number", "prog_load"))
		fault_result(answer, "99999999999999999999");
	else if (IS("same-fd", "prog_load"))
		fault_result(answer, "3"); /* which the map has */
	else if (IS("short-value", "map_lookup"))
		fault_result(answer, "0 value=00");
	else if (IS("long-value", "map_lookup"))
		fault_result(answer, "0 value=000000000000000000");
	else if (IS("no-retval", "prog_run"))
		fault_result(answer, "0");
	else if (IS("unknown-field", "map_update"))
		fault_result(answer, "0 mood=good");
	else if (IS("unknown-errno", "map_update"))
		fault_result(answer, "EFOO");
	else if (IS("no-reason", "map_update"))
		fault_result(answer, "unsupported");
	else if (IS("lies-about-delete", "map_delete"))
		fault_result(answer, "ENOSYS");
	else if (IS("has-no-delete", "map_delete"))
		fault_result(answer, "unsupported this runtime cannot delete");
	else if (IS("own-fault", "prog_run"))
		fault_result(answer, "fault the machine is on fire");
	else if (IS("wrong-result", "prog_run"))
		fault_result(answer, "0 retval=8");
	else if (IS("no-reset", "reset"))
		fault_result(answer, "EINVAL");
	else if (IS("ids-without-end", "prog_next_id")) {
		static unsigned int id = 1000;
		char word[32];

		snprintf(word, sizeof(word), "0 id=%u", ++id);
		fault_result(answer, word);
	} else
		return false;
	return n > 0 && strcmp(fault, "late") != 0;
#undef IS
}

static inline struct mutant_set fault_mutant(const char *fault)
{
	struct mutant_set set = { 0 };

	mutants_by_name(fault, &set); /* what is no mutant's name adds none */
	return set;
}

static inline int faulty_main(const char *fault, bool always)
{
	struct engine *e = reference_interp_new(0);
	struct protocol_server *s = protocol_server_new(e, "1");
	char *line = NULL, command[64];
	size_t room = 0;
	struct mutant_set mutants = fault_mutant(fault);
	bool here = false;

	while (getline(&line, &room, stdin) > 0) {
		const char *answer;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%*s %63s", command) != 1)
			return 1;
		if (strcmp(command, "begin") == 0) {
			here = always || strstr(line, " case=fault.here");
			reference_set_mutants(here ? &mutants : NULL);
			reference_set_quirks(e, 0);
		}
		answer = protocol_answer(s, line);
		if (!answer)
			return 1;
		if (!here || !fault_acts(fault, command, answer))
			dprintf(STDOUT_FILENO, "%s\n", answer);
	}
	free(line);
	protocol_server_free(s);
	e->ops->destroy(e);
	return 0;
}

#endif
