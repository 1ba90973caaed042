"""The stand-in libraries for the Cluster API, as a resource DLL and as their host meet them."""

from __future__ import annotations

import ctypes
import struct
import sys
from ctypes import POINTER, byref, c_char_p, c_int32, c_size_t, c_uint8, c_uint32, c_uint64
from pathlib import Path

import native
import pytest

import resapi_cy

FOLDER = Path(resapi_cy.__file__).parent / "cluster"
SOURCES = native.REPOSITORY / "src" / "resapi_cy" / "cluster"
ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_CALL_NOT_IMPLEMENTED = 6, 87, 120
ERROR_OBJECT_ALREADY_EXISTS, ERROR_RESOURCE_NOT_FOUND = 5010, 5007
KEY_ALL_ACCESS, REG_DWORD = 0xF003F, 4


def wide(text: str) -> bytes:
    return (text + "\0").encode("utf-16-le")


class CallsNotServed(ctypes.Structure):
    _fields_ = (("name", c_char_p), ("calls", c_uint64))


class Functions(ctypes.Structure):
    _fields_ = (
        ("size", c_size_t),
        ("make_cluster", ctypes.CFUNCTYPE(c_uint64, c_char_p, c_char_p)),
        ("close_cluster", ctypes.CFUNCTYPE(c_uint32, c_uint64)),
        ("set_current", ctypes.CFUNCTYPE(c_uint64, c_uint64)),
        ("root_key", ctypes.CFUNCTYPE(c_uint32, c_uint64, POINTER(c_uint64))),
        ("add_resource", ctypes.CFUNCTYPE(c_uint32, c_uint64, c_char_p, c_char_p, c_char_p)),
        ("rename_resource", ctypes.CFUNCTYPE(c_uint32, c_uint64, c_char_p, c_char_p)),
        ("set_resource_state", ctypes.CFUNCTYPE(c_uint32, c_uint64, c_char_p, c_int32)),
        ("remove_resource", ctypes.CFUNCTYPE(c_uint32, c_uint64, c_char_p)),
        (
            "take_changes",
            ctypes.CFUNCTYPE(c_uint32, c_uint64, POINTER(POINTER(c_uint8)), POINTER(c_size_t)),
        ),
        ("free_changes", ctypes.CFUNCTYPE(None, POINTER(c_uint8))),
        (
            "calls_not_served",
            ctypes.CFUNCTYPE(c_size_t, c_uint64, POINTER(CallsNotServed), c_size_t),
        ),
        ("names_not_served", POINTER(c_char_p)),
        ("set_resource_class", ctypes.CFUNCTYPE(c_uint32, c_uint64, c_char_p, c_uint32, c_uint32)),
        (
            "declare_resource",
            ctypes.CFUNCTYPE(c_uint32, c_uint64, c_char_p, c_char_p, c_char_p, c_uint32, c_uint32),
        ),
        ("add_dependency", ctypes.CFUNCTYPE(c_uint32, c_uint64, c_char_p, c_char_p)),
    )


@pytest.fixture(scope="module")
def clusapi() -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.CDLL(str(FOLDER / "clusapi.dll"), use_last_error=True)
    suffix = "dylib" if sys.platform == "darwin" else "so"
    return ctypes.CDLL(str(FOLDER / f"libresapi_cy_cluster.{suffix}"), ctypes.RTLD_GLOBAL)


@pytest.fixture(scope="module")
def resutils(clusapi: ctypes.CDLL) -> ctypes.CDLL:
    """After clusapi.dll: its imports find the module of that name which is there."""
    if sys.platform == "win32":
        return ctypes.CDLL(str(FOLDER / "resutils.dll"), use_last_error=True)
    return clusapi


@pytest.fixture
def host(clusapi: ctypes.CDLL) -> Functions:
    clusapi.resapi_cy_cluster_host.restype = POINTER(Functions)
    functions: Functions = clusapi.resapi_cy_cluster_host().contents
    assert functions.size >= ctypes.sizeof(Functions)
    return functions


