"""What a check does with a resource DLL: it calls the entry points within a limit, and watches what
is reported, with no life cycle between, so that what a DLL should not do is seen as it is done."""

from __future__ import annotations

import contextlib
import functools
import itertools
import queue
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import resapi_cy as ra
from resapi_cy import property_list
from resapi_cy.checks.around import Around
from resapi_cy.checks.operation import (
    ENDS,
    OFFLINE,
    OFFLINE_PENDING,
    ONLINE,
    ONLINE_PENDING,
    PENDING,
    Operation,
)
from resapi_cy.checks.subject import CheckFailed, NotReturned, OpenRefused, Subject
from resapi_cy.enums import ControlCode
from resapi_cy.errors import ControlCallFailed
from resapi_cy.hosting.private_properties import private_values, without_format
from resapi_cy.hosting.told_formats import told_formats
from resapi_cy.names import folded
from resapi_cy.resource_dll import ControlCall, EntryPoints, ResourceDll
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from resapi_cy.hosting.private_properties import Given
    from resapi_cy.property_list import Formatted

ERROR_MORE_DATA = 234
ERROR_OBJECT_ALREADY_EXISTS = 5010  # the type allows one instance at a time
ERROR_RESOURCE_PROPERTIES_STORED = 5024  # they count from the next Online on

# An operation whose checkpoints grow may go on for so many times PendingTimeout.
PATIENCE = 10
# The room for a control call's output at first, and at most, in bytes.
OUTPUT_SIZE = 4096
LARGEST_OUTPUT = 1 << 24
# How often a pending resource's checkpoint is looked at, in seconds. Checkpoints coalesce: what
# changes twice in between is seen once.
LOOK = 0.001
# How long a resource of which nothing should be reported is watched, in seconds.
QUIET = 0.3
# How long an entry point may take when a check is cleaned up after, in seconds.
CLEAN_UP_LIMIT = 2.0
# How many lines of the DLL's log a failure quotes, and how much of each.
LOG_LINES = 3
LOG_LENGTH = 200


