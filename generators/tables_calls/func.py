# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tail calls in local functions: how deep, at which levels, and what of the budget they use up."""
from typing import Iterator, List, Sequence, Tuple

from tables_calls.budget import LIMIT, index_of
from tables_calls.text import FORMS, MISS, Case, case_file, tail_call

RETURNS = "arch/x86/net/bpf_jit_comp.c emit_bpf_tail_call_direct; kernel/bpf/verifier.c"
HIERARCHY = 'commit 116e04ba1459 "bpf, x64: Fix tailcall hierarchy"; ' \
    "arch/x86/net/bpf_jit_comp.c tail_call_cnt_ptr"
LEAF, NONE = 3, 9  # what the callee gives, and what the function gives that fell through


def digits(first: int, depth: int) -> int:
    """A result that came out through so many callers, of which each adds its digit."""
    for level in range(depth, 0, -1):
        first = first * 10 + level
    return first


def level_body(level: int, inner: str) -> List[str]:
    """A caller on the way: a register and a stack slot live across the call, and a digit."""
    return ["r7 = *(u64 *)(r1 + 8)", "r7 += %d" % level, "*(u64 *)(r10 - 8) = r7",
            "call %s" % inner, "r1 = *(u64 *)(r10 - 8)", "r1 -= r7", "r0 *= 10",
            "r0 += %d" % level, "r0 += r1", "exit"]


def depth_body(depth: int, form: str) -> List[str]:
    """main, and functions that call each other; the innermost tail-calls."""
    body = level_body(1, "f1")
    for i in range(1, depth):
        body += ["f%d:" % i] + level_body(i + 1, "f%d" % (i + 1))
    return body + ["f%d:" % depth] + tail_call("progs", index_of(form, 0, "r1")) + [
        "r0 = %d" % NONE, "exit"]


def depth_case(depth: int) -> Case:
    """A tail call at this depth."""
    case = Case("func.depth-%d" % depth,
                "A tail call in a function %d calls deep (7 are the most): the callee's result "
                "goes out through every caller, which finds its registers and stack as it left "
                "them." % depth, "tail_call.subprog.returns tail_call.subprog.registers", RETURNS)
    case.made("map progs prog_array")
    case.leaf("leaf", LEAF)
    for form in FORMS:
        case.prog(form, depth_body(depth, form))
    for first, change in ((NONE, ""), (LEAF, "update progs 0 leaf"), (NONE, "delete progs 0")):
        if change:
            case.step(change, 0)
        for form in FORMS:
            case.step("run %s arg1=50" % form, digits(first, depth))
    return case


LEVELS = 4


def every_level_body(form: str) -> List[str]:
    """Each function calls the next one, and then tail-calls its own slot; so does main."""
    body: List[str] = []
    for level in range(LEVELS):
        body += ["f%d:" % level] if level else []
        body += ["r6 = r1"]
        body += ["call f%d" % (level + 1), "r7 = r0"] if level + 1 < LEVELS else ["r7 = %d" % NONE]
        body += tail_call("progs", index_of(form, level, "r6"), "r6")
        body += ["r0 = r7", "r0 *= 10", "r0 += %d" % (level + 1), "exit"]
    return body


def every_level_result(filled: Sequence[int]) -> int:
    """From the inside out: a callee's result replaces what came from further in."""
    result = NONE
    for level in range(LEVELS - 1, -1, -1):
        result = 10 + level if level in filled else result * 10 + level + 1
    return result


def every_level_case(form: str) -> Case:
    """Tail calls at all levels at once, for every set of filled slots."""
    case = Case("func.every-level-%s" % form,
                "Main and three functions, each in the one before it, each with a tail call "
                "behind its call, for every set of filled slots: a callee replaces only the "
                "function that called it, what is further out goes on.",
                "tail_call.subprog.returns tail_call.subprog.main", RETURNS)
    case.made("map progs prog_array entries=%d" % LEVELS)
    for level in range(LEVELS):
        case.leaf("leaf%d" % level, 10 + level)
    case.prog("main", every_level_body(form))
    filled: List[int] = []
    # A Gray code: one slot changes from set to set.
    for number in range(1 << LEVELS):
        gray = number ^ number >> 1
        now = [level for level in range(LEVELS) if gray >> level & 1]
        for level in range(LEVELS):
            if level in now and level not in filled:
                case.step("update progs %d leaf%d" % (level, level), 0)
            if level in filled and level not in now:
                case.step("delete progs %d" % level, 0)
        filled = now
        case.step("run main", every_level_result(filled))
    return case


