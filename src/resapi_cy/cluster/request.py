"""A control call that somebody's thread has made by the Cluster API, and waits for."""

from __future__ import annotations

from typing import NamedTuple


class Request(NamedTuple):
    """One of them.

    Attributes:
        number: of this one.
        of_type: of a resource type; else of a resource.
        name: whose.
        code: the control code.
        data: the input.
    """

    number: int
    of_type: bool
    name: str
    code: int
    data: bytes
