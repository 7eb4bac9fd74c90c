#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The names and types that filters and scripts were promised. More may be added; none of these may change."""
import functools
import re
import unittest

import wireshark

# Filter name -> type, as `tshark -G fields` calls it.
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
    "pmtu.verdict.name": "FT_STRING",
    "pmtu.finding.name": "FT_STRING",
    "pmtu.proof.name": "FT_STRING",
    "pmtu.source": "FT_STRING",
    "pmtu.destination": "FT_STRING",
    "pmtu.excuse": "FT_STRING",
}
UNITS_OF_BYTES = {"pmtu.datagram.length", "pmtu.datagram.excess"}

FINDINGS = {
    "hint_received", "hint_stale", "hint_unseen", "hint_no_mtu", "hint_invalid", "hint_unmatched", "in_flight",
    "ignored_hint", "ignored_sibling_hint", "honoured", "probe", "reprobe", "black_hole_suspected",
    "black_hole_confirmed", "black_hole_recovered", "black_hole_receiver", "mss_exceeds_path_mtu",
    "mss_clamped_one_way", "tunnel_hint_not_relayed", "offload", "black_hole_loss", "hint_untranslated",
    "vanished", "hint_filtered", "fragmented_despite_df",
    "fragments_lost",
}
VERDICTS = {
    "none", "not_exercised", "compliant", "compliant_by_fragmentation", "ignoring", "probably_ignoring",
    "hint_undeliverable", "probing", "black_hole_suspected", "black_hole_confirmed", "black_hole_recovered",
    "black_hole_receiver", "unverifiable", "fragments_lost",
}
# Field -> the words that filters compare it with.
ENUMERATIONS = {
    "pmtu.finding": FINDINGS,
    "pmtu.verdict": VERDICTS,
    "pmtu.hint.status": {"valid", "no_mtu", "stale", "unseen", "invalid", "unmatched"},
    "pmtu.proof": {"causal", "rtt", "default"},
}

# Preference -> default; the bounds of memory have promised names, not values.
PREFERENCES = {
    "reaction_time_ms": "200",
    "processing_slack_ms": "20",
    "hint_full_age_s": "300",
    "hint_max_age_s": "600",
    "black_hole_transmissions": "3",
    "receiver_hole_s": "3",
    "annotate_info_column": "TRUE",
    "max_paths": None,
    "max_flows": None,
    "max_joined_datagrams": None,
}

TAPS = {"pmtu,conv", "pmtu,paths", "pmtu,report", "pmtu,html", "pmtu,json", "pmtu,tree"}

NUMBER, TEXT, BOOLEAN, LIST, NOTHING = (int, float), str, bool, list, type(None)
DOCUMENT = {"schema": NUMBER, "file": (TEXT, NOTHING), "begin": (TEXT, NOTHING), "end": (TEXT, NOTHING), "versions": dict,
            "filter": (TEXT, NOTHING), "frames": NUMBER, "offload": BOOLEAN, "looked_at": dict, "unseen_hints": LIST, "changed": LIST, "paths": LIST, "conversations": LIST}
LOOKED_AT = {"directions": int, "largest_acknowledged": (int, NOTHING), "hints": int}
UNSEEN_HINT = {"frame": int, "reporter": TEXT, "addressee": TEXT, "mtu": (int, NOTHING), "quoted_source": (TEXT, NOTHING),
               "quoted_destination": (TEXT, NOTHING)}
VERSIONS = {"pmtu": (TEXT, NOTHING), "wireshark": (TEXT, NOTHING)}
BRACKET = {"passed": (int, NOTHING), "lost": (int, NOTHING)}
PATH = {"source": TEXT, "destination": TEXT, "path_mtu": (int, NOTHING), "bracket": dict, "reporters": LIST,
        "hints": NUMBER, "explanation": LIST}
CONVERSATION = {
    "id": int, "protocol": TEXT, "source": TEXT, "source_port": int, "destination": TEXT, "destination_port": int,
    "verdict": TEXT, "reason": (TEXT, NOTHING), "stage": (TEXT, NOTHING), "path_mtu": (int, NOTHING),
    "bracket": dict, "hints": int, "ignored_packets": int, "ignored_bytes": int, "in_flight_packets": int,
    "largest_datagram": (int, NOTHING), "stall_seconds": (int, float, NOTHING), "reporter": (TEXT, NOTHING),
    "sender_hops": (int, NOTHING), "hint_delivered": TEXT, "recommended": dict, "hint_frames": LIST,
    "ignored_frames": LIST, "first_frame": int, "last_frame": int,
}
RECOMMENDED = {"mss_v4": (int, NOTHING), "mss_v6": (int, NOTHING), "mtu": (int, NOTHING)}


