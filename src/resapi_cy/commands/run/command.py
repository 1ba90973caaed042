"""`resapi-monitor run`: brings the resources of a resource DLL online, watches them, and takes them
offline again."""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import signal
import sys
import threading
import time
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import resapi_cy as ra
from resapi_cy.commands.terminal import (
    CommandError,
    choose_view,
    keep_stdout_for_json,
    path_argument,
    printable,
    reason,
    seconds_argument,
)
from resapi_cy.commands.property_arguments import private_values, property_argument, sort_properties
from resapi_cy.commands.run.views import JsonView, PlainView
from resapi_cy.commands.timeline import Recorder, check_target, draw
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Self

    from resapi_cy.commands.run.views import View

ONLINE, OFFLINE, FAILED = ra.ResourceState.ONLINE, ra.ResourceState.OFFLINE, ra.ResourceState.FAILED

# How long to sleep when nothing happens, in seconds.
REFRESH = 0.05
# Of a flood of events, so many at a time: between them, Ctrl-C is looked for.
EVENT_CAPACITY = 8192
# How long, after the second Ctrl-C, a DLL has for its Terminate and Close, in seconds.
GRACE = 5.0
# The exit code after two interrupts.
INTERRUPTED = 130

DESCRIPTION = """\
Load a resource DLL, open resources of one of its types, bring them online side by
side and show them until Ctrl-C, then take them offline. While a resource is
online, it is polled, and when it fails, it is restarted, as its common properties
say. The DLL's code runs in this process.
"""

EPILOG = f"""\
properties:
  The common properties are the host's, whatever their case; they are integers,
  the intervals in milliseconds:
    {", ".join(ra.CommonProperties.names()[:4])},
    {", ".join(ra.CommonProperties.names()[4:])}
  All others are private properties, which go to the DLL before its resource comes
  online. A value has the type that the DLL tells for the property: text; an
  integer; bytes, written in hexadecimal; a list of texts, separated by ";". If the
  DLL tells none, a decimal number is an integer, and all else is text.

Ctrl-C (or SIGTERM) takes the resources offline in order; those that report nothing
new for PendingTimeout are terminated. A second one terminates them at once, and
exits. A resource that does not come online at first is not tried again; one that
fails later is, by its RestartAction. The run also ends when no resource is left
that could come online.

exit codes:
  0    each resource came online, and went offline in order in the end
  1    a resource did not
  2    wrong usage, a property that is refused, or a DLL that can't be hosted
  130  interrupted twice: the resources were terminated
"""


# ---- The command line ----------------------------------------------------------------------------


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "run",
        help="bring resources of a resource DLL online, and show them",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("dll", type=path_argument, metavar="DLL", help="the resource DLL")
    parser.add_argument("--type", required=True, metavar="NAME", help="the resource type")
    parser.add_argument(
        "--resource",
        action="append",
        default=[],
        type=name_argument,
        metavar="NAME",
        dest="resources",
        help="a resource; may be given several times (default: one with the type's name)",
    )
    parser.add_argument(
        "--property",
        action="append",
        default=[],
        type=property_argument,
        metavar="[RESOURCE:]KEY=VALUE",
        dest="properties",
        help="a property of all resources, or of one; may be given several times",
    )
    parser.add_argument(
        "--seconds",
        type=seconds_argument,
        metavar="S",
        help="take the resources offline after S seconds, as Ctrl-C does",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a line for each event and poll, and a summary as the last",
    )
    parser.add_argument(
        "--timeline",
        type=path_argument,
        metavar="FILE",
        help="draw the resources' states over time into FILE.svg or FILE.png in the end",
    )
    parser.add_argument(
        "--metrics-port",
        type=port_argument,
        metavar="PORT",
        help="serve metrics for Prometheus at http://127.0.0.1:PORT/metrics",
    )
    parser.set_defaults(run=run)


def name_argument(text: str) -> str:
    if text:
        return text
    raise argparse.ArgumentTypeError("the name is empty")


