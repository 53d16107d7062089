# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The shape of a graph: how many programs and arrays, which program is in which slot, and at which
slots the call sites of each program aim. What the programs compute is no matter of this module.
"""
from typing import Callable, Dict, List, Optional, Sequence, Set, Tuple

from core.draw import Draw

# How often graphs have so many programs; every program costs a load.
N_PROGRAMS = ((10, 1), (30, 2), (52, 3), (44, 4), (28, 5), (18, 6), (8, 7), (4, 8), (2, 9), (4, 10),
              (1, 24), (1, 33), (1, 34), (1, 35), (1, 40))
MANY = 20  # programs: then they are mostly a chain, which meets the limit, or not quite
N_ARRAYS = ((45, 1), (38, 2), (17, 3))
MAX_SLOTS = 8  # and a few more where a single array has to hold many programs
MAX_SITES = 4

# Where a call goes: the number of an array and an index, which may be beyond the array.
Target = Tuple[int, int]


class Shape:
    """A graph before it is made of programs."""

    __slots__ = ("word", "n", "sizes", "fill", "sites", "thresholds", "_draw")

    def __init__(self, draw: Draw, n: int, sizes: List[int]) -> None:
        self._draw = draw
        self.word = ""
        self.n = n
        self.sizes = sizes
        self.fill: List[List[Optional[int]]] = [[None] * size for size in sizes]
        self.sites: List[List[Target]] = [[] for _ in range(n)]
        # After how many visits a program's calls stop; 0: they are not counted.
        self.thresholds: List[int] = [0] * n

    def slots_of(self, program: Optional[int]) -> List[Target]:
        """Where a program is; None: the empty slots."""
        return [(a, i) for a, slots in enumerate(self.fill)
                for i, p in enumerate(slots) if p == program]

    def place(self, program: int) -> Target:
        """A slot for a program: one that it has, an empty one, or else what there is."""
        have, free = self.slots_of(program), self.slots_of(None)
        if have and (not free or self._draw.percent(85)):
            return self._draw.pick(have)
        if not free:
            array = self._draw.below(len(self.sizes))
            return array, self._draw.below(self.sizes[array])
        array, index = self._draw.pick(free)
        self.fill[array][index] = program
        return array, index

    def edge(self, caller: int, callee: int) -> None:
        """A call site for an edge of the graph."""
        if len(self.sites[caller]) < MAX_SITES:
            self.sites[caller].append(self.place(callee))


def out_of_range(draw: Draw, size: int) -> int:
    """An index that an array of so many slots has not."""
    return draw.weighted((
        (40, size), (8, size + 1), (6, size + draw.below(1000)), (10, 1 << 31),
        (8, (1 << 31) - 1), (12, (1 << 32) - 1), (8, 1 << 31 | draw.below(size)),
        (4, 0xffff0000 | draw.below(size)), (4, 1 << draw.between(4, 31))))


def miss(draw: Draw, shape: Shape) -> Target:
    """A slot that is empty, or none at all."""
    free = shape.slots_of(None)
    if free and draw.percent(55):
        return draw.pick(free)
    array = draw.below(len(shape.sizes))
    return array, out_of_range(draw, shape.sizes[array])


def _random(draw: Draw, shape: Shape) -> None:
    for caller in range(shape.n):
        for _ in range(draw.weighted(((10, 0), (45, 1), (30, 2), (15, 3)))):
            shape.edge(caller, draw.below(shape.n))
        # A cycle of calls that nothing stops takes all there are: often enough, and not always.
        if draw.percent(72):
            shape.thresholds[caller] = draw.between(1, 5)


def _chain(draw: Draw, shape: Shape) -> None:
    for caller in range(shape.n - 1):
        shape.edge(caller, caller + 1)


def _ring(draw: Draw, shape: Shape) -> None:
    for caller in range(shape.n):
        shape.edge(caller, (caller + 1) % shape.n)
    # Programs of a ring stop it after some rounds, or near the limit of 33 calls, or never.
    how = draw.below(100)
    if how < 35:
        shape.thresholds[draw.below(shape.n)] = draw.between(1, 5)
    elif how < 65:
        at = draw.below(shape.n)
        shape.thresholds[at] = max(1, (33 - at) // shape.n + draw.between(-1, 2))


def _tree(draw: Draw, shape: Shape) -> None:
    for callee in range(1, shape.n):
        caller = (callee - 1) // 2 if draw.percent(70) else draw.below(callee)
        shape.edge(caller, callee)
    for caller in range(shape.n):
        shape.thresholds[caller] = draw.between(1, 2)


def _diamond(draw: Draw, shape: Shape) -> None:
    last = shape.n - 1
    for middle in range(1, last):
        shape.edge(0, middle)
        shape.edge(middle, last)
    shape.thresholds[0] = draw.between(1, 3)
    if draw.percent(40):
        shape.edge(last, 0)


def _hub(draw: Draw, shape: Shape) -> None:
    for leaf in range(1, shape.n):
        shape.edge(0, leaf)
        if draw.percent(80):
            shape.edge(leaf, 0)
    if draw.percent(70):
        shape.thresholds[0] = draw.between(2, 8)


def _loops(draw: Draw, shape: Shape) -> None:
    for caller in range(shape.n):
        shape.edge(caller, caller)
        shape.thresholds[caller] = draw.pick((0, 0, 1, 2, 5, 31, 32, 33, 34))
        if caller + 1 < shape.n:
            shape.edge(caller, caller + 1)


_Builder = Callable[[Draw, Shape], None]

# A shape, how often it is drawn, and the least number of programs that it needs.
SHAPES: Dict[str, Tuple[int, int, _Builder]] = {
    "random graph": (40, 1, _random),
    "chain": (10, 2, _chain),
    "ring": (13, 2, _ring),
    "tree": (12, 3, _tree),
    "diamond": (8, 4, _diamond),
    "hub": (9, 3, _hub),
    "self loops": (8, 1, _loops),
}


LOOPING = ("ring", "self loops")


def make_shape(draw: Draw, n_programs: Sequence[Tuple[int, int]] = N_PROGRAMS) -> Shape:
    """A graph of one of these numbers of programs, each with its weight."""
    n = draw.weighted(n_programs)
    sizes = [draw.between(1, MAX_SLOTS) for _ in range(draw.weighted(N_ARRAYS))]
    while sum(sizes) < n and draw.percent(90):  # mostly there is room for every program
        sizes[draw.below(len(sizes))] += 1
    shape = Shape(draw, n, sizes)
    fitting = [(weight, word) for word, (weight, least, _) in SHAPES.items() if least <= n]
    if n > MANY and draw.percent(50):
        fitting = [(1, "chain")]
    shape.word = draw.weighted(fitting)
    SHAPES[shape.word][2](draw, shape)
    _add_misses(draw, shape)
    _add_fill(draw, shape)
    return shape


def _add_misses(draw: Draw, shape: Shape) -> None:
    """
    Sites that find nothing, before, between and behind the others; more of them where there are
    calls enough to reach the limit, for what a miss costs shows there.
    """
    chance = draw.pick((0, 30, 60) if shape.word in LOOPING else (0, 15, 30, 45))
    for sites in shape.sites:
        while draw.percent(chance) and len(sites) < MAX_SITES:
            sites.insert(draw.below(len(sites) + 1), miss(draw, shape))
    free = shape.slots_of(None)
    if free and draw.percent(65 if shape.word in LOOPING else 12):
        shape.sites[draw.below(shape.n)].insert(0, draw.pick(free))


def _add_fill(draw: Draw, shape: Shape) -> None:
    """Programs in slots that no edge of the graph needs, except where a site wants it empty."""
    wanted: Set[Target] = {target for sites in shape.sites for target in sites}
    chance = draw.pick((0, 20, 50))
    for array, index in shape.slots_of(None):
        if (array, index) not in wanted and draw.percent(chance):
            shape.fill[array][index] = draw.below(shape.n)
