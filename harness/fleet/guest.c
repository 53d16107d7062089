// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One guest: boot, frames in and out, death. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/alloc.h"
#include "../base/clock.h"
#include "../vm/guest_channel.h"
#include "../vm/snapshot.h"
#include "internal.h"

/* How long QEMU may take to end after its channel closed. */
#define END_POLLS   100
#define END_POLL_US 5000

void guest_start(struct fleet *f, struct guest *g)
{
	char why[200] = "";

	g->life = ++f->n_lives;
	g->since = clock_seconds();
	g->vm = vm_start(&f->c.vm, why, sizeof(why));
	g->state = GUEST_BOOTING;
	g->running_engine = -1;
	g->fresh = true;
	if (!g->vm || !vm_restored(g->vm))
		f->stats.boots++;
	if (!g->vm) {
		guest_end(f, g, END_INFRA, why);
		return;
	}
	if (vm_snapshot_trouble(g->vm))
		fleet_note(f, "the snapshot cannot be used (%s): booting, and making it anew",
			   vm_snapshot_trouble(g->vm));
	if (vm_restored(g->vm)) {
		f->stats.restores++;
		guest_boot_log(f, g, vm_restored(g->vm), strlen(vm_restored(g->vm)));
		guest_wake(f, g);
	}
}

static void release(struct fleet *f, struct guest *g)
{
	f->stats.skipped_bytes += g->in.skipped;
	vm_stop(g->vm);
	g->vm = NULL;
	g->life = 0;
	frame_decoder_release(&g->in);
	memset(&g->in, 0, sizeof(g->in));
	splat_release(&g->splats);
	memset(&g->splats, 0, sizeof(g->splats));
	g->n_splats_told = 0;
	free(g->boot_log);
	g->boot_log = NULL;
	free(g->out);
	g->out = NULL;
	g->out_len = g->out_pos = g->untaken = 0;
	g->settling = g->alone = false;
	g->woken = (struct timespec){ 0 };
	g->said_bye = false;
	g->begun = 0;
	g->doomed = 0;
	g->tail_len = 0;
	free(g->told);
	g->told = NULL;
	g->n_told = 0;
	g->state = GUEST_OFF;
}

/* A boot that failed is an event of its own: it is tried again, a few times. */
static void boot_failed(struct fleet *f, struct guest *g, const char *how)
{
	/* Whatever it was, the next one boots, and makes a snapshot of its own. */
	if (g->vm && vm_restored(g->vm) && f->c.vm.snapshot)
		snapshot_discard(f->c.vm.snapshot);
	f->stats.failed_boots++;
	g->failed_boots++;
	snprintf(f->why, sizeof(f->why), "%s", how);
	release(f, g);
	if (g->failed_boots < f->c.boot_tries && !*f->c.interrupted) {
		fleet_note(f, "guest %u did not boot (%s); trying again", g->nr, how);
		guest_start(f, g);
	} else {
		fleet_note(f, "guest %u did not boot (%s); giving it up", g->nr, how);
	}
}

void guest_end(struct fleet *f, struct guest *g, enum job_end end, const char *how)
{
	if (g->state == GUEST_BOOTING) {
		boot_failed(f, g, how);
		return;
	}
	if (g->state == GUEST_STOPPING) {
		if (!g->said_bye && !*f->c.interrupted)
			fleet_note(f, "guest %u ended without its end marker (%s)", g->nr, how);
		release(f, g);
		return;
	}
	if (g->running_engine >= 0) {
		f->stats.crashes += end == END_CRASHED;
		f->stats.timeouts += end == END_TIMED_OUT;
	}
	/* What its last jobs left behind will never be known. */
	if (!*f->c.interrupted)
		guest_clear(f, g, 0);
	death_give_back(f, g, end, how);
	snprintf(f->why, sizeof(f->why), "%s", how);
	release(f, g);
	if (f->n_left == 0 || *f->c.interrupted)
		return;
	if (f->stats.restarts == f->c.max_restarts) {
		fleet_note(f, "guest %u ended (%s) and no more restarts are allowed", g->nr, how);
		return;
	}
	f->stats.restarts++;
	fleet_note(f, "guest %u ended (%s); starting another", g->nr, how);
	guest_start(f, g);
}

void guest_send(struct guest *g, enum frame_type type, uint32_t seq, const void *payload,
		size_t len)
{
	char *to;

	/* All was written: begin again at the front. */
	if (g->out_pos == g->out_len)
		g->out_pos = g->out_len = 0;
	g->out = xreallocarray(g->out, g->out_len + FRAME_HEADER + len, 1);
	to = g->out + g->out_len;
	frame_header((uint8_t *)to, (uint16_t)type, seq, payload, (uint32_t)len);
	if (len)
		memcpy(to + FRAME_HEADER, payload, len);
	g->out_len += FRAME_HEADER + len;
}

static void ended(struct fleet *f, struct guest *g);

/* How much of what is to be written may be: a serial line holds little. */
static size_t writable(const struct fleet *f, const struct guest *g)
{
	size_t n = g->out_len - g->out_pos, room = GUEST_CHANNEL_TTY_WINDOW - g->untaken;

	return vm_channel_is_tty(&f->c.vm) && room < n ? room : n;
}

