# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Instructions that not every kernel has: those of version 4 of the instruction set (Linux 6.6), and
atomic operations other than addition (Linux 5.12). Signed division is in core/ir.py, as Alu.
"""
from typing import Callable, Dict

from core.alu import U32, U64, extended, reverse_bytes
from core.ir import Listing, Node
from core.memory import Place
from core.model import Machine


class SignedMove(Node):
    """r3 = (s8)r4, w3 = (s16)w4"""

    __slots__ = ("dst", "src", "bits", "is_w")

    def __init__(self, dst: int, src: int, bits: int, is_w: bool = False) -> None:
        assert bits in ((8, 16) if is_w else (8, 16, 32))
        self.dst, self.src, self.bits, self.is_w = dst, src, bits, is_w

    def text(self, out: Listing) -> None:
        reg = "w" if self.is_w else "r"
        out.add("%s%d = (s%d)%s%d" % (reg, self.dst, self.bits, reg, self.src))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = extended(m.get(self.src), self.bits, 32 if self.is_w else 64)
        return False


class SignedLoad(Node):
    """r7 = *(s16 *)(r8 + 6)"""

    __slots__ = ("dst", "place")

    def __init__(self, dst: int, place: Place) -> None:
        assert place.bits < 64
        self.dst, self.place = dst, place

    def text(self, out: Listing) -> None:
        out.add("r%d = *(s%d *)(%s)" % (self.dst, self.place.bits, self.place.address()))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = extended(self.place.get(m), self.place.bits, 64)
        return False


class ByteSwap(Node):
    """r3 = bswap16 r3: whatever the machine's own order is."""

    __slots__ = ("dst", "bits")

    def __init__(self, dst: int, bits: int) -> None:
        self.dst, self.bits = dst, bits

    def text(self, out: Listing) -> None:
        out.add("r%d = bswap%d r%d" % (self.dst, self.bits, self.dst))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = reverse_bytes(m.get(self.dst), self.bits)
        return False


ATOMICS: Dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "or": lambda a, b: a | b,
    "and": lambda a, b: a & b,
    "xor": lambda a, b: a ^ b,
    "xchg": lambda a, b: b,
}
LOCKS = {"or": "|=", "and": "&=", "xor": "^="}
_MASKS = {32: U32, 64: U64}


def _reg(place: Place) -> str:
    return "w" if place.bits == 32 else "r"


class Atomic(Node):
    """lock *(u32 *)(r8 + 4) |= w7"""

    __slots__ = ("place", "oper", "src")

    def __init__(self, place: Place, oper: str, src: int) -> None:
        assert place.bits in _MASKS and oper in LOCKS
        self.place, self.oper, self.src = place, oper, src

    def text(self, out: Listing) -> None:
        out.add("lock %s %s %s%d" % (self.place.text(), LOCKS[self.oper], _reg(self.place),
                                     self.src))

    def run(self, m: Machine) -> bool:
        self.place.set(m, ATOMICS[self.oper](self.place.get(m), m.get(self.src)))
        return False


class AtomicFetch(Node):
    """r7 = atomic_fetch_add((u64 *)(r8 + 8), r7), r7 = xchg_64(r8 + 8, r7): gives what was."""

    __slots__ = ("place", "oper", "src")

    def __init__(self, place: Place, oper: str, src: int) -> None:
        assert place.bits in _MASKS and oper in ATOMICS
        self.place, self.oper, self.src = place, oper, src

    def text(self, out: Listing) -> None:
        reg = "%s%d" % (_reg(self.place), self.src)
        if self.oper == "xchg":
            name, where = "xchg_64" if self.place.bits == 64 else "xchg32_32", self.place.address()
        else:
            name = "atomic_fetch_" + self.oper
            where = "(u%d *)(%s)" % (self.place.bits, self.place.address())
        out.add("%s = %s(%s, %s)" % (reg, name, where, reg))

    def run(self, m: Machine) -> bool:
        old = self.place.get(m)
        self.place.set(m, ATOMICS[self.oper](old, m.get(self.src)))
        m.regs[self.src] = old
        return False


class CompareExchange(Node):
    """r0 = cmpxchg_64(r8 + 8, r0, r7): r7 goes there if r0 was there; r0 is what was there."""

    __slots__ = ("place", "src")

    def __init__(self, place: Place, src: int) -> None:
        assert place.bits in _MASKS
        self.place, self.src = place, src

    def text(self, out: Listing) -> None:
        name = "cmpxchg_64" if self.place.bits == 64 else "cmpxchg32_32"
        reg = _reg(self.place)
        out.add("%s0 = %s(%s, %s0, %s%d)" % (reg, name, self.place.address(), reg, reg, self.src))

    def run(self, m: Machine) -> bool:
        old, new = self.place.get(m), m.get(self.src)
        equal = old == m.get(0) & _MASKS[self.place.bits]
        m.count("exchanged" if equal else "not exchanged")
        if equal:
            self.place.set(m, new)
        m.regs[0] = old
        return False
