// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The summary for people: it fits, it names what matters, and says how to go on. */
#include "report_test.h"

static char *terminal(const struct run_results *r, const char *dir, size_t max)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	report_terminal(out, r, dir, max);
	fclose(out);
	return text;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no\n%s\nin\n%s", part, text);
}

static void assert_has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\n%s\nis in\n%s", part, text);
}

static void assert_fits(const char *text)
{
	for (const char *s = text; *s;) {
		size_t len = strcspn(s, "\n");

		if (len > 80)
			fail_msg("a line of %zu columns: %.*s", len, (int)len, s);
		if (len && s[len - 1] == ' ')
			fail_msg("a blank at the end: %.*s|", (int)len, s);
		for (size_t i = 0; i < len; i++)
			assert_true((unsigned char)s[i] >= 32 && s[i] != 127);
		assert_int_equal(s[len], '\n');
		s += len + 1;
	}
}

static void fits_80_columns(void **state)
{
	struct made_up m;
	char *text;

	(void)state;
	make_up(&m);
	for (size_t max = 0; max < 8; max++) {
		text = terminal(&m.r, "results/20250101-120000-debian-6.12", max);
		assert_fits(text);
		free(text);
	}
	m.r.interrupted = true;
	m.r.seconds = 123456.7;
	text = terminal(&m.r, NULL, 20);
	assert_fits(text);
	assert_has(text, "INCOMPLETE");
	assert_has_not(text, "report:");
	free(text);
	release_made_up(&m);
}

/* What a person must find there. Words are joined by one blank, wherever lines were broken. */
static void says_what_matters(void **state)
{
	static const char *const parts[] = {
		"with-a-long-path/bzImage-test, Linux 6.12.43+deb12-cloud-amd64",
		"from linux-image-6.12.43+deb12-cloud-amd64-unsigned",
		"on QEMU 7.2.22 (Debian 1:7.2+dfsg-7+deb12u16), TCG; 2 boots, 0 failed, 1 restarts",
		"jit empty-slot-counts, attach-type-unchecked, freeze-by-capability,",
		"interp unsupported: CONFIG_BPF_JIT_ALWAYS_ON is set in this kernel",
		"jit-hardened none probes that fit neither way: empty-slot-counts, ",
		"diverges: " LONG_CASE " on jit step 2: lookup a_map_with_a_long_name 3 "
		"wanted zero got 0:18446744073709551615 1:18446744073709551615 ",
		"more: tailcheck explain " LONG_CASE,
		"diverges: limit.one on jit-hardened step 2: delete m 0 wanted ENOENT "
		"got ! fault: the engine fell over more: tailcheck explain limit.one",
		"crashed: pin.crash on jit the guest died: BUG: kernel NULL pointer dereference, "
		"address: 0000000000000010 more: tailcheck explain pin.crash",
		"timed-out: x.lost on jit no answer within 10 s infra: x.lost on jit-hardened no "
		"guest was left none: x.lost on an-engine-with-a-long-name did not run more: ",
		"kernel splat during pin.crash on jit: BUG: unable to handle page fault for "
		"address:",
		"kernel splat (no case): WARNING: at b\xffpf/core.c",
		"ran on no engine: take.nowhere (needs imagination)",
		"unsupported, and why: 4 the case says needs imagination 1 missing: no deleting "
		"here",
		"6 cases on 4 engines: 12 conform, 1 explained by quirks, 2 diverge, 1 crashed, "
		"1 timed out, 5 unsupported, 2 lost; 12.3 s",
		"report: results/x",
	};
	struct made_up m;
	char *text, *to;

	(void)state;
	make_up(&m);
	text = terminal(&m.r, "results/x", 20);
	to = text;
	for (const char *s = text; *s; s++) {
		bool blank = *s == ' ' || *s == '\n';

		if (!blank || (to > text && to[-1] != ' '))
			*to++ = blank ? ' ' : *s;
	}
	*to = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		assert_has(text, parts[i]);
	assert_has_not(text, "(null)");
	free(text);
	release_made_up(&m);
}

/* A row for each area, three engines side by side, the others below. */
static void tables(void **state)
{
	struct made_up m;
	char *text;

	(void)state;
	make_up(&m);
	text = terminal(&m.r, NULL, 0);
	assert_has(
		text,
		"area            cases  jit                jit-hardened       an-engine-with-a-\n"
		"freeze              1  0+1q               1                  1\n"
		"generated-grap      1  0!1                1                  1\n"
		"limit               1  1                  0!1                1\n"
		"pin                 1  0!1                1                  0-1\n"
		"take                1  0-1                0-1                0-1\n"
		"x                   1  0!1                0!1                0!1\n"
		"all                 6  1+1q-1!3           3-1!2              3-2!1\n"
		"\n"
		"area            cases  third\n"
		"freeze              1  1\n"
		"generated-grap      1  1\n"
		"limit               1  1\n"
		"pin                 1  1\n"
		"take                1  0-1\n"
		"x                   1  1\n"
		"all                 6  5-1\n"
		"(conforms, ");
	free(text);
	release_made_up(&m);
}

