"""Calls that a host has asked the engine for, and who waits for them at which gate."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Protocol

from resapi_cy.errors import ClosedError
from resapi_cy.hosting.completions import CompletionKind, Place
from resapi_cy.hosting.life_cycle import Deadlocked, FailureCause, right_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from resapi_cy.hosting.completions import Completion
    from resapi_cy.hosting.engine import EngineCall
    from resapi_cy.hosting.resource import HostedResource

WAIT_TIMEOUT = 258

# What to do about an entry point that does not return: what it can do instead.
ADVICE = {
    "Online": "have it return ERROR_IO_PENDING, and do the work in a worker thread",
    "Offline": "have it return ERROR_IO_PENDING, and do the work in a worker thread",
    "LooksAlive": "have it return what a thread of the DLL's own has last found",
    "IsAlive": "have it return what a thread of the DLL's own has last found",
    "ResourceControl": "have it do the work in a worker thread, and end the call later (version 3)",
    "ResourceTypeControl": "have it do the work in a worker thread, and end the call later "
    "(version 3)",
}
OTHER_ADVICE = "have it wait for nothing that may take so long"
NO_THREAD_ADVICE = (
    "it has not begun, since the system had no thread for it: raise the limits of this process "
    "(RLIMIT_NPROC, the container's pids)"
)


def deadlocked(
    resource: HostedResource | None, entry_point: str, limit: float, place: Place = Place.INSIDE
) -> Deadlocked:
    """What is told of a call that has not returned in time.

    Args:
        limit: in seconds.
    """
    name = "a resource type" if resource is None else f"resource {resource.name!r}"
    text = f"{name}: {entry_point} has not returned within {limit:g} s (DeadlockTimeout): "
    if place is Place.QUEUE:
        text += NO_THREAD_ADVICE
    else:
        text += ADVICE.get(entry_point, OTHER_ADVICE)
        if resource is not None and entry_point not in ("Open", "Close"):
            text += "; no restart is possible until it returns"
    return Deadlocked(
        resource,
        FailureCause.DEADLOCK_TIMEOUT,
        WAIT_TIMEOUT,
        entry_point,
        message=text,
        log_lines=() if resource is None else resource._reasons(),
        **right_now(resource),
    )


class NoTurn(Exception):
    """Another call, or the want of a thread, has kept one waiting for longer than it may."""


# Guards every line: what is done in one is a few steps long.
_lines = threading.Lock()


class Line:
    """Who waits at a gate, as hosts see it: while a call inside does not return, whoever waits and
    whoever comes is told. Any thread: the resources of a DLL that is not to be reentered share one,
    and their monitors have threads of their own."""

    def __init__(self) -> None:
        self._waiting: set[UnderWay] = set()
        # Whose call, what was told, and whom to tell when it has come out.
        self._stuck: tuple[object, Deadlocked, list[Callable[[], object]]] | None = None

    @property
    def stuck(self) -> Deadlocked | None:
        """What to tell who comes: a call that has gone in does not come out."""
        stuck = self._stuck
        return None if stuck is None else stuck[1]

    def check(self) -> None:
        if (stuck := self.stuck) is not None:
            raise stuck._again()

    def join(self, one: UnderWay) -> None:
        with _lines:
            self._waiting.add(one)

    def leave(self, one: UnderWay) -> None:
        """It has had its turn, or does not want one any more."""
        with _lines:
            self._waiting.discard(one)

    def fail(self, whose: object, error: Deadlocked) -> None:
        """A call of somebody's inside does not come out. All that wait are refused."""
        with _lines:
            freed = [] if self._stuck is None else self._stuck[2]
            self._stuck = whose, error, freed
            waiting = [one for one in self._waiting if one is not whose and not one.patient]
        for one in waiting:
            one.refuse(error._again())

    def came_out(self, whose: object) -> None:
        """If it was the one that was stuck, the others can go in again."""
        with _lines:
            if self._stuck is None or self._stuck[0] is not whose:
                return
            freed = self._stuck[2]
            self._stuck = None
        for tell in freed:
            tell()

    def tell_when_free(self, tell: Callable[[], object]) -> None:
        """Calls back as soon as nobody is stuck; at once, if nobody is."""
        with _lines:
            if self._stuck is not None:
                self._stuck[2].append(tell)
                return
        tell()

    def refuse(self, resource: HostedResource, error: Exception) -> None:
        """Whoever waits for one of the resource's entry points is refused."""
        with _lines:
            waiting = [one for one in self._waiting if one.resource is resource]
        for one in waiting:
            one.refuse(error)


