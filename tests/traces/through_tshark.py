#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every trace through tshark with the plugin: the findings of each frame must be those of the core.

Usage: through_tshark.py AS_USER PLUGIN_DIR TRACE_TO_PCAP TRACE_FINDINGS TRACE...
"""

import collections
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile


def core_findings(program, traces):
    """Trace name -> frame -> sorted numbers of findings."""
    found = collections.defaultdict(dict)
    output = subprocess.run([program, *traces], check=True, capture_output=True, text=True).stdout
    for line in output.splitlines():
        name, frame, kinds = line.split("\t")
        found[name][int(frame)] = sorted(kinds.split(","), key=int)
    return found


def preference_options(trace):
    """The `prefer` lines of a trace as tshark options."""
    options = []
    for line in pathlib.Path(trace).read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == ["prefer"]:
            options += ["-o", f"pmtu.{words[1]}:{words[2]}"]
    return options


def tshark_findings(as_user, plugin_dir, capture, options):
    """Frame -> sorted numbers of findings, as they stand after the second pass."""
    command = [as_user, "env", f"WIRESHARK_PLUGIN_DIR={plugin_dir}", "tshark", "-2", "-r", capture, *options]
    command += ["-Y", "pmtu.finding", "-T", "fields", "-e", "frame.number", "-e", "pmtu.finding"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = {}
    for line in done.stdout.splitlines():
        frame, kinds = line.split("\t")
        found[int(frame)] = sorted(kinds.split(","), key=int)
    return found


def main():
    as_user, plugin_dir, trace_to_pcap, trace_findings, *traces = sys.argv[1:]
    core = core_findings(trace_findings, traces)
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        subprocess.run([trace_to_pcap, folder, *traces], check=True)

        def run(trace):
            name = pathlib.Path(trace).stem
            return name, tshark_findings(as_user, plugin_dir, f"{folder}/{name}.pcapng", preference_options(trace))

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for name, shown in pool.map(run, traces):
                for frame in sorted(core[name].keys() | shown.keys()):
                    if core[name].get(frame) != shown.get(frame):
                        differences += 1
                        print(f"{name}, frame {frame}: core {core[name].get(frame)}, tshark {shown.get(frame)}")
    annotated = sum(len(frames) for frames in core.values())
    print(f"{len(traces)} traces, {annotated} frames with findings, {differences} differences")
    return 1 if differences or not annotated else 0


if __name__ == "__main__":
    sys.exit(main())
