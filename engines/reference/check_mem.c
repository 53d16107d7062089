// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What loads and stores do, and which are refused: kernel/bpf/verifier.c check_mem_access */
#include "context.h"
#include "helpers.h"
#include "insn.h"
#include "vstate.h"

#define NET_IP_ALIGN 2 /* kernel/bpf/verifier.c check_pkt_ptr_alignment */

static uint32_t slot_number(int64_t off)
{
	return (uint32_t)((-off - 1) / 8);
}

static const struct vreg *slot_at(struct vwalk *w, uint32_t frame, int64_t off)
{
	return vslot(&w->now->frames[frame], slot_number(off));
}

static struct vreg *slot_written(struct vwalk *w, uint32_t frame, int64_t off)
{
	return vslot_use(&w->now->frames[frame], slot_number(off));
}

/* Which byte of its slot is at @off; slots are in memory order. */
static unsigned int byte_in_slot(int64_t off)
{
	return (unsigned int)((off + STACK_SIZE) % 8);
}

static void note_stack(struct vwalk *w, const struct vreg *ptr)
{
	struct func *f = &w->prog->funcs[w->now->frames[ptr->frame].func];

	if (-ptr->value > f->stack)
		f->stack = (uint32_t)-ptr->value;
}

/*
 * kernel/bpf/verifier.c check_stack_access_within_bounds: to begin out of the frame is one error,
 * to run out of it another.
 */
static int stack_bounds(struct vwalk *w, const struct vreg *ptr, uint32_t size)
{
	bool begins = ptr->value >= -STACK_SIZE && ptr->value < 0;

	if (!begins || ptr->value + size > 0)
		return v_refuse(w, begins ? -EINVAL : -EACCES,
				"invalid stack access: off %lld, size %u", (long long)ptr->value,
				size);
	note_stack(w, ptr);
	return 0;
}

/*
 * Bytes of a slot are kept as this machine has them in memory, the lowest first: a number that a
 * big-endian program writes or reads is turned round.
 */
static int64_t as_bytes(const struct vwalk *w, int64_t value, uint32_t size)
{
	if (!w->c->ref->engine.big_endian)
		return value;
	return (int64_t)number_swapped((uint64_t)value, size);
}

static bool stack_const(struct vwalk *w, const struct vreg *ptr, uint32_t size, int64_t *value)
{
	unsigned int first = byte_in_slot(ptr->value);
	const struct vreg *slot = slot_at(w, ptr->frame, ptr->value);
	unsigned int want = ((1U << size) - 1) << first;

	if (first + size > 8 || slot->kind != V_SCALAR || (slot->known & want) != want)
		return false;
	*value = (int64_t)((uint64_t)slot->value >> first * 8);
	if (size < 8)
		*value &= (1LL << size * 8) - 1;
	*value = as_bytes(w, *value, size);
	return true;
}

/* kernel/bpf/verifier.c get_constant_map_key: stored as one number of this size, or all zeroes */
bool v_stack_key(struct vwalk *w, const struct vreg *ptr, uint32_t size, int64_t *value)
{
	const struct vreg *slot = slot_at(w, ptr->frame, ptr->value);

	return (!slot->frame || slot->frame == size) && stack_const(w, ptr, size, value);
}

/* Reading a stack that nothing was written to is for those who may: it gives some number. */
static struct vreg stack_read(struct vwalk *w, const struct vreg *ptr, uint32_t size)
{
	const struct vreg *slot = slot_at(w, ptr->frame, ptr->value);
	int64_t value;

	if (size == 8 && vis_pointer(slot) && slot->kind != V_IRQ)
		return *slot;
	if (stack_const(w, ptr, size, &value))
		return vconst(value);
	if (size == 8 && slot->kind == V_SCALAR && slot->frame == 8)
		return (struct vreg){ .kind = V_SCALAR,
				      .low = slot->low,
				      .low_known = slot->low_known };
	return vscalar();
}

static void slot_set_byte(struct vreg *slot, unsigned int byte, bool zero)
{
	if (slot->kind != V_SCALAR)
		*slot = vscalar();
	slot->known &= (uint8_t) ~(1U << byte);
	slot->known |= (uint8_t)(zero << byte);
	slot->value &= ~(int64_t)(0xffULL << byte * 8);
}

