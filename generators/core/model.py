# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The model: what running a graph of programs must give, by the rules of tail calls alone. It knows
neither kernel nor reference, so that what it says is a third opinion.

The rules: a run may take 33 tail calls. The index is the low 32 bits of r3. An index at or behind
the array's end, an empty slot and a spent limit let the call fall through, and none of these uses
up the limit. A call that succeeds does not come back.
"""
from collections import defaultdict
from typing import TYPE_CHECKING, DefaultDict, Dict, List, Optional, Sequence

from core.alu import U32, operand

if TYPE_CHECKING:
    from core.ir import Node

TAIL_CALL_LIMIT = 33

HIT, EMPTY, RANGE, LIMIT = "hit", "empty", "range", "limit"


class ModelError(Exception):
    """A generated program does what is undefined: a fault of its generator."""


class Machine:
    """The maps of a case, and the registers and stack of the program that runs."""

    __slots__ = ("programs", "arrays", "values", "ctx", "regs", "stack", "pointer", "calls",
                 "empties", "target", "result", "events", "path", "packet", "packet_from",
                 "hashes")

    def __init__(self, programs: Sequence[Sequence["Node"]], arrays: Dict[str, int],
                 values: Dict[str, int]) -> None:
        self.programs = [[node.run for node in program] for program in programs]
        # What is in each slot: the number of a program, or None.
        self.arrays: Dict[str, List[Optional[int]]] = {
            name: [None] * entries for name, entries in arrays.items()}
        # Array maps, as 64-bit words.
        self.values: Dict[str, List[int]] = {name: [0] * n for name, n in values.items()}
        self.ctx: Dict[str, int] = {}
        self.regs: List[Optional[int]] = [None] * 10
        self.stack: Dict[int, int] = {}
        self.pointer: Optional[str] = None  # the array that r2 points to
        self.calls = 0
        self.empties = 0  # calls to empty slots in this run, which older kernels count too
        self.target: Optional[int] = None
        self.result = 0
        self.events: DefaultDict[str, int] = defaultdict(int)
        self.path: List[int] = []
        self.packet = bytearray(64)
        self.packet_from = 0  # where the programs see it begin
        self.hashes: Dict[str, Dict[int, int]] = {}  # hash maps, of words

    def get(self, reg: int) -> int:
        """A register that must have a value."""
        value = self.regs[reg]
        if value is None:
            raise ModelError("r%d is read and has no value" % reg)
        return value

    def count(self, event: str) -> None:
        """Note that something happened, for statistics."""
        self.events[event] += 1

    def clobber(self) -> None:
        """After a call r0 to r5 are undefined."""
        self.regs[0:6] = [None] * 6
        self.pointer = None

    def tail_call(self) -> str:
        """Try the call that r2 and r3 stand for; target is set if it succeeds."""
        if self.pointer is None:
            raise ModelError("r2 is no array")
        index = operand(self.regs[3]) & U32
        slots = self.arrays[self.pointer]
        outcome = HIT
        if index >= len(slots):
            outcome = RANGE
        elif self.calls >= TAIL_CALL_LIMIT:
            outcome = LIMIT
        elif slots[index] is None:
            outcome = EMPTY
        if outcome == HIT:
            if self.calls + self.empties >= TAIL_CALL_LIMIT:
                self.count("hit after empty")
            self.calls += 1
            self.target = slots[index]
        else:
            self.empties += outcome == EMPTY
            self.clobber()
        return outcome

    def run(self, entry: int, repeat: int = 1) -> int:
        """The return value (32 bits) of the last of so many runs. Maps and context stay."""
        for _ in range(repeat):
            self.calls = self.empties = 0
            at: Optional[int] = entry
            while at is not None:
                at = self.enter(at)
        return self.result & U32

    def enter(self, program: int) -> Optional[int]:
        """Run a program; which one it tail-calls, if it does."""
        self.path.append(program)
        self.regs = [None] * 10
        self.stack = {}
        self.pointer = None
        self.target = None
        for run in self.programs[program]:
            if run(self):
                return self.target
        raise ModelError("program %d has no exit" % program)
