#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever call fails, nothing is lost but what it was for: exceptions of Wireshark at every call of the plugin, and
every allocation. The engine is sharkd, which dissects as the GUI does; see fault_injection.cpp. Short traces do: a
datagram, a hint, and two datagrams that ignore it; and two capture points between which the hints get lost."""
import ctypes
import mmap
import os
import pathlib
import subprocess
import tempfile
import unittest

import wireshark

TRACES = wireshark.SOURCE / "tests" / "traces"


class Control(ctypes.Structure):
    """FaultControl of fault_injection.h."""
    _fields_ = [
        ("calls_until_exception", ctypes.c_uint64),
        ("exceptions", ctypes.c_uint64),
        ("allocations_until_failure", ctypes.c_uint64),
        ("failures", ctypes.c_uint64),
        ("live_blocks", ctypes.c_int64),
        ("thrown_from", ctypes.c_char * 64),
        ("functions", ctypes.c_char * 2048),
    ]


class Faults:
    TRACE = ""
    VERDICT = ""
    SHOWN = ()  # frames that are looked at
    NEVER_CALLED = set()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pmtu-faults.")
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        subprocess.run([os.environ["PMTU_TRACE_TO_PCAP"], folder.name, TRACES / f"{self.TRACE}.trace"], check=True)
        self.capture = pathlib.Path(folder.name) / f"{self.TRACE}.pcapng"
        shared = pathlib.Path(folder.name) / "control"
        shared.write_bytes(bytes(ctypes.sizeof(Control)))
        os.chmod(shared, 0o666)
        with shared.open("r+b") as file:
            self.control = Control.from_buffer(mmap.mmap(file.fileno(), ctypes.sizeof(Control)))
        self.sharkd = wireshark.Sharkd(LD_PRELOAD=os.environ["PMTU_FAULT_INJECTION"], PMTU_FAULT_CONTROL=shared)
        self.addCleanup(self.sharkd.close)
        self.visit()
        self.rows = self.table()
        self.trees = {number: self.tree(number) for number in self.SHOWN}
        self.live = self.control.live_blocks
        self.assertEqual([row[1] for row in self.rows], [self.VERDICT])
        self.assertTrue(any(self.trees.values()))

    def visit(self):
        """Opens the file, which dissects each of its frames, and looks at some of them."""
        self.sharkd.ask("load", file=str(self.capture))
        for number in self.SHOWN:
            self.tree(number)

    def table(self):
        return self.sharkd.ask("tap", tap0="nstat:pmtu,conv")["taps"][0]["tables"][0]["i"]

    def tree(self, number):
        answer = self.sharkd.ask("frame", frame=number, proto=True)
        return [tree for tree in answer["tree"] if tree["l"].startswith("Path MTU Discovery")]

    def exceptions(self, step):
        """Runs `step` once for every call that it makes, which leaves by an exception; yields where that was."""
        for call in range(1, 100_000):
            before = self.control.exceptions
            self.control.calls_until_exception = call
            step()
            self.control.calls_until_exception = 0
            if self.control.exceptions == before:
                return
            yield self.control.thrown_from.decode()

    def failures(self, step):
        """Runs `step` once for every allocation that it makes, which fails."""
        for allocation in range(1, 100_000):
            before = self.control.failures
            self.control.allocations_until_failure = allocation
            step()
            self.control.allocations_until_failure = 0
            if self.control.failures == before:
                return
            yield allocation

    def assert_all_is_well(self):
        for number in self.SHOWN:
            self.assertEqual(self.tree(number), self.trees[number])
        self.assertEqual(self.table(), self.rows)
        self.assertEqual(self.control.live_blocks, self.live)

    def test_an_exception_at_any_call_disturbs_that_frame_alone(self):
        thrown_from = set()
        for number, following in zip(self.SHOWN, (*self.SHOWN[1:], self.SHOWN[0])):
            for function in self.exceptions(lambda: self.tree(number)):
                thrown_from.add(function)
                self.assertEqual(self.tree(number), self.trees[number], function)
                self.assertEqual(self.tree(following), self.trees[following], function)
                self.assertEqual(self.control.live_blocks, self.live, function)
        for function in self.exceptions(self.table):
            thrown_from.add(function)
            self.assertEqual(self.control.live_blocks, self.live, function)
        self.assert_all_is_well()
        self.assertEqual(thrown_from | self.NEVER_CALLED, set(self.control.functions.decode().split()))

    def test_an_exception_while_loading_costs_one_frame_at_most(self):
        # Without its bytes a frame cannot be analysed; whatever comes later only shows what is known already.
        before_analysis = {"tvb_captured_length", "tvb_get_ptr"}
        thrown_from = set()
        for function in self.exceptions(self.visit):
            thrown_from.add(function)
            if function in before_analysis:
                self.visit()
            self.assertEqual(self.table(), self.rows, function)
            self.assertEqual(self.control.live_blocks, self.live, function)
        self.assertLess(before_analysis, thrown_from)

    def test_a_failed_allocation_ends_nothing(self):
        for step in (self.visit, self.table, *(lambda number=number: self.tree(number) for number in self.SHOWN)):
            failed = 0
            for failed in self.failures(step):
                pass  # still there; whether anything was lost for good, the end tells
            self.visit()
            if step in (self.visit, self.table):
                self.assertGreater(failed, 0)
            self.assert_all_is_well()


class OnePoint(Faults, unittest.TestCase):
    TRACE = "hint-quotes-eight-bytes"
    VERDICT = "ignoring"
    SHOWN = (1, 2, 3, 4)


class TwoPoints(Faults, unittest.TestCase):
    TRACE = "hint-filtered-between-two-points"
    VERDICT = "hint_undeliverable"
    SHOWN = (2, 9, 16)
    NEVER_CALLED = {"proto_field_is_referenced"}  # every frame shows its capture point anyway


if __name__ == "__main__":
    unittest.main()
