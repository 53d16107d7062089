# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Walks through what can be done to a slot: put a or b in, take out. Every sequence of three of these
occurs, and after each step every form of call must show the slot as it is.
"""
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from tables_calls.budget import index_of
from tables_calls.text import FORMS, Case, case_file, tail_call

SOURCE = "kernel/bpf/arraymap.c prog_array_map_poke_run; arch/x86/net/bpf_jit_comp.c " \
    "bpf_arch_poke_desc_update"
CLAIM = "prog_array.update.visible prog_array.delete.visible"
RESULTS = {"a": 10, "b": 11}


def walk(length: int) -> List[str]:
    """A sequence of a, b, and - (delete) that has every sequence of this length in it."""
    seen = {"a" * length}
    path = "a" * length
    # Prefer the largest: gives a de Bruijn sequence (Martin's rule).
    while True:
        for step in "-ba":
            window = (path + step)[-length:]
            if window not in seen:
                seen.add(window)
                path += step
                break
        else:
            return list(path)


class Door(NamedTuple):
    """A way to the array: its handle, and the steps that open it (and close others)."""

    handle: str
    steps: Sequence[str]


class Slot:
    """The slot, and the steps of a case that change it."""

    def __init__(self, case: Case, index: int = 0) -> None:
        self.case = case
        self.index = index
        self.content: Optional[str] = None

    def change(self, what: str, through: str = "progs") -> None:
        """One step of a walk."""
        if what == "-":
            self.case.step("delete %s %d" % (through, self.index),
                           0 if self.content else "ENOENT")
            self.content = None
        else:
            self.case.step("update %s %d %s" % (through, self.index, what), 0)
            self.content = what

    def result(self, miss: int) -> int:
        """What a call of the slot gives."""
        return RESULTS[self.content] if self.content else miss


def main_body(form: str, miss: int) -> List[str]:
    """A call in main."""
    return tail_call("progs", index_of(form, 0, "r1")) + ["r0 = %d" % miss, "exit"]


def function_body(form: str, miss: int) -> List[str]:
    """A call in a function; main adds 100."""
    return ["call f", "r0 += 100", "exit", "f:"] + main_body(form, miss)


def walk_case(name: str, about: str, callers: Dict[str, Tuple[List[str], int, int]],
              length: int = 3, doors: Sequence[Door] = ()) -> Case:
    """A walk with runs of all callers: body, what a miss gives, and what is added."""
    case = Case("patch.walk-%s" % name, about, CLAIM, SOURCE)
    case.made("map progs prog_array")
    for leaf, number in RESULTS.items():
        case.leaf(leaf, number)
    for caller, (body, _, _) in callers.items():
        case.prog(caller, body)
    for door in doors:
        for step in door.steps:
            if step.startswith("pin"):
                case.step(step, 0)
            else:
                case.made(step)
    slot = Slot(case)
    handles = [door.handle for door in doors] or ["progs"]
    for i, what in enumerate(walk(length)):
        slot.change(what, handles[i % len(handles)])
        for caller, (_, miss, add) in callers.items():
            case.step("run %s" % caller, slot.result(miss) + add)
    return case


def late_case() -> Case:
    """At every step of the walk another caller is loaded; all of them follow from then on."""
    case = Case("patch.walk-late-callers",
                "At each step of the walk one more program is loaded that calls the slot: each "
                "begins with the slot as it is then, and follows like those before it.",
                CLAIM, SOURCE + " bpf_tail_call_direct_fixup")
    case.made("map progs prog_array")
    for leaf, result in RESULTS.items():
        case.leaf(leaf, result)
    slot = Slot(case)
    callers: List[str] = []
    for i, what in enumerate(walk(2)):
        slot.change(what)
        callers.append("late%d" % i)
        case.prog(callers[-1], main_body(FORMS[i % 3 == 2], 1))
        for caller in callers:
            case.step("run %s" % caller, slot.result(1))
    return case


def gone_case() -> Case:
    """Callers that are closed while the slot changes: the rest follow."""
    case = Case("patch.walk-callers-go",
                "At each step of the walk one of the programs that call the slot is closed, and "
                "its code freed: the list of places to patch must not keep it, and those that "
                "remain follow.", CLAIM, "kernel/bpf/arraymap.c prog_array_map_poke_untrack")
    case.made("map progs prog_array")
    for leaf, result in RESULTS.items():
        case.leaf(leaf, result)
    steps = walk(2)
    callers = ["p%d" % i for i in range(len(steps))]
    for i, caller in enumerate(callers):
        case.prog(caller, main_body(FORMS[i % 3 == 2], 1))
    slot = Slot(case)
    for i, what in enumerate(steps):
        slot.change(what)
        # From both ends and the middle.
        case.made("close %s" % callers.pop((0, -1, len(callers) // 2)[i % 3]))
        for caller in callers:
            case.step("run %s" % caller, slot.result(1))
    return case


def slots_case() -> Case:
    """Three slots that change by turns, and programs with a site for each."""
    case = Case("patch.walk-three-slots",
                "Three slots are changed by turns; a program with a site for each, in one order "
                "and the other, takes the first that is filled.", CLAIM, SOURCE)
    case.made("map progs prog_array entries=3")
    for leaf, result in RESULTS.items():
        case.leaf(leaf, result)
    orders = {"up": (0, 1, 2), "down": (2, 1, 0)}
    for name, order in orders.items():
        for form in FORMS:
            body = ["r6 = r1"]
            for index in order:
                body += tail_call("progs", index_of(form, index, "r6"), "r6")
            case.prog("%s_%s" % (name, form), body + ["r0 = 1", "exit"])
    slots = [Slot(case, index) for index in range(3)]
    for i, what in enumerate(walk(3)):
        slots[i * 2 % 3 if i % 7 else 1].change(what)
        for name, order in orders.items():
            want = next((slots[index].result(1) for index in order if slots[index].content), 1)
            for form in FORMS:
                case.step("run %s_%s" % (name, form), want)
    return case


def cases() -> Iterator[Case]:
    """All of them."""
    both = "Both forms of a call follow every change of a slot, whatever came before it: "
    yield walk_case("main", both + "every sequence of three updates, replacements and deletes.",
                    {form: (main_body(form, i + 1), i + 1, 0) for i, form in enumerate(FORMS)})
    yield walk_case("function", both + "here from local functions, which are compiled one by one, "
                    "and whose places to patch belong to the main program.",
                    {form: (function_body(form, i + 1), i + 1, 100)
                     for i, form in enumerate(FORMS)})
    yield late_case()
    yield gone_case()
    yield slots_case()
    callers = {form: (main_body(form, i + 1), i + 1, 0) for i, form in enumerate(FORMS)}
    yield walk_case("dup", both + "through a copy of the descriptor.", callers, 2,
                    [Door("copy", ["dup copy progs"])])
    yield walk_case("dup-alone", both + "through a copy, when the first descriptor is closed.",
                    callers, 2, [Door("copy", ["dup copy progs", "close progs"])])
    yield walk_case("by-id", both + "through a descriptor got by id, when the first one is "
                    "closed.", callers, 2, [Door("again", ["map-by-id again progs",
                                                           "close progs"])])
    yield walk_case("pinned", both + "through a pin, opened for writing alone, when the first "
                    "descriptor is closed.", callers, 2,
                    [Door("pinned", ["pin progs table", "close progs",
                                     "get pinned table flags=WRONLY"])])
    yield walk_case("by-turns", both + "through four descriptors by turns.", callers, 2,
                    [Door("progs", []), Door("copy", ["dup copy progs"]),
                     Door("again", ["map-by-id again progs"]),
                     Door("pinned", ["pin progs table", "get pinned table"])])


def text() -> str:
    """The file."""
    return case_file("A slot that changes: every sequence of updates, replacements, deletes.",
                     cases())
