# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Write generated cases: generate.py graphs --seed 1 --count 1000 -o FILE, or, without a seed,
generate.py tables -o cases.

The same seed gives the same bytes on every machine and Python from 3.9 on, and a case does not
depend on how many are asked for.
"""
import argparse
import gc
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from typing import Callable, Counter as CounterType, Dict, Iterator, NamedTuple, Optional, Sequence
from typing import Tuple

import attrs
import bare
import commands
import exhaustive
import funcs
import graphs
import isa
import small
import state
import tables
import tables_calls
from core.case import file_header
from core.draw import Draw
from core.extend import extend

EXIT_USAGE = 2
FEW = 300  # cases that one process has made before others are up
CHUNK = 50


class Generator(NamedTuple):
    """What a module of a generator offers. The version changes whenever any case does."""

    name: str
    version: int
    about: str
    make: Optional[Callable[[Draw, str], Tuple[str, Dict[str, int]]]]


GENERATORS = {g.NAME: Generator(g.NAME, g.VERSION, g.ABOUT, g.make)
              for g in (graphs, funcs, state, isa, bare, commands, attrs, small)}
GENERATORS[exhaustive.NAME] = Generator(
    exhaustive.NAME, exhaustive.VERSION, exhaustive.ABOUT, None)


def make_case(generator: Generator, seed: int, index: int) -> Tuple[str, Dict[str, int]]:
    """Case number index of a seed; of no seed, where a generator makes all that there are."""
    if generator.name == exhaustive.NAME:
        return exhaustive.make(index, "gen.%s.%d" % (generator.name, index))
    assert generator.make is not None
    draw = Draw(generator.name, generator.version, seed, index)
    return generator.make(draw, "gen.%s.s%d-%d" % (generator.name, seed, index))


class Statistics:
    """How often what happens in the cases, to see that a generator reaches all that it should."""

    def __init__(self) -> None:
        self.cases: CounterType[str] = Counter()
        self.sums: CounterType[str] = Counter()
        self.n = 0

    def add(self, facts: Dict[str, int]) -> None:
        """Count a case in."""
        self.n += 1
        for fact, value in facts.items():
            self.cases[fact] += value != 0
            self.sums[fact] += value

    def lines(self) -> Iterator[str]:
        """A table: in how many of a hundred cases, and how often a case on average."""
        yield "%-24s %8s %10s" % ("", "% cases", "a case")
        for fact in sorted(self.cases):
            yield "%-24s %8.1f %10.2f" % (
                fact, 100 * self.cases[fact] / self.n, self.sums[fact] / self.n)


def _make_one(number: Tuple[str, int, int]) -> Tuple[str, Dict[str, int]]:
    name, seed, index = number
    return make_case(GENERATORS[name], seed, index)


def _made(numbers: Sequence[Tuple[str, int, int]],
          jobs: int) -> Iterator[Tuple[str, Dict[str, int]]]:
    """The cases in order, by several processes where there are many: each stands for itself."""
    if len(numbers) < FEW or jobs < 2:
        yield from map(_make_one, numbers)
        return
    with multiprocessing.Pool(jobs, gc.disable) as pool:  # cases leave no circles behind
        yield from pool.imap(_make_one, numbers, CHUNK)


def cases(generator: Generator, seed: int, start: int, count: int,
          statistics: Optional[Statistics] = None, extended: bool = False,
          jobs: int = 1) -> Iterator[str]:
    """The file, piece by piece."""
    if generator.name == exhaustive.NAME:
        count = max(0, min(count, exhaustive.total() - start))
    yield file_header(generator.name, generator.version, seed, start, count, extended)
    numbers = [(generator.name, seed, index) for index in range(start, start + count)]
    for text, facts in _made(numbers, jobs):
        if statistics:
            statistics.add(facts)
        yield "\n" + (extend(text) if extended else text)


def write_file(path: str, pieces: Iterator[str]) -> None:
    """All of the file or nothing: no reader ever sees half of it."""
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe, a terminal
        with open(path, "w", encoding="ascii", newline="\n") as out:
            out.writelines(pieces)
        return
    path = os.path.realpath(path)  # a link stays one
    folder = os.path.dirname(path)
    fd, name = tempfile.mkstemp(prefix=".generate-", dir=folder)
    try:
        with os.fdopen(fd, "w", encoding="ascii", newline="\n") as out:
            out.writelines(pieces)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def natural(text: str) -> int:
    """An argument that counts something."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("%s is negative" % text)
    return value


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(description="Write generated test cases.")
    p.add_argument("generator", nargs="?", choices=sorted([*GENERATORS, tables.NAME]),
                   help="what to generate")
    p.add_argument("--seed", type=natural, default=1, help="which cases (default 1)")
    p.add_argument("--count", type=natural, default=1000, help="how many (default 1000)")
    p.add_argument("--start", type=natural, default=0, help="number of the first (default 0)")
    p.add_argument("--extended", action="store_true",
                   help="extend every result of 32 bits by shifts: core/extend.py says why")
    p.add_argument("--jobs", type=natural, default=os.cpu_count() or 1,
                   help="processes (default: one a processor); the cases are the same")
    p.add_argument("-o", "--output", metavar="FILE", default="-",
                   help="where to (default: stdout); of tables: the folder of the cases")
    p.add_argument("--stats", action="store_true", help="say on stderr what the cases contain")
    p.add_argument("--list", action="store_true", help="say which generators there are")
    return p


def write_tables(folder: str) -> None:
    """All files of the tables, or all of their text to stdout."""
    for path, text in {**tables.files(), **tables_calls.files()}.items():
        if folder == "-":
            sys.stdout.write(text)
            continue
        path = os.path.join(folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_file(path, iter([text]))


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Carry out a command line."""
    args = parser().parse_args(argv)
    if args.list:
        for generator in GENERATORS.values():
            print("%-10s version %d: %s" % (generator.name, generator.version, generator.about))
        print("%-10s version %d: %s" % (tables.NAME, tables.VERSION, tables.ABOUT))
        return 0
    if args.generator is None:
        print("generate.py: which generator? --list says which there are", file=sys.stderr)
        return EXIT_USAGE
    statistics = Statistics() if args.stats and args.count else None
    try:
        if args.generator == tables.NAME:
            write_tables(args.output)
            return 0
        pieces = cases(GENERATORS[args.generator], args.seed, args.start, args.count, statistics,
                       args.extended, args.jobs)
        if args.output == "-":
            sys.stdout.writelines(pieces)
        else:
            write_file(args.output, pieces)
    except OSError as e:
        print("generate.py: %s: %s" % (args.output, e.strerror), file=sys.stderr)
        return 1
    if statistics:
        print("\n".join(statistics.lines()), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
