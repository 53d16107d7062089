# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
make mutants: does the suite notice when the reference is wrong? Every fault that the reference can
be given by name ($TAILCHECK_MUTANT) must be noticed by `tailcheck check`; and so must nine of ten
one-token changes of its sources that nobody has explained to be no fault (docs/mutants.txt).
"""
import argparse
import concurrent.futures
import itertools
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

import mutate

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCES = "engines/reference"
# The interpreter, the JIT and the maps; not what runs tests, nor the checks at load, nor what
# becomes of machine code that dies, since none does.
CHANGED = re.compile(r"(interp|decode|memory|jit(?!_fault)\w*|map_\w+|object|fd|pin)\.c")
EXPLAINED = os.path.join(ROOT, "docs", "mutants.txt")
SECONDS = 3  # of a processor; a good check takes less than one
WAITING = 60  # of a clock: some mutants wait for each other
MEMORY = 8 << 30
MOST_UNEXPLAINED = 0.1
# By glibc: writing behind allocated memory ends the program, and what is freed is not zero.
HEAP_CHECKS = {"LD_PRELOAD": "libc_malloc_debug.so.0", "MALLOC_CHECK_": "3",
               "MALLOC_PERTURB_": "165"}
AT_ONCE = 2

_NAMES = re.compile(r'_\(\w+, "([a-z0-9-]+)", "(.*)"\)')
_DIFFERS = re.compile(r"^\S+:\d+: (\S+): step \d+ on ", re.M)


class Verdict(NamedTuple):
    """What `check` made of a mutant: how it was noticed ("" if not), and by which cases."""

    how: str
    cases: Sequence[str]

    def by_hand(self) -> int:
        """How many of the cases are written by hand."""
        return sum(not _is_generated(name) for name in self.cases)

    def by_generators(self) -> int:
        """How many are not."""
        return len(self.cases) - self.by_hand()

    def row(self) -> str:
        """Of the table."""
        return "%-9s %5d %5d  %s" % (self.how or "SURVIVED", self.by_hand(), self.by_generators(),
                                     self.cases[0] if self.cases else "-")


def _is_generated(name: str) -> bool:
    return name.startswith("gen.") or "/generated/" in name


HEADER = "%-26s %-9s %5s %5s  %s"
COLUMNS = ("noticed", "cases", "gen.", "one of them")


class Kills:
    """Counts."""

    def __init__(self) -> None:
        self.total = self.killed = self.by_hand = self.by_generators = 0

    def add(self, verdict: Verdict) -> None:
        """One mutant more."""
        self.total += 1
        self.killed += bool(verdict.how)
        self.by_hand += verdict.by_hand() > 0
        self.by_generators += verdict.by_generators() > 0

    def text(self) -> str:
        """The sentence below the table. One that died in the first case was seen by that alone."""
        return "%d mutants, %d killed (%d by written cases, %d by generated ones), %d survived" % (
            self.total, self.killed, self.by_hand, self.by_generators, self.total - self.killed)


def semantic_mutants(header: str) -> List[Tuple[str, str]]:
    """Names and sentences of mutant_list.h."""
    return _NAMES.findall(header)


def _limit(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _check(program: str, cases: Sequence[str], env: Dict[str, str],
           seconds: int = SECONDS) -> Tuple[str, Set[str]]:
    """How `check` ended ("" as expected, differs, crash, hang), and the cases that it names."""
    # By lines, so that one that dies has said what it found.
    command = ["stdbuf", "-oL", program, "check"] + list(cases)
    run = dict(os.environ, TAILCHECK_ROOT=ROOT, **HEAP_CHECKS, **env)
    process = subprocess.Popen(  # pylint: disable=subprocess-popen-preexec-fn
        command, cwd=ROOT, env=run, text=True, errors="replace",
        preexec_fn=lambda: _limit(seconds), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        out = process.communicate(timeout=WAITING)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return "hang", set(_DIFFERS.findall(process.communicate()[0]))
    found = set(_DIFFERS.findall(out))
    if process.returncode == 0:
        return "", found
    if process.returncode == -signal.SIGXCPU:
        return "hang", found
    return ("differs" if process.returncode == 1 and found else "crash"), found


def judge(program: str, cases: Sequence[str], env: Dict[str, str]) -> Verdict:
    """Of one mutant. Where it dies before any case was named, a file that does it is found."""
    how, found = _check(program, cases, env)
    if how and not found:
        found.add(os.path.relpath(_culprit(program, case_files(cases), env), ROOT))
    return Verdict(how, _handwritten_first(found))


def _culprit(program: str, files: List[str], env: Dict[str, str]) -> str:
    """A file that is noticed by itself; or the last of those that are, together."""
    while len(files) > 1:
        half = files[:len(files) // 2]
        files = half if _check(program, half, env, 1)[0] else files[len(files) // 2:]
    return files[0]


def _handwritten_first(names: Set[str]) -> List[str]:
    return sorted(names, key=lambda name: (_is_generated(name), name))


def case_files(cases: Sequence[str]) -> List[str]:
    """The files of folders and files."""
    files = []
    for case in cases:
        if os.path.isdir(case):
            for folder, _, names in os.walk(case):
                files += [os.path.join(folder, n) for n in names if n.endswith(".case")]
        else:
            files.append(case)
    return sorted(files)


class Builder:
    """
    Makes a program with one source changed, beside the tree, by make's own commands; the one source
    with less optimization, which takes a third of the time.
    """

    def __init__(self, build: str) -> None:
        self.program = os.path.join(build, "tailcheck")
        env = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"}
        sources = sorted(os.path.join(SOURCES, n) for n in os.listdir(os.path.join(ROOT, SOURCES))
                         if n.endswith(".c"))
        command = ["make", "-n", "B=" + build] + ["--what-if=" + s for s in sources]
        text = subprocess.run(command + [self.program], cwd=ROOT, env=env, check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        words = [shlex.split(line) for line in text.splitlines() if " -o " in line]
        self.link = next(w for w in words if w[w.index("-o") + 1] == self.program)
        self.compile = {w[-1]: w for w in words if "-c" in w}
        self.folder = tempfile.TemporaryDirectory(prefix="tailcheck-mutants-")
        self.lock = threading.Lock()

    def _compile(self, source: str, path: str, out: str) -> bool:
        """The text in @path, as if it were @source."""
        words = [w for w in self.compile[source] if w not in ("-MMD", "-MP", "-g")]
        words[words.index("-o") + 1] = out
        words[-1] = path
        return self._run(words + ["-O1", "-w", "-iquote", SOURCES])

    def _unchanged(self, source: str) -> str:
        """Its object, made in the same way."""
        out = os.path.join(self.folder.name, os.path.basename(source) + ".o")
        with self.lock:
            done = os.path.exists(out) or self._compile(source, os.path.join(ROOT, source), out)
            if not done:
                sys.exit("mutants.py: %s does not compile" % source)
        return out

    def _run(self, words: Sequence[str]) -> bool:
        return subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0

    def _same_code(self, folder: str, one: str, other: str) -> bool:
        stripped = []
        for number, name in enumerate((one, other)):
            out = os.path.join(folder, "stripped%d.o" % number)
            if not self._run(["objcopy", "--strip-debug", name, out]):
                return False
            with open(out, "rb") as file:
                stripped.append(file.read())
        return stripped[0] == stripped[1]

    def make(self, folder: str, change: mutate.Change) -> Optional[str]:
        """The program; None: it does not compile, or the machine code is the same."""
        source = os.path.join(SOURCES, change.file)
        words = self.compile[source]
        old = words[words.index("-o") + 1]
        new = os.path.join(folder, "changed.o")
        # By its own name, since messages may hold it, and with the includes of where it was.
        path = os.path.join(folder, change.file)
        with open(os.path.join(ROOT, source), encoding="utf-8") as file:
            text = mutate.apply(file.read(), change)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        if not self._compile(source, path, new) or self._same_code(
                folder, self._unchanged(source), new):
            return None
        program = os.path.join(folder, "tailcheck")
        link = [new if w == old else program if w == self.program else w for w in self.link]
        return program if self._run(link) else None


def judge_change(builder: Builder, change: mutate.Change,
                 cases: Sequence[str]) -> Optional[Verdict]:
    """None: it is no mutant."""
    with tempfile.TemporaryDirectory(prefix="tailcheck-mutant-") as folder:
        program = builder.make(folder, change)
        return judge(program, cases, {}) if program else None


class Report:
    """Prints, and keeps for the file."""

    def __init__(self, path: str) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.file = open(path, "w", encoding="utf-8")  # pylint: disable=consider-using-with

    def say(self, text: str) -> None:
        """A line."""
        print(text, flush=True)
        print(text, file=self.file, flush=True)


def semantic(report: Report, program: str, names: Sequence[str], cases: Sequence[str]) -> int:
    """How many of the mutants by name survive."""
    with open(os.path.join(ROOT, SOURCES, "mutant_list.h"), encoding="utf-8") as file:
        mutants = [m for m in semantic_mutants(file.read()) if not names or m[0] in names]
    unknown = set(names) - {name for name, _ in mutants}
    if unknown:
        sys.exit("mutants.py: there is no mutant %s" % ", ".join(sorted(unknown)))
    report.say(HEADER % ("by name", *COLUMNS))
    kills = Kills()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for (name, about), verdict in zip(mutants, pool.map(
                lambda m: judge(program, cases, {"TAILCHECK_MUTANT": m[0]}), mutants)):
            report.say("%-26s %s" % (name, verdict.row()))
            kills.add(verdict)
            if not verdict.how:
                report.say("    " + about)
    report.say("by name: %s\n" % kills.text())
    return kills.total - kills.killed


def read_sources() -> Dict[str, str]:
    """What mechanical mutants are made from."""
    sources = {}
    for name in sorted(os.listdir(os.path.join(ROOT, SOURCES))):
        if CHANGED.fullmatch(name) and not name.endswith("_test.c"):
            with open(os.path.join(ROOT, SOURCES, name), encoding="utf-8") as file:
                sources[name] = file.read()
    return sources


def mechanical(report: Report, builder: Builder, seed: int, count: int,
               cases: Sequence[str]) -> bool:
    """Whether too many survive that nobody has explained."""
    with open(EXPLAINED, encoding="utf-8") as file:
        explained = mutate.parse_explained(file)
    unknown = mutate.stale(explained, read_sources())
    if unknown:
        sys.exit("mutants.py: %s explains what is not there: %s" % (EXPLAINED, "; ".join(unknown)))
    report.say(HEADER % ("by a change", *COLUMNS))
    order = iter(mutate.shuffled(seed, read_sources()))
    kills, known = Kills(), 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        while kills.total < count:
            batch = list(itertools.islice(order, min(count - kills.total, 2 * AT_ONCE)))
            if not batch:
                break
            for change, verdict in zip(batch, pool.map(
                    lambda c: judge_change(builder, c, cases), batch)):
                if not verdict:
                    continue
                kills.add(verdict)
                report.say("%-26s %s" % ("%s:%d" % (change.file, change.line), verdict.row()))
                report.say("    - %s\n    + %s" % (change.old.strip(), change.new.strip()))
                if not verdict.how:
                    reason = change.reason(explained)
                    known += reason is not None
                    report.say("    %s" % (reason or "not explained"))
    left = kills.total - kills.killed - known
    share = 100 * kills.killed / max(1, kills.total - known)
    report.say("by a change (SEED=%d): %s, of which %d are explained; of those not explained "
               "%.0f%% are killed" % (seed, kills.text(), known, share))
    return left > MOST_UNEXPLAINED * (kills.total - known)


def generated(build: str, spec: str, seed: int) -> List[str]:
    """Files of generated cases: "graphs:100 isa:100"."""
    files = []
    for part in spec.split():
        name, count = part.split(":")
        path = os.path.join(build, "generated", "mutants-%s-%d-%s.case" % (name, seed, count))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        subprocess.run([sys.executable, os.path.join(ROOT, "generators", "generate.py"), name,
                        "--seed", str(seed), "--count", count, "-o", path], check=True)
        files.append(path)
    return files


def main() -> int:
    """0: all is noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="mutants by name, and only those")
    parser.add_argument("--build", default="build")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=60, help="of changes; 0: only those by name")
    parser.add_argument("--changes", action="store_true", help="only those by a change")
    parser.add_argument("--generated", default="graphs:100 funcs:100 state:100 isa:200 "
                        "commands:100 attrs:60 exhaustive:2",
                        help="cases that are run beside the hand-written ones")
    parser.add_argument("-o", dest="out", default=os.path.join(ROOT, "results", "mutants.txt"))
    args = parser.parse_args()
    os.nice(5)
    program = os.path.abspath(os.path.join(args.build, "tailcheck"))
    cases = [os.path.join(ROOT, "cases")] + [
        os.path.abspath(f) for f in generated(args.build, args.generated, args.seed)]
    sound = judge(program, cases, {"TAILCHECK_MUTANT": ""})
    if sound.how:
        sys.exit("mutants.py: the reference is wrong as it is: %s" % sound.row())
    report = Report(args.out)
    failed = not args.changes and semantic(report, program, args.names, cases) > 0
    if args.count and not args.names:
        failed |= mechanical(report, Builder(args.build), args.seed, args.count, cases)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
