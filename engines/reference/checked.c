// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "checked.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "../../harness/base/arena.h"
#include "insn.h"
#include "reference.h"

#define N_KEPT 64 /* the programs of some cases; one of the same place goes */

/*
 * What the checks see of a program but its instructions. Whatever they come to look at belongs here
 * or into struct map_traits.
 */
struct traits {
	/* Compared as bytes: a quirk_set would leave a hole. */
	uint64_t quirks, quirks_above;
	struct mutant_set mutants;
	uint32_t type;
	uint32_t attach_type;
	uint32_t flags;
	uint32_t n_insns;
	uint32_t has_func_info;
	uint32_t void_funcs;
	uint32_t global_funcs;
	uint32_t exception_callback;
	uint32_t caps;
	uint32_t unused; /* so that there is no gap */
};

/* What they see of a map. */
struct map_traits {
	const struct map_ops *ops;
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags;
	uint32_t kind; /* 1; and 2 with a lock, 4 for a certain program alone, 8 with a timer, 16
			  guarded */
};

/* A descriptor in the instructions, and which of the program's maps it is. */
struct map_ref {
	int fd;
	int index;
	struct map_traits map;
	struct map_traits inner; /* all zeroes: none */
};

struct entry {
	struct arena memory; /* of all that follows */
	struct traits traits;
	struct bpf_insn *given;
	struct map_ref *maps;
	uint32_t n_maps;
	/* What the checks made of it; the maps of sites are not in here, but their indices are. */
	struct bpf_insn *insns;
	struct func *funcs;
	uint32_t n_funcs;
	bool has_tail_call;
	struct tail_site *sites;
	int *site_maps;
	uint32_t n_sites;
	uint8_t *reached;
	uint32_t max_ctx_offset;
};

struct checked {
	struct entry entries[N_KEPT];
};

/* Compared as memory, so there are no gaps in it. */
static void traits_of(const struct checker *c, struct traits *t)
{
	const struct prog *prog = c->prog;

	memset(t, 0, sizeof(*t));
	t->quirks = (uint64_t)c->ref->quirks;
	t->quirks_above = (uint64_t)(c->ref->quirks >> 64);
	t->mutants = c->ref->mutants;
	t->type = prog->type;
	t->attach_type = prog->attach_type;
	t->flags = prog->flags;
	t->n_insns = prog->n_insns;
	t->has_func_info = c->has_func_info;
	t->void_funcs = c->void_funcs;
	t->global_funcs = prog->global_funcs;
	t->exception_callback = prog->exception_callback;
	t->caps = c->ref->caps;
}

static void map_traits_of(const struct map *map, struct map_traits *t)
{
	memset(t, 0, sizeof(*t));
	if (!map)
		return;
	t->ops = map->ops;
	t->type = map->type;
	t->key_size = map->key_size;
	t->value_size = map->value_size;
	t->max_entries = map->max_entries;
	t->flags = map->flags;
	t->kind = 1U | (map->has_lock ? 2U : 0) | (map->exclusive ? 4U : 0) |
		  (map->has_timer ? 8U : 0) | (map->guarded ? 16U : 0);
}

static struct entry *entry_of(const struct checker *c, const struct bpf_insn *insns)
{
	uint64_t h = (uint64_t)c->ref->quirks ^ (uint64_t)(c->ref->quirks >> 64) ^ c->prog->type,
		 word;

