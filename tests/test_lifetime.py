"""I7: callbacks at every moment of the interpreter's life, and in a forked child. I8: memory."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import native
import pytest
from conftest import StartWorker
from environment import under_wine
from native import WINDOWS

import resapi_cy as ra
from resapi_cy import ClosedError, ResourceState

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")

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
ENDS_UNDER_FIRE = """
import sys
sys.path.insert(0, {tests!r})
import ctypes, native
import resapi_cy as ra
library = native.declare(ctypes.CDLL({library!r}))
monitor = ra.ResourceMonitor(event_capacity=256)
resource = monitor.open("r")
workers = [native.Worker(library, resource.handle, reports_per_status=n) for n in (1, 50)]
workers[0].wait_for(1000)
{ending}
"""


def run_python(program: str, *, timeout: float = 120) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr


def test_workers_that_outlive_the_interpreter(library_path: Path) -> None:
    """200 processes, each ended while two native threads report as fast as they can. Fewer under
    Wine, where starting one takes seconds; Windows itself runs them all."""
    processes = 40 if under_wine else 200
    programs = [
        ENDS_UNDER_FIRE.format(
            tests=str(native.TESTS), library=str(library_path), ending=textwrap.dedent(ending)
        )
        for ending in ENDINGS.values()
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run_python, (programs[i % len(programs)] for i in range(processes))))


def test_callbacks_are_answered_while_the_interpreter_finalizes(library_path: Path) -> None:
    """An atexit callback of C runs after the interpreter is gone: the answer is still right."""
    program = ENDS_UNDER_FIRE.format(
        tests=str(native.TESTS),
        library=str(library_path),
        ending=textwrap.dedent(
            """
            workers[0].stop(), workers[1].stop()
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(monitor))  # never closed
            library.check_at_exit(ra.callbacks.set_resource_status_ex, resource.handle)
            """
        ),
    )
    run_python(program)


@needs_fork
def test_a_forked_child_uses_a_monitor_of_its_own(
    library: ctypes.CDLL, start_worker: StartWorker
) -> None:
    with ra.ResourceMonitor() as monitor:
        resource = monitor.open("parent's")
        worker = start_worker(resource.handle, reports_per_status=3)
        for _ in range(20):
            worker.wait_for(100)
            child = fork_quietly()
            if child == 0:
                os._exit(exit_code_of(lambda: use_in_child(library, monitor, resource)))
            _, status = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(status) == 0
            monitor.poll()
        before = worker.continued
        worker.wait_for(10)
        assert worker.continued >= before + 9  # the parent goes on
        assert worker.stop() == 0


def fork_quietly() -> int:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that there are threads is the point
        return os.fork()


def exit_code_of(function) -> int:
    try:
        function()
    except BaseException:
        import traceback

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


@needs_fork
def test_fork_in_fork(library: ctypes.CDLL, monitor: ra.ResourceMonitor) -> None:
    monitor.open("r")
    child = fork_quietly()
    if child == 0:
        with ra.ResourceMonitor() as own:
            resource = own.open("r")
            grandchild = fork_quietly()
            if grandchild == 0:
                os._exit(exit_code_of(lambda: use_in_child(library, own, resource)))
            _, status = os.waitpid(grandchild, 0)
            os._exit(os.waitstatus_to_exitcode(status))
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def memory() -> int:
    """What this process holds of memory, in bytes."""
    if WINDOWS:
        return private_bytes()
    if Path("/proc/self/statm").exists():
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: bytes, at its highest


def private_bytes() -> int:
    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", ctypes.c_uint32),
            ("page_faults", ctypes.c_uint32),
            *((name, ctypes.c_size_t) for name in "abcdefghi"),
        )

    counters = Counters(ctypes.sizeof(Counters))
    get = ctypes.WinDLL("psapi").GetProcessMemoryInfo
    get.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
    assert get(ctypes.c_void_p(-1), ctypes.byref(counters), ctypes.sizeof(counters))
    return counters.i


def test_a_hundred_thousand_resources_at_once(monitor: ra.ResourceMonitor) -> None:
    resources = [monitor.open(f"r{i}") for i in range(100_000)]
    assert len({r.handle for r in resources}) == 100_000
    for resource in resources[::1000]:
        resource.report(ResourceState.ONLINE)
    assert len(monitor.poll()) == 100
    assert len(monitor.resources) == 100_000


def test_a_million_openings_do_not_grow_the_process(monitor: ra.ResourceMonitor) -> None:
    """I8: a closed resource's memory is used again."""

    def churn(times: int) -> None:
        for _ in range(times):
            with monitor.open("r") as resource:
                resource.report(ResourceState.ONLINE)
            if _ % 1000 == 0:
                monitor.poll()
        monitor.poll()

    churn(50_000)
    gc.collect()
    before = memory()
    churn(950_000)
    gc.collect()
    assert memory() - before < 1_000_000


def test_monitors_come_and_go_without_growing(library: ctypes.CDLL) -> None:
    """I8: with their queues, and what was in them."""

    def churn(times: int) -> None:
        for _ in range(times):
            with ra.ResourceMonitor() as monitor:
                resource = monitor.open("r")
                library.log_lines(ra.callbacks.log_event, resource.handle, 20)
                resource.open_control_call()
                monitor.open_type_control_call()

    churn(300)
    gc.collect()
    before = memory()
    churn(3_000)
    gc.collect()
    assert memory() - before < 1_000_000
