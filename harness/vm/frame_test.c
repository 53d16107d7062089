// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "frame.h"

static uint8_t wire[4096];
static size_t wire_len;

static void add_bytes(const void *p, size_t n)
{
	assert_true(wire_len + n <= sizeof(wire));
	if (n)
		memcpy(wire + wire_len, p, n);
	wire_len += n;
}

static void add_frame(uint16_t type, uint32_t seq, const char *text)
{
	uint8_t head[FRAME_HEADER];

	frame_header(head, type, seq, text, (uint32_t)strlen(text));
	add_bytes(head, sizeof(head));
	add_bytes(text, strlen(text));
}

static void feed(struct frame_decoder *d, const void *p, size_t n)
{
	memcpy(frame_decoder_room(d, n), p, n);
	frame_decoder_fed(d, n);
}

static void expect(struct frame_decoder *d, uint16_t type, uint32_t seq, const char *text)
{
	struct frame f;

	assert_int_equal(frame_decoder_next(d, &f), 1);
	assert_int_equal(f.type, type);
	assert_int_equal(f.seq, seq);
	assert_int_equal(f.len, strlen(text));
	assert_string_equal((char *)f.payload, text);
}

static void expect_none(struct frame_decoder *d)
{
	struct frame f;

	assert_int_equal(frame_decoder_next(d, &f), 0);
}

static int setup(void **state)
{
	(void)state;
	wire_len = 0;
	return 0;
}

static void the_wire_format_is_as_documented(void **state)
{
	static const uint8_t want[] = { 't',  'C',  'f',  '1',	0x04, 0, 0, 0,
					0x78, 0x56, 0x34, 0x12, 2,    0, 0, 0 };
	uint8_t head[FRAME_HEADER];

	(void)state;
	frame_header(head, FRAME_RESULT, 0x12345678, "hi", 2);
	assert_memory_equal(head, want, sizeof(want));
	/* crc32 of those 16 bytes and "hi", computed elsewhere (Python's zlib.crc32). */
	assert_int_equal(head[16] | head[17] << 8 | head[18] << 16 | (uint32_t)head[19] << 24,
			 0x6cb5179a);
}

static void frames_come_out_whole_however_they_go_in(void **state)
{
	size_t step, i;

	(void)state;
	add_frame(FRAME_HELLO, 1, "a=b\n");
	add_frame(FRAME_START, 2, "");
	add_frame(FRAME_RESULT, 0xffffffff, "kernel.jit\nline one\nline two\n");

	for (step = 1; step <= wire_len; step++) {
		struct frame_decoder d = { 0 };
		struct frame f;
		unsigned int n = 0;

		for (i = 0; i < wire_len; i += step) {
			feed(&d, wire + i, step < wire_len - i ? step : wire_len - i);
			while (frame_decoder_next(&d, &f))
				n++;
		}
		assert_int_equal(n, 3);
		assert_int_equal(d.skipped, 0);
		frame_decoder_release(&d);
	}
}

static void the_nul_behind_a_payload_spares_the_next_frame(void **state)
{
	struct frame_decoder d = { 0 };

	(void)state;
	add_frame(FRAME_LOG, 1, "one");
	add_frame(FRAME_LOG, 2, "");
	add_frame(FRAME_LOG, 3, "three");
	feed(&d, wire, wire_len);
	expect(&d, FRAME_LOG, 1, "one");
	expect(&d, FRAME_LOG, 2, "");
	expect(&d, FRAME_LOG, 3, "three");
	expect_none(&d);
	frame_decoder_release(&d);
}

static void garbage_is_skipped_and_counted(void **state)
{
	struct frame_decoder d = { 0 };

	(void)state;
	add_bytes("[    1.0] printk tC tCf tCf1 and more, at least twenty bytes", 60);
	add_frame(FRAME_BYE, 7, "12");
	add_bytes("tCftCf", 6);
	add_frame(FRAME_BYE, 8, "13");
	feed(&d, wire, wire_len);
	expect(&d, FRAME_BYE, 7, "12");
	expect(&d, FRAME_BYE, 8, "13");
	expect_none(&d);
	assert_int_equal(d.skipped, 66);
	frame_decoder_release(&d);
}

