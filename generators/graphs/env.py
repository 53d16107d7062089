# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What the programs of a case share: their type, the maps, and where registers are."""
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from core.draw import Draw
from core.ir import Node
from core.words import AddWord, Address, LoadWord, Lookup, StoreWord
from graphs.shape import Shape

PROG_TYPES = ((62, "socket_filter"), (20, "sched_cls"), (18, "xdp"))

STATE, LOG, TABLE = "state", "log", "table"
ACC, ENTRIES, VISITS = 0, 1, 2  # words of the state; from VISITS on one for each program
LOG_CAPACITY = 47
MAX_CELLS = 6

CTX_READ = ("mark", "priority", "cb0", "cb1", "cb2", "cb3", "cb4")
CTX_WRITE = {
    "socket_filter": ("cb0", "cb1", "cb2", "cb3", "cb4"),
    "sched_cls": ("mark", "priority", "cb0", "cb1", "cb2", "cb3", "cb4"),
    "xdp": (),
}


# Stack slots of 8 bytes; slot 1 is the key of lookups. The interpreter of kernels from 6.12 on (not
# of 6.1) gives a program that was tail-called no more stack than the run's first program needs, in
# steps of 32 bytes, and what is written beyond crashes the kernel. So the programs of a case stay
# within 32 bytes, or all need the same, or the case does not go to that interpreter.
SMALL, SAME, MIXED = "small", "same", "mixed"
STACKS = ((52, SMALL), (40, SAME), (8, MIXED))
SMALL_SLOTS = (2, 3)
INDEX_SLOT = 4
LARGE_SLOTS = (5, 6, 8, 16, 32, 63, 64)


class Cell(NamedTuple):
    """A number in an array map from which an index is made: so much is added to the index."""

    map: str
    key: int
    bias: int
    array: int


class Env:
    """The case, while its programs are made."""

    prog_options = ""

    def __init__(self, draw: Draw, shape: Shape) -> None:
        self.draw = draw
        self.shape = shape
        self.prog_type = draw.weighted(PROG_TYPES)
        self.arrays = list("abc"[:len(shape.sizes)])
        self.budget = 200 if draw.percent(93) else draw.between(4, 40)
        self.log_misses = draw.percent(50)
        self.in_table = draw.percent(60)
        self.stack = draw.weighted(STACKS)
        # The deepest slot where all programs have the same; and those for the accumulator.
        self.deepest = draw.pick(LARGE_SLOTS)
        self.slots = SMALL_SLOTS
        if self.stack == SAME:
            self.slots += tuple(slot for slot in LARGE_SLOTS if slot <= self.deepest)
        elif self.stack == MIXED:
            self.slots += LARGE_SLOTS
        self.cells: List[Cell] = []
        self.cell_values: Dict[Cell, int] = {}
        self.ctx_read: Set[str] = set()
        # How the call sites find their index, as the programs are made; and how many there are.
        self.n_direct = self.n_indirect = 0

    @property
    def needs(self) -> str:
        """On which engines the case can run."""
        return "!interp" if self.stack == MIXED else ""

    @property
    def is_skb(self) -> bool:
        """Has the context of these programs mark and cb?"""
        return self.prog_type != "xdp"

    def new_cell(self, array: int, bias: int, value: int) -> Optional[Cell]:
        """Another number in memory; None if there are enough."""
        if len(self.cells) >= (MAX_CELLS if self.in_table else 2):
            return None
        n = len(self.cells)
        name, key = (TABLE, n) if self.in_table else ("cell%d" % n, 0)
        cell = Cell(name, key, bias, array)
        self.cells.append(cell)
        self.cell_values[cell] = value
        return cell

    def load_cell(self, dst: int, cell: Cell) -> List[Node]:
        """The number in a register; r0 to r5 are used up."""
        if self.in_table:
            return [Lookup(dst, cell.map, cell.key, default=self.draw.below(4))]
        return [Address(1, cell.map), LoadWord(dst, 1, cell.map, 0)]

    def value_maps(self) -> List[Tuple[str, int, int]]:
        """The array maps: name, size of a value, entries."""
        maps = [(STATE, 8 * (VISITS + self.shape.n), 1), (LOG, 8 * (LOG_CAPACITY + 1), 1)]
        if self.in_table and self.cells:
            maps.append((TABLE, 8, len(self.cells)))
        elif self.cells:
            maps += [(cell.map, 8, 1) for cell in self.cells]
        return maps


class Frame:
    """One program: its number and the registers that live across calls."""

    __slots__ = ("number", "acc", "state", "visits", "ctx", "spills")

    def __init__(self, env: Env, number: int) -> None:
        regs = [6, 7, 8, 9]
        # Usually as a person would; else any, for a JIT saves them one by one.
        if env.draw.percent(40):
            env.draw.shuffle(regs)
        self.number = number
        self.ctx, self.acc, self.state = regs[:3]
        counts = env.shape.thresholds[number] > 0 or env.draw.percent(70)
        self.visits: Optional[int] = regs[3] if counts else None
        self.spills: List[int] = []

    def load(self, dst: int, word: int) -> LoadWord:
        """A word of the state."""
        return LoadWord(dst, self.state, STATE, word)

    def store(self, src: int, word: int) -> StoreWord:
        """A word of the state, written."""
        return StoreWord(src, self.state, STATE, word)

    def add(self, src: int, word: int) -> AddWord:
        """A word of the state, added to in one step."""
        return AddWord(src, self.state, STATE, word)
