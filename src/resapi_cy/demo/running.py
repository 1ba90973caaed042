"""A run of the demo: starts the workers, and watches until they have ended."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import resapi_cy as ra
from resapi_cy.commands.terminal import CommandError
from resapi_cy.demo.files import Tree, deal
from resapi_cy.demo.jobs import PENDING, Counts, Job, Summary, counts
from resapi_cy.demo.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from resapi_cy.demo.views import View

# How often the view is refreshed when nothing happens, in seconds.
REFRESH = 0.1


class Demo:
    """One run: starts a worker for each part of the files, and watches until all have ended."""

    def __init__(
        self,
        tree: Tree,
        view: View,
        workers: int,
        seconds: float | None,
        terminate_after: float | None,
    ) -> None:
        self.tree = tree
        self.view = view
        self.parts = deal(tree.sizes, workers)
        self.terminate_after = terminate_after
        self.repeat = seconds is not None or terminate_after is not None
        self.repeat_for = max(seconds or 0.0, terminate_after or 0.0)
        self.jobs: dict[ra.Resource, Job] = {}
        self.interrupted = False

    def run(self) -> Summary:
        with ra.ResourceMonitor() as monitor, self.view:
            restore = self.catch_interrupt()
            try:
                self.start(monitor)
                self.watch(monitor)
            finally:
                # On the way out of an error, too, no thread is left behind.
                for job in self.jobs.values():
                    job.resource.terminate()
                for job in self.jobs.values():
                    job.worker.join()
                restore()
            self.handle(monitor.poll())
            if self.terminate_after is not None and not self.interrupted:
                self.say(ra.LogLevel.WARNING, "Nothing left to terminate: no resource is pending.")
            self.view.tick(final=True)
            return self.summary(monitor)

    def catch_interrupt(self) -> Callable[[], object]:
        """The first Ctrl-C ends the work in good order. The second ends the process, even while a
        worker is held up by a file system that doesn't answer."""

        def interrupt(number: int, frame: FrameType | None) -> None:
            self.interrupted = True
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        handler = signal.getsignal(signal.SIGINT)
        if handler is not signal.default_int_handler:
            return lambda: None  # somebody wants it ignored
        signal.signal(signal.SIGINT, interrupt)
        return lambda: signal.signal(signal.SIGINT, handler)

    def start(self, monitor: ra.ResourceMonitor) -> None:
        resources = [monitor.open(f"Files {number + 1}") for number in range(len(self.parts))]
        self.view.start(self.tree, self.jobs)
        for folder, why in self.tree.unreadable.items():
            self.say(ra.LogLevel.ERROR, f"Cannot list {folder}: {why}.")
        for resource, part in zip(resources, self.parts, strict=True):
            resource.begin(PENDING)
            try:
                worker = Worker(resource.handle, part, self.repeat)
            except RuntimeError as error:
                raise CommandError(f"no thread for {resource.name}: {error}") from None
            self.jobs[resource] = Job(resource, worker, sum(self.tree.sizes[name] for name in part))

    def watch(self, monitor: ra.ResourceMonitor) -> None:
        begun = time.monotonic()
        while pending := [job for job in self.jobs.values() if job.pending]:
            elapsed = time.monotonic() - begun
            if self.interrupted:
                for job in pending:
                    self.terminate(job)
            elif self.terminate_after is not None and elapsed >= self.terminate_after:
                self.terminate(pending[0])
                self.terminate_after = None
            if elapsed >= self.repeat_for:
                for job in pending:
                    job.worker.finish()
            moments = (self.terminate_after, self.repeat_for)
            waits = [moment - elapsed for moment in moments if moment and moment > elapsed]
            self.handle(monitor.poll(min([REFRESH, *waits])))
            self.view.tick()

    def terminate(self, job: Job) -> None:
        if job.terminated is None:
            job.terminated = time.perf_counter_ns()
            job.resource.terminate()

    def handle(self, events: list[ra.Event]) -> None:
        for event in events:
            if event.resource is None:
                continue  # about a resource type: none of the workers said it
            job = self.jobs[event.resource]
            job.delivered += 1
            match event:
                case ra.StatusChanged(status=status):
                    self.view.changed(job, event)
                    if job.terminated is not None and status.state is not PENDING:
                        self.view.stopped(job, event.time)
                case ra.LogMessage(level=level, text=text):
                    self.view.log(job, event.time, level, text)

    def say(self, level: ra.LogLevel, text: str) -> None:
        """A line of the demo's own in the log."""
        self.view.log(None, time.time_ns(), level, text)

    def summary(self, monitor: ra.ResourceMonitor) -> Summary:
        rows = [(job, job.resource.status.state, counts(job)) for job in self.jobs.values()]
        workers = [job.worker for job in self.jobs.values()]
        return Summary(
            resources=rows,
            total=sum((row[2] for row in rows), Counts()),
            dropped=monitor.dropped_events,
            unreadable_folders=len(self.tree.unreadable),
            seconds=(max(w.ended for w in workers) - min(w.started for w in workers)) / 1e9,
            interrupted=self.interrupted,
        )
