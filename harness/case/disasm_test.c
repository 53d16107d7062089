// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Printing: the formatter loses nothing, and what is printed assembles to the same instructions. */
#include "asm_test.h"

#include "insn_table.h"

static void expect_identity(const struct asm_prog *prog)
{
	struct asm_prog again;
	char *text = asm_text(prog);

	must_assemble(&again, text);
	assert_same_prog(prog, &again);
	asm_release(&again);
	free(text);
}

static void expect_print(const char *text, const char *expected)
{
	struct asm_prog prog;
	char *printed;

	must_assemble(&prog, text);
	printed = asm_text(&prog);
	assert_string_equal(printed, expected);
	expect_identity(&prog);
	free(printed);
	asm_release(&prog);
}

static void keeps_comments(void **state)
{
	(void)state;
	expect_print("", "");
	expect_print("\n  \n\r\n", "");
	expect_print("\n\n# one\n#\n\n//two\nexit // three\n\n\nexit\n ## four\n\n",
		     "# one\n"
		     "\n"
		     "# two\n"
		     "exit                            # three\n"
		     "\n"
		     "exit\n"
		     "## four\n");
	expect_print("a: # top\n\n b: r1=1 ll # l\n exit #\n goto b; // \303\244",
		     "# top\n"
		     "\n"
		     "a:\n"
		     "b:\n"
		     "r1 = 0x1 ll                     # l\n"
		     "exit\n"
		     "goto a                          # \303\244\n");
	expect_print("\nstart:\n\nexit\n\nend:\n\n", "start:\nexit\n\nend:\n");
	expect_print("; int x = 5;\n0: (b7) r1 = 5 ; R1_w=5\n1: (95) exit",
		     "# int x = 5;\n"
		     "r1 = 5                          # R1_w=5\n"
		     "exit\n");
	expect_print("*(u32 *)(r1 + 32767) = -2147483648 # long",
		     "*(u32 *)(r1 + 32767) = -2147483648 # long\n");
	expect_print("exit # one # two // three",
		     "exit                            # one # two // three\n");
}

/* A label that is made up must not take the name of another label or of a map. */
static void names_targets(void **state)
{
	(void)state;
	expect_print("goto pc+1\nexit\nexit", "goto l2\nexit\nl2:\nexit\n");
	expect_print("call pc+1\nexit\nexit", "call f2\nexit\nf2:\nexit\n");
	expect_print("goto +1\ncall pc+0\nexit", "goto f2\ncall f2\nf2:\nexit\n");
	expect_print("r1 = pc+1 ll\nexit", "r1 = f2 ll\nf2:\nexit\n");
	expect_print("goto +1\nl2: exit\nl2_2: exit", "goto l2_2\nl2:\nexit\nl2_2:\nexit\n");
	expect_print("goto +1\nl2: l2_2: exit\nexit", "goto l2_3\nl2:\nl2_2:\nexit\nl2_3:\nexit\n");
	expect_print("r1 = l2 ll\ngoto -1", "r1 = l2 ll\nl2_2:\ngoto l2_2\n");
	/* Outside, in the middle of an instruction, and just behind the last. */
	expect_print("goto +50\ngoto -5\ngoto +1\nr1 = 1 ll\ncall pc-2\nr2 = pc+77 ll",
		     "goto +50\ngoto -5\ngoto +1\nr1 = 0x1 ll\ncall pc-2\nr2 = pc+77 ll\n");
	expect_print("goto +0", "goto l1\nl1:\n");
	/* A function of the kernel may be called as the label or the helper is. */
	expect_print(
		"f: call  kfunc f\n.rept 3\ncall kfunc bpf_tail_call\n.endr\ncall f\ncall kfunc#7",
		"f:\ncall kfunc f\n.rept 3\ncall kfunc bpf_tail_call\n.endr\ncall f\n"
		"call kfunc#7\n");
	expect_print("r1=*(u64*)(r11+8)\n*(u32*)(r11-16)=r1\n*(u64*)(r11-8)=7",
		     "r1 = *(u64 *)(r11 + 8)\n*(u32 *)(r11 - 16) = r1\n*(u64 *)(r11 - 8) = 7\n");
	/* The label is called by its name, the helper by its number. */
	expect_print("bpf_tail_call: call bpf_tail_call\ncall tail_call",
		     "bpf_tail_call:\ncall bpf_tail_call\ncall bpf_tail_call#12\n");
}

/* xorshift32: the same numbers on every machine and every run. */
static uint32_t random_state = 1;

static uint32_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

static struct bpf_insn random_insn(void)
{
	uint32_t low = random_number(), high = random_number();

	return (struct bpf_insn){
		.code = low & 0xff,
		.dst_reg = low >> 8 & 0xf,
		.src_reg = low >> 12 & 0xf,
		.off = (int16_t)(low >> 16),
		.imm = (int32_t)high,
	};
}

