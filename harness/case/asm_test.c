// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the assembler accepts beyond LLVM's spelling, and what it says about what it refuses. */
#include "asm_test.h"

#include "../base/alloc.h"

#define INSN(code, dst, src, off, imm)   \
	{                                \
		code, dst, src, off, imm \
	}
#define LDDW(dst, src, low, high) INSN(0x18, dst, src, 0, low), INSN(0, 0, 0, 0, high)

/* The longest name. */
#define LONG_NAME "n123456789012345678901234567890123456789012345678901234567890123"

/* One line, and the bytes of it. */
static const struct {
	const char *text;
	struct bpf_insn insns[2];
} encodings[] = {
	{ "call bpf_tail_call", { INSN(0x85, 0, 0, 0, BPF_FUNC_tail_call) } },
	{ "call tail_call", { INSN(0x85, 0, 0, 0, BPF_FUNC_tail_call) } },
	{ "call bpf_tail_call#12", { INSN(0x85, 0, 0, 0, BPF_FUNC_tail_call) } },
	{ "call 12", { INSN(0x85, 0, 0, 0, BPF_FUNC_tail_call) } },
	{ "call 0x7fffffff", { INSN(0x85, 0, 0, 0, 0x7fffffff) } },
	{ "call -1", { INSN(0x85, 0, 0, 0, -1) } },
	{ "call unknown#195896080", { INSN(0x85, 0, 0, 0, 195896080) } },
	{ "call kfunc#7", { INSN(0x85, 0, BPF_PSEUDO_KFUNC_CALL, 0, 7) } },
	{ "call kfunc bpf_x", { INSN(0x85, 0, BPF_PSEUDO_KFUNC_CALL, 0, 0) } },
	{ "call\tkfunc  tail_call ;", { INSN(0x85, 0, BPF_PSEUDO_KFUNC_CALL, 0, 0) } },
	{ "bpf_x: call kfunc bpf_x", { INSN(0x85, 0, BPF_PSEUDO_KFUNC_CALL, 0, 0) } },
	{ "kfunc: call kfunc # x", { INSN(0x85, 0, BPF_PSEUDO_CALL, 0, -1) } },
	{ "call pc+7", { INSN(0x85, 0, BPF_PSEUDO_CALL, 0, 7) } },
	{ "call pc-1", { INSN(0x85, 0, BPF_PSEUDO_CALL, 0, -1) } },
	{ "r1 = progs ll", { LDDW(1, BPF_PSEUDO_MAP_FD, 0, 0) } },
	{ "r1 = area-1.map_2 ll", { LDDW(1, BPF_PSEUDO_MAP_FD, 0, 0) } },
	{ "r1 = be16 ll", { LDDW(1, BPF_PSEUDO_MAP_FD, 0, 0) } },
	{ "r1 = count[0] ll", { LDDW(1, BPF_PSEUDO_MAP_VALUE, 0, 0) } },
	{ "r1 = count[0xfff8] ll", { LDDW(1, BPF_PSEUDO_MAP_VALUE, 0, 0xfff8) } },
	{ "r1 = map[8] ll", { LDDW(1, BPF_PSEUDO_MAP_VALUE, 0, 8) } },
	{ "r1 = map[fd:5] ll", { LDDW(1, BPF_PSEUDO_MAP_FD, 5, 0) } },
	{ "r1 = map[fd:-1][8] ll", { LDDW(1, BPF_PSEUDO_MAP_VALUE, -1, 8) } },
	{ "r1 = map[idx:5] ll", { LDDW(1, BPF_PSEUDO_MAP_IDX, 5, 0) } },
	{ "r1 = map[idx:5][8] ll", { LDDW(1, BPF_PSEUDO_MAP_IDX_VALUE, 5, 8) } },
	{ "r1 = btf[id:5][0] ll", { LDDW(1, BPF_PSEUDO_BTF_ID, 5, 0) } },
	{ "r1 = pc+7 ll", { LDDW(1, BPF_PSEUDO_FUNC, 7, 0) } },
	{ "self: r2 = self ll", { LDDW(2, BPF_PSEUDO_FUNC, -1, 0) } },
	{ LONG_NAME ": call " LONG_NAME, { INSN(0x85, 0, BPF_PSEUDO_CALL, 0, -1) } },
	{ "self: call self", { INSN(0x85, 0, BPF_PSEUDO_CALL, 0, -1) } },
	{ "gotol +100000", { INSN(0x06, 0, 0, 0, 100000) } },
	{ "gotol -2147483648", { INSN(0x06, 0, 0, 0, INT32_MIN) } },
	{ "goto pc+1", { INSN(0x05, 0, 0, 1, 0) } },
	{ "goto pc -0x1", { INSN(0x05, 0, 0, -1, 0) } },
	{ "r0 = *(u16 *)skb[r7 + 8]", { INSN(0x48, 0, 7, 0, 8) } },
	{ "r0 = *(u16 *)skb[r7 - 2147483648]", { INSN(0x48, 0, 7, 0, INT32_MIN) } },
	{ "w1 = 0xffffffff", { INSN(0xb4, 1, 0, 0, -1) } },
	{ "w1 &= 4294967295", { INSN(0x54, 1, 0, 0, -1) } },
	{ "if w1 == 0xffffffff goto +0", { INSN(0x16, 1, 0, 0, -1) } },
	{ "*(u32 *)(r1 + 0) = 0xffffffff", { INSN(0x62, 1, 0, 0, -1) } },
	/* Blanks are free, but for the word `goto` and its kind. */
	{ "*(u64*)(r10-8)=r0;", { INSN(0x7b, 10, 0, -8, 0) } },
	{ " * ( u64 * ) ( r10 - 8 ) = - 1 ; ", { INSN(0x7a, 10, 0, -8, -1) } },
	{ "r1=r2", { INSN(0xbf, 1, 2, 0, 0) } },
	{ "r1 = - r1\r", { INSN(0x87, 1, 0, 0, 0) } },
	{ "if r1 s>=-1 goto+3", { INSN(0x75, 1, 0, 3, -1) } },
	{ "\tlock\t*(u32 *)(r1 +0) += r2", { INSN(0xc3, 1, 2, 0, BPF_ADD) } },
	/* The kernel's names of atomic operations, r registers for 32 bits, and of everything. */
	{ "r2 = atomic_fetch_add((u32 *)(r1 +0), r2)", { INSN(0xc3, 1, 2, 0, 0x01) } },
	{ "r2 = atomic64_fetch_xor((u64 *)(r1 -8), r2)", { INSN(0xdb, 1, 2, -8, 0xa1) } },
	{ "r2 = atomic64_xchg((u64 *)(r1 +0), r2)", { INSN(0xdb, 1, 2, 0, 0xe1) } },
	{ "r2 = atomic_xchg((u32 *)(r1 +0), r2)", { INSN(0xc3, 1, 2, 0, 0xe1) } },
	{ "r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)", { INSN(0xdb, 1, 2, 0, 0xf1) } },
	{ "r0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r2)", { INSN(0xc3, 1, 2, 0, 0xf1) } },
	{ "12: (bf) r1 = r2", { INSN(0xbf, 1, 2, 0, 0) } },
	{ "   0: (b7) r0 = -1                  ; R0_w=-1", { INSN(0xb7, 0, 0, 0, -1) } },
	{ "3: (18) r1 = 0xffff888100000000", { LDDW(1, 0, 0, (int)0xffff8881) } },
	{ "5: (85) call bpf_tail_call#12", { INSN(0x85, 0, 0, 0, 12) } },
	{ "6: (55) if r0 != 0x3 goto pc+1", { INSN(0x55, 0, 0, 1, 3) } },
	{ "7: (65) if r0 s> 0xffffffff goto pc+1", { INSN(0x65, 0, 0, 1, -1) } },
	{ "8: (7b) *(u64 *)(r10 -8) = r0", { INSN(0x7b, 10, 0, -8, 0) } },
	{ "9: (d7) r1 = bswap32 r1", { INSN(0xd7, 1, 0, 0, 32) } },
	/* Arguments on the stack. */
	{ "*(u64 *)(r11 - 8) = r1", { INSN(0x7b, 11, 1, -8, 0) } },
	{ "*(u64 *)(r11 - 56) = -2", { INSN(0x7a, 11, 0, -56, -2) } },
	{ "r6 = *(u64 *)(r11 + 8)", { INSN(0x79, 6, 11, 8, 0) } },
	{ "r0 = *(s32 *)(r11 + 16)", { INSN(0x81, 0, 11, 16, 0) } },
};

