// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A runtime (vm.h) under tailcheck's cases, linked to it. What a runtime has to bring along is a
 * struct engine: of the operations of bpf(2) those that it has. What it does not know it calls
 * unsupported, and never guesses.
 *
 *	cc main.c vm.c $(pkg-config --cflags --libs --static tailcheck)
 *	./a.out $(pkg-config --variable=casesdir tailcheck) [NAME|GLOB|AREA]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tailcheck/engine.h>
#include <tailcheck/tailcheck.h>

#include "vm.h"

#define MAX_FDS	      1024 /* one case makes no more, or is unsupported */
#define MAX_MAP_BYTES (16U << 20)

struct linked {
	struct engine e; /* first: the executor hands back a pointer to it */
	unsigned int n;	 /* descriptors given out in this case */
	struct object {
		struct vm_prog *prog;
		struct vm_map *map;
		bool closed; /* its memory stays until reset: programs and slots may use it */
	} objects[MAX_FDS];
	struct vm_map *maps[MAX_FDS]; /* for vm_run() */
};

static int unsupported(struct engine *e, const char *why)
{
	snprintf(e->why, sizeof(e->why), "%s", why);
	return ENGINE_UNSUPPORTED;
}

static struct object *get(struct engine *e, int fd)
{
	struct linked *l = (struct linked *)e;

	return fd >= 0 && (unsigned int)fd < l->n && !l->objects[fd].closed ? &l->objects[fd]
									    : NULL;
}

static int reset(struct engine *e)
{
	struct linked *l = (struct linked *)e;

	for (unsigned int i = 0; i < l->n; i++) {
		free(l->objects[i].prog);
		if (l->objects[i].map) {
			free(l->objects[i].map->progs);
			free(l->objects[i].map->values);
		}
		free(l->objects[i].map);
		l->objects[i] = (struct object){ 0 };
		l->maps[i] = NULL;
	}
	l->n = 0;
	return 0;
}

/* Is anything given for the map beside its type and sizes? */
static bool is_special(const struct engine_map_create *a)
{
	return a->flags || a->inner_map_fd || a->numa_node || a->name[0] || a->ifindex ||
	       a->btf_fd || a->btf_key_type_id || a->btf_value_type_id ||
	       a->btf_vmlinux_value_type_id || a->map_extra || a->value_type_btf_obj_fd ||
	       a->map_token_fd || a->excl_prog_hash || a->excl_prog_hash_size || a->has_attr_size ||
	       a->spin_lock || a->timer || a->stray_byte;
}

static int map_create(struct engine *e, const struct engine_map_create *a)
{
	bool progs = a->type == BPF_MAP_TYPE_PROG_ARRAY;
	struct linked *l = (struct linked *)e;
	uint64_t bytes = (uint64_t)a->max_entries * (progs ? sizeof(void *) : a->value_size);
	struct vm_map *map;

	if (is_special(a) || a->key_size != 4 || (!progs && a->type != BPF_MAP_TYPE_ARRAY) ||
	    (progs && a->value_size != 4) || bytes > MAX_MAP_BYTES || l->n == MAX_FDS)
		return unsupported(e, "this type of map, or something given for it");
	if (!bytes)
		return -EINVAL;
	map = calloc(1, sizeof(*map));
	*map = (struct vm_map){ .type = a->type, .value_size = a->value_size, .n = a->max_entries };
	map->progs = progs ? calloc(map->n, sizeof(*map->progs)) : NULL;
	map->values = progs ? NULL : calloc(map->n, map->value_size);
	l->objects[l->n].map = l->maps[l->n] = map;
	return (int)l->n++;
}

/* The map and the index that an element command means; @limit: what an index behind the end is. */
static int find(struct engine *e, const struct engine_elem *el, int limit, struct vm_map **map,
		uint32_t *key)
{
	struct object *o = get(e, el->fd);

	if (el->stray_byte)
		return unsupported(e, "attributes in bytes");
	if (!o)
		return -EBADF;
	if (!o->map)
		return -EINVAL;
	if (!el->key || el->key == ENGINE_BAD_PTR)
		return -EFAULT;
	*map = o->map;
	memcpy(key, el->key, sizeof(*key));
	return *key < o->map->n ? 0 : limit;
}

