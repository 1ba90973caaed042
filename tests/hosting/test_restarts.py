"""What follows a failure: the decisions alone, on a clock of the test's."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from resapi_cy import CommonProperties, RestartAction
from resapi_cy.hosting.restarts import GIVE_UP, Decision, Restarts

NO_RETRY = 2**32 - 1


class Clockwork:
    """A resource whose restarts are made when they are decided on, and take `seconds` to fail."""

    def __init__(self, seconds: float = 0.0, **properties: int) -> None:
        self.properties = CommonProperties(**properties)
        self.seconds = seconds
        self.restarts = Restarts()
        self.now = 1000.0
        self.made: list[float] = []
        self.failovers: list[int] = []

    def fail(self, *, stuck: bool = False) -> Decision:
        decision = self.restarts.after_failure(self.properties, self.now, stuck=stuck)
        if decision.failover:
            self.failovers.append(decision.failover)
        if decision.delay is not None:
            self.now += decision.delay / 1000
            self.restarts.made(decision, self.now)
            self.made.append(self.now)
            self.now += self.seconds
        return decision


def test_restart_threshold_restarts_make_a_series() -> None:
    clock = Clockwork(RestartThreshold=3, RestartDelay=10)
    assert [clock.fail().delay for _ in range(4)] == [10, 10, 10, 3_600_000]
    assert clock.failovers == [4]


def test_the_restart_after_the_retry_period_is_the_first_of_the_next_series() -> None:
    clock = Clockwork(
        RestartThreshold=3, RestartDelay=10, RestartPeriod=500, RetryPeriodOnFailure=1000
    )
    series = [10, 10, 10, 1000]
    assert [clock.fail().delay for _ in range(10)] == [*series, *series[1:], *series[1:]]
    assert clock.failovers == [4, 4, 4]


def test_a_retry_period_that_is_no_longer_than_the_restart_period_begins_a_series_as_well() -> None:
    clock = Clockwork(
        RestartThreshold=2, RestartDelay=0, RestartPeriod=1000, RetryPeriodOnFailure=1000
    )
    assert [clock.fail().delay for _ in range(7)] == [0, 0, 1000, 0, 1000, 0, 1000]


def test_without_restarts_in_a_series_each_retry_period_has_one() -> None:
    clock = Clockwork(RestartThreshold=0, RestartPeriod=0, RetryPeriodOnFailure=100)
    assert [clock.fail().delay for _ in range(3)] == [100, 100, 100]
    assert clock.failovers[0] == 1


def test_a_resource_without_a_retry_period_is_given_up_and_a_failover_asked_for() -> None:
    clock = Clockwork(RestartThreshold=1, RetryPeriodOnFailure=NO_RETRY)
    assert clock.fail().delay == 500
    given_up = clock.fail()
    assert given_up == Decision(None, failover=2, given_up=2, begins_series=True)


def test_restarts_outside_the_period_do_not_count() -> None:
    clock = Clockwork(0.2, RestartThreshold=1, RestartPeriod=100, RestartDelay=0)
    assert [clock.fail().delay for _ in range(5)] == [0] * 5
    assert clock.failovers == []


def test_only_restart_notify_asks_for_a_failover() -> None:
    clock = Clockwork(RestartAction=RestartAction.RESTART_NO_NOTIFY, RestartThreshold=1)
    assert [clock.fail().delay for _ in range(2)] == [500, 3_600_000]
    assert clock.fail(stuck=True).ask_again
    assert clock.failovers == []


def test_a_resource_that_is_not_to_be_restarted_is_given_up_stuck_or_not() -> None:
    clock = Clockwork(RestartAction=RestartAction.DONT_RESTART)
    assert clock.fail() == clock.fail(stuck=True) == GIVE_UP


def test_what_is_stuck_costs_no_restart_and_asks_for_a_failover_at_once() -> None:
    clock = Clockwork(RestartThreshold=2, RestartDelay=10)
    for _ in range(3):
        assert clock.fail(stuck=True) == Decision(failover=1, ask_again=True)
    assert [clock.fail().delay for _ in range(3)] == [10, 10, 3_600_000]


def test_a_restart_that_was_decided_on_and_not_made_does_not_count() -> None:
    restarts, properties = Restarts(), CommonProperties(RestartThreshold=1)
    for _ in range(3):
        assert restarts.after_failure(properties, 0.0).delay == 500


@given(
    threshold=st.integers(0, 5),
    period=st.integers(0, 1000),
    longer=st.integers(0, 1000),
    delay=st.integers(0, 100),
    seconds=st.floats(0, 1),
)
def test_no_period_has_more_restarts_than_the_threshold_and_there_is_always_a_next_one(
    threshold: int, period: int, longer: int, delay: int, seconds: float
) -> None:
    clock = Clockwork(
        seconds,
        RestartThreshold=threshold,
        RestartPeriod=period,
        RetryPeriodOnFailure=period + longer,
        RestartDelay=delay,
    )
    decisions = [clock.fail() for _ in range(40)]
    assert all(decision.delay is not None for decision in decisions)
    # The first of a series is RetryPeriodOnFailure after the last failure, whatever was before.
    for first, made in enumerate(clock.made):
        within = [m for m in clock.made[first:] if m - made < period / 1000 - 1e-6]
        assert len(within) <= max(threshold, 1)
    for decision in decisions:
        assert bool(decision.failover) is bool(decision.given_up) is decision.begins_series
