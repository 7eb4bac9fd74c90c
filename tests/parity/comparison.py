# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the core and Wireshark differ about a frame, and which differences are known and justified."""

import ipaddress

import dissection

# name: why the core is right to differ, or why the difference lies outside what it reads
KNOWN = {
    "opaque link type": "not in the list of link types; counted and told in the report",
    "decrypted": "Wireshark has the keys; the bytes of the frame do not show the datagram",
    "reassembled": "stands in several frames, or compressed; the bytes of this frame do not show the datagram",
    "shown inside a message": "a sample, a log or a copy of a datagram; it was never sent as one on this path",
    "segmentation offload in IPv6": "Payload Length 0 before TCP or UDP; Wireshark has this off by default",
    "beyond the file": "Wireshark gave up on a damaged or unsupported file that the reader still read",
}

# Names in Wireshark's protocol list that explain why only Wireshark sees what comes after them.
CARRIERS = {
    "decrypted": {"wg", "esp", "tls", "dtls", "isakmp", "openvpn", "swipe", "zbee_nwk"},
    "reassembled": {"vjc_comp", "vjc_uncomp", "mp", "comp_data", "ipcomp", "ppp_hdlc", "stt"},
    "shown inside a message": {"sflow", "openflow", "openflow_v1", "openflow_v4", "openflow_v5", "openflow_v6",
                               "cflow", "nflog", "netlink", "msdp", "forces", "lisp", "catapult_dct2000", "mip",
                               "nhrp", "hp_erm", "exported_pdu", "ulp", "snmp", "igmp", "slow", "cip"},
}


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
    if expected.version == 4 and got.fields["carries"] != "ah":
        names += ["proto", "header"]
    for name in names:
        left, right = expected.fields[name], got.fields[name]
        if left != right:
            return f"{name} {left} != {right}"
    return None


def transport_difference(expected, got, alone):
    left, right = expected.transport, got.transport
    if left is None and right is None:
        return None
    if left is None or right is None:
        return f"transport {left} != {right}"
    kind, values = left
    if right[0] == "ports" or kind in ("udplite", "sctp", "dccp"):
        pairs = [(values[name], right[1].get(short, right[1].get("udp." + short, right[1].get("tcp." + short))))
                 for name, short in ((kind.replace("udplite", "udp") + ".srcport", "srcport"),
                                     (kind.replace("udplite", "udp") + ".dstport", "dstport"))]
        return None if all(a == b for a, b in pairs if a is not None) else f"ports {left} != {right}"
    if kind != right[0]:
        return f"transport {left} != {right}"
    for name, value in values.items():
        if name.startswith("tcp.options") or name.endswith(".mtu"):
            if not alone:
                continue
        elif value is None:
            continue
        other = right[1][name]
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
    if expected.transport and expected.transport[0] in ("tcp", "udp"):
        kind, values = expected.transport
        for name, short in ((kind + ".srcport", "sport"), (kind + ".dstport", "dport"), ("tcp.seq_raw", "seq")):
            if values.get(name) is not None and values[name] != quote.fields[short]:
                return f"quoted {name} {values[name]} != {quote.fields[short]}"
    return None


ICMP_ERRORS = {"icmp": (3, 4, 5, 11, 12), "icmpv6": (1, 2, 3, 4)}


def is_error(layer):
    if layer.transport is None or layer.transport[0] not in ICMP_ERRORS:
        return False
    kind, values = layer.transport
    return values[kind + ".type"] in ICMP_ERRORS[kind]


def difference(layers, got):
    """What differs first, in words; None when nothing does."""
    expected = list(layers)
    alone = len(expected) == 1 or sum(1 for l in expected if l.transport) == 1
    for index, layer in enumerate(got):
        if not expected:
            return f"only the core sees layer {index}: {layer}", None
        wanted = expected.pop(0)
        found = ip_difference(wanted, layer) or transport_difference(wanted, layer, alone)
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
                # What the quoted datagram itself carried is no datagram of this frame's paths.
                expected = []
    if expected:
        return f"only Wireshark sees {expected[0]} via {':'.join(expected[0].via)}", expected[0]
    return None, None


def known_class(layer, end, got):
    """Why a difference is justified, or None. `layer` is the first that only Wireshark has, or that differs."""
    if end == "unknown_link_type":
        return "opaque link type"
    if layer is None:
        return None
    for name, carriers in CARRIERS.items():
        if carriers.intersection(layer.via):
            return name
    if layer.version == 6 and layer.fields["plen"] == 0 and layer.fields["next_header"] in (6, 17):
        return "segmentation offload in IPv6"
    return None


def compare(fields, end, got):
    layers, _, _ = dissection.wireshark_layers(fields)
    text, layer = difference(layers, got)
    if text is None:
        return None
    return Verdict(f"{text} end={end}", known_class(layer, end, got))
