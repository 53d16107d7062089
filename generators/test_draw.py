# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The random source: the same for ever, and even."""
import unittest

from core.draw import Draw


class DrawTest(unittest.TestCase):
    def test_words_are_shake_256(self) -> None:
        # printf 'a/1/2#0' | openssl dgst -shake256 -xoflen 8: 9b7d25a2 769845ec
        draw = Draw("a", 1, 2)
        self.assertEqual([draw.word(), draw.word()], [0xa2257d9b, 0xec459876])

    def test_blocks_follow_each_other(self) -> None:
        one, other = Draw("x"), Draw("x")
        words = [one.word() for _ in range(2000)]
        self.assertEqual(words, [other.word() for _ in range(2000)])
        self.assertGreater(len(set(words)), 1990)

    def test_keys_differ(self) -> None:
        self.assertNotEqual(Draw("a", 1, 23).word64(), Draw("a", 12, 3).word64())

    def test_below_and_between_reach_their_ends(self) -> None:
        draw = Draw("ends")
        self.assertEqual({draw.below(3) for _ in range(200)}, {0, 1, 2})
        self.assertEqual({draw.between(-1, 1) for _ in range(200)}, {-1, 0, 1})
        self.assertEqual({draw.below(1) for _ in range(10)}, {0})

    def test_percent(self) -> None:
        draw = Draw("percent")
        self.assertFalse(any(draw.percent(0) for _ in range(300)))
        self.assertTrue(all(draw.percent(100) for _ in range(300)))
        self.assertAlmostEqual(sum(draw.percent(30) for _ in range(4000)), 1200, delta=120)

    def test_weighted(self) -> None:
        draw = Draw("weighted")
        drawn = [draw.weighted(((3, "a"), (0, "b"), (1, "c"))) for _ in range(4000)]
        self.assertNotIn("b", drawn)
        self.assertAlmostEqual(drawn.count("a"), 3000, delta=120)

    def test_shuffle_and_sample(self) -> None:
        draw = Draw("shuffle")
        items = list(range(20))
        draw.shuffle(items)
        self.assertNotEqual(items, list(range(20)))
        self.assertEqual(sorted(items), list(range(20)))
        for n in range(8):
            sample = draw.sample("abcde", n)
            self.assertEqual(sample, sorted(set(sample)))
            self.assertEqual(len(sample), min(n, 5))


if __name__ == "__main__":
    unittest.main()
