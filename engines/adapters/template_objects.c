// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Descriptors, and the arrays and prog_arrays of a runtime that has none: all that tail calls need.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "template.h"

#define MAX_MAP	       (1 << 24) /* bytes */
#define MAX_TAIL_CALLS 33

static struct object objects[MAX_FDS];
static uint32_t next_fd;

static struct object *map; /* of the request, and the key, and where its value is */
static uint32_t key;
static unsigned char *element;

struct object *find(uint32_t fd, int is_program)
{
	struct object *o = fd < MAX_FDS && objects[fd].open ? &objects[fd] : NULL;

	if (o && !o->program == !is_program)
		return o;
	puts(o || fd < 3 ? "EINVAL" : "EBADF");
	return NULL;
}

void add(const struct object *o)
{
	if (next_fd == MAX_FDS) {
		free(o->values);
		free(o->program);
		puts("unsupported so many objects");
		return;
	}
	objects[next_fd] = *o;
	objects[next_fd].open = 1;
	printf("%u\n", next_fd++);
}

/* With nobody to see it, an array is emptied, though programs still have it. */
static void map_closed(struct object *m)
{
	if (m->type == PROG_ARRAY && !m->program)
		memset(m->values, 0, (size_t)m->step * m->max_entries);
}

void close_fd(void)
{
	uint32_t fd = number("fd");

	if (fd < MAX_FDS && objects[fd].open) {
		objects[fd].open = 0;
		map_closed(&objects[fd]);
	}
	puts(fd < MAX_FDS && objects[fd].type ? "0" : "EBADF");
}

void prog_info(void)
{
	struct object *p = find(number("prog"), 1);

	if (p)
		printf("0 id=%d type=%u nr_map_ids=%u\n", (int)(p - objects), p->type, p->n_maps);
}

void reset(void)
{
	for (int fd = 3; fd < MAX_FDS; fd++) {
		free(objects[fd].values);
		free(objects[fd].program);
	}
	memset(objects, 0, sizeof(objects));
	next_fd = 3;
	puts("0");
}

static int *slot(const struct object *m, uint32_t index)
{
	return (int *)(void *)(m->values + (size_t)index * m->step);
}

/* False where there is no such element, and then that is answered. */
static int find_element(const char *too_large)
{
	map = find(number("map"), 0);
	if (!map)
		return 0;
	if (bytes("key") != sizeof(key)) {
		puts("unsupported such a key");
		return 0;
	}
	memcpy(&key, memory, sizeof(key));
	if (key >= map->max_entries) {
		puts(too_large);
		return 0;
	}
	element = map->values + (size_t)key * map->step;
	return 1;
}

void map_create(void)
{
	struct object o = { .type = number("type"),
			    .value_size = number("value_size"),
			    .max_entries = number("max_entries") };
	int is_known = o.type == ARRAY || o.type == PROG_ARRAY;

	o.step = (o.value_size + 7) & ~7U;
	if (!is_known || (uint64_t)o.max_entries * o.step > MAX_MAP)
		puts("unsupported this type of map, or so large a one");
	else if (number("key_size") != 4 || !o.max_entries || !o.value_size ||
		 (o.type == PROG_ARRAY && o.value_size != 4))
		puts("EINVAL");
	else if ((o.values = calloc(o.max_entries, o.step)))
		add(&o);
	else
		puts("ENOMEM");
}

/* The first program that an array has to do with says of which type all are. */
static int is_fit(struct object *m, uint32_t prog_type)
{
	if (!m->owner)
		m->owner = prog_type;
	return m->owner == prog_type;
}

void map_update(void)
{
	struct object *p;
	uint32_t fd;

	if (!find_element("E2BIG"))
		return;
	if (bytes("value") != map->value_size) {
		puts("unsupported such a value");
	} else if (map->type == ARRAY) {
		memcpy(element, memory, map->value_size);
		puts("0");
	} else {
		memcpy(&fd, memory, sizeof(fd));
		p = find(fd, 1);
		if (!p)
			return;
		if (is_fit(map, p->type)) {
			*slot(map, key) = (int)fd;
			puts("0");
		} else {
			puts("EINVAL");
		}
	}
}

/* Of a prog_array an id, which is the number of the descriptor here. */
void map_lookup(void)
{
	if (!find_element("ENOENT"))
		return;
	if (map->type == PROG_ARRAY && !*slot(map, key)) {
		puts("ENOENT");
		return;
	}
	printf("0 value=");
	for (uint32_t i = 0; i < map->value_size; i++)
		printf("%02x", element[i]);
	puts("");
}

void map_delete(void)
{
	if (!find_element(number("map") < MAX_FDS && objects[number("map")].type == ARRAY
				  ? "EINVAL"
				  : "E2BIG"))
		return;
	if (map->type == ARRAY) {
		puts("EINVAL");
	} else {
		puts(*slot(map, key) ? "0" : "ENOENT");
		*slot(map, key) = 0;
	}
}

/* A key beyond the end has the first one behind it. */
void map_next_key(void)
{
	uint32_t next = 0;

	map = find(number("map"), 0);
	if (!map)
		return;
	if (strcmp(text("key"), "bad") == 0) {
		puts("unsupported a pointer that faults");
		return;
	}
	if (bytes("key") == sizeof(key)) {
		memcpy(&key, memory, sizeof(key));
		next = key < map->max_entries ? key + 1 : 0;
	}
	if (next == map->max_entries)
		puts("ENOENT");
	else
		printf("0 next=%02x%02x%02x%02x\n", next & 255, next >> 8 & 255, next >> 16 & 255,
		       next >> 24);
}

int maps_resolve(unsigned char *insns, size_t size, struct object *prog)
{

	for (unsigned char *i = insns; i + 16 <= insns + size; i += *i == 0x18 ? 16 : 8) {
		int is_value = i[1] >> 4 == 2;
		struct object *m;
		uint64_t address;
		uint32_t fd, offset;

		if (*i != 0x18 || (i[1] >> 4 != 1 && !is_value))
			continue;
		memcpy(&fd, i + 4, 4);
		memcpy(&offset, i + 12, 4);
		m = find(fd, 0);
		if (!m)
			return 0;
		if (m->type == PROG_ARRAY && (is_value || !is_fit(m, prog->type))) {
			puts("EINVAL");
			return 0;
		}
		prog->n_maps += m->last_user != next_fd;
		m->last_user = next_fd;
		address = (uintptr_t)(is_value ? (void *)(m->values + offset) : m);
		memcpy(i + 4, &address, 4);
		memcpy(i + 12, (unsigned char *)&address + 4, 4);
		i[1] &= 15;
	}
	return 1;
}

int maps_have(uint64_t address, uint64_t size)
{
	for (int fd = 3; fd < MAX_FDS; fd++) {
		const struct object *m = &objects[fd];
		uint64_t offset = address - (uintptr_t)m->values;

		if (m->type == ARRAY && m->values &&
		    offset + size <= (uint64_t)m->step * m->max_entries && offset + size >= size)
			return 1;
	}
	return 0;
}

void *maps_tail_call(uint64_t which, uint32_t index, int *calls)
{
	const struct object *m = (const struct object *)(uintptr_t)which;

	if (m < objects || m >= objects + MAX_FDS || m->type != PROG_ARRAY ||
	    index >= m->max_entries || *calls >= MAX_TAIL_CALLS || !*slot(m, index))
		return NULL;
	++*calls;
	return objects[*slot(m, index)].program;
}
