# SPDX-License-Identifier: GPL-2.0-or-later
"""A cable between two TAP devices that delays frames, and a mirror port that shows them VLAN-tagged.

A program of its own: `cable.py JSON`. The kernels this lab runs on need neither netem nor 8021q. Frames leave in
the order they came (first in, first out), each exactly `delay` seconds later, so nothing is ever reordered. With a
`rate`, in bits per second, those from the left wait for one another in a queue that loses nothing.
"""

import collections
import ctypes
import fcntl
import json
import os
import select
import struct
import sys
import time

_TUNSETIFF = 0x400454CA
_IFF_TAP_WITHOUT_HEADER = 0x0002 | 0x1000
_CLONE_NEWNET = 0x40000000
_LARGEST_FRAME = 65550
_ETHERTYPE_AT = 12
_VLAN_ETHERTYPE = 0x8100


def open_tap(namespace, interface):
    """A TAP device inside `namespace`, alive as long as the returned descriptor."""
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    if libc.setns(home, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    os.close(home)
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, _TUNSETIFF, struct.pack("16sH22x", interface.encode(), _IFF_TAP_WITHOUT_HEADER))
    return tap


def vlan_tagged(frame, vlan):
    return frame[:_ETHERTYPE_AT] + struct.pack("!HH", _VLAN_ETHERTYPE, vlan) + frame[_ETHERTYPE_AT:]


def put(tap, frame):
    try:
        os.write(tap, frame)
    except OSError:
        # The device is not up (yet, or any more): the frame is lost, as on any cable.
        pass


def carry(left, right, delay, rate, mirror, vlan):
    """Move frames both ways until the process is told to end."""
    queues = {left: collections.deque(), right: collections.deque()}
    opposite = {left: right, right: left}
    busy_until = 0.0  # with what came from the left
    while True:
        now = time.monotonic()
        due = [queue[0][0] for queue in queues.values() if queue]
        timeout = max(0.0, min(due) - now) if due else None
        readable, _, _ = select.select([left, right], [], [], timeout)
        for tap in readable:
            frame = os.read(tap, _LARGEST_FRAME)
            if mirror is not None:
                put(mirror, vlan_tagged(frame, vlan))
            begin = time.monotonic()
            if rate and tap == left:
                begin = busy_until = max(begin, busy_until) + 8 * len(frame) / rate
            queues[opposite[tap]].append((begin + delay, frame))
        now = time.monotonic()
        for tap, queue in queues.items():
            while queue and queue[0][0] <= now:
                put(tap, queue.popleft()[1])


def main():
    wish = json.loads(sys.argv[1])
    left, right = (open_tap(*wish[end]) for end in ("left", "right"))
    mirror = open_tap(*wish["mirror"]) if wish["mirror"] else None
    print("ready", flush=True)
    try:
        carry(left, right, wish["delay"], wish["rate"], mirror, wish["vlan"])
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
