# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The commands on a prog_array: a small model of kernel/bpf/syscall.c and arraymap.c as newest kernels
have them. A command is a list of questions in order; the first that is answered badly gives the
errno. Nothing of the project's reference is used.
"""
from typing import Callable, Dict, List, NamedTuple, Optional

ATTR_END = 168  # sizeof(union bpf_attr)
READ, WRITE = 1, 2
BOTH = READ | WRITE
LOCK, FOR_CPUS = 1 << 2, 1 << 3 | 1 << 4
RDONLY, WRONLY, PATH_FD = 1 << 3, 1 << 4, 1 << 14

Number = Optional[int]


class Map:
    """A prog_array: slots hold names of programs."""

    def __init__(self, entries: int, flags: int = 0) -> None:
        self.entries = entries
        self.flags = flags & ~(RDONLY | WRONLY)
        self.slots: Dict[int, str] = {}
        self.frozen = False


class File(NamedTuple):
    """What a descriptor stands for, and what it was opened for."""

    kind: str  # map, prog, btf, file
    mode: int = BOTH
    map: Optional[Map] = None


def mode_of(flags: int) -> int:
    """What RDONLY or WRONLY leave."""
    return READ if flags & RDONLY else WRITE if flags & WRONLY else BOTH


class Command(NamedTuple):
    """One *_ELEM or batch command, or one that takes nothing but a descriptor."""

    op: str
    fd: str
    key: object = 0       # a number, "null", "bad"
    value: object = None  # a handle, fd:..., a number, "null", "bad"
    flags: int = 0
    elem_flags: int = 0
    count: int = 1
    stray: int = 0
    out: Optional[str] = None  # "null", "bad"


# Where the fields of each command end in union bpf_attr, and what the descriptor must allow.
ELEM_END = {"lookup": 32, "update": 32, "delete": 16, "next": 24, "lookup-and-delete": 32}
BATCH_END = 56
NEEDS = {"lookup": READ, "next": READ, "update": WRITE, "delete": WRITE, "lookup-and-delete": BOTH,
         "batch-lookup": READ, "batch-lookup-and-delete": BOTH, "batch-update": WRITE,
         "batch-delete": WRITE, "freeze": WRITE}


class World:
    """What a case has made: handles, and names in the BPF file system."""

    def __init__(self) -> None:
        self.files: Dict[str, File] = {"fd:file": File("file")}
        self.pins: Dict[str, File] = {}

    # The answers to a command: an errno, or None to go on.

    def _stray(self, c: Command) -> Optional[str]:
        end = ELEM_END.get(c.op, BATCH_END)
        if c.stray >= ATTR_END:
            return "E2BIG"
        if c.stray >= end:
            return "EINVAL"
        # Fields that other commands have and this one does not.
        if c.op == "delete" and (c.flags or c.out == "bad") or c.op == "next" and c.flags:
            return "EINVAL"
        return None

    def _map(self, c: Command) -> Optional[str]:
        file = self.files.get(c.fd)
        return "EBADF" if file is None else None if file.kind == "map" else "EINVAL"

    def _mode(self, c: Command) -> Optional[str]:
        file = self.files[c.fd]
        assert file.map is not None
        mode = file.mode & READ if file.map.frozen else file.mode
        return None if mode & NEEDS[c.op] == NEEDS[c.op] else "EPERM"

    def _op_flags(self, c: Command) -> Optional[str]:
        refused = c.flags if c.op == "lookup" else c.flags & (LOCK | FOR_CPUS) or c.flags >> 32
        return "EINVAL" if refused else None

    def _early_flags(self, c: Command) -> Optional[str]:
        return "EINVAL" if c.flags & ~LOCK else None

    def _lock_flag(self, c: Command) -> Optional[str]:
        return "EINVAL" if c.flags else None

    def _key(self, c: Command) -> Optional[str]:
        if c.op == "next":
            return "EFAULT" if c.key == "bad" else None
        return "EFAULT" if c.key in ("null", "bad") else None

    def _value(self, c: Command) -> Optional[str]:
        return "EFAULT" if c.value in ("null", "bad") else None

    def _never(self, _: Command) -> Optional[str]:
        return "ENOTSUPP"

    def _map_of(self, c: Command) -> Map:
        found = self.files[c.fd].map
        assert found is not None
        return found

    def _lookup(self, c: Command) -> str:
        program = self._map_of(c).slots.get(int(str(c.key)))
        return "ENOENT" if program is None else "EFAULT" if c.out else program

    def _update(self, c: Command) -> str:
        a, index = self._map_of(c), int(str(c.key))
        if c.flags:
            return "EINVAL"
        if index >= a.entries:
            return "E2BIG"
        program = self.files.get(str(c.value))
        if program is None:
            return "EBADF"
        if program.kind != "prog":
            return "EINVAL"
        a.slots[index] = str(c.value)
        return "0"

    def _delete(self, c: Command) -> str:
        a, index = self._map_of(c), int(str(c.key))
        if index >= a.entries:
            return "E2BIG"
        return "ENOENT" if a.slots.pop(index, None) is None else "0"

    def _next(self, c: Command) -> str:
        last = self._map_of(c).entries - 1
        key: Number = None if c.key == "null" else int(str(c.key))
        if key == last:
            return "ENOENT"
        return "EFAULT" if c.out else str(0 if key is None or key > last else key + 1)

    def _freeze(self, c: Command) -> str:
        self._map_of(c).frozen = True
        return "0"

    def run(self, c: Command) -> str:
        """What a command gives, and its effect."""
        for question in QUESTIONS[c.op]:
            answer = getattr(self, question.__name__)(c)  # a subclass may know more
            if answer is not None:
                return answer
        raise AssertionError("a command without an end")

    # Commands that are not about elements.

    def mmap(self, fd: str) -> str:
        """A shared mapping that is read and written: the descriptor's mode comes first."""
        file = self.files.get(fd)
        if file is None:
            return "EBADF"
        if file.mode != BOTH:
            return "EACCES"
        return "ENOTSUPP" if file.kind == "map" else "ENODEV"

    def pin(self, fd: str, path: str, flags: int = 0) -> str:
        """BPF_OBJ_PIN: flags, kind, name."""
        file = self.files.get(fd)
        if flags & ~PATH_FD or file is None or file.kind not in ("map", "prog"):
            return "EINVAL"
        if path in self.pins:
            return "EEXIST"
        self.pins[path] = file
        return "0"

    def get(self, handle: str, path: str, flags: int = 0) -> str:
        """BPF_OBJ_GET: flags, both modes, name."""
        if flags & ~(RDONLY | WRONLY | PATH_FD) or flags & RDONLY and flags & WRONLY:
            return "EINVAL"
        if path not in self.pins:
            return "ENOENT"
        self.files[handle] = self.pins[path]._replace(mode=mode_of(flags))
        return "0"

    def by_id(self, handle: str, of: str, flags: int = 0) -> str:
        """BPF_MAP_GET_FD_BY_ID of what a handle stands for; ENOENT where that is no map."""
        if flags & ~(RDONLY | WRONLY) or flags & RDONLY and flags & WRONLY:
            return "EINVAL"
        file = self.files.get(of)
        if file is None or file.kind != "map":
            return "ENOENT"
        self.files[handle] = file._replace(mode=mode_of(flags))
        return "0"

    def bind(self, prog: str, fd: str, flags: int = 0) -> str:
        """BPF_PROG_BIND_MAP: flags, program, map."""
        if flags:
            return "EINVAL"
        for handle, kind in ((prog, "prog"), (fd, "map")):
            file = self.files.get(handle)
            if file is None or file.kind != kind:
                return "EBADF" if file is None else "EINVAL"
        return "0"

    def dup(self, handle: str, of: str) -> str:
        """dup(2): one open file, so one mode."""
        if of not in self.files:
            return "EBADF"
        self.files[handle] = self.files[of]
        return "0"


W = World
Question = Callable[[World, Command], Optional[str]]
# pylint: disable=protected-access
_BATCH: List[Question] = [W._stray, W._map, W._mode, W._never]
QUESTIONS: Dict[str, List[Question]] = {
    "lookup": [W._stray, W._map, W._mode, W._op_flags, W._key, W._lookup],
    "update": [W._stray, W._map, W._mode, W._op_flags, W._key, W._value, W._update],
    "delete": [W._stray, W._map, W._mode, W._key, W._delete],
    "next": [W._stray, W._map, W._mode, W._key, W._next],
    "lookup-and-delete": [W._stray, W._early_flags, W._map, W._mode, W._lock_flag, W._key,
                          W._never],
    "batch-lookup": _BATCH,
    "batch-lookup-and-delete": _BATCH,
    "batch-update": _BATCH,
    "batch-delete": _BATCH,
    "freeze": [W._map, W._mode, W._freeze],
}
