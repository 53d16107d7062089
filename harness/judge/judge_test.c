// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The judge, with the reference in the part of the engine: with quirks it behaves as a kernel that
 * has them.
 */
#include "judge.h"

#include "../../engines/reference/quirk.h"
#include "../case/case_test.h"
#include "normative.h"
#include "transcript.h"

/* One case that the quirk of empty slots touches, one that the quirk of freezing touches, a plain
 * one. */
static const char empty_slot[] =
	"case limit.empty\nabout x\n\nmap progs prog_array entries=2\nmap count array value=8\n"
	"prog self socket_filter\n    r6 = r1\n    r1 = count[0] ll\n    r2 = *(u64 *)(r1 + 0)\n"
	"    r2 += 1\n    *(u64 *)(r1 + 0) = r2\n    r1 = r6\n    r2 = progs ll\n    r3 = 1\n"
	"    call bpf_tail_call\n    r0 = 1\n    exit\n"
	"prog main socket_filter\n    r6 = r1\n    r2 = progs ll\n    r3 = 0\n"
	"    call bpf_tail_call\n    r1 = r6\n    r2 = progs ll\n    r3 = 1\n"
	"    call bpf_tail_call\n    r0 = 2\n    exit\n"
	"update progs 1 self = 0\nrun main = 1\nlookup count 0 = 33\n";
static const char freeze_twice[] = "case freeze.twice\nabout x\nmap m prog_array\nfreeze m = 0\n"
				   "freeze m = EPERM\n";
static const char plain[] = "case plain.one\nabout x\nmap m prog_array\ndelete m 0 = ENOENT\n";

static struct case_file file;

static const struct test_case *case_of(const char *text)
{
	if (file.text)
		case_file_release(&file);
	file = must_parse(text);
	return &file.cases[0];
}

static int release(void **state)
{
	(void)state;
	case_file_release(&file);
	return 0;
}

static struct suite probes;

static int load_probes(void **state)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char *path = xasprintf("%s/cases/probe", root ? root : ".");
	struct diag d;
	int ret = suite_add(&probes, path, &d) || suite_finish(&probes, &d);

	(void)state;
	if (ret)
		diag_print(stderr, &d);
	free(path);
	return ret;
}

static int release_probes(void **state)
{
	(void)state;
	suite_release(&probes);
	return 0;
}

/* What an engine that is the reference with @real quirks gets when it was found to have @found. */
static struct result judged(const struct test_case *c, quirk_set real, quirk_set found)
{
	struct engine_results e = { .quirks = found };
	struct result r = { 0 };
	enum outcome outcome;

	r.transcript = transcript_reference(c, real, &outcome);
	assert_int_equal(outcome, OUTCOME_COMPLETE);
	judge(c, &e, &r);
	free(r.transcript);
	r.transcript = NULL;
	return r;
}

#define EMPTY  QUIRK(EMPTY_SLOT_COUNTS)
#define FREEZE QUIRK(FREEZE_BY_CAPABILITY)
#define ATTACH QUIRK(ATTACH_TYPE_UNCHECKED)

