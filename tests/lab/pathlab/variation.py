# SPDX-License-Identifier: GPL-2.0-or-later
"""What may be otherwise about a TCP scenario, whatever its story: the hosts' stacks, the application's manner, loss,
another route, jumbo frames, a long way, patience.
"""

import dataclasses

from .disturbances import Loss, Narrowing
from .stacks import STACKS


def vary(random, scenario):
    """`scenario` with some of it changed, or as it is. `random` decides."""
    if scenario.traffic.protocol != "tcp":
        return scenario
    return dataclasses.replace(_troubled(random, scenario), stack=_stack(random))


def _stack(random):
    stack = tuple(name for name in STACKS if random.random() < 0.2)
    # One congestion control is all a host can have.
    return tuple(name for name in stack if name != "BBR" or "Reno" not in stack)


def _troubled(random, scenario):
    path, traffic, disturbances = scenario.path, _application(random, scenario.traffic), scenario.disturbances
    if not disturbances and random.random() < 0.15:
        disturbances = (Loss(random.uniform(0.01, 0.12)),)
    elif not disturbances and _may_be_rerouted(scenario) and random.random() < 0.15:
        disturbances = (Narrowing(random.uniform(0.3, 1.5)),)
        traffic = dataclasses.replace(traffic, size=60_000, chunk=random.randint(1500, 5000), pause=0.1)
    if path.next_hop_mtu and not path.tunnel and random.random() < 0.1:
        narrow = random.choice((path.next_hop_mtu, 1500, 4000, 8000))
        path = dataclasses.replace(path, lan_mtu=9000, offload=(), next_hop_mtu=narrow)
    if random.random() < 0.15:
        path = dataclasses.replace(path, far_rtt=random.uniform(0.1, 0.3))
    return dataclasses.replace(scenario, path=path, traffic=traffic, disturbances=disturbances)


def _may_be_rerouted(scenario):
    return scenario.path.next_hop_mtu and not scenario.path.tunnel and not scenario.hinting.forgery


def _application(random, traffic):
    """Passes its bytes in pieces, reads slowly, or waits longer."""
    if not traffic.chunk and random.random() < 0.2:
        traffic = dataclasses.replace(traffic, chunk=random.randint(500, 5000), pause=random.uniform(0.01, 0.4))
    if traffic.direction == "download" and random.random() < 0.1:
        stall = {"stall_after": random.randint(0, traffic.size // 2), "stall_for": random.uniform(0.5, 3.0)}
        traffic = dataclasses.replace(traffic, receive_buffer=4096, **stall)
    if random.random() < 0.2:
        traffic = dataclasses.replace(traffic, patience=random.uniform(6.0, 14.0))
    return traffic
