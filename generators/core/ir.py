# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
What generated programs are made of. Every node says two things of itself: its text, in the
assembly of the cases, and its effect on the model. Only instructions that every kernel from 5.10
on takes, and only what gives the same on machines of either byte order; except Order, and what is
in newer.py.
"""
from typing import Dict, List, Optional, Sequence

from core.alu import (ALU32, ALU64, DIVISIONS, SHIFTS, SIGNED_DIVISIONS, TEST32, TEST64, U32, U64,
                      reverse_bytes)
from core.model import HIT, LIMIT, Machine

INDENT = "    "

# struct __sk_buff, include/uapi/linux/bpf.h
SKB_OFFSETS = {"mark": 8, "priority": 32, "cb0": 48, "cb1": 52, "cb2": 56, "cb3": 60, "cb4": 64}


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


class Const(Node):
    """r3 = 5, w3 = 5; the number is one of 32 bits with a sign."""

    __slots__ = ("dst", "value", "is_w")

    def __init__(self, dst: int, value: int, is_w: bool = False) -> None:
        assert -1 << 31 <= value < 1 << 31
        self.dst, self.value, self.is_w = dst, value, is_w

    def text(self, out: Listing) -> None:
        out.add("%s%d = %d" % ("w" if self.is_w else "r", self.dst, self.value))

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


class Alu(Node):
    """r3 += 5, w3 = w4 and so on: the operand is @imm, or the register numbered @src."""

    __slots__ = ("dst", "oper", "imm", "src", "is_w", "_fn", "_mask", "_right", "_is_odd")

    def __init__(self, dst: int, oper: str, imm: int = 0, src: Optional[int] = None,
                 is_w: bool = False) -> None:
        if src is None:
            assert -1 << 31 <= imm < 1 << 31
            assert oper not in SHIFTS or 0 <= imm < (32 if is_w else 64)
            assert imm or oper not in DIVISIONS + SIGNED_DIVISIONS
        self.dst, self.oper, self.imm, self.src, self.is_w = dst, oper, imm, src, is_w
        self._fn = (ALU32 if is_w else ALU64)[oper]
        self._mask = U32 if is_w else U64
        self._right = imm & self._mask
        self._is_odd = src is not None and oper in DIVISIONS + SIGNED_DIVISIONS + SHIFTS

    def text(self, out: Listing) -> None:
        reg = "w" if self.is_w else "r"
        if self.src is None:
            out.add("%s%d %s %d" % (reg, self.dst, self.oper, self.imm))
        else:
            out.add("%s%d %s %s%d" % (reg, self.dst, self.oper, reg, self.src))

    def run(self, m: Machine) -> bool:
        # What the model does most: as few calls as can be.
        regs, right = m.regs, self._right
        if self.src is not None:
            right = (m.get(self.src) if regs[self.src] is None else regs[self.src]) & self._mask
        if self.oper == "=":
            regs[self.dst] = self._fn(0, right)
            return False
        left = regs[self.dst]
        if left is None:
            left = m.get(self.dst)
        if self._is_odd:
            self._count_odd(m, right)
        regs[self.dst] = self._fn(left & self._mask, right)
        return False

    def _count_odd(self, m: Machine, right: int) -> None:
        if self.oper not in SHIFTS:
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


class Spill(Node):
    """*(u64 *)(r10 - 16) = r7"""

    __slots__ = ("slot", "src")

    def __init__(self, slot: int, src: int) -> None:
        self.slot, self.src = slot, src

    def text(self, out: Listing) -> None:
        out.add("*(u64 *)(r10 - %d) = r%d" % (8 * self.slot, self.src))

    def run(self, m: Machine) -> bool:
        m.stack[self.slot] = m.get(self.src)
        return False


class Touch(Node):
    """*(u64 *)(r10 - 64) = 5"""

    __slots__ = ("slot", "value")

    def __init__(self, slot: int, value: int) -> None:
        assert -1 << 31 <= value < 1 << 31
        self.slot, self.value = slot, value

    def text(self, out: Listing) -> None:
        out.add("*(u64 *)(r10 - %d) = %d" % (8 * self.slot, self.value))

    def run(self, m: Machine) -> bool:
        m.stack[self.slot] = self.value & U64
        return False


class Fill(Node):
    """r7 = *(u64 *)(r10 - 16)"""

    __slots__ = ("dst", "slot")

    def __init__(self, dst: int, slot: int) -> None:
        self.dst, self.slot = dst, slot

    def text(self, out: Listing) -> None:
        out.add("r%d = *(u64 *)(r10 - %d)" % (self.dst, 8 * self.slot))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = m.stack[self.slot]
        return False


class Address(Node):
    """r8 = state[0] ll"""

    __slots__ = ("dst", "name")

    def __init__(self, dst: int, name: str) -> None:
        self.dst, self.name = dst, name

    def text(self, out: Listing) -> None:
        out.add("r%d = %s[0] ll" % (self.dst, self.name))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = None
        return False


class LoadWord(Node):
    """r7 = *(u64 *)(r8 + 0), where r8 has the address of the map's value."""

    __slots__ = ("dst", "base", "name", "word")

    def __init__(self, dst: int, base: int, name: str, word: int) -> None:
        self.dst, self.base, self.name, self.word = dst, base, name, word

    def text(self, out: Listing) -> None:
        out.add("r%d = *(u64 *)(r%d + %d)" % (self.dst, self.base, 8 * self.word))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = m.values[self.name][self.word]
        return False


