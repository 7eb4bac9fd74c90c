# SPDX-License-Identifier: GPL-2.0-or-later
"""The story it began with, its variants, and its healthy relatives (RULES.md §1)."""

import dataclasses

from ..path import Path
from ..scenario import Scenario
from ..traffic import Traffic
from ..vantage import Vantage

# The words of the story: the TLS server is an appliance, the other end a client.
STORY = (Vantage("sender", name="appliance"), Vantage("router"), Vantage("receiver", name="client"))
_TLS12 = Traffic(security="tls12", patience=13.5)
_TLS13 = dataclasses.replace(_TLS12, security="tls13")
_IGNORING = "An appliance ignores hints and re-sends its certificate at 1500 bytes until the client gives up"


def scenarios():
    for family, suffix, where in ((4, "", ""), (6, "-v6", ", over IPv6")):
        narrow, wide = Path(family=family), Path(family=family, next_hop_mtu=None)
        yield Scenario(f"seed{suffix}", _IGNORING + where, narrow, _TLS12, "ignoring", vantages=STORY)
        yield Scenario(
            f"seed-tls13{suffix}", f"{_IGNORING}, TLS 1.3{where}", narrow, _TLS13, "ignoring", vantages=STORY
        )
        yield Scenario(
            f"honouring{suffix}",
            f"The same path and server, but it honours the hint and everything arrives{where}",
            narrow, _TLS12, vantages=STORY,
        )  # fmt: skip
        yield Scenario(
            f"work-around{suffix}",
            f"The appliance still ignores hints, but its interface MTU is 1440: nothing draws one{where}",
            narrow, _TLS12, "narrowed interface", vantages=STORY,
        )  # fmt: skip
        yield Scenario(f"healthy{suffix}", f"No narrow link anywhere{where}", wide, _TLS12, vantages=STORY)
