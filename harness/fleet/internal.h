/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the fleet share. */
#ifndef TAILCHECK_FLEET_INTERNAL_H
#define TAILCHECK_FLEET_INTERNAL_H

#include <time.h>

#include "../vm/frame.h"
#include "../vm/splat.h"
#include "fleet.h"

/* How many jobs a guest may have in hand: so that it never waits for the host. */
#define PIPELINE 4

enum guest_state { GUEST_OFF, GUEST_BOOTING, GUEST_UP, GUEST_STOPPING };

struct guest {
	unsigned int nr;
	enum guest_state state;
	struct vm *vm;
	double since;		   /* of the boot, or of the stop */
	unsigned int failed_boots; /* in a row */
	char *boot_log;		   /* what the kernel said before the agent was ready */
	struct timespec woken;	   /* the time that it was told */
	bool said_bye;
	bool settling; /* it was asked for its last leaks and has not answered yet */
	struct frame_decoder in;
	char *out; /* to be written to the channel */
	size_t out_len, out_pos;
	size_t untaken; /* of what was written to a serial line, as far as we know */
	struct splat_scanner splats;
	size_t n_splats_told;
	/* The jobs in hand, oldest first; the guest works in this order. */
	size_t hand[PIPELINE];
	size_t n_hand;
	int running_engine; /* of hand[0]; -1: between engines or not begun */
	double running_since;
};

struct job_state {
	unsigned int todo;   /* engines without a result yet */
	unsigned int deaths; /* of guests that had it in hand and had not begun it */
};

struct fleet {
	struct fleet_config c;
	struct guest guests[FLEET_MAX_GUESTS];
	struct fleet_kernel kernel;
	bool kernel_known;
	uint64_t randoms[64]; /* what the last guests had for a random number */
	size_t n_randoms;
	struct fleet_stats stats;
	double opened;
	const struct job *jobs;
	struct job_state *state;
	size_t n_jobs;
	size_t *queue; /* of jobs that no guest has in hand: a stack, the next one last */
	size_t n_queue;
	size_t n_left; /* jobs with something todo */
	char why[256]; /* the last trouble */
};

void fleet_note(struct fleet *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* guest.c: one guest's life. */
void guest_start(struct fleet *f, struct guest *g);
/* End the guest and give back what it had in hand. The running engine ends with @end and @how. */
void guest_end(struct fleet *f, struct guest *g, enum job_end end, const char *how);
void guest_read_channel(struct fleet *f, struct guest *g);
void guest_read_console(struct fleet *f, struct guest *g);
void guest_write(struct fleet *f, struct guest *g);
bool guest_wants_to_write(const struct fleet *f, const struct guest *g);
void guest_send(struct guest *g, enum frame_type type, uint32_t seq, const void *payload,
		size_t len);
/* Deal jobs to a guest that has room. */
void guest_deal(struct fleet *f, struct guest *g);

/* fleet.c */
void fleet_result(struct fleet *f, size_t job, unsigned int engine, enum job_end end,
		  const char *transcript);
/* Put a job back that a guest had in hand. */
void fleet_requeue(struct fleet *f, size_t job);

/* What a restored guest has of the one that was saved, unless WAKE was heeded. */
struct wake_signs {
	struct timespec clock;
	uint64_t random;
};

/* wake.c: tell a guest the time and give it random numbers of its own. */
void guest_wake(struct fleet *f, struct guest *g);
/* Did that work, as the hello has it? NULL, or what is wrong. */
const char *guest_is_awake(struct fleet *f, const struct guest *g, const struct wake_signs *signs);

/* hello.c: the signs; false where there are none. */
bool fleet_parse_signs(struct wake_signs *signs, const char *text);
/* hello.c: 0, or -1 with f->why where the text is not what an agent says. */
int fleet_parse_hello(struct fleet_kernel *k, const char *text, char *why, size_t why_size);

#endif
