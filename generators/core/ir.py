# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
What generated programs are made of: nodes, and here those of registers alone. Every node says two
things of itself: its text, in the assembly of the cases, and its effect on the model. Only
instructions that every kernel from 5.10 on takes, and only what gives the same on machines of
either byte order; except Order, and what is in newer.py.
"""
from typing import Dict, List, Optional, Sequence

from core.alu import ALU32, ALU64, DIVISIONS, SHIFTS, SIGNED_DIVISIONS, U32, U64, reverse_bytes
from core.model import Machine

INDENT = "    "


class Listing:
    """The text of one program."""

    __slots__ = ("_lines", "_labels", "_here", "_same")

    def __init__(self) -> None:
        self._lines: List[str] = []
        self._labels = 0
        self._here: Optional[str] = None  # the label of the next instruction
        self._same: Dict[str, str] = {}

    def add(self, *lines: str) -> None:
        """Instructions."""
        self._lines += lines
        self._here = None

    def one(self, line: str) -> None:
        """An instruction."""
        self._lines.append(line)
        self._here = None

    def new_label(self) -> str:
        """A name for a place that is still to come."""
        self._labels += 1
        return "l%d" % self._labels

    def place(self, label: str) -> None:
        """The label stands here. A place has one label, as `tailcheck fmt` wants it."""
        if self._here is None:
            self._lines.append(label + ":")
            self._here = label
        else:
            self._same[label] = self._here

    def lines(self) -> List[str]:
        """The lines, as they stand below a prog step."""
        lines = self._lines
        if self._same:
            lines = [self._resolved(line) if "goto" in line else line for line in lines]
        return [INDENT + line for line in lines]

    def _resolved(self, line: str) -> str:
        start, _, label = line.rpartition(" ")
        return "%s %s" % (start, self._same.get(label, label))


class Node:
    """One thing that a program does."""

    __slots__ = ()

    def text(self, out: Listing) -> None:
        """Its instructions."""
        raise NotImplementedError

    def run(self, m: Machine) -> bool:
        """Its effect; true if the program is left."""
        raise NotImplementedError


def listing(nodes: Sequence[Node]) -> List[str]:
    """The lines of a program."""
    out = Listing()
    for node in nodes:
        node.text(out)
    return out.lines()


def run_all(nodes: Sequence[Node], m: Machine) -> bool:
    """Run nodes until one leaves the program."""
    for node in nodes:
        if node.run(m):
            return True
    return False


class Const(Node):
    """r3 = 5, w3 = 5; the number is one of 32 bits with a sign."""

    __slots__ = ("dst", "value", "is_w")

    def __init__(self, dst: int, value: int, is_w: bool = False) -> None:
        assert -1 << 31 <= value < 1 << 31
        self.dst, self.value, self.is_w = dst, value, is_w

    def text(self, out: Listing) -> None:
        out.one(f"{'w' if self.is_w else 'r'}{self.dst} = {self.value}")

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = self.value & (U32 if self.is_w else U64)
        return False


class Wide(Node):
    """r3 = 5 ll"""

    __slots__ = ("dst", "value")

    def __init__(self, dst: int, value: int) -> None:
        self.dst, self.value = dst, value & U64

    def text(self, out: Listing) -> None:
        out.add("r%d = %#x ll" % (self.dst, self.value))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = self.value
        return False


_DIVISIONS = frozenset(DIVISIONS + SIGNED_DIVISIONS)
_ODD = _DIVISIONS | frozenset(SHIFTS)


class Alu(Node):
    """r3 += 5, w3 = w4 and so on: the operand is @imm, or the register numbered @src."""

    __slots__ = ("dst", "oper", "imm", "src", "is_w", "_do")

    def __init__(self, dst: int, oper: str, imm: int = 0, src: Optional[int] = None,
                 is_w: bool = False) -> None:
        if src is None:
            assert -1 << 31 <= imm < 1 << 31
            assert oper not in SHIFTS or 0 <= imm < (32 if is_w else 64)
            assert imm or oper not in _DIVISIONS
        self.dst, self.oper, self.imm, self.src, self.is_w = dst, oper, imm, src, is_w
        # All that run() needs in one: the model does nothing as often.
        if is_w:
            self._do = dst, src, imm & U32, ALU32[oper], U32, oper
        else:
            self._do = dst, src, imm & U64, ALU64[oper], U64, oper

    def text(self, out: Listing) -> None:
        reg = "w" if self.is_w else "r"
        if self.src is None:
            out.one(f"{reg}{self.dst} {self.oper} {self.imm}")
        else:
            out.one(f"{reg}{self.dst} {self.oper} {reg}{self.src}")

    def run(self, m: Machine) -> bool:
        # As few calls as can be.
        dst, src, right, function, mask, oper = self._do
        regs = m.regs
        if src is not None:
            value = regs[src]
            right = (m.get(src) if value is None else value) & mask
            if oper == "=":
                regs[dst] = function(0, right)
                return False
            if oper in _ODD:
                self._count_odd(m, right)
        left = regs[dst]
        regs[dst] = function((m.get(dst) if left is None else left) & mask, right)
        return False

    def _count_odd(self, m: Machine, right: int) -> None:
        if self.oper in _DIVISIONS:
            if not right:
                m.count("by zero")
        elif right > (31 if self.is_w else 63):
            m.count("shift masked")


def mov(dst: int, src: int, is_w: bool = False) -> Alu:
    """r3 = r4"""
    return Alu(dst, "=", src=src, is_w=is_w)


class Keep(Node):
    """Keep the context for later: r6 = r1."""

    __slots__ = ("dst", "src")

    def __init__(self, dst: int, src: int = 1) -> None:
        self.dst, self.src = dst, src

    def text(self, out: Listing) -> None:
        out.add("r%d = r%d" % (self.dst, self.src))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = None
        return False


class Neg(Node):
    """r3 = -r3"""

    __slots__ = ("dst", "is_w")

    def __init__(self, dst: int, is_w: bool = False) -> None:
        self.dst, self.is_w = dst, is_w

    def text(self, out: Listing) -> None:
        reg = ("w%d" if self.is_w else "r%d") % self.dst
        out.add("%s = -%s" % (reg, reg))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = -m.get(self.dst) & (U32 if self.is_w else U64)
        return False


class Swap(Node):
    """
    The bytes of the low 16, 32 or 64 bits in reverse order. One of be and le swaps and the other
    only cuts off, which of them depends on the machine; both together do the same everywhere.
    """

    __slots__ = ("dst", "bits", "big_first")

    def __init__(self, dst: int, bits: int, big_first: bool) -> None:
        self.dst, self.bits, self.big_first = dst, bits, big_first

    def text(self, out: Listing) -> None:
        for order in ("be", "le") if self.big_first else ("le", "be"):
            out.add("r%d = %s%d r%d" % (self.dst, order, self.bits, self.dst))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = reverse_bytes(m.get(self.dst), self.bits)
        return False


class Order(Node):
    """r3 = be16 r3 or le16: to the byte order named, on a little-endian machine."""

    __slots__ = ("dst", "bits", "is_big")

    def __init__(self, dst: int, bits: int, is_big: bool) -> None:
        self.dst, self.bits, self.is_big = dst, bits, is_big

    def text(self, out: Listing) -> None:
        out.add("r%d = %s%d r%d" % (self.dst, "be" if self.is_big else "le", self.bits, self.dst))

    def run(self, m: Machine) -> bool:
        value = m.get(self.dst)
        if self.is_big:
            m.regs[self.dst] = reverse_bytes(value, self.bits)
        else:
            m.regs[self.dst] = value & ((1 << self.bits) - 1)
        return False
