# SPDX-License-Identifier: GPL-2.0-or-later
"""One ignoring and one honouring sender, watched from everywhere (RULES.md §5, §6, §15)."""

from ..path import Path
from ..scenario import Scenario
from ..traffic import Traffic
from ..vantage import Vantage

_TLS = Traffic(security="tls12", patience=5.0)
_BULK = Traffic(size=60_000)
_ALONG_THE_PATH = ("sender", "sender-any", "gateway", "gateway-any", "router", "any", "both-sides", "narrow", "far")
_POORLY = (
    Vantage("sender", snaplen=96),
    Vantage("receiver", snaplen=96),
    Vantage("sender", view="outbound"),
    Vantage("sender", view="inbound"),
    Vantage("sender", view="no-icmp"),
    Vantage("router", view="icmp-only"),
)


def _at(*places):
    return tuple(Vantage(place) for place in places)


def scenarios():
    for family, suffix in ((4, ""), (6, "-v6")):
        for reaction, traffic in (("ignoring", _TLS), ("honouring", _BULK)):
            yield from _watched(family, suffix, reaction, traffic)
    for reaction, traffic in (("ignoring", _TLS), ("honouring", _BULK)):
        yield Scenario(
            f"{reaction}-behind-nat",
            "The sender is behind a translating gateway that passes hints on, rewritten",
            Path(gateway=True, nat=True), Traffic(direction="upload", patience=5.0), reaction,
            vantages=_at("sender", "gateway", "router", "receiver"),
        )  # fmt: skip
    through_transit = Path(gateway=True, next_hop_mtu=1450, tunnel="transit")
    yield Scenario(
        "tunnel-relays", "The tunnel's entry learns what its underlay takes and tells the sender, who heeds it",
        through_transit, _BULK, vantages=_at("sender", "gateway", "outside", "tunnel-ends", "receiver"),
    )  # fmt: skip
    yield Scenario(
        "tunnel-keeps-silent", "The tunnel's entry ignores hints about its own datagrams and tells the sender nothing",
        through_transit, _TLS, endpoint_reaction="ignoring", vantages=_at("sender", "outside", "inside", "tunnel-ends", "receiver"),
    )  # fmt: skip
    yield Scenario(
        "idle-narrow-tunnel",
        "Everything fits: the sender's interface MTU suits the VXLAN tunnel",
        Path(next_hop_mtu=1450, tunnel="narrow"), _BULK, "narrowed interface",
        vantages=_at("sender", "outside", "inside"),
    )  # fmt: skip


def _watched(family, suffix, reaction, traffic):
    # A TAP device lets one flow wait in the cable while another is served: 50 ms make queues visible.
    slow = Path(family=family, gateway=True, access_rtt=0.05, core_rtt=0.03, far_rtt=0.02)
    yield Scenario(
        f"{reaction}-along-the-path{suffix}",
        f"A sender, {reaction} hints, seen along a path of 100 ms",
        slow, traffic, reaction, vantages=_at(*_ALONG_THE_PATH, "receiver"),
    )  # fmt: skip
    yield Scenario(
        f"{reaction}-poorly-seen{suffix}",
        f"A sender, {reaction} hints, captured with a short snap length or a filter",
        Path(family=family), traffic, reaction, vantages=_POORLY,
    )  # fmt: skip
    yield Scenario(
        f"{reaction}-on-a-trunk{suffix}",
        f"A sender, {reaction} hints, seen at the mirror port of a VLAN trunk",
        Path(family=family, trunk=True), traffic, reaction, vantages=_at("trunk", "router"),
    )  # fmt: skip
    yield Scenario(
        f"{reaction}-inside-a-tunnel{suffix}",
        f"A sender, {reaction} hints; datagrams and hints cross a roomy VXLAN before the narrow link",
        Path(family=family, gateway=True, tunnel="core"), traffic, reaction,
        vantages=_at("outside", "inside", "router"),
    )  # fmt: skip
    yield Scenario(
        f"{reaction}-before-a-tunnel{suffix}",
        f"A sender, {reaction} hints; the narrow link is a VXLAN tunnel",
        Path(family=family, next_hop_mtu=1450, tunnel="narrow"), traffic, reaction,
        vantages=_at("sender", "outside", "inside", "receiver"),
    )  # fmt: skip
    for link in ("access", "far"):
        yield Scenario(
            f"{reaction}-offload-{link}{suffix}",
            f"A sender, {reaction} hints, with segmentation offload on the {link} link",
            Path(family=family, offload=(link,)), traffic, reaction, vantages=_at("sender", "narrow", "receiver"),
        )  # fmt: skip
