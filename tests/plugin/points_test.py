#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Captures with several capture points as a user has them: merged, put one after the other, of all interfaces of a
host. What the same datagram is at another point follows from its bytes, what vanished from how the captures were made:
in these no datagram of 1500 bytes ever came through."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import wireshark

SENDER, RECEIVER = (wireshark.CAPTURES / f"black-hole-{side}.pcapng" for side in ("sender", "receiver"))
TWO_PASSES = ("-2",)
IDENTITY = ("ip.src", "ip.id", "ip.len", "tcp.seq_raw", "tcp.ack_raw")


class Points(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="pmtu-points.")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        cls.folder = pathlib.Path(folder.name)
        cls.merged = cls.folder / "merged.pcapng"
        subprocess.run(["mergecap", "-I", "none", "-w", cls.merged, SENDER, RECEIVER], check=True)
        # Two sections: a pcapng file after the other.
        cls.sections = cls.folder / "sections.pcapng"
        cls.sections.write_bytes(SENDER.read_bytes() + RECEIVER.read_bytes())
        traces = [wireshark.SOURCE / "tests" / "traces" / f"{name}.trace"
                  for name in ("hint-filtered-between-two-points", "router-fragments-in-spite-of-df")]
        subprocess.run([os.environ["PMTU_TRACE_TO_PCAP"], folder.name, *traces], check=True)
        subprocess.run(f"chmod a+r {folder.name}/*", shell=True, check=True)

    def frames(self, capture, options=TWO_PASSES):
        """Frame -> its values, and what is said of it across points."""
        names = ("pmtu.point", "pmtu.same_frame", "pmtu.lost_after", "frame.section_number", "frame.interface_id")
        rows = wireshark.fields(capture, "frame", "frame.number", *IDENTITY, *names, options=options)
        return {int(row[0]): (tuple(row[1:6]), *row[6:]) for row in rows}

    def test_each_datagram_links_to_itself_at_the_other_point(self):
        for capture in (self.merged, self.sections):
            frames = self.frames(capture)
            linked = 0
            for number, (identity, point, same, *_) in frames.items():
                twins = [other for other, (its, where, *_) in frames.items() if its == identity and where != point]
                if identity[0] == "":
                    continue  # no IPv4: the neighbours ask for addresses
                self.assertEqual(same, str(twins[0]) if twins else "", (capture.name, number))
                linked += bool(twins)
            self.assertGreater(linked, 10)

    def test_points_are_sections_and_interfaces(self):
        for capture, column in ((self.merged, 5), (self.sections, 4)):
            points = {}
            for row in self.frames(capture).values():
                points.setdefault(row[1], set()).add(row[column])
            self.assertEqual(sorted(points), ["1", "2"])
            self.assertTrue(all(len(places) == 1 for places in points.values()), points)

    def test_what_never_arrived_says_so(self):
        for capture in (self.merged, self.sections):
            with self.subTest(capture.name):
                frames = self.frames(capture)
                large = {number for number, (identity, *_) in frames.items() if identity[2] == "1500"}
                self.assertGreaterEqual(len(large), 3)
                (sender,) = {frames[number][1] for number in large}
                lost = {number for number, row in frames.items() if row[3]}
                self.assertEqual(lost, large)
                self.assertEqual({frames[number][3] for number in lost}, {sender})
                self.assertEqual(set(wireshark.frames(capture, "pmtu.vanished", TWO_PASSES)), large)
                receiver = "2" if sender == "1" else "1"
                text = wireshark.tshark("-2", "-r", capture, "-Y", "pmtu.vanished", "-O", "pmtu", "-V")
                self.assertEqual(text.count(f"passed capture point {sender}, never arrived at capture point {receiver} "
                                            f"(0 of {len(large)} datagrams of this direction that were too large did)"), len(large))

    def test_the_document_names_the_points(self):
        for capture in (self.merged, self.sections):
            document = wireshark.document(capture)
            self.assertEqual([point["id"] for point in document["points"]], [1, 2])
            (row,) = [row for row in document["conversations"] if row["verdict"] == "black_hole_confirmed"]
            sender = next(point for point in document["points"] if point["hops_from"][row["source"]] == 0)
            self.assertEqual(row["points"][0], sender["id"])
            self.assertEqual(row["lost_between"], row["points"])
            self.assertEqual([(one["size_from"], one["arrived"]) for one in row["arrival"]][-1], (1500, 0))
            self.assertEqual(row["hint_way"], "unknown")
            for point in document["points"]:
                self.assertLessEqual(abs(point["clock_offset_seconds"]), point["clock_uncertainty_seconds"] + 1e-6)
        names = [(point["section"], point["interface"]) for point in wireshark.document(self.sections)["points"]]
        self.assertEqual(names[0], (0, "eth0"))

    def test_findings_across_points(self):
        for name, finding in (("hint-filtered-between-two-points", "hint_filtered"),
                              ("router-fragments-in-spite-of-df", "fragmented_despite_df")):
            capture = self.folder / f"{name}.pcapng"
            found = wireshark.frames(capture, f"pmtu.{finding}", TWO_PASSES)
            self.assertGreater(len(found), 0)
            self.assertEqual(wireshark.surfaces(capture).tree[finding], len(found))
            self.assertEqual(wireshark.surfaces(capture, *TWO_PASSES).expert[finding], len(found))

    def test_interfaces_of_a_cooked_capture_are_points(self):
        capture = wireshark.CAPTURES / "ignoring-along-the-path-gateway-any.pcapng"
        rows = wireshark.fields(capture, "pmtu.point", "pmtu.point", "sll.ifindex", options=TWO_PASSES)
        interfaces = {}
        for point, interface in rows:
            interfaces.setdefault(point, set()).add(interface)
        self.assertGreater(len(interfaces), 1)
        self.assertTrue(all(len(one) == 1 for one in interfaces.values()), interfaces)

    def test_points_are_told_while_frames_come_in(self):
        first = self.frames(self.merged, ())
        final = self.frames(self.merged)
        known = [number for number in first if first[number][1]]
        self.assertGreater(len(known), len(first) // 2)
        for number in known:
            self.assertEqual(first[number][1], final[number][1])

    def test_a_capture_of_one_point_has_none(self):
        self.assertEqual(wireshark.frames(SENDER, "pmtu.point || pmtu.same_frame || pmtu.lost_after", TWO_PASSES), [])
        self.assertEqual(wireshark.document(SENDER)["points"], [])

    def test_the_bound_of_joining_is_a_preference(self):
        many = self.folder / "many.pcapng"
        copies = [wireshark.CAPTURES / f"honouring-along-the-path-{side}.pcapng" for side in ("sender", "receiver")]
        subprocess.run(["mergecap", "-I", "none", "-w", many, *copies * 12], check=True)
        os.chmod(many, 0o644)
        whole = wireshark.fields(many, "pmtu.same_frame", "frame.number", options=TWO_PASSES)
        bounded = wireshark.fields(many, "pmtu.same_frame", "frame.number",
                                   options=("-2", "-o", "pmtu.max_joined_datagrams:1000"))
        self.assertGreater(len(whole), len(bounded))
        self.assertGreater(len(bounded), 0)


if __name__ == "__main__":
    unittest.main()
