# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Packets and hash maps in the model, on examples worked out by hand; and the generator state."""
import unittest
from typing import Dict, List, Sequence, Tuple

import state
from core.alu import U64
from core.control import Exit
from core.draw import Draw
from core.hash import ANY, EXIST, NOEXIST, ElementAdd, ElementLoad, HashDelete, HashUpdate, \
    WithElement
from core.ir import Const, Node, mov
from core.model import Machine
from core.packet import (AdjustHead, AdjustTail, PacketLoad, PacketStore, SkbLoad, SkbLoadBytes,
                         SkbStoreBytes, WithPacket, changes)
from core.words import Fill, Spill

N = 200
LEAVE: List[Node] = [Exit()]


def run(nodes: Sequence[Node], packet: bytes = bytes(range(32)), start: int = 0
        ) -> Tuple[int, Machine]:
    m = Machine([list(nodes) + LEAVE], {}, {})
    m.packet, m.packet_from = bytearray(packet), start
    return m.run(0), m


class PacketTest(unittest.TestCase):
    def test_pointers(self) -> None:
        load = [Const(0, 7), WithPacket(6, "xdp", 32, [PacketLoad(0, 2, 20, 4)])]
        self.assertEqual(run(load)[0], 0x17161514)
        self.assertEqual(run(load, bytes(31))[0], 7)
        store = [Const(7, -2), WithPacket(6, "xdp", 20, [PacketStore(2, 16, 2, 7)]), Const(0, 0)]
        self.assertEqual(run(store)[1].packet[15:19], bytes((15, 0xfe, 0xff, 18)))

    def test_loads_of_classic_bpf(self) -> None:
        self.assertEqual(run([SkbLoad(2, 2)])[0], 0x0203)
        self.assertEqual(run([SkbLoad(2, 4)], start=14)[0], 0x10111213)
        self.assertEqual(run([Const(7, 5), SkbLoad(1, 1, 7)])[0], 6)
        for nodes in ([SkbLoad(31, 2)], [Const(7, -9), SkbLoad(1, 1, 7)]):
            self.assertEqual(run([*nodes, Const(0, 5)])[0], 0)

    def test_helpers_of_packets(self) -> None:
        store = [Const(7, 0x1234), Spill(3, 7), SkbStoreBytes(6, 30, 3, 2)]
        self.assertEqual(run(store)[1].packet[29:], b"\x1d\x34\x12")
        store[2] = SkbStoreBytes(6, 31, 3, 2)
        self.assertEqual(run(store)[0], -14 & 0xffffffff)
        load = [SkbLoadBytes(6, 10, 3), Fill(0, 3)]
        self.assertEqual(run(load, start=14)[0], 0x1b1a1918)
        self.assertEqual(run(load, bytes(17))[0], 0)

    def test_adjusting(self) -> None:
        self.assertEqual(run([AdjustHead(6, 18)])[1].packet, bytes(range(18, 32)))
        self.assertEqual(run([AdjustHead(6, 19)])[0], -22 & 0xffffffff)
        self.assertEqual(run([AdjustTail(6, -18)])[1].packet, bytes(range(14)))
        self.assertEqual(run([AdjustTail(6, -19)])[0], -22 & 0xffffffff)
        self.assertEqual(run([AdjustTail(6, 2)])[1].packet, bytes(range(32)) + b"\0\0")

    def test_how_changes_are_said(self) -> None:
        self.assertEqual(changes(b"abcd", b"abcd"), "")
        self.assertEqual(changes(b"abcd", b"xbyz"), " @0=78 @2=797a")
        self.assertEqual(changes(b"abcd", b"ab"), " len=2")
        self.assertEqual(changes(b"ab", b"aXYZ"), " len=4 @1=58595a")


class HashTest(unittest.TestCase):
    def test_updates_and_deletes(self) -> None:
        def give(*nodes: Node) -> int:
            return run([Const(7, 9), Spill(3, 7), *nodes])[0]
        enoent, eexist = -2 & 0xffffffff, -17 & 0xffffffff
        put = HashUpdate("h", 1, 3, ANY)
        self.assertEqual(give(HashDelete("h", 1)), enoent)
        self.assertEqual(give(put, HashDelete("h", 1)), 0)
        self.assertEqual(give(put, HashDelete("h", 1), HashDelete("h", 1)), enoent)
        self.assertEqual(give(put, HashUpdate("h", 1, 3, NOEXIST)), eexist)
        self.assertEqual(give(put, HashUpdate("h", 2, 3, EXIST)), enoent)
        self.assertEqual(give(put, HashUpdate("h", 7, 3, NOEXIST, mask=3)), eexist)

    def test_an_elements_address(self) -> None:
        body = [ElementAdd(7, 0, "h", 1), ElementLoad(8, 0, "h", 1)]
        nodes = [Const(8, 1), Const(7, -1), Spill(3, 7), HashUpdate("h", 1, 3, ANY),
                 WithElement("h", 1, body), mov(0, 8)]
        result, m = run(nodes)
        self.assertEqual((result, m.hashes["h"]), (0xfffffffe, {1: -2 & U64}))
        self.assertEqual(run([Const(8, 1), WithElement("h", 1, body), mov(0, 8)])[0], 1)


class StateTest(unittest.TestCase):
    def test_enough_of_everything(self) -> None:
        made: List[Dict[str, int]] = [
            state.make(Draw("test", i), "gen.state.test-%d" % i)[1] for i in range(N)]
        for fact, least in (("packet", 30), ("element", 12), ("skb load", 12), ("empty", 25),
                            ("skb load outside", 4), ("hit", 60), ("packet too short", 5)):
            n = sum(1 for facts in made if facts.get(fact))
            self.assertGreaterEqual(100 * n / N, least, fact)


if __name__ == "__main__":
    unittest.main()
