# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The tables about BPF_MAP_CREATE."""
from itertools import combinations, product
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from tables.create_rules import (ACCEPTED, BTF_SIZES, RDONLY, TOKEN_FD, WRONLY, attr, expect,
                                 is_name, step)
from tables.script import Script, bit_name

Options = Dict[str, object]

CHECK = "kernel/bpf/arraymap.c fd_array_map_alloc_check"
SYSCALL = "kernel/bpf/syscall.c map_create"
ODD_FDS = ("fd:closed", "fd:-1", "fd:file", "types", "other", "leaf")
U32 = 0xffffffff
GOOD_HASH = "5a" * 32


def create(script: Script, options: Options, kind: str = "prog_array") -> Optional[str]:
    """A step that creates; the handle, or None where it must fail."""
    handle, expected = script.handle(), expect(attr(options, kind))
    script.step(step(handle, options, kind), expected)
    return handle if expected == "0" else None


def with_flags(*bits: int) -> Options:
    """Flags by bits, with no token where a token is announced."""
    options: Options = {"flags": sum(1 << bit for bit in bits)}
    if 16 in bits:
        options["token"] = "fd:-1"
    return options


def odd_handles(script: Script) -> None:
    """What the kinds of descriptors stand for."""
    script.step("btf types", "0")
    script.step("map other array", "0")
    script.program("leaf")


def flag_bits() -> Script:
    """Every bit alone."""
    s = Script("create.table.flag-bits",
               "Each of the 32 flag bits alone: three are taken, one asks for a token, and all "
               "others are refused, so that a loader's probe for a flag tells the truth.",
               CHECK + ", ARRAY_CREATE_FLAG_MASK", "must",
               "create.flag.supported create.flag.unknown")
    for bit in range(32):
        handle = create(s, with_flags(bit))
        if handle:
            s.step("info %s map_flags" % handle, str((1 << bit) & ~(RDONLY | WRONLY)))
    return s


def flag_pairs() -> Iterator[Script]:
    """Every pair of bits."""
    for bit in (2, 3, 4, 16):
        s = Script("create.table.flag-pairs.%s" % bit_name(bit).lower().replace("_", "-"),
                   "%s with each other bit: a flag that is taken does not make another one "
                   "acceptable." % bit_name(bit), CHECK, "should", "create.flag.unknown")
        for other in range(32):
            if other != bit:
                handle = create(s, with_flags(bit, other))
                if handle:
                    flags = (1 << bit | 1 << other) & ~(RDONLY | WRONLY)
                    s.step("info %s map_flags" % handle, str(flags))
        yield s
    s = Script("create.table.flag-pairs.refused",
               "Two bits of which neither is taken: no pair cancels out.", CHECK, "should",
               "create.flag.unknown")
    for pair in combinations(range(32), 2):
        if not {2, 3, 4, 16} & set(pair):
            create(s, with_flags(*pair))
    yield s
    s = Script("create.table.flag-sets",
               "All sets of the bits that are taken, alone and with one that is not.", CHECK,
               "must", "create.flag.rdonly-wronly-exclusive")
    for n in range(4):
        for bits in combinations((2, 3, 4), n):
            create(s, with_flags(*bits))
            create(s, with_flags(*bits, 10))
            create(s, with_flags(*bits, 31))
    create(s, {"flags": U32, "token": "fd:-1"})
    create(s, {"flags": U32 & ~(ACCEPTED | TOKEN_FD)})
    yield s


def sizes() -> Iterator[Script]:
    """Keys, values, entries."""
    around = sorted({n + d for n in (0, 4, 8, 16, 256, 4096, 65536, 1 << 31) for d in (-1, 0, 1)
                     if n + d >= 0} | {2, 6, 12, 24, 32, 64, 128, 0x04000000, 0x40000004, U32 - 3,
                                       U32 - 1, U32})
    for what in ("key", "value"):
        s = Script("create.table.%s-size" % what,
                   "Only 4 is a size of a %s, not what is larger, nor what has the right low "
                   "bits." % what, CHECK, "must", "prog_array.%s_size" % what)
        for n in around:
            create(s, {what: n})
        yield s
    s = Script("create.table.sizes",
               "Sizes of key and value and the number of slots, all combinations: each must be "
               "right by itself.", CHECK, "should",
               "prog_array.key_size prog_array.value_size prog_array.max_entries")
    for key, value, entries in product((0, 3, 4, 5, 8), (0, 3, 4, 5, 8), (0, 1, 3, U32)):
        create(s, {"key": key, "value": value, "entries": entries})
    yield s
    s = Script("create.table.entries",
               "Numbers of slots: each is exact, which the last slot and the one behind it show; "
               "what needs more memory than there is, is ENOMEM.", CHECK, "must",
               "prog_array.max_entries")
    for entries in (1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 255, 256, 257, 511, 512, 513, 4095, 4096, 4097,
                    65535, 65536, 65537, (1 << 31) - 1, 1 << 31, (1 << 31) + 1, U32 - 1, U32, 0):
        handle = create(s, {"entries": entries})
        if handle:
            s.step("info %s max_entries" % handle, str(entries))
            s.step("delete %s %d" % (handle, entries - 1), "ENOENT")
            s.step("delete %s %d" % (handle, entries), "E2BIG")
    yield s


