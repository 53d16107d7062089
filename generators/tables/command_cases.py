# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The tables about the commands on elements, and the batch commands."""
from itertools import combinations
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from tables.command_rules import RDONLY, WRONLY, Command
from tables.script import Script
from tables.stage import Stage

SYSCALL = "kernel/bpf/syscall.c "
ARRAYMAP = "kernel/bpf/arraymap.c "
ELEM = ("lookup", "update", "delete", "next", "lookup-and-delete")
BATCH = ("batch-lookup", "batch-lookup-and-delete", "batch-update", "batch-delete")
AREA = {"lookup-and-delete": "take", "batch-lookup": "batch", "batch-lookup-and-delete": "batch",
        "batch-update": "batch", "batch-delete": "batch"}
CLAIM = {"lookup": "prog_array.lookup.id prog_array.lookup.out_of_range",
         "update": "prog_array.update",
         "delete": "prog_array.delete", "next": "prog_array.next_key",
         "lookup-and-delete": "prog_array.lookup_and_delete"}
HANDLER = {"lookup": "map_lookup_elem", "update": "map_update_elem", "delete": "map_delete_elem",
           "next": "map_get_next_key", "lookup-and-delete": "map_lookup_and_delete_elem"}
ODD_FDS = ("fd:closed", "fd:-1", "fd:file", "leaf", "types")
U32 = 0xffffffff


def area(op: str) -> str:
    """The folder of a command."""
    return AREA.get(op, op)


def value_of(op: str) -> Dict[str, object]:
    """What an update needs beside the others."""
    return {"value": "leaf"} if op == "update" else {}


def indices(op: str) -> Stage:
    """Every kind of index, in filled and empty slots."""
    s = Stage("%s.table.indices" % area(op),
              "Arrays of several sizes, filled and empty slots, and every kind of index: the "
              "first, the last, the one behind it, and those that are negative as signed numbers.",
              ARRAYMAP + "prog_array_map_ops; " + SYSCALL + HANDLER[op], "must",
              CLAIM[op])
    s.programs("leaf", "other")
    for entries in (1, 2, 3, 4, 8, 9, 1000):
        name = "of_%d" % entries
        s.note("%d slot%s, of which the even ones are filled:" % (entries, "s" * (entries > 1)))
        s.map(name, entries)
        for i in range(0, min(entries, 10), 2):
            s.do("update", name, key=i, value="leaf")
        keys = sorted({0, 1, 2, entries - 1, entries, entries + 1, 2 * entries, 255, 256, 65536,
                       (1 << 31) - 1, 1 << 31, (1 << 31) + 1, U32 - 1, U32})
        for key in keys:
            s.do(op, name, key=key, **({"value": "other"} if op == "update" else {}))
        if op == "next":
            s.do(op, name, key="null")
        for key in range(min(entries, 4)):
            s.do("lookup", name, key=key)
    return s


def flags(op: str) -> Stage:
    """Every flag bit, and pairs of those that mean something somewhere."""
    s = Stage("%s.table.flags" % area(op),
              "Each of the 64 flag bits alone, and pairs of those that mean something for other "
              "maps: none is taken, and none is overlooked because it is beyond 32 bits.",
              SYSCALL + HANDLER[op] + ", bpf_map_check_op_flags", "must",
              "prog_array.lookup_and_delete" if op == "lookup-and-delete" else
              "prog_array.%s.flags" % {"next": "next_key"}.get(op, op))
    s.programs("leaf")
    s.map("progs", 2)
    s.do("update", "progs", key=0, value="leaf")
    for bit in range(64):
        s.do(op, "progs", key=0, flags=1 << bit, **value_of(op))
    for pair in combinations((0, 1, 2, 3, 4, 5, 31, 32, 63), 2):
        s.do(op, "progs", key=0, flags=sum(1 << bit for bit in pair), **value_of(op))
    s.note("What they did to the slots: nothing.")
    s.do("lookup", "progs", key=0)
    s.do("lookup", "progs", key=1)
    return s


