# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
A sequence of commands, drawn one by one. Every one is carried out on the model, which says what it
must give; about one in eight is meant to fail.
"""
from typing import Callable, Dict, List, Tuple

from commands.owner import FAMILIES, STORAGE_MAPS, Kind
from commands.world import CommandWorld, Program
from core.case import CaseText, case_head
from core.draw import Draw
from tables.command_rules import LOCK, PATH_FD, RDONLY, WRONLY, Command
from tables.script import ELEM_FLAGS, MAP_FLAGS, MAKERS, options_text

U32 = 0xffffffff
PATHS = ("one", "two", "three")
BATCH = ("batch-lookup", "batch-lookup-and-delete", "batch-update", "batch-delete")
FIELDS = ("type", "key_size", "value_size", "max_entries", "map_flags", "map_extra", "ifindex")
N_MAPS, MAX_PROGRAMS = 3, 9
ODD = ("fd:closed", "fd:-1", "fd:file")


class Scenario:
    """The steps of one case."""

    def __init__(self, draw: Draw, name: str) -> None:
        self.draw, self.name = draw, name
        self.world = CommandWorld()
        self.text = CaseText()
        self.facts: Dict[str, int] = {}
        self.family = draw.weighted(((55, "filter"), (15, "xdp"), (10, "tracing"), (12, "storage"),
                                     (8, "sleepable")))
        self.kinds = FAMILIES[self.family]
        self._made = 0
        self._n_programs = 0
        self._sizes = [draw.weighted(((25, 1), (60, draw.between(2, 5)), (15, 9)))
                       for _ in range(draw.between(1, N_MAPS))]

    # How steps are written.

    def _step(self, step: str, answer: str) -> None:
        op = step.split(" ", 1)[0]
        self._count(op)
        self._count("refused" if answer.startswith("E") else "carried out")
        if answer == "0" and op in MAKERS:
            self.text.made(step)
        else:
            self.text.step(step, answer)

    def _count(self, fact: str) -> None:
        self.facts[fact] = self.facts.get(fact, 0) + 1

    def _handle(self, prefix: str) -> str:
        self._made += 1
        return "%s%d" % (prefix, self._made)

    # What commands are about.

    def _any_map(self) -> str:
        draw = self.draw
        if draw.percent(5):
            return draw.pick(ODD + tuple(self.world.handles("prog")))
        return draw.pick(self.world.handles("map"))

    def _any_program(self) -> str:
        programs = self.world.handles("prog")
        if not programs:
            return "fd:closed"
        return self.draw.pick(programs)

    def _index(self, fd: str) -> int:
        file, draw = self.world.files.get(fd), self.draw
        size = file.map.entries if file is not None and file.map is not None else 2
        if draw.percent(8):
            return draw.pick((size, size + 1, 1 << 31, U32, U32 - 1, 1 << 31 | draw.below(size)))
        return draw.below(size)

    def _flags(self, chance: int) -> int:
        draw = self.draw
        if not draw.percent(chance):
            return 0
        return draw.pick((1, 2, LOCK, 8, 16, 32, 1 << 31, 1 << 32, 1 << 40, 1 | LOCK))

    def _opening(self) -> int:
        return self.draw.weighted(((50, 0), (20, RDONLY), (20, WRONLY), (4, RDONLY | WRONLY),
                                   (3, PATH_FD), (3, 1 << self.draw.below(32))))

    # Steps that make something.

    def _map(self, name: str, entries: int) -> None:
        flags = self.draw.weighted(((80, 0), (10, RDONLY), (10, WRONLY))) if name != "m1" else 0
        options = options_text({"entries": entries, "flags": flags or None}, MAP_FLAGS)
        self._step("map %s prog_array%s" % (name, options), "0")
        self.world.new_map(name, entries, flags)

    def _program(self) -> None:
        """A leaf, or one that tries some slots; what refers to the arrays claims them too."""
        draw, world = self.draw, self.world
        self._n_programs += 1
        name, kind = "p%d" % self._n_programs, draw.pick(self.kinds)
        calls: Tuple[Tuple[str, int], ...] = ()
        if draw.percent(45):
            slots = [(m, self._index(m)) for m in draw.sample(
                sorted(world.maps), 1 if draw.percent(70) else 2)]
            calls = tuple(slots[:1]) if kind.key[0] != "socket_filter" else tuple(slots)
        program = Program(name, kind, draw.between(2, 1 << 20), calls)
        answer = world.load(program)
        self._count("prog")
        self._count("prog refused" if answer != "0" else "prog loaded")
        step = "prog %s %s" % (name, kind.words)
        self.text.program(step if answer == "0" else "%-32s = %s" % (step, answer),
                          self._body(program, kind))

    @staticmethod
    def _body(program: Program, kind: Kind) -> List[str]:
        lines = ["r6 = r1"] if program.calls else []
        if kind.storage:
            lines.append("r2 = %s ll" % kind.storage)
        for name, index in program.calls:
            lines += ["r1 = r6", "r2 = %s ll" % name, "w3 = %d" % (
                index - (1 << 32) if index >> 31 else index), "call bpf_tail_call"]
        result = program.result
        if program.kind.key[0] == "cgroup_skb":  # these may give 0 or 1
            result = 1
        elif program.kind.key[0] in ("tracing", "lsm"):
            result = 0
        return ["    " + line for line in lines + ["r0 = %d" % result, "exit"]]

    # Steps.

    def _update(self) -> None:
        draw, fd = self.draw, self._any_map()
        value = self._any_program()
        if draw.percent(6):
            value = draw.pick(ODD + (draw.pick(self.world.handles("map")),))
        self._elem("update", fd, value=value, flags=self._flags(6))

    def _elem(self, op: str, fd: str, **fields: object) -> None:
        draw = self.draw
        key: object = self._index(fd)
        if draw.percent(3):
            key = draw.pick(("null", "bad"))
        elif op == "next" and draw.percent(30):
            key = "null"
        stray = draw.pick((40, 100, 168)) if draw.percent(2) else 0
        c = Command(op, fd, key=key, stray=stray, **fields)  # type: ignore
        words = [op, fd, str(key)] + ([str(c.value)] if op == "update" else [])
        options = options_text({"flags": c.flags or None, "stray": stray or None}, ELEM_FLAGS)
        self._step(" ".join(words) + options, self.world.run(c))

    def _delete(self) -> None:
        self._elem("delete", self._any_map(), flags=self._flags(4))

    def _lookup(self) -> None:
        self._elem("lookup", self._any_map(), flags=self._flags(4))

    def _next(self) -> None:
        self._elem("next", self._any_map())

    def _take(self) -> None:
        fd, flags = self._any_map(), self._flags(20)
        if self.draw.percent(20):  # kernels that know no flags see them first
            fd, flags = self.draw.pick(ODD), LOCK
        self._elem("lookup-and-delete", fd, flags=flags)

    def _batch(self) -> None:
        op, fd, n = self.draw.pick(BATCH), self._any_map(), self.draw.below(4)
        self._step("%s %s %d" % (op, fd, n), self.world.run(Command(op, fd, count=n)))

    def _freeze(self) -> None:
        fd = self._any_map()
        frozen = [h for h in self.world.handles("map") if self._is_frozen(h)]
        if frozen and self.draw.percent(50):
            fd = self.draw.pick(frozen)
        self._step("freeze %s" % fd, self.world.run(Command("freeze", fd)))

    def _is_frozen(self, handle: str) -> bool:
        found = self.world.files[handle].map
        return found is not None and found.frozen

    def _mmap(self) -> None:
        fd = self._any_map()
        if not fd.startswith("fd:") and self.world.files[fd].kind == "map":
            self._step("mmap %s" % fd, self.world.mmap(fd))

    def _run(self) -> None:
        runnable = [h for h in self.world.handles("prog")
                    if self.world.programs[self.world.of[h]].kind.runs]
        if not runnable:
            self._lookup()
            return
        handle = self.draw.pick(runnable)
        answer = self.world.run_program(handle)
        if self.world.programs[self.world.of[handle]].kind.key[0] == "cgroup_skb":
            answer = "1"
        self._step("run %s" % handle, answer)

    def _pin(self) -> None:
        fd = self._any_map() if self.draw.percent(70) else self._any_program()
        path, flags = self.draw.pick(PATHS), self.draw.pick((0, 0, 0, 0, PATH_FD, RDONLY, 1))
        options = options_text({"flags": flags or None}, MAP_FLAGS)
        self._step("pin %s %s%s" % (fd, path, options), self.world.pinned(fd, path, flags))

    def _unpin(self) -> None:
        path = self.draw.pick(PATHS)
        self._step("unpin %s" % path, self.world.unpin(path))

    def _get(self) -> None:
        path, flags = self.draw.pick(PATHS), self._opening()
        file = self.world.pins.get(path)
        if file is not None and file.kind == "prog":
            flags = 0  # what modes do to programs is no matter of this model
        handle, options = self._handle("g"), options_text({"flags": flags or None}, MAP_FLAGS)
        self._step("get %s %s%s" % (handle, path, options), self.world.open(handle, path, flags))

    def _map_by_id(self) -> None:
        handle, of, flags = self._handle("i"), self.draw.pick(sorted(self.world.by_id_of)), 0
        if self.draw.percent(60):
            flags = self._opening()
        if of.startswith("pin "):
            return
        options = options_text({"flags": flags or None}, MAP_FLAGS)
        self._step("map-by-id %s %s%s" % (handle, of, options),
                   self.world.map_by_id(handle, of, flags))

    def _prog_by_id(self) -> None:
        of = self.draw.pick([h for h in self.world.of if not h.startswith("pin ")])
        handle = self._handle("i")
        self._step("prog-by-id %s %s" % (handle, of), self.world.prog_by_id(handle, of))

    def _prog_in_slot(self) -> None:
        fd, handle = self._any_map(), self._handle("s")
        if fd not in self.world.files or self.world.files[fd].kind != "map":
            return
        index = self._index(fd)
        self._step("prog-in-slot %s %s %d" % (handle, fd, index),
                   self.world.prog_in_slot(handle, fd, index))

    def _dup(self) -> None:
        of = self._any_map() if self.draw.percent(60) else self._any_program()
        if of not in self.world.files or of.startswith("fd:"):
            return
        handle = self._handle("d")
        self._step("dup %s %s" % (handle, of), self.world.copy(handle, of))

    def _close(self) -> None:
        """A program's descriptor, or one of an array that has others: it keeps its first one."""
        able = self.world.handles("prog") + [
            h for h in self.world.handles("map") if h not in self.world.maps]
        if len(able) < 2:
            return
        handle = self.draw.pick(able)
        self._step("close %s" % handle, "0")
        self.world.close(handle)

    def _info(self) -> None:
        fd, field = self.draw.pick(self.world.handles("map")), self.draw.pick(FIELDS)
        found = self.world.files[fd].map
        assert found is not None
        values = {"type": 3, "key_size": 4, "value_size": 4, "max_entries": found.entries,
                  "map_flags": found.flags, "map_extra": 0, "ifindex": 0}
        self._step("info %s %s" % (fd, field), str(values[field]))

    def _same(self) -> None:
        kind = "map" if self.draw.percent(60) else "prog"
        handles = self.world.handles(kind)
        if len(handles) < 2:
            return
        one, other = self.draw.sample(handles, 2)
        self._step("same %s %s" % (one, other), self.world.same(one, other))

    def _bind(self) -> None:
        prog, fd = self._any_program(), self._any_map()
        if fd in self.world.files and self.world.files[fd].kind == "map":
            flags = self.draw.pick((0, 0, 0, 1))
            options = options_text({"flags": flags or None}, ())
            self._step("bind %s %s%s" % (prog, fd, options), self.world.bind(prog, fd, flags))

    def _load(self) -> None:
        if self._n_programs < MAX_PROGRAMS:
            self._program()

    def _one(self) -> None:
        steps: Tuple[Tuple[int, Callable[[], None]], ...] = (
            (24, self._update), (10, self._delete), (13, self._lookup), (6, self._next),
            (15, self._run), (4, self._pin), (2, self._unpin), (4, self._get),
            (4, self._map_by_id), (3, self._prog_by_id), (3, self._prog_in_slot), (3, self._dup),
            (5, self._close), (3, self._info), (3, self._same), (2, self._bind), (2, self._take),
            (2, self._batch), (2, self._freeze), (1, self._mmap), (4, self._load))
        self.draw.weighted(steps)()

    def _last_look(self) -> None:
        for name in sorted(self.world.maps):
            for index in range(self.world.maps[name].entries):
                self._step("lookup %s %d" % (name, index),
                           self.world.run(Command("lookup", name, key=index)))

    def build(self) -> str:
        """The text of the case."""
        draw = self.draw
        for n, entries in enumerate(self._sizes, 1):
            self._map("m%d" % n, entries)
        if self.family == "storage":
            for line in STORAGE_MAPS:
                self.text.made(line)
        for _ in range(draw.between(2, 5)):
            self._program()
        n_steps = draw.between(15, 45)
        for _ in range(n_steps):
            self._one()
        self._last_look()
        self.facts["family " + self.family] = 1
        about = "%d commands on %d prog_arrays, with programs of the family %s." % (
            n_steps, len(self._sizes), self.family)
        return case_head(self.name, [about]) + self.text.text()
