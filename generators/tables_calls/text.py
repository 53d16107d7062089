# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""How the tables write cases: heads, programs, files."""
from typing import Iterable, List, Sequence

from core.case import LICENSE, CaseText

MISS = 1  # what a program gives whose tail call fell through
FORMS = ("direct", "indirect")
MASK64 = (1 << 64) - 1


class Case(CaseText):
    """A case with a head: what it shows, which claims it tests, where the expectation is from."""

    __slots__ = ("_head",)

    def __init__(self, name: str, about: str, claim: str, source: str, level: str = "must",
                 needs: str = "") -> None:
        super().__init__()
        self._head = ["case %s" % name, "about  %s" % about, "claim  %s" % claim,
                      "source %s" % source, "level  %s" % level]
        if needs:
            self._head.append("needs  %s" % needs)

    def prog(self, name: str, body: Iterable[str], kind: str = "raw_tracepoint",
             expect: str = "") -> None:
        """A program; an expectation where its load is to fail. Labels end in a colon."""
        step = "prog %s %s" % (name, kind)
        if expect:
            self.step(step, expect)
            self.program_lines(body)
        else:
            self.program(step, ["    " + line for line in body])

    def program_lines(self, body: Iterable[str]) -> None:
        """The instructions of a program whose step is written."""
        self._lines += ["    " + line for line in body]

    def leaf(self, name: str, result: int, kind: str = "raw_tracepoint") -> None:
        """A program that says who it is."""
        self.prog(name, ["r0 = %d" % result, "exit"], kind)

    def text(self) -> str:
        """The whole case."""
        return "\n".join(self._head) + "\n\n" + super().text()


def number(value: int) -> str:
    """A 64-bit number as an option or expectation takes it."""
    return str(value & MASK64)


def load_constant(reg: str, value: int) -> str:
    """An instruction that puts a 64-bit number into a register."""
    if -(1 << 31) <= value < 1 << 31:
        return "%s = %d" % (reg, value)
    return "%s = 0x%x ll" % (reg, value & MASK64)


def tail_call(array: str, index: Sequence[str], ctx: str = "") -> List[str]:
    """A tail call: the context is in a register (or in r1 already), index sets r3."""
    lines = ["r1 = %s" % ctx] if ctx else []
    return lines + list(index) + ["r2 = %s ll" % array, "call bpf_tail_call"]


def case_file(about: str, cases: Iterable[Case]) -> str:
    """A file of cases, with a comment at its top."""
    head = "\n".join([LICENSE, "# Written by generators/tables_calls; change it there.",
                      "# " + about])
    return head + "\n\n" + "\n".join(case.text() for case in cases)
