# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
A program of random instructions. One register holds the address of the map's value; the others
hold numbers, which operations replace, and at the end all are folded into one.
"""
from typing import Callable, Dict, List, Optional, Tuple

from core.alu import ALU_OPS, DIVISIONS, SHIFTS, SIGNED_DIVISIONS, TEST_OPS
from core.control import Cond, Exit, Fork, MapPointer, SkipIf, TailCall
from core.draw import Draw
from core.ir import Alu, Const, Keep, Neg, Node, Order, Wide, mov
from core.memory import (SIZES, Advance, AtomicAdd, FillPointer, Load, Place, Pointer, SpillPointer,
                         Store, StoreConst, in_value, on_stack)
from core.newer import (ATOMICS, LOCKS, Atomic, AtomicFetch, ByteSwap, CompareExchange, SignedLoad,
                        SignedMove)
from isa.numbers import number32, number64

MEM, PROGS = "mem", "progs"
DATA_WORDS = 8
REGISTERS = tuple(range(10))
SAVED = (6, 7, 8, 9)  # registers that a call leaves alone
MAX_BRANCHES = 6  # for each of them may double what a verifier has to walk through
MAX_DEPTH = 2
V4, ATOMIC = "v4", "atomics"  # instructions of Linux 6.6, of 5.12
ALIGNED = {bits: tuple(range(0, 8, bits // 8)) for bits in SIZES}


class Layout:
    """
    What the programs of a case share: the stack and the words of the map's value. These are data,
    then traces, which are what a register held on the way, then a fold for every program. All
    programs use the same stack, and the last slot of @slots, which all of them write, is the
    deepest: see README.md on what the kernel's interpreter makes of unequal ones.
    """

    def __init__(self, draw: Draw, n_programs: int, newer: Tuple[str, ...] = ()) -> None:
        self.n_programs = n_programs
        self.newer = newer
        self.slots: Tuple[int, ...] = ()
        self.ctx_slot = self.pointer_slot = 0
        if n_programs > 1 or draw.percent(85):
            deepest = draw.pick((4, 5, 8, 16, 17, 33, 64))
            below = list(range(1, deepest))
            draw.shuffle(below)
            self.ctx_slot, self.pointer_slot = below[:2]
            self.slots = tuple(sorted(below[2:2 + draw.below(4)])) + (deepest,)
        self.max_traces = draw.between(4, 12)
        self.n_traces = 0

    def new_trace(self) -> Optional[int]:
        """The word for another trace, if there is one left."""
        if self.n_traces >= self.max_traces:
            return None
        self.n_traces += 1
        return DATA_WORDS + self.n_traces - 1

    def fold(self, number: int) -> int:
        """The word for what the registers of a program come to."""
        return DATA_WORDS + self.max_traces + number

    @property
    def n_words(self) -> int:
        """The size of the map's value."""
        return self.fold(self.n_programs)


