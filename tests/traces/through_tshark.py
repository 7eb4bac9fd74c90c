#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every trace through Wireshark with the plugin: the findings of each frame must be those of the core.

One sharkd, which dissects as the windows do, opens trace after trace; those that set preferences, and every tenth of
the others, go through two passes of tshark, which takes a second each.

Usage: through_tshark.py TRACE_TO_PCAP TRACE_FINDINGS TRACE...
Run by ctest, which says where the plugin and Wireshark are, and with tests/plugin in PYTHONPATH.
"""

import collections
import os
import pathlib
import subprocess
import sys
import tempfile

import wireshark

EVERY = 10


def core_findings(program, traces):
    """Trace name -> frame -> sorted names of findings."""
    found = collections.defaultdict(dict)
    output = subprocess.run([program, *traces], check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        name, frame, kinds = line.split("\t")
        found[name][int(frame)] = sorted(kinds.split(","))
    return found


def preference_options(trace):
    """The `prefer` lines of a trace as tshark options."""
    options = []
    for line in pathlib.Path(trace).read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == ["prefer"]:
            options += ["-o", f"pmtu.{words[1]}:{words[2]}"]
    return options


def tshark_findings(capture, options):
    """Frame -> sorted names of findings, as they stand after the second pass."""
    rows = wireshark.fields(capture, "pmtu.finding", "frame.number", "pmtu.finding.name", options=("-2", *options))
    return {int(frame): sorted(kinds.split(",")) for frame, kinds in rows}


def sharkd_findings(sharkd, capture):
    """Frame -> sorted names of findings, as the packet list shows them once the file is loaded."""
    sharkd.ask("load", file=capture)
    # Without a filter: sharkd remembers what one left, from file to file.
    rows = sharkd.ask("frames", column0="pmtu.finding.name:0")
    return {row["num"]: sorted(row["c"][0].split(",")) for row in rows if row["c"][0]}


def main():
    trace_to_pcap, trace_findings, *traces = sys.argv[1:]
    core = core_findings(trace_findings, traces)
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        subprocess.run([trace_to_pcap, folder, *traces], check=True)
        # One process for all traces: nothing of one may be left in the next.
        sharkd = wireshark.Sharkd()
        for number, trace in enumerate(traces):
            name, options = pathlib.Path(trace).stem, preference_options(trace)
            capture = f"{folder}/{name}.pcapng"
            if options or number % EVERY == 0:
                shown = tshark_findings(capture, options)
            else:
                shown = sharkd_findings(sharkd, capture)
            for frame in sorted(core[name].keys() | shown.keys()):
                if core[name].get(frame) != shown.get(frame):
                    differences += 1
                    print(f"{name}, frame {frame}: core {core[name].get(frame)}, Wireshark {shown.get(frame)}")
        sharkd.close()
    annotated = sum(len(frames) for frames in core.values())
    print(f"{len(traces)} traces, {annotated} frames with findings, {differences} differences")
    return 1 if differences or not annotated else 0


if __name__ == "__main__":
    sys.exit(main())
