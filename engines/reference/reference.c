// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "reference.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "run.h"

int ref_why(struct ref *ref, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ref->engine.why, sizeof(ref->engine.why), fmt, ap);
	va_end(ap);
	return code;
}

/* Users let go in the order a kernel would see at the end of a task: descriptors, then names. */
static void drop_all(struct ref *ref)
{
	fd_close_all(ref);
	pin_drop_all(ref);
}

/* As every case finds it, whatever was before. */
static void ref_begin(struct ref *ref)
{
	memset(ref->last_id, 0, sizeof(ref->last_id));
	ref->caps = ENGINE_CAPS_ALL;
	ref->run->random = 0;
	ref->run->faulty_count = 0;
	fd_open_std(ref);
}

static int ref_reset(struct engine *e)
{
	struct ref *ref = to_ref(e);

	drop_all(ref);
	if (ref->objs[OBJ_MAP] || ref->objs[OBJ_PROG])
		return ref_why(ref, ENGINE_FAULT, "reset leaves objects behind");
	ref_begin(ref);
	return 0;
}

static void ref_destroy(struct engine *e)
{
	struct ref *ref = to_ref(e);

	drop_all(ref);
	free(ref->fds);
	arena_release(&ref->scratch);
	free(ref->run);
	free(ref);
}

static const struct engine_ops ref_ops = {
	.destroy = ref_destroy,
	.reset = ref_reset,
	.map_create = ref_map_create,
	.map_lookup = ref_map_lookup,
	.map_update = ref_map_update,
	.map_delete = ref_map_delete,
	.map_next_key = ref_map_next_key,
	.map_lookup_and_delete = ref_map_lookup_and_delete,
	.map_batch = ref_map_batch,
	.map_freeze = ref_map_freeze,
	.map_freeze_during = ref_map_freeze_during,
	.map_mmap = ref_map_mmap,
	.prog_load = ref_prog_load,
	.prog_run = ref_prog_run,
	.prog_bind_map = ref_prog_bind_map,
	.obj_pin = ref_obj_pin,
	.obj_get = ref_obj_get,
	.obj_unpin = ref_obj_unpin,
	.map_fd_by_id = ref_map_fd_by_id,
	.prog_fd_by_id = ref_prog_fd_by_id,
	.map_next_id = ref_map_next_id,
	.prog_next_id = ref_prog_next_id,
	.map_info = ref_map_info,
	.prog_info = ref_prog_info,
	.map_info_raw = ref_map_info_raw,
	.prog_attach = ref_prog_attach,
	.iter_attach = ref_iter_attach,
	.dup = ref_dup,
	.close = ref_close,
	.odd_fd = ref_odd_fd,
	.btf_load = ref_btf_load,
	.kernel_btf = ref_kernel_btf,
	.token_create = ref_token_create,
	.set_caps = ref_set_caps,
	.fdinfo = ref_fdinfo,
	.pin_read = ref_pin_read,
	.prog_insns = ref_prog_insns,
};

void reference_set_quirks(struct engine *e, quirk_set quirks)
{
	struct ref *ref = to_ref(e);

	ref->quirks = quirks;
	ref->mutants = *reference_mutants();
	ref->call_mutants = false;
	for (int id = 0; id < N_CALL_MUTANTS; id++)
		ref->call_mutants |= mutant_in(&ref->mutants, (enum mutant_id)id);
	ref->assumed = quirks & (QUIRK(FUNCTION_RESULT_ASSUMED) | QUIRK(SKB_LOAD_ASSUMED)) &&
		       !(quirks & (QUIRK(NO_DIRECT_CALLS) | QUIRK(CALLS_NOT_PATCHED)));
	ref->odd_calls = ref->assumed || ref->call_mutants ||
			 quirks & (QUIRK(INDEX_IN_64_BITS) | QUIRK(OUT_OF_RANGE_COUNTS));
	e->big_endian = ref_quirk(ref, QUIRK_BIG_ENDIAN);
}

void reference_set_budget(struct engine *e, uint64_t insns)
{
	to_ref(e)->budget = insns;
}

struct engine *ref_new(quirk_set quirks, const struct runner *runner)
{
	struct ref *ref = xcalloc(1, sizeof(*ref));

	ref->engine.ops = &ref_ops;
	ref->engine.name = runner->engine_name;
	ref->engine.n_cpus = 1;
	ref->runner = runner;
	reference_set_quirks(&ref->engine, quirks);
	ref->budget = RUN_BUDGET;
	ref->run = run_new(ref);
	ref_begin(ref);
	return &ref->engine;
}

struct engine *reference_interp_new(quirk_set quirks)
{
	return ref_new(quirks, &interp_runner);
}