SPINS = ["r6 = r1", "r1 = spins[0] ll", "r2 = *(u64 *)(r1 + 0)", "r2 += 1",
         "*(u64 *)(r1 + 0) = r2"]
COUNTS = (0, 1, 2, 16, 32, 33, 34, 40)
HOP, SPIN, EMPTY, BUDGET_ENTRIES = 0, 1, 2, 3


def nested(depth: int, innermost: List[str]) -> List[str]:
    """Functions f1 ... that call each other; the innermost does what is given."""
    body: List[str] = []
    for i in range(1, depth):
        body += ["f%d:" % i, "call f%d" % (i + 1), "exit"]
    return body + ["f%d:" % depth] + innermost


def budget_main(depth: int, slot: int, form: str) -> List[str]:
    """arg1 times: call a function that tail-calls; then a chain that uses up what is left."""
    # A counter that is a constant in every round: older verifiers take a loop over functions whose
    # counter has a range for an endless one.
    return ["r6 = r1", "r7 = 0", "r8 = *(u64 *)(r1 + 8)", "again:", "if r7 == r8 goto spin",
            "if r7 == %d goto spin" % max(COUNTS), "r1 = r6", "call f1", "r7 += 1", "goto again",
            "spin:",
            *tail_call("progs", index_of(form, SPIN, "r6"), "r6"), "r0 = 2", "exit",
            *nested(depth, tail_call("progs", index_of(form, slot, "r1")) + ["r0 = 0", "exit"])]


def budget_case(depth: int, slot: int, form: str) -> Case:
    """Calls of a function whose tail call hits or misses, and what they leave for main."""
    hits = slot == HOP
    case = Case("func.budget-%s-depth-%d-%s" % ("hits" if hits else "misses", depth, form),
                "A function (%d deep) %s, 0 to 40 times; then main's own chain has %s. The "
                "budget is the run's, whoever spends it."
                % (depth, "tail-calls and gets back" if hits else "tail-calls an empty slot",
                   "what is left of the 33" if hits else "all 33"),
                "tail_call.limit tail_call.subprog.limit", HIERARCHY, "should")
    case.made("map progs prog_array entries=%d" % BUDGET_ENTRIES)
    case.made("map spins array value=8")
    case.made("map hops array value=8")
    case.prog("hop", ["r1 = hops[0] ll", "r2 = *(u64 *)(r1 + 0)", "r2 += 1",
                      "*(u64 *)(r1 + 0) = r2", "r0 = 0", "exit"])
    case.prog("spin", SPINS + tail_call("progs", index_of(form, SPIN, "r6"), "r6") +
              ["r0 = %d" % MISS, "exit"])
    case.prog("main", budget_main(depth, slot, form))
    case.step("update progs %d hop" % HOP, 0)
    case.step("update progs %d spin" % SPIN, 0)
    for count in COUNTS:
        spent = min(count, LIMIT) if hits else 0
        case.step("run main arg1=%d" % count, MISS if spent < LIMIT else 2)
        case.step("lookup spins 0", LIMIT - spent)
        case.step("lookup hops 0", spent)
        case.step("update spins 0 0", 0)
        case.step("update hops 0 0", 0)
    return case


def chain_case(form: str) -> Case:
    """A function's tail call begins a chain; it returns to main, which makes one of its own."""
    case = Case("func.budget-chain-%s" % form,
                "A function's tail call begins a chain of 1 to 34 programs; when it is back, main "
                "has the rest of the 33 for a chain of its own.",
                "tail_call.limit tail_call.subprog.limit", HIERARCHY, "should")
    case.made("map progs prog_array entries=%d" % BUDGET_ENTRIES)
    for name in ("left", "spins"):
        case.made("map %s array value=8" % name)
    case.prog("hop", ["r6 = r1", "r7 = left[0] ll", "r8 = *(u64 *)(r7 + 0)",
                      "if r8 == 0 goto out", "r8 -= 1", "*(u64 *)(r7 + 0) = r8",
                      *tail_call("progs", index_of(form, HOP, "r6"), "r6"),
                      "out:", "r0 = 0", "exit"])
    case.prog("spin", SPINS + tail_call("progs", index_of(form, SPIN, "r6"), "r6") +
              ["r0 = %d" % MISS, "exit"])
    case.prog("main", budget_main(1, HOP, form))
    case.step("update progs %d hop" % HOP, 0)
    case.step("update progs %d spin" % SPIN, 0)
    for more in (0, 1, 15, 31, 32, 33):
        spent = min(1 + more, LIMIT)
        case.step("update left 0 %d" % more, 0)
        case.step("run main arg1=1", MISS if spent < LIMIT else 2)
        case.step("lookup spins 0", LIMIT - spent)
        case.step("update spins 0 0", 0)
    return case


