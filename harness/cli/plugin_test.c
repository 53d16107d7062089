// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The plugin as its suite starts it: a process, hexadecimal in, hexadecimal or a message out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

struct said {
	int code;
	char out[128];
	char err[512];
};

static void read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fd);
}

static void be_the_plugin(char **argv, const int fds[3][2])
{
	int argc = 0, code;

	for (int i = 0; i < 3; i++) {
		dup2(fds[i][i > 0], i);
		close(fds[i][0]);
		close(fds[i][1]);
	}
	while (argv[argc])
		argc++;
	code = cmd_plugin(argc, argv);
	fflush(NULL);
	_exit(code);
}

/* All that is written fits into pipes, so that nobody waits for anybody. */
static struct said plugin(const char *option, const char *memory, const char *program)
{
	char *argv[4] = { "bpf-conformance-plugin" };
	struct said s = { 0 };
	int fds[3][2], status, argc = 1;
	pid_t pid;

	/* The suite gives the memory first. */
	if (memory)
		argv[argc++] = (char *)memory;
	if (option)
		argv[argc++] = (char *)option;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pipe(fds[i]), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		be_the_plugin(argv, (const int(*)[2])fds);
	close(fds[0][0]);
	close(fds[1][1]);
	close(fds[2][1]);
	assert_int_equal(write(fds[0][1], program, strlen(program)), strlen(program));
	close(fds[0][1]);
	read_all(fds[1][0], s.out, sizeof(s.out));
	read_all(fds[2][0], s.err, sizeof(s.err));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	s.code = WEXITSTATUS(status);
	return s;
}

#define EXIT_INSN "95 00 00 00 00 00 00 00\n"

static const struct {
	const char *memory;
	const char *program;
	const char *out;
} good[] = {
	/* r0 = 42, with and without blanks */
	{ NULL, "b7 00 00 00 2a 00 00 00  " EXIT_INSN, "2a\n" },
	{ NULL, "b70000002a0000009500000000000000", "2a\n" },
	/* r0 = -1: all of its bits */
	{ NULL, "b7 00 00 00 ff ff ff ff " EXIT_INSN, "ffffffffffffffff\n" },
	/* r0 = r2: the size of the memory; with none, nothing */
	{ "01 02  03 ", "bf 20 00 00 00 00 00 00 " EXIT_INSN, "3\n" },
	{ NULL, "bf 20 00 00 00 00 00 00 " EXIT_INSN, "0\n" },
	{ NULL, "bf 10 00 00 00 00 00 00 " EXIT_INSN, "0\n" },
	/* r0 = *(u32 *)(r1 + 1): at any alignment */
	{ "aabbccddEE", "61 10 01 00 00 00 00 00 " EXIT_INSN, "eeddccbb\n" },
	/* *(u16 *)(r1 + 1) = 0x1234; r0 = *(u64 *)(r1 + 0) */
	{ "0102030405060708", "6a 01 01 00 34 12 00 00 79 10 00 00 00 00 00 00 " EXIT_INSN,
	  "807060504123401\n" },
	/* r3 = 5; lock *(u64 *)(r1 + 0) += r3; r0 = *(u64 *)(r1 + 0) */
	{ "0100000000000000",
	  "b7 03 00 00 05 00 00 00 db 31 00 00 00 00 00 00 79 10 00 00 00 00 00 00 " EXIT_INSN,
	  "6\n" },
	/* r0 = 1; r0 <<= 68: RFC 9669 takes the low bits, where the kernel refuses */
	{ NULL, "b7 00 00 00 01 00 00 00 67 00 00 00 44 00 00 00 " EXIT_INSN, "10\n" },
	/* w0 = -16; w0 s>>= -28 */
	{ NULL, "b4 00 00 00 f0 ff ff ff c4 00 00 00 e4 ff ff ff " EXIT_INSN, "ffffffff\n" },
	/* call +1; exit; r0 = r2; r0 += 1; exit */
	{ "00000000",
	  "85 10 00 00 01 00 00 00 " EXIT_INSN
	  "bf 20 00 00 00 00 00 00 07 00 00 00 01 00 00 00 " EXIT_INSN,
	  "5\n" },
	/* call bpf_ktime_get_ns; r0 = 2 */
	{ NULL, "85 00 00 00 05 00 00 00 b7 00 00 00 02 00 00 00 " EXIT_INSN, "2\n" },
};

static const struct {
	const char *memory;
	const char *program;
	const char *says;
} bad[] = {
	{ NULL, "", "last insn is not an exit" },
	{ NULL, "95 00 00 00", "4 bytes are no whole number of instructions" },
	{ NULL, "95 00 00 00 00 00 00 0", "program: not a byte of two hexadecimal digits" },
	{ NULL, "95 00 00 00 00 0g 00 00", "program: not a byte of two hexadecimal digits" },
	{ "0x01", EXIT_INSN, "memory: not a byte of two hexadecimal digits at offset 0" },
	{ NULL, "ff 00 00 00 00 00 00 00 " EXIT_INSN, "refused: 1: (ff) unknown opcode" },
	/* r0 = *(u8 *)(r1 + 2): behind the end; and where there is no memory */
	{ "0102", "71 10 02 00 00 00 00 00 " EXIT_INSN, "stray load of 1 bytes" },
	{ NULL, "71 10 02 00 00 00 00 00 " EXIT_INSN, "stray load of 1 bytes" },
	/* *(u16 *)(r1 + 1) = 0: half behind the end */
	{ "0102", "6a 01 01 00 00 00 00 00 " EXIT_INSN, "stray store of 2 bytes" },
	/* goto -1 */
	{ NULL, "05 00 ff ff 00 00 00 00 " EXIT_INSN, "unreachable" },
	/* if r0 != r1 goto -1 */
	{ NULL, "b7 00 00 00 01 00 00 00 5d 10 ff ff 00 00 00 00 " EXIT_INSN, "budget" },
};

static void results(void **state)
{
	static const char *const modes[] = { NULL, "--jit" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		for (size_t m = 0; m < 2; m++) {
			struct said s = plugin(modes[m], good[i].memory, good[i].program);

			assert_string_equal(s.err, "");
			assert_string_equal(s.out, good[i].out);
			assert_int_equal(s.code, 0);
		}
	}
}

static void errors(void **state)
{
	static const char *const modes[] = { NULL, "--jit" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (size_t m = 0; m < 2; m++) {
			struct said s = plugin(modes[m], bad[i].memory, bad[i].program);

			if (!strstr(s.err, bad[i].says))
				fail_msg("%zu: not %s: %s", i, bad[i].says, s.err);
			assert_string_equal(s.out, "");
			assert_int_equal(s.code, 1);
		}
	}
}

static void no_elf(void **state)
{
	struct said s = plugin("--elf", "00", "7f 45 4c 46");

	(void)state;
	assert_non_null(strstr(s.err, "ELF files are not read"));
	assert_int_equal(s.code, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results),
		cmocka_unit_test(errors),
		cmocka_unit_test(no_elf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
