"""ClusterResourceControl and ClusterResourceTypeControl, to the host's own resources and types,
from threads that are nobody's and from those of a resource DLL (control.c)."""

from __future__ import annotations

import ctypes
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from ctypes import byref, c_uint32, c_void_p
from pathlib import Path

import native
import pytest
import watched

import resapi_cy as ra
from resapi_cy.cluster import surroundings
from resapi_cy.enums import ControlCode as Code
from resapi_cy.property_list import decode, encode

ECHO, BLOCK, INSIDE, MODE = 0x01200101, 0x01200105, 0x01200109, 0x0120010E
NULL = c_void_p(None)
ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED, ERROR_INVALID_PARAMETER = 1, 50, 87
ERROR_MORE_DATA, ERROR_POSSIBLE_DEADLOCK = 234, 1131
ERROR_RESOURCE_NOT_AVAILABLE, ERROR_RESOURCE_NOT_FOUND = 5006, 5007
ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND = 5078


def wide(text: str) -> bytes:
    return (text + "\0").encode("utf-16-le")


class Api:
    """The functions, as a program calls them that knows nothing of Python."""

    def __init__(self, loaded: Callable[[str], ctypes.CDLL] = ctypes.CDLL) -> None:
        surroundings.bring()
        folder = Path(surroundings.__file__).parent
        self.library = loaded(str(folder / surroundings.LIBRARIES[0]))
        for name in ("OpenCluster", "OpenClusterResource"):
            getattr(self.library, name).restype = c_void_p

    def resource(self, name: str) -> c_void_p:
        cluster = c_void_p(self.library.OpenCluster(NULL))
        found = c_void_p(self.library.OpenClusterResource(cluster, wide(name)))
        assert found
        return found

    def control(
        self, resource: c_void_p, code: int, data: bytes = b"", room: int = 1 << 20, *, ex: str = ""
    ) -> tuple[int, bytes, int]:
        """What it returns, the output, and how much there is."""
        function = getattr(self.library, f"ClusterResourceControl{ex}")
        return self._call(function, (resource, NULL), code, data, room, ex)

    def control_type(
        self, name: str, code: int, data: bytes = b"", room: int = 1 << 20, *, ex: str = ""
    ) -> tuple[int, bytes, int]:
        function = getattr(self.library, f"ClusterResourceTypeControl{ex}")
        cluster = c_void_p(self.library.OpenCluster(NULL))
        return self._call(function, (cluster, wide(name), NULL), code, data, room, ex)

    @staticmethod
    def _call(
        function: Callable[..., int],
        whom: tuple[object, ...],
        code: int,
        data: bytes,
        room: int,
        ex: str,
    ) -> tuple[int, bytes, int]:
        output, returned = ctypes.create_string_buffer(max(room, 1)), c_uint32(0)
        reason = [wide("why")] if ex else []
        error = function(
            *whom,
            c_uint32(code),
            data or NULL,
            c_uint32(len(data)),
            output if room else NULL,
            c_uint32(room),
            byref(returned),
            *reason,
        )
        return error, output.raw[: min(room, returned.value)], returned.value


@pytest.fixture
def monitor(tmp_path: Path) -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor(database=tmp_path / "cluster.db") as monitor:
        yield monitor


@pytest.fixture
def control(monitor: ra.ResourceMonitor) -> ra.ResourceType:
    dll = native.clustered(Path(__file__).with_name("control.c"))
    return monitor.load(dll, "Control")


@pytest.fixture
def web(control: ra.ResourceType) -> ra.HostedResource:
    return control.open("web")


@pytest.fixture
def api(control: ra.ResourceType) -> Api:
    return Api()


def aside(function: Callable[..., tuple[int, bytes, int]], *arguments: object) -> Future[int]:
    """In a thread of its own: what it returns."""
    future: Future[int] = Future()

    def run() -> None:
        future.set_result(function(*arguments)[0])

    threading.Thread(target=run, daemon=True).start()
    return future


def wait_for_log(monitor: ra.ResourceMonitor, beginning: str) -> str:
    deadline = time.monotonic() + watched.LONG
    while True:
        for event in monitor.poll(0.1):
            if isinstance(event, ra.LogMessage) and event.text.startswith(beginning):
                return event.text
        assert time.monotonic() < deadline


# ---- From a thread that is nobody's --------------------------------------------------------------


