#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whoever asks gets the same answer: table, JSON, findings tree, expert items and fields, in one pass and in two. No
surface says what another takes back: while frames come in an accusation is shown late or never.

Every capture is read twice, each time by one tshark that is asked everything."""
import collections
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import wireshark

SUMMARY = "Oversize DF packet ignored PMTU hint"
TWO_PASSES = ("-2",)
ACCUSING = {"ignored_hint", "ignored_sibling_hint", "black_hole_suspected", "black_hole_loss", "black_hole_confirmed",
            "black_hole_receiver", "tunnel_hint_not_relayed", "vanished", "fragments_lost"}
ACCUSING_VERDICTS = {"ignoring", "probably_ignoring", "black_hole_suspected", "black_hole_confirmed",
                     "black_hole_recovered", "black_hole_receiver", "fragments_lost"}
# Beside one capture for each verdict: those with several points, and every so manieth.
SEVERAL_POINTS = ("both-sides", "sender-any", "tunnel-ends")
EVERY = 25
# Traces in which what is said early could be taken back later, and one of each kind of accusation.
TRACES = ("forged-hint-refuted-a-round-trip-later", "new-bytes-above-the-hint-vanish", "sibling-arrives-in-the-end",
          "sibling-keeps-on", "hint-filtered-between-two-points", "vanish-between-two-points",
          "third-transmission-answered-late", "third-transmission-lost-as-well", "filled-at-full-size",
          "that-size-did-arrive", "that-size-passed-before", "fragments-that-never-come", "sctp-large-messages-vanish",
          "echo-large-never-answered", "tunnel-does-not-relay", "without-df-is-not-lost", "black-hole-recovered")


def sampled_captures():
    every = sorted(wireshark.CAPTURES.glob("*.pcap*"))
    chosen = set(wireshark.captures()) | set(every[::EVERY])
    return sorted(chosen | {file for file in every if file.stem.endswith(SEVERAL_POINTS)})


def each_capture(test):
    def run(self):
        for capture in wireshark.captures():
            with self.subTest(capture=capture.name):
                test(self, capture)
    return run


def each_sampled(test):
    def run(self):
        for capture in sampled_captures() + self.traces:
            with self.subTest(capture=capture.name):
                test(self, wireshark.surfaces(capture), wireshark.surfaces(capture, *TWO_PASSES))
    return run


class Agreement(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="pmtu-agreement.")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        traces = [wireshark.SOURCE / "tests" / "traces" / f"{name}.trace" for name in TRACES]
        subprocess.run([os.environ["PMTU_TRACE_TO_PCAP"], folder.name, *traces], check=True)
        cls.traces = [pathlib.Path(folder.name) / f"{name}.pcapng" for name in TRACES]

    def test_the_captures_exercise_what_is_compared(self):
        verdicts, findings = collections.Counter(), collections.Counter()
        for capture in sampled_captures() + self.traces:
            seen = wireshark.surfaces(capture, *TWO_PASSES)
            verdicts.update(row["verdict"] for row in seen.document["conversations"])
            findings.update(seen.counted())
        for verdict in ("ignoring", "compliant", "black_hole_receiver", "hint_undeliverable"):
            self.assertGreater(verdicts[verdict], 0, verdict)
        self.assertEqual(ACCUSING - findings.keys(), set())

    @each_sampled
    def test_two_passes_say_what_one_says(self, one, two):
        self.assertEqual(one.document, two.document)
        self.assertEqual(one.tables, two.tables)
        self.assertEqual(one.tree, two.tree)

    @each_sampled
    def test_one_pass_accuses_late_or_never(self, one, two):
        final = two.findings()
        for frame, findings in one.findings().items():
            said = collections.Counter({name: count for name, count in findings.items() if name in ACCUSING})
            self.assertLessEqual(said, final.get(frame, collections.Counter()), frame)

    @each_sampled
    def test_expert_items_and_tree_count_what_the_fields_mark(self, one, two):
        self.assertEqual(one.expert, one.counted())
        self.assertEqual(two.expert, two.counted())
        self.assertEqual(two.tree, two.counted())

    @each_sampled
    def test_marked_frames_are_those_of_the_document(self, one, two):
        marked = [frame for row in two.document["conversations"] for frame in row["ignored_frames"]]
        self.assertLessEqual(set(marked), set(two.frames("ignored_hint")))
        if not two.document["points"]:
            self.assertEqual(sorted(marked), two.frames("ignored_hint"))

    @each_sampled
    def test_who_is_accused_by_a_finding_is_accused_in_the_table(self, one, two):
        verdicts = {row["id"]: row["verdict"] for row in two.document["conversations"]}
        for frame, names, conversations, told in two.rows:
            accusing = ACCUSING.intersection(names.split(",")) - {"tunnel_hint_not_relayed"}
            if not accusing:
                continue
            rows = [int(number) for number in filter(None, conversations.split(","))]
            self.assertTrue(rows, frame)
            # A sibling's hint proves nothing: the row can only say that it cannot tell.
            allowed = ACCUSING_VERDICTS | ({"unverifiable"} if accusing == {"ignored_sibling_hint"} else set())
            self.assertTrue(any(verdicts.get(number) in allowed for number in rows), (frame, names))
            self.assertEqual(told.split(","), [verdicts.get(number, "none") for number in rows], frame)

    @each_capture
    def test_the_table_shows_the_document(self, capture):
        seen = wireshark.surfaces(capture)
        rows = seen.document["conversations"]
        table = seen.tables["Path MTU:"]
        self.assertEqual(len(table), len(rows))
        for rank, (row, cells) in enumerate(zip(rows, table), start=1):
            self.assertEqual(cells["#"], str(rank))
            for title, key in {"Verdict": "verdict", "Protocol": "protocol", "Ignored": "ignored_packets",
                               "In flight": "in_flight_packets", "Hints": "hints", "First frame": "first_frame",
                               "Hint delivered": "hint_delivered", "Conversation": "id"}.items():
                self.assertEqual(cells[title], str(row[key]), title)
            for title, key in {"Stage": "stage", "Reported by": "reporter", "Largest": "largest_datagram"}.items():
                self.assertEqual(cells[title], "" if row[key] is None else str(row[key]), title)
            self.assertTrue(cells["Sender"].endswith(f":{row['source_port']}"))
            self.assertIn(row["source"], cells["Sender"])
            self.assertIn(row["destination"], cells["Receiver"])
            if row["path_mtu"] is not None:
                self.assertEqual(cells["Path MTU"], str(row["path_mtu"]))
            mss = row["recommended"]["mss_v6" if ":" in row["source"] else "mss_v4"] if row["protocol"] == "tcp" else None
            self.assertEqual(cells["Advised MSS"], "" if mss is None else str(mss))

    def test_filters_find_what_the_fields_show(self):
        for name in ("seed-appliance.pcapng", "seed-v6-appliance.pcapng", "ignoring-along-the-path-router.pcapng"):
            capture = wireshark.CAPTURES / name
            expected = wireshark.surfaces(capture).frames("ignored_hint")
            self.assertGreater(len(expected), 0)
            for condition in ("pmtu.ignored_hint", 'pmtu.finding == "ignored_hint"', f'_ws.expert.message == "{SUMMARY}"'):
                self.assertEqual(wireshark.frames(capture, condition), expected)

    def test_fields_do_not_depend_on_the_way_they_are_asked_for(self):
        for name in ("seed-appliance.pcapng", "ignoring-along-the-path-both-sides.pcapng"):
            capture = wireshark.CAPTURES / name
            packets = json.loads(wireshark.tshark("-2", "-r", capture, "-T", "json", "-J", "frame pmtu", "-Y", "pmtu"))
            printed = [int(packet["_source"]["layers"]["frame"]["frame.number"]) for packet in packets]
            self.assertEqual(printed, wireshark.frames(capture, "pmtu", TWO_PASSES))
            verbose = wireshark.tshark("-2", "-r", capture, "-V")
            self.assertEqual(verbose.count("[Path MTU Discovery"), len(printed))

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
