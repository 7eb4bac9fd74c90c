#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipes of plugin/scan/README.md, run as they stand there but for the folders."""
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import scan

RECIPES = scan.SOURCE / "plugin" / "scan"
# A Python that has the modules of Debian's packages.
PYTHON = "/usr/bin/python3"
DUCKDB = """
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const results = [];
  for (const statement of require('fs').readFileSync(0, 'utf8').split(';').filter((text) => text.trim()))
    results.push((await connection.runAndReadAll(statement)).getRowsJson());
  console.log(JSON.stringify(results.filter((rows) => rows.length)));
})();
"""
# Stands for ssh: what is to be run elsewhere runs here, as on a machine of that name.
SSH = """#!/bin/sh
while [ "${1#-}" != "$1" ]; do shift; done
echo "$1" >> "$HOSTS_ASKED"
shift
[ "$1" != -- ] || shift
exec sh -c "$*"
"""


def blocks(title, language):
    """The recipes of this kind in a section of the README."""
    section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", (RECIPES / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    found = re.findall(rf"^```{language}\n(.*?)^```$", section.group(1), re.M | re.S)
    assert found, title
    return found


def can_import(module):
    return subprocess.run([PYTHON, "-c", f"import {module}"], stderr=subprocess.DEVNULL, check=False).returncode == 0


def can_require(module):
    return shutil.which("node") and subprocess.run(["node", "-e", f"require('{module}')"], stderr=subprocess.DEVNULL,
                                                   check=False).returncode == 0


