#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever the host does with files, passes and preferences: nothing leaks from one file into the next."""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
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
        self.assertEqual(json.loads(result.stdout), wireshark.document(SEED) | {"file": None})

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

    def test_two_passes_with_a_read_filter_mark_what_one_pass_marks(self):
        marked = wireshark.frames(SEED, "pmtu.ignored_hint")
        kept = wireshark.tshark("-2", "-R", "pmtu.ignored_hint", "-r", SEED, "-T", "fields", "-e", "pmtu.datagram.length")
        self.assertGreater(len(marked), 0)
        self.assertEqual(len(kept.split()), len(marked))

    def test_one_pass_tells_whoever_asks_what_two_passes_tell(self):
        # Each listener has a way of its own to what only the end tells.
        marked = "Oversize DF packet ignored PMTU hint"
        for question, answer in (("expert", marked), ("pmtu,conv", "ignoring"), ("pmtu,tree", marked),
                                 ("io,stat,0,pmtu.ignored_hint", "pmtu.ignored_hint"),
                                 ("io,phs,pmtu.ignored_hint", "pmtu.ignored_hint")):
            with self.subTest(question):
                one_pass = wireshark.tshark("-q", "-r", SEED, "-z", "conv,tcp", "-z", question)
                self.assertIn(answer, one_pass)
                self.assertEqual(one_pass, wireshark.tshark("-2", "-q", "-r", SEED, "-z", "conv,tcp", "-z", question))

    def test_a_limit_of_frames_is_an_earlier_end(self):
        limit = 20
        whole, begun = wireshark.tshark("-r", SEED), wireshark.tshark("-r", SEED, "-c", str(limit))
        self.assertEqual(begun.splitlines(), whole.splitlines()[:limit])
        with tempfile.TemporaryDirectory(prefix="pmtu-cut.") as folder:
            os.chmod(folder, 0o755)
            cut = f"{folder}/cut.pcapng"
            subprocess.run(["editcap", "-r", SEED, cut, f"1-{limit}"], check=True)
            os.chmod(cut, 0o644)
            alone = wireshark.document(cut)
            self.assertEqual(alone["frames"], limit)
            for options in (("-c", str(limit)), ("-2", "-c", str(limit))):
                self.assertEqual(wireshark.document(SEED, *options) | {"file": cut}, alone)

    def test_frames_cut_behind_their_headers_say_the_same(self):
        with tempfile.TemporaryDirectory(prefix="pmtu-cut.") as folder:
            os.chmod(folder, 0o755)
            cut = f"{folder}/cut.pcapng"
            subprocess.run(["editcap", "-s", "96", SEED, cut], check=True)
            os.chmod(cut, 0o644)
            (whole,), (short,) = (wireshark.document(file)["conversations"] for file in (SEED, cut))
            for key in ("verdict", "path_mtu", "hint_frames", "ignored_frames", "ignored_bytes", "hint_delivered"):
                self.assertEqual(short[key], whole[key], key)

    def test_a_ring_of_files_is_analysed_file_by_file(self):
        hinted, marked = "PMTU hint received", "Oversize DF packet ignored PMTU hint"
        with tempfile.TemporaryDirectory(prefix="pmtu-ring.") as folder:
            os.chmod(folder, 0o777)
            with subprocess.Popen(["cat", SEED], stdout=subprocess.PIPE) as live:
                result = wireshark.run(wireshark.TSHARK, "-i", "-", "-w", f"{folder}/ring.pcapng", "-b", "filesize:8",
                                       "-P", stdin=live.stdout)
            self.assertEqual(result.returncode, 0, result.stderr)
            files = sorted(pathlib.Path(folder).glob("ring_*"))
            self.assertGreater(len(files), 1)
            alone = "".join(wireshark.tshark("-r", file) for file in files)
        # tshark leaves out what dumpcap wrote before it looked: at most what each file says alone, never more.
        self.assertGreater(result.stdout.count(hinted), 0)
        self.assertLessEqual(result.stdout.count(hinted), alone.count(hinted))
        self.assertLessEqual(result.stdout.count(marked), alone.count(marked))
        self.assertLess(alone.count(marked), wireshark.tshark("-r", SEED).count(marked))

    def test_a_reader_that_leaves_early_ends_it_quietly(self):
        shell = f"'{wireshark.TSHARK}' -r '{SEED}' -V -z pmtu,report | head -n 1"
        result = wireshark.run("sh", "-c", shell)
        self.assertEqual(len(result.stdout.splitlines()), 1)
        self.assertNotRegex(result.stderr, "(?i)abort|segmentation|assert")


class Installation(unittest.TestCase):
    """Plugin folders that are not as they should be."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pmtu-plugins.")
        self.addCleanup(folder.cleanup)
        shutil.copytree(os.environ["PMTU_PLUGIN_DIR"], folder.name, dirs_exist_ok=True)
        subprocess.run(["chmod", "-R", "a+rX", folder.name], check=True)
        (self.module,) = pathlib.Path(folder.name).glob("*/epan/pmtu.so")
        self.folder = folder.name

    def run_tshark(self):
        return wireshark.run("env", f"WIRESHARK_PLUGIN_DIR={self.folder}", wireshark.TSHARK, "-q", "-r", SEED, "-z",
                             "io,phs")

    def test_a_second_copy_says_so_and_stays_out_of_the_way(self):
        shutil.copy(self.module, self.module.with_name("another.so"))
        result = self.run_tshark()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("installed twice", result.stderr)

    def test_another_series_of_wireshark_refuses_it_by_name(self):
        symbols = subprocess.run(["nm", "-D", self.module], check=True, stdout=subprocess.PIPE, text=True).stdout
        (line,) = [line for line in symbols.splitlines() if line.endswith(" plugin_want_minor")]
        # Constants lie in a segment whose addresses are its places in the file.
        place = int(line.split()[0], 16)
        module = bytearray(self.module.read_bytes())
        (minor,) = struct.unpack_from("<i", module, place)
        self.assertEqual(f"{self.module.parent.parent.name}".split(".")[1], str(minor))
        struct.pack_into("<i", module, place, minor + 1)
        self.module.write_bytes(module)
        result = self.run_tshark()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("pmtu.so", result.stderr)
        self.assertIn(f".{minor + 1}", result.stderr)


if __name__ == "__main__":
    unittest.main()
