# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds a path out of namespaces, veth pairs, userspace cables and VXLAN."""

import json

from . import path as net
from .namespaces import Namespace
from .processes import Child, program

_TRUNK_VLAN = 100
_OFFLOADS = ("tso", "gso", "gro", "tx", "rx")

_TRANSLATION = """
table ip translation {
  chain outward {
    type nat hook postrouting priority srcnat
    oifname "core0" ip saddr 10.1.0.0/24 masquerade
  }
}
"""


class Topology:
    """The namespaces of one path, wired and routed. Use it as a context manager: what it made goes with it."""

    def __init__(self, path):
        self.path = path
        self._cables = []
        self._hosts = {}

    def __enter__(self):
        try:
            self._build()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def __getitem__(self, role):
        return self._hosts[role]

    def __contains__(self, role):
        return role in self._hosts

    def close(self):
        for cable in self._cables:
            cable.stop()
        for host in self._hosts.values():
            host.delete()

    def _build(self):
        path = self.path
        roles = (
            ["sender", "gateway", "near", "far", "receiver"] if path.gateway else ["sender", "near", "far", "receiver"]
        )
        for role in roles + (["mirror"] if path.trunk else []):
            self._add_host(role)
        first = roles[1]
        self._link(
            ("sender", "eth0"), (first, "lan0"), path.lan_mtu, path.access_rtt, path.access_rate,
            trunk=path.trunk, offload="access" in path.offload,
        )  # fmt: skip
        if path.gateway:
            self._link(
                ("gateway", "core0"), ("near", "lan0"), path.lan_mtu, path.core_rtt, path.core_rate,
                tunnel=path.tunnel in ("core", "transit"),
            )  # fmt: skip
        narrow_mtu = path.lan_mtu if path.tunnel == "transit" else path.narrow_mtu
        self._link(("near", "wan0"), ("far", "wan0"), narrow_mtu, tunnel=path.tunnel == "narrow")
        self._link(("far", "lan0"), ("receiver", "eth0"), path.lan_mtu, path.far_rtt, offload="far" in path.offload)
        self._address_and_route(first)
        if path.nat:
            self["gateway"].nft(_TRANSLATION)

    def _add_host(self, role):
        self._hosts[role] = Namespace(role)
        self._hosts[role].create()
        # Duplicate address detection and router discovery would only delay the run.
        self._hosts[role].sysctl(
            net__ipv6__conf__default__accept_dad=0, net__ipv6__conf__default__router_solicitations=0
        )

    def _link(self, left, right, mtu, rtt=0.0, rate=0, tunnel=False, trunk=False, offload=False):
        if tunnel:
            self._tunnel(left, right, mtu)
        elif rtt or rate or trunk:
            self._cable(left, right, mtu, rtt, rate, trunk)
        else:
            self._veth(left, right, mtu)
        for role, name in (left, right):
            if not offload:
                self._without_offload(role, name)
            self[role].ip("link", "set", name, "up")

    def _veth(self, left, right, mtu):
        (left_role, left_name), (right_role, right_name) = left, right
        self[left_role].ip(
            "link", "add", left_name, "mtu", str(mtu), "type", "veth",
            "peer", "name", right_name, "mtu", str(mtu), "netns", self[right_role].name,
        )  # fmt: skip

    def _cable(self, left, right, mtu, rtt, rate, trunk):
        ends = {end: (self[role].name, name) for end, (role, name) in (("left", left), ("right", right))}
        mirror = (self["mirror"].name, "trunk0") if trunk else None
        wish = {**ends, "delay": rtt / 2, "rate": rate, "mirror": mirror, "vlan": _TRUNK_VLAN}
        cable = Child(program("cable", json.dumps(wish)))
        self._cables.append(cable)
        cable.await_line("stdout", "ready")
        for role, name in (left, right):
            self[role].ip("link", "set", name, "mtu", str(mtu))
        if trunk:
            # A mirror port takes part in nothing: no address, no neighbour discovery of its own.
            self["mirror"].sysctl(net__ipv6__conf__trunk0__disable_ipv6=1)
            self["mirror"].ip("link", "set", "trunk0", "up")

    def _tunnel(self, left, right, mtu):
        underlays = [(role, f"under-{name}") for role, name in (left, right)]
        if self.path.tunnel == "transit":
            addresses = net.TRANSIT_UNDERLAY
            self._transit(underlays, addresses)
        else:
            addresses = net.UNDERLAY
            self._underlay_link(zip(underlays, addresses), max(1500, mtu + net.VXLAN_OVERHEAD))
        for (role, name), local, remote in zip((left, right), addresses, reversed(addresses)):
            # One source port: the kernel would change it with every retransmission, and its knowledge with it.
            self[role].ip(
                "link", "add", name, "mtu", str(mtu), "type", "vxlan", "id", "7", "df", "set",
                "local", local, "remote", remote, "srcport", "51000", "51001", "dstport", "4789",
            )  # fmt: skip

    def _transit(self, underlays, addresses):
        """An underlay of two links; the second is what the tunnel's datagrams may not fit."""
        self._add_host("transit")
        self["transit"].sysctl(net__ipv4__ip_forward=1)
        # Lets the entry tell its senders what it has learned about the underlay.
        self["gateway"].sysctl(net__ipv4__ip_forward_use_pmtu=1)
        roomy = self.path.lan_mtu + net.VXLAN_OVERHEAD
        sides = zip(underlays, addresses, net.TRANSIT_ROUTER, (roomy, self.path.transit_mtu), reversed(addresses))
        for side, (end, address, router, mtu, other) in enumerate(sides):
            self._underlay_link([(end, address), (("transit", f"side{side}"), router)], mtu)
            self[end[0]].ip("route", "add", f"{other}/32", "via", router)

    def _underlay_link(self, ends, mtu):
        ends = list(ends)
        self._veth(*(end for end, _ in ends), mtu)
        for (role, name), address in ends:
            self[role].ip("address", "add", f"{address}/30", "dev", name)
            self._without_offload(role, name)
            self[role].ip("link", "set", name, "up")

    def _without_offload(self, role, name):
        self[role].run(["ethtool", "-K", name, *(word for what in _OFFLOADS for word in (what, "off"))])
        # TCP builds super-segments all the same, for the kernel to cut after the counters saw them.
        self[role].ip("link", "set", name, "gso_max_segs", "1")

    def _address_and_route(self, first):
        path = self.path
        first_router = path.address(net.SENDER_LAN, net.FIRST_ROUTER)
        receiver_router = path.address(net.RECEIVER_LAN, net.FIRST_ROUTER)
        near, far = path.address(net.NARROW, net.NEAR_ON_NARROW), path.address(net.NARROW, net.FAR_ON_NARROW)
        self._address("sender", "eth0", path.sender_address)
        self._address(first, "lan0", first_router)
        self._address("near", "wan0", near)
        self._address("far", "wan0", far)
        self._address("far", "lan0", receiver_router)
        self._address("receiver", "eth0", path.receiver_address)
        for router in {first, "near", "far"}:
            self[router].sysctl(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        self._route("sender", "default", first_router)
        self._route("receiver", "default", receiver_router)
        self._route("near", "default", far)
        self._route("far", "default", near)
        if path.gateway:
            on_core = path.address(net.CORE, net.GATEWAY_ON_CORE)
            near_on_core = path.address(net.CORE, net.NEAR_ON_CORE)
            self._address("gateway", "core0", on_core)
            self._address("near", "lan0", near_on_core)
            self._route("gateway", "default", near_on_core)
            self._route("near", path.address(net.SENDER_LAN, 0) + ("/24" if path.family == 4 else "/64"), on_core)

    def _address(self, role, interface, address):
        prefix = "/24" if self.path.family == 4 else "/64"
        self[role].ip(
            "address", "add", address + prefix, "dev", interface, *(["nodad"] if self.path.family == 6 else [])
        )

    def _route(self, role, destination, router):
        self[role].ip(f"-{self.path.family}", "route", "replace", destination, "via", router)
