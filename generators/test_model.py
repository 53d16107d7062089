# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The model, on graphs worked out by hand."""
import unittest
from typing import List, Optional, Sequence

from core.alu import U64
from core.control import Budget, Cond, Exit, Fork, Log, MapPointer, SkipIf, TailCall
from core.ir import Alu, Const, Keep, Neg, Node, Order, Swap, Wide, listing, mov
from core.memory import (Advance, AtomicAdd, FillPointer, Load, Pointer, SpillPointer, Store,
                         StoreConst, in_value, on_stack)
from core.model import Machine, ModelError
from core.words import Fill, Lookup, Spill, StoreCtx


def call(array: str, index: int) -> List[Node]:
    """A tail call with a constant index."""
    return [MapPointer(array), Wide(3, index), TailCall("direct", "p1")]


def leave(result: int) -> List[Node]:
    """The program's end."""
    return [Const(0, result), Exit()]


def machine(programs: Sequence[Sequence[Node]], slots: Sequence[Optional[int]] = (),
            log: int = 60) -> Machine:
    """A machine with one array, a, and a log."""
    m = Machine(programs, {"a": len(slots)}, {"log": log + 1, "table": 2})
    m.arrays["a"] = list(slots)
    return m


class TailCallTest(unittest.TestCase):
    def test_the_callee_does_not_come_back(self) -> None:
        m = machine([call("a", 1) + leave(1), leave(2)], [None, 1])
        self.assertEqual(m.run(0), 2)
        self.assertEqual(m.path, [0, 1])

    def test_33_calls_and_34_programs(self) -> None:
        m = machine([[Log("log", 60, 7)] + call("a", 0) + leave(5)], [0])
        self.assertEqual(m.run(0), 5)
        self.assertEqual(m.values["log"][:36], [34] + [7] * 34 + [0])
        self.assertEqual((m.events["hit"], m.events["limit"]), (33, 1))

    def test_every_repetition_has_its_own_limit(self) -> None:
        m = machine([call("a", 0) + leave(5)], [0])
        m.run(0, repeat=3)
        self.assertEqual(len(m.path), 3 * 34)

    def test_empty_slots_use_no_budget(self) -> None:
        program = call("a", 1) + call("a", 1) + call("a", 0) + leave(5)
        m = machine([program], [0, None])
        m.run(0)
        self.assertEqual(len(m.path), 34)
        # The last of the 34 programs finds the limit before it finds the slot.
        self.assertEqual((m.events["empty"], m.events["limit"]), (66, 3))
        # Hit k + 1 comes after k hits and 2k + 2 empty slots: beyond 33 together from k = 11 on.
        self.assertEqual(m.events["hit after empty"], 22)

    def test_beyond_the_array(self) -> None:
        for index in (2, 3, 1 << 31, (1 << 32) - 1, (1 << 31) + 1):
            m = machine([call("a", index) + leave(1), leave(2)], [1, 1])
            self.assertEqual((m.run(0), m.events["range"]), (1, 1), index)

    def test_only_the_low_32_bits_count(self) -> None:
        for index in (1 << 32, 0xffffffff00000001, 1 << 63):
            m = machine([call("a", index) + leave(1), leave(2)], [1, 1])
            self.assertEqual((m.run(0), m.events["upper hit"]), (2, 1), index)

    def test_registers_after_a_call_that_fell_through(self) -> None:
        kept = [Keep(6), Const(7, 4), Spill(2, 7)] + call("a", 0)
        m = machine([kept + [Fill(0, 2), Alu(0, "+=", src=7), Exit()]], [None])
        self.assertEqual(m.run(0), 8)
        for lost in range(6):
            m = machine([kept + [mov(7, lost), Exit()]], [None])
            self.assertRaises(ModelError, m.run, 0)

    def test_the_callee_finds_no_registers(self) -> None:
        m = machine([[Const(7, 4)] + call("a", 0) + leave(0), [mov(0, 7), Exit()]], [1])
        self.assertRaises(ModelError, m.run, 0)


