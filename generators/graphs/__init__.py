# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Random graphs of tail calls: hops, misses and limits in every order, all of them observed."""
from typing import Dict, Tuple

from core.draw import Draw
from graphs.scenario import Scenario

NAME = "graphs"
VERSION = 2
ABOUT = "random graphs of programs and prog arrays, changed between runs"


def make(draw: Draw, name: str) -> Tuple[str, Dict[str, int]]:
    """The text of one case, and numbers for statistics."""
    scenario = Scenario(draw)
    return scenario.build(name), scenario.facts()
