"""The results as tables, for a terminal and for a page; ratios come first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.results import (
    CHECK,
    COMPUTING,
    ELSEWHERE,
    IDLE,
    KEEPALIVE,
    TRANSITION,
    Case,
    Latency,
    Measurement,
    Results,
    Spread,
)

MISSING = "–"  # noqa: RUF001


@dataclass(frozen=True)
class Table:
    title: str
    columns: list[str]  # the first one names the row
    rows: list[list[str]]


def all_tables(results: Results) -> list[Table]:
    return [
        targets_table(results),
        *(callback_table(case) for case in results.cases if case.threads == 1 and not case.working),
        thread_table(results),
        *(callback_table(case) for case in results.cases if case.working),
        monitor_table(results),
        resources_table(results),
    ]


# ---- Numbers in words ----------------------------------------------------------------------------


def significant(value: float) -> str:
    """Three digits; thousands apart."""
    if value >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def duration(ns: float | None) -> str:
    if ns is None:
        return MISSING
    for unit, size in ("ns", 1.0), ("µs", 1e3), ("ms", 1e6):
        if ns < 1000 * size or unit == "ms":
            return f"{significant(ns / size)} {unit}"
    raise AssertionError("the last unit takes everything")


def size(count: float | None) -> str:
    if count is None:
        return MISSING
    for unit, one in ("bytes", 1.0), ("KB", 1e3), ("MB", 1e6):
        if count < 1000 * one or unit == "MB":
            return f"{significant(count / one)} {unit}"
    raise AssertionError("the last unit takes everything")


def factor(value: float) -> str:
    return f"{significant(value)} x"


def with_quartiles(values: list[float], show: Callable[[float], str]) -> str:
    spread = Spread.of(values)
    return f"{show(spread.median)} ({show(spread.low)} to {show(spread.high)})"


# ---- The callbacks -------------------------------------------------------------------------------


def name_of(case: Case) -> str:
    name = case.context
    if case.threads > 1:
        name += f", {case.threads} threads on {'one resource' if case.shared else 'their own'}"
    return name + (", a report each millisecond" if case.working else "")


def callback_table(case: Case) -> Table:
    columns = ["call", "x the empty function", "mean", "p50", "p99", "p99.9", "max"]
    rows = [
        [
            m.candidate,
            with_quartiles(m.ratios, significant),
            duration(Spread.of(m.ns).median),
            *percentiles(m.latency),
            duration(m.latency.longest),
        ]
        for m in case.measurements
    ]
    return Table(name_of(case), columns, rows)


def percentiles(latency: Latency) -> Iterable[str]:
    return (duration(latency.percentile(percent)) for percent in (50, 99, 99.9))


def thread_table(results: Results) -> Table:
    cases = [case for case in results.cases if case.context == IDLE and not case.working]
    columns = ["call"]
    for case in cases:
        threads = "1 thread" if case.threads == 1 else f"{case.threads} threads"
        where = "" if case.threads == 1 else ", one resource" if case.shared else ", one each"
        columns += [f"{threads}{where}: x the empty function", "mean"]
    rows = []
    for first in cases[0].measurements:
        row = [first.candidate]
        for case in cases:
            measurement = case.of(first.candidate)
            assert measurement is not None
            row.append(with_quartiles(measurement.ratios, significant))
            row.append(duration(Spread.of(measurement.ns).median))
        rows.append(row)
    return Table("threads, interpreter idle", columns, rows)


# ---- The monitor ---------------------------------------------------------------------------------


def monitor_table(results: Results) -> Table:
    monitor = results.monitor
    rows = [
        [
            "events drained by one poll, per second",
            with_quartiles([1e9 / ns for ns in monitor.drained], significant),
        ],
        *(
            [
                f"from a native transition to the event, {where}: {name}",
                duration(value),
            ]
            for where, latency in (
                ("asleep in poll", monitor.wake_poll),
                ("asleep in async for", monitor.wake_async),
            )
            for name, value in (
                ("p50", latency.percentile(50)),
                ("p99", latency.percentile(99)),
                ("max", latency.longest),
            )
            if value is not None
        ),
        ["resource.status", with_quartiles(monitor.status, duration)],
        ["resource.report(...) from Python", with_quartiles(monitor.report, duration)],
        ["for comparison: an empty Python function", with_quartiles(monitor.function, duration)],
        [
            "import resapi_cy, in a new interpreter: processor time",
            with_quartiles(monitor.import_ms, milliseconds),
        ],
        ["the wheel", size(monitor.wheel)],
    ]
    return Table("the monitor", ["what", "median (quartiles)"], rows)


def milliseconds(value: float) -> str:
    return f"{significant(value)} ms"


def resources_table(results: Results) -> Table:
    monitor = results.monitor
    memory = {m.resources: m for m in monitor.memory}
    rows = []
    for poll in monitor.polls:
        found = memory.get(poll.resources)
        rows.append(
            [
                f"{poll.resources:,}",
                with_quartiles(poll.idle, duration),
                with_quartiles(poll.one_event, duration),
                size(found.process) if found else MISSING,
                size(found.python) if found else MISSING,
            ]
        )
    columns = [
        "open resources",
        "poll, nothing has happened",
        "a report from Python, and the poll that finds it",
        "memory of the process",
        "of that, Python's objects",
    ]
    return Table("open resources", columns, rows)


# ---- Targets -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    what: str
    at_most: float | None
    at_least: float | None
    show: Callable[[float], str]
    measure: Callable[[Results], list[float] | None]  # by round; None: not measured here
    about_the_gil: bool = False

    def row(self, results: Results) -> list[str]:
        bound = self.at_most if self.at_most is not None else self.at_least
        assert bound is not None
        limit = f"{'at most' if self.at_most is not None else 'at least'} {self.show(bound)}"
        values = self.measure(results)
        if not values:
            return [self.what, limit, MISSING, "not measured"]
        median = Spread.of(values).median
        met = median <= bound if self.at_most is not None else median >= bound
        measured = with_quartiles(values, self.show) if len(values) > 1 else self.show(median)
        return [self.what, limit, measured, "met" if met else "**missed**"]


def of_idle(candidate: str) -> Callable[[Results], Measurement | None]:
    def find(results: Results) -> Measurement | None:
        case = results.case(IDLE)
        return case.of(candidate) if case else None

    return find


def ratio_to_limit(candidate: str) -> Callable[[Results], list[float] | None]:
    def measure(results: Results) -> list[float] | None:
        found = of_idle(candidate)(results)
        return found.ratios if found else None

    return measure


def check_to_elsewhere(results: Results) -> list[float] | None:
    check, elsewhere = of_idle(CHECK)(results), of_idle(ELSEWHERE)(results)
    if check is None or elsewhere is None:
        return None
    return [c / e for c, e in zip(check.ratios, elsewhere.ratios, strict=True)]


def transition_ns(results: Results) -> list[float] | None:
    found = of_idle(TRANSITION)(results)
    return found.ns if found else None


def fastest_peer(context: str) -> Callable[[Results], list[float] | None]:
    """How many keepalives a report to the fastest peer is worth, round by round."""

    def measure(results: Results) -> list[float] | None:
        case = results.case(context)
        keepalive = case.of(KEEPALIVE) if case else None
        if case is None or keepalive is None or not case.peers:
            return None
        peer = min(case.peers, key=lambda m: Spread.of(m.ns).median)
        return [p / k for p, k in zip(peer.ratios, keepalive.ratios, strict=True)]

    return measure


def fastest_peer_paced(results: Results) -> list[float] | None:
    """The same of the medians, where single calls are timed beside a computing thread."""
    case = results.case(COMPUTING, working=True)
    keepalive = case.of(KEEPALIVE) if case else None
    if case is None or keepalive is None:
        return None
    one = keepalive.latency.percentile(50)
    peers = [ns for m in case.peers if (ns := m.latency.percentile(50))]
    return [min(peers) / one] if one and peers else None


def growth_with_threads(results: Results) -> list[float] | None:
    """A keepalive on every core, as a multiple of one on one core; both in empty calls."""
    cores = results.machine.cores
    one, all_cores = results.case(IDLE), results.case(IDLE, threads=cores)
    if one is None or all_cores is None or cores == 1:
        return None
    first, last = one.of(KEEPALIVE), all_cores.of(KEEPALIVE)
    if first is None or last is None:
        return None
    return [n / o for n, o in zip(last.ratios, first.ratios, strict=True)]


def native_bytes(results: Results) -> list[float] | None:
    if not results.monitor.memory:
        return None
    most = results.monitor.memory[-1]
    return [(most.process - most.python) / most.resources]


def wheel(results: Results) -> list[float] | None:
    return None if results.monitor.wheel is None else [float(results.monitor.wheel)]


TARGETS = [
    Target(
        "termination check / empty function",
        at_most=1.3, at_least=None, show=significant, measure=ratio_to_limit(CHECK),
    ),
    Target(
        "the same / empty function of another module",
        at_most=1.3, at_least=None, show=significant, measure=check_to_elsewhere,
    ),
    Target(
        "keepalive / empty function",
        at_most=2.5, at_least=None, show=significant, measure=ratio_to_limit(KEEPALIVE),
    ),
    Target(
        "transition, with its event",
        at_most=100.0, at_least=None, show=duration, measure=transition_ns,
    ),
    Target(
        "fastest peer / keepalive, interpreter idle",
        at_most=None, at_least=100.0, show=significant, measure=fastest_peer(IDLE),
    ),
    Target(
        "fastest peer / keepalive, a Python thread computing",
        at_most=None, at_least=10_000.0, show=significant, measure=fastest_peer(COMPUTING),
    ),
    Target(
        "the same, a report each millisecond (p50)",
        at_most=None, at_least=10_000.0, show=significant, measure=fastest_peer_paced,
        about_the_gil=True,
    ),
    Target(
        "keepalive on every core at once / on one core, both in empty functions",
        at_most=1.1, at_least=None, show=significant, measure=growth_with_threads,
    ),
    Target(
        "native memory for an open resource",
        at_most=192.0, at_least=None, show=size, measure=native_bytes,
    ),
    Target(
        "import, beyond a bare interpreter: processor time",
        at_most=15.0, at_least=None, show=milliseconds, measure=lambda r: r.monitor.import_ms,
    ),
    Target("wheel", at_most=1e6, at_least=None, show=size, measure=wheel),
]  # fmt: skip


def targets_table(results: Results) -> Table:
    columns = ["what", "target", "median (quartiles)", ""]
    targets = [t for t in TARGETS if results.machine.gil or not t.about_the_gil]
    return Table("targets", columns, [target.row(results) for target in targets])
