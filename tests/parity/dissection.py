# SPDX-License-Identifier: GPL-2.0-or-later
"""The layers of a frame as Wireshark dissects them, and as the core decodes them, in one shape."""

import subprocess

FIELDS = [
    "frame.number", "frame.protocols", "frame.len", "frame.cap_len",
    "ip.src", "ip.dst", "ip.cur_rt", "ip.len", "ip.hdr_len", "ip.id", "ip.flags.df", "ip.flags.mf",
    "ip.frag_offset", "ip.ttl", "ip.proto",
    "ipv6.src", "ipv6.dst", "ipv6.plen", "ipv6.hlim", "ipv6.nxt", "ipv6.opt.jumbo",
    "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ipv6.fraghdr.ident",
    "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.window_size_value",
    "tcp.hdr_len", "tcp.options.mss_val", "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr",
    "tcp.len", "tcp.options.sack_le", "tcp.options.sack_re",
    "udp.srcport", "udp.dstport", "udp.length", "sctp.srcport", "sctp.dstport", "dccp.srcport", "dccp.dstport",
    "sctp.verification_tag", "sctp.chunk_type", "sctp.data_tsn_raw", "sctp.sack_cumulative_tsn_ack_raw",
    "sctp.sack_gap_block_start", "sctp.sack_gap_block_end",
    "sctp.init_initiate_tag", "sctp.initack_initiate_tag", "sctp.init_initial_tsn", "sctp.initack_initial_tsn",
    "icmp.type", "icmp.code", "icmp.mtu", "icmp.ident", "icmp.seq", "icmpv6.type", "icmpv6.code", "icmpv6.mtu",
    "icmpv6.echo.identifier", "icmpv6.echo.sequence_number",
    "_ws.malformed",
]
PROTOCOLS = FIELDS.index("frame.protocols")

# Reassembly would show a datagram in a frame where it does not stand; decryption one that nobody can read there.
PREFERENCES = [
    "ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.desegment_tcp_streams:FALSE",
    "tcp.relative_sequence_numbers:FALSE", "tcp.analyze_sequence_numbers:FALSE", "wlan.defragment:FALSE",
    "wlan.enable_decryption:FALSE", "ip.use_geoip:FALSE", "ipv6.use_geoip:FALSE",
]


class Layer:
    """One IP header with the transport header behind it."""

    def __init__(self, version, **fields):
        self.version = version
        self.fields = fields
        self.transport = None        # (kind, {field: value})
        self.quote = None            # Layer
        self.via = []                # names of what lay between the layer above and this one

    def __repr__(self):
        return f"v{self.version} {self.fields} {self.transport} quote={self.quote}"


def tshark_command(tshark, path):
    command = [tshark, "-n", "-r", path, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a",
               "-E", "aggregator=\x1f"]
    for preference in PREFERENCES:
        command += ["-o", preference]
    for name in FIELDS:
        command += ["-e", name]
    return command