bool guest_wants_to_write(const struct fleet *f, const struct guest *g)
{
	return writable(f, g) > 0;
}

void guest_write(struct fleet *f, struct guest *g)
{
	size_t size;

	while ((size = writable(f, g))) {
		ssize_t n = write(vm_channel_fd(g->vm), g->out + g->out_pos, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			ended(f, g);
			return;
		}
		g->out_pos += (size_t)n;
		g->untaken += (size_t)n;
	}
}

/* "jit,interp" for the engines of a bit mask. */
static void engine_list(const struct fleet *f, unsigned int mask, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned int e = 0; e < f->kernel.n_engines; e++)
		if (mask & (1U << e) && len < size)
			len += (size_t)snprintf(out + len, size - len, "%s%s", len ? "," : "",
						f->kernel.engines[e]);
	snprintf(out + len, size - len, "\n");
}

void guest_send_job(struct fleet *f, struct guest *g, size_t job, unsigned int engines)
{
	char list[FLEET_MAX_ENGINES * 33 + 2], *text;

	engine_list(f, engines, list, sizeof(list));
	g->fresh = false;
	for (unsigned int e = 0; e < f->kernel.n_engines; e++)
		if (engines & 1U << e)
			f->state[job].given_to[e] = g->life;
	g->hand[g->n_hand++] = (struct in_hand){ job, engines };
	if (g->n_hand == 1)
		g->running_since = clock_seconds();
	text = xasprintf("%s%.*s", list, (int)f->jobs[job].len, f->jobs[job].text);
	guest_send(g, FRAME_CASE, (uint32_t)job + 1, text, strlen(text));
	free(text);
}

void guest_deal(struct fleet *f, struct guest *g)
{
	if (g->state != GUEST_UP || g->doomed || (g->alone && g->n_hand))
		return;
	g->alone = false;
	if (death_deal(f, g))
		return;
	while (g->n_hand < PIPELINE && f->n_queue) {
		size_t job = f->queue[--f->n_queue];

		guest_send_job(f, g, job, f->state[job].todo & ~f->state[job].alone);
	}
}

/* Why it died is in the kernel's log, if anywhere: the console has said it by now. */
const char *guest_last_splat(const struct guest *g)
{
	return g->splats.n_found ? g->splats.found[g->splats.n_found - 1].line : "";
}

/* A guest closed its channel: why? */
static void ended(struct fleet *f, struct guest *g)
{
	const char *how = NULL, *err = vm_stderr(g->vm);
	char text[300];

	/* The last words of a kernel come over the console. */
	guest_read_console(f, g);
	/* QEMU closes its descriptors a moment before it is gone. */
	for (int i = 0; i < END_POLLS && !vm_ended(g->vm, &how); i++)
		usleep(END_POLL_US);
	if (!how)
		how = "closed the channel";
	if (g->splats.panicked)
		snprintf(text, sizeof(text), "kernel panic: %.250s", guest_last_splat(g));
	else
		snprintf(text, sizeof(text), "%s ended: %s%s%.*s", vm_program(g->vm), how,
			 *err ? ": " : "", (int)strcspn(err, "\n"), err);
	/* A guest that resets ends QEMU with exit 0; anything else is QEMU's own end. */
	guest_end(f, g,
		  g->splats.panicked || strcmp(how, "exit status 0") == 0 ? END_CRASHED : END_INFRA,
		  text);
}

void guest_read_channel(struct fleet *f, struct guest *g)
{
	unsigned int life = g->life;
	struct frame fr;

	for (int i = 0; i < 16; i++) {
		ssize_t n = read(vm_channel_fd(g->vm), frame_decoder_room(&g->in, 65536), 65536);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			ended(f, g);
			return;
		}
		frame_decoder_fed(&g->in, (size_t)n);
		/* A frame may end the guest, and with it the decoder. */
		while (frame_decoder_next(&g->in, &fr)) {
			guest_heard(f, g, &fr);
			if (g->life != life)
				return;
		}
		if (g->in.forged > FRAME_MAX_FORGED) {
			guest_end(f, g, END_CRASHED,
				  "the guest sends what is made to look like frames, and is none");
			return;
		}
	}
}

static void tell_splats(struct fleet *f, struct guest *g)
{
	for (; g->n_splats_told < g->splats.n_found; g->n_splats_told++) {
		const struct splat *s = &g->splats.found[g->n_splats_told];
		size_t job = s->seq && s->seq <= f->n_jobs ? s->seq - 1 : NO_JOB;
		int engine = guest_engine(f, s->engine, strlen(s->engine));

		/* A guest may say anything, but of no job of another's, or of one before it. */
		if (job != NO_JOB && (engine < 0 || f->state[job].given_to[engine] != g->life))
			job = NO_JOB;
		if (f->c.splat)
			f->c.splat(f->c.events_arg, job, s->engine, s->line);
	}
}

void guest_read_console(struct fleet *f, struct guest *g)
{
	char buf[16384];

	for (int i = 0; i < 16; i++) {
		ssize_t n = read(vm_console_fd(g->vm), buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (f->c.log)
			f->c.log(f->c.events_arg, g->nr, buf, (size_t)n);
		splat_feed(&g->splats, buf, (size_t)n);
		death_keep_tail(g, buf, (size_t)n);
	}
	tell_splats(f, g);
	death_doom(g);
}