/* Every single bit of a frame: the frame is lost, its neighbours are not. */
static void a_flipped_bit_costs_one_frame(void **state)
{
	size_t begin, end, bit;

	(void)state;
	add_frame(FRAME_START, 1, "before");
	begin = wire_len;
	add_frame(FRAME_RESULT, 2, "the one that is hit");
	end = wire_len;
	add_frame(FRAME_RESULT, 3, "after");

	for (bit = begin * 8; bit < end * 8; bit++) {
		struct frame_decoder d = { 0 };

		wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
		feed(&d, wire, wire_len);
		wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
		expect(&d, FRAME_START, 1, "before");
		expect(&d, FRAME_RESULT, 3, "after");
		assert_int_equal(d.skipped, end - begin);
		frame_decoder_release(&d);
	}
}

static void a_length_beyond_the_bound_is_not_waited_for(void **state)
{
	struct frame_decoder d = { 0 };
	uint8_t head[FRAME_HEADER];

	(void)state;
	frame_header(head, FRAME_LOG, 1, NULL, 0);
	head[14] = 0x10; /* 1 MiB is the most ... */
	head[12] = 1;	 /* ... and this is one more */
	feed(&d, head, sizeof(head));
	expect_none(&d);
	assert_int_equal(d.skipped, FRAME_HEADER);
	frame_decoder_release(&d);
}

static void a_frame_cut_short_does_not_swallow_the_next(void **state)
{
	struct frame_decoder d = { 0 };

	(void)state;
	add_frame(FRAME_RESULT, 1, "a long transcript of which only the beginning was written");
	wire_len -= 40;
	add_frame(FRAME_DIED, 2, "signal 9");
	feed(&d, wire, wire_len);
	expect(&d, FRAME_DIED, 2, "signal 9");
	expect_none(&d);
	frame_decoder_release(&d);
}

struct reader {
	int fd;
	struct frame_decoder d;
	uint32_t n, len;
};

static void *read_all(void *arg)
{
	struct reader *r = arg;
	struct frame f;
	ssize_t n;

	while ((n = read(r->fd, frame_decoder_room(&r->d, 5000), 5000)) > 0) {
		frame_decoder_fed(&r->d, (size_t)n);
		while (frame_decoder_next(&r->d, &f)) {
			r->n++;
			r->len = f.len;
		}
	}
	return NULL;
}

/* Through a pipe, whose 64 KiB make the writer stop in the middle; blocking and not. */
/*
 * Beginnings of frames, each as large as one may be, one behind the other: what is looked at for
 * nothing has an end, whether they come at once or byte by byte.
 */
static void forged_frames_are_not_looked_at_without_end(void **state)
{
	static uint8_t bytes[FRAME_HEADER * 1000];
	struct frame_decoder d = { 0 };
	struct frame f;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i += FRAME_HEADER) {
		frame_header(bytes + i, 1, 1, bytes, 0);
		bytes[i + 12] = bytes[i + 13] = 0xff;
		bytes[i + 14] = 0x0f;
	}
	for (int i = 0; i < 200; i++) {
		feed(&d, bytes, sizeof(bytes));
		while (frame_decoder_next(&d, &f))
			;
		assert_true(d.forged <= FRAME_MAX_FORGED + 2 * FRAME_MAX_PAYLOAD);
		assert_true(d.cap < 8UL * FRAME_MAX_PAYLOAD);
	}
	assert_true(d.forged > FRAME_MAX_FORGED);
	frame_decoder_release(&d);
	for (size_t i = 0; i < 40 * sizeof(bytes); i++) {
		feed(&d, bytes + i % sizeof(bytes), 1);
		expect_none(&d);
	}
	assert_true(d.forged > FRAME_MAX_FORGED);
	assert_true(d.forged <= FRAME_MAX_FORGED + 2 * FRAME_MAX_PAYLOAD);
	frame_decoder_release(&d);
}

