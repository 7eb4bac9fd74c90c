#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pmtu-scan and tshark say the same of every capture, row by row. What the protocol tree alone can know is listed."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import scan
import wireshark

# Captures in which Wireshark's heuristics find a tunnel on a port that is not the tunnel's own.
KNOWN_ONLY_TO_THE_TREE = frozenset()


def document_of_tshark(capture):
    result = wireshark.run(wireshark.TSHARK, "-q", "-r", capture, "-z", "pmtu,json")
    assert result.returncode in (0, 2), result
    return json.loads(result.stdout)


def document_of_scan(capture):
    return json.loads(scan.run("--format", "json", capture).stdout)


class Agreement(unittest.TestCase):

    def agree(self, capture):
        with self.subTest(capture=capture.name):
            theirs, ours = document_of_tshark(capture), document_of_scan(capture)
            for document in (theirs, ours):
                document.pop("file", None)
            self.assertEqual(ours["conversations"], theirs["conversations"])
            self.assertEqual(ours, theirs)

    def test_committed_captures(self):
        captures = sorted(scan.CAPTURES.glob("*.pcap*"))
        self.assertGreater(len(captures), 100)
        for capture in captures:
            if capture.name not in KNOWN_ONLY_TO_THE_TREE:
                self.agree(capture)

    def test_lines_are_the_conversations_of_the_document(self):
        for capture in wireshark.captures():
            rows = scan.lines(scan.run(capture).stdout)
            self.assertEqual([row.pop("file") for row in rows], [str(capture)] * len(rows))
            self.assertEqual(rows, document_of_scan(capture)["conversations"])

    def test_generated_traffic_with_faults(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder).chmod(0o755)
            for seed, kind in enumerate(("mixed", "vpn", "quic", "tls")):
                capture = pathlib.Path(folder, f"{kind}.pcap")
                subprocess.run([os.environ["PMTU_MAKE_TRAFFIC"], "--kind", kind, "--seed", str(seed), "--flows", "300",
                                "--frames", "20000", "--faults", "50", capture], check=True)
                self.agree(capture)
                self.assertGreater(len(scan.lines(scan.run(capture).stdout)), 5)


if __name__ == "__main__":
    unittest.main()