def named(script: Script, raw: bytes) -> None:
    """A name, and that it is kept."""
    handle = create(script, {"raw-name": raw.hex()})
    text = raw.split(b"\0", 1)[0]
    if handle and text:
        script.step("info %s name" % handle, "".join(
            chr(c) if 0x20 < c < 0x7f and c != 0x5c else "\\x%02x" % c for c in text))


def names() -> Iterator[Script]:
    """Names: lengths, characters, positions, what stands behind the NUL."""
    source = "kernel/bpf/syscall.c bpf_obj_name_cpy; lib/ctype.c"
    s = Script("create.table.name-length",
               "Names of 1 to 16 characters: 15 and a NUL are what fits.", source, "must",
               "create.map_name")
    for n in range(1, 17):
        named(s, b"abcdefghijklmnop"[:n])
    yield s
    s = Script("create.table.name-characters",
               "Each of the 255 characters as a name: letters, digits, the underscore and the dot "
               "are taken, and the kernel's idea of a letter is that of Latin-1.", source, "should",
               "create.map_name.characters")
    for c in range(1, 256):
        named(s, bytes([c]))
    yield s
    s = Script("create.table.name-positions",
               "One bad character, or one beyond ASCII, at each place of a name: none is "
               "overlooked, be it the last.", source, "should", "create.map_name")
    for bad in (b"-", b"\xd7", b"\xe4"):
        for place in range(15):
            named(s, b"a" * place + bad + b"a" * (14 - place))
    yield s
    s = Script("create.table.name-behind-nul",
               "What stands behind the NUL is neither looked at nor kept: a buffer that was not "
               "cleared does no harm.", source, "should", "create.map_name")
    for place in range(16):
        named(s, b"a" * place + b"\0" + b"-" * (15 - place))
    named(s, b"\xff" * 16)
    named(s, b"a" * 15 + b"\xff")
    assert not is_name(b"a" * 16)
    yield s


def numbers() -> Iterator[Script]:
    """Fields that are numbers."""
    s = Script("create.table.numa-node",
               "Nodes by number, with the flag and without: garbage in the field is an error only "
               "where the flag says that it is a node.", SYSCALL + ", bpf_map_attr_numa_node",
               "must", "create.flag.numa_node create.numa_node.ignored")
    for node in (0, 64, 1023, 1024, 65535, 1 << 30, (1 << 31) - 1, 1 << 31, U32 - 1, U32):
        for flags in (1 << 2, 0, 1 << 3, 1 << 2 | 1 << 3, 1 << 2 | 1 << 4):
            create(s, {"flags": flags, "numa": node})
    yield s
    s = Script("create.table.map-extra",
               "Each bit of map_extra: the field means nothing for this type, in none of its 64 "
               "bits.", SYSCALL, "must", "create.map_extra")
    for bit in range(64):
        create(s, {"extra": 1 << bit})
    yield s
    s = Script("create.table.ignored",
               "Fields that are not looked at: inner_map_fd, and without their flags the "
               "descriptors of a token and of a module's BTF, whatever is in them.", SYSCALL,
               "should", "create.inner_map_fd.ignored create.token_fd.ignored")
    odd_handles(s)
    for option in ("inner", "token", "btf", "btf-obj"):
        for fd in ODD_FDS + (1, U32):
            create(s, {option: fd})
    yield s
    s = Script("create.table.devices",
               "Numbers of devices, there or not: no prog_array can be offloaded.",
               "kernel/bpf/offload.c bpf_map_offload_map_alloc", "should", "create.map_ifindex")
    for number in (1, 2, 3, 255, 65536, (1 << 31) - 1, 1 << 31, U32):
        create(s, {"ifindex": number})
    yield s
    s = Script("create.table.token",
               "What a token's descriptor may be found to be: nothing is EBADF, and what is no "
               "token EINVAL, the map itself no better than a file.",
               "kernel/bpf/token.c bpf_token_get_from_fd", "should", "create.flag.token_fd")
    odd_handles(s)
    for fd, flags in product(ODD_FDS, (0, 1 << 2, 1 << 3)):
        create(s, {"flags": TOKEN_FD | flags, "token": fd})
    yield s


