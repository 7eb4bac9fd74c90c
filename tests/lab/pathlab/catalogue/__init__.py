# SPDX-License-Identifier: GPL-2.0-or-later
"""The named scenarios, by what they are about."""

from . import black_holes, conversations, datagrams, forgeries, queues, seed, senders, trouble, vantages

_ABOUT = (seed, vantages, senders, black_holes, forgeries, datagrams, conversations, trouble, queues)

SCENARIOS = {scenario.name: scenario for about in _ABOUT for scenario in about.scenarios()}
