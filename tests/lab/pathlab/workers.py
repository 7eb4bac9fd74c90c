# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs scenarios side by side, each in a process of its own, so that an interrupted one can still clean up."""

import multiprocessing
import multiprocessing.connection
import signal
import sys

from .experiment import carry_out


def _leave(*_):
    # Once is enough: a second signal must not interrupt the clean-up that the first one began.
    signal.signal(signal.SIGTERM, _stay)
    sys.exit(1)


def _stay(*_):
    """Ctrl-C reaches every process of the terminal; the parent decides and ends its workers with SIGTERM."""


def _work(scenario, directory, keys, answer):
    signal.signal(signal.SIGINT, _stay)
    signal.signal(signal.SIGTERM, _leave)
    try:
        answer.send((carry_out(scenario, directory, keys), None))
    except Exception as error:  # whatever went wrong, the other scenarios are worth having
        answer.send(([], f"{type(error).__name__}: {error}"))


def carry_out_all(scenarios, directory, keys, jobs):
    """Yield (scenario, its labels, what went wrong or None) as scenarios finish."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    waiting, running = list(reversed(scenarios)), {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                scenario = waiting.pop()
                ours, theirs = multiprocessing.Pipe(duplex=False)
                worker = multiprocessing.Process(target=_work, args=(scenario, directory, keys, theirs))
                running[ours] = (scenario, worker)
                worker.start()
                theirs.close()
            for ours in multiprocessing.connection.wait(list(running)):
                scenario, worker = running.pop(ours)
                yield scenario, *_answer(ours)
                worker.join()
    finally:
        for _, worker in running.values():
            worker.terminate()
        for _, worker in running.values():
            worker.join()


def _answer(connection):
    try:
        return connection.recv()
    except EOFError:
        return [], "its process ended without an answer"
