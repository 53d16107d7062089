// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * First the protocol itself, by requests made by hand; then what each capability promises, by small
 * cases, each with what to look for where it fails. A child that is lost is started again.
 */
#include "adapter_check.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/process/internal.h"
#include "../base/alloc.h"
#include "../base/clock.h"
#include "../case/case.h"
#include "../judge/normative.h"
#include "../judge/transcript.h"
#include "../run/execute.h"

#define START_SECONDS	20
#define REQUEST_SECONDS 5
#define CASE_SECONDS	20
#define STOP_SECONDS	2.0

struct check {
	FILE *out;
	struct adapter_findings *found;
	struct engine *e;
	const char *what;
};

static void right(struct check *k)
{
	fprintf(k->out, "ok     %s\n", k->what);
	k->found->right++;
}

static void wrong(struct check *k, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void wrong(struct check *k, const char *fmt, ...)
{
	va_list ap;

	fprintf(k->out, "WRONG  %s\n       ", k->what);
	va_start(ap, fmt);
	vfprintf(k->out, fmt, ap);
	va_end(ap);
	fputc('\n', k->out);
	k->found->wrong++;
}

static void not_done(struct check *k, const char *why)
{
	fprintf(k->out, "-      %s: %s\n", k->what, why);
	k->found->not_done++;
}

/* A child that can be asked: the next try must not suffer from the last. */
static bool ready(struct check *k)
{
	char why[300];

	if (process_engine_trouble(k->e) == PROCESS_FINE ||
	    process_engine_restart(k->e, why, sizeof(why)) == 0)
		return true;
	wrong(k, "it does not start again: %s", why);
	return false;
}

/* The end of a try by hand. */
static void judge_status(struct check *k, int status, int wanted, const char *advice)
{
	if (process_engine_trouble(k->e) != PROCESS_FINE)
		wrong(k, "%s\n       %s", k->e->why, advice);
	else if (status != wanted)
		wrong(k, "%s", advice);
	else
		right(k);
}

static void try_unknown_command(struct check *k)
{
	struct process_engine *p = to_process(k->e);

	request_begin(p, "no_such_command");
	judge_status(k, request_send(p, ""), ENGINE_UNSUPPORTED,
		     "answer \"ID unsupported no command no_such_command\": later protocols have "
		     "more commands");
}

static void try_unknown_field(struct check *k)
{
	struct process_engine *p = to_process(k->e);

	if (!process_engine_has(k->e, CAP_MAP_CREATE)) {
		not_done(k, "it has no map_create");
		return;
	}
	request_begin(p, "map_create");
	text_add(&p->request, " type=3 key_size=4 value_size=4 max_entries=1 from_the_future=1");
	judge_status(k, request_send(p, ""), ENGINE_UNSUPPORTED,
		     "a field that you do not know changes what is asked: answer \"ID unsupported "
		     "...\", or cases that need it seem to fail");
}

static void try_large_id(struct check *k)
{
	struct process_engine *p = to_process(k->e);

	p->last_id = 1ULL << 63;
	request_begin(p, "begin");
	text_add(&p->request, " case=check");
	judge_status(k, request_send(p, ""), 0,
		     "ids are up to 20 digits: repeat the word, do not read it as a number");
}

static void try_long_line(struct check *k)
{
	struct process_engine *p = to_process(k->e);

	request_begin(p, "begin");
	text_add(&p->request, " case=");
	while (p->request.len + 2 < p->hello.max_line)
		text_char(&p->request, 'x');
	judge_status(k, request_send(p, ""), 0,
		     "take lines as long as your max_line= says (1048576 where it says nothing)");
}

static void try_many_short(struct check *k)
{
	struct process_engine *p = to_process(k->e);
	double from = clock_seconds();
	int status = 0;

	for (int i = 0; i < 1000 && !status; i++) {
		request_begin(p, i % 2 ? "end" : "reset");
		status = request_send(p, "");
	}
	judge_status(k, status, 0, "reset and end are answered with 0, always");
	if (!status && clock_seconds() - from > 2)
		fprintf(k->out, "       but slow: %.1f s. Is something waited for?\n",
			clock_seconds() - from);
}

static void try_stop(struct check *k)
{
	struct process_engine *p = to_process(k->e);

	if (child_finish(p->child, clock_seconds() + STOP_SECONDS))
		wrong(k, "its input has ended, and it runs on: end when reading gives nothing");
	else
		right(k);
}

static const struct by_hand {
	const char *what;
	void (*run)(struct check *k);
} by_hand[] = {
	{ "an unknown command is unsupported", try_unknown_command },
	{ "an unknown field is unsupported", try_unknown_field },
	{ "a large id is repeated", try_large_id },
	{ "a line as long as max_line", try_long_line },
	{ "1000 requests one after the other", try_many_short },
	{ "it ends with its input", try_stop },
};

#define CAP(name) (1ULL << CAP_##name)
#define MAPS	  (CAP(MAP_CREATE) | CAP(CLOSE))
#define PROGS	  (CAP(PROG_LOAD) | CAP(PROG_RUN))
#define SEVEN	  "prog seven socket_filter\n    r0 = 7\n    exit\n\n"
#define ARRAY	  "map m array value=4 entries=3\n"
#define PROGRAMS  "map progs prog_array entries=2\n"

/* What a runtime that has the capabilities does, whatever else it lacks. */
static const struct plain {
	const char *what;
	uint64_t caps;
	const char *steps, *advice;
} plain[] = {
	{ "a program gives its result", PROGS, SEVEN "run seven = 7\n",
	  "the program is r0 = 7; exit. insns= are 8 bytes each, little-endian; retval= is r0" },
	{ "a result has 32 bits", PROGS,
	  "prog p socket_filter\n    r0 = -1\n    exit\n\nrun p = 4294967295\n",
	  "retval= is the low 32 bits of r0, without a sign" },
	{ "a program that was closed is EBADF", PROGS, SEVEN "close seven\nrun seven = EBADF\n",
	  "descriptor -1, or one that is closed: EBADF" },
	{ "programs are there until they are closed", PROGS,
	  SEVEN "prog eight socket_filter\n    r0 = 8\n    exit\n\nrun seven = 7\nrun eight = 8\n",
	  "each load has a descriptor of its own" },
	{ "an array has what was written", MAPS | CAP(MAP_UPDATE) | CAP(MAP_LOOKUP),
	  ARRAY "lookup m 1 = 0\nupdate m 1 77 = 0\nlookup m 1 = 77\nlookup m 0 = 0\n",
	  "key= and value= are bytes in the byte order of your hello; elements begin as zeroes" },
	{ "an array ends", MAPS | CAP(MAP_UPDATE) | CAP(MAP_LOOKUP),
	  ARRAY "lookup m 3 = ENOENT\nupdate m 3 1 = E2BIG\n",
	  "beyond the last element a lookup is ENOENT, an update E2BIG" },
	{ "an element of an array is not deleted", MAPS | CAP(MAP_DELETE),
	  ARRAY "delete m 0 = EINVAL\n", "arrays cannot delete: EINVAL" },
	{ "keys follow each other", MAPS | CAP(MAP_NEXT_KEY),
	  ARRAY "next m null = 0\nnext m 0 = 1\nnext m 2 = ENOENT\n",
	  "next= is the key behind key=; the first one behind key=null" },
	{ "a map that was closed is EBADF", MAPS | CAP(MAP_LOOKUP),
	  ARRAY "close m\nlookup m 0 = EBADF\n", "descriptor -1, or one that is closed: EBADF" },
	{ "a slot has the id of its program",
	  MAPS | PROGS | CAP(MAP_UPDATE) | CAP(MAP_LOOKUP) | CAP(PROG_INFO),
	  PROGRAMS SEVEN "update progs 0 seven = 0\nlookup progs 0 = seven\n",
	  "an update takes the program's descriptor; a lookup gives its id, which is the id= of "
	  "prog_info, and not a descriptor" },
	{ "a slot can be empty", MAPS | CAP(MAP_LOOKUP) | CAP(MAP_DELETE),
	  PROGRAMS "lookup progs 0 = ENOENT\ndelete progs 0 = ENOENT\nlookup progs 2 = ENOENT\n",
	  "lookup and delete of an empty slot are ENOENT" },
	{ "a slot takes programs alone", MAPS | CAP(MAP_UPDATE),
	  PROGRAMS "update progs 0 fd:-1 = EBADF\n", "what is no descriptor of a program: EBADF" },
	{ "a tail call runs its callee", MAPS | PROGS | CAP(MAP_UPDATE),
	  PROGRAMS SEVEN "prog caller socket_filter\n    r2 = progs ll\n    r3 = 0\n"
			 "    call bpf_tail_call\n    r0 = 1\n    exit\n\n"
			 "update progs 0 seven = 0\nrun caller = 7\n",
	  "maps=INSN:FD says which map r2 is; r3 is the index, and the callee's r0 the result" },
	{ "a tail call to an empty slot falls through", MAPS | PROGS | CAP(MAP_UPDATE),
	  PROGRAMS "prog caller socket_filter\n    r2 = progs ll\n    r3 = 1\n"
		   "    call bpf_tail_call\n    r0 = 1\n    exit\n\nrun caller = 1\n",
	  "where there is no program the next instruction is executed" },
	{ "33 tail calls, and no more", MAPS | PROGS | CAP(MAP_UPDATE) | CAP(MAP_LOOKUP),
	  PROGRAMS "map count array value=8 entries=1\nprog self socket_filter\n    r6 = r1\n"
		   "    r1 = count[0] ll\n    r2 = *(u64 *)(r1 + 0)\n    r2 += 1\n"
		   "    *(u64 *)(r1 + 0) = r2\n    r1 = r6\n    r2 = progs ll\n    r3 = 0\n"
		   "    call bpf_tail_call\n    r0 = 1\n    exit\n\n"
		   "update progs 0 self = 0\nrun self = 1\nlookup count 0 = 34\n",
	  "a run makes 33 tail calls at most: 34 programs run, and the last one falls through" },
	{ "numbers have the byte order of the hello", MAPS | PROGS | CAP(MAP_LOOKUP),
	  "map m array value=4 entries=1\nprog p socket_filter\n    r1 = m[0] ll\n"
	  "    *(u32 *)(r1 + 0) = 258\n    r0 = 0\n    exit\n\nrun p = 0\nlookup m 0 = 258\n",
	  "a program stored 258 as four bytes: is byte_order= of your hello right?" },
	{ "what Linux refuses is refused", CAP(PROG_LOAD) | CAP(CHECKS),
	  "prog p socket_filter = EACCES\n    r0 = r5\n    exit\n\n",
	  "your caps= have \"checks\": then a program that reads a register that nothing was "
	  "written to is refused with EACCES. Without checks, leave the word out" },
	{ "a copy of a descriptor", MAPS | CAP(DUP) | CAP(MAP_LOOKUP),
	  ARRAY "dup n m\nclose m\nlookup n 0 = 0\n",
	  "the map lives as long as one of its descriptors" },
	{ "an object by its id", MAPS | CAP(MAP_INFO) | CAP(MAP_FD_BY_ID),
	  ARRAY "map-by-id n m\nsame n m = 1\n",
	  "map_fd_by_id is a new descriptor for the map whose map_info has that id=" },
	{ "a map's information", MAPS | CAP(MAP_INFO),
	  ARRAY "info m type = 2\ninfo m value_size = 4\ninfo m max_entries = 3\n",
	  "map_info gives what map_create was given" },
	{ "a pin", MAPS | CAP(OBJ_PIN) | CAP(OBJ_GET) | CAP(OBJ_UNPIN) | CAP(MAP_LOOKUP),
	  ARRAY "pin m here = 0\nclose m\nget n here = 0\nlookup n 0 = 0\nunpin here = 0\n",
	  "a pin keeps the map, and obj_get gives a new descriptor for it" },
	{ "a frozen map", MAPS | CAP(MAP_FREEZE) | CAP(MAP_UPDATE),
	  ARRAY "freeze m = 0\nupdate m 0 1 = EPERM\n", "after map_freeze an update is EPERM" },
	{ "elements in one go", MAPS | CAP(MAP_BATCH), ARRAY "batch-lookup m 3 = 3\n",
	  "count= is how many elements there were" },
};

static const char *first_lacking(const struct check *k, uint64_t caps)
{
	for (int cap = 0; cap < N_PROTOCOL_CAPS; cap++)
		if (caps & 1ULL << cap && !process_engine_has(k->e, cap))
			return protocol_caps[cap];
	return NULL;
}

/* Where a complete transcript is not as the case wants. */
static void judge_steps(struct check *k, const struct plain *row, const struct test_case *c,
			const struct case_record *r)
{
	char *wanted = transcript_expected(c), *got = transcript_of(c, r);
	struct difference d;

	if (r->outcome == OUTCOME_FAULT)
		wrong(k, "%s\n       %s", r->why, row->advice);
	else if (transcript_differs(wanted, got, &d))
		wrong(k, "\"%.*s\" gave %.*s, and not %.*s\n       %s", d.text_len, d.text,
		      d.got ? d.got_len : 7, d.got ? d.got : "nothing", d.wanted ? d.wanted_len : 7,
		      d.wanted ? d.wanted : "nothing", row->advice);
	else
		right(k);
	free(wanted);
	free(got);
}

static void try_plain(struct check *k, const struct plain *row)
{
	const char *lacking = first_lacking(k, row->caps);
	char *text = xasprintf("case check.plain\nabout  %s\n\n%s", row->what, row->steps), why[80];
	struct case_record r = { 0 };
	struct case_file file;
	struct diag d;

	if (lacking) {
		snprintf(why, sizeof(why), "it has no %s", lacking);
		not_done(k, why);
	} else if (case_file_parse(&file, text, strlen(text), "check", &d)) {
		wrong(k, "the check itself is wrong: line %u, %s", d.line, d.message);
	} else {
		process_engine_begin(k->e, "check.plain");
		execute(&file.cases[0], k->e, &r);
		process_engine_end(k->e);
		if (process_engine_trouble(k->e) != PROCESS_FINE)
			wrong(k, "%s\n       %s", k->e->why, row->advice);
		else if (r.outcome == OUTCOME_UNSUPPORTED && strstr(row->steps, " array "))
			not_done(k, r.why); /* it may have other types of maps alone */
		else if (r.outcome == OUTCOME_UNSUPPORTED)
			wrong(k,
			      "its caps= have all that this needs, and then: unsupported %s\n"
			      "       take the capability out, or serve its plainest use",
			      r.why);
		else
			judge_steps(k, row, &file.cases[0], &r);
		case_record_release(&r);
		case_file_release(&file);
	}
	free(text);
}

static void introduce(const struct check *k)
{
	fprintf(k->out, "%s %s, %s-endian; it has not:", k->e->name, process_engine_version(k->e),
		k->e->big_endian ? "big" : "little");
	for (int cap = 0; cap < N_PROTOCOL_CAPS; cap++)
		if (!process_engine_has(k->e, cap))
			fprintf(k->out, " %s", protocol_caps[cap]);
	fputc('\n', k->out);
}

int adapter_check(FILE *out, const char *command, struct adapter_findings *found)
{
	const struct process_config config = {
		.command = command,
		.start_seconds = START_SECONDS,
		.request_seconds = REQUEST_SECONDS,
		.case_seconds = CASE_SECONDS,
		.log = -1,
	};
	struct check k = { .out = out, .found = found };
	char why[300];

	memset(found, 0, sizeof(*found));
	k.e = process_engine_new(&config, why, sizeof(why));
	if (!k.e) {
		fprintf(out, "WRONG  it does not start, or its hello is none: %s\n", why);
		return -1;
	}
	introduce(&k);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		k.what = plain[i].what;
		if (ready(&k))
			try_plain(&k, &plain[i]);
	}
	for (size_t i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++) {
		k.what = by_hand[i].what;
		if (ready(&k))
			by_hand[i].run(&k);
	}
	k.e->ops->destroy(k.e);
	return 0;
}
