"""Calls of a resource's entry points, in the order that the contract asks for: one at a time, but
for Terminate. The engine sees to that; here is who waits for them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from resapi_cy import witness
from resapi_cy.errors import ClosedError
from resapi_cy.hosting.completions import CompletionKind
from resapi_cy.hosting.life_cycle import Deadlocked
from resapi_cy.hosting.under_way import Line, UnderWay, deadlocked

if TYPE_CHECKING:
    from collections.abc import Callable

    from resapi_cy.hosting.completions import Completion
    from resapi_cy.hosting.engine import EngineCall, EngineResource
    from resapi_cy.hosting.host import Host
    from resapi_cy.hosting.native_calls import SharedCalls
    from resapi_cy.hosting.resource import HostedResource
    from resapi_cy.resource_dll import EntryPoints

# What may start workers, so that a Terminate beside it has to be followed by another one.
BRINGING = ("Online", "Offline")


class EntryCalls:
    """The calls of one resource's entry points. The host's loop, unless said otherwise.

    Args:
        shared: what it shares with others of a DLL that is not to be reentered.

    Attributes:
        engine (EngineResource): the resource, as the engine knows it.
        closing (bool): nothing but Terminate and Close is called any more.
    """

    engine: EngineResource

    def __init__(self, host: Host, shared: SharedCalls | None, resource: HostedResource) -> None:
        self.host = host
        self.resource = resource
        self._shared = shared
        if shared is None:
            self.native = host.calls
            self.line, self.terminate_line = Line(), Line()
        else:
            self.native = shared.calls
            self.line, self.terminate_line = shared.line, shared.terminate_line
        self.closing = False
        self._under_way: set[UnderWay] = set()
        self._terminates = False  # once more, after an Online or Offline that it ran beside
        self._terminate_is_owed = False  # it could not be called: an earlier one is stuck
        # Of a call that has come to its end, or does not: while somebody waits for that.
        self._news: asyncio.Event | None = None

    def begin(self) -> None:
        """Before the first call: the resource has its handle now."""
        gate = None if self._shared is None else self._shared.gate
        if witness.witness is not None:
            witness.witness.name(self.resource.handle, self.resource.name)
        self.engine = self.native.engine.add(self.resource.handle, self.entry_points, gate)

    @property
    def entry_points(self) -> EntryPoints:
        return self.resource.type.entry_points

    @property
    def resid(self) -> int:
        """0: there is none."""
        return self.engine.resid

    @property
    def limit(self) -> float:
        """How long an entry point may take, in seconds."""
        return self.resource.properties.DeadlockTimeout / 1000

    @property
    def stuck(self) -> str:
        """The entry point that does not return; "": none."""
        error = self.line.stuck or self.terminate_line.stuck
        return "" if error is None else error.entry_point

    @property
    def terminate_is_stuck(self) -> bool:
        return self.terminate_line.stuck is not None

    @property
    def brings_workers(self) -> bool:
        """Whether an Online or Offline has not returned, or Terminate is called once more after
        it."""
        return self._terminates or any(one.entry_point in BRINGING for one in self._under_way)

    def check_open(self) -> None:
        """Any thread."""
        if self.resource.closed or self.closing:
            raise self._closed()

    def _closed(self) -> ClosedError:
        return ClosedError(
            f"resource {self.resource.name!r} is closed: open it again to get a new handle"
        )

    def close(self) -> None:
        """From now on, nothing but Terminate and Close is called."""
        self.closing = True
        self.line.refuse(self.resource, self._closed())

    # ---- Calls --------------------------------------------------------------------------------

    async def call(
        self,
        entry_point: str,
        put: Callable[[], EngineCall],
        ended: Callable[[UnderWay], object] | None = None,
        turn: float | None = None,
    ) -> EngineCall:
        """A call when its turn comes.

        Args:
            put: asks the engine for it.
            ended: called when its last word has come, whoever still waits for it.
            turn: as for ``UnderWay.wait``.
        """
        if entry_point != "Close":
            self.check_open()
        self.line.check()
        return await self._put(entry_point, put, self.line, ended=ended).wait(turn)

    async def open(self, flags: int, key: int) -> EngineCall:
        """Open. Who gives up waiting has what it opens closed when it returns."""
        self.line.check()
        under_way = self._put(
            "Open",
            lambda: self.engine.open(self.resource.name, flags, key, limit=self.limit),
            self.line,
        )
        try:
            return await under_way.wait()
        except (asyncio.CancelledError, Deadlocked):
            self.native.let_go(under_way)
            raise

    async def call_plain(self, entry_point: str) -> EngineCall:
        """A call of one that takes the RESID and nothing else."""
        return await self.call(entry_point, lambda: self.engine.call(entry_point, limit=self.limit))

    async def enter_gate(self, *, patient: bool = False) -> None:
        """Waits until no other entry point of the resource runs, and keeps it so.

        Args:
            patient: though the one that runs does not return.
        """
        if not patient:
            self.line.check()
        if not self.engine.try_turn():
            turn = self._put("", self.engine.turn, self.line, patient=patient, limit=0.0)
            try:
                await turn.wait()
            except asyncio.CancelledError:
                if turn.future.done() and not turn.abandoned:
                    self.engine.leave()
                raise
        if self.resource.closed or self.closing:
            self.engine.leave()
            self.check_open()

    async def call_inside(self, entry_point: str, put: Callable[[], EngineCall]) -> EngineCall:
        """Calls an entry point once the gate is entered; when it has returned, the gate is left."""
        return await self._put(entry_point, put, self.line, inside=True).wait()

    async def terminate(self) -> None:
        self._terminate_is_owed = True
        self.terminate_line.check()
        under_way = self._put(
            "Terminate",
            lambda: self.engine.call("Terminate", limit=self.limit),
            self.terminate_line,
        )
        try:
            await under_way.wait()
        finally:
            self._terminate_is_owed = not under_way.made

    def _put(
        self,
        entry_point: str,
        put: Callable[[], EngineCall],
        line: Line,
        *,
        limit: float | None = None,
        patient: bool = False,
        inside: bool = False,
        ended: Callable[[UnderWay], object] | None = None,
    ) -> UnderWay:
        def last_word(under_way: UnderWay) -> None:
            self._under_way.discard(under_way)
            if under_way.made and entry_point in BRINGING:
                self._terminates = under_way.call.terminates
            if not entry_point and under_way.made and under_way.abandoned:
                self.engine.leave()
            if ended is not None:
                ended(under_way)
            self._tell_news()

        under_way = UnderWay(
            self.host,
            self.resource,
            entry_point,
            line,
            self.limit if limit is None else limit,
            patient=patient or inside,
            ended=last_word,
        )
        self._under_way.add(under_way)
        try:
            self.native.put(self.host, under_way, put)
        except BaseException:
            self._under_way.discard(under_way)
            raise
        return under_way

    # ---- Waiting for what runs ----------------------------------------------------------------

    async def returned(self) -> None:
        """Waits until each call of the resource has returned, however long that takes, and
        Terminate has been called since it failed."""
        while True:
            await self._free(self.terminate_line)
            if self._terminate_is_owed:
                with contextlib.suppress(Deadlocked):  # told as an event of its own
                    await self.terminate()
                continue
            await self.enter_gate(patient=True)
            self.engine.leave()
            if not self.stuck and not self._terminate_is_owed:
                return

    async def _free(self, line: Line) -> None:
        free = self.host.loop.create_future()

        def tell() -> None:
            if not free.done():
                free.set_result(None)

        line.tell_when_free(lambda: self.host.tell(tell))
        await free

    async def wait_for_calls(self) -> bool:
        """Waits until no entry point of the resource runs; False: one is stuck."""
        while any(one.entry_point == "Terminate" for one in self._under_way):
            if self.stuck:
                return False
            self._news = asyncio.Event()
            await self._news.wait()
        try:
            await self.enter_gate()
        except Deadlocked:
            return False
        self.engine.leave()
        return True

    # ---- What the engine tells beside the calls -----------------------------------------------

    def told(self, completion: Completion[EngineCall]) -> Deadlocked | None:
        """What it means for who waits; an entry point that nobody has asked for does not
        return."""
        match completion.kind:
            case CompletionKind.POLL_RETURNED:
                self.line.came_out(self)
            case CompletionKind.TERMINATED_AGAIN:
                self._terminates = False
                self.line.came_out(self)
                self.terminate_line.came_out(self)
            case CompletionKind.POLL_OVERDUE | CompletionKind.OVERDUE:
                error = deadlocked(self.resource, completion.entry_point, self.limit)
                self.host.announce(error)
                self.line.fail(self, error)
                if completion.entry_point == "Terminate":
                    self.terminate_line.fail(self, error)
                self._tell_news()
                return error
        self._tell_news()
        return None

    def _tell_news(self) -> None:
        if self._news is not None:
            self._news.set()
