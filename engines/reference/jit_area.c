// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "jit_area.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "../../harness/base/alloc.h"

#define AREA_SIZE (512UL << 20) /* of addresses; and jumps of 32 bits reach all over it */
#define UNIT	  64UL		/* a cache line, so that entries are aligned */
#define INT3	  0xcc

/* A range of free units, in a list in the order of addresses, no two of which touch. */
struct hole {
	struct hole *next;
	size_t at;
	size_t size;
};

static struct {
	uint8_t *write;
	uint8_t *run;
	struct hole *holes;
} area;

size_t jit_area_round(size_t size)
{
	return (size + UNIT - 1) / UNIT * UNIT;
}

static struct hole *hole_new(size_t at, size_t size, struct hole *next)
{
	struct hole *h = xcalloc(1, sizeof(*h));

	*h = (struct hole){ next, at, size };
	return h;
}

static int map_views(int fd)
{
	void *write, *run;

	if (ftruncate(fd, AREA_SIZE))
		return errno;
	write = mmap(NULL, AREA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (write == MAP_FAILED)
		return errno;
	run = mmap(NULL, AREA_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (run == MAP_FAILED) {
		int err = errno;

		munmap(write, AREA_SIZE);
		return err;
	}
	area.write = write;
	area.run = run;
	area.holes = hole_new(0, AREA_SIZE, NULL);
	return 0;
}

int jit_area_init(void)
{
	int fd, err;

	if (area.write)
		return 0;
	fd = memfd_create("tailcheck-jit", MFD_CLOEXEC);
	if (fd < 0)
		return errno;
	err = map_views(fd);
	close(fd);
	return err;
}

uint8_t *jit_area_alloc(size_t size)
{
	struct hole **link = &area.holes, *h;
	size_t at;

	size = jit_area_round(size);
	while (*link && (*link)->size < size)
		link = &(*link)->next;
	h = *link;
	if (!h)
		return NULL;
	at = h->at;
	h->at += size;
	h->size -= size;
	if (!h->size) {
		*link = h->next;
		free(h);
	}
	return area.write + at;
}

/* The hole between its neighbours becomes one with those that it touches. */
static void hole_add(size_t at, size_t size)
{
	struct hole **link = &area.holes, *prev = NULL, *next;

	while (*link && (*link)->at < at) {
		prev = *link;
		link = &prev->next;
	}
	next = *link;
	if (next && at + size == next->at) {
		next->at = at;
		next->size += size;
	} else {
		next = *link = hole_new(at, size, next);
	}
	if (prev && prev->at + prev->size == next->at) {
		prev->size += next->size;
		prev->next = next->next;
		free(next);
	}
}

void jit_area_trim(uint8_t *code, size_t size, size_t used)
{
	size = jit_area_round(size);
	used = jit_area_round(used);
	if (used < size)
		hole_add((size_t)(code - area.write) + used, size - used);
}

void jit_area_free(uint8_t *code, size_t size)
{
	size = jit_area_round(size);
	memset(code, INT3, size);
	hole_add((size_t)(code - area.write), size);
}

const uint8_t *jit_area_run_at(const uint8_t *code)
{
	return area.run + (code - area.write);
}

bool jit_area_holds(uint64_t run_at)
{
	return area.run && run_at - (uint64_t)(uintptr_t)area.run < AREA_SIZE;
}
