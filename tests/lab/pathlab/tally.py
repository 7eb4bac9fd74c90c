# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of a judgement: expected verdicts by those given, with false marks; and what was named of each story."""

import collections

# What names nothing; the rest of the verdicts does.
_SILENT = {"none", "not_exercised", "unverifiable"}
_RECALL_HEADER = ("story", "all", "named", "must be named", "of these named", "recall", "given")
_HEADER = ("expected", "all", "recall", "marks", "false", "missed", "given")


def table(judged):
    """`judged`: every labelled direction. Returns the lines of the table."""
    by_expectation = collections.defaultdict(list)
    for direction in judged:
        by_expectation[direction.expected].append(direction)
    rows = [_row(" | ".join(expected), directions) for expected, directions in sorted(by_expectation.items())]
    return _aligned([_HEADER, *rows, _row("all", judged)])


def recall(judged):
    """How many directions of each story, as it really went, got a verdict that names it: the lines of a table.

    From many places, and in short captures, the rules let nobody name it; those that do not are counted apart.
    """
    stories = collections.defaultdict(list)
    for direction in judged:
        stories[direction.story].append(direction)
    return _aligned([_RECALL_HEADER, *(_recall_row(story, directions) for story, directions in sorted(stories.items()))])


def _recall_row(story, directions):
    given = collections.Counter(direction.got for direction in directions)
    obliged = [direction for direction in directions if direction.nameable]
    met = sum(direction.got in direction.expected for direction in obliged)
    return (
        story,
        str(len(directions)),
        str(sum(direction.got not in _SILENT for direction in directions)),
        str(len(obliged)),
        str(met),
        f"{met / len(obliged):.1%}" if obliged else "",
        ", ".join(f"{verdict} {count}" for verdict, count in given.most_common()),
    )


def _aligned(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def _row(name, directions):
    given = collections.Counter(direction.got for direction in directions)
    acceptable = sum(direction.got in direction.expected for direction in directions)
    return (
        name,
        str(len(directions)),
        f"{acceptable / len(directions):.1%}" if directions else "",
        str(sum(direction.marks for direction in directions)),
        str(sum(direction.false_marks for direction in directions)),
        str(sum(direction.missed_marks for direction in directions)),
        ", ".join(f"{verdict} {count}" for verdict, count in given.most_common()),
    )