@pytest.mark.parametrize("ex", ["", "Ex"])
def test_a_code_goes_to_the_resources_dll(web: ra.HostedResource, api: Api, ex: str) -> None:
    resource = api.resource("web")
    assert api.control(resource, ECHO, b"abc", ex=ex) == (0, b"abc", 3)
    large = bytes(range(256)) * 1000
    assert api.control(resource, ECHO, large, ex=ex) == (0, large, len(large))
    assert api.control(resource, ECHO, b"abc", 2, ex=ex)[::2] == (ERROR_MORE_DATA, 3)
    assert api.control(resource, ECHO, b"abc", 0, ex=ex)[::2] == (0, 3)  # to ask for the size
    code = Code.RESOURCE_GET_LOADBAL_PROCESS_LIST
    assert api.control(resource, code, ex=ex)[0] == ERROR_NOT_SUPPORTED  # it is the DLL's answer
    code = Code.RESOURCE_GET_REGISTRY_CHECKPOINTS
    assert api.control(resource, code, ex=ex)[0] == ERROR_INVALID_FUNCTION


@pytest.mark.parametrize("ex", ["", "Ex"])
def test_a_code_goes_to_the_types_dll(control: ra.ResourceType, api: Api, ex: str) -> None:
    assert api.control_type("control", ECHO, b"abc", ex=ex) == (0, b"abc", 3)
    given = encode({"Port": 80})
    code = Code.RESOURCE_TYPE_SET_PRIVATE_PROPERTIES
    assert api.control_type("Control", code, given, ex=ex) == (0, b"", 0)
    code = Code.RESOURCE_TYPE_GET_PRIVATE_PROPERTIES
    error, data, _ = api.control_type("Control", code, ex=ex)
    assert (error, decode(data)) == (0, {"Port": 80})
    not_found = ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND
    assert api.control_type("Other", ECHO, b"abc", ex=ex)[0] == not_found


def test_what_the_dll_leaves_to_the_resource_monitor_is_answered(
    monitor: ra.ResourceMonitor, web: ra.HostedResource, api: Api, tmp_path: Path
) -> None:
    resource = api.resource("web")
    code = Code.RESOURCE_SET_PRIVATE_PROPERTIES
    assert api.control(resource, code, encode({"Port": 80}))[0] == 0
    assert dict(web.parameters) == {"Port": 80}
    assert decode(api.control(resource, Code.RESOURCE_GET_PRIVATE_PROPERTIES)[1]) == {"Port": 80}
    code = Code.RESOURCE_SET_COMMON_PROPERTIES
    assert api.control(resource, code, encode({"RestartDelay": 9}))[0] == 0
    assert web.properties.RestartDelay == 9


def test_what_can_be_no_control_call_is_refused(
    control: ra.ResourceType, api: Api, web: ra.HostedResource
) -> None:
    resource = api.resource("web")
    # The documents leave those to the cluster service.
    assert api.control(resource, Code.RESOURCE_DELETE)[0] == ERROR_INVALID_FUNCTION
    code = Code.RESOURCE_TYPE_INSTALL_NODE
    assert api.control_type("Control", code)[0] == ERROR_INVALID_FUNCTION
    call = api.library.ClusterResourceControl
    for data, size, output, room in ((NULL, 4, NULL, 0), (NULL, 0, NULL, 4)):
        error = call(resource, NULL, c_uint32(ECHO), data, size, output, room, NULL)
        assert error == ERROR_INVALID_PARAMETER
    type_call = api.library.ClusterResourceTypeControl
    cluster = c_void_p(api.library.OpenCluster(NULL))
    error = type_call(cluster, NULL, NULL, c_uint32(ECHO), NULL, 0, NULL, 0, NULL)
    assert error == ERROR_INVALID_PARAMETER
    web.close()
    assert api.control(resource, ECHO, b"abc")[0] == ERROR_RESOURCE_NOT_FOUND


def test_many_threads_get_each_its_own_answer(web: ra.HostedResource, api: Api) -> None:
    resource = api.resource("web")

    def ask(number: int) -> bool:
        data = struct.pack("=I", number) * (number % 3000 + 1)
        return api.control(resource, ECHO, data) == (0, data, len(data))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(400)))


# plain_dll.c ends the control call LATER when it is asked for END.
LATER, END = 100, 99


@pytest.fixture
def plain(monitor: ra.ResourceMonitor) -> ra.HostedResource:
    return monitor.load(native.plain_dll(3), "Plain").open("plain")


def begun(resource: ra.HostedResource) -> bool:
    return "ResourceControl" in resource._counts


def test_a_control_call_that_the_dll_ends_later_is_waited_for(plain: ra.HostedResource) -> None:
    api = Api()
    asked = aside(api.control, api.resource("plain"), LATER)
    watched.wait_until(lambda: begun(plain))
    assert not asked.done()
    plain.control(END)
    assert asked.result(60) == 0


@pytest.mark.parametrize("closes", ["the monitor", "the resource"])
def test_a_control_call_that_the_dll_never_ends_is_given_up_at_the_end(
    monitor: ra.ResourceMonitor, plain: ra.HostedResource, closes: str
) -> None:
    api = Api()
    asked = aside(api.control, api.resource("plain"), LATER)
    watched.wait_until(lambda: begun(plain))
    (monitor if closes == "the monitor" else plain).close()
    assert asked.result(60) == ERROR_RESOURCE_NOT_AVAILABLE


