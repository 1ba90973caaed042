"""A resource type is started once in a process, whichever monitors load it, and a DLL starts one
type at a time: what StartupEx sets up, worker threads may be reading when the next monitor comes.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from resapi_cy.resource_dll import ResourceDll

if TYPE_CHECKING:
    from resapi_cy.resource_dll import EntryPoints


class Library:
    """A loaded DLL, and its types that have been started."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.started: dict[str, EntryPoints] = {}


libraries: dict[ResourceDll, Library] = {}
guard = threading.Lock()


def start(path: str | os.PathLike[str], resource_type: str) -> EntryPoints:
    """The type's entry points. What fails is tried again by the next call."""
    dll = ResourceDll(path)
    with guard:
        library = libraries.setdefault(dll, Library())
    with library.lock:
        if resource_type not in library.started:
            library.started[resource_type] = dll.startup(resource_type)
        return library.started[resource_type]


def renew_locks() -> None:
    """In a forked child: a thread that held one is not there."""
    global guard
    guard = threading.Lock()
    for library in libraries.values():
        library.lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew_locks)
