# SPDX-License-Identifier: GPL-2.0-or-later
"""UDP, SCTP, and the tools that probe (RULES.md §6, §15)."""

from ..disturbances import FragmentFilter
from ..hints import KERNEL, SILENT
from ..path import Path
from ..scenario import Scenario
from ..traffic import Traffic
from ..vantage import Vantage

_PLACES = (Vantage("sender"), Vantage("router"), Vantage("receiver"))
_STORIES = {
    "udp-do": ("do", True, "honouring", "DF by the socket's wish; the application shrinks its datagrams when refused"),
    "udp-do-refused": ("do", False, "honouring", "DF by the socket's wish; the kernel refuses what is too large"),
    "udp-want": ("want", False, "honouring", "The kernel fragments what is larger than the path MTU it has learned"),
    "udp-probe": ("probe", False, "honouring", "A socket that sends through whatever the kernel has learned"),
    "udp-do-ignoring": ("do", True, "ignoring", "DF by the socket's wish, and hints dropped on the way in"),
    "udp-dont": ("dont", False, "honouring", "DF never set"),
}


def scenarios():
    for family, suffix in ((4, ""), (6, "-v6")):
        for name, (discovery, adapts, reaction, story) in _STORIES.items():
            traffic = Traffic(
                protocol="udp", direction="upload", size=1500, port=4433, source_port=50000, datagrams=20, pause=0.15,
                discovery=discovery, adapts=adapts,
            )  # fmt: skip
            yield Scenario(f"{name}{suffix}", story, Path(family=family), traffic, reaction, vantages=_PLACES)
        for name, probe, mtu, hinting, story in (
            ("probing", 1500, 1446, KERNEL, "the probe draws a hint; everything else keeps to 1200 bytes"),
            ("silent", 1500, 1446, SILENT, "the probe is lost without a word"),
            ("wide", 1500, None, KERNEL, "the probe gets through"),
            ("below-minimum", 1500, {4: 1220, 6: 1280}[family], KERNEL, "the path takes hardly the least that QUIC needs"),
        ):
            yield Scenario(
                f"quic-{name}{suffix}", f"Datagrams shaped like QUIC's, with DPLPMTUD: {story}",
                Path(family=family, next_hop_mtu=mtu),
                Traffic(
                    protocol="udp", direction="upload", size=probe, port=443, source_port=50000, datagrams=24,
                    pause=0.15, discovery="probe", adapts=False, quic=True,
                ),
                hinting=hinting, vantages=_PLACES,
            )  # fmt: skip
        yield Scenario(
            f"udp-fragments{suffix}", "4000-byte datagrams, fragmented by the sender", Path(family=family),
            Traffic(
                protocol="udp", direction="upload", size=4000, port=4433, source_port=50000, datagrams=10, pause=0.2,
                discovery="want", adapts=False,
            ),
            vantages=_PLACES,
        )  # fmt: skip
        for name, reaction, hinting, story in (
            ("refused", "honouring", KERNEL, "the kernel knows the path MTU and refuses what its stack sends"),
            ("ignoring", "ignoring", KERNEL, "hints are dropped on the way in; what comes again goes without DF"),
            ("black-hole", "honouring", SILENT, "the router says nothing; what comes again goes without DF"),
        ):
            if family == 6:
                break  # usrsctp keeps to 1280 bytes there
            yield Scenario(
                f"sctp-{name}", f"SCTP by usrsctp, messages as of S1AP: {story}", Path(family=family),
                Traffic(
                    protocol="sctp", direction="upload", size=1468, port=36412, source_port=36412, datagrams=30,
                    pause=0.15, patience=6.0,
                ),
                reaction, hinting, vantages=_PLACES,
            )  # fmt: skip
        yield Scenario(
            f"udp-fragments-filtered{suffix}", "4000-byte datagrams, of which a filter drops all but the first fragments",
            Path(family=family, next_hop_mtu=None),
            Traffic(
                protocol="udp", direction="upload", size=4000, port=4433, source_port=50000, datagrams=10, pause=0.2,
                discovery="want", adapts=False,
            ),
            disturbances=(FragmentFilter(),), vantages=_PLACES, aftermath=2.5,
        )  # fmt: skip
        yield Scenario(
            f"ping-sweep{suffix}", "Sizes tried by hand, with ping, on a path that loses what is too large without a word",
            Path(family=family), hinting=SILENT, tool="sweep", vantages=_PLACES, aftermath=2.5,
        )  # fmt: skip
        yield Scenario(
            f"ping-sweep-hinted{suffix}", "Sizes tried by hand, with ping, on a path that says what it takes",
            Path(family=family), tool="sweep", vantages=_PLACES,
        )  # fmt: skip
        for tool in ("tracepath", "traceroute", "ping"):
            yield Scenario(
                f"{tool}{suffix}", f"{tool} looks for the path MTU", Path(family=family), tool=tool, vantages=_PLACES
            )
        yield Scenario(
            f"ping-ignoring{suffix}", "ping looks for the path MTU on a host whose input filter drops hints",
            Path(family=family), reaction="ignoring", tool="ping", vantages=_PLACES,
        )  # fmt: skip
