# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""How much stack the callers of a function with a tail call may have: less than 256 bytes."""
from typing import Iterator, List, Sequence

from tables_calls.text import FORMS, Case, case_file, tail_call
from tables_calls.budget import index_of

SOURCE = "kernel/bpf/verifier.c check_max_stack_depth_subprog, round_up_stack_depth"
CALLERS_MAX, TOTAL_MAX, STEP = 256, 512, 16

# Frames from main on; the last is that of the function that makes the tail call.
ONE_CALLER = [(s, 0) for s in (0, 8, 208, 224, 225, 232, 240, 241, 248, 255, 256, 264, 512)]
TWO_CALLERS = [
    (112, 112, 8), (112, 128, 8), (128, 112, 8), (120, 120, 8), (113, 112, 8), (128, 128, 8),
    (240, 0, 8), (0, 240, 8), (8, 224, 8), (8, 232, 8), (100, 140, 8), (97, 144, 8), (96, 144, 8),
    (1, 1, 8), (255, 1, 8), (1, 255, 8),
]
TOTALS = [
    (0, 512), (8, 496), (8, 497), (16, 496), (224, 288), (240, 272), (240, 273), (240, 264),
    (112, 128, 272), (112, 128, 280), (64, 64, 64, 320), (64, 64, 64, 328),
]
DEEP = [
    (32,) * 7 + (8,), (33,) * 7 + (8,), (8,) * 7 + (288,), (8,) * 7 + (400,), (8,) * 7 + (401,),
    (0,) * 7 + (512,), (128, 0, 0, 0, 0, 0, 112, 8), (128, 0, 0, 0, 0, 0, 120, 8),
    (48, 48, 48, 48, 48, 8), (48, 48, 48, 48, 48, 48, 8),
]


def rounded(size: int) -> int:
    """What a frame counts for."""
    return (size + STEP - 1) // STEP * STEP


def accepted(frames: Sequence[int]) -> bool:
    """The two limits: of the callers', and of all."""
    sizes = [rounded(size) for size in frames]
    return sum(sizes[:-1]) < CALLERS_MAX and sum(sizes) <= TOTAL_MAX


def touch(size: int) -> List[str]:
    """Write to the far end of a frame of so many bytes: the frame's size is where that is."""
    if size == 0:
        return []
    if size % 8:
        return ["*(u8 *)(r10 - %d) = r6" % size]
    return ["*(u64 *)(r10 - %d) = r6" % size]


def check(size: int) -> List[str]:
    """Add to r0 what differs there from what was written."""
    if size == 0:
        return []
    if size % 8:
        return ["r1 = *(u8 *)(r10 - %d)" % size, "r6 &= 255", "r1 -= r6", "r0 += r1"]
    return ["r1 = *(u64 *)(r10 - %d)" % size, "r1 -= r6", "r0 += r1"]


def frames_body(frames: Sequence[int], form: str) -> List[str]:
    """main and functions with frames of these sizes; the last tail-calls."""
    body: List[str] = []
    last = len(frames) - 1
    for i, size in enumerate(frames):
        body += ["f%d:" % i] if i else []
        body += ["r6 = *(u64 *)(r1 + 8)", "r6 += %d" % i] + touch(size)
        if i == last:
            body += tail_call("progs", index_of(form, 0, "r1"))
            body += ["r0 = 5"] + check(size) + ["exit"]
        else:
            body += ["call f%d" % (i + 1), "r0 += 10"] + check(size) + ["exit"]
    return body


def frames_case(name: str, about: str, rows: Sequence[Sequence[int]], form: str) -> Case:
    """Programs that load or do not, and what those do that load."""
    case = Case("func.stack-%s-%s" % (name, form), about,
                "tail_call.subprog.stack tail_call.subprog.stack_of_callers", SOURCE, "should")
    case.made("map progs prog_array")
    case.prog("leaf", ["r6 = -1", "*(u64 *)(r10 - 8) = r6", "*(u64 *)(r10 - 256) = r6",
                       "*(u64 *)(r10 - 512) = r6", "r0 = 1000", "exit"])
    named = [("p%s" % "_".join(map(str, frames)), frames) for frames in rows]
    for prog, frames in named:
        case.prog(prog, frames_body(frames, form), expect="" if accepted(frames) else "EACCES")
    good = [(prog, frames) for prog, frames in named if accepted(frames)]
    for result, change in ((5, ""), (1000, "update progs 0 leaf"), (5, "delete progs 0")):
        if change:
            case.step(change, 0)
        for prog, frames in good:
            case.step("run %s arg1=77" % prog, result + 10 * (len(frames) - 1))
    return case


TABLES = (
    ("one-caller", "The frame of a function's caller may have up to 240 bytes, if the function "
     "makes a tail call: frames count in steps of 16 (or 32), and 256 are too many. The documents "
     "say that there are 256 in all; it is the callers', and less than 256.", ONE_CALLER),
    ("two-callers", "With two callers it is the sum of their frames, each rounded up, that must "
     "be below 256.", TWO_CALLERS),
    ("total", "All frames together may have 512 bytes, as without tail calls: the function's own "
     "frame is not in the 256.", TOTALS),
    ("deep", "Seven callers, the most there may be: the same sums.", DEEP),
)


def main_only_case(form: str) -> Case:
    """The rule is about functions that tail-call; main's own tail call is not concerned."""
    case = Case("func.stack-of-main-%s" % form,
                "The rule of 256 bytes is not for main: a program whose main tail-calls, and whose "
                "functions do not, may use all 512.", "tail_call.subprog.stack", SOURCE)
    case.made("map progs prog_array")
    case.leaf("leaf", 1000)
    rows = ((256, 256), (400, 112), (496, 16), (512, 0))
    for size, inner in rows:
        case.prog("p%d_%d" % (size, inner), [
            "r7 = r1", "r6 = *(u64 *)(r1 + 8)", *touch(size), "call f", "r8 = r0",
            *tail_call("progs", index_of(form, 0, "r7"), "r7"), "r0 = r8", *check(size), "exit",
            "f:", "r6 = *(u64 *)(r1 + 8)", *touch(inner), "r0 = 5", *check(inner), "exit"])
    for result, change in ((5, ""), (1000, "update progs 0 leaf")):
        if change:
            case.step(change, 0)
        for size, inner in rows:
            # Where frames count in steps of 32 and at least one, 512 and a function are too many.
            case.step("run p%d_%d arg1=77" % (size, inner), result)
    return case


def cases() -> Iterator[Case]:
    """All of them."""
    for name, about, rows in TABLES:
        yield frames_case(name, about, rows, "direct")
    for form in FORMS:
        yield main_only_case(form)


def text() -> str:
    """The file."""
    return case_file("The stack of a function's callers, where the function tail-calls.", cases())