def tshark_frames(tshark, path):
    """The raw values of each frame, in order. Ends early where Wireshark gives up on a damaged file."""
    done = subprocess.run(tshark_command(tshark, path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    frames = [line.split("\t") for line in done.stdout.decode("utf-8", "replace").splitlines()]
    return [values for values in frames if len(values) == len(FIELDS)]


def frame_fields(values):
    """Field name -> its values in the frame, in the order of their appearance."""
    return {name: (value.split("\x1f") if value else []) for name, value in zip(FIELDS, values)}


def integer(text):
    return int(text, 0)


def flag(text):
    return 1 if text in ("1", "True") else 0


class Cursor:
    """Hands out the values of fields in the order of their appearance in the frame."""

    def __init__(self, fields):
        self.fields = fields
        self.position = {}

    def next(self, index_name, names):
        index = self.position.get(index_name, 0)
        self.position[index_name] = index + 1
        return {name: self.fields[name][index] if index < len(self.fields[name]) else None for name in names}


def ipv4_layer(cursor):
    raw = cursor.next("ip", ["ip.src", "ip.len", "ip.hdr_len", "ip.id", "ip.flags.df", "ip.flags.mf",
                             "ip.frag_offset", "ip.ttl", "ip.proto"])
    if raw["ip.src"] is None:
        return None
    # A source route moves the header's own destination into another field.
    destinations = cursor.fields["ip.dst"] or cursor.fields["ip.cur_rt"]
    if len(cursor.fields["ip.cur_rt"]) and len(cursor.fields["ip.dst"]):
        destination = None
    else:
        index = cursor.position["ip"] - 1
        if index >= len(destinations):
            return None
        destination = destinations[index]
    return Layer(4, src=raw["ip.src"], dst=destination, len=integer(raw["ip.len"]), id=integer(raw["ip.id"]),
                 df=flag(raw["ip.flags.df"]), mf=flag(raw["ip.flags.mf"]),
                 off=integer(raw["ip.frag_offset"]), ttl=integer(raw["ip.ttl"]), proto=integer(raw["ip.proto"]),
                 header=integer(raw["ip.hdr_len"]))


def ipv6_layer(cursor):
    raw = cursor.next("ipv6", ["ipv6.src", "ipv6.dst", "ipv6.plen", "ipv6.hlim", "ipv6.nxt"])
    if raw["ipv6.src"] is None or raw["ipv6.dst"] is None:
        return None
    payload = integer(raw["ipv6.plen"])
    if payload == 0 and raw["ipv6.nxt"] == "0":
        payload = number_or_none(cursor.next("jumbo", ["ipv6.opt.jumbo"])["ipv6.opt.jumbo"]) or 0
    return Layer(6, src=raw["ipv6.src"], dst=raw["ipv6.dst"], len=(payload + 40) % 2**32, plen=payload, id=0, df=1, mf=0,
                 off=0, ttl=integer(raw["ipv6.hlim"]), proto=None, next_header=integer(raw["ipv6.nxt"]))


def number_or_none(value):
    return None if value is None else integer(value)


def wireshark_layers(fields):
    """The layers of one frame, outermost first; and the names of the protocols above the first of them."""
    cursor = Cursor(fields)
    protocols = fields["frame.protocols"][0].split(":") if fields["frame.protocols"] else []
    layers, via, incomplete = [], [], False
    for name in protocols:
        last = layers[-1] if layers else None
        if name in ("ip", "ipv6"):
            layer = ipv4_layer(cursor) if name == "ip" else ipv6_layer(cursor)
            if layer is None:
                incomplete = True
                continue
            layer.via = via
            via = []
            layers.append(layer)
            continue
        via.append(name)
        if last is None:
            continue
        if name == "ipv6.fraghdr":
            raw = cursor.next(name, ["ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ipv6.fraghdr.ident"])
            if last.version == 6 and raw["ipv6.fraghdr.ident"] is not None and not last.fields.get("fragment"):
                last.fields.update(off=integer(raw["ipv6.fraghdr.offset"]) * 8, mf=flag(raw["ipv6.fraghdr.more"]),
                                   id=integer(raw["ipv6.fraghdr.ident"]), fragment=True)
        elif name == "tcp":
            raw = cursor.next("tcp", ["tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags",
                                      "tcp.window_size_value", "tcp.hdr_len"])
            if last.transport is None and raw["tcp.srcport"] is not None:
                last.transport = ("tcp", {key: number_or_none(value) for key, value in raw.items()})
        elif name in ("udp", "udplite"):
            raw = cursor.next("udp", ["udp.srcport", "udp.dstport", "udp.length"])
            if last.transport is None and raw["udp.srcport"] is not None:
                last.transport = (name, {key: number_or_none(value) for key, value in raw.items()})
        elif name in ("sctp", "dccp"):
            names = [name + ".srcport", name + ".dstport"] + (["sctp.verification_tag"] if name == "sctp" else [])
            raw = cursor.next(name, names)
            if last.transport is None and raw[name + ".srcport"] is not None:
                last.transport = (name, {key: number_or_none(value) for key, value in raw.items()})
        elif name in ("icmp", "icmpv6"):
            raw = cursor.next(name, [name + ".type", name + ".code"])
            if last.transport is None and raw[name + ".type"] is not None:
                last.transport = (name, {key: number_or_none(value) for key, value in raw.items()})
    return layers, via, incomplete


CORE_IP = ["src", "dst", "len", "id", "df", "mf", "off", "ttl", "proto", "fragment_header", "header", "carries"]
CORE_QUOTE = ["src", "dst", "len", "id", "df", "mf", "off", "ttl", "proto", "quoted_bytes", "sport", "dport", "seq",
              "tag"]
CORE_TRANSPORT = {
    "tcp": ["tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.window_size_value",
            "tcp.hdr_len", "payload", "tcp.options.mss_val", "tcp.options.timestamp.tsval",
            "tcp.options.timestamp.tsecr", "blocks"],
    "udp": ["udp.srcport", "udp.dstport", "udp.length"],
    "ports": ["srcport", "dstport"],
    "sctp": ["sctp.srcport", "sctp.dstport", "sctp.verification_tag", "first_tsn", "last_tsn", "data_chunks",
             "cumulative_tsn", "initiate_tag", "initial_tsn", "chunks_truncated", "blocks"],
    "icmp": ["icmp.type", "icmp.code", "icmp.mtu", "icmp.ident", "icmp.seq"],
    "icmpv6": ["icmpv6.type", "icmpv6.code", "icmpv6.mtu", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number"],
}
TEXT_FIELDS = {"src", "dst", "carries", "blocks"}


def core_fields(names, values):
    return {name: (value if name in TEXT_FIELDS else (int(value) if value else None))
            for name, value in zip(names, values)}


def udp_payloads(values):
    """What Wireshark took each UDP payload of a frame for, in order: the plugin can ask it the same."""
    names = values[PROTOCOLS].split(":")
    return [after for name, after in zip(names, names[1:] + ["-"]) if name == "udp"]


def core_frames(program, paths, frames=None):
    """What the core sees in the captures, one line a frame, helped by what Wireshark knows of UDP payloads."""
    command = [program, *paths] if frames is None else [program, "-", *paths]
    known = "".join(" ".join(udp_payloads(values)) + "\n" for values in frames or [])
    done = subprocess.run(command, input=known, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode} {done.stderr}")
    return done.stdout.splitlines()


def parse_core_line(line):
    """(index of the capture, number of the frame in it, end of the walk, layers)"""
    words = line.split()
    layers = []
    for word in words[3:]:
        name, *values = word.split(",")
        if name in ("ip", "ipv6"):
            layers.append(Layer(4 if name == "ip" else 6, **core_fields(CORE_IP, values)))
        elif name in ("quoted_ip", "quoted_ipv6"):
            layers[-1].quote = Layer(4 if name == "quoted_ip" else 6, **core_fields(CORE_QUOTE, values))
        else:
            layers[-1].transport = (name, core_fields(CORE_TRANSPORT[name], values))
    return int(words[0]), int(words[1]), words[2], layers