class Maker:
    """Makes one program, from the top down."""

    def __init__(self, draw: Draw, layout: Layout, facts: Dict[str, int]) -> None:
        self.draw, self.layout, self.facts = draw, layout, facts
        self.base = draw.pick(REGISTERS)
        self.ahead = 0  # how many bytes the base points into the value
        self.known: List[int] = []  # registers that hold a number, whatever way was taken
        self.last = 0  # the one of them written last
        self.n_branches = self.depth = 0
        self.weights = OPERATIONS
        for name in layout.newer:
            self.weights += NEWER[name]

    # What operations are made of.

    def _count(self, fact: str) -> None:
        self.facts[fact] = self.facts.get(fact, 0) + 1

    def _target(self) -> int:
        """Any register that may hold a number; the operation gives it one."""
        reg = self.draw.below(9)
        reg += reg >= self.base
        if reg not in self.known:
            self.known.append(reg)
        self.last = reg
        return reg

    def _changed(self) -> int:
        """A register that holds a number which the operation changes."""
        self.last = self.draw.pick(self.known)
        return self.last

    def _source(self) -> int:
        return self.draw.pick(self.known)

    def _word(self, word: int) -> Place:
        return in_value(self.base, MEM, word, ahead=self.ahead)

    def _place(self, least: int = 8, most: int = 64) -> Place:
        draw = self.draw
        bits = min(max(draw.pick(SIZES), least), most)
        byte = draw.pick(ALIGNED[bits])
        if self.layout.slots and draw.percent(45):
            self._count("stack")
            return on_stack(draw.pick(self.layout.slots), bits, byte)
        self._count("value")
        return in_value(self.base, MEM, draw.below(DATA_WORDS), bits, byte, self.ahead)

    # Operations.

    def _with_number(self) -> List[Node]:
        draw = self.draw
        oper, is_w = draw.pick(ALU_OPS), draw.percent(50)
        if oper in SHIFTS:
            imm = draw.below(32 if is_w else 64)
        else:
            imm = number32(draw)
            if oper in DIVISIONS:
                imm = imm or 3
        self._count("alu32 imm" if is_w else "alu64 imm")
        return [Alu(self._changed(), oper, imm, is_w=is_w)]

    def _with_register(self) -> List[Node]:
        draw = self.draw
        oper, is_w = draw.pick(ALU_OPS), draw.percent(50)
        self._count("alu32 reg" if is_w else "alu64 reg")
        before: List[Node] = []
        src = self._source()
        # A random number is hardly ever zero, nor a divisor small enough, nor a shift in range.
        if oper in DIVISIONS and draw.percent(35):
            if draw.percent(50):
                before.append(Const(src, 0))
            else:
                before.append(Alu(src, "&=", draw.pick((1, 3, 15, 255)), is_w=draw.percent(50)))
        elif oper in SHIFTS and draw.percent(40):
            before.append(Alu(src, "&=", draw.pick((31, 32, 33, 63, 64, 65, 127))))
        return before + [Alu(self._changed(), oper, src=src, is_w=is_w)]

    def _move(self) -> List[Node]:
        draw = self.draw
        is_w = draw.percent(50)
        self._count("mov32" if is_w else "mov64")
        if draw.percent(40):
            return [Const(self._target(), number32(draw), is_w=is_w)]
        src = self._source()  # before the target, which has no number yet
        return [mov(self._target(), src, is_w=is_w)]

    def _negate(self) -> List[Node]:
        self._count("neg")
        return [Neg(self._changed(), is_w=self.draw.percent(50))]

    def _order(self) -> List[Node]:
        is_big = self.draw.percent(55)
        self._count("be" if is_big else "le")
        return [Order(self._changed(), self.draw.pick((16, 32, 64)), is_big)]

    def _wide(self) -> List[Node]:
        self._count("wide")
        return [Wide(self._target(), number64(self.draw))]

    def _load(self) -> List[Node]:
        self._count("load")
        place = self._place()
        return [Load(self._target(), place)]

    def _store(self) -> List[Node]:
        self._count("store reg")
        return [Store(self._place(), self._source())]

    def _store_const(self) -> List[Node]:
        self._count("store imm")
        return [StoreConst(self._place(), number32(self.draw))]

    def _atomic(self) -> List[Node]:
        self._count("atomic add")
        return [AtomicAdd(self._place(least=32), self._source())]

    def _divide(self) -> List[Node]:
        draw = self.draw
        oper, is_w = draw.pick(SIGNED_DIVISIONS), draw.percent(50)
        self._count("sdiv32" if is_w else "sdiv64")
        if draw.percent(40):
            return [Alu(self._changed(), oper, number32(draw) or -1, is_w=is_w)]
        before: List[Node] = []
        src = self._source()
        kind = draw.below(10)
        if kind < 2:  # where quotients overflow, and where there are none
            before.append(Const(src, draw.pick((0, -1)), is_w=draw.percent(30)))
        elif kind < 5:
            before.append(Alu(src, "s>>=", draw.between(20, 31), is_w=is_w))
        return before + [Alu(self._changed(), oper, src=src, is_w=is_w)]

    def _signed_move(self) -> List[Node]:
        draw = self.draw
        is_w = draw.percent(40)
        self._count("movsx32" if is_w else "movsx64")
        src = self._source()
        return [SignedMove(self._target(), src, draw.pick((8, 16) if is_w else (8, 16, 32)), is_w)]

    def _signed_load(self) -> List[Node]:
        self._count("ldsx")
        place = self._place(most=32)
        return [SignedLoad(self._target(), place)]

    def _swap(self) -> List[Node]:
        self._count("bswap")
        return [ByteSwap(self._changed(), self.draw.pick((16, 32, 64)))]

    def _atomic_op(self) -> List[Node]:
        self._count("atomic op")
        return [Atomic(self._place(least=32), self.draw.pick(tuple(LOCKS)), self._source())]

    def _atomic_fetch(self) -> List[Node]:
        self._count("atomic fetch")
        return [AtomicFetch(self._place(least=32), self.draw.pick(tuple(ATOMICS)),
                            self._changed())]

    def _compare_exchange(self) -> List[Node]:
        draw = self.draw
        if self.base == 0 or 0 not in self.known:
            return self._atomic_fetch()
        self._count("cmpxchg")
        place = self._place(least=32)
        before: List[Node] = [Load(0, place)] if draw.percent(60) else []
        src, self.last = self._source(), 0
        return before + [CompareExchange(place, src)]

    def _condition(self) -> Tuple[List[Node], Cond]:
        draw = self.draw
        oper, is_w, reg = draw.pick(TEST_OPS), draw.percent(50), self._source()
        before: List[Node] = []
        if draw.percent(50):
            self._count("jmp32 imm" if is_w else "jmp64 imm")
            imm = number32(draw)
            # Equal numbers, and neighbours, are too rare by chance.
            if draw.percent(30):
                before = [Const(reg, imm, is_w=draw.percent(50)),
                          Alu(reg, "+=", draw.between(-1, 1), is_w=draw.percent(30))]
            return before, Cond(reg, oper, imm, is_w=is_w)
        self._count("jmp32 reg" if is_w else "jmp64 reg")
        src = self._source()
        if src != reg and draw.percent(40):
            before = [mov(src, reg, is_w=draw.percent(30)),
                      Alu(src, "+=", draw.between(-1, 1), is_w=draw.percent(30))]
        return before, Cond(reg, oper, src=src, is_w=is_w)

    def _branch(self) -> List[Node]:
        draw = self.draw
        if self.n_branches >= MAX_BRANCHES or self.depth >= MAX_DEPTH:
            return self._with_register()
        self.n_branches += 1
        before, cond = self._condition()
        # What is behind a long way needs a jump of more than 8 bits in a JIT's code.
        n = draw.between(18, 30) if draw.percent(6) else draw.between(1, 4)
        if draw.percent(35):
            self._count("fork")
            jump = "gotol" if V4 in self.layout.newer and draw.percent(85) else "goto"
            self._count(jump)
            return before + [Fork(cond, self._aside(draw.between(1, 3)), self._aside(n), jump)]
        self._count("skip")
        return before + [SkipIf(cond, self._aside(n))]

    def _aside(self, n: int) -> List[Node]:
        """Operations on one of two ways; only what holds on both is known afterwards."""
        known, self.depth = list(self.known), self.depth + 1
        nodes = self.operations(n)
        self.known, self.depth = known, self.depth - 1
        self.last = self._source()
        return nodes

    def _rebase(self) -> List[Node]:
        """The address goes into another register, which loses its number."""
        draw, old = self.draw, self.base
        if self.depth or len(self.known) < 4:
            return self._load()
        self._count("rebase")
        self.base = draw.pick([reg for reg in REGISTERS if reg != old])
        if self.base in self.known:
            self.known.remove(self.base)
        how = draw.below(4)
        if how == 0:
            self.ahead = draw.below(DATA_WORDS * 8)
            nodes: List[Node] = [Pointer(self.base, MEM, self.ahead)]
        elif how == 1 and self.layout.pointer_slot:
            slot = self.layout.pointer_slot
            nodes = [SpillPointer(slot, old), FillPointer(self.base, slot)]
        else:
            nodes = [Keep(self.base, old)]
        if how > 1:
            ahead = draw.pick((0, 8, 16, 60, 64, draw.below(DATA_WORDS * 8)))
            nodes.append(Advance(self.base, ahead - self.ahead))
            self.ahead = ahead
        if draw.percent(70):
            self.known.append(old)
            nodes.append(Load(old, self._place()))
        self.last = self._source()
        return nodes

    def operations(self, n: int) -> List[Node]:
        """So many operations, some of them with a trace of what they gave."""
        draw = self.draw
        nodes: List[Node] = []
        for _ in range(n):
            self._count("operations")
            nodes += draw.weighted(self.weights)(self)
            if draw.percent(22):
                word = self.layout.new_trace()
                if word is not None:
                    nodes.append(Store(self._word(word), self.last))
        return nodes

    # The parts of a program.

    def _entry(self, keeps_ctx: bool) -> List[Node]:
        draw, layout = self.draw, self.layout
        nodes: List[Node] = [SpillPointer(layout.ctx_slot, 1)] if keeps_ctx else []
        nodes.append(Pointer(self.base, MEM, 0))
        words = list(range(DATA_WORDS))
        draw.shuffle(words)
        regs = [reg for reg in REGISTERS if reg != self.base]
        draw.shuffle(regs)
        for reg in regs[:draw.between(5, 9)]:
            kind = draw.below(10)
            if kind < 7:
                nodes.append(Load(reg, self._word(words[reg % DATA_WORDS])))
            elif kind < 8:
                nodes.append(Wide(reg, number64(draw)))
            else:
                nodes.append(Const(reg, number32(draw), is_w=draw.percent(40)))
            self.known.append(reg)
        self.last = self.known[-1]
        for slot in layout.slots:
            if draw.percent(75):
                nodes.append(Store(on_stack(slot), self._source()))
            else:
                nodes.append(StoreConst(on_stack(slot), number32(draw)))
        return nodes

    def _fold(self) -> Tuple[List[Node], int]:
        """
        Everything into one register, which is it. Every step can be undone, so that a difference
        in one register or slot is never lost.
        """
        draw = self.draw
        regs = list(self.known)
        draw.shuffle(regs)
        nodes: List[Node] = []
        # A call must not take it away.
        acc = next((reg for reg in regs if reg in SAVED), None)
        if acc is None:
            acc = draw.pick([reg for reg in SAVED if reg != self.base])
            nodes.append(Const(acc, 1))
        else:
            regs.remove(acc)
        for reg in regs:
            nodes += self._fold_in(acc, reg)
        for slot in self.layout.slots:
            nodes += [Load(regs[0], on_stack(slot))] + self._fold_in(acc, regs[0])
        return nodes, acc

    def _fold_in(self, acc: int, reg: int) -> List[Node]:
        draw = self.draw
        return [Alu(acc, "*=", draw.between(1 << 16, (1 << 31) - 1) | 1),
                Alu(acc, draw.pick(("+=", "-=", "^=")), src=reg)]

    def _tail_call(self) -> List[Node]:
        parts: List[Node] = [FillPointer(1, self.layout.ctx_slot), MapPointer(PROGS),
                             Wide(3, self.draw.word() << 32) if self.draw.percent(20)
                             else Const(3, 0, is_w=self.draw.percent(30))]
        self.draw.shuffle(parts)
        return parts + [TailCall("direct", "p1")]

    def _witnesses(self) -> List[Node]:
        """
        An instruction of each newer kind on every way through the program: kernels that do not have
        it refuse the program for certain, also where they do not look at what they know is dead.
        """
        return [node for name in self.layout.newer
                for node in self.draw.pick(WITNESSES[name])(self)]

    def program(self, number: int, n: int, calls: bool) -> List[Node]:
        """All of it, with so many operations, and perhaps a call at the end."""
        nodes = self._entry(calls) + self._witnesses() + self.operations(n)
        fold, acc = self._fold()
        nodes += fold + [Store(self._word(self.layout.fold(number)), acc)]
        if calls:
            nodes += self._tail_call()
        return nodes + self._leave(acc)

    @staticmethod
    def _leave(acc: int) -> List[Node]:
        """A run's result has 32 bits: the fold's halves, one upon the other."""
        return [mov(0, acc), Alu(0, ">>=", 32), Alu(0, "^=", src=acc), Exit()]


_Operation = Callable[[Maker], List[Node]]

OPERATIONS: Tuple[Tuple[int, _Operation], ...] = (
    (24, Maker._with_register), (20, Maker._with_number), (8, Maker._load), (10, Maker._branch),
    (7, Maker._move), (7, Maker._order), (6, Maker._store), (4, Maker._negate), (4, Maker._wide),
    (4, Maker._store_const), (4, Maker._atomic), (2, Maker._rebase),
)

NEWER: Dict[str, Tuple[Tuple[int, _Operation], ...]] = {
    V4: ((16, Maker._divide), (14, Maker._signed_move), (12, Maker._signed_load),
         (8, Maker._swap)),
    ATOMIC: ((6, Maker._atomic_op), (18, Maker._atomic_fetch), (14, Maker._compare_exchange)),
}

WITNESSES: Dict[str, Tuple[_Operation, ...]] = {
    V4: (Maker._divide, Maker._signed_move, Maker._signed_load, Maker._swap),
    ATOMIC: (Maker._atomic_op, Maker._atomic_fetch),
}
