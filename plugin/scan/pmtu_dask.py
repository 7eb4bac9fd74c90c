#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs pmtu-scan over many captures on a Dask cluster, and prints one stream of NDJSON in the order of the captures.

    pmtu_dask.py SCHEDULER CAPTURE… [--scan PROGRAM] [--retries N]
    find /captures -name '*.pcapng' | pmtu_dask.py SCHEDULER

The captures must have the same names on all workers (a shared file system), and pmtu-scan must be installed there. A
worker that dies loses nothing: what it was at is done again elsewhere, and a capture is printed once, when it is done.
Needs Dask's distributed (Debian: python3-distributed). Exit status as pmtu-scan's: 2 if a capture could not be read.
"""
import argparse
import json
import subprocess
import sys

import distributed


def scan(program, capture):
    """Runs on a worker. A capture that cannot be read is no failure of the task: its line says why."""
    result = subprocess.run([program, "--", capture], stdout=subprocess.PIPE, check=False)
    if result.returncode not in (0, 2):
        raise subprocess.CalledProcessError(result.returncode, program)
    return result.stdout.decode("utf-8")


def error_line(capture, error):
    return json.dumps({"file": capture, "error": error}) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scheduler", help="its address, or the file that it wrote (--scheduler-file)")
    parser.add_argument("captures", nargs="*", metavar="CAPTURE", help="none: names from standard input, one a line")
    parser.add_argument("--scan", default="pmtu-scan", metavar="PROGRAM", help="pmtu-scan on the workers")
    parser.add_argument("--retries", type=int, default=3, metavar="N", help="how often a capture is tried again")
    wish = parser.parse_intermixed_args()
    captures = wish.captures or sys.stdin.read().splitlines()
    where = {"scheduler_file": wish.scheduler} if wish.scheduler.endswith(".json") else {"address": wish.scheduler}
    failed = False
    with distributed.Client(**where) as cluster:
        # Not pure: the same name twice is two tasks, as it is two captures for pmtu-scan.
        tasks = [cluster.submit(scan, wish.scan, capture, retries=wish.retries, pure=False) for capture in captures]
        for capture, task in zip(captures, tasks):
            try:
                output = task.result()
            except Exception as error:  # whatever the worker or the cluster raised
                output = error_line(capture, f"{type(error).__name__}: {error}")
            task.release()
            failed = failed or any("error" in json.loads(line) for line in output.splitlines())
            sys.stdout.write(output)
            sys.stdout.flush()
    sys.exit(2 if failed else 0)


if __name__ == "__main__":
    main()
