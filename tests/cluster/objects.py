"""The stand-in libraries' functions on the cluster, its node, its resources and their keys, as a
resource DLL calls them; each test has the names of those that it is about."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from ctypes import byref, c_int32, c_uint32, c_uint64
from dataclasses import dataclass, field

import libraries
import pytest
from libraries import ERROR_INVALID_HANDLE, ERROR_RESOURCE_NOT_FOUND, KEY_ALL_ACCESS, wide

clusapi, host = libraries.clusapi, libraries.host

ERROR_FILE_NOT_FOUND, ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER = 2, 5, 87
ERROR_MORE_DATA, RPC_S_SERVER_UNAVAILABLE = 234, 1722
ERROR_CLUSTER_NODE_NOT_FOUND, ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND = 5042, 5078
NOT_INSTALLED, RUNNING = 0, 19  # of a node's cluster
NODE_UP, NODE_UNKNOWN = 0, -1
STATE_UNKNOWN, ONLINE_PENDING = -1, 129
GENERIC_READ, GENERIC_ALL, MAXIMUM_ALLOWED = 1 << 31, 1 << 28, 1 << 25
KEY_READ = 0x20019
REG_SZ, REG_DWORD = 1, 4
CREATED, OPENED = 1, 2
FORGED = 0xDEADBEEF0003


@dataclass
class Cluster:
    """Named Mine, which is the calling thread's, as in an entry point; a newer one is there as
    well. Disk 1 is a resource of it, on its way online, of type Disk."""

    clusapi: ctypes.CDLL
    host: libraries.Functions
    number: int
    handle: c_uint64 = field(default_factory=c_uint64)

    def call(self, name: str, *arguments: object, result: object = c_uint64) -> int:
        return libraries.call(self.clusapi, name, *arguments, result=result)

    def code(self, name: str, *arguments: object) -> int:
        return self.call(name, *arguments, result=c_uint32)

    def opened(self, name: str, *arguments: object) -> c_uint64:
        handle = c_uint64(self.call(name, *arguments))
        assert handle.value != 0
        return handle

    @property
    def error(self) -> int:
        return libraries.last_error(self.clusapi)

    def refused(self, name: str, *arguments: object) -> int:
        """The error of a function that has returned NULL or FALSE."""
        assert self.call(name, *arguments) == 0
        return self.error

    def name_of(self, handle: c_uint64) -> str:
        text, length = ctypes.create_string_buffer(64), c_uint32(32)
        assert self.code("GetClusterInformation", handle, text, byref(length), None) == 0
        return text.raw[: 2 * length.value].decode("utf-16-le")

    def number_in(self, key: c_uint64, name: str) -> int:
        kind, number, size = c_uint32(), c_uint32(), c_uint32(4)
        arguments = key, wide(name), byref(kind), byref(number), byref(size)
        assert self.code("ClusterRegQueryValue", *arguments) == 0
        assert (kind.value, size.value) == (REG_DWORD, 4)
        return number.value

    @property
    def root(self) -> c_uint64:
        key = c_uint64()
        assert self.host.root_key(self.number, byref(key)) == 0
        return key

    @property
    def resource(self) -> c_uint64:
        return self.opened("OpenClusterResource", self.handle, wide("disk 1"))

    @property
    def node(self) -> c_uint64:
        return self.opened("OpenClusterNode", self.handle, None)

    def expect_closes_once(self, close: str, handle: c_uint64) -> None:
        """And is for handles of its kind alone."""
        for wrong in (c_uint64(0), c_uint64(FORGED), self.root):
            assert self.refused(close, wrong) == ERROR_INVALID_HANDLE
        assert self.call(close, handle, result=c_int32) == 1
        assert self.refused(close, handle) == ERROR_INVALID_HANDLE


@pytest.fixture
def cluster(clusapi: ctypes.CDLL, host: libraries.Functions) -> Iterator[Cluster]:
    number = host.make_cluster(wide("Mine"), wide("node-1"))
    newer = host.make_cluster(wide("Newer"), wide("node-2"))
    host.set_current(number)
    assert host.add_resource(number, wide("id-1"), wide("Disk 1"), wide("Disk")) == 0
    assert host.set_resource_state(number, wide("id-1"), ONLINE_PENDING) == 0
    made = Cluster(clusapi, host, number)
    for path in ("Resources\\id-1", "ResourceTypes\\Disk"):
        arguments = made.root, wide(path), 0, KEY_ALL_ACCESS, None, byref(c_uint64()), None
        assert made.code("ClusterRegCreateKey", *arguments) == 0
    made.handle = made.opened("OpenCluster", None)
    yield made
    host.set_current(0)
    host.close_cluster(number)
    assert host.close_cluster(newer) == 0


# ---- The cluster ---------------------------------------------------------------------------------


def test_OpenCluster_CloseCluster(cluster: Cluster) -> None:
    assert cluster.name_of(cluster.handle) == "Mine"  # of the entry point's monitor
    assert cluster.name_of(cluster.opened("OpenCluster", wide("MINE"))) == "Mine"
    assert cluster.refused("OpenCluster", wide("Newer")) == RPC_S_SERVER_UNAVAILABLE
    cluster.host.set_current(0)
    assert cluster.name_of(cluster.opened("OpenCluster", None)) == "Newer"
    cluster.expect_closes_once("CloseCluster", cluster.handle)
    used = cluster.refused("OpenClusterResource", cluster.handle, wide("Disk 1"))
    assert used == ERROR_INVALID_HANDLE


def test_a_closed_cluster_has_no_handles_left(cluster: Cluster) -> None:
    resource, node = cluster.resource, cluster.node
    assert cluster.host.close_cluster(cluster.number) == 0
    handles = {
        "CloseCluster": cluster.handle,
        "CloseClusterResource": resource,
        "CloseClusterNode": node,
    }
    for close, handle in handles.items():
        assert cluster.refused(close, handle) == ERROR_INVALID_HANDLE


def test_OpenClusterEx(cluster: Cluster) -> None:
    granted = c_uint32(5)
    opened = cluster.opened("OpenClusterEx", None, c_uint32(GENERIC_READ), byref(granted))
    assert (cluster.name_of(opened), granted.value) == ("Mine", GENERIC_READ)
    cluster.opened("OpenClusterEx", None, MAXIMUM_ALLOWED, byref(granted))
    assert granted.value == GENERIC_ALL
    cluster.opened("OpenClusterEx", None, GENERIC_ALL, None)
    refused = cluster.refused("OpenClusterEx", wide("x"), GENERIC_ALL, byref(granted))
    assert refused == RPC_S_SERVER_UNAVAILABLE


def test_GetClusterInformation(cluster: Cluster) -> None:
    text, length = ctypes.create_string_buffer(b"\xff" * 10, 10), c_uint32(4)

    def ask(handle: object, *arguments: object) -> int:
        return cluster.code("GetClusterInformation", handle, *arguments)

    assert ask(cluster.handle, text, byref(length), None) == ERROR_MORE_DATA
    assert (text.raw, length.value) == (b"\xff" * 10, 4)
    length.value = 5
    version = ctypes.create_string_buffer(struct.pack("=I", 288) + b"\xff" * 284, 288)
    assert ask(cluster.handle, text, byref(length), version) == 0
    assert (text.raw, length.value) == (wide("Mine"), 4)
    assert struct.unpack_from("=IHH", version.raw) == (288, 10, 0)
    version = ctypes.create_string_buffer(struct.pack("=I", 8), 8)  # nobody's structure
    for wrong in ((None, byref(length), None), (text, None, None), (text, byref(length), version)):
        assert ask(cluster.handle, *wrong) == ERROR_INVALID_PARAMETER
    for handle in (None, c_uint64(FORGED), cluster.resource):
        assert ask(handle, text, byref(length), None) == ERROR_INVALID_HANDLE


def test_GetClusterKey(cluster: Cluster) -> None:
    key = cluster.opened("GetClusterKey", cluster.handle, KEY_ALL_ACCESS)
    one = struct.pack("=I", 1)
    assert cluster.code("ClusterRegSetValue", key, wide("x"), REG_DWORD, one, 4) == 0
    assert cluster.number_in(cluster.root, "x") == 1
    reader = cluster.opened("GetClusterKey", cluster.handle, KEY_READ)
    denied = cluster.code("ClusterRegSetValue", reader, wide("x"), REG_DWORD, one, 4)
    assert denied == ERROR_ACCESS_DENIED
    for wrong in (None, c_uint64(FORGED), cluster.resource):
        assert cluster.refused("GetClusterKey", wrong, KEY_READ) == ERROR_INVALID_HANDLE


# ---- The node ------------------------------------------------------------------------------------


def test_OpenClusterNode_CloseClusterNode(cluster: Cluster) -> None:
    cluster.opened("OpenClusterNode", cluster.handle, wide("NODE-1"))
    other = cluster.refused("OpenClusterNode", cluster.handle, wide("node-2"))
    assert other == ERROR_CLUSTER_NODE_NOT_FOUND
    for wrong in (None, c_uint64(FORGED), cluster.resource):
        assert cluster.refused("OpenClusterNode", wrong, None) == ERROR_INVALID_HANDLE
    cluster.expect_closes_once("CloseClusterNode", cluster.node)


def test_OpenClusterNodeEx(cluster: Cluster) -> None:
    granted = c_uint32()
    arguments = c_uint32(GENERIC_READ), byref(granted)
    node = cluster.opened("OpenClusterNodeEx", cluster.handle, wide("node-1"), *arguments)
    assert granted.value == GENERIC_READ
    assert cluster.call("CloseClusterNode", node, result=c_int32) == 1
    refused = cluster.refused("OpenClusterNodeEx", cluster.handle, wide("x"), *arguments)
    assert refused == ERROR_CLUSTER_NODE_NOT_FOUND


def test_GetClusterNodeState(cluster: Cluster) -> None:
    assert cluster.call("GetClusterNodeState", cluster.node, result=c_int32) == NODE_UP
    for wrong in (None, c_uint64(FORGED), cluster.handle):
        assert cluster.call("GetClusterNodeState", wrong, result=c_int32) == NODE_UNKNOWN
        assert cluster.error == ERROR_INVALID_HANDLE


def test_GetNodeClusterState(cluster: Cluster) -> None:
    state = c_uint32(5)
    for node in (None, wide("Node-1")):
        state.value = 5
        assert cluster.code("GetNodeClusterState", node, byref(state)) == 0
        assert state.value == RUNNING
    unknown = cluster.code("GetNodeClusterState", wide("x"), byref(state))
    assert unknown == RPC_S_SERVER_UNAVAILABLE
    assert cluster.code("GetNodeClusterState", None, None) == ERROR_INVALID_PARAMETER


def test_without_a_monitor_no_cluster_is_installed(
    clusapi: ctypes.CDLL,
) -> None:
    state = c_uint32(5)
    assert libraries.call(clusapi, "GetNodeClusterState", None, byref(state)) == 0
    assert state.value == NOT_INSTALLED
    assert libraries.call(clusapi, "OpenCluster", None) == 0
    assert libraries.last_error(clusapi) == RPC_S_SERVER_UNAVAILABLE


def test_GetClusterFromNode_GetClusterFromResource(cluster: Cluster) -> None:
    for function, handle in (
        ("GetClusterFromNode", cluster.node),
        ("GetClusterFromResource", cluster.resource),
    ):
        found = cluster.opened(function, handle)
        assert cluster.name_of(found) == "Mine"
        assert cluster.call("CloseCluster", found, result=c_int32) == 1
        for wrong in (None, c_uint64(FORGED), cluster.handle):
            assert cluster.refused(function, wrong) == ERROR_INVALID_HANDLE


# ---- Resources, and their types ------------------------------------------------------------------


def test_OpenClusterResource_CloseClusterResource(cluster: Cluster) -> None:
    for name in ("Disk 1", "DISK 1", "ID-1"):  # by its id as well
        cluster.opened("OpenClusterResource", cluster.handle, wide(name))
    nobody = cluster.refused("OpenClusterResource", cluster.handle, wide("Disk 2"))
    assert nobody == ERROR_RESOURCE_NOT_FOUND
    no_name = cluster.refused("OpenClusterResource", cluster.handle, None)
    assert no_name == ERROR_INVALID_PARAMETER
    for wrong in (None, c_uint64(FORGED), cluster.node):
        refused = cluster.refused("OpenClusterResource", wrong, wide("Disk 1"))
        assert refused == ERROR_INVALID_HANDLE
    cluster.expect_closes_once("CloseClusterResource", cluster.resource)


def test_OpenClusterResourceEx(cluster: Cluster) -> None:
    granted = c_uint32()
    arguments = c_uint32(GENERIC_READ), byref(granted)
    opened = cluster.opened("OpenClusterResourceEx", cluster.handle, wide("Disk 1"), *arguments)
    assert granted.value == GENERIC_READ
    assert cluster.call("CloseClusterResource", opened, result=c_int32) == 1
    refused = cluster.refused("OpenClusterResourceEx", cluster.handle, wide("x"), *arguments)
    assert refused == ERROR_RESOURCE_NOT_FOUND


def test_a_resource_is_found_by_the_name_that_it_has_now(cluster: Cluster) -> None:
    assert cluster.host.rename_resource(cluster.number, wide("id-1"), wide("Disk 2")) == 0
    before = cluster.refused("OpenClusterResource", cluster.handle, wide("Disk 1"))
    assert before == ERROR_RESOURCE_NOT_FOUND
    cluster.opened("OpenClusterResource", cluster.handle, wide("disk 2"))
    for name in ("DISK 2", "Disk 3"):  # in other letters, and another one
        assert cluster.host.rename_resource(cluster.number, wide("id-1"), wide(name)) == 0
    add = cluster.host.add_resource
    assert add(cluster.number, wide("id-2"), wide("Disk 2"), wide("Disk")) == 0
    assert cluster.host.remove_resource(cluster.number, wide("id-1")) == 0
    assert add(cluster.number, wide("id-3"), wide("Disk 3"), wide("Disk")) == 0
    assert cluster.host.remove_resource(cluster.number, wide("id-3")) == 0
    gone = cluster.refused("OpenClusterResource", cluster.handle, wide("Disk 3"))
    assert gone == ERROR_RESOURCE_NOT_FOUND


def test_GetClusterResourceState(cluster: Cluster) -> None:
    node, length = ctypes.create_string_buffer(64), c_uint32(32)
    group, room = ctypes.create_string_buffer(64), c_uint32(32)

    def ask(handle: object, *arguments: object) -> int:
        return cluster.call("GetClusterResourceState", handle, *arguments, result=c_int32)

    resource = cluster.resource
    assert ask(resource, node, byref(length), group, byref(room)) == ONLINE_PENDING
    assert (node.raw[:14], length.value, room.value) == (wide("node-1"), 6, 0)
    assert ask(resource, None, None, None, None) == ONLINE_PENDING
    for wrong in ((node, None, None, None), (None, None, group, None)):
        assert ask(resource, *wrong) == STATE_UNKNOWN
        assert cluster.error == ERROR_INVALID_PARAMETER
    assert ask(resource, node, byref(length), None, None) == STATE_UNKNOWN  # the NUL has no room
    assert (cluster.error, length.value) == (ERROR_MORE_DATA, 6)
    for handle in (None, c_uint64(FORGED), cluster.node):
        assert ask(handle, None, None, None, None) == STATE_UNKNOWN
        assert cluster.error == ERROR_INVALID_HANDLE
    assert cluster.host.remove_resource(cluster.number, wide("id-1")) == 0
    assert ask(resource, None, None, None, None) == STATE_UNKNOWN
    assert cluster.error == ERROR_RESOURCE_NOT_FOUND


def test_GetClusterResourceKey_GetClusterResourceTypeKey(cluster: Cluster) -> None:
    one = struct.pack("=I", 1)
    for path, function, arguments in (
        ("Resources\\id-1", "GetClusterResourceKey", (cluster.resource,)),
        ("ResourceTypes\\Disk", "GetClusterResourceTypeKey", (cluster.handle, wide("DISK"))),
    ):
        key = cluster.opened(function, *arguments, KEY_ALL_ACCESS)
        assert cluster.code("ClusterRegSetValue", key, wide("x"), REG_DWORD, one, 4) == 0
        same = c_uint64()
        opened = cluster.code("ClusterRegOpenKey", cluster.root, wide(path), KEY_READ, byref(same))
        assert (opened, cluster.number_in(same, "x")) == (0, 1)
        reader = cluster.opened(function, *arguments, KEY_READ)
        denied = cluster.code("ClusterRegSetValue", reader, wide("x"), REG_DWORD, one, 4)
        assert denied == ERROR_ACCESS_DENIED
        for wrong in (None, c_uint64(FORGED), cluster.node):
            refused = cluster.refused(function, wrong, *arguments[1:], KEY_READ)
            assert refused == ERROR_INVALID_HANDLE
    function = "GetClusterResourceTypeKey"
    unknown = cluster.refused(function, cluster.handle, wide("x"), KEY_READ)
    assert unknown == ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND
    for name in (None, wide("")):
        assert cluster.refused(function, cluster.handle, name, KEY_READ) == ERROR_INVALID_PARAMETER


# ---- Keys: those that core's tests do not know ---------------------------------------------------


def test_ClusterRegCreateKeyEx_ClusterRegDeleteKeyEx(cluster: Cluster) -> None:
    key, how = c_uint64(), c_uint32()
    reason = wide("for the cluster's log")
    for disposition in (CREATED, OPENED):
        arguments = wide("A"), 0, KEY_ALL_ACCESS, None, byref(key), byref(how), reason
        assert cluster.code("ClusterRegCreateKeyEx", cluster.root, *arguments) == 0
        assert how.value == disposition
    assert cluster.code("ClusterRegCreateKeyEx", None, *arguments) == ERROR_INVALID_HANDLE
    assert cluster.code("ClusterRegDeleteKeyEx", cluster.root, wide("A"), reason) == 0
    gone = cluster.code("ClusterRegDeleteKeyEx", cluster.root, wide("A"), None)
    assert gone == ERROR_FILE_NOT_FOUND
    assert cluster.code("ClusterRegDeleteKeyEx", None, wide("A"), None) == ERROR_INVALID_HANDLE


def test_ClusterRegSetValueEx_ClusterRegDeleteValueEx(cluster: Cluster) -> None:
    reason, one = wide("for the cluster's log"), struct.pack("=I", 1)
    arguments = wide("x"), REG_DWORD, one, 4, reason
    assert cluster.code("ClusterRegSetValueEx", cluster.root, *arguments) == 0
    assert cluster.number_in(cluster.root, "X") == 1
    assert cluster.code("ClusterRegSetValueEx", None, *arguments) == ERROR_INVALID_HANDLE
    assert cluster.code("ClusterRegDeleteValueEx", cluster.root, wide("x"), reason) == 0
    gone = cluster.code("ClusterRegDeleteValueEx", cluster.root, wide("x"), None)
    assert gone == ERROR_FILE_NOT_FOUND
    assert cluster.code("ClusterRegDeleteValueEx", None, wide("x"), None) == ERROR_INVALID_HANDLE


def test_ClusterRegCreateBatch_ClusterRegCloseBatch(cluster: Cluster) -> None:
    set_value = 1  # CLUSREG_SET_VALUE
    batch, failed = c_uint64(), c_int32(5)
    assert cluster.code("ClusterRegCreateBatch", cluster.root, byref(batch)) == 0
    arguments = set_value, wide("x"), REG_DWORD, struct.pack("=I", 1), 4
    assert cluster.code("ClusterRegBatchAddCommand", batch, *arguments) == 0
    assert cluster.code("ClusterRegCloseBatch", batch, 1, byref(failed)) == 0
    assert failed.value == -1
    assert cluster.number_in(cluster.root, "x") == 1
    assert cluster.code("ClusterRegCloseBatch", batch, 1, byref(failed)) == ERROR_INVALID_HANDLE
    assert cluster.code("ClusterRegCreateBatch", None, byref(batch)) == ERROR_INVALID_HANDLE
    assert batch.value == 0
    no_room = cluster.code("ClusterRegCreateBatch", cluster.root, None)
    assert no_room == ERROR_INVALID_PARAMETER
