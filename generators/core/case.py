# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The text of cases (cases/README.md), in the form that `tailcheck fmt` prints."""
from typing import List, Sequence

LICENSE = "# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause"
EXPECT_COLUMN = 32


def words(value: Sequence[int]) -> str:
    """The expectation for a value of more than 8 bytes: its words that are not zero."""
    return " ".join([f"{i}:{w}" for i, w in enumerate(value) if w]) or "zero"


def case_head(name: str, about: Sequence[str], level: str = "must", needs: str = "") -> str:
    """The first lines of a case, with the empty one that ends them."""
    lines = ["case %s" % name] + ["about  %s" % line for line in about] + ["level  %s" % level]
    if needs:
        lines.append("needs  %s" % needs)
    return "\n".join(lines + ["", ""])


class CaseText:
    """The steps of a case, written from the top down."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: List[str] = []

    def blank(self) -> None:
        """An empty line, between parts."""
        self._lines.append("")

    def made(self, step: str) -> None:
        """A step that makes something and whose success goes without saying."""
        self._lines.append(step)

    def program(self, step: str, listing: Sequence[str]) -> None:
        """A prog step and its instructions."""
        self._lines.append(step)
        self._lines += listing

    def step(self, step: str, expect: object) -> None:
        """A step and what it must give."""
        self._lines.append("%-*s = %s" % (EXPECT_COLUMN, step, expect))

    def text(self) -> str:
        """The steps, with a line's end at its end."""
        return "\n".join(self._lines) + "\n"


def file_header(generator: str, version: int, seed: int, start: int, count: int,
                extended: bool = False) -> str:
    """The comment at the top of a generated file: how to make it again."""
    command = "python3 generators/generate.py %s --seed %d --count %d" % (generator, seed, count)
    if start:
        command += " --start %d" % start
    if extended:
        command += " --extended"
    return "\n".join([
        LICENSE,
        "# Generated; do not edit. Generator %s, version %d, seed %d, count %d, first %d."
        % (generator, version, seed, count, start),
        "# Made by: %s -o FILE" % command,
        "",
    ])
