"""What a sound analyser may say about a capture: derived from how the scenario was made, where it was watched and
what the kernels counted. The rules are those of domain.md; each function names the one it stands for.
"""

import dataclasses

from .traffic import Flow, data_flows
from .vantage import places

_ACCUSING = {
    "ignoring",
    "probably_ignoring",
    "black_hole_suspected",
    "black_hole_confirmed",
    "black_hole_recovered",
    "black_hole_receiver",
}
_PROBING_REACTIONS = {"probing after loss", "probing always"}
_RECEIVER_HOLE = 3.2  # seconds: the three of §9 and some for the handshake
_LOWEST_HONOURED_V4 = 552  # below it Linux clears DF instead (`ip_rt_update_pmtu`)
_WHOLE_V6_QUOTE = 14 + 40 + 8 + 40 + 4  # how much of a frame shows the quoted addresses and ports


@dataclasses.dataclass(frozen=True)
class _Answer:
    """Acceptable verdicts for one direction, and how many datagrams may be marked in it."""

    verdicts: frozenset
    ignored: tuple[int, int] = (0, 0)
    path_mtu: int | None = None  # None: no claim
    inside_bracket: int | None = None  # the true path MTU, where a black hole's bracket must contain it


def _any_of(*verdicts, **claims):
    return _Answer(frozenset(verdicts), **claims)


_NOTHING = _any_of("none")


def expect(scenario, vantage, facts):
    """The `expect` member of a capture's label."""
    place = places(scenario.path)[vantage.place]
    if scenario.tool:
        directions = _tool_directions(scenario, place)
    else:
        directions = []
        for flow in data_flows(scenario.path, scenario.traffic):
            seen = _as_seen(flow, scenario.path, place)
            counters = facts.counters(flow)
            directions.append(_direction(seen, _seen_from(scenario, vantage, place, counters, facts)))
            directions.append(_direction(seen.reversed, _NOTHING))
    return {
        "directions": directions,
        "no_accusation": not any(_ACCUSING & set(direction["verdicts"]) for direction in directions),
    }


def _direction(flow, answer):
    least, most = answer.ignored
    return {
        **dataclasses.asdict(flow),
        "verdicts": sorted(answer.verdicts),
        "path_mtu": answer.path_mtu,
        "inside_bracket": answer.inside_bracket,
        "ignored_packets": {"min": least, "max": most},
    }


def _as_seen(flow, path, place):
    """The flow under the addresses it has at that place (§6: a NAT address is a sender in its own right)."""
    if path.nat and place.beyond_nat:
        return dataclasses.replace(flow, source=path.translated_address)
    return flow


def _tool_directions(scenario, place):
    """§13: what only probes is probing. Tools choose their own ports: null stands for any."""
    sender, receiver = scenario.path.sender_address, scenario.path.receiver_address
    may_probe = {"none", "probing", "compliant", "not_exercised"} if place.before_narrow else {"none", "probing"}
    # Echo after echo, each too large and each answered with a hint, is what "ignoring" means, unless the analyser
    # sees that they are probes.
    stubborn = _ignores(scenario) and place.before_narrow
    verdicts = may_probe | ({"ignoring", "probably_ignoring"} if stubborn else set())
    answer = _Answer(frozenset(verdicts), (0, 5 if stubborn else 0))
    return [_direction(Flow(protocol, sender, None, receiver, None), answer) for protocol in ("udp", "icmp")]


def _seen_from(scenario, vantage, place, counters, facts):
    """The data direction, with what this vantage point does not show taken away."""
    if vantage.view == "icmp-only":
        # §2 "unseen": without a datagram of the quoted path there is no blame either way.
        return _any_of("none", "unverifiable", "not_exercised", "hint_undeliverable")
    if vantage.view == "outbound":
        # §8, "excluded": no ACKs visible. No hints either.
        return _any_of("none", "unverifiable")
    if vantage.view == "no-icmp" and place.before_narrow:
        return _unexplained_loss(scenario, counters, facts)
    answer = _data_direction(scenario, place, counters, facts)
    if vantage.view == "inbound":
        # §6: hints that re-quote the same bytes may still prove it; nothing obliges.
        return _weakened(answer, "none", "unverifiable", "not_exercised")
    if place.before_narrow and vantage.snaplen < _WHOLE_V6_QUOTE and scenario.path.family == 6:
        # §9, precedence: a quote cut by snaplen is not unmatched, but may fit no single flow.
        return _weakened(answer, "none", "unverifiable", "not_exercised")
    return answer


