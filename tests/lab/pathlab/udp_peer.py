# SPDX-License-Identifier: GPL-2.0-or-later
"""One end of a UDP conversation. A program of its own: `udp_peer.py JSON`.

The connector sends datagrams of one size under one of the kernel's discovery modes; the listener answers each with a
few bytes. The connector prints what became of it as JSON.
"""

import errno
import json
import socket
import sys
import time

# linux/in.h and linux/in6.h; the socket module has no names for them.
_MTU_DISCOVER = {4: (socket.IPPROTO_IP, 10), 6: (socket.IPPROTO_IPV6, 23)}
_PATH_MTU = {4: (socket.IPPROTO_IP, 14), 6: (socket.IPPROTO_IPV6, 24)}
_MODES = {"dont": 0, "want": 1, "do": 2, "probe": 3}
_HEADERS = {4: 28, 6: 48}
_ANSWER = b"\x5a" * 32
_QUIC_LEAST = 1200  # RFC 9000 §14.1
_QUIC_LONG = b"\xc3\x00\x00\x00\x01\x08connect1\x00"  # Initial, version 1, a connection ID (RFC 9000 §17.2.2)
_QUIC_SHORT = b"\x43connect1"  # RFC 9000 §17.3.1
_HANDSHAKE, _BETWEEN_PROBES, _MAX_PROBES = 3, 4, 3  # datagrams; RFC 8899 §5.1.2


def bound_socket(wish, port):
    endpoint = socket.socket(socket.AF_INET if wish["family"] == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    endpoint.bind((wish["address"], port))
    return endpoint


def listen(wish):
    endpoint = bound_socket(wish, wish["port"])
    print("ready", flush=True)
    while True:
        _, peer = endpoint.recvfrom(65535)
        endpoint.sendto(_ANSWER, peer)


class Datagrams:
    """Datagrams of one size; a refusal may make the rest smaller."""

    def __init__(self, payload):
        self.payload = payload

    def next(self):
        return b"\xa5" * self.payload

    def answered(self, _):
        pass


class QuicDatagrams:
    """As QUIC with DPLPMTUD sends them: those of a connection keep to 1200 bytes, a few probes are larger."""

    def __init__(self, probe):
        self.payload, self._probe = probe, probe
        self._number, self._probes, self._probing = 0, 0, False

    def next(self):
        self._number += 1
        due = self._number > _HANDSHAKE and self._number % _BETWEEN_PROBES == 0
        self._probing = due and self._probes < _MAX_PROBES
        self._probes += self._probing
        header = _QUIC_LONG if self._number <= _HANDSHAKE else _QUIC_SHORT
        return header.ljust(self._probe if self._probing else _QUIC_LEAST, b"\xa5")

    def answered(self, came):
        if self._probing and came:
            self._probes = _MAX_PROBES


def connect(wish):
    family = wish["family"]
    endpoint = bound_socket(wish, wish["source_port"])
    endpoint.setsockopt(*_MTU_DISCOVER[family], _MODES[wish["discovery"]])
    endpoint.connect((wish["peer_address"], wish["port"]))
    endpoint.settimeout(wish["pause"])
    datagrams = (QuicDatagrams if wish["quic"] else Datagrams)(wish["size"] - _HEADERS[family])
    outcome = {"source_port": wish["source_port"], "sent": 0, "refused": 0, "answered": 0}
    for _ in range(wish["datagrams"]):
        # The first failure may report the hint rather than refuse the datagram; either way the next try knows.
        try:
            endpoint.send(datagrams.next())
            outcome["sent"] += 1
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            outcome["refused"] += 1
            if wish["adapts"]:
                datagrams.payload = endpoint.getsockopt(*_PATH_MTU[family]) - _HEADERS[family]
        began = time.monotonic()
        came = False
        try:
            came = len(endpoint.recv(2048)) == len(_ANSWER)
        except OSError:
            # No answer in time, or the pending error of a hint.
            pass
        datagrams.answered(came)
        outcome["answered"] += came
        time.sleep(max(0.0, wish["pause"] - (time.monotonic() - began)))
    outcome["last_size"] = datagrams.payload + _HEADERS[family]
    outcome["complete"] = outcome["answered"] > 0
    print(json.dumps([outcome]))


def main():
    wish = json.loads(sys.argv[1])
    try:
        (listen if wish["role"] == "listen" else connect)(wish)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