static const struct {
	const char *text;
	quirk_set real, found;
	enum verdict verdict;
	quirk_set because;
} table[] = {
	{ empty_slot, 0, 0, VERDICT_CONFORMS, 0 },
	{ plain, 0, 0, VERDICT_CONFORMS, 0 },
	/* A quirk that does not matter here. */
	{ plain, EMPTY, EMPTY, VERDICT_CONFORMS, 0 },
	{ empty_slot, FREEZE, FREEZE, VERDICT_CONFORMS, 0 },
	{ plain, QUIRKS_ALL, QUIRKS_ALL, VERDICT_CONFORMS, 0 },
	/* One that does; of several the one that does. */
	{ empty_slot, EMPTY, EMPTY, VERDICT_QUIRK, EMPTY },
	{ freeze_twice, FREEZE, FREEZE, VERDICT_QUIRK, FREEZE },
	{ empty_slot, EMPTY | FREEZE | ATTACH, EMPTY | FREEZE | ATTACH, VERDICT_QUIRK, EMPTY },
	{ freeze_twice, EMPTY | FREEZE, EMPTY | FREEZE, VERDICT_QUIRK, FREEZE },
	/* As with a quirk that was not found. */
	{ empty_slot, EMPTY, 0, VERDICT_DIVERGES, 0 },
	{ empty_slot, EMPTY, FREEZE, VERDICT_DIVERGES, 0 },
	/* As documented, although the probes say that it has the quirk. */
	{ empty_slot, 0, EMPTY, VERDICT_DIVERGES, 0 },
	{ freeze_twice, EMPTY, EMPTY | FREEZE, VERDICT_DIVERGES, 0 },
};

static void verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct result r = judged(case_of(table[i].text), table[i].real, table[i].found);

		if (r.verdict != table[i].verdict || r.because != table[i].because)
			fail_msg("row %zu: %s because of %llx", i, verdict_names[r.verdict],
				 (unsigned long long)r.because);
	}
}

static enum verdict verdict_on(const char *text, const char *transcript, quirk_set quirks)
{
	struct engine_results e = { .quirks = quirks };
	struct result r = { .transcript = (char *)transcript };

	judge(case_of(text), &e, &r);
	return r.verdict;
}

/* Transcripts that no reference gives. */
static void other_transcripts(void **state)
{
	(void)state;
	assert_int_equal(verdict_on(plain, "1 map m prog_array = 0\n2 delete m 0 = ENOENT\n", 0),
			 VERDICT_CONFORMS);
	assert_int_equal(verdict_on(plain,
				    "# l\n1 map m prog_array = 0\n# l\n2 delete m 0 = ENOENT\n",
				    EMPTY),
			 VERDICT_CONFORMS);
	assert_int_equal(verdict_on(plain, "1 map m prog_array = 0\n2 delete m 0 = EINVAL\n", 0),
			 VERDICT_DIVERGES);
	assert_int_equal(
		verdict_on(plain, "1 map m prog_array = 0\n2 delete m 0 = EINVAL\n", EMPTY),
		VERDICT_DIVERGES);
	assert_int_equal(verdict_on(plain, "1 map m prog_array = 0\n", 0), VERDICT_DIVERGES);
	assert_int_equal(verdict_on(plain, "", 0), VERDICT_DIVERGES);
}

/* A case whose expectation is wrong: who does as it says conforms, who does right does not. */
static void a_wrong_expectation(void **state)
{
	static const char text[] = "case a.b\nabout x\nmap m prog_array\ndelete m 0 = EPERM\n";

	(void)state;
	assert_int_equal(verdict_on(text, "1 map m prog_array = 0\n2 delete m 0 = EPERM\n", 0),
			 VERDICT_CONFORMS);
	assert_int_equal(verdict_on(text, "1 map m prog_array = 0\n2 delete m 0 = ENOENT\n", 0),
			 VERDICT_DIVERGES);
}

/* What every probe gives on the reference with @quirks. */
static void probe_transcripts(char *transcripts[QUIRK_COUNT], quirk_set quirks)
{
	for (int q = 0; q < QUIRK_COUNT; q++) {
		const struct test_case *c = probe_of(&probes, q);
		enum outcome outcome;

		transcripts[q] = c ? transcript_reference(c, quirks, &outcome) : NULL;
	}
}

static void release_transcripts(char *transcripts[QUIRK_COUNT])
{
	for (int q = 0; q < QUIRK_COUNT; q++)
		free(transcripts[q]);
}

static quirk_set quirks_with_probes(void)
{
	quirk_set set = 0;

	for (int q = 0; q < QUIRK_COUNT; q++)
		if (probe_of(&probes, q))
			set |= QUIRK_BIT(q);
	return set;
}

