// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * uBPF as an adapter of docs/engine-protocol.md, with arrays and prog_arrays, which uBPF itself has
 * not: the host makes the tail calls. bpf_tail_call is a helper that uBPF leaves the program for
 * when it gives 0, which is on a hit; the loop in prog_run() then runs the callee. `--jit` for its
 * JIT. What uBPF cannot do so: a tail call in a function would leave its callers, too.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ubpf.h>

#define MAX_LINE   (1 << 20)
#define MAX_FDS	   1024
#define MAX_FIELDS 64
#define MAX_CALLS  33 /* tail calls of one run */
#define TAIL_CALL  12
#define ETH_HLEN   14 /* what Linux wants of a packet */
enum { ARRAY = 2, PROG_ARRAY = 3, SOCKET_FILTER = 1, RAW_TRACEPOINT = 17 };

/* A map or a program. Programs are kept: slots may have them. */
struct object {
	enum { MAP = 1, PROG } kind;
	uint32_t id, type, n, value_size, owner, n_maps;
	uint8_t *data;	       /* of an array */
	struct object **slots; /* of a prog_array */
	struct ubpf_vm *vm;
	ubpf_jit_fn jit;
};

static struct object *fds[MAX_FDS], *next;
static char line[MAX_LINE + 2], *keys[MAX_FIELDS], *values[MAX_FIELDS];
static uint8_t memory[MAX_LINE / 2];
static int n_fields, n_calls, use_jit;
static uint32_t last_id;

static const char *text(const char *key)
{
	for (int i = 0; i < n_fields; i++)
		if (strcmp(keys[i], key) == 0)
			return values[i];
	return "";
}

static uint32_t number(const char *key)
{
	return (uint32_t)strtoul(text(key), NULL, 10);
}

static size_t bytes(const char *key, uint8_t *to)
{
	const char *hex = text(key);
	size_t n = 0;

	while (hex[2 * n] && sscanf(hex + 2 * n, "%2hhx", &to[n]) == 1)
		n++;
	return n;
}

