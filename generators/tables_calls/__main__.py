# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""python3 generators/tables_calls [CASES]: write the tables below cases/ (or CASES) anew."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import tables_calls  # noqa: E402  pylint: disable=wrong-import-position


def main() -> None:
    """Write every file."""
    cases = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "..", "cases")
    for path, text in sorted(tables_calls.make().items()):
        with open(os.path.join(cases, path), "w", encoding="ascii", newline="\n") as out:
            out.write(text)


if __name__ == "__main__":
    main()
