// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../../engines/kernel/kernel.h"
#include "../case/case.h"
#include "../run/execute.h"
#include "../vm/frame.h"
#include "../vm/splat.h"
#include "cpus.h"
#include "fault.h"
#include "wake.h"

enum {
	EXIT_CHANNEL = 10, /* the channel broke */
	EXIT_MEMORY = 11,
	EXIT_WAKE = 12, /* the clock or the random numbers could not be set */
};

/*
 * How long objects may take to go, in seconds; 0: as usual. An emulated processor needs longer: for
 * an array of a million slots, above all.
 */
#if defined(__x86_64__)
#define PATIENCE 0
#else
#define PATIENCE 60
#endif

struct worker {
	int channel;
	bool on_tty;		/* which holds little: see FRAME_TAKEN */
	struct frame_batch out; /* to be sent: see send_now() */
	int kmsg;
	bool marked; /* the kernel's log is in a case */
	struct engine *engines[KERNEL_MODES];
	unsigned int cases;	 /* done, for the end marker */
	struct leak_watch watch; /* one for all engines: it is one kernel */
	int broken;		 /* what sending a leak met with: 0 or negative errno */
};

/* It goes out with the next start of a case, or when there is nothing to do: send_now(). */
static int send_text(struct worker *w, enum frame_type type, uint32_t seq, const char *text,
		     size_t len)
{
	if (len > FRAME_MAX_PAYLOAD)
		len = FRAME_MAX_PAYLOAD;
	return frame_batch_add(&w->out, (uint16_t)type, seq, text, (uint32_t)len);
}

static int send_now(struct worker *w)
{
	return frame_batch_write(&w->out, w->channel);
}

/* What there is to say in the hello, all of which a restored guest has found out already. */
static char *find_engines(struct worker *w)
{
	struct utsname uts;
	char *text = NULL, why[256];
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	uname(&uts);
	fprintf(out, "release=%s\nversion=%s\nmachine=%s\n", uts.release, uts.version, uts.machine);
	for (int mode = 0; mode < KERNEL_MODES; mode++) {
		w->engines[mode] = kernel_engine_new((enum kernel_mode)mode, why, sizeof(why));
		if (w->engines[mode])
			kernel_engine_alone(w->engines[mode]);
		if (w->engines[mode])
			fprintf(out, "engine=%s\n", kernel_mode_names[mode]);
		else
			fprintf(out, "unsupported=%s %s\n", kernel_mode_names[mode], why);
	}
	fclose(out);
	for (int mode = 0; mode < KERNEL_MODES; mode++)
		if (w->engines[mode])
			leak_begin(&w->watch, w->engines[mode]);
	return text;
}

static int hello(struct worker *w, const char *engines)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int ret;

	if (!out)
		return -ENOMEM;
	fputs(engines, out);
	wake_tell(out);
	fclose(out);
	ret = send_text(w, FRAME_HELLO, 0, text, len);
	free(text);
	return ret;
}

/* The kernel's log says itself which case was running when something shows up in it. */
static void mark(const struct worker *w, const char *text)
{
	if (w->kmsg >= 0 && write(w->kmsg, text, strlen(text)) < 0)
		return; /* a log without marks is a loss that the host notices by itself */
}

/*
 * Nothing to do but to wait. A case is over for the kernel's log here, or where the next one
 * begins: each line of the log costs as much as a step.
 */
static int rest(struct worker *w)
{
	if (w->marked)
		mark(w, SPLAT_MARK_END "\n");
	w->marked = false;
	return send_now(w);
}

static void send_leak(void *arg, const struct leaving *l, const char *text)
{
	struct worker *w = arg;
	char *line = leak_line(l, text), *payload = NULL;
	int n = asprintf(&payload, "%s\n%s", l->engine, line);

	free(line);
	w->broken = n < 0 ? -ENOMEM : send_text(w, FRAME_LEAK, l->tag, payload, (size_t)n);
	free(payload);
}

/* Wait until nothing is left of the cases so far, and tell what did not go. */
static int settle(struct worker *w)
{
	int ret = rest(w);

	if (ret)
		return ret;
	for (int mode = 0; mode < KERNEL_MODES; mode++)
		if (w->engines[mode])
			leak_settle(&w->watch, w->engines[mode], send_leak, w);
	return w->broken ? w->broken : send_text(w, FRAME_SETTLED, 0, "", 0);
}

