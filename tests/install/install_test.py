#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Installing puts the plugin where Wireshark looks for it, for everybody or for one user; uninstalling leaves nothing."""
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import installation as it


class Install(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.enterContext(it.nothing_installed())

    def install(self, *options, **variables):
        it.run(it.CMAKE, "--install", it.BUILD, *options, **variables)
        it.readable(self.folder)

    def uninstall(self, **variables):
        it.run(it.CMAKE, "--build", it.BUILD, "--target", "uninstall", **variables)

    def expected(self):
        return [it.PLUGIN, it.MANUAL, *it.SCAN_FILES, *it.profile_below("share/wireshark/profiles")]

    def missing(self, found):
        return sorted(set(self.expected()) - set(found))

    def test_a_prefix_gets_the_plugin_and_its_profile(self):
        self.install("--prefix", self.folder)
        installed = it.files(self.folder)
        self.assertEqual(self.missing(installed), [])
        self.assertEqual([file for file in installed if file.endswith((".a", ".h", ".cmake"))], [])
        self.assertEqual([version for version, _ in it.listed(WIRESHARK_PLUGIN_DIR=(
            self.folder / it.PLUGIN).parent.parent.parent)], [it.VERSION])
        self.assertEqual(it.scanned(self.folder / it.SCAN), ["ignoring"])

    def test_completion_knows_what_the_program_takes(self):
        self.install("--prefix", self.folder)
        script = self.folder / "share/bash-completion/completions/pmtu-scan"
        program = self.folder / it.SCAN
        options = set(re.findall(r"--[a-z-]+", it.run(program, "--help")))
        self.assertEqual(set(it.completed(script, "pmtu-scan", "--")), options)
        for option in ("--format", "--fail-on"):
            for value in it.completed(script, "pmtu-scan", option, ""):
                it.run(program, option, value, it.HEALTHY)
        preferences = it.completed(script, "pmtu-scan", "--preference", "")
        table = (it.SOURCE / "plugin/preference_table.cpp").read_text()
        numbers = set(re.findall(r'UintPreference \w+\{\s*"(\w+)"', table))
        self.assertEqual({preference.rstrip("=") for preference in preferences}, numbers)
        for preference in preferences:
            refused = subprocess.run([program, "-p", f"{preference}?", it.HEALTHY], stderr=subprocess.PIPE, check=False)
            self.assertIn("takes a number", refused.stderr.decode())
        schema = json.loads((it.SOURCE / "tests/plugin/pmtu-json.schema.json").read_text())
        verdicts = schema["$defs"]["conversation"]["properties"]["verdict"]["enum"]
        self.assertEqual(set(it.completed(script, "pmtu-scan", "--fail-on", "")), set(verdicts))
        self.assertIn("ignoring,probing", it.completed(script, "pmtu-scan", "--fail-on", "ignoring,prob"))

    def test_destdir_stages_wiresharks_own_prefix(self):
        self.install(DESTDIR=str(self.folder))
        staged = it.files(self.folder)
        (prefix,) = {file.removesuffix(it.PLUGIN) for file in staged if file.endswith(it.PLUGIN)}
        self.assertEqual(self.missing(file.removeprefix(prefix) for file in staged), [])
        self.uninstall(DESTDIR=str(self.folder))
        self.assertEqual(it.files(self.folder), [])

    def test_a_user_installs_for_himself_and_takes_it_away(self):
        home = it.at_home(self.folder)
        self.assertEqual(it.listed(**home), [])
        self.install("--component", "personal", "--prefix", self.folder)
        self.assertEqual(it.files(self.folder),
                         it.personal_files())
        ((version, kind),) = it.listed(**home)
        self.assertEqual(version, it.VERSION)
        self.assertIn("dissector", kind)
        shown = it.tshark("-C", "Path MTU", "-r", it.SEED, "-Y", "pmtu.ignored_hint", **home)
        self.assertEqual(len(shown.splitlines()), 6, shown)
        self.assertEqual(it.scanned(self.folder / ".local" / it.SCAN), ["ignoring"])
        self.uninstall()
        self.assertEqual(it.files(self.folder), [])
        self.assertEqual(list(self.folder.rglob("Path MTU")), [])
        self.assertEqual(it.listed(**home), [])


if __name__ == "__main__":
    unittest.main()
