#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whoever asks gets the same answer: table, JSON, expert items, fields, in one pass and in two."""
import collections
import json
import re
import unittest

import wireshark

SUMMARY = "Oversize DF packet ignored PMTU hint"
TWO_PASSES = ("-2",)


def each_capture(test):
    def run(self):
        for capture in wireshark.captures():
            with self.subTest(capture=capture.name):
                test(self, capture)
    return run


class Agreement(unittest.TestCase):

    def test_the_captures_exercise_what_is_compared(self):
        verdicts = collections.Counter(row["verdict"] for capture in wireshark.captures()
                                       for row in wireshark.document(capture)["conversations"])
        for verdict in ("ignoring", "compliant", "black_hole_receiver"):
            self.assertGreater(verdicts[verdict], 0, verdict)

    @each_capture
    def test_two_passes_say_what_one_says(self, capture):
        self.assertEqual(wireshark.document(capture), wireshark.document(capture, *TWO_PASSES))
        self.assertEqual(wireshark.table(capture), wireshark.table(capture, "pmtu,conv", *TWO_PASSES))
        self.assertEqual(wireshark.table(capture, "pmtu,paths"),
                         wireshark.table(capture, "pmtu,paths", *TWO_PASSES))

    @each_capture
    def test_the_table_shows_the_document(self, capture):
        rows = wireshark.document(capture)["conversations"]
        table = wireshark.table(capture)
        self.assertEqual(len(table), len(rows))
        for rank, (row, cells) in enumerate(zip(rows, table), start=1):
            self.assertEqual(cells["#"], str(rank))
            for title, key in {"Verdict": "verdict", "Protocol": "protocol", "Ignored": "ignored_packets",
                               "In flight": "in_flight_packets", "Hints": "hints", "First frame": "first_frame",
                               "Hint delivered": "hint_delivered", "Conversation": "id"}.items():
                self.assertEqual(cells[title], str(row[key]), title)
            for title, key in {"Stage": "stage", "Reported by": "reporter", "Largest datagram": "largest_datagram"}.items():
                self.assertEqual(cells[title], "" if row[key] is None else str(row[key]), title)
            self.assertTrue(cells["Sender"].endswith(f":{row['source_port']}"))
            self.assertIn(row["source"], cells["Sender"])
            self.assertIn(row["destination"], cells["Receiver"])
            if row["path_mtu"] is not None:
                self.assertEqual(cells["Path MTU"], str(row["path_mtu"]))
            mss = row["recommended"]["mss_v6" if ":" in row["source"] else "mss_v4"] if row["protocol"] == "tcp" else None
            self.assertEqual(cells["Advised MSS"], "" if mss is None else str(mss))

    @each_capture
    def test_marked_frames_are_those_of_the_document(self, capture):
        rows = wireshark.document(capture)["conversations"]
        expected = sorted(frame for row in rows for frame in row["ignored_frames"])
        self.assertEqual(wireshark.frames(capture, "pmtu.ignored_hint"), expected)
        self.assertEqual(wireshark.frames(capture, "pmtu.ignored_hint", TWO_PASSES), expected)
        self.assertEqual(wireshark.frames(capture, 'pmtu.finding == "ignored_hint"'), expected)
        self.assertEqual(wireshark.frames(capture, f'_ws.expert.message == "{SUMMARY}"'), expected)

    @each_capture
    def test_expert_items_count_what_the_fields_mark(self, capture):
        for options in ((), TWO_PASSES):
            experts = wireshark.tshark("-q", "-r", capture, "-z", "expert", *options)
            counted = sum(int(count) for count in re.findall(rf"^\s*(\d+)\s+\S+\s+PMTU\s+{SUMMARY}$", experts, re.M))
            self.assertEqual(counted, len(wireshark.frames(capture, "pmtu.ignored_hint", options)))

    @each_capture
    def test_the_tree_counts_what_the_fields_mark(self, capture):
        tree = wireshark.tshark("-q", "-r", capture, "-z", "pmtu,tree", *TWO_PASSES)
        (kinds,) = re.findall(r"^Findings .*\n((?: .*\n)*)", tree, re.M) or [""]
        counted = {kind: int(count) for kind, count in re.findall(r"^ (\S.*?)\s+(\d+)\s", kinds, re.M)}
        marked = collections.Counter()
        for (findings,) in wireshark.fields(capture, "pmtu.finding", "pmtu.finding", options=TWO_PASSES):
            marked.update(findings.split(","))
        self.assertEqual(sorted(counted.values()), sorted(marked.values()))
        rows = wireshark.document(capture)["conversations"]
        self.assertEqual(counted.get(SUMMARY, 0), sum(len(row["ignored_frames"]) for row in rows))

    @each_capture
    def test_fields_do_not_depend_on_the_way_they_are_asked_for(self, capture):
        packets = json.loads(wireshark.tshark("-2", "-r", capture, "-T", "json", "-J", "frame pmtu", "-Y", "pmtu"))
        printed = [int(packet["_source"]["layers"]["frame"]["frame.number"]) for packet in packets]
        self.assertEqual(printed, wireshark.frames(capture, "pmtu", TWO_PASSES))
        verbose = wireshark.tshark("-2", "-r", capture, "-V")
        self.assertEqual(verbose.count("[Path MTU Discovery"), len(printed))

    @each_capture
    def test_the_second_pass_knows_the_final_verdict(self, capture):
        final = {row["id"]: row["verdict"] for row in wireshark.document(capture)["conversations"]}
        for number, verdict in final.items():
            self.assertTrue(wireshark.frames(capture, f'pmtu.conversation == {number}', TWO_PASSES))
            wrong = f'pmtu.conversation == {number} && !(pmtu.verdict == "{verdict}")'
            self.assertEqual(wireshark.frames(capture, wrong, TWO_PASSES), [])

    def test_frames_link_to_each_other(self):
        capture = wireshark.CAPTURES / "seed-appliance.pcapng"
        hint, reporter, quoted, ignored = wireshark.fields(
            capture, "pmtu.hint.mtu == 1446", "frame.number", "pmtu.hint.reporter", "pmtu.hint.quoted_frame",
            "pmtu.hint.ignored_in", options=TWO_PASSES)[0]
        self.assertEqual(reporter, "10.1.0.1")
        self.assertEqual(wireshark.fields(capture, f"frame.number == {quoted}", "ip.len"), [["1500"]])
        first_marked = wireshark.frames(capture, "pmtu.ignored_hint")[0]
        self.assertEqual(int(ignored), first_marked)
        length, excess, link, mtu = wireshark.fields(
            capture, f"frame.number == {first_marked}", "pmtu.datagram.length", "pmtu.datagram.excess",
            "pmtu.path.hint_frame", "pmtu.path.mtu")[0]
        self.assertEqual((length, excess, link, mtu), ("1500", "54", hint, "1446"))

    def test_datagrams_of_a_hinted_path_carry_the_path_mtu(self):
        capture = wireshark.CAPTURES / "honouring-router.pcapng"
        first_hint = wireshark.frames(capture, "pmtu.hint.mtu")[0]
        after = f"ip.src == 10.1.0.10 && ip.dst == 10.2.0.20 && !icmp && frame.number > {first_hint}"
        plain = wireshark.frames(capture, after)
        self.assertGreater(len(plain), 3)
        self.assertEqual(wireshark.frames(capture, f"{after} && pmtu.path.mtu == 1446"), plain)
        self.assertEqual(wireshark.frames(capture, f"pmtu.path.mtu && frame.number < {first_hint}"), [])


if __name__ == "__main__":
    unittest.main()
