# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Small cases: three to five programs of a few instructions in one array, run, changed, and run again.
What ends a run is its result; how many of them a second an engine makes, `make bench` measures.
"""
from typing import Dict, List, Optional, Tuple

from core.case import CaseText, case_head
from core.control import Exit, MapPointer, TailCall
from core.draw import Draw
from core.ir import Alu, Const, Keep, Node, listing
from core.model import Machine
from core.words import LoadCtx

NAME = "small"
VERSION = 1
ABOUT = "a few programs of a few instructions each in one prog array"

ARRAY = "progs"
TYPES = ((60, "socket_filter"), (40, "sched_cls"))
MAX_MARK = 3


def _index(draw: Draw, slots: int, ctx: int) -> Tuple[List[Node], str]:
    """r3, constant or made from the mark; now and then beyond the array."""
    index = draw.below(slots + 1)
    if draw.percent(60):
        return [Const(3, index)], "direct"
    return [LoadCtx(3, ctx, "mark"), Alu(3, "+=", index)], "indirect"


def _program(draw: Draw, number: int, slots: int) -> List[Node]:
    """One tail call or two, and what is given where they fall through."""
    if draw.percent(70):
        index, kind = _index(draw, slots, 1)
        nodes = [*index, MapPointer(ARRAY), TailCall(kind, "p%d" % number)]
    else:
        nodes = [Keep(6)]
        for _ in range(2):
            index, kind = _index(draw, slots, 6)
            nodes += [*index, MapPointer(ARRAY), Keep(1, 6), TailCall(kind, "p%d" % number)]
    return nodes + [Const(0, number), Exit()]


class Case:
    """The steps, each carried out on the model first."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.n = draw.between(3, 5)
        self.slots = self.n + draw.below(2)
        self.type = draw.weighted(TYPES)
        self.programs = [_program(draw, n + 1, self.slots) for n in range(self.n)]
        self.machine = Machine(self.programs, {ARRAY: self.slots}, {})
        self.text = CaseText()

    def _put(self, index: int, program: Optional[int]) -> None:
        """A program into a slot, or out of it."""
        array = self.machine.arrays[ARRAY]
        if program is None:
            self.text.step("delete %s %d" % (ARRAY, index),
                           0 if array[index] is not None else "ENOENT")
        else:
            self.text.step("update %s %d p%d" % (ARRAY, index, program + 1), 0)
        array[index] = program

    def _run(self) -> None:
        mark = self.draw.below(MAX_MARK + 1)
        self.machine.ctx = {"mark": mark}
        self.text.step("run p1 mark=%d" % mark if mark else "run p1", self.machine.run(0))

    def build(self, name: str) -> str:
        """The text of the case."""
        draw = self.draw
        self.text.made("map %s prog_array entries=%d" % (ARRAY, self.slots))
        for n, nodes in enumerate(self.programs):
            self.text.program("prog p%d %s" % (n + 1, self.type), listing(nodes))
        for n in range(self.n):
            if draw.percent(85):
                self._put(n, n)
        self._run()
        self._put(draw.below(self.slots), draw.below(self.n) if draw.percent(50) else None)
        self._run()
        about = "%d programs (%s), %d slots, one of them changed." % (
            self.n, self.type, self.slots)
        return case_head(name, [about]) + self.text.text()

    def facts(self) -> Dict[str, int]:
        """Numbers for statistics."""
        facts = {e: n for e, n in self.machine.events.items() if " at p" not in e}
        facts["programs"], facts["entries"] = self.n, len(self.machine.path)
        return facts


def make(draw: Draw, name: str) -> Tuple[str, Dict[str, int]]:
    """The text of one case, and numbers for statistics."""
    case = Case(draw)
    return case.build(name), case.facts()
