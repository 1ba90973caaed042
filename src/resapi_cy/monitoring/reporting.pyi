from typing import Self

from typing_extensions import disjoint_base

from resapi_cy.enums import ExitState, ResourceState, StatusFlags

@disjoint_base
class StatusRoutine:
    def __new__(cls, address: int, handle: int, version: int = 2) -> Self: ...
    @property
    def address(self) -> int: ...
    @property
    def handle(self) -> int: ...
    @property
    def version(self) -> int: ...
    def __call__(
        self,
        state: ResourceState | int,
        *,
        checkpoint: int = 0,
        error_code: int = 0,
        flags: StatusFlags | int = 0,
        event_handle: int = 0,
    ) -> ExitState: ...
