/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Results of a run that never was, with something of everything, for the tests of reports. */
#ifndef TAILCHECK_REPORT_TEST_H
#define TAILCHECK_REPORT_TEST_H

#include "../../engines/reference/quirk.h"
#include "../case/case_test.h"
#include "../judge/normative.h"
#include "report.h"

#define LONG_CASE  "generated-graphs.seed-1-number-0123456789-longer-than-names-usually-are"
#define ALL_QUIRKS QUIRKS_ALL

static const char made_up_cases[] =
	"case freeze.twice\nabout x\nclaim map.frozen\nlevel may\nmap m prog_array\nfreeze m = "
	"0\nfreeze m = EPERM\n"
	"case " LONG_CASE "\nabout x\nmap a_map_with_a_long_name array value=64 entries=4\n"
	"lookup a_map_with_a_long_name 3 = zero\n"
	"case limit.one\nabout x\nlevel should\nmap m prog_array\ndelete m 0 = ENOENT\n"
	"case pin.crash\nabout x\nmap m prog_array\ndelete m 0 = ENOENT\n"
	"case take.nowhere\nabout x\nneeds imagination\nfreeze fd:closed = EBADF\n"
	"case x.lost\nabout x\nfreeze fd:closed = EBADF\n";

enum { CASE_FREEZE, CASE_LONG, CASE_LIMIT, CASE_PIN, CASE_TAKE, CASE_LOST, N_MADE_UP };
enum { JIT, INTERP, HARDENED, SECOND, THIRD, N_MADE_UP_ENGINES };

struct made_up {
	struct case_file file;
	const struct test_case *cases[N_MADE_UP];
	struct suite suite;
	struct run_results r;
};

static inline void set_result(struct made_up *m, size_t c, size_t e, enum verdict v,
			      const char *transcript)
{
	struct result *res = result_of(&m->r, c, e);

	free(res->transcript);
	res->verdict = v;
	res->transcript = transcript ? xstrdup(transcript) : transcript_expected(m->cases[c]);
}

static inline void make_up(struct made_up *m)
{
	static const char *const names[] = { "jit", "interp", "jit-hardened",
					     "an-engine-with-a-long-name", "third" };
	struct run_results *r = &m->r;

	memset(m, 0, sizeof(*m));
	m->file = must_parse(made_up_cases);
	for (size_t c = 0; c < N_MADE_UP; c++)
		m->cases[c] = &m->file.cases[c];
	m->suite.cases = m->cases;
	m->suite.n_cases = N_MADE_UP;
	r->suite = &m->suite;
	r->n_engines = N_MADE_UP_ENGINES;
	r->results = xcalloc(N_MADE_UP, N_MADE_UP_ENGINES * sizeof(*r->results));
	for (size_t e = 0; e < N_MADE_UP_ENGINES; e++) {
		snprintf(r->engines[e].name, sizeof(r->engines[e].name), "%s", names[e]);
		r->engines[e].offered = e != INTERP;
		for (size_t c = 0; c < N_MADE_UP; c++)
			if (e != INTERP)
				set_result(m, c, e, VERDICT_CONFORMS, NULL);
		set_result(m, CASE_TAKE, e, VERDICT_UNSUPPORTED, "needs imagination");
	}
	snprintf(r->engines[INTERP].why, sizeof(r->engines[INTERP].why), "%s",
		 "CONFIG_BPF_JIT_ALWAYS_ON is set in this kernel, which therefore "
		 "has no interpreter to be compared");
	r->engines[JIT].quirks = ALL_QUIRKS;
	r->engines[HARDENED].uncertain = ALL_QUIRKS;
	set_result(m, CASE_FREEZE, JIT, VERDICT_QUIRK,
		   "1 map m prog_array = 0\n2 freeze m = 0\n3 freeze m = EBUSY\n");
	result_of(r, CASE_FREEZE, JIT)->because = QUIRK(FREEZE_BY_CAPABILITY);
	set_result(m, CASE_LONG, JIT, VERDICT_DIVERGES,
		   "1 map a_map_with_a_long_name array value=64 entries=4 = 0\n"
		   "# a comment\n2 lookup a_map_with_a_long_name 3 = 0:18446744073709551615 "
		   "1:18446744073709551615 2:18446744073709551615 3:18446744073709551615 "
		   "4:18446744073709551615\n");
	set_result(m, CASE_LIMIT, HARDENED, VERDICT_DIVERGES,
		   "1 map m prog_array = 0\n2 delete m 0 ! fault: the engine fell over\n");
	set_result(
		m, CASE_PIN, JIT, VERDICT_CRASHED,
		"the guest died: BUG: kernel NULL pointer dereference, address: 0000000000000010");
	set_result(m, CASE_PIN, SECOND, VERDICT_UNSUPPORTED,
		   "1 map m prog_array = 0\n2 delete m 0 ! unsupported: no deleting here\n");
	set_result(m, CASE_LOST, JIT, VERDICT_TIMED_OUT, "no answer within 10 s");
	set_result(m, CASE_LOST, HARDENED, VERDICT_INFRA, "no guest was left");
	free(result_of(r, CASE_LOST, SECOND)->transcript);
	*result_of(r, CASE_LOST, SECOND) = (struct result){ .verdict = VERDICT_NONE };
	*vec_add(r->suite_errors, r->n_suite_errors) = CASE_LONG;
	*vec_add(r->splats, r->n_splats) =
		(struct run_splat){ xstrdup("pin.crash"), xstrdup("jit"),
				    xstrdup("BUG: unable to handle page fault for address: "
					    "ffffc90000000000 in a function "
					    "with a long name+0x10/0x20") };
	*vec_add(r->splats, r->n_splats) =
		(struct run_splat){ NULL, NULL, xstrdup("WARNING: at b\xffpf/core.c") };
	r->kernel = xstrdup("/home/somebody/src/linux/arch/x86/boot/with-a-long-path/bzImage-test");
	r->release = xstrdup("6.12.43+deb12-cloud-amd64-with-a-local-version-0123456789");
	r->version = xstrdup("#1 SMP PREEMPT_DYNAMIC Debian 6.12.43-1~bpo12+1 (2025-09-06)");
	r->package = xstrdup("linux-image-6.12.43+deb12-cloud-amd64-unsigned "
			     "6.12.43-1~bpo12+1 of bookworm-backports, snapshot 20250906T000000Z");
	r->host = xstrdup("QEMU 7.2.22 (Debian 1:7.2+dfsg-7+deb12u16), TCG");
	r->boots = xstrdup("2 boots, 0 failed, 1 restarts, fastest 2.1 s");
	r->seconds = 12.34;
}

static inline void release_made_up(struct made_up *m)
{
	results_release(&m->r);
	case_file_release(&m->file);
}

#endif
