/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Guests without a machine, for tests of the fleet and for fuzzing: this file stands in for
 * harness/vm/vm.c. A guest has its turn, fake_turn(), whenever the fleet looks at its channel.
 */
#ifndef TAILCHECK_FAKE_VM_TEST_H
#define TAILCHECK_FAKE_VM_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "internal.h"

#define FAKE_HELLO "release=6.1-fake\nengine=jit\nengine=interp\n"

/* A case that it was given. */
struct fake_case {
	uint32_t seq;
	char engines[64]; /* that are left, "jit,interp" */
};

struct vm {
	unsigned int nr;      /* of all that were started, from 0 */
	int channel, console; /* the fleet's ends */
	int says, logs;	      /* its own */
	bool dead, spoke;
	struct frame_decoder in;
	char *wake;			     /* what it was told, until it has said hello */
	struct fake_case hand[2 * PIPELINE]; /* oldest first */
	size_t n_hand;
	bool to_settle, to_stop;
	bool told; /* something since its last turn */
};

/* What a guest does next; whoever includes this has one. */
static void fake_turn(struct vm *vm);

static unsigned int fakes_started;

static inline void fake_raw(struct vm *vm, const void *bytes, size_t n)
{
	/* One whose fleet does not listen loses what it says. */
	if (!vm->dead && write(vm->says, bytes, n) < 0 && errno != EAGAIN)
		perror("fake guest");
}

static inline void fake_bytes(struct vm *vm, enum frame_type type, uint32_t seq, const void *bytes,
			      size_t n)
{
	uint8_t *wire = xcalloc(FRAME_HEADER + n, 1);

	frame_header(wire, (uint16_t)type, seq, bytes, (uint32_t)n);
	if (n)
		memcpy(wire + FRAME_HEADER, bytes, n);
	fake_raw(vm, wire, FRAME_HEADER + n);
	free(wire);
}

static inline void fake_say(struct vm *vm, enum frame_type type, uint32_t seq, const char *text)
{
	fake_bytes(vm, type, seq, text, strlen(text));
}

static inline void fake_log(struct vm *vm, const char *bytes, size_t n)
{
	if (!vm->dead && write(vm->logs, bytes, n) < 0 && errno != EAGAIN)
		perror("fake guest");
}

/* Its machine has ended. */
static inline void fake_die(struct vm *vm)
{
	if (!vm->dead) {
		close(vm->says);
		close(vm->logs);
	}
	vm->dead = true;
}

static inline void fake_hear(struct vm *vm, const struct frame *fr)
{
	const char *text = (const char *)fr->payload;
	struct fake_case *c;

	vm->told = true;
	switch (fr->type) {
	case FRAME_WAKE:
		free(vm->wake);
		vm->wake = xstrdup(text);
		break;
	case FRAME_CASE:
		/* One that answers without a look at its hand may forget. */
		if (vm->n_hand == sizeof(vm->hand) / sizeof(*vm->hand))
			memmove(vm->hand, vm->hand + 1, --vm->n_hand * sizeof(*vm->hand));
		c = &vm->hand[vm->n_hand++];
		c->seq = fr->seq;
		snprintf(c->engines, sizeof(c->engines), "%.*s", (int)strcspn(text, "\n"), text);
		break;
	case FRAME_SETTLE:
		vm->to_settle = true;
		break;
	case FRAME_STOP:
		vm->to_stop = true;
		break;
	}
}

static inline void fake_listen(struct vm *vm)
{
	struct frame fr;
	ssize_t n;

	while (!vm->dead && (n = read(vm->says, frame_decoder_room(&vm->in, 65536), 65536)) > 0) {
		frame_decoder_fed(&vm->in, (size_t)n);
		while (frame_decoder_next(&vm->in, &fr))
			fake_hear(vm, &fr);
	}
}

