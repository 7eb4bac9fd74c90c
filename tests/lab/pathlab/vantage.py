# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a capture is taken, and how."""

import dataclasses

from .pcapng import merge
from .processes import Child


@dataclasses.dataclass(frozen=True)
class Place:
    """`before_narrow`: oversize datagrams pass here. `hops`: routers between here and the sender."""

    role: str
    interfaces: tuple[str, ...]
    before_narrow: bool
    hops: int
    cooked: bool = False
    duplicating: bool = False  # shows forwarded datagrams twice
    across: bool = False  # shows both ends of the narrow link: two capture points
    beyond_nat: bool = False
    hears_hints: bool = True  # where hints pass as well as the datagrams that draw them


def places(path):
    """The vantage points a path has, by name."""
    gateway = 1 if path.gateway else 0
    near_is_before = path.tunnel != "transit"
    found = {
        "sender": Place("sender", ("eth0",), True, 0),
        "router": Place("near", ("lan0",), near_is_before, gateway, beyond_nat=True),
        "narrow": Place("near", ("wan0",), False, gateway + 1, beyond_nat=True),
        "far": Place("far", ("lan0",), False, gateway + 2, beyond_nat=True),
        "receiver": Place("receiver", ("eth0",), False, gateway + 2, beyond_nat=True),
        "any": Place("near", ("any",), near_is_before, gateway, cooked=True, duplicating=True, across=near_is_before, beyond_nat=True),
        "sender-any": Place("sender", ("any",), True, 0, cooked=True),
        "both-sides": Place("near", ("lan0", "wan0"), near_is_before, gateway, duplicating=True, across=near_is_before, beyond_nat=True),
    }
    if path.gateway:
        found["gateway"] = Place("gateway", ("lan0",), True, 0)
        found["gateway-any"] = Place("gateway", ("any",), True, 0, cooked=True, duplicating=True)
    if path.trunk:
        found["trunk"] = Place("mirror", ("trunk0",), True, 0)
    if path.tunnel in ("core", "transit"):
        # If the underlay is what is narrow, the tunnel's entry tells the sender, on the other side.
        manner = {"beyond_nat": True, "hears_hints": path.tunnel == "core"}
        found["outside"] = Place("gateway", ("under-core0",), True, gateway, **manner)
        found["inside"] = Place("gateway", ("core0",), True, gateway, **manner)
        # The sender's link and the tunnel's: a relayed hint would pass here.
        found["tunnel-ends"] = Place("gateway", ("lan0", "under-core0"), True, 0, duplicating=True)
    if path.tunnel == "narrow":
        found["outside"] = Place("near", ("under-wan0",), False, gateway + 1)
        found["inside"] = Place("near", ("wan0",), False, gateway + 1)
    return found


WHOLE = 262144  # the snap length that cuts nothing
# The kernel's ring has slots of the snap length: no longer than what can come, so that a burst finds room.
_LARGEST_FRAME, _LARGEST_SUPER_SEGMENT = 10_000, 70_000
_RING_KIB = "16384"

# What a capture filter lets through.
VIEWS = {
    "all": "",
    "outbound": "src host {sender}",
    "inbound": "dst host {sender}",
    "no-icmp": "tcp or udp",
    "icmp-only": "icmp or icmp6",
}


@dataclasses.dataclass(frozen=True)
class Vantage:
    """A capture at a place, possibly a poor one."""

    place: str
    snaplen: int = WHOLE
    view: str = "all"  # a key of VIEWS
    name: str = ""  # in file names; made of the rest, unless the story has a better word

    @property
    def label(self):
        view = "" if self.view == "all" else f"-{self.view}"
        snaplen = "" if self.snaplen == WHOLE else f"-snap{self.snaplen}"
        return self.name or self.place + view + snaplen


class Capture:
    """One running capture; `save` ends it and writes the file."""

    def __init__(self, topology, vantage, scratch):
        place = places(topology.path)[vantage.place]
        longest = _LARGEST_SUPER_SEGMENT if topology.path.offload else _LARGEST_FRAME
        snaplen = min(vantage.snaplen, longest)
        self._parts = {}
        self._children = []
        for interface in place.interfaces:
            part = scratch / f"{vantage.label}-{interface}.pcap"
            argv = ["tcpdump", "-i", interface, "-w", str(part), "-s", str(snaplen), "-U", "-n"]
            argv += ["-B", _RING_KIB, "--time-stamp-precision=nano", "--immediate-mode", "-Z", "root"]
            argv += ["-y", "LINUX_SLL2"] if place.cooked else []
            argv += VIEWS[vantage.view].format(sender=topology.path.sender_address).split()
            child = Child(topology[place.role].command(argv))
            self._children.append(child)
            self._parts[interface] = part
            child.await_line("stderr", "listening on")

    def stop(self):
        while self._children:
            report = self._children.pop().stop()
            if " 0 packets dropped by kernel" not in f" {report}".replace("\n", " "):
                raise RuntimeError(f"a capture lost packets: {report}")

    def save(self, file):
        self.stop()
        return merge(self._parts, file)
