# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The model: what descriptors stand for, what is in the slots, who owns an array, and what keeps a
program alive. It adds owners, lives and runs to the commands of tables/command_rules.py.
"""
from typing import Dict, List, NamedTuple, Optional, Tuple

from commands.owner import Kind, Owner, compatible
from tables.command_rules import Command, File, Map, World, mode_of

LIMIT = 33


class Program(NamedTuple):
    """A program: what it is, what it gives, and which slots it tries to call, one by one."""

    name: str
    kind: Kind
    result: int
    calls: Tuple[Tuple[str, int], ...]  # names of maps and indices


class Slots(Map):
    """A prog_array and its owner."""

    def __init__(self, name: str, entries: int, flags: int) -> None:
        super().__init__(entries, flags)
        self.name = name
        self.owner: Optional[Owner] = None

    def claim(self, program: Program) -> bool:
        """Whether the program fits; the first one always does."""
        fits = compatible(self.owner, program.kind, bool(program.calls))
        if self.owner is None:
            self.owner = Owner(program.kind.key, program.kind.storage)
        return fits


class CommandWorld(World):
    """Handles are names; a program goes by the name that it was loaded under."""

    def __init__(self) -> None:
        super().__init__()
        self.programs: Dict[str, Program] = {}
        self.maps: Dict[str, Slots] = {}
        self.of: Dict[str, str] = {}  # which program a handle stands for, also when it is closed
        self.by_id_of: Dict[str, Slots] = {}  # and which map

    # What makes something.

    def new_map(self, name: str, entries: int, flags: int) -> None:
        """A prog_array."""
        self.maps[name] = Slots(name, entries, flags)
        self.files[name] = File("map", mode_of(flags), self.maps[name])
        self.by_id_of[name] = self.maps[name]

    def load(self, program: Program) -> str:
        """A program; all the arrays that it refers to are claimed, one by one, until one is not."""
        for name, _ in program.calls:
            if not self.maps[name].claim(program):
                return "EINVAL"
        self.programs[program.name] = program
        self.files[program.name] = File("prog")
        self.of[program.name] = program.name
        return "0"

    # What keeps a program: a descriptor, a pin, a slot.

    def is_alive(self, name: str) -> bool:
        """Has anybody still got this program?"""
        return any(self.of.get(handle) == name for handle in self.files) or \
            any(self.of.get("pin " + path) == name for path in self.pins) or \
            any(name in slots.slots.values() for slots in self.maps.values())

    # Commands.

    def _update(self, c: Command) -> str:
        slots, index = self._map_of(c), int(str(c.key))
        assert isinstance(slots, Slots)
        if c.flags:
            return "EINVAL"
        if index >= slots.entries:
            return "E2BIG"
        file = self.files.get(str(c.value))
        if file is None:
            return "EBADF"
        if file.kind != "prog":
            return "EINVAL"
        program = self.programs[self.of[str(c.value)]]
        if not slots.claim(program):
            return "EINVAL"
        slots.slots[index] = program.name
        return "0"

    def close(self, handle: str) -> None:
        """close(2)"""
        del self.files[handle]

    def copy(self, handle: str, like: str) -> str:
        """dup(2)"""
        answer = self.dup(handle, like)
        if answer == "0":
            self._alias(handle, like)
        return answer

    def _alias(self, handle: str, like: str) -> None:
        if like in self.of:
            self.of[handle] = self.of[like]
        if like in self.by_id_of:
            self.by_id_of[handle] = self.by_id_of[like]

    def pinned(self, handle: str, path: str, flags: int = 0) -> str:
        """BPF_OBJ_PIN"""
        answer = self.pin(handle, path, flags)
        if answer == "0":
            self._alias("pin " + path, handle)
        return answer

    def unpin(self, path: str) -> str:
        """unlink(2)"""
        if self.pins.pop(path, None) is None:
            return "ENOENT"
        self.of.pop("pin " + path, None)
        self.by_id_of.pop("pin " + path, None)
        return "0"

    def open(self, handle: str, path: str, flags: int = 0) -> str:
        """BPF_OBJ_GET; a program's descriptor has no mode of its own."""
        answer = self.get(handle, path, flags)
        if answer == "0":
            self._alias(handle, "pin " + path)
        return answer

    def map_by_id(self, handle: str, of: str, flags: int = 0) -> str:
        """BPF_MAP_GET_FD_BY_ID of the map behind a handle, which may be closed."""
        slots = self.by_id_of.get(of)
        if slots is None:
            return self.by_id(handle, of, flags)
        answer = self.by_id(handle, slots.name, flags)
        if answer == "0":
            self.by_id_of[handle] = slots
        return answer

    def prog_by_id(self, handle: str, of: str) -> str:
        """BPF_PROG_GET_FD_BY_ID, likewise: there as long as anybody has the program."""
        name = self.of.get(of)
        if name is None or not self.is_alive(name):
            return "ENOENT"
        self.files[handle] = File("prog")
        self.of[handle] = name
        return "0"

    def prog_in_slot(self, handle: str, fd: str, index: int) -> str:
        """The program whose number a lookup gives."""
        answer = self.run(Command("lookup", fd, key=index))
        if answer in self.programs:
            self.files[handle] = File("prog")
            self.of[handle] = answer
            return "0"
        return answer

    def run_program(self, handle: str) -> str:
        """BPF_PROG_TEST_RUN: the first slot of a program's calls that is filled goes on."""
        file = self.files.get(handle)
        if file is None or file.kind != "prog":
            return "EBADF" if file is None else "EINVAL"
        program, calls = self.programs[self.of[handle]], 0
        while True:
            following = self._next_program(program, calls)
            if following is None:
                return str(program.result)
            program = following
            calls += 1

    def _next_program(self, program: Program, calls: int) -> Optional[Program]:
        for name, index in program.calls:
            found = self.maps[name].slots.get(index)
            if found is not None and calls < LIMIT:
                return self.programs[found]
        return None

    def same(self, one: str, other: str) -> str:
        """Do two handles stand for one object?"""
        a, b = (self.of.get(h) or self.by_id_of.get(h) for h in (one, other))
        return str(int(a == b))

    def handles(self, kind: str) -> List[str]:
        """The open descriptors of a kind, the odd ones apart."""
        return [name for name, file in self.files.items()
                if file.kind == kind and not name.startswith("fd:")]
