"""The table of a judgement: expected verdicts by those given, with recall and false marks."""

import collections


def table(judged):
    """`judged`: every labelled direction. Returns the lines of the table."""
    by_expectation = collections.defaultdict(list)
    for direction in judged:
        by_expectation[direction.expected].append(direction)
    given = sorted({direction.got for direction in judged})
    header = ["expected", *given, "all", "recall", "marks", "false", "missed"]
    rows = [_row(expected, by_expectation[expected], given) for expected in sorted(by_expectation)]
    rows.append(_totals(judged, given))
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in [header, *rows]]


def _row(expected, directions, given):
    return [" | ".join(expected), *_cells(directions, given)]


def _totals(directions, given):
    return ["all", *_cells(directions, given)]


def _cells(directions, given):
    counts = collections.Counter(direction.got for direction in directions)
    acceptable = sum(direction.got in direction.expected for direction in directions)
    sums = [sum(getattr(direction, what) for direction in directions) for what in ("marks", "false_marks", "missed_marks")]
    return [
        *(str(counts[verdict] or "·") for verdict in given),
        str(len(directions)),
        f"{acceptable / len(directions):.1%}" if directions else "",
        *map(str, sums),
    ]
