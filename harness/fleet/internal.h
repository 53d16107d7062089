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

#define TAIL_BYTES 8192

struct told {
	size_t job;
	unsigned int engine;
};

/* A guest died while this ran. */
struct death {
	size_t job;
	unsigned int engine;
	enum job_end end;
	char *how;
	bool waits; /* for a fresh guest */
};

enum guest_state { GUEST_OFF, GUEST_BOOTING, GUEST_UP, GUEST_STOPPING };

struct guest {
	unsigned int nr;
	unsigned int life; /* of all that were started, which one this is; 0: it is off */
	enum guest_state state;
	struct vm *vm;
	double since;		   /* of the boot, or of the stop */
	unsigned int failed_boots; /* in a row */
	char *boot_log;		   /* what the kernel said before the agent was ready */
	struct timespec woken;	   /* the time that it was told; 0: it was not yet */
	bool said_bye;
	bool settling; /* it was asked for its last leaks and has not answered yet */
	struct frame_decoder in;
	char *out; /* to be written to the channel */
	size_t out_len, out_pos;
	size_t untaken; /* of what was written to a serial line, as far as we know */
	struct splat_scanner splats;
	size_t n_splats_told;
	/* The jobs in hand, oldest first; the guest works in this order. */
	struct in_hand {
		size_t job;
		unsigned int engines; /* that it was given for, and has not answered */
	} hand[PIPELINE];
	size_t n_hand;
	unsigned int begun; /* engines that hand[0] was begun on */
	int running_engine; /* of hand[0]; -1: between engines or not begun */
	double running_since;
	bool fresh;	   /* it never had a job */
	bool alone;	   /* it has nothing but a job that a guest died with */
	double doomed;	   /* since when its kernel is known to be broken; 0: it is not */
	struct told *told; /* results that may still have leaks, oldest first */
	size_t n_told;
	char tail[TAIL_BYTES]; /* what the kernel said last */
	size_t tail_len;
};

struct job_state {
	unsigned int todo;   /* engines without a result yet */
	unsigned int alone;  /* of these, the engines that it is to be run on alone */
	unsigned int deaths; /* of guests that had it in hand and had not begun it */
	unsigned char leaks[FLEET_MAX_ENGINES]; /* that were told */
	/* Which life of a guest had it last, on each engine; 0: it waits for its first. */
	unsigned int given_to[FLEET_MAX_ENGINES];
};

struct fleet {
	struct fleet_config c;
	struct guest guests[FLEET_MAX_GUESTS];
	struct fleet_kernel kernel;
	bool kernel_known;
	uint64_t randoms[64]; /* what the last guests had for a random number */
	size_t n_randoms;
	struct fleet_stats stats;
	unsigned int n_lives;
	double opened;
	const struct job *jobs;
	struct job_state *state;
	size_t n_jobs;
	size_t *queue; /* of jobs that no guest has in hand: a stack, the next one last */
	size_t n_queue;
	size_t n_left; /* jobs with something todo */
	struct death *deaths;
	size_t n_deaths;
	char why[256]; /* the last trouble */
};

void fleet_note(struct fleet *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* guest.c: one guest's life. */
void guest_start(struct fleet *f, struct guest *g);
/* End the guest and give back what it had in hand. The running engine ends with @end and @how. */
void guest_end(struct fleet *f, struct guest *g, enum job_end end, const char *how);
void guest_read_channel(struct fleet *f, struct guest *g);
void guest_read_console(struct fleet *f, struct guest *g);
/* The last line of its kernel's log that says that the kernel is broken, or "". */
const char *guest_last_splat(const struct guest *g);
void guest_write(struct fleet *f, struct guest *g);
bool guest_wants_to_write(const struct fleet *f, const struct guest *g);
void guest_send(struct guest *g, enum frame_type type, uint32_t seq, const void *payload,
		size_t len);
/* Put a job into a guest's hands, for these engines. */
void guest_send_job(struct fleet *f, struct guest *g, size_t job, unsigned int engines);
/* Deal jobs to a guest that has room. */
void guest_deal(struct fleet *f, struct guest *g);

/* heard.c: what it says. */
void guest_heard(struct fleet *f, struct guest *g, const struct frame *fr);
/* The number of an engine that it names, or -1. */
int guest_engine(const struct fleet *f, const char *name, size_t len);
/* What its kernel said before its console showed it: of this guest, or the one it was saved as. */
void guest_boot_log(struct fleet *f, struct guest *g, const char *log, size_t len);
/* No leaks will come for results before those of frames of @seq; 0: for none of them. */
void guest_clear(struct fleet *f, struct guest *g, uint32_t seq);

/* death.c: who was to blame. */
/* Give back what a guest had in hand. */
void death_give_back(struct fleet *f, struct guest *g, enum job_end end, const char *how);
/* A job that waits for a fresh guest, for this one. True if it was dealt. */
bool death_deal(struct fleet *f, struct guest *g);
/* The transcript of a result; with how a guest died before where one did. To be freed. */
char *death_told(struct fleet *f, size_t job, unsigned int engine, const char *transcript);
/* See to it that what waits for a fresh guest gets one, or ends as it did the first time. */
void death_tend(struct fleet *f);
/* End all that waits as it did the first time. */
void death_give_up(struct fleet *f);
void death_release(struct fleet *f);
void death_keep_tail(struct guest *g, const char *bytes, size_t n);
/* The kernel's log says that it is broken: give it a moment to say more, then end the guest. */
void death_doom(struct guest *g);
void death_check_doomed(struct fleet *f, struct guest *g);

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
