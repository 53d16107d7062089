# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Arithmetic and comparisons, on numbers worked out by hand from RFC 9669."""
import unittest

from core.alu import (ALU32, ALU64, ALU_OPS, SIGNED_DIVISIONS, TEST32, TEST64, U32, U64, extended,
                      reverse_bytes, signed)


class AluTest(unittest.TestCase):
    def test_64_bits(self) -> None:
        for oper, a, b, want in (
                ("+=", U64, 2, 1), ("-=", 1, 2, U64), ("*=", 1 << 63, 3, 1 << 63),
                ("/=", 7, 2, 3), ("/=", U64, 2, (1 << 63) - 1), ("/=", 7, 0, 0),
                ("%=", 7, 4, 3), ("%=", 7, 0, 7), ("%=", U64, 10, 5),
                ("&=", 12, 10, 8), ("|=", 12, 10, 14), ("^=", 12, 10, 6),
                ("<<=", 3, 63, 1 << 63), (">>=", U64, 63, 1), ("s>>=", 1 << 63, 63, U64),
                ("s>>=", 1 << 62, 61, 2), ("=", 1, 2, 2)):
            self.assertEqual(ALU64[oper](a, b), want, (oper, a, b))

    def test_32_bits(self) -> None:
        for oper, a, b, want in (
                ("+=", U32, 2, 1), ("-=", 1, 2, U32), ("*=", 1 << 31, 3, 1 << 31),
                ("/=", U32, 2, 0x7fffffff), ("/=", 7, 0, 0), ("%=", U32, 0, U32),
                ("<<=", 3, 31, 1 << 31), ("s>>=", 1 << 31, 31, U32), (">>=", 1 << 31, 31, 1)):
            self.assertEqual(ALU32[oper](a, b), want, (oper, a, b))

    def test_signed_division(self) -> None:
        least = 1 << 63
        for oper, a, b, want in (
                ("s/=", -7, 2, -3), ("s/=", 7, -2, -3), ("s/=", -7, -2, 3), ("s/=", 7, 2, 3),
                ("s%=", -7, 2, -1), ("s%=", 7, -2, 1), ("s%=", -7, -2, -1), ("s%=", -8, 2, 0),
                ("s/=", -7, 0, 0), ("s%=", -7, 0, -7),
                ("s/=", least, -1, least), ("s%=", least, -1, 0)):
            self.assertEqual(ALU64[oper](a & U64, b & U64), want & U64, (oper, a, b))
            if a != least:
                self.assertEqual(ALU32[oper](a & U32, b & U32), want & U32, (oper, a, b))
        self.assertEqual(ALU32["s/="](1 << 31, U32), 1 << 31)
        self.assertEqual(ALU32["s%="](1 << 31, U32), 0)

    def test_shifts_go_by_the_low_bits(self) -> None:
        for table, oper, a, b, want in (
                (ALU64, "<<=", 3, 65, 6), (ALU64, ">>=", 8, U64, 0), (ALU64, ">>=", 8, 64, 8),
                (ALU64, "s>>=", 1 << 63, 127, U64), (ALU32, "<<=", 3, 32, 3),
                (ALU32, ">>=", 8, 33, 4), (ALU32, "s>>=", 1 << 31, U32, U32)):
            self.assertEqual(table[oper](a, b), want, (oper, a, b))

    def test_comparisons(self) -> None:
        for oper, a, b, want in (
                (">", U64, 0, True), ("s>", U64, 0, False), ("s<", U64, 0, True),
                ("s>=", 5, 5, True), ("s<=", 1 << 63, 0, True), ("&", 6, 1, False),
                ("&", 6, 4, True), ("<", 1, 2, True), ("!=", 1, 1, False), ("==", 1, 1, True)):
            self.assertEqual(TEST64[oper](a, b), want, (oper, a, b))
        self.assertTrue(TEST32["s<"](1 << 31, 0))
        self.assertFalse(TEST64["s<"](1 << 31, 0))

    def test_bytes_and_signs(self) -> None:
        self.assertEqual(reverse_bytes(0x1122334455667788, 16), 0x8877)
        self.assertEqual(reverse_bytes(0x1122334455667788, 32), 0x88776655)
        self.assertEqual(reverse_bytes(0x1122334455667788, 64), 0x8877665544332211)
        self.assertEqual(signed(0x1ffffffff, 32), -1)
        self.assertEqual(signed(0x7fffffff, 32), 0x7fffffff)
        self.assertEqual(extended(0x1ff80, 8, 64), U64 - 127)
        self.assertEqual(extended(0x1ff80, 8, 32), U32 - 127)
        self.assertEqual(extended(0x17f, 8, 64), 127)

    def test_all_operations_are_there(self) -> None:
        self.assertEqual(len(ALU_OPS), 11)
        self.assertEqual(set(ALU64), set(ALU_OPS + SIGNED_DIVISIONS + ("=",)))
        self.assertEqual(set(ALU32), set(ALU64))
        self.assertEqual(set(TEST32), set(TEST64))


if __name__ == "__main__":
    unittest.main()
