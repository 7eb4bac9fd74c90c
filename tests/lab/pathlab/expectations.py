# SPDX-License-Identifier: GPL-2.0-or-later
"""What a sound analyser may say about a capture: derived from how the scenario was made, where it was watched and
what the kernels counted. The rules are those of RULES.md; each function names the one it stands for.
"""

import dataclasses

from .disturbances import FragmentFilter, MssClamp, Narrowing
from .hints import KERNEL, SILENT, Hinting
from .path import TRANSIT_UNDERLAY, Path
from .traffic import Flow, Traffic, data_flows
from .vantage import WHOLE, Place, places

_ACCUSING = {
    "ignoring",
    "probably_ignoring",
    "black_hole_suspected",
    "black_hole_confirmed",
    "black_hole_recovered",
    "black_hole_receiver",
}
_PROBING_REACTIONS = {"probing after loss", "probing always"}
_TIMEOUTS_BEFORE_PROBING = 4  # on a path shorter than the retransmission timer
_RECEIVER_HOLE = 3.2  # seconds: the three of §9 and some for the handshake
_LOWEST_HONOURED_V4 = 552  # below it Linux clears DF instead (`ip_rt_update_pmtu`)
_TRIES = 3  # of a size, by a probe (RFC 8899 §5.1.2)
_PROBING_BASE = {4: 1076, 6: 1096}  # `tcp_base_mss` and the headers
_SLOW_HANDSHAKE = 0.12  # seconds from the place to the sender and back; each link adds its address resolution
_WHOLE_V6_QUOTE = 14 + 40 + 8 + 40 + 4  # how much of a frame shows the quoted addresses and ports; tunnels need more

_TIMEOUTS_OUTSIDE_FLIGHT = 3  # of each connection: the last of them lie behind every round trip and queue


# What a sound analyser may leave unsaid, or say it cannot tell.
_SILENCE = {"none", "unverifiable", "not_exercised"}


@dataclasses.dataclass(frozen=True)
class _Answer:
    """Acceptable verdicts for one direction, and how many datagrams may be marked in it."""

    verdicts: frozenset
    ignored: tuple[int, int] = (0, 0)
    path_mtu: int | None = None  # None: no claim
    inside_bracket: int | None = None  # the true path MTU, where a black hole's bracket must contain it


def _any_of(*verdicts, **claims):
    return _Answer(frozenset(verdicts), **claims)


_NOTHING = _any_of("none")


@dataclasses.dataclass(frozen=True)
class _Case:
    """One direction of a conversation, with all that decides what may be said of it at one place."""

    path: Path
    traffic: Traffic
    place: Place
    before_narrow: bool  # its oversize datagrams, and the hints they draw, pass the place
    reaction: str  # of its source to hints
    hinting: Hinting  # of the router before the narrow link
    clamped: bool  # a router changed the MSS options on the way
    awaited: bool  # its destination opened the connection, and closes it when patience ends
    late: bool
    counters: dict  # of the flow, in the namespace of its source
    source: dict  # what its source reports as a whole
    destination: dict
    complete: bool  # every application got all it waited for
    sacks: bool  # SACK was negotiated
    narrowed: bool  # another route in the middle of it
    fragments_filtered: bool  # later fragments of it never arrive

    @property
    def ignores(self):
        if self.reaction == "stubborn":
            # IPv6 learns the path MTU whatever the route locks.
            return self.path.family == 4
        probing_socket = (
            self.traffic.protocol == "udp" and self.traffic.discovery == "probe" and not self.traffic.quic
        )
        return self.reaction == "ignoring" or probing_socket

    @property
    def starts_small(self):
        """`tcp_mtu_probing=2` takes effect at once only for who opens the connection; accepted ones start large."""
        fits = self.path.narrow_mtu >= _PROBING_BASE[self.path.family]
        return self.reaction == "probing always" and self.traffic.connector == "sender" and fits

    @property
    def speechless(self):
        """No hint that a kernel would take ever comes from the narrow link."""
        silent = self.hinting.silent and not (self.hinting.forgery and self.hinting.forgery.accepted)
        return silent or self.hinting.filtered

    @property
    def announced_mtu(self):
        """What the hints name; None where no stack goes down to it: who knows what is in force then."""
        forgery = self.hinting.forgery
        named = self.path.next_hop_mtu if forgery is None or forgery.mtu is None else forgery.mtu
        return named if self.path.family == 6 or named >= _LOWEST_HONOURED_V4 else None

    @property
    def lost_repeatedly(self):
        """§8: a size counts as lost after three transmissions; "probing always" needs one, a long path hardly more."""
        enough = _TIMEOUTS_BEFORE_PROBING * self.traffic.connections
        return self.reaction != "probing always" and self.source["timeouts"] >= enough

    @property
    def insists(self):
        """What it sends again at the old size comes long after any hint."""
        return self.source["timeouts"] >= _TIMEOUTS_OUTSIDE_FLIGHT * self.traffic.connections and not self.path.offload

    @property
    def story(self):
        """What the direction did, wherever it is watched from: the class of the table of recall."""
        if not self.counters["oversize"]:
            return "fits" if not self.counters["hints"] else "hinted, fits"
        if self.traffic.protocol == "udp" and self.traffic.quic:
            return "QUIC"
        if self.starts_small:
            return "probing"
        if self.hinting.forgery and not self.hinting.forgery.accepted:
            return "forged hints"
        if self.hinting.filtered:
            return "filtered hints"
        if self.speechless:
            recovers = self.reaction in _PROBING_REACTIONS and self.complete
            return "black hole, got over" if recovers else "black hole"
        if not self.counters["hints"]:
            return "black hole" if self.ignores else "fits"
        return "ignoring" if self.ignores else "honouring"

    @property
    def life_beyond_the_hole(self):
        """Something smaller reached the destination while the large segments did not.

        The kernel counts for the host as a whole: with fewer than one for each connection, some had none.
        """
        return self.destination["out_of_order_segments"] >= self.traffic.connections


