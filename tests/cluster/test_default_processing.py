"""What a resource monitor answers where the DLL has no function: from the key of a resource, or of
a type, and by the common properties that the host goes by."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy import property_list
from resapi_cy.enums import ControlCode as Code
from resapi_cy.property_list import Dword, Long, Sz, Word, decode, decode_formats, encode

ERROR_INVALID_DATA, ERROR_INVALID_PARAMETER = 13, 87

SILENT = """
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name, (void)key;
    return handle;
}
static void WINAPI Close(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
"""
# It tells its private properties, and no formats: a LONG, which the database would call a DWORD.
TELLING = """
#include "resapi_cy/resutils.h"
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name, (void)key;
    return handle;
}
static void WINAPI Close(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
static BOOL WINAPI Alive(RESID resid) { return (void)resid, TRUE; }
static DWORD WINAPI Offline(RESID resid) { return (void)resid, 0; }
static const DWORD list[] = {1, 0x00040003, 4, 'L', 0x00010007, 4, 0xFFFFFFFF, 0};
static DWORD WINAPI Control(RESID resid, DWORD code, LPVOID in, DWORD size, LPVOID out, DWORD room,
                            LPDWORD returned) {
    (void)resid, (void)in, (void)size;
    *returned = sizeof list;
    if (code != CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES) return ERROR_INVALID_FUNCTION;
    if (room < sizeof list) return ERROR_MORE_DATA;
    CopyMemory(out, list, sizeof list);
    return ERROR_SUCCESS;
}
static CLRES_FUNCTION_TABLE table = {
    CLRES_V1_FUNCTION_SIZE,
    CLRES_VERSION_V1_00,
    {{Open, Close, Online, Offline, Close, Alive, Alive, NULL, NULL, Control, NULL}}};
#ifdef _WIN32
__declspec(dllexport)
#endif
DWORD WINAPI Startup(LPCWSTR type, DWORD lowest, DWORD highest, PSET_RESOURCE_STATUS_ROUTINE set,
                     PLOG_EVENT_ROUTINE log, PCLRES_FUNCTION_TABLE* functions) {
    (void)type, (void)lowest, (void)highest, (void)set, (void)log;
    *functions = &table;
    return ERROR_SUCCESS;
}
"""


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor(database=tmp_path / "cluster.db") as monitor:
        yield monitor


@pytest.fixture
def silent(monitor: ra.ResourceMonitor) -> ra.ResourceType:
    return monitor.load(native.version_1_dll("silent_default", SILENT), "Silent")


def telling_dll(folder: Path) -> Path:
    source = folder / "telling.c"
    source.write_text(f'#include "resapi_cy/resapi.h"\n{TELLING}')
    return native.compile_library([source], folder / "telling", [ra.get_include()])


def texts(data: bytes) -> list[str]:
    return data.decode("utf-16-le").rstrip("\0").split("\0")


def refused(
    whom: ra.ResourceType | ra.HostedResource, code: Code, properties: dict[str, object] | bytes
) -> int:
    data = properties if isinstance(properties, bytes) else encode(properties)  # type: ignore[arg-type]
    with pytest.raises(ra.ControlCallFailed) as caught:
        whom.control(code, data)
    return caught.value.code


def test_common_properties_are_those_that_the_host_goes_by(silent: ra.ResourceType) -> None:
    web = silent.open("web", RestartDelay=7)
    common = decode(web.control(Code.RESOURCE_GET_COMMON_PROPERTIES))
    assert common == dict(web.properties)
    assert common["RestartDelay"] == 7
    assert {type(value) for value in common.values()} == {Dword}
    assert texts(web.control(Code.RESOURCE_ENUM_COMMON_PROPERTIES)) == list(common)
    read_only = decode(web.control(Code.RESOURCE_GET_RO_COMMON_PROPERTIES))
    assert read_only == {"Name": "web", "Type": "Silent"}
    formats = decode_formats(web.control(Code.RESOURCE_GET_COMMON_PROPERTY_FMTS))
    assert formats == {**dict.fromkeys(common, Dword), "Name": Sz, "Type": Sz}
    of_type = silent.control(Code.RESOURCE_TYPE_GET_COMMON_RESOURCE_PROPERTY_FMTS)
    assert decode_formats(of_type) == formats


def test_common_properties_that_are_set_by_control_code_count(silent: ra.ResourceType) -> None:
    web = silent.open("web")
    given = encode({"restartdelay": 9, "LooksAlivePollInterval": Dword(20)})
    web.control(Code.RESOURCE_VALIDATE_COMMON_PROPERTIES, given)
    assert web.properties.RestartDelay == 500
    web.control(Code.RESOURCE_SET_COMMON_PROPERTIES, given)
    assert (web.properties.RestartDelay, web.properties.LooksAlivePollInterval) == (9, 20)
    key = web.monitor.database.subkey("Resources")
    assert key.subkey(key.subkeys()[0])["RestartDelay"] == 9


@pytest.mark.parametrize(
    "code", [Code.RESOURCE_VALIDATE_COMMON_PROPERTIES, Code.RESOURCE_SET_COMMON_PROPERTIES]
)
def test_a_list_with_a_common_property_that_is_wrong_sets_none(
    silent: ra.ResourceType, code: Code
) -> None:
    web = silent.open("web")
    before = dict(web.properties)
    wrong = {"RestartDelay": 9, "RestartAction": 3}
    assert refused(web, code, wrong) == ERROR_INVALID_DATA  # out of its range
    assert refused(web, code, {"RestartDelay": "9"}) == ERROR_INVALID_DATA
    assert refused(web, code, {"RestartDelay": 9, "Name": "x"}) == ERROR_INVALID_PARAMETER
    assert refused(web, code, {"RestartDelay": 9, "Port": 80}) == ERROR_INVALID_PARAMETER
    retry = {"RetryPeriodOnFailure": 5, "RestartPeriod": 6}
    assert refused(web, code, retry) == ERROR_INVALID_DATA  # the one is at least the other
    assert refused(web, code, b"\1\0\0\0") == ERROR_INVALID_DATA
    assert dict(web.properties) == before


def test_the_key_follows_common_properties_that_are_set_from_python(
    silent: ra.ResourceType,
) -> None:
    web = silent.open("web")
    web.properties.RestartDelay = 11
    web.control(Code.RESOURCE_GET_FLAGS)  # the host has seen it by then
    key = web.monitor.database.subkey("Resources")
    assert key.subkey(key.subkeys()[0])["RestartDelay"] == 11


def test_the_formats_are_those_of_the_values_that_are_told(
    monitor: ra.ResourceMonitor, silent: ra.ResourceType, tmp_path: Path
) -> None:
    web = silent.open("web")
    given = {"Port": 80, "Path": property_list.ExpandSz("%PATH%"), "Limits\\Names": ["a"]}
    web.set_private_properties(given)
    formats = web.control(Code.RESOURCE_GET_PRIVATE_PROPERTY_FMTS)
    assert {type(value) for value in decode(formats).values()} == {Word}
    assert decode_formats(formats) == {
        "Port": Dword,
        "Path": property_list.ExpandSz,
        "Limits\\Names": property_list.MultiSz,
    }
    telling = monitor.load(telling_dll(tmp_path), "Telling").open("telling")
    told = telling.control(Code.RESOURCE_GET_PRIVATE_PROPERTY_FMTS)
    assert decode_formats(told) == {"L": Long}  # the DLL's, and not the database's


def test_a_type_has_private_properties_below_its_key(
    silent: ra.ResourceType, tmp_path: Path
) -> None:
    given = encode({"Port": 80, "Note": "x"})
    silent.control(Code.RESOURCE_TYPE_VALIDATE_PRIVATE_PROPERTIES, given)
    assert decode(silent.control(Code.RESOURCE_TYPE_GET_PRIVATE_PROPERTIES)) == {}
    silent.control(Code.RESOURCE_TYPE_SET_PRIVATE_PROPERTIES, given)
    told = decode(silent.control(Code.RESOURCE_TYPE_GET_PRIVATE_PROPERTIES))
    assert told == {"Port": 80, "Note": "x"}
    names = silent.control(Code.RESOURCE_TYPE_ENUM_PRIVATE_PROPERTIES)
    assert sorted(texts(names)) == ["Note", "Port"]
    formats = silent.control(Code.RESOURCE_TYPE_GET_PRIVATE_PROPERTY_FMTS)
    assert decode_formats(formats) == {"Port": Dword, "Note": Sz}
    parameters = silent.monitor.database.subkey("ResourceTypes\\Silent\\Parameters")
    assert dict(parameters) == {"Port": 80, "Note": "x"}
    code = Code.RESOURCE_TYPE_SET_PRIVATE_PROPERTIES
    assert refused(silent, code, b"\1\0\0\0") == 122  # ERROR_INSUFFICIENT_BUFFER


def test_what_is_not_known_of_a_type_is_said_so(silent: ra.ResourceType) -> None:
    assert silent.control(Code.RESOURCE_TYPE_GET_CHARACTERISTICS) == bytes(4)
    assert silent.control(Code.RESOURCE_TYPE_GET_FLAGS) == bytes(4)
    assert silent.control(Code.RESOURCE_TYPE_GET_CLASS_INFO) == struct.pack("=II", 0, 0)
    assert silent.control(Code.RESOURCE_TYPE_GET_REQUIRED_DEPENDENCIES) == bytes(4)
    with pytest.raises(ra.ControlCallFailed, match="no such control code"):
        silent.control(Code.RESOURCE_TYPE_GET_REGISTRY_CHECKPOINTS)


def test_a_types_intervals_are_those_of_its_resources_that_have_none(
    monitor: ra.ResourceMonitor, silent: ra.ResourceType, tmp_path: Path
) -> None:
    names = ["LooksAlivePollInterval", "IsAlivePollInterval"]
    assert texts(silent.control(Code.RESOURCE_TYPE_ENUM_COMMON_PROPERTIES)) == names
    common = decode(silent.control(Code.RESOURCE_TYPE_GET_COMMON_PROPERTIES))
    assert common == dict(zip(names, (5000, 60_000), strict=True))
    read_only = decode(silent.control(Code.RESOURCE_TYPE_GET_RO_COMMON_PROPERTIES))
    assert read_only == {"DllName": Path(silent.path).name, "Name": "Silent"}
    formats = decode_formats(silent.control(Code.RESOURCE_TYPE_GET_COMMON_PROPERTY_FMTS))
    assert formats == {**dict.fromkeys(names, Dword), "DllName": Sz, "Name": Sz}
    web = silent.open("web")
    web.online()
    given = encode(dict.fromkeys(names, 10))
    silent.control(Code.RESOURCE_TYPE_VALIDATE_COMMON_PROPERTIES, given)
    assert decode(silent.control(Code.RESOURCE_TYPE_GET_COMMON_PROPERTIES)) == common
    silent.control(Code.RESOURCE_TYPE_SET_COMMON_PROPERTIES, given)
    while len(web.polls) < 5:  # at the intervals from before, the first came after seconds
        pass
    code = Code.RESOURCE_TYPE_SET_COMMON_PROPERTIES
    assert refused(silent, code, {"LooksAlivePollInterval": 0}) == ERROR_INVALID_DATA
    assert refused(silent, code, {"DllName": "x.dll"}) == ERROR_INVALID_PARAMETER
    monitor.close()
    with ra.ResourceMonitor(database=tmp_path / "cluster.db") as later:
        again = later.load(silent.path, "Silent")
        told = decode(again.control(Code.RESOURCE_TYPE_GET_COMMON_PROPERTIES))
        assert told == dict.fromkeys(names, 10)


def test_the_resource_monitor_of_the_systems_cluster_answers_nothing_here(
    monitor: ra.ResourceMonitor,
) -> None:
    dll = native.version_1_dll("silent_default", SILENT)
    silent = monitor.load(dll, "Silent", cluster_api="system")
    for whom, code in (
        (silent, Code.RESOURCE_TYPE_GET_COMMON_PROPERTIES),
        (silent, Code.RESOURCE_TYPE_GET_PRIVATE_PROPERTY_FMTS),
        (silent.open("web"), Code.RESOURCE_GET_COMMON_PROPERTIES),
    ):
        assert refused(whom, code, b"") == 1  # ERROR_INVALID_FUNCTION
