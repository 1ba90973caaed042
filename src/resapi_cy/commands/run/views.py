"""What `resapi-monitor run` shows: lines of text, or JSON. The live view is in live_view.py."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import resapi_cy as ra
from resapi_cy.commands.terminal import day_text, log_line, printable, write_json
from resapi_cy.monitoring.words import plural

if TYPE_CHECKING:
    from typing import Self

    from resapi_cy.commands.output import Output
    from resapi_cy.commands.run.rows import Row, Summary


class View:
    """What the run tells as it goes along. A context manager around it."""

    def start(self, resource_type: ra.ResourceType, rows: list[Row]) -> None:
        """The DLL is loaded; no resource is open yet."""

    def event(self, row: Row | None, event: ra.Event) -> None:
        """An event of the monitor; `row` is None if it is about no resource."""

    def polled(self, row: Row, poll: ra.Poll, time_ns: int) -> None:
        """A health check, and when it ended, in nanoseconds since the epoch."""

    def stopping(self, why: str, text: str, time_ns: int) -> None:
        """The end begins: `why` in a word, and a sentence."""

    def tick(self, *, final: bool = False) -> None:
        """Some time has passed."""

    def summary(self, summary: Summary) -> None:
        """The end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


# ---- Lines ---------------------------------------------------------------------------------------


def describe_poll(poll: ra.Poll) -> str:
    return f"{poll.entry_point}: {'alive' if poll.alive else 'NOT alive'}"


class PlainView(View):
    """A line for each event, and for each poll whose answer differs from the one before."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], bool] = {}

    def start(self, resource_type: ra.ResourceType, rows: list[Row]) -> None:
        print(f"Hosting {heading(resource_type, rows)}; times are of {day_text()}", flush=True)

    def event(self, row: Row | None, event: ra.Event) -> None:
        self.line(event.time, row.name if row else "monitor", event._words())

    def polled(self, row: Row, poll: ra.Poll, time_ns: int) -> None:
        key = row.name, poll.entry_point
        if self.answers.get(key) != poll.alive:
            self.answers[key] = poll.alive
            self.line(time_ns, row.name, describe_poll(poll))

    def stopping(self, why: str, text: str, time_ns: int) -> None:
        self.line(time_ns, "monitor", text)

    def line(self, time_ns: int, name: str, text: str) -> None:
        print(log_line(time_ns, name, text), flush=True)

    def summary(self, summary: Summary) -> None:
        print("\n".join(["", *summary_lines(summary)]), flush=True)


def heading(kind: ra.ResourceType, rows: list[Row]) -> str:
    return printable(
        f"{plural(len(rows), 'resource')} of type {kind.name}, version {kind.version >> 8}, "
        f"from {kind.path}"
    )


COLUMNS = ("Resource", "In the end", "Restarts", "Failures", "Transitions", "Alive", "Not alive")


def summary_lines(summary: Summary) -> list[str]:
    cells = [list(COLUMNS)]
    for row in summary.rows:
        polls = row.polls[True], row.polls[False]
        numbers = (row.restarts, row.failures, row.transitions, *polls)
        cells.append([printable(row.name), row.state.name, *(f"{n:,}" for n in numbers)])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        *(
            f"{line[0]:{widths[0]}}  {line[1]:{widths[1]}}  "
            + "  ".join(
                f"{cell:>{width}}" for cell, width in zip(line[2:], widths[2:], strict=True)
            )
            for line in cells
        ),
        "",
        f"{summary.seconds:.1f} s, {plural(summary.dropped, 'event')} dropped, "
        f"{plural(summary.rejected, 'call')} with wrong handles rejected",
    ]


# ---- JSON ----------------------------------------------------------------------------------------


class JsonView(View):
    """An object for each event and each poll, on a line of its own."""

    def __init__(self, output: Output) -> None:
        self.output = output

    def start(self, resource_type: ra.ResourceType, rows: list[Row]) -> None:
        self.write(
            "started",
            time.time_ns(),
            dll=resource_type.path,
            type=resource_type.name,
            version=resource_type.version >> 8,
            resources=[row.name for row in rows],
        )

    def event(self, row: Row | None, event: ra.Event) -> None:
        print(json.dumps(event.as_dict()), file=self.output, flush=True)

    def polled(self, row: Row, poll: ra.Poll, time_ns: int) -> None:
        self.write(
            "polled",
            time_ns,
            resource=row.name,
            entry_point=poll.entry_point,
            alive=poll.alive,
            seconds=poll.seconds,
        )

    def stopping(self, why: str, text: str, time_ns: int) -> None:
        self.write("stopping", time_ns, why=why)

    def summary(self, summary: Summary) -> None:
        self.write(
            "summary",
            time.time_ns(),
            resources=[
                {
                    "name": row.name,
                    "state": row.state.name,
                    "was_online": row.was_online,
                    "went_offline": row.went_offline,
                    "restarts": row.restarts,
                    "failures": row.failures,
                    "transitions": row.transitions,
                    "log_messages": row.log_messages,
                    "polls_alive": row.polls[True],
                    "polls_not_alive": row.polls[False],
                }
                for row in summary.rows
            ],
            seconds=summary.seconds,
            dropped_events=summary.dropped,
            rejected_reports=summary.rejected,
            lost_lines=self.output.lost,
            exit_code=summary.exit_code,
        )

    def write(self, event: str, time_ns: int, **values: object) -> None:
        write_json(event, time_ns, output=self.output, **values)
