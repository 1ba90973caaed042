"""What the engine tells a host."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

Call = TypeVar("Call")  # EngineCall, which knows of this file


class CompletionKind(StrEnum):
    """What has happened. In the engine's order: see core/completions.hpp."""

    RETURNED = "returned"  # a call's last word: the entry point has returned
    NOT_MADE = "not made"  # a call's last word: it was abandoned before it had begun
    OVERDUE = "overdue"  # a call's limit has passed; its last word still comes
    NOT_ALIVE = "not alive"  # IsAlive has said FALSE to a poll, which was the last one
    POLL_OVERDUE = "poll overdue"  # a poll's limit has passed
    POLL_RETURNED = "poll returned"  # one that was told to be overdue has returned
    TERMINATED_AGAIN = "terminated again"  # after an Online or Offline that one ran beside
    HANDLE_LOST = "handle lost"  # somebody has closed the event handle that is waited for
    NO_THREAD = "no thread"  # the system had none; it is tried again
    EVENT_ANSWERED = "event answered"  # its handle was signaled, is not now, and IsAlive was asked


class Place(StrEnum):
    """Where a call was when its limit passed."""

    QUEUE = "queue"  # no thread was to be had for it
    GATE = "gate"  # another entry point of the resource had not returned
    INSIDE = "inside"  # it was inside the DLL
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Completion(Generic[Call]):
    """Something that the engine tells: see ``CompletionKind``.

    Attributes:
        kind: what has happened.
        handle: of the resource; 0 if it is of none.
        call: what the command returned; None if it is of none.
        entry_point: its name; "" if it is of none.
        place: for OVERDUE.
        by_event: for NOT_ALIVE: a signaled event handle led to it.
        seconds: how long the entry point took, where it has returned.
    """

    kind: CompletionKind
    handle: int
    call: Call | None
    entry_point: str
    place: Place
    by_event: bool
    seconds: float


class EntryPointCounts(NamedTuple):
    """The calls of one entry point of one resource.

    Attributes:
        counts: within the first of ``resapi_cy.hosting.engine.BOUNDS``, of the rest within the
            second …, above them all.
        seconds: together.
        code: what the last one returned: 1 and 0 for TRUE and FALSE.
        monotonic: when that was, in nanoseconds of ``time.perf_counter_ns()``; 0: never.
    """

    counts: tuple[int, ...]
    seconds: float
    code: int
    monotonic: int


@dataclass(frozen=True, slots=True)
class Poll:
    """A health check of a hosted resource. Any thread may read it.

    Attributes:
        entry_point (str): which one was asked, "LooksAlive" or "IsAlive".
        alive (bool): what it said.
        monotonic (int): when it returned, in nanoseconds of ``time.perf_counter_ns()``.
        seconds (float): how long it took.
    """

    entry_point: str
    alive: bool
    monotonic: int
    seconds: float
