// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Bytes as instructions: loaded as a program of any type, with or without the checks of registers,
 * and if they are taken, run by the interpreter and by the JIT, to the same effect on result,
 * message, packet, context and maps.
 *
 * Programs may give away addresses, which is their good right. So both runs are of one program
 * object in one engine on the same maps: addresses are the same, and only who runs it differs. The
 * interpreter goes first and last; what it does differently the second time (elements of hash maps
 * come from other places) says nothing about the JIT.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../engines/reference/insn.h"
#include "../../engines/reference/reference.h"
#include "../../engines/reference/run.h"
#include "load.h"

#define BUDGET	  3000
#define VALUE	  16
#define ENTRIES	  4
#define ONE_VALUE 64
#define CTX_BYTES sizeof(struct __sk_buff)
#define MAX_DATA  (14 + 255)

struct input {
	struct load_header head;
	const struct bpf_insn *insns;
	uint32_t n_insns;
};

/* Without holes, to be compared as bytes. */
struct seen {
	int status;
	uint32_t result;
	uint32_t data_size;
	uint32_t ctx_size;
	uint32_t n_keys;
	uint32_t keys[ENTRIES];
	uint8_t hash[ENTRIES][VALUE];
	char why[256];
	uint8_t data[ALIGN_UP(MAX_DATA + XDP_HEADROOM, 4)];
	uint8_t ctx[CTX_BYTES];
	uint8_t array[ENTRIES][VALUE];
	uint8_t percpu[ENTRIES][VALUE];
	uint8_t inner[ENTRIES][VALUE];
	uint8_t one[ONE_VALUE];
};

static struct engine *engine;
static const struct runner *jit_runner;
static int maps[LOAD_MAPS];

