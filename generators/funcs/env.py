# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the programs of a case share, and how much stack each of their functions has."""
from typing import Dict, List, NamedTuple, Tuple

from core.draw import Draw
from graphs.env import Env
from graphs.shape import Shape

GLOBAL = " global"
SLOT = 8
LEAST = 4  # slots: keys of lookups, indices
STEP = 4   # slots: what frames count in before 6.8, and in interpreters
CALLERS = 256 // SLOT  # slots: all callers of a function that tail-calls have less
TOTAL = 512 // SLOT


def frames(draw: Draw, n_functions: int) -> List[int]:
    """
    The slots of main and of each function, where every function may call those behind it: within
    the limits in whichever steps frames count, and often just so.
    """
    between = LEAST * max(n_functions - 1, 0)
    most = CALLERS - STEP - between
    if n_functions == 1 and draw.percent(4):
        return [CALLERS - 2, LEAST]  # below the limit, but where frames count in steps of 32 bytes
    main = draw.weighted(((40, LEAST), (25, most), (35, draw.between(LEAST, most))))
    left = TOTAL - (main + STEP - 1) // STEP * STEP - between
    leaf = draw.weighted(((40, LEAST), (25, left), (35, draw.between(LEAST, left))))
    if not n_functions:
        return [main]
    return [main] + [LEAST] * (n_functions - 1) + [leaf]


class Stack(NamedTuple):
    """What of a program says how it gets on with the kernel's interpreter."""

    slots: int  # of main; functions have stacks of their own there
    n_functions: int
    tail_calls: bool

    @property
    def steps(self) -> int:
        """What main needs, as interpreters count."""
        return (self.slots + STEP - 1) // STEP

    def may_call_on(self) -> bool:
        """Whether it tail-calls, and interpreters take it: without functions, that is."""
        return self.tail_calls and not self.n_functions

    def overflows(self, caller: "Stack") -> bool:
        """Whether it writes beyond its caller's stack, which is all that it is given there."""
        is_taken = not (self.tail_calls and self.n_functions)
        return is_taken and caller.may_call_on() and self.steps > caller.steps


class FuncEnv(Env):
    """The case, while its programs are made."""

    def __init__(self, draw: Draw, shape: Shape) -> None:
        super().__init__(draw, shape)
        self.stack = ""
        # Functions that call on make many entries of few programs: few cases need all of them.
        self.budget = 200 if draw.percent(12) else draw.between(4, 20)
        self.prog_options = GLOBAL if draw.percent(20) else ""
        self.n_functions = 0
        self.uses: Dict[str, int] = {}
        self.stacks: List[Stack] = []  # of the programs that are made

    @property
    def needs(self) -> str:
        return "!interp" if any(callee.overflows(caller) for caller in self.stacks
                                for callee in self.stacks) else ""

    def use(self, what: str) -> None:
        """Count what becomes of a function's result."""
        self.uses[what] = self.uses.get(what, 0) + 1

    def set_frame(self, slots: int) -> None:
        """What is put on the stack from now on is in a frame of so many slots."""
        self.deepest = slots
        self.slots = tuple(sorted({2, 3, slots} | self._between(slots)))

    def _between(self, slots: int) -> "set[int]":
        return {self.draw.between(LEAST + 1, slots)} if slots > LEAST else set()

    @property
    def arguments(self) -> Tuple[int, ...]:
        """The registers that a function may have arguments in beside the context."""
        return () if self.prog_options else (2, 3, 4, 5)
