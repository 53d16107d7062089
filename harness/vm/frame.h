/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Frames: how host and guest talk over a byte stream that may lose, repeat or corrupt bytes (a
 * serial line shared with nobody, but a guest can die in the middle of a write).
 *
 * On the wire, little-endian: magic "tCf1" (4 bytes), type (u16), flags (u16, zero), sequence
 * (u32), payload length (u32), crc32 of the 16 bytes before and of the payload (u32), payload.
 * A receiver that meets anything else skips byte by byte to the next magic with a good checksum
 * and counts what it skipped. A good frame inside an unfinished one ends the wait for the rest of
 * that: payloads are text and hold no frames.
 */
#ifndef TAILCHECK_FRAME_H
#define TAILCHECK_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER	  20
#define FRAME_MAX_PAYLOAD (1U << 20)

/* What the frames say. "->" host to guest, "<-" guest to host. */
enum frame_type {
	FRAME_HELLO = 1, /* <- the worker is there: "key=value\n" lines, see worker.c */
	FRAME_CASE,	 /* -> run this: "ENGINE[,ENGINE...]\n" and the case's text */
	FRAME_START,	 /* <- the case of this seq begins on the engine named in the payload */
	FRAME_RESULT,	 /* <- "ENGINE complete|unsupported|fault\n" and the transcript */
	FRAME_REFUSED,	 /* <- the case of this seq could not be run: payload is the reason */
	FRAME_LOG,	 /* <- kernel log from before the console listened */
	FRAME_DIED,	 /* <- the worker died: payload is how; the guest ends */
	FRAME_STOP,	 /* -> finish: the guest answers BYE and ends */
	FRAME_BYE,	 /* <- the end marker; payload: number of cases run, in decimal */
	FRAME_LEAK,	 /* <- after the result of this seq: "ENGINE\n" and a line to add to it */
	FRAME_SETTLE,	 /* -> when nothing is left of the cases so far, answer SETTLED */
	FRAME_SETTLED,	 /* <- all their leaks have been told */
	FRAME_TAKEN,	 /* <- on a serial line: seq more bytes have been read from it */
	FRAME_READY, /* <- booted; it waits for WAKE. Here it may be saved, and restored later */
	FRAME_WAKE,  /* -> the time and more, see harness/agent/wake.h; HELLO is the answer */
	FRAME_CLEAR, /* <- of the results before those of this seq (0: of all) no leak will come */
};

struct frame {
	uint16_t type;
	uint32_t seq;
	uint32_t len;
	uint8_t *payload; /* in the decoder's buffer, NUL behind it; valid until the next call */
};

/* Write the header of a frame into @head. */
void frame_header(uint8_t head[FRAME_HEADER], uint16_t type, uint32_t seq, const void *payload,
		  uint32_t len);

/* Write a whole frame to a blocking descriptor. 0, or negative errno. */
int frame_write(int fd, uint16_t type, uint32_t seq, const void *payload, uint32_t len);

/*
 * Frames that go out with one write(2): for a virtio-serial port each write is an exit from the
 * guest, and a wait for the host. Zeroed before use.
 */
struct frame_batch {
	uint8_t *buf;
	size_t len, cap;
};

/* 0, or negative errno: then it is not in the batch. */
int frame_batch_add(struct frame_batch *b, uint16_t type, uint32_t seq, const void *payload,
		    uint32_t len);
/* Write them, and be empty. 0, or negative errno. */
int frame_batch_write(struct frame_batch *b, int fd);
void frame_batch_release(struct frame_batch *b);

struct frame_decoder {
	uint8_t *buf;
	size_t len, cap, pos;
	size_t searched;  /* of an unfinished frame: no other begins before this */
	uint64_t skipped; /* bytes that belonged to no good frame */
	uint64_t forged;  /* bytes looked at for frames that were none; see FRAME_MAX_FORGED */
};

/*
 * A torn frame is a mebibyte at most. Whoever says on purpose that a frame begins, again and again,
 * has all behind it looked at each time, for nothing; after this many bytes nothing of what he says
 * is looked at any more.
 */
#define FRAME_MAX_FORGED (64U << 20)

/* Room for @want more bytes: where to read(2) into; then tell how many came. */
uint8_t *frame_decoder_room(struct frame_decoder *d, size_t want);
void frame_decoder_fed(struct frame_decoder *d, size_t n);
/* The next whole frame: 1 and *f, or 0 when more bytes are needed. Never fails: see skipped. */
int frame_decoder_next(struct frame_decoder *d, struct frame *f);
void frame_decoder_release(struct frame_decoder *d);

#endif
