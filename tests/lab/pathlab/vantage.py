"""Where a capture is taken, and how."""

import dataclasses

from .pcapng import merge
from .processes import Child


@dataclasses.dataclass(frozen=True)
class Place:
    """`before_narrow`: oversize datagrams and the hints they draw pass here. `hops`: routers between it and the sender."""

    role: str
    interfaces: tuple[str, ...]
    before_narrow: bool
    hops: int
    cooked: bool = False


def places(path):
    """The vantage points a path has, by name."""
    gateway = 1 if path.gateway else 0
    found = {
        "sender": Place("sender", ("eth0",), True, 0),
        "router": Place("near", ("lan0",), True, gateway),
        "narrow": Place("near", ("wan0",), False, gateway + 1),
        "far": Place("far", ("lan0",), False, gateway + 2),
        "receiver": Place("receiver", ("eth0",), False, gateway + 2),
        "any": Place("near", ("any",), True, gateway, cooked=True),
        "sender-any": Place("sender", ("any",), True, 0, cooked=True),
        "both-sides": Place("near", ("lan0", "wan0"), True, gateway),
    }
    if path.gateway:
        found["gateway"] = Place("gateway", ("lan0",), True, 0)
        found["gateway-any"] = Place("gateway", ("any",), True, 0, cooked=True)
    if path.trunk:
        found["trunk"] = Place("mirror", ("trunk0",), True, 0)
    if path.tunnel == "core":
        found["outside"] = Place("gateway", ("under-core0",), True, gateway)
        found["inside"] = Place("gateway", ("core0",), True, gateway)
    if path.tunnel == "narrow":
        found["outside"] = Place("near", ("under-wan0",), False, gateway + 1)
        found["inside"] = Place("near", ("wan0",), False, gateway + 1)
    return found


@dataclasses.dataclass(frozen=True)
class Vantage:
    """A capture at a place, possibly a poor one."""

    place: str
    snaplen: int = 262144
    capture_filter: str = ""
    late: bool = False  # begins while the conversation is already going on
    name: str = ""  # in file names; the place's, unless the story has a better word

    @property
    def label(self):
        return self.name or self.place


class Capture:
    """One running capture; `save` ends it and writes the file."""

    def __init__(self, topology, vantage, scratch):
        place = places(topology.path)[vantage.place]
        self._parts = {}
        self._children = []
        for interface in place.interfaces:
            part = scratch / f"{vantage.label}-{interface}.pcap"
            argv = ["tcpdump", "-i", interface, "-w", str(part), "-s", str(vantage.snaplen), "-U", "-n"]
            argv += ["-B", "8192", "--time-stamp-precision=nano", "--immediate-mode", "-Z", "root"]
            argv += ["-y", "LINUX_SLL2"] if place.cooked else []
            argv += vantage.capture_filter.split()
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
