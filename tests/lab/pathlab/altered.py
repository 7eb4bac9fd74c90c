# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures as another clock, another snap length, or another pair of hands would have taken them."""

import dataclasses
import struct

from .pcapng import read, write
from .vantage import WHOLE

_ETHERNET, _SLL2 = 1, 276
_IPV4, _IPV6, _VLANS = 0x0800, 0x86DD, (0x8100, 0x88A8)
_ICMP, _ICMPV6 = 1, 58


@dataclasses.dataclass(frozen=True)
class Alteration:
    """What is done to one capture before it is merged; nothing, as it stands."""

    ahead: float = 0.0  # seconds that its clock shows more
    drift: float = 0.0  # and by how much of the time that passes
    snaplen: int = WHOLE
    begins: float = 0.0  # this share of its time is over when it begins …
    ends: float = 1.0  # … and when it ends
    hintless: bool = False  # hints never came to where it was taken

    @property
    def takes_away(self):
        return self.snaplen != WHOLE or self.begins > 0 or self.ends < 1 or self.hintless

    def __str__(self):
        told = [f"{field.name} {getattr(self, field.name)}" for field in dataclasses.fields(self)
                if getattr(self, field.name) != field.default]  # fmt: skip
        return ", ".join(told) or "as it was"

    def apply(self, source, target):
        interfaces, packets = read(source)
        first = packets[0].time if packets else 0
        whole = packets[-1].time - first if packets else 0
        kept = []
        for packet in packets:
            age = packet.time - first
            if not self.begins * whole <= age <= self.ends * whole:
                continue
            if self.hintless and is_hint(interfaces[packet.interface].link_type, packet.data):
                continue
            time = packet.time + int(self.ahead * 10**9) + int(age * self.drift)
            kept.append(packet._replace(time=time, data=packet.data[: self.snaplen]))
        write(target, interfaces, kept)


def is_hint(link_type, data):
    """Whether a frame carries Fragmentation Needed or Packet Too Big, outside any tunnel."""
    if link_type == _SLL2:
        (kind,), offset = struct.unpack_from(">H", data), 20
    elif link_type == _ETHERNET:
        (kind,), offset = struct.unpack_from(">H", data, 12), 14
        while kind in _VLANS:
            (kind,), offset = struct.unpack_from(">H", data, offset + 2), offset + 4
    else:
        raise ValueError(f"link type {link_type}")
    if kind == _IPV4:
        return data[offset + 9] == _ICMP and data[offset + 4 * (data[offset] & 15) :][:2] == b"\x03\x04"
    return kind == _IPV6 and data[offset + 6] == _ICMPV6 and data[offset + 40] == 2
