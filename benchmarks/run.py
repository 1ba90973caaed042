"""One run: builds what is missing, measures everything, verifies it."""

from __future__ import annotations

import os
from collections.abc import Callable

from benchmarks import building, callbacks, candidates, machine, monitor
from benchmarks.callbacks import Shape
from benchmarks.results import COMPUTING, GIL_KEPT, IDLE, POLLING, POLLING_TIGHT, Results

# What part of the time each context gets; the monitor's side gets the rest.
SHARES = {IDLE: 0.4, COMPUTING: 0.13, POLLING: 0.1, POLLING_TIGHT: 0.13, GIL_KEPT: 0.12}

RESOURCES = [1, 1_000, 100_000]


def shapes_of(context: str) -> list[Shape]:
    if context != IDLE:
        return [Shape(), Shape(working=True)]
    together = [
        Shape(threads, shared)
        for threads in sorted({2, os.cpu_count() or 1} - {1})
        for shared in (False, True)
    ]
    return [Shape(), *together, Shape(working=True)]


def run(seconds: float, say: Callable[[str], None]) -> Results:
    """Measures for about so many seconds."""
    say("building the driver")
    building.build("driver")
    building.build("elsewhere")
    driver = building.load("driver")
    threads = max(2, os.cpu_count() or 1)
    measured = candidates.ours(driver, building.load("elsewhere"), threads)
    missing = {}
    for name, (module, load) in candidates.PEERS.items():
        say(f"building {name}")
        try:
            if module is not None:
                building.build(module)
            measured.append(candidates.Peer(name, load(), threads))
        except (building.BuildError, ImportError) as error:
            missing[name] = str(error)
            say(f"{name} is left out: {last_line(error)}")
    clock_ns = machine.clock(driver)
    described = machine.describe(clock_ns)
    cases = []
    for context, share in SHARES.items():
        say(context)
        cases += callbacks.measure(
            context, shapes_of(context), measured, driver, share * seconds, clock_ns
        )
    say("the monitor")
    left = 1 - sum(SHARES.values())
    of_monitor = monitor.measure(driver, left * seconds, RESOURCES)
    return Results(seconds, described, machine.load(), missing, cases, of_monitor)


def last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1]
