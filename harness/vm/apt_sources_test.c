// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "apt_sources.h"
#include "files.h"

#define KEYRING "/usr/share/keyrings/debian-archive-keyring.gpg"

struct expectation {
	const char *what, *text, *uri, *signed_by;
};

static const struct expectation lists[] = {
	{ "as an installer writes it",
	  "# a comment\n"
	  "deb http://mirror.example/debian/ bookworm main contrib # and more\n"
	  "deb http://security.example/debian-security bookworm-security main\n",
	  "http://mirror.example/debian/", NULL },
	{ "third parties use our suites' names",
	  "deb [signed-by=/k/other.gpg] https://other.example/linux bookworm main\n"
	  "deb [ arch=amd64 signed-by=" KEYRING " ] http://mirror.example/debian stable main\n",
	  "http://mirror.example/debian", KEYRING },
	{ "not our suite, not main, not binary, not on",
	  "deb http://a.example/debian bookworm-security main\n"
	  "deb http://b.example/debian bookworm stable\n"
	  "deb-src http://c.example/debian bookworm main\n"
	  "#deb http://d.example/debian bookworm main\n"
	  "deb\ndeb x\ndeb [x\ndeb [x] y\n",
	  NULL, NULL },
};

static const struct expectation deb822[] = {
	{ "as in Debian's images",
	  "Types: deb\n# a comment\nURIs: http://mirror.example/debian http://b.example/debian\n"
	  "Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: " KEYRING "\n"
	  "\n"
	  "Types: deb\nURIs: http://mirror.example/debian-security\n"
	  "Suites: bookworm-security\nComponents: main\nSigned-By: " KEYRING "\n",
	  "http://mirror.example/debian", KEYRING },
	{ "switched off, and source only",
	  "Types: deb\nEnabled: no\nURIs: http://a.example/debian\nSuites: sid\n"
	  "Components: main\n  \n"
	  "types: deb-src\nURIs: http://b.example/debian\nSuites: sid\nComponents: main\n",
	  NULL, NULL },
	{ "with the key in the file, and no newline at its end",
	  "Types: deb deb-src\nURIs: http://a.example/debian\nSuites: trixie\nComponents: main\n"
	  "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n x",
	  "http://a.example/debian", "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n x" },
	{ "nonsense", " x\nTypes\n:\nURIs:\nSuites: sid\nTypes: deb\nComponents: main\n", NULL,
	  NULL },
};

static void check(const struct expectation *e, void (*parse)(const char *, struct apt_source *))
{
	struct apt_source s = { 0 };

	print_message("%s\n", e->what);
	parse(e->text, &s);
	if (e->uri)
		assert_string_equal(s.uri, e->uri);
	else
		assert_null(s.uri);
	if (e->signed_by)
		assert_string_equal(s.signed_by, e->signed_by);
	else
		assert_null(s.signed_by);
	apt_source_release(&s);
}

static void one_line_entries(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		check(&lists[i], apt_sources_parse_list);
}

static void deb822_entries(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(deb822) / sizeof(*deb822); i++)
		check(&deb822[i], apt_sources_parse_deb822);
}

static void a_folder_of_sources(void **state)
{
	char etc[] = "/tmp/tailcheck-etc-XXXXXX", path[128], why[512] = "";
	struct apt_source s;

	(void)state;
	unsetenv("TAILCHECK_DEBIAN_MIRROR");
	assert_non_null(mkdtemp(etc));
	assert_int_equal(apt_sources_find(etc, &s, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "TAILCHECK_DEBIAN_MIRROR"));

	snprintf(path, sizeof(path), "%s/sources.list.d", etc);
	assert_int_equal(files_make_folders(path, why, sizeof(why)), 0);
	snprintf(path, sizeof(path), "%s/sources.list.d/a.sources.off", etc);
	assert_int_equal(files_write_text(path, deb822[2].text, why, sizeof(why)), 0);
	assert_int_equal(apt_sources_find(etc, &s, why, sizeof(why)), -1);

	snprintf(path, sizeof(path), "%s/sources.list.d/b.sources", etc);
	assert_int_equal(files_write_text(path, deb822[0].text, why, sizeof(why)), 0);
	assert_int_equal(apt_sources_find(etc, &s, why, sizeof(why)), 0);
	assert_string_equal(s.uri, "http://mirror.example/debian");
	apt_source_release(&s);

	setenv("TAILCHECK_DEBIAN_MIRROR", "http://chosen.example/debian", 1);
	assert_int_equal(apt_sources_find(etc, &s, why, sizeof(why)), 0);
	assert_string_equal(s.uri, "http://chosen.example/debian");
	apt_source_release(&s);
	files_remove_tree(etc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_entries),
		cmocka_unit_test(deb822_entries),
		cmocka_unit_test(a_folder_of_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