class Caller(Protocol):
    """The host, as far as a call needs one. The loop."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop: ...
    def announce(self, event: Deadlocked) -> None: ...
    def does_not_return(self, resource: HostedResource, error: Deadlocked) -> None: ...


class UnderWay:
    """A call that was asked for. The host's loop, unless said otherwise.

    Args:
        limit: how long the entry point may take, in seconds; 0: it has no limit.
        patient: it waits for its turn though the call inside does not return.
        ended: called when its last word has come, whether somebody waits for it or not.

    Attributes:
        call (EngineCall): once it was asked for.
        made (bool): the entry point was called.
        future: what the caller waits for.
    """

    call: EngineCall

    def __init__(
        self,
        host: Caller,
        resource: HostedResource | None,
        entry_point: str,
        line: Line | None,
        limit: float,
        *,
        patient: bool = False,
        ended: Callable[[UnderWay], object] | None = None,
    ) -> None:
        self.host = host
        self.resource = resource
        self.entry_point = entry_point
        self.line = line
        self.limit = limit
        self.patient = patient
        self.made = False
        self.future: asyncio.Future[EngineCall] = host.loop.create_future()
        self._ended = ended
        self._refused: Exception | None = None

    def refuse(self, error: Exception) -> None:
        """If it has not begun, it never will, and who waits for it gets the error. Any thread."""
        self._refused = error
        self.call.abandon()

    async def wait(self, turn: float | None = None) -> EngineCall:
        """Waits for its end. Who gives that up gives up the call, unless it has begun.

        Args:
            turn: how long it may wait for its turn, in seconds; NoTurn after that. None: as long as
                it takes.
        """
        timer = None
        if turn is not None:
            timer = self.host.loop.call_later(turn, self.refuse, NoTurn(self.entry_point))
        try:
            return await self.future
        except asyncio.CancelledError:
            self.call.abandon()
            raise
        finally:
            if timer is not None:
                timer.cancel()

    @property
    def abandoned(self) -> bool:
        """Nobody gets what it has answered."""
        return self.future.cancelled() or self.future.exception() is not None

    def completed(self, completion: Completion[EngineCall]) -> None:
        """The engine has told something of it."""
        if completion.kind is CompletionKind.OVERDUE:
            self._overdue(completion.place)
            return
        if self.line is not None:
            self.line.leave(self)
            self.line.came_out(self)
        if completion.kind is CompletionKind.RETURNED:
            self.made = True
            if not self.future.done():
                self.future.set_result(self.call)
        elif not self.future.done():
            self.future.set_exception(self._refused or ClosedError("the call was given up"))
        if self._ended is not None:
            self._ended(self)

    def _overdue(self, place: Place) -> None:
        if place not in (Place.INSIDE, Place.QUEUE) or not self.call.in_flight:
            return  # whoever is inside has a limit of its own
        error = deadlocked(self.resource, self.entry_point, self.limit, place)
        self.host.announce(error)
        if place is Place.QUEUE:
            self.call.abandon()
        elif self.line is not None:
            self.made = True
            self.line.fail(self, error)
        if not self.future.done():
            self.future.set_exception(error._again())
            self.future.exception()  # told as an event, if nobody waits
        if self.resource is not None:
            self.host.does_not_return(self.resource, error)
