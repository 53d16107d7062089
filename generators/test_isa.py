# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Generated instructions: what every case must have, that all come, and that all are seen."""
import re
import unittest
from typing import Dict, List, Tuple
from unittest import mock

import isa
from core.alu import (ALU32, ALU64, ALU_OPS, DIVISIONS, SHIFTS, SIGNED_DIVISIONS, TEST32, TEST64,
                      TEST_OPS, U64)
from core import alu, newer
from core.draw import Draw
from isa.numbers import number32, number64

N = 300
PROGRAM = re.compile(r"^prog .*\n((?:    .*\n)+)", re.M)


def make(index: int) -> Tuple[str, Dict[str, int]]:
    return isa.make(Draw("test", index), "gen.isa.test-%d" % index)


class IsaTest(unittest.TestCase):
    texts: List[str]
    facts: List[Dict[str, int]]

    @classmethod
    def setUpClass(cls) -> None:
        made = [make(i) for i in range(N)]
        cls.texts = [text for text, _ in made]
        cls.facts = [facts for _, facts in made]
        cls.all = "".join(cls.texts)

    def programs(self) -> List[List[str]]:
        return [[line.strip() for line in program.split("\n")[:-1]]
                for program in PROGRAM.findall(self.all)]

    def test_the_head(self) -> None:
        for i, text in enumerate(self.texts):
            lines = text.split("\n")
            self.assertEqual(lines[0], "case gen.isa.test-%d" % i)
            self.assertRegex(lines[1], r"^about  Random instructions: \d+ operations in (a|two) pr")
            self.assertRegex(lines[2], r"^about  Words of mem: to 7 inputs and data, .* the fold")
            self.assertEqual(lines[3:5], ["level  must", ""])
            self.assertTrue(text.endswith("\n") and not text.endswith("\n\n"))

    def test_every_step_has_an_expectation(self) -> None:
        step = re.compile(r"(run|update|delete|lookup) \S+.* = \S")
        for text in self.texts:
            for line in text.split("\n\n", 1)[1].split("\n"):
                if line and not line.startswith(("    ", "map ", "prog ")):
                    self.assertRegex(line, step)

    def test_newer_instructions_only_where_it_says_so(self) -> None:
        """And there in every program, on every way, so that older kernels refuse it."""
        kinds = {"v4": re.compile(r" s/= | s%= |\(s\d+|bswap|gotol"),
                 "atomics": re.compile(r"atomic_|xchg|lock .*[|&^]=")}
        for text, facts in zip(self.texts, self.facts):
            self.assertNotIn("may_goto", text)
            for kind, new in kinds.items():
                if "with " + kind not in facts:
                    self.assertNotRegex(text, new)
                    self.assertNotIn("; with " + kind, text)
                    continue
                self.assertIn("; with %s of Linux" % kind, text)
                for program in PROGRAM.findall(text):
                    straight = re.split(r"\n    if ", program)[0]
                    self.assertRegex(straight.replace("gotol", ""), new)

    def test_every_instruction_comes(self) -> None:
        wanted = [r"[rw]\d = -\d+", r"[rw]\d = -[rw]\d", r"r\d = 0x[0-9a-f]+ ll",
                  r"lock \*\(u64 \*\)\(.*\) \+= r\d", r"lock \*\(u32 \*\)\(.*\) \+= w\d",
                  r"r\d = mem\[[1-9]\d* ll|r\d = mem\[[1-9]\d*\] ll", "call bpf_tail_call"]
        for reg in "rw":
            wanted.append(r"%s\d = %s\d" % (reg, reg))
            for oper in ALU_OPS:
                wanted += [r"%s\d %s %s\d" % (reg, re.escape(oper), reg),
                           r"%s\d %s -?\d+" % (reg, re.escape(oper))]
            for oper in TEST_OPS:
                wanted += [r"if %s\d %s %s\d goto l\d+" % (reg, oper, reg),
                           r"if %s\d %s -?\d+ goto l\d+" % (reg, oper)]
        for bits in (8, 16, 32, 64):
            for base in (r"r10", r"r\d"):
                place = r"\*\(u%d \*\)\(%s [+-] \d+\)" % (bits, base)
                wanted += [r"r\d = " + place, place + r" = r\d", place + r" = -?\d+"]
            if bits > 8:
                wanted += [r"r\d = be%d r\d" % bits, r"r\d = le%d r\d" % bits]
        for reg, many in (("r", (8, 16, 32)), ("w", (8, 16))):
            wanted += [r"%s\d = \(s%d\)%s\d" % (reg, bits, reg) for bits in many]
            for oper in SIGNED_DIVISIONS:
                wanted += [r"%s\d %s %s\d" % (reg, oper, reg), r"%s\d %s -?\d+" % (reg, oper)]
        wanted += [r"r\d = bswap%d r\d" % bits for bits in (16, 32, 64)]
        for bits, base in ((8, "10"), (16, "10"), (32, "10"), (8, r"\d"), (16, r"\d"), (32, r"\d")):
            wanted.append(r"r\d = \*\(s%d \*\)\(r%s [+-] \d+\)" % (bits, base))
        for reg, bits in (("r", 64), ("w", 32)):
            place = r"\(u%d \*\)\(r\d+ [+-] \d+\)" % bits
            wanted += [r"lock \*%s %s %s\d" % (place, re.escape(lock), reg)
                       for lock in newer.LOCKS.values()]
            wanted += [r"%s\d = atomic_fetch_%s\(%s, %s\d\)" % (reg, oper, place, reg)
                       for oper in newer.ATOMICS if oper != "xchg"]
        wanted += [r"r\d = xchg_64\(r\d+ [+-] \d+, r\d\)",
                   r"w\d = xchg32_32\(r\d+ [+-] \d+, w\d\)",
                   r"r0 = cmpxchg_64\(r\d+ [+-] \d+, r0, r\d\)",
                   r"w0 = cmpxchg32_32\(r\d+ [+-] \d+, w0, w\d\)", r"gotol l\d+"]
        for line in wanted:
            self.assertRegex(self.all, re.compile("^    %s$" % line, re.M))
        self.assertNotRegex(self.all, r"[rw]\d s?[/%]= 0\n")

    def test_every_register_is_used(self) -> None:
        for reg in range(10):
            self.assertRegex(self.all, r"r%d s>>= " % reg)
            self.assertRegex(self.all, r"w\d %%= w%d\n" % reg)
            self.assertRegex(self.all, r"\n    r%d = mem\[" % reg)

    def test_programs_keep_to_jumps_forward(self) -> None:
        for lines in self.programs():
            for at, line in enumerate(lines):
                if re.search("gotol? ", line):
                    self.assertGreater(lines.index(line.split(" ")[-1] + ":"), at)

    def test_equal_stacks(self) -> None:
        # The kernel's interpreter: see README.md.
        for text in self.texts:
            depths = {max([int(d) for d in re.findall(r"\(r10 - (\d+)\)", program)] + [0])
                      for program in PROGRAM.findall(text)}
            self.assertEqual(len({(depth + 31) // 32 for depth in depths}), 1)
            self.assertLessEqual(max(depths), 512)

    def test_memory_is_aligned_and_inside(self) -> None:
        for text in self.texts:
            size = int(re.findall(r"^map mem array value=(\d+)", text, re.M)[0])
            self.assertLessEqual(size, 8 * 24)
            for bits, offset in re.findall(r"\*\(u(\d+) \*\)\(r10 - (\d+)\)", text):
                self.assertEqual(int(offset) % (int(bits) // 8), 0)

    def test_enough_of_everything(self) -> None:
        # In at least so many of a hundred cases.
        for fact, least in (
                ("alu32 imm", 85), ("alu32 reg", 85), ("alu64 imm", 85), ("alu64 reg", 85),
                ("atomic add", 50), ("be", 55), ("le", 50), ("by zero", 35), ("shift masked", 50),
                ("fork", 35), ("skip", 55), ("taken", 55), ("not taken", 55), ("load", 75),
                ("store imm", 55), ("store reg", 70), ("stack", 65), ("value", 85), ("neg", 55),
                ("wide", 55), ("rebase", 25), ("traces", 90), ("hit", 15), ("empty", 3),
                ("with 5.10", 55), ("with v4", 18), ("with atomics", 11), ("exchanged", 8),
                ("not exchanged", 6), ("gotol", 6), ("upper hit", 2), ("type xdp", 15),
                ("type sched_cls", 15)):
            n = sum(1 for facts in self.facts if facts.get(fact))
            self.assertGreaterEqual(100 * n / N, least, fact)

    def test_cases_are_cheap(self) -> None:
        self.assertLess(self.all.count("\n") / N, 160)
        self.assertLess(max(text.count("if ") for text in self.texts), 16)

    def test_numbers(self) -> None:
        draw = Draw("numbers")
        wide = {number64(draw) for _ in range(5000)}
        self.assertTrue(all(0 <= n <= U64 for n in wide))
        narrow = {number32(draw) for _ in range(5000)}
        self.assertTrue(all(-1 << 31 <= n < 1 << 31 for n in narrow))
        for n in (0, 1, -1, 127, 128, -128, 255, 256, 32767, -32768, 65535, (1 << 31) - 1,
                  -1 << 31):
            self.assertIn(n, narrow)
            self.assertIn(n & U64, wide)
        for n in ((1 << 63) - 1, 1 << 63, (1 << 32) - 1, 1 << 32):
            self.assertIn(n, wide)

    def test_a_wrong_result_is_seen(self) -> None:
        # An engine that computes something else than the model gives other values in some case.
        some = [make(i)[0] for i in range(40)]
        tables = [(ALU64, ALU_OPS + ("=",)), (ALU32, ALU_OPS + ("=",))]
        for table, opers in tables:
            for oper in opers:
                right = table[oper]
                with mock.patch.dict(table, {oper: lambda a, b: right(a, b) ^ 1}):
                    self.assertTrue(any(make(i)[0] != some[i] for i in range(40)), oper)
        for oper in newer.ATOMICS:
            apply = newer.ATOMICS[oper]
            with mock.patch.dict(newer.ATOMICS, {oper: lambda a, b: apply(a, b) ^ 1}):
                self.assertTrue(any(make(i)[0] != self.texts[i] for i in range(N)), oper)
        for test in (TEST64, TEST32):
            for oper in TEST_OPS:
                holds = test[oper]
                with mock.patch.dict(test, {oper: lambda a, b: not holds(a, b)}):
                    self.assertTrue(any(make(i)[0] != some[i] for i in range(40)), oper)

    def test_a_subtle_mistake_is_seen(self) -> None:
        def by_zero(oper: str, table: Dict, gives: int) -> object:
            right = table[oper]
            return mock.patch.dict(table, {oper: lambda a, b: right(a, b) if b else gives})

        def too_far(oper: str, table: Dict, bits: int) -> object:
            right = table[oper]
            return mock.patch.dict(table, {oper: lambda a, b: right(a, b) if b < bits else 0})
        mistakes = [by_zero(oper, table, 5) for table in (ALU64, ALU32) for oper in DIVISIONS]
        mistakes += [by_zero(oper, table, 5) for table in (ALU64, ALU32)
                     for oper in SIGNED_DIVISIONS]
        mistakes += [mock.patch.dict(table, {"s" + oper: table[oper]})
                     for table in (ALU64, ALU32) for oper in DIVISIONS]
        # Rounded down, as Python does, and not towards zero; the sign not carried on.
        mistakes += [mock.patch.dict(ALU64, {"s/=": lambda a, b: alu.signed(a, 64) // (
            alu.signed(b, 64) or 1) & U64})]
        mistakes += [mock.patch.object(newer, "extended", lambda v, bits, to: v & (1 << bits) - 1),
                     mock.patch.object(newer, "extended",
                                       lambda v, bits, to: alu.extended(v, bits, 64))]
        mistakes += [too_far(oper, ALU64, 64) for oper in SHIFTS]
        mistakes += [too_far(oper, ALU32, 32) for oper in SHIFTS]
        mistakes += [mock.patch.dict(table, {"s" + oper: table[oper]})
                     for table in (TEST64, TEST32) for oper in (">", "<", ">=", "<=")]
        mistakes += [mock.patch.dict(table, {oper: table[oper + "="]})
                     for table in (TEST64, TEST32) for oper in (">", "<", "s>", "s<")]
        for n, mistake in enumerate(mistakes):
            with mistake:  # type: ignore
                self.assertTrue(any(make(i)[0] != self.texts[i] for i in range(N)), n)


if __name__ == "__main__":
    unittest.main()
