"""The named scenarios."""

import dataclasses

from .path import Path
from .scenario import Scenario
from .traffic import Traffic
from .vantage import Vantage

# The words of the story: the TLS server is an appliance, the other end a client.
_STORY = (Vantage("sender", name="appliance"), Vantage("router"), Vantage("receiver", name="client"))
_TLS12 = Traffic(security="tls12", patience=13.5)
_TLS13 = dataclasses.replace(_TLS12, security="tls13")


def _seed_stories():
    ignoring = "An appliance ignores Fragmentation Needed and re-sends its certificate at 1500 bytes until the client gives up"
    yield Scenario("seed", ignoring, traffic=_TLS12, reaction="ignoring", vantages=_STORY)
    yield Scenario("seed-tls13", ignoring + ", TLS 1.3", traffic=_TLS13, reaction="ignoring", vantages=_STORY)
    yield Scenario(
        "seed-v6", ignoring + ", over IPv6", path=Path(family=6), traffic=_TLS12, reaction="ignoring", vantages=_STORY
    )
    yield Scenario(
        "seed-tls13-v6", ignoring + ", TLS 1.3 over IPv6",
        path=Path(family=6), traffic=_TLS13, reaction="ignoring", vantages=_STORY,
    )  # fmt: skip
    for family, suffix in ((4, ""), (6, "-v6")):
        narrow, wide = Path(family=family), Path(family=family, next_hop_mtu=None)
        yield Scenario(
            f"honouring{suffix}", "The same path and server, but the server honours the hint and everything arrives",
            path=narrow, traffic=_TLS12, vantages=_STORY,
        )  # fmt: skip
        yield Scenario(
            f"work-around{suffix}", "The appliance still ignores hints, but its interface MTU is 1440: nothing draws one",
            path=narrow, traffic=_TLS12, reaction="narrowed interface", vantages=_STORY,
        )  # fmt: skip
        yield Scenario(
            f"healthy{suffix}", "No narrow link anywhere", path=wide, traffic=_TLS12, vantages=_STORY
        )


SCENARIOS = {scenario.name: scenario for scenario in _seed_stories()}