class Driver:
    """A resource type, started up, under a monitor of its own.

    Used by one thread. Entry points are called from others, so that one that does not return is a
    failure, and not the end of everything.
    """

    def __init__(
        self,
        subject: Subject,
        announce: Callable[[str], None],
        processes: Callable[[], Mapping[int, str]],
    ) -> None:
        common = subject.common_properties()
        self.subject = subject
        self.limit = common.DeadlockTimeout / 1000
        self.pending_timeout = common.PendingTimeout / 1000
        self.monitor = ra.ResourceMonitor()
        self.processes = processes  # what the DLL has started and still runs: ID -> command
        self.seconds: dict[str, list[float]] = {}  # by entry point: how long each call took
        self.open_resources: list[OpenResource] = []
        self._announce = announce
        self._loaded: ResourceDll | None = None
        self._started: EntryPoints | None = None
        self._log: deque[ra.LogMessage] = deque(maxlen=50)
        self._ended_calls: dict[int, int] = {}
        self._pending_calls: dict[int, object] = {}  # by context: what the DLL may still write to
        self._told: Mapping[str, type[Formatted]] | None = None

    def clean_up(self, *, gently: bool) -> bool:
        """Closes what is still open, as a monitor does; whether all of it could be.

        Gently, what is online goes offline before it is terminated: what one of the two leaves
        behind is for the checks of it to find.
        """
        self.limit = min(self.limit, CLEAN_UP_LIMIT)
        self.pending_timeout = min(self.pending_timeout, CLEAN_UP_LIMIT)
        clean = True
        for resource in [*self.open_resources]:
            try:
                if gently:
                    resource.wind_down()
                resource.close()
            except CheckFailed:
                clean = False
        if clean:
            self.monitor.close()
        return clean

    # ---- Entry points -------------------------------------------------------------------------

    def call(self, entry_point: str, function: Callable[..., Any], *arguments: object) -> Any:
        """Calls an entry point from another thread, and waits for it as long as DeadlockTimeout."""
        self._announce(entry_point)
        done: queue.SimpleQueue[tuple[float, Any, BaseException | None]] = queue.SimpleQueue()

        def job() -> None:
            value, error = None, None
            begun = time.perf_counter()
            try:
                value = function(*arguments)
            except BaseException as raised:
                error = raised
            done.put((time.perf_counter() - begun, value, error))

        thread = threading.Thread(target=job, name=entry_point, daemon=True)
        thread.start()
        try:
            seconds, value, error = done.get(timeout=self.limit)
        except queue.Empty:
            raise NotReturned(
                f"{entry_point} has not returned within {self.limit:g} s (DeadlockTimeout)"
            ) from None
        thread.join()
        self.seconds.setdefault(entry_point, []).append(seconds)
        if error is not None:
            raise error
        return value

    @functools.cached_property
    def around(self) -> Around:
        """The cluster around the resources, made before the DLL is loaded."""
        return Around(self.subject)

    @property
    def dll(self) -> ResourceDll:
        if self._loaded is None:
            _ = self.around  # is made
            named = self.subject.path, self.subject.dll_directory
            self._loaded = self.call("loading", ResourceDll, *named)
        return self._loaded

    @property
    def startup_name(self) -> str:
        return self.dll.exports[0]

    def startup(self, *versions: int, resource_type: str | None = None) -> EntryPoints:
        """The entry points of a type, for a range of versions; raises what
        ``ResourceDll.startup`` raises."""
        name = self.subject.resource_type if resource_type is None else resource_type
        made: EntryPoints = self.call(self.startup_name, self.dll.startup, name, *versions)
        return made

    @property
    def entry_points(self) -> EntryPoints:
        if self._started is None:
            self._started = self.startup()
        return self._started

    def open(self, *, configured: bool = True) -> OpenResource:
        """A new resource, with its private properties."""
        opened = (resource.handle.name for resource in self.open_resources)
        taken = {folded(name) for name in (*opened, *self.around.names)}
        names = (f"{self.subject.resource} {number}" for number in itertools.count(1))
        resource = OpenResource(self, next(name for name in names if folded(name) not in taken))
        if configured and self.subject.private:
            resource.set_private_properties(self.subject.private)
        return resource

    def open_another(self, *, configured: bool = True) -> OpenResource | None:
        """The same, while another one is open; None: the type allows one instance at a time."""
        try:
            return self.open(configured=configured)
        except OpenRefused as error:
            # Off Windows a DLL may do without SetLastError: then there is no code.
            said = error.code or (sys.platform != "win32" and ERROR_OBJECT_ALREADY_EXISTS)
            if self.open_resources and said == ERROR_OBJECT_ALREADY_EXISTS:
                return None
            raise

    def told_formats(self, resid: int) -> Mapping[str, type[Formatted]]:
        """The formats that the DLL tells for a resource's private properties."""
        if self._told is None:

            def ask(code: ControlCode) -> bytes:
                ended, data = self.answer(resid, code)
                if ended != 0:
                    raise ControlCallFailed(f"{code.name} failed", ended)
                return data

            self._told = told_formats(ask, without_format(self.subject.private))
        return self._told

    def control(
        self, resid: int | None, code: int, data: bytes = b"", room: int = OUTPUT_SIZE
    ) -> tuple[ControlCall, int]:
        """A control call to a resource, or with None to the type, which may be pending when it
        returns; and its context."""
        name = "ResourceTypeControl" if resid is None else "ResourceControl"
        context = self.new_context(resid)
        arguments = (resid, code, data, room, context)
        call: ControlCall = self.call(name, self.entry_points.control, *arguments)
        if call.pending:
            self.keep(context, call)
        return call, context

    def keep(self, context: int, call: object) -> None:
        """Keeps a pending control call's memory, to which the DLL may write until the call ends."""
        self._pending_calls[context] = call

    def new_context(self, resid: int | None) -> int:
        """For a control call to a resource, or with None to the type; 0 if it takes none."""
        if not self.entry_points.asynchronous_control:
            return 0
        for resource in self.open_resources:
            if resource.resid == resid:
                return resource.handle.open_control_call()
        return self.monitor.open_type_control_call()

    def control_code(self, resid: int | None, code: int, data: bytes = b"") -> int:
        """The error that a control call ends with; fails if it does not."""
        return self._end(*self.control(resid, code, data))

    def answer(self, resid: int, code: int) -> tuple[int, bytes]:
        """What a control call without input ends with, and its output: called again with more room
        if that needs it."""
        call, context = self.control(resid, code)
        ended = self._end(call, context)
        if ended == ERROR_MORE_DATA and OUTPUT_SIZE < call.bytes_returned <= LARGEST_OUTPUT:
            call, context = self.control(resid, code, room=call.bytes_returned)
            ended = self._end(call, context)
        data: bytes = call.data
        if ended == 0 and call.bytes_returned > len(data):
            raise CheckFailed(
                f"{ControlCode(code).name} was answered ERROR_SUCCESS with {call.bytes_returned} "
                f"bytes, where there was room for {len(data)}"
            )
        return ended, data

    def _end(self, call: ControlCall, context: int) -> int:
        return self.end_of(context) if call.pending else call.code

    def end_of(self, context: int) -> int:
        """The error that a pending control call ends with; fails if it does not."""
        until = time.monotonic() + self.limit
        while context not in self._ended_calls:
            if time.monotonic() > until:
                raise CheckFailed(
                    f"a control call that was left pending has not ended within {self.limit:g} s "
                    "(DeadlockTimeout)"
                )
            self.take_events(0.05)
        self._pending_calls.pop(context, None)
        return self._ended_calls[context]

    # ---- Events -------------------------------------------------------------------------------

    def take_events(self, timeout: float = 0.0) -> None:
        """Takes the monitor's events, and gives each to whom it is about."""
        for event in self.monitor.poll(timeout):
            if (resource := getattr(event, "resource", None)) is not None:
                for opened in self.open_resources:
                    if opened.handle is resource:
                        opened.tell(event)
            match event:
                case ra.LogMessage():
                    self._log.append(event)
                case ra.ControlCallEnded(context=context, status=code):
                    self._ended_calls[context] = code

    def log_lines(self) -> list[str]:
        """What the DLL has written to the log last: its complaints, if there are any."""
        with contextlib.suppress(ra.ClosedError):
            self.take_events()
        complaints = [m for m in self._log if m.level >= ra.LogLevel.WARNING]
        chosen = (complaints or list(self._log))[-LOG_LINES:]
        return [message.text.strip()[:LOG_LENGTH] for message in chosen]