def port_argument(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")


def run(options: argparse.Namespace) -> int:
    names = options.resources or [options.type]
    if len(set(names)) < len(names):
        raise CommandError("--resource: two resources have the same name")
    properties = deal_properties(options.properties, names)
    rows = [Row(name, *checked_properties(properties[name])) for name in names]
    if options.timeline:
        check_target(options.timeline)
    if options.json:
        keep_stdout_for_json()
    view = choose_view(options.json, JsonView, PlainView, "resapi_cy.commands.run.live_view")
    recorder = Recorder() if options.timeline else None
    monitor = ra.ResourceMonitor(EVENT_CAPACITY)
    try:
        resource_type = monitor.load(options.dll, options.type)
    except ra.ResourceDllError as error:
        monitor.close()
        raise CommandError(printable(str(error))) from None
    run = Run(resource_type, rows, view, recorder, options.seconds)
    try:
        with metrics_served(monitor, options.metrics_port):
            summary = run.run()
        view.summary(summary)
        if recorder is not None:
            draw(recorder, options.timeline)
    finally:
        if run.stuck:  # only after two interrupts
            leave(INTERRUPTED)
        monitor.close()
    return summary.exit_code


@contextlib.contextmanager
def metrics_served(monitor: ra.ResourceMonitor, port: int | None) -> Iterator[None]:
    """Serves the monitor's metrics meanwhile, if a port was given, to this machine alone."""
    if port is None:
        yield
        return
    try:
        from prometheus_client import CollectorRegistry, start_http_server

        from resapi_cy.metrics import MonitorCollector
    except ModuleNotFoundError:
        raise CommandError(
            '--metrics-port needs prometheus_client: pip install "resapi-cy[metrics]"'
        ) from None
    registry = CollectorRegistry()
    registry.register(MonitorCollector(monitor))
    try:
        server, thread = start_http_server(port, "127.0.0.1", registry)
    except OSError as error:
        raise CommandError(f"--metrics-port {port}: {reason(error)}: choose another port") from None
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def leave(code: int) -> None:
    """Ends the process while the DLL does not return: the interpreter would wait for it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


# ---- Properties ----------------------------------------------------------------------------------


def deal_properties(given: list[tuple[str, str]], names: list[str]) -> dict[str, dict[str, str]]:
    """The properties of each resource: those of all, then its own."""
    shared: dict[str, str] = {}
    own: dict[str, dict[str, str]] = {name: {} for name in names}
    for key, value in given:
        owner = max((n for n in names if key.startswith(f"{n}:")), key=len, default=None)
        prefix, colon, _ = key.partition(":")
        if owner is None and colon:
            raise CommandError(f"--property {printable(key)}: no --resource {printable(prefix)}")
        properties, name = (shared, key) if owner is None else (own[owner], key[len(owner) + 1 :])
        if not name:
            raise CommandError(f"--property {printable(key)}: a property needs a name")
        if name.casefold() in map(str.casefold, properties):
            raise CommandError(f"--property {printable(key)}: given twice")
        properties[name] = value
    return {name: merged(shared, own[name]) for name in names}


def merged(shared: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    replaced = set(map(str.casefold, own))
    return {**{k: v for k, v in shared.items() if k.casefold() not in replaced}, **own}


def checked_properties(properties: dict[str, str]) -> tuple[dict[str, int], dict[str, str]]:
    """The common ones, which the host would take, and the private ones."""
    try:
        common, private = sort_properties(properties)
        ra.CommonProperties(**common)
    except ValueError as error:
        raise CommandError(f"--property {error}") from None
    return common, private


# ---- The run -------------------------------------------------------------------------------------


@dataclass
class Row:
    """A resource, and what was seen of it. The tasks set `resource`, `refusal` and what begins
    with `is_` or `went_`; the rest is the main thread's."""

    name: str
    common: dict[str, int]
    private: dict[str, str]
    resource: ra.HostedResource | None = None
    refusal: str | None = None  # why its properties are wrong
    is_given_up: bool = False  # it could not be opened, or did not come online
    was_online: bool = False
    went_offline: bool = False  # in order, from ONLINE
    checkpoint: int = 0
    checkpoint_since: float = field(default_factory=time.monotonic)
    transitions: int = 0
    failures: int = 0
    log_messages: int = 0
    last_log: ra.LogMessage | None = None
    polls: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})  # by: alive?
    last_poll: ra.Poll | None = None

    @property
    def state(self) -> ra.ResourceState:
        if self.resource is None:
            return FAILED if self.is_given_up else ra.ResourceState.UNKNOWN
        return self.resource.state

    @property
    def restarts(self) -> int:
        return 0 if self.resource is None else self.resource.restarts

    @property
    def is_over(self) -> bool:
        """Whether it can't come online any more."""
        if self.is_given_up or self.resource is None or not self.was_online:
            return self.is_given_up
        # FAILED before and after: it has not been restarted meanwhile.
        return self.state is FAILED and not self.resource.will_restart and self.state is FAILED


@dataclass
class Summary:
    rows: list[Row]
    seconds: float
    dropped: int  # events
    rejected: int  # reports
    interrupted: bool  # twice

    @property
    def exit_code(self) -> int:
        if self.interrupted:
            return INTERRUPTED
        return int(not all(row.was_online and row.went_offline for row in self.rows))


