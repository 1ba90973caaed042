"""Interpreters and forked children that end while native threads go on reporting."""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy import ClosedError

# A process that ends while native threads go on reporting and logging: the monitor closed or not,
# the interpreter finalized in order, by os._exit, or by an exception.
ENDINGS = {
    "open": "pass",
    "closed": "monitor.close()",
    "resource closed": "resource.close()",
    "exception": "raise SystemExit(0)",
    "exit": "import os; os._exit(0)",
    "thread in poll": (
        "import threading; threading.Thread(target=monitor.poll, args=[None], daemon=True).start()"
    ),
    "module removed": "import sys; sys.modules.clear()",
}
UNDER_FIRE = """
import sys
sys.path.insert(0, {tests!r})
import ctypes, native, under_fire
import resapi_cy as ra
library = native.declare(ctypes.CDLL({library!r}))
monitor = ra.ResourceMonitor(event_capacity=256)
resource = monitor.open("r")
workers = [native.Worker(library, resource.handle, reports_per_status=n) for n in (1, 50)]
workers[0].wait_for(1000)
"""


def program(library: Path, ending: str) -> str:
    """A program that ends in one of ENDINGS, or in other statements, under fire."""
    start = UNDER_FIRE.format(tests=str(native.TESTS / "helpers"), library=str(library))
    return start + textwrap.dedent(ENDINGS.get(ending, ending))


def run_python(program: str, *, timeout: float = 120) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
        # What a process that ends under fire leaves behind is no leak.
        env={**os.environ, "LSAN_OPTIONS": "detect_leaks=0"},
    )
    assert done.returncode == 0, done.stderr


def forks(count: int) -> str:
    """The ending of a program that forks so often first. Each child uses a monitor of its own and
    leaves a worker behind; every other child finalizes its interpreter, the rest use os._exit."""
    return f"""
        import os, signal
        for turn in range({count}):
            workers[0].wait_for(100)
            child = under_fire.fork_quietly()
            if child == 0:
                signal.alarm(100)  # kills a child that hangs
                under_fire.use_in_child(library, monitor, resource)
                own = ra.ResourceMonitor(event_capacity=256)
                native.Worker(library, own.open("r").handle, reports_per_status=2).wait_for(100)
                if turn % 2:
                    os._exit(0)
                sys.exit()
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            monitor.poll()
    """


def fork_quietly() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that there are threads is the point
        return os.fork()


def exit_code_of(function: Callable[[], object]) -> int:
    try:
        function()
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def use_in_child(library: ctypes.CDLL, monitor: ra.ResourceMonitor, resource: ra.Resource) -> None:
    report = ra.callbacks.set_resource_status_ex
    rejected = ra.rejected_reports()
    assert library.report_once(report, resource.handle, 2, 1) == ra.ExitState.TERMINATE
    assert ra.rejected_reports() == rejected + 1
    for use in (
        monitor.poll,
        lambda: next(monitor),
        lambda: monitor.open("r"),
        lambda: resource.status,
        resource.terminate,
    ):
        with pytest.raises(ClosedError, match="belongs to the parent process: make a Resource"):
            use()
    assert monitor.closed
    assert resource.closed
    assert monitor.dropped_events == 0

    async def collect() -> list[ra.Event]:
        return [event async for event in monitor]

    with pytest.raises(ClosedError, match="belongs to the parent process"):
        asyncio.run(collect())
    with ra.ResourceMonitor() as own:
        mine = own.open("child's")
        assert mine.handle != resource.handle
        worker = native.Worker(library, mine.handle, 1_000, 10)
        assert worker.join() == 0
        assert len(own.poll()) == 100
        library.log_lines(ra.callbacks.log_event, 0, 1)
        assert len(own.poll()) == 1
    monitor.close()
    resource.close()
