# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures of one scenario merged into one: which, in what manner, and what may then be said (RULES.md §16).

It follows from the labels of the parts: no accusation that none of them allows, nothing weaker than the strongest one
demands, a black hole between two capture points confirmed with the true path MTU in its bracket, and nobody blamed
whose hints passed one point and never came to the one nearer to him.
"""

import collections
import dataclasses
import itertools

from .altered import Alteration
from .relabelling import cut, place_of
from .vantage import WHOLE

_SETS = (
    ("sender", "receiver"),
    ("sender", "router"),
    ("router", "receiver"),
    ("sender", "router", "receiver"),
    ("appliance", "client"),
    ("appliance", "router", "client"),
    ("sender", "far"),
    ("router", "far"),
    ("gateway", "receiver"),
    ("gateway", "router"),
    ("sender", "gateway", "router"),
    ("sender", "gateway", "receiver"),
    ("sender", "gateway", "router", "far", "receiver"),
)
_AS_IT_WAS = Alteration()
_FIRST, _LAST = 0, -1
# What is altered, and how.
_ALTERATIONS = (
    *((_LAST, Alteration(ahead=seconds)) for seconds in (0.0, 1.7, -0.004, 7200.0, -7200.0)),
    (_LAST, Alteration(drift=50e-6)),
    (_FIRST, Alteration(drift=50e-6, ahead=0.25)),
    (_FIRST, Alteration(snaplen=96)),
    (_LAST, Alteration(snaplen=96, ahead=1.7)),
    (_FIRST, Alteration(begins=0.3)),
    (_LAST, Alteration(begins=0.3, ahead=-0.004)),
    (_FIRST, Alteration(ends=0.6, ahead=1.7)),
    (_LAST, Alteration(ends=0.6)),
    (_FIRST, Alteration(hintless=True)),
)
_SILENCE = {"none", "unverifiable", "not_exercised"}
_BLACK_HOLES = {
    "black hole": {"black_hole_confirmed"},
    "black hole, got over": {"black_hole_confirmed", "black_hole_recovered"},
}
_LOST_BY_SIZE = {*_BLACK_HOLES, "filtered hints", "forged hints"}
_ACCUSING = {"ignoring", "probably_ignoring"}
_WEIGHT = {"unverifiable": 1, "probably_ignoring": 3, "black_hole_confirmed": 4, "black_hole_recovered": 4, "ignoring": 5}
_WEIGHT |= dict.fromkeys(("compliant", "compliant_by_fragmentation", "hint_undeliverable", "probing"), 2)
_WEIGHT |= dict.fromkeys(("black_hole_suspected", "black_hole_receiver"), 3)
_NAMED_BY = ("protocol", "source", "source_port", "destination", "destination_port")


@dataclasses.dataclass(frozen=True)
class Merge:
    labels: tuple
    alterations: tuple  # one for each
    kept: bool  # the interfaces; or equal ones are folded

    def __str__(self):
        names = [label["file"] + (f" [{how}]" if how != _AS_IT_WAS else "") for label, how in zip(self.labels, self.alterations)]
        return " + ".join(names) + (" (interfaces kept)" if self.kept else " (folded)")


def merges(labels):
    by_scenario = collections.defaultdict(dict)
    for label in labels:
        if "parameters" in label:
            by_scenario[label["scenario"]][label["vantage"]] = label
    for places in by_scenario.values():
        for chosen in _SETS:
            if not all(place in places for place in chosen):
                continue
            parts = tuple(places[place] for place in chosen)
            for kept, (which, how) in itertools.product((True, False), _ALTERATIONS):
                if how.hintless and not _hints_pass_elsewhere(parts):
                    continue
                alterations = [_AS_IT_WAS] * len(parts)
                alterations[which] = how
                yield Merge(parts, tuple(alterations), kept)


def _hints_pass_elsewhere(parts):
    """Hints pass the second place, and a router that might drop them lies between that and the first."""
    first, second = (place_of(label) for label in parts[:2])
    knobs = parts[0]["parameters"]
    speaks = not knobs["hinting"]["silent"] and not knobs["hinting"].get("filtered") and not knobs.get("late")
    return speaks and first.before_narrow and second.before_narrow and second.hops > first.hops and second.hears_hints


def expectation(merge):
    """The label of the merged capture."""
    places = [place_of(label) for label in merge.labels]
    by_direction = collections.defaultdict(list)
    for label, how in zip(merge.labels, merge.alterations):
        if how.snaplen != WHOLE:
            label = cut(label, how.snaplen)
        for direction in label["expect"]["directions"]:
            direction = by_one_name(direction, merge)
            by_direction[_name(direction)].append(_without_part(direction, how, merge.kept))
    across = any(place.before_narrow for place in places) and any(not place.before_narrow for place in places)
    hintless = any(how.hintless for how in merge.alterations)
    shown = _vanishing_in_sight(merge) if across else set()
    directions = []
    for name, same in by_direction.items():
        joined = _joined(same, across, hintless)
        if name in shown and joined["story"] in _LOST_BY_SIZE and not _hinted(joined):
            joined["verdicts"] = sorted(set(joined["verdicts"]) & {"black_hole_confirmed", "black_hole_recovered"})
        directions.append(joined)
    return {"directions": directions}


def _name(row):
    return tuple(row[name] for name in _NAMED_BY)


def _hinted(direction):
    return bool((_ACCUSING | {"hint_undeliverable"}) & set(direction["verdicts"]))


def _vanishing_in_sight(merge):
    """Directions of which §16 is satisfied by what the kernels counted: three too large, three others, some of these
    arrived while the large ones did not, and the end of the connection shows that both points still captured.
    """
    label = merge.labels[0]
    knobs, truth = label["parameters"], label["truth"]
    spoilt = knobs["path"]["offload"] or knobs.get("late") or knobs["disturbances"]
    spoilt = spoilt or knobs["reaction"] == "probing always"  # goes smaller after one loss: nothing is lost again
    if spoilt or any(how.takes_away for how in merge.alterations):
        return set()
    connector = "receiver" if knobs["traffic"]["direction"] == "download" else "sender"
    alive = {
        sender: truth[other]["out_of_order_segments"] >= knobs["traffic"]["connections"] and connector == other
        for sender, other in (("sender", "receiver"), ("receiver", "sender"))
    }
    from_sender = {by_one_name(flow, merge)["source"] for flow in truth["flows"] if _is_of_sender(flow, knobs)}
    return {
        _name(by_one_name(flow, merge))
        for flow in truth["flows"]
        if min(flow["oversize"], flow["sent"] - flow["oversize"]) >= 3
        and alive["sender" if by_one_name(flow, merge)["source"] in from_sender else "receiver"]
    }


def _is_of_sender(flow, knobs):
    path = knobs["path"]
    return flow["source"] == (f"10.1.0.{path['sender_host']}" if path["family"] == 4 else f"fd00:1::{path['sender_host']}")


def by_one_name(row, merge):
    """§16: a direction with translated addresses is one; here by the name that the sender has for it."""
    path = merge.labels[0]["parameters"]["path"]
    if not path["nat"]:
        return row
    inside = f"10.1.0.{path['sender_host']}"
    return row | {end: inside for end in ("source", "destination") if row[end] == "10.8.0.1"}


def rows_by_one_name(rows, merge):
    """Where eight datagrams do not agree no translation shows (§16): then each name has a row of its own, and the one
    that says most counts.
    """
    if not merge.labels[0]["parameters"]["path"]["nat"]:
        return rows
    by_direction = collections.defaultdict(list)
    for row in rows:
        row = by_one_name(row, merge)
        by_direction[_name(row)].append(row)
    return [max(same, key=lambda row: _WEIGHT.get(row["verdict"], 0)) for same in by_direction.values()]


def _without_part(direction, how, kept):
    """What is left to say when some of the capture is missing: less, never more."""
    verdicts = set(direction["verdicts"])
    first_may_be_lost = direction["protocol"] == "udp" and how.ahead
    if not kept and (how.begins > 0 or first_may_be_lost):
        # Until its first copy comes, what a point shows passes for another one's of the same interface.
        direction = direction | {"mixed": True}
    if how.snaplen != WHOLE and direction["story"] == "tool":
        # Every probe of a tool is another flow: what is left of a hint may fit several.
        return direction | {"verdicts": sorted(verdicts | {"unverifiable"})}
    if not how.takes_away or how.snaplen != WHOLE:
        return direction
    milder = {"probably_ignoring"} if "ignoring" in verdicts else set()
    if verdicts & {"black_hole_confirmed", "black_hole_recovered"}:
        milder |= {"black_hole_suspected", "black_hole_confirmed", "black_hole_recovered"}
    marks = direction["ignored_packets"]
    return direction | {
        "verdicts": sorted(verdicts | _SILENCE | milder),
        "ignored_packets": {"min": 0, "max": marks["max"]},
        "unsure": True,
    }


def _joined(same, across, hintless):
    joined = dict(same[0])
    allowed = [set(direction["verdicts"]) for direction in same]
    mixed = any(direction.get("mixed") for direction in same)
    unsure = mixed or any(direction.get("unsure") for direction in same)
    verdicts = set().union(*allowed)
    demanded = [names for names in allowed if not names & _SILENCE]
    marks = {
        "min": min(direction["ignored_packets"]["min"] for direction in same),
        "max": max(direction["ignored_packets"]["max"] for direction in same),
    }
    if demanded:
        verdicts -= {"none"}
    if {"ignoring"} in demanded and not unsure:
        verdicts -= {"probably_ignoring"}
    story = joined["story"]
    if across and story == "black hole, got over":
        verdicts |= _BLACK_HOLES[story] | (set(demanded[0]) if demanded else set())
    elif across and story in _BLACK_HOLES:
        # Where a part alone may be silent, too little that was smaller may have followed.
        all_demand = len(demanded) == len(same) and not unsure
        verdicts = _BLACK_HOLES[story] | (set() if all_demand else verdicts)
    elif across and story in ("filtered hints", "forged hints"):
        verdicts |= {"black_hole_confirmed"}
    if hintless and story == "ignoring" or story == "filtered hints" and _shows_filter(same):
        told = {"hint_undeliverable"}
        if story == "filtered hints" or not all(names & _ACCUSING for names in demanded):
            told |= verdicts - _ACCUSING - ({"none"} if not unsure else set())
        # Who began late or ended early did not capture at the time of the hints.
        verdicts = told | (verdicts & {"probably_ignoring"} if unsure and not hintless else set())
        marks = {"min": 0, "max": marks["max"] if unsure and not hintless else 0}
    if mixed:
        verdicts |= _SILENCE | ({"probably_ignoring"} if "ignoring" in verdicts else set())
        marks["min"] = 0
    joined["verdicts"] = sorted(verdicts)
    joined["ignored_packets"] = marks
    known = [direction for direction in same if direction["path_mtu"]]
    joined["path_mtu"] = known[0]["path_mtu"] if known else None
    return joined


def _shows_filter(same):
    """What looks like ignoring at one point, and one nearer to the sender where no hint came."""
    suspicious = [bool(_ACCUSING & set(direction["verdicts"])) for direction in same]
    return any(suspicious) and not suspicious[0]
