"""The example resource DLLs that do real work, hosted: a server, and a directory of files."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy import FailureCause, ResourceState, RestartAction

LONG = 60.0
VERIFY = 0x01200005  # storage's own control code: STORAGE_VERIFY


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def log_of(monitor: ra.ResourceMonitor) -> str:
    return "\n".join(e.text for e in monitor.poll() if isinstance(e, ra.LogMessage))


# ---- process -------------------------------------------------------------------------------------

# Answers each connection with its process's number.
SERVER = """\
import os, socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    while True:
        connection, _ = server.accept()
        with connection:
            try:
                connection.sendall(str(os.getpid()).encode())
            except OSError:
                pass
"""


class Server:
    """What runs on a port that was free."""

    def __init__(self, folder: Path) -> None:
        self.program = folder / "server.py"
        self.program.write_text(SERVER, "utf-8")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]

    @property
    def command_line(self) -> str:
        python = str(Path(sys.executable))
        return f'"{python}" "{self.program}" {self.port}'

    def ask(self) -> int:
        """The number of the process that listens; 0: none does."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=LONG) as connection:
                return int(connection.recv(100) or b"0")
        except OSError:
            return 0


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


@pytest.fixture(scope="session")
def process_dll() -> Path:
    return native.example("process")


@pytest.fixture
def served(monitor: ra.ResourceMonitor, process_dll: Path, server: Server) -> ra.HostedResource:
    """A resource for the server, offline."""
    resource = monitor.load(process_dll, "Process").open(
        "Server", RestartDelay=0, LooksAlivePollInterval=50, IsAlivePollInterval=50
    )
    settings = {"CommandLine": server.command_line, "Port": server.port}
    assert resource.set_private_properties(settings)
    return resource


def test_a_server_comes_online_when_it_listens_and_is_gone_when_offline(
    served: ra.HostedResource, server: Server
) -> None:
    assert served.private_properties()["Port"] == server.port
    assert not server.ask()
    served.online(timeout=LONG)
    assert server.ask()
    assert served.is_alive()
    assert served.status.event_handle
    assert served.status.checkpoint > 0
    assert not served.set_private_properties({"Port": server.port})  # for the next time
    served.offline(timeout=LONG)
    assert not server.ask()
    assert not served.is_alive()


def test_a_server_that_is_killed_is_restarted_through_its_event_handle(
    monitor: ra.ResourceMonitor, served: ra.HostedResource, server: Server
) -> None:
    served.properties.IsAlivePollInterval = 3_600_000  # it is not a poll that finds out
    served.online(timeout=LONG)
    first = server.ask()
    os.kill(first, 9)
    wait_until(lambda: server.ask() not in (0, first))
    wait_until(lambda: served.state is ResourceState.ONLINE)
    assert served.restarts == 1
    (failed,) = [e for e in monitor.poll() if isinstance(e, ra.ResourceFailed)]
    assert failed.cause is FailureCause.EVENT_HANDLE
    assert failed.resource is served


def test_terminate_leaves_no_process(served: ra.HostedResource, server: Server) -> None:
    for _ in range(3):
        served.online(timeout=LONG)
        assert server.ask()
        served.terminate(timeout=LONG)
        assert not server.ask()


def test_a_server_that_ends_by_itself_never_was_online(
    monitor: ra.ResourceMonitor, served: ra.HostedResource
) -> None:
    served.set_private_properties({"CommandLine": f'"{sys.executable}" -c "raise SystemExit(3)"'})
    with pytest.raises(ra.ResourceFailed) as error:
        served.online(timeout=LONG)
    assert error.value.cause is FailureCause.STATUS_REPORT
    assert served.state is ResourceState.FAILED
    assert log_of(monitor)


def test_bad_settings_are_told_by_code_and_log(
    monitor: ra.ResourceMonitor, process_dll: Path
) -> None:
    resource = monitor.load(process_dll, "Process").open("Server")
    with pytest.raises(ra.ResourceFailed) as error:
        resource.online()  # there is no command line
    assert error.value.code == 87
    assert "the property" in log_of(monitor)
    with pytest.raises(ra.ControlCallFailed, match="CLUSCTL_RESOURCE_SET_PRIVATE_P") as refused:
        resource.set_private_properties({"Port": "eighty"})
    assert refused.value.code in (13, 87)
    assert "Port" in log_of(monitor)


# ---- storage -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def storage_dll() -> Path:
    return native.example("storage")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Some files, a large one among them, and their manifest."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "empty").touch()
    (folder / "größe.bin").write_bytes(os.urandom(100_003))
    (folder / "large.bin").write_bytes(os.urandom(1 << 20) * 8)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
    ]
    (folder / "MANIFEST.sha256").write_text("".join(lines), "utf-8", newline="\n")
    return folder


@pytest.fixture
def stored(monitor: ra.ResourceMonitor, storage_dll: Path, directory: Path) -> ra.HostedResource:
    resource = monitor.load(storage_dll, "Storage").open(
        "Files", RestartAction=RestartAction.DONT_RESTART
    )
    resource.set_private_properties({"Directory": str(directory)})
    return resource


def test_whole_files_come_online_and_are_verified_on_demand(stored: ra.HostedResource) -> None:
    stored.online(timeout=LONG)
    assert stored.status.checkpoint >= 8 * 4  # a block of 256 KiB each
    assert stored.looks_alive()
    assert stored.is_alive()
    assert stored.control(VERIFY, timeout=LONG) == b""
    stored.offline(timeout=LONG)


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum")
def test_sha256sum_writes_the_manifest(stored: ra.HostedResource, directory: Path) -> None:
    names = [path.name for path in directory.iterdir() if path.suffix != ".sha256"]
    with (directory / "MANIFEST.sha256").open("wb") as manifest:
        subprocess.run(["sha256sum", *names], cwd=directory, stdout=manifest, check=True)
    stored.online(timeout=LONG)


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_file_keeps_the_resource_offline_and_is_named(
    monitor: ra.ResourceMonitor, stored: ra.HostedResource, directory: Path, damage: str
) -> None:
    large = directory / "large.bin"
    if damage == "changed":
        content = bytearray(large.read_bytes())
        content[-1] ^= 1
        large.write_bytes(content)
    else:
        large.unlink()
    with pytest.raises(ra.ResourceFailed) as error:
        stored.online(timeout=LONG)
    assert error.value.cause is FailureCause.STATUS_REPORT
    assert error.value.code == {"changed": 23, "missing": 2}[damage]
    assert "large.bin" in log_of(monitor)
    assert stored.state is ResourceState.FAILED


def test_a_file_that_vanishes_while_online_is_found_out(
    monitor: ra.ResourceMonitor, stored: ra.HostedResource, directory: Path
) -> None:
    stored.properties.IsAlivePollInterval = 20
    stored.online(timeout=LONG)
    (directory / "empty").unlink()
    wait_until(lambda: stored.state is ResourceState.FAILED)
    assert [e.cause for e in monitor.poll() if isinstance(e, ra.ResourceFailed)] == [
        FailureCause.IS_ALIVE
    ]
