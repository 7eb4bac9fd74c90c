# SPDX-License-Identifier: GPL-2.0-or-later
"""What a path looks like: the wish that a topology fulfils. No kernel is touched here."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Path:
    """sender - [gateway] - near router - narrow link - far router - receiver.

    The sender is the host whose datagrams are too large for the narrow link, whichever end opened the connection.
    """

    family: int = 4
    next_hop_mtu: int | None = 1446  # of the narrow link; None: it takes whatever the LANs take
    lan_mtu: int = 1500
    access_rtt: float = 0.0  # of the sender's link, in seconds
    core_rtt: float = 0.0  # between gateway and near router
    far_rtt: float = 0.0  # of the receiver's link
    # Bits per second that a link takes on the way to the receiver, with a queue before it; 0: as many as come.
    access_rate: int = 0
    core_rate: int = 0
    gateway: bool = False  # a router between the sender and the one with the narrow link
    # VXLAN on the "core" or the "narrow" link; or "transit": on the core link, whose underlay is what is narrow.
    tunnel: str | None = None
    trunk: bool = False  # mirror the sender's link as a VLAN trunk
    nat: bool = False  # the gateway translates the sender's address
    offload: tuple[str, ...] = ()  # links with segmentation offload: "access", "far"
    sender_host: int = 10
    receiver_host: int = 20

    @property
    def end_to_end_rtt(self):
        return self.access_rtt + self.core_rtt + self.far_rtt

    @property
    def queues(self):
        """Whether datagrams may wait for long on their way to the narrow link."""
        return bool(self.access_rate or self.core_rate)

    @property
    def narrow_mtu(self):
        """The largest datagram that reaches the receiver."""
        return self.lan_mtu if self.next_hop_mtu is None else self.next_hop_mtu

    @property
    def transit_mtu(self):
        """What the underlay of a "transit" tunnel takes: the largest inner datagram and its wrapping."""
        return self.narrow_mtu + VXLAN_OVERHEAD

    def address(self, network, host):
        return f"10.{network}.0.{host}" if self.family == 4 else f"fd00:{network}::{host}"

    @property
    def sender_address(self):
        return self.address(SENDER_LAN, self.sender_host)

    @property
    def receiver_address(self):
        return self.address(RECEIVER_LAN, self.receiver_host)

    @property
    def translated_address(self):
        """The sender as the world behind the gateway sees it."""
        return self.address(CORE, GATEWAY_ON_CORE) if self.nat else self.sender_address


VXLAN_OVERHEAD = 50  # Ethernet 14, IPv4 20, UDP 8, VXLAN 8
# The ends of a tunnel's underlay: both on one link, or on either side of a transit router.
UNDERLAY = ("192.0.2.1", "192.0.2.2")
TRANSIT_UNDERLAY = ("192.0.2.1", "198.51.100.2")
TRANSIT_ROUTER = ("192.0.2.2", "198.51.100.1")

# Networks and the hosts on them: 10.NETWORK.0.HOST, fd00:NETWORK::HOST.
SENDER_LAN, RECEIVER_LAN, CORE, NARROW = 1, 2, 8, 9
FIRST_ROUTER = 1
GATEWAY_ON_CORE, NEAR_ON_CORE = 1, 2
NEAR_ON_NARROW, FAR_ON_NARROW = 1, 2
