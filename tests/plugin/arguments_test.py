#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Arguments of -z, filters and preferences do what they say, and wrong ones are refused in words."""
import datetime
import json
import unittest

import wireshark

SEED = wireshark.CAPTURES / "seed-appliance.pcapng"


class Arguments(unittest.TestCase):

    def refused(self, option):
        result = wireshark.run(wireshark.TSHARK, "-q", "-r", SEED, "-z", option)
        self.assertNotEqual(result.returncode, 0, option)
        self.assertEqual(result.stdout, "", option)
        return result.stderr

    def test_unknown_statistics_are_refused(self):
        for option in ("pmtu,jsonx", "pmtu,convx", "pmtu,reports", "pmtu,pathss"):
            self.assertIn(f'Invalid -z argument "{option}"', self.refused(option))
        self.assertIn("pmtu,json", self.refused("pmtu,nothing"))

    def test_wrong_filters_are_refused(self):
        for option in ("pmtu,json,((", "pmtu,conv,((", "pmtu,report,no.such.field"):
            self.assertRegex(self.refused(option), r'"(\(\(|no\.such\.field)"')

    def test_a_filter_chooses_conversations(self):
        everything = wireshark.document(SEED)
        self.assertEqual(len(everything["conversations"]), 1)
        chosen = wireshark.document(SEED, filter="pmtu.ignored_hint")
        self.assertEqual(chosen, everything | {"filter": "pmtu.ignored_hint"})
        nothing = wireshark.document(SEED, filter="ip.addr == 192.0.2.1")
        self.assertEqual((nothing["paths"], nothing["conversations"]), ([], []))
        self.assertEqual(nothing["frames"], everything["frames"])
        for arguments in ((), ("-2",)):
            self.assertEqual(wireshark.table(SEED, "pmtu,conv,ip.addr == 192.0.2.1", *arguments), [])
            self.assertEqual(len(wireshark.table(SEED, "pmtu,conv,pmtu.ignored_hint", *arguments)), 1)
            self.assertEqual(len(wireshark.table(SEED, "pmtu,paths,tcp.port == 443", *arguments)), 1)

    def test_the_document_names_its_file(self):
        for arguments in (("-q", "-r", SEED), ("-qr", SEED), (f"-r{SEED}", "-q")):
            told = json.loads(wireshark.tshark(*arguments, "-z", "pmtu,json"))
            self.assertEqual(told["file"], str(SEED), arguments)

    def test_the_document_tells_when_it_was_captured(self):
        first, *_, last = wireshark.fields(SEED, "frame", "frame.time_epoch")
        document = wireshark.document(SEED)
        for told, (epoch,) in ((document["begin"], first), (document["end"], last)):
            moment = datetime.datetime.fromisoformat(told.replace("Z", "+00:00"))
            self.assertAlmostEqual(moment.timestamp(), float(epoch), delta=2e-6)

    def test_a_filter_finds_what_only_the_end_of_the_capture_tells(self):
        capture = wireshark.CAPTURES / "seed-client.pcapng"
        (row,) = wireshark.document(capture)["conversations"]
        self.assertEqual(row["verdict"], "black_hole_receiver")
        first = f"frame.number == {row['first_frame']}"
        self.assertEqual(wireshark.document(capture, filter=first)["conversations"], [row])

    def test_the_report_is_about_the_chosen_conversations(self):
        self.assertIn("10.1.0.10:443", wireshark.tshark("-q", "-r", SEED, "-z", "pmtu,report"))
        other = wireshark.tshark("-q", "-r", SEED, "-z", "pmtu,report,ip.addr == 192.0.2.1")
        self.assertNotIn("10.1.0.10:443", other)

    def test_preferences_reach_the_analysis(self):
        default = wireshark.document(SEED)["conversations"][0]
        patient = wireshark.document(SEED, "-o", "pmtu.processing_slack_ms:2000")["conversations"][0]
        self.assertLess(patient["ignored_packets"], default["ignored_packets"])
        self.assertGreater(patient["in_flight_packets"], default["in_flight_packets"])

    def test_preferences_out_of_range_are_brought_into_it(self):
        result = wireshark.run(wireshark.TSHARK, "-q", "-r", SEED, "-z", "pmtu,json", "-o", "pmtu.max_flows:1")
        self.assertEqual(result.returncode, 0)
        self.assertIn("pmtu.max_flows is 1, out of its range 1000 to 100000000; 1000 is used", result.stderr)
        self.assertIn('"verdict":"ignoring"', result.stdout)
        result = wireshark.run(wireshark.TSHARK, "-q", "-r", SEED, "-z", "pmtu,json", "-o", "pmtu.hint_max_age_s:10")
        self.assertIn("pmtu.hint_max_age_s (10) is below pmtu.hint_full_age_s", result.stderr)

    def test_the_note_in_the_info_column_is_a_preference(self):
        note = "[Oversize DF packet ignored PMTU hint: 1500 > 1446]"
        marked = len(wireshark.frames(SEED, "pmtu.ignored_hint"))
        self.assertEqual(wireshark.tshark("-r", SEED).count(note), marked)
        self.assertNotIn(note, wireshark.tshark("-r", SEED, "-o", "pmtu.annotate_info_column:FALSE"))

    def test_a_disabled_protocol_is_silent(self):
        self.assertEqual(wireshark.frames(SEED, "pmtu", ("--disable-protocol", "pmtu")), [])
        self.assertEqual(wireshark.document(SEED, "--disable-protocol", "pmtu")["conversations"], [])

    def test_severity_belongs_to_the_finding(self):
        marked = wireshark.frames(SEED, "pmtu.ignored_hint")
        warned = wireshark.frames(SEED, 'pmtu.ignored_hint && _ws.expert.severity == "Warning"')
        errors = wireshark.frames(SEED, 'pmtu.ignored_hint && _ws.expert.severity == "Error"')
        self.assertEqual((warned, errors), (marked[:1], marked[1:]))


if __name__ == "__main__":
    unittest.main()
