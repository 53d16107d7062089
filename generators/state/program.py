# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Programs that change everything that outlives a tail call, before it and where it fell through, and
that keep addresses across calls which fall through.
"""
from typing import Callable, List, Tuple

from core.alu import U64
from core.draw import Draw
from core.hash import (ANY, EXIST, NOEXIST, ElementAdd, ElementLoad, HashDelete, HashUpdate,
                       WithElement)
from core.ir import Alu, Keep, Node, mov
from core.memory import FillPointer, SpillPointer
from core.packet import (AdjustHead, AdjustTail, PacketLoad, PacketStore, SkbLoad, SkbLoadBytes,
                         SkbStoreBytes, WithPacket)
from core.words import Fill, Spill, Touch
from graphs.arith import MIXES, OPS, arithmetic, number
from graphs.env import ACC, SAME, STATE, Env, Frame
from graphs.index import random_target
from graphs.program import entry, result, save, site
from graphs.shape import Shape

ELEMENTS, KEYS = "elements", 4
PROG_TYPES = ((30, "socket_filter"), (38, "sched_cls"), (32, "xdp"))
POINTER_SLOT, BYTES_SLOT = 5, 6
DEEPEST = (6, 7, 8, 16, 33, 64)
SIZES = (1, 2, 4, 8)
REACH = 40  # bytes of a packet that programs touch


class StateEnv(Env):
    """The case, while its programs are made: all have one size of stack."""

    def __init__(self, draw: Draw, shape: Shape) -> None:
        super().__init__(draw, shape)
        self.prog_type = draw.weighted(PROG_TYPES)
        self.stack, self.deepest = SAME, draw.pick(DEEPEST)
        self.slots = (2, 3, self.deepest) if self.deepest > BYTES_SLOT else (2, 3)
        # Kernels from 6.13 to 6.18 refuse the packet's address behind a tail call.
        self.keeps_packet = draw.percent(12)

    @property
    def has_pointers(self) -> bool:
        """May programs follow pointers into the packet?"""
        return self.prog_type in ("sched_cls", "xdp")


def _mix(env: Env, frame: Frame, reg: int) -> List[Node]:
    return [Alu(frame.acc, "*=", number(env.draw) | 1), Alu(frame.acc, env.draw.pick(MIXES),
                                                            src=reg)]


def _place(draw: Draw) -> Tuple[int, int]:
    """Where in a packet, and how many bytes; behind the protocol."""
    size = draw.pick(SIZES)
    return draw.between(14, REACH - size), size


def _packet_body(env: StateEnv, frame: Frame, base: int, end: int) -> List[Node]:
    draw = env.draw
    nodes: List[Node] = []
    for _ in range(draw.between(1, 3)):
        size = draw.pick(SIZES)
        at = draw.below(end - size + 1) if env.prog_type == "xdp" else \
            draw.between(min(14, end - size), end - size)
        if draw.percent(50) and (at > 13 or env.prog_type == "xdp"):
            nodes.append(PacketStore(base, at, size, frame.acc))
        else:
            nodes += [PacketLoad(5, base, at, size), *_mix(env, frame, 5)]
    return nodes


def _by_pointer(env: StateEnv, frame: Frame) -> List[Node]:
    if not env.has_pointers:
        return _skb_load(env, frame)
    end = env.draw.between(22, REACH)
    return [WithPacket(frame.ctx, env.prog_type, end, _packet_body(env, frame, 2, end))]


def _kept_packet(env: StateEnv, frame: Frame) -> List[Node]:
    """The packet's address, on the stack across a call that falls through."""
    if not (env.has_pointers and env.keeps_packet):
        return _by_pointer(env, frame)
    end = env.draw.between(22, REACH)
    spills = list(frame.spills)
    body = [SpillPointer(POINTER_SLOT, 2), *site(env, frame, 9, random_target(env)),
            FillPointer(2, POINTER_SLOT), *_packet_body(env, frame, 2, end)]
    frame.spills = spills
    return [WithPacket(frame.ctx, env.prog_type, end, body)]


def _by_helper(env: StateEnv, frame: Frame) -> List[Node]:
    draw = env.draw
    if env.prog_type == "xdp":
        by = draw.weighted(((60, draw.between(0, 12)), (30, draw.between(13, 60)), (10, 0)))
        helper: Node = AdjustHead(frame.ctx, by) if draw.percent(50) else AdjustTail(
            frame.ctx, draw.between(-20, 12))
        return [helper, *_mix(env, frame, 0)]
    offset = draw.between(14, 90)
    if env.prog_type == "sched_cls" and draw.percent(60):
        return [Spill(BYTES_SLOT, frame.acc), SkbStoreBytes(frame.ctx, offset, BYTES_SLOT,
                                                            draw.between(1, 8)),
                *_mix(env, frame, 0)]
    return [Touch(BYTES_SLOT, number(draw)), SkbLoadBytes(frame.ctx, offset, BYTES_SLOT),
            *_mix(env, frame, 0), Fill(1, BYTES_SLOT), *_mix(env, frame, 1)]


