"""What a run of benchmarks.hosting has measured: plain data, to and from JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.results import COMPUTING, GIL_KEPT, IDLE, Latency, Machine, latency_of

HOST = "resapi-cy"
HEAP = "a Python thread, a heap and ctypes"
TASKS = "an asyncio task for each, and ctypes"

COLLECTING = "a garbage collection of a second"
SLOW = "200 further ones that take 250 ms"
CONTEXTS = (IDLE, COMPUTING, COLLECTING, GIL_KEPT, SLOW)


@dataclass(frozen=True)
class Polled:
    """So many resources, the LooksAlive of each called once a second."""

    who: str
    context: str
    resources: int  # those that are slow are not among them
    seconds: float
    polls: int  # those of the slow ones included
    processor: float | None  # seconds: of the process, but for what disturbs it; None: not known
    check_ns: float  # what a call of the entry point costs by itself
    lateness: Latency  # of those that are not slow
    threads: int | None  # the most, of the process; None: not known
    memory: int | None  # bytes that the process has grown by; None: not known
    work: float  # how long what disturbs took each time, in seconds: the median

    @property
    def polls_each_second(self) -> float:
        return self.polls / self.seconds

    @property
    def core(self) -> float | None:
        """What part of one it takes, the entry points included."""
        return None if self.processor is None else self.processor / self.seconds

    @property
    def cost_ns(self) -> float | None:
        """Of a poll, beyond the entry point."""
        if self.processor is None or not self.polls:
            return None
        return self.processor / self.polls * 1e9 - self.check_ns


@dataclass(frozen=True)
class Life:
    """So many resources from Open to Close, in seconds, and what a change of one costs meanwhile.

    They are not polled.
    """

    resources: int
    opened: float
    online: float
    offline: float
    closed: float
    memory: int | None  # bytes that the process has grown by when all are online
    hosted: list[float]  # ns of the processor for a change, by round
    not_hosted: list[float]  # the same of a resource that is not hosted

    @property
    def together(self) -> float:
        return self.opened + self.online + self.offline + self.closed

    @property
    def change_ns(self) -> list[float]:
        """Beyond that of a resource that is not hosted, by round."""
        return [h - n for h, n in zip(self.hosted, self.not_hosted, strict=True)]


@dataclass(frozen=True)
class HostingResults:
    seconds: float  # of each setting
    took: float  # the whole run, in seconds
    machine: Machine
    load_after: float | None
    polled: list[Polled]
    lives: list[Life]
    stopped: Latency  # from the call of terminate() to a worker's last report

    def of(self, who: str, context: str, resources: int) -> Polled | None:
        wanted = (who, context, resources)
        return next((p for p in self.polled if (p.who, p.context, p.resources) == wanted), None)

    def life(self, resources: int) -> Life | None:
        return next((life for life in self.lives if life.resources == resources), None)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> HostingResults:
        data = json.loads(text)
        return cls(
            seconds=data["seconds"],
            took=data["took"],
            machine=Machine(**data["machine"]),
            load_after=data["load_after"],
            polled=[polled_of(polled) for polled in data["polled"]],
            lives=[Life(**life) for life in data["lives"]],
            stopped=latency_of(data["stopped"]),
        )

    @classmethod
    def read(cls, path: Path) -> HostingResults:
        return cls.from_json(path.read_text(encoding="utf-8"))


def polled_of(data: dict[str, Any]) -> Polled:
    return Polled(**{**data, "lateness": latency_of(data["lateness"])})


def latency(ns: Iterable[int]) -> Latency:
    """Of single durations, each to two digits."""
    values = Counter(ns)
    longest = float(max(values, default=0))
    histogram: Counter[float] = Counter()
    for value, count in values.items():
        histogram[min(float(f"{value:.2g}"), longest)] += count
    return Latency(values.total(), longest, sorted(histogram.items()))