def expect(scenario, vantage, facts):
    """The `expect` member of a capture's label."""
    place = places(scenario.path)[vantage.place]
    if scenario.tool:
        directions = _tool_directions(scenario, place)
    else:
        directions = list(_directions(scenario, vantage, place, facts))
        if vantage.place in ("outside", "tunnel-ends", "gateway-any") and scenario.path.tunnel == "transit":
            directions.append(_tunnel_direction(scenario, facts))
    return {
        "directions": directions,
        "findings": _findings(scenario, vantage, place, facts),
        "no_accusation": not any(_ACCUSING & set(direction["verdicts"]) for direction in directions),
    }


def _findings(scenario, vantage, place, facts):
    """Findings of the expert kind that must be there, and those that must not; of the others nothing is claimed."""
    required, forbidden = set(), set()
    silent_tunnel = scenario.path.tunnel == "transit" and scenario.endpoint_reaction == "ignoring"
    whole_view = vantage.view == "all" and vantage.snaplen == WHOLE and not scenario.late and not scenario.tool
    forward = [] if scenario.tool else [
        _forward(scenario, place, flow, facts) for flow in data_flows(scenario.path, scenario.traffic)
    ]
    if not silent_tunnel:
        forbidden.add("tunnel_hint_not_relayed")
    elif whole_view and vantage.place == "tunnel-ends" and scenario.traffic.protocol == "tcp":
        # §4: outer hint, inner oversize goes on, no inner hint; both links of the entry are in sight.
        if any(case.counters["oversize"] and case.source["timeouts"] >= 3 for case in forward):
            required.add("tunnel_hint_not_relayed")
    filtered = scenario.hinting.filtered  # hosts got none; who captures before the filter sees them
    clamps = [disturbance for disturbance in scenario.disturbances if isinstance(disturbance, MssClamp)]
    if not clamps:
        forbidden.add("mss_clamped_one_way")
    elif whole_view and vantage.place in ("any", "both-sides") and place.before_narrow and not scenario.path.offload:
        # §10: both sides of the router that clamps; the failing direction's receiver was left alone.
        one_way = any(clamp.outward and not clamp.inward for clamp in clamps)
        if one_way and any(case.ignores and case.counters["oversize_unmeasured"] for case in forward):
            required.add("mss_clamped_one_way")
    hinted = any(case.counters["hints"] for case in forward)
    believable = scenario.hinting.forgery is None and not scenario.hinting.silent
    if not scenario.tool and not any(host["hints_received"] for host in facts.hosts.values()):
        if scenario.path.tunnel != "transit" and scenario.hinting.forgery is None and not filtered:
            forbidden.add("mss_exceeds_path_mtu")
    elif whole_view and hinted and believable and place.before_narrow and place.hears_hints:
        # §10: the SYN of the receiver admits more than the hint.
        if scenario.traffic.protocol == "tcp" and not forward[0].clamped and not scenario.warm_up:
            required.add("mss_exceeds_path_mtu")
    return {"required": sorted(required), "forbidden": sorted(forbidden)}


