"""Servers under the process example, and runs of `resapi-monitor run --json`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from command_line import TIMEOUT, WINDOWS, start
from native import example

Events = list[dict[str, Any]]

SERVER = """\
import http.server, os, pathlib, signal, sys
port, folder, *options = sys.argv[1:]
if "deaf" in options:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.chdir(folder)
server = http.server.HTTPServer(("127.0.0.1", int(port)), http.server.SimpleHTTPRequestHandler)
pathlib.Path("pid").write_text(str(os.getpid()))
server.serve_forever()
"""


class Server:
    """How a resource of the process example runs an HTTP server, and what can be seen of it."""

    def __init__(self, folder: Path, name: str, *options: str) -> None:
        self.name = name
        self.folder = folder / name
        self.folder.mkdir()
        (self.folder / "index.html").write_text(f"I am {name}")
        program = folder / f"{name}.py"
        program.write_text(SERVER)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, str(program), str(self.port), str(self.folder), *options]
        properties = {"CommandLine": subprocess.list2cmdline(command), "Port": str(self.port)}
        self.arguments = ["--resource", name]
        for key, value in properties.items():
            self.arguments += ["--property", f"{name}:{key}={value}"]

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())

    def fetch(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=TIMEOUT) as answer:
            text: str = answer.read().decode()
            return text

    @property
    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        # On Windows, where there is no SIGKILL, every signal is TerminateProcess.
        os.kill(self.pid, signal.SIGTERM if WINDOWS else signal.SIGKILL)


def read_until(process: subprocess.Popen[str], kind: str, **values: object) -> Events:
    """The events up to one of this kind with these values."""
    assert process.stdout is not None
    events: Events = []
    for line in process.stdout:
        events.append(json.loads(line))
        if all(events[-1].get(k) == v for k, v in {"event": kind, **values}.items()):
            return events
    raise AssertionError(f"no {kind} in {events}, but: {process.communicate()}")


# Windows has no signal that a test could send to a single process and the process handle.
UNTIL_STOPPED = ["--seconds", "20"] if WINDOWS else []


def stop(process: subprocess.Popen[str], code: int = 0) -> tuple[Events, dict[str, Any]]:
    """Has a run that was started with UNTIL_STOPPED take its resources offline."""
    if not WINDOWS:
        process.terminate()
    return finish(process, code)


def finish(process: subprocess.Popen[str], code: int = 0) -> tuple[Events, dict[str, Any]]:
    """The rest of the events, and the summary."""
    out, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, err) == (code, "")
    *events, summary = map(json.loads, out.splitlines())
    assert (summary["event"], summary["exit_code"]) == ("summary", code)
    return events, summary


def run_json(*arguments: str | Path, code: int = 0) -> tuple[Events, dict[str, Any]]:
    return finish(start("run", *arguments, "--json"), code)


def of(events: Events, kind: str, resource: str | None = None) -> Events:
    return [e for e in events if e["event"] == kind and resource in (None, e.get("resource"))]


def states(events: Events, resource: str) -> list[str]:
    return [event["state"] for event in of(events, "status_changed", resource)]


def faulty(fault: str, *arguments: str) -> list[str | Path]:
    return [example("faulty"), "--type", f"Faulty.{fault}", "--resource", "disk", *arguments]


def properties(**values: int) -> list[str]:
    return [part for key, value in values.items() for part in ("--property", f"{key}={value}")]


ONLINE_THEN_OFFLINE = ["OFFLINE", "ONLINE_PENDING", "ONLINE", "OFFLINE_PENDING", "OFFLINE"]
# No poll finds anything out before the test is over.
NO_POLLS = properties(LooksAlivePollInterval=3_600_000, IsAlivePollInterval=3_600_000)
