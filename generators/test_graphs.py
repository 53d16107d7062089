# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Generated graphs: what every case must have, and that all kinds of cases come."""
import re
import unittest
from typing import Dict, List, Tuple

import graphs
from core.draw import Draw

N = 300


def make(index: int) -> Tuple[str, Dict[str, int]]:
    return graphs.make(Draw("test", index), "gen.graphs.test-%d" % index)


class GraphsTest(unittest.TestCase):
    texts: List[str]
    facts: List[Dict[str, int]]

    @classmethod
    def setUpClass(cls) -> None:
        made = [make(i) for i in range(N)]
        cls.texts = [text for text, _ in made]
        cls.facts = [facts for _, facts in made]

    def test_the_head(self) -> None:
        for i, text in enumerate(self.texts):
            lines = text.split("\n")
            self.assertEqual(lines[0], "case gen.graphs.test-%d" % i)
            self.assertRegex(lines[1], r"^about  [A-Z][a-z ]+: \d+ programs? \(\w+\), \d array")
            self.assertRegex(lines[2], r"^about  Sites: \d+ direct, \d+ indirect. Calls: \d+ suc")
            self.assertEqual(lines[3], "level  must")
            self.assertIn(lines[4], ("", "needs  !interp"))
            self.assertTrue(text.endswith("\n") and not text.endswith("\n\n"))

    def test_every_step_has_an_expectation(self) -> None:
        step = re.compile(r"(run|update|delete|lookup) \S+.* = \S")
        for text in self.texts:
            body = text.split("\n\n", 1)[1].split("\n")
            for line in body:
                if line and not line.startswith(("    ", "map ", "prog ")):
                    self.assertRegex(line, step)
            kinds = {line.split(" ")[0] for line in body}
            self.assertLessEqual({"map", "prog", "run", "lookup"}, kinds)

    def test_one_type_of_program_in_a_case(self) -> None:
        for text in self.texts:
            self.assertEqual(len(set(re.findall(r"^prog \w+ (\w+)$", text, re.M))), 1)

    def test_lines_are_short_enough(self) -> None:
        # harness/case/parse.h, MAX_LINE
        self.assertLess(max(len(line) for text in self.texts for line in text.split("\n")), 8192)

    def test_only_instructions_of_linux_5_10(self) -> None:
        new = re.compile(r" s/= | s%= |\(s\d+|bswap|gotol|atomic_|xchg|may_goto")
        for text in self.texts:
            self.assertNotRegex(text, new)

    def test_programs_keep_to_jumps_forward(self) -> None:
        for text in self.texts:
            for program in re.findall(r"^prog .*\n((?:    .*\n)+)", text, re.M):
                lines = [line.strip() for line in program.split("\n")]
                for at, line in enumerate(lines):
                    if " goto " in line or line.startswith("goto "):
                        self.assertGreater(lines.index(line.split(" ")[-1] + ":"), at)

    def test_equal_stacks(self) -> None:
        # In steps of 32 bytes, where the kernel's interpreter is to run the programs.
        for text in self.texts:
            stacks = set()
            for program in re.findall(r"^prog .*\n((?:    .*\n)+)", text, re.M):
                depths = [int(d) for d in re.findall(r"\(r10 - (\d+)\)", program)] + [1]
                stacks.add((max(depths) + 31) // 32)
            self.assertTrue(len(stacks) == 1 or "\nneeds  !interp\n" in text)

    def test_enough_of_everything(self) -> None:
        # In at least so many of a hundred cases.
        for fact, least in (
                ("hit", 80), ("miss", 45), ("empty", 25), ("range", 20), ("limit", 8),
                ("direct hit", 50), ("indirect hit", 50), ("direct empty", 5),
                ("direct range", 4), ("indirect range", 12), ("upper hit", 15),
                ("upper range", 4), ("hit after empty", 2), ("changes", 50),
                ("type xdp", 10), ("type sched_cls", 10), ("type socket_filter", 40)):
            n = sum(1 for facts in self.facts if facts.get(fact))
            self.assertGreaterEqual(100 * n / N, least, fact)
        self.assertTrue(any(facts["programs"] > 30 for facts in self.facts))
        for shape in ("chain", "ring", "tree", "diamond", "hub", "self loops", "random graph"):
            self.assertTrue(any(facts.get("shape " + shape) for facts in self.facts), shape)

    def test_cases_are_cheap(self) -> None:
        self.assertLess(sum(facts["programs"] for facts in self.facts) / N, 5)
        self.assertLess(max(text.count("\n") for text in self.texts), 6000)


if __name__ == "__main__":
    unittest.main()
