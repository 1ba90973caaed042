"""All that may wait has an asyncio form, which leaves the loop to others."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

import native
import puppet
import pytest
from puppet import EntryPoint, Strings

import resapi_cy as ra

# What waits for a DLL, or for what was called before. Each of the rest returns at once.
WAITING = {
    ra.HostedResource: {
        *("online", "offline", "terminate", "restart", "close", "control"),
        *("looks_alive", "is_alive", "arbitrate", "release", "cancel"),
        *("private_properties", "set_private_properties"),
        *("rename", "delete", "add_dependency", "remove_dependency"),
    },
    ra.ResourceType: {"open", "control"},
    ra.ResourceMonitor: {"load", "close"},
}
AT_ONCE = {
    ra.HostedResource: {"begin", "report", "open_control_call", "close_control_call"},
    ra.ResourceType: set(),
    ra.ResourceMonitor: {
        *("open", "open_type_control_call", "close_type_control_call", "resource", "poll"),
    },
}


@pytest.mark.parametrize("kind", WAITING)
def test_every_method_that_may_wait_has_an_asyncio_form(kind: type) -> None:
    public = {name for name in dir(kind) if name[0] != "_" and callable(getattr(kind, name))}
    forms = {name for name in public if name.endswith("_async")}
    assert {name.removesuffix("_async") for name in forms} == WAITING[kind]
    assert public - forms == WAITING[kind] | AT_ONCE[kind]
    for name in forms:
        plain = inspect.signature(getattr(kind, name.removesuffix("_async")))
        assert inspect.signature(getattr(kind, name)) == plain


def test_a_life_in_asyncio(tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.sha256").write_text("")

    async def live() -> list[str]:
        states: list[str] = []

        async def read(monitor: ra.ResourceMonitor) -> None:
            async for event in monitor:
                if isinstance(event, ra.StatusChanged):
                    states.append(str(event.status.state))

        async with asyncio.TaskGroup() as tasks, ra.ResourceMonitor() as monitor:
            tasks.create_task(read(monitor))
            storage = await monitor.load_async(native.example("storage"), "Storage")
            async with await storage.open_async("Disk 1", PendingTimeout=30_000) as disk:
                assert await disk.set_private_properties_async({"Directory": str(tmp_path)})
                assert (await disk.private_properties_async())["Directory"] == str(tmp_path)
                await disk.online_async()
                assert await disk.is_alive_async()
                assert await disk.looks_alive_async()
                assert await disk.arbitrate_async() == disk.arbitrate()
                assert await disk.release_async() == disk.release()
                assert await disk.cancel_async() == disk.cancel()
                assert monitor.resource("disk 1") is disk
                assert monitor.hosted_resources == [disk]
                with pytest.raises(LookupError, match="no resource 'Disk 2'; it hosts 'Disk 1'"):
                    monitor.resource("Disk 2")
                await disk.offline_async()
            assert disk.closed
            with pytest.raises(ra.ClosedError):
                await disk.is_alive_async()
        assert monitor.closed
        with pytest.raises(ra.ClosedError):
            async with monitor:
                pass
        return states

    states = asyncio.run(live())
    assert states[0] == "OFFLINE"
    assert "ONLINE" in states
    assert states[-1] == "OFFLINE"


@pytest.mark.parametrize("form", ["is_alive_async", "private_properties_async", "close_async"])
def test_a_dll_that_takes_long_holds_no_loop_up(monitor: ra.ResourceMonitor, form: str) -> None:
    strings = Strings(puppet.load(monitor).open("r", LooksAlivePollInterval=2**32 - 2))

    async def ask() -> int:
        await strings.resource.online_async()
        strings.hold(EntryPoint.IS_ALIVE)
        stuck = asyncio.create_task(strings.resource.is_alive_async())
        await asyncio.to_thread(strings.wait_until_held)
        asked = asyncio.create_task(getattr(strings.resource, form)())
        turns = 0
        while turns < 100:
            await asyncio.sleep(0)
            turns += 1
        assert not stuck.done()
        strings.release()
        await stuck
        await asyncio.gather(asked, return_exceptions=True)
        return turns

    try:
        assert asyncio.run(ask()) == 100
    finally:
        strings.release()


def test_the_end_of_a_block_closes_what_an_exception_leaves() -> None:
    async def fail() -> None:
        async with ra.ResourceMonitor() as monitor:
            opened.append(
                await (await monitor.load_async(puppet.library()._name, "Puppet")).open_async("r")
            )
            raise KeyError

    opened: list[ra.HostedResource] = []
    with pytest.raises(KeyError):
        asyncio.run(fail())
    assert opened[0].closed
