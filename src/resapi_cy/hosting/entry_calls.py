"""Calls of a resource's entry points, in the order that the contract asks for: one at a time, but
for Terminate."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from resapi_cy.errors import ClosedError
from resapi_cy.hosting.calls import Call, Gate
from resapi_cy.hosting.counts import Poll
from resapi_cy.hosting.life_cycle import Deadlocked

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from resapi_cy.hosting.host import Host
    from resapi_cy.hosting.resource import HostedResource
    from resapi_cy.resource_dll import EntryPoints


class EntryCalls:
    """The calls of one resource's entry points. The host's loop, unless said otherwise."""

    def __init__(
        self, host: Host, resource: HostedResource, terminated_again: Callable[[], None]
    ) -> None:
        self.host = host
        self.resource = resource
        self.resid = 0
        self.gate = Gate(host.loop)
        self.closing = False  # nothing but Terminate and Close is called any more
        self.terminating_again: asyncio.Task[None] | None = None
        self._terminate_gate = Gate(host.loop)  # it runs beside the others, not beside itself
        self._terminated_again = terminated_again
        self._inside = ""  # the entry point that has entered the gate last

    @property
    def entry_points(self) -> EntryPoints:
        return self.resource.type.entry_points

    @property
    def limit(self) -> float:
        """How long an entry point may take, in seconds."""
        return self.resource.properties.DeadlockTimeout / 1000

    @property
    def stuck(self) -> bool:
        """Whether a call does not return."""
        return self.gate.stuck is not None or self.terminate_is_stuck

    @property
    def terminate_is_stuck(self) -> bool:
        return self._terminate_gate.stuck is not None

    def check_open(self) -> None:
        """Any thread."""
        if self.resource.closed or self.closing:
            raise ClosedError(
                f"resource {self.resource.name!r} is closed: open it again to get a new handle"
            )

    async def call(self, entry_point: str, function: Callable[..., Any], *arguments: object) -> Any:
        await self.enter_gate(entry_point)
        return await self.call_inside(entry_point, function, *arguments)

    async def enter_gate(self, entry_point: str) -> None:
        """Waits until no other entry point of the resource runs."""
        await self.gate.enter()
        if entry_point != "Close" and (self.resource.closed or self.closing):
            self.gate.leave()
            self.check_open()
        self._inside = entry_point

    async def call_inside(
        self, entry_point: str, function: Callable[..., Any], *arguments: object
    ) -> Any:
        """Calls an entry point once the gate is entered; when it has returned, the gate is left."""
        call = Call(self.resource, entry_point, self.gate, self.limit)
        return await self.host.call(call, function, *arguments)

    async def terminate(self) -> None:
        await self._terminate_gate.enter()
        beside = self.gate.busy and self._inside in ("Online", "Offline")
        call = Call(self.resource, "Terminate", self._terminate_gate, self.limit)
        await self.host.call(call, self.entry_points.terminate, self.resid)
        if beside:
            self.terminating_again = self.host.loop.create_task(self._terminate_again())

    async def _terminate_again(self) -> None:
        """Once more when an Online or Offline that Terminate ran beside has returned, however long
        that takes: it may have started a worker since. Nothing else is called before."""
        await self.gate.enter(patient=True)
        self._inside = "Terminate"
        try:
            with contextlib.suppress(Deadlocked):  # told as an event of its own
                await self.terminate()
        finally:
            self.gate.leave()
            self.terminating_again = None
        self._terminated_again()

    # ---- Polls --------------------------------------------------------------------------------

    def try_poll(self, entry_point: str, dead: Callable[[], None]) -> bool:
        """Polls in a thread of calls, and tells the loop if the resource is dead; False: another
        entry point is running."""
        if not self.gate.try_enter():
            return False
        self._inside = entry_point
        self.host.run_aside(lambda: self._poll(entry_point == "IsAlive", dead))
        return True

    def _poll(self, thorough: bool, dead: Callable[[], None]) -> None:
        """In a thread of calls, with the gate entered. IsAlive decides when LooksAlive says no."""
        alive = not thorough and self._asked("LooksAlive", self.entry_points.looks_alive)
        if not alive:
            alive = self._asked("IsAlive", self.entry_points.is_alive)
        self.gate.leave()
        if not alive:
            self.host.tell(dead)

    def _asked(self, entry_point: str, function: Callable[[int], bool]) -> bool:
        call = Call(self.resource, entry_point, self.gate, self.limit)
        alive = bool(self.host.run_call(call, function, self.resid))
        self.resource.polls.append(Poll(entry_point, alive, time.perf_counter_ns(), call.seconds))
        return alive
