"""The demo's live view, for terminals. Needs rich."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from resapi_cy.commands.live_screen import LEVEL_STYLES, LiveScreen, line, state_text
from resapi_cy.commands.terminal import log_line, printable
from resapi_cy.demo.views import (
    View,
    description,
    size_text,
    stop_description,
    summary_lines,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import resapi_cy as ra
    from resapi_cy.demo.files import Tree
    from resapi_cy.demo.jobs import Job, Summary

# How many refreshes a rate is taken over.
WINDOW = 10


class Rates:
    """How fast two counts grow: in the last second, and over all in the end."""

    def __init__(self) -> None:
        self.samples = deque([(0.0, 0, 0)], maxlen=WINDOW)

    def now(self, seconds: float, reports: int, size: int, *, ended: bool) -> list[str]:
        """The rates after so many seconds, as they are shown."""
        since, old_reports, old_size = (0.0, 0, 0) if ended else self.samples[0]
        self.samples.append((seconds, reports, size))
        span = max(seconds - since, 1e-9)
        return [
            f"{(reports - old_reports) / span:,.0f}",
            f"{size_text((size - old_size) / span)}/s",
        ]


class LiveView(LiveScreen, View):
    """A table that is drawn anew ten times a second, and the newest line of the log below it;
    errors stay above it."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: Mapping[ra.Resource, Job] = {}
        self.rates: defaultdict[str, Rates] = defaultdict(Rates)
        self.tree_description = ""
        self.newest = Text()

    def searching(self, path: str) -> AbstractContextManager[object]:
        return self.console.status(Text(f"Looking for files in {printable(path)}"))

    def start(self, tree: Tree, jobs: Mapping[ra.Resource, Job]) -> None:
        self.tree_description = description(tree)
        self.jobs = jobs
        self.begun = time.monotonic()

    def log(self, job: Job | None, time_ns: int, level: ra.LogLevel, text: str) -> None:
        self.show(time_ns, job, text.rstrip(), LEVEL_STYLES.get(level.name, ""))
        if level.name in ("ERROR", "SEVERE"):
            self.console.print(self.newest)

    def stopped(self, job: Job, time_ns: int) -> None:
        self.show(time_ns, job, stop_description(job), "magenta")

    def show(self, time_ns: int, job: Job | None, text: str, style: str) -> None:
        name = job.name if job else "demo"
        self.newest = line(log_line(time_ns, name, text), style)

    def summary(self, summary: Summary) -> None:
        for text in summary_lines(summary):
            self.console.print(Text(text))

    # ---- The picture -------------------------------------------------------------------------

    def picture(self) -> RenderableType:
        return Group(self.heading(self.tree_description), self.table(), self.newest)

    def table(self) -> Table:
        table = Table(box=None, expand=True, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column("Resource", no_wrap=True)
        table.add_column("State", no_wrap=True, min_width=14)
        table.add_column("Checkpoint", justify="right", no_wrap=True)
        table.add_column("Reports/s", justify="right", no_wrap=True)
        table.add_column("Progress", ratio=1, min_width=10)
        table.add_column("Throughput", justify="right", no_wrap=True, min_width=12)
        jobs = self.jobs.values()
        for job in jobs:
            status, worker = job.resource.status, job.worker
            reports, throughput = self.rates[job.name].now(
                job.seconds, worker.reports, worker.bytes, ended=worker.ended > 0
            )
            table.add_row(
                job.name,
                state_text(status.state.name),
                f"{status.checkpoint:,}",
                reports,
                self.bar(job),
                throughput,
            )
        reports, throughput = self.rates["Total"].now(
            max(job.seconds for job in jobs),
            sum(job.worker.reports for job in jobs),
            sum(job.worker.bytes for job in jobs),
            ended=all(job.worker.ended for job in jobs),
        )
        table.add_row("Total", "", "", reports, "", throughput)
        return table

    def bar(self, job: Job) -> RenderableType:
        grid = Table.grid(expand=True, padding=(0, 1, 0, 0))
        grid.add_column(ratio=1)
        grid.add_column(justify="right", width=4)
        grid.add_row(ProgressBar(total=1.0, completed=job.progress), f"{job.progress:.0%}")
        return grid