/*
 * kernel/bpf/verifier.c check_stack_write_fixed_off: what is stored at the beginning of a slot is
 * remembered, in its size; elsewhere in a slot only zeroes are. @what is NULL for bytes that
 * somebody else writes.
 */
static void stack_write(struct vwalk *w, const struct vreg *ptr, uint32_t size,
			const struct vreg *what)
{
	struct vreg *slot = slot_written(w, ptr->frame, ptr->value);
	bool first = !byte_in_slot(ptr->value);

	if (what && first && size == 8) {
		*slot = *what;
		slot->frame = what->kind == V_SCALAR ? 8 : what->frame;
		if (vis_const(what))
			slot->value = as_bytes(w, what->value, size);
		return;
	}
	if (what && first && size < 8 && vis_const(what)) {
		*slot = vscalar();
		slot->known = (uint8_t)((1U << size) - 1);
		slot->value = as_bytes(w, what->value & (int64_t)((1ULL << size * 8) - 1), size);
		slot->frame = (uint8_t)size;
		return;
	}
	for (uint32_t i = 0; i < size; i++) {
		slot = slot_written(w, ptr->frame, ptr->value + i);
		if (slot->kind == V_SCALAR && slot->frame)
			*slot = vscalar();
		slot_set_byte(slot, byte_in_slot(ptr->value + i),
			      what && vis_const(what) && !what->value);
	}
}

/* A store somewhere in the frame: nothing in it is certain any more. */
static void stack_unknown_write(struct vwalk *w, const struct vreg *ptr)
{
	for (uint32_t i = 0; i < N_SLOTS; i++)
		*vslot_use(&w->now->frames[ptr->frame], i) = vscalar();
}

static int value_bounds(struct vwalk *w, const struct vreg *ptr, uint32_t size, bool write)
{
	const struct map *map = ptr->map;

	if (map->flags & (write ? BPF_F_RDONLY_PROG : BPF_F_WRONLY_PROG))
		return v_refuse(w, -EACCES, "%s map forbidden", write ? "write into" : "read from");
	if (ptr->known && (ptr->value < 0 || ptr->value + size > map->value_size))
		return v_refuse(w, -EACCES,
				"invalid access to map value, value_size=%u off=%lld size=%u",
				map->value_size, (long long)ptr->value, size);
	return 0;
}

/* kernel/bpf/verifier.c may_access_direct_pkt_data */
static int packet_writable(struct vwalk *w)
{
	if (w->prog->kind->family & (FAMILY_TC | FAMILY_XDP))
		return 0;
	return v_refuse(w, -EACCES, "cannot write into packet");
}

/* kernel/bpf/verifier.c check_flow_keys_access */
static int flow_keys_bounds(struct vwalk *w, const struct vreg *ptr, uint32_t size)
{
	if (!ptr->known ||
	    (ptr->value >= 0 && ptr->value + size <= (int64_t)sizeof(struct bpf_flow_keys)))
		return 0;
	return v_refuse(w, -EACCES, "invalid access to flow keys off=%lld size=%u",
			(long long)ptr->value, size);
}

/* kernel/bpf/verifier.c check_mem_access PTR_TO_MAP_KEY */
static int key_bounds(struct vwalk *w, const struct vreg *ptr, uint32_t size, bool write)
{
	if (write)
		return v_refuse(w, -EACCES, "write to change key not allowed");
	if (ptr->known && (ptr->value < 0 || ptr->value + size > ptr->map->key_size))
		return v_refuse(w, -EACCES,
				"invalid access to map key, key_size=%u off=%lld size=%u",
				ptr->map->key_size, (long long)ptr->value, size);
	return 0;
}

/* Of what is no context: may @ptr + its offset be read or written? */
static int access_ok(struct vwalk *w, const struct vreg *ptr, uint32_t reg, uint32_t size,
		     bool write)
{
	switch (ptr->kind) {
	case V_NONE:
		return v_readable(w, reg);
	case V_STACK:
		return ptr->known ? stack_bounds(w, ptr, size) : 0;
	case V_VALUE:
		return value_bounds(w, ptr, size, write);
	case V_KEY:
		return key_bounds(w, ptr, size, write);
	case V_PACKET:
		return write ? packet_writable(w) : 0;
	case V_FLOW_KEYS:
		return flow_keys_bounds(w, ptr, size);
	default:
		return v_refuse(w, -EACCES, "R%u invalid mem access", reg);
	}
}

