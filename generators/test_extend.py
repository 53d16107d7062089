# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Extended cases: what is added, and where nothing is."""
import unittest

import isa
from core.draw import Draw
from core.extend import ABOUT, extend

SHIFTS = "    r%d <<= 32\n    r%d >>= 32\n"


class ExtendTest(unittest.TestCase):

    def test_results_of_32_bits(self) -> None:
        for line, reg in (("w3 = 5", 3), ("w0 += w9", 0), ("w7 = -w7", 7), ("w2 = (s8)w1", 2),
                          ("r4 = be16 r4", 4), ("r4 = le32 r4", 4), ("r5 = bswap32 r5", 5),
                          ("w1 = atomic_fetch_or((u32 *)(r7 + 4), w1)", 1),
                          ("w0 = cmpxchg32_32(r7 + 4, w0, w1)", 0)):
            text = "    %s\n" % line
            self.assertEqual(extend(text), text + SHIFTS % (reg, reg))

    def test_others(self) -> None:
        text = ("    r3 = 5\n    r3 = be64 r3\n    r5 = bswap64 r5\n    r1 = *(u32 *)(r2 + 0)\n"
                "    lock *(u32 *)(r2 + 0) += w1\n    if w1 > w2 goto l1\n    r1 = w2 ll\n"
                "update mem 0 hex:00 = 0\n")
        self.assertEqual(extend(text), text)

    def test_a_case(self) -> None:
        plain, _ = isa.make(Draw("test", 1), "gen.isa.s1-1")
        lines = extend(plain).split("\n")
        self.assertEqual(lines[0], "case gen.isa-extended.s1-1")
        self.assertEqual(lines[3:5], [ABOUT, "level  must"])
        narrow = sum(line.startswith("    w") for line in plain.split("\n"))
        self.assertGreater(narrow, 0)
        self.assertGreaterEqual(len(lines), plain.count("\n") + 2 + 2 * narrow)


if __name__ == "__main__":
    unittest.main()
