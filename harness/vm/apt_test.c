// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packages from an archive of our own, in a folder and signed by a key that is made for it: what is
 * taken, and that nothing is taken once one byte is another, whatever the machine's configuration
 * of apt says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../base/alloc.h"
#include "apt.h"
#include "files.h"

static char dir[] = "/tmp/tailcheck-apt-XXXXXX";
static char state[64], to[64], why[1024];

static const struct kernel_name kernel = {
	.name = "made-up", .arch = "amd64", .suite = "bookworm", .pattern = "^linux-made-up$"
};

/* Lines of shell, in our folder; the test ends where one fails. */
static void shell(const char *text)
{
	char *script =
		xasprintf("set -eu\ncd %s\nexport GNUPGHOME=%s/gnupg LC_ALL=C\n%s", dir, dir, text);
	char *path = xasprintf("%s/script", dir),
	     *command = xasprintf("sh %s >%s/log 2>&1", path, dir);

	assert_int_equal(files_write_text(path, script, why, sizeof(why)), 0);
	if (system(command)) {
		char *log = xasprintf("%s/log", dir), *said = files_read_text(log);

		fail_msg("%s\n%s", text, said ? said : "");
	}
	free(command);
	free(path);
	free(script);
}

static const char make_package[] =
	"mkdir -p root/DEBIAN root/boot archive/dists/bookworm/main/binary-amd64\n"
	"printf 'Package: linux-made-up\\nVersion: 6.1-1\\nArchitecture: amd64\\n"
	"Maintainer: nobody <n@example.invalid>\\nDescription: x\\n' >root/DEBIAN/control\n"
	"echo kernel >root/boot/vmlinuz-6.1\n"
	"dpkg-deb --root-owner-group -b root archive/linux-made-up.deb\n"
	"mkdir -m 700 gnupg\n"
	"gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-gen-key throw-away "
	"ed25519 sign never\n"
	"gpg --batch --quiet --export >key.gpg\n";

/* The index and its signature, of the package as it is. */
static const char sign[] =
	"cd archive\n"
	"index=dists/bookworm/main/binary-amd64/Packages\n"
	"{ cat ../root/DEBIAN/control; echo Filename: linux-made-up.deb\n"
	"echo Size: $(stat -c %s linux-made-up.deb)\n"
	"echo SHA256: $(sha256sum linux-made-up.deb | cut -d' ' -f1); } >$index\n"
	"cd dists/bookworm\n"
	"{ echo Origin: Debian; echo Suite: bookworm; echo Codename: bookworm\n"
	"echo Date: $(date -Ru | sed 's/+0000/UTC/'); echo Architectures: amd64\n"
	"echo Components: main; echo SHA256:\n"
	"echo \" $(sha256sum main/binary-amd64/Packages | cut -d' ' -f1)\""
	" $(stat -c %s main/binary-amd64/Packages) main/binary-amd64/Packages; } >Release\n"
	"rm -f InRelease\n"
	"gpg --batch --quiet --clearsign -o InRelease Release\n"
	"rm Release\n";

/* A machine whose owner lets everything through. */
static const char lax[] =
	"APT::Get::AllowUnauthenticated \"true\";\n"
	"Acquire::AllowInsecureRepositories \"true\";\n"
	"Acquire::AllowWeakRepositories \"true\";\n"
	"Acquire::AllowDowngradeToInsecureRepositories \"true\";\n"
	"Binary::apt-get::APT::Get::AllowUnauthenticated \"true\";\n"
	"Binary::apt-get::Acquire::AllowInsecureRepositories \"true\";\n"
	"Binary::apt-get::Acquire::AllowDowngradeToInsecureRepositories \"true\";\n";

static void source(const char *options)
{
	char *path = xasprintf("%s/etc/sources.list", dir);
	char *text = xasprintf("deb [ signed-by=%s/key.gpg %s ] file:%s/archive bookworm main\n",
			       dir, options, dir);

	assert_int_equal(files_write_text(path, text, why, sizeof(why)), 0);
	free(text);
	free(path);
}

static int group_setup(void **unused)
{
	char *conf;

	(void)unused;
	assert_non_null(mkdtemp(dir));
	/* The key's agent, if it is needed, ends with its folder. */
	shell(make_package);
	conf = xasprintf("%s/lax.conf", dir);
	assert_int_equal(files_write_text(conf, lax, why, sizeof(why)), 0);
	setenv("APT_CONFIG", conf, 1);
	unsetenv("TAILCHECK_DEBIAN_MIRROR");
	free(conf);
	return 0;
}

