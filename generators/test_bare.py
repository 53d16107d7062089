# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Generated programs without maps: what they keep to, and that mistakes in them are seen."""
import re
import unittest
from typing import Dict, List, Tuple
from unittest import mock

import bare
from core.alu import ALU32, ALU64, ALU_OPS, TEST32, TEST64, TEST_OPS
from core.draw import Draw

N = 200


def make(index: int) -> Tuple[str, Dict[str, int]]:
    return bare.make(Draw("test", index), "gen.bare.test-%d" % index)


class BareTest(unittest.TestCase):
    texts: List[str]
    facts: List[Dict[str, int]]

    @classmethod
    def setUpClass(cls) -> None:
        made = [make(i) for i in range(N)]
        cls.texts = [text for text, _ in made]
        cls.facts = [facts for _, facts in made]
        cls.all = "".join(cls.texts)

    def test_there_is_nothing_but_a_program(self) -> None:
        for text in self.texts:
            steps = [line for line in text.split("\n\n", 1)[1].split("\n")
                     if line and not line.startswith("    ")]
            self.assertEqual(steps[0], "prog p raw_tracepoint")
            self.assertGreaterEqual(len(steps), 3)
            for step in steps[1:]:
                self.assertRegex(step, r"^run p( arg[0-5]=\d+){6} = \d+$")
        self.assertNotRegex(self.all, r"call |\] ll|\bmap\b.* array")

    def test_the_context_is_only_read(self) -> None:
        # Nothing is written but to the stack, and no address but of the stack is changed.
        for place in re.findall(r"\*\([us]\d+ \*\)\((r\d+ [+-] \d+)\)", self.all):
            self.assertRegex(place, r"^r10 - \d+$|^r\d \+ (0|8|16|24|32|40)$")
        self.assertNotRegex(self.all, r"\(r\d \+ \d+\) [|&^+]?= ")

    def test_enough_of_everything(self) -> None:
        for fact, least in (
                ("alu32 imm", 70), ("alu32 reg", 70), ("alu64 imm", 70), ("alu64 reg", 70),
                ("atomic add", 30), ("argument", 20), ("be", 45), ("le", 40), ("by zero", 25),
                ("shift masked", 40), ("fork", 25), ("skip", 45), ("rebase", 20), ("stack", 90),
                ("with 5.10", 50), ("with v4", 15), ("with atomics", 8)):
            n = sum(1 for facts in self.facts if facts.get(fact))
            self.assertGreaterEqual(100 * n / N, least, fact)

    def test_a_wrong_result_is_seen(self) -> None:
        some = range(N)
        for table in (ALU64, ALU32):
            for oper in ALU_OPS + ("=",):
                right = table[oper]
                with mock.patch.dict(table, {oper: lambda a, b: right(a, b) ^ 1}):
                    self.assertTrue(any(make(i)[0] != self.texts[i] for i in some), oper)
        for test in (TEST64, TEST32):
            for oper in TEST_OPS:
                holds = test[oper]
                with mock.patch.dict(test, {oper: lambda a, b: not holds(a, b)}):
                    self.assertTrue(any(make(i)[0] != self.texts[i] for i in some), oper)


if __name__ == "__main__":
    unittest.main()
