# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""
Which programs may meet in one array: the first that comes fixes it, be it put into a slot or loaded
with a reference to the array. As newest kernels have it; kernel/bpf/core.c bpf_prog_map_compatible.
"""
from typing import Dict, NamedTuple, Optional, Tuple

# A part of the body of those that have cgroup storage: the map that they refer to.
STORAGES = ("mine", "other")
STORAGE_MAPS = ("map mine cgroup_storage key=16 value=8 entries=0",
                "map other cgroup_storage key=16 value=64 entries=0")


class Kind(NamedTuple):
    """What kind of program: the words of its step, and what an array's owner keeps of it."""

    words: str
    key: Tuple[object, ...]
    storage: Optional[str] = None
    runs: bool = False       # with a result that says which program it was
    is_sleepable: bool = False


def _tracing(attach: str, number: int) -> Kind:
    words = "tracing attach=%s license=GPL attach-func=bpf_fentry_test%d" % (attach, number)
    # The function's prototype counts, and 7 and 8 have the same.
    return Kind(words, ("tracing", attach, 7 if number == 8 else number))


FILTER = Kind("socket_filter", ("socket_filter",), runs=True)

# Families, of which a case has one: programs of a family are much alike.
FAMILIES: Dict[str, Tuple[Kind, ...]] = {
    "filter": (FILTER, FILTER, FILTER, Kind("sched_cls", ("sched_cls",), runs=True)),
    "xdp": (Kind("xdp", ("xdp",), runs=True), Kind("xdp attach=xdp", ("xdp", "attach"), runs=True),
            Kind("xdp flags=XDP_HAS_FRAGS", ("xdp", "frags"), runs=True), FILTER),
    "tracing": (_tracing("trace_fentry", 1), _tracing("trace_fentry", 2),
                _tracing("trace_fentry", 7), _tracing("trace_fentry", 8),
                _tracing("trace_fexit", 1)),
    "storage": (Kind("cgroup_skb", ("cgroup_skb",), runs=True),
                Kind("cgroup_skb", ("cgroup_skb",), "mine", runs=True),
                Kind("cgroup_skb", ("cgroup_skb",), "other", runs=True)),
    "sleepable": (Kind("lsm attach=lsm_mac license=GPL attach-func=bpf_lsm_bprm_committed_creds",
                       ("lsm",)),
                  Kind("lsm flags=SLEEPABLE attach=lsm_mac license=GPL "
                       "attach-func=bpf_lsm_bprm_committed_creds", ("lsm", "sleeps"),
                       is_sleepable=True)),
}


class Owner(NamedTuple):
    """What an array keeps of the program that claimed it."""

    key: Tuple[object, ...]
    storage: Optional[str]


def compatible(owner: Optional[Owner], kind: Kind, calls: bool) -> bool:
    """May it come in? Without storage of its own, only what calls nobody may."""
    if owner is None:
        return True
    if kind.storage is None and owner.storage is not None:
        return kind.key == owner.key and not calls
    return kind.key == owner.key and kind.storage == owner.storage
