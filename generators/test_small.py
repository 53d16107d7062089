# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Small cases: what is in them, and that a wrong model would show."""
import unittest
from typing import List
from unittest import mock

import small
from core import model
from core.draw import Draw


def some(count: int) -> List[str]:
    """The first cases of a seed."""
    return [small.make(Draw("small", small.VERSION, 5, n), "c%d" % n)[0] for n in range(count)]


class SmallTest(unittest.TestCase):
    def test_a_few_programs_of_a_few_instructions(self) -> None:
        for text in some(50):
            lines = text.split("\n")
            self.assertIn(sum(line.startswith("prog ") for line in lines), (3, 4, 5))
            self.assertEqual(sum(line.startswith("run ") for line in lines), 2)
            self.assertLess(sum(line.startswith("    ") for line in lines), 5 * 14)

    def test_what_a_wrong_limit_would_change(self) -> None:
        right = some(200)
        with mock.patch.object(model, "TAIL_CALL_LIMIT", 32):
            wrong = some(200)
        self.assertGreater(sum(a != b for a, b in zip(right, wrong)), 5)


if __name__ == "__main__":
    unittest.main()