def _directions(scenario, vantage, place, facts):
    for flow in data_flows(scenario.path, scenario.traffic):
        seen = _as_seen(flow, scenario.path, place)
        answer = _translated(flow, scenario.path).reversed  # to the address the receiver knows
        yield _of_case(seen, vantage, _forward(scenario, place, flow, facts))
        yield _of_case(seen.reversed, vantage, _backward(scenario, place, answer, facts))


def _of_case(flow, vantage, case):
    return _direction(flow, _seen_from(vantage, case), case.story)


def _forward(scenario, place, flow, facts):
    return _Case(
        path=scenario.path,
        traffic=scenario.traffic,
        place=place,
        before_narrow=place.before_narrow,
        reaction=scenario.reaction,
        hinting=_hinting_on_the_way(scenario),
        clamped=any(isinstance(disturbance, MssClamp) for disturbance in scenario.disturbances),
        awaited=scenario.traffic.connector == "receiver",
        late=bool(scenario.late),
        counters=facts.counters(flow),
        source=facts.hosts["sender"],
        destination=facts.hosts["receiver"],
        complete=facts.complete,
        sacks="no SACK" not in scenario.stack,
        narrowed=any(isinstance(disturbance, Narrowing) for disturbance in scenario.disturbances),
        fragments_filtered=any(isinstance(disturbance, FragmentFilter) for disturbance in scenario.disturbances),
    )


def _hinting_on_the_way(scenario):
    """The narrow link of a "transit" tunnel is behind the tunnel's entry: it is the one that speaks, or does not."""
    if scenario.path.tunnel != "transit" or scenario.hinting.forgery:
        return scenario.hinting
    return SILENT if scenario.endpoint_reaction == "ignoring" else KERNEL


def _backward(scenario, place, flow, facts):
    """The receiver may have something large to say, too: its certificate. It honours what the far router tells it."""
    return dataclasses.replace(
        _forward(scenario, place, flow, facts),
        before_narrow=place.role == "receiver" or place.interfaces == ("lan0",) and place.role == "far",
        fragments_filtered=False,
        reaction="honouring",
        hinting=Hinting(silent=scenario.hinting.silent),  # the filter is on the other side
        awaited=scenario.traffic.connector == "sender",
        source=facts.hosts["receiver"],
        destination=facts.hosts["sender"],
    )


def _tunnel_direction(scenario, facts):
    """§4: the outer datagrams have a sender, too: the tunnel's entry."""
    entry, far_end = TRANSIT_UNDERLAY
    outer = [counters for flow, counters in facts.flows.items() if flow.source == entry]
    total = {name: sum(counters[name] for counters in outer) for name in outer[0]}
    if not total["hints"]:
        answer = _NOTHING
    elif scenario.endpoint_reaction == "ignoring":
        marks = (total["oversize_unmeasured"], total["oversize_settled"])
        answer = _any_of("ignoring", ignored=marks, path_mtu=scenario.path.transit_mtu)
    else:
        answer = _any_of("compliant", "not_exercised")
    return _direction(Flow("udp", entry, None, far_end, 4789), answer, "tunnel")


def _direction(flow, answer, story):
    """`nameable`: saying nothing, or that one cannot tell, would be wrong."""
    least, most = answer.ignored
    return {
        **dataclasses.asdict(flow),
        "story": story,
        "nameable": not answer.verdicts & _SILENCE,
        "verdicts": sorted(answer.verdicts),
        "path_mtu": answer.path_mtu,
        "inside_bracket": answer.inside_bracket,
        "ignored_packets": {"min": least, "max": most},
    }


def _as_seen(flow, path, place):
    """The flow under the addresses it has at that place (§6: a NAT address is a sender in its own right)."""
    return _translated(flow, path) if place.beyond_nat else flow


def _translated(flow, path):
    return dataclasses.replace(flow, source=path.translated_address)


