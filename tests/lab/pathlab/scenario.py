# SPDX-License-Identifier: GPL-2.0-or-later
"""A scenario: a path, the hosts' manners, the traffic, and where it is watched."""

import dataclasses

from .hints import KERNEL, Hinting
from .path import Path
from .traffic import Traffic
from .vantage import Vantage


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    story: str
    path: Path = Path()
    traffic: Traffic = Traffic()
    reaction: str = "honouring"  # of the sender to hints; see senders.py
    hinting: Hinting = KERNEL  # of the routers
    disturbances: tuple = ()  # see disturbances.py
    vantages: tuple[Vantage, ...] = (Vantage("sender"), Vantage("router"), Vantage("receiver"))
    stack: tuple[str, ...] = ()  # how the TCP of both hosts differs from Linux as it comes; see stacks.py
    endpoint_reaction: str = "honouring"  # of the gateway to hints about the datagrams of its "transit" tunnel
    tool: str = ""  # run at the sender in place of the traffic; see tools.py
    warm_up: bool = False  # one conversation before the captures begin, so that the path MTU is cached
    late: float = 0.0  # captures and counters begin so long after the traffic
    aftermath: float = 0.3  # how long to watch after the applications have finished
    origin: str = ""  # arguments that make it again, if its name does not

    @property
    def made_by(self):
        return f"`tests/lab/run {self.origin or self.name}`"

    @property
    def parameters(self):
        """The knobs as plain values, for the labels."""
        return {
            "path": dataclasses.asdict(self.path),
            "traffic": dataclasses.asdict(self.traffic),
            "reaction": self.reaction,
            "stack": list(self.stack),
            "endpoint_reaction": self.endpoint_reaction,
            "tool": self.tool,
            "warm_up": self.warm_up,
            "late": self.late,
            "hinting": dataclasses.asdict(self.hinting),
            "disturbances": [str(disturbance) for disturbance in self.disturbances],
        }
