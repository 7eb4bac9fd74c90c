# SPDX-License-Identifier: GPL-2.0-or-later
"""Rewrites captures as pcapng that tells nothing about the machine they were made on."""

import struct

_PCAP_NANOSECONDS = 0xA1B23C4D
_SECTION_HEADER, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_IF_NAME, _IF_TSRESOL = 2, 9
_NANOSECONDS = b"\x09"


def _padded(data):
    return data + b"\0" * (-len(data) % 4)


def _block(kind, body):
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _option(code, value):
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _read(path):
    """Link type, snap length and (nanoseconds, original length, bytes) of every packet of a pcap file."""
    with open(path, "rb") as file:
        data = file.read()
    magic, _, _, _, _, snaplen, link_type = struct.unpack_from("<IHHiIII", data)
    if magic != _PCAP_NANOSECONDS:
        raise ValueError(f"{path} is not a little-endian pcap file with nanoseconds")
    packets, offset = [], 24
    while offset + 16 <= len(data):
        seconds, nanoseconds, captured, original = struct.unpack_from("<IIII", data, offset)
        offset += 16
        packets.append((seconds * 10**9 + nanoseconds, original, data[offset : offset + captured]))
        offset += captured
    return link_type, snaplen, packets


def merge(sources, target):
    """Write the packets of `sources` (interface name → pcap file) into one pcapng file, in order of time."""
    blocks = [_block(_SECTION_HEADER, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    packets = []
    for interface, (name, path) in enumerate(sources.items()):
        link_type, snaplen, found = _read(path)
        options = _option(_IF_NAME, name.encode()) + _option(_IF_TSRESOL, _NANOSECONDS) + _option(0, b"")
        blocks.append(_block(_INTERFACE, struct.pack("<HHI", link_type, 0, snaplen) + options))
        packets += [(time, interface, original, data) for time, original, data in found]
    for time, interface, original, data in sorted(packets, key=lambda packet: packet[0]):
        header = struct.pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(data), original)
        blocks.append(_block(_PACKET, header + _padded(data)))
    with open(target, "wb") as file:
        file.writelines(blocks)
    return len(packets)
