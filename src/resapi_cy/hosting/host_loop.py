"""The event loop of a host: asyncio's own, which waits without a descriptor."""

from __future__ import annotations

import asyncio
import contextlib
import threading


class Sleep:
    """How the loop sleeps until something is there to be done; in the place of a selector."""

    def __init__(self) -> None:
        self._awake = threading.Lock()  # released: it is to wake up
        self._awake.acquire()

    def select(self, timeout: float | None) -> tuple[()]:
        """Sleeps for at most so many seconds; None: for as long as it takes."""
        if timeout is None:
            self._awake.acquire()
        elif timeout > 0:
            self._awake.acquire(timeout=min(timeout, threading.TIMEOUT_MAX))
        else:
            self._awake.acquire(blocking=False)
        return ()

    def wake(self) -> None:
        """Any thread."""
        with contextlib.suppress(RuntimeError):  # it has been told before
            self._awake.release()


class HostLoop(asyncio.BaseEventLoop):
    """Timers, tasks and calls from other threads, and nothing else: no sockets, no processes.

    asyncio's own loops sleep on descriptors, and end for good when somebody closes one. A resource
    DLL that closes what it does not own would take the host with it.
    """

    def __init__(self) -> None:
        super().__init__()
        # What BaseEventLoop asks of its subclasses: these three.
        self._selector = Sleep()

    def _process_events(self, events: tuple[()]) -> None:
        pass

    def _write_to_self(self) -> None:
        self._selector.wake()