class StoreWord(Node):
    """*(u64 *)(r8 + 0) = r7"""

    __slots__ = ("src", "base", "name", "word")

    def __init__(self, src: int, base: int, name: str, word: int) -> None:
        self.src, self.base, self.name, self.word = src, base, name, word

    def text(self, out: Listing) -> None:
        out.add("*(u64 *)(r%d + %d) = r%d" % (self.base, 8 * self.word, self.src))

    def run(self, m: Machine) -> bool:
        m.values[self.name][self.word] = m.get(self.src)
        return False


class AddWord(Node):
    """lock *(u64 *)(r8 + 0) += r1"""

    __slots__ = ("src", "base", "name", "word")

    def __init__(self, src: int, base: int, name: str, word: int) -> None:
        self.src, self.base, self.name, self.word = src, base, name, word

    def text(self, out: Listing) -> None:
        out.add("lock *(u64 *)(r%d + %d) += r%d" % (self.base, 8 * self.word, self.src))

    def run(self, m: Machine) -> bool:
        value = m.values[self.name]
        value[self.word] = (value[self.word] + m.get(self.src)) & U64
        return False


class Lookup(Node):
    """
    A word of an array map by bpf_map_lookup_elem, with the key on the stack; @default if there
    is no such entry. Uses up r0 to r5 and the first stack slot.
    """

    __slots__ = ("dst", "name", "key", "key_reg", "default")

    def __init__(self, dst: int, name: str, key: int, key_reg: Optional[int] = None,
                 default: int = 0) -> None:
        assert 1 <= dst <= 9
        self.dst, self.name, self.key, self.key_reg = dst, name, key, key_reg
        self.default = default

    def text(self, out: Listing) -> None:
        end = out.new_label()
        key = str(self.key) if self.key_reg is None else "r%d" % self.key_reg
        out.add("*(u32 *)(r10 - 4) = %s" % key, "r2 = r10", "r2 += -4", "r1 = %s ll" % self.name,
                "call bpf_map_lookup_elem", "r%d = %d" % (self.dst, self.default),
                "if r0 == 0 goto %s" % end, "r%d = *(u64 *)(r0 + 0)" % self.dst)
        out.place(end)

    def run(self, m: Machine) -> bool:
        key = self.key if self.key_reg is None else m.get(self.key_reg) & U32
        value = m.values[self.name]
        m.clobber()
        m.regs[self.dst] = value[key] if key < len(value) else self.default & U64
        return False


class LoadCtx(Node):
    """r1 = *(u32 *)(r6 + 8): a field of struct __sk_buff."""

    __slots__ = ("dst", "base", "field")

    def __init__(self, dst: int, base: int, field: str) -> None:
        self.dst, self.base, self.field = dst, base, field

    def text(self, out: Listing) -> None:
        out.add("r%d = *(u32 *)(r%d + %d)" % (self.dst, self.base, SKB_OFFSETS[self.field]))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = m.ctx.get(self.field, 0)
        return False


class StoreCtx(Node):
    """*(u32 *)(r6 + 48) = r7"""

    __slots__ = ("src", "base", "field")

    def __init__(self, src: int, base: int, field: str) -> None:
        self.src, self.base, self.field = src, base, field

    def text(self, out: Listing) -> None:
        out.add("*(u32 *)(r%d + %d) = r%d" % (self.base, SKB_OFFSETS[self.field], self.src))

    def run(self, m: Machine) -> bool:
        m.ctx[self.field] = m.get(self.src) & U32
        return False


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
        right = str(self.imm) if self.src is None else "%s%d" % (reg, self.src)
        return "%s%d %s %s" % (reg, self.reg, self.oper, right)

    def holds(self, m: Machine) -> bool:
        """Is it true now?"""
        mask = U32 if self.is_w else U64
        right = self.imm if self.src is None else m.get(self.src)
        holds = self._fn(m.get(self.reg) & mask, right & mask)
        m.count("taken" if holds else "not taken")
        return holds


def run_all(nodes: Sequence[Node], m: Machine) -> bool:
    """Run nodes until one leaves the program."""
    for node in nodes:
        if node.run(m):
            return True
    return False


class SkipIf(Node):
    """The nodes run unless the condition holds."""

    __slots__ = ("cond", "body")

    def __init__(self, cond: Cond, body: Sequence[Node]) -> None:
        self.cond, self.body = cond, body

    def text(self, out: Listing) -> None:
        end = out.new_label()
        out.add("if %s goto %s" % (self.cond.text(), end))
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
        out.add("if %s goto %s" % (self.cond.text(), yes))
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
        outcome = m.tail_call()
        m.count(outcome)
        m.count("%s %s" % (self.kind, outcome))
        if upper:
            m.count("upper %s" % outcome)
        if outcome not in (HIT, LIMIT):
            m.count("%s at %s" % (outcome, self.place))
        return outcome == HIT


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