def _tool_directions(scenario, place):
    """§13: what only probes is probing. Tools choose their own ports: null stands for any."""
    verdicts = {"none", "probing"} | ({"compliant", "not_exercised"} if place.before_narrow else set())
    # Echo after echo, each too large and each answered with a hint, is what "ignoring" means, unless the analyser
    # sees that they are probes.
    ignores = scenario.reaction == "ignoring" and place.before_narrow
    verdicts |= {"ignoring", "probably_ignoring"} if ignores else set()
    if scenario.tool == "sweep" and scenario.hinting.silent:
        # §8: 1446 is answered, 1447 and more never are; beyond the narrow link only what passes is seen.
        found = {"black_hole_suspected"} if place.before_narrow else {"none"}
        answer = _Answer(frozenset(found), inside_bracket=scenario.path.next_hop_mtu if place.before_narrow else None)
        ends = (scenario.path.sender_address, None, scenario.path.receiver_address, None)
        return [_direction(Flow("icmp" if scenario.path.family == 4 else "icmpv6", *ends), answer, "tool")]
    answer = _Answer(frozenset(verdicts), (0, 5 if ignores else 0))
    ends = (scenario.path.sender_address, None, scenario.path.receiver_address, None)
    return [_direction(Flow(protocol, *ends), answer, "tool") for protocol in ("udp", "icmp" if scenario.path.family == 4 else "icmpv6")]


def _seen_from(vantage, case):
    """The direction, with what this capture does not show taken away."""
    if case.fragments_filtered:
        # §8: the receiver says so, and its complaint passes every place.
        return _any_of("fragments_lost")
    if vantage.view == "icmp-only":
        # §2 "unseen": without a datagram of the quoted path there is no blame either way.
        return _any_of("none", "unverifiable", "not_exercised", "hint_undeliverable")
    if vantage.view == "outbound":
        # §8, "excluded": no ACKs visible. No hints either.
        return _any_of("none", "unverifiable")
    if vantage.view == "no-icmp" and case.before_narrow:
        return _unexplained_loss(case)
    answer = _judged(case)
    if vantage.view == "inbound":
        # §6: hints that re-quote the same bytes may still prove it; nothing obliges.
        return _weakened(answer)
    long_headers = case.path.family == 6 or vantage.place == "outside"
    if vantage.snaplen < _WHOLE_V6_QUOTE and long_headers:
        # §9, precedence: a quote cut by snaplen is not unmatched, but may fit no single flow; so are SACK blocks cut.
        return _weakened(_unseen_forgery(case, answer))
    return answer


def _unseen_forgery(case, answer):
    """§2: a cut quote is believed if a single flow fits; what was forged in it may be what was cut."""
    if not case.before_narrow or case.hinting.forgery is None:
        return answer
    # The kernel counts nothing as told by it, if it quotes another flow.
    return _Answer(answer.verdicts | {"ignoring"}, (0, case.counters["oversize"]))


def _weakened(answer):
    """Saying less is right as well; §13: "cannot tell" is an answer."""
    milder = {"probably_ignoring"} if "ignoring" in answer.verdicts else set()
    return _Answer(answer.verdicts | _SILENCE | milder, (0, answer.ignored[1]))


def _judged(case):
    forgery = case.hinting.forgery
    if not case.before_narrow:
        # The forger speaks on the near router's link to the sender, wherever the path is narrow.
        heard = forgery and not forgery.accepted and case.place.role == "near" and case.place.interfaces != ("wan0",)
        return _forged(case) if heard and case.counters["hints"] else _behind_the_narrow_link(case)
    if forgery and not forgery.accepted:
        return _forged(case)
    if not case.counters["oversize"]:
        return _unhinted(case)
    if case.hinting.filtered and case.place.duplicating and not case.place.hops:
        return _filtered_in_sight(case)
    if case.hinting.filtered and case.place.hops:
        return _filtered_behind(case)
    if case.speechless or not case.place.hears_hints:
        return _unexplained_loss(case)
    return _ignoring(case) if case.ignores else _honouring(case)


def _unhinted(case):
    """Nothing oversize left the source whole, or nothing that drew a hint."""
    if case.reaction == "probing always":
        # PLPMTUD may be recognised by its sizes.
        return _any_of("none", "probing")
    if case.source["hints_received"]:
        # §3: only fragments drew hints, or another flow of the path did.
        verdicts = {"none", "not_exercised", "compliant", "compliant_by_fragmentation"}
        if case.place.cooked and not case.place.hops:
            # §2: the kernel tells its other connections on the loopback interface, in its own name.
            verdicts.add("hint_undeliverable")
        return _any_of(*verdicts)
    return _NOTHING


