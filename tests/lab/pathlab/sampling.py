# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenarios with random parameters, so that nothing is tuned to one file. The same seed draws the same scenarios."""

import dataclasses
import random

from .disturbances import DeadPeer, Loss, MssClamp
from .hints import FILTERED, KERNEL, SILENT, forged
from .path import Path
from .scenario import Scenario
from .traffic import Traffic
from .vantage import Vantage
from .variation import vary

_LOWEST_MTU = {4: 600, 6: 1280}
_HIGHEST_MTU = 1499
_IP_AND_TCP = {4: 40, 6: 60}
_USUAL_PORTS = (22, 25, 80, 443, 853, 993, 3306, 5432, 8080, 8443)
_SECURITY = (None, "tls12", "tls13")


def draw(seed, count, everywhere=False):
    """`count` scenarios; their names tell how to make each of them again.

    `everywhere`: captured on each link of the path as well as at the places drawn, for captures of several points.
    """
    return [_Draw(seed, number).scenario(everywhere) for number in range(count)]


class _Draw:
    """One scenario. Every run has a generator of its own, so that it does not depend on the number of runs."""

    def __init__(self, seed, number):
        self._seed, self._number = seed, number
        self._random = random.Random(f"{seed}/{number}")

    def scenario(self, everywhere):
        story, scenario = self._pick(
            (5, self._ignoring),
            (4, self._honouring),
            (3, self._black_hole),
            (2, self._recovering),
            (2, self._filtered),
            (2, self._datagrams),
            (1, self._quic),
            (2, self._forged),
            (2, self._healthy),
            (1, self._troubled),
        )()
        scenario = vary(self._random, scenario)
        # Only what the sender opens is translated on the way out.
        nat = scenario.path.nat and scenario.traffic.connector == "sender"
        transit = scenario.path.tunnel == "transit"
        traffic = scenario.traffic
        if transit and traffic.direction == "upload":
            # The far end of a transit tunnel tells nobody: a certificate coming back would be lost for good.
            traffic = dataclasses.replace(traffic, security=None)
        vantages = self._vantages(scenario)
        if everywhere:
            vantages = tuple(dict.fromkeys((*vantages, *self._each_link(scenario.path))))
        return dataclasses.replace(
            scenario,
            path=self._with_queues(dataclasses.replace(scenario.path, nat=nat), scenario),
            traffic=traffic,
            endpoint_reaction=self._random.choice(("honouring", "ignoring")) if transit else "honouring",
            origin=f"--seed {self._seed} --runs {self._number + 1}{' --everywhere' if everywhere else ''}",
            name=f"random-{self._seed}-{self._number:03}",
            story=f"{story}; parameters drawn at random",
            vantages=vantages,
        )

    def _with_queues(self, path, scenario):
        """Drawn last, so that it changes nothing else."""
        # Where nothing is said of hints, or of other trouble, waiting would only need more patience.
        calm = scenario.hinting == KERNEL and not scenario.late and not scenario.disturbances
        if not calm or path.tunnel or path.trunk or path.offload or path.lan_mtu > 1500 or not self._chance(0.3):
            return path
        rate = int(self._random.uniform(0.4e6, 4e6))
        if path.gateway and self._chance(0.5):
            return dataclasses.replace(path, core_rate=rate)
        return dataclasses.replace(path, access_rate=rate)

    def _ignoring(self):
        path, traffic = self._path(), self._tcp()
        clamps = (self._one_way_clamp(path),) if self._chance(0.1) else ()
        if path.family == 4 and self._chance(0.2):
            traffic = dataclasses.replace(traffic, insists_on_df=True)
            return "A locked route and sockets that insist on DF", self._blank(path, traffic, "stubborn")
        late = self._random.uniform(0.3, 1.0) if self._chance(0.1) else 0.0
        scenario = self._blank(path, traffic, "ignoring", disturbances=clamps)
        return "The sender ignores hints", dataclasses.replace(scenario, late=late)

    def _honouring(self):
        path = self._path()
        traffic = dataclasses.replace(self._tcp(), size=self._random.randint(5_000, 120_000))
        reaction = self._random.choice(["honouring"] * 4 + ["forgetful", "locked route", "probing always"])
        if reaction == "forgetful":
            traffic = dataclasses.replace(traffic, size=30_000, chunk=4_000, pause=0.7)
        disturbances = (Loss(self._random.uniform(0.01, 0.08)),) if self._chance(0.2) else ()
        scenario = self._blank(path, traffic, reaction, disturbances=disturbances)
        return f"The sender is {reaction}", dataclasses.replace(scenario, warm_up=self._chance(0.15))

    def _black_hole(self):
        return "A silent black hole", self._blank(self._path(), self._tcp(), hinting=SILENT)

    def _recovering(self):
        traffic = dataclasses.replace(self._tcp(), patience=12.0)
        reaction = self._random.choice(("probing after loss", "probing after loss", "probing always"))
        return f"A silent black hole, and a sender {reaction}", self._blank(self._path(), traffic, reaction, SILENT)

    def _filtered(self):
        path = dataclasses.replace(self._path(), gateway=True, tunnel=None)
        reaction = self._random.choice(("honouring", "honouring", "honouring", "probing after loss"))
        return "Hints that a gateway filters", self._blank(path, self._tcp(), reaction, FILTERED)

    def _datagrams(self):
        path = dataclasses.replace(self._path(), nat=False)
        discovery = self._random.choice(("do", "want", "probe", "dont"))
        traffic = Traffic(
            protocol="udp",
            direction="upload",
            size=self._random.randint(path.next_hop_mtu + 1, 1500),
            port=self._port(),
            source_port=self._ephemeral(),
            datagrams=self._random.randint(8, 25),
            pause=self._random.uniform(0.08, 0.25),
            discovery=discovery,
            # A probing socket sends on whatever it is told.
            adapts=discovery != "probe" and self._chance(0.7),
        )
        reaction = self._random.choice(("honouring", "honouring", "ignoring"))
        return f"UDP, mode {traffic.discovery}, {reaction} host", self._blank(path, traffic, reaction)

    def _quic(self):
        path = dataclasses.replace(self._path(), nat=False)
        path = dataclasses.replace(path, next_hop_mtu=max(path.next_hop_mtu, 1260))
        traffic = Traffic(
            protocol="udp",
            direction="upload",
            size=1500,
            port=443,
            source_port=self._ephemeral(),
            datagrams=self._random.randint(12, 30),
            pause=self._random.uniform(0.08, 0.2),
            discovery="probe",
            adapts=False,
            quic=True,
        )
        return "Datagrams shaped like QUIC's, with probes", self._blank(path, traffic, hinting=self._pick((2, KERNEL), (1, SILENT)))

    def _forged(self):
        # A super-segment is larger than many an MTU that ought to be unbelievable.
        path = dataclasses.replace(self._path(), nat=False, offload=())
        wide = self._chance(0.6)
        if wide:
            path = dataclasses.replace(path, next_hop_mtu=None)
        above = self._random.randint(1300, 1480)
        difference = self._random.choice(
            (
                {"sequence_shift": self._random.randint(2**24, 2**31)},
                {"mtu": self._random.choice((1500, 4000, 9000))},
                {"quoted_destination": path.address(2, 99)},
                {"quoted_source": path.address(8, 77)},
            )
        )
        if wide:
            difference = {"mtu": above, "provoked_above": above, **difference}
        return "A hint that nobody has to believe", self._blank(path, self._tcp(), hinting=forged(**difference))

    def _healthy(self):
        path = dataclasses.replace(self._path(), next_hop_mtu=None)
        traffic = dataclasses.replace(self._tcp(), size=self._random.randint(2_000, 120_000))
        return "A path that takes everything", self._blank(path, traffic)

    def _troubled(self):
        path = dataclasses.replace(self._path(), next_hop_mtu=None)
        traffic = dataclasses.replace(self._tcp(), size=60_000, chunk=6_000, pause=0.2)
        trouble = self._random.choice((DeadPeer(self._random.uniform(0.4, 1.5)), Loss(self._random.uniform(0.05, 0.3))))
        return f"A path that takes everything, but {type(trouble).__name__}", self._blank(
            path, traffic, disturbances=(trouble,)
        )

    @staticmethod
    def _blank(path, traffic, reaction="honouring", hinting=KERNEL, disturbances=()):
        return Scenario("", "", path, traffic, reaction, hinting, disturbances)

    def _path(self):
        family = self._random.choice((4, 6))
        gateway = self._chance(0.5)
        # An IPv6 router does not tell its neighbours what it has learned about an underlay.
        transit = "transit" if family == 4 else "core"
        tunnel = self._pick((8, None), (1, "narrow"), *([(1, "core"), (1, transit)] if gateway else []))
        highest = 1450 if tunnel in ("narrow", "transit") else _HIGHEST_MTU
        return Path(
            family=family,
            next_hop_mtu=self._random.randint(_LOWEST_MTU[family], highest),
            access_rtt=self._rtt(),
            core_rtt=self._rtt() if gateway and not tunnel else 0.0,
            far_rtt=self._rtt(),
            gateway=gateway,
            tunnel=tunnel,
            trunk=self._chance(0.1),
            nat=family == 4 and gateway and self._chance(0.2),
            offload=self._pick((6, ()), (1, ("access",)), (1, ("far",))),
            sender_host=self._random.randint(10, 99),
            receiver_host=self._random.randint(10, 98),
        )

    def _rtt(self):
        return self._pick((3, 0.0), (1, self._random.uniform(0.005, 0.1)))

    def _tcp(self):
        return Traffic(
            direction=self._random.choice(("download", "upload")),
            security=self._random.choice(_SECURITY),
            slim=self._chance(0.3),
            size=self._random.randint(3_000, 30_000),
            port=self._port(),
            source_port=self._ephemeral(),
            request=self._random.randint(0, 200),
            connections=self._pick((4, 1), (1, self._random.randint(2, 4))),
            stagger=self._random.uniform(0.0, 0.4),
            patience=self._random.uniform(3.6, 5.5),
        )

    def _one_way_clamp(self, path):
        outward = self._chance(0.5)
        return MssClamp(path.next_hop_mtu - _IP_AND_TCP[path.family], outward, not outward)

    def _port(self):
        return self._pick((2, self._random.choice(_USUAL_PORTS)), (1, self._random.randint(1024, 30_000)))

    def _ephemeral(self):
        return self._random.randint(32_768, 59_000)

    def _vantages(self, scenario):
        path = scenario.path
        places = ["sender", "router", "receiver", "narrow", "far", "any", "sender-any", "both-sides"]
        places += ["gateway", "gateway"] if path.gateway else []
        places += ["gateway-any"] if path.gateway and not path.nat else []
        places += ["trunk"] if path.trunk else []
        places += ["outside", "inside"] if path.tunnel else []
        places += ["tunnel-ends"] if path.tunnel in ("core", "transit") and not path.nat else []
        first = Vantage(self._random.choice(places))
        second = self._pick(
            (4, Vantage(self._random.choice(places))),
            (1, Vantage(first.place, snaplen=96)),
            (1, Vantage("sender", view=self._random.choice(("outbound", "inbound", "no-icmp", "icmp-only")))),
        )
        return (first,) if first == second else (first, second)

    @staticmethod
    def _each_link(path):
        places = ("sender", *(("gateway",) if path.gateway else ()), "router", "far", "receiver")
        return tuple(Vantage(place) for place in places)

    def _chance(self, probability):
        return self._random.random() < probability

    def _pick(self, *weighted):
        """One of (weight, value)."""
        weights, values = zip(*weighted)
        return self._random.choices(values, weights)[0]
