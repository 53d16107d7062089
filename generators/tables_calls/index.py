# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Which slot a register reaches: its lower 32 bits, unsigned, if they are below max_entries."""
from typing import Callable, Iterator, List, NamedTuple, Sequence, Tuple

from tables_calls.text import MASK64, MISS, Case, case_file, load_constant, number, tail_call

SIZES = (1, 2, 3, 8, 100)
SOURCE = "kernel/bpf/core.c ___bpf_prog_run JMP_TAIL_CALL: u32 index; arch/x86/net/bpf_jit_comp.c"


def reaches(value: int, size: int, filled: Sequence[int]) -> int:
    """The result of a caller with this 64-bit index."""
    slot = value & 0xffffffff
    return 100 + slot if slot < size and slot in filled else MISS


def indexes(size: int) -> List[int]:
    """Indexes at every edge of an array: first, last, one past, sign bits, upper halves."""
    last = size - 1
    return sorted({
        0, last, size, size + 1, 2 * size,
        (1 << 31) - 1, 1 << 31, (1 << 31) + last, (1 << 32) - size, (1 << 32) - 1,
        1 << 32, (1 << 32) + last, (1 << 32) + size, (1 << 33) - 1,
        1 << 63, (1 << 63) + last, (1 << 63) + size,
        MASK64, -size & MASK64, (0xffffffff << 32) + last, (0xffffffff << 32) + size,
        (0x80000000 << 32) + (1 << 31) + last,
    })


def size_case(size: int) -> Case:
    """All indexes of an array, known at load and not."""
    filled = sorted({0, size // 2, size - 1})
    case = Case("call.index-of-%d" % size,
                "Indexes around every edge of an array of %d: first, last, one past, sign bits, "
                "and upper halves that do not count. A JIT that compares 64 bits, or with a sign, "
                "or loads the slot before it compares, shows here." % size,
                "tail_call.index tail_call.out_of_range tail_call.index.truncated", SOURCE)
    case.made("map progs prog_array entries=%d" % size)
    for slot in filled:
        case.leaf("leaf%d" % slot, 100 + slot)
    case.prog("indirect", ["r3 = *(u64 *)(r1 + 0)"] + tail_call("progs", []) +
              ["r0 = %d" % MISS, "exit"])
    for i, value in enumerate(indexes(size)):
        case.prog("direct%d" % i, tail_call("progs", [load_constant("r3", value)]) +
                  ["r0 = %d" % MISS, "exit"])
    for slot in filled:
        case.step("update progs %d leaf%d" % (slot, slot), 0)
    for i, value in enumerate(indexes(size)):
        want = reaches(value, size, filled)
        case.step("run direct%d" % i, want)
        case.step("run indirect arg0=%s" % number(value), want)
    return case


class Operation(NamedTuple):
    """A way to compute an index: its name, instructions on r3, and what they do."""

    name: str
    code: Tuple[str, ...]
    effect: Callable[[int], int]


def signed(value: int, bits: int) -> int:
    """The low bits of a number, taken as a signed one."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


OPERATIONS = (
    Operation("add", ("r3 += 3",), lambda x: x + 3),
    Operation("add-negative", ("r3 += -3",), lambda x: x - 3),
    Operation("sub", ("r3 -= 2",), lambda x: x - 2),
    Operation("sub-32", ("w3 -= 2",), lambda x: (x - 2) & 0xffffffff),
    Operation("mul", ("r3 *= 3",), lambda x: x * 3),
    Operation("div", ("r3 /= 3",), lambda x: x // 3),
    Operation("mod", ("r3 %= 5",), lambda x: x % 5),
    Operation("and", ("r3 &= 7",), lambda x: x & 7),
    Operation("or", ("r3 |= 4",), lambda x: x | 4),
    Operation("xor", ("r3 ^= 6",), lambda x: x ^ 6),
    Operation("shift-left", ("r3 <<= 1",), lambda x: x << 1),
    Operation("shift-right", ("r3 >>= 2",), lambda x: x >> 2),
    Operation("shift-right-32", ("r3 >>= 32",), lambda x: x >> 32),
    Operation("shift-arithmetic", ("r3 s>>= 2",), lambda x: signed(x, 64) >> 2),
    Operation("negate", ("r3 = -r3",), lambda x: -x),
    Operation("move-32", ("w3 = w3",), lambda x: x & 0xffffffff),
    Operation("sign-extend", ("r3 <<= 56", "r3 s>>= 56"), lambda x: signed(x, 8)),
    Operation("swap", ("r3 = be16 r3",), lambda x: (x & 0xff) << 8 | (x >> 8 & 0xff)),
    Operation("register", ("r4 = r3", "r3 += r4", "r3 -= 1"), lambda x: 2 * x - 1),
    Operation("spilled", ("*(u64 *)(r10 - 8) = r3", "r3 = *(u64 *)(r10 - 8)"), lambda x: x),
    Operation("half-spilled", ("*(u64 *)(r10 - 8) = r3", "r3 = *(u32 *)(r10 - 8)"),
              lambda x: x & 0xffffffff),
)

OPERANDS = (0, 1, 2, 3, 5, 7, 8, 0xff, 0x0300, 0x100000002, 0xfffffffffffffffd)
ENTRIES = 8


def operation_case(operation: Operation) -> Case:
    """An index that is computed from a known and from an unknown number."""
    case = Case("call.index-by-%s" % operation.name,
                "The index is the result of arithmetic (%s): on a constant the verifier may fold "
                "it and make the call direct, and must then reach the slot that the machine would."
                % "; ".join(operation.code),
                "tail_call.index", "kernel/bpf/verifier.c record_func_key, adjust_reg_min_max_vals")
    end = tail_call("progs", []) + ["r0 = %d" % MISS, "exit"]
    case.made("map progs prog_array entries=%d" % ENTRIES)
    for slot in range(ENTRIES):
        case.leaf("leaf%d" % slot, 100 + slot)
    # Equal stacks: findings.md 1.
    case.prog("indirect", ["r3 = *(u64 *)(r1 + 0)", *operation.code] + end)
    for i, value in enumerate(OPERANDS):
        case.prog("direct%d" % i, [load_constant("r3", value), *operation.code] + end)
    for slot in range(ENTRIES):
        case.step("update progs %d leaf%d" % (slot, slot), 0)
    for i, value in enumerate(OPERANDS):
        want = reaches(operation.effect(value) & MASK64, ENTRIES, range(ENTRIES))
        case.step("run direct%d" % i, want)
        case.step("run indirect arg0=%s" % number(value), want)
    return case


def cases() -> Iterator[Case]:
    """All of them."""
    for size in SIZES:
        yield size_case(size)
    for operation in OPERATIONS:
        yield operation_case(operation)


def text() -> str:
    """The file."""
    return case_file("Which slot an index reaches.", cases())
