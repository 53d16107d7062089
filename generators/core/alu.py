# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
What arithmetic and comparisons give (RFC 9669): the generators' own account of it, by which
expectations are computed. Values are unsigned Python numbers of 64 bits.
"""
from typing import Callable, Dict, Union

U16 = (1 << 16) - 1
U32 = (1 << 32) - 1
U64 = (1 << 64) - 1

Binary = Callable[[int, int], int]
Test = Callable[[int, int], bool]


def signed(value: int, bits: int) -> int:
    """The number that the low bits are in two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _table(bits: int) -> Dict[str, Binary]:
    mask = (1 << bits) - 1

    by = bits - 1  # shifts go by the low bits of the second operand

    def arsh(a: int, b: int) -> int:
        return (signed(a, bits) >> (b & by)) & mask

    # The quotient is cut towards zero, and the remainder has the sign of the dividend.
    def sdiv(a: int, b: int) -> int:
        if not b:
            return 0
        x, y = signed(a, bits), signed(b, bits)
        quotient = abs(x) // abs(y)
        return (quotient if (x < 0) == (y < 0) else -quotient) & mask

    def smod(a: int, b: int) -> int:
        if not b:
            return a
        x, y = signed(a, bits), signed(b, bits)
        return (abs(x) % abs(y) * (-1 if x < 0 else 1)) & mask

    return {
        "=": lambda a, b: b,
        "+=": lambda a, b: (a + b) & mask,
        "-=": lambda a, b: (a - b) & mask,
        "*=": lambda a, b: (a * b) & mask,
        "/=": lambda a, b: a // b if b else 0,
        "%=": lambda a, b: a % b if b else a,
        "&=": lambda a, b: a & b,
        "|=": lambda a, b: a | b,
        "^=": lambda a, b: a ^ b,
        "<<=": lambda a, b: (a << (b & by)) & mask,
        ">>=": lambda a, b: a >> (b & by),
        "s>>=": arsh,
        "s/=": sdiv,
        "s%=": smod,
    }


def _tests(bits: int) -> Dict[str, Test]:
    return {
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        "s>": lambda a, b: signed(a, bits) > signed(b, bits),
        "s>=": lambda a, b: signed(a, bits) >= signed(b, bits),
        "s<": lambda a, b: signed(a, bits) < signed(b, bits),
        "s<=": lambda a, b: signed(a, bits) <= signed(b, bits),
        "&": lambda a, b: (a & b) != 0,
    }


# Operands of the 32-bit tables are to be cut to 32 bits by the caller.
ALU64, ALU32 = _table(64), _table(32)
TEST64, TEST32 = _tests(64), _tests(32)

TEST_OPS = tuple(TEST64)
SHIFTS = ("<<=", ">>=", "s>>=")
DIVISIONS = ("/=", "%=")
SIGNED_DIVISIONS = ("s/=", "s%=")  # Linux 6.6
ALU_OPS = tuple(op for op in ALU64 if op != "=" and op not in SIGNED_DIVISIONS)


def reverse_bytes(value: int, bits: int) -> int:
    """The low bits with their bytes in reverse order; the others zero."""
    size = bits // 8
    low = value & ((1 << bits) - 1)
    return int.from_bytes(low.to_bytes(size, "little"), "big")


def extended(value: int, bits: int, to: int) -> int:
    """The low bits with their sign carried on to so many; the others zero."""
    return signed(value, bits) & ((1 << to) - 1)


def operand(value: Union[int, None]) -> int:
    """A value that is there; what is undefined must not be read."""
    if value is None:
        raise ValueError("an undefined value is read")
    return value