class NodeTest(unittest.TestCase):
    def run_nodes(self, *nodes: Node) -> Machine:
        m = machine([list(nodes) + leave(0)], [])
        m.run(0)
        return m

    def test_constants(self) -> None:
        m = self.run_nodes(Const(1, -1), Const(2, -1, is_w=True), Wide(3, -1), Const(4, 1), Neg(4))
        self.assertEqual(m.regs[1:5], [2 ** 64 - 1, 2 ** 32 - 1, 2 ** 64 - 1, 2 ** 64 - 1])

    def test_32_bit_operations_clear_the_upper_half(self) -> None:
        m = self.run_nodes(Wide(1, 0x500000003), Alu(1, "%=", 2, is_w=True),
                           Wide(2, 0x500000003), Const(3, 0), Alu(2, "%=", src=3, is_w=True),
                           Wide(4, 0x500000003), mov(5, 4, is_w=True))
        self.assertEqual([m.regs[r] for r in (1, 2, 5)], [1, 3, 3])

    def test_a_negative_number_is_extended(self) -> None:
        m = self.run_nodes(Const(1, 0), Alu(1, "+=", -1), Const(2, 0), Alu(2, "+=", -1, is_w=True))
        self.assertEqual(m.regs[1:3], [2 ** 64 - 1, 2 ** 32 - 1])

    def test_swap_is_the_same_in_either_order(self) -> None:
        for first in (True, False):
            m = self.run_nodes(Wide(1, 0x1122334455667788), Swap(1, 32, first))
            self.assertEqual(m.regs[1], 0x88776655)

    def test_byte_orders(self) -> None:
        for bits, big, want in ((16, True, 0x8877), (16, False, 0x7788), (32, True, 0x88776655),
                                (32, False, 0x55667788), (64, True, 0x8877665544332211),
                                (64, False, 0x1122334455667788)):
            m = self.run_nodes(Wide(1, 0x1122334455667788), Order(1, bits, big))
            self.assertEqual(m.regs[1], want, (bits, big))

    def test_what_is_counted(self) -> None:
        m = self.run_nodes(Const(1, 64), Const(2, 0), mov(3, 1), Alu(3, "<<=", src=1),
                           Alu(3, "/=", src=2, is_w=True), SkipIf(Cond(1, ">", 64), [Neg(1)]))
        self.assertEqual(m.events, {"shift masked": 1, "by zero": 1, "not taken": 1})

    def test_branches(self) -> None:
        for value, want in ((5, 6), (-5, 105)):
            m = self.run_nodes(Const(1, value), Const(2, 0),
                               SkipIf(Cond(1, "s<", 0), [Const(2, 1)]),
                               Fork(Cond(1, "s>", 0), [Alu(2, "+=", 5)], [Alu(2, "+=", 105)]))
            self.assertEqual(m.regs[2], want)

    def test_lookup(self) -> None:
        for key, want in ((1, 77), (2, 9)):
            m = machine([[Const(7, key), Lookup(3, "table", 0, key_reg=7, default=9)] + leave(0)])
            m.values["table"] = [66, 77]
            m.run(0)
            self.assertEqual(m.regs[3], want)

    def test_the_log_is_bounded_and_counts_on(self) -> None:
        m = machine([[Log("log", 2, 5)] + leave(0)], [], log=2)
        m.run(0, repeat=3)
        self.assertEqual(m.values["log"], [3, 5, 5])

    def test_budget(self) -> None:
        m = machine([[Budget(8, "table", 1, 2, 99)] + leave(1)])
        self.assertEqual([m.run(0) for _ in range(3)], [1, 1, 99])
        self.assertEqual(m.values["table"], [0, 3])

    def test_context_fields_have_32_bits(self) -> None:
        m = self.run_nodes(Keep(6), Wide(1, 0x100000007), StoreCtx(1, 6, "cb0"))
        self.assertEqual(m.ctx, {"cb0": 7})

    def test_the_result_has_32_bits(self) -> None:
        m = machine([[Wide(0, 0x100000007), Exit()]])
        self.assertEqual(m.run(0), 7)


