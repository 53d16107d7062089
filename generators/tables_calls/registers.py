# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Registers r6 to r9 across tail calls. A JIT saves those that a function uses, on the stack, and must
take back just these before it jumps into another program: so every set of them is used.
"""
from typing import Iterator, List, Sequence

from tables_calls.budget import index_of
from tables_calls.text import FORMS, MASK64, Case, case_file, tail_call

SOURCE = "arch/x86/net/bpf_jit_comp.c push_callee_regs, pop_callee_regs, emit_bpf_tail_call_*"
REGS = (6, 7, 8, 9)
FACTORS = {6: 1, 7: 3, 8: 5, 9: 7}
SETS: Sequence[Sequence[int]] = tuple(
    tuple(r for i, r in enumerate(REGS) if n >> i & 1) for n in range(16))
# Some of them: where all pairs are tried, or nothing but the index differs.
PAIRED: Sequence[Sequence[int]] = ((), (6,), (9,), (6, 7), (8, 9), (7, 8, 9), (6, 7, 8, 9))
SEED = 0x8123456789abcdef
ARG = "arg1=%d" % SEED


def used(regs: Sequence[int]) -> str:
    """A name for a set."""
    return "".join(map(str, regs)) or "none"


def fill(regs: Sequence[int], add: int = 0) -> List[str]:
    """Every register gets another 64-bit number, made of arg1; r1 is the context."""
    body = ["r2 = *(u64 *)(r1 + 8)"]
    for reg in regs:
        body += ["r%d = r2" % reg, "r%d *= %d" % (reg, reg + add)]
    return body


def fold(regs: Sequence[int], stack: bool) -> List[str]:
    """r0 = a sum that shows any change in the upper or lower half of any of them."""
    body = ["r0 = *(u64 *)(r10 - 8)"] if stack else ["r0 = 0"]
    for reg in regs:
        body += ["r%d *= %d" % (reg, FACTORS[reg]), "r0 += r%d" % reg]
    return body + ["r1 = r0", "r1 >>= 32", "r0 ^= r1"]


def folded(regs: Sequence[int], stack: bool, add: int = 0) -> int:
    """What a run gives then: the lower 32 bits."""
    total = SEED if stack else 0
    for reg in regs:
        total += SEED * (reg + add) * FACTORS[reg]
    total &= MASK64
    return (total ^ total >> 32) & 0xffffffff


def spoil(case: Case) -> None:
    """Callees: one uses nothing, one overwrites every register and much stack."""
    case.leaf("idle", 7)
    case.prog("busy", ["r%d = -1" % reg for reg in REGS] +
              ["*(u64 *)(r10 - %d) = r6" % off for off in (8, 16, 64, 256)] +
              ["r0 = 7", "exit"])


def inner_case(form: str, outer_varies: bool) -> Case:
    """main and a function that tail-calls; one of them uses all registers, one every set."""
    case = Case("func.saved-registers-%s-%s" % ("main" if outer_varies else "function", form),
                "Main calls a function that tail-calls; main uses %s and the function %s, the "
                "callee nothing or all: main's registers and stack are whole after a miss and "
                "after a hit."
                % (("many sets of r6 to r9", "all") if outer_varies
                   else ("all of r6 to r9", "many sets")),
                "tail_call.subprog.registers", SOURCE)
    case.made("map progs prog_array")
    spoil(case)
    sets = SETS if form == "direct" else PAIRED  # the same code, but for the index
    for regs in sets:
        outer, inner = (regs, REGS) if outer_varies else (REGS, regs)
        case.prog("main%s" % used(regs), [
            *fill(outer), "*(u64 *)(r10 - 8) = r2", "call f", *fold(outer, True), "exit",
            "f:", *fill(inner, 10), *tail_call("progs", index_of(form, 0, "r1")),
            "r0 = 0", *["r0 += r%d" % reg for reg in inner], "exit"])
    for change in ("", "update progs 0 idle", "update progs 0 busy", "delete progs 0"):
        if change:
            case.step(change, 0)
        for regs in sets:
            case.step("run main%s %s" % (used(regs), ARG),
                      folded(regs if outer_varies else REGS, True))
    return case


def pair_case(form: str, stack: bool) -> Case:
    """A caller with one set, and a callee with another, which misses a call of its own."""
    case = Case("call.saved-registers-%s-%s" % ("stack" if stack else "bare", form),
                "A caller and a callee that use many pairs of sets of r6 to r9%s; the callee "
                "tries a tail call too, misses, and still has its own."
                % (" and stack" if stack else ""),
                "tail_call.hit tail_call.miss.registers", SOURCE)
    keep = ["*(u64 *)(r10 - 8) = r2"] if stack else []
    case.made("map progs prog_array entries=2")
    for regs in PAIRED:
        for name, slot, add in (("caller", 0, 10), ("callee", 1, 0)):
            case.prog("%s%s" % (name, used(regs)), [
                *fill(regs, add), *keep, *tail_call("progs", index_of(form, slot, "r1")),
                *fold(regs, stack), "exit"])
    for regs in PAIRED:
        case.step("run caller%s %s" % (used(regs), ARG), folded(regs, stack, 10))
    for regs in PAIRED:
        case.step("update progs 0 callee%s" % used(regs), 0)
        for caller in PAIRED:
            case.step("run caller%s %s" % (used(caller), ARG), folded(regs, stack))
    return case


def cases() -> Iterator[Case]:
    """Those with functions."""
    for form in FORMS:
        for outer_varies in (False, True):
            yield inner_case(form, outer_varies)


def call_cases() -> Iterator[Case]:
    """Those without."""
    for form in FORMS:
        for stack in (False, True):
            yield pair_case(form, stack)


def text() -> str:
    """The file of those with functions."""
    return case_file("Registers across a function that tail-calls.", cases())


def call_text() -> str:
    """The file of those without."""
    return case_file("Registers across tail calls in programs without functions.", call_cases())
