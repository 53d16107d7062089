# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Local functions. A tail call in one ends that function alone: what the callee gives goes to the
function's caller, who finds its own registers and stack as they were. The budget is the run's.
"""
from typing import List, Sequence

from core.ir import Listing, Node, run_all
from core.model import Machine, ModelError


class Function(Node):
    """A function: it stands behind the program, and is run by Call alone."""

    __slots__ = ("name", "nodes")

    def __init__(self, name: str, nodes: Sequence[Node]) -> None:
        self.name, self.nodes = name, list(nodes)

    def text(self, out: Listing) -> None:
        out.place(self.name)
        for node in self.nodes:
            node.text(out)

    def run(self, m: Machine) -> bool:
        raise ModelError("control runs into function %s" % self.name)


class Call(Node):
    """call f1; its arguments are in r1 to r5, its result comes in r0."""

    __slots__ = ("function",)

    def __init__(self, function: Function) -> None:
        self.function = function

    def text(self, out: Listing) -> None:
        out.add("call %s" % self.function.name)

    def run(self, m: Machine) -> bool:
        m.count("function")
        regs, stack = m.regs, m.stack
        m.regs = [None] + regs[1:6] + [None] * 4
        m.stack = {}
        m.pointer = m.target = None
        if not run_all(self.function.nodes, m):
            raise ModelError("function %s has no exit" % self.function.name)
        at = m.target
        if at is not None:
            m.count("function left")
        while at is not None:
            at = m.enter(at)
        left: List[object] = [m.result]
        m.regs = left + [None] * 5 + regs[6:]  # type: ignore
        m.stack = stack
        m.pointer = m.target = None
        return False
