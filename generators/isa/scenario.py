# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The case around the instructions: a round puts inputs into the map's value, so that no verifier
knows them, runs the program and looks at all of the value.
"""
from typing import Dict, List

from core.case import CaseText, case_head, words
from core.draw import Draw
from core.ir import Node, listing
from core.model import Machine
from isa.numbers import number64
from isa.program import ATOMIC, DATA_WORDS, MEM, PROGS, V4, Layout, Maker

PROG_TYPES = ((50, "socket_filter"), (25, "sched_cls"), (25, "xdp"))


# Which instructions beyond those of Linux 5.10 a case has: most have none, so that older kernels,
# which refuse the others, still have much to run.
NEWER = ((64, ()), (20, (V4,)), (11, (ATOMIC,)), (5, (V4, ATOMIC)))
KERNELS = {V4: "Linux 6.6", ATOMIC: "Linux 5.12"}


class Scenario:
    """The steps of one case, as they are drawn."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.counts: Dict[str, int] = {}
        self.prog_type = draw.weighted(PROG_TYPES)
        n = 2 if draw.percent(25) else 1
        self.layout = Layout(draw, n, draw.weighted(NEWER))
        size = draw.between(8, 44) // n
        self.programs: List[List[Node]] = [
            Maker(draw, self.layout, self.counts).program(i, size, calls=i + 1 < n)
            for i in range(n)]
        self.machine = Machine(self.programs, {PROGS: 1} if n > 1 else {},
                               {MEM: self.layout.n_words})
        self.n_rounds = draw.between(2, 4)

    def _round(self, text: CaseText) -> None:
        inputs = [number64(self.draw) for _ in range(DATA_WORDS)]
        as_hex = b"".join(n.to_bytes(8, "little") for n in inputs).hex()
        value = self.machine.values[MEM]
        value[:] = inputs + [0] * (len(value) - DATA_WORDS)
        text.step("update %s 0 hex:%s" % (MEM, as_hex), 0)
        text.step("run p1", self.machine.run(0))
        text.step("lookup %s 0" % MEM, words(value))

    def build(self, name: str) -> str:
        """The text of the case."""
        text = CaseText()
        calls = len(self.programs) > 1
        text.made("map %s array value=%d entries=1" % (MEM, 8 * self.layout.n_words))
        if calls:
            text.made("map %s prog_array entries=1" % PROGS)
        for i, program in enumerate(self.programs, 1):
            text.program("prog p%d %s" % (i, self.prog_type), listing(program))
        text.blank()
        # The last round finds the slot empty at times: the call falls through.
        falls_through = calls and self.draw.percent(30)
        if calls:
            text.step("update %s 0 p2" % PROGS, 0)
            self.machine.arrays[PROGS][0] = 1
        for i in range(self.n_rounds):
            if falls_through and i == self.n_rounds - 1:
                text.step("delete %s 0" % PROGS, 0)
                self.machine.arrays[PROGS][0] = None
            self._round(text)
        return case_head(name, self.about()) + text.text()

    def about(self) -> List[str]:
        """What there is, and which word of the map's value is what."""
        n, layout = len(self.programs), self.layout
        folds = "%d the fold of all registers" % layout.fold(0)
        if n > 1:
            folds = "%d and %d the folds of all registers of p1 and p2" % (
                layout.fold(0), layout.fold(1))
        traces = ""
        if layout.n_traces:
            traces = "from %d to %d traces of single registers, " % (
                DATA_WORDS, DATA_WORDS + layout.n_traces - 1)
        newer = "".join("; with %s of %s" % (name, KERNELS[name]) for name in layout.newer)
        return ["Random instructions: %d operations in %s (%s), with %d sets of inputs%s." % (
            self.counts["operations"], "a program" if n == 1 else "two programs", self.prog_type,
            self.n_rounds, newer),
            "Words of mem: to %d inputs and data, %s%s." % (DATA_WORDS - 1, traces, folds)]

    def facts(self) -> Dict[str, int]:
        """Numbers for statistics."""
        facts = dict(self.counts)
        facts.update(self.machine.events)
        facts["rounds"] = self.n_rounds
        facts["stack slots"] = len(self.layout.slots)
        facts["traces"] = self.layout.n_traces
        facts["type " + self.prog_type] = 1
        for name in self.layout.newer or ("5.10",):
            facts["with " + name] = 1
        return facts
