# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the core and Wireshark differ about a frame, and which differences are known and justified."""

import ipaddress

import dissection

# name: why the core is right to differ, or why the difference lies outside what it reads
KNOWN = {
    "opaque link type": "not in the list of link types; counted and told in the report",
    "decrypted": "Wireshark has the keys; the bytes of the frame do not show the datagram",
    "reassembled": "stands in several frames, compressed or escaped; this frame's bytes do not show the datagram",
    "shown inside a message": "a sample, a log or a copy of a datagram; it was never sent as one on this path",
    "inside a stream": "the core reads no tunnel above TCP, SCTP or DCCP; the datagram around it is judged",
    "other encapsulation": "a tunnel or mirror that the core does not read; the datagram around it is judged",
    "state of another frame": "only what earlier frames said tells what this one carries",
    "taken for its shape": "no port or type names the payload; the core looks for an intact IP header instead",
    "cut short by Wireshark": "a check sequence was assumed that the capture does not have; the datagram is whole",
    "IPv6 header under IPv4": "an IPv4 protocol number that only IPv6 knows; RFC 791 gives it no meaning",
    "segmentation offload in IPv6": "Payload Length 0 before TCP or UDP; Wireshark has this off by default",
    "after an exception": "Wireshark gave the frame up at what it cannot read; what follows is whole",
    "quotation of another version": "an ICMP error quotes its own version of IP; a damaged one is no quotation",
    "cut header": "the frame ends inside this header; Wireshark shows what is left of it",
    "beyond the file": "Wireshark gave up on a damaged or unsupported file that the reader still read",
}

# Wireshark's names of what the core walks through. Behind nothing but these a datagram must not be missed.
WALKED = {
    "eth", "ethertype", "vlan", "ieee8021ad", "ieee8021ah", "llc", "snap", "mpls", "pwethcw", "pwethnocw", "hsr", "vntag",
    "ieee8021br", "cmd", "cfp", "fcs", "macsec", "pppoes", "ppp", "chdlc", "fr", "sll", "raw", "null", "pflog",
    "wlan", "wlan_radio", "radiotap", "ppi", "prism", "wlancap", "ipoib", "udp", "gre", "erspan", "ah", "etherip", "pim",
    "vxlan", "vxlan-gpe", "geneve", "gtp", "l2tp", "l2tpv3", "teredo", "nsh", "ipv6.hopopts", "ipv6.routing",
    "ipv6.fraghdr", "ipv6.dstopts", "arista", "icmp", "icmpv6"}

# The first of Wireshark's names that the core does not walk through explains why only Wireshark sees what follows.
CARRIERS = {
    "decrypted": {"wg", "esp", "udpencap", "dtls", "isakmp", "openvpn", "swipe"},
    "reassembled": {"vjc", "mp", "comp_data", "ipcomp", "ppp_hdlc", "stt", "pppmux", "rohc", "crtp", "6lowpan",
                    "wlan_aggregate", "rlc", "umts_rlc", "rlc-lte", "sndcp", "mp2t", "dvb_data_mpe", "dvb-s2_bb",
                    "dvb-s2_gse", "mbim", "usbcom", "isdn", "q931", "mux27010"},
    "shown inside a message": {
        "sflow", "cflow", "nflog", "netlink", "netlink-netfilter", "netlink-psample", "psample", "net_dm", "nl80211",
        "forces", "lisp", "dct2000", "mip", "nhrp", "exported_pdu", "pcap_pktdata", "pcli", "meta", "radius", "snmp",
        "igmp", "gtpv2", "pfcp", "5gli", "redbackli", "li5g", "dcerpc", "sip", "syslog"},
    # The core reads no tunnel above a byte stream, whatever it is called.
    "inside a stream": {"tcp", "sctp", "dccp"},
    "other encapsulation": {
        "capwap.data", "lwapp", "lisp-data", "amt", "tzsp", "hp-erm", "hp_erm", "aruba_erm", "batadv", "bat", "bat.gw",
        "jmirror", "tecmp", "peekremote", "cwids", "trill", "isl", "mint", "rtmac", "pdcp-lte", "pdcp-nr", "sdap",
        "gsmtap", "wassp", "btnep", "btbnep", "gnw", "btpa", "btpb", "acdr", "3comxns", "awdl", "awdl_data",
        "extrememesh", "ebhscr", "exeh", "kdsp", "roofnet", "fp_hint", "fpp", "epon", "ns", "symantec", "turbocell",
        "telkonet", "ixveriwave", "msrcp", "sync", "gfp", "grebonding", "osi", "clnp", "otv", "ipos", "vines", "x25",
        "x.25", "sna", "juniper", "atm", "lane", "nan", "docsis"},
    "state of another frame": {"rtp"},
}
AUTHENTICATION_HEADER = 51
LINUX_VXLAN = 8472
PSEUDOWIRES = {"pwethheuristic", "pwethcw", "pwethnocw"}
IPV6_ONLY = {"ipv6.hopopts", "ipv6.routing", "ipv6.fraghdr", "ipv6.dstopts", "mipv6", "shim6"}


