# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Numbers with which instructions go wrong, if they do: those at the edges, and any."""
from typing import Tuple

from core.alu import U64, signed
from core.draw import Draw


def _limits(bits: Tuple[int, ...]) -> Tuple[int, ...]:
    """The least and the greatest number with and without a sign, and the neighbours."""
    return tuple(n for b in bits for n in (
        -1 << (b - 1), (1 << (b - 1)) - 1, 1 << (b - 1), (1 << b) - 1, 1 << b, (-1 << (b - 1)) - 1))


LIMITS64 = tuple(n & U64 for n in _limits((8, 16, 32, 64)))
LIMITS32 = tuple(n for n in _limits((8, 16, 32)) if -1 << 31 <= n < 1 << 31)


def number64(draw: Draw) -> int:
    """A number of 64 bits without a sign."""
    kind = draw.below(20)
    if kind < 4:
        return (0, 0, 1, U64)[kind]
    if kind < 9:
        n = (1 << draw.below(64)) + draw.between(-1, 1)
        return (-n if draw.percent(30) else n) & U64
    if kind < 13:
        return draw.pick(LIMITS64)
    if kind < 15:
        return draw.between(2, 70)
    if kind < 16:
        return draw.word()
    if kind < 17:
        return draw.word() << 32
    return draw.word64()


def number32(draw: Draw) -> int:
    """A number of 32 bits with a sign."""
    kind = draw.below(20)
    if kind < 3:
        return kind - 1
    if kind < 8:
        n = (1 << draw.below(32)) + draw.between(-1, 1)
        return signed(-n if draw.percent(30) else n, 32)
    if kind < 12:
        return draw.pick(LIMITS32)
    if kind < 14:
        return draw.between(2, 70)
    return signed(draw.word(), 32)
