# SPDX-License-Identifier: GPL-2.0-or-later
"""What real stacks do with a hint besides honouring and ignoring it (RULES.md §15)."""

from ..path import Path
from ..scenario import Scenario
from ..traffic import Traffic
from ..vantage import Vantage

_BULK = Traffic(size=60_000)
_TRICKLE = Traffic(size=40_000, chunk=4_000, pause=0.8)
_FROM_BOTH_ENDS = (Vantage("sender"), Vantage("receiver"))
_MANNERS = {
    "locked-route": ("locked route", _BULK, "`mtu lock` on the route: IPv4 leaves DF clear"),
    "without-discovery": ("without discovery", _BULK, "`ip_no_pmtu_disc`: IPv4 leaves DF clear"),
    "forgetful": ("forgetful", _TRICKLE, "The path MTU expires after three seconds and is learned again"),
    "probing-always": (
        "probing always",
        Traffic(direction="upload", size=100_000),
        "PLPMTUD from the first segment, with hints",
    ),
    "stubborn": (
        "stubborn",
        Traffic(size=20_000, insists_on_df=True, patience=5.0),
        "A locked route under sockets that insist on DF: hints change nothing",
    ),
}


def scenarios():
    for family, suffix in ((4, ""), (6, "-v6")):
        for name, (reaction, traffic, story) in _MANNERS.items():
            yield Scenario(f"{name}{suffix}", story, Path(family=family), traffic, reaction)
        yield Scenario(
            f"cached{suffix}", "The path MTU was learned before: no hint, MSS 1460 all the same",
            Path(family=family), _BULK, warm_up=True,
        )  # fmt: skip
        yield Scenario(
            f"jumbo-honouring{suffix}", "A 9000-byte LAN before a 1500-byte link: real, not offload",
            Path(family=family, lan_mtu=9000, next_hop_mtu=1500), _BULK,
        )  # fmt: skip
        yield Scenario(
            f"jumbo-ignoring{suffix}", "A 9000-byte LAN before a 1500-byte link, and hints ignored",
            Path(family=family, lan_mtu=9000, next_hop_mtu=1500), Traffic(size=60_000, patience=5.0), "ignoring",
        )  # fmt: skip
        yield Scenario(
            f"upload-ignoring{suffix}", "The sender opened the connection and ignores hints",
            Path(family=family), Traffic(direction="upload", patience=5.0), "ignoring",
        )  # fmt: skip
    yield Scenario(
        "low-mtu-honouring", "A next hop of 512 bytes: IPv4 keeps 552 and clears DF", Path(next_hop_mtu=512), _BULK
    )
    yield Scenario(
        "honouring-slow-access", "Hints need 50 ms to reach the sender; whatever leaves meanwhile is in flight",
        Path(access_rtt=0.1), Traffic(size=60_000), vantages=(Vantage("sender"), Vantage("router")),
    )  # fmt: skip
