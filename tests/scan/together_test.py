#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pmtu-scan --together: captures of one network say what they say merged, whatever their clocks are."""
import collections
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

import scan
import wireshark

# Only one interface is looked at in these: those of all interfaces, or of two, hold the other places once more.
PLACES = ("sender", "appliance", "gateway", "router", "far", "receiver", "client")
# tshark takes half a second for a merge.
ASK_TSHARK_EVERY = 8


def scenarios():
    """The captures of each run of the lab that was watched at several places, along the path."""
    labels = json.loads((scan.CAPTURES / "labels.json").read_text(encoding="utf-8"))["captures"]
    places = collections.defaultdict(dict)
    for label in labels:
        places[label["scenario"]][label["vantage"]] = scan.CAPTURES / label["file"]
    parts = ([files[place] for place in PLACES if place in files] for _, files in sorted(places.items()))
    return [files for files in parts if len(files) > 1]


def document(*arguments):
    result = scan.run("--format", "json", *arguments)
    assert result.returncode == 0 and not result.stderr, result
    return comparable(json.loads(result.stdout))


def comparable(found):
    """Without what a merge into one section renames: files, and the numbers of sections and interfaces."""
    found.pop("file", None)
    for point in found["points"]:
        for name in ("file", "section", "interface_number"):
            point.pop(name, None)
    return found


def with_hop_limits(capture, limits):
    """A pcap of Ethernet with other hop limits, by whether the destination is the lower address."""
    capture, offset = bytearray(capture), 24
    while offset < len(capture):
        frame = offset + 16
        old = capture[frame + 12:frame + 14] == b"\x08\x00"
        at, size, place = (frame + 26, 4, frame + 22) if old else (frame + 22, 16, frame + 21)
        source, destination = capture[at:at + size], capture[at + size:at + 2 * size]
        capture[place] = limits[destination < source]
        offset = frame + struct.unpack_from("<I", capture, offset + 8)[0]
    return bytes(capture)


def verdicts(found):
    return sorted((row["protocol"], row["source"], row["source_port"], row["destination"], row["destination_port"],
                   row["verdict"]) for row in found["conversations"])


class Together(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)

    def merged(self, files):
        merged = self.folder / "merged.pcapng"
        subprocess.run(["mergecap", "-I", "none", "-w", merged, *files], check=True)
        merged.chmod(0o644)
        return merged

    def test_as_merged(self):
        sets = scenarios()
        self.assertGreater(len(sets), 60)
        several = 0
        for number, files in enumerate(sets):
            with self.subTest(files=[file.name for file in files]):
                together = document("--together", *files)
                merged = self.merged(files)
                self.assertEqual(together, document(merged))
                several += len(together["points"]) > 1
                if number % ASK_TSHARK_EVERY == 0:
                    asked = wireshark.tshark("-q", "-r", merged, "-z", "pmtu,json")
                    self.assertEqual(together, comparable(json.loads(asked)))
        self.assertGreater(several, 50)

    def test_clocks_may_be_hours_apart(self):
        shifted = self.folder / "shifted.pcapng"
        for number, files in enumerate(scenarios()):
            ahead = ("7200", "-7200")[number % 2]
            with self.subTest(files=[file.name for file in files], ahead=ahead):
                expected = verdicts(document("--together", *files))
                subprocess.run(["editcap", "-t", ahead, files[-1], shifted], check=True)
                self.assertEqual(verdicts(document("--together", *files[:-1], shifted)), expected)

    def test_large_captures_of_which_one_is_read_before_the_other(self):
        """Two ends of a link a router away from each other, and a clock a day ahead."""
        passed, early, late, ahead = (self.folder / f"{name}.pcap" for name in ("passed", "early", "late", "ahead"))
        subprocess.run([os.environ["PMTU_MAKE_TRAFFIC"], "--kind", "tls", "--flows", "300", "--frames", "40000", passed],
                       check=True)
        early.write_bytes(with_hop_limits(passed.read_bytes(), {False: 64, True: 63}))
        late.write_bytes(with_hop_limits(passed.read_bytes(), {False: 63, True: 64}))
        subprocess.run(["editcap", "-t", "86400", late, ahead], check=True)
        found = document("--together", early, ahead)
        self.assertEqual([point["frames"] for point in found["points"]], [40000, 40000])
        self.assertAlmostEqual(found["points"][1]["clock_offset_seconds"], 86400, places=3)

    def test_each_file_is_a_point_of_its_own(self):
        sender, receiver = (scan.CAPTURES / f"black-hole-{place}.pcapng" for place in ("sender", "receiver"))
        alone = {row["verdict"] for file in (sender, receiver) for row in scan.lines(scan.run(file).stdout)}
        self.assertEqual(alone, {"black_hole_suspected", "black_hole_receiver"})
        (row,) = scan.lines(scan.run("--together", sender, receiver).stdout)
        self.assertEqual((row["verdict"], row["file"]), ("black_hole_confirmed", f"{sender} + {receiver}"))
        found = json.loads(scan.run("--together", "--format", "json", sender, receiver).stdout)
        files = {point["id"]: point["file"] for point in found["points"]}
        self.assertEqual([files[point] for point in row["lost_between"]], [str(sender), str(receiver)])
        for form in ("report", "html"):
            text = scan.run("--together", "--format", form, sender, receiver).stdout.decode()
            self.assertRegex(text, rf"Capture point \d: {sender}")

    def test_what_cannot_be_read_is_named_and_the_rest_is_done(self):
        sender, receiver = (scan.CAPTURES / f"black-hole-{place}.pcapng" for place in ("sender", "receiver"))
        cut = self.folder / "cut.pcapng"
        cut.write_bytes(receiver.read_bytes()[:-20])
        missing = self.folder / "missing.pcapng"
        result = scan.run("--together", sender, missing, cut)
        self.assertEqual(result.returncode, 2)
        row, *errors = scan.lines(result.stdout)
        self.assertEqual(row["verdict"], "black_hole_confirmed")
        self.assertEqual(errors, [{"file": str(missing), "error": "No such file or directory"},
                                  {"file": str(cut), "error": "the file ends in the middle of a record"}])
        result = scan.run("--together", "--format", "table", sender, missing, cut)
        self.assertEqual(result.stderr.decode().splitlines(),
                         [f"pmtu-scan: {missing}: No such file or directory",
                          f"pmtu-scan: {cut}: the file ends in the middle of a record"])

    def test_more_files_than_a_process_may_open_at_first(self):
        copies = [self.folder / f"{number}.pcapng" for number in range(100)]
        for copy in copies:
            copy.symlink_to(scan.SEED)
        result = subprocess.run(["sh", "-c", f"ulimit -S -n 40; exec {scan.SCAN} --together --format table \"$@\"", "sh",
                                 *copies], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertIn(f"{copies[6]} + {copies[7]} + 92 more\n", result.stdout.decode())


if __name__ == "__main__":
    unittest.main()