static void encodes_by_hand(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		struct asm_prog prog;

		must_assemble(&prog, encodings[i].text);
		assert_int_equal(prog.n_insns, encodings[i].insns[0].code == 0x18 ? 2 : 1);
		assert_memory_equal(prog.insns, encodings[i].insns,
				    prog.n_insns * sizeof(struct bpf_insn));
		asm_release(&prog);
	}
}

static const struct {
	const char *text;
	unsigned int line, column;
	const char *message;
} errors[] = {
	{ "r11 = 0", 1, 1, "unknown register r11" },
	/* Arguments on the stack are stored and loaded, no more. */
	{ "r1 = r11", 1, 6, "unknown register r11" },
	{ "*(u64 *)(r1 - 8) = r11", 1, 20, "unknown register r11" },
	{ "lock *(u64 *)(r11 - 8) += r1", 1, 15, "unknown register r11" },
	{ "*(u64 *)(r12 - 8) = r1", 1, 10, "unknown register r12" },
	{ "r1 = *(u64 *)(r11 + 32768)", 1, 19, "offset +32768 is out of range (-32768 ... 32767)" },
	{ "r1 = r99999999999999999999", 1, 6, "unknown register r99999999999999999999" },
	{ "r01 = 0", 1, 1, "unknown register r01" },
	{ "exit\n\n  r1 = w2", 3, 8, "a 64-bit operation needs r registers on both sides" },
	{ "w1 += r2", 1, 7, "a 32-bit operation needs w registers on both sides" },
	{ "if w1 == r2 goto +1", 1, 10, "a 32-bit operation needs w registers on both sides" },
	{ "r1 = 5000000000", 1, 6, "immediate 5000000000 does not fit 32 bits; use `ll`" },
	{ "r1 += 5000000000", 1, 7, "immediate 5000000000 does not fit 32 bits" },
	{ "w1 = -2147483649", 1, 6, "immediate -2147483649 does not fit 32 bits" },
	{ "r1 = 0xffffffff", 1, 6,
	  "immediate 0xffffffff would be sign-extended to 64 bits: use `ll`, or write it as a "
	  "negative number" },
	{ "if r1 > 0x80000000 goto +1", 1, 9,
	  "immediate 0x80000000 would be sign-extended to 64 bits: write it as a negative number" },
	{ "r1 = 18446744073709551616 ll", 1, 6, "18446744073709551616 does not fit 64 bits" },
	{ "r1 = -9223372036854775809 ll", 1, 6, "-9223372036854775809 does not fit 64 bits" },
	{ "r1 = 010", 1, 6, "a number cannot begin with 0" },
	{ "r1 = 0x", 1, 6, "bad number `0x`" },
	{ "r1 = 12ab", 1, 6, "bad number `12ab`" },
	{ "r1 = ", 1, 6, "expected a register, a number, a load or a name" },
	{ "r1 += foo", 1, 7, "expected a register or a number" },
	{ "r1", 1, 3, "expected an operator: `=`, `+=`, `s>>=` ..." },
	{ "r1 = foo", 1, 6, "unknown operand `foo`; a map or function is loaded with `ll`" },
	{ "w1 = foo ll", 1, 1, "an address needs an r register" },
	{ "w1 = 5 ll", 1, 1, "a wide immediate needs an r register" },
	{ "r1 = map[fd:5][ ll", 1, 17, "expected a number" },
	{ "r1 = map[fd:x] ll", 1, 13, "expected a number" },
	{ "r1 = btf[id:5] ll", 1, 15, "expected `[` and a second number" },
	{ "r1 = -r2", 1, 7, "expected r1: this operation has a single register" },
	{ "r1 = be16 r2", 1, 11, "expected r1: this operation has a single register" },
	{ "w1 = be16 w1", 1, 1, "be16 needs an r register" },
	{ "r1 = (s8)w2", 1, 10, "a 64-bit operation needs r registers on both sides" },
	{ "r1 = (u8)r2", 1, 7, "expected a type: s8, s16, s32" },
	{ "w1 = (s32)w2", 1, 7, "(s32) extends to 64 bits: use r1" },
	{ "r1 = *(u7 *)(r2 + 0)", 1, 8, "expected a type: u8, u16, u32, u64, s8, s16, s32" },
	{ "r1 = *(u8 *)(w2 + 0)", 1, 14, "an address needs an r register" },
	{ "r1 = *(u8 *)(r2)", 1, 16, "expected `+` or `-` and offset" },
	{ "r1 = *(u8 *)(r2 + -1)", 1, 19, "expected a number" },
	{ "r1 = *(u8 *)(r2 + 32768)", 1, 17, "offset +32768 is out of range (-32768 ... 32767)" },
	{ "r1 = *(u8 *)(r2 - 32769)", 1, 17, "offset -32769 is out of range (-32768 ... 32767)" },
	{ "w1 = *(u64 *)(r2 + 0)", 1, 1, "a 64-bit access needs an r register" },
	{ "w1 = *(s8 *)(r2 + 0)", 1, 1, "a load with sign extends to 64 bits: use r1" },
	{ "r1 = *(u8 *)(r2 + 0) + 1", 1, 22, "expected the end of the instruction" },
	{ "*(s8 *)(r1 + 0) = r2", 1, 2, "a store has no sign: write u8" },
	{ "*(u64 *)(r1 + 0) = w2", 1, 20, "a 64-bit access needs an r register" },
	{ "*(u64 *)(r1 + 0) = foo", 1, 20, "expected a number" },
	{ "*(u64 *)(r1 + 0) += r2", 1, 18, "expected `=`" },
	{ "lock *(u8 *)(r1 + 0) += r2", 1, 7, "an atomic operation needs u32 or u64" },
	{ "lock *(u64 *)(r1 + 0) -= r2", 1, 23, "expected `+=`, `|=`, `&=` or `^=`" },
	{ "lock *(u64 *)(r1 + 0) += 1", 1, 26, "expected a register" },
	{ "r3 = atomic_fetch_add((u64 *)(r1 + 0), r2)", 1, 40,
	  "expected r3: this operation has a single register" },
	{ "w2 = xchg_64(r1 + 0, w2)", 1, 6, "a 64-bit operation needs r registers on both sides" },
	{ "r1 = cmpxchg_64(r1 + 0, r0, r2)", 1, 1, "the result of cmpxchg is in r0" },
	{ "r0 = cmpxchg_64(r1 + 0, r3, r2)", 1, 25,
	  "expected r0: this operation has a single register" },
	{ "r2 = atomic64_xchg((u32 *)(r1 +0), r2)", 1, 20, "atomic64_xchg is for u64" },
	{ "r0 = cmpxchg_64(r1 + 0, r0, w2)", 1, 29,
	  "a 64-bit operation needs r registers on both sides" },
	{ "r0 = cmpxchg_64(r1 + 0, r0)", 1, 27, "expected `,`" },
	{ "r1 = be16 r12", 1, 11, "unknown register r12" },
	{ "r0 = *(u8 *)skb(0)", 1, 16, "expected `[`" },
	{ "w1 = 0x1ffffffff", 1, 6, "immediate 0x1ffffffff does not fit 32 bits" },
	{ "r1 = *(u8 *)skb[0]", 1, 1, "a load from the packet goes to r0" },
	{ "r0 = *(u64 *)skb[0]", 1, 17, "a load from the packet needs u8, u16 or u32" },
	{ "r0 = *(u8 *)skb[w1]", 1, 17, "an address needs an r register" },
	{ "if r1 = 5 goto +1", 1, 7, "expected a comparison" },
	{ "if r1 == 5 gotol +1", 1, 12, "expected `goto`" },
	{ "goto 5", 1, 6, "expected a label, or `+` or `-` and a distance" },
	{ "goto +32768", 1, 6, "jump +32768 is out of range (-32768 ... 32767)" },
	{ "goto out", 1, 6, "undefined label `out`" },
	{ "exit\nif r1 == 1 goto out", 2, 17, "undefined label `out`" },
	{ "goto r1", 1, 6, "expected a label, or `+` or `-` and a distance, not a register" },
	{ "call nothing", 1, 6, "`nothing` is no label and no helper" },
	{ "call bpf_tail_call#13", 1, 20, "helper `bpf_tail_call` has the number 12" },
	{ "call nothing#13", 1, 6, "unknown helper `nothing`" },
	{ "call *r1", 1, 6, "expected a label, or the name or number of a helper" },
	{ "call kfunc r1", 1, 12, "expected the name of a function of the kernel, not a register" },
	{ "call kfunc bpf_x#7", 1, 17, "expected the end of the instruction" },
	{ "call kfunc", 1, 6, "`kfunc` is no label and no helper" },
	{ "callx w1", 1, 7, "an address needs an r register" },
	{ "a: exit\nb:\n a: exit\nb: exit", 3, 2, "label `a` is already on line 101" },
	{ "r1: exit", 1, 1, "expected a label, not a register" },
	{ "pc: exit", 1, 1, "a label cannot be called `pc`" },
	{ "-a: exit", 1, 1, "expected a label" },
	{ LONG_NAME "4: exit", 1, 1, "a name longer than 64 characters" },
	{ "nop", 1, 1, "unknown instruction" },
	{ "exit exit", 1, 6, "expected the end of the instruction" },
	{ "exit; exit", 1, 7, "expected the end of the instruction" },
	{ "exit# no comment", 1, 5, "expected the end of the instruction" },
	{ "exit \001", 1, 6, "unexpected byte 0x01" },
	{ "exit\r exit", 1, 5, "unexpected byte 0x0d" },
	{ "r1 = \303\244 ll", 1, 6, "expected a register, a number, a load or a name" },
	{ "12 (bf) r1 = r2", 1, 4, "expected `:`" },
	{ "12: (zf) r1 = r2", 1, 6, "expected an opcode: two hexadecimal digits" },
	{ "12: (b7) r1 = r2", 1, 1, "the opcode of this instruction is (bf)" },
	{ "12: (18) w1 = 1", 1, 10, "a wide immediate needs an r register" },
};