static void finding(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

static int new_map(uint32_t type, uint32_t value, uint32_t entries, int inner)
{
	struct engine_map_create a = { .type = type,
				       .key_size = 4,
				       .value_size = value,
				       .max_entries = entries,
				       .inner_map_fd = (uint32_t)inner };
	int fd = engine->ops->map_create(engine, &a);

	if (fd < 0)
		finding("a map cannot be made");
	return fd;
}

static void set(enum load_map map, uint32_t key, const void *value)
{
	uint8_t copy[ONE_VALUE] = { 0 };
	struct engine_elem el = { .fd = maps[map], .key = &key, .value = copy };

	memcpy(copy, value,
	       map == LOAD_VALUE				       ? ONE_VALUE
	       : map >= LOAD_ARRAY_OF_MAPS && map <= LOAD_HASH_OF_MAPS ? 4
								       : VALUE);
	if (engine->ops->map_update(engine, &el))
		finding("a map cannot be filled");
}

static void make_maps(void)
{
	maps[LOAD_PROGS] = new_map(BPF_MAP_TYPE_PROG_ARRAY, 4, ENTRIES, 0);
	maps[LOAD_ARRAY] = new_map(BPF_MAP_TYPE_ARRAY, VALUE, ENTRIES, 0);
	maps[LOAD_HASH] = new_map(BPF_MAP_TYPE_HASH, VALUE, ENTRIES, 0);
	maps[LOAD_VALUE] = new_map(BPF_MAP_TYPE_ARRAY, ONE_VALUE, 1, 0);
	maps[LOAD_PERCPU] = new_map(BPF_MAP_TYPE_PERCPU_ARRAY, VALUE, ENTRIES, 0);
	maps[LOAD_INNER] = new_map(BPF_MAP_TYPE_ARRAY, VALUE, ENTRIES, 0);
	maps[LOAD_ARRAY_OF_MAPS] =
		new_map(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, ENTRIES, maps[LOAD_INNER]);
	maps[LOAD_HASH_OF_MAPS] = new_map(BPF_MAP_TYPE_HASH_OF_MAPS, 4, ENTRIES, maps[LOAD_INNER]);
	set(LOAD_ARRAY_OF_MAPS, 1, &maps[LOAD_INNER]);
	set(LOAD_HASH_OF_MAPS, 1, &maps[LOAD_INNER]);
}

/* Keys of the hash map, the first ENTRIES of them. */
static uint32_t keys_of_hash(uint32_t *keys)
{
	uint32_t n = 0;
	struct engine_elem el = { .fd = maps[LOAD_HASH], .value = &keys[0] };

	while (n < ENTRIES && !engine->ops->map_next_key(engine, &el)) {
		el.key = &keys[n++];
		el.value = n < ENTRIES ? &keys[n] : NULL;
	}
	return n;
}

/* The state that every run begins with. */
static void refill(void)
{
	uint8_t value[ONE_VALUE];
	uint32_t keys[ENTRIES], n = keys_of_hash(keys);

	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(i * 37);
	for (uint32_t i = 0; i < n; i++) {
		struct engine_elem el = { .fd = maps[LOAD_HASH], .key = &keys[i] };

		if (engine->ops->map_delete(engine, &el))
			finding("a key of the hash map is not there");
	}
	for (uint32_t i = 0; i < ENTRIES; i++) {
		set(LOAD_ARRAY, i, value + i);
		set(LOAD_PERCPU, i, value + i + 1);
		set(LOAD_INNER, i, value + i + 2);
	}
	set(LOAD_HASH, 0, value);
	set(LOAD_HASH, 1, value + 1);
	set(LOAD_VALUE, 0, value);
	to_ref(engine)->run->random = 0;
}

static void look_at(int fd, uint32_t key, void *value)
{
	struct engine_elem el = { .fd = fd, .key = &key, .value = value };

	if (engine->ops->map_lookup(engine, &el))
		finding("an element is not there");
}

/* Elements of the hash map are in no certain order: by key. */
static int by_key(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void look(struct seen *s)
{
	s->n_keys = keys_of_hash(s->keys);
	qsort(s->keys, s->n_keys, sizeof(s->keys[0]), by_key);
	for (uint32_t i = 0; i < ENTRIES; i++) {
		look_at(maps[LOAD_ARRAY], i, s->array[i]);
		look_at(maps[LOAD_PERCPU], i, s->percpu[i]);
		look_at(maps[LOAD_INNER], i, s->inner[i]);
		if (i < s->n_keys)
			look_at(maps[LOAD_HASH], s->keys[i], s->hash[i]);
	}
	look_at(maps[LOAD_VALUE], 0, s->one);
}

/* The options of a run that a type does not take would be an error before it begins. */
static void run_by(const struct runner *runner, const struct input *in, int fd, struct seen *s)
{
	uint32_t type = load_types[in->head.type % LOAD_TYPES];
	uint8_t data[MAX_DATA], ctx[CTX_BYTES] = { 0 };
	struct ref *ref = to_ref(engine);
	const struct runner *was = ref->runner;
	struct engine_run run = { .fd = fd };
	bool packet = type != BPF_PROG_TYPE_RAW_TRACEPOINT && type != BPF_PROG_TYPE_SYSCALL;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	if (packet) {
		run.data_in = data;
		run.data_size_in = 14U + in->head.packet;
		run.data_out = s->data;
		run.data_size_out = sizeof(s->data);
		run.repeat = 2;
		if (type != BPF_PROG_TYPE_XDP) {
			run.ctx_out = s->ctx;
			run.ctx_size_out = sizeof(s->ctx);
		}
	} else {
		memset(ctx, 0x5a, 12 * sizeof(uint64_t));
		run.ctx_in = ctx;
		run.ctx_size_in = 12 * sizeof(uint64_t);
	}
	ref->runner = runner;
	engine->why[0] = '\0';
	s->status = engine->ops->prog_run(engine, &run);
	ref->runner = was;
	s->result = s->status ? 0 : run.retval;
	s->data_size = run.data_size_out;
	s->ctx_size = run.ctx_size_out;
	memcpy(s->why, engine->why, strnlen(engine->why, sizeof(s->why) - 1));
	if (!packet && !s->status)
		memcpy(s->ctx, ctx, sizeof(ctx));
	look(s);
}

static void say(const struct input *in, const char *by, const struct seen *s)
{
	fprintf(stderr, "%s: status %d, result %#x, packet of %u bytes %s\n", by, s->status,
		s->result, s->data_size, s->why);
	for (uint32_t i = 0; in && i < in->n_insns; i++)
		fprintf(stderr, "%3u: %02x r%u r%u %d %d\n", i, in->insns[i].code,
			in->insns[i].dst_reg, in->insns[i].src_reg, in->insns[i].off,
			in->insns[i].imm);
}

static bool same(const struct seen *a, const struct seen *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void run_both(const struct input *in, int fd)
{
	static struct seen first, jit, last;

	refill();
	run_by(&interp_runner, in, fd, &first);
	refill();
	run_by(jit_runner, in, fd, &jit);
	refill();
	run_by(&interp_runner, in, fd, &last);
	if (strstr(jit.why, "machine code ended")) {
		say(in, "JIT", &jit);
		finding("machine code faulted");
	}
	if (!same(&first, &last) || same(&first, &jit))
		return;
	say(in, "interpreter", &first);
	say(NULL, "JIT", &jit);
	finding("interpreter and JIT differ");
}

static int load(const struct input *in, const struct bpf_insn *insns, uint32_t n)
{
	static const struct engine_func funcs[] = { { 0, "f" } };
	static char log[4096];
	struct engine_prog_load a = {
		.type = load_types[in->head.type % LOAD_TYPES],
		.flags = in->head.options & LOAD_SLEEPABLE ? BPF_F_SLEEPABLE : 0,
		.insns = insns,
		.n_insns = n,
		.funcs = funcs,
		.n_funcs = 1,
		.no_btf = in->head.options & LOAD_NO_BTF,
		.log = log,
		.log_size = sizeof(log),
	};

	if (in->head.options & LOAD_EGRESS)
		a.expected_attach_type = BPF_CGROUP_INET_EGRESS;
	return engine->ops->prog_load(engine, &a);
}

/* Programs of other types do not fit into the array: no matter. */
static void fill_slots(const struct input *in, int first, int second)
{
	static const struct bpf_insn seven[] = {
		{ .code = BPF_ALU64 | BPF_MOV, .imm = 7 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fds[ENTRIES] = { first, second, -1, load(in, seven, 2) };

	for (uint32_t i = 0; i < ENTRIES; i++) {
		struct engine_elem el = { .fd = maps[LOAD_PROGS], .key = &i, .value = &fds[i] };

		if (fds[i] >= 0)
			engine->ops->map_update(engine, &el);
	}
}

/* 0, or 1 where a program cannot be compiled (which the engine said by the JIT's name). */
static int load_and_run(const struct input *in, bool compare)
{
	uint32_t split = in->head.second < in->n_insns ? in->head.second : in->n_insns;
	static struct seen s;
	int first, second = -1;

	make_maps();
	engine->why[0] = '\0';
	first = load(in, in->insns, split);
	if (first == ENGINE_UNSUPPORTED && strstr(engine->why, "ref-jit"))
		return 1;
	if (split < in->n_insns)
		second = load(in, in->insns + split, in->n_insns - split);
	if (second == ENGINE_UNSUPPORTED && strstr(engine->why, "ref-jit"))
		return 1;
	fill_slots(in, first, second);
	for (int i = 0; i < 2; i++) {
		int fd = i ? second : first;

		if (fd >= 0 && compare)
			run_both(in, fd);
		if (fd >= 0 && !compare) {
			refill();
			run_by(&interp_runner, in, fd, &s);
		}
	}
	return 0;
}

static void clean_up(void)
{
	if (engine->ops->reset(engine))
		finding(engine->why);
}

static void begin(void)
{
	engine = reference_jit_new(0);
	reference_set_budget(engine, BUDGET);
	jit_runner = to_ref(engine)->runner;
	/* Descriptors are handed out from the lowest on: these are the maps' every time. */
	make_maps();
	clean_up();
}

/* What a program means by numbers: the maps, and for the time something that comes back. */
static void settle(const struct input *in, struct bpf_insn *insns)
{
	for (uint32_t i = 0; i < in->n_insns; i++) {
		struct bpf_insn *insn = &insns[i];

		if (insn_is_helper_call(insn) && insn->imm == BPF_FUNC_ktime_get_ns)
			insn->imm = BPF_FUNC_get_prandom_u32;
		if (!insn_is_wide(insn))
			continue;
		if ((insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE) &&
		    insn->imm >= 0 && insn->imm < LOAD_MAPS)
			insn->imm = maps[insn->imm];
		i++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bpf_insn insns[LOAD_MAX_INSNS];
	struct input in = { .insns = insns };
	struct ref *ref;
	quirk_set quirks;

	_Static_assert(sizeof(quirks) == sizeof(in.head.quirks), "all quirks are drawn");
	if (size < sizeof(in.head))
		return 0;
	memcpy(&in.head, data, sizeof(in.head));
	memcpy(&quirks, in.head.quirks, sizeof(quirks));
	in.n_insns = (uint32_t)((size - sizeof(in.head)) / sizeof(insns[0]));
	if (in.n_insns > LOAD_MAX_INSNS)
		return 0;
	memcpy(insns, data + sizeof(in.head), in.n_insns * sizeof(insns[0]));

	if (!engine)
		begin();
	ref = to_ref(engine);
	ref->quirks = quirks & (QUIRK(COUNT) - 1);
	ref->unchecked = in.head.options & LOAD_UNCHECKED;
	settle(&in, insns);
	if (load_and_run(&in, true)) {
		clean_up();
		ref->runner = &interp_runner;
		load_and_run(&in, false);
	}
	clean_up();
	ref->runner = jit_runner;
	return 0;
}
