#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""pmtu-scan --follow: pipes and folders of ring-buffer files, findings at once and once, counters, no growth."""
import os
import pathlib
import signal
import struct
import subprocess
import tempfile
import time
import unittest

import scan

# In the story the appliance sends 1500 bytes again in these frames, after it had the hint of 1446.
IGNORING_FRAMES = [17, 21, 24, 26, 30, 32]


def blocks(capture):
    """The blocks of a pcapng file (little-endian)."""
    content, offset, found = capture.read_bytes(), 0, []
    while offset < len(content):
        (length,) = struct.unpack_from("<I", content, offset + 4)
        found.append(content[offset:offset + length])
        offset += length
    return found


def is_packet(block):
    return block[:4] == b"\x06\0\0\0"


class Follow(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.blocks = blocks(scan.SEED)
        self.head = b"".join(block for block in self.blocks if not is_packet(block))
        self.packets = [block for block in self.blocks if is_packet(block)]

    def start(self, *arguments, **options):
        process = subprocess.Popen([scan.SCAN, "--follow", *map(str, arguments)], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def finish(self, process, number=None):
        if number:
            process.send_signal(number)
        output, complaint = process.communicate(timeout=60)
        self.assertEqual(complaint, b"")
        return process.returncode, scan.lines(output)

    def test_a_finding_is_told_while_the_pipe_is_open(self):
        process = self.start("-", stdin=subprocess.PIPE)
        # Up to the first oversize datagram after the hint, in pieces that end anywhere.
        stream = self.head + b"".join(self.packets[:17])
        for offset in range(0, len(stream), 1000):
            process.stdin.write(stream[offset:offset + 1000])
            process.stdin.flush()
        (first,) = scan.lines(process.stdout.readline())
        self.assertEqual((first["file"], first["frame"], first["finding"], first["hint_frame"]), ("-", 17, "ignored_hint", 9))
        self.assertEqual((first["verdict"], first["source"], first["reporter"]), ("ignoring", "10.1.0.10", "10.1.0.1"))
        process.stdin.write(b"".join(self.packets[17:]))
        process.stdin.close()
        process.stdin = None
        status, rest = self.finish(process)
        self.assertEqual(status, 0)
        self.assertEqual([line["frame"] for line in rest if line["finding"] == "ignored_hint"], IGNORING_FRAMES[1:])

    def test_classic_format_in_both_byte_orders(self):
        for order in "<>":
            stream = struct.pack(order + "IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)
            for packet in self.packets:
                _, _, _, high, low, captured, original = struct.unpack_from("<7I", packet)
                (unit,) = (1_000_000_000,) if high > 1 << 25 else (1_000_000,)
                time_ = high << 32 | low
                stream += struct.pack(order + "4I", time_ // unit, time_ % unit // (unit // 1_000_000), captured, original)
                stream += packet[28:28 + captured]
            process = self.start("-", stdin=subprocess.PIPE)
            output, complaint = process.communicate(stream, timeout=60)
            self.assertEqual((process.returncode, complaint), (0, b""))
            found = [line["frame"] for line in scan.lines(output) if line["finding"] == "ignored_hint"]
            self.assertEqual(found, IGNORING_FRAMES, order)

    def test_a_pipe_that_ends_in_mid_record(self):
        process = self.start("-", stdin=subprocess.PIPE)
        output, _ = process.communicate(scan.SEED.read_bytes()[:-50], timeout=60)
        self.assertEqual(process.returncode, 2)
        self.assertEqual(scan.lines(output)[-1], {"file": "-", "error": "the file ends in the middle of a record"})

    def test_a_pipe_of_something_else(self):
        process = self.start("-", stdin=subprocess.PIPE)
        output, _ = process.communicate(b"these are no packets\n" * 100, timeout=60)
        self.assertEqual(process.returncode, 2)
        (line,) = scan.lines(output)
        self.assertIn("error", line)

    def test_an_empty_pipe(self):
        process = self.start("-", stdin=subprocess.PIPE)
        self.assertEqual((process.communicate(timeout=60), process.returncode), ((b"", b""), 0))

    def test_fail_on(self):
        with open(scan.SEED, "rb") as seed:
            self.assertEqual(self.finish(self.start("--fail-on", "ignoring", "-", stdin=seed))[0], 1)

    def test_a_ring_is_one_capture(self):
        """The hint is in the first file, what ignores it in the later ones."""
        metrics = self.folder / "pmtu.prom"
        process = self.start(self.folder, "--metrics", metrics)
        for number, (begin, end) in enumerate(((0, 16), (16, 25), (25, 33), (33, None))):
            (self.folder / f"ring_{number:05}.pcapng").write_bytes(self.head + b"".join(self.packets[begin:end]))
            time.sleep(0.05)  # their age orders them
        found = []
        while len(found) < len(IGNORING_FRAMES):  # the newest file, which has none of them, need not be read
            found += scan.lines(process.stdout.readline())
        status, rest = self.finish(process, signal.SIGTERM)
        self.assertEqual(status, 0)
        places = [(pathlib.Path(line["file"]).name, line["frame"]) for line in found + rest
                  if line["finding"] == "ignored_hint"]
        self.assertEqual(places, [("ring_00001.pcapng", 1), ("ring_00001.pcapng", 5), ("ring_00001.pcapng", 8),
                                  ("ring_00002.pcapng", 1), ("ring_00002.pcapng", 5), ("ring_00002.pcapng", 7)])
        # The hint was in an earlier file.
        self.assertEqual({line["hint_frame"] for line in found}, {None})
        text = metrics.read_text()
        self.assertIn('pmtu_verdicts_total{verdict="ignoring",sender="10.1.0.10",reporter="10.1.0.1"} 1\n', text)
        self.assertIn("\npmtu_captures_total 3\n", text)  # the newest may go on
        self.assertEqual(list(self.folder.glob("pmtu.prom*")), [metrics])

    def test_a_damaged_file_of_a_ring_is_an_error_and_the_rest_goes_on(self):
        first, damaged, last = (self.folder / f"ring_{number}.pcapng" for number in range(3))
        first.write_bytes(self.head + b"".join(self.packets[:20]))
        time.sleep(0.05)
        damaged.write_bytes(b"these are no packets\n" * 10)
        time.sleep(0.05)
        last.write_bytes(self.head + b"".join(self.packets[20:]))
        time.sleep(0.05)
        (self.folder / "ring_3.pcapng").write_bytes(self.head)
        process = self.start(self.folder)
        found = []
        while len([line for line in found if line.get("finding") == "ignored_hint"]) < len(IGNORING_FRAMES):
            found += scan.lines(process.stdout.readline())
        status, rest = self.finish(process, signal.SIGHUP)
        self.assertEqual(status, 2)
        (error,) = [line for line in found + rest if "error" in line]
        self.assertEqual(error["file"], str(damaged))
        frames = [(line["file"], line["frame"]) for line in found + rest if line.get("finding") == "ignored_hint"]
        self.assertEqual(frames, [(str(first), 17)] + [(str(last), frame - 20) for frame in IGNORING_FRAMES[1:]])

    def test_output_that_cannot_be_written_ends_it_with_an_error(self):
        gone, pipe = os.pipe()
        os.close(gone)
        for output, complaint in ((os.fdopen(pipe, "wb"), "Broken pipe"), (open("/dev/full", "wb"), "No space left on device")):
            with output, open(scan.SEED, "rb") as seed:
                result = subprocess.run([scan.SCAN, "--follow", "-"], stdin=seed, stdout=output, stderr=subprocess.PIPE,
                                        timeout=60, check=False)
            self.assertEqual((result.returncode, result.stderr.decode()), (2, f"pmtu-scan: standard output: {complaint}\n"))

    def test_counters_that_cannot_be_written(self):
        process = self.start("--metrics", self.folder / "no" / "pmtu.prom", "-", stdin=subprocess.PIPE)
        output, complaint = process.communicate(scan.SEED.read_bytes(), timeout=60)
        self.assertEqual(process.returncode, 2)
        self.assertIn("No such file or directory", complaint.decode())
        self.assertEqual(len([line for line in scan.lines(output) if line["finding"] == "ignored_hint"]), 6)

    def test_the_newest_file_is_read_when_it_is_quiet_and_further_when_it_grows(self):
        ring = self.folder / "ring.pcapng"
        whole = self.head + b"".join(self.packets)
        cut = len(self.head) + sum(map(len, self.packets[:17])) + 30  # in the middle of a record
        ring.write_bytes(whole[:cut])
        process = self.start(self.folder)
        (first,) = scan.lines(process.stdout.readline())
        self.assertEqual(first["frame"], 17)
        with ring.open("ab") as grown:
            grown.write(whole[cut:])
        (second,) = scan.lines(process.stdout.readline())
        self.assertEqual(second["frame"], 21)
        status, _ = self.finish(process, signal.SIGINT)
        self.assertEqual(status, 0)

    def test_a_day_without_growth(self):
        """400,000 frames, five a second, with faults: 22 hours. Memory may not grow in the second half."""
        pipe, told = self.folder / "pipe", self.folder / "told"
        os.mkfifo(pipe)
        traffic = subprocess.Popen([os.environ["PMTU_MAKE_TRAFFIC"], "--kind", "acks", "--flows", "200", "--frames", "400000",
                                    "--rate", "5", "--faults", "200", pipe])
        self.addCleanup(traffic.wait)
        sent, sizes = 0, []
        with open(pipe, "rb") as stream, open(told, "wb") as output:
            process = subprocess.Popen([scan.SCAN, "--follow", "-"], stdin=subprocess.PIPE, stdout=output)
            self.addCleanup(process.kill)
            while content := stream.read(1 << 20):
                process.stdin.write(content)
                sent += len(content)
                sizes.append((sent, self.memory(process)))
            process.stdin.close()
            self.assertEqual(process.wait(), 0)
        self.assertGreater(len(scan.lines(told.read_bytes())), 100)
        half = next(size for at, size in sizes if at >= sent / 2)
        self.assertLess(sizes[-1][1] - half, 24 << 20, sizes)

    @staticmethod
    def memory(process):
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


if __name__ == "__main__":
    unittest.main()
