# SPDX-License-Identifier: GPL-2.0-or-later
"""One end of a TCP or TLS conversation. A program of its own: `tcp_peer.py JSON`.

The connector asks: `SEND bytes chunk pause` makes the listener send, `TAKE bytes` makes it receive and answer.
The connector prints what became of each connection as JSON.
"""

import json
import socket
import ssl
import sys
import threading
import time

_VERSIONS = {"tls12": ssl.TLSVersion.TLSv1_2, "tls13": ssl.TLSVersion.TLSv1_3}
_READ = 65536
# linux/in.h and linux/in6.h; the socket module has no names for them.
_MTU_DISCOVER = {4: (socket.IPPROTO_IP, 10), 6: (socket.IPPROTO_IPV6, 23)}
_DISCOVERY_DO = 2


def tls_context(security, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if certificate else ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = _VERSIONS[security]
    if certificate:
        context.load_cert_chain(certificate)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def bound_socket(wish, port):
    family = socket.AF_INET if wish["family"] == 4 else socket.AF_INET6
    endpoint = socket.socket(family, socket.SOCK_STREAM)
    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    endpoint.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if wish["insists_on_df"]:
        endpoint.setsockopt(*_MTU_DISCOVER[wish["family"]], _DISCOVERY_DO)
    if wish["receive_buffer"]:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wish["receive_buffer"])
    endpoint.bind((wish["address"], port))
    return endpoint


def send(stream, total, chunk, pause):
    """Pass `total` bytes, `chunk` at a time; a chunk of zero means all at once."""
    left = total
    while left:
        part = min(chunk or left, left)
        stream.sendall(b"\xa5" * part)
        left -= part
        if left and pause:
            time.sleep(pause)


def read_line(stream):
    line = bytearray()
    while not line.endswith(b"\n"):
        byte = stream.recv(1)
        if not byte:
            raise ConnectionError("closed before the request was complete")
        line += byte
    return line.decode().split()


def serve(connection, context):
    """Do what the request asks, then wait for the peer to close."""
    try:
        stream = context.wrap_socket(connection, server_side=True) if context else connection
        verb, total, *rest = read_line(stream)
        if verb == "SEND":
            send(stream, int(total), int(rest[0]), float(rest[1]))
        else:
            left = int(total)
            while left:
                data = stream.recv(min(left, _READ))
                if not data:
                    raise ConnectionError("closed before everything came")
                left -= len(data)
            stream.sendall(f"{total}\n".encode())
        while stream.recv(_READ):
            pass
        stream.close()
    except OSError:
        # The connector reports what went wrong; this end only has to let go.
        connection.close()


def listen(wish):
    context = tls_context(wish["security"], wish["certificate"]) if wish["security"] else None
    listener = bound_socket(wish, wish["port"])
    listener.listen(64)
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, context), daemon=True).start()


def download(stream, wish, outcome):
    stream.sendall(f"SEND {wish['size']} {wish['chunk']} {wish['pause']} {'.' * wish['request']}\n".encode())
    stalled = not wish["stall_for"]
    while outcome["received"] < wish["size"]:
        if not stalled and outcome["received"] >= wish["stall_after"]:
            time.sleep(wish["stall_for"])
            stalled = True
        data = stream.recv(_READ)
        if not data:
            raise ConnectionError("closed before everything came")
        outcome["received"] += len(data)


def upload(stream, wish, outcome):
    stream.sendall(f"TAKE {wish['size']}\n".encode())
    send(stream, wish["size"], wish["chunk"], wish["pause"])
    outcome["received"] = int(read_line(stream)[0])


def converse(wish, index, outcome):
    time.sleep(index * wish["stagger"])
    raw = bound_socket(wish, wish["source_port"] + index)
    raw.settimeout(wish["patience"])
    try:
        raw.connect((wish["peer_address"], wish["port"]))
        outcome["connected"] = True
        stream = tls_context(wish["security"], None).wrap_socket(raw) if wish["security"] else raw
        outcome["handshake"] = True
        (download if wish["direction"] == "download" else upload)(stream, wish, outcome)
        outcome["complete"] = True
        time.sleep(wish["linger"])
        stream.close()
    except OSError as error:
        outcome["error"] = type(error).__name__
        raw.close()


def connect(wish):
    blank = {"connected": False, "handshake": False, "received": 0, "complete": False, "error": None}
    outcomes = [dict(blank, source_port=wish["source_port"] + index) for index in range(wish["connections"])]
    threads = [threading.Thread(target=converse, args=(wish, index, outcome)) for index, outcome in enumerate(outcomes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(outcomes))


def main():
    wish = json.loads(sys.argv[1])
    try:
        (listen if wish["role"] == "listen" else connect)(wish)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
