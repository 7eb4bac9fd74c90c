# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that go with a directory of captures: labels.json for programs, README.md for people."""

import json

_SCHEMA = 1
_PREFACE = """# Captures

Made by `tests/lab/run` with real Linux kernels in network namespaces; nobody's traffic is in them. `labels.json` holds,
for each, the parameters, what the kernels counted (never what an analyser read out of the capture) and what a sound
analyser may say. Those called `reported-…` were written from what practitioners reported, with other addresses; those
called `recorded-…` are of programs that the laboratory does not start. A direction that is not named in a row below has
nothing to be said about it.
"""
_HEADER = "| file | made by | purpose | expected findings |\n|---|---|---|---|\n"


def write(directory, fresh):
    """Add the labels `fresh` to those of `directory`; a scenario run again replaces its old labels."""
    file = directory / "labels.json"
    renewed = {label["scenario"] for label in fresh}
    old = json.loads(file.read_text())["captures"] if file.exists() else []
    kept = [label for label in old if label["scenario"] not in renewed and (directory / label["file"]).exists()]
    labels = sorted(kept + fresh, key=lambda label: label["file"])
    lines = ",\n".join(json.dumps(label) for label in labels)
    file.write_text(f'{{"schema":{_SCHEMA},"captures":[\n{lines}\n]}}\n')
    (directory / "README.md").write_text(_PREFACE + "\n" + _HEADER + "".join(map(_row, labels)))


def _row(label):
    purpose = f"{label['story']}; seen at: {label['vantage']}"
    return f"| `{label['file']}` | {label['made_by']} | {purpose} | {_findings(label['expect'])} |\n"


def _findings(expect):
    told = [_direction(direction) for direction in expect["directions"] if direction["verdicts"] != ["none"]]
    return "<br>".join(told) or "none: nothing may be said"


def _direction(direction):
    least, most = direction["ignored_packets"]["min"], direction["ignored_packets"]["max"]
    marks = "" if most == 0 else f", {least} marks" if least == most else f", {least} to {most} marks"
    ends = [
        direction[end] if direction[f"{end}_port"] is None else f"{direction[end]}:{direction[f'{end}_port']}"
        for end in ("source", "destination")
    ]
    return f"{direction['protocol']} {' → '.join(ends)}: {' or '.join(direction['verdicts'])}{marks}"
