"""The stand-in libraries' functions on what there is in a cluster, and on what a resource depends
on, as a resource DLL calls them; each test has the names of those that it is about."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator
from ctypes import byref, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass

import libraries
import pytest
from libraries import ERROR_INVALID_HANDLE, ERROR_RESOURCE_NOT_FOUND, KEY_ALL_ACCESS, wide

from resapi_cy import property_list
from resapi_cy.enums import ControlCode

clusapi, resutils, host = libraries.clusapi, libraries.resutils, libraries.host

ERROR_INVALID_PARAMETER, ERROR_MORE_DATA, ERROR_NO_MORE_ITEMS = 87, 234, 259
ERROR_CIRCULAR_DEPENDENCY, ERROR_RESOURCE_NOT_PRESENT = 1059, 4316
ERROR_POSSIBLE_DEADLOCK, ERROR_RESOURCE_NOT_AVAILABLE = 1131, 5006
ERROR_DEPENDENCY_NOT_FOUND, ERROR_DEPENDENCY_ALREADY_EXISTS = 5002, 5003
ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND, ERROR_CALL_NOT_IMPLEMENTED = 5078, 120
UNKNOWN, STORAGE, NETWORK = 0, 1, 2
DEPENDS, PROVIDES, NODES = 1, 2, 4
REG_SZ = 1
ONLINE = 2
NODE_UP = 0
FORGED = 0xDEADBEEF0003


@dataclass
class Group:
    """App depends on Name (a Network Name), which depends on IP, and on Disk; Front on App. App and
    Front are hosted, the others declared."""

    clusapi: ctypes.CDLL
    resutils: ctypes.CDLL
    host: libraries.Functions
    number: int
    cluster: c_uint64

    def call(self, name: str, *arguments: object, result: object = c_uint64) -> int:
        function = getattr(self.clusapi, name, None) or self.resutils[name]
        return libraries.call({name: function}, name, *arguments, result=result)  # type: ignore[arg-type]

    def code(self, name: str, *arguments: object) -> int:
        return self.call(name, *arguments, result=c_uint32)

    @property
    def error(self) -> int:
        return libraries.last_error(self.clusapi)

    def open(self, name: str) -> c_uint64:
        handle = c_uint64(self.call("OpenClusterResource", self.cluster, wide(name)))
        assert handle.value != 0
        return handle

    def name(self, handle: int) -> str:
        """Of a resource that a function has returned, or "" for NULL; and closes it."""
        if handle == 0:
            return ""
        text, length = ctypes.create_string_buffer(64), c_uint32(32)
        resource = c_uint64(handle)
        assert self.code("ResUtilGetResourceName", resource, text, byref(length)) == 0
        assert self.code("CloseClusterResource", resource) == 1
        return text.raw[: 2 * length.value].decode("utf-16-le")

    def found(self, prefix: str, handle: c_uint64) -> list[tuple[int, str]]:
        """What is in an enumeration, which is closed."""
        found = []
        count = self.code(f"{prefix}GetEnumCount", handle)
        for index in range(count + 1):
            kind, text, length = c_uint32(), ctypes.create_string_buffer(64), c_uint32(32)
            arguments = handle, index, byref(kind), text, byref(length)
            if (code := self.code(f"{prefix}Enum", *arguments)) != 0:
                assert (code, index) == (ERROR_NO_MORE_ITEMS, count)
                break
            found.append((kind.value, text.raw[: 2 * length.value].decode("utf-16-le")))
        assert self.code(f"{prefix}CloseEnum", handle) == 0
        assert self.code(f"{prefix}CloseEnum", handle) == ERROR_INVALID_HANDLE
        assert self.code(f"{prefix}Enum", *arguments) == ERROR_INVALID_HANDLE
        assert self.code(f"{prefix}GetEnumCount", handle) == 0
        assert self.error == ERROR_INVALID_HANDLE
        return found

    def links(self, name: str, kinds: int) -> list[tuple[int, str]]:
        opened = self.call("ClusterResourceOpenEnum", self.open(name), kinds)
        assert opened != 0
        return self.found("ClusterResource", c_uint64(opened))

    def objects(self, kinds: int) -> list[tuple[int, str]]:
        opened = self.call("ClusterOpenEnum", self.cluster, kinds)
        assert opened != 0
        return self.found("Cluster", c_uint64(opened))

    def set(self, identity: str, name: str, text: str) -> None:
        root, key = c_uint64(), c_uint64()
        assert self.host.root_key(self.number, byref(root)) == 0
        path = wide(f"Resources\\{identity}\\Parameters")
        arguments = root, path, 0, KEY_ALL_ACCESS, None, byref(key), None
        assert self.code("ClusterRegCreateKey", *arguments) == 0
        data = wide(text)
        assert self.code("ClusterRegSetValue", key, wide(name), REG_SZ, data, len(data)) == 0
        for one in (root, key):
            assert self.code("ClusterRegCloseKey", one) == 0


@pytest.fixture
def group(
    clusapi: ctypes.CDLL, resutils: ctypes.CDLL, host: libraries.Functions
) -> Iterator[Group]:
    number = host.make_cluster(wide("Mine"), wide("node-1"))
    newer = host.make_cluster(wide("Newer"), wide("node-2"))
    host.set_current(number)
    for name in ("App", "Front"):
        assert host.add_resource(number, wide(f"id-{name}"), wide(name), wide("Sample")) == 0
    declared = {
        "Name": ("Network Name", UNKNOWN, 0),
        "IP": ("IP Address", NETWORK, 1 << 31),
        "Disk": ("Physical Disk", STORAGE, 3 << 30),
    }
    for name, (kind, *of_class) in declared.items():
        arguments = wide(f"id-{name}"), wide(name), wide(kind), *of_class
        assert host.declare_resource(number, *arguments) == 0
    for name, on in (("App", "Name"), ("App", "Disk"), ("Name", "IP"), ("Front", "App")):
        assert host.add_dependency(number, wide(f"id-{name}"), wide(f"ID-{on}")) == 0
    cluster = c_uint64(libraries.call(clusapi, "OpenCluster", None))
    yield Group(clusapi, resutils, host, number, cluster)
    host.set_current(0)
    assert host.close_cluster(number) == host.close_cluster(newer) == 0


def test_a_dependency_is_added_once_and_never_closes_a_circle(group: Group) -> None:
    def add(one: str, on: str) -> int:
        return int(group.host.add_dependency(group.number, wide(one), wide(on)))

    assert add("id-App", "id-Name") == ERROR_DEPENDENCY_ALREADY_EXISTS
    assert add("id-App", "id-App") == ERROR_CIRCULAR_DEPENDENCY
    assert add("id-IP", "id-Front") == ERROR_CIRCULAR_DEPENDENCY
    assert add("id-App", "x") == add("x", "id-App") == ERROR_RESOURCE_NOT_FOUND
    assert add("id-Disk", "id-IP") == 0
    assert group.host.add_dependency(0, wide("id-App"), wide("id-IP")) == ERROR_INVALID_HANDLE
    set_class = group.host.set_resource_class
    assert set_class(group.number, wide("x"), STORAGE, 0) == ERROR_RESOURCE_NOT_FOUND


def test_ClusterResourceOpenEnum_ClusterResourceEnum(group: Group) -> None:
    """With ClusterResourceGetEnumCount and ClusterResourceCloseEnum."""
    assert group.links("App", DEPENDS) == [(DEPENDS, "Name"), (DEPENDS, "Disk")]
    assert group.links("app", PROVIDES) == [(PROVIDES, "Front")]
    assert group.links("Disk", 7) == [(PROVIDES, "App"), (NODES, "node-1")]
    assert group.links("IP", DEPENDS) == []
    app = group.open("App")
    for kinds in (0, 8, 15):
        assert group.call("ClusterResourceOpenEnum", app, kinds) == 0
        assert group.error == ERROR_INVALID_PARAMETER
    for wrong in (0, FORGED, group.cluster.value):
        assert group.call("ClusterResourceOpenEnum", c_uint64(wrong), DEPENDS) == 0
        assert group.error == ERROR_INVALID_HANDLE


def test_what_is_closed_is_no_dependency_until_it_is_back(group: Group) -> None:
    """Under the same id, as a hosted resource has it again by its name."""
    front = group.open("Front")
    opened = c_uint64(group.call("ClusterResourceOpenEnum", front, DEPENDS))
    app = group.open("App")
    assert group.host.remove_resource(group.number, wide("id-App")) == 0
    assert group.links("Front", DEPENDS) == group.links("Name", PROVIDES) == []
    assert group.call("ClusterResourceOpenEnum", app, DEPENDS) == 0
    assert group.error == ERROR_RESOURCE_NOT_FOUND
    assert group.found("ClusterResource", opened) == [(DEPENDS, "App")]  # what there was
    assert group.host.add_resource(group.number, wide("id-App"), wide("App"), wide("Sample")) == 0
    assert group.links("Front", DEPENDS) == [(DEPENDS, "App")]
    assert group.links("App", DEPENDS) == []  # it is new


def test_an_enumeration_without_room(group: Group) -> None:
    opened = c_uint64(group.call("ClusterResourceOpenEnum", group.open("Front"), DEPENDS))
    kind, text, length = c_uint32(), ctypes.create_string_buffer(b"\xff" * 8, 8), c_uint32(3)

    def at(*arguments: object) -> int:
        return group.code("ClusterResourceEnum", opened, *arguments)

    assert at(0, byref(kind), text, byref(length)) == ERROR_MORE_DATA
    assert (kind.value, length.value, text.raw) == (DEPENDS, 3, b"\xff" * 8)
    length.value = 0
    assert at(0, byref(kind), None, byref(length)) == 0  # documented: only the length
    assert length.value == 3
    length.value = 4
    assert at(0, byref(kind), text, byref(length)) == 0
    assert text.raw == wide("App")
    assert at(1, byref(kind), text, byref(length)) == ERROR_NO_MORE_ITEMS
    assert at(0, None, text, byref(length)) == ERROR_INVALID_PARAMETER
    assert at(0, byref(kind), text, None) == ERROR_INVALID_PARAMETER
    arguments = 0, byref(kind), text, byref(length)
    assert group.code("ClusterEnum", opened, *arguments) == ERROR_INVALID_HANDLE  # another kind
    assert group.code("ClusterCloseEnum", opened) == ERROR_INVALID_HANDLE


def test_ClusterOpenEnum_ClusterEnum(group: Group) -> None:
    """With ClusterGetEnumCount and ClusterCloseEnum."""
    root, key = c_uint64(), c_uint64()
    assert group.host.root_key(group.number, byref(root)) == 0
    for path in ("ResourceTypes\\Other", "ResourceTypes\\SAMPLE"):
        arguments = root, wide(path), 0, KEY_ALL_ACCESS, None, byref(key), None
        assert group.code("ClusterRegCreateKey", *arguments) == 0
    node, restype, resource = 1, 2, 4
    resources = [(resource, name) for name in ("App", "Disk", "Front", "IP", "Name")]
    assert group.objects(resource) == resources
    types = group.objects(restype)
    expected = ["IP ADDRESS", "NETWORK NAME", "OTHER", "PHYSICAL DISK", "SAMPLE"]
    assert [name.upper() for kind, name in types if kind == restype] == expected
    assert group.objects(0x3F) == [(node, "node-1"), *types, *resources]
    for none in (8, 16, 32, 0x40000000, 0x80000000):  # groups, networks, ...
        assert group.objects(none) == []
    for wrong in (0, 0x40, 0x40000001):
        assert group.call("ClusterOpenEnum", group.cluster, wrong) == 0
        assert group.error == ERROR_INVALID_PARAMETER
    assert group.call("ClusterOpenEnum", group.open("App"), resource) == 0
    assert group.error == ERROR_INVALID_HANDLE


def test_ClusterResourceTypeOpenEnum_ClusterResourceTypeEnum(group: Group) -> None:
    """With ClusterResourceTypeGetEnumCount and ClusterResourceTypeCloseEnum."""

    def opened(name: str | None, kinds: int) -> c_uint64:
        text = None if name is None else wide(name)
        return c_uint64(group.call("ClusterResourceTypeOpenEnum", group.cluster, text, kinds))

    both = group.found("ClusterResourceType", opened("sample", 3))
    assert both == [(1, "node-1"), (2, "App"), (2, "Front")]
    assert group.found("ClusterResourceType", opened("IP Address", 2)) == [(2, "IP")]
    assert opened("x", 3).value == 0
    assert group.error == ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND
    for name, kinds in ((None, 3), ("sample", 0), ("sample", 4)):
        assert opened(name, kinds).value == 0
        assert group.error == ERROR_INVALID_PARAMETER


def test_CanResourceBeDependent(group: Group) -> None:
    handles = {name: group.open(name) for name in ("App", "Front", "IP", "Disk")}

    def can(one: str, on: str) -> bool:
        return bool(group.code("CanResourceBeDependent", handles[one], handles[on]))

    assert all(can(*pair) for pair in (("Disk", "IP"), ("Front", "Disk"), ("App", "Disk")))
    assert not any(can(*pair) for pair in (("IP", "Front"), ("App", "Front"), ("App", "App")))
    assert group.code("CanResourceBeDependent", handles["App"], c_uint64(FORGED)) == 0
    assert group.error == ERROR_INVALID_HANDLE


def test_GetClusterResourceNetworkName(group: Group) -> None:
    text, length = ctypes.create_string_buffer(b"\xff" * 20, 20), c_uint32(10)

    def ask(name: str) -> bool:
        return bool(
            group.code("GetClusterResourceNetworkName", group.open(name), text, byref(length))
        )

    assert not ask("App")  # declared without one
    assert group.error == 2
    group.set("id-Name", "Name", "files")
    assert ask("App")
    assert (text.raw[:12], length.value) == (wide("files"), 5)
    length.value = 6
    assert ask("Front")  # by App
    length.value = 5
    assert not ask("App")
    assert (group.error, length.value) == (ERROR_MORE_DATA, 5)
    for name in ("Name", "Disk"):
        assert not ask(name)
        assert group.error == ERROR_DEPENDENCY_NOT_FOUND
    arguments = group.open("App"), None, byref(length)
    assert group.code("GetClusterResourceNetworkName", *arguments) == 0
    assert group.error == ERROR_INVALID_PARAMETER
    assert group.code("GetClusterResourceNetworkName", None, text, byref(length)) == 0
    assert group.error == ERROR_INVALID_HANDLE


def test_ClusterResourceControl(group: Group) -> None:
    def control(name: str, code: int, room: int = 256) -> tuple[int, bytes, int]:
        data, returned = ctypes.create_string_buffer(room + 1), c_uint32()
        arguments = group.open(name), None, c_uint32(code), None, 0, data, room, byref(returned)
        answer = group.code("ClusterResourceControl", *arguments)
        return answer, data.raw[: min(returned.value, room)], returned.value

    assert control("app", ControlCode.RESOURCE_GET_NAME) == (0, wide("App"), 8)
    assert control("App", ControlCode.RESOURCE_GET_NAME, 7)[::2] == (ERROR_MORE_DATA, 8)
    assert control("App", ControlCode.RESOURCE_GET_NAME, 0) == (0, b"", 8)
    assert control("App", ControlCode.RESOURCE_GET_ID)[1] == wide("id-App")
    assert control("IP", ControlCode.RESOURCE_GET_RESOURCE_TYPE)[1] == wide("IP Address")
    of_class = ControlCode.RESOURCE_GET_CLASS_INFO
    assert control("Disk", of_class) == (0, struct.pack("=II", STORAGE, 3 << 30), 8)
    assert control("App", of_class) == (0, bytes(8), 8)
    assert group.host.set_resource_class(group.number, wide("id-App"), 32769, 5) == 0
    assert control("App", of_class) == (0, struct.pack("=II", 32769, 5), 8)
    properties = ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES
    group.set("id-IP", "Address", "10.0.0.7")
    answer, data, size = control("IP", properties)
    assert (answer, property_list.decode(data)) == (0, {"Address": "10.0.0.7"})
    assert control("IP", properties, size - 1)[::2] == (ERROR_MORE_DATA, size)

    # A hosted one's are its DLL's to tell, to a thread that is in no entry point.
    assert control("App", properties)[0] == ERROR_POSSIBLE_DEADLOCK
    assert group.host.set_current(0) == group.number
    assert control("App", properties)[0] == ERROR_RESOURCE_NOT_AVAILABLE  # without its host
    assert group.host.set_current(group.number) == 0
    called = (libraries.CallsNotServed * 2)()
    unknown = ControlCode.RESOURCE_GET_LOADBAL_PROCESS_LIST
    assert control("IP", unknown)[0] == ERROR_CALL_NOT_IMPLEMENTED
    assert group.host.calls_not_served(group.number, called, 2) == 1
    assert called[0].name == b"ClusterResourceControl with such a control code"
    arguments = None, None, c_uint32(properties), None, 0, None, 0, None
    assert group.code("ClusterResourceControl", *arguments) == ERROR_INVALID_HANDLE
    arguments = group.open("App"), group.cluster, *arguments[2:]  # no node
    assert group.code("ClusterResourceControl", *arguments) == ERROR_INVALID_HANDLE


def test_a_declared_resource_is_online(group: Group) -> None:
    arguments = group.open("Disk"), None, None, None, None
    assert group.code("GetClusterResourceState", *arguments) == ONLINE


def test_ResUtilResourcesEqual_ResUtilResourceTypesEqual(group: Group) -> None:
    app, again, disk = group.open("App"), group.open("APP"), group.open("Disk")
    assert group.code("ResUtilResourcesEqual", app, again) == 1
    assert group.code("ResUtilResourcesEqual", app, disk) == 0
    assert group.code("ResUtilResourcesEqual", app, None) == 0
    assert group.code("ResUtilResourceTypesEqual", wide("physical disk"), disk) == 1
    assert group.code("ResUtilResourceTypesEqual", wide("Sample"), disk) == 0
    for wrong in ((None, disk), (wide("Sample"), None)):
        assert group.code("ResUtilResourceTypesEqual", *wrong) == 0


def test_ResUtilIsResourceClassEqual(group: Group) -> None:
    disk = group.open("Disk")
    for resource_class, equal in ((STORAGE, 1), (NETWORK, 0)):
        asked = struct.pack("=II", resource_class, 0xABCD)  # the subclass does not count
        assert group.code("ResUtilIsResourceClassEqual", asked, disk) == equal
    assert group.code("ResUtilIsResourceClassEqual", None, disk) == 0
    assert group.code("ResUtilIsResourceClassEqual", struct.pack("=II", STORAGE, 0), None) == 0


def test_ResUtilGetResourceName(group: Group) -> None:
    text, length = ctypes.create_string_buffer(8), c_uint32(3)
    app = group.open("App")
    assert group.code("ResUtilGetResourceName", app, text, byref(length)) == ERROR_MORE_DATA
    length.value += 1
    assert group.code("ResUtilGetResourceName", app, text, byref(length)) == 0
    assert (text.raw, length.value) == (wide("App"), 3)
    assert group.code("ResUtilGetResourceName", app, None, byref(length)) == 87
    wrong = group.code("ResUtilGetResourceName", None, text, byref(length))
    assert wrong == ERROR_INVALID_HANDLE


def test_ResUtilGetResourceDependency(group: Group) -> None:
    """And ResUtilGetResourceDependencyEx."""
    for function, *rest in (
        ("ResUtilGetResourceDependency",),
        ("ResUtilGetResourceDependencyEx", 1 << 31),
    ):

        def ask(
            handle: object, kind: str | None, function: str = function, rest: list[int] = rest
        ) -> str:
            text = None if kind is None else wide(kind)
            return group.name(group.call(function, handle, text, *rest))

        app = group.open("App")
        assert ask(app, "network name") == "Name"
        assert ask(app, "Physical Disk") == "Disk"
        assert ask(app, "IP Address") == ""  # not directly
        assert group.error == ERROR_DEPENDENCY_NOT_FOUND
        assert ask(app, None) == ""
        assert group.error == ERROR_INVALID_PARAMETER
        assert ask(None, "IP Address") == ask(c_uint64(FORGED), "IP Address") == ""
        assert group.error == ERROR_INVALID_HANDLE


def test_ResUtilGetResourceDependencyByName(group: Group) -> None:
    """And ResUtilGetResourceDependencyByNameEx."""
    for function, *rest in (
        ("ResUtilGetResourceDependencyByName",),
        ("ResUtilGetResourceDependencyByNameEx", 1 << 31),
    ):
        front = group.open("Front")

        def ask(kind: str, recurse: int, function: str = function, rest: list[int] = rest) -> str:
            arguments = group.cluster, group.open("Front"), wide(kind), recurse, *rest
            return group.name(group.call(function, *arguments))

        assert ask("Sample", 0) == ask("Sample", 1) == "App"
        assert ask("IP Address", 1) == "IP"
        assert ask("IP Address", 0) == ask("x", 1) == ""
        assert group.error == ERROR_DEPENDENCY_NOT_FOUND
        for wrong in ((group.cluster, None), (None, front), (front, front)):
            assert group.call(function, *wrong, wide("Sample"), 1, *rest) == 0
            assert group.error == ERROR_INVALID_HANDLE
        assert group.call(function, group.cluster, front, None, 1, *rest) == 0
        assert group.error == ERROR_INVALID_PARAMETER


def test_ResUtilGetResourceDependencyByClass(group: Group) -> None:
    """And ResUtilGetResourceDependencyByClassEx."""
    for function, *rest in (
        ("ResUtilGetResourceDependencyByClass",),
        ("ResUtilGetResourceDependencyByClassEx", 1 << 31),
    ):

        def ask(kind: int, recurse: int, function: str = function, rest: list[int] = rest) -> str:
            asked = struct.pack("=II", kind, 0)
            arguments = group.cluster, group.open("Front"), asked, recurse, *rest
            return group.name(group.call(function, *arguments))

        assert ask(STORAGE, 1) == "Disk"
        assert ask(NETWORK, 1) == "IP"
        assert ask(STORAGE, 0) == ""
        assert group.error == ERROR_DEPENDENCY_NOT_FOUND
        assert group.call(function, group.cluster, group.open("App"), None, 1, *rest) == 0
        assert group.error == ERROR_INVALID_PARAMETER


def test_ResUtilGetResourceNameDependency(group: Group) -> None:
    """And ResUtilGetResourceNameDependencyEx."""
    for function, *rest in (
        ("ResUtilGetResourceNameDependency",),
        ("ResUtilGetResourceNameDependencyEx", 1 << 31),
    ):
        kind = wide("Physical Disk")
        assert group.name(group.call(function, wide("App"), kind, *rest)) == "Disk"
        assert group.call(function, wide("Front"), kind, *rest) == 0
        assert group.error == ERROR_DEPENDENCY_NOT_FOUND
        assert group.call(function, wide("x"), kind, *rest) == 0
        assert group.error == ERROR_RESOURCE_NOT_FOUND
        assert group.call(function, None, kind, *rest) == 0
        assert group.error == ERROR_INVALID_PARAMETER


def test_ResUtilEnumResources_ResUtilEnumResourcesEx(group: Group) -> None:
    """And ResUtilEnumResourcesEx2."""
    seen: list[str] = []
    answers: dict[str, int] = {}

    def see(handle: int) -> int:
        text, length = ctypes.create_string_buffer(64), c_uint32(32)
        asked = group.code("ResUtilGetResourceName", c_uint64(handle), text, byref(length))
        assert asked == 0
        seen.append(text.raw[: 2 * length.value].decode("utf-16-le"))
        return answers.get(seen[-1], 0)

    plain = ctypes.CFUNCTYPE(c_uint32, c_uint64, c_uint64, c_void_p)(
        lambda me, one, parameter: see(one) if parameter == 7 else 1
    )
    wider = ctypes.CFUNCTYPE(c_uint32, c_uint64, c_uint64, c_uint64, c_void_p)(
        lambda cluster, me, one, parameter: see(one) if cluster == group.cluster.value else 1
    )
    functions: list[Callable[..., int]] = [
        lambda me, kind: group.code("ResUtilEnumResources", me, kind, plain, c_void_p(7)),
        lambda me, kind: group.code("ResUtilEnumResourcesEx", group.cluster, me, kind, wider, None),
        lambda me, kind: group.code(
            "ResUtilEnumResourcesEx2", group.cluster, me, kind, wider, None, 1 << 31
        ),
    ]
    app = group.open("App")
    for function in functions:
        seen.clear()
        answers.clear()
        assert function(None, None) == 0
        assert seen == ["App", "Disk", "Front", "IP", "Name"]
        seen.clear()
        assert function(app, wide("sample")) == 0
        assert seen == ["Front"]
        seen.clear()
        answers.update(Disk=5, IP=ERROR_NO_MORE_ITEMS)
        assert function(None, None) == 5
        assert seen == ["App", "Disk"]
        seen.clear()
        del answers["Disk"]
        assert function(None, None) == 0
        assert seen == ["App", "Disk", "Front", "IP"]
        assert function(c_uint64(FORGED), None) == ERROR_INVALID_HANDLE
    assert group.code("ResUtilEnumResources", None, None, None, None) == ERROR_INVALID_PARAMETER
    wrong = group.code("ResUtilEnumResourcesEx", None, None, None, wider, None)
    assert wrong == ERROR_INVALID_HANDLE


def test_ResUtilGetResourceDependentIPAddressProps(group: Group) -> None:
    properties = {"Address": "10.0.0.7", "SubnetMask": "255.0.0.0", "Network": "LAN"}
    for name, text in properties.items():
        group.set("id-IP", name, text)
    texts = [ctypes.create_string_buffer(64) for _ in properties]
    lengths = [c_uint32(32) for _ in properties]

    def ask(name: str) -> int:
        rooms = [x for pair in zip(texts, map(byref, lengths), strict=True) for x in pair]
        return group.code("ResUtilGetResourceDependentIPAddressProps", group.open(name), *rooms)

    assert ask("Name") == 0
    for text, length, value in zip(texts, lengths, properties.values(), strict=True):
        assert text.raw[: 2 * length.value] == wide(value)  # the NUL counts here
    lengths[0].value = 8
    assert ask("Name") == ERROR_MORE_DATA
    assert [length.value for length in lengths] == [9, 10, 4]
    assert ask("App") == ERROR_RESOURCE_NOT_PRESENT  # not directly
    lengths[0].value = 32
    rooms = [None, byref(lengths[0]), *[x for t in texts[1:] for x in (t, byref(lengths[1]))]]
    wrong = group.code("ResUtilGetResourceDependentIPAddressProps", group.open("Name"), *rooms)
    assert wrong == ERROR_INVALID_PARAMETER


def test_ResUtilFindDependentDiskResourceDriveLetter(group: Group) -> None:
    text, length = ctypes.create_string_buffer(b"\xff" * 8, 8), c_uint32(3)
    function = "ResUtilFindDependentDiskResourceDriveLetter"

    def ask(name: str) -> int:
        return group.code(function, group.cluster, group.open(name), text, byref(length))

    assert ask("App") == 2  # declared without one
    group.set("id-Disk", "Drive", "E:")
    length.value = 2
    assert ask("App") == ERROR_MORE_DATA
    assert (text.raw, length.value) == (b"\xff" * 8, 3)  # the NUL counts here
    assert ask("App") == 0
    assert (text.raw[:6], length.value) == (wide("E:"), 3)
    assert ask("Front") == ask("Disk") == ERROR_RESOURCE_NOT_PRESENT  # not directly
    app = group.open("App")
    for wrong in ((text, None), (None, byref(length))):
        assert group.code(function, group.cluster, app, *wrong) == ERROR_INVALID_PARAMETER
    for handles in ((group.cluster, None), (None, app)):
        assert group.code(function, *handles, text, byref(length)) == ERROR_INVALID_HANDLE


def test_ResUtilDupResource(group: Group) -> None:
    app, copy = group.open("App"), c_uint64(FORGED)
    assert group.code("ResUtilDupResource", app, byref(copy)) == 0
    assert copy.value not in (0, app.value)
    assert group.code("CloseClusterResource", app) == 1
    assert group.name(copy.value) == "App"  # for itself
    for wrong in (app, None, c_uint64(FORGED)):
        assert group.code("ResUtilDupResource", wrong, byref(copy)) == ERROR_INVALID_HANDLE
        assert copy.value == 0
    assert group.code("ResUtilDupResource", group.open("IP"), None) == ERROR_INVALID_PARAMETER
    gone = group.open("Front")
    assert group.host.remove_resource(group.number, wide("id-Front")) == 0
    assert group.code("ResUtilDupResource", gone, byref(copy)) == ERROR_RESOURCE_NOT_FOUND


def test_ResUtilResourceDepEnum(group: Group) -> None:
    seen: list[str] = []
    answers = [0]

    @ctypes.CFUNCTYPE(c_uint32, c_uint64, c_uint64, c_uint64, c_void_p)
    def see(cluster: int, me: int, one: int, parameter: int) -> int:
        text, length = ctypes.create_string_buffer(64), c_uint32(32)
        assert (me, parameter) == (app.value, 7)
        assert (
            group.code("GetClusterInformation", c_uint64(cluster), text, byref(length), None) == 0
        )
        length.value = 32
        assert group.code("ResUtilGetResourceName", c_uint64(one), text, byref(length)) == 0
        seen.append(text.raw[: 2 * length.value].decode("utf-16-le"))
        return answers[-1]

    def enumerate_links(handle: object, kinds: int) -> tuple[int, list[str]]:
        seen.clear()
        parameter = c_void_p(7)
        return group.code("ResUtilResourceDepEnum", handle, kinds, see, parameter), [*seen]

    app = group.open("App")
    assert enumerate_links(app, DEPENDS) == (0, ["Name", "Disk"])
    assert enumerate_links(app, PROVIDES) == (0, ["Front"])
    assert enumerate_links(app, DEPENDS | PROVIDES) == (0, ["Name", "Disk", "Front"])
    for answer, code in ((5, 5), (ERROR_NO_MORE_ITEMS, 0)):
        answers.append(answer)
        assert enumerate_links(app, DEPENDS) == (code, ["Name"])
    for kinds in (0, NODES, DEPENDS | NODES, 8):
        assert enumerate_links(app, kinds) == (ERROR_INVALID_PARAMETER, [])
    for wrong in (None, c_uint64(FORGED), group.cluster):
        assert enumerate_links(wrong, DEPENDS) == (ERROR_INVALID_HANDLE, [])
    no_routine = group.code("ResUtilResourceDepEnum", app, DEPENDS, None, None)
    assert no_routine == ERROR_INVALID_PARAMETER


def test_ResUtilNodeEnum(group: Group) -> None:
    seen: list[tuple[int, int, int]] = []
    answers = [0]

    @ctypes.CFUNCTYPE(c_uint32, c_uint64, c_uint64, ctypes.c_int32, c_void_p)
    def see(cluster: int, node: int, state: int, parameter: int) -> int:
        seen.append((cluster, state, parameter))
        assert group.code("GetClusterNodeState", c_uint64(node)) == NODE_UP
        return answers[-1]

    arguments = see, c_void_p(7)
    for answer, code in ((0, 0), (5, 5), (ERROR_NO_MORE_ITEMS, 0)):
        answers.append(answer)
        assert group.code("ResUtilNodeEnum", group.cluster, *arguments) == code
        assert seen == [(group.cluster.value, NODE_UP, 7)]
        seen.clear()
    for wrong in (None, c_uint64(FORGED), group.open("App")):
        assert group.code("ResUtilNodeEnum", wrong, *arguments) == ERROR_INVALID_HANDLE
    assert group.code("ResUtilNodeEnum", group.cluster, None, None) == ERROR_INVALID_PARAMETER
