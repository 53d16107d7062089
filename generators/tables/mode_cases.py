# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The tables about modes: NUMA_NODE, RDONLY and WRONLY at creation, every way to another descriptor of
the map, and what each of these may do.
"""
from itertools import product
from typing import Iterator, List, Tuple

from tables.command_rules import RDONLY, WRONLY
from tables.script import MAP_FLAGS, Script, flag_text
from tables.stage import Stage

NUMA_NODE = 1 << 2
CREATION = (0, RDONLY, WRONLY, NUMA_NODE, NUMA_NODE | RDONLY, NUMA_NODE | WRONLY)
OPENING = ((0, "both"), (RDONLY, "reader"), (WRONLY, "writer"))
SOURCE = "kernel/bpf/syscall.c map_get_sys_perms, bpf_map_new_fd"
CLAIM = "map_cmd.mode"


def words(flags: int) -> Tuple[str, str]:
    """How flags are called in a name and in a sentence."""
    if not flags:
        return "none", "no flag"
    text = flag_text(flags, MAP_FLAGS)
    return text.lower().replace("_", "-").replace("|", "."), text.replace("|", " and ")


def ways(s: Stage, name: str, path: str, copies: bool = True) -> List[str]:
    """Every way to a descriptor of the map; the handles, that of the creation first."""
    handles = [name]
    s.pin(name, path)
    for flags, word in OPENING:
        s.by_id("%s_id_%s" % (name, word), name, flags)
        s.get("%s_pin_%s" % (name, word), path, flags)
        handles += ["%s_id_%s" % (name, word), "%s_pin_%s" % (name, word)]
    for handle in list(handles) if copies else ():
        s.dup(handle + "_dup", handle)
        handles.append(handle + "_dup")
    # What a descriptor may do says nothing about what one had through it may.
    s.by_id(name + "_again", name + "_id_reader", WRONLY)
    s.by_id(name + "_anew", name + "_id_writer", 0)
    return handles + [name + "_again", name + "_anew"]


def commands(s: Stage, handle: str) -> None:
    """Every command through one descriptor; slot 0 is filled, slot 1 is not."""
    s.do("lookup", handle, key=0)
    s.do("lookup", handle, key=1)
    s.do("next", handle, key="null")
    s.do("next", handle, key=0)
    s.do("update", handle, key=1, value="other")
    s.do("delete", handle, key=1)
    s.do("lookup-and-delete", handle, key=0)
    for op in ("lookup", "lookup-and-delete", "update", "delete"):
        s.do("batch-" + op, handle, count=1)
    s.mmap(handle)
    s.info(handle, ("map_flags",))
    s.pin(handle, "another")
    s.unpin("another")
    s.script.step("bind leaf %s" % handle, "0")


def matrix() -> Iterator[Stage]:
    """Every way and every command, for each flag at creation."""
    for flags in CREATION:
        name, text = words(flags)
        s = Stage("mode.table.%s" % name,
                  "A map made with %s: every way to a descriptor of it, and every command through "
                  "each of them. What a descriptor may do depends on how it was opened and on "
                  "nothing else." % text, SOURCE, "must", CLAIM)
        s.programs("leaf", "other")
        s.map("m", 2, flags)
        handles = ways(s, "m", "table", copies=not flags & NUMA_NODE)
        s.do("update", "m_id_both", key=0, value="leaf")
        for handle in handles:
            s.note("%s:" % handle)
            commands(s, handle)
        s.do("lookup", "m_id_both", key=0)
        yield s


def frozen() -> Iterator[Stage]:
    """The same of a frozen map."""
    for flags in (0, RDONLY, WRONLY):
        name, text = words(flags)
        s = Stage("mode.table.frozen.%s" % name,
                  "A map made with %s, and then frozen: no way leads to a descriptor that writes, "
                  "and what could be read can be read." % text,
                  SOURCE + ", map_freeze", "must", "prog_array.freeze " + CLAIM)
        s.programs("leaf", "other")
        s.map("m", 2, flags)
        s.by_id("m_old", "m")
        s.do("update", "m_old", key=0, value="leaf")
        s.do("freeze", "m_old")
        for handle in ways(s, "m", "table", copies=False) + ["m_old"]:
            s.note("%s:" % handle)
            commands(s, handle)
        yield s


def freezing() -> Iterator[Stage]:
    """Freezing through each way."""
    s = Stage("freeze.table.ways",
              "Freezing through every way to a descriptor, of maps made with each flag: it takes "
              "one that may write, works once, and holds for all.", SOURCE + ", map_freeze",
              "should", "prog_array.freeze freeze.mode")
    s.programs("leaf", "other")
    for flags, (opening, word), way in product(CREATION, OPENING, ("id", "pin")):
        name = s.script.handle("m")
        s.map(name, 2, flags)
        handle = "%s_%s" % (name, word)
        if way == "id":
            s.by_id(handle, name, opening)
        else:
            s.pin(name, name)
            s.get(handle, name, opening)
        s.by_id(name + "_all", name)
        s.do("update", name + "_all", key=0, value="leaf")
        s.do("freeze", handle)
        s.do("freeze", handle)
        s.do("update", name + "_all", key=0, value="other")
        s.do("lookup", name + "_all", key=0)
    yield s
    s = Stage("freeze.table.descriptors",
              "Freezing what is no map: EBADF where there is nothing, EINVAL where there is "
              "something else.", "kernel/bpf/syscall.c map_freeze", "should", "map_cmd.fd")
    s.programs("leaf")
    s.btf()
    for fd in ("fd:closed", "fd:-1", "fd:file", "leaf", "types"):
        s.do("freeze", fd)
    yield s


def loading() -> Stage:
    """Programs that refer to the map by each of its descriptors."""
    s = Stage("mode.table.loading",
              "Programs loaded with descriptors of every mode, made in every way: calling through "
              "an array is neither reading nor writing it.",
              "kernel/bpf/verifier.c resolve_pseudo_ldimm64", "should", "prog_load.map_mode")
    s.programs("leaf")
    for flags in (0, RDONLY, WRONLY):
        name = words(flags)[0]
        s.map(name, 2, flags)
        handles = ways(s, name, name)
        s.do("update", name + "_id_both", key=0, value="leaf")
        for handle in handles[:7]:
            prog = s.script.handle("p")
            s.script.program(prog, ("r2 = %s ll" % handle, "r3 = 0", "call bpf_tail_call",
                                    "r0 = 1", "exit"))
            s.script.step("run %s" % prog, "7")
    return s


def cases() -> List[Script]:
    """All of them, in the order of their files."""
    stages = list(matrix()) + list(frozen()) + list(freezing()) + [loading()]
    return [stage.script for stage in stages]
