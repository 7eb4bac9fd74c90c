#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The module loads, and offers every name that doc and scripts rely on."""
import unittest

import wireshark

FIELDS = {
    "pmtu.hint.mtu": "FT_UINT32",
    "pmtu.hint.status": "FT_UINT8",
    "pmtu.hint.quoted_frame": "FT_FRAMENUM",
    "pmtu.hint.explanation": "FT_STRING",
    "pmtu.path.mtu": "FT_UINT32",
    "pmtu.path.hint_frame": "FT_FRAMENUM",
    "pmtu.datagram.length": "FT_UINT32",
    "pmtu.datagram.dont_fragment": "FT_BOOLEAN",
    "pmtu.datagram.excess": "FT_UINT32",
    "pmtu.since_hint": "FT_RELATIVE_TIME",
    "pmtu.proof": "FT_UINT8",
    "pmtu.conversation": "FT_UINT32",
    "pmtu.verdict": "FT_UINT8",
    "pmtu.finding": "FT_UINT8",
    "pmtu.point": "FT_UINT32",
    "pmtu.same_frame": "FT_FRAMENUM",
    "pmtu.lost_after": "FT_UINT32",
}
FINDINGS = """hint_received hint_stale hint_unseen hint_no_mtu hint_invalid hint_unmatched in_flight ignored_hint
    ignored_sibling_hint honoured probe reprobe black_hole_suspected black_hole_confirmed black_hole_recovered
    black_hole_receiver mss_exceeds_path_mtu mss_clamped_one_way tunnel_hint_not_relayed offload black_hole_loss
    hint_untranslated vanished hint_filtered fragmented_despite_df
    fragments_lost""".split()
VALUES = {
    "pmtu.hint.status": "valid no_mtu stale unseen invalid unmatched".split(),
    "pmtu.proof": "none causal rtt default".split(),
    "pmtu.verdict": """none not_exercised compliant compliant_by_fragmentation probing unverifiable
        hint_undeliverable black_hole_recovered fragments_lost black_hole_suspected black_hole_receiver probably_ignoring
        black_hole_confirmed ignoring""".split(),
    "pmtu.finding": FINDINGS,
}
PREFERENCES = {
    "reaction_time_ms": "200",
    "processing_slack_ms": "20",
    "hint_full_age_s": "300",
    "hint_max_age_s": "600",
    "black_hole_transmissions": "3",
    "receiver_hole_s": "3",
    "annotate_info_column": "TRUE",
    "max_paths": "1000000",
    "max_flows": "1000000",
    "max_joined_datagrams": "4000000",
}
TAPS = ["pmtu,conv", "pmtu,paths", "pmtu,report", "pmtu,json", "pmtu,tree"]


class Load(unittest.TestCase):

    def test_plugin_is_listed_with_its_version(self):
        rows = [line.split("\t") for line in wireshark.tshark("-G", "plugins").splitlines()]
        versions = [row[1].strip() for row in rows if row[0].strip() == "pmtu.so"]
        self.assertEqual(versions, [wireshark.VERSION])

    def test_every_field_and_expert_item_has_its_name_and_type(self):
        rows = [line.split("\t") for line in wireshark.tshark("-G", "fields").splitlines()]
        types = {row[2]: row[3] for row in rows if row[0] == "F" and row[2].startswith("pmtu.")}
        titles = {row[2]: row[1] for row in rows if row[0] == "F"}
        for name, kind in FIELDS.items():
            self.assertEqual(types.get(name), kind, name)
        for finding in FINDINGS:
            self.assertEqual(types.get(f"pmtu.{finding}"), "FT_NONE", finding)
        self.assertEqual(titles["pmtu.ignored_hint"], "Oversize DF packet ignored PMTU hint")
        self.assertEqual(len({titles[f"pmtu.{finding}"] for finding in FINDINGS}), len(FINDINGS))

    def test_enumerations_have_their_names(self):
        rows = [line.split("\t") for line in wireshark.tshark("-G", "values").splitlines()]
        for name, values in VALUES.items():
            self.assertEqual([row[3] for row in rows if row[0] == "V" and row[1] == name], values, name)

    def test_preferences_have_their_defaults(self):
        lines = wireshark.tshark("-G", "defaultprefs").splitlines()
        found = dict(line.lstrip("#").split(": ", 1) for line in lines if line.startswith("#pmtu."))
        self.assertEqual({name.removeprefix("pmtu."): value for name, value in found.items()}, PREFERENCES)

    def test_taps_are_offered(self):
        result = wireshark.run(wireshark.TSHARK, "-z", "help")
        offered = [line.strip() for line in (result.stdout + result.stderr).splitlines()]
        for tap in TAPS:
            self.assertIn(tap, offered)


if __name__ == "__main__":
    unittest.main()
