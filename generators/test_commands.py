# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The models of commands and of all small graphs, on examples worked out by hand."""
import itertools
import re
import unittest
from typing import Dict, List

import attrs
import commands
import exhaustive
from attrs import newer, programs
from attrs.scenario import edge
from commands.owner import FAMILIES, FILTER, Kind, Owner, compatible
from commands.world import CommandWorld, Program
from core.draw import Draw
from tables.command_rules import RDONLY, Command

N = 150


class WorldTest(unittest.TestCase):
    def setUp(self) -> None:
        self.world = CommandWorld()
        self.world.new_map("m", 2, 0)

    def load(self, name: str, kind: Kind = FILTER, *calls: int) -> str:
        return self.world.load(Program(name, kind, len(self.world.programs),
                                       tuple(("m", call) for call in calls)))

    def update(self, index: int, value: str) -> str:
        return self.world.run(Command("update", "m", key=index, value=value))

    def test_the_first_program_owns(self) -> None:
        xdp = FAMILIES["xdp"][0]
        self.assertEqual((self.load("a"), self.load("b", xdp)), ("0", "0"))
        self.assertEqual((self.update(0, "a"), self.update(1, "b")), ("0", "EINVAL"))
        self.assertEqual(self.load("c", xdp, 0), "EINVAL")
        self.world.run(Command("delete", "m", key=0))
        self.assertEqual(self.update(1, "b"), "EINVAL")

    def test_storage(self) -> None:
        none, mine, other = FAMILIES["storage"]
        owner = Owner(mine.key, mine.storage)
        self.assertTrue(compatible(owner, mine, True) and compatible(owner, none, False))
        self.assertFalse(compatible(owner, none, True) or compatible(owner, other, False))
        self.assertFalse(compatible(Owner(none.key, None), mine, False))
        self.assertTrue(compatible(None, mine, True))

    def test_runs_follow_the_slots(self) -> None:
        for name, calls in (("a", (0,)), ("b", (1, 0)), ("c", ())):
            self.load(name, FILTER, *calls)
        self.assertEqual(self.world.run_program("a"), "0")
        self.update(0, "b")
        self.update(1, "c")
        self.assertEqual(self.world.run_program("a"), "2")
        self.update(1, "b")  # b calls itself for ever, and then falls through
        self.assertEqual(self.world.run_program("a"), "1")

    def test_what_keeps_a_program(self) -> None:
        self.load("a")
        self.update(0, "a")
        self.assertEqual(self.world.pinned("a", "one"), "0")
        self.world.close("a")
        for keeper, away in (("slot", lambda: self.world.run(Command("delete", "m", key=0))),
                             ("pin", lambda: self.world.unpin("one"))):
            self.assertEqual(self.world.prog_by_id("i", "a"), "0", keeper)
            self.world.close("i")
            away()
        self.assertEqual(self.world.prog_by_id("i", "a"), "ENOENT")

    def test_modes(self) -> None:
        self.assertEqual(self.world.map_by_id("reader", "m", RDONLY), "0")
        self.load("a")
        self.assertEqual(self.world.run(Command("update", "reader", key=0, value="a")), "EPERM")
        self.assertEqual(self.world.copy("d", "reader"), "0")
        self.assertEqual(self.world.same("d", "m"), "1")
        self.world.close("reader")
        self.assertEqual(self.world.run(Command("lookup", "d", key=0)), "ENOENT")


