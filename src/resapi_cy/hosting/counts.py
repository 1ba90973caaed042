"""What is counted of a resource's entry points: how long they take, and what the polls say."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

# By how long they took, calls are counted; in seconds. An entry point should return within 0.3.
BOUNDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)


@dataclass(frozen=True, slots=True)
class Poll:
    """A health check of a hosted resource. Any thread may read it.

    Attributes:
        entry_point (str): which one was asked, "LooksAlive" or "IsAlive".
        alive (bool): what it said.
        monotonic (int): when it returned, in nanoseconds of ``time.perf_counter_ns()``.
        seconds (float): how long it took.
    """

    entry_point: str
    alive: bool
    monotonic: int
    seconds: float


class Durations:
    """How long the calls of a resource's entry point have taken. They do not overlap, so one thread
    at a time writes; any reads, and what it reads is of one moment."""

    def __init__(self) -> None:
        # Within the first bound, of the rest within the second …, above all bounds; the seconds.
        self.counted: tuple[tuple[int, ...], float] = ((0,) * (len(BOUNDS) + 1), 0.0)

    def add(self, seconds: float) -> None:
        counts, total = self.counted
        i = bisect_left(BOUNDS, seconds)
        self.counted = ((*counts[:i], counts[i] + 1, *counts[i + 1 :]), total + seconds)
