"""Gates that let one call of an entry point through at a time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Gate:
    """Lets one call through at a time. Entering is for a host's loop, leaving for any thread.

    Args:
        outer: a gate that several share. Who has entered this one enters that one as well before
            it is inside.
    """

    def __init__(self, outer: Gate | None = None) -> None:
        self._outer = outer
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: deque[tuple[asyncio.Future[None], bool]] = deque()  # and: patient?
        self._stuck: Exception | None = None
        self._entering: asyncio.Task[None] | None = None  # the outer one; the loop keeps no task

    @property
    def stuck(self) -> Exception | None:
        """What to tell who comes: a call that has gone in does not come out."""
        if self._stuck is not None or self._outer is None:
            return self._stuck
        return self._outer.stuck

    @property
    def busy(self) -> bool:
        return self._busy

    async def enter(self, *, patient: bool = False) -> None:
        """Waits for its turn. One who is patient does so though the call inside is stuck."""
        await self._enter(patient)
        if self._outer is not None:
            try:
                await self._outer.enter(patient=patient)
            except BaseException:
                self._leave()
                raise

    async def pass_through(self, *, patient: bool = False) -> None:
        """Waits until whoever is inside, or came before, has left."""
        await self.enter(patient=patient)
        self.leave()

    def try_enter(self, then: Callable[[], None]) -> bool:
        """Enters if nobody is inside, and calls back once it is inside of the outer gate as well,
        unless a call is stuck there; False: somebody is inside."""
        with self._lock:
            if self._busy:
                return False
            self._busy = True
        if self._outer is None:
            then()
        else:
            entering = self._enter_outer(self._outer, then)
            self._entering = asyncio.get_running_loop().create_task(entering)
        return True

    async def _enter_outer(self, outer: Gate, then: Callable[[], None]) -> None:
        try:
            await outer.enter()
        except Exception:  # a call is stuck there, of which has been told
            self._leave()
        except asyncio.CancelledError:
            self._leave()
            raise
        else:
            then()

    async def _enter(self, patient: bool) -> None:
        with self._lock:
            if self._stuck is not None and not patient:
                raise self._stuck
            if not self._busy:
                self._busy = True
                return
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((turn, patient))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave()  # it was this one's turn already
            raise

    def leave(self) -> None:
        if self._outer is not None:
            self._outer.leave()
        self._leave()

    def _leave(self) -> None:
        while True:
            with self._lock:
                self._stuck = None
                if not self._waiting:
                    self._busy = False
                    return
                turn, _ = self._waiting.popleft()
            loop = turn.get_loop()
            try:
                loop.call_soon_threadsafe(self._give, turn)
            except RuntimeError:
                if not loop.is_closed():  # with its host, and nobody waits there any more
                    raise
            else:
                return

    def _give(self, turn: asyncio.Future[None]) -> None:
        if turn.done():
            self._leave()
        else:
            turn.set_result(None)

    def fail(self, error: Exception) -> None:
        """Whoever waits, and whoever comes, gets the error, until the stuck call leaves. The
        loop."""
        if self._outer is not None:
            self._outer.fail(error)
        with self._lock:
            self._stuck = error
            waiting = self._waiting
            self._waiting = deque(waiter for waiter in waiting if waiter[1])
        for turn, patient in waiting:
            if not patient:
                with contextlib.suppress(RuntimeError):  # closed with its host
                    turn.get_loop().call_soon_threadsafe(self._refuse, turn, error)

    def _refuse(self, turn: asyncio.Future[None], error: Exception) -> None:
        if not turn.done():
            turn.set_exception(error)


class DllGates:
    """What the resources of a DLL share that is not to be reentered: one entry point at a time, and
    one Terminate beside it."""

    def __init__(self) -> None:
        self.entry_points = Gate()
        self.terminate = Gate()
