# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Memory in pieces of 1, 2, 4 and 8 bytes: the stack, and the value of an array map. Which bits of a
word a smaller piece has is as on a little-endian machine. Pieces are aligned to their size.
"""
from typing import Optional

from core.alu import U64
from core.ir import Listing, Node
from core.model import Machine, ModelError

SIZES = (8, 16, 32, 64)


class Place:
    """Where something is, and how many bits it has."""

    __slots__ = ("base", "offset", "bits", "name", "word", "shift", "_mask")

    def __init__(self, base: int, offset: int, bits: int, name: Optional[str], word: int,
                 byte: int) -> None:
        assert bits in SIZES and byte % (bits // 8) == 0 and byte < 8
        self.base, self.offset, self.bits = base, offset, bits
        self.name, self.word, self.shift = name, word, 8 * byte
        self._mask = (1 << bits) - 1

    def address(self) -> str:
        """r10 - 6"""
        return "r%d %s %d" % (self.base, "-" if self.offset < 0 else "+", abs(self.offset))

    def text(self) -> str:
        """*(u16 *)(r10 - 6)"""
        return "*(u%d *)(%s)" % (self.bits, self.address())

    def _whole(self, m: Machine) -> int:
        if self.name is None:
            if self.word not in m.stack:
                raise ModelError("stack slot %d is read and has no value" % self.word)
            return m.stack[self.word]
        if m.regs[self.base] is not None:
            raise ModelError("r%d is no address" % self.base)
        return m.values[self.name][self.word]

    def get(self, m: Machine) -> int:
        """What is there, with zeros above it."""
        return self._whole(m) >> self.shift & self._mask

    def set(self, m: Machine, value: int) -> None:
        """The low bits of a number go there."""
        if self.bits == 64:
            whole = value & U64
        else:
            kept = self._whole(m) & ~(self._mask << self.shift)
            whole = kept | (value & self._mask) << self.shift
        if self.name is None:
            m.stack[self.word] = whole
        else:
            m.values[self.name][self.word] = whole


def on_stack(slot: int, bits: int = 64, byte: int = 0) -> Place:
    """A piece of the stack slot that begins at r10 - 8 * slot."""
    return Place(10, byte - 8 * slot, bits, None, slot, byte)


def in_value(base: int, name: str, word: int, bits: int = 64, byte: int = 0,
             ahead: int = 0) -> Place:
    """A piece of a word of a map's value; the base register points so many bytes into it."""
    return Place(base, 8 * word + byte - ahead, bits, name, word, byte)


class Load(Node):
    """r7 = *(u16 *)(r8 + 6)"""

    __slots__ = ("dst", "place")

    def __init__(self, dst: int, place: Place) -> None:
        self.dst, self.place = dst, place

    def text(self, out: Listing) -> None:
        out.add("r%d = %s" % (self.dst, self.place.text()))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = self.place.get(m)
        return False


class Store(Node):
    """*(u16 *)(r8 + 6) = r7"""

    __slots__ = ("place", "src")

    def __init__(self, place: Place, src: int) -> None:
        self.place, self.src = place, src

    def text(self, out: Listing) -> None:
        out.add("%s = r%d" % (self.place.text(), self.src))

    def run(self, m: Machine) -> bool:
        self.place.set(m, m.get(self.src))
        return False


class StoreConst(Node):
    """*(u16 *)(r8 + 6) = -1"""

    __slots__ = ("place", "value")

    def __init__(self, place: Place, value: int) -> None:
        assert -1 << 31 <= value < 1 << 31
        self.place, self.value = place, value

    def text(self, out: Listing) -> None:
        out.add("%s = %d" % (self.place.text(), self.value))

    def run(self, m: Machine) -> bool:
        self.place.set(m, self.value)
        return False


class AtomicAdd(Node):
    """lock *(u32 *)(r8 + 4) += w7"""

    __slots__ = ("place", "src")

    def __init__(self, place: Place, src: int) -> None:
        assert place.bits >= 32
        self.place, self.src = place, src

    def text(self, out: Listing) -> None:
        reg = "w" if self.place.bits == 32 else "r"
        out.add("lock %s += %s%d" % (self.place.text(), reg, self.src))

    def run(self, m: Machine) -> bool:
        self.place.set(m, self.place.get(m) + m.get(self.src))
        return False


class Pointer(Node):
    """r8 = mem[16] ll"""

    __slots__ = ("dst", "name", "ahead")

    def __init__(self, dst: int, name: str, ahead: int) -> None:
        self.dst, self.name, self.ahead = dst, name, ahead

    def text(self, out: Listing) -> None:
        out.add("r%d = %s[%d] ll" % (self.dst, self.name, self.ahead))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = None
        return False


class Advance(Node):
    """r8 += -16, of an address"""

    __slots__ = ("dst", "by")

    def __init__(self, dst: int, by: int) -> None:
        self.dst, self.by = dst, by

    def text(self, out: Listing) -> None:
        out.add("r%d += %d" % (self.dst, self.by))

    def run(self, m: Machine) -> bool:
        if m.regs[self.dst] is not None:
            raise ModelError("r%d is no address" % self.dst)
        return False


class SpillPointer(Node):
    """*(u64 *)(r10 - 16) = r8, of an address: what is in the slot cannot be read as a number."""

    __slots__ = ("slot", "src")

    def __init__(self, slot: int, src: int) -> None:
        self.slot, self.src = slot, src

    def text(self, out: Listing) -> None:
        out.add("*(u64 *)(r10 - %d) = r%d" % (8 * self.slot, self.src))

    def run(self, m: Machine) -> bool:
        if m.regs[self.src] is not None:
            raise ModelError("r%d is no address" % self.src)
        m.stack.pop(self.slot, None)
        return False


class FillPointer(Node):
    """r8 = *(u64 *)(r10 - 16), of an address"""

    __slots__ = ("dst", "slot")

    def __init__(self, dst: int, slot: int) -> None:
        self.dst, self.slot = dst, slot

    def text(self, out: Listing) -> None:
        out.add("r%d = *(u64 *)(r10 - %d)" % (self.dst, 8 * self.slot))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = None
        return False