def _weakened(answer, *verdicts):
    """Saying less is right as well; §13: "cannot tell" is an answer."""
    milder = {"probably_ignoring"} if "ignoring" in answer.verdicts else set()
    return _Answer(answer.verdicts | set(verdicts) | milder, (0, answer.ignored[1]))


def _data_direction(scenario, place, counters, facts):
    if not place.before_narrow:
        return _behind_the_narrow_link(scenario, counters, facts)
    forgery = scenario.hinting.forgery
    if forgery and not forgery.accepted:
        return _forged(scenario, counters, facts)
    if not counters["oversize"]:
        return _unhinted(scenario, facts)
    if _speechless(scenario.hinting):
        return _unexplained_loss(scenario, counters, facts)
    if _ignores(scenario):
        return _ignoring(scenario, place, counters)
    return _honouring(scenario, counters)


def _speechless(hinting):
    """No hint that a kernel would take ever comes from the narrow link."""
    return hinting.silent and not (hinting.forgery and hinting.forgery.accepted)


def _ignores(scenario):
    if scenario.reaction == "stubborn":
        # IPv6 learns the path MTU whatever the route locks.
        return scenario.path.family == 4
    probing_socket = scenario.traffic.protocol == "udp" and scenario.traffic.discovery == "probe"
    return scenario.reaction == "ignoring" or probing_socket


def _starts_small(scenario):
    """`tcp_mtu_probing=2` takes effect at once only where the sender opens the connection; accepted ones start large."""
    return scenario.reaction == "probing always" and scenario.traffic.connector == "sender"


def _unhinted(scenario, facts):
    """Nothing oversize left the sender whole."""
    if scenario.reaction == "probing always":
        # PLPMTUD may be recognised by its sizes.
        return _any_of("none", "probing")
    if facts.hosts["sender"]["hints_received"]:
        # §3: only fragments drew hints.
        return _any_of("none", "not_exercised", "compliant", "compliant_by_fragmentation")
    return _NOTHING


def _ignoring(scenario, place, counters):
    """§5, §13: what left after the sender could have known is marked; delivery is shown only beside the sender."""
    most = max(counters["oversize_settled"], counters["hints_settled"] if scenario.path.offload else 0)
    unmeasured = scenario.late or scenario.traffic.protocol != "tcp"
    least = counters["oversize_unmeasured" if unmeasured else "oversize_prompt"]
    verdicts = {"ignoring"}
    if place.hops or place.duplicating:
        verdicts.add("probably_ignoring")
    if least == 0:
        verdicts |= {"none", "not_exercised"}
    if scenario.path.offload:
        # §7: captured sizes prove nothing there, re-elicited hints do; how many of them count is a matter of sight.
        least = min(least, 1)
    return _Answer(frozenset(verdicts), (least, most), _announced_mtu(scenario))


def _announced_mtu(scenario):
    forgery = scenario.hinting.forgery
    if forgery and forgery.mtu is not None:
        # Of an MTU no stack goes down to, who knows what is in force.
        return forgery.mtu if forgery.mtu >= _LOWEST_HONOURED_V4 else None
    return scenario.path.next_hop_mtu