static void assert_found(quirk_set real, quirk_set without_probe, bool exact)
{
	struct engine_results e = { 0 };
	char *transcripts[QUIRK_COUNT], *again[QUIRK_COUNT];
	bool same = true;

	probe_transcripts(transcripts, real);
	find_quirks(&probes, transcripts, &e);
	probe_transcripts(again, e.quirks);
	for (int q = 0; q < QUIRK_COUNT; q++)
		same &= !again[q] || strcmp(again[q], transcripts[q]) == 0;
	/* A quirk may hide another one: what cannot be seen need not be found. */
	if (!same || (e.quirks & ~real) || (exact && e.quirks != real) ||
	    e.uncertain != without_probe)
		fail_msg("%llx was found to be %llx, uncertain %llx", (unsigned long long)real,
			 (unsigned long long)e.quirks, (unsigned long long)e.uncertain);
	release_transcripts(transcripts);
	release_transcripts(again);
}

/* None, each alone, all, each missing, and some at random: found as they are. */
static void quirks_are_found(void **state)
{
	quirk_set all = quirks_with_probes();
	uint64_t rng = 88172645463325252ULL;
	quirk_set without_probe = ~all & QUIRKS_ALL;

	(void)state;
	assert_found(0, without_probe, true);
	assert_found(all, without_probe, false);
	assert_found(EMPTY | FREEZE | ATTACH, without_probe, true);
	for (int q = 0; q < QUIRK_COUNT; q++) {
		assert_found(all & (QUIRK_BIT(q) | quirk_beside(q)), without_probe, true);
		assert_found(all & ~QUIRK_BIT(q), without_probe, false);
	}
	for (int i = 0; i < 20; i++) {
		rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
		assert_found(all & ((quirk_set)rng << 64 | rng) >> 20, without_probe, false);
	}
}

static void probes_that_tell_nothing(void **state)
{
	struct engine_results e = { 0 };
	char *transcripts[QUIRK_COUNT];

	(void)state;
	probe_transcripts(transcripts, EMPTY | FREEZE);
	/* One did not run, one fits neither way; the others are as sure as ever. */
	free(transcripts[QUIRK_EMPTY_SLOT_COUNTS]);
	transcripts[QUIRK_EMPTY_SLOT_COUNTS] = NULL;
	free(transcripts[QUIRK_ATTACH_TYPE_UNCHECKED]);
	transcripts[QUIRK_ATTACH_TYPE_UNCHECKED] = xstrdup("1 map progs prog_array = EPERM\n");
	/* A third one needs what the engine has not: that is no quirk. */
	free(transcripts[QUIRK_ATTACH_FUNC_UNCHECKED]);
	transcripts[QUIRK_ATTACH_FUNC_UNCHECKED] =
		xstrdup("1 prog one tracing ! unsupported: no BTF\n");
	find_quirks(&probes, transcripts, &e);
	assert_true(e.quirks & FREEZE);
	assert_false((e.quirks | e.uncertain) & QUIRK(ATTACH_FUNC_UNCHECKED));
	assert_false(e.quirks & (EMPTY | ATTACH));
	assert_true(e.uncertain & EMPTY);
	assert_true(e.uncertain & ATTACH);
	assert_false(e.uncertain & FREEZE);
	release_transcripts(transcripts);
}

static void every_quirk_has_a_probe(void **state)
{
	char *trouble = NULL;
	size_t n = 99, *wrong;
	struct suite none = { 0 };

	(void)state;
	wrong = suite_check(&none, &probes, &n, &trouble);
	if (trouble)
		fail_msg("%s", trouble);
	assert_int_equal(n, 0);
	free(wrong);
	for (int q = 0; q < QUIRK_COUNT; q++) {
		assert_non_null(probe_of(&probes, q));
		assert_int_equal(quirk_by_name(quirks[q].name), q);
	}
}

