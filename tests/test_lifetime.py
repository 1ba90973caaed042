"""I7: callbacks at every moment of the interpreter's life, and in a forked child. I8: memory."""

from __future__ import annotations

import ctypes
import gc
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from environment import under_wine
from native import StartWorker
from process import memory
from under_fire import (
    ENDINGS,
    exit_code_of,
    fork_quietly,
    forks,
    program,
    run_python,
    use_in_child,
)

import resapi_cy as ra
from resapi_cy import ResourceState

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")


def test_workers_that_outlive_the_interpreter(library_path: Path) -> None:
    """200 processes, each ended while two native threads report as fast as they can. Fewer under
    Wine, where starting one takes seconds; Windows itself runs them all."""
    processes = 40 if under_wine else 200
    with ThreadPoolExecutor(2) as pool:
        endings = itertools.islice(itertools.cycle(ENDINGS), processes)
        list(pool.map(run_python, (program(library_path, ending) for ending in endings)))


def test_callbacks_are_answered_while_the_interpreter_finalizes(library_path: Path) -> None:
    """An atexit callback of C runs after the interpreter is gone: the answer is still right."""
    ending = """
        workers[0].stop(), workers[1].stop()
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(monitor))  # never closed
        library.check_at_exit(ra.callbacks.set_resource_status_ex, resource.handle)
    """
    run_python(program(library_path, ending))


@needs_fork
def test_a_forked_interpreter_ends_while_workers_report(library_path: Path) -> None:
    """Those that it inherited a monitor from, and those of its own."""
    run_python(program(library_path, forks(20)))


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
