/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interpreter's loop, for interp.c to include once for each byte order of the machine that
 * programs run on: INTERP_RUN is the function's name, IN_ORDER(bits, n) turns a number of a
 * register into what is in memory, and back.
 */
static int INTERP_RUN(struct run *run, const struct prog *prog, uint64_t *r0)
{
	static const void *const labels[FUSED_END] = {
		/* cppcheck-suppress assignBoolToPointer */
		OTHER_OPS(LABEL) ALU_OPS(LABEL_FORMS) JMP_OPS(LABEL_FORMS) MEM_OPS(LABEL_SIZES)
			FUSED_FIRST(PAIR_LABELS) FUSED_LONGER(LONGER_LABEL)
	};
	uint64_t reg[MAX_BPF_REG];
	const struct dinsn *pc = prog->code, *row;
	const struct prog *to;
	const struct map *map;
	int64_t budget = run->budget;
	uint64_t frame, addr, loaded, sum;

	run->prog = prog;
	run->depth = 0;
	run->tail_calls = 0;
	run->ctx_reads = ctx_reads(run);
	poison(reg);
	for (int i = BPF_REG_6; i <= BPF_REG_9; i++)
		reg[i] = 0;
	frame = (uint64_t)(uintptr_t)run_frame(run);
	reg[BPF_REG_1] = (uint64_t)(uintptr_t)run->ctx;
	reg[BPF_REG_10] = frame + STACK_SIZE;
	DISPATCH();

	ALU_OPS(ALU)
	JMP_OPS(JMP)
	MEMORY(8, 0)
	MEMORY(16, 1)
	MEMORY(32, 2)
	MEMORY(64, 3)
	LOAD(LDSX8, 8, 0, int8_t)
	LOAD(LDSX16, 16, 1, int16_t)
	LOAD(LDSX32, 32, 2, int32_t)
	UNARY(NEG64, -DST)
	UNARY(NEG32, (uint32_t)-DST)
	UNARY(MOV64K, IMM)
	UNARY(MOV64X, SRC)
	UNARY(MOV32K, (uint32_t)IMM)
	UNARY(MOV32X, (uint32_t)SRC)
	UNARY(MOVSX8_64, (uint64_t)(int8_t)SRC)
	UNARY(MOVSX16_64, (uint64_t)(int16_t)SRC)
	UNARY(MOVSX32_64, (uint64_t)(int32_t)SRC)
	UNARY(MOVSX8_32, (uint32_t)(int8_t)SRC)
	UNARY(MOVSX16_32, (uint32_t)(int16_t)SRC)
	UNARY(SWAP16, __builtin_bswap16((uint16_t)DST))
	UNARY(SWAP32, __builtin_bswap32((uint32_t)DST))
	UNARY(SWAP64, __builtin_bswap64(DST))
	UNARY(TRUNC16, (uint16_t)DST)
	UNARY(TRUNC32, (uint32_t)DST)

	FUSED_FIRST(PAIRS)
	SUM(8, 0)
	SUM(16, 1)
	SUM(32, 2)
	SUM(64, 3)
	COUNT(32, 2)
	COUNT(64, 3)

	AT(SPILL)
	loaded = SRC;
	row = pc + 2 * pc->imm;
	do {
		MEM(64, FP_ADDR()) = IN_ORDER(64, loaded);
		pc += 2;
	} while (pc != row);
	DISPATCH();

	AT(INDEX)
	DST = ((SRC & (uint64_t)pc[1].imm) << (pc[2].imm & 63)) + reg[pc[3].src];
	pc += 4;
	FORESEE(FUSED_SUM64, L_SUM64);
	FORESEE(FUSED_COUNT64, L_COUNT64);
	DISPATCH();

	AT(PACKET)
	if (unlikely(!ctx_pointer_at(run, ADDR(pc->src)) ||
		     !ctx_pointer_at(run, reg[pc[1].src] + (uint64_t)(int64_t)pc[1].off)))
		goto L_LDX32;
	loaded = ctx_pointer(run, ctx_pointer_at(run, ADDR(pc->src)));
	sum = ctx_pointer(run, ctx_pointer_at(run, reg[pc[1].src] + (uint64_t)(int64_t)pc[1].off));
	DST = loaded;
	pc++;
	DST = sum;
	pc++;
	goto L_BOUND;

	AT(BOUND)
	DST = SRC + (uint64_t)pc[1].imm;
	pc += 2;
	goto L_JGT64X;

	AT(WIDE_SHIFT)
	DST = wide_shift(pc, DST, SRC);
	NEXT();

	AT(HALVED_SHIFT)
	DST = halved_shift(pc, DST, SRC);
	NEXT();

	AT(LEAST_DIV)
	DST = least_div(pc, (uint32_t)DST,
			BPF_SRC(pc->off) == BPF_X ? (uint32_t)SRC : (uint32_t)IMM);
	NEXT();

	AT(NOP)
	NEXT();

	AT(LDDW)
	DST = IMM;
	pc += 2;
	DISPATCH();

	AT(ATOMIC32)
	run->pc = pc;
	if (!run_atomic(run, pc, reg, 4))
		goto fault;
	NEXT();

	AT(ATOMIC64)
	run->pc = pc;
	if (!run_atomic(run, pc, reg, 8))
		goto fault;
	NEXT();

	AT(LOAD_ACQ)
	run->pc = pc;
	if (!mem_load(run, ADDR(pc->src), (uint32_t)pc->imm, &DST))
		goto fault;
	NEXT();

	AT(STORE_REL)
	run->pc = pc;
	if (!mem_store(run, ADDR(pc->dst), (uint32_t)pc->imm, SRC))
		goto fault;
	NEXT();

	AT(SKB_ABS)
	AT(SKB_IND)
	run->pc = pc;
	if (run_skb_load(run, pc, reg))
		NEXT();
	if (run->fault)
		goto fault;
	goto leave;

	AT(JA)
	JUMP();

	AT(CALL)
	run->pc = pc;
	budget -= pc->off; /* the function's length */
	if (budget < 0)
		goto exhausted;
	if (!enter(run, pc, reg))
		goto fault;
	frame = reg[BPF_REG_10] - STACK_SIZE;
	pc += pc->imm + 1;
	DISPATCH();

	AT(HELPER)
	run->pc = pc;
	reg[BPF_REG_0] = helpers[pc->imm].call(run, reg);
	if (unlikely(run->fault))
		goto fault;
	pc++;
	FORESEE(OP_HELPER, L_HELPER);
	DISPATCH();

	AT(TAIL_ADD)
	DST += IMM;
	pc++;
	map = (const struct map *)(uintptr_t)pc->imm;
	DST = IMM;
	pc += 2;
	goto known_map;

	AT(TAIL_TO)
	map = (const struct map *)(uintptr_t)pc->imm;
	DST = IMM;
	pc += 2;
	DST = IMM;
	pc++;
known_map:
	if (unlikely(reg[BPF_REG_1] != (uint64_t)(uintptr_t)run->ctx))
		goto L_TAIL_CALL;
	to = enter_slot(run, map, (uint32_t)reg[BPF_REG_3]);
	if (likely(to)) {
		pc = code_of(to, pc);
		DISPATCH();
	}
	goto missed;

	AT(TAIL_CALL)
	map = plain_tail_call(run, pc, reg);
	if (likely(map)) {
		to = enter_slot(run, map, (uint32_t)reg[BPF_REG_3]);
	} else {
		run->pc = pc;
		to = run_tail_call(run, reg);
	}
	if (likely(to)) {
		pc = code_of(to, pc);
		DISPATCH();
	}
	if (run->fault)
		goto fault;
missed:
	poison(reg);
	pc++;
	FORESEE(FUSED_SUB64K_JNE64K, F_SUB64K_JNE64K);
	DISPATCH();

	AT(EXIT)
leave:
	if (run->depth) {
		pc = leave(run, reg);
		frame = reg[BPF_REG_10] - STACK_SIZE;
		DISPATCH();
	}
	run->budget = budget;
	*r0 = reg[BPF_REG_0];
	return 0;

	AT(BAD)
	run->pc = pc;
	run_no_insn(run);
	goto fault;

exhausted:
	run->pc = pc;
	run_exhausted(run);
fault:
	return ENGINE_FAULT;
}

#undef INTERP_RUN
#undef IN_ORDER