static int map_lookup(struct engine *e, struct engine_elem *el)
{
	struct vm_map *map;
	uint32_t key;
	int ret = el->flags ? unsupported(e, "flags of lookups") : find(e, el, -ENOENT, &map, &key);

	if (ret || (map->progs && !map->progs[key]))
		return ret ? ret : -ENOENT;
	if (!el->value || el->value == ENGINE_BAD_PTR)
		return -EFAULT;
	if (map->progs)
		memcpy(el->value, &map->progs[key]->id, sizeof(uint32_t));
	else
		memcpy(el->value, map->values + (size_t)key * map->value_size, map->value_size);
	return 0;
}

static int map_update(struct engine *e, struct engine_elem *el)
{
	const struct object *o;
	struct vm_map *map;
	uint32_t key;
	int ret = el->flags ? unsupported(e, "flags of updates") : find(e, el, -E2BIG, &map, &key);
	int32_t fd;

	if (ret)
		return ret;
	if (!el->value || el->value == ENGINE_BAD_PTR)
		return -EFAULT;
	if (map->values) {
		memcpy(map->values + (size_t)key * map->value_size, el->value, map->value_size);
		return 0;
	}
	memcpy(&fd, el->value, sizeof(fd));
	o = get(e, fd);
	if (!o)
		return -EBADF;
	/* The first program makes the array one for its type. */
	if (!o->prog || (map->owner && map->owner != o->prog->type))
		return -EINVAL;
	map->owner = o->prog->type;
	map->progs[key] = o->prog;
	return 0;
}

static int map_delete(struct engine *e, struct engine_elem *el)
{
	struct vm_map *map;
	uint32_t key;
	int ret = el->flags ? unsupported(e, "flags of deletes") : find(e, el, -E2BIG, &map, &key);

	if (ret)
		return ret;
	if (map->values)
		return -EINVAL;
	ret = map->progs[key] ? 0 : -ENOENT;
	map->progs[key] = NULL;
	return ret;
}

static int prog_load(struct engine *e, const struct engine_prog_load *a)
{
	struct linked *l = (struct linked *)e;
	bool used[MAX_FDS] = { false };
	uint32_t n_maps = 0;
	struct vm_prog *prog;

	if (a->type != BPF_PROG_TYPE_SOCKET_FILTER && a->type != BPF_PROG_TYPE_RAW_TRACEPOINT)
		return unsupported(e, "this type of program");
	if (a->name[0] || a->expected_attach_type || a->flags || a->n_funcs || a->n_kfuncs ||
	    a->other_jit || l->n == MAX_FDS || !vm_knows(a->insns, a->n_insns))
		return unsupported(e, "an instruction, or something given for the program");
	for (uint32_t i = 0; i < a->n_insns; i++) {
		bool load = BPF_CLASS(a->insns[i].code) == BPF_LD;
		struct object *o = load && a->insns[i].src_reg ? get(e, a->insns[i].imm) : NULL;

		if (load && a->insns[i].src_reg && (!o || !o->map))
			return -EBADF;
		/* An array that a program of one type uses is for that type from then on. */
		if (o && o->map->progs && !o->map->owner)
			o->map->owner = a->type;
		n_maps += o && !used[a->insns[i].imm];
		if (o)
			used[a->insns[i].imm] = true;
		i += load;
	}
	prog = malloc(sizeof(*prog) + a->n_insns * sizeof(*a->insns));
	*prog = (struct vm_prog){ .type = a->type, .id = l->n + 1, .n_maps = n_maps };
	memcpy(prog->insns, a->insns, a->n_insns * sizeof(*a->insns));
	l->objects[l->n].prog = prog;
	return (int)l->n++;
}