static uint32_t number32(const char *key)
{
	uint8_t b[MAX_LINE / 64] = { 0 };

	if (strlen(text(key)) < sizeof(b))
		bytes(key, b);
	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

static struct object *find(int fd, int kind)
{
	if (fd >= 0 && fd < MAX_FDS && fds[fd] && (!kind || (int)fds[fd]->kind == kind))
		return fds[fd];
	puts(fd >= 0 && fd < MAX_FDS && (fd < 3 || fds[fd]) && kind ? "EINVAL" : "EBADF");
	return NULL;
}

static struct object *find_map(void)
{
	return find((int)strtol(text("map"), NULL, 10), MAP);
}

static void new_fd(const struct object *like)
{
	int fd = 3;

	while (fd < MAX_FDS - 1 && fds[fd])
		fd++;
	fds[fd] = malloc(sizeof(*like));
	*fds[fd] = *like;
	fds[fd]->id = ++last_id;
	printf("%d\n", fd);
}

/* The helpers that programs call. */
static uint64_t map_lookup(uint64_t map, uint64_t key, uint64_t c, uint64_t d, uint64_t e)
{
	const struct object *m = (const struct object *)map;
	uint32_t k = *(const uint32_t *)key;

	(void)c, (void)d, (void)e;
	return k < m->n ? (uint64_t)(m->data + (size_t)k * m->value_size) : 0;
}

static uint64_t tail_call(uint64_t ctx, uint64_t map, uint64_t index, uint64_t d, uint64_t e)
{
	const struct object *m = (const struct object *)map;
	uint32_t k = (uint32_t)index;

	(void)ctx, (void)d, (void)e;
	if (k >= m->n || !m->slots[k] || n_calls == MAX_CALLS)
		return 1;
	n_calls++;
	next = m->slots[k];
	return 0; /* and uBPF leaves the program */
}

/* Stack and values of maps are real addresses, and it does not know the latter. */
static bool all_bounds(void *context, uint64_t addr, uint64_t size)
{
	(void)context;
	return addr && size;
}

static void hello(void)
{
	printf("0 protocol=1 name=ubpf-%s version=built caps=map_create,map_update,map_lookup,"
	       "map_delete,prog_load,prog_info,prog_run,close\n",
	       use_jit ? "jit" : "interp");
}

static void reset(void)
{
	memset(fds, 0, sizeof(fds));
	last_id = 0;
	puts("0");
}

static void map_create(void)
{
	struct object m = { .kind = MAP,
			    .type = number("type"),
			    .n = number("max_entries"),
			    .value_size = number("value_size") };

	if ((m.type != ARRAY && m.type != PROG_ARRAY) || (uint64_t)m.n * m.value_size > 1 << 24) {
		printf("unsupported map type %u of %u entries\n", m.type, m.n);
	} else if (number("key_size") != 4 || !m.n || !m.value_size ||
		   (m.type == PROG_ARRAY && m.value_size != 4)) {
		puts("EINVAL");
	} else {
		m.data = m.type == ARRAY ? calloc(m.n, m.value_size) : NULL;
		m.slots = m.type == ARRAY ? NULL : calloc(m.n, sizeof(*m.slots));
		new_fd(&m);
	}
}

static void map_update(void)
{
	struct object *m = find_map(), *prog;
	uint64_t flags = strtoull(text("flags"), NULL, 10);
	uint32_t key = number32("key");

	if (!m)
		return;
	if (flags > (m->slots ? 0U : 2U)) {
		puts("EINVAL");
	} else if (key >= m->n || flags == 1) {
		puts(key >= m->n ? "E2BIG" : "EEXIST");
	} else if (!m->slots) {
		if (bytes("value", memory) == m->value_size)
			memcpy(m->data + (size_t)key * m->value_size, memory, m->value_size);
		puts("0");
	} else if ((prog = find((int)number32("value"), PROG))) {
		m->owner = m->owner ? m->owner : prog->type;
		if (m->owner == prog->type)
			m->slots[key] = prog;
		puts(m->owner == prog->type ? "0" : "EINVAL");
	}
}

static void map_look(void)
{
	struct object *m = find_map();
	uint32_t key = number32("key");
	const uint8_t *value;

	if (!m)
		return;
	if (key >= m->n || (m->slots && !m->slots[key])) {
		puts("ENOENT");
		return;
	}
	value = m->slots ? (const uint8_t *)&m->slots[key]->id
			 : m->data + (size_t)key * m->value_size;
	printf("0 value=");
	for (uint32_t i = 0; i < m->value_size; i++)
		printf("%02x", value[i]);
	putchar('\n');
}

static void map_delete(void)
{
	struct object *m = find_map();
	uint32_t key = number32("key");

	if (!m)
		return;
	if (!m->slots || key >= m->n) {
		puts(m->slots ? "E2BIG" : "EINVAL");
	} else {
		puts(m->slots[key] ? "0" : "ENOENT");
		m->slots[key] = NULL;
	}
}

/* Symbols become addresses. NULL, or what uBPF has not. */
static const char *resolve(uint8_t *code, size_t size, struct object *p, struct object **array)
{
	static char used[MAX_FDS];
	int functions = *text("funcs") != '\0';

	memset(used, 0, sizeof(used));
	for (size_t i = 0; i < size; i += 8) {
		int source = code[i + 1] >> 4, fd;
		uint64_t address;

		if (code[i] == 0x85 && !source && code[i + 4] == TAIL_CALL && functions)
			return "a tail call in a program of several functions";
		if (code[i] == 0x85 && !source && code[i + 4] != 1 && code[i + 4] != TAIL_CALL)
			return "this helper";
		if (code[i] != 0x18)
			continue;
		memcpy(&fd, code + i + 4, 4);
		if (source == 1 || source == 2) {
			if (fd < 0 || fd >= MAX_FDS || !fds[fd] || fds[fd]->kind != MAP)
				return "a program that names no map";
			address = (uint64_t)fds[fd];
			p->n_maps += !used[fd];
			used[fd] = 1;
			if (source == 2) {
				uint32_t offset;

				memcpy(&offset, code + i + 12, 4);
				address = (uint64_t)fds[fd]->data + offset;
			} else if (fds[fd]->slots) {
				*array = fds[fd];
			}
			code[i + 1] &= 15;
			memcpy(code + i + 4, &address, 4);
			memcpy(code + i + 12, (char *)&address + 4, 4);
		}
		i += 8;
	}
	return NULL;
}

static const char *load(struct object *p, size_t size, char **message)
{
	struct object *array = NULL;
	const char *why = resolve(memory, size, p, &array);

	if (why)
		return why;
	p->vm = ubpf_create();
	ubpf_register_data_bounds_check(p->vm, NULL, all_bounds);
	ubpf_register(p->vm, 1, "map_lookup", as_external_function_t(map_lookup));
	ubpf_register(p->vm, TAIL_CALL, "tail_call", as_external_function_t(tail_call));
	ubpf_set_unwind_function_index(p->vm, TAIL_CALL);
	if (ubpf_load(p->vm, memory, (uint32_t)size, message))
		return *message ? *message : "it does not load";
	p->jit = use_jit ? ubpf_compile(p->vm, message) : NULL;
	if (use_jit && !p->jit)
		return *message ? *message : "it does not compile";
	if (array)
		array->owner = array->owner ? array->owner : p->type;
	return NULL;
}

static void prog_load(void)
{
	struct object p = { .kind = PROG, .type = number("type") };
	size_t size = bytes("insns", memory);
	char *message = NULL;
	const char *why;

	if (p.type != SOCKET_FILTER && p.type != RAW_TRACEPOINT) {
		printf("unsupported program type %u\n", p.type);
		return;
	}
	why = load(&p, size, &message);
	if (why) {
		printf("unsupported %.*s\n", (int)strcspn(why, "\n"), why);
		if (p.vm)
			ubpf_destroy(p.vm);
	} else {
		new_fd(&p);
	}
	free(message);
}

static void prog_info(void)
{
	struct object *p = find((int)strtol(text("prog"), NULL, 10), PROG);

	if (p)
		printf("0 id=%u type=%u nr_map_ids=%u\n", p->id, p->type, p->n_maps);
}

static void prog_run(void)
{
	struct object *p = find((int)strtol(text("prog"), NULL, 10), PROG);
	size_t size = bytes("ctx", memory);
	uint32_t len = (uint32_t)strlen(text("data")) / 2;
	uint64_t r0 = 0;
	int ret = 0;

	if (!p)
		return;
	if (p->type == SOCKET_FILTER && len < ETH_HLEN) {
		puts("EINVAL");
		return;
	}
	len -= ETH_HLEN; /* such programs begin behind it */
	if (p->type == SOCKET_FILTER && size >= sizeof(len))
		memcpy(memory, &len, sizeof(len)); /* struct __sk_buff begins with it */
	n_calls = 0;
	do {
		next = NULL;
		if (p->jit)
			r0 = p->jit(memory, size);
		else
			ret = ubpf_exec(p->vm, memory, size, &r0);
		p = next;
	} while (p && !ret);
	if (ret) {
		puts("fault uBPF stopped the program");
		return;
	}
	printf("0 retval=%u", (uint32_t)r0);
	for (size_t i = 0; i < number("ctx_out"); i++)
		printf(i ? "%02x" : " ctx=%02x", memory[i]);
	putchar('\n');
}

static void close_fd(void)
{
	int fd = (int)strtol(text("fd"), NULL, 10);
	struct object *o = find(fd, 0);

	if (!o)
		return;
	if (o->slots) /* programs that know it do not keep what is in it */
		memset(o->slots, 0, o->n * sizeof(*o->slots));
	fds[fd] = NULL;
	puts("0");
}

static const struct {
	const char *name;
	void (*run)(void);
	const char *keys;
} commands[] = {
	{ "hello", hello, " protocol byte_order max_reply " },
	{ "begin", reset, " case " },
	{ "end", reset, "" },
	{ "reset", reset, "" },
	{ "map_create", map_create, " type key_size value_size max_entries " },
	{ "map_update", map_update, " map key value flags " },
	{ "map_lookup", map_look, " map key " },
	{ "map_delete", map_delete, " map key " },
	{ "prog_load", prog_load, " type insns license maps funcs " },
	{ "prog_info", prog_info, " prog " },
	{ "prog_run", prog_run, " prog data data_out ctx ctx_out " },
	{ "close", close_fd, " fd " },
};

static int is_for(size_t c, const char *word)
{
	for (int i = 0; i < n_fields; i++) {
		char key[64]; /* null and bad pointers are not ours */

		snprintf(key, sizeof(key), " %.60s ", keys[i]);
		if (!strstr(commands[c].keys, key) || strcmp(values[i], "null") == 0 ||
		    strcmp(values[i], "bad") == 0)
			return 0;
	}
	return word && strcmp(commands[c].name, word) == 0;
}

int main(int argc, char **argv)
{
	use_jit = argc > 1 && strcmp(argv[1], "--jit") == 0;
	while (fgets(line, sizeof(line), stdin)) {
		size_t c = 0, n = sizeof(commands) / sizeof(commands[0]);
		char *id = strtok(line, " \n"), *word = strtok(NULL, " \n");

		for (n_fields = 0; n_fields < MAX_FIELDS; n_fields++)
			if (!(keys[n_fields] = strtok(NULL, "=")) ||
			    !(values[n_fields] = strtok(NULL, " \n")))
				break;
		printf("%s ", id ? id : "0");
		while (c < n && !is_for(c, word))
			c++;
		if (c < n)
			commands[c].run();
		else
			puts("unsupported this command, or a field of it");
		fflush(stdout);
	}
	return 0;
}
