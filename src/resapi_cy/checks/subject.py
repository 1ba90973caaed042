"""What is to be checked, and what a check can find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from resapi_cy.hosting.common_properties import CommonProperties
from resapi_cy.hosting.private_properties import Given

# PendingTimeout and DeadlockTimeout, in milliseconds: a cluster waits for minutes.
TIMEOUT = 10_000


class CheckFailed(Exception):
    """What must hold does not: why."""


class NotReturned(CheckFailed):
    """An entry point has not returned in time."""


class OpenRefused(CheckFailed):
    """Open has returned NULL.

    Attributes:
        code (int): the Win32 error that it has set by SetLastError; 0 where there is none.
    """

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class NotApplicable(Exception):
    """What must hold can't be seen with this DLL: why."""


class Advice(Exception):
    """What must hold does, and yet something could be better: what."""


@dataclass(frozen=True)
class Subject:
    """A resource type of a resource DLL, and what its resources are given."""

    path: str
    resource_type: str
    resource: str = "Check"
    common: Mapping[str, int] = field(default_factory=dict)
    private: Mapping[str, Given] = field(default_factory=dict)
    dll_directory: str | None = None
    cluster_api: str = "own"  # "system": no key, and no stand-in
    # Of each declared resource that they depend on its name, its type, its private properties.
    dependencies: Sequence[tuple[str, str, Mapping[str, Given]]] = ()

    def common_properties(self) -> CommonProperties:
        """With the defaults of a check, and what was given; raises what CommonProperties
        raises."""
        values = dict(self.common)
        values.setdefault("PendingTimeout", min(TIMEOUT, values.get("DeadlockTimeout", TIMEOUT)))
        values.setdefault("DeadlockTimeout", max(TIMEOUT, values["PendingTimeout"]))
        return CommonProperties(**values)