static int run_on(struct worker *w, const struct test_case *c, struct engine *e, uint32_t seq)
{
	static const char *const outcomes[] = {
		[OUTCOME_COMPLETE] = "complete",
		[OUTCOME_UNSUPPORTED] = "unsupported",
		[OUTCOME_FAULT] = "fault",
	};
	char *text = NULL, *body = NULL, line[96];
	size_t len, body_len;
	enum outcome outcome;
	FILE *out;
	int ret;

	snprintf(line, sizeof(line), SPLAT_MARK_BEGIN "%u %s\n", seq, e->name);
	mark(w, line);
	w->marked = true;
	ret = send_text(w, FRAME_START, seq, e->name, strlen(e->name));
	/* Should it be the last thing that this guest does. */
	if (!ret)
		ret = send_now(w);
	fault_at_case(c->name, seq, w->channel, e);
	out = open_memstream(&body, &body_len);
	if (ret || !out)
		return ret ? ret : -ENOMEM;
	if (kernel_engine_select(e)) {
		fprintf(out, "0 select ! fault: %s\n", e->why);
		outcome = OUTCOME_FAULT;
	} else {
		outcome = execute_case_watched(c, e, out, &w->watch, seq);
	}
	fclose(out);
	out = open_memstream(&text, &len);
	if (!out)
		return -ENOMEM;
	fprintf(out, "%s %s\n%s", e->name, outcomes[outcome], body);
	fclose(out);
	ret = send_text(w, FRAME_RESULT, seq, text, len);
	free(text);
	free(body);
	/* Behind the result: a leak is added to one that the host has. Now, if that may take long.
	 */
	if (!ret && leak_behind(&w->watch))
		ret = send_now(w);
	leak_look(&w->watch, e, send_leak, w);
	if (!ret)
		ret = send_text(w, FRAME_CLEAR, w->watch.n ? w->watch.left[0].tag : 0, "", 0);
	return ret ? ret : w->broken;
}

static bool wanted(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *s = list; *s;) {
		size_t n = strcspn(s, ",");

		if (n == len && memcmp(s, name, n) == 0)
			return true;
		s += n + (s[n] == ',');
	}
	return false;
}

/* The payload is a line of engine names and the case. */
static int run_case(struct worker *w, const struct frame *f)
{
	char *newline = memchr(f->payload, '\n', f->len);
	const char *engines = (const char *)f->payload;
	struct case_file file;
	struct diag d;
	int ret = 0;

	if (!newline)
		return send_text(w, FRAME_REFUSED, f->seq, "no line of engines", 18);
	*newline = '\0';
	if (case_file_parse(&file, newline + 1, f->len - (size_t)(newline + 1 - engines), "case",
			    &d)) {
		char why[400];
		int n = snprintf(why, sizeof(why), "line %u: %s", d.line, d.message);

		return send_text(w, FRAME_REFUSED, f->seq, why, (size_t)n);
	}
	cpus_for_case(&file.cases[0]);
	for (int mode = 0; mode < KERNEL_MODES && !ret; mode++)
		if (w->engines[mode] && wanted(engines, w->engines[mode]->name))
			ret = run_on(w, &file.cases[0], w->engines[mode], f->seq);
	case_file_release(&file);
	w->cases++;
	return ret;
}

static int goodbye(struct worker *w)
{
	char count[16];
	int n = snprintf(count, sizeof(count), "%u", w->cases);
	int ret = send_text(w, FRAME_BYE, 0, count, (size_t)n);

	return ret ? ret : rest(w);
}

/* 0, or an exit code. */
static int read_more(struct worker *w, struct frame_decoder *d)
{
	ssize_t n;

	if (rest(w))
		return EXIT_CHANNEL;
	n = read(w->channel, frame_decoder_room(d, 65536), 65536);

	if (n <= 0 && !(n < 0 && errno == EINTR))
		return EXIT_CHANNEL;
	frame_decoder_fed(d, n > 0 ? (size_t)n : 0);
	if (n > 0 && w->on_tty && send_text(w, FRAME_TAKEN, (uint32_t)n, "", 0))
		return EXIT_CHANNEL;
	return 0;
}

/* Everything up to the hello. The read in it is where guests are saved, and come to life again. */
static int begin(struct worker *w, struct frame_decoder *d)
{
	char *engines = find_engines(w);
	struct frame f = { 0 };
	int ret;

	if (!engines)
		return EXIT_MEMORY;
	ret = send_text(w, FRAME_READY, 0, "", 0) ? EXIT_CHANNEL : 0;
	while (!ret && f.type != FRAME_WAKE) {
		ret = read_more(w, d);
		while (!ret && f.type != FRAME_WAKE && frame_decoder_next(d, &f))
			;
	}
	if (!ret && wake((const char *)f.payload))
		ret = EXIT_WAKE;
	if (!ret) {
		fault_at_boot(w->channel);
		ret = hello(w, engines) ? EXIT_CHANNEL : 0;
	}
	free(engines);
	return ret;
}

static int serve(struct worker *w, struct frame_decoder *d)
{
	struct frame f;

	for (;;) {
		int broken = read_more(w, d);

		if (broken)
			return broken;
		while (frame_decoder_next(d, &f)) {
			int ret = 0;

			if (f.type == FRAME_CASE)
				ret = run_case(w, &f);
			else if (f.type == FRAME_SETTLE)
				ret = settle(w);
			else if (f.type == FRAME_STOP)
				return goodbye(w) ? EXIT_CHANNEL : 0;
			if (ret)
				return ret == -ENOMEM ? EXIT_MEMORY : EXIT_CHANNEL;
		}
	}
}

int worker_main(int channel)
{
	struct worker w = {
		.channel = channel,
		.on_tty = isatty(channel),
		.watch.patience = PATIENCE,
	};
	struct frame_decoder d = { 0 };
	int ret;

	w.kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	ret = begin(&w, &d);
	return ret ? ret : serve(&w, &d);
}
