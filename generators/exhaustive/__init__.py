# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Every graph of three programs with two sites each and two arrays of two slots: 4,096 ways to aim the
six sites times 256 ways to fill the four slots, 1,048,576 graphs. What differs by names alone (the
two arrays, the slots of each, the two programs that are not run) is one: 288 ways to aim are left.
A case is one of these with every way to fill the slots, one change after the other; and there are
four forms of each, by which sites have a constant index.
"""
from functools import lru_cache
from itertools import permutations, product
from typing import Dict, Iterator, List, Optional, Tuple

from core.case import CaseText, case_head, words
from core.control import Exit, Log, MapPointer, TailCall
from core.ir import Alu, Keep, Node, Const, listing
from core.model import TAIL_CALL_LIMIT
from core.words import LoadCtx

NAME = "exhaustive"
VERSION = 1
ABOUT = "all small graphs, without a seed: three programs, two arrays of two slots, two sites each"

PROGRAMS, SITES, ARRAYS, SLOTS = 3, 2, "ab", 2
TARGETS = len(ARRAYS) * SLOTS
LOG, CAPACITY = "log", TAIL_CALL_LIMIT + 7
BUDGET = 100
FORMS = (("direct", "direct"), ("indirect", "indirect"), ("direct", "indirect"),
         ("indirect", "direct"))

Aims = Tuple[int, ...]  # the targets of all sites, program by program


def _renamings() -> List[Tuple[int, ...]]:
    """What swapping the arrays, and the slots of each, makes of a target."""
    return [p for p in permutations(range(TARGETS)) if len({p[0] // SLOTS, p[1] // SLOTS}) == 1]


RENAMINGS = _renamings()


def _same(aims: Aims) -> Iterator[Aims]:
    """All that differ from this one by names."""
    for names in RENAMINGS:
        a = tuple(names[target] for target in aims)
        yield a
        yield a[:SITES] + a[2 * SITES:] + a[SITES:2 * SITES]


@lru_cache(maxsize=None)
def all_aims() -> Tuple[Aims, ...]:
    """One of each kind: the first in order."""
    return tuple(aims for aims in product(range(TARGETS), repeat=PROGRAMS * SITES)
                 if aims == min(_same(aims)))


def fills() -> Iterator[Tuple[int, ...]]:
    """Every way to fill the slots (0: empty), where one slot changes from each to the next."""
    def gray(n: int) -> Iterator[Tuple[int, ...]]:
        if n == 0:
            yield ()
            return
        for i, rest in enumerate(gray(n - 1)):
            digits = range(PROGRAMS + 1)
            for digit in digits if i % 2 == 0 else reversed(digits):
                yield (*rest, digit)
    return gray(TARGETS)


@lru_cache(maxsize=None)
def path(found: Tuple[int, ...]) -> Tuple[str, int]:
    """
    The visit log, and the last program, where the sites find these programs: at most 33 calls, of
    each program's sites the first that finds one.
    """
    at, visits = 1, [1]
    for _ in range(TAIL_CALL_LIMIT):
        following: Optional[int] = next(
            (p for p in found[(at - 1) * SITES:at * SITES] if p), None)
        if following is None:
            break
        at = following
        visits.append(at)
    return words([len(visits), *visits] + [0] * (CAPACITY - len(visits))), at


def _program(number: int, aims: Aims, form: Tuple[str, ...]) -> List[str]:
    nodes: List[Node] = [Keep(6), Log(LOG, CAPACITY, number)]
    for site, kind in zip(aims[(number - 1) * SITES:number * SITES], form):
        array, slot = divmod(site, SLOTS)
        index: List[Node] = [Const(3, slot)] if kind == "direct" else \
            [LoadCtx(3, 6, "mark"), Alu(3, "+=", slot)]
        nodes += index + [Keep(1, 6), MapPointer(ARRAYS[array]), TailCall(kind, "")]
    lines = listing(nodes + [Const(0, number), Exit()])
    # A budget, for kernels that do not stop: it is looked at before the log is added to.
    guard = ["r1 = %s[0] ll" % LOG, "r2 = *(u64 *)(r1 + 0)", "if r2 < %d goto in_time" % BUDGET,
             "r0 = 99", "exit", "in_time:"]
    return lines[:1] + ["    " + line for line in guard] + lines[1:]


def total() -> int:
    """How many cases there are."""
    return len(FORMS) * len(all_aims())


def make(index: int, name: str) -> Tuple[str, Dict[str, int]]:
    """Case number index."""
    which, form_number = divmod(index, len(FORMS))
    aims, form = all_aims()[which], FORMS[form_number]
    text = CaseText()
    for array in ARRAYS:
        text.made("map %s prog_array entries=%d" % (array, SLOTS))
    text.made("map %s array value=%d" % (LOG, 8 * (CAPACITY + 1)))
    for number in range(1, PROGRAMS + 1):
        text.program("prog p%d socket_filter" % number, _program(number, aims, form))
    text.blank()
    before: Tuple[int, ...] = (0,) * TARGETS
    n = 0
    for n, fill in enumerate(fills(), 1):
        for target in range(TARGETS):
            if fill[target] != before[target]:
                where = "%s %d" % (ARRAYS[target // SLOTS], target % SLOTS)
                step = "update %s p%d" % (where, fill[target]) if fill[target] else \
                    "delete %s" % where
                text.step(step, 0)
        log, last = path(tuple(fill[target] for target in aims))
        text.step("run p1", last)
        text.step("lookup %s 0" % LOG, log)
        text.step("update %s 0 0" % LOG, 0)
        before = fill
    sites = "; ".join("p%d %s" % (p + 1, ", ".join(
        "%s[%d]" % (ARRAYS[t // SLOTS], t % SLOTS) for t in aims[p * SITES:(p + 1) * SITES]))
        for p in range(PROGRAMS))
    about = ["Sites: %s. The first of each program is %s, the second %s." % ((sites,) + form),
             "Every way to fill the four slots: %d graphs." % n]
    return case_head(name, about) + text.text(), {"graphs": n}
