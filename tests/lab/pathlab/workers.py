"""Runs scenarios side by side, each in a process of its own, so that an interrupted one can still clean up."""

import multiprocessing
import signal
import sys

from .experiment import carry_out


def _leave(*_):
    # Once is enough: a second signal must not interrupt the clean-up that the first one began.
    signal.signal(signal.SIGTERM, _stay)
    sys.exit(1)


def _stay(*_):
    """Ctrl-C reaches every process of the terminal; the parent decides and ends its workers with SIGTERM."""


def _prepare_worker():
    signal.signal(signal.SIGINT, _stay)
    signal.signal(signal.SIGTERM, _leave)


def _attempt(task):
    scenario, directory, certificate = task
    try:
        return scenario, carry_out(scenario, directory, certificate), None
    except Exception as error:  # whatever went wrong, the other scenarios are worth having
        return scenario, [], f"{type(error).__name__}: {error}"


def carry_out_all(scenarios, directory, certificate, jobs):
    """Yield (scenario, its labels, what went wrong or None) as scenarios finish."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with multiprocessing.Pool(jobs, _prepare_worker) as pool:
        yield from pool.imap_unordered(_attempt, [(scenario, directory, certificate) for scenario in scenarios])
