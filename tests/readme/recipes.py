#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the recipes of the README as they stand there and looks at what they print.

Usage: recipes.py SOURCE_FOLDER PLUGIN_DIR
"""

import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

STORY = "captures/seed-appliance.pcapng"
HEALTHY = "captures/healthy-client.pcapng"
WORK_AROUND = "captures/work-around-appliance.pcapng"
STORY_V6 = "captures/seed-v6-appliance.pcapng"
SENDER = "captures/black-hole-sender.pcapng"
RECEIVER = "captures/black-hole-receiver.pcapng"


def read_recipes(readme):
    """Title -> commands: the indented lines of '## In scripts', each recipe under its comment."""
    section = re.search(r"^## In scripts\n(.*?)^## ", readme, re.M | re.S).group(1)
    recipes, title = {}, None
    for line in section.splitlines():
        if line.startswith("    # "):
            title = line[6:]
            recipes[title] = []
        elif line.startswith("    ") and title:
            recipes[title].append(line[4:])
    return {name: "\n".join(lines) for name, lines in recipes.items() if lines}


class Kitchen:
    """A folder with three captures, and a shell of an ordinary user in it."""

    def __init__(self, source, plugin_dir, folder):
        self.source = source
        self.as_user = f"{source}/tests/support/as_user"
        self.plugin_dir = plugin_dir
        self.folder = folder
        os.chmod(folder, 0o777)
        os.mkdir(f"{folder}/captures")
        for capture in (STORY, HEALTHY, WORK_AROUND):
            shutil.copy(f"{source}/{capture}", f"{folder}/{capture}")
        os.chmod(f"{folder}/captures", 0o777)

    def cook(self, recipe, file=STORY, stdin=None):
        places = {"SENDER": SENDER, "RECEIVER": RECEIVER}
        recipe_needs = [STORY_V6] if file == STORY_V6 else [places[name] for name in places if name in recipe]
        for capture in recipe_needs:
            shutil.copy(f"{self.source}/{capture}", f"{self.folder}/{capture}")
        for name, value in (("FILE", file), ("BEFORE", STORY), ("AFTER", WORK_AROUND), *places.items()):
            recipe = re.sub(rf"\b{name}\b", value, recipe)
        command = [self.as_user, "env", f"WIRESHARK_PLUGIN_DIR={self.plugin_dir}", "bash", "-c", recipe]
        return subprocess.run(command, cwd=self.folder, stdin=stdin or subprocess.DEVNULL, capture_output=True, text=True)


def check_folder(kitchen, recipe):
    done = kitchen.cook(recipe)
    assert sorted(done.stdout.split("\n")) == ["", f"{HEALTHY} 0", f"{STORY} 1", f"{WORK_AROUND} 0"], done


def check_pipeline(kitchen, recipe):
    assert kitchen.cook(recipe).returncode == 1
    assert kitchen.cook(recipe, file=HEALTHY).returncode == 0


def check_csv(kitchen, recipe):
    for file, ends in ((STORY, "10.1.0.10 10.2.0.20"), (STORY_V6, "fd00:1::10 fd00:2::20")):
        header, *rows = csv.reader(kitchen.cook(recipe, file=file).stdout.splitlines())
        assert header == ["frame.number", "pmtu.source", "pmtu.destination", "pmtu.datagram.length", "pmtu.path.mtu",
                          "pmtu.since_hint", "pmtu.verdict.name"], header
        assert rows and all(row[1:5] == [*ends.split(), "1500", "1446"] for row in rows), rows
        assert {row[6] for row in rows} == {"ignoring"}, rows


def check_page(kitchen, recipe):
    assert kitchen.cook(recipe).returncode == 0
    page = pathlib.Path(kitchen.folder, "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "10.1.0.10 ignores the path MTU 1446" in page, page


def check_both_sides(kitchen, recipe):
    report = kitchen.cook(recipe).stdout
    assert "lost without a usable hint between capture points" in report, report
    assert "Proved by two capture points" in report and "## Capture points" in report, report


def check_search_engine(kitchen, recipe):
    documents = [json.loads(line) for line in kitchen.cook(recipe).stdout.splitlines()]
    layers = [document["layers"] for document in documents if "layers" in document]
    assert layers and all("pmtu" in layer for layer in layers)


def check_live(kitchen, recipe):
    # Nobody can capture here: the same command reads the story from a pipe, which knows no capture filter.
    piped = recipe.replace("-i eth0", "-i -").replace("-f 'tcp or icmp or icmp6' ", "")
    assert piped != recipe
    with open(f"{kitchen.folder}/{STORY}", "rb") as story:
        done = kitchen.cook(piped, stdin=story)
    assert done.stdout.count("Oversize DF packet ignored PMTU hint") == 6, done


def check_many_files(kitchen, recipe):
    assert kitchen.cook(recipe).returncode == 0
    written = {path.name: json.loads(path.read_text()) for path in pathlib.Path(kitchen.folder).rglob("*.pmtu.json")}
    assert len(written) == 3
    assert written["seed-appliance.pcapng.pmtu.json"]["conversations"][0]["verdict"] == "ignoring"
    assert written["healthy-client.pcapng.pmtu.json"]["conversations"] == []


def check_before_after(kitchen, recipe):
    done = kitchen.cook(recipe)
    before = [line.split() for line in done.stdout.splitlines() if line.startswith("<")]
    after = [line.split() for line in done.stdout.splitlines() if line.startswith(">")]
    assert done.returncode == 1 and before == ["< 1 10.1.0.10 > 10.2.0.20 ignoring".split()], done
    assert not any(line[-1] == "ignoring" for line in after), done


CHECKS = {
    "Affected conversations in each file of a folder": check_folder,
    "Fail a pipeline when a host ignores hints": check_pipeline,
    "The packets as CSV, IPv4 and IPv6 alike": check_csv,
    "A page to send to others": check_page,
    "Both sides of a path as one capture, and what each side saw": check_both_sides,
    "Into a search engine": check_search_engine,
    "Live": check_live,
    "Many files, several at once": check_many_files,
    "Before and after a change: conversations of each path by verdict; ports differ from one capture to the next":
        check_before_after,
}


def main():
    source, plugin_dir = sys.argv[1:]
    recipes = read_recipes(pathlib.Path(source, "README.md").read_text(encoding="utf-8"))
    if recipes.keys() != CHECKS.keys():
        print("README and test do not name the same recipes:", sorted(recipes.keys() ^ CHECKS.keys()))
        return 1
    failures = 0
    for title, check in CHECKS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(Kitchen(source, plugin_dir, folder), recipes[title])
            except AssertionError as error:
                failures += 1
                print(f"{title}: {error}")
    print(f"{len(recipes)} recipes, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
