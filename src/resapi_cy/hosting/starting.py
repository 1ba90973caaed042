"""A resource type is started once in a process, whichever monitors load it, and a DLL starts one
type at a time: what StartupEx sets up, worker threads may be reading when the next monitor comes.

The DLL's code runs in threads of its own here, so that who waits for it can give it up.
"""

from __future__ import annotations

import concurrent.futures
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from resapi_cy import witness
from resapi_cy.arguments import text_argument
from resapi_cy.hosting.common_properties import CommonProperties
from resapi_cy.hosting.life_cycle import Deadlocked, FailureCause, right_now
from resapi_cy.names import folded
from resapi_cy.resource_dll import ResourceDll

if TYPE_CHECKING:
    from collections.abc import Callable

    from resapi_cy.resource_dll import EntryPoints

Result = TypeVar("Result")

# A thread that waits wakes up this often to let Ctrl-C through: Windows' waits can't be
# interrupted. In seconds.
SLICE = 0.05 if sys.platform == "win32" else 3600.0
WAIT_TIMEOUT = 258


class Library:
    """A loaded DLL, and its types that have been started, by their folded names."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.started: dict[str, EntryPoints] = {}
        self.asked: ResourceDll | None = None  # for a type, as the last; it is one library's


libraries: dict[ResourceDll, Library] = {}
guard = threading.Lock()


class Start:
    """What a thread does to start a type, and how far it has come."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        resource_type: str,
        dll_directory: str | os.PathLike[str] | None,
        limit: float,
    ) -> None:
        self.path = path
        self.resource_type = resource_type
        self.dll_directory = dll_directory
        self.limit = limit  # seconds
        self.given_up = False
        self.library: Library | None = None
        self.has_turn = False

    @property
    def entry_point(self) -> str:
        """What has been called."""
        asked = None if self.library is None else self.library.asked
        return "LoadLibrary" if asked is None else asked._asked

    @property
    def doing(self) -> str:
        if self.library is None or self.library.asked is None:
            return "loading it"
        if self.has_turn:
            return f"its {self.entry_point} for the type {self.resource_type!r}"
        return f"an earlier call of its {self.entry_point}"

    def run(self) -> EntryPoints:
        arguments = self.path, self.dll_directory
        dll = witness.call("the loading of the DLL", ResourceDll, *arguments)
        with guard:
            library = self.library = libraries.setdefault(dll, Library())
        if not library.lock.acquire(timeout=self.limit):
            raise TimeoutError
        try:
            return self.started(dll, library)
        finally:
            library.lock.release()

    def started(self, dll: ResourceDll, library: Library) -> EntryPoints:
        name = folded(self.resource_type)
        if name not in library.started:
            if self.given_up:  # while it waited for its turn
                raise TimeoutError
            library.asked = dll
            self.has_turn = True
            library.started[name] = dll.startup(self.resource_type)
        return library.started[name]


def start(
    path: str | os.PathLike[str],
    resource_type: str,
    dll_directory: str | os.PathLike[str] | None,
    deadlock_timeout: int,
) -> EntryPoints:
    """The type's entry points. What fails is tried again by the next call; what takes longer than
    so many milliseconds goes on, and whoever asks again may find it done."""
    text_argument("resource_type", resource_type)
    checked = CommonProperties(PendingTimeout=10, DeadlockTimeout=deadlock_timeout)
    limit = checked.DeadlockTimeout / 1000
    starting = Start(path, resource_type, dll_directory, limit)
    try:
        return aside(starting.run, limit)
    except TimeoutError:
        text = (
            f"resource DLL {os.fspath(path)!r}: {starting.doing} has not returned within "
            f"{limit:g} s (DeadlockTimeout): have it return at once, and do the work in Online"
        )
        raise Deadlocked(
            None,
            FailureCause.DEADLOCK_TIMEOUT,
            WAIT_TIMEOUT,
            starting.entry_point,
            message=text,
            **right_now(None),
        ) from None
    finally:
        starting.given_up = True


def aside(function: Callable[[], Result], limit: float | None = None) -> Result:
    """Calls a function in a thread of its own, and waits so many seconds for it. Ctrl-C, or a
    TimeoutError, ends the wait, and not the thread; that does not keep the process from ending."""
    future: concurrent.futures.Future[Result] = concurrent.futures.Future()

    def work() -> None:
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=work, name="resapi_cy start", daemon=True).start()
    deadline = None if limit is None else time.monotonic() + limit
    while True:
        left = SLICE if deadline is None else min(SLICE, max(deadline - time.monotonic(), 0))
        concurrent.futures.wait([future], left)
        if future.done():
            return future.result()
        if deadline is not None and time.monotonic() >= deadline:
            raise TimeoutError


def renew_locks() -> None:
    """In a forked child: a thread that held one is not there."""
    global guard
    guard = threading.Lock()
    for library in libraries.values():
        library.lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew_locks)
