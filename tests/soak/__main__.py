"""Runs the package under fire, and prints a table of what was done and what was breached.

    python -m tests.soak --minutes 10
    python -m tests.soak --interpreters 1000
    python -m tests.soak --kills 1000

Exits 1 on any breach. Random, but for the seed: `--seed` repeats what the threads choose to do, not
how the system interleaves them.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import gc
import os
import platform
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1] / "helpers"))

import native
import process

import resapi_cy as ra
from tests.soak import forks, hosted, interpreters, kills, reports
from tests.soak.counts import Counts

# By how many bytes memory may grow after the warm-up. What is allocated: a soak keeps the
# generation of every cell. What the system has given: the gaps that allocating at random leaves.
ALLOCATED_GROWTH = 1 << 20
MEMORY_GROWTH = 32 << 20
# How long a thread may take for what it has begun when the time is up, in seconds.
LONG = 300.0
# Monitors that are open at once before the warm-up: closed ones leave their handles to the next.
MONITORS = 16

# Python takes every block from malloc, which has one arena, and so can say what is allocated; and
# gives large blocks back at once. Otherwise the arenas of both keep what they had at their fullest:
# tens of megabytes that come and go with the threads would hide a leak.
HONEST_MEMORY = {
    "PYTHONMALLOC": "malloc",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(128 << 10),
}

Actor = Callable[[Random], None]


class Soak:
    def __init__(self, seed: int, folder: Path) -> None:
        self.counts = Counts()
        self._seed = seed
        self._handles = reports.Handles(self.counts)
        workers = native.compile_library(
            [native.TESTS / "native" / "workers.c"], folder / "workers", [ra.get_include()]
        )
        self._library = native.declare(ctypes.CDLL(str(workers)))
        self._libraries = hosted.Libraries(folder)
        for monitor in [ra.ResourceMonitor() for _ in range(MONITORS)]:
            monitor.close()

    def _reports(self, random: Random) -> None:
        reports.Round(random, self._library, self.counts, self._handles).run()

    def _guarded(self, random: Random) -> None:
        hosted.host_guarded(random, self._libraries, self.counts)

    def _faulty(self, random: Random) -> None:
        hosted.host_faulty(random, self._libraries, self.counts)

    def _forks(self, random: Random) -> None:
        forks.fork(self._library, self.counts)

    def run(self, seconds: float) -> None:
        """Several threads do over and over again what they do, until the time is up."""
        deadline = time.monotonic() + seconds
        actors: list[Actor] = [*[self._reports] * 4, self._guarded, self._faulty]
        if hasattr(os, "fork"):
            actors.append(self._forks)

        def act(number: int, actor: Actor) -> None:
            random = Random(f"{self._seed} {number}")
            try:
                while time.monotonic() < deadline:
                    actor(random)
            except BaseException as error:
                traceback.print_exc()
                self.counts.breach("threads that ended by an exception", repr(error))

        threads = [
            threading.Thread(target=act, args=pair, name=f"soak {number}", daemon=True)
            for number, pair in enumerate(enumerate(actors))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0) + LONG)
        if hanging := [thread.name for thread in threads if thread.is_alive()]:
            self.counts.breach("threads that hung", ", ".join(hanging), len(hanging))
            faulthandler.dump_traceback()

    def held(self) -> dict[str, int]:
        """What the process holds once it has come to rest."""
        deadline = time.monotonic() + 30.0
        while threading.active_count() > 1 and time.monotonic() < deadline:
            time.sleep(0.05)  # threads of closed hosts end
        gc.collect()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)
        return {
            "allocated": process.allocated(),
            "memory": process.memory(),
            "threads": process.threads(),
            "handles": process.handles(),
        }


def soak(minutes: float, seed: int) -> Counts:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        run = Soak(seed, Path(folder))
        run.run(60 * minutes / 5)
        before = run.held()
        run.run(60 * minutes * 4 / 5)
        after = run.held()
    counts = run.counts
    limits = {"allocated": ALLOCATED_GROWTH, "memory": MEMORY_GROWTH, "threads": 0, "handles": 0}
    for name, most in limits.items():
        growth = after[name] - before[name]
        counts.work[f"{name}_growth"] = growth
        if growth > most:
            counts.breach(f"growth of {name}", f"from {before[name]} to {after[name]}")
    return counts


def end_interpreters(count: int) -> Counts:
    counts = Counts()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        library = native.compile_library(
            [native.TESTS / "native" / "workers.c"], Path(folder) / "workers", [ra.get_include()]
        )
        interpreters.end_interpreters(library, count, counts)
    return counts


def kill_writers(count: int, seed: int) -> Counts:
    counts = Counts()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        kills.kill_writers(Path(folder), count, seed, counts)
    return counts


def table(counts: Counts, rows: dict[str, str], breaches: list[str]) -> str:
    lines = ["| | |", "|---|---:|"]
    lines += [f"| {text} | {counts.work[name]:,} |" for name, text in rows.items()]
    names = [*breaches, *(name for name in counts.breaches if name not in breaches)]
    lines += [f"| **{name}** | **{counts.breaches[name]}** |" for name in names]
    return "\n".join(lines)


SOAK_ROWS = {
    "reports": "reports of native workers",
    "transitions": "transitions among them",
    "log_lines": "lines of log",
    "events": "events of both",
    "delivered": "events delivered",
    "dropped": "events dropped, and counted as such",
    "monitors": "monitors opened and closed",
    "resources": "resources opened and closed",
    "terminations": "terminations",
    "hosted_operations": "operations of hosted resources",
    "forks": "forked children",
    "allocated_growth": "growth of allocated memory, in bytes (on Linux)",
    "memory_growth": "growth of the process, in bytes",
    "threads_growth": "growth of threads",
    "handles_growth": "growth of handles (file descriptors)",
}
SOAK_BREACHES = [
    *("lost", "torn", "out of order", "wrong answers", "handles given twice"),
    *("breaches of the contract, counted by the DLL", "hosted resources in a wrong state"),
]
INTERPRETER_ROWS = {
    "interpreters": "interpreters ended under fire",
    "forked_interpreters": "forked interpreters ended under fire",
}
KILL_ROWS = {
    "killed_writers": "processes killed while they wrote properties",
    "confirmed_writes": "writes that they had confirmed",
}
KILL_BREACHES = ["writes that were confirmed and lost"]
INTERPRETER_BREACHES = ["interpreters that failed", "interpreters that hung"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long; default: 1")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    parser.add_argument("--interpreters", type=int, help="instead, end so many interpreters")
    parser.add_argument(
        "--kills", type=int, help="instead, kill so many processes that write properties"
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    options = parser.parse_args()
    if sys.platform == "linux" and not os.environ.keys() >= HONEST_MEMORY.keys():
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **HONEST_MEMORY})
    began = time.monotonic()
    if options.interpreters:
        counts = end_interpreters(options.interpreters)
        text = table(counts, INTERPRETER_ROWS, INTERPRETER_BREACHES)
    elif options.kills:
        counts = kill_writers(options.kills, options.seed)
        text = table(counts, KILL_ROWS, KILL_BREACHES)
    else:
        counts = soak(options.minutes, options.seed)
        text = table(counts, SOAK_ROWS, SOAK_BREACHES)
    print(
        f"{platform.system()} {platform.machine()}, {platform.python_implementation()} "
        f"{platform.python_version()}, {os.cpu_count()} processors, "
        f"{(time.monotonic() - began) / 60:.1f} minutes, seed {options.seed}:\n\n{text}"
    )
    for told in counts.told:
        print(told, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(bool(counts.breaches))  # whatever hangs


if __name__ == "__main__":
    main()
