// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "frame.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/alloc.h"

static const uint8_t magic[4] = { 't', 'C', 'f', '1' };

/* Where the fields of a header lie. */
enum { OFF_TYPE = 4, OFF_FLAGS = 6, OFF_SEQ = 8, OFF_LEN = 12, OFF_CRC = 16 };

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)v);
	put16(p + 2, (uint16_t)(v >> 16));
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

/* The CRC of zlib, which the agent's cross compilers do not bring along; half a byte at a time. */
static uint32_t crc32_more(uint32_t crc, const uint8_t *p, size_t n)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	for (crc = ~crc; n; n--) {
		crc ^= *p++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static uint32_t checksum(const uint8_t *head, const void *payload, uint32_t len)
{
	return crc32_more(crc32_more(0, head, OFF_CRC), payload, len);
}

void frame_header(uint8_t head[FRAME_HEADER], uint16_t type, uint32_t seq, const void *payload,
		  uint32_t len)
{
	memcpy(head, magic, sizeof(magic));
	put16(head + OFF_TYPE, type);
	put16(head + OFF_FLAGS, 0);
	put32(head + OFF_SEQ, seq);
	put32(head + OFF_LEN, len);
	put32(head + OFF_CRC, checksum(head, payload, len));
}

/* Wait until a descriptor that does not block after all takes bytes again. */
static int wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

int frame_batch_add(struct frame_batch *b, uint16_t type, uint32_t seq, const void *payload,
		    uint32_t len)
{
	size_t need = b->len + FRAME_HEADER + len;

	if (len > FRAME_MAX_PAYLOAD)
		return -EMSGSIZE;
	if (need > b->cap) {
		uint8_t *more = realloc(b->buf, 2 * need);

		if (!more)
			return -ENOMEM;
		b->buf = more;
		b->cap = 2 * need;
	}
	frame_header(b->buf + b->len, type, seq, payload, len);
	if (len)
		memcpy(b->buf + b->len + FRAME_HEADER, payload, len);
	b->len = need;
	return 0;
}

int frame_batch_write(struct frame_batch *b, int fd)
{
	size_t done = 0;
	int err = 0;

	while (done < b->len && !err) {
		ssize_t n = write(fd, b->buf + done, b->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			err = wait_writable(fd);
		else if (errno != EINTR)
			err = -errno;
	}
	b->len = 0;
	return err;
}

void frame_batch_release(struct frame_batch *b)
{
	free(b->buf);
	*b = (struct frame_batch){ .buf = NULL };
}

int frame_write(int fd, uint16_t type, uint32_t seq, const void *payload, uint32_t len)
{
	struct frame_batch b = { .buf = NULL };
	int err = frame_batch_add(&b, type, seq, payload, len);

	if (!err)
		err = frame_batch_write(&b, fd);
	frame_batch_release(&b);
	return err;
}

uint8_t *frame_decoder_room(struct frame_decoder *d, size_t want)
{
	size_t need;

	/* Frames already given out are over: their bytes are the room for the next ones. */
	if (d->pos) {
		d->len -= d->pos;
		memmove(d->buf, d->buf + d->pos, d->len);
		d->searched -= d->searched < d->pos ? d->searched : d->pos;
		d->pos = 0;
	}
	/* And one byte behind everything, for the NUL that ends a payload. */
	need = d->len + want + 1;
	if (need > d->cap) {
		d->cap = need > 2 * d->cap ? need : 2 * d->cap;
		d->buf = xreallocarray(d->buf, d->cap, 1);
	}
	return d->buf + d->len;
}

void frame_decoder_fed(struct frame_decoder *d, size_t n)
{
	d->len += n;
}

/* What the bytes at a magic are. */
enum candidate { NOT_A_FRAME, NEEDS_MORE, GOOD };

static enum candidate examine(struct frame_decoder *d, const uint8_t *p, size_t avail)
{
	uint32_t len;

	if (avail < FRAME_HEADER)
		return NEEDS_MORE;
	len = get32(p + OFF_LEN);
	if (len > FRAME_MAX_PAYLOAD || get16(p + OFF_FLAGS) != 0)
		return NOT_A_FRAME;
	if (avail - FRAME_HEADER < len)
		return NEEDS_MORE;
	if (checksum(p, p + FRAME_HEADER, len) == get32(p + OFF_CRC))
		return GOOD;
	d->forged += FRAME_HEADER + len;
	return NOT_A_FRAME;
}

/* The next place at or after @from where a magic is, or may begin at the end of what there is. */
static size_t next_magic(const struct frame_decoder *d, size_t from)
{
	const uint8_t *hit;
	size_t tail;

	if (from >= d->len)
		return d->len;
	hit = memmem(d->buf + from, d->len - from, magic, sizeof(magic));
	if (hit)
		return (size_t)(hit - d->buf);
	tail = d->len - from < sizeof(magic) - 1 ? d->len - from : sizeof(magic) - 1;
	for (; tail; tail--)
		if (!memcmp(d->buf + d->len - tail, magic, tail))
			break;
	return d->len - tail;
}

/*
 * A sender that died in the middle of a frame never completes it, and what its successor says
 * would be taken for the rest. So a whole good frame inside an unfinished one means that the outer
 * one is lost. Payloads are text and hold no frames of their own.
 */
static bool good_inside(struct frame_decoder *d, size_t outer, size_t *at)
{
	size_t i, first_open = 0;

	i = next_magic(d, d->searched > outer ? d->searched : outer + 1);
	for (; i < d->len; i = next_magic(d, i + 1)) {
		enum candidate what = examine(d, d->buf + i, d->len - i);

		if (what == GOOD) {
			*at = i;
			return true;
		}
		if (what == NEEDS_MORE && !first_open)
			first_open = i;
		/* It will be looked at again with every byte that comes. */
		d->forged += FRAME_HEADER;
	}
	/* More bytes change nothing about what is before these: a big frame is searched once. */
	d->searched = first_open ? first_open : d->len;
	return false;
}

int frame_decoder_next(struct frame_decoder *d, struct frame *f)
{
	for (;;) {
		size_t at = d->forged > FRAME_MAX_FORGED ? d->len : next_magic(d, d->pos);
		enum candidate what;

		d->skipped += at - d->pos;
		d->pos = at;
		if (at >= d->len)
			return 0;

		what = examine(d, d->buf + at, d->len - at);
		if (what == NEEDS_MORE) {
			if (!good_inside(d, at, &at))
				return 0;
			d->skipped += at - d->pos;
			d->pos = at;
		} else if (what == NOT_A_FRAME) {
			d->skipped++;
			d->pos++;
			continue;
		}
		break;
	}

	f->type = get16(d->buf + d->pos + OFF_TYPE);
	f->seq = get32(d->buf + d->pos + OFF_SEQ);
	f->len = get32(d->buf + d->pos + OFF_LEN);
	/*
	 * The NUL behind the payload must not overwrite the next frame: the header has been read,
	 * so the payload moves one byte down into it.
	 */
	f->payload = d->buf + d->pos + FRAME_HEADER - 1;
	memmove(f->payload, f->payload + 1, f->len);
	f->payload[f->len] = '\0';
	d->pos += FRAME_HEADER + f->len;
	return 1;
}

void frame_decoder_release(struct frame_decoder *d)
{
	free(d->buf);
	memset(d, 0, sizeof(*d));
}
