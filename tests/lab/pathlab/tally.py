"""The table of a judgement: expected verdicts by those given, with recall and false marks."""

import collections

_HEADER = ("expected", "all", "recall", "marks", "false", "missed", "given")


def table(judged):
    """`judged`: every labelled direction. Returns the lines of the table."""
    by_expectation = collections.defaultdict(list)
    for direction in judged:
        by_expectation[direction.expected].append(direction)
    rows = [_row(" | ".join(expected), directions) for expected, directions in sorted(by_expectation.items())]
    rows = [_HEADER, *rows, _row("all", judged)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
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
