# SPDX-License-Identifier: GPL-2.0-or-later
"""The conversations that cross a path, and what the applications say became of them."""

import dataclasses
import json

from . import certificates
from .processes import Child, program


@dataclasses.dataclass(frozen=True)
class Traffic:
    """`direction` says who asked: in a download the receiver connects, in an upload the sender does."""

    protocol: str = "tcp"
    direction: str = "download"
    security: str | None = None  # "tls12" or "tls13"
    slim: bool = False  # TLS: the certificate fits one small segment; what is large comes after the handshake
    size: int = 20_000  # bytes of payload; for UDP the length of each datagram
    port: int = 443
    source_port: int = 40443
    request: int = 120  # bytes of the request besides its verb
    chunk: int = 0  # the sender passes so many bytes at a time (0: all at once) ...
    pause: float = 0.0  # ... and waits so long between two
    connections: int = 1
    stagger: float = 0.0  # between the starts of two connections
    patience: float = 4.0  # a connection without progress is given up after so long
    linger: float = 0.0  # a completed connection stays open so long
    stall_after: int = 0  # a receiving application stops reading here ...
    stall_for: float = 0.0  # ... for so long
    receive_buffer: int = 0
    insists_on_df: bool = False  # TCP: the sockets use IP_PMTUDISC_DO
    datagrams: int = 30  # UDP
    discovery: str = "do"  # UDP: the socket's IP_MTU_DISCOVER mode
    adapts: bool = True  # UDP: the application shrinks its datagrams when told to
    quic: bool = False  # UDP: datagrams shaped like QUIC's; only its probes are of `size`

    @property
    def connector(self):
        return "receiver" if self.protocol == "tcp" and self.direction == "download" else "sender"


@dataclasses.dataclass(frozen=True)
class Flow:
    """One direction of a conversation, as the host that sends it sees it."""

    protocol: str
    source: str
    source_port: int
    destination: str
    destination_port: int

    @property
    def reversed(self):
        return Flow(self.protocol, self.destination, self.destination_port, self.source, self.source_port)


def data_flows(path, traffic):
    """The flows that carry the large datagrams: sender to receiver, one per connection."""
    for index in range(traffic.connections):
        ports = (traffic.port, traffic.source_port + index)
        if traffic.connector == "sender":
            ports = ports[::-1]
        yield Flow(traffic.protocol, path.sender_address, ports[0], path.receiver_address, ports[1])


class Conversation:
    """Runs the two ends of `traffic` over a topology."""

    def __init__(self, topology, traffic, keys):
        self._topology, self._traffic = topology, traffic
        certificate = (certificates.slim if traffic.slim else certificates.chain) if traffic.security else None
        self._certificate = str(certificate(keys)) if certificate else None
        self._listener = None

    def listen(self):
        self._listener = self._peer(self._listening_role, "listen")
        self._listener.await_line("stdout", "ready")

    def connect(self, **difference):
        """Start the connecting end; the caller awaits its result."""
        return self._peer(self._traffic.connector, "connect", **difference)

    def stop(self):
        if self._listener:
            self._listener.stop()

    @property
    def _listening_role(self):
        return "receiver" if self._traffic.connector == "sender" else "sender"

    def _peer(self, role, part, **difference):
        path = self._topology.path
        addresses = {"sender": path.sender_address, "receiver": path.receiver_address}
        wish = dataclasses.asdict(self._traffic)
        wish.update(
            role=part,
            family=path.family,
            address=addresses.pop(role),
            peer_address=next(iter(addresses.values())),
            certificate=self._certificate if part == "listen" else None,
        )
        wish.update(difference)
        return Child(self._topology[role].command(program(f"{self._traffic.protocol}_peer", json.dumps(wish))))
