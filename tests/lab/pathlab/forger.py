# SPDX-License-Identifier: GPL-2.0-or-later
"""A router that answers datagrams too large for its next hop with a hint of its own making.

A program of its own: `forger.py JSON`, run in the router's namespace.
"""

import json
import socket
import struct
import sys

_ETHERNET_HEADER = 14
_ALL_PROTOCOLS = 0x0003
_SO_MARK = 36
_MARK = 7  # lets the forged hint pass the filter that silences the kernel's own
_FRAGMENTATION_NEEDED = (3, 4)
_PACKET_TOO_BIG = (2, 0)
_DONT_FRAGMENT = 0x40


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Layout:
    """Where the fields of a quoted header are, by address family."""

    def __init__(self, family):
        self.v4 = family == 4
        self.header = 20 if self.v4 else 40
        self.source = 12 if self.v4 else 8
        self.address_size = 4 if self.v4 else 16
        self.destination = self.source + self.address_size
        self.domain = socket.AF_INET if self.v4 else socket.AF_INET6

    def length_of(self, datagram):
        if self.v4:
            return struct.unpack_from("!H", datagram, 2)[0]
        return self.header + struct.unpack_from("!H", datagram, 4)[0]

    def set_length(self, datagram, length):
        struct.pack_into("!H", datagram, *((2, length) if self.v4 else (4, length - self.header)))


def quote_of(datagram, layout, wish):
    """The datagram as the forged hint quotes it."""
    quote = bytearray(datagram)
    if wish["quoted_length"] is not None:
        layout.set_length(quote, wish["quoted_length"])
    if wish["clear_df"] and layout.v4:
        quote[6] &= ~_DONT_FRAGMENT
    for key, place in (("quoted_source", layout.source), ("quoted_destination", layout.destination)):
        if wish[key] is not None:
            quote[place : place + layout.address_size] = socket.inet_pton(layout.domain, wish[key])
    (sequence,) = struct.unpack_from("!I", quote, layout.header + 4)
    struct.pack_into("!I", quote, layout.header + 4, (sequence + wish["sequence_shift"]) % 2**32)
    if layout.v4:
        quote[10:12] = b"\0\0"
        struct.pack_into("!H", quote, 10, checksum(bytes(quote[: layout.header])))
    return bytes(quote[: wish["quote_bytes"]])


def hint(quote, layout, mtu):
    if not layout.v4:
        # The kernel fills in the ICMPv6 checksum, which covers addresses it alone knows here.
        return struct.pack("!BBHI", *_PACKET_TOO_BIG, 0, mtu) + quote
    message = struct.pack("!BBHHH", *_FRAGMENTATION_NEEDED, 0, 0, mtu) + quote
    return message[:2] + struct.pack("!H", checksum(message)) + message[4:]


def main():
    wish = json.loads(sys.argv[1])
    layout = Layout(wish["family"])
    watch = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
    watch.bind((wish["interface"], 0))
    protocol = socket.IPPROTO_ICMP if layout.v4 else socket.IPPROTO_ICMPV6
    answer = socket.socket(layout.domain, socket.SOCK_RAW, protocol)
    answer.setsockopt(socket.SOL_SOCKET, _SO_MARK, _MARK)
    answer.bind((wish["reporter"], 0))
    sender = socket.inet_pton(layout.domain, wish["sender"])
    version = 0x40 if layout.v4 else 0x60
    print("ready", flush=True)
    try:
        while True:
            datagram = watch.recv(65535)[_ETHERNET_HEADER:]
            if (
                datagram[0] & 0xF0 == version
                and datagram[layout.source : layout.destination] == sender
                and layout.length_of(datagram) > wish["longer_than"]
            ):
                answer.sendto(hint(quote_of(datagram, layout, wish), layout, wish["mtu"]), (wish["sender"], 0))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
