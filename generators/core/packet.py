# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The packet: by pointers, by helpers, by the loads of classic BPF. Numbers in it are as a
little-endian machine has them. Registers that hold addresses have no value in the model.
"""
from typing import Dict, Sequence, Tuple

from core.alu import U32, U64
from core.ir import Listing, Node, run_all
from core.model import Machine

EFAULT, EINVAL = -14 & U64, -22 & U64
ETH_HEADER = 14

# Where data and data_end are in the contexts: struct __sk_buff, struct xdp_md.
DATA: Dict[str, Tuple[int, int]] = {"sched_cls": (76, 80), "xdp": (0, 4)}


class WithPacket(Node):
    """
    The nodes run where the packet has so many bytes. r2 is its address, and r3 and r4 are used up.
    """

    __slots__ = ("ctx", "prog_type", "least", "body")

    def __init__(self, ctx: int, prog_type: str, least: int, body: Sequence[Node]) -> None:
        self.ctx, self.prog_type, self.least, self.body = ctx, prog_type, least, body

    def text(self, out: Listing) -> None:
        end, (data, data_end) = out.new_label(), DATA[self.prog_type]
        out.add("r2 = *(u32 *)(r%d + %d)" % (self.ctx, data),
                "r3 = *(u32 *)(r%d + %d)" % (self.ctx, data_end),
                "r4 = r2", "r4 += %d" % self.least, "if r4 > r3 goto %s" % end)
        for node in self.body:
            node.text(out)
        out.place(end)

    def run(self, m: Machine) -> bool:
        m.regs[2] = m.regs[3] = m.regs[4] = None
        m.count("packet" if self.least <= len(m.packet) else "packet too short")
        return self.least <= len(m.packet) and run_all(self.body, m)


class PacketLoad(Node):
    """r5 = *(u16 *)(r2 + 20)"""

    __slots__ = ("dst", "base", "offset", "size")

    def __init__(self, dst: int, base: int, offset: int, size: int) -> None:
        self.dst, self.base, self.offset, self.size = dst, base, offset, size

    def text(self, out: Listing) -> None:
        out.add("r%d = *(u%d *)(r%d + %d)" % (self.dst, 8 * self.size, self.base, self.offset))

    def run(self, m: Machine) -> bool:
        m.regs[self.dst] = int.from_bytes(m.packet[self.offset:self.offset + self.size], "little")
        return False


class PacketStore(Node):
    """*(u16 *)(r2 + 20) = r7"""

    __slots__ = ("base", "offset", "size", "src")

    def __init__(self, base: int, offset: int, size: int, src: int) -> None:
        self.base, self.offset, self.size, self.src = base, offset, size, src

    def text(self, out: Listing) -> None:
        out.add("*(u%d *)(r%d + %d) = r%d" % (8 * self.size, self.base, self.offset, self.src))

    def run(self, m: Machine) -> bool:
        value = m.get(self.src) & ((1 << 8 * self.size) - 1)
        m.packet[self.offset:self.offset + self.size] = value.to_bytes(self.size, "little")
        return False


class SkbStoreBytes(Node):
    """
    bpf_skb_store_bytes of the low bytes of a stack slot. Uses up r1 to r5; r0 says whether they
    fit. Addresses of the packet are void.
    """

    __slots__ = ("ctx", "offset", "slot", "size")

    def __init__(self, ctx: int, offset: int, slot: int, size: int) -> None:
        self.ctx, self.offset, self.slot, self.size = ctx, offset, slot, size

    def text(self, out: Listing) -> None:
        out.add("r1 = r%d" % self.ctx, "r2 = %d" % self.offset, "r3 = r10",
                "r3 += -%d" % (8 * self.slot), "r4 = %d" % self.size, "r5 = 0",
                "call bpf_skb_store_bytes")

    def run(self, m: Machine) -> bool:
        value, end = m.stack[self.slot], self.offset + self.size
        m.clobber()
        m.regs[0] = EFAULT
        if end <= len(m.packet):
            m.packet[self.offset:end] = value.to_bytes(8, "little")[:self.size]
            m.regs[0] = 0
        return False


class SkbLoadBytes(Node):
    """bpf_skb_load_bytes into a stack slot, all 8 of its bytes; zeros where there are none."""

    __slots__ = ("ctx", "offset", "slot")

    def __init__(self, ctx: int, offset: int, slot: int) -> None:
        self.ctx, self.offset, self.slot = ctx, offset, slot

    def text(self, out: Listing) -> None:
        out.add("r1 = r%d" % self.ctx, "r2 = %d" % self.offset, "r3 = r10",
                "r3 += -%d" % (8 * self.slot), "r4 = 8", "call bpf_skb_load_bytes")

    def run(self, m: Machine) -> bool:
        start = m.packet_from + self.offset
        fits = start + 8 <= len(m.packet)
        m.clobber()
        m.regs[0] = 0 if fits else EFAULT
        m.stack[self.slot] = int.from_bytes(m.packet[start:start + 8], "little") if fits else 0
        return False


class SkbLoad(Node):
    """
    r0 = *(u16 *)skb[20], or skb[r7 + 2]: in network order. r6 must be the context, r1 to r5 are
    used up, and what lies outside ends the program, or the function, with 0.
    """

    __slots__ = ("offset", "size", "reg")

    def __init__(self, offset: int, size: int, reg: int = 0) -> None:
        self.offset, self.size, self.reg = offset, size, reg

    def text(self, out: Listing) -> None:
        where = str(self.offset)
        if self.reg:
            where = "r%d %s %d" % (self.reg, "-" if self.offset < 0 else "+", abs(self.offset))
        out.add("r0 = *(u%d *)skb[%s]" % (8 * self.size, where))

    def run(self, m: Machine) -> bool:
        at = self.offset + (m.get(self.reg) if self.reg else 0) & U32
        start = m.packet_from + at
        m.clobber()
        if at >> 31 or start + self.size > len(m.packet):
            m.count("skb load outside")
            m.result = 0
            return True
        m.count("skb load")
        m.regs[0] = int.from_bytes(m.packet[start:start + self.size], "big")
        return False


class AdjustHead(Node):
    """bpf_xdp_adjust_head: bytes off the packet's front, if an Ethernet header is left of it."""

    __slots__ = ("ctx", "by")

    def __init__(self, ctx: int, by: int) -> None:
        assert by >= 0
        self.ctx, self.by = ctx, by

    def text(self, out: Listing) -> None:
        out.add("r1 = r%d" % self.ctx, "r2 = %d" % self.by, "call bpf_xdp_adjust_head")

    def run(self, m: Machine) -> bool:
        m.clobber()
        m.regs[0] = EINVAL
        if self.by <= len(m.packet) - ETH_HEADER:
            del m.packet[:self.by]
            m.regs[0] = 0
        return False


class AdjustTail(Node):
    """bpf_xdp_adjust_tail: bytes off the end, or zeros added there."""

    __slots__ = ("ctx", "by")

    def __init__(self, ctx: int, by: int) -> None:
        self.ctx, self.by = ctx, by

    def text(self, out: Listing) -> None:
        out.add("r1 = r%d" % self.ctx, "r2 = %d" % self.by, "call bpf_xdp_adjust_tail")

    def run(self, m: Machine) -> bool:
        m.clobber()
        length = len(m.packet) + self.by
        m.regs[0] = EINVAL
        if length >= ETH_HEADER:
            m.packet[len(m.packet):] = bytes(max(self.by, 0))
            del m.packet[length:]
            m.regs[0] = 0
        return False


def changes(before: bytes, after: bytes) -> str:
    """How an observation says what became of a packet."""
    text = "" if len(before) == len(after) else " len=%d" % len(after)
    at = 0
    while at < len(after):
        start = at
        while at < len(after) and (at >= len(before) or before[at] != after[at]):
            at += 1
        if at > start:
            text += " @%d=%s" % (start, after[start:at].hex())
        at += 1
    return text