/* The executor asks for ids, to know which program is in a slot. */
static int prog_info(struct engine *e, int fd, struct engine_prog_info *info)
{
	const struct object *o = get(e, fd);

	if (!o || !o->prog)
		return o ? -EINVAL : -EBADF;
	*info = (struct engine_prog_info){ .type = o->prog->type,
					   .id = o->prog->id,
					   .nr_map_ids = o->prog->n_maps };
	return 0;
}

static int prog_run(struct engine *e, struct engine_run *run)
{
	/* Of a packet's metadata this runtime has what a user can set. */
	static const uint8_t skb_fields[sizeof(struct __sk_buff)] = {
		[offsetof(struct __sk_buff, mark)] = 1,
		[offsetof(struct __sk_buff, priority)] = 1,
	};
	struct linked *l = (struct linked *)e;
	struct object *o = get(e, run->fd);
	bool skb = o && o->prog && o->prog->type == BPF_PROG_TYPE_SOCKET_FILTER;
	uint8_t ctx[256] = { 0 };
	uint64_t r0;

	if (!o)
		return -EBADF;
	if (!o->prog)
		return -EINVAL;
	if (run->repeat > 1 || run->flags || run->cpu || run->ctx_size_in > sizeof(ctx) ||
	    (skb ? run->data_size_in < 14 : run->data_size_in))
		return unsupported(e, "something given for the run");
	memcpy(ctx, run->ctx_in, run->ctx_size_in);
	if (!vm_run(o->prog, l->maps, ctx, sizeof(ctx), skb ? skb_fields : NULL, &r0))
		return unsupported(e, "a field of the context");
	run->retval = (uint32_t)r0;
	if (run->data_out)
		memcpy(run->data_out, run->data_in, run->data_size_in);
	run->data_size_out = run->data_size_in;
	if (run->ctx_out)
		memcpy(run->ctx_out, ctx, run->ctx_size_out);
	return 0;
}

static int close_fd(struct engine *e, int fd)
{
	struct object *o = get(e, fd);

	if (!o)
		return -EBADF;
	if (o->map && o->map->progs)
		return unsupported(e, "counting who uses a prog_array");
	o->closed = true;
	return 0;
}

int main(int argc, char **argv)
{
	static const struct engine_ops ops = { .reset = reset,
					       .map_create = map_create,
					       .map_lookup = map_lookup,
					       .map_update = map_update,
					       .map_delete = map_delete,
					       .prog_load = prog_load,
					       .prog_run = prog_run,
					       .prog_info = prog_info,
					       .close = close_fd };
	static struct linked l = {
		.e = { .ops = &ops, .name = "linked", .loads_unchecked = true }
	};
	const char *paths[] = { argc > 1 ? argv[1] : "." };
	size_t counts[4] = { 0 };
	char why[1024];
	struct tailcheck_suite *suite = tailcheck_suite_read(paths, 1, why, sizeof(why));

	if (!suite) {
		fprintf(stderr, "%s", why);
		return 2;
	}
	for (size_t i = 0; i < tailcheck_suite_size(suite); i++) {
		const struct tailcheck_case *c = tailcheck_suite_case(suite, i);
		struct tailcheck_result r;

		if (argc > 2 && !tailcheck_case_matches(c, argv[2]))
			continue;
		tailcheck_run(c, &l.e, &r);
		counts[r.verdict]++;
		printf("%-11s %s%s%s\n", tailcheck_verdict_name(r.verdict), tailcheck_case_name(c),
		       r.why ? ": " : "", r.why ? r.why : "");
		tailcheck_result_release(&r);
	}
	tailcheck_suite_free(suite);
	printf("%zu conform, %zu diverge, %zu faults, %zu unsupported\n",
	       counts[TAILCHECK_CONFORMS], counts[TAILCHECK_DIVERGES], counts[TAILCHECK_FAULT],
	       counts[TAILCHECK_UNSUPPORTED]);
	/* Nothing that ran is no success. */
	return counts[TAILCHECK_DIVERGES] || counts[TAILCHECK_FAULT] || !counts[TAILCHECK_CONFORMS];
}