static void suites_are_checked(void **state)
{
	struct case_file f = must_parse(
		"case a.good\nabout x\nfreeze fd:closed = EBADF\n"
		"case a.wrong\nabout x\nfreeze fd:closed = EPERM\n"
		"case b.not-for-it\nabout x\nneeds jit\nfreeze fd:closed = EPERM\n"
		"case c.wrong\nabout x\nneeds !jit & reference\nmap m prog_array = EINVAL\n"
		"case probe.empty-slot-counts\nabout x\nfreeze fd:closed = EBADF\n"
		"case probe.freeze-by-capability\nabout x\nfreeze fd:closed = 0\n");
	const struct test_case *cases[6];
	struct suite s = { .cases = cases, .n_cases = 6 };
	char *trouble = NULL;
	size_t n = 0, *wrong;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		cases[i] = &f.cases[i];
	wrong = suite_check(&s, &s, &n, &trouble);
	assert_int_equal(n, 3);
	assert_int_equal(wrong[0], 1);
	assert_int_equal(wrong[1], 3);
	assert_int_equal(wrong[2], 5);
	assert_non_null(strstr(trouble,
			       "probe.empty-slot-counts gives the same with and without the "
			       "quirk\n"));
	assert_non_null(strstr(trouble,
			       "probe.freeze-by-capability: the reference does not give what "
			       "it expects\n"));
	assert_non_null(
		strstr(trouble, "quirk no-map-token has no probe (case probe.no-map-token)\n"));
	free(trouble);
	free(wrong);
	case_file_release(&f);
}

static void conditions(void **state)
{
	static const struct {
		const char *needs, *engine;
		quirk_set quirks;
		bool fits;
	} rows[] = {
		{ NULL, "jit", 0, true },
		{ "jit", "jit", 0, true },
		{ "jit", "jit-hardened", 0, false },
		{ "jit", "interp", 0, false },
		{ "!interp", "jit", EMPTY, true },
		{ "empty-slot-counts", "jit", EMPTY | FREEZE, true },
		{ "empty-slot-counts", "jit", FREEZE, false },
		{ "!empty-slot-counts & jit", "jit", FREEZE, true },
		{ "interp | empty-slot-counts & freeze-by-capability", "jit", EMPTY, false },
		{ "interp | empty-slot-counts & freeze-by-capability", "interp", 0, true },
		{ "empty-slot", "jit", EMPTY, false },
		{ "nonsense", "jit", ~0ULL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct test_case c = { .needs = (char *)rows[i].needs };

		if (case_fits(&c, rows[i].engine, rows[i].quirks) != rows[i].fits)
			fail_msg("needs %s on %s", rows[i].needs, rows[i].engine);
	}
}

static void normative_transcripts(void **state)
{
	const struct test_case *c = case_of(freeze_twice);
	enum outcome outcome;
	char *text = transcript_expected(c);

	(void)state;
	assert_string_equal(text, "1 map m prog_array = 0\n2 freeze m = 0\n3 freeze m = EPERM\n");
	free(text);
	text = transcript_reference(c, FREEZE, &outcome);
	assert_int_equal(outcome, OUTCOME_COMPLETE);
	assert_string_equal(text, "1 map m prog_array = 0\n2 freeze m = 0\n3 freeze m = EBUSY\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(verdicts, release),
		cmocka_unit_test_teardown(other_transcripts, release),
		cmocka_unit_test_teardown(a_wrong_expectation, release),
		cmocka_unit_test(quirks_are_found),
		cmocka_unit_test(probes_that_tell_nothing),
		cmocka_unit_test(every_quirk_has_a_probe),
		cmocka_unit_test(suites_are_checked),
		cmocka_unit_test(conditions),
		cmocka_unit_test_teardown(normative_transcripts, release),
	};

	return cmocka_run_group_tests(tests, load_probes, release_probes) ? 1 : 0;
}