def names(library: str) -> list[str]:
    text = (SOURCES / f"not_served_{library}.cpp").read_text()
    return [line.split("(")[1][:-1] for line in text.splitlines() if line.startswith("NOT_")]


@pytest.mark.parametrize("library", ["clusapi", "resutils"])
def test_what_is_not_served_is_there_and_tells_its_name(
    host: Functions, library: str, request: pytest.FixtureRequest
) -> None:
    functions = request.getfixturevalue(library)
    cluster, other = (host.make_cluster(wide(name), wide("node")) for name in ("one", "other"))
    assert host.set_current(cluster) == 0
    for name in names(library):
        function = getattr(functions, name)
        function.restype = c_uint64
        assert function() in (ERROR_CALL_NOT_IMPLEMENTED, 0, 2**64 - 1)
        assert function(1, 2, 3, 4, 5, 6, 7, 8) == function()
    calls = (CallsNotServed * 1024)()
    told = host.calls_not_served(cluster, calls, 1024)
    assert [(c.name, c.calls) for c in calls[:told]] == [(n.encode(), 3) for n in names(library)]
    calls = (CallsNotServed * 2)()
    assert host.calls_not_served(cluster, calls, 1) == told
    assert (calls[0].calls, calls[1].calls) == (3, 0)
    assert host.calls_not_served(other, calls, 2) == 0
    assert host.set_current(0) == cluster
    assert host.close_cluster(cluster) == host.close_cluster(other) == 0
    assert host.calls_not_served(cluster, calls, 2) == 0


def test_the_names_of_what_is_not_served_are_those_of_the_tables(host: Functions) -> None:
    there_are = names("clusapi") + names("resutils")
    assert host.names_not_served[: len(there_are) + 1] == [*map(str.encode, there_are), None]


def test_a_code_a_handle_and_a_state_that_are_not_served(
    clusapi: ctypes.CDLL, host: Functions
) -> None:
    assert clusapi["ClusterGroupControl"]() == ERROR_CALL_NOT_IMPLEMENTED
    assert clusapi["CreateClusterGroup"]() == 0
    assert clusapi["GetClusterNetworkState"]() == -1
    if sys.platform != "win32":
        clusapi.SetLastError(5)
        assert clusapi["OpenClusterNetwork"]() == 0
        assert clusapi.GetLastError() == ERROR_CALL_NOT_IMPLEMENTED


def changes_of(host: Functions, cluster: int) -> dict[str, tuple[bool, dict[str, bytes]]]:
    data, size = POINTER(c_uint8)(), c_size_t()
    assert host.take_changes(cluster, byref(data), byref(size)) == 0
    rest = bytes(data[: size.value])
    host.free_changes(data)

    def number() -> int:
        nonlocal rest
        (found,) = struct.unpack_from("=I", rest)
        rest = rest[4:]
        return int(found)

    def take(count: int) -> bytes:
        nonlocal rest
        taken, rest = rest[:count], rest[count:]
        return taken

    found = {}
    while rest:
        take(2 * number())  # the identity
        path = take(2 * number()).decode("utf-16")
        exists = bool(number())
        values = {}
        for _ in range(number()):
            name = take(2 * number()).decode("utf-16")
            number()  # its type
            values[name] = take(number())
        found[path] = (exists, values)
    return found


