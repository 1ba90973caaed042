"""Control calls that somebody's thread has made by the Cluster API, to a resource or a type of the
monitor: the host makes them as if a user had asked for them, and answers the thread that waits.

That thread holds nothing that the host needs, but a DLL may have an entry point wait for it. So
such a call does not wait for its turn as long as it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from resapi_cy.errors import ClosedError, ControlCallFailed
from resapi_cy.hosting.life_cycle import ResourceFailed
from resapi_cy.hosting.under_way import NoTurn
from resapi_cy.names import folded

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine
    from typing import Any

    from resapi_cy.cluster.request import Request
    from resapi_cy.cluster.surroundings import Surroundings
    from resapi_cy.hosting.host_loop import HostLoop

ERROR_POSSIBLE_DEADLOCK = 1131
ERROR_RESOURCE_NOT_AVAILABLE = 5006
ERROR_RESOURCE_TYPE_NOT_FOUND = 5078

# How long one waits for its turn, in seconds: ten times what an entry point should take.
TURN = 3.0


class Answers(Protocol):
    """A resource, or a type, that is there. The loop."""

    def requested(self, control_code: int, data: bytes) -> Coroutine[Any, Any, bytes]: ...


class Asked(Protocol):
    """The host. The loop."""

    @property
    def surroundings(self) -> Surroundings | None: ...
    @property
    def types(self) -> dict[str, Answers]: ...
    def resource_named(self, name: str) -> Answers | None: ...
    @property
    def loop(self) -> HostLoop: ...


class Requests:
    """Those that have not been answered. The host's loop."""

    def __init__(self, host: Asked) -> None:
        self._host = host
        self._tasks: dict[asyncio.Task[bytes], Answers] = {}
        self._ended = False

    def look(self) -> None:
        """Takes those that there are."""
        surroundings = self._host.surroundings
        while surroundings is not None and (request := surroundings.take_request()) is not None:
            self._begin(surroundings, request)

    def _begin(self, surroundings: Surroundings, request: Request) -> None:
        host, name = self._host, request.name
        whose = host.types.get(folded(name)) if request.of_type else host.resource_named(name)
        if whose is None or self._ended:
            not_there = request.of_type and not self._ended
            code = ERROR_RESOURCE_TYPE_NOT_FOUND if not_there else ERROR_RESOURCE_NOT_AVAILABLE
            surroundings.answer_request(request.number, code, b"")
            return

        def ended(task: asyncio.Task[bytes]) -> None:
            self._tasks.pop(task, None)
            surroundings.answer_request(request.number, *answer(task))

        task = host.loop.run_task(whose.requested(request.code, request.data), ended)
        self._tasks[task] = whose

    def give_up(self, whose: Answers | None = None) -> None:
        """Answers those of one that is about to be closed; None: all of them, and all that come."""
        self._ended = self._ended or whose is None
        for task, asked in list(self._tasks.items()):
            if whose is None or asked is whose:
                task.cancel()


def answer(task: asyncio.Task[bytes]) -> tuple[int, bytes]:
    """The code and the output."""
    if task.cancelled():
        return ERROR_RESOURCE_NOT_AVAILABLE, b""
    match task.exception():
        case None:
            return 0, task.result()
        case ControlCallFailed() | ResourceFailed() as error:  # a Deadlocked, WAIT_TIMEOUT
            return error.code, b""
        case NoTurn():
            return ERROR_POSSIBLE_DEADLOCK, b""
        case ClosedError():
            return ERROR_RESOURCE_NOT_AVAILABLE, b""
        case error:
            task.get_loop().call_exception_handler(
                {"message": "in a control call by the Cluster API", "exception": error}
            )
            return ERROR_RESOURCE_NOT_AVAILABLE, b""
