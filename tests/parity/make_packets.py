#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes capture files with packets for every link type and encapsulation that the core reads.

usage: make_packets.py FOLDER

The datagrams inside differ in version, transport, options and size, so that a header taken for another one shows up
as a difference. Headers that scapy does not know are written as bytes.
"""

import os
import struct
import sys

from scapy.all import (AH, ESP, GRE, ICMP, IP, LLC, PPP, SCTP, SNAP, TCP, UDP, VXLAN, Dot1AD, Dot1Q, Ether,
                       ICMPv6DestUnreach, ICMPv6EchoRequest, ICMPv6PacketTooBig, ICMPv6ParamProblem,
                       ICMPv6TimeExceeded, IPOption_Router_Alert, IPOption_RR, IPv6, IPv6ExtHdrDestOpt,
                       IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Jumbo, PPPoE, Raw)

V4 = dict(src="10.1.0.10", dst="10.2.0.20")
V6 = dict(src="2001:db8::10", dst="2001:db8:2::20")
MACS = bytes.fromhex("020000000002020000000001")


def payload(size):
    return Raw(bytes(0x41 + i % 23 for i in range(size)))


def tcp(size=100, **fields):
    fields.setdefault("options", [("NOP", None), ("NOP", None), ("Timestamp", (123456, 654321))])
    return TCP(sport=443, dport=40443, seq=1000, ack=2000, flags="PA", window=501, **fields) / payload(size)


def syn():
    return TCP(sport=40443, dport=443, seq=7, flags="S", window=64240, options=[
        ("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), ("NOP", None), ("WScale", 7)])


def sacks():
    return TCP(sport=40443, dport=443, seq=8, ack=1000, flags="A", window=400, options=[
        ("NOP", None), ("NOP", None), ("Timestamp", (9, 8)), ("NOP", None), ("NOP", None), ("SAck", (2000, 3000))])


def udp(size=40, sport=50000, dport=50001):
    return UDP(sport=sport, dport=dport) / payload(size)


def sctp_packets():
    """SCTP with the chunks that tell of a path, as datagrams of both versions."""
    def chunk(kind, value, flags=0):
        return struct.pack("!BBH", kind, flags, 4 + len(value)) + value + bytes(-len(value) % 4)

    def data(tsn, size):
        return chunk(0, struct.pack("!IHHI", tsn, 1, 2, 60) + bytes(size), 3)

    init = struct.pack("!IIHHI", 0x11223344, 106496, 10, 10, 4000000000)
    sack = struct.pack("!IIHH", 4294967294, 106496, 2, 0) + struct.pack("!HHHH", 2, 3, 5, 5)
    heartbeat = struct.pack("!HH", 1, 40) + bytes(36)
    packets = [(0, chunk(1, init)), (1, chunk(2, init + struct.pack("!HH", 7, 8) + b"cook")), (2, chunk(10, b"cookie")),
               (3, data(4294967295, 1400)), (4, data(4294967295, 21) + data(0, 300) + data(1, 2)),
               (5, chunk(3, sack)), (6, chunk(3, sack) + data(77, 50)), (7, chunk(4, heartbeat) + chunk(132, bytes(900))),
               (8, chunk(5, heartbeat)), (9, chunk(7, struct.pack("!I", 99))), (10, chunk(6, b""))]
    datagrams = []
    for tag, chunks in packets:
        packet = struct.pack("!HHII", 2905, 2906, 0 if tag == 0 else 0xDEADBE00 + tag, 0) + chunks
        datagrams += [IP(**V4, id=300 + tag, flags="DF", proto=132) / Raw(packet), IPv6(**V6, nh=132) / Raw(packet)]
    quoted = bytes(datagrams[6])
    datagrams += [IP(src="10.1.0.1", dst="10.1.0.10") / ICMP(type=3, code=4, nexthopmtu=1400) / Raw(quoted[:size])
                  for size in (28, 40, 548)]
    return [bytes(datagram) for datagram in datagrams]


def reassembly_errors():
    """Time exceeded in reassembly, which quotes a fragment."""
    fragment = bytes(IP(**V4, id=5, flags="MF") / udp(1400))
    fragment6 = bytes(IPv6(**V6) / IPv6ExtHdrFragment(id=0x89ab, m=1, nh=17) / udp(1200))
    return [bytes(IP(src=V4["dst"], dst=V4["src"]) / ICMP(type=11, code=1) / Raw(fragment[:28])),
            bytes(IPv6(src=V6["dst"], dst=V6["src"]) / ICMPv6TimeExceeded(code=1) / Raw(fragment6))]


def quic_packets():
    """A long header on a usual and on an unusual port, and a short one after it."""
    long = bytes.fromhex("c3" "00000001" "08" "0102030405060708" "00" "00" "4480") + bytes(1152)
    short = bytes.fromhex("43" "0102030405060708") + bytes(1100)
    return [bytes(IP(**V4, flags="DF") / UDP(sport=50000, dport=port) / Raw(content))
            for port in (443, 8853) for content in (long, short)]


def inner_datagrams():
    """Datagrams of both versions, as bytes."""
    quoted = bytes(IP(**V4, id=77, flags="DF") / tcp(1400))
    quoted6 = bytes(IPv6(**V6) / tcp(1400))
    options = [IPOption_RR(pointer=4, routers=["0.0.0.0"] * 2), IPOption_Router_Alert()]
    datagrams = [
        IP(**V4, id=1, flags="DF", ttl=64) / tcp(),
        IP(**V4, id=2, flags="DF", ttl=61) / syn(),
        IP(**V4, id=3, ttl=255) / sacks(),
        IP(**V4, id=4, options=options) / udp(),
        IP(**V4, id=5, flags="MF") / udp(64),
        IP(**V4, id=5, frag=9) / payload(80),
        IP(**V4, id=6, proto=200) / payload(30),
        IP(**V4, id=7) / SCTP(sport=2905, dport=2906) / payload(20),
        IP(**V4, id=8) / ICMP(type=8, id=0x4321, seq=9) / payload(56),
        IP(src="10.1.0.1", dst="10.1.0.10") / ICMP(type=3, code=4, nexthopmtu=1446) / Raw(quoted[:28]),
        IP(src="10.1.0.1", dst="10.1.0.10") / ICMP(type=3, code=4, nexthopmtu=1400) / Raw(quoted[:548]),
        IP(src="10.1.0.1", dst="10.1.0.10") / ICMP(type=11, code=0) / Raw(quoted[:128] + bytes(20)),
        IP(src="10.1.0.1", dst="10.1.0.10") / ICMP(type=3, code=4, nexthopmtu=1400) / Raw(
            bytes(IP(**V4, flags="DF", options=options) / udp(30))),
        IPv6(**V6, hlim=63) / tcp(),
        IPv6(**V6) / syn(),
        IPv6(**V6) / udp(),
        IPv6(**V6, nh=59),
        IPv6(**V6) / ICMPv6EchoRequest(id=0x4321, seq=1, data=b"x" * 20),
        IPv6(**V6) / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting(
            addresses=["2001:db8::99"]) / tcp(),
        IPv6(**V6) / IPv6ExtHdrFragment(id=0x89abcdef, m=1) / udp(64),
        IPv6(**V6) / IPv6ExtHdrFragment(id=0x89abcdef, offset=9, nh=17) / payload(64),
        IPv6(**V6) / IPv6ExtHdrFragment(id=1) / tcp(),
        IPv6(src="2001:db8::1", dst=V6["src"]) / ICMPv6PacketTooBig(mtu=1280) / Raw(quoted6[:1232]),
        IPv6(src="2001:db8::1", dst=V6["src"]) / ICMPv6PacketTooBig(mtu=1400) / Raw(
            bytes(IPv6(**V6) / IPv6ExtHdrDestOpt() / tcp(40))),
        IPv6(src="2001:db8::1", dst=V6["src"]) / ICMPv6TimeExceeded() / Raw(quoted6[:80]),
        IPv6(src="2001:db8::1", dst=V6["src"]) / ICMPv6ParamProblem() / Raw(quoted6[:80]),
        IPv6(src="2001:db8::1", dst=V6["src"]) / ICMPv6DestUnreach() / Raw(quoted6[:60]),
    ]
    return [bytes(datagram) for datagram in datagrams]


def ether_type(datagram):
    return 0x0800 if datagram[0] >> 4 == 4 else 0x86DD


def ethernet(datagram):
    return MACS + struct.pack("!H", ether_type(datagram)) + datagram


def snap(datagram):
    return bytes.fromhex("aaaa03000000") + struct.pack("!H", ether_type(datagram)) + datagram


def typed(prefix, datagram):
    return bytes.fromhex(prefix) + struct.pack("!H", ether_type(datagram)) + datagram


def ppp_protocol(datagram):
    return b"\x00\x21" if datagram[0] >> 4 == 4 else b"\x00\x57"


def ieee80211(datagram, control="0801", between=b""):
    return bytes.fromhex(control + "0000" + "0200000000a1" + "0200000000a2" + "0200000000a3" + "1000") + between + snap(
        datagram)


def aggregated(datagram):
    body = snap(datagram)
    subframe = MACS + struct.pack("!H", len(body)) + body
    padded = subframe + bytes(-len(subframe) % 4)
    return bytes.fromhex("8802" "0000" "0200000000a1" "0200000000a2" "0200000000a3" "1000" "8000") + padded + subframe


def nlpid(datagram):
    return b"\xcc" if datagram[0] >> 4 == 4 else b"\x8e"


def next_protocol(datagram):
    return 1 if datagram[0] >> 4 == 4 else 2


def pppoe(datagram):
    return bytes(PPPoE(sessionid=7, len=len(datagram) + 2)) + ppp_protocol(datagram) + datagram


def address_family(datagram):
    return 2 if datagram[0] >> 4 == 4 else 24


# name: (LINKTYPE_ value of the file, datagram -> frame)
LINKS = {
    "ethernet": (1, ethernet),
    "ethernet-padded": (1, lambda d: ethernet(d) + bytes(max(0, 60 - len(d) - 14))),
    "ethernet-trailer": (1, lambda d: ethernet(d) + b"trailer-of-some-tool"),
    "vlan": (1, lambda d: MACS + typed("81000064", d)),
    "qinq": (1, lambda d: MACS + typed("88a80064810000c8", d)),
    "qinq-old": (1, lambda d: MACS + typed("91000064810000c8", d)),
    "llc-snap": (1, lambda d: MACS + struct.pack("!H", len(snap(d))) + snap(d)),
    "vlan-llc-snap": (1, lambda d: MACS + bytes.fromhex("81000064") + struct.pack("!H", len(snap(d))) + snap(d)),
    "mpls": (1, lambda d: MACS + bytes.fromhex("8847" "00064040" "000c8140") + d),
    "mpls-pseudowire": (1, lambda d: MACS + bytes.fromhex("8847" "00064140" "00000000") + ethernet(d)),
    "pppoe": (1, lambda d: MACS + b"\x88\x64" + pppoe(d)),
    "provider-backbone": (1, lambda d: MACS + bytes.fromhex("88e7" "00012345") + ethernet(d)),
    "macsec-integrity": (1, lambda d: MACS + typed("88e5" "000000000001", d) + bytes(16)),
    "hsr": (1, lambda d: MACS + typed("892f" "00340001", d)),
    "nsh": (1, lambda d: MACS + bytes.fromhex("894f" "0fc202%02x" "00000a05" % next_protocol(d)) + d),
    "cooked-v1": (113, lambda d: typed("0004" "0001" "0006" "0200000000010000", d)),
    "cooked-v2": (276, lambda d: struct.pack("!H", ether_type(d)) + bytes.fromhex(
        "0000" "00000003" "0001" "00" "06" "0200000000010000") + d),
    "raw": (101, lambda d: d),
    "null": (0, lambda d: struct.pack("<I", address_family(d)) + d),
    "null-swapped": (0, lambda d: struct.pack(">I", address_family(d)) + d),
    "loop": (108, lambda d: struct.pack(">I", address_family(d)) + d),
    "ppp": (9, lambda d: b"\xff\x03" + ppp_protocol(d) + d),
    "ppp-compressed": (9, lambda d: ppp_protocol(d)[1:] + d),
    "ppp-ether": (51, pppoe),
    "cisco-hdlc": (104, lambda d: typed("0f00", d)),
    "frame-relay": (107, lambda d: b"\x18\x41\x03" + nlpid(d) + d),
    "frame-relay-snap": (107, lambda d: typed("18410300" "80" "000000", d)),
    "frame-relay-cisco": (107, lambda d: typed("1841", d)),
    "ieee80211": (105, ieee80211),
    "ieee80211-qos": (105, lambda d: ieee80211(d, "8802", bytes(2))),
    "ieee80211-aggregated": (105, aggregated),
    "radiotap": (127, lambda d: bytes.fromhex("0000" "0900" "02000000" "00") + ieee80211(d)),
    "radiotap-padded": (127, lambda d: bytes.fromhex("0000" "0900" "02000000" "20") + ieee80211(d, "8802", bytes(4))),
    "ppi": (192, lambda d: bytes.fromhex("00000800" "69000000") + ieee80211(d)),
    "prism": (119, lambda d: struct.pack("<II", 0x44, 144) + bytes(136) + ieee80211(d)),
    "avs": (163, lambda d: struct.pack(">II", 0x80211001, 64) + bytes(56) + ieee80211(d)),
    "infiniband": (242, lambda d: bytes(40) + struct.pack("!HH", ether_type(d), 0) + d),
    "pflog": (117, lambda d: bytes([61, address_family(d)]) + bytes(62) + d),
}


def over_udp(port, header):
    return lambda d: bytes(IP(**V4, id=99, flags="DF") / UDP(sport=50007, dport=port) / Raw(header(d)))


def over_ip(protocol, header):
    return lambda d: bytes(IP(**V4, id=99, flags="DF", proto=protocol) / Raw(header(d)))


def over_ipv6(protocol, header):
    return lambda d: bytes(IPv6(**V6, nh=protocol) / Raw(header(d)))


def gre(prefix):
    return over_ip(47, lambda d: bytes.fromhex(prefix[:4]) + struct.pack("!H", ether_type(d)) + bytes.fromhex(
        prefix[4:]) + d)


def only(version, build):
    return lambda d: build(d) if d[0] >> 4 == version else None


def teredo(prefix):
    return only(6, over_udp(3544, lambda d: bytes.fromhex(prefix) + d))


def gtp(flags, rest):
    return over_udp(2152, lambda d: struct.pack("!BBHI", flags, 255, len(rest) // 2 + len(d), 1) + bytes.fromhex(
        rest) + d)


AUTHENTICATION = "%02x04" "0000" "00000001" "00000001" "000000000000000000000000"

# name: datagram -> datagram around it, or None where it does not apply
TUNNELS = {
    "ip-in-ip": lambda d: over_ip(4 if d[0] >> 4 == 4 else 41, bytes)(d),
    "ip-in-ipv6": lambda d: over_ipv6(4 if d[0] >> 4 == 4 else 41, bytes)(d),
    "gre": gre("0000"),
    "gre-checksum": gre("8000" "00000000"),
    "gre-key-sequence": gre("3000" "0000000100000002"),
    "gre-over-ipv6": over_ipv6(47, lambda d: typed("0000", d)),
    "gre-bridged": over_ip(47, lambda d: bytes.fromhex("00006558") + ethernet(d)),
    "nvgre": over_ip(47, lambda d: bytes.fromhex("20006558" "00010001") + ethernet(d)),
    "gre-mpls": over_ip(47, lambda d: bytes.fromhex("00008847" "00064140") + d),
    "gre-pptp": over_ip(47, lambda d: bytes.fromhex("3081880b" "%04x0001" "00000001" "00000001" % (len(d) + 4)) +
                        b"\xff\x03" + ppp_protocol(d) + d),
    "erspan-1": over_ip(47, lambda d: bytes.fromhex("000088be") + ethernet(d)),
    "erspan-2": over_ip(47, lambda d: bytes.fromhex("100088be" "00000001" "10010000" "00000000") + ethernet(d)),
    "erspan-3": over_ip(47, lambda d: bytes.fromhex("100022eb" "00000001" "20010000" "00000000" "00000000") +
                        ethernet(d)),
    "erspan-3-subheader": over_ip(47, lambda d: bytes.fromhex(
        "100022eb" "00000001" "20010000" "00000000" "00000001" "1000000000000000") + ethernet(d)),
    "vxlan": over_udp(4789, lambda d: bytes(VXLAN(vni=100)) + ethernet(d)),
    "vxlan-linux": over_udp(8472, lambda d: bytes(VXLAN(vni=100)) + ethernet(d)),
    "vxlan-gpe": over_udp(4790, lambda d: bytes.fromhex("0c0000%02x" "00006400" % next_protocol(d)) + d),
    "vxlan-gpe-nsh": over_udp(4790, lambda d: bytes.fromhex(
        "0c000004" "00006400" "0fc202%02x" "00000a05" % next_protocol(d)) + d),
    "geneve": over_udp(6081, lambda d: bytes.fromhex("00006558" "00006400") + ethernet(d)),
    "geneve-options": over_udp(6081, lambda d: bytes.fromhex("0200") + struct.pack("!H", ether_type(d)) + bytes.fromhex(
        "00006400" "0000000100000000") + d),
    "gtp-u": gtp(0x30, ""),
    "gtp-u-sequence": gtp(0x32, "00010000"),
    "gtp-u-extensions": gtp(0x34, "00000085" "01100900"),
    "l2tp-v2": over_udp(1701, lambda d: bytes.fromhex("0002" "0001" "0001") + b"\xff\x03" + ppp_protocol(d) + d),
    "l2tp-v2-all": over_udp(1701, lambda d: bytes.fromhex("4a02" "%04x" "0001" "0001" "0000" "0000" "0002" "0000" % (
        len(d) + 20)) + b"\xff\x03" + ppp_protocol(d) + d),
    "teredo": teredo(""),
    "teredo-origin": teredo("0000" "1234" "01020304"),
    "teredo-authentication": teredo("0001" "0000" "0000000000000000" "00" "0000" "1234" "01020304"),
    "ah": over_ip(51, lambda d: bytes.fromhex(AUTHENTICATION % (4 if d[0] >> 4 == 4 else 41)) + d),
    "ah-ipv6": over_ipv6(51, lambda d: bytes.fromhex(AUTHENTICATION % (4 if d[0] >> 4 == 4 else 41)) + d),
    "ether-ip": over_ip(97, lambda d: b"\x30\x00" + ethernet(d)),
    "ethernet-in-ip": over_ip(143, ethernet),
    "mpls-in-ip": over_ip(137, lambda d: bytes.fromhex("00064140") + d),
    "mpls-in-udp": over_udp(6635, lambda d: bytes.fromhex("00064140") + d),
    "pim-register": over_ip(103, lambda d: bytes.fromhex("2100" "0000" "00000000") + d),
    "gre-vxlan": lambda d: gre("0000")(over_udp(4789, lambda e: bytes(VXLAN(vni=1)) + ethernet(e))(d)),
}


def special_datagrams():
    """Datagrams whose lengths or headers need a rule of their own."""
    offload = bytearray(bytes(IP(**V4, flags="DF") / tcp(3000)))
    offload[2:4] = b"\0\0"
    jumbo = bytearray(bytes(IPv6(**V6, plen=0) / IPv6ExtHdrHopByHop(options=[Jumbo(jumboplen=70000)]) / tcp(200)))
    return [bytes(offload), bytes(jumbo), bytes(IP(**V4) / AH(nh=6, payloadlen=4, icv=bytes(12)) / tcp()),
            bytes(IP(**V4) / ESP(spi=1, seq=1, data=bytes(60))), bytes(IP(**V4) / GRE(proto=0x0800) / IP(**V4) / udp()),
            bytes(IP(**V4) / UDP(sport=4500, dport=4500) / Raw(b"\0\0\0\1" + bytes(40))),
            bytes(IP(**V4) / UDP(sport=50000, dport=51820) / Raw(b"\4\0\0\0" + bytes(44)))]


def write(path, link_type, frames, snapshot_length=262144):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type))
        for index, frame in enumerate(frames):
            captured = frame[:snapshot_length]
            file.write(struct.pack("<IIII", 1000000000 + index, 0, len(captured), len(frame)) + captured)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    inner = inner_datagrams()
    for name, (link_type, build) in LINKS.items():
        write(os.path.join(folder, f"link-{name}.pcap"), link_type, [build(d) for d in inner])
    for name, build in TUNNELS.items():
        frames = [ethernet(outer) for outer in map(build, inner) if outer is not None]
        write(os.path.join(folder, f"tunnel-{name}.pcap"), 1, frames)
    write(os.path.join(folder, "special.pcap"), 1, [ethernet(d) for d in special_datagrams()])
    for name, datagrams in (("sctp", sctp_packets()), ("reassembly", reassembly_errors()), ("quic", quic_packets())):
        write(os.path.join(folder, f"{name}.pcap"), 1, [ethernet(d) for d in datagrams])
    everything = [ethernet(d) for d in sctp_packets()[::3]] + [ethernet(d) for d in inner] + [ethernet(outer) for build in TUNNELS.values()
                                                 for outer in map(build, inner[::5]) if outer is not None]
    for length in (40, 54, 60, 68, 82, 96, 128):
        write(os.path.join(folder, f"snapshot-{length}.pcap"), 1, everything, length)
    layers = [Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / Dot1AD(vlan=3) / Dot1Q(vlan=4) / IP(**V4) / tcp(),
              Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / PPPoE(sessionid=1) / PPP() / IP(**V4) / tcp(),
              Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02", type=60) / LLC() / SNAP() / IP(**V4) / ICMP()]
    write(os.path.join(folder, "scapy-layers.pcap"), 1, [bytes(frame) for frame in layers])


if __name__ == "__main__":
    main()
