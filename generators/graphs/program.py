# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The programs of a graph: entry, arithmetic, call sites, what follows a call that fell through."""
from typing import List, Tuple

from core.control import Budget, Cond, Exit, Fork, Log, MapPointer, SkipIf, TailCall
from core.ir import Alu, Const, Keep, Node, mov
from core.words import Address, Touch
from graphs.arith import arithmetic, condition, number
from graphs.env import ACC, ENTRIES, LOG, LOG_CAPACITY, SAME, STATE, VISITS, Env, Frame
from graphs.index import DIRECT, INDIRECT, make_index
from graphs.shape import Target

BUDGET_SPENT = 4000000  # and the program's number: the result of one that had no budget left


def entry(env: Env, frame: Frame) -> List[Node]:
    draw, number_ = env.draw, frame.number
    nodes: List[Node] = []
    if env.is_skb or env.shape.sites[number_]:
        nodes.append(Keep(frame.ctx))
    nodes += [Address(frame.state, STATE),
              Budget(frame.state, STATE, ENTRIES, env.budget, BUDGET_SPENT + number_ + 1)]
    if env.stack == SAME:
        nodes.append(Touch(env.deepest, number(draw)))
        frame.spills.append(env.deepest)
    word = VISITS + number_
    if frame.visits is not None and draw.percent(85):
        nodes += [frame.load(frame.visits, word), Alu(frame.visits, "+=", 1),
                  frame.store(frame.visits, word)]
    elif frame.visits is not None:
        nodes += [Const(1, 1), frame.add(1, word), frame.load(frame.visits, word)]
    nodes.append(Log(LOG, LOG_CAPACITY, number_ + 1))
    # The order of visits must show: two operations that do not commute.
    nodes += [frame.load(frame.acc, ACC), Alu(frame.acc, "*=", number(draw) | 1),
              Alu(frame.acc, "+=", (number_ + 1) * 1000003)]
    return nodes


def arguments(env: Env, frame: Frame, target: Target) -> Tuple[List[Node], str]:
    """r1 to r3, and whether a JIT may know the slot beforehand."""
    draw = env.draw
    index = make_index(env, frame, target)
    name = env.arrays[target[0]]
    pointer: List[Node] = [MapPointer(name)]
    kind = index.kind
    if len(env.arrays) > 1 and draw.percent(6):
        before, cond = condition(env, frame)
        pointer = before + [Fork(cond, pointer, [MapPointer(draw.pick(env.arrays))])]
        kind = INDIRECT
    parts = [pointer, [mov_ctx(frame)]]
    if index.alone:
        parts.append(index.nodes)
        draw.shuffle(parts)
    else:
        draw.shuffle(parts)
        parts.insert(0, index.nodes)
    return [node for part in parts for node in part], kind


def mov_ctx(frame: Frame) -> Node:
    """r1 = r6"""
    return Keep(1, frame.ctx)


def site(env: Env, frame: Frame, number_: int, target: Target) -> List[Node]:
    """A call and what is done when it falls through, perhaps under a condition."""
    draw = env.draw
    spills = list(frame.spills)
    body, kind = arguments(env, frame, target)
    if kind == DIRECT:
        env.n_direct += 1
    else:
        env.n_indirect += 1
    body.append(TailCall(kind, "p%d" % (frame.number + 1)))
    if env.log_misses:
        body.append(Log(LOG, LOG_CAPACITY, 100 * number_ + frame.number + 1))
    body += [Alu(frame.acc, "^=", 0x10001 * number_)]
    body += arithmetic(env, frame, draw.weighted(((45, 0), (40, 1), (15, 2))))
    body += save(env, frame)
    threshold = env.shape.thresholds[frame.number]
    if threshold and frame.visits is not None:
        oper = draw.pick((">", "s>"))
        body = [SkipIf(Cond(frame.visits, oper, threshold, is_w=draw.percent(20)), body)]
    elif draw.percent(15):
        before, cond = condition(env, frame)
        body = before + [SkipIf(cond, body)]
    else:
        return body
    frame.spills = spills  # what is on the stack on one path only is not there
    return body


def save(env: Env, frame: Frame) -> List[Node]:
    """Usually what comes next finds the accumulator as it is; else as it was."""
    return [frame.store(frame.acc, ACC)] if env.draw.percent(92) else []


def result(env: Env, frame: Frame) -> List[Node]:
    draw = env.draw
    nodes: List[Node] = [frame.store(frame.acc, ACC), mov(0, frame.acc)]
    if draw.percent(80):
        nodes += [Alu(0, draw.pick((">>=", "s>>=")), 32),
                  Alu(0, draw.pick(("^=", "+=")), src=frame.acc)]
    nodes.append(Alu(0, "+=", frame.number + 1, is_w=draw.percent(50)))
    return nodes + [Exit()]


def make_program(env: Env, number_: int) -> List[Node]:
    """One program of the graph."""
    draw = env.draw
    frame = Frame(env, number_)
    nodes = entry(env, frame)
    nodes += arithmetic(env, frame, draw.weighted(((20, 0), (45, 1), (35, 2))))
    nodes += save(env, frame)
    for n, target in enumerate(env.shape.sites[number_], 1):
        nodes += site(env, frame, n, target)
    nodes += arithmetic(env, frame, draw.weighted(((60, 0), (40, 1))))
    return nodes + result(env, frame)
