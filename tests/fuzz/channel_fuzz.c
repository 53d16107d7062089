// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What comes from a guest: bytes to the decoder of frames, in pieces of any size, and what a hello
 * says. However the bytes are cut, the same frames come out, and every byte is a frame's or was
 * skipped; a frame that is written behind them is found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/fleet/internal.h"
#include "../../harness/vm/frame.h"

struct found {
	size_t frames;
	size_t bytes; /* of frames, and then of what was skipped */
	uint64_t sum; /* over all that frames say */
};

static void finding(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static void say_hello(const char *text)
{
	struct fleet_kernel k;
	char why[200] = "";

	if (fleet_parse_hello(&k, text, why, sizeof(why))) {
		if (!why[0])
			finding("a hello is refused without a reason");
		return;
	}
	if (k.n_engines > FLEET_MAX_ENGINES || k.n_unsupported > FLEET_MAX_ENGINES)
		finding("more engines than there is room for");
	for (size_t i = 0; i < k.n_engines; i++)
		if (strchr(k.engines[i], '/') || !k.engines[i][0])
			finding("an engine's name is no name for a file");
}

static void take(struct found *r, const struct frame *f)
{
	if (f->payload[f->len])
		finding("a payload does not end in NUL");
	r->frames++;
	r->bytes += FRAME_HEADER + f->len;
	r->sum = r->sum * 31 + f->type;
	r->sum = r->sum * 31 + f->seq;
	for (uint32_t i = 0; i < f->len; i++)
		r->sum = r->sum * 31 + f->payload[i];
	if (f->type == FRAME_HELLO)
		say_hello((const char *)f->payload);
}

static struct found decode(const uint8_t *data, size_t size, size_t piece)
{
	struct frame_decoder d = { 0 };
	struct found r = { 0 };
	struct frame f;

	for (size_t at = 0; at < size; at += piece) {
		size_t n = size - at < piece ? size - at : piece;

		memcpy(frame_decoder_room(&d, n), data + at, n);
		frame_decoder_fed(&d, n);
		while (frame_decoder_next(&d, &f))
			take(&r, &f);
	}
	if (r.bytes + d.skipped + (d.len - d.pos) != size)
		finding("bytes are lost");
	frame_decoder_release(&d);
	return r;
}

/* Whatever came before, a good frame is found. */
static void behind(const uint8_t *data, size_t size)
{
	static const uint8_t payload[] = { 'o', 'k' };
	size_t all = size + FRAME_HEADER + sizeof(payload);
	struct frame_decoder d = { 0 };
	struct frame f;
	bool seen = false;
	uint8_t *at = frame_decoder_room(&d, all);

	if (size)
		memcpy(at, data, size);
	frame_header(at + size, FRAME_BYE, 0xfeedbeef, payload, sizeof(payload));
	memcpy(at + size + FRAME_HEADER, payload, sizeof(payload));
	frame_decoder_fed(&d, all);
	while (frame_decoder_next(&d, &f))
		seen |= f.seq == 0xfeedbeef && f.len == sizeof(payload);
	if (!seen)
		finding("a good frame is not found");
	frame_decoder_release(&d);
}

/* To get past the checksum: the bytes are what frames say, their headers are made here. */
static void as_payload(const uint8_t *data, size_t size)
{
	uint8_t *wire = malloc(size + FRAME_HEADER);
	struct found r;

	frame_header(wire, FRAME_HELLO, 1, data, (uint32_t)size);
	if (size)
		memcpy(wire + FRAME_HEADER, data, size);
	r = decode(wire, size + FRAME_HEADER, 7);
	if (!r.frames)
		finding("a frame is lost");
	free(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct found whole = decode(data, size, size ? size : 1), bytes = decode(data, size, 1);

	/* A frame inside of one that is not complete yet is taken: only all at once is sure. */
	if (whole.frames > bytes.frames)
		finding("cut into pieces, there are fewer frames");
	behind(data, size);
	as_payload(data, size);
	return 0;
}
