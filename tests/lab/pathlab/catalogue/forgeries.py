# SPDX-License-Identifier: GPL-2.0-or-later
"""Hints that are not what they should be (RULES.md §2)."""

from ..hints import forged
from ..path import Path
from ..scenario import Scenario
from ..traffic import Traffic
from ..vantage import Vantage

_BULK = Traffic(size=40_000, chunk=8_000, pause=0.3)
_STUCK = Traffic(security="tls12", patience=5.0)
_PLACES = (Vantage("sender"), Vantage("router"))
_FAR_SEQUENCE = 2**30
_ODDITIES = {
    # name: what differs, and why nobody has to believe it
    "sequence": ({"sequence_shift": _FAR_SEQUENCE}, "quotes bytes never sent"),
    "roomy": ({"mtu": 1500}, "names an MTU no smaller than the datagram it quotes"),
    "elsewhere": ({"quoted_destination": 99}, "quotes a destination never spoken to"),
    "untranslated": ({"quoted_source": 77}, "quotes an address the sender does not have, as behind a careless NAT"),
}


def scenarios():
    for family, suffix in ((4, ""), (6, "-v6")):
        for name, (difference, why) in _ODDITIES.items():
            yield from _unbelievable(family, suffix, name, _addressed(difference, family), why)
        narrow = Path(family=family)
        short = {4: 28, 6: 48}[family]
        yield Scenario(
            f"short-quote-honouring{suffix}", "Hints quote the header and eight bytes", narrow, _BULK,
            hinting=forged(quote_bytes=short, accepted=True), vantages=_PLACES,
        )  # fmt: skip
        yield Scenario(
            f"short-quote-ignoring{suffix}", "Hints quote the header and eight bytes, and are ignored", narrow, _STUCK,
            "ignoring", forged(quote_bytes=short, accepted=True), vantages=_PLACES,
        )  # fmt: skip
    yield from _v4_only()
    yield from _unbelievable(6, "-v6", "below-minimum", {"mtu": 1000}, "names less than every IPv6 link must take")


def _v4_only():
    path = Path()
    for mtu in (0, 68):
        yield Scenario(
            f"mtu-{mtu}-honouring", f"The router names an MTU of {mtu}; Linux falls to 552 bytes without DF", path,
            _BULK, hinting=forged(mtu=mtu, accepted=True), vantages=_PLACES,
        )  # fmt: skip
        yield Scenario(
            f"mtu-{mtu}-ignoring", f"The router names an MTU of {mtu} and is ignored", path, _STUCK, "ignoring",
            forged(mtu=mtu, accepted=True), vantages=_PLACES,
        )  # fmt: skip
    yield Scenario(
        "mtu-60", "The router names an MTU below 68, which no router may", path, _BULK,
        hinting=forged(mtu=60, accepted=True, unreliable=True), vantages=_PLACES,
    )  # fmt: skip
    yield Scenario(
        "quote-without-df", "The quote says the datagram might have been fragmented; Linux believes it", path, _BULK,
        hinting=forged(clear_df=True, accepted=True, unreliable=True), vantages=_PLACES,
    )  # fmt: skip


def _addressed(difference, family):
    """Host numbers turned into addresses of the family."""
    numbers = {"quoted_destination": 2, "quoted_source": 8}
    path = Path(family=family)
    return {key: path.address(numbers[key], value) if key in numbers else value for key, value in difference.items()}


def _unbelievable(family, suffix, name, difference, why):
    yield Scenario(
        f"forged-{name}{suffix}", f"A hint {why}, on a path that takes everything: right to be ignored",
        Path(family=family, next_hop_mtu=None), _BULK,
        hinting=forged(provoked_above=1400, **{"mtu": 1400, **difference}), vantages=_PLACES,
    )  # fmt: skip
    yield Scenario(
        f"forged-{name}-narrow{suffix}", f"The only hint of a narrow link {why}",
        Path(family=family, next_hop_mtu=1400), _STUCK, hinting=forged(**difference), vantages=_PLACES,
    )  # fmt: skip