# ---- From the DLL's own threads ------------------------------------------------------------------


def test_a_worker_asks_its_own_resource(
    monitor: ra.ResourceMonitor, web: ra.HostedResource
) -> None:
    web.control(MODE, struct.pack("=I", 3))
    web.online()
    assert wait_for_log(monitor, "asked") == "asked 0 3"
    web.offline()


def test_a_call_in_an_entry_point_is_refused(
    web: ra.HostedResource, control: ra.ResourceType
) -> None:
    def inside(code: int) -> int:
        error: int = struct.unpack("=I", web.control(INSIDE, struct.pack("=I", code)))[0]
        return error

    assert inside(ECHO) == ERROR_POSSIBLE_DEADLOCK
    assert inside(Code.RESOURCE_GET_PRIVATE_PROPERTIES) == ERROR_POSSIBLE_DEADLOCK
    assert inside(Code.RESOURCE_GET_NAME) == 0  # what needs no DLL is answered anywhere
    assert inside(Code.RESOURCE_GET_CLASS_INFO) == 0


def test_a_call_that_the_entry_point_waits_for_is_refused(
    monitor: ra.ResourceMonitor, web: ra.HostedResource
) -> None:
    web.control(MODE, struct.pack("=I", 2))
    web.online()
    assert wait_for_log(monitor, "asked") == f"asked {ERROR_POSSIBLE_DEADLOCK} 0"
    assert web.state == ra.ResourceState.ONLINE


def test_a_call_behind_another_one_of_a_dll_that_is_not_reentered_is_refused(
    monitor: ra.ResourceMonitor,
) -> None:
    dll = native.clustered(Path(__file__).with_name("control.c"))
    control = monitor.load(dll, "Control", reentrant=False)
    api, web = Api(), control.open("web")
    control.open("other")
    web.online()
    inside = aside(api.control, api.resource("web"), BLOCK)
    wait_for_log(monitor, "blocks")
    of_other = aside(api.control, api.resource("other"), ECHO, b"abc")
    of_type = aside(api.control_type, "Control", ECHO, b"abc")
    assert (of_other.result(60), of_type.result(60)) == (ERROR_POSSIBLE_DEADLOCK,) * 2
    web.terminate()
    assert inside.result(60) == 0


def test_a_call_that_keeps_the_gil_is_refused(web: ra.HostedResource, api: Api) -> None:
    assert api.control(api.resource("web"), ECHO, b"abc")[0] == 0
    keeping = Api(ctypes.PyDLL)  # type: ignore[arg-type]
    assert keeping.control(keeping.resource("web"), ECHO, b"abc")[0] == ERROR_POSSIBLE_DEADLOCK


# ---- At the end ----------------------------------------------------------------------------------


def test_calls_that_wait_are_answered_when_the_monitor_closes(
    monitor: ra.ResourceMonitor, web: ra.HostedResource, api: Api
) -> None:
    web.online()
    resource = api.resource("web")
    inside = aside(api.control, resource, BLOCK)
    wait_for_log(monitor, "blocks")
    at_the_gate = aside(api.control, resource, ECHO, b"abc")
    monitor.close()
    assert inside.result(60) == ERROR_RESOURCE_NOT_AVAILABLE
    # It may have come before the end, or after it.
    assert at_the_gate.result(60) in (ERROR_RESOURCE_NOT_AVAILABLE, 6)


def test_a_call_in_an_entry_point_is_given_up_when_its_resource_is_closed(
    monitor: ra.ResourceMonitor, web: ra.HostedResource, control: ra.ResourceType, api: Api
) -> None:
    other = control.open("other")
    web.online()
    inside = aside(api.control, api.resource("web"), BLOCK)
    wait_for_log(monitor, "blocks")
    web.close()
    assert inside.result(60) == ERROR_RESOURCE_NOT_AVAILABLE
    assert api.control(api.resource("other"), ECHO, b"abc")[0] == 0
    assert not other.closed


def test_no_call_hangs_while_monitors_close_under_fire(api: Api, control: ra.ResourceType) -> None:
    dll = control.path
    over = threading.Event()

    def fire() -> int:
        answered = 0
        while not over.is_set():
            cluster = c_void_p(api.library.OpenCluster(NULL))
            resource = c_void_p(api.library.OpenClusterResource(cluster, wide("shot")))
            answered += api.control(resource, ECHO, b"abc")[0] == 0
            answered += api.control_type("Control", ECHO, b"abc")[0] == 0
        return answered

    with ThreadPoolExecutor(4) as threads:
        futures = [threads.submit(fire) for _ in range(4)]
        for _ in range(20):
            with ra.ResourceMonitor() as shot:
                resource = shot.load(dll, "Control").open("shot")
                resource.online()
                resource.control(ECHO, b"abc")
        over.set()
        assert sum(future.result(60) for future in futures) > 0
