# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
The same case with every result of 32 bits extended to 64 by shifts. The result is the same where
the upper half is zero, as it has to be. The verifier of Linux 7.2 forgets at times to have it
cleared (docs/findings.md); on JITs that rely on it these cases see all the rest.
"""
import re

ABOUT = "about  Every result of 32 bits is extended by two shifts as well."

_NARROW = re.compile(r"    w(\d) |    r(\d) = (?:be|le|bswap)(?:16|32) r")


def extend(text: str) -> str:
    """The text of a case, in and out."""
    lines = []
    for line in text.split("\n"):
        if line.startswith("level "):
            lines.append(ABOUT)
        lines.append(re.sub(r"^case gen\.(\w+)\.", r"case gen.\1-extended.", line))
        narrow = _NARROW.match(line)
        if narrow:
            reg = narrow.group(1) or narrow.group(2)
            lines += ["    r%s %s 32" % (reg, shift) for shift in ("<<=", ">>=")]
    return "\n".join(lines)
