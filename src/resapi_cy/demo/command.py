"""`resapi-monitor demo`: native workers bring resources online by verifying files, and a resource
monitor written in Python watches them."""

from __future__ import annotations

import argparse
import errno
import heapq
import os
import signal
import stat
import sysconfig
import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

import resapi_cy as ra
from resapi_cy.commands.terminal import (
    CommandError,
    choose_view,
    path_argument,
    printable,
    reason,
    seconds_argument,
)
from resapi_cy.demo.views import JsonView, PlainView
from resapi_cy.demo.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from resapi_cy.demo.views import View

PENDING = ra.ResourceState.ONLINE_PENDING

# How often the view is refreshed when nothing happens, in seconds.
REFRESH = 0.1

DESCRIPTION = """\
Bring resources online and watch them. Native threads that know nothing of Python
share the files beneath PATH, read and checksum them, and report a checkpoint to
the resource monitor for each block of 64 KiB, through the callbacks that a
resource DLL would use. A resource is ONLINE when all its files are verified. A
file that can't be read is logged and counted; the others are still verified, and
its resource is FAILED in the end.
"""

EPILOG = """\
Symbolic links to files are followed, those to folders are not. Only regular files
are opened.

exit codes:
  0    all files were verified (those of a resource terminated on request aside)
  1    a file or a folder could not be read, or a file changed between two rounds
  2    wrong usage, or PATH has nothing to read
  130  interrupted with Ctrl-C: the resources were terminated
"""


# ---- The command line ----------------------------------------------------------------------------


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "demo",
        help="native threads verify files, and report to a live view",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "path",
        type=path_argument,
        metavar="PATH",
        nargs="?",
        default=sysconfig.get_path("stdlib"),
        help="a folder or a file (default: the standard library of this Python)",
    )
    parser.add_argument(
        "--workers",
        type=workers_argument,
        default=min(4, os.cpu_count() or 1),
        metavar="N",
        help="how many resources, each with a thread of its own; never more than there are files "
        "(default: a thread for each CPU, up to 4)",
    )
    parser.add_argument(
        "--seconds",
        type=seconds_argument,
        metavar="S",
        help="go round the files again and again until S seconds have gone; each file is read at "
        "least once, however long that takes",
    )
    parser.add_argument(
        "--terminate-after",
        type=seconds_argument,
        metavar="SECONDS",
        help="terminate one resource, the first that is still pending, and show how long its "
        "worker took to stop; until then the workers go round the files again and again",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a line for each event, and a summary as the last",
    )
    parser.set_defaults(run=run)


def workers_argument(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text[:10]) <= 1000:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")


def run(options: argparse.Namespace) -> int:
    view = choose_view(options.json, JsonView, PlainView, "resapi_cy.demo.live_view")
    with view.searching(options.path):
        tree = find_files(options.path)
    demo = Demo(tree, view, options.workers, options.seconds, options.terminate_after)
    summary = demo.run()
    view.summary(summary)
    return summary.exit_code


# ---- The files -----------------------------------------------------------------------------------


@dataclass
class Tree:
    """The regular files beneath a path, with their sizes, and the folders that can't be listed,
    with the reasons."""

    path: str
    sizes: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        return sum(self.sizes.values())


def find_files(path: str) -> Tree:
    """The files to verify.

    Raises:
        CommandError: the path does not exist, or has no file that can be read.
    """
    tree = Tree(path)
    try:
        status = Path(path).stat()
    except OSError as error:
        raise unusable(path, reason(error)) from None
    if stat.S_ISREG(status.st_mode):
        tree.sizes[path] = status.st_size
    elif stat.S_ISDIR(status.st_mode):
        walk(tree)
    else:
        raise unusable(path, "neither a regular file nor a folder")
    if not tree.sizes:
        raise unusable(path, next(iter(tree.unreadable.values()), "no regular files in it"))
    if not any(os.access(name, os.R_OK) for name in tree.sizes):
        raise unusable(path, os.strerror(errno.EACCES).lower())
    return tree


def unusable(path: str, why: str) -> CommandError:
    return CommandError(f"{printable(path)}: {why}")


