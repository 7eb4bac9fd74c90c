# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that probe the path MTU themselves, as an engineer would run them on the sender."""

from .processes import Child

_TOOLS = {
    "tracepath": ["tracepath", "-n"],
    "traceroute": ["traceroute", "-n", "--mtu", "-q", "2", "-w", "1"],
    "ping": ["ping", "-n", "-c", "6", "-i", "0.3", "-W", "1", "-M", "do", "-s", "1452"],
}


def start(topology, tool):
    path = topology.path
    argv = [*_TOOLS[tool][:1], f"-{path.family}", *_TOOLS[tool][1:], path.receiver_address]
    # ping reports a lost probe as a failure; here that is a result like any other.
    return Child(topology["sender"].command(["sh", "-c", '"$@" || true', "sh", *argv]))
