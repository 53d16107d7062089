# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Sequences of map commands, with runs in between: prog_arrays against a model of their own."""
from typing import Dict, Tuple

from commands.scenario import Scenario
from core.draw import Draw

NAME = "commands"
VERSION = 2
ABOUT = "sequences of map commands, with runs in between"


def make(draw: Draw, name: str) -> Tuple[str, Dict[str, int]]:
    """The text of one case, and numbers for statistics."""
    scenario = Scenario(draw, name)
    return scenario.build(), scenario.facts