def _honouring(scenario, counters):
    """§13: was larger, then reduced; below 552 IPv4 clears DF instead. Whatever left in between was in flight."""
    if not counters["hints"]:
        return _any_of("none", "not_exercised", "compliant")
    announced = _announced_mtu(scenario)
    verdicts = {"compliant"}
    if scenario.path.family == 4 and (announced is None or announced < _LOWEST_HONOURED_V4):
        verdicts = {"compliant", "compliant_by_fragmentation"}
    if scenario.traffic.protocol == "udp":
        verdicts = _udp_honouring(scenario.traffic)
    forgery = scenario.hinting.forgery
    if forgery and forgery.unreliable:
        # §2 calls the hint invalid; the kernel took it all the same.
        verdicts |= {"compliant_by_fragmentation", "hint_undeliverable"}
    if scenario.reaction == "probing always":
        verdicts |= {"probing", "none", "not_exercised"}
    if scenario.path.offload or scenario.late:
        # §7: a host with offload may be impossible to judge. Seen late, the larger datagrams may be over.
        verdicts |= {"unverifiable", "not_exercised", "none"}
    return _Answer(frozenset(verdicts), (0, 0), announced if verdicts == {"compliant"} else None)


def _udp_honouring(traffic):
    if traffic.discovery in ("want", "dont"):
        return {"compliant_by_fragmentation", "compliant"}
    if traffic.adapts:
        return {"compliant"}
    # The kernel refuses what the application keeps trying to send.
    return {"compliant", "not_exercised"}


def _forged(scenario, counters, facts):
    """§2: a hint that is not believable exonerates; §9, precedence: a black hole stands beside it."""
    forgery = scenario.hinting.forgery
    of_this_flow = forgery.quoted_source is None and forgery.quoted_destination is None
    if not counters["oversize"]:
        return _any_of("hint_undeliverable") if counters["hints"] else _any_of("hint_undeliverable", "none")
    hole = _unexplained_loss(scenario, counters, facts)
    verdicts = hole.verdicts | {"hint_undeliverable"}
    return dataclasses.replace(hole, verdicts=verdicts - {"none"} if of_this_flow else verdicts)


def _unexplained_loss(scenario, counters, facts):
    """§8: too-large datagrams vanish without a usable hint."""
    if not counters["oversize"] or scenario.traffic.protocol != "tcp":
        return _unhinted(scenario, facts)
    if _starts_small(scenario):
        # A lost probe is no black hole.
        return _any_of("none", "probing")
    verdicts = {"black_hole_suspected"}
    lasted = facts.hosts["sender"]["retransmitted_segments"] >= 4 and scenario.traffic.patience >= _RECEIVER_HOLE
    if not lasted or not _life_beyond_the_hole(facts):
        verdicts.add("none")
    if scenario.reaction in _PROBING_REACTIONS:
        verdicts |= {"black_hole_confirmed", "black_hole_recovered"}
        if all_complete(facts):
            verdicts -= {"black_hole_suspected", "none"}
    elif all_complete(facts):
        # Hints that the capture filter hid did their work.
        verdicts = {"none"}
    if scenario.path.offload or scenario.late:
        verdicts |= {"none", "unverifiable"}
    return _Answer(frozenset(verdicts), inside_bracket=scenario.path.next_hop_mtu)


def _life_beyond_the_hole(facts):
    """Something smaller reached the receiver while the large segments did not."""
    return facts.hosts["receiver"]["out_of_order_segments"] > 0


def _behind_the_narrow_link(scenario, counters, facts):
    """§9: no hint passes here; the hole is there to be seen if something smaller came after it and it stayed."""
    if not counters["oversize"] or scenario.traffic.protocol != "tcp" or scenario.path.next_hop_mtu is None:
        return _unhinted(scenario, facts)
    if _starts_small(scenario):
        return _any_of("none", "probing")
    if not _ignores(scenario) and not _speechless(scenario.hinting):
        # Hints were sent and heeded; what is missing was lost otherwise.
        return _NOTHING
    if all_complete(facts):
        recovered = scenario.reaction in _PROBING_REACTIONS
        return _any_of("none", "black_hole_recovered", "black_hole_receiver") if recovered else _NOTHING
    verdicts = {"black_hole_receiver"}
    if not _life_beyond_the_hole(facts) or scenario.traffic.patience < _RECEIVER_HOLE or scenario.late:
        verdicts.add("none")
    if scenario.reaction in _PROBING_REACTIONS:
        verdicts.add("black_hole_recovered")
    return _Answer(frozenset(verdicts), inside_bracket=scenario.path.next_hop_mtu)


def all_complete(facts):
    return all(outcome["complete"] for outcome in facts.outcomes)