def _ignoring(case):
    """§5, §13: what left after the sender could have known is marked; delivery is shown only beside the sender."""
    counters = case.counters
    most = max(counters["oversize_settled"], counters["hints_settled"] if case.path.offload else 0)
    # Address resolution makes a handshake look slower than the path is.
    distant = case.path.access_rtt + case.path.core_rtt
    unmeasured = case.late or distant or case.traffic.protocol != "tcp"
    least = counters["oversize_unmeasured" if unmeasured else "oversize_prompt"]
    if case.traffic.protocol == "sctp":
        # §6: what is large stands alone among what is small, and may be tried three times.
        least = max(0, least - _TRIES)
    if case.path.queues:
        least = counters["oversize_queued"]
    if distant > _SLOW_HANDSHAKE:
        least = min(least, 1)
    if case.late:
        # §2, "unseen": the first hint of the capture may come before any datagram of its flow.
        least = max(0, least - 1)
    # Beside the sender its own link is in sight; elsewhere something may be between that lets no ICMP through.
    verdicts = {"probably_ignoring"} if case.place.hops else {"ignoring"}
    if case.place.duplicating:
        verdicts = {"ignoring", "probably_ignoring"}
    if least == 0:
        verdicts |= {"none", "not_exercised"}
    if case.path.offload:
        # §7: captured sizes prove nothing there, re-elicited hints do; how many of them count is a matter of sight.
        least = min(least, 1)
    return _Answer(frozenset(verdicts), (least, most), case.announced_mtu)


def _honouring(case):
    """§13: was larger, then reduced; below 552 IPv4 clears DF instead. Whatever left in between was in flight."""
    if not case.counters["hints"]:
        return _unhinted(case)
    announced = case.announced_mtu
    verdicts = {"compliant"}
    if announced is None:
        verdicts = {"compliant", "compliant_by_fragmentation"}
    if case.traffic.protocol == "udp":
        verdicts = _udp_honouring(case.traffic)
    elif case.traffic.protocol == "sctp":
        # The kernel refuses what its stack does not know to be too large; what comes again comes without DF.
        return _any_of("compliant", "compliant_by_fragmentation", "not_exercised")
    if case.hinting.forgery and case.hinting.forgery.unreliable:
        # §2 calls the hint invalid; the kernel took it all the same.
        verdicts |= {"compliant_by_fragmentation", "hint_undeliverable"}
    if case.starts_small:
        verdicts |= {"probing", "none", "not_exercised"}
    if case.late:
        # The larger datagrams may be over. (§7: offload is no excuse; what arrives without another hint was small.)
        verdicts |= {"unverifiable", "not_exercised", "none"}
    return _Answer(frozenset(verdicts), (0, 0), announced if verdicts == {"compliant"} else None)


def _filtered_in_sight(case):
    """§16: both sides of the filter are in sight."""
    verdicts = {"hint_undeliverable"}
    if not case.insists or case.reaction in _PROBING_REACTIONS:
        verdicts |= _unexplained_loss(case).verdicts | {"compliant", "none"}
    return _any_of(*verdicts)


def _filtered_behind(case):
    """§5, delivery: hints pass here and are dropped nearer the sender; nobody here can tell that from ignoring them."""
    verdicts, least = {"probably_ignoring"}, 1
    if not case.insists or case.reaction in _PROBING_REACTIONS:
        verdicts, least = verdicts | {"none", "not_exercised", "compliant", "probing"}, 0
    return _Answer(frozenset(verdicts), (least, case.counters["oversize"]), case.announced_mtu)


def _udp_honouring(traffic):
    if traffic.quic:
        # Its datagrams fit, only its probes do not; nobody sees which of its bytes come again.
        return {"probing", "not_exercised", "compliant"}
    if traffic.discovery in ("want", "dont"):
        return {"compliant_by_fragmentation", "compliant"}
    if traffic.adapts:
        return {"compliant"}
    # The kernel refuses what the application keeps trying to send.
    return {"compliant", "not_exercised"}


def _forged(case):
    """§2: a hint that is not believable exonerates; §9, precedence: a black hole stands beside it."""
    if not case.counters["oversize"]:
        return _any_of("hint_undeliverable") if case.counters["hints"] else _any_of("hint_undeliverable", "none")
    hole = _unexplained_loss(case)
    verdicts = hole.verdicts | {"hint_undeliverable"}
    return dataclasses.replace(hole, verdicts=verdicts - {"none"} if case.counters["hints"] else verdicts)


