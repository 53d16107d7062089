# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Commands with attributes of any sort: each field is usually good, else at an edge of what it may be.
What they give is said by the rules of tables/, of which the first that is broken counts.
"""
from typing import Callable, Dict, Tuple

from attrs.newer import FAMILIES, LEAF
from attrs.programs import Program, at_an_edge
from core.case import case_head
from core.draw import Draw
from tables.command_rules import ATTR_END, BATCH_END, ELEM_END, RDONLY, WRONLY
from tables.create_cases import GOOD_HASH
from tables.create_rules import TOKEN_FD, attr, expect, is_name, step
from tables.stage import Stage

U32 = 0xffffffff
Options = Dict[str, object]

FDS = ("fd:closed", "fd:-1", "fd:file", "types", "other", "leaf")
ELEM = ("lookup", "update", "delete", "next", "lookup-and-delete")
BATCH = ("batch-lookup", "batch-lookup-and-delete", "batch-update", "batch-delete")
INFO_FIELDS = ("type", "key_size", "value_size", "max_entries", "map_flags", "map_extra",
               "ifindex", "btf_id", "btf_key", "btf_value")
INFO_SIZES = (0, 1, 3, 4, 5, 8, 16, 20, 40, 64, 72, 76, 79, 80, 81, 87, 88, 89, 96, 97, 100, 101,
              104, 105, 128, 4095, 4096, 4097, U32)
FD_SIZES = (0, 80, 88, 4096, 4097)

# BPF_F_* of PROG_LOAD that a socket filter may have; XDP_DEV_BOUND_ONLY wants a device to matter.
LOAD_FLAGS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 7


def edge(draw: Draw, bits: int = 32) -> int:
    """A number of so many bits, at an edge of something."""
    kind = draw.below(10)
    if kind < 2:
        return draw.below(10)
    if kind < 7:
        return ((1 << draw.below(bits)) + draw.between(-1, 1)) & ((1 << bits) - 1)
    if kind < 9:
        return (1 << bits) - 1 - draw.below(4)
    return draw.word64() & ((1 << bits) - 1)


class Scenario:
    """The steps of one case."""

    def __init__(self, draw: Draw, name: str) -> None:
        self.draw, self.name = draw, name
        self.stage = Stage(name, "", "")
        self.facts: Dict[str, int] = {}
        self.n_steps = 0

    def _count(self, fact: str) -> None:
        self.facts[fact] = self.facts.get(fact, 0) + 1

    # Map creation: what each field may be drawn as.

    def _flags(self) -> Options:
        draw = self.draw
        kind = draw.below(10)
        if kind < 6:
            return {"flags": draw.pick((4, RDONLY, WRONLY, 4 | RDONLY, RDONLY | WRONLY))}
        if kind < 8:
            return {"flags": TOKEN_FD | draw.pick((0, 4, 8)), "token": draw.pick(FDS)}
        flags = edge(draw) or 1
        return {"flags": flags, "token": "fd:closed"} if flags & TOKEN_FD else {"flags": flags}

    def _entries(self) -> Options:
        draw = self.draw
        # Not what one machine's memory has room for, and another's has not.
        return {"entries": draw.pick((0, 1, 2, 63, 64, 65, 4095, 4096, 65535, 65536, 1 << 29,
                                      1 << 30, (1 << 31) - 1, 1 << 31, U32 - 1, U32))}

    def _name(self) -> Options:
        draw = self.draw
        alphabet = b"aZ09_." if draw.percent(70) else b"aZ09_.-/ \xc0\xd7\xe4\xff\x7f"
        length = draw.pick((1, 7, 14, 15, 16))
        name = bytes(draw.pick(alphabet) for _ in range(length))
        if draw.percent(20):
            at = draw.below(length)
            name = name[:at] + b"\0" + name[at + 1:]
        return {"raw-name": name.hex()}

    def _btf(self) -> Options:
        draw = self.draw
        return {"btf": draw.pick(("types", "types", "types") + FDS),
                "btf-key": draw.pick((0, 1, 1, 1, 2, 3, 4, 8, 9, 12, 13, U32)),
                "btf-value": draw.pick((0, 1, 1, 1, 2, 3, 4, 8, 9, 12, 13, U32))}

    def _hash(self) -> Options:
        draw = self.draw
        options: Options = {"excl-hash": draw.pick(("null", "bad", GOOD_HASH, GOOD_HASH + "00"))}
        if draw.percent(60):
            options["excl-size"] = draw.pick((0, 1, 31, 32, 33, U32))
        return options

    def _stray(self, end: int) -> int:
        """A byte behind a command's last, where kernels of all sizes agree, or nearly."""
        return self.draw.pick((end, end + 1, 100, 111, 119, 167, ATTR_END, ATTR_END + 1, 255, 511))

    def _field(self) -> Options:
        draw = self.draw
        fields: Tuple[Tuple[int, Callable[[], Options]], ...] = (
            (22, self._flags), (14, self._entries), (12, self._name), (14, self._btf),
            (6, self._hash),
            (7, lambda: {"key": edge(draw)}), (7, lambda: {"value": edge(draw)}),
            (7, lambda: {"numa": edge(draw)}), (4, lambda: {"extra": edge(draw, 64)}),
            (3, lambda: {"ifindex": edge(draw)}), (3, lambda: {"btf-vmlinux": edge(draw)}),
            (3, lambda: {"inner": draw.pick(FDS)}), (4, lambda: {"stray": self._stray(92)}))
        return draw.weighted(fields)()

    def _create(self) -> None:
        draw = self.draw
        options: Options = {}
        for _ in range(draw.weighted(((10, 0), (40, 1), (32, 2), (18, 3)))):
            options.update(self._field())
        kind = "prog_array" if draw.percent(95) else "1000"
        expected = expect(attr(options, kind))
        handle = self.stage.script.handle()
        self.stage.script.step(step(handle, options, kind), expected)
        self._count("create")
        self._count("create " + ("done" if expected == "0" else expected))

    def _cut(self) -> None:
        """Attributes of another size than the kernel's; descriptors cannot be cut."""
        draw = self.draw
        options: Options = {"attr-size": draw.pick((0, 3, 4, 7, 8, 12, 16, 19, 20, 24, 28, 43, 48,
                                                    64, 92, 119, 167, 168, 169, 4096, 4097,
                                                    1 << 16, (1 << 31) - 1))}
        if draw.percent(50):
            options.update(draw.pick((self._entries, self._name))())
        if draw.percent(40):
            options.update({"flags": draw.pick((4, RDONLY, 1 << 10)), "numa": edge(draw)})
        expected = expect(attr(options))
        self.stage.script.step(step(self.stage.script.handle(), options), expected)
        self._count("create")

    # Commands.

    def _fd(self) -> str:
        return self.draw.pick(("progs", "progs", "progs", "plain", "reader", "writer", "frozen",
                               "fd:closed", "fd:-1", "fd:file", "types", "leaf"))

    def _elem(self) -> None:
        draw, op = self.draw, self.draw.pick(ELEM)
        fields: Options = {"key": draw.pick((0, 1, 3, 4, U32, edge(draw), "null", "bad"))}
        if op == "update":
            fields["value"] = draw.pick(("leaf", "leaf", "leaf", "null", "bad") + FDS[:4])
        if draw.percent(30):
            fields["flags"] = edge(draw, 64)
        if draw.percent(20):
            fields["stray"] = self._stray(ELEM_END[op])
        if op in ("lookup", "next", "lookup-and-delete") and draw.percent(15):
            fields["out"] = draw.pick(("null", "bad"))
        self.stage.do(op, self._fd(), **fields)
        self._count("element")

    def _batch(self) -> None:
        draw, fields = self.draw, {"count": self.draw.pick((0, 1, 4, 5, 64))}
        for field in ("flags", "elem_flags"):
            if draw.percent(40):
                fields[field] = edge(draw, 64)
        if draw.percent(20):
            fields["stray"] = self._stray(BATCH_END)
        self.stage.do(draw.pick(BATCH), self._fd(), **fields)
        self._count("batch")

    def _info(self) -> None:
        draw, fill = self.draw, self.draw.pick((0, 255))
        if draw.percent(15):
            self.stage.info_raw(draw.pick(("fd:closed", "fd:file")), "type", draw.pick(FD_SIZES),
                                fill)
        else:
            self.stage.info_raw("progs", draw.pick(INFO_FIELDS), draw.pick(INFO_SIZES), fill)
        self._count("info")

    def _load(self) -> None:
        """BPF_PROG_LOAD of a socket filter: flags and name."""
        draw, flags, options = self.draw, 0, ""
        if draw.percent(60):
            flags = edge(draw) if draw.percent(60) else draw.below(1 << 8)
            options += " flags=0x%x" % flags if flags else ""
        name = ""
        if draw.percent(60):
            name = "".join(draw.pick("aZ09_." if draw.percent(85) else "-/:")
                           for _ in range(draw.pick((1, 8, 14, 15))))
            options += " name=" + name
        bad = flags & ~LOAD_FLAGS or not is_name(name.encode("ascii"))
        handle, answer = self.stage.script.handle("p"), "EINVAL" if bad else "0"
        self.stage.script.program(handle + " socket_filter" + options, expect=answer)
        self._count("load")

    def _program(self, program: Program) -> None:
        handle = self.stage.script.handle("p")
        self.stage.script.program("%s %s" % (handle, program.words), program.lines, program.load)
        if program.run:
            self.stage.script.step("run %s" % handle, program.run)
        self._count("program at an edge")

    def _one(self) -> None:
        steps: Tuple[Tuple[int, Callable[[], None]], ...] = (
            (50, self._create), (8, self._cut), (18, self._elem), (8, self._batch),
            (8, self._info), (8, self._load), (4, lambda: self._program(at_an_edge(self.draw))))
        self.draw.weighted(steps)()

    def _prepare(self) -> None:
        s = self.stage
        s.btf()
        s.script.step("map other array", "0")
        s.programs("leaf")
        for name in ("progs", "plain", "frozen"):
            s.map(name, 4)
            s.do("update", name, key=0, value="leaf")
        s.by_id("reader", "plain", RDONLY)
        s.by_id("writer", "plain", WRONLY)
        s.do("freeze", "frozen")

    def _build_newer(self) -> str:
        """A case of programs that old kernels do not have."""
        draw, script = self.draw, self.stage.script
        family = draw.pick(FAMILIES)
        for step_ in ("map progs prog_array",) + family.maps:
            script.step(step_, "0")
        script.program("leaf " + family.prog_type, LEAF)
        script.step("update progs 0 leaf", "0")
        for _ in range(draw.between(2, 8)):
            self._program(family.make(draw))
        about = "Callbacks of timers, or functions of the kernel, around tail calls."
        return case_head(self.name, [about], "should") + script.body()

    def build(self) -> str:
        """The text of the case."""
        if self.draw.percent(8):
            return self._build_newer()
        self._prepare()
        n = self.draw.between(20, 45)
        for _ in range(n):
            self._one()
        about = "%d commands with attributes drawn at boundaries." % n
        return case_head(self.name, [about], "should") + self.stage.script.body()