def btf() -> Iterator[Script]:
    """Types of keys and values."""
    source = "kernel/bpf/syscall.c map_check_btf"
    s = Script("create.table.btf-types",
               "All pairs of types for key and value: both must be given and 4 bytes wide, by "
               "whatever name, and a lock in the value is refused by an errno of its own.", source,
               "should", "create.btf_types")
    s.step("btf types", "0")
    last = max(BTF_SIZES) + 1
    for key, value in product(range(last + 1), range(last + 1)):
        options: Options = {"btf": "types", "btf-key": key, "btf-value": value}
        handle = create(s, options)
        if handle and key:
            s.step("info %s btf_key" % handle, str(key))
            s.step("info %s btf_value" % handle, str(value))
    yield s
    s = Script("create.table.btf-fds",
               "What the BTF's descriptor may be found to be, with and without types that make "
               "it matter.", source, "should", "create.btf_types create.btf_fd.ignored")
    odd_handles(s)
    for fd, (key, value) in product(ODD_FDS, ((1, 1), (0, 1), (1, 0), (0, 0), (2, 1), (1, 99),
                                              (U32, U32), (1, 12))):
        create(s, {"btf": fd, "btf-key": key, "btf-value": value})
    yield s
    s = Script("create.table.btf-vmlinux",
               "A type of the kernel's own for the value is for struct_ops: each bit of its id is "
               "refused.", SYSCALL, "must", "create.btf_vmlinux_value_type_id")
    for bit in range(32):
        create(s, {"btf-vmlinux": 1 << bit})
    yield s


def bytes_of_attr() -> Iterator[Script]:
    """How much of the attributes there is."""
    s = Script("create.table.attr-size",
               "Attributes cut short anywhere, and longer than the kernel knows: what is missing "
               "counts as zero, and a longer structure of zeros is fine, which lets old and new "
               "loaders meet old and new kernels.",
               "kernel/bpf/syscall.c __sys_bpf, bpf_check_uarg_tail_zero", "must", "bpf_attr.tail")
    for size in list(range(93)) + [119, 120, 144, 152, 167, 168, 169, 200, 511, 4095, 4096, 4097,
                                   8192, 65536, (1 << 31) - 1]:
        create(s, {"attr-size": size})
    s.note("With more attributes than the sizes of the map:")
    for size in list(range(16, 81)):
        create(s, {"flags": 1 << 2 | 1 << 3, "numa": 0xffffffff, "name": "fourteen_chars",
               "attr-size": size})
    yield s
    s = Script("create.table.trailing-bytes",
               "A single byte behind the last field: EINVAL within the kernel's union, E2BIG "
               "behind it, whoever asks by which byte.",
               "kernel/bpf/syscall.c CHECK_ATTR, bpf_check_uarg_tail_zero", "should",
               "bpf_attr.tail")
    for stray in list(range(92, 120)) + [167, 168, 169, 175, 200, 255, 256, 384, 511]:
        create(s, {"stray": stray})
    yield s
    s = Script("create.table.exclusive",
               "The hash of the one program that may use the map: 32 bytes and a pointer belong "
               "together. Each combination of pointer and size.",
               "kernel/bpf/syscall.c map_create of 6.18 and later", "should",
               "create.excl_prog_hash")
    for pointer, size in product(("null", "bad", GOOD_HASH, GOOD_HASH[:62], GOOD_HASH + "00"),
                                 (None, 0, 1, 31, 32, 33, 64, U32)):
        if pointer == GOOD_HASH[:62] and size is not None:
            continue
        options: Options = {"excl-hash": pointer, "excl-size": size}
        create(s, {k: v for k, v in options.items() if v is not None})
    yield s


class Fault(NamedTuple):
    """Something wrong: a word and a phrase for it, and the options that make it so."""

    word: str
    phrase: str
    options: Options


