// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The tail calls of a program. One that has the same index and map on every way to it is a direct
 * one: kernel/bpf/verifier.c record_func_key, do_misc_fixups. A JIT patches those, and has room for
 * so many.
 */
#include "../../harness/base/alloc.h"
#include "check.h"

static struct tail_site *site_at(struct prog *prog, uint32_t pc)
{
	for (uint32_t i = 0; i < prog->n_sites; i++)
		if (prog->sites[i].pc == pc)
			return &prog->sites[i];
	return NULL;
}

/* The index is compared in 64 bits here, unlike when the call is made. */
void site_reached(struct prog *prog, uint32_t pc, const struct map *map, bool known, uint64_t index)
{
	struct tail_site *site = site_at(prog, pc);
	bool direct = known && index < map->max_entries && !map->guarded;

	if (!site) {
		site = vec_add(prog->sites, prog->n_sites);
		*site = (struct tail_site){
			.pc = pc, .direct = direct, .index = (uint32_t)index, .map = map
		};
	} else if (!direct || site->index != index || site->map != map) {
		site->direct = false;
	}
}

int check_sites(struct checker *c)
{
	const struct prog *prog = c->prog;
	uint32_t direct = 0, most = MAX_SITES - ref_mutant(c->ref, MUTANT_CHECK_SITES_LESS);

	for (uint32_t i = 0; i < prog->n_sites; i++)
		direct += prog->sites[i].direct;
	if (direct > most && !ref_quirk(c->ref, QUIRK_NO_DIRECT_CALLS) &&
	    !ref_mutant(c->ref, MUTANT_CHECK_SITES_ANY)) {
		check_log(c, "adding tail call poke descriptor failed");
		return -ENOSPC;
	}
	return 0;
}
