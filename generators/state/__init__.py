# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""State that goes along with tail calls, or does not: packets, contexts, maps, pointers."""
from typing import Dict, Tuple

from core.draw import Draw
from state.scenario import Scenario

NAME = "state"
VERSION = 1
ABOUT = "packets, contexts and maps changed before, between and after tail calls"


def make(draw: Draw, name: str) -> Tuple[str, Dict[str, int]]:
    """The text of one case, and numbers for statistics."""
    scenario = Scenario(draw)
    return scenario.build(name), scenario.facts()
