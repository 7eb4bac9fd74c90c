# SPDX-License-Identifier: GPL-2.0-or-later
"""Child processes of a run: the lab's own programs and the tools, each ended with the run."""

import pathlib
import signal
import subprocess
import sys

_PACKAGE = pathlib.Path(__file__).resolve().parent


def program(name, *arguments):
    """The command line of one of the lab's own programs."""
    return [sys.executable, str(_PACKAGE / f"{name}.py"), *arguments]


class Child:
    """A running process of which the run needs a sign of readiness, an end, and perhaps a result."""

    def __init__(self, argv):
        # A session of its own: Ctrl-C on the terminal must not end it before the run has let go of it.
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def await_line(self, stream, text):
        """Read `stream` ("stdout" or "stderr") until a line contains `text`."""
        seen = []
        for line in getattr(self._process, stream):
            if text in line:
                return
            seen.append(line)
        raise RuntimeError(f"{self._process.args} ended before it was ready: {''.join(seen)}")

    def result(self, timeout):
        """Wait for the process to end by itself and return what it printed."""
        output, complaint = self._process.communicate(timeout=timeout)
        if self._process.returncode != 0:
            raise RuntimeError(f"{self._process.args}: {complaint}")
        return output

    def stop(self):
        """End the process as Ctrl-C would, so that it can flush, and return what it printed."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            output, complaint = self._process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            output, complaint = self._process.communicate()
        return output + complaint
