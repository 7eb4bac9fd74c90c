#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What pmtu-scan does with files and folders of every kind."""
import gzip
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading
import unittest

import scan


class Files(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.seed = scan.SEED.read_bytes()

    def put(self, name, content):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return str(file)

    def scanned(self, *arguments, status=0, **options):
        result = scan.run(*arguments, **options)
        self.assertEqual(result.returncode, status, result)
        return scan.lines(result.stdout), result.stderr.decode()

    def test_unreadable_files_are_lines_and_the_rest_is_done(self):
        missing, garbage = self.folder / "missing.pcap", self.put("garbage.pcap", bytes(range(200)) * 3)
        rows, _ = self.scanned(scan.SEED, missing, garbage, scan.SEED, status=2)
        self.assertEqual([row["file"] for row in rows], [str(scan.SEED), str(missing), garbage, str(scan.SEED)])
        self.assertEqual(["error" in row for row in rows], [False, True, True, False])
        self.assertIn("No such file", rows[1]["error"])
        self.assertEqual(set(rows[1]), {"file", "error"})

    def test_other_formats_complain_on_standard_error(self):
        for form in ("json", "table", "report"):
            result = scan.run("--format", form, self.folder / "missing.pcap", scan.SEED)
            self.assertEqual(result.returncode, 2)
            self.assertIn("missing.pcap: No such file or directory", result.stderr.decode())
            self.assertIn("10.1.0.10", result.stdout.decode())

    def test_a_file_cut_short_counts_as_far_as_it_goes(self):
        cut = self.put("cut.pcapng", self.seed[:-50])
        rows, _ = self.scanned(cut, status=2)
        self.assertEqual([row.get("verdict") for row in rows], ["ignoring", None])
        self.assertEqual(rows[1], {"file": cut, "error": "the file ends in the middle of a record"})

    def test_a_file_that_grows_while_it_is_read_counts_as_far_as_it_goes(self):
        growing = self.folder / "growing.pcapng"
        growing.touch()
        ended = threading.Event()

        def write():
            with growing.open("ab", buffering=0) as file:
                for _ in range(40):
                    for begin in range(0, len(self.seed), 777):
                        file.write(self.seed[begin:begin + 777])
            ended.set()

        writer = threading.Thread(target=write)
        writer.start()
        self.addCleanup(writer.join)
        runs = 0
        while not ended.is_set() or runs == 0:
            result = scan.run(growing)
            errors = {row["error"] for row in scan.lines(result.stdout) if "error" in row}
            self.assertLessEqual(errors, {"the file ends in the middle of a record"})
            self.assertEqual(result.returncode, 2 if errors else 0, result)
            runs += 1
        writer.join()
        rows, _ = self.scanned(growing)
        self.assertIn("ignoring", [row["verdict"] for row in rows])

    def test_what_may_not_be_read_is_named(self):
        readable, file = self.put("a.pcap", self.seed), self.put("b.pcap", self.seed)
        locked = self.folder / "locked"
        self.put("locked/c.pcap", self.seed)
        self.folder.chmod(0o755)
        os.chmod(file, 0)
        locked.chmod(0)
        self.addCleanup(locked.chmod, 0o755)
        result = subprocess.run([scan.SOURCE / "tests/support/as_user", scan.SCAN, self.folder], stdout=subprocess.PIPE,
                                check=False)
        self.assertEqual(result.returncode, 2)
        self.assertEqual([(row["file"], row.get("error")) for row in scan.lines(result.stdout)],
                         [(readable, None), (file, "Permission denied"), (str(locked), "Permission denied")])

    def test_an_empty_file_has_nothing_to_say(self):
        self.assertEqual(self.scanned(self.put("empty.pcap", b"")), ([], ""))

    def test_compressed(self):
        packed = self.put("seed.pcapng.gz", gzip.compress(self.seed))
        (row,), _ = self.scanned(packed)
        self.assertEqual((row["file"], row["verdict"]), (packed, "ignoring"))

    def test_folders_are_read_by_name_with_what_is_below(self):
        wanted = [self.put(name, self.seed) for name in
                  ("a.pcap", "b/1.pcapng", "b/c/2.cap", "d.pcap12", "nameless", "z.pcapng.gz")]
        self.put("README.md", b"# What these are\n")
        self.put("labels.json", b"{}\n")
        rows, complaint = self.scanned(self.folder)
        self.assertEqual([row["file"] for row in rows], wanted)
        self.assertIn("2", complaint)

    def test_links_lead_nowhere_twice_and_pipes_are_not_opened(self):
        file = self.put("a/1.pcap", self.seed)
        (self.folder / "a" / "again").symlink_to(self.folder)
        os.mkfifo(self.folder / "a" / "pipe.pcap")
        rows, _ = self.scanned(self.folder)
        self.assertEqual([row["file"] for row in rows], [file])

    def test_an_empty_folder(self):
        self.assertEqual(self.scanned(self.folder), ([], ""))

    def test_names_in_any_encoding(self):
        name = os.fsencode(self.folder) + b"/caf\xe9 \"1\"\n.pcap"
        shutil.copy(scan.SEED, name)
        rows, _ = self.scanned(self.folder)
        self.assertEqual([row["file"] for row in rows], [f"{self.folder}/caf\ufffd \"1\"\n.pcap"])

    def test_damaged_files_never_end_the_scan(self):
        dice = random.Random(7)
        for number in range(60):
            damaged = bytearray(self.seed)
            for _ in range(dice.randrange(1, 30)):
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            self.put(f"{number:02}.pcapng", bytes(damaged))
        last = self.put("last.pcapng", self.seed)
        result = scan.run("--jobs", "2", self.folder)
        rows = scan.lines(result.stdout)
        self.assertEqual((rows[-1]["file"], rows[-1]["verdict"]), (last, "ignoring"))
        self.assertNotIn("the process that read it ended", result.stdout.decode())


if __name__ == "__main__":
    unittest.main()
