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


def connect(wish):
    family = wish["family"]
    endpoint = bound_socket(wish, wish["source_port"])
    endpoint.setsockopt(*_MTU_DISCOVER[family], _MODES[wish["discovery"]])
    endpoint.connect((wish["peer_address"], wish["port"]))
    endpoint.settimeout(wish["pause"])
    payload = wish["size"] - _HEADERS[family]
    outcome = {"source_port": wish["source_port"], "sent": 0, "refused": 0, "answered": 0}
    for _ in range(wish["datagrams"]):
        # The first failure may report the hint rather than refuse the datagram; either way the next try knows.
        try:
            endpoint.send(b"\xa5" * payload)
            outcome["sent"] += 1
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            outcome["refused"] += 1
            if wish["adapts"]:
                payload = endpoint.getsockopt(*_PATH_MTU[family]) - _HEADERS[family]
        began = time.monotonic()
        try:
            outcome["answered"] += len(endpoint.recv(2048)) == len(_ANSWER)
        except OSError:
            # No answer in time, or the pending error of a hint.
            pass
        time.sleep(max(0.0, wish["pause"] - (time.monotonic() - began)))
    outcome["last_size"] = payload + _HEADERS[family]
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
