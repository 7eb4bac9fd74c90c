# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that probe the path MTU themselves, as an engineer would run them on the sender."""

from .processes import Child

_TOOLS = {
    "tracepath": ["tracepath", "-n"],
    "traceroute": ["traceroute", "-n", "--mtu", "-q", "2", "-w", "1"],
    "ping": ["ping", "-n", "-c", "6", "-i", "0.3", "-W", "1", "-M", "do", "-s", "1452"],
}
# As one searches by hand: sizes around the border, three requests each, the last of a size that passes.
_SWEEP = 'shift; for size in {sizes}; do ping "$@" -s "$size"; done; true'
_SWEPT = (1280, 1400, 1446, 1447, 1448, 1500, 1440)  # lengths in IP
_ECHO = {4: 28, 6: 48}  # headers of IP and ICMP


def _sweep(path):
    sizes = " ".join(str(length - _ECHO[path.family]) for length in _SWEPT)
    ping = ["ping", f"-{path.family}", "-n", "-c", "3", "-i", "0.3", "-W", "1", "-M", "do", path.receiver_address]
    return ["sh", "-c", _SWEEP.format(sizes=sizes), "sh", *ping]


def start(topology, tool):
    path = topology.path
    if tool == "sweep":
        return Child(topology["sender"].command(_sweep(path)))
    argv = [*_TOOLS[tool][:1], f"-{path.family}", *_TOOLS[tool][1:], path.receiver_address]
    # ping reports a lost probe as a failure; here that is a result like any other.
    return Child(topology["sender"].command(["sh", "-c", '"$@" || true', "sh", *argv]))
