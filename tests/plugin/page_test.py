#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The page of `-z pmtu,html`: what a browser makes of it, where there is one (Debian: chromium)."""
import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import wireshark

SEED = wireshark.CAPTURES / "seed-appliance.pcapng"
BROWSER = shutil.which(os.environ.get("PMTU_BROWSER", "chromium"))


def page(capture, *arguments, filter=""):
    return wireshark.tshark("-q", "-r", capture, "-z", "pmtu,html" + (f",{filter}" if filter else ""), *arguments)


class Words(html.parser.HTMLParser):
    """The words of a page by the element that they stand in."""

    def __init__(self, text):
        super().__init__()
        self.open = []
        self.words = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if self.open and data.strip():
            self.words.setdefault(self.open[-1], []).append(data.strip())


class Page(unittest.TestCase):

    def test_it_says_what_the_report_says(self):
        words = Words(page(SEED)).words
        report = wireshark.tshark("-q", "-r", SEED, "-z", "pmtu,report")
        headings = re.findall(r"^#+ (.*)$", report, re.M)
        self.assertEqual([word for level in ("h1", "h2", "h3") for word in words[level]],
                         sorted(headings, key=lambda text: re.search(rf"^(#+) {re.escape(text)}$", report, re.M)[1]))

    def test_two_passes_draw_what_one_draws(self):
        self.assertEqual(page(SEED), page(SEED, "-2"))

    def test_every_datagram_of_the_conversation_is_in_the_drawing(self):
        sent = len(wireshark.frames(SEED, "ip.src == 10.1.0.10 && tcp && !icmp"))
        self.assertIn(f"<desc>{sent} datagrams of 10.1.0.10:443 -&gt; 10.2.0.20:40443 (TCP)", page(SEED))

    def test_a_filter_that_matches_nothing_is_named(self):
        self.assertIn("The filter <code>ip.addr == 192.0.2.1</code> matched no frame",
                      page(SEED, filter="ip.addr == 192.0.2.1"))

    @unittest.skipUnless(BROWSER, "no browser")
    def test_a_browser_shows_it(self):
        """Its own style applies, drawings have a size, and what the browser keeps of the page nests."""
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "page.html")
            file.write_text(page(SEED), encoding="utf-8")
            seen = subprocess.run([BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
                                   "--dump-dom", file.as_uri()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  timeout=300, check=True)
            self.assertEqual(seen.stdout.count("<svg "), 3)
            self.assertNotIn("Content Security Policy", seen.stderr)
            Words(seen.stdout)


if __name__ == "__main__":
    unittest.main()
