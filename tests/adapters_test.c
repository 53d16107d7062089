// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The adapters of engines/adapters/ against the cases, by $TAILCHECK_ROOT/build/tailcheck: nothing
 * diverges, and an adapter with a fault is found where the reference with the same fault is.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../harness/base/alloc.h"

static char scratch[] = "/tmp/tailcheck-adapters-XXXXXX";
static const char *root;

static int setup(void **state)
{
	(void)state;
	root = getenv("TAILCHECK_ROOT");
	root = root ? root : ".";
	return mkdtemp(scratch) ? 0 : -1;
}

static int teardown(void **state)
{
	char *command = xasprintf("rm -rf '%s'", scratch);
	int ret = system(command);

	(void)state;
	free(command);
	return ret;
}

static int shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static int shell(const char *fmt, ...)
{
	char *command = NULL;
	va_list ap;
	int status;

	va_start(ap, fmt);
	if (vasprintf(&command, fmt, ap) < 0)
		abort();
	va_end(ap);
	status = system(command);
	free(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The cases of summary.json, of a run by the adapter @command. */
static json_t *run_adapter(const char *command, const char *cases)
{
	char *path = xasprintf("%s/run/summary.json", scratch);
	json_t *summary;

	/* The machine may be busy: what is slow is not wrong. */
	shell("'%s/build/tailcheck' run --request-timeout 60 --case-timeout 120 -e '%s' "
	      "-o %s/run %s >%s/out 2>&1",
	      root, command, scratch, cases, scratch);
	summary = json_load_file(path, 0, NULL);
	if (!summary)
		fail_msg("no summary of a run by %s", command);
	free(path);
	return summary;
}

static const char *verdict_of(json_t *c)
{
	json_t *engine = json_object_iter_value(json_object_iter(json_object_get(c, "engines")));

	return json_string_value(json_object_get(engine, "verdict"));
}

static size_t count(json_t *summary, const char *level, const char *verdict)
{
	json_t *c;
	size_t i, n = 0;

	json_array_foreach(json_object_get(summary, "cases"), i, c) n +=
		(!level || strcmp(json_string_value(json_object_get(c, "level")), level) == 0) &&
		strcmp(verdict_of(c), verdict) == 0;
	return n;
}

static char *python(const char *folder)
{
	return xasprintf("python3 %s/python_adapter.py", folder);
}

/* Everything that its capabilities cover conforms, and that is not little. */
static void test_python(void **state)
{
	char *folder = xasprintf("%s/engines/adapters", root), *command = python(folder);
	char *cases = xasprintf("%s/cases %s/generated.case %s/isa.case", root, scratch, scratch);
	json_t *summary;

	(void)state;
	assert_int_equal(
		shell("python3 %s/generators/generate.py graphs --seed 3 --count 120 -o "
		      "%s/generated.case && python3 %s/generators/generate.py isa --seed 3 "
		      "--count 120 -o %s/isa.case",
		      root, scratch, root, scratch),
		0);
	summary = run_adapter(command, cases);
	assert_int_equal(count(summary, NULL, "conforms") + count(summary, NULL, "unsupported"),
			 json_array_size(json_object_get(summary, "cases")));
	assert_true(count(summary, "must", "conforms") > 450);
	json_decref(summary);
	free(cases);
	free(command);
	free(folder);
}

/* The faults of engines/reference/mutant.h, and the same in Python. */
static const struct twin {
	const char *mutant, *from, *to;
} twins[] = {
	{ "limit-32", "MAX_TAIL_CALLS = 33", "MAX_TAIL_CALLS = 32" },
	{ "index-not-truncated", "r\\[3\\] & M32", "r[3]" },
	{ "delete-empty-ok", "self.lookup(key)$", "pass" },
	{ "lookup-gives-fd", "self.slots\\[key\\].id)", "self.slots[key].id + 1000)" },
};

/* What the reference's fault changes and the adapter can do, the adapter's fault changes too. */
static void compare_twins(json_t *reference, json_t *adapter, const char *name)
{
	json_t *a = json_object_get(reference, "cases"), *b = json_object_get(adapter, "cases");
	size_t found = 0;

	assert_int_equal(json_array_size(a), json_array_size(b));
	for (size_t i = 0; i < json_array_size(a); i++) {
		const char *twin = verdict_of(json_array_get(b, i));

		if (strcmp(verdict_of(json_array_get(a, i)), "diverges") != 0 ||
		    strcmp(twin, "unsupported") == 0)
			continue;
		if (strcmp(twin, "diverges") != 0)
			fail_msg("%s: %s is %s", name,
				 json_string_value(json_object_get(json_array_get(a, i), "name")),
				 twin);
		found++;
	}
	if (!found)
		fail_msg("%s: no case finds it", name);
}

static void test_broken_twins(void **state)
{
	char *cases = xasprintf("%s/cases", root);

	(void)state;
	for (size_t i = 0; i < sizeof(twins) / sizeof(twins[0]); i++) {
		const struct twin *t = &twins[i];
		char *command =
			xasprintf("env TAILCHECK_MUTANT=%s %s/build/tailcheck engine-server",
				  t->mutant, root);
		json_t *reference = run_adapter(command, cases), *adapter;

		free(command);
		assert_int_equal(shell("cd %s && cp %s/engines/adapters/*.py . && "
				       "sed -i 's/%s/%s/' mini_bpf.py && "
				       "! cmp -s mini_bpf.py %s/engines/adapters/mini_bpf.py",
				       scratch, root, t->from, t->to, root),
				 0);
		command = python(scratch);
		adapter = run_adapter(command, cases);
		compare_twins(reference, adapter, t->mutant);
		json_decref(reference);
		json_decref(adapter);
		free(command);
	}
	free(cases);
}

/* What plugins of bpf_conformance can do: programs without maps. */
static const char plugin_cases[] =
	"case plugin.alu\nabout  Arithmetic.\n\nprog p socket_filter\n    r0 = 6\n    r0 *= 7\n"
	"    exit\n\nrun p = 42\n"
	"\ncase plugin.jump\nabout  A loop.\n\nprog p socket_filter\n    r0 = 0\n    r2 = "
	"10\n    more:\n"
	"    r0 += r2\n    r2 += -1\n    if r2 != 0 goto more\n    exit\n\nrun p = 55\n"
	"\ncase plugin.stack\nabout  The stack.\n\nprog p socket_filter\n    r2 = 305419896\n"
	"    *(u32 *)(r10 - 4) = r2\n    r0 = *(u16 *)(r10 - 4)\n    exit\n\nrun p = 22136\n"
	"\ncase plugin.args\nabout  Arguments.\n\nprog p raw_tracepoint\n"
	"    r0 = *(u64 *)(r1 + 8)\n    exit\n\nrun p arg0=1 arg1=77 = 77\n"
	"\ncase plugin.context\nabout  A context is no memory.\n\nprog p socket_filter\n"
	"    r0 = *(u32 *)(r1 + 8)\n    exit\n\nrun p mark=5 = 5\n"
	"\ncase plugin.map\nabout  There are no maps.\n\nmap m array\nlookup m 0 = 0\n";

/* What a plugin does not have is told beforehand, and not tried. */
static void test_plugin_that_lacks(const char *script, const char *cases)
{
	char *command = xasprintf("python3 %s/engines/adapters/bpf_conformance_adapter.py "
				  "--without v4,atomics,calls %s",
				  root, script);
	json_t *summary = run_adapter(command, cases);
	size_t lacking = count(summary, NULL, "unsupported");

	assert_true(lacking >= 10);
	assert_int_equal(count(summary, NULL, "conforms") + lacking,
			 json_array_size(json_object_get(summary, "cases")));
	assert_int_equal(shell("grep -q 'instructions of the group v4' %s/run/*.txt", scratch), 0);
	json_decref(summary);
	free(command);
}

static void test_plugin(void **state)
{
	char *path = xasprintf("%s/plugin.case", scratch),
	     *script = xasprintf("%s/plugin", scratch);
	char *bare, *command = xasprintf("python3 %s/engines/adapters/bpf_conformance_adapter.py "
					 "%s --jit",
					 root, script);
	FILE *out = fopen(path, "we");
	json_t *summary;

	(void)state;
	fputs(plugin_cases, out);
	fclose(out);
	out = fopen(script, "we");
	fprintf(out, "#!/bin/sh\nexec %s/build/tailcheck bpf-conformance-plugin \"$@\"\n", root);
	fclose(out);
	assert_int_equal(shell("chmod +x %s", script), 0);
	summary = run_adapter(command, path);
	assert_int_equal(count(summary, NULL, "conforms"), 4);
	assert_int_equal(count(summary, NULL, "unsupported"), 2);
	json_decref(summary);
	/*
	 * And the project's own cases that make no map, by hand and generated: all of them but two
	 * that read a context, which plugins have not.
	 */
	assert_int_equal(shell("python3 %s/generators/generate.py bare --seed 3 --count 40 -o "
			       "%s/bare.case",
			       root, scratch),
			 0);
	bare = xasprintf("%s/cases/isa %s/bare.case", root, scratch);
	summary = run_adapter(command, bare);
	assert_true(json_array_size(json_object_get(summary, "cases")) >= 60);
	assert_int_equal(count(summary, NULL, "unsupported"), 2);
	assert_int_equal(count(summary, NULL, "conforms") + 2,
			 json_array_size(json_object_get(summary, "cases")));
	json_decref(summary);
	test_plugin_that_lacks(script, bare);
	free(bare);
	/* A plugin that gives something else is found out. */
	out = fopen(script, "we");
	fputs("#!/bin/sh\ncat >/dev/null\necho 7\n", out);
	fclose(out);
	summary = run_adapter(command, path);
	assert_int_equal(count(summary, NULL, "diverges"), 4);
	json_decref(summary);
	free(command);
	free(script);
	free(path);
}

/* They are what an author begins from: there must be nothing wrong with them, nor too long. */
static void test_check_adapter(void **state)
{
	(void)state;
	assert_int_equal(
		shell("cc -Wall -Wextra -Werror -o %s/template %s/engines/adapters/template*.c",
		      scratch, root),
		0);
	assert_int_equal(shell("%s/build/tailcheck check-adapter %s/template >%s/out", root,
			       scratch, scratch),
			 0);
	assert_int_equal(shell("grep -q '^ok     33 tail calls' %s/out", scratch), 0);
	assert_int_equal(shell("grep -q '^ok     a slot has the id' %s/out", scratch), 0);
	assert_int_equal(shell("%s/build/tailcheck check-adapter 'python3 "
			       "%s/engines/adapters/python_adapter.py' >%s/out",
			       root, root, scratch),
			 0);
	assert_int_equal(shell("grep -q '^ok     33 tail calls' %s/out", scratch), 0);
	assert_int_equal(shell("test $(wc -l <%s/engines/adapters/template.c) -le 150", root), 0);
	assert_int_equal(
		shell("test $(wc -l <%s/engines/adapters/python_adapter.py) -le 100", root), 0);
}

/* What is built from the template at once, with its placeholder: useful, and never wrong. */
static void test_template_runs_cases(void **state)
{
	char *command = xasprintf("%s/template", scratch), *cases = xasprintf("%s/cases", root);
	json_t *summary = run_adapter(command, cases);

	(void)state;
	assert_true(count(summary, NULL, "conforms") >= 190);
	assert_int_equal(count(summary, NULL, "conforms") + count(summary, NULL, "unsupported"),
			 json_array_size(json_object_get(summary, "cases")));
	json_decref(summary);
	free(cases);
	free(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_adapter), cmocka_unit_test(test_template_runs_cases),
		cmocka_unit_test(test_plugin),	      cmocka_unit_test(test_python),
		cmocka_unit_test(test_broken_twins),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
