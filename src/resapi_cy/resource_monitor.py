"""The resource monitor that users have: the monitor of the callbacks, which becomes a host when it
loads a resource DLL."""

from __future__ import annotations

import os
import warnings
from _thread import RLock

from resapi_cy.monitoring.monitor import CallbackMonitor
from resapi_cy.names import folded

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, without the import
if TYPE_CHECKING:
    from typing import Literal, Self

    from resapi_cy.cluster.store import Store
    from resapi_cy.hosting.database import DatabaseKey
    from resapi_cy.hosting.host import Host
    from resapi_cy.hosting.resource import HostedResource, ResourceType


class ResourceMonitor(CallbackMonitor):
    """ResourceMonitor(event_capacity=65536, *, database=None)

    A resource monitor: opens resources, and receives what native code says about them.

    Args:
        event_capacity (int): how many undelivered events it keeps. What does not fit is counted in
            ``dropped_events``, log messages first: they have half of the room at most.
        database (str | os.PathLike): the file that the cluster database is kept in, with the
            private properties of resource DLLs' resources, so that the next process finds them; it
            is made if there is none. None: they are there as long as the monitor.

    Raises:
        ValueError: the capacity is not from 1 to 2**31 - 1.
        MemoryError: no memory for that capacity.
        OSError: the file is another monitor's now, another program's, of another version, or
            damaged; it was left as it is.

    A context manager that closes itself. Any Python thread may use it, several at once: each event
    is delivered to one of them. After a fork the child makes its own.

    Attributes:
        event_capacity (int): as it was given.
    """

    __slots__ = ("_host", "_making", "_store")

    _host: Host | None  # None until a resource DLL is loaded
    _making: RLock  # guards that: a closed monitor gets none
    _store: Store | None  # until there is a host, and then that one's

    def __new__(
        cls, event_capacity: int = 65536, *, database: str | os.PathLike[str] | None = None
    ) -> Self:
        made = super().__new__(cls, event_capacity)
        made._host, made._making, made._store = None, RLock(), None
        if database is not None:
            from resapi_cy.cluster.store import Store

            made._store = Store(database)
        return made

    def load(
        self,
        path: str | os.PathLike[str],
        resource_type: str = "",
        *,
        dll_directory: str | os.PathLike[str] | None = None,
        DeadlockTimeout: int = 300_000,
        reentrant: bool = True,
        cluster_api: Literal["own", "system"] = "own",
    ) -> ResourceType:
        """Loads a resource DLL and asks it for a resource type's entry points, once in a process:
        the next monitor that loads the type gets the same ones. The DLL stays loaded as long as the
        process runs: its threads may still be in it. The monitor hosts the type's resources from
        then on, with threads of its own.

        Args:
            path: the DLL on Windows, the shared object elsewhere.
            resource_type: one of the DLL's types, which can't be left out; upper or lower case
                makes no difference to a type that has been started.
            dll_directory: a folder with libraries that the DLL needs. On Windows it is searched
                after the DLL's own folder and before the system's, from now on, whatever the
                process loads. Elsewhere, what the DLL needs and the folder has is loaded first,
                which glibc goes by if it has that name as its DT_SONAME; macOS makes no use of it.
            DeadlockTimeout: how long loading the DLL and starting the type may take, in
                milliseconds, at least 1000.
            reentrant: whether entry points of different resources may be called beside each other.
                False is for a DLL that counts on it that they are not; it holds for all types of
                the DLL that are loaded so, in whichever monitor. Terminate is still called beside
                the others, if not beside another Terminate.
            cluster_api: which Cluster API the DLL finds. "own": the stand-in, which knows the
                monitor's resources, each with a key in a database of its own; "system": the
                machine's, for a node of a cluster. Open is given no key then.

        Returns:
            To open resources of.

        Raises:
            ResourceDllError: it can't be loaded, lacks an export, refuses the type or the versions,
                or its function table can't be used; each has a class of its own.
            Deadlocked: it did not return in time. No other type of it is started until it does.
            OSError: the Cluster API's stand-in can't be loaded.
            NotADirectoryError: ``dll_directory`` is no folder.
            TypeError, ValueError: a wrong argument.
            ClosedError: the monitor is closed.

        Any Python thread; the DLL's code runs in another one, and Ctrl-C ends the wait for it.
        Resource API: PSTARTUP_EX_ROUTINE, PSTARTUP_ROUTINE, LoadLibrary.
        """
        self._check_open()
        if resource_type == "":
            raise TypeError(
                "load needs resource_type, the name of one of the DLL's resource types; a DLL does "
                f"not tell them, but `resapi-monitor info {os.fspath(path)}` tries the likely names"
            )
        from resapi_cy.hosting.opening import load

        return load(
            self, path, resource_type, dll_directory, DeadlockTimeout, reentrant, cluster_api
        )

    async def load_async(
        self,
        path: str | os.PathLike[str],
        resource_type: str = "",
        *,
        dll_directory: str | os.PathLike[str] | None = None,
        DeadlockTimeout: int = 300_000,
        reentrant: bool = True,
        cluster_api: Literal["own", "system"] = "own",
    ) -> ResourceType:
        """``load`` for an asyncio task. Cancelling the task leaves the loading going."""
        import asyncio

        return await asyncio.to_thread(
            self.load,
            path,
            resource_type,
            dll_directory=dll_directory,
            DeadlockTimeout=DeadlockTimeout,
            reentrant=reentrant,
            cluster_api=cluster_api,
        )

    @property
    def hosted_resources(self) -> list[HostedResource]:
        """Those of the open resources that belong to resource DLLs, oldest first.

        Raises:
            ClosedError: the monitor is closed.
        """
        from resapi_cy.hosting.resource import HostedResource

        return [one for one in self.resources if isinstance(one, HostedResource)]

    def resource(self, name: str) -> HostedResource:
        """The hosted resource of that name, which no two have; upper and lower case make no
        difference.

        Raises:
            LookupError: the monitor hosts none of that name.
            ClosedError: the monitor is closed.
        """
        hosted = {folded(one.name): one for one in self.hosted_resources}
        if (found := hosted.get(folded(name))) is None:
            names = ", ".join(repr(one.name) for one in hosted.values()) or "none"
            raise LookupError(f"the monitor hosts no resource {name!r}; it hosts {names}")
        return found

    @property
    def database(self) -> DatabaseKey:
        """The root of the monitor's cluster database, a ``DatabaseKey`` to be looked through, which
        ``print`` shows all of.

        Raises:
            ClosedError: the monitor is closed.
            RuntimeError: its resource DLLs are loaded with ``cluster_api="system"``.
        """
        self._check_open()
        from resapi_cy.hosting.opening import database

        return database(self)

    def close(self) -> None:
        """Closes every resource, then the monitor. Native code that goes on reporting is answered
        TERMINATE. Undelivered events count as dropped. Closing again does nothing.

        Raises:
            OSError: all is closed, but what was written last to the database could not be stored.
        """
        if self.closed:
            return
        with self._making:
            if self._host is None:
                CallbackMonitor.close(self)
                if self._store is not None:
                    self._store.close()
                return
        self._host.close()  # which closes the monitor when everything of it is

    async def close_async(self) -> None:
        """``close`` for an asyncio task; ``async with`` does it at the end of its block. It goes on
        if the task is cancelled."""
        import asyncio

        await asyncio.to_thread(self.close)

    async def __aenter__(self) -> Self:
        self._check_open()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close_async()

    def __del__(self) -> None:
        host = getattr(self, "_host", None)
        if host is None or self.closed:
            CallbackMonitor.close(self)
            store = getattr(self, "_store", None)
            if host is None and store is not None:
                store.close()
            return
        text = f"{self!r} hosts resources and was not closed: use `with`, or close it"
        warnings.warn(text, ResourceWarning, stacklevel=2, source=self)
        host.dropped()
