# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The tables: the files that are checked in, and the rules by hand-worked examples."""
import os
import tempfile
import unittest
from typing import Dict, Tuple

import generate
import tables
from tables import command_cases, create_cases, handle_cases, mode_cases
from tables.command_rules import BOTH, READ, WRITE, Command, File, Map, World
from tables.create_rules import RULES, attr, cut, expect, is_name
from tables.script import Script, flag_text, options_text
from tables.stage import Stage, raw_info

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases")
MODULES = (create_cases, command_cases, handle_cases, mode_cases)


def wants(**options: object) -> str:
    """What a creation gives, with - in options written as _."""
    kind = str(options.pop("kind", "prog_array"))
    return expect(attr({k.replace("_", "-"): v for k, v in options.items()}, kind))


class FilesTest(unittest.TestCase):
    def test_what_is_checked_in_is_what_is_made(self) -> None:
        for path, text in tables.files().items():
            with open(os.path.join(CASES, path), encoding="ascii") as file:
                self.assertTrue(file.read() == text, "%s: make it anew by generate.py tables -o "
                                "cases" % path)

    def test_no_other_file_says_that_it_was_made(self) -> None:
        made = set()
        for folder, _, names in os.walk(CASES):
            for name in names:
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    if "Generator tables" in file.read(300):
                        made.add(os.path.relpath(os.path.join(folder, name), CASES))
        self.assertEqual(made, set(tables.files()))

    def test_the_command_writes_them(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(generate.main(["tables", "-o", folder]), 0)
            for path, text in tables.files().items():
                with open(os.path.join(folder, path), encoding="ascii") as file:
                    self.assertEqual(file.read(), text)

    def test_limits_of_the_format(self) -> None:
        for module in MODULES:
            for case in module.cases():
                self.assertLessEqual(case.n_steps, 10000)
                self.assertGreater(case.n_steps, 0)
                for line in case.text().split("\n"):
                    self.assertLessEqual(len(line), 8192)

    def test_names_are_unique(self) -> None:
        names = [case.name for module in MODULES for case in module.cases()]
        self.assertEqual(len(names), len(set(names)))


class ScriptTest(unittest.TestCase):
    def test_flags(self) -> None:
        self.assertEqual(flag_text(0, ("A", "B")), "0")
        self.assertEqual(flag_text(3, ("A", "B")), "A|B")
        self.assertEqual(flag_text(0x14, ("A", "B")), "0x14")
        self.assertEqual(flag_text(6, ("A", "B")), "B|0x4")

    def test_options_in_their_order(self) -> None:
        self.assertEqual(options_text({"stray": 1, "key": 0, "flags": 4, "numa": None},
                                      ("A", "B", "C")), " key=0 flags=C stray=1")
        self.assertRaises(ValueError, options_text, {"kye": 1}, ())

    def test_text(self) -> None:
        s = Script("a.b", "About.", "x.c", "may", "c.d")
        s.step("map m prog_array", "0")
        s.step("delete m 0", "0")
        s.program("p")
        s.note("Twice:")
        s.step("map n prog_array", "EINVAL")
        self.assertEqual(s.text(), "\n".join([
            "case a.b", "about  About.", "claim  c.d", "source x.c", "level  may", "",
            "map m prog_array", "delete m 0                       = 0", "prog p socket_filter",
            "    r0 = 7", "    exit", "", "# Twice:", "map n prog_array                 = EINVAL",
            ""]))


class CreateTest(unittest.TestCase):
    # Read off kernel/bpf/syscall.c map_create and arraymap.c, and not off the rules.
    EXAMPLES: Tuple[Tuple[Dict[str, object], str], ...] = (
        ({}, "0"),
        ({"key": 8}, "EINVAL"),
        ({"value": 8}, "EINVAL"),
        ({"entries": 0}, "EINVAL"),
        ({"entries": 0xffffffff}, "ENOMEM"),
        ({"flags": 1 << 3}, "0"),
        ({"flags": 3 << 3}, "EINVAL"),
        ({"flags": 1 << 10}, "EINVAL"),
        ({"flags": 1 << 16, "token": "fd:-1"}, "EBADF"),
        ({"flags": 1 << 16, "token": "fd:file"}, "EINVAL"),
        ({"token": "fd:-1"}, "0"),
        ({"flags": 1 << 2, "numa": 0xffffffff}, "0"),
        ({"flags": 1 << 2, "numa": 5}, "EINVAL"),
        ({"numa": 5}, "0"),
        ({"extra": 1 << 40}, "EINVAL"),
        ({"name": "fifteen_letters"}, "0"),
        ({"name": "sixteen_letters_"}, "EINVAL"),
        ({"raw-name": "610000ff"}, "0"),
        ({"btf": "fd:closed"}, "0"),
        ({"btf": "fd:closed", "btf-key": 1, "btf-value": 1}, "EBADF"),
        ({"btf": "fd:file", "btf-key": 1, "btf-value": 1}, "EINVAL"),
        ({"btf": "types", "btf-key": 1, "btf-value": 4}, "0"),
        ({"btf": "types", "btf-key": 1, "btf-value": 12}, "EOPNOTSUPP"),
        ({"btf": "types", "btf-key": 12, "btf-value": 1}, "0"),
        ({"excl-hash": "00" * 32}, "0"),
        ({"excl-hash": "00" * 31}, "EINVAL"),
        ({"excl-hash": "bad", "excl-size": 32}, "EFAULT"),
        ({"excl-size": 32}, "EINVAL"),
        ({"stray": 100}, "EINVAL"),
        ({"stray": 200}, "E2BIG"),
        ({"attr-size": 4096}, "0"),
        ({"attr-size": 4097}, "E2BIG"),
        ({"attr-size": 12}, "EINVAL"),
        ({"attr-size": 13}, "0"),
        # Two at once.
        ({"stray": 200, "key": 8}, "E2BIG"),
        ({"entries": 0xffffffff, "name": "a-b"}, "ENOMEM"),
        ({"name": "a-b", "btf": "fd:-1", "btf-value": 1}, "EINVAL"),
        ({"flags": 1 << 16, "token": "fd:-1", "name": "a-b"}, "EBADF"),
        ({"flags": 1 << 16 | 1 << 10, "token": "fd:-1"}, "EINVAL"),
        ({"flags": 1 << 16, "token": "fd:-1", "ifindex": 1}, "EBADF"),
        ({"flags": 3 << 3, "entries": 0xffffffff}, "ENOMEM"),
        ({"flags": 3 << 3, "excl-hash": "bad", "excl-size": 32}, "EFAULT"),
    )

    def test_examples(self) -> None:
        for options, want in self.EXAMPLES:
            self.assertEqual(expect(attr(options)), want, options)
        self.assertEqual(wants(kind="1000"), "EINVAL")
        self.assertEqual(wants(kind="1000", stray=200), "E2BIG")

    def test_every_rule_decides_somewhere(self) -> None:
        decided = set()
        for module in (create_cases,):
            for fault in module.FAULTS:
                options = dict(fault.options)
                a = attr({k: v for k, v in options.items() if k != "kind"},
                         str(options.get("kind", "prog_array")))
                decided.add(next(i for i, rule in enumerate(RULES) if rule.broken(a)))
        missing = set(range(len(RULES))) - decided
        self.assertEqual(missing, set(), "rules that no fault meets alone")

    def test_faults_are_faults(self) -> None:
        for fault in create_cases.FAULTS:
            options = {k: v for k, v in fault.options.items() if k != "kind"}
            self.assertNotEqual(expect(attr(options, str(fault.options.get("kind",
                                                                           "prog_array")))), "0")

    def test_names(self) -> None:
        for name in (b"", b"a", b"a" * 15, b"_.", b"\xe4", b"a\0-", b"\0" + b"-" * 15):
            self.assertTrue(is_name(name), name)
        for name in (b"a" * 16, b"-", b" ", b"\xd7", b"\xf7", b"\x7f", b"\xbf", b"a-"):
            self.assertFalse(is_name(name), name)

    def test_cut(self) -> None:
        a = cut(attr({})._replace(key=0x104, entries=7, attr_size=6))
        self.assertEqual((a.key, a.value, a.entries), (0x104, 0, 0))
        self.assertEqual(cut(attr({})._replace(key=0x10004, attr_size=6)).key, 4)
        self.assertEqual(cut(attr({"name": "abcdef"})._replace(attr_size=31)).name, b"abc")

    def test_two_faults_of_one_field(self) -> None:
        f = create_cases.fault
        self.assertIsNone(create_cases.both(f("a", "", key=8), f("b", "", key=9)))
        self.assertEqual(create_cases.both(f("a", "", flags=1), f("b", "", flags=2, key=8)),
                         {"flags": 3, "key": 8})


class CommandTest(unittest.TestCase):
    def setUp(self) -> None:
        self.world = World()
        a = Map(4)
        frozen = Map(4)
        frozen.frozen = True
        a.slots[0] = "leaf"
        self.world.files.update(leaf=File("prog"), types=File("btf", READ), m=File("map", BOTH, a),
                                r=File("map", READ, a), w=File("map", WRITE, a),
                                z=File("map", BOTH, frozen))

    def give(self, op: str, fd: str, **fields: object) -> str:
        """The answer to one command."""
        return self.world.run(Command(op, fd, **fields))  # type: ignore

    def test_good(self) -> None:
        self.assertEqual(self.give("lookup", "m"), "leaf")
        self.assertEqual(self.give("lookup", "m", key=1), "ENOENT")
        self.assertEqual(self.give("update", "m", key=3, value="leaf"), "0")
        self.assertEqual(self.give("lookup", "r", key=3), "leaf")
        self.assertEqual(self.give("delete", "w", key=3), "0")
        self.assertEqual(self.give("delete", "w", key=3), "ENOENT")
        self.assertEqual([self.give("next", "m", key=k) for k in ("null", 0, 3, 4)],
                         ["0", "1", "ENOENT", "0"])

    # Each row has two things wrong; kernel/bpf/syscall.c says which comes first.
    ORDER: Tuple[Tuple[str, str, Dict[str, object], str], ...] = (
        ("lookup", "fd:closed", {"flags": 1}, "EBADF"),
        ("lookup", "w", {"flags": 1}, "EPERM"),
        ("lookup", "m", {"flags": 1, "key": "bad"}, "EINVAL"),
        ("lookup", "m", {"key": 1, "out": "bad"}, "ENOENT"),
        ("lookup", "m", {"out": "bad"}, "EFAULT"),
        ("lookup", "fd:closed", {"stray": 40}, "EINVAL"),
        ("lookup", "fd:closed", {"stray": 168}, "E2BIG"),
        ("update", "r", {"flags": 4, "value": "fd:-1"}, "EPERM"),
        ("update", "m", {"flags": 4, "key": "bad"}, "EINVAL"),
        ("update", "m", {"flags": 1, "key": "bad"}, "EFAULT"),
        ("update", "m", {"flags": 1, "key": 9, "value": "leaf"}, "EINVAL"),
        ("update", "m", {"key": 9, "value": "fd:-1"}, "E2BIG"),
        ("update", "m", {"value": "m"}, "EINVAL"),
        ("delete", "fd:closed", {"flags": 1}, "EINVAL"),
        ("delete", "fd:closed", {"out": "bad"}, "EINVAL"),
        ("delete", "z", {"key": "bad"}, "EPERM"),
        ("next", "fd:closed", {"flags": 1}, "EINVAL"),
        ("next", "m", {"key": 3, "out": "bad"}, "ENOENT"),
        ("lookup-and-delete", "fd:closed", {"flags": 1}, "EINVAL"),
        ("lookup-and-delete", "fd:closed", {"flags": 4}, "EBADF"),
        ("lookup-and-delete", "r", {"flags": 4}, "EPERM"),
        ("lookup-and-delete", "m", {"key": "bad"}, "EFAULT"),
        ("lookup-and-delete", "m", {"out": "bad"}, "ENOTSUPP"),
        ("batch-lookup", "r", {"flags": 1}, "ENOTSUPP"),
        ("batch-update", "r", {"flags": 1}, "EPERM"),
        ("batch-delete", "fd:file", {"flags": 1}, "EINVAL"),
        ("freeze", "r", {}, "EPERM"),
        ("freeze", "types", {}, "EINVAL"),
        ("freeze", "z", {}, "EPERM"),
    )

    def test_order(self) -> None:
        for op, fd, fields, want in self.ORDER:
            self.assertEqual(self.give(op, fd, **fields), want, (op, fd, fields))

    def test_failures_change_nothing(self) -> None:
        for op, fd, fields, _ in self.ORDER:
            self.give(op, fd, **fields)
        found = self.world.files["m"].map
        self.assertEqual(found.slots if found else None, {0: "leaf"})

    def test_handles(self) -> None:
        w = self.world
        self.assertEqual(w.pin("r", "p"), "0")
        self.assertEqual(w.pin("r", "p"), "EEXIST")
        self.assertEqual(w.pin("types", "p"), "EINVAL")
        self.assertEqual(w.pin("fd:closed", "p", 8), "EINVAL")
        self.assertEqual(w.get("g", "p"), "0")
        self.assertEqual(w.files["g"].mode, BOTH)
        self.assertEqual(w.get("h", "none", 3 << 3), "EINVAL")
        self.assertEqual(w.get("h", "none", 1 << 3), "ENOENT")
        self.assertEqual(w.by_id("i", "w", 1 << 3), "0")
        self.assertEqual(w.files["i"].mode, READ)
        self.assertEqual(w.by_id("j", "leaf"), "ENOENT")
        self.assertEqual(w.mmap("types"), "EACCES")
        self.assertEqual(w.bind("leaf", "r"), "0")
        self.assertEqual(w.bind("fd:closed", "leaf", 1), "EINVAL")
        self.assertEqual(w.bind("fd:closed", "leaf"), "EBADF")
        self.assertEqual(w.bind("leaf", "leaf"), "EINVAL")
        self.assertEqual([w.mmap(fd) for fd in ("m", "r", "leaf", "fd:closed", "fd:file")],
                         ["ENOTSUPP", "EACCES", "ENODEV", "EBADF", "ENODEV"])

    def test_information_into_a_buffer(self) -> None:
        m = self.world.files["m"]
        for field, size, fill, want in (
                ("type", None, 1, "3"), ("type", 2, 255, "4294901763"), ("type", 0, 0, "0"),
                ("btf_key", 80, 1, "16843009"), ("btf_key", 80, 0, "0"), ("type", 89, 1, "EINVAL"),
                ("type", 101, 1, "E2BIG"), ("type", 4096, 0, "3"), ("type", 4097, 0, "E2BIG")):
            self.assertEqual(raw_info(m, field, size, fill), want, (field, size, fill))
        self.assertEqual(raw_info(None, "type", 4097, 1), "EBADFD")
        self.assertEqual(raw_info(self.world.files["leaf"], "type", 4097, 1), "EINVAL")

    def test_a_stage_writes_what_the_world_says(self) -> None:
        s = Stage("a.b", "About.", "x.c")
        s.map("m", 2)
        s.programs("leaf")
        s.do("update", "m", key=1, value="leaf")
        s.do("lookup", "m", key=1, flags=1 << 40)
        s.info("fd:closed")
        steps = s.script.text().split("level  should\n\n")[1].split("\n")
        self.assertEqual(steps[0], "map m prog_array entries=2")
        self.assertEqual(steps[4:7], ["update m 1 leaf                  = 0",
                                      "lookup m 1 flags=0x10000000000   = EINVAL",
                                      "info fd:closed type              = EBADFD"])


if __name__ == "__main__":
    unittest.main()
