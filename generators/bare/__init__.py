# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Random instructions without maps and helpers: what a program is given are its arguments, what it
gives is r0. The simplest of runtimes can run them, as can plugins of the suite bpf_conformance.
"""
from typing import Dict, Tuple

from bare.program import ARGS, N_ARGS, BareLayout, BareMaker
from core.case import CaseText, case_head
from core.draw import Draw
from core.ir import listing
from core.model import Machine
from isa.numbers import number64
from isa.scenario import KERNELS, NEWER

NAME = "bare"
VERSION = 1
ABOUT = "random instructions on registers and stack, without maps"


def make(draw: Draw, name: str) -> Tuple[str, Dict[str, int]]:
    """The text of one case, and numbers for statistics."""
    counts: Dict[str, int] = {}
    layout = BareLayout(draw, draw.weighted(NEWER))
    program = BareMaker(draw, layout, counts).whole(draw.between(4, 36))
    machine = Machine([program], {}, {ARGS: N_ARGS})
    text = CaseText()
    text.program("prog p raw_tracepoint", listing(program))
    text.blank()
    rounds = draw.between(2, 4)
    for _ in range(rounds):
        args = [number64(draw) for _ in range(N_ARGS)]
        machine.values[ARGS][:] = args
        # All of them, zeros too: a runtime has as much memory as it is given.
        step = "run p " + " ".join("arg%d=%d" % arg for arg in enumerate(args))
        text.step(step, machine.run(0))
    newer = "".join("; with %s of %s" % (word, KERNELS[word]) for word in layout.newer)
    about = "Random instructions without a map: %d operations, with %d sets of arguments%s." % (
        counts["operations"], rounds, newer)
    facts = {**counts, **machine.events, "rounds": rounds, "stack slots": len(layout.slots)}
    for word in layout.newer or ("5.10",):
        facts["with " + word] = 1
    return case_head(name, [about]) + text.text(), facts
