# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Tables of cases about tail calls at run time: where a rule holds for a cross product (every index,
every ring, every set of registers), the cases are written from tables and checked in below cases/.
Expectations are worked out here, by plain arithmetic on the rule, never by an engine.
"""
from typing import Dict

from tables_calls import budget, frames, func, index, patch, registers, sites, stack, state

# What is written, below cases/: make tables
FILES = {
    "call/table-index.case": index.text,
    "call/table-sites.case": sites.text,
    "call/table-registers.case": registers.call_text,
    "call/table-frames.case": frames.text,
    "limit/table-budget.case": budget.text,
    "func/table-func.case": func.text,
    "func/table-registers.case": registers.text,
    "func/table-stack.case": stack.text,
    "patch/table-walk.case": patch.text,
    "state/table-state.case": state.text,
}


def files() -> Dict[str, str]:
    """All files by their path below cases/."""
    return {path: text() for path, text in FILES.items()}
