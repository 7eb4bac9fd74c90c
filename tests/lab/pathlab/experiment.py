# SPDX-License-Identifier: GPL-2.0-or-later
"""Carries out a scenario: builds it, lets it happen, and writes captures and labels."""

import concurrent.futures
import json
import pathlib
import tempfile
import time

from . import expectations, hints, senders, stacks, tools
from .topology import Topology
from .traffic import Conversation
from .truth import Facts, Truth
from .vantage import Capture

_PATIENCE = 120  # with anything the lab waits for; far above what a scenario takes
# Before the counters of truth.py see it.
_STILL = """
table netdev still {
  chain out {
    type filter hook egress device eth0 priority -100; policy drop
  }
}
"""


def carry_out(scenario, directory, keys):
    """Run `scenario` once; return one label per capture written to `directory`."""
    directory = pathlib.Path(directory)
    with tempfile.TemporaryDirectory() as scratch, Topology(scenario.path) as topology:
        run = _Run(scenario, topology, pathlib.Path(scratch), keys)
        try:
            facts = run.happen()
            return run.save(directory, facts)
        finally:
            run.end()


class _Run:
    def __init__(self, scenario, topology, scratch, keys):
        self._scenario, self._topology, self._scratch = scenario, topology, scratch
        self._conversation = Conversation(topology, scenario.traffic, keys)
        self._captures = {}
        senders.prepare(topology["sender"], scenario.reaction, scenario.path)
        for role in ("sender", "receiver"):
            stacks.configure(topology[role], scenario.stack)
        if scenario.path.tunnel == "transit":
            senders.prepare(topology["gateway"], scenario.endpoint_reaction, scenario.path)
        self._hint_source = hints.HintSource(topology, scenario.hinting)
        for disturbance in scenario.disturbances:
            if hasattr(disturbance, "begin"):
                disturbance.begin(topology)

    def happen(self):
        """Let the traffic run its course and return the facts about it."""
        scenario = self._scenario
        if not scenario.tool:
            self._conversation.listen()
        if scenario.warm_up:
            self._conversation.connect(source_port=scenario.traffic.source_port + 1000).result(_PATIENCE)
        limit = scenario.path.narrow_mtu
        with concurrent.futures.ThreadPoolExecutor() as pool:
            if scenario.late:
                connector = self._start()
                time.sleep(scenario.late)
                self._fall_still()
            truths = {role: Truth(self._topology[role], scenario.path.family, limit) for role in ("sender", "receiver")}
            if scenario.path.tunnel == "transit":
                truths["gateway"] = Truth(self._topology["gateway"], 4, scenario.path.transit_mtu, "under-core0")
            for vantage in scenario.vantages:
                self._captures[vantage] = Capture(self._topology, vantage, self._scratch)
            if scenario.late:
                self._wake()
            else:
                connector = self._start()
            later = [
                pool.submit(disturbance.during, self._topology)
                for disturbance in scenario.disturbances
                if hasattr(disturbance, "during")
            ]
            outcomes = self._outcomes(connector.result(_PATIENCE))
            for trouble in later:
                trouble.result()
        sockets = truths["sender"].sockets()
        time.sleep(scenario.aftermath)
        self._fall_still()
        for capture in self._captures.values():
            capture.stop()
        return self._facts(truths, outcomes, sockets)

    def save(self, directory, facts):
        labels = []
        for vantage, capture in self._captures.items():
            file = f"{self._scenario.name}-{vantage.label}.pcapng"
            frames = capture.save(directory / file)
            labels.append(
                {
                    "file": file,
                    "scenario": self._scenario.name,
                    "vantage": vantage.label,
                    "made_by": self._scenario.made_by,
                    "story": self._scenario.story,
                    "parameters": self._scenario.parameters,
                    "truth": {**facts.as_label(), "frames": frames},
                    "expect": expectations.expect(self._scenario, vantage, facts),
                }
            )
        return labels

    def end(self):
        self._conversation.stop()
        self._hint_source.stop()
        for capture in self._captures.values():
            capture.stop()

    def _fall_still(self):
        """Nothing leaves any more, so that counters and captures begin and end between the same two datagrams."""
        for role in ("sender", "receiver"):
            self._topology[role].nft(_STILL)
        time.sleep(self._scenario.path.end_to_end_rtt + 0.05)

    def _wake(self):
        for role in ("sender", "receiver"):
            self._topology[role].run(["nft", "delete", "table", "netdev", "still"])

    def _start(self):
        if self._scenario.tool:
            return tools.start(self._topology, self._scenario.tool)
        return self._conversation.connect()

    def _outcomes(self, printed):
        return [{"printed": printed}] if self._scenario.tool else json.loads(printed)

    def _facts(self, truths, outcomes, sockets):
        path = self._scenario.path
        flows = {}
        for truth in truths.values():
            flows.update(truth.by_flow())
        hosts = {
            "sender": truths["sender"].of_host(path.receiver_address),
            "receiver": truths["receiver"].of_host(path.sender_address),
        }
        return Facts(flows, hosts, outcomes, sockets)
