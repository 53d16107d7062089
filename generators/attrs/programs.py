# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Programs at the edges of what loads: rare types, addresses of flow keys, many direct calls, frames
that are just as large as may be.
"""
from typing import List, NamedTuple, Tuple

from core.draw import Draw

MAX_STACK = 512
MAX_DIRECT = 1024  # kernel/bpf/core.c poke_tab_max
FLOW_KEYS = 56     # sizeof(struct bpf_flow_keys)
KEYS_POINTER = "r2 = *(u64 *)(r1 + 144)"


class Program(NamedTuple):
    """Type and options, body, what the load gives, and a run, where there is one to be seen."""

    words: str
    lines: Tuple[str, ...]
    load: str = "0"
    run: str = ""


def _leaf(words: str, result: int, run: str = "") -> Program:
    return Program(words, ("r0 = %d" % result, "exit"), run=run)


def _rare_type(draw: Draw) -> Program:
    kind = draw.below(5)
    if kind == 4:  # a jump of 32 bits, which some have that have nothing else of version 4
        return Program("socket_filter", ("r0 = 0", "gotol out", "out:", "exit"))
    if kind == 0:
        return _leaf("lirc_mode2 attach=lirc_mode2", 0)
    if kind == 1:
        return _leaf("netfilter attach=netfilter", draw.below(2))
    if kind == 2:
        return _leaf("lwt_seg6local", draw.below(3), "ENOTSUPP")
    result = draw.pick((0, 2, 129))  # BPF_OK, BPF_DROP, BPF_FLOW_DISSECTOR_CONTINUE
    return _leaf("flow_dissector", result, "%d len=%d @0=0e @2=0e" % (result, FLOW_KEYS))


def _flow_keys(draw: Draw) -> Program:
    """A constant may be added to their address; a variable may not, for nobody follows it."""
    size = draw.pick((1, 2, 4))
    load = "r0 = *(u%d *)(r2 + 0)" % (8 * size)
    if draw.percent(30):
        lines = (KEYS_POINTER, "r3 = *(u8 *)(r2 + 9)", "r2 += r3", load, "exit")
        return Program("flow_dissector", lines, "EACCES")
    at = draw.pick((0, 8, 48, FLOW_KEYS - size, FLOW_KEYS - size + 1, FLOW_KEYS, 4096))
    fits = at + size <= FLOW_KEYS
    return Program("flow_dissector", (KEYS_POINTER, "r2 += %d" % at, load, "r0 = 0", "exit"),
                   "0" if fits else "EACCES")


def _many_calls(draw: Draw) -> Program:
    """Each with a constant index in the array; a computed one is not of their number."""
    n = MAX_DIRECT + draw.between(-1, 1)
    index = "r3 = %d" % draw.below(4) if draw.percent(75) else "r3 = r7"
    body: List[str] = ["r6 = r1", "r7 = *(u32 *)(r1 + 8)", ".rept %d" % n, "r1 = r6",
                       "r2 = progs ll", index, "call bpf_tail_call", ".endr", "r0 = 0", "exit"]
    too_many = n > MAX_DIRECT and index != "r3 = r7"
    return Program("socket_filter", tuple(body), "ENOSPC" if too_many else "0")


def _frames(draw: Draw) -> Program:
    """Two or three functions without tail calls; their frames count in steps of 16 bytes."""
    sizes = [8 * draw.between(1, 20) for _ in range(draw.between(1, 2))]
    sizes.append(MAX_STACK - sum(-(-size // 16) * 16 for size in sizes) + draw.pick((-8, 0, 8, 16)))
    draw.shuffle(sizes)
    body: List[str] = []
    for n, size in enumerate(sizes):
        body += ["f%d:" % n] if n else []
        body.append("*(u64 *)(r10 - %d) = %d" % (size, n))
        body += ["call f%d" % (n + 1)] if n + 1 < len(sizes) else []
        body += ["r0 = %d" % n, "exit"]
    fits = sum(-(-size // 16) * 16 for size in sizes) <= MAX_STACK
    return Program("socket_filter", tuple(body), "0" if fits else "EACCES", "0" if fits else "")


def at_an_edge(draw: Draw) -> Program:
    """One of them."""
    return draw.weighted(((45, _rare_type), (28, _flow_keys), (9, _many_calls),
                          (18, _frames)))(draw)
