# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the pmtu-scan that was just built."""
import json
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(os.environ["PMTU_SOURCE_DIR"])
CAPTURES = SOURCE / "captures"
SEED = CAPTURES / "seed-appliance.pcapng"
SCAN = os.environ["PMTU_SCAN"]
MISHAPS = os.environ["PMTU_MISHAPS"]


def environment(mishaps=False):
    return dict(os.environ, LC_ALL="C.UTF-8", **({"LD_PRELOAD": MISHAPS} if mishaps else {}))


def run(*arguments, mishaps=False, **options):
    """The finished process. `mishaps`: files called crash… crash who opens them, slow… take for ever."""
    return subprocess.run([SCAN, *map(str, arguments)], env=environment(mishaps), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, check=False, **options)


def lines(output):
    """Lines of NDJSON as objects; fails on anything else."""
    text = output.decode("utf-8")
    assert text == "" or text.endswith("\n"), f"the last line is not whole: {text[-200:]!r}"
    return [json.loads(line) for line in text.splitlines()]
