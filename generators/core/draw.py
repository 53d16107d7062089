# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The random source. It must give the same on every machine and Python, for ever, so nothing of
module random is used: the words are the output of SHAKE-256 over a key, and what is drawn from
them is written down here.
"""
import hashlib
import struct
from typing import List, Sequence, Tuple, TypeVar

T = TypeVar("T")

_BLOCK_WORDS = 512
_UNPACK = struct.Struct("<%dI" % _BLOCK_WORDS).unpack


class Draw:
    """Random choices for one case, all of them determined by the key."""

    __slots__ = ("_key", "_block", "_words")

    def __init__(self, *key: object) -> None:
        self._key = "/".join(str(part) for part in key)
        self._block = 0
        self._words: List[int] = []

    def _refill(self) -> None:
        text = "%s#%d" % (self._key, self._block)
        digest = hashlib.shake_256(text.encode("ascii")).digest(4 * _BLOCK_WORDS)
        self._words = list(_UNPACK(digest))
        self._words.reverse()
        self._block += 1

    def word(self) -> int:
        """32 random bits."""
        if not self._words:
            self._refill()
        return self._words.pop()

    def word64(self) -> int:
        """64 random bits, the first word drawn on top."""
        return self.word() << 32 | self.word()

    def below(self, n: int) -> int:
        """A number from 0 to n - 1; n is at most 2^32."""
        if not self._words:
            self._refill()
        return self._words.pop() * n >> 32

    def between(self, low: int, high: int) -> int:
        """A number from low to high, both included."""
        if not self._words:
            self._refill()
        return low + (self._words.pop() * (high - low + 1) >> 32)

    def percent(self, chance: int) -> bool:
        """True in so many of a hundred cases."""
        if not self._words:
            self._refill()
        return self._words.pop() * 100 >> 32 < chance

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        if not self._words:
            self._refill()
        return items[self._words.pop() * len(items) >> 32]

    def weighted(self, items: Sequence[Tuple[int, T]]) -> T:
        """One of the items, each as often as its weight says."""
        if not self._words:
            self._refill()
        total = 0
        for weight, _ in items:
            total += weight
        at = self._words.pop() * total >> 32
        for weight, item in items:
            at -= weight
            if at < 0:
                return item
        raise AssertionError("weights changed while they were read")

    def shuffle(self, items: List[T]) -> None:
        """Put the list in random order (Fisher and Yates, from the end)."""
        for i in range(len(items) - 1, 0, -1):
            if not self._words:
                self._refill()
            j = self._words.pop() * (i + 1) >> 32
            items[i], items[j] = items[j], items[i]

    def sample(self, items: Sequence[T], n: int) -> List[T]:
        """At most n of the items, in their order."""
        places = list(range(len(items)))
        self.shuffle(places)
        return [items[i] for i in sorted(places[:n])]
