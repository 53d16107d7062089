# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Frames of different sizes across a tail call. A JIT takes the caller's frame down and puts up the
callee's; the kernel's interpreter has one stack for all, so which sizes follow each other matters
there (docs/findings.md).
"""
from typing import Iterator, List, Tuple

from tables_calls.budget import index_of
from tables_calls.stack import check, touch
from tables_calls.text import FORMS, Case, case_file, tail_call

SIZES = (0, 8, 16, 24, 248, 256, 504, 512)
SOURCE = "arch/x86/net/bpf_jit_comp.c emit_prologue, emit_bpf_tail_call_*; " \
    "kernel/bpf/core.c bpf_prog_select_func"


def body(name_slot: Tuple[int, str], size: int) -> List[str]:
    """A frame that is written to, a tail call, and a look at the frame where it fell through."""
    slot, form = name_slot
    return ["r6 = *(u64 *)(r1 + 8)", "r6 += %d" % size, *touch(size),
            *tail_call("progs", index_of(form, slot, "r1")),
            "r0 = %d" % (1000 + size), *check(size), "exit"]


def frames_case(form: str, smaller: bool) -> Case:
    """All pairs of caller and callee, the callee with no larger (or with a larger) frame."""
    case = Case("call.frames-%s-%s" % ("shrink" if smaller else "grow", form),
                "A caller and a callee with frames of %s sizes, and a third program that the "
                "callee fails to call: each has its whole frame, and finds in it what it wrote."
                % ("equal or shrinking" if smaller else "growing"),
                "tail_call.stack", SOURCE,
                needs="" if smaller else "!interp")
    case.made("map progs prog_array entries=2")
    for size in SIZES:
        case.prog("caller%d" % size, body((0, form), size))
        case.prog("callee%d" % size, body((1, form), size))
    for size in SIZES:
        case.step("run caller%d arg1=7" % size, 1000 + size)
    for callee in SIZES:
        case.step("update progs 0 callee%d" % callee, 0)
        for caller in SIZES:
            if (callee <= caller) == smaller:
                case.step("run caller%d arg1=7" % caller, 1000 + callee)
    return case


def cases() -> Iterator[Case]:
    """All of them."""
    for form in FORMS:
        for smaller in (True, False):
            yield frames_case(form, smaller)


def text() -> str:
    """The file."""
    return case_file("Frames of different sizes across a tail call. Growing ones are not for the\n"
                     "# interpreter of 6.12 to 7.3, which crashes (docs/findings.md).", cases())
