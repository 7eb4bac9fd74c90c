# SPDX-License-Identifier: GPL-2.0-or-later
"""Trouble that has nothing to do with the path MTU, for an analyser to tell apart."""

import dataclasses
import time

_COMMAND = {4: "iptables", 6: "ip6tables"}
# What tells later fragments, and how long a host waits for the rest.
_FRAGMENTS = {
    4: ("ip frag-off & 0x1fff != 0", "net.ipv4.ipfrag_time"),
    6: ("frag frag-off != 0", "net.ipv6.ip6frag_time"),
}
# Not even neighbour discovery is answered any more.
_DEAF_AND_MUTE = """
table netdev death {
  chain in {
    type filter hook ingress device eth0 priority -100; policy drop
  }
  chain out {
    type filter hook egress device eth0 priority -100; policy drop
  }
}
"""


@dataclasses.dataclass(frozen=True)
class Loss:
    """The far router loses datagrams at random, both ways."""

    probability: float

    def begin(self, topology):
        topology["far"].run(
            [
                _COMMAND[topology.path.family], "-A", "FORWARD", "-m", "statistic", "--mode", "random",
                "--probability", str(self.probability), "-j", "DROP",
            ]
        )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class FragmentFilter:
    """The far router drops later fragments, as access lists by port do; the receiver complains soon."""

    patience: int = 1  # seconds that the receiver waits for the rest (RFC 791 §3.2 allows what it likes)

    def begin(self, topology):
        later, timer = _FRAGMENTS[topology.path.family]
        # Before the kernel puts fragments together for its own filters.
        topology["far"].nft(
            "table inet fragments { chain in { type filter hook prerouting priority -450; " + later + " drop; }; }"
        )
        topology["receiver"].run(["sysctl", "-qw", f"{timer}={self.patience}"])


@dataclasses.dataclass(frozen=True)
class DeadPeer:
    """The receiver falls silent some seconds after the conversation began."""

    after: float

    def during(self, topology):
        time.sleep(self.after)
        topology["receiver"].nft(_DEAF_AND_MUTE)


@dataclasses.dataclass(frozen=True)
class Narrowing:
    """The narrow link takes what the LANs take until some seconds after the conversation began: another route."""

    after: float

    def begin(self, topology):
        self._set(topology, topology.path.lan_mtu)

    def during(self, topology):
        time.sleep(self.after)
        self._set(topology, topology.path.narrow_mtu)

    @staticmethod
    def _set(topology, mtu):
        for role in ("near", "far"):
            topology[role].ip("link", "set", "wan0", "mtu", str(mtu))


@dataclasses.dataclass(frozen=True)
class MssClamp:
    """The near router clamps the MSS option of SYNs that leave towards the receiver, or come from it, or both."""

    mss: int
    outward: bool
    inward: bool

    def begin(self, topology):
        for wanted, interface in ((self.outward, "wan0"), (self.inward, "lan0")):
            if wanted:
                topology["near"].run(
                    [
                        _COMMAND[topology.path.family], "-t", "mangle", "-A", "FORWARD", "-o", interface, "-p", "tcp",
                        "--tcp-flags", "SYN,RST", "SYN", "-j", "TCPMSS", "--set-mss", str(self.mss),
                    ]
                )  # fmt: skip
