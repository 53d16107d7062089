# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A graph's case around programs with functions."""
from typing import Dict

from core.draw import Draw
from core.packet import ETH_HEADER
from funcs.env import GLOBAL, FuncEnv
from funcs.program import make_program
from graphs.scenario import Scenario as GraphScenario
from graphs.shape import Shape, make_shape

# Verifiers walk through a static function once for every way to a call of it.
N_PROGRAMS = ((25, 1), (35, 2), (25, 3), (10, 4), (5, 5))


def small_shape(draw: Draw) -> Shape:
    """A graph of few programs."""
    return make_shape(draw, N_PROGRAMS)


class Scenario(GraphScenario):
    """The steps of one case."""

    make_shape = staticmethod(small_shape)
    make_env = FuncEnv
    make_program = staticmethod(make_program)  # type: ignore

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw)
        if self.env.prog_type == "socket_filter":
            self.machine.packet_from = ETH_HEADER

    def facts(self) -> Dict[str, int]:
        facts = super().facts()
        assert isinstance(self.env, FuncEnv)
        facts["functions"] = self.env.n_functions
        facts["global"] = int(self.env.prog_options == GLOBAL)
        for what, n in self.env.uses.items():
            facts["result " + what] = n
        return facts