static int group_teardown(void **unused)
{
	(void)unused;
	shell("gpgconf --kill gpg-agent\n");
	files_remove_tree(dir);
	return 0;
}

/* A good archive, and an apt that has never seen it. */
static int setup(void **unused)
{
	(void)unused;
	shell("rm -rf state to etc\nmkdir to etc\n"
	      "dpkg-deb --root-owner-group -b root archive/linux-made-up.deb\n");
	shell(sign);
	snprintf(state, sizeof(state), "%s/state", dir);
	snprintf(to, sizeof(to), "%s/to", dir);
	source("");
	return 0;
}

static int fetch(void)
{
	struct apt_package p;
	char *etc = xasprintf("%s/etc", dir);
	int err;

	apt_use_sources(etc);
	why[0] = '\0';
	err = apt_fetch(&kernel, state, to, NULL, &p, why, sizeof(why));
	if (!err) {
		assert_string_equal(p.name, "linux-made-up");
		assert_string_equal(p.version, "6.1-1");
		assert_int_equal(access(p.deb, R_OK), 0);
	}
	apt_package_release(&p);
	apt_use_sources(NULL);
	free(etc);
	return err;
}

/* With a reason, and no package left where it could be taken for one. */
static void refused(const char *reason)
{
	assert_int_equal(fetch(), -1);
	if (!strstr(why, reason))
		fail_msg("wanted \"%s\", got \"%s\"", reason, why);
	shell("test -z \"$(ls to)\"\n");
}

static void what_is_signed_is_taken(void **unused)
{
	(void)unused;
	if (fetch())
		fail_msg("%s", why);
	shell("cmp archive/linux-made-up.deb to/*.deb\n");
}

static void another_package_is_refused(void **unused)
{
	(void)unused;
	/* One byte of it, its size as it was. */
	shell("printf x | dd of=archive/linux-made-up.deb bs=1 seek=200 conv=notrunc\n");
	refused("download the kernel");
	assert_non_null(strstr(why, "ash"));
}

static void another_index_is_refused(void **unused)
{
	(void)unused;
	shell("echo >>archive/dists/bookworm/main/binary-amd64/Packages\n");
	refused("package list");
}

static void another_release_is_refused(void **unused)
{
	(void)unused;
	shell("sed -i s/^Origin:.*/Origin:.Debiam/ archive/dists/bookworm/InRelease\n");
	refused("package list");
}

static void the_wrong_key_is_refused(void **unused)
{
	(void)unused;
	shell("gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-gen-key other "
	      "ed25519 sign never\n"
	      "cd archive/dists/bookworm\n"
	      "gpg --batch --quiet --decrypt InRelease >Release\nrm InRelease\n"
	      "gpg --batch --quiet -u other --clearsign -o InRelease Release\nrm Release\n");
	refused("package list");
}

static void no_signature_is_refused(void **unused)
{
	(void)unused;
	shell("cd archive/dists/bookworm\n"
	      "gpg --batch --quiet --decrypt InRelease >Release\nrm InRelease\n");
	refused("package list");
}

/* Also where the machine's own source says that it is to be trusted. */
static void trusted_means_nothing(void **unused)
{
	no_signature_is_refused(unused);
	source("trusted=yes allow-insecure=yes");
	refused("package list");
}

/* What was fetched before is no way round. */
static void nothing_old_is_taken_instead(void **unused)
{
	(void)unused;
	if (fetch())
		fail_msg("%s", why);
	shell("rm to/*.deb\n"
	      "sed -i s/^Origin:.*/Origin:.Debiam/ archive/dists/bookworm/InRelease\n");
	refused("package list");
	shell(sign);
	shell("printf x | dd of=archive/linux-made-up.deb bs=1 seek=200 conv=notrunc\n");
	refused("download the kernel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_signed_is_taken, setup),
		cmocka_unit_test_setup(another_package_is_refused, setup),
		cmocka_unit_test_setup(another_index_is_refused, setup),
		cmocka_unit_test_setup(another_release_is_refused, setup),
		cmocka_unit_test_setup(the_wrong_key_is_refused, setup),
		cmocka_unit_test_setup(no_signature_is_refused, setup),
		cmocka_unit_test_setup(trusted_means_nothing, setup),
		cmocka_unit_test_setup(nothing_old_is_taken_instead, setup),
	};

	if (access("/usr/bin/apt-get", X_OK) || access("/usr/bin/gpg", X_OK)) {
		fprintf(stderr, "no apt-get or no gpg: see scripts/deps.sh\n");
		return 1;
	}
	return cmocka_run_group_tests(tests, group_setup, group_teardown) ? 1 : 0;
}
