# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
What goes along with a tail call: context, packet, maps. Each kind of state is written by the caller
and read by the callee; it is kept where the call falls through; and it passes all 33 calls.
"""
from typing import Iterator, List, NamedTuple, Tuple

from tables_calls.budget import LIMIT
from tables_calls.text import FORMS, MISS, Case, case_file, tail_call

SOURCE = "eBPF Docs tail calls; "


class Kind(NamedTuple):
    """A kind of state of one number."""

    name: str
    about: str
    prog: str  # type of program
    maps: Tuple[str, ...]
    read: Tuple[str, ...]  # r8 = it; the context is in r6, r0 to r5 are free
    write: Tuple[str, ...]  # it = r8; likewise
    seen: str  # in a run, where it is not 0; {0} the number, {0:02x} its byte
    lookup: str  # or in a map
    source: str

    def claim(self) -> str:
        """The claim that it tests."""
        if self.name.startswith("cb"):
            return "tail_call.state.cb"
        if self.name.startswith("percpu"):
            return "tail_call.state.percpu"
        if self.lookup:
            return "tail_call.state.maps"
        packet = self.name.endswith(("-data", "-bytes"))
        return "tail_call.state.packet" if packet else "tail_call.state.context"

    def reaches(self) -> bool:
        """Whether the state is behind a test."""
        return any("goto none" in line for line in self.read)


def context(name: str, about: str, prog: str, offset: int, size: int) -> Kind:
    """A field of the context."""
    field = "*(u%d *)(r6 + %d)" % (8 * size, offset)
    return Kind(name.replace("_", "-"), about, prog, (), ("r8 = %s" % field,), ("%s = r8" % field,),
                " %s={0}" % name, "", "net/core/filter.c bpf_convert_ctx_access")


KEY = ("r2 = 1", "*(u32 *)(r10 - 4) = r2", "r2 = r10", "r2 += -4", "r1 = box ll",
       "call bpf_map_lookup_elem", "if r0 == 0 goto none")
DATA = ("r2 = *(u32 *)(r6 + %d)", "r3 = *(u32 *)(r6 + %d)", "r4 = r2", "r4 += %d",
        "if r4 > r3 goto none")


def through_lookup(name: str, about: str, map_type: str) -> Kind:
    """A value of a map that is found by the helper."""
    return Kind(name, about, "raw_tracepoint", ("map box %s value=8 entries=2" % map_type,),
                KEY + ("r8 = *(u64 *)(r0 + 0)",), KEY + ("*(u64 *)(r0 + 0) = r8",), "",
                "lookup box 1", "kernel/bpf/arraymap.c, hashtab.c")


def packet(name: str, about: str, prog: str, data: int, data_end: int, at: int) -> Kind:
    """A byte of the packet, by pointers that each program takes anew."""
    take = tuple(line % value for line, value in zip(DATA[:2], (data, data_end))) + (
        DATA[2], DATA[3] % (at + 1), DATA[4])
    return Kind(name, about, prog, (), take + ("r8 = *(u8 *)(r2 + %d)" % at,),
                take + ("*(u8 *)(r2 + %d) = r8" % at,), " @%d={0:02x}" % at, "",
                "net/core/filter.c tc_cls_act_is_valid_access, xdp_is_valid_access")


SKB_BYTES = Kind(
    "skb-bytes", "A byte of the packet that helpers read and write", "sched_cls", (),
    ("r1 = r6", "r2 = 20", "r3 = r10", "r3 += -8", "r4 = 1", "r5 = 0", "*(u64 *)(r10 - 8) = r5",
     "call bpf_skb_load_bytes", "r8 = *(u8 *)(r10 - 8)"),
    ("*(u64 *)(r10 - 8) = r8", "r1 = r6", "r2 = 20", "r3 = r10", "r3 += -8", "r4 = 1", "r5 = 0",
     "call bpf_skb_store_bytes"),
    " @20={0:02x}", "", "net/core/filter.c bpf_skb_store_bytes")

KINDS = tuple(context("cb%d" % i, "Word %d of the packet's control block" % i, "socket_filter",
                      48 + 4 * i, 4) for i in range(5)) + (
    context("mark", "The packet's mark", "sched_cls", 8, 4),
    context("priority", "The packet's priority", "sched_cls", 32, 4),
    context("tstamp", "The packet's time stamp", "sched_cls", 152, 8),
    context("tc_index", "The packet's traffic control index", "sched_cls", 44, 4)._replace(seen=""),
    context("tc_classid", "The packet's class", "sched_cls", 72, 4)._replace(seen=""),
    Kind("array", "A value of an array, whose address the program holds", "raw_tracepoint",
         ("map box array value=8 entries=1",), ("r1 = box[0] ll", "r8 = *(u64 *)(r1 + 0)"),
         ("r1 = box[0] ll", "*(u64 *)(r1 + 0) = r8"), "", "lookup box 0",
         "kernel/bpf/arraymap.c"),
    through_lookup("array-element", "An element of an array", "array"),
    through_lookup("hash", "An element of a hash", "hash"),
    through_lookup("percpu-array", "An element of a per-CPU array, the documents' way to hand on "
                   "what the context has no room for", "percpu_array"),
    through_lookup("percpu-hash", "An element of a per-CPU hash", "percpu_hash"),
    SKB_BYTES,
    packet("skb-data", "A byte of the packet, by pointer", "sched_cls", 76, 80, 15),
    packet("xdp-data", "A byte of the frame, by pointer", "xdp", 0, 4, 63),
)


def index(form: str, slot: int) -> List[str]:
    """r3 = slot: from a map where it is not to be known."""
    if form == "direct":
        return ["r3 = %d" % slot]
    return ["r3 = index[0] ll", "r3 = *(u32 *)(r3 + 0)"] + (["r3 += %d" % slot] if slot else [])


def add_one(kind: Kind) -> List[str]:
    """r8 = the state, and one more is left there."""
    return ["r6 = r1", *kind.read, "r8 += 1", *kind.write]


def result(kind: Kind, miss: int) -> List[str]:
    """Both ways out of a program; the second only where the state may be out of reach."""
    body = ["r0 = r8", "exit"]
    return body + ["none:", "r0 = %d" % miss, "exit"] if kind.reaches() else body


def begin(case: Case, kind: Kind) -> None:
    """The maps, with an element where there is none by itself."""
    case.made("map progs prog_array entries=2")
    case.made("map index array")
    for step in kind.maps:
        case.made(step)
        if "hash" in step:
            case.step("update box 1 0", 0)


def shown(case: Case, kind: Kind, run: str, result: int, number: int) -> None:
    """A run, and the state that it leaves."""
    case.step(run, "%d%s" % (result, kind.seen.format(number)))
    if kind.lookup:
        case.step(kind.lookup, number)
        case.step(kind.lookup.replace("lookup", "update") + " 0", 0)


def handed_on(kind: Kind) -> Case:
    """Caller and callee add one each; or the call falls through."""
    case = Case("state.%s-is-handed-on" % kind.name,
                "%s: the callee finds what the caller wrote; and where the call falls through (an "
                "empty slot, an index past the end) the caller's work stays too." % kind.about,
                kind.claim() + " tail_call.miss.no_effect", SOURCE + kind.source)
    begin(case, kind)
    tail = result(kind, 99)
    case.prog("leaf", add_one(kind) + ["r8 += 100"] + tail, kind.prog)
    for form in FORMS:
        case.prog(form, add_one(kind) + tail_call("progs", index(form, 0), "r6") +
                  ["r8 += 10"] + tail, kind.prog)
    for hit, change in ((False, ""), (True, "update progs 0 leaf"), (False, "delete progs 0")):
        if change:
            case.step(change, 0)
        for form in FORMS:
            shown(case, kind, "run %s" % form, 102 if hit else 11, 2 if hit else 1)
    case.step("update index 0 2", 0)
    shown(case, kind, "run indirect", 11, 1)
    return case


def all_hops(kind: Kind) -> Case:
    """A program that calls itself and adds one each time."""
    case = Case("state.%s-passes-33-calls" % kind.name,
                "%s: it goes through all 33 calls, and the last program, whose call falls through "
                "at the limit, still has it." % kind.about,
                kind.claim() + " tail_call.limit", SOURCE + kind.source)
    begin(case, kind)
    for slot, form in enumerate(FORMS):
        case.prog(form, add_one(kind) + tail_call("progs", index(form, slot), "r6") +
                  result(kind, MISS), kind.prog)
        case.step("update progs %d %s" % (slot, form), 0)
    for form in FORMS:
        shown(case, kind, "run %s" % form, LIMIT + 1, LIMIT + 1)
    return case


def cases() -> Iterator[Case]:
    """All of them."""
    for kind in KINDS:
        yield handed_on(kind)
        yield all_hops(kind)


def text() -> str:
    """The file."""
    return case_file("State that goes along: each kind, over one call, none and 33.", cases())