# What a node of a tree does, one after the other: f, g: call that function; m: tail-call itself.
TREES = ("fff", "fg", "fm", "ffm", "fgm", "mm", "mmm", "fmm")
CAP = 200  # what ends a tree where functions' calls do not count


def tree_body(shape: str, form: str) -> List[str]:
    """A program that reaches itself several times."""
    body = ["r6 = r1", "r7 = count[0] ll", "r8 = *(u64 *)(r7 + 0)", "if r8 >= %d goto stop" % CAP,
            "r8 += 1", "*(u64 *)(r7 + 0) = r8"]
    for what in shape:
        if what == "m":
            body += tail_call("progs", index_of(form, 0, "r6"), "r6")
        else:
            body += ["r1 = r6", "call %s" % what]
    body += ["stop:", "r0 = 1", "exit"]
    for name in sorted(set(shape) - {"m"}):
        body += ["%s:" % name] + tail_call("progs", index_of(form, 0, "r1")) + ["r0 = 0", "exit"]
    return body


def tree_case(shape: str, form: str) -> Case:
    """A tree of tail calls: 33 edges, whatever its shape."""
    case = Case("func.tree-%s-%s" % (shape, form),
                "A program that reaches itself on several ways (%s: f and g are functions that "
                "tail-call it, m is a tail call in main): 33 calls in all, whatever the shape. "
                "Where a function's calls do not count, a counter ends it at %d." % (shape, CAP),
                "tail_call.limit tail_call.subprog.limit", HIERARCHY, "should")
    case.made("map progs prog_array")
    case.made("map count array value=8")
    case.prog("self", tree_body(shape, form))
    case.step("update progs 0 self", 0)
    for _ in range(2):
        case.step("run self", 1)
        case.step("lookup count 0", LIMIT + 1)
        case.step("update count 0 0", 0)
    return case


MANY = 60


def many_case(form: str) -> Case:
    """A program of many functions, each with a tail call of its own."""
    case = Case("func.%d-functions-%s" % (MANY, form),
                "%d functions, each of which tail-calls its own slot: each is compiled by itself, "
                "with its own places to patch, and main adds up what came back." % MANY,
                "tail_call.direct tail_call.subprog.returns",
                "kernel/bpf/verifier.c jit_subprogs; kernel/bpf/arraymap.c prog_array_map_poke_run")
    body = ["r6 = r1", "r7 = 0"]
    for i in range(MANY):
        body += ["r1 = r6", "call f%d" % i, "r7 += r0"]
    body += ["r0 = r7", "exit"]
    for i in range(MANY):
        body += ["f%d:" % i] + tail_call("progs", index_of(form, i, "r1")) + ["r0 = 0", "exit"]
    case.made("map progs prog_array entries=%d" % MANY)
    case.leaf("one", 1)
    case.leaf("hundred", 100)
    case.prog("main", body)
    case.step("run main", 0)
    for i in range(0, MANY, 6):
        case.step("update progs %d one" % i, 0)
    case.step("run main", MANY // 6)
    case.step("update progs %d hundred" % (MANY - 1), 0)
    case.step("run main", MANY // 6 + 100)
    case.step("update progs 0 hundred", 0)
    case.step("run main", MANY // 6 + 199)
    for i in range(0, MANY, 6):
        case.step("delete progs %d" % i, 0)
    case.step("run main", 100)
    return case


def budgets() -> Iterator[Tuple[int, int, str]]:
    """Depth, slot and form of the budget cases."""
    for depth in (1, 7):
        for slot in (HOP, EMPTY):
            for form in FORMS:
                yield depth, slot, form


def cases() -> Iterator[Case]:
    """All of them."""
    for depth in range(1, 8):
        yield depth_case(depth)
    for form in FORMS:
        yield every_level_case(form)
    for form in FORMS:
        yield many_case(form)
    for depth, slot, form in budgets():
        yield budget_case(depth, slot, form)
    for form in FORMS:
        yield chain_case(form)
    for shape in TREES:
        for form in FORMS:
            yield tree_case(shape, form)


def text() -> str:
    """The file."""
    return case_file("Tail calls in local functions: depth, levels, budget.", cases())
