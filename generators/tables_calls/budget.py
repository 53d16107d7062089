# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The limit of 33: rings of programs, and misses at every place of a chain."""
from typing import Iterator, List, Tuple

from core.case import words
from tables_calls.text import FORMS, MISS, Case, case_file, tail_call

LIMIT = 33
SOURCE = "include/linux/bpf.h MAX_TAIL_CALL_CNT; kernel/bpf/core.c ___bpf_prog_run JMP_TAIL_CALL"
RINGS = tuple((n, form) for n in (2, 3, 4, 5) for form in FORMS + ("mixed",)) + (
    (34, "mixed"), (2, "arrays"), (3, "arrays"), (5, "arrays"))


def how(form: str, hop: int) -> str:
    """Whether a hop's index is a constant."""
    if form == "mixed":
        return FORMS[hop % 2]
    return "indirect" if form == "indirect" else "direct"


def index_of(form: str, slot: int, ctx: str) -> List[str]:
    """r3 = slot, known to the verifier or (by arg0, which is 0) not."""
    if form == "direct":
        return ["r3 = %d" % slot]
    return ["r3 = *(u64 *)(%s + 0)" % ctx] + (["r3 += %d" % slot] if slot else [])


def ring_case(count: int, form: str) -> Case:
    """Programs that call each other in a circle; each counts how often it ran."""
    kind = {"direct": "constant indexes", "indirect": "indexes from the context",
            "mixed": "both kinds of index by turns",
            "arrays": "an array of its own for each program"}[form]
    case = Case("limit.ring-of-%d-%s" % (count, form),
                "A ring of %d programs with %s: 33 calls in all, so 34 runs, shared out in turn; "
                "the count goes along with the run and belongs to no program and no array."
                % (count, kind), "tail_call.limit tail_call.limit.shared", SOURCE)

    def slot_of(i: int) -> Tuple[str, int]:
        return ("progs%d" % i, i) if form == "arrays" else ("progs", i)

    if form == "arrays":
        for i in range(count):
            case.made("map progs%d prog_array entries=%d" % (i, i + 1))
    else:
        case.made("map progs prog_array entries=%d" % count)
    case.made("map trace array value=%d" % (8 * count))
    for i in range(count):
        array, slot = slot_of((i + 1) % count)
        case.prog("p%d" % i, [
            "r6 = r1", "r1 = trace[0] ll", "r2 = *(u64 *)(r1 + %d)" % (8 * i), "r2 += 1",
            "*(u64 *)(r1 + %d) = r2" % (8 * i),
            *tail_call(array, index_of(how(form, i), slot, "r6"), "r6"),
            "r0 = %d" % (100 + i), "exit"])
    for i in range(count):
        array, slot = slot_of(i)
        case.step("update %s %d p%d" % (array, slot, i), 0)
    for start in (0, count - 1):
        ran = [(start + k) % count for k in range(LIMIT + 1)]
        case.step("run p%d" % start, 100 + ran[-1])
        case.step("lookup trace 0", words([ran.count(i) for i in range(count)]))
        case.step("update trace 0 0", 0)
    return case


EMPTY, EMPTIED, ENTRIES = 1, 2, 3
MISSES = (
    ("empty", "an empty slot", (EMPTY,)),
    ("emptied", "a slot that was filled before", (EMPTIED,)),
    ("past-the-end", "an index past the end", (ENTRIES,)),
    ("upper-bits", "an index past the end once its upper half is gone", ((1 << 33) + ENTRIES,)),
    ("both", "an empty slot and an index past the end", (EMPTY, ENTRIES)),
)
PLACES = (1, 2, 17, 33, 34)
TIMES = (1, 2, 33, 40)
MOST = max(TIMES)


def miss_index(form: str, value: int) -> List[str]:
    """r3 = value, by either form."""
    if value >> 31 == 0:
        return index_of(form, value, "r6")
    lines = ["r3 = 0x%x ll" % value]
    return lines if form == "direct" else ["r4 = *(u64 *)(r6 + 0)"] + lines + ["r3 += r4"]


def miss_case(name: str, what: str, values: Tuple[int, ...], form: str) -> Case:
    """A chain of calls to itself, in which one of the runs tries in vain so many times before."""
    empty = EMPTY in values or EMPTIED in values
    case = Case("limit.misses-%s-%s" % (name, form),
                "Calls that fall through (%s), 1 to 40 of them, before the first, second, 17th "
                "and 33rd call of a chain and at its end: the chain is as long as without them. "
                "Dispatchers try slots that are not there." % what,
                "tail_call.limit tail_call.miss.free" if empty
                else "tail_call.limit tail_call.out_of_range",
                SOURCE + " of 7.1; arch/x86/net/bpf_jit_comp.c of 6.12",
                "should" if empty else "must")
    case.made("map progs prog_array entries=%d" % ENTRIES)
    for name in ("count", "place", "times"):
        case.made("map %s array value=8" % name)
    misses: List[str] = []
    for value in values:
        misses += tail_call("progs", miss_index(form, value), "r6")
    case.prog("self", [
        "r6 = r1", "r7 = count[0] ll", "r8 = *(u64 *)(r7 + 0)", "r8 += 1",
        "*(u64 *)(r7 + 0) = r8", "r7 = place[0] ll", "r9 = *(u64 *)(r7 + 0)",
        "if r8 != r9 goto call", "r7 = times[0] ll", "r8 = *(u64 *)(r7 + 0)",
        "if r8 > %d goto call" % MOST, "again:", "if r8 < 1 goto call", *misses,
        "r8 -= 1", "goto again", "call:", *tail_call("progs", index_of(form, 0, "r6"), "r6"),
        "r0 = %d" % MISS, "exit"])
    case.step("update progs %d self" % EMPTIED, 0)
    case.step("update progs 0 self", 0)
    case.step("delete progs %d" % EMPTIED, 0)
    for place in PLACES:
        case.step("update place 0 %d" % place, 0)
        for times in TIMES:
            case.step("update times 0 %d" % times, 0)
            case.step("update count 0 0", 0)
            case.step("run self", MISS)
            case.step("lookup count 0", LIMIT + 1)
    return case


def cases() -> Iterator[Case]:
    """All of them."""
    for count, form in RINGS:
        yield ring_case(count, form)
    for name, what, values in MISSES:
        for form in FORMS:
            yield miss_case(name, what, values, form)


def text() -> str:
    """The file."""
    return case_file("The limit of 33 in rings, and with misses on the way.", cases())
