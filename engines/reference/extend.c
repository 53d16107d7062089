// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs that replace others (type ext, "freplace"): kernel/bpf/verifier.c
 * bpf_check_attach_target, kernel/bpf/syscall.c bpf_tracing_prog_attach. What is replaced is a main
 * function, for runs of its program: a tail call enters the program behind where it would be sent
 * on.
 */
#include "check.h"
#include "helpers.h"
#include "insn.h"

bool insns_move_packet(const struct bpf_insn *insns, uint32_t n)
{
	for (uint32_t pc = 0; pc < n; pc++) {
		const struct helper *h = NULL;

		if (insn_is_helper_call(&insns[pc]))
			h = helper_called(&insns[pc]);
		if (insn_is_tail_call(&insns[pc]) || (h && h->moves_packet))
			return true;
		pc += insn_is_wide(&insns[pc]);
	}
	return false;
}

/* On an engine that interprets, what was loaded as the others are is interpreted. */
static bool is_jited(const struct ref *ref, bool unlike_the_others)
{
	return unlike_the_others == ref_quirk(ref, QUIRK_EXT_NEEDS_JIT);
}

static const char *why_not(const struct ref *ref, const struct engine_prog_load *a,
			   const struct prog *target)
{
	if (target->is_ext)
		return "Cannot recursively attach";
	/* Without a BTF it has no function that could be named. */
	if (!target->global_funcs)
		return "Tracing programs must provide btf_id";
	if (!is_jited(ref, a->other_jit))
		return "Extension programs should be JITed";
	if (!is_jited(ref, target->interpreted))
		return "Can attach to only JITed progs";
	if (!target->moves_packet && insns_move_packet(a->insns, a->n_insns) &&
	    !ref_quirk(ref, QUIRK_EXT_PACKET_UNCHECKED))
		return "Extension program changes packet data, while original does not";
	return NULL;
}

int extension_target(struct ref *ref, struct engine_prog_load *a, struct prog **target)
{
	/* Tracing programs may have one too: that is not modelled. */
	struct checker c = { .ref = ref, .log = a->log, .log_size = a->log_size };
	const char *why = "Tracing programs must provide btf_id";
	int err = 0;

	*target = NULL;
	if (a->type != BPF_PROG_TYPE_EXT)
		return a->target_fd ? -EINVAL : 0;
	if (c.log && c.log_size)
		c.log[0] = '\0';
	if (a->target_fd)
		err = fd_prog(ref, a->target_fd, target);
	if (err)
		return ref_quirk(ref, QUIRK_EXT_TARGET_EBADF) ? err : -EINVAL;
	if (*target)
		why = why_not(ref, a, *target);
	if (why) {
		check_log(&c, "%s", why);
		return -EINVAL;
	}
	a->type = (*target)->type;
	return 0;
}

/* The link holds what is replaced from now on; there is no second one of the program. */
int extension_attach(struct ref *ref, struct prog *prog)
{
	if (prog->was_attached)
		return ref_quirk(ref, QUIRK_EXT_AGAIN_ENOENT) ? -ENOENT : -EINVAL;
	if (prog->target->replaced_by ||
	    (prog->target->n_slots && !ref_quirk(ref, QUIRK_EXT_IN_SLOTS)))
		return -EBUSY;
	prog->was_attached = true;
	prog->target->replaced_by = prog;
	return 0;
}

void extension_drop(struct ref *ref, struct prog *prog)
{
	struct prog *target = prog->target;

	if (!target)
		return;
	prog->target = NULL;
	if (target->replaced_by == prog)
		target->replaced_by = NULL;
	prog_put(ref, target);
}
