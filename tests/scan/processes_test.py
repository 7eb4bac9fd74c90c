#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pmtu-scan with several processes: order, crashes, interrupts."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

import scan


class Processes(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def put(self, *names):
        for name in names:
            shutil.copy(scan.SEED, self.folder / name)

    def test_order_is_that_of_the_arguments(self):
        alone = scan.run(scan.CAPTURES)
        for jobs in (0, 3, 500):
            shared = scan.run("--jobs", jobs, scan.CAPTURES)
            self.assertEqual((shared.returncode, shared.stdout), (alone.returncode, alone.stdout), jobs)
        self.assertGreater(len(scan.lines(alone.stdout)), 100)

    def test_a_crash_loses_that_file_only(self):
        self.put("a.pcap", "crash-1.pcap", "b.pcap", "crash-2.pcap", "crash-3.pcap", "d.pcap")
        for jobs in (1, 2, 4):
            result = scan.run("--jobs", jobs, self.folder, mishaps=True)
            self.assertEqual(result.returncode, 2, result)
            rows = scan.lines(result.stdout)
            self.assertEqual([pathlib.Path(row["file"]).name for row in rows],
                             ["a.pcap", "b.pcap", "crash-1.pcap", "crash-2.pcap", "crash-3.pcap", "d.pcap"])
            self.assertEqual([row.get("error", "") for row in rows if "crash" in row["file"]],
                             ["the process that read it ended: Segmentation fault"] * 3)

    def test_a_crash_among_captures_read_together_names_them_all(self):
        self.put("a.pcap", "crash.pcap")
        result = scan.run("--together", self.folder, mishaps=True)
        self.assertEqual(result.returncode, 2, result)
        (row,) = scan.lines(result.stdout)
        self.assertEqual(row, {"file": f"{self.folder}/a.pcap + {self.folder}/crash.pcap",
                               "error": "the process that read it ended: Segmentation fault"})

    def test_an_interrupt_among_captures_read_together(self):
        self.put("slow.pcap")
        with subprocess.Popen([scan.SCAN, "--together", scan.SEED, self.folder / "slow.pcap"],
                              env=scan.environment(mishaps=True), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True) as process:
            with self.assertRaises(subprocess.TimeoutExpired):
                process.communicate(timeout=1)
            os.killpg(process.pid, signal.SIGINT)
            self.assertEqual(process.communicate(timeout=60), (b"", b""))
        self.assertEqual(process.returncode, -signal.SIGINT)
        with self.assertRaises(ProcessLookupError):
            os.killpg(process.pid, 0)

    def interrupted(self, number):
        """Interrupts a scan that has given its first answer and is at a file that takes for ever."""
        self.put("a.pcap", "slow.pcap", "z.pcap")
        with subprocess.Popen([scan.SCAN, "--jobs", "2", self.folder], env=scan.environment(mishaps=True),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
            first = process.stdout.readline()
            os.killpg(process.pid, number)
            rest, complaint = process.communicate(timeout=60)
        self.assertEqual(process.returncode, -number)
        (row,) = scan.lines(first + rest)
        self.assertEqual(pathlib.Path(row["file"]).name, "a.pcap")
        self.assertEqual(complaint, b"")
        # No process is left behind.
        with self.assertRaises(ProcessLookupError):
            os.killpg(process.pid, 0)

    def test_interrupt(self):
        self.interrupted(signal.SIGINT)

    def test_termination(self):
        self.interrupted(signal.SIGTERM)

    def test_nobody_outlives_a_parent_that_was_killed(self):
        self.put("a.pcap", "slow.pcap")
        with subprocess.Popen([scan.SCAN, "--jobs", "2", self.folder], env=scan.environment(mishaps=True),
                              stdout=subprocess.PIPE, start_new_session=True) as process:
            process.stdout.readline()
            process.kill()
            # Its end closes when nobody holds the other one any more.
            self.assertEqual(process.stdout.read(), b"")


if __name__ == "__main__":
    unittest.main()
