# SPDX-License-Identifier: GPL-2.0-or-later
"""Slow links that make datagrams wait: what passes late may have left early (RULES.md §5)."""

from ..disturbances import Narrowing
from ..path import Path
from ..scenario import Scenario
from ..traffic import Traffic
from ..vantage import Vantage

_UPLINK = 500_000  # bits per second: a full datagram takes 24 ms, the first window a quarter of a second
_BULK = Traffic(size=60_000, patience=5.0)
_UPLOAD = Traffic(direction="upload", size=120_000, patience=5.0)
_BURST = Traffic(
    protocol="udp", direction="upload", size=1500, port=9000, source_port=40900, datagrams=450, pause=0.01,
)  # fmt: skip
_WAY = {"access": ("sender", "router"), "core": ("sender", "gateway", "router")}


def _path(family, link, rate=_UPLINK):
    if link == "access":
        return Path(family=family, access_rate=rate)
    return Path(family=family, gateway=True, core_rate=rate)


def scenarios():
    for family, suffix in ((4, ""), (6, "-v6")):
        for link, places in _WAY.items():
            vantages = tuple(map(Vantage, places))
            for reaction in ("honouring", "ignoring"):
                about = f"A queue on the {link} link and a sender {reaction} hints"
                name = f"{reaction}-queue-{link}"
                path = _path(family, link)
                yield Scenario(f"{name}{suffix}", about, path, _BULK, reaction, vantages=vantages)
                yield Scenario(
                    f"{name}-without-timestamps{suffix}", f"{about}, TCP without timestamps",
                    path, _BULK, reaction, stack=("no timestamps",), vantages=vantages,
                )  # fmt: skip
                yield Scenario(
                    f"{name}-growing{suffix}", f"{about}; it grows, then the route changes to a narrow one",
                    _path(family, link, 2 * _UPLINK), _UPLOAD, reaction,
                    disturbances=(Narrowing(0.8),), vantages=vantages,
                )  # fmt: skip
                yield Scenario(
                    f"{name}-udp{suffix}", f"{about}: datagrams, more than the link takes, and another route",
                    _path(family, link, 2 * _UPLINK), _BURST, reaction,
                    disturbances=(Narrowing(1.5),), vantages=vantages,
                )  # fmt: skip
