# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The tables about pins, ids, freezing, mapping and information."""
from itertools import combinations, product
from typing import List

from tables.command_rules import PATH_FD, RDONLY, WRONLY
from tables.script import MAP_FLAGS, Script, options_text
from tables.stage import Stage

SYSCALL = "kernel/bpf/syscall.c "
OPENING = (RDONLY, WRONLY, PATH_FD)
FIELDS = ("type", "key_size", "value_size", "max_entries", "map_flags", "map_extra", "ifindex",
          "btf_id", "btf_key", "btf_value")


def pin_flags() -> Stage:
    """Flags of pinning."""
    s = Stage("pin.table.flags",
              "Each flag bit of pinning: one is about the path, and the modes belong to those who "
              "open the pin.", SYSCALL + "bpf_obj_pin", "must", "pin.flags")
    s.programs("leaf")
    s.map("progs")
    for bit in range(32):
        for handle in ("progs", "leaf"):
            s.pin(handle, "table", 1 << bit)
            if "table" in s.world.pins:
                s.unpin("table")
    for n in range(2, 4):
        for bits in combinations(OPENING, n):
            s.pin("progs", "table", sum(bits))
    s.unpin("table")
    return s


def get_flags() -> Stage:
    """Flags of opening a pin."""
    s = Stage("pin.table.get-flags",
              "Each flag bit of opening a pin, and pairs with those that are taken: a loader that "
              "asks for a read-only descriptor must not get another one, whatever else it asks.",
              SYSCALL + "bpf_obj_get, bpf_get_file_flag", "must", "pin.get.flags")
    s.programs("leaf")
    s.map("progs")
    s.pin("progs", "table")
    sets = [0] + [1 << bit for bit in range(32)]
    sets += [flag | 1 << bit for flag in OPENING for bit in range(32)
             if 1 << bit not in OPENING or 1 << bit > flag]
    sets.append(sum(OPENING))
    for flags in sets:
        handle = s.script.handle("g")
        s.get(handle, "table", flags)
        if handle in s.world.files:
            s.do("lookup", handle, key=0)
            s.do("delete", handle, key=0)
    s.note("A name that is not there: the flags are looked at first.")
    for flags in sets[:33] + [sum(OPENING), RDONLY | WRONLY]:
        s.get(s.script.handle("g"), "nothing", flags)
    return s


def pin_order() -> Stage:
    """Two mistakes in pinning."""
    s = Stage("pin.order.table",
              "Pinning with wrong flags, what cannot be pinned, and a name that is taken, in all "
              "combinations: flags, descriptor, name.",
              SYSCALL + "bpf_obj_pin; kernel/bpf/inode.c bpf_obj_pin_user", "should", "pin.fd")
    s.programs("leaf")
    s.btf()
    s.map("progs")
    s.by_id("reader", "progs", RDONLY)
    s.by_id("writer", "progs", WRONLY)
    s.pin("progs", "taken")
    fds = ("progs", "reader", "writer", "leaf", "types", "fd:closed", "fd:-1", "fd:file")
    for fd, flags, path in product(fds, (0, RDONLY, 1 << 2, 1 << 31), ("taken", "free")):
        s.pin(fd, path, flags)
        if "free" in s.world.pins:
            s.unpin("free")
    return s


def by_id() -> Stage:
    """Flags of opening by id."""
    s = Stage("by-id.table.flags",
              "Each flag bit of opening by id, and each with RDONLY and WRONLY, for an id that is "
              "there and for one that never is: the flags are looked at first.",
              SYSCALL + "bpf_map_get_fd_by_id, bpf_get_file_flag", "must", "by_id.flags")
    s.map("progs")
    sets = [0] + [1 << bit for bit in range(32)]
    sets += [flag | 1 << bit for flag in (RDONLY, WRONLY) for bit in range(32)
             if 1 << bit > WRONLY or 1 << bit < RDONLY] + [RDONLY | WRONLY]
    for flags in sets:
        handle = s.script.handle("h")
        s.by_id(handle, "progs", flags)
        if handle in s.world.files:
            s.do("next", handle, key="null")
            s.do("delete", handle, key=0)
        s.by_id(s.script.handle("h"), "fd:closed", flags)
    return s


def program_flags() -> Stage:
    """Flags of opening a program by id."""
    s = Stage("by-id.table.program-flags",
              "Each flag bit of opening a program by id: a program's descriptor has no modes, and "
              "the command no flags, whether there is such a program or not.",
              SYSCALL + "BPF_PROG_GET_FD_BY_ID_LAST_FIELD", "should", "prog_by_id by_id.flags")
    s.programs("leaf")
    for flags in [0] + [1 << bit for bit in range(32)] + [RDONLY | WRONLY]:
        for of, found in (("leaf", "0"), ("fd:closed", "ENOENT")):
            options = options_text({"flags": flags or None}, MAP_FLAGS)
            s.script.step("prog-by-id %s %s%s" % (s.script.handle("p"), of, options),
                          "EINVAL" if flags else found)
    return s