class Fault(NamedTuple):
    """Something wrong with a command: a word for it, and the fields that make it so."""

    word: str
    fields: Dict[str, object]


def fault(word: str, **fields: object) -> Fault:
    """A fault."""
    return Fault(word, fields)


GENERAL: Tuple[Fault, ...] = (
    fault("closed", fd="fd:closed"), fault("minus-one", fd="fd:-1"), fault("file", fd="fd:file"),
    fault("program", fd="leaf"), fault("types", fd="types"),
    fault("reader", fd="reader"), fault("writer", fd="writer"), fault("frozen", fd="frozen"),
    fault("stray-behind", stray=168), fault("stray-within", stray=100),
)
OF_ELEM: Tuple[Fault, ...] = (
    fault("noexist", flags=1 << 0), fault("lock", flags=1 << 2), fault("cpu", flags=1 << 3),
    fault("high", flags=1 << 40), fault("key-bad", key="bad"), fault("key-null", key="null"),
    fault("out-of-range", key=9), fault("last", key=3), fault("empty", key=1),
)
OF_OUT: Tuple[Fault, ...] = (fault("out-bad", out="bad"), fault("out-null", out="null"))
OF_VALUE: Tuple[Fault, ...] = (
    fault("value-closed", value="fd:closed"), fault("value-file", value="fd:file"),
    fault("value-itself", value="progs"), fault("value-types", value="types"),
    fault("value-bad", value="bad"), fault("value-null", value="null"),
)
OF_BATCH: Tuple[Fault, ...] = (
    fault("noexist", flags=1 << 0), fault("lock", flags=1 << 2), fault("high", flags=1 << 40),
    fault("elem-lock", elem_flags=1 << 2), fault("elem-noexist", elem_flags=1 << 0),
    fault("elem-high", elem_flags=1 << 40), fault("none", count=0), fault("many", count=64),
)


def faults_of(op: str) -> Tuple[Fault, ...]:
    """What can be wrong with a command."""
    if op.startswith("batch-"):
        return tuple(f for f in GENERAL if f.word not in ("minus-one", "types")) + OF_BATCH
    return GENERAL + OF_ELEM + (OF_VALUE if op == "update" else OF_OUT)


def both(a: Fault, b: Fault) -> Optional[Dict[str, object]]:
    """Two faults at once; None where they are about one field."""
    if set(a.fields) & set(b.fields) - {"flags", "elem_flags"}:
        return None
    fields = dict(a.fields)
    for field, value in b.fields.items():
        fields[field] = int(str(fields.get(field, 0))) | value if isinstance(value, int) \
            and field in ("flags", "elem_flags") else value
    return fields


def prepare(s: Stage) -> None:
    """Maps in every state, each with its first slot filled, and all kinds of descriptors."""
    s.programs("leaf")
    s.btf()
    s.map("progs", 4)
    s.map("plain", 4)
    s.by_id("reader", "plain", RDONLY)
    s.by_id("writer", "plain", WRONLY)
    s.map("frozen", 4)
    for name in ("progs", "plain", "frozen"):
        s.do("update", name, key=0, value="leaf")
    s.do("freeze", "frozen")


def try_out(s: Stage, op: str, fields: Dict[str, object]) -> None:
    """A command with some fields wrong; what a delete took away is put back."""
    given: Dict[str, object] = {"fd": "progs", **value_of(op), **fields}
    fd = str(given.pop("fd"))
    s.do(op, fd, **given)
    for name in ("progs", "plain"):
        found = s.world.files[name].map
        if found is not None and 0 not in found.slots:
            s.do("update", name, key=0, value="leaf")


