# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Programs with callbacks and with functions of the kernel, which old kernels do not have: a case of
these has no others, since it is unsupported there.
"""
from typing import Callable, List, NamedTuple, Tuple

from attrs.programs import Program
from core.draw import Draw

TIMERS = "map timers array value=16 timer"
TAIL_CALL = ("r2 = progs ll", "r3 = 0", "call bpf_tail_call")
LOCK, UNLOCK = "call kfunc bpf_rcu_read_lock", "call kfunc bpf_rcu_read_unlock"
SEEN = "7"
LEAF = ("r0 = " + SEEN, "exit")  # in progs[0]


def _timer(draw: Draw) -> Program:
    """
    A timer's callback may call functions, if none of them so much as holds a tail call; the program
    that sets the timer may make them.
    """
    result = draw.between(8, 99)
    main: List[str] = ["r6 = r1", "r1 = timers[0] ll", "r2 = tick ll",
                       "call bpf_timer_set_callback"]
    tail = draw.percent(40)
    main += ["r1 = r6", *TAIL_CALL] if tail else []
    main += ["r0 = %d" % result, "exit", "tick:"]
    functions = draw.below(3)
    bad = functions and draw.percent(50)
    for n in range(functions):
        main += ["call f%d" % n, "r0 = 0", "exit", "f%d:" % n]
    if bad:  # where no way leads to it
        main += ["r4 = 1", "if r4 == 1 goto out", *TAIL_CALL, "out:"]
    return Program("sched_cls", (*main, "r0 = 0", "exit"), "EINVAL" if bad else "0",
                   "" if bad else SEEN if tail else str(result))


def _rcu(draw: Draw) -> Program:
    """What is locked must be unlocked before a tail call and at the end, by the same program."""
    result = draw.between(8, 99)
    pairs = [LOCK, UNLOCK] * draw.between(1, 3)
    lines: List[str] = ["r6 = r1", *pairs]
    bad = draw.percent(50)
    if bad:
        del lines[draw.pick((1, 2))]  # a lock or an unlock is missing
    tail = draw.percent(50)
    lines += ["r1 = r6", *TAIL_CALL] if tail else []
    lines += ["r0 = %d" % result, "exit"]
    return Program("raw_tracepoint", tuple(lines), "EINVAL" if bad else "0",
                   "" if bad else SEEN if tail else str(result))


class Family(NamedTuple):
    """The type of its programs, the maps that they need, and what makes one."""

    prog_type: str
    maps: Tuple[str, ...]
    make: Callable[[Draw], Program]


FAMILIES = (Family("sched_cls", (TIMERS,), _timer), Family("raw_tracepoint", (), _rcu))
