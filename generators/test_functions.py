# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Functions in the model, on examples worked out by hand; and the generator funcs."""
import re
import unittest
from typing import Dict, List, Optional, Sequence, Tuple

import funcs
from core.control import Exit, MapPointer, TailCall
from core.draw import Draw
from core.functions import Call, Function
from core.ir import Alu, Const, Node, listing, mov
from core.model import Machine, ModelError
from core.words import Fill, Spill
from funcs.env import Stack, frames
from tables_calls.stack import rounded

N = 200


def tail_call(slot: int) -> List[Node]:
    return [MapPointer("a"), Const(3, slot), TailCall("direct", "p1")]


def machine(programs: Sequence[Sequence[Node]], slots: Sequence[Optional[int]]) -> Machine:
    m = Machine(programs, {"a": len(slots)}, {})
    m.arrays["a"] = list(slots)
    return m


class FunctionTest(unittest.TestCase):
    def test_the_callee_returns_to_the_functions_caller(self) -> None:
        f = Function("f1", tail_call(0) + [Const(0, 5), Exit()])
        main = [Const(6, 100), Spill(2, 6), Call(f), Fill(7, 2), Alu(0, "+=", src=7), Exit(), f]
        leaf = [Const(6, 1), Spill(2, 6), Const(0, 42), Exit()]
        self.assertEqual(machine([main, leaf], [None]).run(0), 105)
        self.assertEqual(machine([main, leaf], [1]).run(0), 142)

    def test_results_have_64_bits(self) -> None:
        f = Function("f1", tail_call(0) + [Const(0, 0), Exit()])
        main = [Call(f), Alu(0, ">>=", 32), Exit(), f]
        self.assertEqual(machine([main, [Const(0, -1), Exit()]], [1]).run(0), 0xffffffff)

    def test_the_budget_is_the_runs(self) -> None:
        f = Function("f1", tail_call(1) + [Const(0, 0), Exit()])
        again = [Call(f) for _ in range(40)]
        main = again + tail_call(0) + [Const(0, 7), Exit(), f]
        m = machine([main, [Const(0, 1), Exit()]], [0, 1])
        self.assertEqual(m.run(0), 7)
        self.assertEqual(m.events["function left"], 33)
        self.assertEqual(len(m.path), 34)

    def test_what_a_call_leaves(self) -> None:
        f = Function("f1", [mov(0, 2), Exit()])
        self.assertEqual(machine([[Const(2, 9), Call(f), Exit(), f]], []).run(0), 9)
        for reg in range(1, 6):
            main = [Const(reg, 9), Const(2, 9), Call(f), mov(0, reg), Exit(), f]
            self.assertRaises(ModelError, machine([main], []).run, 0)
        inner = Function("f1", [mov(0, 6), Exit()])
        main = [Const(6, 9), Call(inner), Exit(), inner]
        self.assertRaises(ModelError, machine([main], []).run, 0)

    def test_text(self) -> None:
        f = Function("f1", [Const(0, 1), Exit()])
        self.assertEqual(listing([Call(f), Exit(), f]), [
            "    call f1", "    exit", "    f1:", "    r0 = 1", "    exit"])


class FuncsTest(unittest.TestCase):
    made: List[Tuple[str, Dict[str, int]]]

    @classmethod
    def setUpClass(cls) -> None:
        cls.made = [funcs.make(Draw("test", i), "gen.funcs.test-%d" % i) for i in range(N)]

    def test_frames_are_within_the_limits(self) -> None:
        for i in range(2000):
            draw = Draw("frames", i)
            sizes = [8 * slots for slots in frames(draw, draw.below(4))]
            self.assertLess(sum(map(rounded, sizes[:-1])), 256)
            for step in (16,) if sizes[0] == 240 and len(sizes) == 2 else (16, 32):
                sums = [(size + step - 1) // step * step for size in sizes]
                self.assertLess(sum(sums[:-1]), 256)
                self.assertLessEqual(sum(sums), 512)
        self.assertEqual(rounded(241), 256)

    def test_an_interpreter_gives_callees_the_callers_stack(self) -> None:
        plain, large = Stack(4, 0, True), Stack(5, 0, False)
        self.assertTrue(large.overflows(plain))
        self.assertTrue(Stack(5, 3, False).overflows(plain))  # functions, and no tail call
        self.assertFalse(plain.overflows(large._replace(tail_calls=True)))
        self.assertFalse(Stack(8, 0, False).overflows(Stack(5, 0, True)))  # 64 bytes both
        for caller, callee in ((plain._replace(tail_calls=False), large),
                               (plain._replace(n_functions=1), large),  # not taken
                               (plain, Stack(5, 1, True))):             # nor this one
            self.assertFalse(callee.overflows(caller))

    def test_cases_that_overflow_keep_from_interpreters(self) -> None:
        for text, _ in self.made:
            programs = [p for p in re.split(r"^(?=prog )", text, flags=re.M) if p[:4] == "prog"]
            stacks = []
            for program in (re.match(r"prog .*\n((?:    .*\n)+)", p)[1] for p in programs):
                main = re.split(r"^    f\d:", program, flags=re.M)[0]
                depth = max(int(n) for n in re.findall(r"\(r10 - (\d+)\)", main))
                stacks.append((-(-depth // 32), "call f" in program, "bpf_tail_call" in program))
            wants = any(one[0] < other[0] and not one[1] and one[2] and not (other[1] and other[2])
                        for one in stacks for other in stacks)
            self.assertEqual("!interp" in text, wants, text)

    def test_every_function_is_called(self) -> None:
        for text, _ in self.made:
            for program in re.findall(r"^prog .*\n((?:    .*\n)+)", text, re.M):
                self.assertEqual(set(re.findall(r"^    (f\d):", program, re.M)),
                                 set(re.findall(r"call (f\d)$", program, re.M)))

    def test_enough_of_everything(self) -> None:
        for fact, least in (
                ("function left", 45), ("functions", 90), ("global", 10), ("result sum", 60),
                ("result branch", 45), ("result index", 35), ("result stack", 30), ("limit", 8),
                ("empty", 40), ("direct hit", 40), ("indirect hit", 40)):
            n = sum(1 for _, facts in self.made if facts.get(fact))
            self.assertGreaterEqual(100 * n / N, least, fact)


if __name__ == "__main__":
    unittest.main()
