from __future__ import annotations

import ctypes
import importlib.util
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import native
import pytest

import resapi_cy as ra

if importlib.util.find_spec("hypothesis") is None:
    # It has no wheels for every Python that the package is for, such as a free-threaded one.
    collect_ignore = [
        "hosting/test_restarts.py",
        "loading/test_image.py",
        "monitoring/test_concurrent_model.py",
        "monitoring/test_model.py",
        "test_property_list.py",
    ]


# What pytest-xdist begins with, so that no worker is busy with one of these when the others have
# nothing left to do: the files that take longest, those that compute beside those that wait.
LONGEST = [
    "repository/test_packaging.py",
    "repository/test_benchmarks.py",
    "core/test_core.py",
    "core/test_protocol.py",
    "repository/test_docs.py",
    "checks/test_check.py",
    "checks/test_breaches.py",
    "test_headers.py",
    "checks/test_pytest_plugin.py",
    "test_killed_threads.py",
    "commands/test_run.py",
    "repository/test_typing.py",
    "checks/test_check_command.py",
    "commands/test_output.py",
]


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # else it begins with the files that have most tests


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        order = {native.TESTS / name: number for number, name in enumerate(LONGEST)}
        items.sort(key=lambda item: order.get(item.path, len(order)))


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Half as many again as there are processors: tests wait a lot, for a process to end, or for a
    time to be over."""
    processors = yield
    # Wine can't start so many processes at once.
    return processors if native.WINDOWS else processors + processors // 2


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """A shell has its background jobs ignore Ctrl-C, and nohup a hangup; and so would the programs
    that tests interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def library_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The native workers, compiled with the system's compiler against the headers."""
    return native.compile_library(
        [native.TESTS / "native" / "workers.c"],
        tmp_path_factory.mktemp("native") / "workers",
        [ra.get_include()],
    )


@pytest.fixture(scope="session")
def library(library_path: Path) -> ctypes.CDLL:
    """Called with the GIL released."""
    return native.declare(ctypes.CDLL(str(library_path)))


@pytest.fixture(scope="session")
def library_with_gil(library_path: Path) -> ctypes.CDLL:
    """The same, called with the GIL held."""
    return native.declare(ctypes.PyDLL(str(library_path)))


@pytest.fixture(scope="session")
def faulty() -> Iterator[Path]:
    """The resource DLL that misbehaves on demand: its threads are released when the tests end."""
    path = native.example("faulty")
    yield path
    ctypes.CDLL(str(path)).FaultyRelease()


@pytest.fixture
def monitor() -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor() as monitor:
        yield monitor


@pytest.fixture
def start_worker(library: ctypes.CDLL) -> Iterator[native.StartWorker]:
    """start_worker(handle, reports=0, reports_per_status=1): a native thread that reports. It has
    ended when the test has."""
    started = []

    def start(handle: int, reports: int = 0, reports_per_status: int = 1) -> native.Worker:
        started.append(native.Worker(library, handle, reports, reports_per_status))
        return started[-1]

    yield start
    for worker in started:
        worker.end()
