# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Local functions and tail calls in every mixture: graphs whose programs have functions."""
from typing import Dict, Tuple

from core.draw import Draw
from funcs.scenario import Scenario

NAME = "funcs"
VERSION = 2
ABOUT = "graphs of programs with local functions that tail-call"


def make(draw: Draw, name: str) -> Tuple[str, Dict[str, int]]:
    """The text of one case, and numbers for statistics."""
    scenario = Scenario(draw)
    return scenario.build(name), scenario.facts()
