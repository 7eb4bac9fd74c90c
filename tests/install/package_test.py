#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages hold what they must and nothing else, and ask for the Wireshark series they belong to."""
import os
import pathlib
import re
import subprocess
import tarfile
import tempfile
import unittest

import installation as it


class Package(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        with it.nothing_installed():
            it.run(os.environ["PMTU_CPACK"], "--config", it.BUILD / "CPackConfig.cmake", "-B", cls.folder / "packages")
        (cls.deb,) = (cls.folder / "packages").glob("*.deb")
        (cls.archive,) = (cls.folder / "packages").glob("*.tar.gz")

    def unpacked(self, name, *command):
        folder = self.folder / name
        folder.mkdir()
        it.run(*command, folder)
        it.readable(self.folder)
        return folder

    def test_archive_unpacks_into_a_home(self):
        with tarfile.open(self.archive) as archive:
            names = sorted(member.name.removeprefix("./") for member in archive if not member.isdir())
        self.assertEqual(names, it.personal_files())
        home = self.unpacked("home", "tar", "-xzf", self.archive, "-C")
        self.assertEqual([version for version, _ in it.listed(**it.at_home(home))], [it.VERSION])
        self.assertEqual(it.scanned(home / ".local" / it.SCAN), ["ignoring"])

    def test_deb_holds_plugin_profile_and_documents(self):
        root = self.unpacked("root", "dpkg-deb", "-x", self.deb)
        held = it.files(root)
        documents = [f"usr/share/doc/wireshark-pmtu/{name}" for name in ("changelog.gz", "copyright")]
        wanted = [*(f"usr/{file}" for file in (it.PLUGIN, it.MANUAL, *it.SCAN_FILES)), *it.profile_below("usr/share/wireshark/profiles"), *documents]
        self.assertEqual(sorted(set(wanted) - set(held)), [])
        # A page of the manual may come along, but nothing of the core as a library.
        self.assertEqual([file for file in set(held) - set(wanted) if not file.startswith("usr/share/man/")], [])
        self.assertEqual(it.scanned(root / "usr" / it.SCAN), ["ignoring"])
        plugins = (root / "usr" / it.PLUGIN).parent.parent.parent
        self.assertEqual([version for version, _ in it.listed(WIRESHARK_PLUGIN_DIR=plugins)], [it.VERSION])

    def test_deb_depends_on_its_series_and_no_other(self):
        depends = it.run("dpkg-deb", "-f", self.deb, "Depends")
        major, minor = it.SERIES.split(".")
        low, high = re.findall(r"wireshark-common \((>=|<<) ([^)]*)\)", depends)
        self.assertEqual(low, (">=", it.SERIES))
        self.assertEqual(high[0], "<<")
        for version, fits in ((f"{it.SERIES}.0-1", True), (f"{it.SERIES}.99-1~deb1", True),
                              (f"{major}.{int(minor) + 1}.0-1", False), (f"{major}.{int(minor) + 1}.0~rc1-1", False)):
            compared = subprocess.run(["dpkg", "--compare-versions", version, "lt", high[1]], check=False)
            self.assertEqual(compared.returncode == 0, fits, version)
        self.assertRegex(depends, r"libwireshark\d+")
        self.assertRegex(depends, r"libwiretap\d+")
        self.assertRegex(depends, r"libc6")

    def test_lintian_finds_no_error(self):
        result = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", self.deb], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout)


if __name__ == "__main__":
    unittest.main()
