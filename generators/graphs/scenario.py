# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The case around a graph: make and fill everything, run, change, run again, look at what is left.
Every step is carried out on the model first, which says what it must give.
"""
from typing import Callable, Dict, List, Optional, Tuple

from core.alu import U32
from core.case import CaseText, case_head, words
from core.draw import Draw
from core.ir import Node, listing
from core.model import EMPTY, HIT, LIMIT, RANGE, Machine
from graphs.env import CTX_READ, LOG, STATE, Env
from graphs import program as graph_program, shape as graph_shape
from graphs.shape import Shape, out_of_range

MAX_LOOKUPS = 4


def _label(program: Optional[int]) -> str:
    return "ENOENT" if program is None else "p%d" % (program + 1)


def plural(n: int, one: str, many: str = "") -> str:
    """1 slot, 2 slots"""
    return "%d %s" % (n, one if n == 1 else many or one + "s")


def _slots(sizes: List[int]) -> str:
    if len(sizes) == 1:
        return plural(sizes[0], "slot")
    return "%s and %d slots" % (", ".join(str(size) for size in sizes[:-1]), sizes[-1])


class Scenario:
    """The steps of one case, as they are drawn. Other generators make other programs."""

    more_maps: Tuple[str, ...] = ()
    make_shape: Callable[[Draw], Shape] = staticmethod(graph_shape.make_shape)
    make_env: Callable[[Draw, Shape], Env] = Env
    make_program: Callable[[Env, int], List[Node]] = staticmethod(graph_program.make_program)

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.shape: Shape = self.make_shape(draw)
        self.env = self.make_env(draw, self.shape)
        programs = [self.make_program(self.env, n) for n in range(self.shape.n)]
        self.programs: List[List[Node]] = programs
        self.maps = self.env.value_maps()
        self.machine = Machine(
            programs, dict(zip(self.env.arrays, self.shape.sizes)),
            {name: size // 8 * entries for name, size, entries in self.maps})
        self.steps: List[Tuple[str, object]] = []
        self.n_rounds = draw.weighted(((30, 1), (45, 2), (25, 3)))
        self.n_changes = 0

    def _do(self, step: str, expect: object) -> None:
        self.steps.append((step, expect))

    # Steps, each with its effect on the model.

    def _update(self, array: int, index: int, program: int) -> None:
        name = self.env.arrays[array]
        inside = index < self.shape.sizes[array]
        if inside:
            self.machine.arrays[name][index] = program
        self._do("update %s %d %s" % (name, index, _label(program)), 0 if inside else "E2BIG")

    def _delete(self, array: int, index: int) -> None:
        name = self.env.arrays[array]
        expect: object = "E2BIG"
        if index < self.shape.sizes[array]:
            expect = "ENOENT" if self.machine.arrays[name][index] is None else 0
            self.machine.arrays[name][index] = None
        self._do("delete %s %d" % (name, index), expect)

    def _lookup_slot(self, array: int, index: int) -> None:
        name = self.env.arrays[array]
        inside = index < self.shape.sizes[array]
        program = self.machine.arrays[name][index] if inside else None
        self._do("lookup %s %d" % (name, index), _label(program))

    def _set_words(self, name: str, key: int, words_per_value: int, value: int) -> None:
        """A number goes into the first 8 bytes, and zero into the rest."""
        at = key * words_per_value
        self.machine.values[name][at:at + words_per_value] = [value] + [0] * (words_per_value - 1)
        self._do("update %s %d %d" % (name, key, value), 0)

    def _set_state(self) -> None:
        self._set_words(STATE, 0, 2 + self.shape.n, self.draw.word64())

    def _lookup_words(self, name: str) -> None:
        self._do("lookup %s 0" % name, words(self.machine.values[name]))

    # Changes between runs.

    def _slot(self) -> Tuple[int, int]:
        array = self.draw.below(len(self.shape.sizes))
        return array, self.draw.below(self.shape.sizes[array])

    def _filled(self) -> List[Tuple[int, int]]:
        return [(a, i) for a, name in enumerate(self.env.arrays)
                for i, program in enumerate(self.machine.arrays[name]) if program is not None]

    def _change_delete(self) -> None:
        filled = self._filled()
        if filled and self.draw.percent(85):
            self._delete(*self.draw.pick(filled))
        else:
            self._delete(*self._slot())

    def _change_put(self) -> None:
        filled = self._filled()
        slot = self.draw.pick(filled) if filled and self.draw.percent(50) else self._slot()
        self._update(slot[0], slot[1], self.draw.below(self.shape.n))

    def _change_swap(self) -> None:
        filled = self._filled()
        if len(filled) < 2:
            self._change_put()
            return
        here, there = self.draw.sample(filled, 2)
        first = self.machine.arrays[self.env.arrays[here[0]]][here[1]]
        second = self.machine.arrays[self.env.arrays[there[0]]][there[1]]
        assert first is not None and second is not None
        self._update(here[0], here[1], second)
        self._update(there[0], there[1], first)

    def _change_refill(self) -> None:
        """Out, and in again: what a direct call jumped to must be found again."""
        filled = self._filled()
        if not filled:
            self._change_put()
            return
        array, index = self.draw.pick(filled)
        program = self.machine.arrays[self.env.arrays[array]][index]
        assert program is not None
        self._delete(array, index)
        self._update(array, index, program)

    def _change_beyond(self) -> None:
        array = self.draw.below(len(self.shape.sizes))
        index = out_of_range(self.draw, self.shape.sizes[array])
        if self.draw.percent(60):
            self._update(array, index, self.draw.below(self.shape.n))
        else:
            self._delete(array, index)

    def _change_cell(self) -> None:
        if not self.env.cells:
            self._change_put()
            return
        cell = self.draw.pick(self.env.cells)
        size = self.shape.sizes[cell.array]
        index = out_of_range(self.draw, size) if self.draw.percent(15) else self.draw.below(size)
        value = (index + cell.bias) & U32
        if self.draw.percent(30):
            value |= self.draw.word() << 32
        self._set_words(cell.map, cell.key, 1, value)

    def _change(self) -> None:
        changes: Tuple[Tuple[int, Callable[[], None]], ...] = (
            (22, self._change_delete), (34, self._change_put), (8, self._change_swap),
            (6, self._change_refill), (8, self._change_beyond), (16, self._change_cell),
            (6, self._set_state))
        self.draw.weighted(changes)()
        self.n_changes += 1

    # The parts of a case.

    def _load(self, text: CaseText) -> None:
        """Programs and slots, in any order in which a program comes before its slots."""
        draw = self.draw
        order = list(range(self.shape.n))
        if draw.percent(60):
            draw.shuffle(order)
        early = draw.pick((0, 50, 100))
        late: List[Tuple[int, int]] = []
        for program in order:
            text.program("prog p%d %s%s" % (program + 1, self.env.prog_type,
                                            self.env.prog_options),
                         listing(self.programs[program]))
            for array, index in self.shape.slots_of(program):
                if draw.percent(early):
                    self._update(array, index, program)
                else:
                    late.append((array, index))
            self._flush(text)
        draw.shuffle(late)
        for array, index in late:
            program_ = self.shape.fill[array][index]
            assert program_ is not None
            self._update(array, index, program_)
        text.blank()
        self._flush(text)

    def _flush(self, text: CaseText) -> None:
        for step, expect in self.steps:
            text.step(step, expect)
        self.steps = []

    def _packet_in(self) -> str:
        """The packet of a run, as an option of the step."""
        return ""

    def _packet_out(self) -> str:
        """What became of it."""
        return ""

    def _run(self) -> None:
        draw, machine = self.draw, self.machine
        entry = 0 if draw.percent(82) else draw.below(self.shape.n)
        repeat = draw.between(2, 4) if draw.percent(10) else 1
        before: Dict[str, int] = {}
        step = "run p%d" % (entry + 1) + self._packet_in()
        if repeat > 1:
            step += " repeat=%d" % repeat
        for field in CTX_READ if self.env.is_skb else ():
            if field in self.env.ctx_read and draw.percent(80):
                before[field] = draw.weighted(
                    ((80, draw.below(6)), (10, draw.word()), (10, out_of_range(draw, 4))))
                step += " %s=%d" % (field, before[field])
        machine.ctx = dict(before)
        expect = str(machine.run(entry, repeat)) + self._packet_out()
        for field in CTX_READ:
            after = machine.ctx.get(field, 0)
            if after != before.get(field, 0):
                expect += " %s=%d" % (field, after)
        self._do(step, expect)

    def _rounds(self) -> None:
        for n in range(self.n_rounds):
            self._run()
            self._lookup_words(LOG)
            if n + 1 < self.n_rounds:
                self._set_words(LOG, 0, len(self.machine.values[LOG]), 0)
                for _ in range(self.draw.weighted(((10, 0), (40, 1), (30, 2), (20, 3)))):
                    self._change()

    def _look_at_values(self) -> None:
        self._lookup_words(STATE)

    def _last_look(self) -> None:
        self._look_at_values()
        slots = [(a, i) for a, size in enumerate(self.shape.sizes) for i in range(size)]
        for array, index in self.draw.sample(slots, MAX_LOOKUPS):
            self._lookup_slot(array, index)
        if self.draw.percent(10):
            array = self.draw.below(len(self.shape.sizes))
            self._lookup_slot(array, out_of_range(self.draw, self.shape.sizes[array]))

    def build(self, name: str) -> str:
        """The text of the case."""
        draw, env = self.draw, self.env
        body = CaseText()  # the head is known only at the end
        for array, size in zip(env.arrays, self.shape.sizes):
            body.made("map %s prog_array entries=%d" % (array, size))
        for map_name, size, entries in self.maps:
            body.made("map %s array value=%d entries=%d" % (map_name, size, entries))
        for line in self.more_maps:
            body.made(line)
        for cell in env.cells:
            if env.cell_values[cell]:
                self._set_words(cell.map, cell.key, 1, env.cell_values[cell])
        if draw.percent(60):
            self._set_state()
        self._flush(body)
        self._load(body)
        self._rounds()
        self._last_look()
        self._flush(body)
        return case_head(name, self.about(), needs=self.env.needs) + body.text()

    def about(self) -> List[str]:
        """What the graph is, and what became of its calls, in words."""
        env, shape, events = self.env, self.shape, self.machine.events
        graph = "%s: %s (%s), %s of %s, %s, %s." % (
            shape.word[0].upper() + shape.word[1:], plural(shape.n, "program"), env.prog_type,
            plural(len(shape.sizes), "array"), _slots(shape.sizes),
            plural(self.n_rounds, "round"), plural(self.n_changes, "change"))
        calls = ["%d succeed" % events.get(HIT, 0)]
        for event, what in ((EMPTY, "to empty slots"), (RANGE, "out of range")):
            if events.get(event):
                where = sorted((e.split()[-1] for e in events if e.startswith(event + " at ")),
                               key=lambda p: int(p[1:]))
                calls.append("%d %s (from %s)" % (events[event], what, ", ".join(where)))
        if events.get(LIMIT):
            calls.append("%d beyond the limit" % events[LIMIT])
        if events.get("budget"):
            calls.append("%s without budget" % plural(events["budget"], "entry", "entries"))
        return [graph, "Sites: %d direct, %d indirect. Calls: %s." % (
            env.n_direct, env.n_indirect, ", ".join(calls))]

    def facts(self) -> Dict[str, int]:
        """Numbers for statistics."""
        facts = dict(self.machine.events)
        facts["programs"] = self.shape.n
        facts["direct"], facts["indirect"] = self.env.n_direct, self.env.n_indirect
        facts["entries"] = len(self.machine.path)
        facts["miss"] = sum(facts.get(event, 0) for event in (EMPTY, RANGE, LIMIT))
        facts["rounds"], facts["changes"] = self.n_rounds, self.n_changes
        facts["stack " + self.env.stack] = 1
        facts["shape " + self.shape.word] = 1
        facts["type " + self.env.prog_type] = 1
        return {fact: n for fact, n in facts.items() if " at p" not in fact}
