"""An Online or an Offline, as it is watched."""

from __future__ import annotations

from dataclasses import dataclass, field

from resapi_cy.checks.subject import CheckFailed, NotApplicable
from resapi_cy.enums import ResourceState
from resapi_cy.monitoring.states import ENDED_BADLY
from resapi_cy.monitoring.status import ResourceStatus
from resapi_cy.win32 import win32_text

ERROR_IO_PENDING = 997

ONLINE, OFFLINE = ResourceState.ONLINE, ResourceState.OFFLINE
ONLINE_PENDING = ResourceState.ONLINE_PENDING
OFFLINE_PENDING = ResourceState.OFFLINE_PENDING
# What a pending resource may be reported as.
PENDING = {
    ONLINE_PENDING: (ResourceState.PENDING, ONLINE_PENDING),
    OFFLINE_PENDING: (ResourceState.PENDING, OFFLINE_PENDING),
}
ENDS = {ONLINE_PENDING: (ONLINE, OFFLINE, *ENDED_BADLY), OFFLINE_PENDING: (OFFLINE, *ENDED_BADLY)}


@dataclass
class Operation:
    """An Online or an Offline, and what was reported meanwhile."""

    entry_point: str
    goal: ResourceState
    pending: ResourceState
    code: int
    event_handle: int = 0
    seconds: float = 0.0
    reports: list[ResourceStatus] = field(default_factory=list)
    end: ResourceStatus | None = None
    trouble: str = ""  # why there is no end
    stalled: bool = False  # the checkpoints have stopped growing
    grown: int = 0  # how often the checkpoint has grown while it was pending
    longest: float = 0.0  # the longest time that it has not, in seconds

    @property
    def asynchronous(self) -> bool:
        return self.code == ERROR_IO_PENDING

    @property
    def checkpoints(self) -> list[int]:
        """Those of the operation's own reports, in their order."""
        states = (*PENDING[self.pending], *ENDS[self.pending])
        return [report.checkpoint for report in self.reports if report.state in states]

    def problem(self) -> str:
        """Why the resource is not where it should be; "" if it is."""
        if self.code == 0:
            return ""
        if not self.asynchronous:
            return f"{self.entry_point} returned {win32_text(self.code)}"
        if self.end is None:
            return self.trouble
        if self.end.state is not self.goal:
            code = f", {win32_text(self.end.error_code)}" if self.end.error_code else ""
            pending = self.pending.name
            return f"it was reported as {self.end.state.name} while {pending}{code}"
        return ""

    def succeeded(self) -> Operation:
        """Itself; fails if the resource is not where it should be."""
        if problem := self.problem():
            raise CheckFailed(problem)
        return self

    def needs_pending(self) -> None:
        """Not applicable unless the entry point has left the work to a worker."""
        if not self.asynchronous:
            raise NotApplicable(f"{self.entry_point} returned {answer_text(self.code)}")

    def __str__(self) -> str:
        if not self.asynchronous:
            return f"{self.entry_point} returned {answer_text(self.code)}"
        return f"pending for {self.seconds:.2f} s"


def answer_text(code: int) -> str:
    """What an entry point has returned, in words."""
    return "ERROR_SUCCESS" if code == 0 else win32_text(code)
