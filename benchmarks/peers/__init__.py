"""The status callback, written with each of the tools that a user would pick instead.

Every peer does the same: it stores the reported status in a Python object, and answers whether that
resource is terminated. Each is written as its own documentation recommends, and the handle is what
is fastest for it: the object itself, where the tool can do that. (A stale handle crashes such a
callback; a table of handles would cost more.) Each module has

    address              the callback, for native code
    handle_of(resource)  the handle to pass to it
"""

from __future__ import annotations

TERMINATE = 1


class Resource:
    """What a peer keeps of a resource. A tuple is the cheapest thing that holds a whole status."""

    __slots__ = ("status", "terminated")

    def __init__(self) -> None:
        self.status: tuple[int, int, int, int, int] = (-1, 0, 0, 0, 0)
        self.terminated = False
