# SPDX-License-Identifier: GPL-2.0-or-later
"""Several connections on one path, and captures that begin too late (RULES.md §4, §5)."""

from ..disturbances import MssClamp
from ..path import Path
from ..scenario import Scenario
from ..traffic import Traffic
from ..vantage import Vantage

_PLACES = (Vantage("sender"), Vantage("router"), Vantage("receiver"))


def scenarios():
    for family, suffix in ((4, ""), (6, "-v6")):
        path = Path(family=family)
        yield Scenario(
            f"several-ignoring{suffix}", "Four connections at once, and hints ignored", path,
            Traffic(security="tls12", connections=4, stagger=0.3, patience=5.0), "ignoring", vantages=_PLACES,
        )  # fmt: skip
        yield Scenario(
            f"several-honouring{suffix}", "Four connections at once; what one learns the others share", path,
            Traffic(size=40_000, connections=4, chunk=4_000, pause=0.1, stagger=0.05), vantages=_PLACES,
        )  # fmt: skip
        yield Scenario(
            f"late-ignoring{suffix}", "The capture begins in the middle of the stall", path,
            Traffic(security="tls12", patience=9.0), "ignoring", vantages=_PLACES, late=0.9,
        )  # fmt: skip
        yield Scenario(
            f"late-honouring{suffix}", "The capture begins when the path MTU is long known", path,
            Traffic(size=60_000, chunk=4_000, pause=0.2), vantages=_PLACES, late=0.9,
        )  # fmt: skip
        mss = {4: 1406, 6: 1386}[family]
        for name, outward, inward in (("towards-sender", False, True), ("towards-receiver", True, False)):
            yield Scenario(
                f"clamped-{name}{suffix}", f"The MSS is clamped in one direction only, {name.replace('-', ' the ')}",
                path, Traffic(security="tls12", patience=5.0), "ignoring",
                disturbances=(MssClamp(mss, outward, inward),), vantages=_PLACES,
            )  # fmt: skip
