# SPDX-License-Identifier: GPL-2.0-or-later
"""How the TCP of a host may differ from Linux as it comes, so that nothing hangs on options that others lack."""

STACKS = {
    "no timestamps": {"net__ipv4__tcp_timestamps": 0},
    "no SACK": {"net__ipv4__tcp_sack": 0},
    "no window scaling": {"net__ipv4__tcp_window_scaling": 0},
    "no tail loss probe": {"net__ipv4__tcp_early_retrans": 0},
    "Reno": {"net__ipv4__tcp_congestion_control": "reno"},
    "BBR": {"net__ipv4__tcp_congestion_control": "bbr"},
}


def configure(host, stack):
    for name in stack:
        host.sysctl(**STACKS[name])
