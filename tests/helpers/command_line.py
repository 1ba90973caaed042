"""Running `resapi-monitor` as its users do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

WINDOWS = sys.platform == "win32"
TIMEOUT = 120
COMMAND = [sys.executable, "-m", "resapi_cy"]
ENVIRONMENT = {**os.environ, "PYTHONUTF8": "1"}

posix_only = pytest.mark.skipif(WINDOWS, reason="Windows has no pseudo-terminals, FIFOs or SIGINT")


def run(
    *arguments: str | Path,
    environment: Mapping[str, str] = ENVIRONMENT,
    stdout: int = subprocess.PIPE,
    timeout: float = TIMEOUT,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
        timeout=timeout,
        check=False,
    )


def start(
    *arguments: str | Path, environment: Mapping[str, str] = ENVIRONMENT
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    )


def refusal(*arguments: str | Path) -> str:
    """The one line on stderr with which a command refuses."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("resapi-monitor: ")
    return line


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def in_terminal(
    *arguments: str | Path, columns: int = 80, environment: Mapping[str, str] = ENVIRONMENT
) -> tuple[str, str, int]:
    """What appears on the terminal, what on stderr, and the exit code."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env={**environment, "TERM": "xterm-256color", "COLUMNS": str(columns)},
    )
    os.close(theirs)
    shown = bytearray()
    try:
        while data := os.read(ours, 65536):
            shown += data
    except OSError:
        pass  # Linux's way to say that the other side has been closed
    finally:
        os.close(ours)
    _, err = process.communicate(timeout=TIMEOUT)
    return shown.decode(), err.decode(), process.returncode


def children(pid: int) -> list[int]:
    """The processes that the main thread of a process has started, and has not waited for."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def hosting(process: subprocess.Popen[str]) -> int:
    """The process that hosts the DLL: the child of the one that watches over it."""
    (child,) = children(process.pid)
    return child
