from __future__ import annotations

import ctypes
import importlib.util
import signal
from collections.abc import Iterator
from pathlib import Path

import installed
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


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the source distribution, and of the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("distribution")
    return installed.build(folder / "repository", folder / "dist")


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a clean environment, with the wheel and what it takes to build against it."""
    python = installed.environment(tmp_path_factory.mktemp("clean"))
    installed.pip_install(python, wheel, "setuptools>=77", "Cython>=3.3,<3.4")
    return python


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
