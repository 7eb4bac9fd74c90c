# SPDX-License-Identifier: GPL-2.0-or-later
"""What happened, from the kernel's own counters in the namespace of the host that sent.

nftables counts at the edge of the host: every datagram that leaves (after IP fragmentation) and every hint that
arrives (before any input filter), per flow. The captures are never looked at.
"""

import dataclasses
import ipaddress
import json

from .traffic import Flow

# A host may take this long to act on a hint that has reached it (the processing slack of RULES.md §5); what leaves
# sooner is nobody's fault.
SETTLING_MS = 20
# The retransmission timers of real stacks are longer than this, so what leaves later was sent in knowledge.
PROMPT_MS = 100
# Where no round trip can be measured, an observer has to allow this much.
UNMEASURED_MS = 300
# What an observer has to allow for queues, by RULES.md §5: a second, and the reaction.
QUEUED_MS = 1500

_COUNTERS = (
    "sent",
    "oversize",
    "hints",
    "hints_settled",
    "oversize_after_hint",
    "oversize_settled",
    "oversize_prompt",
    "oversize_unmeasured",
    "oversize_queued",
)
_HOST_COUNTERS = ("fragments", "hints_received")
_TIMERS = {"settling": SETTLING_MS, "reacting": PROMPT_MS, "unmeasured": UNMEASURED_MS, "queued": QUEUED_MS}
_PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132}
_NAME_OF = {number: name for name, number in _PROTOCOLS.items()}


@dataclasses.dataclass(frozen=True)
class _Headers:
    """Where nftables finds a flow's key: in a datagram, and in the datagram a hint quotes."""

    key: str
    quoted_key: str
    is_transport: str
    is_whole: str  # not a fragment
    is_fragment: str
    forbids_fragmentation: str
    length: str
    length_bias: int  # what the length field leaves out
    is_hint: str


_V4 = _Headers(
    key="@nh,96,32 . @nh,128,32 . @nh,72,8 . @th,0,32",
    quoted_key="@th,160,32 . @th,192,32 . @th,136,8 . @th,224,32",
    is_transport="ip protocol { tcp, udp, sctp }",
    is_whole="ip frag-off & 0x3fff == 0",
    is_fragment="ip frag-off & 0x3fff != 0",
    forbids_fragmentation="ip frag-off & 0x4000 != 0",
    length="ip length",
    length_bias=0,
    is_hint="icmp type destination-unreachable icmp code frag-needed",
)
_V6 = _Headers(
    key="@nh,64,128 . @nh,192,128 . @nh,48,8 . @th,0,32",
    quoted_key="@th,128,128 . @th,256,128 . @th,112,8 . @th,384,32",
    is_transport="ip6 nexthdr { tcp, udp, sctp }",
    is_whole="ip6 nexthdr != 44",
    is_fragment="ip6 nexthdr 44",
    forbids_fragmentation="ip6 version 6",
    length="ip6 length",
    length_bias=40,
    is_hint="icmpv6 type packet-too-big",
)


def _ruleset(headers, limit, interface):
    longer = f"{headers.length} > {limit - headers.length_bias}"
    datagram = f"{headers.is_transport} {headers.is_whole}"
    oversize = f"{datagram} {headers.forbids_fragmentation} {longer}"
    known = f"{oversize} {headers.key} @known"
    sets = [f"set {name} {{ typeof {headers.key}; flags dynamic; size 4096; counter; }}" for name in _COUNTERS]
    # Looking a flow up in a set with counters would count, too: knowledge has a set of its own.
    sets += [f"set known {{ typeof {headers.key}; flags dynamic; size 4096; }}"]
    sets += [f"set {name} {{ typeof {headers.key}; flags dynamic,timeout; size 4096; }}" for name in _TIMERS]
    outward = [
        f"{datagram} update @sent {{ {headers.key} }}",
        f"{headers.is_fragment} counter name fragments",
        f"{oversize} update @oversize {{ {headers.key} }}",
        f"{known} update @oversize_after_hint {{ {headers.key} }}",
        f"{known} {headers.key} != @settling update @oversize_settled {{ {headers.key} }}",
        f"{known} {headers.key} != @reacting update @oversize_prompt {{ {headers.key} }}",
        f"{known} {headers.key} != @unmeasured update @oversize_unmeasured {{ {headers.key} }}",
        f"{known} {headers.key} != @queued update @oversize_queued {{ {headers.key} }}",
    ]
    first = f"{headers.is_hint} {headers.quoted_key} != @known"
    settled = f"{headers.is_hint} {headers.quoted_key} @known {headers.quoted_key} != @settling"
    inward = [f"{first} add @{name} {{ {headers.quoted_key} timeout {ms}ms }}" for name, ms in _TIMERS.items()]
    inward += [
        f"{settled} update @hints_settled {{ {headers.quoted_key} }}",
        f"{headers.is_hint} counter name hints_received",
        f"{headers.is_hint} add @known {{ {headers.quoted_key} }}",
        f"{headers.is_hint} update @hints {{ {headers.quoted_key} }}",
    ]
    return "\n".join(
        ["table netdev truth {", *(f"counter {name} {{ }}" for name in _HOST_COUNTERS), *sets]
        + [f"chain out {{ type filter hook egress device {interface} priority 0;", *outward, "}"]
        + [f"chain in {{ type filter hook ingress device {interface} priority 0;", *inward, "}", "}"]
    )