class Verdict:
    def __init__(self, text, known=None):
        self.text = text
        self.known = known


def same_address(left, right):
    return left == right or ipaddress.ip_address(left) == ipaddress.ip_address(right)


def same_offset(expected, got):
    """Some Wireshark versions give the field of the IPv4 header as it stands, in units of 8 bytes."""
    left, right = expected.fields["off"], got.fields["off"]
    return left == right or (expected.version == 4 and left * 8 == right)


def ip_difference(expected, got):
    """Name and both values of the first field of the IP header that differs, or None."""
    if expected.version != got.version:
        return f"version {expected.version} != {got.version}"
    for name in ("src", "dst"):
        left, right = expected.fields[name], got.fields[name]
        if left is not None and not same_address(left, right):
            return f"{name} {left} != {right}"
    if not same_offset(expected, got):
        return f"off {expected.fields['off']} != {got.fields['off']}"
    names = ["id", "df", "mf", "ttl"]
    if got.fields["len"] is not None:
        names.append("len")
    if expected.version == 4 and expected.fields["proto"] != AUTHENTICATION_HEADER:
        names += ["proto", "header"]  # the core counts an Authentication Header to the header, as in IPv6
    for name in names:
        left, right = expected.fields[name], got.fields[name]
        if left != right:
            return f"{name} {left} != {right}"
    return None


def transport_difference(expected, got, cut):
    """`cut`: the frame ends within this header, of which the two show more or less."""
    left, right = expected.transport, got.transport
    if left is None and right is None:
        return None
    if left is None or right is None:
        return None if cut else f"transport {left} != {right}"
    kind, values = left
    if right[0] == "ports" or kind in ("udplite", "dccp"):
        pairs = [(values[name], right[1].get(short, right[1].get("udp." + short, right[1].get("tcp." + short))))
                 for name, short in ((kind.replace("udplite", "udp") + ".srcport", "srcport"),
                                     (kind.replace("udplite", "udp") + ".dstport", "dstport"))]
        return None if all(a == b for a, b in pairs if a is not None) else f"ports {left} != {right}"
    if kind != right[0]:
        return f"transport {left} != {right}"
    for name, value in values.items():
        if value is None:
            continue
        other = right[1][name]
        if cut and other is None:
            continue
        if name == "tcp.flags":
            value &= 0xff
        if value != other:
            return f"{name} {value} != {other}"
    return None


def quote_difference(expected, quote):
    if expected.version != quote.version:
        return "version of the quotation"
    for name in ("src", "dst"):
        if expected.fields[name] and quote.fields[name] and not same_address(expected.fields[name],
                                                                             quote.fields[name]):
            return f"quoted {name} {expected.fields[name]} != {quote.fields[name]}"
    if not same_offset(expected, quote):
        return f"quoted off {expected.fields['off']} != {quote.fields['off']}"
    names = ["id", "df", "mf", "ttl", "len"] + (["proto"] if expected.version == 4 else [])
    for name in names:
        left, right = expected.fields[name], quote.fields[name]
        if name == "id":
            left &= 0xffff
        if name == "len" and right in (0, 40):
            continue  # Total Length 0: Wireshark puts what was captured in its place
        if left != right:
            return f"quoted {name} {left} != {right}"
    if expected.transport and expected.transport[0] in ("tcp", "udp", "sctp"):
        kind, values = expected.transport
        for name, short in ((kind + ".srcport", "sport"), (kind + ".dstport", "dport"), ("tcp.seq_raw", "seq"),
                            ("sctp.verification_tag", "tag")):
            if short == "tag" and quote.fields[short] != values.get(name) and values.get(name) == 0:
                continue  # an INIT: the core has its initiate tag there
            if values.get(name) is not None and values[name] != quote.fields[short]:
                return f"quoted {name} {values[name]} != {quote.fields[short]}"
    return None


