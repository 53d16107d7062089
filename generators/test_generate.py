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

import generate

HERE = os.path.dirname(os.path.abspath(__file__))

# The first 20 cases of seed 1. Who changes what is generated gives the generator a new version,
# and puts the new sum here: a seed that someone wrote down must say which version it was.
SUMS = {
    ("graphs", 1): "3b18529bca203fd287d99eea0e257aeb02b57151d0d1b091783436a9af29a18f",
    ("isa", 2): "f89480692413f722074d33071b1032d57d3b862638c125accfce639a116c9dd9",
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
            text = run(name, "--seed", "1", "--count", "20")[1]
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

    def test_seeds_differ(self) -> None:
        made = [run("graphs", "--seed", seed, "--count", "1")[1] for seed in "12"]
        self.assertNotEqual(*(text.split("\n", 6)[-1] for text in made))

    def test_the_header(self) -> None:
        lines = run("graphs", "--seed", "4", "--count", "1")[1].split("\n")
        self.assertEqual(lines[:5], [
            "# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause",
            "# Generated; do not edit. Generator graphs, version 1, seed 4, count 1, first 0.",
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
