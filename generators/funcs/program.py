# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Programs with local functions: main and every function may tail-call, and call the functions behind
it. What a function gives is used in arithmetic, in branches and as an index, and what the caller
has in registers and on its stack must be there afterwards.
"""
from typing import Callable, List, Tuple

from core.control import Cond, Exit, Fork, Log, MapPointer, SkipIf, TailCall
from core.functions import Call, Function
from core.ir import Alu, Const, Keep, Node, mov
from core.packet import SkbLoad
from core.words import Address, Fill, Spill, Touch
from funcs.env import FuncEnv, Stack, frames
from graphs.arith import MIXES, arithmetic, condition, number
from graphs.env import ACC, LOG, LOG_CAPACITY, STATE, VISITS, Frame
from graphs.index import INDIRECT, random_target
from graphs.program import entry, result, save, site

N_FUNCTIONS = ((8, 0), (42, 1), (32, 2), (18, 3))
LOG_FUNCTION = 10000  # a function's entries in the log are this, times its number, more


class FunctionPlan:
    """A function and how it is called."""

    __slots__ = ("function", "n_args", "constant")

    def __init__(self, function: Function, n_args: int, constant: int) -> None:
        self.function, self.n_args = function, n_args
        self.constant = constant  # what it gives itself, if that is a constant; else 0


def _mix(env: FuncEnv, frame: Frame, reg: int) -> Node:
    return Alu(frame.acc, env.draw.pick(MIXES), src=reg)


def _in_sum(env: FuncEnv, frame: Frame, plan: FunctionPlan) -> List[Node]:
    draw = env.draw
    env.use("sum")
    nodes: List[Node] = []
    if draw.percent(40):
        oper = draw.pick(("*=", "+=", "^=", "-="))
        nodes.append(Alu(0, oper, number(draw), is_w=draw.percent(50)))
    return nodes + [Alu(frame.acc, "*=", number(draw) | 1), _mix(env, frame, 0)]


def _in_branch(env: FuncEnv, frame: Frame, plan: FunctionPlan) -> List[Node]:
    """A verifier that takes a function's own result for certain thinks that it knows the way."""
    draw = env.draw
    env.use("branch")
    if plan.constant and draw.percent(80):
        cond = Cond(0, draw.pick(("==", "!=")), plan.constant)
    elif draw.percent(50):
        cond = Cond(0, "&", 1 << draw.below(31), is_w=draw.percent(40))
    else:
        cond = Cond(0, draw.pick((">", "s>", "<=", "s<")), number(draw), is_w=draw.percent(40))
    return [Fork(cond, [Alu(frame.acc, "+=", number(draw))],
                 [Alu(frame.acc, "*=", number(draw) | 1)])]


def _on_stack(env: FuncEnv, frame: Frame, plan: FunctionPlan) -> List[Node]:
    env.use("stack")
    slot = env.draw.pick(env.slots)
    nodes: List[Node] = [Spill(slot, 0), *arithmetic(env, frame, 1)]
    if slot not in frame.spills:
        frame.spills.append(slot)
    return nodes + [Fill(1, slot), _mix(env, frame, 1)]


def _as_index(env: FuncEnv, frame: Frame, plan: FunctionPlan) -> List[Node]:
    """Its low bits say where to go on."""
    draw = env.draw
    env.use("index")
    env.n_indirect += 1
    array, _ = random_target(env)
    size = env.shape.sizes[array]
    confine = Alu(3, "%=", size + draw.below(2)) if draw.percent(50) else \
        Alu(3, "&=", draw.pick((1, 3, 7)), is_w=draw.percent(40))
    return [mov(3, 0), confine, MapPointer(env.arrays[array]), Keep(1, frame.ctx),
            TailCall(INDIRECT, "p%d" % (frame.number + 1))]


def _ignored(env: FuncEnv, frame: Frame, plan: FunctionPlan) -> List[Node]:
    env.use("ignored")
    return []


_Use = Callable[[FuncEnv, Frame, FunctionPlan], List[Node]]

USES: Tuple[Tuple[int, _Use], ...] = (
    (40, _in_sum), (22, _in_branch), (12, _on_stack), (16, _as_index), (10, _ignored))


def _argument(env: FuncEnv, frame: Frame, reg: int) -> Node:
    draw = env.draw
    how = draw.below(10)
    if how < 5:
        return mov(reg, frame.acc, is_w=draw.percent(30))
    if how < 7 and frame.visits is not None:
        return mov(reg, frame.visits)
    return Const(reg, number(draw))


def call(env: FuncEnv, frame: Frame, plan: FunctionPlan) -> List[Node]:
    """A call, and what is done with the result."""
    draw = env.draw
    nodes = save(env, frame) + [Keep(1, frame.ctx)]
    nodes += [_argument(env, frame, reg) for reg in env.arguments[:plan.n_args]]
    nodes.append(Call(plan.function))
    nodes += draw.weighted(USES)(env, frame, plan)
    if frame.spills and draw.percent(60):  # what was on the stack before
        nodes += [Fill(1, draw.pick(frame.spills)), _mix(env, frame, 1)]
    if draw.percent(50):  # what the callee computed
        nodes += [frame.load(1, ACC), _mix(env, frame, 1)]
    return nodes


