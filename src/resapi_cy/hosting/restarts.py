"""What follows a failure that nobody waited for: plain logic, without a clock, a loop or a DLL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resapi_cy.enums import RestartAction
from resapi_cy.hosting.common_properties import LARGEST

if TYPE_CHECKING:
    from resapi_cy.hosting.common_properties import CommonProperties


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about a failure.

    Attributes:
        delay: restart after so many milliseconds; None: not now.
        failover: ask for a failover now, after so many failures; 0: don't.
        given_up: there is no restart but what ``delay`` says, after so many failures; 0: it is not
            given up.
        begins_series: the restart is the first of another series.
        ask_again: once the entry point that is stuck has returned; else, without a delay, the
            resource is given up.
    """

    delay: int | None = None
    failover: int = 0
    given_up: int = 0
    begins_series: bool = False
    ask_again: bool = False


GIVE_UP = Decision(given_up=1)


class Restarts:
    """The restarts of a resource, as far as they count for what follows its next failure.

    There are series of them: as many as RestartThreshold within RestartPeriod, and when they are
    used up, a failover is asked for, and the next series begins RetryPeriodOnFailure later.
    """

    def __init__(self) -> None:
        self._made_at: list[float] = []  # most resources have none, and a deque takes 0.6 KB

    def after_failure(
        self, properties: CommonProperties, now: float, *, stuck: bool = False
    ) -> Decision:
        """What follows a failure.

        Args:
            properties: the resource's.
            now: in seconds, on a clock that only grows.
            stuck: an entry point does not return, so that nothing can be called.
        """
        if properties.RestartAction == RestartAction.DONT_RESTART:
            return GIVE_UP
        period = properties.RestartPeriod / 1000
        while self._made_at and now - self._made_at[0] > period:
            self._made_at.pop(0)
        failures = len(self._made_at) + 1
        asks = properties.RestartAction == RestartAction.RESTART_NOTIFY
        failover = failures if asks else 0
        if stuck:
            return Decision(failover=failover, ask_again=True)
        if len(self._made_at) < properties.RestartThreshold:
            return Decision(properties.RestartDelay)
        retry = properties.RetryPeriodOnFailure
        delay = None if retry == LARGEST else retry
        return Decision(delay, failover, failures, begins_series=True)

    def made(self, decision: Decision, now: float) -> int:
        """Counts a restart that was decided on; which one of those that count it is, from 1."""
        if decision.begins_series:
            self._made_at.clear()
        self._made_at.append(now)
        return len(self._made_at)