class MemoryTest(unittest.TestCase):
    def run_nodes(self, *nodes: Node) -> Machine:
        m = machine([list(nodes) + leave(0)], [])
        m.values["table"] = [0x1122334455667788, U64]
        m.run(0)
        return m

    def test_pieces_of_a_word(self) -> None:
        for bits, byte, want in ((8, 0, 0x88), (8, 7, 0x11), (16, 2, 0x5566), (32, 4, 0x11223344),
                                 (64, 0, 0x1122334455667788)):
            m = self.run_nodes(Pointer(6, "table", 0),
                               Load(1, in_value(6, "table", 0, bits, byte)))
            self.assertEqual(m.regs[1], want)
        m = self.run_nodes(Pointer(6, "table", 0), Wide(1, 0xaabbccdd),
                           Store(in_value(6, "table", 0, 16, 2), 1),
                           StoreConst(in_value(6, "table", 1, 8, 7), 1),
                           Wide(2, -1), Store(on_stack(1), 2),
                           StoreConst(on_stack(1, 32, 4), -2), Load(3, on_stack(1)))
        self.assertEqual(m.values["table"], [0x11223344ccdd7788, 0x01ffffffffffffff])
        self.assertEqual(m.regs[3], 0xfffffffeffffffff)

    def test_a_number_of_64_bits_is_extended(self) -> None:
        m = self.run_nodes(StoreConst(on_stack(1), -2), Load(3, on_stack(1)))
        self.assertEqual(m.regs[3], U64 - 1)

    def test_atomic_addition(self) -> None:
        m = self.run_nodes(Pointer(6, "table", 0), Wide(1, 0x100000002),
                           AtomicAdd(in_value(6, "table", 0, 32, 4), 1),
                           AtomicAdd(in_value(6, "table", 1, 64), 1))
        self.assertEqual(m.values["table"], [0x1122334655667788, 0x100000001])
        m = self.run_nodes(Pointer(6, "table", 0), Const(1, 2),
                           AtomicAdd(in_value(6, "table", 1, 32), 1))
        self.assertEqual(m.values["table"][1], 0xffffffff00000001)

    def test_text(self) -> None:
        self.assertEqual(
            listing([Pointer(8, "table", 8), Advance(8, -8), SpillPointer(2, 8), FillPointer(9, 2),
                     Load(1, in_value(9, "table", 1, 16, 6)), Order(1, 32, False),
                     Load(1, in_value(9, "table", 1, 8, 3, ahead=12)),
                     Store(on_stack(2, 8, 7), 1), StoreConst(on_stack(1), -5),
                     AtomicAdd(on_stack(64, 32, 4), 1), AtomicAdd(in_value(9, "table", 0), 1)]),
            ["    r8 = table[8] ll", "    r8 += -8", "    *(u64 *)(r10 - 16) = r8",
             "    r9 = *(u64 *)(r10 - 16)", "    r1 = *(u16 *)(r9 + 14)", "    r1 = le32 r1",
             "    r1 = *(u8 *)(r9 - 1)", "    *(u8 *)(r10 - 9) = r1",
             "    *(u64 *)(r10 - 8) = -5", "    lock *(u32 *)(r10 - 508) += w1",
             "    lock *(u64 *)(r9 + 0) += r1"])

    def test_what_must_not_be(self) -> None:
        for nodes in ([Load(1, on_stack(1))], [Const(1, 1), Store(on_stack(1, 32), 1)],
                      [Const(1, 1), Load(2, in_value(1, "table", 0))],
                      [Const(1, 1), SpillPointer(1, 1)], [Const(1, 1), Advance(1, 8)],
                      [SpillPointer(1, 1), Load(2, on_stack(1))]):
            self.assertRaises(ModelError, self.run_nodes, *nodes)
        self.assertRaises(AssertionError, on_stack, 1, 32, 2)
        self.assertRaises(AssertionError, AtomicAdd, on_stack(1, 16), 1)


class ListingTest(unittest.TestCase):
    def test_a_place_has_one_label(self) -> None:
        inner = SkipIf(Cond(1, ">", 2), [Const(1, 5)])
        self.assertEqual(listing([SkipIf(Cond(1, "==", 1, is_w=True), [inner]), Exit()]), [
            "    if w1 == 1 goto l2", "    if r1 > 2 goto l2", "    r1 = 5", "    l2:", "    exit"])

    def test_fork(self) -> None:
        self.assertEqual(
            listing([Fork(Cond(7, "s<", src=8), [Const(1, 1)], [Const(1, 2, is_w=True)])]), [
                "    if r7 s< r8 goto l1", "    w1 = 2", "    goto l2", "    l1:", "    r1 = 1",
                "    l2:"])

    def test_what_no_kernel_takes_is_not_made(self) -> None:
        self.assertRaises(AssertionError, Alu, 1, "/=", 0)
        self.assertRaises(AssertionError, Alu, 1, "<<=", 32, None, True)
        self.assertRaises(AssertionError, Const, 1, 1 << 31)


if __name__ == "__main__":
    unittest.main()
