#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""More conversations than anybody reads: the table ends with a number, the scripts get all."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import wireshark

CONVERSATIONS = 1_100

HEAD = """# rule: ignored-hint
# shows: one appliance that ignores its gateway's hints in many conversations at once
host A 10.1.0.10 port 443
host R 10.1.0.1
host B 10.2.0.20 ttl 62 behind R
"""


def trace():
    packets = [(0, "A > B:{} tcp 1:1449 df 1500"), (2, "R > A frag_needed mtu 1446 [A > B:{} tcp 1:1449 1500]"),
               (4, "A > B:{} tcp 1:1449 df 1500"), (6, "A > B:{} tcp 1:1449 df 1500")]
    return HEAD + "".join(f"{begin + i / 1_000:.3f} {packet.format(10_000 + i)}\n"
                          for begin, packet in packets for i in range(CONVERSATIONS))


class Size(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="pmtu-size.")
        cls.addClassCleanup(cls.folder.cleanup)
        os.chmod(cls.folder.name, 0o755)
        text = pathlib.Path(cls.folder.name, "many.trace")
        text.write_text(trace(), encoding="utf-8")
        cls.capture = text.with_suffix(".pcapng")
        subprocess.run([os.environ["PMTU_TRACE_TO_PCAP"], cls.folder.name, text], check=True)

    def test_the_table_says_how_many_it_leaves_out(self):
        for arguments in ((), ("-2",)):
            *shown, last = wireshark.table(self.capture, "pmtu,conv", *arguments)
            self.assertEqual(len(shown), 1_000)
            self.assertEqual({(row["Verdict"], row["Ignored"]) for row in shown}, {("ignoring", "2")})
            self.assertEqual(last["Verdict"], "and 100 more")

    def test_scripts_get_all(self):
        rows = wireshark.document(self.capture)["conversations"]
        self.assertEqual(sorted(row["destination_port"] for row in rows),
                         list(range(10_000, 10_000 + CONVERSATIONS)))


if __name__ == "__main__":
    unittest.main()