def binding() -> Stage:
    """Binding a map to a program."""
    s = Stage("bind.order.table",
              "Binding with each flag bit, and every kind of descriptor for program and map: "
              "flags, program, map, and no question about modes or whether the two fit.",
              SYSCALL + "bpf_prog_bind_map", "should", "map_cmd.order")
    s.programs("leaf")
    s.btf()
    s.map("progs")
    s.by_id("reader", "progs", RDONLY)
    s.by_id("writer", "progs", WRONLY)
    s.map("frozen")
    s.do("freeze", "frozen")
    for bit in range(32):
        s.bind("leaf", "progs", 1 << bit)
    fds = ("leaf", "progs", "reader", "writer", "frozen", "types", "fd:closed", "fd:-1", "fd:file")
    for prog, fd, flags in product(fds, fds, (0, 1)):
        s.bind(prog, fd, flags)
    s.script.step("info leaf nr_map_ids", "2")
    return s


def mmaps() -> Stage:
    """mmap(2) of every kind of descriptor."""
    s = Stage("mmap.table.descriptors",
              "mmap(2) of every kind of descriptor in every mode: the file's mode comes first, "
              "then whether there is anything to map.",
              "mm/mmap.c do_mmap; kernel/bpf/syscall.c bpf_map_mmap", "may", "prog_array.mmap")
    s.programs("leaf")
    s.btf()
    for flags in (0, RDONLY, WRONLY, 1 << 2, 1 << 2 | RDONLY, 1 << 2 | WRONLY):
        name = s.script.handle("m")
        s.map(name, 4, flags)
        s.mmap(name)
        for opening in (0, RDONLY, WRONLY):
            other = s.script.handle("h")
            s.by_id(other, name, opening)
            s.mmap(other)
        s.do("freeze", other)
        for handle in (name, other):
            s.mmap(handle)
    for fd in ("leaf", "types", "fd:closed", "fd:-1", "fd:file"):
        s.mmap(fd)
    return s


def infos() -> Stage:
    """Every field, of every kind of map, through every descriptor."""
    s = Stage("info.table.fields",
              "All fields of maps of several sizes and flags, through descriptors of every mode: "
              "what bpftool shows does not depend on how it opened the map.",
              SYSCALL + "bpf_map_get_info_by_fd", "must", "info.fields")
    for entries, flags in product((1, 3, 1000), (0, RDONLY, WRONLY, 1 << 2, 1 << 2 | RDONLY)):
        name = s.script.handle("m")
        s.map(name, entries, flags)
        s.info(name, FIELDS)
        for opening in (RDONLY, WRONLY):
            other = s.script.handle("h")
            s.by_id(other, name, opening)
            s.info(other, ("max_entries", "map_flags"))
    s.do("freeze", other)
    s.info(other, FIELDS)
    for fd in ("fd:closed", "fd:-1", "fd:file"):
        s.info(fd, FIELDS[:2])
    return s


def buffers() -> Stage:
    """Information, into buffers of every size, with something in them or not."""
    s = Stage("info.table.buffers",
              "Buffers of every size, cleared and not: only what fits is written, a longer one of "
              "zeros is fine, and a caller that did not clear it finds its own bytes in fields "
              "of which the map has nothing to say.",
              SYSCALL + "bpf_map_get_info_by_fd of 6.18 and later, bpf_check_uarg_tail_zero",
              "may", "info.fields")
    s.map("progs", 1000, 1 << 2)
    lengths = list(range(9)) + list(range(16, 101, 4)) + [18, 87, 89, 97, 101, 104, 105, 128]
    lengths += [4095, 4096, 4097, (1 << 32) - 1]
    for fill in (0, 255):
        s.note("Every byte is %d:" % fill)
        for field in FIELDS:
            s.info_raw("progs", field, None, fill)
        for size in lengths:
            s.info_raw("progs", "type", size, fill)
            for field, at in (("max_entries", 16), ("btf_key", 68), ("map_extra", 80)):
                if at - 4 <= size <= at + 12:
                    s.info_raw("progs", field, size, fill)
        for fd, size in product(("fd:closed", "fd:file"), (0, 88, 89, 4097)):
            s.info_raw(fd, "type", size, fill)
    return s


def cases() -> List[Script]:
    """All of them, in the order of their files."""
    stages = (pin_flags, get_flags, pin_order, by_id, program_flags, binding, mmaps, infos,
              buffers)
    return [make().script for make in stages]