@functools.cache
def glossary(kind):
    return [line.split("\t") for line in wireshark.tshark("-G", kind).splitlines()]


def registered():
    """Filter name -> (title, type) of everything that the plugin registers."""
    return {row[2]: (row[1], row[3]) for row in glossary("fields") if row[0] == "F" and row[2].startswith("pmtu.")}


class Interface(unittest.TestCase):

    def members(self, value, promised, what):
        for member, kinds in promised.items():
            self.assertIn(member, value, what)
            self.assertIsInstance(value[member], kinds, f"{what}: {member}")

    def test_protocol(self):
        # From 4.4 on, flags follow the names.
        self.assertIn(["Path MTU Discovery", "PMTU", "pmtu"], [row[:3] for row in glossary("protocols")])

    def test_fields(self):
        types = {name: kind for name, (_, kind) in registered().items()}
        self.assertEqual({name: types.get(name) for name in FIELDS}, FIELDS)

    def test_sizes_are_in_bytes(self):
        units = {row[1] for row in glossary("values") if row[0] == "U" and row[-1].strip() == "bytes"}
        self.assertLessEqual(UNITS_OF_BYTES, units)

    def test_expert_items(self):
        known = registered()
        for finding in FINDINGS:
            self.assertEqual(known.get(f"pmtu.{finding}", (None, None))[1], "FT_NONE", finding)
        self.assertEqual(known["pmtu.ignored_hint"][0], "Oversize DF packet ignored PMTU hint")
        # What is an expert item is a finding, and has its name.
        items = {name[5:] for name, (_, kind) in known.items() if kind == "FT_NONE"}
        self.assertEqual(items, FINDINGS)

    def test_words_of_enumerations(self):
        words = {}
        for row in glossary("values"):
            if row[0] == "V" and row[1] in ENUMERATIONS:
                words.setdefault(row[1], set()).add(row[3])
        for field, promised in ENUMERATIONS.items():
            self.assertEqual(words[field] - {"none"}, promised - {"none"}, field)
        self.assertIn("none", words["pmtu.verdict"])

    def test_filters_take_the_words(self):
        capture = wireshark.CAPTURES / "seed-appliance.pcapng"
        tests = [f'{field} == "{word}"' for field, words in ENUMERATIONS.items() for word in sorted(words)]
        found = wireshark.frames(capture, " || ".join(tests))
        self.assertEqual(found, wireshark.frames(capture, "pmtu.finding || pmtu.verdict"))

    def test_names_are_the_words_of_the_numbers(self):
        capture = wireshark.CAPTURES / "seed-appliance.pcapng"
        for field in ("pmtu.finding", "pmtu.verdict", "pmtu.proof"):
            words = {row[2]: row[3] for row in glossary("values") if row[0] == "V" and row[1] == field}
            for number, word in wireshark.fields(capture, field, field, f"{field}.name"):
                self.assertEqual([words[one] for one in number.split(",")], word.split(","))

    def test_ends_are_those_of_the_judged_datagram(self):
        """Of the innermost that is judged, in IPv4 and IPv6 alike; of the quoted one on a hint."""
        for name, ends in (("seed-appliance.pcapng", ["10.1.0.10", "10.2.0.20"]),
                           ("seed-v6-appliance.pcapng", ["fd00:1::10", "fd00:2::20"]),
                           ("ignoring-inside-a-tunnel-inside.pcapng", None)):
            capture = wireshark.CAPTURES / name
            (row,) = [row for row in wireshark.document(capture)["conversations"] if row["ignored_packets"]]
            told = wireshark.fields(capture, "pmtu.ignored_hint || pmtu.hint_received", "pmtu.source", "pmtu.destination")
            self.assertEqual({tuple(one) for one in told}, {(row["source"], row["destination"])})
            if ends:
                self.assertEqual(told[0], ends)

    def test_what_is_too_big_is_held_against_the_sender_or_has_an_excuse(self):
        capture = wireshark.CAPTURES / "seed-appliance.pcapng"
        too_big = wireshark.frames(capture, "pmtu.datagram.excess > 0")
        excused = wireshark.frames(capture, "pmtu.excuse")
        self.assertEqual(wireshark.frames(capture, 'pmtu.excuse == "in flight"'), excused)
        self.assertEqual(excused, wireshark.frames(capture, "pmtu.in_flight"))
        held = wireshark.frames(capture, "pmtu.datagram.excess > 0 && !pmtu.excuse")
        self.assertEqual(held, wireshark.frames(capture, "pmtu.ignored_hint"))
        self.assertEqual(sorted(held + excused), too_big)

    def test_every_datagram_has_its_size(self):
        """IP lengths of both versions, and none of what has no IP; nothing else is said of healthy traffic."""
        for name in ("healthy-router.pcapng", "healthy-v6-router.pcapng"):
            capture = wireshark.CAPTURES / name
            for v4, v6, size, flag in wireshark.fields(capture, "frame", "ip.len", "ipv6.plen", "pmtu.datagram.length",
                                                       "pmtu.datagram.dont_fragment"):
                expected = v4 or (str(int(v6) + 40) if v6 else "")
                self.assertEqual(size, expected)
                self.assertEqual(bool(flag), bool(expected))
            self.assertEqual(wireshark.frames(capture, "pmtu"), [])

    def test_preferences(self):
        lines = wireshark.tshark("-G", "defaultprefs").splitlines()
        known = dict(re.fullmatch(r"#?pmtu\.(\w+): (.*)", line).groups() for line in lines
                     if line.lstrip("#").startswith("pmtu."))
        self.assertEqual(known.keys(), PREFERENCES.keys())
        for name, default in PREFERENCES.items():
            if default is not None:
                self.assertEqual(known[name], default, name)

    def test_preferences_are_shown_as_set(self):
        shell = ("mkdir -p $HOME/.config/wireshark && "
                 "echo pmtu.reaction_time_ms: 350 >$HOME/.config/wireshark/preferences && "
                 f"'{wireshark.TSHARK}' -G currentprefs | grep pmtu[.]reaction")
        self.assertEqual(wireshark.run("sh", "-c", shell).stdout, "pmtu.reaction_time_ms: 350\n")

    def test_the_manual_page_names_all_there_is_and_nothing_else(self):
        page = (wireshark.SOURCE / "plugin" / "wireshark-pmtu.4").read_text(encoding="utf-8")
        told = set(re.findall(r"\bpmtu\.[a-z_.]*[a-z]", page)) - {"pmtu.so"}
        self.assertEqual(told, registered().keys() | {f"pmtu.{name}" for name in PREFERENCES})
        for option in TAPS | {"flow,pmtu"}:
            self.assertIn(f"\n.B {option}\n", page)
        for word in VERDICTS | set(DOCUMENT) | set(PATH) | set(CONVERSATION) | set(BRACKET) | set(RECOMMENDED) | set(VERSIONS) | set(LOOKED_AT) | set(UNSEEN_HINT):
            self.assertRegex(page, rf"\b{word}\b")

    def test_taps(self):
        result = wireshark.run(wireshark.TSHARK, "-z", "help")
        self.assertLessEqual(TAPS, set((result.stdout + result.stderr).split()))

    def test_documents(self):
        for name in ("seed-appliance.pcapng", "seed-client.pcapng"):
            document = wireshark.document(wireshark.CAPTURES / name)
            self.members(document, DOCUMENT, name)
            self.assertEqual(document["schema"], 1)
            self.members(document["versions"], VERSIONS, name)
            self.members(document["looked_at"], LOOKED_AT, name)
            for hint in document["unseen_hints"]:
                self.members(hint, UNSEEN_HINT, name)
            for path in document["paths"]:
                self.members(path, PATH, name)
                self.members(path["bracket"], BRACKET, name)
            for row in document["conversations"]:
                self.members(row, CONVERSATION, name)
                self.members(row["bracket"], BRACKET, name)
                self.members(row["recommended"], RECOMMENDED, name)
                self.assertIn(row["verdict"], VERDICTS)


if __name__ == "__main__":
    unittest.main()
