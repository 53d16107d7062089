// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of kernels: what a slip of the pen in it would do is seen in a run only. */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kernel_image.h"

static void names_are_unique(void **state)
{
	(void)state;
	for (const struct kernel_name *k = kernel_names; k->name; k++)
		for (const struct kernel_name *other = kernel_names; other != k; other++)
			if (strcmp(k->name, other->name) == 0)
				fail_msg("%s is there twice", k->name);
}

/* "debian-6.12-arm64" is of arm64, "debian-6.12" of amd64: scripts go by the name. */
static void names_end_with_their_architecture(void **state)
{
	(void)state;
	for (const struct kernel_name *k = kernel_names; k->name; k++) {
		const struct vm_arch *arch = vm_arch_find(k->arch);
		const char *tail = strrchr(k->name, '-');

		if (!arch)
			fail_msg("%s is of %s, which is not in vm_arches", k->name, k->arch);
		if (arch != vm_arches)
			assert_string_equal(tail + 1, k->arch);
		else
			assert_null(vm_arch_find(tail + 1));
	}
}

static void patterns_are_whole_package_names(void **state)
{
	regex_t re;

	(void)state;
	for (const struct kernel_name *k = kernel_names; k->name; k++) {
		size_t len = strlen(k->pattern);

		assert_int_equal(regcomp(&re, k->pattern, REG_EXTENDED | REG_NOSUB), 0);
		assert_int_equal(k->pattern[0], '^');
		assert_int_equal(k->pattern[len - 1], '$');
		/* Neither the debug symbols nor the unsigned build. */
		assert_int_equal(regexec(&re, "linux-image-6.1.0-50-cloud-amd64-dbg", 0, NULL, 0),
				 REG_NOMATCH);
		assert_int_equal(regexec(&re, "linux-image-amd64", 0, NULL, 0), REG_NOMATCH);
		regfree(&re);
		assert_true(strlen(k->suite) > 0);
		assert_true(strlen(k->note) > 0);
	}
}

/* Packages that Debian has, or had. */
static void packages_are_found(void **state)
{
	static const struct {
		const char *name, *package;
	} rows[] = {
		{ "debian-5.10", "linux-image-5.10.0-32-cloud-amd64" },
		{ "debian-6.1", "linux-image-6.1.0-50-cloud-amd64" },
		{ "debian-6.12", "linux-image-6.12.107+deb13-cloud-amd64" },
		{ "debian-7.2", "linux-binary-7.2.12+deb13-cloud-amd64" },
		{ "debian-6.12-arm64", "linux-image-6.12.107+deb13-cloud-arm64" },
		{ "debian-7.2-s390x", "linux-binary-7.2.13+deb14-s390x" },
		{ "debian-7.2-riscv64", "linux-binary-7.2.13+deb14-riscv64" },
		{ "debian-6.1-ppc64el", "linux-image-6.1.0-50-powerpc64le" },
		{ "debian-7.2-armhf", "linux-binary-7.2.13+deb14-armmp-lpae" },
		{ "debian-6.1-i386", "linux-image-6.1.0-50-686-pae" },
		{ "debian-6.1-mips64el", "linux-image-6.1.0-50-5kc-malta" },
		{ "debian-7.2-loong64", "linux-binary-7.2.13+deb14-loong64" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct kernel_name *k = kernel_names;
		regex_t re;

		while (k->name && strcmp(k->name, rows[i].name) != 0)
			k++;
		assert_non_null(k->name);
		assert_int_equal(regcomp(&re, k->pattern, REG_EXTENDED | REG_NOSUB), 0);
		assert_int_equal(regexec(&re, rows[i].package, 0, NULL, 0), 0);
		regfree(&re);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(names_end_with_their_architecture),
		cmocka_unit_test(patterns_are_whole_package_names),
		cmocka_unit_test(packages_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