def order(op: str) -> Iterator[Stage]:
    """Every pair of mistakes: which one is reported."""
    source = SYSCALL + (HANDLER.get(op) or "bpf_map_do_batch") + ", in its order"
    about = "%s: every pair of mistakes and of special circumstances, and which one is reported; " \
        "tools print that errno, and tell users what to mend by it." % op.upper().replace("-", "_")
    name = "%s.order.table" % area(op)
    s = Stage(name if op in ELEM else "%s.%s" % (name, op[len("batch-"):]), about, source,
              "should", "map_cmd.order")
    prepare(s)
    faults = faults_of(op)
    s.note("One at a time:")
    try_out(s, op, {})
    for one in faults:
        try_out(s, op, one.fields)
    for i, one in enumerate(faults[:-1]):
        pairs = [both(one, other) for other in faults[i + 1:]]
        if any(pairs):
            s.note("%s, and another one:" % one.word)
        for pair in pairs:
            if pair is not None:
                try_out(s, op, pair)
    yield s


def trailing() -> Iterator[Stage]:
    """Bytes behind the last field of each command."""
    for op in ELEM + BATCH:
        name = "%s.table.trailing-bytes" % area(op)
        s = Stage(name if op in ELEM else "%s.%s" % (name, op[len("batch-"):]),
                  "A byte behind the command's last field is EINVAL within the kernel's union and "
                  "E2BIG behind it, before the descriptor is looked at: fields may be added later.",
                  SYSCALL + "CHECK_ATTR, bpf_check_uarg_tail_zero", "should", "bpf_attr.tail")
        s.programs("leaf")
        s.map("progs", 2)
        last = 32 if op in ELEM else 56
        for stray in list(range(last, 120, 8)) + [last + 1, 119, 167, 168, 175, 256, 511]:
            s.do(op, "fd:closed", stray=stray, **value_of(op))
        s.do(op, "progs", stray=last, **value_of(op))
        s.do(op, "progs", stray=168, **value_of(op))
        yield s


def batches() -> Iterator[Stage]:
    """Counts and flags of the batch commands."""
    s = Stage("batch.table.flags",
              "Each flag bit of each batch command: where there is no command, no flag matters.",
              SYSCALL + "bpf_map_do_batch", "may", "prog_array.batch")
    s.programs("leaf")
    s.map("progs", 4)
    s.do("update", "progs", key=0, value="leaf")
    for op in BATCH:
        for bit in list(range(6)) + [15, 31, 32, 63]:
            s.do(op, "progs", count=1, flags=1 << bit)
            s.do(op, "progs", count=1, elem_flags=1 << bit)
        for count in (0, 1, 3, 4, 5, 4096):
            s.do(op, "progs", count=count)
    s.do("lookup", "progs", key=0)
    yield s


def values() -> Stage:
    """What an update may be given as a value."""
    s = Stage("update.table.values",
              "Every kind of descriptor and every way to give none, as the value: only a program "
              "goes in, and what was there stays where it does not.",
              ARRAYMAP + "prog_fd_array_get_ptr", "must", "prog_array.update.fd")
    prepare(s)
    s.programs("other")
    s.dup("copy", "other")
    kinds: Sequence[object] = ODD_FDS[:3] + (
        "progs", "reader", "writer", "frozen", "types", "other", "copy", "null", "bad",
        1000000000, (1 << 31) - 1, 1 << 31, U32 - 1, U32)
    for key in (0, 1, 3, 4, U32):
        for value in kinds:
            s.script.step("update progs %d %s" % (key, value), update(s, key, value))
            if value == "copy" and key < 4:
                s.script.step("lookup progs %d" % key, "other")
    s.do("lookup", "plain", key=0)
    return s


def update(s: Stage, key: int, value: object) -> str:
    """What an update gives where the value may be a copy of a program's descriptor."""
    return s.world.run(Command("update", "progs", key=key, value=value))


def cases() -> List[Script]:
    """All of them, in the order of their files."""
    stages: List[Stage] = []
    for op in ELEM:
        stages += [indices(op), flags(op)]
        stages += order(op)
    stages.append(values())
    for op in BATCH:
        stages += order(op)
    stages += batches()
    stages += trailing()
    return [stage.script for stage in stages]
