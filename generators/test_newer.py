# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The newer instructions, on numbers worked out by hand from RFC 9669; and their text."""
import unittest

from core.alu import U64
from core.control import Cond, Exit, Fork
from core.ir import Alu, Const, Node, Wide, listing
from core.memory import Pointer, Store, in_value, on_stack
from core.model import Machine
from core.newer import Atomic, AtomicFetch, ByteSwap, CompareExchange, SignedLoad, SignedMove

TABLE = [0x1122334455667788, 0xf0e0d0c0b0a09080]


def run(*nodes: Node) -> Machine:
    """The machine after these, with r6 at the value of a map and 0 in r0."""
    m = Machine([[Pointer(6, "table", 0), Const(0, 0), *nodes, Exit()]], {}, {"table": 2})
    m.values["table"] = list(TABLE)
    m.run(0)
    return m


class NewerTest(unittest.TestCase):
    def test_moves_with_sign(self) -> None:
        for bits, is_w, value, want in (
                (8, False, 0xff80, U64 - 127), (16, False, 0x17fff, 0x7fff),
                (32, False, 0x180000000, 0xffffffff80000000), (8, True, 0xff80, 0xffffff80),
                (16, True, 0x18000, 0xffff8000), (16, True, 0xffffffff00000001, 1)):
            m = run(Wide(1, value), SignedMove(2, 1, bits, is_w))
            self.assertEqual((m.regs[2], m.regs[1]), (want, value))

    def test_loads_with_sign(self) -> None:
        for word, bits, byte, want in ((0, 8, 0, 0xffffffffffffff88), (0, 16, 0, 0x7788),
                                       (1, 16, 2, 0xffffffffffffb0a0), (0, 32, 4, 0x11223344),
                                       (1, 32, 4, 0xfffffffff0e0d0c0)):
            m = run(SignedLoad(2, in_value(6, "table", word, bits, byte)))
            self.assertEqual(m.regs[2], want)

    def test_byte_swaps(self) -> None:
        for bits, want in ((16, 0x8877), (32, 0x88776655), (64, 0x8877665544332211)):
            m = run(Wide(1, TABLE[0]), ByteSwap(1, bits))
            self.assertEqual(m.regs[1], want)

    def test_atomic_operations(self) -> None:
        place = in_value(6, "table", 0, 32, 4)
        for oper, want in (("or", 0x112f33ff), ("and", 0x00220044), ("xor", 0x110d33bb)):
            m = run(Wide(1, 0xffffffff002f00ff), Atomic(place, oper, 1))
            self.assertEqual(m.values["table"], [want << 32 | 0x55667788, TABLE[1]])
            m = run(Wide(1, 0xffffffff002f00ff), AtomicFetch(place, oper, 1))
            self.assertEqual(m.values["table"], [want << 32 | 0x55667788, TABLE[1]])
            self.assertEqual(m.regs[1], 0x11223344)

    def test_the_old_value(self) -> None:
        whole = in_value(6, "table", 1)
        m = run(Const(1, -1), AtomicFetch(whole, "add", 1))
        self.assertEqual((m.regs[1], m.values["table"][1]), (TABLE[1], TABLE[1] - 1))
        m = run(Const(1, -1), AtomicFetch(whole, "xchg", 1))
        self.assertEqual((m.regs[1], m.values["table"][1]), (TABLE[1], U64))
        m = run(Wide(1, 5), Store(on_stack(1), 1), Wide(1, 0x100000007),
                AtomicFetch(on_stack(1, 32), "xchg", 1))
        self.assertEqual((m.regs[1], m.stack[1]), (5, 7))

    def test_compare_and_exchange(self) -> None:
        low = in_value(6, "table", 0, 32)
        m = run(Wide(0, 0xaaaaaaaa55667788), Const(1, -2), CompareExchange(low, 1))
        self.assertEqual((m.regs[0], m.values["table"][0]), (0x55667788, 0x11223344fffffffe))
        m = run(Wide(0, 0x55667789), Const(1, -2), CompareExchange(low, 1))
        self.assertEqual((m.regs[0], m.values["table"][0]), (0x55667788, TABLE[0]))
        m = run(Wide(0, 0x55667788), Const(1, -2), CompareExchange(in_value(6, "table", 0), 1))
        self.assertEqual((m.regs[0], m.values["table"][0]), (TABLE[0], TABLE[0]))
        m = run(Wide(0, TABLE[0]), Const(1, -2), CompareExchange(in_value(6, "table", 0), 1))
        self.assertEqual((m.regs[0], m.values["table"][0]), (TABLE[0], U64 - 1))

    def test_text(self) -> None:
        self.assertEqual(listing([
            SignedMove(3, 4, 8), SignedMove(3, 4, 16, True), SignedLoad(2, on_stack(1, 16, 6)),
            ByteSwap(5, 32), Atomic(on_stack(1, 32), "and", 2), Atomic(on_stack(1), "xor", 2),
            AtomicFetch(in_value(6, "t", 1), "or", 7), AtomicFetch(on_stack(1, 32), "add", 7),
            AtomicFetch(on_stack(1), "xchg", 7), AtomicFetch(on_stack(1, 32), "xchg", 7),
            CompareExchange(on_stack(1), 7), CompareExchange(on_stack(1, 32), 7),
            Alu(1, "s/=", -3), Alu(1, "s%=", src=2, is_w=True),
            Fork(Cond(1, "==", 2), [Const(1, 1)], [Const(1, 2)], "gotol")]), [
                "    r3 = (s8)r4", "    w3 = (s16)w4", "    r2 = *(s16 *)(r10 - 2)",
                "    r5 = bswap32 r5", "    lock *(u32 *)(r10 - 8) &= w2",
                "    lock *(u64 *)(r10 - 8) ^= r2",
                "    r7 = atomic_fetch_or((u64 *)(r6 + 8), r7)",
                "    w7 = atomic_fetch_add((u32 *)(r10 - 8), w7)",
                "    r7 = xchg_64(r10 - 8, r7)", "    w7 = xchg32_32(r10 - 8, w7)",
                "    r0 = cmpxchg_64(r10 - 8, r0, r7)", "    w0 = cmpxchg32_32(r10 - 8, w0, w7)",
                "    r1 s/= -3", "    w1 s%= w2",
                "    if r1 == 2 goto l1", "    r1 = 2", "    gotol l2", "    l1:", "    r1 = 1",
                "    l2:"])

    def test_what_must_not_be(self) -> None:
        self.assertRaises(AssertionError, SignedMove, 1, 2, 32, True)
        self.assertRaises(AssertionError, SignedMove, 1, 2, 64)
        self.assertRaises(AssertionError, SignedLoad, 1, on_stack(1))
        self.assertRaises(AssertionError, Atomic, on_stack(1), "add", 1)  # that is AtomicAdd
        self.assertRaises(AssertionError, AtomicFetch, on_stack(1, 16), "or", 1)
        self.assertRaises(AssertionError, Alu, 1, "s%=", 0)


if __name__ == "__main__":
    unittest.main()