static void details_are_bounded(void **state)
{
	struct made_up m;
	char *text;

	(void)state;
	make_up(&m);
	text = terminal(&m.r, NULL, 1);
	assert_has(text, "diverges:\n    " LONG_CASE " on");
	assert_has_not(text, "limit.one");
	assert_has(text, "... and 3 more cases; their transcripts are in the run's folder\n");
	free(text);
	text = terminal(&m.r, NULL, 4);
	assert_has(text, "limit.one");
	assert_has_not(text, "... and");
	free(text);
	release_made_up(&m);
}

static void errors_in_the_suite(void **state)
{
	struct case_file f =
		must_parse("case a.wrong\nabout x\nmap m prog_array\ndelete m 0 = EPERM\n"
			   "case b.wrong\nabout x\nfreeze fd:closed = 0\n");
	const struct test_case *cases[] = { &f.cases[0], &f.cases[1] };
	struct suite suite = { .cases = cases, .n_cases = 2 };
	struct result cells[2] = {
		{ VERDICT_DIVERGES, 0, (char *)"1 map m prog_array = 0\n2 delete m 0 = ENOENT\n" },
		{ VERDICT_CONFORMS, 0, (char *)"1 freeze fd:closed = 0\n" },
	};
	size_t wrong[] = { 0, 1 };
	struct run_results r = { .suite = &suite,
				 .n_engines = 1,
				 .results = cells,
				 .suite_errors = wrong,
				 .n_suite_errors = 2,
				 .kernel = (char *)"k",
				 .release = (char *)"r",
				 .host = (char *)"h",
				 .boots = (char *)"b" };
	char *text;

	(void)state;
	memcpy(r.engines[0].name, "jit", 4);
	r.engines[0].offered = true;
	text = terminal(&r, NULL, 5);
	assert_fits(text);
	assert_has(text,
		   "error in the suite: a.wrong\n"
		   "    the reference does not give what the case expects, at step 2: delete m 0\n"
		   "    case    EPERM\n    ref.    ENOENT\n"
		   "error in the suite: b.wrong\n"
		   "    the reference does not give what the case expects, at step 1: freeze\n"
		   "        fd:closed\n"
		   "    case    0\n    ref.    EBADF\n\n");
	/* The engine does as the reference: what is told then is what the case wanted. */
	assert_has(text, "diverges: a.wrong on jit\n    step 2: delete m 0\n    wanted  EPERM\n"
			 "    got     ENOENT\n    more: tailcheck explain a.wrong\n");
	free(text);
	text = terminal(&r, NULL, 1);
	assert_has(text, "... and 1 more such cases\n");
	free(text);
	case_file_release(&f);
}

/* All as it should be is short. */
static void nothing_to_tell(void **state)
{
	struct case_file f = must_parse("case a.b\nabout x\nfreeze fd:closed = EBADF\n");
	const struct test_case *cases[] = { &f.cases[0] };
	struct suite suite = { .cases = cases, .n_cases = 1 };
	struct result cell = { VERDICT_CONFORMS, 0, (char *)"1 freeze fd:closed = EBADF\n" };
	struct run_results r = { .suite = &suite,
				 .n_engines = 1,
				 .results = &cell,
				 .kernel = (char *)"debian-6.1",
				 .release = (char *)"6.1.0-50-amd64",
				 .host = (char *)"QEMU 7.2.22, KVM",
				 .boots = (char *)"1 boot",
				 .seconds = 2.06 };
	char *text;

	(void)state;
	memcpy(r.engines[0].name, "jit", 4);
	r.engines[0].offered = true;
	text = terminal(&r, "results/x", 5);
	assert_string_equal(text,
			    "tailcheck " TAILCHECK_VERSION ": debian-6.1, Linux 6.1.0-50-amd64\n"
			    "  on QEMU 7.2.22, KVM; 1 boot\n\n"
			    "engine         quirks found by its probes\n"
			    "jit            none\n\n"
			    "area            cases  jit\n"
			    "a                   1  1\n"
			    "all                 1  1\n"
			    "(conforms, +q: explained by a quirk, -: unsupported, !: not as "
			    "expected)\n\n"
			    "1 cases on 1 engine: 1 conform, 0 explained by quirks,\n"
			    "0 diverge, 0 crashed, 0 timed out, 0 unsupported, 0 lost; 2.1 s\n"
			    "report: results/x\n");
	free(text);
	case_file_release(&f);
}

static void reasons(void **state)
{
	static const struct {
		const char *transcript, *reason;
	} table[] = {
		{ NULL, "did not run" },
		{ "", "did not run" },
		{ "needs jit", "needs jit" },
		{ "1 map m x = 0\n2 run p ! unsupported: no\n", "unsupported: no" },
		{ "1 map m x ! fault: a ! b", "fault: a ! b" },
		{ "# only for people\n", "# only for people" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct result res = { .transcript = (char *)table[i].transcript };
		int len;
		const char *reason = report_reason(&res, &len);

		assert_int_equal(len, strlen(table[i].reason));
		assert_memory_equal(reason, table[i].reason, strlen(table[i].reason));
	}
	assert_int_equal(area_length("limit.self.more"), 5);
	assert_int_equal(area_length("limit"), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_80_columns),
		cmocka_unit_test(says_what_matters),
		cmocka_unit_test(tables),
		cmocka_unit_test(details_are_bounded),
		cmocka_unit_test(errors_in_the_suite),
		cmocka_unit_test(nothing_to_tell),
		cmocka_unit_test(reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
