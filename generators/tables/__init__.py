# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Cases that are cross products: every flag bit, every pair of mistakes, every way to a descriptor.
No seed; the expectations come from the rules in create_rules.py and command_rules.py.
"""
from typing import Dict, List

from core.case import LICENSE
from tables import command_cases, create_cases, handle_cases, mode_cases

NAME = "tables"
VERSION = 1
ABOUT = "cross products of attributes, flags, descriptors and mistakes (no seed)"

HEADER = "\n".join([
    LICENSE,
    "# Generated; do not edit. Generator %s, version %d." % (NAME, VERSION),
    "# Made by: python3 generators/generate.py %s -o cases" % NAME,
    ""])


def files() -> Dict[str, str]:
    """The files by their paths below the folder of the cases."""
    made: Dict[str, List[str]] = {}
    for module in (create_cases, command_cases, handle_cases, mode_cases):
        for case in module.cases():
            area = case.name.split(".")[0]
            made.setdefault("%s/tables.case" % area, []).append(case.text())
    return {path: HEADER + "\n" + "\n".join(texts) for path, texts in made.items()}
