"""What a run of `resapi-monitor run` shows: a row for each resource, and what it comes to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import resapi_cy as ra
from resapi_cy.commands.interrupts import INTERRUPTED

if TYPE_CHECKING:
    from resapi_cy.hosting.private_properties import Given


@dataclass
class Row:
    """A resource, and what was seen of it. The tasks set `resource`, `refusal` and what begins
    with `is_` or `went_`; the rest is the main thread's."""

    name: str
    common: dict[str, int]
    private: dict[str, Given]
    resource: ra.HostedResource | None = None
    refusal: str | None = None  # why its properties are wrong
    is_given_up: bool = False  # it could not be opened, or did not come online
    was_online: bool = False
    went_offline: bool = False  # in order, from ONLINE
    checkpoint: int = 0
    checkpoint_since: float = field(default_factory=time.monotonic)
    transitions: int = 0
    failures: int = 0
    log_messages: int = 0
    last_log: ra.LogMessage | None = None
    polls: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})  # by: alive?
    last_poll: ra.Poll | None = None

    @property
    def state(self) -> ra.ResourceState:
        if self.resource is None:
            return ra.ResourceState.FAILED if self.is_given_up else ra.ResourceState.UNKNOWN
        return self.resource.state

    @property
    def restarts(self) -> int:
        return 0 if self.resource is None else self.resource.restarts

    @property
    def is_over(self) -> bool:
        """Whether it can't come online any more."""
        if self.is_given_up or self.resource is None or not self.was_online:
            return self.is_given_up
        failed = ra.ResourceState.FAILED
        # FAILED before and after: it has not been restarted meanwhile.
        return self.state is failed and not self.resource.will_restart and self.state is failed


@dataclass
class Summary:
    rows: list[Row]
    seconds: float
    dropped: int  # events
    rejected: int  # reports
    interrupted: bool  # twice

    @property
    def exit_code(self) -> int:
        if self.interrupted:
            return INTERRUPTED
        return int(not all(row.was_online and row.went_offline for row in self.rows))
