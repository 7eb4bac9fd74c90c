#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line of pmtu-scan: options, formats, exit statuses, and where its output goes."""
import json
import os
import pathlib
import pty
import re
import subprocess
import tempfile
import unittest

import scan

# The story: the appliance goes on sending 1500 bytes although the gateway named 1446.
CULPRIT = {"protocol": "tcp", "source": "10.1.0.10", "source_port": 443, "destination": "10.2.0.20",
           "verdict": "ignoring", "path_mtu": 1446, "reporter": "10.1.0.1"}
ANOTHER = scan.CAPTURES / "seed-client.pcapng"


class Command(unittest.TestCase):

    def ends_with(self, status, *arguments, **options):
        result = scan.run(*arguments, **options)
        self.assertEqual(result.returncode, status, result)
        return result

    def test_a_line_per_judged_direction(self):
        result = self.ends_with(0, scan.SEED)
        (row,) = scan.lines(result.stdout)
        self.assertEqual({key: row[key] for key in CULPRIT}, CULPRIT)
        self.assertEqual(row["file"], str(scan.SEED))
        self.assertEqual(result.stderr, b"")

    def test_standard_input(self):
        with open(scan.SEED, "rb") as seed:
            (row,) = scan.lines(self.ends_with(0, "-", stdin=seed).stdout)
        self.assertEqual((row["file"], row["verdict"]), ("-", "ignoring"))

    def test_fail_on(self):
        self.ends_with(1, "--fail-on", "ignoring", scan.SEED)
        self.ends_with(1, "-e", "black_hole_confirmed,ignoring", scan.SEED)
        self.ends_with(0, "--fail-on", "black_hole_confirmed", scan.SEED)

    def test_an_error_outweighs_a_verdict(self):
        self.ends_with(2, "--fail-on", "ignoring", scan.SEED, "/nowhere.pcap")

    def test_json_is_a_document_a_file(self):
        result = self.ends_with(0, "--format", "json", scan.SEED)
        document = json.loads(result.stdout)
        self.assertEqual(document["schema"], 1)
        self.assertEqual(document["conversations"][0]["verdict"], "ignoring")

    def test_table_and_report(self):
        table = self.ends_with(0, "--format", "table", scan.SEED).stdout.decode()
        self.assertRegex(table.splitlines()[1], r"^ignoring +tcp +10\.1\.0\.10:443 +10\.2\.0\.20:\d+ +1446 ")
        report = self.ends_with(0, "--format", "report", scan.SEED).stdout.decode()
        self.assertIn("10.1.0.10", report)
        self.assertIn("1446", report)

    def test_preference(self):
        few = scan.CAPTURES / "black-hole-after-handshake-sender.pcapng"
        (row,) = scan.lines(self.ends_with(0, few).stdout)
        self.assertIn(row["verdict"], ("black_hole_suspected", "black_hole_confirmed"))
        for name in ("black_hole_transmissions", "pmtu.black_hole_transmissions"):
            patient = scan.lines(self.ends_with(0, "--preference", f"{name}=100", few).stdout)
            self.assertEqual([row for row in patient if row["verdict"].startswith("black_hole")], [])

    def test_metrics(self):
        with tempfile.TemporaryDirectory() as folder:
            counters = pathlib.Path(folder, "pmtu.prom")
            self.ends_with(2, "--metrics", counters, scan.SEED, scan.SEED, "/nowhere.pcap")
            text = counters.read_text()
            for line in ('pmtu_verdicts_total{verdict="ignoring",sender="10.1.0.10",reporter="10.1.0.1"} 2',
                         "pmtu_captures_total 3", "pmtu_capture_errors_total 1"):
                self.assertIn(f"\n{line}\n", text)
            self.assertEqual(os.listdir(folder), ["pmtu.prom"])
            result = self.ends_with(2, "--metrics", f"{folder}/no/pmtu.prom", scan.SEED)
            self.assertEqual(result.stderr.decode(), f"pmtu-scan: {folder}/no/pmtu.prom: No such file or directory\n")

    def test_wrong_arguments_are_named(self):
        for arguments, complaint in (
            (["--frobnicate", scan.SEED], "no such option: --frobnicate"),
            (["--format", "xml", scan.SEED], "no such format: xml"),
            (["--fail-on", "ignoring,guilty", scan.SEED], "no such verdict: guilty"),
            (["-p", "patience=1", scan.SEED], "no such preference: patience"),
            (["-p", "receiver_hole_s=0", scan.SEED], "receiver_hole_s takes a number from 1 to 3600"),
            (["-p", "receiver_hole_s", scan.SEED], "receiver_hole_s takes a number"),
            (["--jobs", "many", scan.SEED], "not a number of jobs: many"),
            (["--follow", "--together", scan.CAPTURES], "--together reads captures to their end"),
            (["--follow", "--format", "table", "-"], "--follow has one format"),
            (["--follow", scan.SEED], "--follow takes - or a folder"),
            (["--follow", "-", "-"], "--follow takes one pipe or one folder"),
            (["--format", "html", scan.SEED, ANOTHER], "a page in HTML shows one capture"),
            (["--jobs"], "a value is missing after --jobs"),
            ([], "which captures?"),
        ):
            with self.subTest(arguments=arguments):
                result = self.ends_with(2, *arguments)
                self.assertIn(complaint, result.stderr.decode())
                self.assertEqual(result.stdout, b"")

    def test_help_fits_a_screen(self):
        text = self.ends_with(0, "--help").stdout.decode()
        self.assertLessEqual(len(text.splitlines()), 24)
        self.assertLessEqual(max(map(len, text.splitlines())), 90)
        self.assertEqual(self.ends_with(0, "--version").stdout.decode(), f"pmtu-scan {os.environ['PMTU_VERSION']}\n")

    def test_no_part_of_dissection_is_loaded(self):
        libraries = subprocess.run(["ldd", scan.SCAN], stdout=subprocess.PIPE, check=True).stdout.decode()
        self.assertIn("libwiretap", libraries)
        self.assertNotIn("libwireshark", libraries)

    def test_closed_pipe_and_full_disk(self):
        gone, pipe = os.pipe()
        os.close(gone)
        with os.fdopen(pipe, "wb") as closed:
            result = subprocess.run([scan.SCAN, scan.SEED], stdout=closed, stderr=subprocess.PIPE, check=False)
        self.assertEqual((result.returncode, result.stderr), (2, b"pmtu-scan: standard output: Broken pipe\n"))
        with open("/dev/full", "wb") as full:
            result = subprocess.run([scan.SCAN, scan.SEED], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual((result.returncode, result.stderr),
                         (2, b"pmtu-scan: standard output: No space left on device\n"))

    def test_progress_on_terminals_only(self):
        self.assertEqual(self.ends_with(0, scan.SEED, ANOTHER).stderr, b"")
        terminal, line = pty.openpty()
        subprocess.run([scan.SCAN, scan.SEED, ANOTHER], stdout=subprocess.DEVNULL, stderr=line, check=True)
        os.close(line)
        shown = os.read(terminal, 4096).decode()
        os.close(terminal)
        self.assertIn("1 of 2 captures", shown)
        # At the end the line is gone.
        self.assertTrue(re.search("\r\x1b\\[K$", shown), shown)


if __name__ == "__main__":
    unittest.main()
