# SPDX-License-Identifier: GPL-2.0-or-later
"""Derives the `expect` members of labels anew, from what the labels keep: the knobs, and what the kernels counted.

When a rule of expectations.py changes, captures need not be taken again.
"""

import dataclasses
import re

from . import disturbances, expectations
from .catalogue import SCENARIOS
from .hints import Forgery, Hinting
from .path import Path
from .scenario import Scenario
from .traffic import Flow, Traffic
from .truth import Facts
from .vantage import VIEWS, WHOLE, Vantage, places

_PLAIN_KNOBS = ("reaction", "endpoint_reaction", "tool", "warm_up", "late")
_DISTURBANCE = re.compile(r"(\w+)\((.*)\)")
_SNAPLEN = re.compile(r"(.*)-snap(\d+)")


def relabelled(label):
    """The label with its `expect` derived anew; one that was written by hand stays as it is."""
    if "parameters" not in label:
        return label
    return {**label, "expect": expectations.expect(_scenario(label), _vantage(label), _facts(label["truth"]))}


def cut(label, snaplen):
    """The label that the capture would have, taken with that snap length."""
    vantage = dataclasses.replace(_vantage(label), snaplen=snaplen)
    return {**label, "expect": expectations.expect(_scenario(label), vantage, _facts(label["truth"]))}


def place_of(label):
    return places(_scenario(label).path)[_vantage(label).place]


def _scenario(label):
    knobs = label["parameters"]
    forgery = knobs["hinting"]["forgery"]
    return Scenario(
        name=label["scenario"],
        story=label["story"],
        path=Path(**{**knobs["path"], "offload": tuple(knobs["path"]["offload"])}),
        traffic=Traffic(**knobs["traffic"]),
        hinting=Hinting(**{**knobs["hinting"], "forgery": forgery and Forgery(**forgery)}),
        disturbances=tuple(map(_disturbance, knobs["disturbances"])),
        stack=tuple(knobs.get("stack", ())),
        **{name: knobs[name] for name in _PLAIN_KNOBS if name in knobs},  # an old label may lack a later one
    )


def _disturbance(text):
    """From what `str` made of one: "Loss(probability=0.05)"."""
    name, arguments = _DISTURBANCE.fullmatch(text).groups()
    kind = getattr(disturbances, name)
    values = dict(argument.split("=") for argument in arguments.split(", "))
    of_type = {field.name: field.type for field in dataclasses.fields(kind)}
    return kind(**{key: value == "True" if of_type[key] is bool else float(value) for key, value in values.items()})


def _vantage(label):
    named = SCENARIOS.get(label["scenario"])
    for vantage in named.vantages if named else ():
        if vantage.label == label["vantage"]:
            return vantage
    place, snaplen, view = label["vantage"], WHOLE, "all"
    if cut := _SNAPLEN.fullmatch(place):
        place, snaplen = cut[1], int(cut[2])
    for name in VIEWS:
        if place.endswith(f"-{name}"):
            place, view = place.removesuffix(f"-{name}"), name
    return Vantage(place, snaplen, view)


def _facts(truth):
    of_flow = [field.name for field in dataclasses.fields(Flow)]
    flows = {
        Flow(**{name: entry[name] for name in of_flow}): {
            name: value for name, value in entry.items() if name not in of_flow
        }
        for entry in truth["flows"]
    }
    hosts = {role: truth[role] for role in ("sender", "receiver")}
    return Facts(flows, hosts, truth["applications"], truth["sockets"])
