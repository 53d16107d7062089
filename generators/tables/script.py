# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""One case of a table: its head, and its steps in the form that `tailcheck fmt` prints."""
from typing import Dict, Sequence, Tuple

from core.case import CaseText

MAP_FLAGS = ("NO_PREALLOC", "NO_COMMON_LRU", "NUMA_NODE", "RDONLY", "WRONLY", "STACK_BUILD_ID",
             "ZERO_SEED", "RDONLY_PROG", "WRONLY_PROG", "CLONE", "MMAPABLE", "PRESERVE_ELEMS",
             "INNER_MAP", "LINK", "PATH_FD", "VTYPE_BTF_OBJ_FD", "TOKEN_FD", "SEGV_ON_FAULT",
             "NO_USER_CONV", "RB_OVERWRITE")
ELEM_FLAGS = ("NOEXIST", "EXIST", "LOCK", "CPU", "ALL_CPUS")

# The order in which options are printed: harness/case/case.h, enum opt.
OPTIONS = ("key", "value", "entries", "flags", "numa", "name", "inner", "extra", "ifindex", "btf",
           "btf-key", "btf-value", "btf-vmlinux", "btf-obj", "token", "stray", "elem-flags",
           "fill", "raw-name", "excl-hash", "excl-size", "attr-size", "out", "len")

# Steps whose success goes without saying.
MAKERS = ("map", "prog", "btf", "get", "map-by-id", "prog-by-id", "dup", "close")

Step = Tuple[str, ...]


def bit_name(bit: int, names: Sequence[str] = MAP_FLAGS) -> str:
    """A flag bit as the format writes it."""
    return names[bit] if bit < len(names) else "0x%x" % (1 << bit)


def flag_text(flags: int, names: Sequence[str]) -> str:
    """Flags as the format writes them: names, then the rest in hexadecimal digits."""
    words = [name for bit, name in enumerate(names) if flags >> bit & 1]
    rest = flags >> len(names) << len(names)
    return "|".join(words + (["0x%x" % rest] if rest else [])) or "0"


def options_text(options: Dict[str, object], names: Sequence[str]) -> str:
    """Options of a step, each with a blank before it. None: not given."""
    unknown = set(options) - set(OPTIONS)
    if unknown:
        raise ValueError("no such option: %s" % sorted(unknown))
    text = ""
    for option in OPTIONS:
        value = options.get(option)
        if value is None:
            continue
        if option in ("flags", "elem-flags") and isinstance(value, int):
            value = flag_text(value, names)
        text += " %s=%s" % (option, value)
    return text


class Script:
    """A case, written from the top down."""

    def __init__(self, name: str, about: str, source: str, level: str = "should",
                 claim: str = "") -> None:
        self.name = name
        self._head = ["case %s" % name, "about  %s" % about]
        if claim:
            self._head.append("claim  %s" % claim)
        self._head += ["source %s" % source, "level  %s" % level, ""]
        self._steps = CaseText()
        self._made = 0
        self.n_steps = 0

    def handle(self, prefix: str = "m") -> str:
        """A name that no handle has yet."""
        self._made += 1
        return "%s%d" % (prefix, self._made)

    def note(self, text: str) -> None:
        """A comment between steps, with an empty line before it."""
        self._steps.blank()
        self._steps.made("# " + text)

    def step(self, step: str, expect: str) -> None:
        """A step and what it must give."""
        self.n_steps += 1
        if expect == "0" and step.split(" ", 1)[0] in MAKERS:
            self._steps.made(step)
        else:
            self._steps.step(step, expect)

    def program(self, name: str, lines: Sequence[str] = ("r0 = 7", "exit"),
                expect: str = "0") -> None:
        """A program, of type socket_filter unless type and options are behind its name."""
        self.n_steps += 1
        step = "prog " + (name if " " in name else "%s socket_filter" % name)
        body = ["    " + line for line in lines]
        if expect == "0":
            self._steps.program(step, body)
        else:
            self._steps.program("%-32s = %s" % (step, expect), body)

    def body(self) -> str:
        """The steps."""
        return self._steps.text().lstrip("\n")

    def text(self) -> str:
        """The case."""
        return "\n".join(self._head + [""]) .rstrip("\n") + "\n\n" + self.body()