	for (uint32_t i = 0; i < c->prog->n_insns; i++) {
		memcpy(&word, &insns[i], sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 32;
	}
	return &c->ref->checked->entries[h % N_KEPT];
}

static bool map_same(struct checker *c, const struct map_ref *m)
{
	struct map_traits is;
	struct map *map;

	if (fd_map(c->ref, m->fd, &map, NULL))
		return false;
	map_traits_of(map, &is);
	if (memcmp(&is, &m->map, sizeof(is)) != 0)
		return false;
	map_traits_of(map->inner, &is);
	return memcmp(&is, &m->inner, sizeof(is)) == 0 && prog_add_map(c->prog, map) == m->index;
}

static bool maps_same(struct checker *c, const struct entry *e)
{
	for (uint32_t i = 0; i < e->n_maps; i++) {
		if (map_same(c, &e->maps[i]))
			continue;
		prog_drop_maps(c->ref, c->prog);
		return false;
	}
	return true;
}

static void *copy(const void *from, size_t n, size_t size)
{
	return from && n ? memcpy(xreallocarray(NULL, n, size), from, n * size) : NULL;
}

static void take(struct prog *prog, const struct entry *e)
{
	memcpy(prog->insns, e->insns, prog->n_insns * sizeof(*prog->insns));
	prog->funcs = copy(e->funcs, e->n_funcs, sizeof(*e->funcs));
	prog->n_funcs = e->n_funcs;
	prog->has_tail_call = e->has_tail_call;
	prog->sites = copy(e->sites, e->n_sites, sizeof(*e->sites));
	prog->n_sites = e->n_sites;
	for (uint32_t i = 0; i < e->n_sites; i++)
		prog->sites[i].map = prog->maps[e->site_maps[i]];
	prog->reached = copy(e->reached, prog->n_insns, 1);
	prog->max_ctx_offset = e->max_ctx_offset;
}

bool checked_find(struct checker *c, const struct bpf_insn *insns)
{
	const struct entry *e;
	struct traits t;

	if (!c->ref->checked || c->ref->unchecked)
		return false;
	e = entry_of(c, insns);
	traits_of(c, &t);
	if (memcmp(&t, &e->traits, sizeof(t)) != 0 ||
	    memcmp(insns, e->given, t.n_insns * sizeof(*insns)) != 0 || !maps_same(c, e))
		return false;
	take(c->prog, e);
	if (c->log && c->log_size)
		c->log[0] = '\0';
	return true;
}

/* By descriptor, and so that the program's maps come in the order in which they were found. */
static void keep_maps(struct entry *e, const struct prog *prog)
{
	e->maps = arena_alloc(&e->memory, prog->n_insns / 2 + 1, sizeof(*e->maps));
	e->n_maps = 0;
	for (uint32_t pc = 0; pc < prog->n_insns; pc++) {
		const struct bpf_insn *in = &e->given[pc];
		struct map_ref *m = &e->maps[e->n_maps];
		uint32_t known = 0;

		if (!insn_is_wide(in))
			continue;
		pc++;
		if (in->src_reg != BPF_PSEUDO_MAP_FD && in->src_reg != BPF_PSEUDO_MAP_VALUE)
			continue;
		while (known < e->n_maps && e->maps[known].fd != in->imm)
			known++;
		if (known < e->n_maps)
			continue;
		m->fd = in->imm;
		m->index = prog->insns[pc - 1].imm;
		map_traits_of(prog->maps[m->index], &m->map);
		map_traits_of(prog->maps[m->index]->inner, &m->inner);
		e->n_maps++;
	}
}

static void keep_sites(struct entry *e, const struct prog *prog)
{
	e->n_sites = prog->n_sites;
	e->site_maps = arena_alloc(&e->memory, prog->n_sites, sizeof(*e->site_maps));
	for (uint32_t i = 0; i < prog->n_sites; i++) {
		int index = 0;

		while (prog->maps[index] != prog->sites[i].map)
			index++;
		e->site_maps[i] = index;
	}
}

static void *keep(struct entry *e, const void *from, size_t n, size_t size)
{
	return from && n ? memcpy(arena_alloc(&e->memory, n, size), from, n * size) : NULL;
}

/*
 * Not what hangs on more than maps' traits: storage of cgroups goes by ids; and a map out of a map
 * of maps is none of the program's.
 */
static bool can_be_kept(const struct prog *prog)
{
	for (uint32_t i = 0; i < N_STORAGE_TYPES; i++)
		if (prog->storage[i])
			return false;
	for (uint32_t i = 0; i < prog->n_sites; i++) {
		uint32_t m = 0;

		while (m < prog->n_maps && prog->maps[m] != prog->sites[i].map)
			m++;
		if (m == prog->n_maps)
			return false;
	}
	return true;
}

void checked_keep(struct checker *c, const struct bpf_insn *insns)
{
	const struct prog *prog = c->prog;
	struct entry *e;

	if (!c->ref->checked || c->ref->unchecked || !can_be_kept(prog))
		return;
	e = entry_of(c, insns);
	arena_clear(&e->memory);
	traits_of(c, &e->traits);
	e->given = keep(e, insns, prog->n_insns, sizeof(*insns));
	keep_maps(e, prog);
	e->insns = keep(e, prog->insns, prog->n_insns, sizeof(*insns));
	e->funcs = keep(e, prog->funcs, prog->n_funcs, sizeof(*e->funcs));
	e->n_funcs = prog->n_funcs;
	e->has_tail_call = prog->has_tail_call;
	e->sites = keep(e, prog->sites, prog->n_sites, sizeof(*e->sites));
	keep_sites(e, prog);
	e->reached = keep(e, prog->reached, prog->n_insns, 1);
	e->max_ctx_offset = prog->max_ctx_offset;
}

struct checked *reference_checked_new(void)
{
	return xcalloc(1, sizeof(struct checked));
}

void reference_checked_free(struct checked *checked)
{
	for (int i = 0; i < N_KEPT; i++)
		arena_release(&checked->entries[i].memory);
	free(checked);
}

void reference_share_checked(struct engine *e, struct checked *checked)
{
	to_ref(e)->checked = checked;
}
