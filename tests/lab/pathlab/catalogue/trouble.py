# SPDX-License-Identifier: GPL-2.0-or-later
"""Trouble that is not the path MTU's fault, and must not be taken for it (RULES.md §8, "excluded")."""

from ..disturbances import DeadPeer, Loss
from ..path import Path
from ..scenario import Scenario
from ..traffic import Traffic

_TRICKLE = Traffic(size=60_000, chunk=6_000, pause=0.3, patience=5.0)
_STALLING = Traffic(size=120_000, stall_after=20_000, stall_for=4.0, receive_buffer=8_000)


def scenarios():
    for family, suffix in ((4, ""), (6, "-v6")):
        wide, narrow = Path(family=family, next_hop_mtu=None), Path(family=family)
        yield Scenario(
            f"loss{suffix}", "Random loss on a wide path", wide, Traffic(size=90_000), disturbances=(Loss(0.05),)
        )
        yield Scenario(
            f"loss-honouring{suffix}", "Random loss behind a narrow link, hints honoured", narrow,
            Traffic(size=90_000), disturbances=(Loss(0.05),),
        )  # fmt: skip
        yield Scenario(
            f"heavy-loss{suffix}", "One datagram in four is lost", wide, Traffic(size=30_000, patience=9.0),
            disturbances=(Loss(0.25),),
        )  # fmt: skip
        yield Scenario(f"stall{suffix}", "The receiving application stops reading", wide, _STALLING)
        yield Scenario(f"stall-honouring{suffix}", "It stops reading behind a narrow link", narrow, _STALLING)
        yield Scenario(
            f"dead-peer{suffix}", "The receiver falls silent in mid transfer", wide, _TRICKLE,
            disturbances=(DeadPeer(1.0),),
        )  # fmt: skip
        yield Scenario(
            f"dead-peer-honouring{suffix}", "The receiver falls silent behind a narrow link", narrow, _TRICKLE,
            disturbances=(DeadPeer(1.0),),
        )  # fmt: skip
        yield Scenario(
            f"dead-peer-upload{suffix}", "The receiving server falls silent", wide,
            Traffic(direction="upload", size=60_000, chunk=6_000, pause=0.3, patience=6.0),
            disturbances=(DeadPeer(1.0),),
        )  # fmt: skip
