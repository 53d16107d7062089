# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
BPF_MAP_CREATE of a prog_array: what is looked at, in which order, and what is said. A small model
of kernel/bpf/syscall.c map_create and arraymap.c fd_array_map_alloc_check as newest kernels have
them; the first rule that is broken gives the errno.
"""
from typing import Callable, Dict, NamedTuple, Optional, Tuple

from tables.script import MAP_FLAGS, options_text

NUMA_NODE, RDONLY, WRONLY, TOKEN_FD = 1 << 2, 1 << 3, 1 << 4, 1 << 16
PROG_ACCESS = 1 << 7 | 1 << 8
OF_ARRAYS = 1 << 10 | 1 << 11 | 1 << 12  # MMAPABLE, PRESERVE_ELEMS, INNER_MAP: for other arrays
ACCEPTED = NUMA_NODE | RDONLY | WRONLY

NO_NODE = 0xffffffff
ATTR_END = 168  # sizeof(union bpf_attr)
LAST_END = 92   # behind excl_prog_hash_size, the last field of the command
PAGE = 4096
MEMORY = 1 << 30  # bytes: no machine that is tested on gives so much, and each can give a tenth
SHA256 = 32

# Descriptors that are there in every case: what each of them is.
KINDS = {"fd:closed": "none", "fd:-1": "none", "fd:file": "file", "types": "btf", "other": "map",
         "leaf": "prog", 0: "none"}

# The BTF of the step `btf`: sizes of its types (engines/engine.h); 8 is a function's prototype.
BTF_SIZES = {1: 4, 2: 8, 3: 2, 4: 4, 5: 4, 6: 8, 7: 8, 9: 4, 10: 4, 11: 4, 12: 4}
BTF_WITH_LOCK = 12

# Where the fields of the command stand in union bpf_attr: offset and width.
FIELDS = {"key": (4, 4), "value": (8, 4), "entries": (12, 4), "flags": (16, 4), "inner": (20, 4),
          "numa": (24, 4), "name": (28, 16), "ifindex": (44, 4), "btf": (48, 4),
          "btf-key": (52, 4), "btf-value": (56, 4), "btf-vmlinux": (60, 4), "extra": (64, 8),
          "btf-obj": (72, 4), "token": (76, 4), "excl-hash": (80, 8), "excl-size": (88, 4)}


class Attr(NamedTuple):
    """The attributes, by the names of the options where they differ: zero where not given."""

    type: str = "prog_array"
    key: int = 4
    value: int = 4
    entries: int = 1
    flags: int = 0
    numa: int = 0
    name: bytes = b""
    extra: int = 0
    ifindex: int = 0
    btf: object = 0
    btf_key: int = 0
    btf_value: int = 0
    btf_vmlinux: int = 0
    token: object = 0
    stray: int = 0
    excl_hash: Optional[str] = None  # "bad", or hexadecimal digits
    excl_size: int = 0
    attr_size: int = ATTR_END


def is_name(name: bytes) -> bool:
    """Whether a field of 16 bytes is a name: up to 15 letters (of Latin-1), digits, _ and ."""
    text = name.split(b"\0", 1)[0] if b"\0" in name or len(name) < 16 else None
    return text is not None and all(
        chr(c) in "_." or 0x30 <= c <= 0x39 or 0x41 <= c <= 0x5a or 0x61 <= c <= 0x7a
        or (c >= 0xc0 and c not in (0xd7, 0xf7)) for c in text)


def _alloc_check(a: Attr) -> bool:
    return (a.value != 4 or a.key != 4 or a.entries == 0 or a.flags & PROG_ACCESS != 0
            or a.flags & OF_ARRAYS != 0 or a.flags & ~(ACCEPTED | TOKEN_FD) != 0)


def _numa(a: Attr) -> bool:
    return a.flags & NUMA_NODE != 0 and a.numa not in (0, NO_NODE)


def _btf_wanted(a: Attr) -> bool:
    return a.btf_key != 0 or a.btf_value != 0


def _btf_sizes(a: Attr) -> bool:
    return (KINDS[a.btf] != "btf" or BTF_SIZES.get(a.btf_key) != a.key
            or BTF_SIZES.get(a.btf_value) != a.value)


class Rule(NamedTuple):
    """A condition that must not hold, and the errno where it does."""

    errno: str
    broken: Callable[[Attr], bool]


RULES: Tuple[Rule, ...] = (
    # __sys_bpf: bpf_check_uarg_tail_zero, CHECK_ATTR
    Rule("E2BIG", lambda a: a.attr_size > PAGE),
    Rule("E2BIG", lambda a: a.stray >= ATTR_END),
    Rule("EINVAL", lambda a: a.stray >= LAST_END),
    # map_create
    Rule("EINVAL", lambda a: a.btf_vmlinux != 0),
    Rule("EINVAL", lambda a: a.btf_key != 0 and a.btf_value == 0),
    Rule("EINVAL", lambda a: a.extra != 0),
    Rule("EINVAL", _numa),
    Rule("EINVAL", lambda a: a.type != "prog_array"),
    Rule("EINVAL", _alloc_check),
    Rule("EBADF", lambda a: a.flags & TOKEN_FD != 0 and KINDS[a.token] == "none"),
    Rule("EINVAL", lambda a: a.flags & TOKEN_FD != 0),
    # map_alloc, of the map or of the device
    Rule("EINVAL", lambda a: a.ifindex != 0),
    Rule("ENOMEM", lambda a: a.entries * 8 > MEMORY),
    Rule("EINVAL", lambda a: not is_name(a.name)),
    Rule("EBADF", lambda a: _btf_wanted(a) and KINDS[a.btf] == "none"),
    Rule("EINVAL", lambda a: _btf_wanted(a) and _btf_sizes(a)),
    Rule("EOPNOTSUPP", lambda a: a.btf_value == BTF_WITH_LOCK),
    Rule("EINVAL", lambda a: a.excl_hash is None and a.excl_size != 0),
    Rule("EINVAL", lambda a: a.excl_hash is not None and a.excl_size != SHA256),
    Rule("EFAULT", lambda a: a.excl_hash == "bad"),
    Rule("EINVAL", lambda a: a.flags & RDONLY != 0 and a.flags & WRONLY != 0),
)


def expect(a: Attr) -> str:
    """What the command gives: 0 or an errno."""
    for rule in RULES:
        if rule.broken(a):
            return rule.errno
    return "0"


def cut(a: Attr) -> Attr:
    """The attributes as the kernel sees them that is passed the first a.attr_size bytes only."""
    changes: Dict[str, object] = {}
    for option, (offset, width) in FIELDS.items():
        field = option.replace("-", "_")
        kept = max(0, min(width, a.attr_size - offset))
        value = getattr(a, field, None)
        if kept == width or not value:
            continue
        if isinstance(value, bytes):
            changes[field] = value[:kept]
        elif isinstance(value, int):
            changes[field] = value & (1 << 8 * kept) - 1
        else:
            raise ValueError("cannot cut %s" % option)
    if a.attr_size < 4:
        changes["type"] = "unspec" if a.attr_size == 0 else a.type
    return a._replace(**changes)  # type: ignore


def step(handle: str, options: Dict[str, object], kind: str = "prog_array") -> str:
    """The line of a step."""
    return "map %s %s%s" % (handle, kind, options_text(options, MAP_FLAGS))


def attr(options: Dict[str, object], kind: str = "prog_array") -> Attr:
    """The attributes that the options of a step give."""
    fields: Dict[str, object] = {"type": kind}
    for option, value in options.items():
        if option == "raw-name":
            fields["name"] = bytes.fromhex(str(value))
        elif option == "name":
            fields["name"] = str(value).encode("ascii")
        elif option not in ("inner", "btf-obj"):  # never looked at
            fields[option.replace("-", "_")] = value
    digits = fields.get("excl_hash")
    if digits == "null":
        fields["excl_hash"] = None
    elif isinstance(digits, str) and digits != "bad":
        fields.setdefault("excl_size", len(digits) // 2)
    return cut(Attr(**fields))  # type: ignore
