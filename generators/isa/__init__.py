# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Random instructions: arithmetic, jumps and memory, all of whose results are observed."""
from typing import Dict, Tuple

from core.draw import Draw
from isa.scenario import Scenario

NAME = "isa"
VERSION = 2
ABOUT = "random instructions on registers, stack and a map's value"


def make(draw: Draw, name: str) -> Tuple[str, Dict[str, int]]:
    """The text of one case, and numbers for statistics."""
    scenario = Scenario(draw)
    return scenario.build(name), scenario.facts()