@dataclasses.dataclass(frozen=True)
class Facts:
    """Everything known about a run without looking at a capture."""

    flows: dict  # Flow → its counters
    hosts: dict  # role → what the host as a whole reports
    outcomes: list  # of the connecting application, one per connection
    sockets: list  # the sender's open connections at the end

    @property
    def complete(self):
        """Whether every application got all it waited for."""
        return all(outcome.get("complete") for outcome in self.outcomes)

    def counters(self, flow):
        return self.flows.get(flow, dict.fromkeys(_COUNTERS, 0))

    def as_label(self):
        flows = [{**dataclasses.asdict(flow), **counters} for flow, counters in self.flows.items()]
        return {"flows": flows, **self.hosts, "applications": self.outcomes, "sockets": self.sockets}


class Truth:
    """The counters of one host."""

    def __init__(self, host, family, limit, interface="eth0"):
        """Count datagrams longer than `limit`, the MTU of the narrow link."""
        self._host, self._family = host, family
        host.nft(_ruleset(_V4 if family == 4 else _V6, limit, interface))

    def by_flow(self):
        """Flow → its counters, for every flow the host sent."""
        listing = json.loads(self._host.run(["nft", "-j", "list", "table", "netdev", "truth"]))["nftables"]
        found = {}
        for entry in listing:
            if "set" not in entry or entry["set"]["name"] not in _COUNTERS:
                continue
            for element in entry["set"].get("elem", []):
                flow = self._flow(element["elem"]["val"]["concat"])
                if flow is None:
                    continue
                counters = found.setdefault(flow, dict.fromkeys(_COUNTERS, 0))
                counters[entry["set"]["name"]] = element["elem"]["counter"]["packets"]
        return found

    def of_host(self, peer):
        """What the host as a whole reports: its counters of fragments and its idea of the path."""
        listing = json.loads(self._host.run(["nft", "-j", "list", "counters", "netdev"]))["nftables"]
        counters = [entry["counter"] for entry in listing if "counter" in entry]
        statistics = json.loads(self._host.run(["nstat", "-asj"]))["kernel"]
        return {
            **{counter["name"]: counter["packets"] for counter in counters},
            "route": " ".join(self._host.ip("route", "get", peer).split()),
            "out_of_order_segments": statistics.get("TcpExtTCPOFOQueue", 0),
            "retransmitted_segments": statistics.get("TcpRetransSegs", 0),
            "timeouts": statistics.get("TcpExtTCPTimeouts", 0),
            "mtu_probe_failures": statistics.get("TcpExtTCPMTUPFail", 0),
            "mtu_probe_successes": statistics.get("TcpExtTCPMTUPSuccess", 0),
            "out_of_window_icmps": statistics.get("TcpExtOutOfWindowIcmps", 0),
        }

    def sockets(self):
        """The kernel's view of the open connections, while they are still open."""
        lines = self._host.run(["ss", "-tinH"]).splitlines()
        return [line.strip() for line in lines if "mss:" in line]

    def _flow(self, key):
        """None where a hint quotes something else than a whole TCP, UDP or SCTP datagram, an echo or a fragment."""
        # nft prints what is longer than 64 bits as a hexadecimal string.
        source, destination, protocol, ports = (int(str(part), 0) for part in key)
        if protocol not in _NAME_OF:
            return None
        address = ipaddress.IPv4Address if self._family == 4 else ipaddress.IPv6Address
        return Flow(_NAME_OF[protocol], str(address(source)), ports >> 16, str(address(destination)), ports & 0xFFFF)