/*
 * kernel/bpf/verifier.c check_ptr_alignment: on the stack always, elsewhere for atomic operations
 * only, on machines that do not care. On others what is behind an Ethernet header is aligned, and
 * an offset must be certain.
 */
static int aligned(struct vwalk *w, const struct vreg *ptr, uint32_t size, bool strict)
{
	bool cares = ref_quirk(w->c->ref, QUIRK_STRICT_ALIGNMENT);
	uint64_t at = vlow(ptr) + (ptr->kind == V_PACKET && cares ? NET_IP_ALIGN : 0);
	bool certain = (vlow_known(ptr) & (size - 1)) == size - 1;

	if (ptr->kind != V_STACK && !strict && !cares)
		return 0;
	if (!vis_pointer(ptr) || (certain ? at % size == 0 : !ptr->known && !cares))
		return 0;
	return v_refuse(w, -EACCES, "misaligned access off %lld size %u", (long long)ptr->value,
			size);
}

static void note_ctx(struct prog *prog, uint32_t end)
{
	if (end > prog->max_ctx_offset)
		prog->max_ctx_offset = end;
}

/*
 * kernel/bpf/verifier.c check_ctx_reg: at its own address, but for what user space made up. NULL:
 * refused, with EACCES.
 */
static const struct ctx_field *ctx_field_at(struct vwalk *w, const struct bpf_insn *in,
					    const struct vreg *ptr, bool write)
{
	uint32_t size = 1U << insn_size_log2(in);
	int64_t off = ptr->value + in->off;
	const struct ctx_field *f = NULL;

	if (!ptr->known || (ptr->value && w->prog->type != BPF_PROG_TYPE_SYSCALL)) {
		v_refuse(w, -EACCES, "dereference of modified ctx ptr disallowed");
		return NULL;
	}
	if (off >= 0 && off <= UINT16_MAX)
		f = ctx_access(w->prog->kind, (uint32_t)off, size, write);
	if (f)
		note_ctx(w->prog, (uint32_t)off + size);
	else
		v_refuse(w, -EACCES, "invalid bpf_context access off=%lld size=%u", (long long)off,
			 size);
	return f;
}

static struct vreg field_value(const struct ctx_field *f)
{
	switch (f->kind) {
	case FIELD_DATA:
	case FIELD_DATA_META:
		return (struct vreg){ .kind = V_PACKET, .known = VALL };
	case FIELD_DATA_END:
		return (struct vreg){ .kind = V_PACKET_END, .known = VALL };
	case FIELD_FLOW_KEYS:
		return (struct vreg){ .kind = V_FLOW_KEYS, .known = VALL };
	default:
		return vscalar();
	}
}

/* The pointer that a load or store goes to. */
static struct vreg target(struct vwalk *w, const struct bpf_insn *in)
{
	struct vreg ptr = *vreg(w, insn_base(in));

	if (ptr.kind != V_CTX && ptr.known && vis_pointer(&ptr))
		ptr.value += in->off;
	else
		ptr.low = (uint8_t)(ptr.low + in->off) & LOW_BITS;
	return ptr;
}

static int load_ctx(struct vwalk *w, const struct bpf_insn *in, const struct vreg *ptr,
		    struct vreg *got)
{
	const struct ctx_field *f = ctx_field_at(w, in, ptr, false);

	if (!f)
		return -EACCES;
	*got = field_value(f);
	if (got->kind != V_SCALAR && BPF_MODE(in->code) == INSN_MEMSX)
		return v_refuse(w, -EACCES, "invalid bpf_context access");
	return 0;
}

static int load_mem(struct vwalk *w, const struct bpf_insn *in, const struct vreg *ptr,
		    struct vreg *got)
{
	uint32_t size = 1U << insn_size_log2(in);
	int err = aligned(w, ptr, size, false);

	if (ptr->kind == V_MAP) /* struct bpf_map, by BTF */
		return ref_why(w->c->ref, ENGINE_UNSUPPORTED, "a map's fields are not modelled");
	if (!err)
		err = access_ok(w, ptr, in->src_reg, size, false);
	if (err || ptr->kind != V_STACK || !ptr->known)
		return err;
	if (slot_at(w, ptr->frame, ptr->value)->kind == V_IRQ)
		return v_refuse(w, -EACCES, "invalid read from stack off %lld size %u",
				(long long)ptr->value, size);
	*got = stack_read(w, ptr, size);
	return 0;
}

