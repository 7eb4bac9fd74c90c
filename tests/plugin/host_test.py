#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever the host does with files, passes and preferences: nothing leaks from one file into the next."""
import json
import subprocess
import unittest

import wireshark

SEED = wireshark.CAPTURES / "seed-appliance.pcapng"
HEALTHY = wireshark.CAPTURES / "healthy-appliance.pcapng"
CLIENT = wireshark.CAPTURES / "seed-client.pcapng"


def load(capture):
    return "load", {"file": str(capture)}


TABLE = "tap", {"tap0": "nstat:pmtu,conv"}
PATHS = "tap", {"tap0": "nstat:pmtu,paths"}


def rows(answer):
    (tap,) = answer["taps"]
    (table,) = tap["tables"]
    return table["i"]


def preference(name, value):
    return "setconf", {"name": f"pmtu.{name}", "value": value}


class Host(unittest.TestCase):

    def test_a_file_begins_with_nothing_of_the_file_before(self):
        _, seed, _, healthy, paths, _, client, _, again = wireshark.sharkd(
            load(SEED), TABLE, load(HEALTHY), TABLE, PATHS, load(CLIENT), TABLE, load(SEED), TABLE)
        self.assertEqual([row[1] for row in rows(seed)], ["ignoring"])
        self.assertEqual(rows(healthy), [])
        self.assertEqual(rows(paths), [])
        self.assertEqual([row[1] for row in rows(client)], ["black_hole_receiver"])
        self.assertEqual(rows(again), rows(seed))

    def test_a_table_can_be_opened_again(self):
        _, first, second = wireshark.sharkd(load(SEED), TABLE, TABLE)
        self.assertEqual(rows(first), rows(second))

    def test_preferences_change_the_next_analysis_and_no_other(self):
        _, before, _, _, patient, _, _, after = wireshark.sharkd(
            load(SEED), TABLE, preference("processing_slack_ms", "2000"), load(SEED), TABLE,
            preference("processing_slack_ms", "20"), load(SEED), TABLE)
        self.assertNotEqual(rows(patient), rows(before))
        self.assertEqual(rows(after), rows(before))

    def test_clicks_in_any_order_show_the_same(self):
        marked = wireshark.frames(SEED, "pmtu.finding", ("-2",))
        order = marked + marked[::-1] + [1, marked[0]]
        answers = wireshark.sharkd(load(SEED), *[("frame", {"frame": number, "proto": True}) for number in order])
        seen = {}
        for number, answer in zip(order, answers[1:]):
            trees = [tree for tree in answer["tree"] if tree["l"].startswith("Path MTU Discovery")]
            self.assertEqual(seen.setdefault(number, trees), trees)
        self.assertEqual(seen[1], [])
        self.assertTrue(all(len(seen[number]) == 1 for number in marked))

    def test_a_pipe_is_read_like_a_file(self):
        piped = subprocess.Popen(["cat", SEED], stdout=subprocess.PIPE)
        with piped:
            result = wireshark.run(wireshark.TSHARK, "-q", "-r", "-", "-z", "pmtu,json", stdin=piped.stdout)
        self.assertEqual(json.loads(result.stdout), wireshark.document(SEED))

    def test_a_session_that_starts_over_survives(self):
        marked = "Oversize DF packet ignored PMTU hint"
        whole = wireshark.tshark("-r", SEED)
        reset = wireshark.tshark("-r", SEED, "-M", "20")
        self.assertGreater(whole.count(marked), 0)
        self.assertLessEqual(reset.count(marked), whole.count(marked))

    def test_several_statistics_share_one_run(self):
        result = wireshark.tshark("-q", "-r", SEED, "-z", "pmtu,json", "-z", "pmtu,json,frame.number == 1",
                                  "-z", "pmtu,conv", "-z", "pmtu,conv,frame.number == 1", "-z", "pmtu,tree")
        documents = [json.loads(line) for line in result.splitlines() if line.startswith("{")]
        self.assertEqual(sorted(len(document["conversations"]) for document in documents), [0, 1])


if __name__ == "__main__":
    unittest.main()
