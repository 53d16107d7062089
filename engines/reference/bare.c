// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bare.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness/base/alloc.h"
#include "run.h"

/* One whose context, as far as it is modelled, has no fields: all of r1 is up to memory.c. */
#define BARE_TYPE BPF_PROG_TYPE_KPROBE

/*
 * Both engines begin with the context in r1 and nothing else: the size comes by an instruction in
 * front. Jumps and calls count from where they stand, so the program does not notice.
 */
static int bare_load(struct ref *ref, struct bare_run *b)
{
	struct engine_prog_load load = { .type = BARE_TYPE, .log = b->log };
	struct bpf_insn *insns;
	int fd;

	if (b->mem_size > BARE_MAX_MEMORY || b->n_insns >= PROG_MAX_INSNS)
		return -E2BIG;
	insns = xcalloc(b->n_insns + 1, sizeof(*insns));
	insns[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
	insns[0].dst_reg = BPF_REG_2;
	insns[0].imm = (int32_t)b->mem_size;
	if (b->n_insns)
		memcpy(insns + 1, b->insns, b->n_insns * sizeof(*insns));
	load.insns = insns;
	load.n_insns = b->n_insns + 1;
	load.log_size = b->log_size;
	ref->unchecked = true;
	fd = ref_prog_load(&ref->engine, &load);
	ref->unchecked = false;
	free(insns);
	return fd;
}

/* The memory is a packet, which may be accessed in any way; a context may not. */
int reference_run_bare(struct engine *e, struct bare_run *b)
{
	struct ref *ref = to_ref(e);
	struct run *run = ref->run;
	struct prog *prog;
	int err, fd = bare_load(ref, b);

	if (fd < 0)
		return fd;
	err = fd_prog(ref, fd, &prog);
	if (!err) {
		run_begin(run, prog);
		run->ctx = b->mem;
		run->packet = (struct packet){
			.buf = b->mem, .size = b->mem_size, .end = b->mem_size, .direct = true
		};
		run->budget = (int64_t)ref->budget;
		err = ref->runner->run(run, prog, &b->r0);
	}
	e->ops->close(e, fd);
	return err;
}
