# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what an analyser says about a capture with what its label allows."""

import dataclasses

_NAMED_BY = ("protocol", "source", "source_port", "destination", "destination_port")
_ACCUSING = ("ignoring", "probably_ignoring")
_BLACK_HOLE = "black_hole"
# Verdicts that speak of one path MTU; the others have a bracket, or nothing.
_WITH_PATH_MTU = ("ignoring", "probably_ignoring", "compliant")
_SILENT = {"verdict": "none", "ignored_packets": 0, "ignored_frames": []}


def accuses(verdict):
    return verdict in _ACCUSING or verdict.startswith(_BLACK_HOLE)


@dataclasses.dataclass
class Judged:
    """One labelled direction and what was said of it."""

    story: str
    nameable: bool
    expected: tuple[str, ...]
    got: str
    marks: int
    false_marks: int
    missed_marks: int
    faults: list[str]


def judge(expect, report):
    """Every labelled direction judged, and the faults of directions that have no label."""
    rows = list(report["conversations"])
    judged = []
    for direction in expect["directions"]:
        matching = [row for row in rows if _matches(direction, row)]
        rows = [row for row in rows if row not in matching]
        judged += [_judge_row(direction, row) for row in matching or [_SILENT]]
    return judged, [fault for row in rows for fault in _unlabelled(row)]


def judge_findings(expect, findings):
    """Faults of the findings of a capture as a whole; `findings`: the names of those that it has."""
    wish = expect["findings"]
    yield from (f"{name} is missing" for name in wish["required"] if name not in findings)
    yield from (f"{name} where it cannot be" for name in wish["forbidden"] if name in findings)


def _matches(direction, row):
    """A null in the label stands for anything."""
    return all(direction[name] is None or direction[name] == row[name] for name in _NAMED_BY)


def _name(row):
    return f"{row['protocol']} {row['source']}:{row['source_port']} → {row['destination']}:{row['destination_port']}"


def _judge_row(direction, row):
    verdict, marks = row["verdict"], len(row["ignored_frames"])
    least, most = direction["ignored_packets"]["min"], direction["ignored_packets"]["max"]
    about = _name(direction)
    faults = []
    if verdict not in direction["verdicts"]:
        faults.append(f"{about}: {verdict} where {' or '.join(direction['verdicts'])} was expected{_reason(row)}")
    if not least <= marks <= most:
        faults.append(f"{about}: {marks} marks where the kernel allows {least} to {most}")
    if row["ignored_packets"] != marks:
        faults.append(f"{about}: counts {row['ignored_packets']} ignored packets but lists {marks} frames")
    if verdict in _WITH_PATH_MTU and direction["path_mtu"] not in (None, row["path_mtu"]):
        faults.append(f"{about}: path MTU {row['path_mtu']} where it is {direction['path_mtu']}")
    if verdict.startswith(_BLACK_HOLE) and not _brackets(row["bracket"], direction.get("inside_bracket")):
        faults.append(f"{about}: bracket {row['bracket']} does not hold {direction['inside_bracket']}")
    return Judged(
        story=direction["story"],
        nameable=direction["nameable"],
        expected=tuple(direction["verdicts"]),
        got=verdict,
        marks=marks,
        false_marks=max(0, marks - most),
        missed_marks=max(0, least - marks),
        faults=faults,
    )


def _reason(row):
    return f" ({row['reason']})" if row.get("reason") else ""


def _brackets(bracket, mtu):
    if mtu is None or bracket is None:
        return True
    passed, lost = bracket["passed"], bracket["lost"]
    return (passed is None or passed <= mtu) and (lost is None or lost > mtu)


def _unlabelled(row):
    if accuses(row["verdict"]):
        yield f"{_name(row)}: {row['verdict']}, of a direction nobody expected{_reason(row)}"
    if row["ignored_frames"]:
        yield f"{_name(row)}: {len(row['ignored_frames'])} marks in a direction nobody expected"
