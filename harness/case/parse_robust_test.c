// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Whatever bytes come, the parser gives cases that can be printed and read back, or a message with
 * a place that is in the text. The sanitizers see to the rest. Mutations are pseudo-random, from
 * seeds that are fixed: what fails once fails again.
 */
#include "case_test.h"
#include "suite.h"

/* A bit of everything. */
static const char all_in_one[] =
	"# file\n\ncase a.b\nabout x\nclaim c.d e\nsource s\nlevel may\nneeds !a & (b | c)\n\n"
	"map m prog_array entries=2 flags=RDONLY|0x10 name=n # tail\nmap h hash key=8 inner=m = "
	"EINVAL\n"
	"prog p socket_filter attach=xdp license=GPL no-btf\n    r1 = m ll\n    # note\n"
	"    if r1 == 0 goto l\n    call f\n    l:\n    exit\n    f:\n    r0 = *(u32 *)(r1 + 4)\n  "
	"  exit\n"
	"eventually update m 0 p flags=EXIST = EPERM\nupdate m hex:00ff fd:closed = EBADF\n"
	"lookup m 0 = 0:1 3:4\nrun p data=64 bytes=00ff mark=1 = 7 len=3 @1=00 cb0=1\n"
	"batch-update m 3 elem-flags=4 = 1\npin m a_b = 0\n";

static unsigned int newlines(const char *text, size_t len)
{
	unsigned int n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

/* 1 where it is a case, 0 where it was refused as it should be. */
static int try_text(const char *text, size_t len)
{
	char *exact = malloc(len ? len : 1), *one, *two;
	struct case_file f, back;
	struct diag d;
	int ret;

	/* A block of this very size: a byte too far is seen. */
	memcpy(exact, text, len);
	ret = case_file_parse(&f, exact, len, "test", &d);
	free(exact);
	if (ret) {
		assert_int_equal(ret, -1);
		assert_true(d.message[0]);
		assert_true(d.line <= newlines(text, len) + 1);
		assert_true(d.column <= len + 1);
		return 0;
	}
	one = printed(&f);
	case_file_release(&f);
	back = must_parse(one);
	two = printed(&back);
	assert_string_equal(one, two);
	case_file_release(&back);
	free(one);
	free(two);
	return 1;
}

static void truncated_at_every_byte(void **state)
{
	size_t len = strlen(all_in_one), good = 0;

	(void)state;
	for (size_t n = 0; n <= len; n++)
		good += (size_t)try_text(all_in_one, n);
	/* Each step that is complete makes a case of what is there so far. */
	assert_true(good > 8 && good < len / 2);
	assert_int_equal(try_text(all_in_one, len), 1);
}

static void every_byte_replaced(void **state)
{
	static const char others[] = "\0\n\r\t #=:|-9zE\x80\xff";
	char text[sizeof(all_in_one)];
	size_t len = sizeof(text) - 1, good = 0;

	(void)state;
	memcpy(text, all_in_one, sizeof(text));
	for (size_t i = 0; i < len; i++) {
		char was = text[i];

		for (size_t o = 0; o < sizeof(others) - 1; o++) {
			text[i] = others[o];
			good += (size_t)try_text(text, len);
		}
		text[i] = was;
	}
	assert_true(good > len);
}

/* xorshift64 */
static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Change, drop, double or move some bytes. */
static size_t mutate(char *text, size_t len, size_t room, uint64_t *rng)
{
	size_t times = 1 + next_random(rng) % 4;

	for (size_t t = 0; t < times && len; t++) {
		size_t at = next_random(rng) % len, n = 1 + next_random(rng) % 16, from;

		if (n > len - at)
			n = len - at;
		switch (next_random(rng) % 5) {
		case 0:
			text[at] = (char)next_random(rng);
			break;
		case 1:
			text[at] = (char)(text[at] ^ (1 << next_random(rng) % 7));
			break;
		case 2:
			memmove(text + at, text + at + n, len - at - n);
			len -= n;
			break;
		case 3:
			if (len + n > room)
				break;
			memmove(text + at + n, text + at, len - at);
			len += n;
			break;
		default:
			from = next_random(rng) % len;
			if (n > len - from)
				n = len - from;
			memmove(text + at, text + from, n < len - at ? n : len - at);
		}
	}
	return len;
}

#define MUTATIONS 20 /* of each case */

static void mutations_of_real_cases(void **state)
{
	const char *root = getenv("TAILCHECK_ROOT");
	char *path = xasprintf("%s/cases", root ? root : ".");
	size_t good = 0, bad = 0;
	struct suite s = { 0 };
	struct diag d;

	(void)state;
	if (suite_add(&s, path, &d)) {
		diag_print(stderr, &d);
		fail();
	}
	for (size_t c = 0; c < s.n_cases; c++) {
		size_t len = s.cases[c]->text_len, room = len + 64;
		char *text = malloc(room);
		uint64_t rng = 0x9e3779b97f4a7c15ULL + c;

		for (int i = 0; i < MUTATIONS; i++) {
			size_t n;

			memcpy(text, s.cases[c]->text, len);
			n = mutate(text, len, room, &rng);
			if (try_text(text, n))
				good++;
			else
				bad++;
		}
		free(text);
	}
	/* Neither all the same nor all broken, or nothing was tried. */
	assert_true(good > 50);
	assert_true(bad > 50);
	suite_release(&s);
	free(path);
}

static void noise(void **state)
{
	uint64_t rng = 1;
	char text[300];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		size_t len = next_random(&rng) % sizeof(text);

		for (size_t b = 0; b < len; b++)
			text[b] = (char)(i & 1 ? next_random(&rng) : 32 + next_random(&rng) % 96);
		assert_int_equal(try_text(text, len), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(truncated_at_every_byte),
		cmocka_unit_test(every_byte_replaced),
		cmocka_unit_test(mutations_of_real_cases),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
