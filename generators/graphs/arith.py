# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Arithmetic on the accumulator. What loses bits works on a copy that is then mixed in, so that
whatever was in the accumulator before still shows in it.
"""
from typing import Callable, List, Tuple

from core.alu import ALU_OPS, DIVISIONS, SHIFTS, TEST_OPS, signed
from core.control import Cond, Fork, SkipIf
from core.draw import Draw
from core.ir import Alu, Const, Neg, Node, Swap, Wide, mov
from core.words import Fill, LoadCtx, Spill, StoreCtx
from graphs.env import ACC, CTX_READ, CTX_WRITE, Env, Frame

MIXES = ("+=", "-=", "^=")


def number(draw: Draw) -> int:
    """A number of 32 bits with a sign: small, near a power of two, or any."""
    kind = draw.below(10)
    if kind < 3:
        return draw.between(1, 16)
    if kind < 4:
        return -draw.between(1, 16)
    if kind < 6:
        return signed((1 << draw.between(1, 31)) + draw.between(-1, 1), 32)
    return signed(draw.word(), 32)


def condition(env: Env, frame: Frame) -> Tuple[List[Node], Cond]:
    """Something that is sometimes so and sometimes not. What has to come first uses r4 and r5."""
    draw = env.draw
    kind = draw.below(10)
    if kind < 4 and frame.visits is not None:
        if draw.percent(40):
            return [], Cond(frame.visits, "&", 1 << draw.below(2), is_w=draw.percent(30))
        return [], Cond(frame.visits, draw.pick(TEST_OPS[:-1]), draw.between(1, 4),
                        is_w=draw.percent(30))
    if kind < 5 and env.is_skb:
        field = draw.pick(CTX_READ)
        env.ctx_read.add(field)
        return [LoadCtx(4, frame.ctx, field)], Cond(4, draw.pick(TEST_OPS), draw.below(5))
    if kind < 7:
        return [], Cond(frame.acc, "&", 1 << draw.below(31), is_w=draw.percent(40))
    if kind < 8:
        # A register against a register.
        if frame.visits is not None and draw.percent(50):
            return [], Cond(frame.visits, draw.pick(TEST_OPS), src=frame.acc,
                            is_w=draw.percent(50))
        return [mov(5, frame.acc), Alu(5, "*=", draw.between(3, 99))], Cond(
            5, draw.pick(TEST_OPS), src=frame.acc, is_w=draw.percent(50))
    return [], Cond(frame.acc, draw.pick(TEST_OPS[2:-1]), number(draw), is_w=draw.percent(50))


def _mix(env: Env, frame: Frame, reg: int) -> List[Node]:
    return [Alu(frame.acc, env.draw.pick(MIXES), src=reg)]


def _plain(env: Env, frame: Frame) -> List[Node]:
    return [Alu(frame.acc, env.draw.pick(MIXES), number(env.draw))]


def _multiply(env: Env, frame: Frame) -> List[Node]:
    return [Alu(frame.acc, "*=", number(env.draw) | 1)]


def _wide(env: Env, frame: Frame) -> List[Node]:
    return [Wide(1, env.draw.word64())] + _mix(env, frame, 1)


def _negate(env: Env, frame: Frame) -> List[Node]:
    if env.draw.percent(50):
        return [Neg(frame.acc)]
    return [mov(1, frame.acc), Neg(1, is_w=True)] + _mix(env, frame, 1)


def _rotate(env: Env, frame: Frame) -> List[Node]:
    by = env.draw.between(1, 63)
    return [mov(1, frame.acc), Alu(1, "<<=", by), Alu(frame.acc, ">>=", 64 - by),
            Alu(frame.acc, "|=", src=1)]


def _swap(env: Env, frame: Frame) -> List[Node]:
    bits = env.draw.pick((16, 32, 64))
    swap = Swap(1, bits, env.draw.percent(50))
    return [mov(1, frame.acc), swap] + _mix(env, frame, 1)


def _with_number(env: Env, frame: Frame) -> List[Node]:
    """Any operation on a copy, with a number."""
    draw = env.draw
    oper, is_w = draw.pick(ALU_OPS), draw.percent(45)
    imm = number(draw)
    if oper in SHIFTS:
        imm = draw.below(32 if is_w else 64)
    elif oper in DIVISIONS:
        imm = imm or 7
    return [mov(1, frame.acc), Alu(1, oper, imm, is_w=is_w)] + _mix(env, frame, 1)


def _with_register(env: Env, frame: Frame) -> List[Node]:
    """Any operation on a copy, with a register; a division may be by zero."""
    draw = env.draw
    oper, is_w = draw.pick(ALU_OPS), draw.percent(45)
    nodes: List[Node] = [mov(1, frame.acc)]
    if frame.visits is not None and draw.percent(50):
        nodes.append(mov(2, frame.visits, is_w=draw.percent(20)))
    else:
        nodes += [mov(2, frame.acc), Alu(2, ">>=", draw.between(1, 63))]
    if oper in SHIFTS:
        nodes.append(Alu(2, "&=", 31 if is_w else 63))
    elif oper in DIVISIONS and draw.percent(50):
        nodes.append(Alu(2, "&=", draw.pick((1, 2, 3, 7))))
    nodes.append(Alu(1, oper, src=2, is_w=is_w))
    return nodes + _mix(env, frame, 1)


def _branch(env: Env, frame: Frame) -> List[Node]:
    before, cond = condition(env, frame)
    body: List[Node] = [Alu(frame.acc, env.draw.pick(MIXES), number(env.draw))]
    if env.draw.percent(30):
        return before + [Fork(cond, body, [Alu(frame.acc, "*=", number(env.draw) | 1)])]
    return before + [SkipIf(cond, body)]


def _stack(env: Env, frame: Frame) -> List[Node]:
    """To the stack and back; what is put there can be read again later."""
    slot = env.draw.pick(env.slots)
    nodes: List[Node] = [Spill(slot, frame.acc), Alu(frame.acc, "*=", number(env.draw) | 1),
                         Fill(1, slot)]
    if slot not in frame.spills:
        frame.spills.append(slot)
    return nodes + _mix(env, frame, 1)


def _stacked(env: Env, frame: Frame) -> List[Node]:
    """What was put on the stack before, perhaps before a call that failed."""
    if not frame.spills:
        return _stack(env, frame)
    return [Fill(1, env.draw.pick(frame.spills))] + _mix(env, frame, 1)


def _visits(env: Env, frame: Frame) -> List[Node]:
    if frame.visits is None:
        return _plain(env, frame)
    return _mix(env, frame, frame.visits)


def _in_memory(env: Env, frame: Frame) -> List[Node]:
    """Added where the accumulator is kept, and read back."""
    return [frame.store(frame.acc, ACC), Const(1, number(env.draw)), frame.add(1, ACC),
            frame.load(frame.acc, ACC)]


def _cell(env: Env, frame: Frame) -> List[Node]:
    if not env.cells:
        return _plain(env, frame)
    return env.load_cell(1, env.draw.pick(env.cells)) + _mix(env, frame, 1)


def _read_ctx(env: Env, frame: Frame) -> List[Node]:
    if not env.is_skb:
        return _wide(env, frame)
    field = env.draw.pick(CTX_READ)
    env.ctx_read.add(field)
    return [LoadCtx(1, frame.ctx, field)] + _mix(env, frame, 1)


def _write_ctx(env: Env, frame: Frame) -> List[Node]:
    fields = CTX_WRITE[env.prog_type]
    if not fields:
        return _rotate(env, frame)
    return [StoreCtx(frame.acc, frame.ctx, env.draw.pick(fields))]


_Op = Callable[[Env, Frame], List[Node]]

OPS: Tuple[Tuple[int, _Op], ...] = (
    (10, _plain), (10, _multiply), (5, _wide), (4, _negate), (6, _rotate), (6, _swap),
    (20, _with_number), (16, _with_register), (12, _branch), (4, _stack), (4, _stacked),
    (5, _visits), (3, _in_memory), (3, _cell), (4, _read_ctx), (2, _write_ctx),
)


def arithmetic(env: Env, frame: Frame, n: int) -> List[Node]:
    """So many operations on the accumulator."""
    nodes: List[Node] = []
    for _ in range(n):
        nodes += env.draw.weighted(OPS)(env, frame)
    return nodes
