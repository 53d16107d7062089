// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A run of all of the project's cases cut into shards, written, read back and merged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../base/folder_test.h"
#include "../base/slurp.h"
#include "../gate/gate_test.h"
#include "../report/report.h"
#include "merge.h"

/* The shard of the run, as `tailcheck run --shard` would have written it. */
static void write_shard(const struct record *run, unsigned int shard, unsigned int n,
			const char *name)
{
	struct suite part = run->suite;
	struct run_results r;
	char why[200], *folder = xasprintf("%s/%s", dir, name);

	part.cases = xcalloc(part.n_cases + 1, sizeof(*part.cases));
	memcpy(part.cases, run->suite.cases, part.n_cases * sizeof(*part.cases));
	suite_shard(&part, shard, n);
	record_results(&r, run);
	for (size_t c = 0, at = 0; c < run->suite.n_cases; c++) {
		for (size_t e = 0; e < r.n_engines; e++)
			if (case_shard(run->suite.cases[c]->name, n) == shard)
				r.results[at++] = *result_of(&r, c, e);
			else
				free(result_of(&r, c, e)->transcript);
	}
	r.suite = &part;
	r.shard.index = shard;
	r.shard.of = n;
	r.shard.whole = &run->suite;
	r.seconds = 1.5 * shard;
	free(r.boots);
	r.boots = xasprintf("%u boots", shard);
	assert_int_equal(mkdir(folder, 0777), 0);
	if (part.n_cases && report_files(folder, &r, why, sizeof(why)))
		fail_msg("%s", why);
	r.suite = &part;
	results_release(&r);
	free(part.cases);
	free(folder);
}

struct shards {
	struct record *list;
	const struct record **refs;
	size_t n;
};

static void read_shard(struct shards *s, const char *name)
{
	char *folder = xasprintf("%s/%s", dir, name), why[600];
	struct record *r = vec_add(s->list, s->n);

	/* One without a case leaves nothing. */
	if (record_read(r, folder, why, sizeof(why)))
		s->n--;
	else
		assert_int_equal(record_read_transcripts(r, why, sizeof(why)), 0);
	free(folder);
}

/* In an order that is not theirs. */
static const struct record **refs_of(struct shards *s)
{
	free(s->refs);
	s->refs = xcalloc(s->n + 1, sizeof(*s->refs));
	for (size_t i = 0; i < s->n; i++)
		s->refs[i] = &s->list[(i * 5 + 3) % s->n];
	if (s->n % 5 == 0)
		for (size_t i = 0; i < s->n; i++)
			s->refs[i] = &s->list[s->n - 1 - i];
	return s->refs;
}

static void release_shards(struct shards *s)
{
	for (size_t i = 0; i < s->n; i++)
		record_release(&s->list[i]);
	free(s->list);
	free(s->refs);
}

static char *text_of(const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s/%s", dir, folder, name);
	FILE *in = fopen(path, "re");
	size_t len;
	char *text;

	assert_non_null(in);
	text = slurp(in, 64U << 20, &len);
	assert_true(len > 100);
	fclose(in);
	free(path);
	return text;
}

static void make_shards(struct shards *s, const struct record *run, unsigned int n)
{
	memset(s, 0, sizeof(*s));
	for (unsigned int i = 1; i <= n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%u-of-%u", i, n);
		write_shard(run, i, n, name);
		read_shard(s, name);
	}
}

static void merge_into(struct shards *s, const char *name, struct merged *m)
{
	char why[1200], *folder = xasprintf("%s/%s", dir, name);

	if (merge_shards(m, refs_of(s), s->n, why, sizeof(why)))
		fail_msg("%s", why);
	mkdir(folder, 0777);
	if (merged_write(m, folder, why, sizeof(why)))
		fail_msg("%s", why);
	free(folder);
}

static void same_file(const char *a, const char *b, const char *name)
{
	char *x = text_of(a, name), *y = text_of(b, name);

	assert_string_equal(x, y);
	free(x);
	free(y);
}

