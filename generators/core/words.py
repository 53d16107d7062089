# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Nodes that move whole words: on the stack, in the values of array maps, in the context. Smaller
pieces are in memory.py.
"""
from typing import Optional

from core.alu import U32, U64
from core.ir import Listing, Node
from core.model import Machine

# struct __sk_buff, include/uapi/linux/bpf.h
SKB_OFFSETS = {"mark": 8, "priority": 32, "cb0": 48, "cb1": 52, "cb2": 56, "cb3": 60, "cb4": 64}


class Spill(Node):
    """*(u64 *)(r10 - 16) = r7"""

    __slots__ = ("slot", "src")

    def __init__(self, slot: int, src: int) -> None:
        self.slot, self.src = slot, src

    def text(self, out: Listing) -> None:
        out.one(f"*(u64 *)(r10 - {8 * self.slot}) = r{self.src}")

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
        out.one("*(u64 *)(r10 - %d) = %d" % (8 * self.slot, self.value))

    def run(self, m: Machine) -> bool:
        m.stack[self.slot] = self.value & U64
        return False


class Fill(Node):
    """r7 = *(u64 *)(r10 - 16)"""

    __slots__ = ("dst", "slot")

    def __init__(self, dst: int, slot: int) -> None:
        self.dst, self.slot = dst, slot

    def text(self, out: Listing) -> None:
        out.one(f"r{self.dst} = *(u64 *)(r10 - {8 * self.slot})")

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = m.stack[self.slot]
        return False


class Address(Node):
    """r8 = state[0] ll"""

    __slots__ = ("dst", "name")

    def __init__(self, dst: int, name: str) -> None:
        self.dst, self.name = dst, name

    def text(self, out: Listing) -> None:
        out.one("r%d = %s[0] ll" % (self.dst, self.name))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = None
        return False


class LoadWord(Node):
    """r7 = *(u64 *)(r8 + 0), where r8 has the address of the map's value."""

    __slots__ = ("dst", "base", "name", "word")

    def __init__(self, dst: int, base: int, name: str, word: int) -> None:
        self.dst, self.base, self.name, self.word = dst, base, name, word

    def text(self, out: Listing) -> None:
        out.one(f"r{self.dst} = *(u64 *)(r{self.base} + {8 * self.word})")

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = m.values[self.name][self.word]
        return False


class StoreWord(Node):
    """*(u64 *)(r8 + 0) = r7"""

    __slots__ = ("src", "base", "name", "word")

    def __init__(self, src: int, base: int, name: str, word: int) -> None:
        self.src, self.base, self.name, self.word = src, base, name, word

    def text(self, out: Listing) -> None:
        out.one(f"*(u64 *)(r{self.base} + {8 * self.word}) = r{self.src}")

    def run(self, m: Machine) -> bool:
        m.values[self.name][self.word] = m.get(self.src)
        return False


class AddWord(Node):
    """lock *(u64 *)(r8 + 0) += r1"""

    __slots__ = ("src", "base", "name", "word")

    def __init__(self, src: int, base: int, name: str, word: int) -> None:
        self.src, self.base, self.name, self.word = src, base, name, word

    def text(self, out: Listing) -> None:
        out.one("lock *(u64 *)(r%d + %d) += r%d" % (self.base, 8 * self.word, self.src))

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
        out.one("r%d = *(u32 *)(r%d + %d)" % (self.dst, self.base, SKB_OFFSETS[self.field]))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = m.ctx.get(self.field, 0)
        return False


class StoreCtx(Node):
    """*(u32 *)(r6 + 48) = r7"""

    __slots__ = ("src", "base", "field")

    def __init__(self, src: int, base: int, field: str) -> None:
        self.src, self.base, self.field = src, base, field

    def text(self, out: Listing) -> None:
        out.one("*(u32 *)(r%d + %d) = r%d" % (self.base, SKB_OFFSETS[self.field], self.src))

    def run(self, m: Machine) -> bool:
        m.ctx[self.field] = m.get(self.src) & U32
        return False
