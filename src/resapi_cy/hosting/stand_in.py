"""A hosted resource that is none: for events that are made by hand, or come from a pickle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from resapi_cy.enums import ExitState, ResourceState
from resapi_cy.errors import ControlCallFailed
from resapi_cy.hosting.common_properties import CommonProperties
from resapi_cy.hosting.resource import HostedResource, ResourceType
from resapi_cy.monitoring.states import OFFLINE, ONLINE
from resapi_cy.monitoring.status import ResourceStatus
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Unpack

    from resapi_cy.hosting.common_properties import CommonValues
    from resapi_cy.hosting.completions import Poll
    from resapi_cy.hosting.dependency import Dependency

Result = TypeVar("Result")

ERROR_INVALID_FUNCTION = 1
ERROR_CALL_NOT_IMPLEMENTED = 120


class ResourceStandIn(HostedResource):
    """A resource that needs no DLL, for tests of what reads a monitor's events, or acts on them. It
    is also what a hosted resource becomes in a pickle, as it was then.

    Args:
        name: the resource's name.
        type_name: its resource type's.
        state: its state, which the test may set at any time.
        properties: common properties, by their names.

    Its operations do nothing but put down in ``calls`` that they were called, and go to the state
    that they are for, in the asyncio form as well. A class derived from it can have them do more,
    or raise. It has no monitor, no handle and no events. Any one thread at a time.

    Attributes:
        state (ResourceState): ``status`` tells the same.
        checkpoint (int): the status's.
        will_restart (bool): False, until it is set.
        restarts, failures (int): 0, until they are set.
        calls (list[str]): ``"online"``, ``"offline"``, ``"terminate"``, ``"restart"``, ``"close"``,
            ``"delete"``, ``"rename"``, ``"add_dependency"``, ``"remove_dependency"``, the entry
            points such as ``"IsAlive"``, and ``"control"``, in the order of the calls.
    """

    # Where the resource class has properties, of a handle that there is none of here.
    name: str = ""
    state: ResourceState = OFFLINE
    will_restart: bool = False
    closed: bool = False
    handle: int = 0
    transitions: int = 0
    exit_state: ExitState = ExitState.CONTINUE
    _is_hosted: bool = True

    def __init__(
        self,
        name: str,
        type_name: str = "",
        state: ResourceState = ONLINE,
        **properties: Unpack[CommonValues],
    ) -> None:
        self.name = name
        self.type = TypeStandIn(type_name)
        self.state = state
        self.checkpoint = 0
        self.properties = CommonProperties(**properties)
        self.dependencies = ()
        self.restarts = self.failures = 0
        self.calls: list[str] = []
        self._operations = OperationsStandIn(self)

    @property
    def status(self) -> ResourceStatus:
        """ResourceStatus: its state and checkpoint."""
        return ResourceStatus(self.state, self.checkpoint)

    @property
    def polls(self) -> list[Poll]:
        """None: nobody asks it how it is."""
        return []

    def terminate(self, timeout: float | None = None) -> None:
        """As ``HostedResource.terminate``, to OFFLINE."""
        self._wait(self._operations.terminate, timeout)

    async def terminate_async(self, timeout: float | None = None) -> None:
        """``terminate`` for an asyncio task."""
        await self._wait_async(self._operations.terminate, timeout)

    def _reasons(self) -> tuple[str, ...]:
        return ()

    def __enter__(self) -> ResourceStandIn:
        return self

    def __repr__(self) -> str:
        state = "closed" if self.closed else self.state.name
        return f"<{type(self).__name__} {self.name!r} {state}>"


class TypeStandIn(ResourceType):
    """The resource type of one."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def __repr__(self) -> str:
        return f"<TypeStandIn {self.name!r}>"


class OperationsStandIn:
    """What is done with one: it waits for nothing."""

    resid = 0
    cluster_id = ""
    will_restart = False

    def __init__(self, resource: ResourceStandIn) -> None:
        self._resource = resource

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"a {type(self._resource).__name__} has no {name}: open a resource of a resource DLL, "
            "or set what the test needs in a class derived from it"
        )

    def wait(
        self,
        operation: Coroutine[Any, Any, Result],
        timeout: float | None,
        *,
        may_cancel: bool = False,
    ) -> Result:
        try:
            operation.send(None)
        except StopIteration as done:
            result: Result = done.value
            return result
        raise AssertionError("it waits for nothing")

    async def wait_async(
        self,
        operation: Coroutine[Any, Any, Result],
        timeout: float | None,
        *,
        may_cancel: bool = False,
    ) -> Result:
        return await operation

    def check_open(self) -> None:
        pass

    def pickled(self) -> tuple[object, ...]:
        return pickled(self._resource)

    def hand_over(self, operation: Coroutine[Any, Any, None]) -> bool:
        return False

    def _do(self, what: str, state: ResourceState | None = None) -> None:
        self._resource.calls.append(what)
        if state is not None:
            self._resource.state = state

    async def online(self, flags: int, data: bytes) -> None:
        self._do("online", ONLINE)

    async def offline(self, flags: int, destination: str | None, data: bytes) -> None:
        self._do("offline", OFFLINE)

    async def terminate(self) -> None:
        self._do("terminate", OFFLINE)

    async def restart(self) -> None:
        self._do("restart", ONLINE)

    async def close(self) -> None:
        self._do("close", OFFLINE)
        self._resource.closed = True

    async def delete(self) -> None:
        self._do("delete", OFFLINE)
        self._resource.closed = True

    async def rename(self, name: str) -> None:
        self._do("rename")
        self._resource.name = name

    async def add_dependency(self, one: HostedResource | Dependency) -> None:
        self._do("add_dependency")
        self._resource.dependencies += (one,)

    async def remove_dependency(self, one: HostedResource | Dependency) -> None:
        self._do("remove_dependency")
        left = tuple(other for other in self._resource.dependencies if other != one)
        self._resource.dependencies = left

    async def call(self, entry_point: str) -> int:
        self._do(entry_point)
        if entry_point in ("LooksAlive", "IsAlive"):
            return int(self._resource.state is ONLINE)
        return ERROR_CALL_NOT_IMPLEMENTED

    async def control(self, control_code: int, data: bytes, token: int) -> bytes:
        self._do("control")
        text = f"resource {self._resource.name!r}: it is a stand-in: "
        raise ControlCallFailed(text + win32_text(ERROR_INVALID_FUNCTION), ERROR_INVALID_FUNCTION)


def pickled(resource: HostedResource) -> tuple[object, ...]:
    """What of a resource goes into a pickle: in another process, nobody hosts it."""
    closed = resource.closed
    values = {
        "name": resource.name,
        "type_name": resource.type.name,
        "properties": resource.properties._set(),
        "state": resource.state,
        "checkpoint": 0 if closed else resource.status.checkpoint,
        "restarts": resource.restarts,
        "failures": resource.failures,
        "will_restart": resource.will_restart,
        "closed": closed,
    }
    return stand_in, (values,)


def stand_in(values: dict[str, Any]) -> ResourceStandIn:
    """One from a pickle."""
    properties = values.pop("properties")
    made = ResourceStandIn(values.pop("name"), values.pop("type_name"), **properties)
    for name, value in values.items():
        setattr(made, name, value)
    return made
