# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The instructions of isa without a map: one register holds the address of the arguments, which are
numbers to be read; what is written is the stack, and what is seen of it all is r0.
"""
from typing import Dict, List, Tuple

from core.draw import Draw
from core.ir import Const, Keep, Node, Wide
from core.memory import Load, Place, Store, StoreConst, in_value, on_stack
from isa.numbers import number32, number64
from isa.program import ALIGNED, REGISTERS, SIZES, Layout, Maker

ARGS, N_ARGS = "args", 6


class BareLayout(Layout):
    """There is always a stack, and never a trace, which would have no place."""

    def __init__(self, draw: Draw, newer: Tuple[str, ...]) -> None:
        super().__init__(draw, 1, newer)
        self.slots = self.slots or (draw.between(1, 8),)
        self.max_traces = 0


class BareMaker(Maker):
    """Makes the one program of a case."""

    def __init__(self, draw: Draw, layout: BareLayout, facts: Dict[str, int]) -> None:
        super().__init__(draw, layout, facts)
        # The operations of isa, but ours where they are others.
        self.weights = tuple((weight, getattr(BareMaker, operation.__name__))
                             for weight, operation in self.weights)

    def _arg(self) -> Place:
        return in_value(self.base, ARGS, self.draw.below(N_ARGS))

    def _place(self, least: int = 8, most: int = 64) -> Place:
        draw = self.draw
        bits = min(max(draw.pick(SIZES), least), most)
        self._count("stack")
        return on_stack(draw.pick(self.layout.slots), bits, draw.pick(ALIGNED[bits]))

    def _load(self) -> List[Node]:
        if self.draw.percent(60):
            return super()._load()
        self._count("argument")
        place = self._arg()
        return [Load(self._target(), place)]

    def _rebase(self) -> List[Node]:
        """The address is that of a context: it moves, and nothing is added to it."""
        draw, old = self.draw, self.base
        if self.depth or len(self.known) < 4:
            return self._load()
        self._count("rebase")
        self.base = draw.pick([reg for reg in REGISTERS if reg != old])
        if self.base in self.known:
            self.known.remove(self.base)
        self.known.append(old)
        self.last = old
        return [Keep(self.base, old), Load(old, self._arg())]

    def _entry(self, keeps_ctx: bool) -> List[Node]:
        draw = self.draw
        nodes: List[Node] = [] if self.base == 1 else [Keep(self.base, 1)]
        regs = [reg for reg in REGISTERS if reg != self.base]
        draw.shuffle(regs)
        for reg in regs[:draw.between(5, 9)]:
            kind = draw.below(10)
            if kind < 7:
                nodes.append(Load(reg, self._arg()))
            elif kind < 8:
                nodes.append(Wide(reg, number64(draw)))
            else:
                nodes.append(Const(reg, number32(draw), is_w=draw.percent(40)))
            self.known.append(reg)
        self.last = self.known[-1]
        for slot in self.layout.slots:
            if draw.percent(75):
                nodes.append(Store(on_stack(slot), self._source()))
            else:
                nodes.append(StoreConst(on_stack(slot), number32(draw)))
        return nodes

    def whole(self, n: int) -> List[Node]:
        """The program, with so many operations."""
        nodes = self._entry(False) + self._witnesses() + self.operations(n)
        fold, acc = self._fold()
        return nodes + fold + self._leave(acc)
