"""Arguments that can't be meant are TypeError or ValueError in the package's own words, whatever
state the resource is in; and whatever holds bytes is data."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from typing import Any

import native
import pytest

import resapi_cy as ra
from resapi_cy import property_list
from resapi_cy.enums import ControlCode

BYTES_ARE = "must be bytes, a bytearray or a memoryview, not"


@pytest.fixture
def monitor() -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor() as monitor:
        yield monitor


@pytest.fixture(params=["offline", "online"])
def resource(monitor: ra.ResourceMonitor, request: pytest.FixtureRequest) -> ra.HostedResource:
    resource = monitor.load(native.plain_dll(2), "Plain").open("r")
    if request.param == "online":
        resource.online()
    return resource


def called(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """The method, or its asyncio form to the end."""
    result = function(*arguments, **named)
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


@pytest.mark.parametrize(
    ("arguments", "named", "error", "words"),
    [
        ((1.5,), {}, TypeError, "control_code must be an integer, not float"),
        (("1",), {}, TypeError, "control_code must be an integer, not str"),
        ((-1,), {}, ValueError, "control_code must be from 0 to 2**32 - 1, not -1"),
        ((1 << 32,), {}, ValueError, "control_code must be from 0 to 2**32 - 1"),
        ((1, None), {}, TypeError, f"data {BYTES_ARE} NoneType"),
        ((1, "x"), {}, TypeError, f"data {BYTES_ARE} str"),
        ((1, 7), {}, TypeError, f"data {BYTES_ARE} int"),
        ((1,), {"token": 1.5}, TypeError, "token must be an integer, not float"),
        ((1,), {"token": -1}, ValueError, "token must be from 0 to 2**64 - 1, not -1"),
        ((1,), {"timeout": "x"}, TypeError, "timeout must be a number of seconds, or None"),
        ((1,), {"timeout": -1}, ValueError, "timeout must be at least 0, or None"),
    ],
)
def test_a_wrong_argument_of_a_control_call_is_named(
    resource: ra.HostedResource,
    arguments: tuple[Any, ...],
    named: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    owner: Any
    for owner in (resource, resource.type):
        for control in (owner.control, owner.control_async):
            with pytest.raises(error, match=re.escape(words)):
                called(control, *arguments, **named)


@pytest.mark.parametrize("name", ["online", "online_async", "offline", "offline_async"])
@pytest.mark.parametrize(
    ("named", "error", "words"),
    [
        ({"data": "x"}, TypeError, f"data {BYTES_ARE} str"),
        ({"data": None}, TypeError, f"data {BYTES_ARE} NoneType"),
        ({"flags": 1.5}, TypeError, "flags must be an integer, not float"),
        ({"flags": 1 << 32}, ValueError, "flags must be from 0 to 2**32 - 1"),
        ({"timeout": "soon"}, TypeError, "timeout must be a number of seconds"),
    ],
)
def test_a_wrong_argument_is_named_though_there_is_nothing_to_do(
    resource: ra.HostedResource,
    name: str,
    named: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    state = resource.state
    with pytest.raises(error, match=re.escape(words)):
        called(getattr(resource, name), **named)
    assert resource.state is state


def test_a_wrong_destination_is_named(resource: ra.HostedResource) -> None:
    with pytest.raises(ValueError, match=r"destination can't hold a NUL .*: 'a\\x00b'"):
        resource.offline(destination="a\0b")
    with pytest.raises(TypeError, match="destination must be a str, not bytes"):
        resource.offline(destination=b"node")  # type: ignore[arg-type]


def test_a_name_with_a_nul_is_refused_wherever_one_is_given(monitor: ra.ResourceMonitor) -> None:
    words = r"can't hold a NUL character, which would end it: 'a\\x00b'"
    plain = monitor.load(native.plain_dll(2), "Plain")
    for open_it in (plain.open, plain.open_async, monitor.open):
        with pytest.raises(ValueError, match=f"^name {words}"):
            called(open_it, "a\0b")
    with pytest.raises(ValueError, match=f"^resource_type {words}"):
        monitor.load(native.plain_dll(2), "a\0b")
    with pytest.raises(ValueError, match=f"^name {words}"):
        plain.entry_points.open("a\0b", 1)
    with pytest.raises(TypeError, match="flags must be an integer, not float"):
        plain.open("a", flags=1.5)  # type: ignore[arg-type]
    assert monitor.resources == []


def test_whatever_holds_bytes_is_data(monitor: ra.ResourceMonitor) -> None:
    plain = monitor.load(native.plain_dll(2), "Plain")
    resource = plain.open("r")
    entry_points = plain.entry_points
    for data in (b"abcd", bytearray(b"abcd"), memoryview(b"abcd"), memoryview(b"a-b-c-d")[::2]):
        for owner in (resource, plain):
            assert owner.control(1, data) == b"abcd"
            assert asyncio.run(owner.control_async(1, data)) == b"abcd"
        assert entry_points.control(resource.resid, 1, data, 9, 0).data == b"abcd"
        resource.online(data=data)
        resource.offline(data=data)
        entry_points.online(resource.resid, 0, data)
        entry_points.offline(resource.resid, 0, None, data)
    log = [event.text for event in monitor.poll() if isinstance(event, ra.LogMessage)]
    # With how many bytes each came; Open with the resource's key.
    assert {line for line in log if line.startswith("O")} == {
        *("Open r 1 0", "Online 0 0 4", "Offline - 0 4"),
    }
    words = re.escape(f"data {BYTES_ARE} str")
    with pytest.raises(TypeError, match=words):
        entry_points.online(resource.resid, 0, "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=words):
        property_list.decode("x")  # type: ignore[arg-type]


def test_data_is_what_it_was_when_it_was_given(monitor: ra.ResourceMonitor) -> None:
    resource = monitor.load(native.plain_dll(2), "Plain").open("r")
    data = bytearray(b"before")
    operation = resource.control_async(1, data)

    async def change() -> bytes:
        task = asyncio.ensure_future(operation)
        await asyncio.sleep(0)  # it has begun
        data[:] = b"after!"
        return await task

    assert asyncio.run(change()) == b"before"


def test_the_range_of_the_event_capacity_is_one_whatever_is_wrong_with_it() -> None:
    for capacity in (0, -1, 1 << 31):
        words = f"event_capacity must be from 1 to 2**31 - 1, not {capacity}"
        with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
            ra.ResourceMonitor(capacity)
    with pytest.raises(TypeError, match="event_capacity must be an integer, not float"):
        ra.ResourceMonitor(1.5)  # type: ignore[arg-type]


def test_load_without_a_type_says_what_is_missing(monitor: ra.ResourceMonitor) -> None:
    for arguments in (["x.so"], ["x.so", ""]):
        with pytest.raises(TypeError, match=r"load needs resource_type, the name of .*info x\.so"):
            monitor.load(*arguments)
    with pytest.raises(TypeError, match="resource_type must be a str, not NoneType"):
        monitor.load(native.plain_dll(2), None)  # type: ignore[arg-type]


def test_properties_that_are_no_mapping_are_refused(resource: ra.HostedResource) -> None:
    with pytest.raises(TypeError, match="properties must map names to values, not be list"):
        resource.set_private_properties([("Port", 1)])  # type: ignore[arg-type]


def test_a_control_code_is_a_number_or_one_of_the_header(monitor: ra.ResourceMonitor) -> None:
    resource = monitor.load(native.plain_dll(2), "Plain").open("r")
    for code in (
        ControlCode.RESOURCE_STORAGE_GET_DIRTY,
        int(ControlCode.RESOURCE_STORAGE_GET_DIRTY),
    ):
        with pytest.raises(
            ra.ControlCallFailed, match="CLUSCTL_RESOURCE_STORAGE_GET_DIRTY: error 1"
        ):
            resource.control(code)