ICMP_ERRORS = {"icmp": (3, 4, 5, 11, 12), "icmpv6": (1, 2, 3, 4)}


def is_error(layer):
    if layer.transport is None or layer.transport[0] not in ICMP_ERRORS:
        return False
    kind, values = layer.transport
    return values[kind + ".type"] in ICMP_ERRORS[kind]


def difference(layers, got, end, frame_is_cut):
    """What differs first, in words; None when nothing does."""
    expected = list(layers)
    for index, layer in enumerate(got):
        if not expected:
            return f"only the core sees layer {index}: {layer}", None
        wanted = expected.pop(0)
        last = index == len(got) - 1
        cut = last and (end in ("truncated", "malformed") or (frame_is_cut and wanted.transport is None))
        found = ip_difference(wanted, layer) or transport_difference(wanted, layer, cut)
        if found:
            return f"layer {index}: {found}", wanted
        if is_error(layer):
            if expected and layer.quote is None:
                return f"layer {index}: quotation not seen", expected[0]
            if expected:
                quoted = expected.pop(0)
                found = quote_difference(quoted, layer.quote)
                if found:
                    return f"layer {index}: {found}", quoted
                # What the quoted datagram itself carried is no datagram of this frame's paths. A next datagram
                # of the frame is another MSDU (IEEE 802.11 §9.3.2.2), which begins with LLC.
                while expected and "llc" not in expected[0].via:
                    expected.pop(0)
    if expected:
        return f"only Wireshark sees {expected[0]} via {':'.join(expected[0].via)}", expected[0]
    return None, None