static void reports_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const char *text = errors[i].text, *newline;
		struct asm_prog prog;
		struct diag d;

		assert_int_equal(asm_parse(&prog, text, strlen(text), "x.case", 101, &d), -1);
		for (unsigned int line = 1; line < errors[i].line; line++) {
			newline = strchr(text, '\n');
			text = newline + 1;
		}
		assert_string_equal(d.message, errors[i].message);
		assert_string_equal(d.file, "x.case");
		assert_int_equal(d.line, 100 + errors[i].line);
		assert_int_equal(d.column, errors[i].column);
		assert_memory_equal(d.text, text, strcspn(text, "\n"));
	}
}

static void finds_embedded_nul(void **state)
{
	struct asm_prog prog;
	struct diag d;

	(void)state;
	assert_int_equal(asm_parse(&prog, "exit\nex\0t", 9, "x", 1, &d), -1);
	assert_int_equal(d.line, 2);
	assert_int_equal(d.column, 3);
	assert_string_equal(d.message, "unexpected byte 0x00");
}

/* The text ends at its length, not at a NUL. */
static void stops_at_length(void **state)
{
	static const char text[] = { 'e', 'x', 'i', 't' };
	struct asm_prog prog;
	struct diag d;

	(void)state;
	assert_int_equal(asm_parse(&prog, text, sizeof(text), "x", 1, &d), 0);
	asm_release(&prog);
	assert_int_equal(asm_parse(&prog, "exit\nxx", 5, "x", 1, &d), 0);
	assert_int_equal(prog.n_insns, 1);
	asm_release(&prog);
	assert_int_equal(asm_parse(&prog, NULL, 0, "x", 1, &d), 0);
	assert_int_equal(prog.n_insns, 0);
	asm_release(&prog);
}

