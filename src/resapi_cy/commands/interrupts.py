"""Ctrl-C and its kin, to a command that ends in order."""

from __future__ import annotations

import concurrent.futures
import math
import signal
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from resapi_cy.commands.signals import wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Self

    from resapi_cy.commands.record import Record

Result = TypeVar("Result")

# The exit code of a command that was interrupted and did not end in order.
INTERRUPTED = 130
# How long to wait between two looks whether there was one, in seconds.
LOOK = 0.05


class Interrupts:
    """Counts Ctrl-C and its kin, unless somebody wants them ignored. A context manager around what
    they interrupt.

    With a process that watches over this one, it counts: a terminal sends them to both, and code of
    a DLL can do nothing about them there. What reaches this process alone counts as one at most.

    Args:
        record: the record of the process that watches over this one, if there is one.

    Attributes:
        caught: the signals.
    """

    def __init__(self, record: Record | None = None) -> None:
        self._record = record
        self._seen = 0
        self.caught = wanted()
        self._before: dict[int, object] = {}

    @property
    def count(self) -> int:
        if self._record is None:
            return self._seen
        return max(self._record.interrupts, min(self._seen, 1))

    def __enter__(self) -> Self:
        self._before = {number: signal.getsignal(number) for number in self.caught}
        self.listen()
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def listen(self) -> None:
        """Sets the handlers, again if need be: code of a DLL may have set others."""
        for number in self.caught:
            signal.signal(number, self._interrupt)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._seen += 1

    def during(self, function: Callable[[], Result], limit: float = math.inf) -> Result:
        """Calls a function in another thread, and raises KeyboardInterrupt as soon as the command
        is interrupted, or TimeoutError after so many seconds; the thread is left alone then, and
        does not keep the process from ending."""
        future: concurrent.futures.Future[Result] = concurrent.futures.Future()

        def call() -> None:
            try:
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=call, name="resapi-monitor", daemon=True).start()
        deadline = time.monotonic() + limit
        while not future.done():
            self.listen()
            if time.monotonic() >= deadline:
                raise TimeoutError
            if self.count:
                raise KeyboardInterrupt
            concurrent.futures.wait([future], LOOK)
        return future.result()
