# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Where a program goes: conditions and branches, tail calls, its end, and what an entry leaves."""
from typing import Optional, Sequence

from core.alu import TEST32, TEST64, U32, U64
from core.ir import Listing, Node, run_all
from core.model import HIT, LIMIT, Machine


class Cond:
    """r7 s> 5, w7 & 3, r7 == r9"""

    __slots__ = ("reg", "oper", "imm", "src", "is_w", "_fn")

    def __init__(self, reg: int, oper: str, imm: int = 0, src: Optional[int] = None,
                 is_w: bool = False) -> None:
        assert -1 << 31 <= imm < 1 << 31
        self.reg, self.oper, self.imm, self.src, self.is_w = reg, oper, imm, src, is_w
        self._fn = (TEST32 if is_w else TEST64)[oper]

    def text(self) -> str:
        """As it stands behind `if`."""
        reg = "w" if self.is_w else "r"
        if self.src is None:
            return f"{reg}{self.reg} {self.oper} {self.imm}"
        return f"{reg}{self.reg} {self.oper} {reg}{self.src}"

    def holds(self, m: Machine) -> bool:
        """Is it true now?"""
        mask = U32 if self.is_w else U64
        right = self.imm if self.src is None else m.get(self.src)
        holds = self._fn(m.get(self.reg) & mask, right & mask)
        m.events["taken" if holds else "not taken"] += 1
        return holds


class SkipIf(Node):
    """The nodes run unless the condition holds."""

    __slots__ = ("cond", "body")

    def __init__(self, cond: Cond, body: Sequence[Node]) -> None:
        self.cond, self.body = cond, body

    def text(self, out: Listing) -> None:
        end = out.new_label()
        out.one(f"if {self.cond.text()} goto {end}")
        for node in self.body:
            node.text(out)
        out.place(end)

    def run(self, m: Machine) -> bool:
        return not self.cond.holds(m) and run_all(self.body, m)


class Fork(Node):
    """The first nodes if the condition holds, the others if not. Neither may end in an exit."""

    __slots__ = ("cond", "yes", "no", "jump")

    def __init__(self, cond: Cond, yes: Sequence[Node], no: Sequence[Node],
                 jump: str = "goto") -> None:
        self.cond, self.yes, self.no, self.jump = cond, yes, no, jump

    def text(self, out: Listing) -> None:
        yes, end = out.new_label(), out.new_label()
        out.one(f"if {self.cond.text()} goto {yes}")
        for node in self.no:
            node.text(out)
        out.add("%s %s" % (self.jump, end))
        out.place(yes)
        for node in self.yes:
            node.text(out)
        out.place(end)

    def run(self, m: Machine) -> bool:
        return run_all(self.yes if self.cond.holds(m) else self.no, m)


class MapPointer(Node):
    """r2 = progs ll"""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def text(self, out: Listing) -> None:
        out.add("r2 = %s ll" % self.name)

    def run(self, m: Machine) -> bool:
        m.pointer = self.name
        return False


class TailCall(Node):
    """The call; r1 to r3 are ready. The kind and the place are for statistics."""

    __slots__ = ("kind", "place")

    def __init__(self, kind: str, place: str) -> None:
        self.kind, self.place = kind, place

    def text(self, out: Listing) -> None:
        out.add("call bpf_tail_call")

    def run(self, m: Machine) -> bool:
        upper = (m.regs[3] or 0) >> 32
        outcome, events = m.tail_call(), m.events
        events[outcome] += 1
        events[f"{self.kind} {outcome}"] += 1
        if upper:
            events["upper " + outcome] += 1
        if outcome == HIT:
            return True
        if outcome != LIMIT:
            events[f"{outcome} at {self.place}"] += 1
        return False


class Exit(Node):
    """exit"""

    __slots__ = ()

    def text(self, out: Listing) -> None:
        out.add("exit")

    def run(self, m: Machine) -> bool:
        m.result = m.get(0)
        return True


class Log(Node):
    """
    Append a number to the visit log: word 0 of the map counts the entries, the others hold them.
    What is too much for the map is counted and not kept.
    """

    __slots__ = ("name", "capacity", "number")

    def __init__(self, name: str, capacity: int, number: int) -> None:
        self.name, self.capacity, self.number = name, capacity, number

    def text(self, out: Listing) -> None:
        end = out.new_label()
        out.add("r1 = %s[0] ll" % self.name, "r2 = *(u64 *)(r1 + 0)", "r3 = r2", "r3 += 1",
                "*(u64 *)(r1 + 0) = r3", "if r2 > %d goto %s" % (self.capacity - 1, end),
                "r2 <<= 3", "r1 += r2", "*(u64 *)(r1 + 8) = %d" % self.number)
        out.place(end)

    def run(self, m: Machine) -> bool:
        value = m.values[self.name]
        if value[0] < self.capacity:
            value[value[0] + 1] = self.number
        value[0] += 1
        m.regs[1] = m.regs[2] = m.regs[3] = None
        return False


class Budget(Node):
    """
    Count the entry and leave where there were too many, so that a kernel that does not stop
    where it should stops here. r1 is used up.
    """

    __slots__ = ("base", "name", "word", "limit", "result")

    def __init__(self, base: int, name: str, word: int, limit: int, result: int) -> None:
        self.base, self.name, self.word = base, name, word
        self.limit, self.result = limit, result

    def text(self, out: Listing) -> None:
        end = out.new_label()
        place = "*(u64 *)(r%d + %d)" % (self.base, 8 * self.word)
        out.add("r1 = %s" % place, "r1 += 1", "%s = r1" % place,
                "if r1 <= %d goto %s" % (self.limit, end), "r0 = %d" % self.result, "exit")
        out.place(end)

    def run(self, m: Machine) -> bool:
        value = m.values[self.name]
        value[self.word] += 1
        m.regs[1] = None
        if value[self.word] <= self.limit:
            return False
        m.count("budget")
        m.result = self.result & U64
        return True
