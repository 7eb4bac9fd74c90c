# SPDX-License-Identifier: GPL-2.0-or-later
"""One end of an SCTP association: `sctp_peer.py JSON` compiles sctp_peer.c and becomes it.

Kernels here may lack SCTP, so the stack is usrsctp. It sends over a raw socket, and so behind the kernel's path MTU.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

_SOURCE = pathlib.Path(__file__).with_suffix(".c")
_HEADERS = {4: 20 + 12 + 16, 6: 40 + 12 + 16}  # of IP, SCTP and a DATA chunk (RFC 9260 §3)


def compiled():
    """A descriptor of the program, which needs no name any more."""
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "sctp_peer")
        subprocess.run(["cc", "-O1", "-o", binary, str(_SOURCE), "-lusrsctp", "-lpthread"], check=True)
        return os.open(binary, os.O_RDONLY)


def main():
    wish = json.loads(sys.argv[1])
    connects = wish["role"] == "connect"
    ports = (wish["source_port"], wish["port"])
    own, peer = ports if connects else ports[::-1]
    numbers = (
        wish["size"] - _HEADERS[wish["family"]], wish["datagrams"], round(wish["pause"] * 1000), wish["patience"]
    )  # fmt: skip
    arguments = (wish["role"], wish["address"], own, wish["peer_address"], peer, *numbers)
    os.execve(compiled(), ["sctp_peer", *map(str, arguments)], os.environ)


if __name__ == "__main__":
    main()
