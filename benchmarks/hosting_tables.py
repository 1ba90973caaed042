"""What hosting costs, as tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.hosting_results import CONTEXTS, HOST, SLOW, HostingResults, Life, Polled
from benchmarks.results import COMPUTING, IDLE, Spread
from benchmarks.tables import (
    MISSING,
    Table,
    duration,
    significant,
    size,
    with_quartiles,
)

# How many threads the host may have, but for those that are inside of a slow entry point.
MOST_THREADS = 16
ALL = 100_000


def all_tables(results: HostingResults) -> list[Table]:
    contexts = [c for c in CONTEXTS if any(p.context == c for p in results.polled)]
    return [
        targets_table(results),
        *(polls_table(results, context) for context in contexts),
        lives_table(results),
        changes_table(results),
        stopped_table(results),
    ]


def percent(part: float | None) -> str:
    return MISSING if part is None else f"{significant(part * 100)} %"


def seconds(value: float) -> str:
    return f"{significant(value)} s"


def polls_table(results: HostingResults, context: str) -> Table:
    columns = [
        "who",
        "resources",
        "polls a second",
        "of a core",
        "a poll, beyond the entry point",
        "late: p50",
        "p99",
        "max",
        "threads",
        "memory",
    ]
    shown = [polled for polled in results.polled if polled.context == context]
    work = max((polled.work for polled in shown), default=0.0)
    took = f"; each takes {duration(work * 1e9)}" if work >= 0.01 else ""
    return Table(f"polls, {context}{took}", columns, [polls_row(polled) for polled in shown])


def polls_row(polled: Polled) -> list[str]:
    late = polled.lateness
    return [
        polled.who,
        f"{polled.resources:,}",
        f"{polled.polls_each_second:,.0f}",
        percent(polled.core),
        duration(polled.cost_ns),
        duration(late.percentile(50)),
        duration(late.percentile(99)),
        duration(late.longest) if late.calls else MISSING,
        MISSING if polled.threads is None else str(polled.threads),
        size(polled.memory),
    ]


def lives_table(results: HostingResults) -> Table:
    columns = ["resources", "open", "online", "offline", "close", "together", "memory"]
    rows = [
        [
            f"{life.resources:,}",
            *map(seconds, (life.opened, life.online, life.offline, life.closed, life.together)),
            size(life.memory),
        ]
        for life in results.lives
    ]
    return Table("from Open to Close", columns, rows)


def changes_table(results: HostingResults) -> Table:
    columns = ["among so many hosted ones", "hosted", "not hosted", "the difference"]
    rows = [
        [
            f"{life.resources:,}",
            *(with_quartiles(ns, duration) for ns in (life.hosted, life.not_hosted)),
            with_quartiles(life.change_ns, signed),
        ]
        for life in results.lives
    ]
    return Table("processor time for one change of a resource", columns, rows)


def signed(ns: float) -> str:
    return f"-{duration(-ns)}" if ns < 0 else duration(ns)


def stopped_table(results: HostingResults) -> Table:
    stopped = results.stopped
    rows = [["p50", duration(stopped.percentile(50))], ["max", duration(stopped.longest)]]
    title = "from terminate() to a worker's last report, a Python thread computing"
    return Table(title, [f"of {stopped.calls}", "time"], rows)


# ---- Targets -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    what: str
    at_most: float
    show: Callable[[float], str]
    measure: Callable[[HostingResults], float | None]  # None: not measured here

    def row(self, results: HostingResults) -> list[str]:
        value = self.measure(results)
        limit = f"at most {self.show(self.at_most)}"
        if value is None:
            return [self.what, limit, MISSING, "not measured"]
        met = "met" if value <= self.at_most else "**missed**"
        return [self.what, limit, self.show(value), met]


def of_polled(
    context: str, resources: int, value: Callable[[Polled], float | None]
) -> Callable[[HostingResults], float | None]:
    def measure(results: HostingResults) -> float | None:
        polled = results.of(HOST, context, resources)
        return None if polled is None else value(polled)

    return measure


def of_life(
    resources: int, value: Callable[[Life], float]
) -> Callable[[HostingResults], float | None]:
    def measure(results: HostingResults) -> float | None:
        life = results.life(resources)
        return None if life is None else value(life)

    return measure


def most_threads(results: HostingResults) -> float | None:
    """Where no entry point is slow."""
    quick = [p for p in results.polled if p.who == HOST and p.context != SLOW]
    return max((p.threads for p in quick if p.threads is not None), default=None)


def change(life: Life) -> float:
    return Spread.of(life.change_ns).median


TARGETS = [
    Target(
        f"a poll beyond the entry point, {ALL:,} resources",
        300.0, duration, of_polled(IDLE, ALL, lambda polled: polled.cost_ns),
    ),
    Target(
        f"of a core, {ALL:,} resources polled each second",
        0.1, percent, of_polled(IDLE, ALL, lambda polled: polled.core),
    ),
    Target(
        "lateness, 1,000 resources, a Python thread computing (p99)",
        1e6, duration, of_polled(COMPUTING, 1000, lambda polled: polled.lateness.percentile(99)),
    ),
    Target(
        "threads of the process, no entry point slow",
        MOST_THREADS, "{:.0f}".format, most_threads,
    ),
    *(
        Target(
            f"a change, beyond one that is not hosted, among {count:,}",
            30_000.0, signed, of_life(count, change),
        )
        for count in (1, ALL)
    ),
    Target(
        f"{ALL:,} opened, brought online, taken offline and closed",
        30.0, seconds, of_life(ALL, lambda life: life.together),
    ),
]  # fmt: skip


def targets_table(results: HostingResults) -> Table:
    columns = ["what", "target", "measured", ""]
    return Table("targets", columns, [target.row(results) for target in TARGETS])