def walk(tree: Tree) -> None:
    folders = [tree.path]
    seen = set()  # a folder may be reached by two ways: mounts, and the junctions of Windows
    while folders:
        folder = folders.pop()
        try:
            status = Path(folder).stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        take(tree, entry)
        except OSError as error:
            tree.unreadable[folder] = reason(error)


def take(tree: Tree, entry: os.DirEntry[str]) -> None:
    try:
        status = entry.stat()
    except OSError:
        return  # a symbolic link to nowhere or in a loop, or something that has just vanished
    if stat.S_ISREG(status.st_mode):
        tree.sizes[entry.path] = status.st_size


def deal(sizes: dict[str, int], workers: int) -> list[list[str]]:
    """The files in so many parts of about the same size: the largest first, each to whoever has
    the least."""
    parts: list[list[str]] = [[] for _ in range(min(workers, len(sizes)))]
    least = [(0, 0, number) for number in range(len(parts))]  # bytes, files: a heap
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        size, files, number = least[0]
        parts[number].append(name)
        heapq.heapreplace(least, (size + sizes[name], files + 1, number))
    return [sorted(part) for part in parts]


# ---- The work ------------------------------------------------------------------------------------


@dataclass
class Job:
    """A resource, and the worker that brings it online."""

    resource: ra.Resource
    worker: Worker
    bytes: int  # of all its files
    delivered: int = 0  # events
    terminated: int | None = None  # when, by the worker's clock

    @property
    def name(self) -> str:
        return self.resource.name

    @property
    def pending(self) -> bool:
        return self.resource.status.state is PENDING

    @property
    def progress(self) -> float:
        """How much of its round is done, or of its files when it has ended: from 0 to 1."""
        state = self.resource.status.state
        if state in (ra.ResourceState.ONLINE, ra.ResourceState.FAILED):
            return max(1.0 - self.worker.failed / self.worker.files, 0.0)
        done = self.worker.bytes - self.worker.rounds * self.bytes
        return min(max(done / self.bytes, 0.0), 1.0) if self.bytes else 0.0

    @property
    def seconds(self) -> float:
        """How long the worker has worked."""
        if not self.worker.started:
            return 0.0
        return ((self.worker.ended or time.perf_counter_ns()) - self.worker.started) / 1e9

    @property
    def stop_us(self) -> float | None:
        """Microseconds from just before terminate() until the worker saw it; None: it never did."""
        if self.terminated is None or not self.worker.told:
            return None
        return (self.worker.told - self.terminated) / 1000


@dataclass
class Counts:
    """The sums of a resource, or of all."""

    files: int = 0  # to verify
    verified: int = 0  # in all rounds
    failed: int = 0
    bytes: int = 0
    rounds: int = 0
    reports: int = 0
    checksum: int = 0  # the sum of the files' Adler-32
    transitions: int = 0
    log_messages: int = 0
    delivered: int = 0
    dropped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Counts)))


@dataclass
class Summary:
    """What a run of the demo comes to."""

    resources: list[tuple[Job, ra.ResourceState, Counts]]
    total: Counts
    dropped: int  # by the monitor's count
    unreadable_folders: int
    seconds: float
    interrupted: bool

    @property
    def adds_up(self) -> bool:
        """Whether every event that native code made was delivered or is counted as dropped."""
        made = self.total.transitions + self.total.log_messages
        return self.total.delivered + self.dropped == made

    @property
    def exit_code(self) -> int:
        if self.interrupted:
            return 130
        return int(self.total.failed > 0 or self.unreadable_folders > 0 or not self.adds_up)


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


def counts(job: Job) -> Counts:
    worker, transitions = job.worker, job.resource.transitions
    return Counts(
        files=worker.files,
        verified=worker.verified,
        failed=worker.failed,
        bytes=worker.bytes,
        rounds=worker.rounds,
        reports=worker.reports,
        checksum=worker.checksum,
        transitions=transitions,
        log_messages=worker.log_messages,
        delivered=job.delivered,
        dropped=transitions + worker.log_messages - job.delivered,
    )
