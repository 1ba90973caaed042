"""Calls of a resource's entry points, in the order that the contract asks for: one at a time, but
for Terminate."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

from resapi_cy.errors import ClosedError
from resapi_cy.hosting.calls import Call
from resapi_cy.hosting.counts import Poll
from resapi_cy.hosting.gates import Gate
from resapi_cy.hosting.life_cycle import Deadlocked

if TYPE_CHECKING:
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
        of_dll = resource.type._gates
        self.gate = Gate(None if of_dll is None else of_dll.entry_points)
        self.closing = False  # nothing but Terminate and Close is called any more
        self.terminating_again: asyncio.Task[None] | None = None
        # Terminate runs beside the others, not beside itself.
        self._terminate_gate = Gate(None if of_dll is None else of_dll.terminate)
        self._terminate_is_owed = False  # it could not be called: an earlier one is stuck
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
    def stuck(self) -> str:
        """The entry point that does not return; "": none."""
        error = self.gate.stuck or self._terminate_gate.stuck
        return error.entry_point if isinstance(error, Deadlocked) else ""

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
        self._terminate_is_owed = True
        await self._terminate_gate.enter()
        self._terminate_is_owed = False
        beside = self.gate.busy and self._inside in ("Online", "Offline")
        call = Call(self.resource, "Terminate", self._terminate_gate, self.limit)
        await self.host.call(call, self.entry_points.terminate, self.resid)
        if beside:
            self._terminate_later()

    def _terminate_later(self) -> asyncio.Task[None]:
        if self.terminating_again is None:
            self.terminating_again = self.host.loop.create_task(self._terminate_again())
        return self.terminating_again

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

    async def returned(self) -> None:
        """Waits until each call of the resource has returned, however long that takes, and
        Terminate has been called since it failed."""
        while True:
            await self._terminate_gate.pass_through(patient=True)
            if self._terminate_is_owed:
                self._terminate_later()
            if self.terminating_again is not None:
                await asyncio.wait([self.terminating_again])
            await self.gate.pass_through(patient=True)
            if not self.stuck and self.terminating_again is None:
                return

    async def wait_for_calls(self) -> bool:
        """Waits until no entry point of the resource runs; False: one is stuck."""
        try:
            await self._terminate_gate.pass_through()
            await self.gate.pass_through()
        except Deadlocked:
            return False
        return True

    # ---- Polls --------------------------------------------------------------------------------

    def try_poll(
        self,
        entry_point: str,
        is_wanted: Callable[[], bool],
        answered: Callable[[bool], None],
        *,
        tell_alive: bool,
    ) -> bool:
        """Polls in a thread of calls, and tells the loop if the resource is dead, or alive if that
        is asked for; False: another entry point is running. IsAlive decides when LooksAlive says
        no.

        Args:
            is_wanted: whether the resource is still to be polled; any thread.
        """

        def poll() -> None:  # in a thread of calls, with the gate entered
            alive = True
            if is_wanted():
                alive = entry_point == "LooksAlive" and self._asked(
                    "LooksAlive", self.entry_points.looks_alive
                )
                if not alive and is_wanted():
                    alive = self._asked("IsAlive", self.entry_points.is_alive)
            self.gate.leave()
            if tell_alive or not alive:
                self.host.tell(answered, alive)

        def enter() -> None:
            self._inside = entry_point
            self.host.run_aside(poll)

        return self.gate.try_enter(enter)

    def _asked(self, entry_point: str, function: Callable[[int], bool]) -> bool:
        call = Call(self.resource, entry_point, self.gate, self.limit)
        alive = bool(self.host.run_call(call, function, self.resid))
        self.resource.polls.append(Poll(entry_point, alive, time.perf_counter_ns(), call.seconds))
        return alive