int v_load(struct vwalk *w, const struct bpf_insn *in)
{
	struct vreg ptr = target(w, in), got = vscalar();
	int err = v_writable(w, in->dst_reg);

	if (!err)
		err = ptr.kind == V_CTX ? load_ctx(w, in, &ptr, &got) : load_mem(w, in, &ptr, &got);
	if (err)
		return err;
	if (BPF_MODE(in->code) == INSN_MEMSX)
		got = vscalar();
	*vreg(w, in->dst_reg) = got;
	return 0;
}

int v_store(struct vwalk *w, const struct bpf_insn *in)
{
	uint32_t size = 1U << insn_size_log2(in);
	struct vreg ptr = target(w, in), what = vconst(in->imm);
	int err = 0;

	if (BPF_CLASS(in->code) == BPF_STX) {
		err = v_readable(w, in->src_reg);
		what = *vreg(w, in->src_reg);
	}
	if (err)
		return err;
	if (ptr.kind == V_CTX)
		return ctx_field_at(w, in, &ptr, true) ? 0 : -EACCES;
	err = aligned(w, &ptr, size, false);
	if (!err)
		err = access_ok(w, &ptr, in->dst_reg, size, true);
	if (err || ptr.kind != V_STACK)
		return err;
	if (vis_pointer(&what) && size != 8)
		return v_refuse(w, -EACCES, "invalid size of register spill");
	if (ptr.known)
		stack_write(w, &ptr, size, &what);
	else
		stack_unknown_write(w, &ptr);
	return 0;
}

/* kernel/bpf/verifier.c check_atomic: neither on contexts nor on packets nor on flow keys */
int v_atomic(struct vwalk *w, const struct bpf_insn *in)
{
	uint32_t size = 1U << insn_size_log2(in);
	struct vreg ptr = target(w, in);
	bool load = in->imm == INSN_LOAD_ACQ, store = in->imm == INSN_STORE_REL;
	bool fetch = !load && !store && in->imm & BPF_FETCH && in->imm != BPF_CMPXCHG;
	int err = load ? v_writable(w, in->dst_reg) : v_readable(w, in->src_reg);

	if (!err && in->imm == BPF_CMPXCHG)
		err = v_readable(w, BPF_REG_0);
	if (!err && fetch)
		err = v_writable(w, in->src_reg);
	if (load && ptr.kind == V_MAP)
		return ref_why(w->c->ref, ENGINE_UNSUPPORTED, "a map's fields are not modelled");
	if (!err && (ptr.kind == V_CTX || ptr.kind == V_PACKET || ptr.kind == V_FLOW_KEYS))
		err = v_refuse(w, -EACCES, "BPF_ATOMIC on R%u is not allowed", insn_base(in));
	if (!err)
		err = aligned(w, &ptr, size, true);
	if (!err)
		err = access_ok(w, &ptr, insn_base(in), size, !load);
	if (!err && !load && !store)
		err = access_ok(w, &ptr, insn_base(in), size, false);
	if (err)
		return err;
	if (store && ptr.kind == V_STACK && size != 8 && vis_pointer(vreg(w, in->src_reg)))
		return v_refuse(w, -EACCES, "invalid size of register spill");
	if (ptr.kind == V_STACK && !load) {
		if (ptr.known)
			stack_write(w, &ptr, size, NULL);
		else
			stack_unknown_write(w, &ptr);
	}
	if (load)
		*vreg(w, in->dst_reg) = vscalar();
	else if (in->imm == BPF_CMPXCHG)
		*vreg(w, BPF_REG_0) = vscalar();
	else if (fetch)
		*vreg(w, in->src_reg) = vscalar();
	return 0;
}

int v_helper_mem(struct vwalk *w, uint32_t reg, uint32_t size, bool write)
{
	const struct vreg *ptr = vreg(w, reg);
	int err = ptr->kind == V_FLOW_KEYS
			  ? v_refuse(w, -EACCES, "R%u type=flow_keys expected=fp", reg)
			  : access_ok(w, ptr, reg, size, write);

	if (err || !write || ptr->kind != V_STACK)
		return err;
	if (ptr->known)
		stack_write(w, ptr, size, NULL);
	else
		stack_unknown_write(w, ptr);
	return 0;
}
