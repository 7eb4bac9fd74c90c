# SPDX-License-Identifier: GPL-2.0-or-later
"""Rewrites captures as pcapng that tells nothing about the machine they were made on, and reads them back."""

import struct
import typing

_PCAP_NANOSECONDS = 0xA1B23C4D
_SECTION_HEADER, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_IF_NAME, _IF_TSRESOL = 2, 9
_NANOSECONDS = b"\x09"


class Interface(typing.NamedTuple):
    name: str
    link_type: int
    snaplen: int


class Packet(typing.NamedTuple):
    time: int  # nanoseconds
    interface: int
    original: int  # its length on the wire
    data: bytes


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
    interfaces, packets = [], []
    for name, path in sources.items():
        link_type, snaplen, found = _read(path)
        packets += [Packet(time, len(interfaces), original, data) for time, original, data in found]
        interfaces.append(Interface(name, link_type, snaplen))
    write(target, interfaces, sorted(packets, key=lambda packet: packet.time))
    return len(packets)


def write(target, interfaces, packets):
    blocks = [_block(_SECTION_HEADER, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for name, link_type, snaplen in interfaces:
        options = _option(_IF_NAME, name.encode()) + _option(_IF_TSRESOL, _NANOSECONDS) + _option(0, b"")
        blocks.append(_block(_INTERFACE, struct.pack("<HHI", link_type, 0, snaplen) + options))
    for time, interface, original, data in packets:
        header = struct.pack("<IIIII", interface, time >> 32, time & 0xFFFFFFFF, len(data), original)
        blocks.append(_block(_PACKET, header + _padded(data)))
    with open(target, "wb") as file:
        file.writelines(blocks)


def read(path):
    """Interfaces and packets of a file that `write` made."""
    with open(path, "rb") as file:
        data = file.read()
    interfaces, packets, offset = [], [], 0
    while offset < len(data):
        kind, length = struct.unpack_from("<II", data, offset)
        body = data[offset + 8 : offset + length - 4]
        if kind == _INTERFACE:
            link_type, _, snaplen = struct.unpack_from("<HHI", body)
            _, size = struct.unpack_from("<HH", body, 8)
            interfaces.append(Interface(body[12 : 12 + size].decode(), link_type, snaplen))
        elif kind == _PACKET:
            interface, high, low, captured, original = struct.unpack_from("<IIIII", body)
            packets.append(Packet(high << 32 | low, interface, original, body[20 : 20 + captured]))
        offset += length
    return interfaces, packets