def _unexplained_loss(case):
    """§8: too-large datagrams vanish without a usable hint; §16: in sight, between two capture points."""
    answer = _lost_before(case)
    if not case.place.across or "black_hole_suspected" not in answer.verdicts:
        return answer
    enough = min(case.counters["oversize"], case.counters["sent"] - case.counters["oversize"]) >= 3
    # The end of the connection shows that the second point still captured when the last of them were sent.
    shown = enough and case.life_beyond_the_hole and case.awaited and not case.path.offload
    silence = set() if shown else answer.verdicts | {"black_hole_receiver"}
    recovered = answer.verdicts & {"black_hole_recovered"}
    return dataclasses.replace(answer, verdicts=frozenset({"black_hole_confirmed"} | recovered | silence))


def _lost_before(case):
    """§8: the rules of each place."""
    if case.traffic.protocol == "sctp" and case.counters["oversize"]:
        return _lost_chunks(case)
    if not case.counters["oversize"] or case.traffic.protocol != "tcp":
        return _unhinted(case)
    if case.starts_small:
        # A lost probe is no black hole.
        return _any_of("none", "probing")
    if case.narrowed:
        # What is lost now may have got through before: then §8 rules a black hole out.
        got_over = {"black_hole_confirmed", "black_hole_recovered"} if case.reaction in _PROBING_REACTIONS else set()
        return _Answer(frozenset({"none", "unverifiable", "black_hole_suspected"} | got_over))
    verdicts = {"black_hole_suspected"}
    lasted = case.source["retransmitted_segments"] >= 4 and case.traffic.patience >= _RECEIVER_HOLE
    # Without SACK a duplicate ACK does not tell what of a flight arrived.
    if not lasted or not case.life_beyond_the_hole or not case.sacks:
        verdicts.add("none")
    if case.reaction in _PROBING_REACTIONS:
        verdicts |= {"black_hole_confirmed", "black_hole_recovered"}
        if case.complete:
            verdicts -= {"black_hole_suspected", "none"}
        if not case.lost_repeatedly or not case.life_beyond_the_hole:
            verdicts.add("none")
    elif case.complete:
        # Hints that passed elsewhere, or that the capture filter hid, did their work.
        verdicts = {"none"}
    if "access" in case.path.offload or case.late:
        verdicts |= {"none", "unverifiable"}
    return _Answer(frozenset(verdicts), inside_bracket=case.path.next_hop_mtu)


def _lost_chunks(case):
    """§17: TSNs and SACKs show it as sequence numbers do. What is sent again goes without DF, in IPv4, and arrives."""
    got_over = case.complete and case.path.family == 4
    verdicts = {"black_hole_confirmed", "black_hole_recovered"} if got_over else {"black_hole_suspected"}
    return _Answer(frozenset(verdicts), inside_bracket=case.path.next_hop_mtu)


def _behind_the_narrow_link(case):
    """§9: no hint passes here; the hole is there to be seen if something smaller came after it and it stayed."""
    if not case.counters["oversize"] or case.traffic.protocol != "tcp" or case.path.next_hop_mtu is None:
        return _NOTHING
    if case.starts_small:
        return _any_of("none", "probing")
    if not case.ignores and not case.speechless:
        # Hints were sent and heeded; what is missing was lost otherwise.
        return _NOTHING
    probes = case.reaction in _PROBING_REACTIONS
    if case.complete:
        return _any_of("none", "black_hole_recovered", "black_hole_receiver") if probes else _NOTHING
    if case.narrowed:
        # §9: segments that size may have arrived before.
        return _any_of("none", "black_hole_receiver")
    verdicts = {"black_hole_receiver"}
    # Unless the destination speaks again, nothing passes any more that would show how long the hole stays open.
    lasts = case.awaited and case.traffic.patience >= _RECEIVER_HOLE
    # §9 measures holes by the effective MSS, and a clamped option is not what the sender goes by.
    if not case.life_beyond_the_hole or not lasts or case.late or case.clamped:
        verdicts.add("none")
    if probes:
        verdicts.add("black_hole_recovered")
    return _Answer(frozenset(verdicts), inside_bracket=case.path.next_hop_mtu)
