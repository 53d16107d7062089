# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Hash maps of words by 4-byte keys, changed by programs. A lookup gives an address, which stays good
across a tail call that falls through.
"""
from typing import Dict, Sequence

from core.alu import U32, U64
from core.ir import Listing, Node, run_all
from core.model import Machine

ENOENT, EEXIST = -2 & U64, -17 & U64
ANY, NOEXIST, EXIST = 0, 1, 2


def _hash(m: Machine, name: str) -> Dict[int, int]:
    return m.hashes.setdefault(name, {})


class _Keyed(Node):
    """Something with a key, which is put into the first stack slot."""

    __slots__ = ("name", "key", "mask")

    def __init__(self, name: str, key: int, mask: int = 0) -> None:
        self.name, self.key = name, key  # the key's register, if there is a mask
        self.mask = mask

    def key_text(self) -> Sequence[str]:
        """The key on the stack, its address in r2 and the map in r1."""
        if self.mask:
            begin = ["r1 = r%d" % self.key, "r1 &= %d" % self.mask, "*(u32 *)(r10 - 4) = r1"]
        else:
            begin = ["*(u32 *)(r10 - 4) = %d" % self.key]
        return begin + ["r2 = r10", "r2 += -4", "r1 = %s ll" % self.name]

    def key_of(self, m: Machine) -> int:
        """The key."""
        return m.get(self.key) & self.mask & U32 if self.mask else self.key

    def text(self, out: Listing) -> None:
        raise NotImplementedError

    def run(self, m: Machine) -> bool:
        raise NotImplementedError


class HashUpdate(_Keyed):
    """bpf_map_update_elem of what is in a stack slot; r0 says how it went."""

    __slots__ = ("slot", "flags")

    def __init__(self, name: str, key: int, slot: int, flags: int, mask: int = 0) -> None:
        super().__init__(name, key, mask)
        self.slot, self.flags = slot, flags

    def text(self, out: Listing) -> None:
        out.add(*self.key_text(), "r3 = r10", "r3 += -%d" % (8 * self.slot), "r4 = %d" % self.flags,
                "call bpf_map_update_elem")

    def run(self, m: Machine) -> bool:
        key, elements, value = self.key_of(m), _hash(m, self.name), m.stack[self.slot]
        m.clobber()
        m.regs[0] = 0
        if self.flags == NOEXIST and key in elements:
            m.regs[0] = EEXIST
        elif self.flags == EXIST and key not in elements:
            m.regs[0] = ENOENT
        else:
            elements[key] = value
        return False


class HashDelete(_Keyed):
    """bpf_map_delete_elem; r0 says how it went."""

    __slots__ = ()

    def text(self, out: Listing) -> None:
        out.add(*self.key_text(), "call bpf_map_delete_elem")

    def run(self, m: Machine) -> bool:
        key = self.key_of(m)
        m.clobber()
        m.regs[0] = ENOENT if _hash(m, self.name).pop(key, None) is None else 0
        return False


class WithElement(_Keyed):
    """The nodes run where there is such an element. r0 is its address."""

    __slots__ = ("body",)

    def __init__(self, name: str, key: int, body: Sequence[Node]) -> None:
        super().__init__(name, key)
        self.body = body

    def text(self, out: Listing) -> None:
        end = out.new_label()
        out.add(*self.key_text(), "call bpf_map_lookup_elem", "if r0 == 0 goto %s" % end)
        for node in self.body:
            node.text(out)
        out.place(end)

    def run(self, m: Machine) -> bool:
        m.clobber()
        there = self.key in _hash(m, self.name)
        m.count("element" if there else "no element")
        return there and run_all(self.body, m)


class ElementLoad(Node):
    """r1 = *(u64 *)(r0 + 0), where r0 is the address of an element."""

    __slots__ = ("dst", "base", "name", "key")

    def __init__(self, dst: int, base: int, name: str, key: int) -> None:
        self.dst, self.base, self.name, self.key = dst, base, name, key

    def text(self, out: Listing) -> None:
        out.add("r%d = *(u64 *)(r%d + 0)" % (self.dst, self.base))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = _hash(m, self.name)[self.key]
        return False


class ElementAdd(Node):
    """lock *(u64 *)(r2 + 0) += r7"""

    __slots__ = ("src", "base", "name", "key")

    def __init__(self, src: int, base: int, name: str, key: int) -> None:
        self.src, self.base, self.name, self.key = src, base, name, key

    def text(self, out: Listing) -> None:
        out.add("lock *(u64 *)(r%d + 0) += r%d" % (self.base, self.src))

    def run(self, m: Machine) -> bool:
        elements = _hash(m, self.name)
        elements[self.key] = (elements[self.key] + m.get(self.src)) & U64
        return False
