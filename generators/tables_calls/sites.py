# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Call sites: many in one program, and one that is reached in several ways."""
from typing import Iterator, List, Sequence, Tuple

from tables_calls.text import FORMS, MISS, Case, case_file, load_constant, tail_call

MANY = (2, 10, 33, 34, 100)


def many_case(count: int, form: str) -> Case:
    """One program with many call sites, one for each slot; the first filled slot is taken."""
    case = Case("call.%d-sites-%s" % (count, form),
                "%d call sites in one program, one after the other, each for its own slot: all "
                "fall through until one finds its slot filled, and the first of those wins. A "
                "chain of filters looks like this." % count,
                "tail_call.direct tail_call.miss",
                "kernel/bpf/verifier.c do_misc_fixups: a poke descriptor for each site",
                # Where empty slots count the reference says what must come instead.
                "should" if count > 33 else "must")
    body = ["r6 = r1", "r7 = *(u64 *)(r1 + 0)"]
    for i in range(count):
        index = ["r3 = %d" % i] if form == "direct" else ["r3 = r7", "r3 += %d" % i]
        body += tail_call("progs", index, "r6")
    case.made("map progs prog_array entries=%d" % count)
    case.leaf("a", 10)
    case.leaf("b", 11)
    case.prog("main", body + ["r0 = %d" % MISS, "exit"])
    case.step("run main", MISS)
    case.step("update progs %d a" % (count - 1), 0)
    case.step("run main", 10)
    case.step("update progs %d b" % (count // 2), 0)
    case.step("run main", 11)
    case.step("update progs 0 a", 0)
    case.step("run main", 10)
    case.step("delete progs 0", 0)
    case.step("run main", 11)
    case.step("delete progs %d" % (count // 2), 0)
    case.step("run main", MISS if count // 2 == count - 1 else 10)
    return case


# One site, reached on several ways: what r3 is on each.
WAYS: Sequence[Tuple[str, Sequence[int]]] = (
    ("three", (0, 1, 2)),
    ("five", (4, 3, 2, 1, 0)),
    ("the-same-twice", (2, 2)),
    ("the-same-and-another", (1, 1, 0)),
    ("beyond-the-end", (5, 6)),
    ("in-and-beyond", (3, 5)),
    ("upper-bits", (1, (1 << 32) + 1)),
    ("upper-bits-beyond", ((1 << 32) + 2, (1 << 33) + 2)),
    ("negative", (-1, 0, -5)),
)
ENTRIES = 5


def ways_body(ways: Sequence[int]) -> List[str]:
    """arg0 chooses the way; the last is taken for all other values."""
    body = ["r6 = *(u64 *)(r1 + 0)"]
    for i, value in enumerate(ways):
        body += [load_constant("r3", value)]
        if i != len(ways) - 1:
            body += ["if r6 == %d goto call" % i]
    return body + ["call:"] + tail_call("progs", []) + ["r0 = %d" % MISS, "exit"]


def ways_case(name: str, ways: Sequence[int]) -> Case:
    """One call site with several constants."""
    case = Case("call.site-%s" % name,
                "One call site, which the program reaches with the constants %s: no way may get "
                "another one's slot. A verifier that remembers one constant for a site makes the "
                "call direct for all." % ", ".join(map(str, ways)),
                "tail_call.direct tail_call.index",
                "kernel/bpf/verifier.c record_func_key: poisoned where constants differ")
    case.made("map progs prog_array entries=%d" % ENTRIES)
    for slot in range(ENTRIES):
        case.leaf("leaf%d" % slot, 100 + slot)
    case.prog("main", ways_body(ways))
    for i in range(len(ways)):
        case.step("run main arg0=%d" % i, MISS)
    for slot in range(ENTRIES):
        case.step("update progs %d leaf%d" % (slot, slot), 0)
    for emptied in (None, 1, 2):
        if emptied is not None:
            case.step("delete progs %d" % emptied, 0)
        for i, value in enumerate(ways):
            slot = value & 0xffffffff
            gone = emptied is not None and 1 <= slot <= emptied
            case.step("run main arg0=%d" % i,
                      100 + slot if slot < ENTRIES and not gone else MISS)
    return case


def cases() -> Iterator[Case]:
    """All of them."""
    for count in MANY:
        for form in FORMS:
            yield many_case(count, form)
    for name, ways in WAYS:
        yield ways_case(name, ways)


def text() -> str:
    """The file."""
    return case_file("Call sites: many in a program, and one reached on several ways.", cases())
