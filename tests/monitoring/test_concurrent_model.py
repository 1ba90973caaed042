"""Generated plans for several threads at once, and what must hold however they interleave."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import resapi_cy as ra
from resapi_cy import ExitState, ResourceState

THREADS = 3
LONG = 60.0

# (what, which resource): the number is taken modulo those that are open.
steps = st.tuples(
    st.sampled_from(["report"] * 6 + ["look"] * 2 + ["terminate", "begin", "poll", "churn"]),
    st.integers(0, 7),
)
plans = st.lists(st.lists(steps, min_size=4, max_size=40), min_size=2, max_size=THREADS)


@dataclass
class Known:
    """What is known of an open resource between two rounds of threads."""

    resource: ra.Resource
    transitions: int = 0
    terminated: bool = False
    # The newest status that was delivered, and the newest of each thread.
    delivered: ra.ResourceStatus = field(default_factory=ra.ResourceStatus)
    newest: dict[int, int] = field(default_factory=dict)


@dataclass
class Done:
    """What one thread did."""

    reports: Counter[ra.Resource] = field(default_factory=Counter)
    terminations: Counter[ra.Resource] = field(default_factory=Counter)
    begins: Counter[ra.Resource] = field(default_factory=Counter)
    answers: list[tuple[ra.Resource, ExitState]] = field(default_factory=list)
    events: list[ra.Event] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)


class ConcurrentMachine(RuleBasedStateMachine):
    """Every report differs from all others, so that each is a transition."""

    def __init__(self) -> None:
        super().__init__()
        self.known: list[Known] = []
        self.handles: set[int] = set()
        self.reported = 0

    @initialize(capacity=st.sampled_from([4, 50, 10_000]))
    def open_monitor(self, capacity: int) -> None:
        # Python's threads take turns as often as they can.
        self.interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        self.monitor = ra.ResourceMonitor(event_capacity=capacity)
        self.lock = threading.Lock()  # so that the events are kept in the order of delivery
        self.delivered = 0
        self.changes = 0
        self.open_resource()

    def teardown(self) -> None:
        if hasattr(self, "monitor"):
            sys.setswitchinterval(self.interval)
            self.monitor.close()
            assert self.monitor.dropped_events + self.delivered == self.changes

    @rule()
    def open_resource(self) -> None:
        if len(self.known) < 4:
            resource = self.monitor.open("r")
            self.note_handle(resource.handle)
            self.known.append(Known(resource))

    def note_handle(self, handle: int) -> None:
        assert handle not in self.handles
        self.handles.add(handle)

    # ---- A thread -----------------------------------------------------------------------------

    def follow(self, thread: int, plan: list[tuple[str, int]], done: Done) -> None:
        for what, number in plan:
            resource = self.known[number % len(self.known)].resource
            if what == "report":
                done.reports[resource] += 1
                answer = self.report(resource, thread, done)
                done.answers.append((resource, answer))
            elif what == "terminate":
                resource.terminate()
                done.terminations[resource] += 1
            elif what == "begin":
                resource.begin(ResourceState.ONLINE_PENDING)
                done.begins[resource] += 1
            elif what == "look":
                status = resource.status
                assert status.flags == status.error_code ^ status.checkpoint
            elif what == "poll":
                with self.lock:
                    done.events += self.monitor.poll()
                    self.taken += done.events
                    done.events.clear()
            else:
                with self.monitor.open("for a moment") as moment:
                    done.opened.append(moment.handle)
                    assert moment.exit_state is ExitState.CONTINUE
                assert moment.closed

    def report(self, resource: ra.Resource, thread: int, done: Done) -> ExitState:
        """Numbered by thread; a status that mixes two of them shows."""
        number = self.base + done.reports.total()
        return resource.report(
            ResourceState.ONLINE_PENDING,
            checkpoint=number,
            error_code=thread,
            flags=number ^ thread,
            event_handle=number,
        )

    # ---- All of them --------------------------------------------------------------------------

    @rule(plans=plans)
    def run_threads(self, plans: list[list[tuple[str, int]]]) -> None:
        self.taken: list[ra.Event] = []
        self.base = self.reported + 1
        self.reported += max(len(plan) for plan in plans) + 1
        dones = [Done() for _ in plans]
        errors: list[BaseException] = []
        start = threading.Barrier(len(plans))

        def run(thread: int) -> None:
            try:
                start.wait(LONG)
                self.follow(thread + 1, plans[thread], dones[thread])
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=(i,)) for i in range(len(plans))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LONG)
            assert not thread.is_alive()
        assert not errors, errors
        for handle in (handle for done in dones for handle in done.opened):
            self.note_handle(handle)
        dropped = self.check_events()
        for known in self.known:
            self.check_resource(known, dones, dropped)
        assert self.monitor.dropped_events + self.delivered == self.changes

    def check_events(self) -> bool:
        """In the order of delivery. Whether some were dropped in this round or one before."""
        self.taken += self.monitor.poll()
        self.delivered += len(self.taken)
        dropped = self.monitor.dropped_events > 0
        by_resource = {known.resource: known for known in self.known}
        for event in self.taken:
            assert isinstance(event, ra.StatusChanged)
            known = by_resource[event.resource]
            assert dropped or event.previous == known.delivered
            known.delivered = event.status
            status = event.status
            assert status.flags == status.error_code ^ status.checkpoint
            if status.error_code:  # a report, and not a begin()
                newest = known.newest.get(status.error_code, 0)
                assert status.checkpoint > newest
                known.newest[status.error_code] = status.checkpoint
        return dropped

    def check_resource(self, known: Known, dones: list[Done], dropped: bool) -> None:
        def count(of: Callable[[Done], Counter[ra.Resource]]) -> int:
            return sum(of(done)[known.resource] for done in dones)

        resource = known.resource
        begins, terminations = count(lambda d: d.begins), count(lambda d: d.terminations)
        changes = count(lambda d: d.reports) + begins
        known.transitions += changes
        self.changes += changes
        assert resource.transitions == known.transitions
        assert dropped or resource.status == known.delivered
        answers = {answer for done in dones for of, answer in done.answers if of is resource}
        if not terminations and not known.terminated:
            assert answers <= {ExitState.CONTINUE}
        if not begins and known.terminated:
            assert answers <= {ExitState.TERMINATE}
        terminated = resource.exit_state is ExitState.TERMINATE
        if begins and not terminations:
            assert not terminated
        elif terminations and not begins:
            assert terminated
        elif not begins:
            assert terminated == known.terminated
        known.terminated = terminated

    @rule(reports=st.integers(20, 300))
    def close_under_fire(self, reports: int) -> None:
        """A resource that is closed while others report: each report was recorded or refused."""
        resource = self.monitor.open("closed under fire")
        self.note_handle(resource.handle)
        rejected = ra.rejected_reports()
        made: list[int] = []

        def run(thread: int) -> None:
            count = 0
            try:
                for number in range(reports):
                    resource.report(
                        ResourceState.ONLINE_PENDING,
                        error_code=thread,
                        flags=thread,
                        event_handle=(self.reported + number) << 8 | thread,
                    )
                    count += 1
            except ra.ClosedError:
                pass
            made.append(count)

        threads = [threading.Thread(target=run, args=(i + 1,)) for i in range(THREADS)]
        for thread in threads:
            thread.start()
        resource.close()
        for thread in threads:
            thread.join(LONG)
        assert len(made) == THREADS
        self.reported += reports
        self.changes += sum(made) - (ra.rejected_reports() - rejected)
        events = self.monitor.poll()
        self.delivered += len(events)
        assert all(event.resource is resource for event in events)
        assert self.monitor.dropped_events + self.delivered == self.changes


ConcurrentMachine.TestCase.settings = settings(
    max_examples=100, stateful_step_count=12, deadline=None, derandomize=True, database=None
)
TestConcurrentMonitor = ConcurrentMachine.TestCase