class OpenResource:
    """A resource of the DLL, by the RESID that Open gave, and the monitor's handle that Open was
    given."""

    def __init__(self, driver: Driver, name: str) -> None:
        self.driver = driver
        self.entry_points = driver.entry_points
        self.handle = driver.monitor.open(name)
        self._id, self._key = driver.around.enter(name)
        self.signals: list[ra.FailureSignaled] = []
        self.told: deque[ra.Event] = deque(maxlen=50)  # whatever came with its handle
        self._reports: deque[ra.ResourceStatus] = deque()
        self._last = self.handle.status
        self._up = False  # or on its way: to be terminated before it is closed
        self._stuck = False
        driver.open_resources.append(self)
        try:
            arguments = name, self.handle.handle, 0, self._key
            opened = self.call("Open", self.entry_points._open, *arguments)
        except BaseException:
            self._leave()  # there is nothing to be closed
            raise
        self.resid: int = opened[0]
        if self.resid == 0:
            self._leave()
            why = f": {win32_text(opened[1])}" if opened[1] else ""
            raise OpenRefused(f"Open returned NULL in place of a RESID{why}", opened[1])

    def call(self, entry_point: str, function: Callable[..., Any], *arguments: object) -> Any:
        try:
            return self.driver.call(entry_point, function, *arguments)
        except NotReturned:
            self._stuck = True
            raise

    def set_private_properties(self, properties: Mapping[str, Given]) -> None:
        told = self.driver.told_formats(self.resid)
        try:
            data = property_list.encode(private_values(properties, told))
        except ValueError as error:
            raise CheckFailed(str(error)) from None
        code = self.driver.control_code(
            self.resid, ControlCode.RESOURCE_SET_PRIVATE_PROPERTIES, data
        )
        if code not in (0, ERROR_RESOURCE_PROPERTIES_STORED):
            names = ", ".join(properties)
            raise CheckFailed(
                f"SET_PRIVATE_PROPERTIES with {names} was answered {win32_text(code)}"
            )

    def is_alive(self) -> bool:
        return bool(self.call("IsAlive", self.entry_points.is_alive, self.resid))

    def looks_alive(self) -> bool:
        return bool(self.call("LooksAlive", self.entry_points.looks_alive, self.resid))

    # ---- Operations ---------------------------------------------------------------------------

    def begin_online(self) -> Operation:
        """Calls Online, and does not wait for its end."""
        operation = Operation("Online", ONLINE, ONLINE_PENDING, 0)
        self._begin(operation)
        self._up = True
        call = self.call("Online", self.entry_points.online, self.resid)
        operation.code, operation.event_handle = call
        return operation

    def begin_offline(self) -> Operation:
        """Calls Offline, and does not wait for its end."""
        operation = Operation("Offline", OFFLINE, OFFLINE_PENDING, 0)
        self._begin(operation)
        operation.code = self.call("Offline", self.entry_points.offline, self.resid)
        return operation

    def _begin(self, operation: Operation) -> None:
        self.handle.begin(operation.pending)  # as a monitor does: a worker may report at once
        self.forget_reports()

    def follow(self, operation: Operation, patience: int = PATIENCE) -> Operation:
        """Watches a pending operation until an end state is reported, or no new checkpoint for
        PendingTimeout, or for so many times PendingTimeout in all."""
        timeout, pending = self.driver.pending_timeout, operation.pending
        begun = since = now = time.monotonic()
        highest = 0
        while operation.asynchronous and operation.end is None and not operation.trouble:
            for report in self.reports(LOOK):
                operation.reports.append(report)
                if report.state in PENDING[pending] and report.checkpoint > highest:
                    highest, since = report.checkpoint, time.monotonic()
                    operation.grown += 1
                if report.state in ENDS[pending]:
                    operation.end = report
                    operation.event_handle = report.event_handle or operation.event_handle
                    break
            now = time.monotonic()
            operation.longest = max(operation.longest, now - since)
            if operation.end is None and now - since >= timeout:
                operation.stalled = True
                operation.trouble = (
                    f"{pending.name}, and no new checkpoint for {timeout:g} s (PendingTimeout); "
                    f"the last one was {highest}"
                )
            elif operation.end is None and now - begun >= patience * timeout:
                operation.trouble = (
                    f"still {pending.name} after {patience * timeout:g} s, {patience} times "
                    f"PendingTimeout, at checkpoint {highest}"
                )
        operation.seconds = now - begun
        self._conclude(operation)
        return operation

    def _conclude(self, operation: Operation) -> None:
        if operation.code == 0:
            self.handle.report(operation.goal)  # the monitor's part, as nobody else reports it
            self.forget_reports()
        if not operation.problem() and operation.goal is OFFLINE:
            self._up = False

    def online(self) -> Operation:
        """Brings it online; fails if it does not come."""
        return self.follow(self.begin_online()).succeeded()

    def offline(self) -> Operation:
        """Takes it offline; fails if it does not go."""
        return self.follow(self.begin_offline()).succeeded()

    def terminate(self) -> ra.ResourceState:
        """Terminates as a monitor does: reports are answered TERMINATE from now on, then Terminate
        is called. Returns the state at that moment."""
        self.handle.terminate()
        state = self.handle.status.state
        self.call("Terminate", self.entry_points.terminate, self.resid)
        self._up = False
        return state

    def wind_down(self) -> None:
        """Takes it offline if it is online, in its own way, and terminates it whatever comes of
        that."""
        if self._up and not self._stuck and self.handle.status.state is ONLINE:
            try:
                self.follow(self.begin_offline(), patience=1)
            finally:
                self.terminate()

    def close(self) -> None:
        """Terminates it unless it is offline, calls Close unless another entry point is still
        running, and closes the handle."""
        if self._up:
            self.terminate()
        if not self._stuck:
            self.call_close()
        self.forget()

    def call_close(self) -> None:
        self.call("Close", self.entry_points.close, self.resid)

    def forget(self) -> None:
        """Closes the handle: whoever reports with it from now on is refused."""
        self._leave()
        self.handle.close()

    def _leave(self) -> None:
        """The driver knows of it no more, nor does the cluster."""
        self.driver.open_resources.remove(self)
        self.driver.around.leave(self._id, self._key)

    # ---- What is reported ---------------------------------------------------------------------

    def tell(self, event: ra.Event) -> None:
        self.told.append(event)
        match event:
            case ra.FailureSignaled():
                self.signals.append(event)
            case ra.StatusChanged(status=status):
                self._reports.append(status)

    def forget_reports(self) -> None:
        """What has been reported so far counts no more."""
        self.driver.take_events()
        self._reports.clear()
        self._last = self.handle.status

    def reports(self, timeout: float = 0.0) -> Iterator[ra.ResourceStatus]:
        """What has been reported since the last look, in its order: every change of the status as
        its event tells, and of checkpoints the newest."""
        transitions, status = self.handle.transitions, self.handle.status
        at_rest = self.handle.transitions == transitions
        self.driver.take_events(timeout)
        if self._reports:
            while self._reports:
                self._last = self._reports.popleft()
                yield self._last
        elif at_rest and status != self._last:
            # The events up to that transition had been taken before, so it is the newest.
            self._last = status
            yield status

    def reports_for(self, seconds: float) -> list[ra.ResourceStatus]:
        """What is reported in a time."""
        found: list[ra.ResourceStatus] = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found += self.reports(0.01)
        return found