static void any_number_of_shards_is_one_run(void **state)
{
	static const unsigned int numbers[] = { 1, 2, 7, 64 };
	struct record run;

	(void)state;
	fake_run(&run, "debian-6.1");
	run.release = xstrdup("6.1");
	run.version = xstrdup("#1");
	run.package = xstrdup("");
	run.host = xstrdup("QEMU");
	run.boots = xstrdup("");
	run.profile_trouble = xstrdup("");
	*vec_add(run.splats, run.n_splats) = (struct run_splat){ NULL, NULL, xstrdup("BUG: x") };
	for (size_t i = 0; i < 4; i++) {
		char name[32];
		struct shards s;
		struct merged m;

		make_shards(&s, &run, numbers[i]);
		snprintf(name, sizeof(name), "merged-%u", numbers[i]);
		merge_into(&s, name, &m);
		assert_int_equal(m.n_lost, 0);
		assert_int_equal(m.missing, 0);
		assert_int_equal(m.results.n_splats, 1);
		assert_int_equal(m.suite.n_cases, run.suite.n_cases);
		for (size_t c = 0; c < m.suite.n_cases; c++)
			for (size_t e = 0; e < N_FAKE; e++)
				assert_int_equal(result_of(&m.results, c, e)->verdict,
						 run.results[c * N_FAKE + e].verdict);
		same_file("merged-1", name, "summary.json");
		same_file("merged-1", name, "cases.case");
		same_file("merged-1", name, "jit.txt");
		merged_release(&m);
		release_shards(&s);
	}
	record_release(&run);
}

static void a_lost_shard_is_missing(void **state)
{
	struct shards s;
	struct record run, lost;
	struct merged m;
	size_t none = 0;
	char why[1200];

	(void)state;
	fake_run(&run, "debian-6.1");
	run.release = xstrdup("");
	run.version = run.package = run.host = run.boots = run.profile_trouble = run.release;
	make_shards(&s, &run, 7);
	lost = s.list[2];
	s.list[2] = s.list[--s.n];
	merge_into(&s, "merged", &m);
	assert_int_equal(m.n_lost, 1);
	assert_int_equal(m.lost[0], 3);
	assert_int_equal(m.missing, lost.suite.n_cases);
	for (size_t c = 0; c < m.suite.n_cases; c++)
		for (size_t e = 0; e < N_FAKE; e++)
			none += result_of(&m.results, c, e)->verdict == VERDICT_NONE;
	assert_int_equal(none, lost.suite.n_cases * N_FAKE);
	assert_true(results_exit_code(&m.results) != 0);
	merged_release(&m);
	/* Twice the same, another kernel, other quirks, another number of shards: no one run. */
	s.list[s.n] = s.list[0];
	s.n++;
	assert_int_equal(merge_shards(&m, refs_of(&s), s.n, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "the same shard"));
	s.n--;
	s.list[1].engines[0].quirks ^= 1;
	assert_int_equal(merge_shards(&m, refs_of(&s), s.n, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "quirks"));
	s.list[1].engines[0].quirks ^= 1;
	s.list[1].shards = 8;
	assert_int_equal(merge_shards(&m, refs_of(&s), s.n, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "number of shards"));
	record_release(&lost);
	release_shards(&s);
	run.version = run.package = run.host = run.boots = run.profile_trouble = NULL;
	record_release(&run);
}

/* Adding cases moves no other; and each has its share. */
static void shards_follow_names(void **state)
{
	size_t n[64 + 1] = { 0 };
	struct record run;

	(void)state;
	assert_int_equal(case_shard("limit.self", 1), 1);
	assert_int_equal(case_shard("limit.self", 7), case_shard("limit.self", 7));
	fake_run(&run, "x");
	for (size_t c = 0; c < run.suite.n_cases; c++)
		n[case_shard(run.suite.cases[c]->name, 7)]++;
	assert_int_equal(n[0], 0);
	for (size_t i = 1; i <= 7; i++)
		assert_true(n[i] * 7 > run.suite.n_cases / 2 && n[i] * 7 < run.suite.n_cases * 2);
	record_release(&run);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIR(any_number_of_shards_is_one_run),
		IN_DIR(a_lost_shard_is_missing),
		cmocka_unit_test(shards_follow_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
