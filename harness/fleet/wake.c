// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What makes a guest one of its own: guests that were restored from one snapshot would otherwise
 * live at the same time of the same day and draw the same random numbers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "../base/alloc.h"
#include "internal.h"

#define ENTROPY 64 /* bytes: what the agent wants */
/* The guest's clock may be behind or ahead by this when it says so: it runs on its own. */
#define CLOCK_SLACK 1.0

/* This guest is counted already. */
static bool wants_fault(const struct fleet *f)
{
	return f->c.fault &&
	       (!f->c.fault_guests || f->stats.boots + f->stats.restores <= f->c.fault_guests);
}

void guest_wake(struct fleet *f, struct guest *g)
{
	unsigned char bytes[ENTROPY];
	char hex[2 * ENTROPY + 1], *text;

	clock_gettime(CLOCK_REALTIME, &g->woken);
	/* So few bytes are given at once, or the machine has not booted. */
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		abort();
	for (int i = 0; i < ENTROPY; i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", bytes[i]);
	text = xasprintf("clock=%lld.%09ld\nentropy=%s\nfault=%s\n", (long long)g->woken.tv_sec,
			 g->woken.tv_nsec, hex, wants_fault(f) ? f->c.fault : "");
	guest_send(g, FRAME_WAKE, 0, text, strlen(text));
	free(text);
}

static double seconds(const struct timespec *t)
{
	return (double)t->tv_sec + 1e-9 * (double)t->tv_nsec;
}

const char *guest_is_awake(struct fleet *f, const struct guest *g, const struct wake_signs *signs)
{
	size_t room = sizeof(f->randoms) / sizeof(*f->randoms);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (seconds(&signs->clock) < seconds(&g->woken) - CLOCK_SLACK ||
	    seconds(&signs->clock) > seconds(&now) + CLOCK_SLACK)
		return "the guest's clock does not show the time that it was told";
	for (size_t i = 0; i < f->n_randoms && i < room; i++)
		if (f->randoms[i] == signs->random)
			return "the guest draws the random numbers of another one";
	f->randoms[f->n_randoms++ % room] = signs->random;
	return NULL;
}
