# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A case about commands: what it writes down, it does in the model too."""
from typing import Dict, Optional, Sequence

from tables.command_rules import Command, File, Map, World, mode_of
from tables.script import ELEM_FLAGS, MAP_FLAGS, Script, options_text


# struct bpf_map_info: where its fields stand, and how wide they are. None: what was there stays.
INFO = {"type": (0, 4), "key_size": (8, 4), "value_size": (12, 4), "max_entries": (16, 4),
        "map_flags": (20, 4), "ifindex": (40, 4), "btf_id": (64, 4), "btf_key": (68, 4),
        "btf_value": (72, 4), "map_extra": (80, 8)}
INFO_END, HASH, USUAL, PAGE = 100, 88, 88, 4096


def raw_info(file: Optional[File], field: str, size: Optional[int], fill: int) -> str:
    """BPF_OBJ_GET_INFO_BY_FD of a map, of which one field is looked at."""
    if file is None or file.map is None:
        return "EBADFD" if file is None else "EINVAL"
    size = USUAL if size is None else size
    if size > PAGE or fill and size > INFO_END:
        return "E2BIG"
    if fill and size > HASH:
        return "EINVAL"
    values: Dict[str, Optional[int]] = {
        "type": 3, "key_size": 4, "value_size": 4, "max_entries": file.map.entries,
        "map_flags": file.map.flags, "map_extra": 0, "ifindex": None, "btf_id": None,
        "btf_key": None, "btf_value": None}
    offset, width = INFO[field]
    found, value = bytes([fill]) * width, values[field]
    if value is not None:
        written = max(0, min(width, size - offset))
        found = value.to_bytes(width, "little")[:written] + found[written:]
    return str(int.from_bytes(found, "little"))


class Stage:
    """A script and the world in which it plays."""

    def __init__(self, name: str, about: str, source: str, level: str = "should",
                 claim: str = "") -> None:
        self.script = Script(name, about, source, level, claim)
        self.world = World()

    def map(self, handle: str, entries: int = 1, flags: int = 0) -> None:
        """A prog_array."""
        options: Dict[str, object] = {"entries": entries, "flags": flags or None}
        self.script.step("map %s prog_array%s" % (handle, options_text(options, MAP_FLAGS)), "0")
        self.world.files[handle] = File("map", mode_of(flags), Map(entries, flags))

    def programs(self, *handles: str) -> None:
        """Programs, each with a result of its own."""
        for i, handle in enumerate(handles):
            self.script.program(handle, ("r0 = %d" % (7 + i), "exit"))
            self.world.files[handle] = File("prog")

    def btf(self, handle: str = "types") -> None:
        """A BTF."""
        self.script.step("btf %s" % handle, "0")
        self.world.files[handle] = File("btf", 1)

    def do(self, op: str, fd: str, **fields: object) -> None:
        """A command, and what it must give."""
        c = Command(op, fd, **fields)  # type: ignore
        options: Dict[str, object] = {"flags": c.flags or None, "elem-flags": c.elem_flags or None,
                                      "stray": c.stray or None, "out": c.out}
        words = [op, fd]
        if op.startswith("batch-"):
            words.append(str(c.count))
        elif op != "freeze":
            words.append(str(c.key))
        if op == "update":
            words.append(str(c.value))
        step = " ".join(words) + options_text(options, ELEM_FLAGS)
        self.script.step(step, self.world.run(c))

    def mmap(self, fd: str) -> None:
        """mmap(2)"""
        self.script.step("mmap %s" % fd, self.world.mmap(fd))

    def pin(self, fd: str, path: str, flags: int = 0) -> None:
        """BPF_OBJ_PIN"""
        step = "pin %s %s%s" % (fd, path, options_text({"flags": flags or None}, MAP_FLAGS))
        self.script.step(step, self.world.pin(fd, path, flags))

    def unpin(self, path: str) -> None:
        """unlink(2)"""
        known = self.world.pins.pop(path, None)
        self.script.step("unpin %s" % path, "ENOENT" if known is None else "0")

    def get(self, handle: str, path: str, flags: int = 0) -> None:
        """BPF_OBJ_GET"""
        step = "get %s %s%s" % (handle, path, options_text({"flags": flags or None}, MAP_FLAGS))
        self.script.step(step, self.world.get(handle, path, flags))

    def by_id(self, handle: str, of: str, flags: int = 0) -> None:
        """BPF_MAP_GET_FD_BY_ID"""
        step = "map-by-id %s %s%s" % (handle, of,
                                      options_text({"flags": flags or None}, MAP_FLAGS))
        self.script.step(step, self.world.by_id(handle, of, flags))

    def bind(self, prog: str, fd: str, flags: int = 0) -> None:
        """BPF_PROG_BIND_MAP"""
        options = options_text({"flags": flags or None}, ())
        self.script.step("bind %s %s%s" % (prog, fd, options), self.world.bind(prog, fd, flags))

    def dup(self, handle: str, of: str) -> None:
        """dup(2)"""
        self.script.step("dup %s %s" % (handle, of), self.world.dup(handle, of))

    def info(self, fd: str, fields: Sequence[str] = ("type",)) -> None:
        """BPF_OBJ_GET_INFO_BY_FD: any descriptor of a map will do."""
        file = self.world.files.get(fd)
        for field in fields:
            if file is None or file.map is None:
                expected = "EBADFD" if file is None else "EINVAL"
            else:
                expected = str({"type": 3, "key_size": 4, "value_size": 4, "map_extra": 0,
                                "max_entries": file.map.entries, "map_flags": file.map.flags,
                                "ifindex": 0, "btf_id": 0, "btf_key": 0, "btf_value": 0}[field])
            self.script.step("info %s %s" % (fd, field), expected)

    def info_raw(self, fd: str, field: str, size: Optional[int], fill: int) -> None:
        """The same command with a buffer of `size` bytes, each of which is `fill`."""
        options = {"fill": fill, "len": size}
        step = "info %s %s%s" % (fd, field, options_text(options, MAP_FLAGS))
        self.script.step(step, raw_info(self.world.files.get(fd), field, size, fill))

    def note(self, text: str) -> None:
        """A comment between steps."""
        self.script.note(text)
