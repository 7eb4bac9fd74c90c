#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every trace through Wireshark with the plugin: the findings of each frame must be those of the core.

One sharkd, which dissects as the windows do, opens trace after trace; those that set preferences, and every tenth of
the others, go through two passes of tshark, which takes a second each.

Usage: through_tshark.py AS_USER PLUGIN_DIR TRACE_TO_PCAP TRACE_FINDINGS SHARKD TRACE...
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

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


def tshark_findings(as_user, plugin_dir, capture, options):
    """Frame -> sorted names of findings, as they stand after the second pass."""
    command = [as_user, "env", f"WIRESHARK_PLUGIN_DIR={plugin_dir}", "tshark", "-2", "-r", capture, *options]
    command += ["-Y", "pmtu.finding", "-T", "fields", "-e", "frame.number", "-e", "pmtu.finding.name"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {int(frame): sorted(kinds.split(",")) for frame, kinds in (line.split("\t") for line in done.stdout.splitlines())}


class Sharkd:
    """One process for all traces: nothing of one may be left in the next."""

    def __init__(self, as_user, plugin_dir, program):
        self.process = subprocess.Popen([as_user, "env", f"WIRESHARK_PLUGIN_DIR={plugin_dir}", program, "-"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.asked = 0

    def ask(self, method, **parameters):
        self.asked += 1
        request = {"jsonrpc": "2.0", "id": self.asked, "method": method, "params": parameters}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["result"]

    def findings(self, capture):
        """Frame -> sorted names of findings, as the packet list shows them once the file is loaded."""
        self.ask("load", file=capture)
        # Without a filter: sharkd remembers what one left, from file to file.
        rows = self.ask("frames", column0="pmtu.finding.name:0")
        return {row["num"]: sorted(row["c"][0].split(",")) for row in rows if row["c"][0]}

    def close(self):
        self.process.stdin.close()
        return self.process.wait(timeout=60)


def main():
    as_user, plugin_dir, trace_to_pcap, trace_findings, sharkd_program, *traces = sys.argv[1:]
    core = core_findings(trace_findings, traces)
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        subprocess.run([trace_to_pcap, folder, *traces], check=True)
        sharkd = Sharkd(as_user, plugin_dir, sharkd_program)
        for number, trace in enumerate(traces):
            name, options = pathlib.Path(trace).stem, preference_options(trace)
            capture = f"{folder}/{name}.pcapng"
            if options or number % EVERY == 0:
                shown = tshark_findings(as_user, plugin_dir, capture, options)
            else:
                shown = sharkd.findings(capture)
            for frame in sorted(core[name].keys() | shown.keys()):
                if core[name].get(frame) != shown.get(frame):
                    differences += 1
                    print(f"{name}, frame {frame}: core {core[name].get(frame)}, Wireshark {shown.get(frame)}")
        differences += sharkd.close() != 0
    annotated = sum(len(frames) for frames in core.values())
    print(f"{len(traces)} traces, {annotated} frames with findings, {differences} differences")
    return 1 if differences or not annotated else 0


if __name__ == "__main__":
    sys.exit(main())
