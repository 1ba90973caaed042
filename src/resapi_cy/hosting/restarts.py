"""What follows a failure that nobody waited for: plain logic, without a clock, a loop or a DLL."""

from __future__ import annotations

from collections import deque
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
        delay: restart after so many milliseconds; None: the resource is given up.
        failover: ask for a failover now, after so many failures; 0: don't.
    """

    delay: int | None
    failover: int = 0


GIVE_UP = Decision(None)


class Restarts:
    """The restarts of a resource, as far as they count for what follows its next failure."""

    def __init__(self) -> None:
        self._made_at: deque[float] = deque()
        self._last_attempt_made = False

    def came_online(self) -> None:
        """The resource is online: whatever fails next is another failure."""
        self._last_attempt_made = False

    def after_failure(
        self, properties: CommonProperties, now: float, *, stuck: bool = False
    ) -> Decision:
        """What follows a failure; counts the restart.

        Args:
            properties: the resource's.
            now: in seconds, on a clock that only grows.
            stuck: an entry point does not return, so that nothing can be called.
        """
        if properties.RestartAction == RestartAction.DONT_RESTART:
            return GIVE_UP
        period = properties.RestartPeriod / 1000
        while self._made_at and now - self._made_at[0] > period:
            self._made_at.popleft()
        if not stuck and len(self._made_at) < properties.RestartThreshold:
            self._made_at.append(now)
            return Decision(properties.RestartDelay)
        if self._last_attempt_made:
            return GIVE_UP
        self._last_attempt_made = True
        retry = properties.RetryPeriodOnFailure
        asks = properties.RestartAction == RestartAction.RESTART_NOTIFY
        return Decision(None if retry == LARGEST else retry, len(self._made_at) + 1 if asks else 0)
