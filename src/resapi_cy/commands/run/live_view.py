"""The live view of `resapi-monitor run`, for terminals. Needs rich."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

import resapi_cy as ra
from resapi_cy.commands.live_screen import LEVEL_STYLES, LiveScreen, line, state_text
from resapi_cy.commands.run.views import View, heading, summary_lines
from resapi_cy.commands.terminal import log_line, printable

if TYPE_CHECKING:
    from resapi_cy.commands.run.rows import Row, Summary

PENDING = ("UNKNOWN", "PENDING", "ONLINE_PENDING", "OFFLINE_PENDING")


class LiveView(LiveScreen, View):
    """A table of the resources, and the last line of each one's log below it; failures, restarts
    and errors stay above."""

    def start(self, resource_type: ra.ResourceType, rows: list[Row]) -> None:
        self.heading_text = heading(resource_type, rows)
        self.rows = rows
        self.begun = time.monotonic()

    def event(self, row: Row | None, event: ra.Event) -> None:
        match event:
            case ra.LogMessage(level=level) if level < ra.LogLevel.ERROR:
                return
            case ra.StatusChanged():
                return
            case ra.LogMessage(level=level):
                style = LEVEL_STYLES.get(level.name, "red")
            case ra.ResourceError():
                style = "red"
            case _:
                style = "yellow"
        self.print_line(event.time, row.name if row else "monitor", event._words(), style)

    def stopping(self, why: str, text: str, time_ns: int) -> None:
        self.print_line(time_ns, "monitor", text, "bold")

    def print_line(self, time_ns: int, name: str, text: str, style: str) -> None:
        self.console.print(Text(log_line(time_ns, name, text), style))

    def summary(self, summary: Summary) -> None:
        for text in ["", *summary_lines(summary)]:
            self.console.print(Text(text))

    # ---- The picture -------------------------------------------------------------------------

    def picture(self) -> RenderableType:
        logs = [
            line(
                log_line(row.last_log.time, row.name, row.last_log.text.rstrip()),
                LEVEL_STYLES.get(row.last_log.level.name, "red"),
            )
            for row in self.rows
            if row.last_log is not None
        ]
        return Group(self.heading(self.heading_text), self.table(), *logs)

    def table(self) -> Table:
        table = Table(box=None, expand=True, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column("Resource", no_wrap=True, overflow="ellipsis", ratio=1, min_width=8)
        table.add_column("State", no_wrap=True, min_width=15)
        table.add_column("Checkpoint", justify="right", no_wrap=True)
        table.add_column("Age", justify="right", no_wrap=True, min_width=7)
        table.add_column("Polls", no_wrap=True, min_width=10)
        table.add_column("Restarts", justify="right", no_wrap=True)
        table.add_column("", width=8)
        for row in self.rows:
            table.add_row(
                line(printable(row.name)),
                state_text(row.state.name),
                f"{row.checkpoint:,}",
                f"{time.monotonic() - row.checkpoint_since:,.1f} s",
                poll_text(row),
                f"{row.restarts}",
                # How much is still to do, nobody knows.
                ProgressBar(total=None, pulse=True) if row.state.name in PENDING else "",
            )
        return table


def poll_text(row: Row) -> Text:
    """How often it was alive, and not; red if it was not the last time."""
    text = f"{row.polls[True]:,} alive"
    if row.polls[False]:
        text += f", {row.polls[False]:,} not"
    is_dead = row.last_poll is not None and not row.last_poll.alive
    return Text(text, "red" if is_dead else "")
