// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Functions that the kernel calls when a timer expires: kernel/bpf/verifier.c process_timer_func,
 * push_async_cb, set_timer_callback_state. Each is checked as if it were a program, and for each
 * timer that it is given to, since it gets that one's map, key and value.
 */
#include "vstate.h"

int v_timer(struct vwalk *w)
{
	const struct vreg *r = vreg(w, BPF_REG_1);

	if (r->kind != V_VALUE)
		return v_refuse(w, -EACCES, "R1 type=%s expected=map_value", v_kind_name(r));
	if (!r->map->has_timer)
		return v_refuse(w, -EINVAL, "map '%s' has no valid bpf_timer", r->map->name);
	if (!r->known || r->value)
		return v_refuse(w, -EINVAL, "off %lld doesn't point to 'struct bpf_timer'",
				(long long)r->value);
	return 0;
}

/* To be checked later, with nothing of what the program knows here. */
static void push_callback(struct vwalk *w, uint32_t func, const struct map *map)
{
	struct vsaved *here = v_save(w, w->now->pc);

	v_begin(w, func);
	*vreg(w, BPF_REG_1) = (struct vreg){ .kind = V_MAP, .known = VALL, .map = map };
	*vreg(w, BPF_REG_2) = (struct vreg){ .kind = V_KEY, .known = VALL, .map = map };
	*vreg(w, BPF_REG_3) = (struct vreg){ .kind = V_VALUE, .known = VALL, .map = map };
	v_push(w, w->now->pc);
	v_resume(w, here);
	v_recycle(w, here);
}

int v_callback(struct vwalk *w)
{
	const struct vreg *r = vreg(w, BPF_REG_2);
	uint32_t func;

	if (r->kind != V_FUNC)
		return v_refuse(w, -EACCES, "R2 type=%s expected=func", v_kind_name(r));
	func = (uint32_t)(prog_func_at(w->prog, (uint32_t)r->value) - w->prog->funcs);
	w->prog->funcs[func].is_callback = true;
	push_callback(w, func, vreg(w, BPF_REG_1)->map);
	return 0;
}

/* kernel/bpf/verifier.c fixup_call_args, of an interpreter: an address would be of no use to it */
int check_callbacks(struct checker *c)
{
	if (!c->has_func_ref || !ref_quirk(c->ref, QUIRK_NO_CALLBACKS))
		return 0;
	check_log(c, "callbacks are not allowed in non-JITed programs");
	return -EINVAL;
}