def fault(word: str, phrase: str, **options: object) -> Fault:
    """A fault, with - in options written as _."""
    return Fault(word, phrase, {k.replace("_", "-"): v for k, v in options.items()})


# In the order in which a reader meets the fields, not in the order in which they are looked at.
FAULTS: Tuple[Fault, ...] = (
    fault("type", "A map type that does not exist", kind="1000"),
    fault("key", "A key of 8 bytes", key=8),
    fault("value", "A value of 8 bytes", value=8),
    fault("no-entries", "No slots", entries=0),
    fault("memory", "More slots than memory", entries=U32),
    fault("flag-of-hashes", "NO_PREALLOC, a flag of hash tables", flags=1 << 0),
    fault("prog-access", "RDONLY_PROG", flags=1 << 7),
    fault("mmapable", "MMAPABLE", flags=1 << 10),
    fault("unknown-flag", "A flag that nobody knows", flags=1 << 31),
    fault("both-modes", "RDONLY with WRONLY", flags=RDONLY | WRONLY),
    fault("node", "A node that is not there", flags=1 << 2, numa=1023),
    fault("no-token", "A token's descriptor that is closed", flags=TOKEN_FD, token="fd:closed"),
    fault("token-is-file", "A token's descriptor that is a file", flags=TOKEN_FD, token="fd:file"),
    fault("name-long", "A name of 16 characters", name="sixteen_letters_"),
    fault("name-dash", "A name with a dash", name="jump-table"),
    fault("ifindex", "A network device", ifindex=1),
    fault("no-btf", "A BTF descriptor that is closed", btf="fd:closed", btf_key=1, btf_value=1),
    fault("btf-is-file", "A BTF descriptor that is a file", btf="fd:file", btf_key=1, btf_value=1),
    fault("btf-key-alone", "A type of the key and none of the value", btf="types", btf_key=1),
    fault("btf-value-alone", "A type of the value and none of the key", btf="types", btf_value=1),
    fault("btf-wide", "A type of the key of 8 bytes", btf="types", btf_key=2, btf_value=1),
    fault("btf-lock", "A type of the value with a lock", btf="types", btf_key=1, btf_value=12),
    fault("btf-vmlinux", "A type of the kernel's own", btf_vmlinux=1),
    fault("extra", "A map_extra", extra=1),
    fault("hash-size", "The size of a hash and no hash", excl_size=32),
    fault("hash-pointer", "A hash that cannot be read", excl_hash="bad", excl_size=32),
    fault("hash-short", "A hash of 31 bytes", excl_hash="5a" * 31),
    fault("byte-within", "A byte behind the last field", stray=100),
    fault("byte-behind", "A byte behind the kernel's union", stray=200),
    fault("attr-size", "Attributes of more than a page", attr_size=4097),
)


def both(a: Fault, b: Fault) -> Optional[Options]:
    """Two faults at once; None where they are about one field."""
    options = dict(a.options)
    for option, value in b.options.items():
        if option == "flags" and option in options:
            options[option] = int(str(options[option])) | int(str(value))
        elif option in options:
            return None
        else:
            options[option] = value
    return options


def order() -> Iterator[Script]:
    """Every pair of mistakes: which one is reported."""
    source = SYSCALL + ", in its order"
    s = Script("create.order.table.one",
               "Each mistake alone, as the ground that the pairs stand on.", source, "should",
               "create.order")
    s.step("btf types", "0")
    for one in FAULTS:
        made(s, one.options)
    yield s
    for i, one in enumerate(FAULTS[:-1]):
        s = Script("create.order.table.%s" % one.word,
                   "%s, and a second mistake: which of the two the errno is about, by which "
                   "loaders find out what a kernel knows." % one.phrase, source,
                   "should", "create.order")
        s.step("btf types", "0")
        for other in FAULTS[i + 1:]:
            options = both(one, other)
            if options is not None:
                made(s, options)
        yield s


def made(script: Script, options: Options) -> None:
    """A step of these options, of which `kind` is the map's type."""
    options = dict(options)
    kind = str(options.pop("kind", "prog_array"))
    create(script, options, kind)


def cases() -> Sequence[Script]:
    """All of them, in the order of the file."""
    made_of: List[Script] = [flag_bits()]
    for part in (flag_pairs, sizes, names, numbers, btf, bytes_of_attr, order):
        made_of += part()
    return made_of