static void limits_text(void **state)
{
	size_t len = 1 << 20;
	char *text = xcalloc(len + 1, 1);
	struct asm_prog prog;
	struct diag d;

	(void)state;
	memset(text, '\n', len + 1);
	assert_int_equal(asm_parse(&prog, text, len + 1, "x", 7, &d), -1);
	assert_int_equal(d.line, 7);
	assert_string_equal(d.message, "a program of more than 1048576 bytes");
	assert_int_equal(asm_parse(&prog, text, len, "x", 7, &d), 0);
	asm_release(&prog);
	free(text);
}

/* `jump`, then n times exit, then `out: exit`. */
static char *far_jump(const char *jump, size_t n)
{
	char *text, *filler = xcalloc(n * 5 + 1, 1);

	for (size_t i = 0; i < n * 5; i++)
		filler[i] = "exit\n"[i % 5];
	text = xasprintf("%s\n%sout: exit\n", jump, filler);
	free(filler);
	return text;
}

static void measures_jumps(void **state)
{
	static const struct {
		const char *jump, *advice;
	} jumps[] = {
		{ "goto out", "use gotol" },
		{ "if r1 == 1 goto out", "go by way of a gotol" },
		{ "gotol out", NULL },
		{ "call out", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		char *text = far_jump(jumps[i].jump, 32767);
		struct asm_prog prog;
		struct diag d;

		must_assemble(&prog, text);
		asm_release(&prog);
		free(text);
		text = far_jump(jumps[i].jump, 32768);
		if (!jumps[i].advice) {
			must_assemble(&prog, text);
			assert_int_equal(prog.insns[0].imm, 32768);
			asm_release(&prog);
		} else {
			char *message = xasprintf("`out` is 32768 instructions away, a jump goes "
						  "-32768 ... 32767: %s",
						  jumps[i].advice);

			assert_int_equal(asm_parse(&prog, text, strlen(text), "x", 1, &d), -1);
			assert_string_equal(d.message, message);
			assert_int_equal(d.column, strlen(jumps[i].jump) - 2);
			free(message);
		}
		free(text);
	}
}

static void describes_program(void **state)
{
	static const char text[] = "start: r1 = progs ll\n"
				   "r2 = count[8] ll\n"
				   "\n"
				   "r3 = func ll\n"
				   "call start\n"
				   "r1 = start[4] ll\n"
				   "call sub\n"
				   "call sub\n"
				   "call pc+100\n"
				   "r3 = pc+0 ll\n"
				   "exit\n"
				   "func: exit\n"
				   "sub: exit\n"
				   "end:";
	struct asm_prog prog;

	(void)state;
	must_assemble(&prog, text);
	assert_int_equal(prog.n_insns, 17);
	assert_int_equal(prog.lines[0], 1);
	assert_int_equal(prog.lines[1], 1);
	assert_int_equal(prog.lines[4], 4);
	assert_int_equal(prog.lines[16], 13);
	/* What has an offset is a map, though a label has the name. */
	assert_int_equal(prog.n_relocs, 3);
	assert_int_equal(prog.relocs[0].insn, 0);
	assert_string_equal(prog.relocs[0].map, "progs");
	assert_string_equal(prog.relocs[1].map, "count");
	assert_int_equal(prog.relocs[2].insn, 7);
	assert_string_equal(prog.relocs[2].map, "start");
	assert_int_equal(prog.n_labels, 4);
	assert_string_equal(prog.labels[1].name, "func");
	assert_int_equal(prog.labels[3].insn, 17);
	/* Neither outside of the program nor in the middle of an instruction. */
	assert_int_equal(prog.n_funcs, 3);
	assert_int_equal(prog.funcs[0], 0);
	assert_int_equal(prog.funcs[1], 15);
	assert_int_equal(prog.funcs[2], 16);
	asm_release(&prog);
}

/* Damage good text, deterministically: whatever comes of it, it is an answer. */
static void survives_damage(void **state)
{
	static const char bytes[] = "rw0123456789+-*/%&|^<>=!s()[]#:;,. \n\tupclgoti\0\377";
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < 50000; i++) {
		char *text = xasprintf("%s\n%s\n",
				       encodings[i % (sizeof(encodings) / sizeof(*encodings))].text,
				       errors[i % (sizeof(errors) / sizeof(*errors))].text);
		size_t len = strlen(text);
		struct asm_prog prog;
		struct diag d;

		for (int n = 0; n < 3; n++) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % len] = bytes[(seed >> 24) % sizeof(bytes)];
		}
		if (asm_parse(&prog, text, len, "x", 1, &d) == 0)
			asm_release(&prog);
		else
			assert_true(d.line >= 1 && d.message[0]);
		free(text);
	}
}

