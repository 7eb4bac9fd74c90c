# SPDX-License-Identifier: GPL-2.0-or-later
"""Paths that lose what is too large and say nothing (RULES.md §8, §9)."""

from ..hints import FILTERED, SILENT
from ..path import Path
from ..scenario import Scenario
from ..traffic import Traffic
from ..vantage import Vantage

_TLS = Traffic(security="tls12", patience=6.0)
_LONG = Traffic(security="tls12", patience=12.0)
_AROUND_THE_FILTER = tuple(map(Vantage, ("sender", "gateway-any", "router", "receiver")))
_UPLOAD = Traffic(direction="upload", size=30_000, patience=6.0)


def scenarios():
    for family, suffix in ((4, ""), (6, "-v6")):
        path = Path(family=family)
        yield Scenario(
            f"black-hole{suffix}", "The router drops what is too large without a word", path, _TLS, hinting=SILENT
        )
        yield Scenario(
            f"black-hole-bulk{suffix}", "A bulk download into a silent black hole: hardly anything small follows", path,
            Traffic(size=30_000, patience=6.0, port=8080), hinting=SILENT,
        )  # fmt: skip
        yield Scenario(
            f"black-hole-pieces{suffix}", "A download written in small pieces into a silent black hole", path,
            Traffic(size=30_000, chunk=2_000, pause=0.02, patience=6.0, port=8080), hinting=SILENT,
        )  # fmt: skip
        yield Scenario(
            f"black-hole-after-handshake{suffix}", "A small certificate passes; the answer to the request does not", path,
            Traffic(security="tls13", slim=True, size=30_000, patience=7.0), hinting=SILENT,
        )  # fmt: skip
        yield Scenario(
            f"black-hole-upload{suffix}", "An upload into a silent black hole", path, _UPLOAD, hinting=SILENT
        )
        yield Scenario(
            f"black-hole-recovered{suffix}", "PLPMTUD after loss finds a size that passes", path, _LONG,
            "probing after loss", SILENT,
        )  # fmt: skip
        yield Scenario(
            f"black-hole-avoided{suffix}", "PLPMTUD from the start; only its probes are lost", path,
            Traffic(direction="upload", size=100_000), "probing always", SILENT,
        )  # fmt: skip
        yield Scenario(
            f"black-hole-slow{suffix}", "A silent black hole on a path of 100 ms",
            Path(family=family, gateway=True, access_rtt=0.05, far_rtt=0.05), _TLS, hinting=SILENT,
        )  # fmt: skip
        yield Scenario(
            f"hints-filtered{suffix}", "The router tells the sender, and a gateway between them drops all it says",
            Path(family=family, gateway=True), _TLS, hinting=FILTERED, vantages=_AROUND_THE_FILTER,
        )  # fmt: skip
    yield Scenario(
        "black-hole-jumbo", "A 9000-byte LAN into a silent 1500-byte link",
        Path(lan_mtu=9000, next_hop_mtu=1500), Traffic(size=60_000, patience=6.0), hinting=SILENT,
    )  # fmt: skip
