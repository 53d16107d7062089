# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
One-token changes of C: operators, constants, conditions. Which places are taken depends on the
seed and on the text of each line alone, so that changes elsewhere leave them as they are.
"""
import hashlib
import re
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

SWAPS = {
    "==": "!=", "!=": "==", "<=": "<", ">=": ">", "<": "<=", ">": ">=",
    "&&": "||", "||": "&&", "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=", "|=": "&=",
    "&=": "|=", "++": "--", "--": "++", "+": "-", "-": "+", "&": "|", "|": "&", "*": "+",
    "true": "false", "false": "true", "break": "continue", "continue": "break", "!": "",
}
ERRNOS = {"EINVAL": "EPERM", "ENOENT": "EINVAL", "E2BIG": "EINVAL", "EPERM": "EINVAL",
          "EBADF": "EINVAL", "EFAULT": "EINVAL", "EEXIST": "EINVAL", "EBUSY": "EINVAL"}

# Longer operators first; a number is taken whole, with its suffix, and a name is not cut.
_TOKEN = re.compile(
    r"[A-Za-z_]\w*|0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*"
    r"|->|\.\.\.|<<=|>>=|[-+*/%&|^<>=!]=|&&|\|\||<<|>>|\+\+|--|[-+*&|<>!]")
_HIDDEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'", re.S)
_NO_CODE = re.compile(r"^\s*(#\s*(?!define)|#\s*define\s+\w+$|_Static_assert)")
# Faults on purpose are off; quirks (two have names of their own) and the other byte order are no
# business of `check`.
_NOT_RUN = re.compile(r"mutant|MUTANT|MUTATED|quirk|QUIRK|ref_barred|ref->assumed|big_endian|bswap"
                      r"|likely\(0\)")
_OFF = re.compile(r"!\(?(?:\w+(?:->|\.))*(?:ref_)?(?:mutant|quirk|barred|assumed|big_endian)")
# Where a function, a table or a macro of several lines begins.
_BEGINS = re.compile(r"(?:#define\s+(\w+)|[A-Za-z][^;]*?(\w+)\s*[(\[])")
_BINARY_ONLY = {"+", "-", "&", "*", "<", ">", "|"}


# By (file, function, line before, line after), or by (file, function).
Explained = Dict[Tuple[str, ...], str]


class Change(NamedTuple):
    """A line of a file before and after, where the token is, and in which function."""

    file: str
    line: int
    column: int
    old: str
    new: str
    where: str = ""

    @property
    def key(self) -> Tuple[str, str, str]:
        """What stays the same when other lines come and go."""
        return (self.file, self.old.strip(), self.new.strip())

    def reason(self, explained: Explained) -> Optional[str]:
        """Why it is none that a case can show: by the change itself, or by its place."""
        by_change = explained.get((self.file, self.where) + self.key[1:])
        return by_change or explained.get((self.file, self.where))


def _blank(match: "re.Match[str]") -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _number(token: str) -> str:
    digits = re.sub("[uUlL]+$", "", token)
    value = int(digits, 8 if re.fullmatch("0[0-7]+", digits) else 0)
    changed = 0 if value == 1 else value + 1
    text = hex(changed) if digits[:2] in ("0x", "0X") else str(changed)
    return text + token[len(digits):]


def _replacement(token: str, before: str, after: str) -> str:
    """The token's other; itself where it has none."""
    if token[0].isdigit():
        return _number(token)
    if token in ERRNOS:
        return ERRNOS[token]
    if token in _BINARY_ONLY and not (re.search(r"[\w)\]] $", before) and after[:1] == " "):
        return token  # of one operand, or a pointer's star
    return SWAPS.get(token, token)


def _never(condition: str) -> bool:
    """Whether it holds with a fault on purpose, a quirk or the other byte order alone."""
    return all(_NOT_RUN.search(part) and not _OFF.search(part)
               for part in condition.split("||"))