static void knows_helpers(void **state)
{
	(void)state;
	assert_int_equal(asm_helper_number("tail_call", 9), BPF_FUNC_tail_call);
	assert_int_equal(asm_helper_number("bpf_tail_call", 13), BPF_FUNC_tail_call);
	assert_int_equal(asm_helper_number("bpf_tail_call", 12), -1);
	assert_int_equal(asm_helper_number("bpf_", 4), -1);
	assert_int_equal(asm_helper_number("", 0), -1);
	assert_null(asm_helper_name(-1));
	assert_null(asm_helper_name(__BPF_FUNC_MAX_ID));
	for (int i = 0; i < __BPF_FUNC_MAX_ID; i++) {
		const char *name = asm_helper_name(i);

		assert_non_null(name);
		assert_int_equal(asm_helper_number(name, strlen(name)), i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_by_hand),    cmocka_unit_test(reports_errors),
		cmocka_unit_test(finds_embedded_nul), cmocka_unit_test(stops_at_length),
		cmocka_unit_test(limits_text),	      cmocka_unit_test(measures_jumps),
		cmocka_unit_test(describes_program),  cmocka_unit_test(survives_damage),
		cmocka_unit_test(knows_helpers),
	};

	return cmocka_run_group_tests_name("asm", tests, NULL, NULL) ? 1 : 0;
}
