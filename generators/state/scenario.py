# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A graph's case whose runs have packets, and whose end looks at a hash map too."""
from core.draw import Draw
from core.packet import ETH_HEADER, changes
from graphs.env import Env
from graphs.scenario import Scenario as GraphScenario
from graphs.shape import Shape, make_shape
from state.program import ELEMENTS, KEYS, StateEnv, make_program

N_PROGRAMS = ((10, 1), (30, 2), (30, 3), (18, 4), (12, 5))
LEAST, MOST = 24, 90  # bytes of packets; beyond a page there are fragments


def small_shape(draw: Draw) -> Shape:
    """A graph of few programs: each of them does much."""
    return make_shape(draw, N_PROGRAMS)


class Scenario(GraphScenario):
    """The steps of one case."""

    more_maps = ("map %s hash value=8 entries=%d" % (ELEMENTS, 2 * KEYS),)
    make_shape = staticmethod(small_shape)
    make_env = StateEnv
    make_program = staticmethod(make_program)

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw)
        self._packet = b""
        env: Env = self.env
        self.machine.packet_from = ETH_HEADER if env.prog_type == "socket_filter" else 0
        for key in range(KEYS):
            if draw.percent(60):
                self._set_element(key)

    def _set_element(self, key: int) -> None:
        value = self.draw.word64()
        self.machine.hashes.setdefault(ELEMENTS, {})[key] = value
        self._do("update %s %d %d" % (ELEMENTS, key, value), 0)

    def _packet_in(self) -> str:
        draw = self.draw
        length = draw.between(LEAST, MOST)
        packet = bytearray(draw.below(256) for _ in range(length))
        packet[12:14] = b"\0\0"  # no protocol that a kernel would look at
        self._packet = bytes(packet)
        self.machine.packet = packet
        return " bytes=" + packet.hex()

    def _packet_out(self) -> str:
        after = self.machine.packet
        if self.machine.packet_from:  # taken off before the run, and put back without contents
            after = bytearray(ETH_HEADER) + after[ETH_HEADER:]
        return changes(self._packet, after)

    def _change(self) -> None:
        if self.draw.percent(25):
            self._set_element(self.draw.below(KEYS))
            self.n_changes += 1
        else:
            super()._change()

    def _look_at_values(self) -> None:
        super()._look_at_values()
        elements = self.machine.hashes.get(ELEMENTS, {})
        for key in range(KEYS):
            self._do("lookup %s %d" % (ELEMENTS, key), elements.get(key, "ENOENT"))
