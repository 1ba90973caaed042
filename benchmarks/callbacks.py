"""The callbacks' side: native threads report, while Python does one thing or another."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from types import ModuleType
from typing import Any

from benchmarks.candidates import Candidate
from benchmarks.results import (
    COMPUTING,
    ELSEWHERE,
    GIL_KEPT,
    IDLE,
    LIMIT,
    OURS,
    POLLING,
    POLLING_TIGHT,
    Case,
    Latency,
    Measurement,
)

EMPTY = itemgetter("empty")

FEWEST_ROUNDS = 2
MOST_ROUNDS = 100
GIL_KEPT_SECONDS = 0.1

# How long a block is: of a candidate that needs no GIL, and of one that may wait for it.
BLOCK_SECONDS = 0.006
WAITING_BLOCK_SECONDS = {
    IDLE: 0.006,
    COMPUTING: 0.1,
    POLLING: 0.04,
    POLLING_TIGHT: 0.1,
    GIL_KEPT: 0.3,
}
WORKING_BLOCK_SECONDS = {
    IDLE: 0.04,
    COMPUTING: 0.1,
    POLLING: 0.04,
    POLLING_TIGHT: 0.1,
    GIL_KEPT: 0.35,
}
WORK_SECONDS = 0.001

# A mean of timed calls is as good as that of a block when it is so many times the clock's cost.
CLOCK_IS_SMALL = 20


@dataclass(frozen=True)
class Shape:
    threads: int = 1
    shared: bool = False
    working: bool = False

    def handles(self, candidate: Candidate) -> list[int]:
        if self.shared:
            return candidate.handles[:1] * self.threads
        return candidate.handles[: self.threads]

    def seconds(self, candidate: Candidate, context: str) -> float:
        if self.working:
            return WORKING_BLOCK_SECONDS[context]
        waits = candidate.name not in (LIMIT, ELSEWHERE, *OURS)
        return WAITING_BLOCK_SECONDS[context] if waits else BLOCK_SECONDS


@dataclass
class Collected:
    """What is known of a candidate so far."""

    ns: list[float] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    calls: int = 0
    transitions: int = 0
    events: int = 0
    dropped: int = 0
    timed_calls: int = 0
    longest: float = 0.0
    histogram: Counter[float] = field(default_factory=Counter)

    def measurement(self, name: str) -> Measurement:
        return Measurement(
            candidate=name,
            ns=self.ns,
            limits=self.limits,
            ratios=self.ratios,
            calls=self.calls,
            transitions=self.transitions,
            events=self.events,
            dropped=self.dropped,
            latency=Latency(self.timed_calls, self.longest, sorted(self.histogram.items())),
        )


# ---- What Python does meanwhile -----------------------------------------------------------------


@contextmanager
def python_thread(work: Callable[[], object], pause: float = 0.0) -> Iterator[None]:
    """A Python thread that does its work again and again."""
    stopped = False
    running = threading.Event()

    def run() -> None:
        running.set()
        while not stopped:
            work()
            if pause:
                time.sleep(pause)

    thread = threading.Thread(target=run)
    thread.start()
    running.wait()
    try:
        yield
    finally:
        stopped = True
        thread.join()


def compute() -> int:
    total = 0
    for i in range(1000):
        total += i * i
    return total


@contextmanager
def meanwhile(context: str, candidate: Candidate, driver: ModuleType) -> Iterator[None]:
    if context == IDLE:
        yield
        return
    work, pause = {
        COMPUTING: (compute, 0.0),
        POLLING: (candidate.look, 0.001),
        POLLING_TIGHT: (candidate.look, 0.0),
        GIL_KEPT: (lambda: driver.keep_gil(GIL_KEPT_SECONDS), 0.0),
    }[context]
    with python_thread(work, pause):
        yield


# ---- Measuring ----------------------------------------------------------------------------------


def measure(
    context: str,
    shapes: list[Shape],
    candidates: list[Candidate],
    driver: ModuleType,
    seconds: float,
    clock_ns: float,
) -> list[Case]:
    """Round after round, each with every shape and candidate in turn, until the time is over."""
    collected = {(shape, c.name): Collected() for shape in shapes for c in candidates}
    end = time.monotonic() + seconds
    rounds = 0
    while rounds < FEWEST_ROUNDS or (rounds < MOST_ROUNDS and time.monotonic() < end):
        for shape in shapes:
            for candidate in candidates:
                with meanwhile(context, candidate, driver):
                    outcomes = driver.run(
                        candidate.address,
                        shape.handles(candidate),
                        changes=candidate.changes,
                        work=WORK_SECONDS if shape.working else 0.0,
                        seconds=shape.seconds(candidate, context),
                        limit=candidate.limit // shape.threads,
                    )
                into = collected[shape, candidate.name]
                verify(candidate, shape, outcomes, into)
                add(outcomes, into, clock_ns)
            if shape.working:
                # There is no time for the empty function between two calls: it has its own turn.
                limit = collected[shape, LIMIT].ns[-1]
                for candidate in candidates:
                    of_candidate = collected[shape, candidate.name]
                    of_candidate.ratios.append(of_candidate.ns[-1] / limit)
        rounds += 1
    return [
        Case(
            context,
            shape.threads,
            shape.shared,
            shape.working,
            [collected[shape, c.name].measurement(c.name) for c in candidates],
        )
        for shape in shapes
    ]


def verify(
    candidate: Candidate, shape: Shape, outcomes: list[dict[str, Any]], into: Collected
) -> None:
    """Whether everything has arrived that the threads of one block reported."""
    calls = sum(outcome["calls"] for outcome in outcomes)
    refused = sum(outcome["refused"] for outcome in outcomes)
    last = [outcome["last"] for outcome in outcomes]
    counted = candidate.verify(calls, last, shape.shared, refused)
    into.calls += calls
    into.transitions += counted.transitions
    into.events += counted.events
    into.dropped += counted.dropped


def add(outcomes: list[dict[str, Any]], into: Collected, clock_ns: float) -> None:
    """What the threads of one block measured."""
    for outcome in outcomes:
        into.timed_calls += sum(count for _, count in outcome["histogram"])
        into.longest = max(into.longest, outcome["longest"])
        into.histogram.update(dict(outcome["histogram"]))
    ns = statistics.mean(mean_of(outcome, clock_ns) for outcome in outcomes)
    into.ns.append(ns)
    if outcomes[0]["empty"][0]:
        limit = statistics.mean(elapsed / calls for calls, elapsed in map(EMPTY, outcomes))
        into.limits.append(limit)
        into.ratios.append(ns / limit)


def mean_of(outcome: dict[str, Any], clock_ns: float) -> float:
    """The mean of a call in ns, the clock's cost taken off where a call was timed by itself."""
    calls, elapsed = outcome["block"]
    timed_calls, timed = outcome["timed"]
    without_clock: float = timed - timed_calls * clock_ns
    if calls == 0 or without_clock > timed_calls * clock_ns * CLOCK_IS_SMALL:
        mean: float = (elapsed + max(without_clock, 0.0)) / (calls + timed_calls)
        return mean
    block: float = elapsed / calls
    return block