/* Hello, with the time that it was told behind @text, and a number of its own. */
static inline void fake_hello(struct vm *vm, const char *text)
{
	static unsigned long drawn;
	const char *clock = vm->wake ? vm->wake : "clock=0.0\n"; /* its first line */
	char *all = xasprintf("%s%.*srandom=%lx\n", text, (int)strcspn(clock, "\n") + 1, clock,
			      ++drawn);

	fake_say(vm, FRAME_HELLO, 0, all);
	free(all);
	free(vm->wake);
	vm->wake = NULL;
}

/* As an agent does it. False where there was nothing to be said. */
static inline bool fake_come_up(struct vm *vm)
{
	if (!vm->spoke)
		fake_say(vm, FRAME_READY, 0, "");
	else if (vm->wake)
		fake_hello(vm, FAKE_HELLO);
	else
		return false;
	vm->spoke = true;
	return true;
}

/* The case at @i in hand on the first engine that is left: with @transcript. */
static inline void fake_answer(struct vm *vm, size_t i, const char *transcript)
{
	struct fake_case *c = &vm->hand[i];
	size_t len = strcspn(c->engines, ",");
	char *engine = xstrndup(c->engines, len);
	char *text = xasprintf("%s complete\n%s", engine, transcript);

	fake_say(vm, FRAME_START, c->seq, engine);
	fake_say(vm, FRAME_RESULT, c->seq, text);
	memmove(c->engines, c->engines + len + (c->engines[len] != '\0'),
		strlen(c->engines + len) + (c->engines[len] == '\0'));
	if (!c->engines[0]) {
		vm->n_hand--;
		memmove(c, c + 1, (vm->n_hand - i) * sizeof(*c));
	}
	free(engine);
	free(text);
}

/* The next thing that an agent would do. False where there is none. */
static inline bool fake_work(struct vm *vm, const char *transcript)
{
	if (fake_come_up(vm))
		return true;
	if (vm->n_hand) {
		fake_answer(vm, 0, transcript);
	} else if (vm->to_settle) {
		vm->to_settle = false;
		fake_say(vm, FRAME_SETTLED, 0, "");
	} else if (vm->to_stop) {
		vm->to_stop = false;
		fake_say(vm, FRAME_BYE, 0, "0");
	} else {
		return false;
	}
	return true;
}

struct vm *vm_start(const struct vm_config *config, char *why, size_t why_size)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));
	int channel[2], console[2];

	(void)config;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, channel) ||
	    pipe2(console, O_NONBLOCK | O_CLOEXEC)) {
		snprintf(why, why_size, "%s", strerror(errno));
		free(vm);
		return NULL;
	}
	*vm = (struct vm){ .nr = fakes_started++,
			   .channel = channel[0],
			   .says = channel[1],
			   .console = console[0],
			   .logs = console[1] };
	return vm;
}

void vm_stop(struct vm *vm)
{
	if (!vm)
		return;
	fake_die(vm);
	close(vm->channel);
	close(vm->console);
	frame_decoder_release(&vm->in);
	free(vm->wake);
	free(vm);
}

int vm_channel_fd(const struct vm *vm)
{
	struct vm *guest = (struct vm *)vm;

	fake_listen(guest);
	if (!guest->dead)
		fake_turn(guest);
	guest->told = false;
	return vm->channel;
}

int vm_console_fd(const struct vm *vm)
{
	return vm->console;
}

bool vm_channel_is_tty(const struct vm_config *config)
{
	return config->serial_channel;
}

const char *vm_program(const struct vm *vm)
{
	(void)vm;
	return "a fake";
}

const char *vm_restored(const struct vm *vm)
{
	(void)vm;
	return NULL;
}

const char *vm_snapshot_trouble(const struct vm *vm)
{
	(void)vm;
	return NULL;
}

int vm_save(struct vm *vm, const char *log, char *why, size_t why_size)
{
	(void)vm;
	(void)log;
	(void)why;
	(void)why_size;
	return 0;
}

bool vm_ended(struct vm *vm, const char **how)
{
	if (how)
		*how = "killed by signal 9 (Killed)";
	return vm->dead;
}

bool vm_stopped(const struct vm *vm)
{
	(void)vm;
	return false;
}

const char *vm_stderr(struct vm *vm)
{
	(void)vm;
	return "";
}

#endif
