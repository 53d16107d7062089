# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The tables of cases about calls: checked in as they are written, and what they must have."""
import os
import re
import unittest
from itertools import product
from typing import Dict, List

import tables_calls
from tables_calls import budget, func, index, patch, registers, stack

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases")


class TablesTest(unittest.TestCase):
    made: Dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.made = tables_calls.files()

    def test_the_files_are_those_that_are_checked_in(self) -> None:
        for path, text in self.made.items():
            with open(os.path.join(CASES, path), encoding="ascii", newline="") as file:
                self.assertTrue(file.read() == text, "%s is not what generators/tables_calls "
                                "writes: run make tables" % path)

    def test_no_case_comes_twice(self) -> None:
        names: List[str] = re.findall(r"^case (\S+)$", "\n".join(self.made.values()), re.M)
        self.assertEqual(len(names), len(set(names)))
        self.assertGreater(len(names), 150)

    def test_heads(self) -> None:
        for path, text in self.made.items():
            for case in text.split("\ncase ")[1:]:
                self.assertTrue(case.startswith(path.split("/")[0] + "."))
                for line in ("about", "claim", "source", "level"):
                    self.assertRegex(case, r"\n%s +\S" % line)


class RulesTest(unittest.TestCase):
    """The arithmetic of the tables, against examples worked out by hand."""

    def test_index(self) -> None:
        for value, want in ((0, 100), (7, 107), (8, 1), (1 << 32, 100), ((1 << 63) + 7, 107),
                            (index.MASK64, 1), ((1 << 32) + 8, 1)):
            self.assertEqual(index.reaches(value, 8, range(8)), want)
        self.assertEqual(index.reaches(1, 8, (0, 7)), 1)
        self.assertEqual([index.signed(v, 8) for v in (0x7f, 0x80, 0x1ff)], [127, -128, -1])
        effects = {o.name: o.effect for o in index.OPERATIONS}
        self.assertEqual(effects["swap"](0x10300), 3)
        self.assertEqual(effects["shift-arithmetic"](index.MASK64), -1)
        self.assertEqual(effects["sub-32"](1), 0xffffffff)

    def test_index_edges_are_all_there(self) -> None:
        for size in index.SIZES:
            self.assertLessEqual({0, size - 1, size, 1 << 31, (1 << 32) - 1, index.MASK64,
                                  (1 << 32) + size}, set(index.indexes(size)))

    def test_stack(self) -> None:
        for frames, want in (((240, 8), True), ((241, 8), False), ((256, 0), False),
                             ((112, 128, 8), True), ((120, 120, 8), False), ((240, 272), True),
                             ((240, 273), False), ((0, 512), True), ((0, 513), False)):
            self.assertEqual(stack.accepted(frames), want, frames)
        for _, _, rows in stack.TABLES:
            self.assertEqual({stack.accepted(row) for row in rows}, {True, False})

    def test_results_of_functions(self) -> None:
        self.assertEqual(func.digits(3, 2), 321)
        # Nothing filled: 9, and each level's digit from the inside out.
        self.assertEqual(func.every_level_result(()), 94321)
        self.assertEqual(func.every_level_result((0, 2)), 10)
        self.assertEqual(func.every_level_result((2,)), 1221)

    def test_walks_have_every_sequence(self) -> None:
        for length in (1, 2, 3):
            path = "".join(patch.walk(length))
            for want in product("ab-", repeat=length):
                self.assertIn("".join(want), path)
            self.assertEqual(len(path), 3 ** length + length - 1)

    def test_registers(self) -> None:
        self.assertEqual(len(set(registers.SETS)), 16)
        # All sets give different sums: a register that is lost shows.
        sums = [registers.folded(regs, True) for regs in registers.SETS]
        self.assertEqual(len(set(sums)), 16)
        self.assertEqual(registers.folded((), False), 0)
        # The seed is 0x81234567_89abcdef.
        self.assertEqual(registers.folded((), True), 0x81234567 ^ 0x89abcdef)

    def test_rings(self) -> None:
        text = budget.ring_case(3, "direct").text()
        self.assertRegex(text, r"run p0 += 100\nlookup trace 0 += 0:12 1:11 2:11\n")
        self.assertRegex(text, r"run p2 += 102\nlookup trace 0 += 0:11 1:11 2:12\n")


if __name__ == "__main__":
    unittest.main()
