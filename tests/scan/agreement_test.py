#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pmtu-scan and tshark say the same of every capture, row by row.

tshark takes half a second for each: of every run of the lab one place is looked at, another one from run to run, and all
captures of several interfaces. With PMTU_ALL_CAPTURES=1: all places.
"""
import collections
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import scan
import wireshark


def chosen_captures():
    labels = json.loads((scan.CAPTURES / "labels.json").read_text(encoding="utf-8"))["captures"]
    places = collections.defaultdict(list)
    for label in labels:
        places[label["scenario"]].append(label)
    chosen = set()
    for number, (_, watched) in enumerate(sorted(places.items())):
        chosen.add(watched[number % len(watched)]["file"])
        chosen.update(label["file"] for label in watched if label["vantage"].endswith(("any", "both-sides")))
        if os.environ.get("PMTU_ALL_CAPTURES") == "1":
            chosen.update(label["file"] for label in watched)
    return sorted(scan.CAPTURES / file for file in chosen)


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
        captures = chosen_captures()
        self.assertGreater(len(captures), 80)
        for capture in captures:
            self.agree(capture)

    def test_lines_are_the_conversations_of_the_document(self):
        for capture in wireshark.captures():
            rows = scan.lines(scan.run(capture).stdout)
            self.assertEqual([row.pop("file") for row in rows], [str(capture)] * len(rows))
            self.assertEqual(rows, document_of_scan(capture)["conversations"])

    def test_report_and_page_are_the_same(self):
        for name in ("seed-appliance", "black-hole-v6-sender", "ignoring-along-the-path-both-sides"):
            capture = scan.CAPTURES / f"{name}.pcapng"
            for form in ("report", "html"):
                with self.subTest(capture=name, form=form):
                    self.assertEqual(scan.run("--format", form, capture).stdout.decode(),
                                     wireshark.tshark("-q", "-r", capture, "-z", f"pmtu,{form}"))

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
