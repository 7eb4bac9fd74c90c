# SPDX-License-Identifier: GPL-2.0-or-later
"""What the routers at the narrow link tell the sender: the kernel's hint, none, or a forged one."""

import dataclasses
import json

from . import path as net
from .processes import Child, program

# Fragmentation Needed and Packet Too Big never leave this router.
_SILENT = """
table inet silence {
  chain output {
    type filter hook output priority filter;
    meta mark 7 accept
    icmp type destination-unreachable icmp code frag-needed drop
    icmpv6 type packet-too-big drop
  }
}
"""

# The gateway lets no hint through to the sender's link: what firewalls do that drop all ICMP.
_FILTER = """
table inet deafness {
  chain forward {
    type filter hook forward priority filter;
    icmp type destination-unreachable icmp code frag-needed drop
    icmpv6 type packet-too-big drop
  }
}
"""


@dataclasses.dataclass(frozen=True)
class Forgery:
    """How a forged hint differs from the one the kernel would have sent."""

    mtu: int | None = None  # None: the true next-hop MTU
    provoked_above: int | None = None  # datagrams longer than this draw it; None: than the narrow link takes
    accepted: bool = False  # whether the sender's kernel takes it for a real one
    unreliable: bool = False  # an analyser may as well call it invalid
    sequence_shift: int = 0  # added to the quoted TCP sequence number
    quoted_length: int | None = None  # claimed by the quoted header
    quoted_source: str | None = None
    quoted_destination: str | None = None
    clear_df: bool = False  # in the quote
    quote_bytes: int = 548  # how much of the datagram is quoted


@dataclasses.dataclass(frozen=True)
class Hinting:
    """`silent`: the routers keep their own hints to themselves; `forgery` is then sent instead, if there is one.

    `filtered`: hints leave the router at the narrow link, and the gateway drops them.
    """

    silent: bool = False
    forgery: Forgery | None = None
    filtered: bool = False


KERNEL = Hinting()
SILENT = Hinting(silent=True)
FILTERED = Hinting(filtered=True)


def forged(**difference):
    return Hinting(silent=True, forgery=Forgery(**difference))


class HintSource:
    """Makes the routers of a topology speak, be silent, or lie."""

    def __init__(self, topology, hinting):
        self._forger = None
        if hinting.silent:
            for role in ("near", "far"):
                topology[role].nft(_SILENT)
        if hinting.filtered:
            topology["gateway"].nft(_FILTER)
        if hinting.forgery:
            self._forger = self._forge(topology, hinting.forgery)

    @staticmethod
    def _forge(topology, forgery):
        path = topology.path
        wish = dataclasses.asdict(forgery)
        wish.update(
            interface="lan0",
            family=path.family,
            mtu=path.narrow_mtu if forgery.mtu is None else forgery.mtu,
            longer_than=path.narrow_mtu if forgery.provoked_above is None else forgery.provoked_above,
            sender=path.translated_address,
            reporter=path.address(net.CORE, net.NEAR_ON_CORE) if path.gateway else path.address(net.SENDER_LAN, 1),
        )
        forger = Child(topology["near"].command(program("forger", json.dumps(wish))))
        forger.await_line("stdout", "ready")
        return forger

    def stop(self):
        if self._forger:
            self._forger.stop()