class Run:
    """Brings the resources online, each in a thread of its own, and shows what happens until they
    are offline and closed."""

    def __init__(
        self,
        resource_type: ra.ResourceType,
        rows: list[Row],
        view: View,
        recorder: Recorder | None,
        seconds: float | None,
    ) -> None:
        self.type = resource_type
        self.monitor = resource_type.monitor
        self.rows = rows
        self.by_name = {row.name: row for row in rows}
        self.view = view
        self.recorder = recorder
        self.begun = time.monotonic()
        self.until = None if seconds is None else self.begun + seconds
        self.interrupts = Interrupts()
        self.told: queue.SimpleQueue[ra.ResourceError] = queue.SimpleQueue()
        self.rejected_before = ra.rejected_reports()
        self.stuck = False  # the DLL holds up the end

    def run(self) -> Summary:
        with self.view, self.interrupts:
            self.view.start(self)
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
            self.handle(self.monitor.poll(REFRESH))
            self.view.tick()
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
        self.view.stopping(why, text)

    def close(self) -> None:
        """Terminates what is not offline yet, and closes. After the second Ctrl-C, a DLL that does
        not return is not waited for any longer."""
        if self.interrupts.count > 1:
            self.view.stopping("terminate", "Ctrl-C again: terminating the resources")
        closing = self.begin(self.close_resource, [row for row in self.rows if row.resource])
        deadline: float | None = None

        def is_done() -> bool:
            nonlocal deadline
            if self.interrupts.count > 1 and deadline is None:
                deadline = time.monotonic() + GRACE
            return not alive(closing) or (deadline is not None and time.monotonic() >= deadline)

        self.watch(is_done)
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
            row.resource = resource = self.type.open(row.name, **row.common)
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
            told = resource.private_properties()
        except (ra.ControlCallFailed, ValueError):
            told = {}  # the DLL does not tell
        try:
            resource.set_private_properties(private_values(row.private, told))
        except ra.ControlCallFailed as error:
            row.refusal = f"the DLL refuses the private properties: {win32_text(error.code)}"
        except ValueError as error:
            row.refusal = str(error)

    def bring_online(self, row: Row) -> None:
        assert row.resource is not None
        try:
            row.resource.online()
            row.was_online = True
        except ra.ResourceFailed:
            row.is_given_up = True
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
                text = f"resource {row.name!r}: {row.refusal}"
                if row.last_log is not None and row.last_log.level >= ra.LogLevel.WARNING:
                    text += f": {row.last_log.text.strip()}"
                raise CommandError(printable(text))

    # ---- What happens to them ----------------------------------------------------------------

    def handle(self, events: list[ra.Event]) -> None:
        while not self.told.empty():
            events.append(self.told.get())
        for event in events:
            row = None if event.resource is None else self.by_name.get(event.resource.name)
            if row is not None:
                self.count(row, event)
            self.view.event(row, event)
            if self.recorder is not None and row is not None:
                self.recorder.event(row.name, event)
        for row in self.rows:
            self.look_at(row)

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
        for poll in new_polls(row.resource, row.last_poll):
            row.last_poll = poll
            row.polls[poll.alive] += 1
            self.view.polled(row, poll)
            if self.recorder is not None:
                self.recorder.polled(row.name, poll)


def new_polls(resource: ra.HostedResource, last: ra.Poll | None) -> list[ra.Poll]:
    try:
        polls = list(resource.polls)
    except RuntimeError:  # there was one just then: next time
        return []
    return [poll for poll in polls if last is None or poll.monotonic > last.monotonic]


class Task(threading.Thread):
    """What is done to a resource: a thread that does not keep the process from ending."""

    def __init__(self, task: Callable[[Row], None], row: Row) -> None:
        super().__init__(target=task, args=(row,), name=f"run {row.name}", daemon=True)


def alive(tasks: list[Task]) -> bool:
    return any(task.is_alive() for task in tasks)


class Interrupts:
    """Counts Ctrl-C and its kin, unless somebody wants them ignored. After the second, the next
    one ends the process by itself."""

    def __init__(self) -> None:
        self.count = 0
        self.handlers: dict[int, object] = {}

    def __enter__(self) -> Self:
        names = ("SIGINT", "SIGTERM", "SIGBREAK")
        for number in [getattr(signal, name) for name in names if hasattr(signal, name)]:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self.handlers[number] = signal.signal(number, self.interrupt)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self.handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count == 2:
            for caught in self.handlers:
                signal.signal(caught, signal.SIG_DFL)