static void the_largest_frame_goes_through_a_pipe(void **state)
{
	uint8_t *big = calloc(1, FRAME_MAX_PAYLOAD);
	int flags;

	(void)state;
	assert_non_null(big);
	for (flags = 0; flags <= O_NONBLOCK; flags += O_NONBLOCK) {
		struct reader r = { 0 };
		pthread_t thread;
		int fd[2];

		assert_int_equal(pipe(fd), 0);
		assert_int_equal(fcntl(fd[1], F_SETFL, flags), 0);
		r.fd = fd[0];
		assert_int_equal(pthread_create(&thread, NULL, read_all, &r), 0);
		assert_int_equal(frame_write(fd[1], FRAME_LOG, 1, big, FRAME_MAX_PAYLOAD), 0);
		assert_int_equal(frame_write(fd[1], FRAME_LOG, 2, NULL, 0), 0);
		assert_int_equal(frame_write(fd[1], FRAME_LOG, 3, big, FRAME_MAX_PAYLOAD), 0);
		close(fd[1]);
		pthread_join(thread, NULL);
		assert_int_equal(r.n, 3);
		assert_int_equal(r.len, FRAME_MAX_PAYLOAD);
		assert_int_equal(r.d.skipped, 0);
		frame_decoder_release(&r.d);
		close(fd[0]);
	}
	assert_int_equal(frame_write(-1, FRAME_LOG, 1, big, FRAME_MAX_PAYLOAD + 1), -EMSGSIZE);
	assert_int_equal(frame_write(-1, FRAME_LOG, 1, big, 1), -EBADF);
	free(big);
}

/* What is in a batch comes out in order, and then no more of it. */
static void a_batch_goes_out_in_order_and_once(void **state)
{
	struct frame_batch b = { .buf = NULL };
	struct frame_decoder d = { 0 };
	struct frame f;
	uint8_t bytes[256];
	ssize_t n;
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(frame_batch_add(&b, FRAME_LOG, 1, "one", 3), 0);
	assert_int_equal(frame_batch_add(&b, FRAME_LOG, 2, NULL, FRAME_MAX_PAYLOAD + 1), -EMSGSIZE);
	assert_int_equal(frame_batch_add(&b, FRAME_LOG, 3, NULL, 0), 0);
	assert_int_equal(frame_batch_write(&b, fd[1]), 0);
	assert_int_equal(frame_batch_write(&b, fd[1]), 0); /* of nothing */
	close(fd[1]);
	n = read(fd[0], bytes, sizeof(bytes));
	assert_int_equal(n, 2 * FRAME_HEADER + 3);
	memcpy(frame_decoder_room(&d, (size_t)n), bytes, (size_t)n);
	frame_decoder_fed(&d, (size_t)n);
	assert_true(frame_decoder_next(&d, &f));
	assert_int_equal(f.seq, 1);
	assert_memory_equal(f.payload, "one", 3);
	assert_true(frame_decoder_next(&d, &f));
	assert_int_equal(f.seq, 3);
	assert_false(frame_decoder_next(&d, &f));
	assert_int_equal(read(fd[0], bytes, 1), 0);
	assert_int_equal(frame_batch_add(&b, FRAME_LOG, 1, "", 0), 0);
	assert_int_equal(frame_batch_write(&b, -1), -EBADF);
	frame_batch_release(&b);
	frame_decoder_release(&d);
	close(fd[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_wire_format_is_as_documented, setup),
		cmocka_unit_test_setup(frames_come_out_whole_however_they_go_in, setup),
		cmocka_unit_test_setup(the_nul_behind_a_payload_spares_the_next_frame, setup),
		cmocka_unit_test_setup(garbage_is_skipped_and_counted, setup),
		cmocka_unit_test_setup(a_flipped_bit_costs_one_frame, setup),
		cmocka_unit_test_setup(a_length_beyond_the_bound_is_not_waited_for, setup),
		cmocka_unit_test_setup(a_frame_cut_short_does_not_swallow_the_next, setup),
		cmocka_unit_test_setup(forged_frames_are_not_looked_at_without_end, setup),
		cmocka_unit_test_setup(the_largest_frame_goes_through_a_pipe, setup),
		cmocka_unit_test_setup(a_batch_goes_out_in_order_and_once, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) ? 1 : 0;
}