/* The values that fields are checked for, so that every form comes up. */
static struct bpf_insn likely_insn(void)
{
	static const int16_t offs[] = { 0, 0, 0, 1, 8, 16, 32, -1, 5 };
	static const int32_t imms[] = { 0, 0, 0, 16, 32, 64, -1, 0x41, 0x51, 0xa1, 0xe1, 0xf1, 12 };
	struct bpf_insn insn = random_insn();

	insn.dst_reg %= INSN_MAX_REG + 1;
	insn.src_reg %= INSN_MAX_REG + 1;
	if (random_number() & 1)
		insn.src_reg = 0;
	if (random_number() & 1)
		insn.dst_reg = 0;
	if (random_number() & 7)
		insn.off = offs[random_number() % (sizeof(offs) / sizeof(*offs))];
	if (random_number() & 3)
		insn.imm = imms[random_number() % (sizeof(imms) / sizeof(*imms))];
	return insn;
}

/* Disassemble, and if that goes, see that it assembles to the same. */
static bool goes_round(const struct bpf_insn *insns, size_t n)
{
	struct asm_prog prog;
	struct diag d;

	if (asm_from_insns(&prog, insns, n, &d)) {
		assert_true(d.line >= 1 && d.line <= n && d.message[0]);
		return false;
	}
	assert_memory_equal(prog.insns, insns, n * sizeof(*insns));
	expect_identity(&prog);
	asm_release(&prog);
	return true;
}

static void takes_any_bytes(void **state)
{
	size_t accepted = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct bpf_insn insns[2] = { random_insn(), random_insn() };

		accepted += goes_round(insns, 1 + (random_number() & 1));
	}
	/* Few, but some. */
	assert_in_range(accepted, 10, 50000);
}

static void assembles_what_it_prints(void **state)
{
	struct bpf_insn insns[50];
	size_t n = 0, programs = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		bool is_wide;

		insns[n] = likely_insn();
		is_wide = insn_is_wide(&insns[n]);
		if (is_wide)
			insns[n + 1] = (struct bpf_insn){ .imm = (int32_t)random_number() };
		if (!goes_round(&insns[n], is_wide ? 2 : 1))
			continue;
		n += is_wide ? 2 : 1;
		if (n < 49)
			continue;
		/* And all of them as one program, with jumps among them. */
		assert_true(goes_round(insns, n));
		programs++;
		n = 0;
	}
	assert_in_range(programs, 300, 200000);
}

/* Damage good text: what is still accepted must be kept by printing. */
static void keeps_damaged_text(void **state)
{
	static const char good[] = "# about\n\nstart: // here\nr1 = progs ll # one\n"
				   "r2 = start ll\nif w1 s>= -5 goto out\n\n\ncall start\n"
				   "r1 = progs[8] ll;\nr0 = cmpxchg_64(r1 + 8, r0, r2)\n"
				   "3: (85) call bpf_tail_call#12 ; R0=1\nout: exit\nend:\n";
	static const char bytes[] = "rw0123456789+-*&|<>=s()[]#:;,. \n\n\n##//  progut";
	size_t accepted = 0;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		char text[sizeof(good)];
		struct asm_prog prog;
		struct diag d;

		memcpy(text, good, sizeof(good));
		for (int n = i % 3; n >= 0; n--)
			text[random_number() % (sizeof(good) - 1)] =
				bytes[random_number() % (sizeof(bytes) - 1)];
		if (asm_parse(&prog, text, sizeof(good) - 1, "x", 1, &d))
			continue;
		accepted++;
		expect_identity(&prog);
		asm_release(&prog);
	}
	assert_in_range(accepted, 1000, 50000);
}

/* The opcodes of RFC 9669, written down once more. */
static const char opcodes[] =
	"04 0c 14 1c 24 2c 34 3c 44 4c 54 5c 64 6c 74 7c 84 94 9c a4 ac b4 bc c4 cc d4 dc "
	"07 0f 17 1f 27 2f 37 3f 47 4f 57 5f 67 6f 77 7f 87 97 9f a7 af b7 bf c7 cf d7 "
	"05 15 1d 25 2d 35 3d 45 4d 55 5d 65 6d 75 7d 85 8d 95 a5 ad b5 bd c5 cd d5 dd "
	"06 16 1e 26 2e 36 3e 46 4e 56 5e 66 6e 76 7e a6 ae b6 be c6 ce d6 de "
	"18 20 28 30 40 48 50 61 69 71 79 81 89 91 62 6a 72 7a 63 6b 73 7b c3 db ";

static void knows_opcodes(void **state)
{
	(void)state;
	for (unsigned int code = 0; code < 256; code++) {
		/* A swap needs its width. */
		struct bpf_insn insns[2] = { { .code = (uint8_t)code,
					       .imm = (code & 0xf0) == 0xd0 && (code & 4) ? 16
											  : 0 } };
		char hex[8];
		bool known;

		if ((code & 7) == BPF_JMP || (code & 7) == BPF_JMP32)
			insns[0].imm = 0;
		snprintf(hex, sizeof(hex), "%02x ", code);
		known = strstr(opcodes, hex);
		if (goes_round(insns, code == 0x18 ? 2 : 1) != known)
			fail_msg("opcode %s is%s known", hex, known ? " not" : "");
	}
}