def _never_run(lines: List[str]) -> Set[int]:
    """Numbers of the lines that such conditions lead to."""
    found: Set[int] = set()
    for first, code in enumerate(lines):
        if not re.match(r"\s*(?:\} else )?if \(", code):
            continue
        last = first
        while lines[last][-1:] not in ("{", ";", ")") or _open(lines[first:last + 1]):
            last += 1
        if not _never("".join(lines[first:last + 1])):
            continue
        end = last + 1
        if lines[last].endswith("{"):
            indent = re.match(r"\s*", code)[0]  # type: ignore[index]
            while not lines[end].startswith(indent + "}"):
                end += 1
        else:
            while _open(lines[last + 1:end + 1]) or lines[end][-1:] not in (";", "{"):
                end += 1
            end += 1
        found |= set(range(last + 1, end))
    return found


def _open(lines: List[str]) -> bool:
    """Whether there are parentheses without an end."""
    text = "".join(lines)
    return text.count("(") > text.count(")")


def changes(file: str, text: str) -> Iterator[Change]:
    """All that can be done to a file: nothing in comments, strings, asserts and #includes."""
    seen = _HIDDEN.sub(_blank, text)
    where, bodies = "", _never_run([line.rstrip() for line in seen.split("\n")])
    for number, (line, code) in enumerate(zip(text.split("\n"), seen.split("\n")), 1):
        begins = _BEGINS.match(code)
        if begins and not code.endswith(";"):
            where = begins[1] or begins[2]
        if _NOT_RUN.search(code) or _NO_CODE.match(code) or number - 1 in bodies:
            continue
        for match in _TOKEN.finditer(code):
            new = _replacement(match.group(), code[:match.start()], code[match.end():])
            if new != match.group():
                yield Change(file, number, match.start(), line,
                             line[:match.start()] + new + line[match.end():], where)


def _order(seed: int, change: Change, nth: int) -> bytes:
    text = "/".join((str(seed), str(nth)) + change.key)
    return hashlib.sha256(text.encode()).digest()


def shuffled(seed: int, sources: Dict[str, str]) -> List[Change]:
    """Every change of every source, in the seed's order."""
    counts: Dict[Tuple[str, str, str], int] = {}
    keyed = []
    for file in sorted(sources):
        for change in changes(file, sources[file]):
            nth = counts[change.key] = counts.get(change.key, 0) + 1
            keyed.append((_order(seed, change, nth), change))
    return [change for _, change in sorted(keyed)]


def apply(text: str, change: Change) -> str:
    """The file with the change in it."""
    lines = text.split("\n")
    assert lines[change.line - 1] == change.old
    lines[change.line - 1] = change.new
    return "\n".join(lines)


def parse_explained(lines: Iterable[str]) -> Explained:
    """
    docs/mutants.txt, paragraphs: the file; "in" and functions, or one and the "- line" and "+ line"
    of a change in it; and why that is no fault, or none that a case can show.
    """
    explained: Explained = {}
    text = "\n".join(line.rstrip() for line in lines if not line.startswith("#"))
    for paragraph in filter(None, re.split(r"\n{2,}", text.strip("\n"))):
        rows = paragraph.split("\n")
        places = [name for row in rows if row[:3] == "in " for name in row[3:].split()]
        change = [row[2:].strip() for row in rows if row[:2] in ("- ", "+ ")]
        reason = " ".join(row.strip() for row in rows if row[:2] == "  ")
        if not places or not reason or len(change) not in (0, 2) or (change and len(places) > 1):
            raise ValueError("not file, functions, - and +, and a reason: %r" % paragraph)
        for place in places:
            explained[(rows[0], place, *change)] = reason
    return explained


def stale(explained: Explained, sources: Dict[str, str]) -> List[str]:
    """Explanations of what is not in the sources."""
    known: Set[Tuple[str, ...]] = set()
    for file, text in sources.items():
        for change in changes(file, text):
            known |= {(file, change.where), (file, change.where) + change.key[1:]}
    return [": ".join(key) for key in explained if key not in known]