# Fields that not every header has; Wireshark tells them for the frame, not for one header.
OPTIONAL = ("tcp.options.mss_val", "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr", "icmp.mtu", "icmpv6.mtu",
            "icmp.ident", "icmp.seq", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number")


def optional_verdict(fields, layers, got):
    """How those fields differ, taken over the whole frame, once all headers agree."""
    quoted = any(layer.quote is not None for layer in got)
    for name in OPTIONAL:
        wanted = [dissection.integer(value) for value in fields[name]]
        seen = [layer.transport[1][name] for layer in got if layer.transport and layer.transport[1].get(name) is not None]
        if quoted:
            wanted = wanted[:len(seen)]  # the rest stands in the quotation
        if wanted == seen:
            continue
        known = None
        if wanted == seen[:len(wanted)]:
            if any("cfp" in layer.via for layer in layers):
                known = "cut short by Wireshark"
            elif fields["_ws.malformed"]:
                known = "after an exception"
        return Verdict(f"{name} {wanted} != {seen}", known)
    return None


KEPT_BLOCKS = 4  # of SACK the core keeps so many; TCP has room for no more, SCTP says more at times


def blocks_verdict(fields, got):
    """How the blocks of the frame's only TCP header, and the bytes behind it, differ."""
    if any(layer.quote is not None for layer in got):
        return None  # a quotation may have options, too
    segments = [layer.transport[1] for layer in got if layer.transport and layer.transport[0] == "tcp"]
    if len(segments) != 1 or len(fields["tcp.len"]) != 1 or fields["_ws.malformed"]:
        return None
    edges = [[dissection.integer(value) for value in fields[name]] for name in ("tcp.options.sack_le", "tcp.options.sack_re")]
    wanted = "+".join(f"{left}-{right}" for left, right in list(zip(*edges))[:KEPT_BLOCKS])
    if wanted != segments[0]["blocks"]:
        return Verdict(f"SACK {wanted} != {segments[0]['blocks']}")
    length = dissection.integer(fields["tcp.len"][0])
    # Wireshark counts no more than the frame had room for, whatever the IP header says.
    return None if length <= segments[0]["payload"] else Verdict(f"tcp.len {length} != {segments[0]['payload']}")


def sctp_verdict(fields, got):
    """How the chunks of a frame's only SCTP packet differ; those of several are not told apart in the fields."""
    packets = [layer.transport[1] for layer in got if layer.transport and layer.transport[0] == "sctp"]
    if len(packets) != 1 or len(fields["sctp.verification_tag"]) != 1 or packets[0]["chunks_truncated"]:
        return None

    def numbers(*names):
        return [dissection.integer(value) for name in names for value in fields[name]]

    tsns = numbers("sctp.data_tsn_raw")
    wanted = {
        "data_chunks": len(tsns),
        "first_tsn": min(tsns, key=lambda tsn: (tsn - tsns[0] + 2**31) % 2**32) if tsns else None,
        "last_tsn": max(tsns, key=lambda tsn: (tsn - tsns[0] + 2**31) % 2**32) if tsns else None,
    }
    for name, sources in (("cumulative_tsn", ["sctp.sack_cumulative_tsn_ack_raw"]),
                          ("initiate_tag", ["sctp.init_initiate_tag", "sctp.initack_initiate_tag"]),
                          ("initial_tsn", ["sctp.init_initial_tsn", "sctp.initack_initial_tsn"])):
        values = numbers(*sources)
        if values:
            wanted[name] = values[-1]
    if len(fields["sctp.sack_cumulative_tsn_ack_raw"]) == 1:
        edges = [numbers("sctp.sack_gap_block_start"), numbers("sctp.sack_gap_block_end")]
        wanted["blocks"] = "+".join("-".join(str((wanted["cumulative_tsn"] + offset) % 2**32) for offset in gap)
                                    for gap in list(zip(*edges))[:KEPT_BLOCKS])
    for name, value in wanted.items():
        if packets[0][name] != value:
            known = "after an exception" if fields["_ws.malformed"] else None
            return Verdict(f"sctp {name} {value} != {packets[0][name]}", known)
    return None


def known_class(expected, layer, end, got, rest, incomplete):
    """Why a difference is justified, or None. `layer` is the first that only Wireshark has, or that differs."""
    if end == "unknown_link_type":
        return "opaque link type"
    names = rest if layer is None else layer.via
    if PSEUDOWIRES.intersection(names):
        return "taken for its shape"
    if layer is None:
        if incomplete:
            return "cut header"
        if any(LINUX_VXLAN in (item.transport[1]["udp.srcport"], item.transport[1]["udp.dstport"])
               for item in got if item.fields["carries"] == "vxlan"):
            return "taken for its shape"
        if any(item.fields["carries"] == "l2tp" for item in got):
            return "taken for its shape"
        return "after an exception" if any("wlan" in item.via for item in expected) else None
    if "cfp" in layer.via:
        return "cut short by Wireshark"
    names = layer.via if len(got) <= expected.index(layer) else []
    foreign = next((name for name in names if name not in WALKED), None)
    for known, carriers in CARRIERS.items():
        if foreign in carriers:
            return known
    # Version 2 of L2TP says in each packet that it carries PPP; only version 3 leaves it to its sessions.
    if "l2tp" in names and "ppp" not in names:
        return "state of another frame"
    if got and is_error(got[-1]) and got[-1].quote is None and got[-1].version != layer.version:
        return "quotation of another version"
    if "icmpv6" in names and got and got[-1].transport and got[-1].transport[1].get("icmpv6.type") == 137:
        return "shown inside a message"  # RFC 4861 §4.5: a redirect shows what it is about
    index = expected.index(layer)
    below = expected[index + 1].via if index + 1 < len(expected) else rest
    if layer.version == 4 and IPV6_ONLY.intersection(below + layer.via):
        return "IPv6 header under IPv4"
    if layer.version == 6 and layer.fields["plen"] == 0 and layer.fields["next_header"] in (6, 17):
        return "segmentation offload in IPv6"
    return None


def compare(fields, end, got):
    layers, rest, incomplete = dissection.wireshark_layers(fields)
    frame_is_cut = fields["frame.len"] != fields["frame.cap_len"]
    text, layer = difference(layers, got, end, frame_is_cut)
    if text is not None:
        return Verdict(f"{text} end={end}", known_class(layers, layer, end, got, rest, incomplete))
    if end in ("truncated", "malformed"):
        return None
    # Of a chunk that the frame cuts Wireshark shows nothing, the core what is left.
    whole = None if frame_is_cut else blocks_verdict(fields, got) or sctp_verdict(fields, got)
    return optional_verdict(fields, layers, got) or whole