class Recipes(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        captures = cls.folder / "captures"
        captures.mkdir()
        for number, capture in enumerate(sorted(scan.CAPTURES.glob("*.pcapng"))[::4]):
            (captures / f"{number:03}.pcapng").write_bytes(capture.read_bytes())
        (captures / "099.pcap").write_text("this is no capture")
        cls.names = sorted(str(file) for file in captures.iterdir())
        cls.expected = scan.run(*cls.names).stdout
        cls.rows = scan.lines(cls.expected)
        (cls.folder / "pmtu.ndjson").write_bytes(cls.expected)
        (cls.folder / "plugin").symlink_to(scan.SOURCE / "plugin")

    def cook(self, recipe, status=0, **variables):
        """Output of a recipe, with folders of this test instead of the README's."""
        recipe = re.sub(r"(/var)?/(captures|shared)\b", rf"{self.folder}/\2", recipe)
        # GNU parallel runs what it is given by $SHELL, and without one, as in a service, runs nothing and says nothing.
        environment = dict(os.environ, LC_ALL="C.UTF-8", SHELL="/bin/sh",
                           PATH=f"{pathlib.Path(scan.SCAN).parent}:{os.environ['PATH']}",
                           **variables)
        result = subprocess.run(["bash", "-c", recipe], cwd=self.folder, env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, timeout=300, check=False)
        self.assertEqual(result.returncode, status, result)
        return result.stdout

    def answers(self):
        """What pmtu.sql asks, counted here."""
        blamed = [row for row in self.rows if row.get("verdict") in ("ignoring", "probably_ignoring")]
        ignored = collections.Counter()
        for row in blamed:
            ignored[row["source"]] += row["ignored_packets"]
        mtus = collections.Counter((row["reporter"], row["path_mtu"]) for row in self.rows if row.get("reporter"))
        return ignored, mtus, [row["file"] for row in self.rows if "error" in row]

    def check_answers(self, results):
        """Of worst senders, worst paths, first seen, MTU by reporter, and what could not be read."""
        ignored, mtus, unread = self.answers()
        self.assertGreater(len(ignored), 1)
        senders, paths, seen, reported, errors = results
        self.assertEqual({row[0]: int(row[2]) for row in senders}, dict(ignored))
        self.assertEqual([row[0] for row in senders], [source for source, _ in sorted(
            ignored.items(), key=lambda item: (-item[1], item[0]))])
        self.assertGreater(len(paths), 1)
        first = {}
        for row in self.rows:
            if "verdict" in row:
                key = row["source"], row["verdict"]
                first[key] = min(first.get(key, row["file"]), row["file"])
        self.assertEqual({(row[0], row[1]): row[2] for row in seen},
                         dict(sorted(first.items(), key=lambda item: (item[1], item[0]))[:20]))
        self.assertEqual({(row[0], row[1] and int(row[1])): int(row[2]) for row in reported}, dict(mtus))
        self.assertEqual([row[0] for row in errors], unread)

    @unittest.skipUnless(shutil.which("sqlite3"), "no sqlite3 (Debian: sqlite3)")
    def test_sqlite(self):
        (recipe,) = blocks("Questions in SQL", "sh")
        shown = self.cook(recipe).decode()
        self.assertIn("10.1.0.10", shown)
        # The same, as data.
        results = []
        for question in (RECIPES / "pmtu.sql").read_text(encoding="utf-8").split(";")[1:-1]:
            output = subprocess.run(["sqlite3", "-json", self.folder / "pmtu.db", question], stdout=subprocess.PIPE, check=True)
            results.append([list(row.values()) for row in json.loads(output.stdout)])
        self.check_answers(results)

    @unittest.skipUnless(can_require("@duckdb/node-api"), "no DuckDB (npm: @duckdb/node-api; NODE_PATH names its folder)")
    def test_duckdb(self):
        (load,) = blocks("Questions in SQL", "sql")
        statements = load + (RECIPES / "pmtu.sql").read_text(encoding="utf-8")
        output = subprocess.run(["node", "-e", DUCKDB], input=statements.encode(), cwd=self.folder, stdout=subprocess.PIPE,
                                check=True)
        self.check_answers([rows for rows in json.loads(output.stdout) if len(rows[0]) > 1 or not isinstance(rows[0][0], str)])

    def test_alerts_ask_for_counters_that_there_are(self):
        counters = self.folder / "pmtu.prom"
        scan.run("--metrics", counters, *self.names)
        alerts = (RECIPES / "pmtu-alerts.yml").read_text(encoding="utf-8")
        asked = set(re.findall(r"pmtu_\w+", alerts))
        kept = set(re.findall(r"^# TYPE (\w+) counter$", counters.read_text(), re.M))
        self.assertGreater(len(asked), 1)
        self.assertEqual(asked - kept, set())
        labels = set(re.findall(r"(\w+)=", alerts)) | set(re.findall(r"\$labels\.(\w+)", alerts))
        self.assertEqual(labels - {"verdict", "sender", "reporter", "instance"}, set())  # instance is Prometheus' own

    def test_the_service_runs_what_there_is(self):
        (command,) = re.findall(r"^ExecStart=/usr/bin/(.*)$", (RECIPES / "pmtu-scan.service").read_text(encoding="utf-8"), re.M)
        counters = self.folder / "service.prom"
        folder = self.folder / "ring"
        folder.mkdir()
        command = re.sub(r"/var/captures", str(folder), re.sub(r"/var/lib/\S+\.prom", str(counters), command))
        program, *arguments = command.split()
        self.assertEqual(program, pathlib.Path(scan.SCAN).name)
        with subprocess.Popen([scan.SCAN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(0.5)
            process.terminate()
            output, complaint = process.communicate(timeout=60)
        self.assertEqual((process.returncode, output, complaint), (0, b"", b""))
        self.assertIn("pmtu_captures_total 0\n", counters.read_text())

    @unittest.skipUnless(shutil.which("parallel"), "no parallel (Debian: parallel)")
    def test_parallel(self):
        ssh, asked = self.folder / "ssh", self.folder / "asked"
        ssh.write_text(SSH)
        ssh.chmod(0o755)
        (self.folder / "hosts").write_text("2/alpha\n2/beta\n")
        variables = {"PARALLEL_SSH": str(ssh), "HOSTS_ASKED": str(asked), "PARALLEL_HOME": str(self.folder / "parallel")}
        each, shared = blocks("Many machines, without a cluster: GNU parallel", "sh")
        # Both machines have the same disk here.
        output = self.cook(each, status=2, **variables).decode()
        for host in ("alpha", "beta"):
            lines = [line.partition("\t") for line in output.splitlines()]
            self.assertEqual("".join(line + "\n" for name, _, line in lines if name == host).encode(), self.expected)
        self.cook(shared.replace("--max-args 50", "--max-args 7"), status=1, **variables)
        self.assertEqual((self.folder / "pmtu.ndjson").read_bytes(), self.expected)
        self.assertEqual(set(asked.read_text().split()), {"alpha", "beta"})


@unittest.skipUnless(shutil.which("dask-scheduler") and can_import("distributed"),
                     "no Dask cluster (Debian: python3-distributed)")
class Cluster(unittest.TestCase):
    """A scheduler and two workers on this machine."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.scheduler = self.folder / "scheduler.json"
        self.begin("dask-scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", self.scheduler)
        self.until(self.scheduler.exists)
        # Takes its time, so that a worker can be killed while it is at a capture, and notes what it was at.
        self.slow = self.folder / "slow-scan"
        self.slow.write_text(f'#!/bin/sh\necho "$PPID $2" >> {self.folder}/at\nsleep 0.2\nexec {scan.SCAN} "$@"\n')
        self.slow.chmod(0o755)
        self.captures = [str(file) for file in sorted(scan.CAPTURES.glob("*.pcapng"))[::8]] + ["/missing.pcap"]

    def begin(self, program, *arguments):
        process = subprocess.Popen([PYTHON, shutil.which(program), *map(str, arguments)], cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(lambda: process.poll() is None and os.killpg(process.pid, signal.SIGKILL))
        return process

    def until(self, condition):
        end = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)

    def submit(self, *arguments):
        process = subprocess.Popen([PYTHON, RECIPES / "pmtu_dask.py", self.scheduler, *map(str, arguments)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        return process

    def begun(self):
        at = self.folder / "at"
        return [line.split(" ", 1) for line in at.read_text().splitlines()] if at.exists() else []

    def test_a_worker_is_killed_and_no_capture_is_lost_or_done_twice_in_the_output(self):
        for number in (1, 2):
            self.begin("dask-worker", "--scheduler-file", self.scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                       "--name", number)
        process = self.submit("--scan", self.slow)
        process.stdin.write("".join(f"{name}\n" for name in self.captures).encode())
        process.stdin.close()
        process.stdin = None
        self.until(lambda: len({worker for worker, _ in self.begun()}) == 2 and len(self.begun()) > 8)
        victim, _ = self.begun()[-1]
        os.kill(int(victim), signal.SIGKILL)
        output, complaint = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 2, complaint)
        self.assertEqual(output, scan.run(*self.captures).stdout)
        # The capture that the killed worker was at was begun again by the other one.
        begun = collections.Counter(name for _, name in self.begun())
        self.assertGreater(max(begun.values()), 1)
        self.assertEqual(set(begun), set(self.captures))

    def test_a_program_that_crashes_is_an_error_of_that_capture(self):
        self.begin("dask-worker", "--scheduler-file", self.scheduler, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        crash = self.folder / "crash"
        crash.write_text(f'#!/bin/sh\n[ "$2" != {self.captures[1]} ] || kill -SEGV $$\nexec {scan.SCAN} "$@"\n')
        crash.chmod(0o755)
        process = self.submit("--scan", crash, *self.captures[:3])
        output, complaint = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 2, complaint)
        (failure,) = [line for line in scan.lines(output) if "error" in line]
        self.assertEqual(failure["file"], self.captures[1])
        self.assertIn("SIGSEGV", failure["error"])


if __name__ == "__main__":
    unittest.main()
