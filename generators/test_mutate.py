# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Unit tests of the changes, and a few mutants by name, end to end."""
import os
import subprocess
import unittest

import mutants
import mutate

TEXT = """#include <a-b.h>
/* a == b */
_Static_assert(A == B, "no");
int f(int *p) { return p->x == 1 && *p < 2 ? -EINVAL : g("a == b"); }
"""


class Changes(unittest.TestCase):
    """Of text."""

    def test_code_alone(self) -> None:
        """Not comments, strings, asserts and #includes; one token each."""
        new = [c.new for c in mutate.changes("f.c", TEXT)]
        self.assertEqual({c.line for c in mutate.changes("f.c", TEXT)}, {4})
        old = TEXT.split("\n")[3]
        expected = [old.replace(a, b, 1) for a, b in (
            ("x == 1", "x != 1"), ("x == 1", "x == 0"), ("&&", "||"), ("< 2", "<= 2"),
            ("< 2", "< 3"), ("EINVAL", "EPERM"))]
        self.assertEqual(new, expected)

    def test_applied(self) -> None:
        """A change is of its line and no other."""
        for change in mutate.changes("f.c", TEXT):
            lines = mutate.apply(TEXT, change).split("\n")
            self.assertEqual(lines[:3], TEXT.split("\n")[:3])
            self.assertEqual(lines[3], change.new)

    def test_draw_survives_edits(self) -> None:
        """Lines that come do not change the order of those that were there."""
        before = [c.key for c in mutate.shuffled(1, {"f.c": TEXT})]
        after = [c.key for c in mutate.shuffled(1, {"f.c": "int x = 5;\n" + TEXT})]
        self.assertEqual([k for k in after if k in before], before)
        self.assertNotEqual(before, [c.key for c in mutate.shuffled(2, {"f.c": TEXT})])

    def test_faults_and_quirks_stay(self) -> None:
        """What `check` never runs is not changed."""
        text = "\tif (ref_mutant(ref, MUTANT_X) == 1)\n\t\treturn 1;\n\treturn 2;"
        self.assertEqual([c.line for c in mutate.changes("f.c", text)], [3])

    def test_bodies_of_faults_and_quirks_stay(self) -> None:
        """Blocks and long conditions too; but not what runs without a fault."""
        text = ("int f(int a)\n{\n\tif (a && ref_mutant(ref, X)) {\n\t\ta = 1;\n\t}\n"
                "\tif (ref_quirk(ref, Y) ||\n\t    ref_mutant(ref, Z))\n\t\ta = 2;\n"
                "\tif (a ||\n\t    ref_mutant(ref, Z))\n\t\ta = 3;\n"
                "\tif (!ref_quirk(ref, Y))\n\t\ta = 4;\n}\n")
        new = [c.new.strip() for c in mutate.changes("f.c", text)]
        self.assertEqual(new, ["if (a &&", "a = 4;", "a = 5;"])

    def test_explanations(self) -> None:
        """Read by text, and refused where they are none."""
        found = mutate.parse_explained(["# c", "a.c", "in f", "- x", "+ y", "  since", "  z"])
        self.assertEqual(found, {("a.c", "f", "x", "y"): "since z"})
        for lines in (["a.c", "in f", "- x", "+ y"], ["a.c", "in f"], ["a.c", "  why"],
                      ["a.c", "- x", "+ y", "  why"], ["a.c", "in f", "- x", "  why"]):
            with self.assertRaises(ValueError):
                mutate.parse_explained(lines)

    def test_explained_by_place(self) -> None:
        """A function's explanation is of all its changes, and what is not there is told."""
        text = ("static bool f(int a)\n{\n\treturn a == 1;\n}\n\n"
                "int g(int a)\n{\n\treturn a + b;\n}\n")
        explained = mutate.parse_explained(["f.c", "in f h", "  why", "", "f.c", "in f",
                                            "- return a == 1;", "+ return a != 1;", "  itself"])
        reasons = [c.reason(explained) for c in mutate.changes("f.c", text)]
        self.assertEqual(reasons, ["itself", "why", None])
        self.assertEqual(mutate.stale(explained, {"f.c": text}), ["f.c: h"])

    def test_all_explanations_are_of_something(self) -> None:
        """docs/mutants.txt and the sources."""
        with open(mutants.EXPLAINED, encoding="utf-8") as file:
            explained = mutate.parse_explained(file)
        self.assertTrue(explained)
        self.assertEqual(mutate.stale(explained, mutants.read_sources()), [])


class ByName(unittest.TestCase):
    """mutants.py with the program that was built."""

    def run_one(self, name: str) -> "subprocess.CompletedProcess[str]":
        """Only the hand-written cases."""
        out = os.path.join(mutants.ROOT, "build", "mutants-test.txt")
        return subprocess.run(
            ["python3", os.path.join(mutants.ROOT, "generators", "mutants.py"), name,
             "--generated", "", "-o", out, "--build", os.path.join(mutants.ROOT, "build")],
            check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_noticed(self) -> None:
        """One of each kind."""
        for name in ("limit-34", "jit-stale-delete", "mov32-signed", "owner-forgotten"):
            done = self.run_one(name)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertRegex(done.stdout, "1 mutants, 1 killed .*, 0 survived")

    def test_unknown(self) -> None:
        """A name that is none is said to be none."""
        done = self.run_one("no-such-mutant")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("there is no mutant no-such-mutant", done.stderr)


if __name__ == "__main__":
    unittest.main()