static const struct {
	struct bpf_insn insns[2];
	const char *message;
} refused[] = {
	{ { { 0xff, 0, 0, 0, 0 } }, "unknown opcode: ff 00 0 0" },
	{ { { 0xb7, 11, 0, 0, 0 } }, "unknown register: b7 0b 0 0" },
	{ { { 0xbf, 0, 15, 0, 0 } }, "unknown register: bf f0 0 0" },
	/* Arguments on the stack are stored and loaded, no more. */
	{ { { 0xdb, 11, 1, -8, 0 } }, "unknown register: db 1b -8 0" },
	{ { { 0x7b, 1, 11, -8, 0 } }, "unknown register: 7b b1 -8 0" },
	{ { { 0x79, 11, 1, 8, 0 } }, "unknown register: 79 1b 8 0" },
	{ { { 0x79, 1, 12, 8, 0 } }, "unknown register: 79 c1 8 0" },
	{ { { 0xb7, 0, 1, 0, 0 } }, "reserved fields are not zero: b7 10 0 0" },
	{ { { 0xbf, 0, 1, 0, 5 } }, "reserved fields are not zero: bf 10 0 5" },
	{ { { 0xbc, 0, 1, 32, 0 } }, "reserved fields are not zero: bc 10 32 0" },
	{ { { 0x07, 0, 0, 1, 0 } }, "reserved fields are not zero: 07 00 1 0" },
	{ { { 0xd7, 0, 0, 0, 8 } }, "reserved fields are not zero: d7 00 0 8" },
	{ { { 0x95, 0, 0, 0, 1 } }, "reserved fields are not zero: 95 00 0 1" },
	{ { { 0x05, 0, 0, 1, 1 } }, "reserved fields are not zero: 05 00 1 1" },
	{ { { 0x85, 0, 3, 0, 1 } }, "reserved fields are not zero: 85 30 0 1" },
	{ { { 0x8d, 0, 0, 1, 0 } }, "reserved fields are not zero: 8d 00 1 0" },
	{ { { 0x61, 0, 0, 0, 1 } }, "reserved fields are not zero: 61 00 0 1" },
	{ { { 0x30, 1, 0, 0, 1 } }, "reserved fields are not zero: 30 01 0 1" },
	{ { { 0xdb, 0, 0, 0, 0x10 } }, "unknown atomic operation: db 00 0 16" },
	{ { { 0x18, 0, 0, 0, 0 }, { 1, 0, 0, 0, 0 } }, "reserved fields are not zero: 18 00 0 0" },
	{ { { 0x18, 0, 1, 0, 5 }, { 0, 0, 0, 0, 8 } }, "reserved fields are not zero: 18 10 0 5" },
	{ { { 0x18, 0, 7, 0, 0 } }, "reserved fields are not zero: 18 70 0 0" },
};

static void refuses_unknown(void **state)
{
	static const struct bpf_insn half = { .code = 0x18 };
	struct asm_prog prog;
	struct diag d;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_int_equal(asm_from_insns(&prog, refused[i].insns, 2, &d), -1);
		assert_string_equal(d.message, refused[i].message);
		assert_int_equal(d.line, 1);
	}
	assert_int_equal(asm_from_insns(&prog, &half, 1, &d), -1);
	assert_string_equal(d.message, "the second half of the instruction is missing: 18 00 0 0");
	assert_int_equal(asm_from_insns(&prog, NULL, INSN_MAX + 1, &d), -1);
	assert_string_equal(d.message, "more than 1000000 instructions");
	assert_int_equal(asm_from_insns(&prog, NULL, 0, &d), 0);
	assert_int_equal(prog.n_funcs, 1);
	asm_release(&prog);
}

/* Who changed a program by hand sees that it has no spelling. */
static void prints_unknown(void **state)
{
	struct asm_prog prog;
	char *text;

	(void)state;
	must_assemble(&prog, "r1 = 5\nexit");
	prog.insns[0].src_reg = 3;
	text = asm_text(&prog);
	assert_string_equal(text, "# no instruction: 0xb7\nexit\n");
	free(text);
	asm_release(&prog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_comments),     cmocka_unit_test(names_targets),
		cmocka_unit_test(takes_any_bytes),    cmocka_unit_test(assembles_what_it_prints),
		cmocka_unit_test(keeps_damaged_text), cmocka_unit_test(knows_opcodes),
		cmocka_unit_test(refuses_unknown),    cmocka_unit_test(prints_unknown),
	};

	return cmocka_run_group_tests_name("disasm", tests, NULL, NULL) ? 1 : 0;
}