def _skb_load(env: StateEnv, frame: Frame) -> List[Node]:
    draw = env.draw
    if not env.is_skb or frame.ctx != 6:
        return _by_helper(env, frame)
    offset, size = draw.below(45), draw.pick((1, 2, 4))
    before: List[Node] = []
    reg = 0
    if draw.percent(15):
        offset = draw.pick((60, 88, 200, 1 << 30))
    elif draw.percent(40):
        reg = 5
        before = [mov(5, frame.acc), Alu(5, "&=", draw.pick((1, 7, 15)))]
    return [frame.store(frame.acc, ACC), *before, SkbLoad(offset, size, reg),
            *_mix(env, frame, 0)]


def _element(env: StateEnv, frame: Frame) -> List[Node]:
    """Update or delete, with a key that is known, or is not."""
    draw = env.draw
    key, mask = (frame.acc, KEYS - 1) if draw.percent(40) else (draw.below(KEYS), 0)
    if draw.percent(70):
        flags = draw.weighted(((60, ANY), (20, NOEXIST), (20, EXIST)))
        return [Spill(BYTES_SLOT, frame.acc), HashUpdate(ELEMENTS, key, BYTES_SLOT, flags, mask),
                *_mix(env, frame, 0)]
    return [HashDelete(ELEMENTS, key, mask), *_mix(env, frame, 0)]


def _kept_element(env: StateEnv, frame: Frame) -> List[Node]:
    """An element's address, kept across a call that falls through or not."""
    draw, key = env.draw, env.draw.below(KEYS)
    spills = list(frame.spills)
    body: List[Node] = [SpillPointer(POINTER_SLOT, 0)]
    if draw.percent(75):
        body += site(env, frame, 8, random_target(env))
    body += [FillPointer(2, POINTER_SLOT), ElementLoad(1, 2, ELEMENTS, key)]
    body += _mix(env, frame, 1)
    if draw.percent(50):
        body += [FillPointer(2, POINTER_SLOT), ElementAdd(frame.acc, 2, ELEMENTS, key)]
    frame.spills = spills
    return [WithElement(ELEMENTS, key, body)]


def _kept_state(env: StateEnv, frame: Frame) -> List[Node]:
    """The address of an array's value, from the stack."""
    return [SpillPointer(POINTER_SLOT, frame.state), *site(env, frame, 7, random_target(env)),
            FillPointer(1, POINTER_SLOT), _StateLoad(2, 1, ACC), *_mix(env, frame, 2)]


class _StateLoad(Node):
    """A word of the state by an address that was kept."""

    __slots__ = ("dst", "base", "word")

    def __init__(self, dst: int, base: int, word: int) -> None:
        self.dst, self.base, self.word = dst, base, word

    def text(self, out) -> None:  # type: ignore
        out.add("r%d = *(u64 *)(r%d + %d)" % (self.dst, self.base, 8 * self.word))

    def run(self, m) -> bool:  # type: ignore
        m.regs[self.dst] = m.values[STATE][self.word] & U64
        return False


def _context(env: StateEnv, frame: Frame) -> List[Node]:
    ways = [way for _, way in OPS if way.__name__ in ("_read_ctx", "_write_ctx")]
    return env.draw.pick(ways)(env, frame)


_Way = Callable[[StateEnv, Frame], List[Node]]

WAYS: Tuple[Tuple[int, _Way], ...] = (
    (18, _by_pointer), (8, _kept_packet), (16, _by_helper), (10, _skb_load), (16, _element),
    (12, _kept_element), (6, _kept_state), (14, _context))


def make_program(env: Env, number_: int) -> List[Node]:
    """One program of the graph."""
    assert isinstance(env, StateEnv)
    draw, frame = env.draw, Frame(env, number_)
    nodes = entry(env, frame)
    if not isinstance(nodes[0], Keep):
        nodes.insert(0, Keep(frame.ctx))
    nodes.append(Touch(env.deepest, number(draw)))
    targets = list(env.shape.sites[number_])
    for n in range(draw.between(2, 4)):
        nodes += draw.weighted(WAYS)(env, frame)
        nodes += arithmetic(env, frame, draw.weighted(((25, 0), (45, 1), (30, 2))))
        nodes += save(env, frame)
        if targets:
            nodes += site(env, frame, n + 1, targets.pop(0))
    return nodes + result(env, frame)
