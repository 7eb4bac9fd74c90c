# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs Wireshark's programs with the plugin that was just built, as an ordinary user."""
import collections
import functools
import json
import os
import pathlib
import re
import subprocess

SOURCE = pathlib.Path(os.environ["PMTU_SOURCE_DIR"])
CAPTURES = SOURCE / "captures"
AS_USER = SOURCE / "tests" / "support" / "as_user"
TSHARK = os.environ["PMTU_TSHARK"]
SHARKD = os.environ["PMTU_SHARKD"]
VERSION = os.environ["PMTU_VERSION"]


@functools.cache
def captures():
    """The story in IPv4 and IPv6, and one capture for each verdict that the labels expect anywhere."""
    labels = json.loads((CAPTURES / "labels.json").read_text(encoding="utf-8"))
    chosen = {}
    for capture in labels["captures"]:
        for direction in capture["expect"]["directions"]:
            chosen.setdefault(direction["verdicts"][0], capture["file"])
    files = {"seed-appliance.pcapng", "seed-v6-appliance.pcapng", "seed-client.pcapng", *chosen.values()}
    return sorted(CAPTURES / file for file in files)


def run(program, *arguments, text=None, stdin=None):
    """Runs a program on `text` or on a file as its standard input."""
    environment = dict(os.environ, WIRESHARK_PLUGIN_DIR=os.environ["PMTU_PLUGIN_DIR"], LC_ALL="C.UTF-8")
    source = {"input": text} if stdin is None else {"stdin": stdin}
    return subprocess.run([AS_USER, program, *map(str, arguments)], env=environment, **source,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=600, check=False)


def tshark(*arguments):
    """Output of a tshark run that is expected to end well and without a complaint."""
    result = run(TSHARK, *arguments)
    assert result.returncode == 0, f"tshark {arguments} ended with {result.returncode}: {result.stderr}"
    complaints = [line for line in result.stderr.splitlines() if line not in ("", "resetting session.")]
    assert not complaints, f"tshark {arguments} complained: {result.stderr}"
    return result.stdout


@functools.cache
def document(capture, *arguments, filter=""):
    """The JSON document of a capture; whatever else stood on standard output would break the parser."""
    option = "pmtu,json" + (f",{filter}" if filter else "")
    return json.loads(tshark("-q", "-r", capture, "-z", option, *arguments))


@functools.cache
def fields(capture, display_filter, *names, options=()):
    """Rows of field values, one for each frame that passes the filter."""
    arguments = [argument for name in names for argument in ("-e", name)]
    output = tshark("-r", capture, "-Y", display_filter, "-T", "fields", *arguments, *options)
    return [line.split("\t") for line in output.splitlines()]


def frames(capture, display_filter, options=()):
    return [int(number) for (number,) in fields(capture, display_filter, "frame.number", options=options)]


def rows_of_table(lines):
    """Rows of the first table in the output as dictionaries by the column titles."""
    head = next(i for i, line in enumerate(lines) if line.startswith("# |"))
    end = next(i for i in range(head + 2, len(lines)) if lines[i].startswith("====="))
    cells = [[cell.strip() for cell in line.rstrip("|").split("|")] for line in [lines[head]] + lines[head + 2:end]]
    titles = [title for title in cells[0] if title]
    return [dict(zip(titles, row)) for row in cells[1:]]


@functools.cache
def table(capture, option="pmtu,conv", *arguments):
    return rows_of_table(tshark("-q", "-r", capture, "-z", option, *arguments).splitlines())


@functools.cache
def summaries():
    """Text of the expert item -> name of the finding, as Wireshark registered them."""
    lines = [line.split("\t") for line in tshark("-G", "fields").splitlines()]
    return {line[1]: line[2].removeprefix("pmtu.") for line in lines
            if line[0] == "F" and line[2].startswith("pmtu.") and line[3] == "FT_NONE"}


class Surfaces:
    """What one run of tshark says on all its surfaces together."""

    def __init__(self, capture, *options):
        names = ("frame.number", "pmtu.finding.name", "pmtu.conversation", "pmtu.verdict.name")
        asked = [argument for name in names for argument in ("-e", name)]
        for statistic in ("expert", "pmtu,tree", "pmtu,json", "pmtu,paths", "pmtu,conv"):
            asked += ["-z", statistic]
        output = tshark("-r", capture, "-Y", "pmtu.finding", "-T", "fields", *asked, *options)
        lines = output.splitlines()
        self.rows = [line.split("\t") for line in lines if line[:1].isdigit() and line.count("\t") == 3]
        (document,) = [line for line in lines if line.startswith("{")]
        self.document = json.loads(document)
        tables = [i for i, line in enumerate(lines) if line in ("Path MTU:", "Path MTU Paths:")]
        self.tables = {lines[i]: rows_of_table(lines[i:]) for i in tables}
        (kinds,) = re.findall(r"^Findings .*\n((?: .*\n)*)", output, re.M)
        self.tree = self.by_name(re.findall(r"^ (\S.*?)\s+(-?\d+)\s", kinds, re.M))
        self.expert = self.by_name((text, count) for count, text in re.findall(r"^\s*(\d+)\s+\S+\s+PMTU\s+(.*)$", output, re.M))

    @staticmethod
    def by_name(counted):
        found = collections.Counter()
        for text, count in counted:
            found[summaries()[text]] += int(count)
        return +found

    def findings(self):
        """Frame -> how often it has which finding."""
        return {int(frame): collections.Counter(names.split(",")) for frame, names, _, _ in self.rows}

    def counted(self):
        return sum(self.findings().values(), collections.Counter())

    def frames(self, finding):
        return [frame for frame, found in self.findings().items() for _ in range(found[finding])]


@functools.cache
def surfaces(capture, *options):
    return Surfaces(capture, *options)


def sharkd(*requests):
    """Answers of one sharkd to several requests, in order: the engine of a GUI without the GUI."""
    lines = "".join(json.dumps({"jsonrpc": "2.0", "id": i, "method": method, "params": parameters}) + "\n"
                    for i, (method, parameters) in enumerate(requests, start=1))
    result = run(SHARKD, "-", text=lines)
    assert result.returncode == 0, f"sharkd ended with {result.returncode}: {result.stderr}"
    answers = {}
    for line in filter(None, result.stdout.splitlines()):
        answer = json.loads(line)
        assert "error" not in answer, answer
        answers[answer["id"]] = answer["result"]
    return [answers[i] for i in range(1, len(requests) + 1)]


class Sharkd:
    """One sharkd that is asked, answers, and is asked again. Variables of its environment may be set by keyword."""

    def __init__(self, **variables):
        environment = dict(os.environ, WIRESHARK_PLUGIN_DIR=os.environ["PMTU_PLUGIN_DIR"], LC_ALL="C.UTF-8")
        settings = [f"{name}={value}" for name, value in variables.items()]
        self.process = subprocess.Popen([AS_USER, "env", *settings, SHARKD, "-"], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.asked = 0

    def ask(self, method, **parameters):
        self.asked += 1
        request = {"jsonrpc": "2.0", "id": self.asked, "method": method, "params": parameters}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"sharkd ended at {request}"
        answer = json.loads(line)
        assert answer["id"] == self.asked and "error" not in answer, answer
        return answer["result"]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(timeout=300) == 0, f"sharkd ended with {self.process.returncode}"
