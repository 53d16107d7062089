# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Attributes of the commands of bpf(2), at boundaries: several at once, unlike the tables."""
from typing import Dict, Tuple

from attrs.scenario import Scenario
from core.draw import Draw

NAME = "attrs"
VERSION = 2
ABOUT = "attributes of map creation, loads and commands, drawn at boundaries"


def make(draw: Draw, name: str) -> Tuple[str, Dict[str, int]]:
    """The text of one case, and numbers for statistics."""
    scenario = Scenario(draw, name)
    return scenario.build(), scenario.facts
