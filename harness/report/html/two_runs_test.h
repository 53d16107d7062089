/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Two made-up runs, written to folders and read back, for the tests of the report. */
#ifndef TAILCHECK_TWO_RUNS_TEST_H
#define TAILCHECK_TWO_RUNS_TEST_H

#include "../report_test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "html.h"

#define EVIL "</pre><script>document.title='evil'</script><img src=x onerror=\"evil()\">\xff\x1b[2J"

static const char two_runs_claims[] =
	"source doc example.org/<doc>\ntopic map Maps & \"slots\"\n"
	"claim map.frozen doc:Sect<ion> = A frozen map stays <frozen>.\n"
	"rule map.rule doc = Nobody writes this.\nuntestable map.no doc = Cannot be told. | no "
	"<way>\n";

struct two_runs {
	char dir[32];
	struct records records;
	struct claims claims;
	struct areas areas;
	struct report report;
};

static inline int two_runs_remove(const char *path, const struct stat *st, int type,
				  struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

/* The second kernel is older, and has one quirk where the first has all. */
static inline void two_runs_write(struct two_runs *t, const char *name, bool second)
{
	struct made_up m;
	char *dir = xasprintf("%s/%s", t->dir, name), why[300];

	make_up(&m);
	set_result(&m, CASE_LONG, SECOND, VERDICT_DIVERGES, "1 map a " EVIL " = 0\n");
	if (second) {
		free(m.r.kernel);
		free(m.r.package);
		m.r.kernel = xstrdup("debian-6.1");
		m.r.package = xstrdup("linux-image-x 6.1.176-1");
		m.r.engines[JIT].quirks = QUIRK(FREEZE_BY_CAPABILITY);
	}
	assert_int_equal(mkdir(dir, 0700), 0);
	if (report_files(dir, &m.r, why, sizeof(why)))
		fail_msg("%s", why);
	release_made_up(&m);
	free(dir);
}

static inline void two_runs_read(struct two_runs *t, const char *name)
{
	char *dir = xasprintf("%s/%s", t->dir, name), why[600];
	struct record r;

	if (record_read(&r, dir, why, sizeof(why)) || record_read_transcripts(&r, why, sizeof(why)))
		fail_msg("%s", why);
	*vec_add(t->records.records, t->records.n_records) = r;
	free(dir);
}

static inline int two_runs_make(void **state)
{
	static struct two_runs t;
	static char *lost[] = { "debian-9.9: no result <yet>" };
	struct diag d;

	memset(&t, 0, sizeof(t));
	strcpy(t.dir, "/tmp/tailcheck-html-XXXXXX");
	if (!mkdtemp(t.dir) ||
	    claims_parse(&t.claims, two_runs_claims, sizeof(two_runs_claims) - 1, "claims", &d))
		return -1;
	two_runs_write(&t, "a", false);
	two_runs_write(&t, "b", true);
	two_runs_read(&t, "a");
	two_runs_read(&t, "b");
	areas_complete(&t.areas, &t.records.records[0].suite);
	report_make(&t.report, &(struct report_input){ &t.records, &t.claims, &t.areas, lost, 1 });
	*state = &t;
	return 0;
}

static inline int two_runs_release(void **state)
{
	struct two_runs *t = *state;

	report_free(&t->report);
	records_release(&t->records);
	claims_release(&t->claims);
	areas_release(&t->areas);
	return nftw(t->dir, two_runs_remove, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