def _function_entry(env: FuncEnv, frame: Frame, which: int, plan: FunctionPlan) -> List[Node]:
    draw = env.draw
    nodes: List[Node] = [Keep(frame.ctx), Address(frame.state, STATE), frame.load(frame.acc, ACC)]
    for reg in env.arguments[:plan.n_args]:
        nodes += [Alu(frame.acc, "*=", number(draw) | 1), _mix(env, frame, reg)]
    if frame.visits is not None:
        nodes.append(frame.load(frame.visits, VISITS + frame.number))
    nodes.append(Touch(env.deepest, number(draw)))
    frame.spills.append(env.deepest)
    if draw.percent(70):
        nodes.append(Log(LOG, LOG_CAPACITY, LOG_FUNCTION * which + frame.number + 1))
    return nodes


def _packet_load(env: FuncEnv, frame: Frame) -> List[Node]:
    """One that ends the function where it finds nothing: also there old verifiers know better."""
    offset = env.draw.pick((0, 20, 40, 100, 5000))
    return [frame.store(frame.acc, ACC), SkbLoad(offset, env.draw.pick((1, 2, 4))),
            _mix(env, frame, 0)]


def _function_result(env: FuncEnv, frame: Frame, plan: FunctionPlan) -> List[Node]:
    """
    A constant, or something of which no verifier knows anything: old ones take what they know of
    it for certain, although a tail call may give something else.
    """
    nodes: List[Node] = [frame.store(frame.acc, ACC)]
    if plan.constant:
        nodes.append(Const(0, plan.constant))
    else:
        nodes.append(frame.load(0, ACC))
    return nodes + [Exit()]


def _body(env: FuncEnv, frame: Frame, plans: List[FunctionPlan], n_calls: int,
          n_sites: int) -> List[Node]:
    """Calls and tail calls in any order, with arithmetic between."""
    draw = env.draw
    parts: List[str] = ["call"] * (n_calls if plans else 0) + ["site"] * n_sites
    draw.shuffle(parts)
    nodes: List[Node] = []
    for n, part in enumerate(parts, 1):
        if part == "site":
            nodes += site(env, frame, n, random_target(env))
        elif draw.percent(15):
            before, cond = condition(env, frame)
            spills = list(frame.spills)
            nodes += before + [SkipIf(cond, call(env, frame, draw.pick(plans)))]
            frame.spills = spills
        else:
            nodes += call(env, frame, draw.pick(plans))
        nodes += arithmetic(env, frame, draw.weighted(((60, 0), (40, 1))))
    return nodes


def _make_function(env: FuncEnv, number_: int, which: int, plans: List[FunctionPlan],
                   slots: int) -> FunctionPlan:
    """A function that may call those in @plans."""
    draw = env.draw
    n_args = draw.below(len(env.arguments) + 1)
    constant = draw.between(2, 100) if draw.percent(20) else 0
    plan = FunctionPlan(Function("f%d" % which, []), n_args, constant)
    frame = Frame(env, number_)
    env.set_frame(slots)
    nodes = _function_entry(env, frame, which, plan)
    nodes += _body(env, frame, plans, draw.weighted(((45, 0), (45, 1), (10, 2))),
                   draw.weighted(((15, 0), (65, 1), (20, 2))))
    if env.is_skb and frame.ctx == 6 and draw.percent(20):
        nodes += _packet_load(env, frame)
    plan.function.nodes = nodes + _function_result(env, frame, plan)
    env.n_functions += 1
    return plan


def make_program(env: FuncEnv, number_: int) -> List[Node]:
    """One program of the graph: its functions are made from the last one on."""
    draw, n_sites = env.draw, env.n_direct + env.n_indirect
    n = draw.weighted(N_FUNCTIONS)
    slots = frames(draw, n)
    plans: List[FunctionPlan] = []
    for which in range(n, 0, -1):
        plans.insert(0, _make_function(env, number_, which, plans[:], slots[which]))
    frame = Frame(env, number_)
    env.set_frame(slots[0])
    nodes = entry(env, frame) + [Touch(env.deepest, number(draw))]
    frame.spills.append(env.deepest)
    if not env.is_skb and not env.shape.sites[number_]:
        nodes.insert(0, Keep(frame.ctx))
    # Every function is called: verifiers refuse what is never reached.
    order = plans[:]
    draw.shuffle(order)
    for plan in order:
        nodes += call(env, frame, plan)
    nodes += _body(env, frame, plans, draw.weighted(((50, 0), (40, 1), (10, 2))),
                   draw.below(2))
    for number_site, target in enumerate(env.shape.sites[number_][:2], 3):
        nodes += site(env, frame, number_site, target)
    env.stacks.append(Stack(slots[0], n, env.n_direct + env.n_indirect > n_sites))
    return nodes + result(env, frame) + [plan.function for plan in plans]