def test_a_key_is_written_by_a_dll_and_its_change_told_to_the_host(
    clusapi: ctypes.CDLL, resutils: ctypes.CDLL, host: Functions
) -> None:
    cluster = host.make_cluster(wide("Cluster"), wide("node"))
    root, key = c_uint64(), c_uint64()
    assert host.root_key(cluster, byref(root)) == 0
    parameters = wide("Resources\\id\\Parameters")
    created = clusapi.ClusterRegCreateKey(
        root, parameters, 0, KEY_ALL_ACCESS, None, byref(key), None
    )
    assert created == 0
    assert clusapi.ClusterRegSetValue(key, wide("Port"), REG_DWORD, struct.pack("=I", 8000), 4) == 0
    port = c_uint32()
    assert resutils.ResUtilGetDwordValue(key, wide("port"), byref(port), 0) == 0
    assert port.value == 8000
    assert changes_of(host, cluster) == {
        "Resources": (True, {}),
        "Resources\\id": (True, {}),
        "Resources\\id\\Parameters": (True, {"Port": struct.pack("=I", 8000)}),
    }
    assert changes_of(host, cluster) == {}
    assert clusapi.ClusterRegDeleteKey(root, parameters) == 0
    assert list(changes_of(host, cluster).values()) == [(False, {})]
    assert host.close_cluster(cluster) == 0
    assert host.close_cluster(cluster) == ERROR_INVALID_HANDLE
    assert clusapi.ClusterRegCloseKey(root) == ERROR_INVALID_HANDLE


def test_a_resource_is_added_renamed_and_removed(host: Functions) -> None:
    cluster = host.make_cluster(wide("Cluster"), wide("node"))
    one, other = wide("id-1"), wide("id-2")
    assert host.add_resource(cluster, one, wide("Disk 1"), wide("Disk")) == 0
    for identity, name in ((wide("ID-1"), "Disk 2"), (other, "disk 1")):
        added = host.add_resource(cluster, identity, wide(name), wide("Disk"))
        assert added == ERROR_OBJECT_ALREADY_EXISTS
    assert host.add_resource(cluster, other, wide("Disk 2"), wide("Disk")) == 0
    assert host.rename_resource(cluster, other, wide("DISK 1")) == ERROR_OBJECT_ALREADY_EXISTS
    assert host.rename_resource(cluster, one, wide("DISK 1")) == 0
    assert host.set_resource_state(cluster, one, 2) == 0
    assert host.remove_resource(cluster, one) == 0
    for refused in (
        host.remove_resource(cluster, one),
        host.rename_resource(cluster, one, wide("Disk")),
        host.set_resource_state(cluster, one, 2),
    ):
        assert refused == ERROR_RESOURCE_NOT_FOUND
    assert host.close_cluster(cluster) == 0
    assert host.add_resource(cluster, one, one, one) == ERROR_INVALID_HANDLE


def call(library: ctypes.CDLL, name: str, *arguments: object, result: object = c_uint64) -> int:
    function = library[name]
    function.restype = result
    return int(function(*arguments))


def last_error(clusapi: ctypes.CDLL) -> int:
    return ctypes.get_last_error() if sys.platform == "win32" else int(clusapi.GetLastError())


def test_a_worker_has_the_cluster_of_the_entry_point_that_has_created_it(
    host: Functions, resutils: ctypes.CDLL
) -> None:
    first, second = (host.make_cluster(wide(name), wide("node")) for name in ("one", "two"))
    routine = ctypes.WINFUNCTYPE if sys.platform == "win32" else ctypes.CFUNCTYPE
    found: list[int] = []

    @routine(c_uint32, ctypes.c_void_p, ctypes.c_void_p)
    def start(worker: int, parameter: int) -> int:
        found.append(host.set_current(0))
        return 0

    worker = (ctypes.c_void_p * 2)()  # a CLUS_WORKER: a handle and a BOOL
    for cluster in (first, second):
        assert host.set_current(cluster) == 0
        assert resutils.ClusWorkerCreate(worker, start, None) == 0
        assert host.set_current(0) == cluster
        resutils.ClusWorkerTerminate(worker)
    assert found == [first, second]
    assert resutils.ClusWorkerCreate(None, start, None) == ERROR_INVALID_PARAMETER
    for cluster in (first, second):
        host.close_cluster(cluster)
