from typing import Self

from typing_extensions import disjoint_base

from resapi_cy.enums import ResourceState, StatusFlags

@disjoint_base
class ResourceStatus:
    __match_args__ = ("state", "checkpoint", "event_handle", "error_code", "flags")
    def __new__(
        cls,
        state: ResourceState | int = ResourceState.UNKNOWN,
        checkpoint: int = 0,
        event_handle: int = 0,
        error_code: int = 0,
        flags: StatusFlags | int = 0,
    ) -> Self: ...
    @property
    def state(self) -> ResourceState: ...
    @property
    def checkpoint(self) -> int: ...
    @property
    def event_handle(self) -> int: ...
    @property
    def error_code(self) -> int: ...
    @property
    def flags(self) -> StatusFlags: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...
