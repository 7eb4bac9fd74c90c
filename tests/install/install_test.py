#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Installing puts the plugin where Wireshark looks for it, for everybody or for one user; uninstalling leaves nothing."""
import pathlib
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
        return [it.PLUGIN, it.MANUAL, *it.profile_below("share/wireshark/profiles")]

    def missing(self, found):
        return sorted(set(self.expected()) - set(found))

    def test_a_prefix_gets_the_plugin_and_its_profile(self):
        self.install("--prefix", self.folder)
        installed = it.files(self.folder)
        self.assertEqual(self.missing(installed), [])
        self.assertEqual([file for file in installed if file.endswith((".a", ".h", ".cmake"))], [])
        self.assertEqual([version for version, _ in it.listed(WIRESHARK_PLUGIN_DIR=(
            self.folder / it.PLUGIN).parent.parent.parent)], [it.VERSION])

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
        self.uninstall()
        self.assertEqual(it.files(self.folder), [])
        self.assertEqual(list(self.folder.rglob("Path MTU")), [])
        self.assertEqual(it.listed(**home), [])


if __name__ == "__main__":
    unittest.main()
