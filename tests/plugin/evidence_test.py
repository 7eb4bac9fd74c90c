#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The command that ends each story of the report cuts a capture in which the story still stands."""
import json
import os
import re
import tempfile
import unittest

import wireshark

# What the owner of the ticket must find again in the cut capture.
TOLD = ("verdict", "path_mtu", "ignored_packets", "hints", "largest_datagram", "reporter", "stage")
ENDS = ("protocol", "source", "source_port", "destination", "destination_port")


def commands(capture):
    """The commands of the report, one for each group, with the first and the last frame of the conversation they cut."""
    report = wireshark.tshark("-q", "-r", capture, "-z", "pmtu,report")
    return re.findall(r"^\S+ -> (\S+) \(.*\), frames (\d+) to (\d+):\n\n    .*\n\n    (tshark -r CAPTURE -Y '.*' -w evidence\.pcapng)$",
                      report, re.M)


def cut(capture, command, folder):
    shell = command.replace("CAPTURE", f"'{capture}'")
    result = wireshark.run("sh", "-c", f"cd '{folder}' && {shell}")
    assert result.returncode == 0 and result.stderr == "", result
    return json.loads(wireshark.tshark("-q", "-r", f"{folder}/evidence.pcapng", "-z", "pmtu,json"))


class Evidence(unittest.TestCase):

    def test_the_verdict_holds_on_the_cut_capture(self):
        cuts = 0
        for capture in wireshark.captures():
            document = wireshark.document(capture)
            for receiver, first, last, command in commands(capture):
                (row,) = [row for row in document["conversations"] if row["destination"] in receiver
                          and (row["first_frame"], row["last_frame"]) == (int(first), int(last))]
                with self.subTest(capture=capture.name, row=row["id"]), tempfile.TemporaryDirectory() as folder:
                    os.chmod(folder, 0o777)
                    evidence = cut(capture, command, folder)
                    ends = {end: row[end] for end in ENDS}
                    found = [one for one in evidence["conversations"] if ends.items() <= one.items()]
                    self.assertEqual([{key: one[key] for key in TOLD} for one in found],
                                     [{key: row[key] for key in TOLD}])
                    self.assertLessEqual(evidence["frames"], document["frames"])
                    cuts += 1
        self.assertGreater(cuts, 5)

    def test_the_cut_leaves_out_what_is_not_evidence(self):
        capture = wireshark.CAPTURES / "seed-appliance.pcapng"
        ((*_, command),) = commands(capture)
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            cut(capture, command, folder)
            self.assertEqual(wireshark.frames(f"{folder}/evidence.pcapng", "arp || ipv6"), [])
            self.assertEqual(len(wireshark.frames(f"{folder}/evidence.pcapng", "icmp.type == 3")), 9)


if __name__ == "__main__":
    unittest.main()
