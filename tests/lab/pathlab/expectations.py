"""What a sound analyser may say about a capture: derived from how the scenario was made, where it was watched and
what the kernel counted. The rules are those of domain.md; each function names the one it stands for.
"""

import dataclasses

from .traffic import data_flows
from .vantage import places

_ACCUSING = {
    "ignoring",
    "probably_ignoring",
    "black_hole_suspected",
    "black_hole_confirmed",
    "black_hole_recovered",
    "black_hole_receiver",
}
# What may be said of a direction about which there is nothing to say.
_NOTHING = {"none"}
_RECEIVER_HOLE = 3.0  # seconds a hole must last, unless the connection ends
_LOWEST_HONOURED_V4 = 552  # below it Linux clears DF instead (`ip_rt_update_pmtu`)


@dataclasses.dataclass(frozen=True)
class _Answer:
    """Acceptable verdicts for one direction, and how many datagrams may be marked in it."""

    verdicts: frozenset
    ignored: tuple[int, int] = (0, 0)
    path_mtu: int | None = None  # None: no claim


def expect(scenario, vantage, facts):
    """The `expect` member of a capture's label."""
    place = places(scenario.path)[vantage.place]
    directions = []
    for flow in data_flows(scenario.path, scenario.traffic):
        counters = facts.counters(flow)
        answer = _data_direction(scenario, vantage, place, counters, facts)
        directions.append(_direction(_as_seen(flow, scenario.path, place), answer))
        directions.append(_direction(_as_seen(flow, scenario.path, place).reversed, _Answer(frozenset(_NOTHING))))
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
        "ignored_packets": {"min": least, "max": most},
    }


def _as_seen(flow, path, place):
    """The flow under the addresses it has at that place (§6: a NAT address is a sender in its own right)."""
    if path.nat and place.role not in ("sender", "gateway"):
        return dataclasses.replace(flow, source=path.translated_address)
    return flow


def _data_direction(scenario, vantage, place, counters, facts):
    if not counters["oversize"]:
        return _Answer(frozenset(_NOTHING))
    if not place.before_narrow:
        return _behind_the_narrow_link(scenario, counters, facts)
    if scenario.reaction == "ignoring":
        return _ignoring(scenario, vantage, place, counters)
    return _honouring(scenario, counters)


def _ignoring(scenario, vantage, place, counters):
    """§5, §13: what left after the sender could have known is marked; delivery is shown only beside the sender."""
    most = counters["oversize_settled"]
    unmeasured = vantage.late or scenario.traffic.protocol != "tcp"
    least = counters["oversize_unmeasured" if unmeasured else "oversize_prompt"]
    verdicts = {"ignoring"} if place.hops == 0 and not place.cooked else {"ignoring", "probably_ignoring"}
    if least == 0:
        verdicts |= _NOTHING | {"not_exercised"}
    return _Answer(frozenset(verdicts), (least, most), scenario.path.next_hop_mtu)


def _honouring(scenario, counters):
    """§13: was larger, then reduced; below 552 IPv4 clears DF instead. Whatever left in between was in flight."""
    if not counters["hints"]:
        return _Answer(frozenset(_NOTHING))
    mtu = scenario.path.next_hop_mtu
    fragmenting = scenario.path.family == 4 and mtu < _LOWEST_HONOURED_V4
    return _Answer(frozenset({"compliant_by_fragmentation" if fragmenting else "compliant"}), (0, 0), mtu)


def _behind_the_narrow_link(scenario, counters, facts):
    """§9: no hint passes here; the hole is there to be seen if something smaller came after it and it stayed."""
    if scenario.traffic.protocol != "tcp" or _all_complete(facts):
        return _Answer(frozenset(_NOTHING))
    verdicts = {"black_hole_receiver"}
    if not facts.hosts["receiver"]["out_of_order_segments"] or scenario.traffic.patience < _RECEIVER_HOLE:
        verdicts |= _NOTHING
    return _Answer(frozenset(verdicts))


def _all_complete(facts):
    return all(outcome["complete"] for outcome in facts.outcomes)
