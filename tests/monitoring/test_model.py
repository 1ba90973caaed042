"""Generated sequences of calls against a plain Python model of a monitor."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

import resapi_cy as ra
from resapi_cy import ExitState, ResourceState

CAPACITY = 12
dword = st.integers(0, 2**32 - 1)
statuses = st.builds(
    ra.ResourceStatus,
    st.sampled_from([*ResourceState, 77]),
    st.integers(0, 3) | dword,
    st.integers(0, 1) | st.integers(0, 2**64 - 1),
    st.integers(0, 1) | dword,
    st.integers(0, 1) | dword,
)


@dataclass
class Model:
    resource: ra.Resource
    status: ra.ResourceStatus = field(default_factory=ra.ResourceStatus)
    transitions: int = 0
    terminated: bool = False


def without_checkpoint(status: ra.ResourceStatus) -> tuple[object, ...]:
    return status.state, status.event_handle, status.error_code, status.flags


class MonitorMachine(RuleBasedStateMachine):
    """What is expected of every status, count, answer and event."""

    models = Bundle("models")

    def __init__(self) -> None:
        super().__init__()
        self.monitor = ra.ResourceMonitor(event_capacity=CAPACITY)
        self.open: list[Model] = []
        self.undelivered: list[tuple[ra.Resource, ra.ResourceStatus, ra.ResourceStatus]] = []
        self.dropped = 0

    def teardown(self) -> None:
        undelivered = len(self.undelivered)
        self.monitor.close()
        assert self.monitor.dropped_events == self.dropped + undelivered

    def change(self, model: Model, status: ra.ResourceStatus) -> None:
        if len(self.undelivered) < CAPACITY:
            self.undelivered.append((model.resource, status, model.status))
        else:
            self.dropped += 1
        model.status = status
        model.transitions += 1

    @rule(target=models)
    def open_resource(self) -> Model:
        model = Model(self.monitor.open("r"))
        self.open.append(model)
        return model

    @rule(model=consumes(models))
    def close_resource(self, model: Model) -> None:
        model.resource.close()
        self.open.remove(model)

    @rule(model=models, status=statuses)
    def report(self, model: Model, status: ra.ResourceStatus) -> None:
        answer = model.resource.report(
            status.state,
            checkpoint=status.checkpoint,
            error_code=status.error_code,
            flags=status.flags,
            event_handle=status.event_handle,
        )
        assert answer == (ExitState.TERMINATE if model.terminated else ExitState.CONTINUE)
        if without_checkpoint(status) == without_checkpoint(model.status):
            model.status = status
        else:
            self.change(model, status)

    @rule(model=models, checkpoint=dword)
    def keep_alive(self, model: Model, checkpoint: int) -> None:
        same = model.status
        status = ra.ResourceStatus(
            same.state, checkpoint, same.event_handle, same.error_code, same.flags
        )
        self.report(model, status)

    @rule(model=models)
    def terminate(self, model: Model) -> None:
        model.resource.terminate()
        model.terminated = True

    @rule(
        model=models,
        state=st.sampled_from([ResourceState.ONLINE_PENDING, ResourceState.OFFLINE_PENDING]),
    )
    def begin(self, model: Model, state: ResourceState) -> None:
        model.resource.begin(state)
        self.change(model, ra.ResourceStatus(state))
        model.terminated = False

    def check(self, event: ra.Event) -> None:
        assert isinstance(event, ra.StatusChanged)
        assert (event.resource, event.status, event.previous) == self.undelivered.pop(0)

    @rule()
    def poll(self) -> None:
        events = self.monitor.poll()
        assert len(events) == len(self.undelivered)
        for event in events:
            self.check(event)

    @rule()
    def take_one(self) -> None:
        if self.undelivered:
            self.check(next(self.monitor))

    @invariant()
    def everything_is_as_expected(self) -> None:
        assert self.monitor.resources == [model.resource for model in self.open]
        assert self.monitor.dropped_events == self.dropped
        for model in self.open:
            assert model.resource.status == model.status
            assert model.resource.transitions == model.transitions
            assert (model.resource.exit_state is ExitState.TERMINATE) == model.terminated


MonitorMachine.TestCase.settings = settings(
    max_examples=200, stateful_step_count=60, deadline=None, derandomize=True, database=None
)
TestMonitor = MonitorMachine.TestCase
