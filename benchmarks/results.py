"""What a run has measured: plain data, to and from JSON."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

LIMIT = "empty function"
ELSEWHERE = "empty function of another module"
CHECK = "resapi-cy: termination check"
KEEPALIVE = "resapi-cy: keepalive"
TRANSITION = "resapi-cy: transition"
OURS = (CHECK, KEEPALIVE, TRANSITION)

IDLE = "interpreter idle"
COMPUTING = "a Python thread computing"
POLLING = "a Python thread polling at 1 kHz"
POLLING_TIGHT = "a Python thread polling without pause"
GIL_KEPT = "native code keeping the GIL for 100 ms"


@dataclass(frozen=True)
class Spread:
    """The median of several rounds, and the quartiles."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        if len(values) < 2:
            return cls(values[0], values[0], values[0])
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(median, low, high)


@dataclass(frozen=True)
class Latency:
    """The durations of single calls, in ns, the clock's own cost included."""

    calls: int
    longest: float
    histogram: list[tuple[float, int]]  # (ns, how many calls), the shortest first

    def percentile(self, percent: float) -> float | None:
        """None: there were not ten calls beyond it."""
        if self.calls * (100 - percent) < 1000:
            return None
        wanted = self.calls * percent / 100
        for ns, count in self.histogram:
            wanted -= count
            if wanted <= 0:
                return ns
        return self.longest


@dataclass(frozen=True)
class Measurement:
    """One candidate in one case."""

    candidate: str
    ns: list[float]  # the mean of each round, per call
    limits: list[float]  # the empty function's, called in turns with it; none with work
    ratios: list[float]  # of the two; with work, to the empty function's turn in the same round
    calls: int  # with those that are not timed
    transitions: int  # that the monitor counted; 0 for a peer
    events: int  # that the monitor delivered
    dropped: int  # events that found no room
    latency: Latency


@dataclass(frozen=True)
class Case:
    """What runs beside the threads that report, how many they are, and on which resources."""

    context: str
    threads: int
    shared: bool  # all threads report for one resource
    working: bool  # 1 ms of work before each report; otherwise one after the other
    measurements: list[Measurement]

    def of(self, candidate: str) -> Measurement | None:
        return next((m for m in self.measurements if m.candidate == candidate), None)

    @property
    def peers(self) -> list[Measurement]:
        return [m for m in self.measurements if m.candidate not in (LIMIT, ELSEWHERE, *OURS)]


@dataclass(frozen=True)
class PollCost:
    """What `poll` costs with so many open resources, in ns, by round."""

    resources: int
    idle: list[float]  # nothing has happened
    one_event: list[float]  # one status has changed: the report from Python included


@dataclass(frozen=True)
class Memory:
    """What so many open resources take, in bytes: of the process, and of Python's objects."""

    resources: int
    process: int
    python: int


@dataclass(frozen=True)
class MonitorSide:
    """What the monitor's author sees."""

    drained: list[float]  # ns for each event of a full poll, by round
    wake_poll: Latency
    wake_async: Latency
    function: list[float]  # ns for a call of an empty Python function, by round
    status: list[float]  # ns for `resource.status`, by round
    report: list[float]  # ns for `resource.report(...)` from Python, by round
    polls: list[PollCost]
    memory: list[Memory]  # empty where it can't be read
    import_ms: list[float]
    wheel: int | None  # bytes; None where the package was not installed from a wheel


@dataclass(frozen=True)
class Machine:
    cpu: str
    cores: int
    system: str
    python: str
    gil: bool
    compiler: str
    package: str
    tools: dict[str, str]
    load_before: float | None  # of the system over the last minute, before the run
    clock_ns: float | None  # what timing a single call costs; None: no call is timed by itself


@dataclass(frozen=True)
class Results:
    seconds: float
    machine: Machine
    load_after: float | None  # as before, after the run: which makes up to two of it itself
    missing: dict[str, str]  # peers that could not be built or loaded, and why
    cases: list[Case]
    monitor: MonitorSide

    def case(
        self, context: str, threads: int = 1, shared: bool = False, working: bool = False
    ) -> Case | None:
        wanted = (context, threads, shared, working)
        for case in self.cases:
            if (case.context, case.threads, case.shared, case.working) == wanted:
                return case
        return None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Results:
        data = json.loads(text)
        return cls(
            seconds=data["seconds"],
            machine=Machine(**data["machine"]),
            load_after=data["load_after"],
            missing=data["missing"],
            cases=[_case(case) for case in data["cases"]],
            monitor=_monitor(data["monitor"]),
        )

    @classmethod
    def read(cls, path: Path) -> Results:
        return cls.from_json(path.read_text(encoding="utf-8"))


def latency_of(data: dict[str, Any]) -> Latency:
    histogram = [(ns, count) for ns, count in data["histogram"]]
    return Latency(data["calls"], data["longest"], histogram)


def _case(data: dict[str, Any]) -> Case:
    measurements = [
        Measurement(**{**m, "latency": latency_of(m["latency"])}) for m in data["measurements"]
    ]
    return Case(**{**data, "measurements": measurements})


def _monitor(data: dict[str, Any]) -> MonitorSide:
    return MonitorSide(
        **{
            **{field.name: data[field.name] for field in fields(MonitorSide)},
            "wake_poll": latency_of(data["wake_poll"]),
            "wake_async": latency_of(data["wake_async"]),
            "polls": [PollCost(**cost) for cost in data["polls"]],
            "memory": [Memory(**memory) for memory in data["memory"]],
        }
    )
