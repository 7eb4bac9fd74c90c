# SPDX-License-Identifier: GPL-2.0-or-later
"""How the sending host takes a hint. Each reaction is one the kernel, not the lab, carries out."""

IGNORES_HINTS = """
table inet appliance {
  chain input {
    type filter hook input priority filter;
    icmp type destination-unreachable icmp code frag-needed drop
    icmpv6 type packet-too-big drop
  }
}
"""


def _honouring(_host, _path):
    """A Linux host as it comes."""


def _ignoring(host, _path):
    """An input firewall that drops the hint: captures taken on the host still show it arrive."""
    host.nft(IGNORES_HINTS)


def _forgetful(host, _path):
    """A host whose path-MTU knowledge expires after three seconds."""
    host.sysctl(net__ipv4__route__mtu_expires=3, net__ipv6__route__mtu_expires=3)


def _locked_route(host, path):
    """`mtu lock` on the route: the path MTU is not discovered, and IPv4 leaves DF clear."""
    host.ip("route", "change", "default", "via", path.address(1, 1), "mtu", "lock", str(path.lan_mtu))


def _stubborn(host, path):
    """The locked route under sockets that insist on DF: no firewall needed to ignore hints."""
    _locked_route(host, path)


def _without_discovery(host, _path):
    host.sysctl(net__ipv4__ip_no_pmtu_disc=1)


def _probing_after_loss(host, _path):
    """PLPMTUD (RFC 4821) once retransmissions suggest a black hole."""
    host.sysctl(net__ipv4__tcp_mtu_probing=1)


def _probing_always(host, _path):
    """PLPMTUD from the first segment, probing upwards often enough for a short run to show it."""
    host.sysctl(net__ipv4__tcp_mtu_probing=2, net__ipv4__tcp_probe_interval=1, net__ipv4__tcp_probe_threshold=8)


def _narrowed_interface(host, path):
    """The work-around of the seed story: hints are still dropped, but the interface takes less than the narrow link."""
    host.nft(IGNORES_HINTS)
    host.ip("link", "set", "eth0", "mtu", str(path.next_hop_mtu - 6))


REACTIONS = {
    "honouring": _honouring,
    "ignoring": _ignoring,
    "forgetful": _forgetful,
    "locked route": _locked_route,
    "stubborn": _stubborn,
    "without discovery": _without_discovery,
    "probing after loss": _probing_after_loss,
    "probing always": _probing_always,
    "narrowed interface": _narrowed_interface,
}


def prepare(host, reaction, path):
    REACTIONS[reaction](host, path)
