# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
How the index of a tail call comes into r3. Constant on every path, so that a JIT can make a jump
of the call (direct), or known only at run time (indirect), and in both cases with or without bits
above the low 32, which do not count.
"""
from typing import Callable, List, NamedTuple, Tuple

from core.alu import U32, U64, signed
from core.control import Fork, SkipIf
from core.ir import Alu, Const, Neg, Node, Wide, mov
from core.words import Fill, LoadCtx, Spill
from graphs.arith import condition, number
from graphs.env import CTX_READ, INDEX_SLOT, Env, Frame
from graphs.shape import Target, miss, out_of_range

DIRECT, INDIRECT = "direct", "indirect"
R = 3


class Index(NamedTuple):
    """Instructions that leave an index in r3."""

    nodes: List[Node]
    kind: str
    # No register below r3 is touched: r1 and r2 can be made ready before.
    alone: bool = True


def constant(env: Env, index: int) -> Node:
    """r3 = index, in one of the ways to say it."""
    draw = env.draw
    if draw.percent(15):
        return Wide(R, index)
    if index < 1 << 31:
        return Const(R, index, is_w=draw.percent(20))
    return Const(R, signed(index, 32), is_w=draw.percent(50))


def _computed(env: Env, index: int) -> List[Node]:
    """A constant by arithmetic that a verifier can follow."""
    draw = env.draw
    is_w = draw.percent(50)
    how = draw.below(3)
    if how == 0:
        k = draw.between(1, 100)
        return [Const(R, signed(index - k, 32), is_w=is_w), Alu(R, "+=", k, is_w=is_w)]
    if how == 1:
        k = signed(draw.word(), 32)
        return [Const(R, signed(index ^ k, 32)), Alu(R, "^=", k, is_w=is_w)]
    shift = draw.between(1, 24)
    return [Wide(R, index << shift | draw.below(1 << shift)), Alu(R, ">>=", shift)]


def _direct(env: Env, frame: Frame, target: Target) -> Index:
    draw, index = env.draw, target[1]
    how = draw.below(20)
    if how < 13:
        return Index([constant(env, index)], DIRECT)
    if how < 16:
        return Index(_computed(env, index), DIRECT)
    if how < 18:
        return Index([constant(env, index), Spill(INDEX_SLOT, R), Fill(R, INDEX_SLOT)], DIRECT)
    # The same on both paths.
    before, cond = condition(env, frame)
    fork = Fork(cond, [Const(R, signed(index, 32), is_w=True)],
                [Const(R, signed(index, 32), is_w=True)])
    return Index(before + [fork], DIRECT)


def _upper(env: Env, frame: Frame, target: Target) -> Index:
    draw, index = env.draw, target[1]
    high = draw.pick((1, 1 << 31, U32, draw.word() or 1))
    if draw.percent(60):
        return Index([Wide(R, high << 32 | index)], INDIRECT)
    return Index([constant(env, index), Wide(2, high << 32), Alu(R, "|=", src=2)], INDIRECT,
                 alone=False)


def _two(env: Env, frame: Frame, target: Target) -> Index:
    """Another constant on another path."""
    draw = env.draw
    array, index = target
    size = env.shape.sizes[array]
    other = out_of_range(draw, size) if draw.percent(15) else draw.below(size)
    before, cond = condition(env, frame)
    if draw.percent(50):
        return Index([constant(env, index)] + before + [SkipIf(cond, [constant(env, other)])],
                     INDIRECT)
    return Index(before + [Fork(cond, [constant(env, index)], [constant(env, other)])], INDIRECT)


def _memory(env: Env, frame: Frame, target: Target) -> Index:
    """From an array map, with something added and anything in the upper half."""
    draw = env.draw
    array, index = target
    bias = draw.pick((0, 0, 1, 100, draw.word()))
    value = (index + bias) & U32
    if draw.percent(40):
        value |= draw.word() << 32
    cell = env.new_cell(array, bias, value)
    if cell is None:
        same = [c for c in env.cells if c.array == array]
        if not same:
            return _two(env, frame, target)
        cell = draw.pick(same)
    nodes = env.load_cell(R, cell)
    if cell.bias:
        nodes.append(Alu(R, "-=", signed(cell.bias, 32), is_w=draw.percent(50)))
    return Index(nodes, INDIRECT, alone=False)


def _confine(env: Env, size: int) -> List[Node]:
    """Make a number something near an index."""
    draw = env.draw
    how = draw.below(10)
    if how < 4:
        return [Alu(R, "%=", draw.pick((size, size, size + 1)), is_w=draw.percent(40))]
    if how < 8:
        return [Alu(R, "&=", draw.pick((1, 3, 7)), is_w=draw.percent(40))]
    if how < 9:
        return [Alu(R, "<<=", 32 - 3), Alu(R, ">>=", 32 - 3), Alu(R, "&=", 7)]
    return [Alu(R, "&=", 7), Alu(R, "-=", draw.between(1, 3), is_w=draw.percent(50))]


def _finish(env: Env, nodes: List[Node]) -> Index:
    if not env.draw.percent(20):
        return Index(nodes, INDIRECT)
    nodes += [Wide(2, env.draw.word64() & U64 ^ env.draw.below(1 << 32)), Alu(2, ">>=", 32),
              Alu(2, "<<=", 32), Alu(R, "|=", src=2)]
    return Index(nodes, INDIRECT, alone=False)


def _visits(env: Env, frame: Frame, target: Target) -> Index:
    """By how often the program was entered."""
    draw = env.draw
    if frame.visits is None:
        return _accumulator(env, frame, target)
    size = env.shape.sizes[target[0]]
    nodes: List[Node] = [mov(R, frame.visits, is_w=draw.percent(30))]
    how = draw.below(10)
    if how < 3:
        # Up from the slot before the first: the first index is 2^32 - 1, or 2^64 - 1.
        nodes.append(Alu(R, "-=", draw.between(1, 3), is_w=draw.percent(50)))
    elif how < 4:
        nodes += [Neg(R, is_w=draw.percent(50)), Alu(R, "+=", size, is_w=draw.percent(50))]
    elif how < 9:
        nodes += _confine(env, size)
    return _finish(env, nodes)


def _accumulator(env: Env, frame: Frame, target: Target) -> Index:
    """By what was computed so far."""
    draw = env.draw
    size = env.shape.sizes[target[0]]
    nodes: List[Node] = [mov(R, frame.acc, is_w=draw.percent(20))]
    if draw.percent(60):
        is_w = draw.percent(40)
        nodes.append(Alu(R, draw.pick((">>=", "s>>=")), draw.below(32 if is_w else 64), is_w=is_w))
    if draw.percent(20):
        nodes.append(Alu(R, "*=", number(draw) | 1, is_w=draw.percent(50)))
    return _finish(env, nodes + _confine(env, size))


def _context(env: Env, frame: Frame, target: Target) -> Index:
    """From a field of the context, which the run step sets."""
    draw = env.draw
    if not env.is_skb:
        return _memory(env, frame, target)
    field = draw.pick(CTX_READ[:4])
    env.ctx_read.add(field)
    nodes: List[Node] = [LoadCtx(R, frame.ctx, field)]
    if draw.percent(25):
        nodes.append(Alu(R, "^=", draw.between(1, 7)))
    return _finish(env, nodes)


_Way = Callable[[Env, Frame, Target], Index]

WAYS: Tuple[Tuple[int, _Way], ...] = (
    (46, _direct), (8, _upper), (9, _two), (14, _memory), (8, _visits), (7, _accumulator),
    (8, _context),
)


def make_index(env: Env, frame: Frame, target: Target) -> Index:
    """An index for a site that aims at the target; one known only at run time may miss it."""
    return env.draw.weighted(WAYS)(env, frame, target)


def random_target(env: Env) -> Target:
    """Any slot, or none."""
    draw = env.draw
    if draw.percent(15):
        return miss(draw, env.shape)
    array = draw.below(len(env.arrays))
    return array, draw.below(env.shape.sizes[array])
