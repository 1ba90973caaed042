"""What the methods that users call ask of the host, and the arguments that they pass on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from resapi_cy.arguments import data_argument, text_argument, unsigned

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from resapi_cy.enums import OfflineFlags, ResourceState
    from resapi_cy.hosting.engine import EngineResource
    from resapi_cy.hosting.parameters import Parameters
    from resapi_cy.value_list import ClassInfo

Result = TypeVar("Result")


def offline_arguments(
    flags: OfflineFlags | int, destination: str | None, data: bytes | bytearray | memoryview
) -> tuple[int, str | None, bytes]:
    """Checked, before anything is done."""
    if destination is not None:
        text_argument("destination", destination)
    return unsigned("flags", flags, 32), destination, data_argument(data)


def control_arguments(
    control_code: int, data: bytes | bytearray | memoryview, token: int
) -> tuple[int, bytes, int]:
    """Checked, before anything is done."""
    code = unsigned("control_code", control_code, 32)
    return code, data_argument(data), unsigned("token", token, 64)


class Waiting(Protocol):
    """How a user's thread, or a task of a user's loop, waits for what the host does. That goes on
    when the wait has ended, unless it ``may_cancel``."""

    def wait(
        self,
        operation: Coroutine[Any, Any, Result],
        timeout: float | None,
        *,
        may_cancel: bool = False,
    ) -> Result: ...
    async def wait_async(
        self,
        operation: Coroutine[Any, Any, Result],
        timeout: float | None,
        *,
        may_cancel: bool = False,
    ) -> Result: ...


class Operations(Waiting, Protocol):
    """What can be done with a resource: the host's part of it."""

    @property
    def state(self) -> ResourceState: ...
    @property
    def will_restart(self) -> bool: ...
    @property
    def resid(self) -> int: ...
    @property
    def cluster_id(self) -> str: ...
    @property
    def class_info(self) -> ClassInfo: ...
    @property
    def engine(self) -> EngineResource: ...
    @property
    def parameters(self) -> Parameters: ...
    def check_open(self) -> None: ...
    def pickled(self) -> tuple[object, ...]: ...
    def hand_over(self, operation: Coroutine[Any, Any, None]) -> bool: ...
    async def find_class(self) -> None: ...
    async def open(self, flags: int) -> None: ...
    async def online(self, flags: int, data: bytes) -> None: ...
    async def offline(self, flags: int, destination: str | None, data: bytes) -> None: ...
    async def terminate(self) -> None: ...
    async def restart(self) -> None: ...
    async def rename(self, name: str) -> None: ...
    # A HostedResource or a Dependency.
    async def add_dependency(self, one: Any) -> None: ...
    async def remove_dependency(self, one: Any) -> None: ...
    async def delete(self) -> None: ...
    async def close(self) -> None: ...
    async def call(self, entry_point: str) -> int: ...
    async def control(self, control_code: int, data: bytes, token: int) -> bytes: ...
