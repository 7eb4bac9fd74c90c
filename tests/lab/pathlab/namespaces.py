# SPDX-License-Identifier: GPL-2.0-or-later
"""Network namespaces that vanish with the run that made them."""

import contextlib
import itertools
import os
import signal
import subprocess

_serial = itertools.count()


class CommandFailed(RuntimeError):
    """A tool the lab depends on refused; the message carries what it said."""


def run(argv, **options):
    """Run a tool to its end and return what it printed; its complaint is part of the failure."""
    done = subprocess.run(argv, text=True, capture_output=True, check=False, **options)
    if done.returncode != 0:
        raise CommandFailed(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Namespace:
    """One host or router of the path. Knows its name and nothing of its role."""

    def __init__(self, role):
        # Process id and serial number keep parallel runs apart.
        self.name = f"pathlab-{os.getpid()}-{next(_serial)}-{role}"

    def create(self):
        """Not in the constructor: whoever is to delete the namespace must hold it before there is one."""
        run(["ip", "netns", "add", self.name])
        self.ip("link", "set", "lo", "up")

    def ip(self, *arguments):
        return run(["ip", "-n", self.name, *arguments])

    def command(self, argv):
        """The command line that runs `argv` inside this namespace."""
        return ["ip", "netns", "exec", self.name, *argv]

    def run(self, argv, **options):
        return run(self.command(argv), **options)

    def nft(self, ruleset):
        self.run(["nft", "-f", "-"], input=ruleset)

    def sysctl(self, **settings):
        """Set kernel parameters; a double underscore in a name stands for the dot."""
        self.run(["sysctl", "-qw", *(f"{key.replace('__', '.')}={value}" for key, value in settings.items())])

    def delete(self):
        """Remove the namespace and end what still runs in it: only the run itself ever started anything there."""
        living = subprocess.run(["ip", "netns", "pids", self.name], text=True, capture_output=True, check=False)
        for process in living.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True, check=False)
