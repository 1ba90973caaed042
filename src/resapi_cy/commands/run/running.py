"""A run: brings the resources online, watches them, and takes them offline again."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import resapi_cy as ra
from resapi_cy.commands.run.rows import Row, Summary
from resapi_cy.commands.terminal import CommandError, printable
from resapi_cy.errors import with_log
from resapi_cy.hosting.private_properties import private_values, without_format
from resapi_cy.hosting.told_formats import told_formats
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from resapi_cy.commands.interrupts import Interrupts
    from resapi_cy.commands.output import Output
    from resapi_cy.commands.run.views import View
    from resapi_cy.commands.timeline import Recorder

ONLINE, OFFLINE = ra.ResourceState.ONLINE, ra.ResourceState.OFFLINE

# How long to sleep when nothing happens, in seconds.
REFRESH = 0.05
# Events and polls are found by different ways: what is shown has happened so long ago that nothing
# is still to come from before, in nanoseconds.
HELD_BACK = 50_000_000
# How long, after the second Ctrl-C, a DLL has for its Terminate and Close, in seconds.
GRACE = 5.0


class Shown(NamedTuple):
    """Something that is to be shown."""

    monotonic: int  # when it happened, in nanoseconds of time.perf_counter_ns()
    time: int  # the same since the epoch
    show: Callable[[], None]


class Run:
    """Brings the resources online, each in a thread of its own, and shows what happens until they
    are offline and closed."""

    def __init__(
        self,
        resource_type: ra.ResourceType,
        rows: list[Row],
        dependencies: list[ra.Dependency],
        view: View,
        recorder: Recorder | None,
        seconds: float | None,
        output: Output,
        interrupts: Interrupts,
    ) -> None:
        self.type = resource_type
        self.monitor = resource_type.monitor
        self.rows = rows
        self.dependencies = dependencies  # of each resource
        self.by_name = {row.name: row for row in rows}
        self.view = view
        self.recorder = recorder
        self.begun = time.monotonic()
        self.until = None if seconds is None else self.begun + seconds
        self.output = output
        self.interrupts = interrupts
        self.to_show: list[Shown] = []
        self.told: queue.SimpleQueue[ra.ResourceError] = queue.SimpleQueue()
        self.rejected_before = ra.rejected_reports()
        self.closing = False
        self.stuck = False  # the DLL holds up the end

    def run(self) -> Summary:
        with self.view:
            self.view.start(self.type, self.rows)
            if self.recorder is not None:
                self.recorder.start(row.name for row in self.rows)
            try:
                opening = self.begin(self.open, self.rows)
                self.watch(lambda: not alive(opening) or self.is_to_stop)
                self.check_refusals()
                if not self.is_to_stop:
                    self.begin(self.bring_online, self.usable)
                self.watch(lambda: self.is_to_stop)
                self.say_why()
                stopping = self.begin(self.take_offline, self.usable)
                self.watch(lambda: not alive(stopping) or self.interrupts.count > 1)
            finally:
                self.close()
            self.view.tick(final=True)
            return self.summary()

    def begin(self, function: Callable[[Row], None], rows: list[Row]) -> list[Task]:
        tasks = [Task(function, row) for row in rows]
        for task in tasks:
            task.start()
        return tasks

    @property
    def usable(self) -> list[Row]:
        """The resources that are open and may be or come online."""
        return [row for row in self.rows if row.resource is not None and not row.is_over]

    def watch(self, is_done: Callable[[], bool]) -> None:
        """Handles events and polls, and draws."""
        while not is_done():
            self.interrupts.listen()
            self.handle(self.monitor.poll(REFRESH))
            self.view.tick()
            if not self.closing:
                self.output.check()
        self.handle(self.monitor.poll())

    @property
    def is_to_stop(self) -> bool:
        return (
            self.interrupts.count > 0
            or (self.until is not None and time.monotonic() >= self.until)
            or all(row.is_over for row in self.rows)
        )

    def say_why(self) -> None:
        if self.interrupts.count:
            why, text = "interrupt", "Ctrl-C: taking the resources offline; again: terminate them"
        elif all(row.is_over for row in self.rows):
            why, text = "failed", "no resource can come online any more"
        else:
            why, text = "seconds", "the time is over: taking the resources offline"
        self.stopping(why, text)

    def stopping(self, why: str, text: str) -> None:
        now = time.time_ns()
        show = partial(self.view.stopping, why, text, now)
        self.to_show.append(Shown(time.perf_counter_ns(), now, show))

    def close(self) -> None:
        """Terminates what is not offline yet, and closes. After the second Ctrl-C, a DLL that does
        not return is not waited for any longer."""
        self.closing = True
        if self.interrupts.count > 1:
            self.stopping("terminate", "Ctrl-C again: terminating the resources")
        closing = self.begin(self.close_resource, [row for row in self.rows if row.resource])
        deadline: float | None = None

        def is_done() -> bool:
            nonlocal deadline
            if self.interrupts.count > 1 and deadline is None:
                deadline = time.monotonic() + GRACE
            return not alive(closing) or (deadline is not None and time.monotonic() >= deadline)

        self.watch(is_done)
        self.show(time.perf_counter_ns())
        self.stuck = alive(closing)

    def summary(self) -> Summary:
        return Summary(
            rows=self.rows,
            seconds=time.monotonic() - self.begun,
            dropped=self.monitor.dropped_events,
            rejected=ra.rejected_reports() - self.rejected_before,
            interrupted=self.interrupts.count > 1,
        )

    # ---- What is done to each resource: in its thread ----------------------------------------

    def open(self, row: Row) -> None:
        try:
            row.resource = resource = self.type.open(
                row.name, dependencies=self.dependencies, **row.common
            )
            if row.private:
                self.set_private_properties(row, resource)
        except ra.ResourceFailed as error:
            row.is_given_up = True
            if not isinstance(error, ra.Deadlocked):  # that one is an event already
                self.told.put(error)
        except (ra.ClosedError, CancelledError):
            pass  # the run has ended meanwhile

    def set_private_properties(self, row: Row, resource: ra.HostedResource) -> None:
        try:
            told = told_formats(resource.control, without_format(row.private))
            resource.set_private_properties(private_values(row.private, told))
        except ra.ControlCallFailed as error:
            text = f"the DLL refuses the private properties: {win32_text(error.code)}"
            row.refusal = with_log(text, error.log_lines)
        except (ValueError, OSError) as error:  # of the database's file
            row.refusal = str(error)

    def bring_online(self, row: Row) -> None:
        assert row.resource is not None
        try:
            row.resource.online()
            row.was_online = True
        except ra.ResourceFailed:
            row.is_given_up = True
        except ra.DependencyNotFound as error:
            row.is_given_up = True
            self.told.put(error)
        except (ra.ResourceTerminated, ra.ClosedError):
            pass  # by the end of the run

    def take_offline(self, row: Row) -> None:
        assert row.resource is not None
        was_online = row.resource.state is ONLINE
        try:
            row.resource.offline()
            row.went_offline = was_online
        except (ra.ResourceFailed, ra.ResourceTerminated, ra.ClosedError):
            pass  # an event tells

    def close_resource(self, row: Row) -> None:
        assert row.resource is not None
        row.resource.close()

    def check_refusals(self) -> None:
        for row in self.rows:
            if row.refusal is not None:
                raise CommandError(printable(f"resource {row.name!r}: {row.refusal}"))

    # ---- What happens to them ----------------------------------------------------------------

    def handle(self, events: list[ra.Event]) -> None:
        until = time.perf_counter_ns() - HELD_BACK
        while not self.told.empty():
            events.append(self.told.get())
        for event in events:
            row = None if event.resource is None else self.by_name.get(event.resource.name)
            if row is not None:
                self.count(row, event)
                if self.recorder is not None:
                    self.recorder.event(row.name, event)
            show = partial(self.view.event, row, event)
            self.to_show.append(Shown(event.monotonic, event.time, show))
        for row in self.rows:
            self.look_at(row)
        self.show(until)

    def show(self, until: int) -> None:
        """Shows what has happened until then, in its order."""
        self.to_show.sort(key=lambda shown: shown.time)
        later = []
        for shown in self.to_show:
            if shown.monotonic <= until:
                shown.show()
            else:
                later.append(shown)
        self.to_show = later

    def count(self, row: Row, event: ra.Event) -> None:
        match event:
            case ra.StatusChanged():
                row.transitions += 1
            case ra.LogMessage():
                row.log_messages += 1
                row.last_log = event
            case ra.ResourceFailed():
                row.failures += 1

    def look_at(self, row: Row) -> None:
        """What is no event: checkpoints and polls."""
        if row.resource is None:
            return
        with contextlib.suppress(ra.ClosedError):
            checkpoint = row.resource.status.checkpoint
            if checkpoint != row.checkpoint:
                row.checkpoint, row.checkpoint_since = checkpoint, time.monotonic()
        last = row.last_poll
        for poll in row.resource.polls:
            if last is not None and poll.monotonic <= last.monotonic:
                continue
            row.last_poll = poll
            row.polls[poll.alive] += 1
            passed = time.perf_counter_ns() - poll.monotonic
            ended = time.time_ns() - passed
            show = partial(self.view.polled, row, poll, ended)
            self.to_show.append(Shown(poll.monotonic, ended, show))
            if self.recorder is not None:
                self.recorder.polled(row.name, poll)


class Task(threading.Thread):
    """What is done to a resource: a thread that does not keep the process from ending."""

    def __init__(self, task: Callable[[Row], None], row: Row) -> None:
        super().__init__(target=task, args=(row,), name=f"run {row.name}", daemon=True)


def alive(tasks: list[Task]) -> bool:
    return any(task.is_alive() for task in tasks)