class GeneratorsTest(unittest.TestCase):
    def test_commands_has_enough_of_everything(self) -> None:
        made: List[Dict[str, int]] = [
            commands.make(Draw("test", i), "gen.commands.test-%d" % i)[1] for i in range(N)]
        for fact, least in (("run", 60), ("freeze", 10), ("pin", 40), ("get", 40), ("close", 40),
                            ("prog refused", 15), ("map-by-id", 40), ("prog-in-slot", 30)):
            n = sum(1 for facts in made if facts.get(fact))
            self.assertGreaterEqual(100 * n / N, least, fact)
        carried_out = sum(facts["carried out"] for facts in made)
        refused = sum(facts["refused"] for facts in made)
        self.assertTrue(0.2 < refused / (refused + carried_out) < 0.7)

    def test_an_array_keeps_its_first_descriptor(self) -> None:
        # With the last one gone a kernel clears the slots, sooner or later.
        for i in range(N):
            text = commands.make(Draw("test", i), "gen.commands.test-%d" % i)[0]
            self.assertNotRegex(text, r"\nclose m\d")

    def test_attrs(self) -> None:
        done = refused = 0
        for i in range(N):
            text, facts = attrs.make(Draw("test", i), "gen.attrs.test-%d" % i)
            self.assertTrue(text.startswith("case gen.attrs.test-%d\n" % i))
            done += facts.get("create done", 0)
            refused += facts.get("create", 0) - facts.get("create done", 0)
        self.assertTrue(0.15 < done / (done + refused) < 0.6)
        self.assertTrue(all(edge(Draw("edge", i), 16) < 1 << 16 for i in range(500)))

    def test_programs_of_new_kernels_are_alone(self) -> None:
        alone = 0
        for i in range(N):
            text, facts = attrs.make(Draw("test", i), "gen.attrs.test-%d" % i)
            newer = "call kfunc" in text or "bpf_timer_set_callback" in text
            self.assertEqual(newer, "create" not in facts and "element" not in facts)
            alone += newer
        self.assertTrue(0 < alone < N / 5)

    def test_frames(self) -> None:
        # What fits in steps of 16 bytes, worked out from the text.
        seen = set()
        for i in range(200):
            program = programs._frames(Draw("frames", i))
            sizes = [int(line.split()[3].rstrip(")")) for line in program.lines if "r10" in line]
            fits = sum((size + 15) // 16 * 16 for size in sizes) <= 512
            self.assertEqual(program.load, "0" if fits else "EACCES")
            seen.add((len(sizes), fits))
        self.assertEqual(seen, {(2, True), (2, False), (3, True), (3, False)})

    def test_callbacks_and_functions_of_the_kernel(self) -> None:
        for family in newer.FAMILIES:
            loads = set()
            for i in range(60):
                program = family.make(Draw(family.prog_type, i))
                text = "\n".join(program.lines)
                loads.add(program.load)
                self.assertEqual(program.run == "", program.load != "0")
                self.assertEqual(program.run == newer.SEEN,
                                 program.load == "0" and "bpf_tail_call" in text)
                balanced = text.count(newer.LOCK + "\n") == text.count(newer.UNLOCK + "\n")
                inside = "bpf_tail_call" in text.partition("\ntick:")[2]
                self.assertEqual(program.load == "0", balanced and not inside)
            self.assertEqual(loads, {"0", "EINVAL"})


class ExhaustiveTest(unittest.TestCase):
    def test_all_of_them(self) -> None:
        aims = exhaustive.all_aims()
        every = {same for one in aims for same in exhaustive._same(one)}
        self.assertEqual(every, set(itertools.product(range(4), repeat=6)))
        self.assertEqual(sum(len(set(exhaustive._same(one))) for one in aims), 4 ** 6)
        fills = list(exhaustive.fills())
        self.assertEqual(len(set(fills)), 4 ** 4)
        for before, after in zip(fills, fills[1:]):
            self.assertEqual(sum(a != b for a, b in zip(before, after)), 1)
        self.assertEqual(fills[0], (0, 0, 0, 0))

    def test_paths(self) -> None:
        self.assertEqual(exhaustive.path((0, 0, 1, 1, 1, 1)), ("0:1 1:1", 1))
        self.assertEqual(exhaustive.path((0, 2, 3, 1, 0, 0)), ("0:3 1:1 2:2 3:3", 3))
        log, last = exhaustive.path((1, 2, 0, 0, 0, 0))
        self.assertEqual((log.split(" ")[0], last), ("0:34", 1))

    def test_text(self) -> None:
        text, facts = exhaustive.make(exhaustive.total() - 1, "gen.exhaustive.x")
        self.assertEqual(facts, {"graphs": 256})
        self.assertEqual(len(re.findall(r"^run p1 ", text, re.M)), 256)
        self.assertRaises(IndexError, exhaustive.make, exhaustive.total(), "x")


if __name__ == "__main__":
    unittest.main()
