"""What the demo shows: lines of text, or JSON. The live view is in live_view.py."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from resapi_cy.commands.terminal import log_line, printable, write_json
from resapi_cy.monitoring.words import plural

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    import resapi_cy as ra
    from resapi_cy.demo.files import Tree
    from resapi_cy.demo.jobs import Job, Summary


class View:
    """What the demo tells as it goes along. A context manager around the run."""

    def searching(self, path: str) -> AbstractContextManager[object]:
        """Around the search for the files, which may take a while."""
        return nullcontext()

    def start(self, tree: Tree, jobs: Mapping[ra.Resource, Job]) -> None:
        """Begins, with jobs that are still to be filled in, one for each resource."""

    def changed(self, job: Job, event: ra.StatusChanged) -> None:
        """A resource's status has changed."""

    def log(self, job: Job | None, time_ns: int, level: ra.LogLevel, text: str) -> None:
        """A line for the log, of a resource or of the demo itself."""

    def stopped(self, job: Job, time_ns: int) -> None:
        """A terminated resource has come to its end."""

    def tick(self, *, final: bool = False) -> None:
        """Some time has passed."""

    def summary(self, summary: Summary) -> None:
        """The end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


# ---- Lines ---------------------------------------------------------------------------------------


class PlainView(View):
    """A line for each event."""

    def start(self, tree: Tree, jobs: Mapping[ra.Resource, Job]) -> None:
        self.say(f"Verifying {description(tree)}")

    def changed(self, job: Job, event: ra.StatusChanged) -> None:
        status, was = event.status, event.previous.state.name
        self.line(
            event.time, job, f"{status.state.name} (was {was}), checkpoint {status.checkpoint:,}"
        )

    def log(self, job: Job | None, time_ns: int, level: ra.LogLevel, text: str) -> None:
        self.line(time_ns, job, f"{level.name}: {text.rstrip()}")

    def stopped(self, job: Job, time_ns: int) -> None:
        self.line(time_ns, job, stop_description(job))

    def line(self, time_ns: int, job: Job | None, text: str) -> None:
        self.say(log_line(time_ns, job.name if job else "demo", text))

    def say(self, line: str) -> None:
        print(line, flush=True)

    def summary(self, summary: Summary) -> None:
        for line in summary_lines(summary):
            self.say(line)


def description(tree: Tree) -> str:
    return f"{plural(len(tree.sizes), 'file')}, {size_text(tree.bytes)}, in {printable(tree.path)}"


def stop_description(job: Job) -> str:
    if job.stop_us is None:
        return "had ended before it was told to"
    return f"stopped {job.stop_us:,.1f} µs after terminate()"


def summary_lines(summary: Summary) -> list[str]:
    total = summary.total
    made = total.transitions + total.log_messages
    lines = [
        "",
        *table(summary),
        "",
        f"{plural(made, 'event')} = {plural(total.transitions, 'transition')} + "
        f"{plural(total.log_messages, 'log message')}: "
        f"{total.delivered:,} delivered + {summary.dropped:,} dropped"
        + ("" if summary.adds_up else ", WHICH DOES NOT ADD UP"),
    ]
    if summary.unreadable_folders:
        lines.append(f"{plural(summary.unreadable_folders, 'folder')} could not be listed")
    lines += [
        f"{job.name}: {stop_description(job)}"
        for job, _, _ in summary.resources
        if job.terminated is not None
    ]
    seconds = max(summary.seconds, 1e-9)
    lines.append(
        f"{summary.seconds:.3f} s: {size_text(total.bytes / seconds)}/s, "
        f"{total.reports / seconds:,.0f} reports/s"
    )
    return lines


COLUMNS = (
    *("Resource", "State", "Verified", "Failed"),
    *("Bytes", "Reports", "Transitions", "Dropped"),
)


def table(summary: Summary) -> list[str]:
    rows = [list(COLUMNS)]
    counted = [(job.name, state.name, counts) for job, state, counts in summary.resources]
    for name, state, counts in [*counted, ("Total", "", summary.total)]:
        numbers = (
            counts.verified,
            counts.failed,
            counts.bytes,
            counts.reports,
            counts.transitions,
            counts.dropped,
        )
        rows.append([name, state, *(f"{number:,}" for number in numbers)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        f"{row[0]:{widths[0]}}  {row[1]:{widths[1]}} "
        + " ".join(f"{cell:>{width}}" for cell, width in zip(row[2:], widths[2:], strict=True))
        for row in rows
    ]


def size_text(size: float) -> str:
    """Bytes in the unit that suits them: powers of 1000."""
    if size < 1000:
        return f"{size:.0f} bytes"
    for unit in ("kB", "MB"):
        size /= 1000
        if size < 999.95:
            return f"{size:,.1f} {unit}"
    return f"{size / 1000:,.1f} GB"


# ---- JSON ----------------------------------------------------------------------------------------


class JsonView(View):
    """An object for each event, on a line of its own."""

    def start(self, tree: Tree, jobs: Mapping[ra.Resource, Job]) -> None:
        write_json(
            "started", time.time_ns(), path=tree.path, files=len(tree.sizes), bytes=tree.bytes
        )

    def changed(self, job: Job, event: ra.StatusChanged) -> None:
        write_json(
            "status_changed",
            event.time,
            resource=job.name,
            state=event.status.state.name,
            checkpoint=event.status.checkpoint,
            error_code=event.status.error_code,
            previous=event.previous.state.name,
        )

    def log(self, job: Job | None, time_ns: int, level: ra.LogLevel, text: str) -> None:
        write_json(
            "log_message",
            time_ns,
            resource=job.name if job else None,
            level=level.name,
            text=text.rstrip(),
        )

    def stopped(self, job: Job, time_ns: int) -> None:
        write_json("stopped", time_ns, resource=job.name, stop_us=job.stop_us)

    def summary(self, summary: Summary) -> None:
        write_json(
            "summary",
            time.time_ns(),
            resources=[
                {"name": job.name, "state": state.name, "stop_us": job.stop_us, **vars(counts)}
                for job, state, counts in summary.resources
            ],
            total=vars(summary.total),
            dropped_events=summary.dropped,
            unreadable_folders=summary.unreadable_folders,
            seconds=summary.seconds,
            adds_up=summary.adds_up,
            exit_code=summary.exit_code,
        )
