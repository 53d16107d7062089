# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The command: files, and that the same is made for ever."""
import contextlib
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
from typing import Tuple
from unittest import mock

import exhaustive
import generate

HERE = os.path.dirname(os.path.abspath(__file__))

# The first 20 cases of seed 1, or as many as FIRST says. Who changes what is generated gives the
# generator a new version, and puts the new sum here: a seed that someone wrote down must say which
# version it was.
FIRST = {"exhaustive": "3"}
SUMS = {
    ("graphs", 2): "9cd52d86e2472209294b8df1225507298bf7135504440a6f7c26a086d403f972",
    ("funcs", 2): "345d58a115bf20d70752207d5130c0ff119b84b211f1d1d1c7d4cec27c43341e",
    ("state", 1): "46141cf493551a7443ef2ae7e118684047faca510f60e31a2e2a4571f3b12b6e",
    ("isa", 2): "f89480692413f722074d33071b1032d57d3b862638c125accfce639a116c9dd9",
    ("bare", 1): "9ab7ec19fd93bd7d8ea62e32b8f8003a7977578439c4f5dc124ef3783d864475",
    ("commands", 2): "14acb2f9b8af954dd31fa870d1487dd73f0408ec33995e66efa62e3edbe82261",
    ("attrs", 2): "4e1882cca17a8609432d5a628440a3a17eea23ce5f8caed1edd3234ca181f750",
    ("exhaustive", 1): "da61da4723b7076b9f83adf6e3451fcbf20a58ae59484e998803d11bce7a9e8b",
    ("small", 1): "aa17a3dc7715f5a6d332a20a6827e4b452341faf711153868ae0ebc5fd008d8b",
}


def run(*args: str) -> Tuple[int, str, str]:
    """The command: exit code, output, error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = generate.main(args)
        except SystemExit as e:
            code = e.code if isinstance(e.code, int) else 1
    return code, out.getvalue(), err.getvalue()


class GenerateTest(unittest.TestCase):
    def test_known_bytes(self) -> None:
        for (name, version), want in SUMS.items():
            self.assertEqual(generate.GENERATORS[name].version, version)
            text = run(name, "--seed", "1", "--count", FIRST.get(name, "20"))[1]
            self.assertEqual(hashlib.sha256(text.encode("ascii")).hexdigest(), want)
        self.assertEqual({name for name, _ in SUMS}, set(generate.GENERATORS))

    def test_the_same_in_another_process(self) -> None:
        command = [sys.executable, os.path.join(HERE, "generate.py"), "graphs", "--seed", "9",
                   "--count", "5"]
        made = [subprocess.run(command, env={"PYTHONHASHSEED": seed}, stdout=subprocess.PIPE,
                               check=True).stdout for seed in ("1", "2")]
        self.assertEqual(made[0], made[1])
        self.assertEqual(made[0].decode("ascii"), run("graphs", "--seed", "9", "--count", "5")[1])

    def test_a_case_does_not_depend_on_start_and_count(self) -> None:
        for name in generate.GENERATORS:
            def cases(start: int, count: int) -> str:
                text = run(name, "--seed", "3", "--start", str(start), "--count", str(count))[1]
                return text[text.index("\n\ncase") + 1:] if count else ""
            self.assertEqual(cases(0, 8), cases(0, 3) + cases(3, 4) + cases(7, 1))

    def test_many_processes_make_the_same(self) -> None:
        one = run("isa", "--seed", "3", "--count", "40")[1].split("\n\n", 1)[1]
        with mock.patch.object(generate, "FEW", 10), mock.patch.object(generate, "CHUNK", 3):
            for jobs in "123":
                many = run("isa", "--seed", "3", "--count", "40", "--jobs", jobs)[1]
                self.assertEqual(one, many.split("\n\n", 1)[1])

    def test_without_a_seed_there_is_an_end(self) -> None:
        last = exhaustive.total() - 1
        text = run("exhaustive", "--start", str(last), "--count", "10")[1]
        self.assertEqual(text.count("\ncase "), 1)
        self.assertEqual(run("exhaustive", "--start", str(last + 1))[1].count("\ncase "), 0)

    def test_seeds_differ(self) -> None:
        made = [run("graphs", "--seed", seed, "--count", "1")[1] for seed in "12"]
        self.assertNotEqual(*(text.split("\n", 6)[-1] for text in made))

    def test_the_header(self) -> None:
        lines = run("graphs", "--seed", "4", "--count", "1")[1].split("\n")
        self.assertEqual(lines[:5], [
            "# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause",
            "# Generated; do not edit. Generator graphs, version 2, seed 4, count 1, first 0.",
            "# Made by: python3 generators/generate.py graphs --seed 4 --count 1 -o FILE",
            "", "case gen.graphs.s4-0"])
        lines = run("graphs", "--start", "7", "--count", "2")[1].split("\n")
        self.assertTrue(lines[2].endswith("graphs --seed 1 --count 2 --start 7 -o FILE"))
        self.assertEqual(lines[4], "case gen.graphs.s1-7")

    def test_a_file_is_written_whole_or_not_at_all(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.case")
            self.assertEqual(run("graphs", "--count", "2", "-o", path)[0], 0)
            with open(path, encoding="ascii") as made:
                self.assertEqual(made.read(), run("graphs", "--count", "2")[1])

            def broken():  # type: ignore
                yield "half"
                raise KeyboardInterrupt
            self.assertRaises(KeyboardInterrupt, generate.write_file, path, broken())
            with open(path, encoding="ascii") as made:
                self.assertNotEqual(made.read(), "half")
            self.assertEqual(os.listdir(folder), ["x.case"])

    def test_what_is_not_a_file_is_not_replaced(self) -> None:
        self.assertEqual(run("graphs", "--count", "1", "-o", os.devnull)[0], 0)
        self.assertFalse(os.path.isfile(os.devnull))

    def test_mistakes(self) -> None:
        self.assertEqual(run()[0], 2)
        self.assertEqual(run("no-such")[0], 2)
        self.assertEqual(run("graphs", "--count", "-1")[0], 2)
        code, _, err = run("graphs", "--count", "1", "-o", "/no/such/folder/x")
        self.assertEqual(code, 1)
        self.assertIn("/no/such/folder/x", err)

    def test_list_and_statistics(self) -> None:
        for name, fact in (("graphs", "indirect hit"), ("isa", "alu32 reg")):
            self.assertIn(name, run("--list")[1])
            self.assertIn(fact, run(name, "--count", "20", "--stats")[2])


if __name__ == "__main__":
    unittest.main()
