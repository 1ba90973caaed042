"""README's examples and commands do what README says, and so does the one that a bug report asks
for."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import native
import pytest
from command_line import COMMAND, ENVIRONMENT, TIMEOUT, posix_only
from native import example

import resapi_cy as ra

README = (native.REPOSITORY / "README.md").read_text("utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
SHELL = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


def run_python(program: str, folder: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
        timeout=TIMEOUT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def on_another_port(text: str) -> str:
    """The port and the Python of this machine, in place of those that README takes."""
    python = sys.executable.replace("\\", "/")
    return text.replace("8000", str(free_port())).replace("python3 -m http", f"{python} -m http")


def test_there_are_two_examples_in_python_and_two_commands() -> None:
    assert (len(PYTHON), len(SHELL)) == (2, 2)
    assert re.search(
        r"^python3 -m venv .*\.venv/bin/pytest -n auto --dist loadfile$", SHELL[1], re.MULTILINE
    )


def test_example_hosts_a_dll_with_a_real_server(tmp_path: Path) -> None:
    shutil.copy(example("process"), tmp_path / "process.so")
    lines = run_python(on_another_port(PYTHON[0]), tmp_path)
    assert lines[0] == "ONLINE True"
    assert lines[1] == "web OFFLINE 0"
    changes = [re.sub(r"\d+$", "N", line) for line in lines[1:] if re.search(r"\d+$", line)]
    assert changes == [f"web {state} N" for state in STATES]
    assert any("listens on port" in line for line in lines)


def test_command_of_a_bug_report_runs_as_it_stands() -> None:
    form = native.REPOSITORY / ".github" / "ISSUE_TEMPLATE" / "bug.yml"
    if not form.exists():
        pytest.skip("the source distribution has no issue forms")
    (command,) = re.findall(r"```sh\n\s*(.*?)\n\s*```", form.read_text("utf-8"))
    assert command.startswith("python -c ")
    done = subprocess.run(
        command.replace("python", f'"{sys.executable}"', 1),
        shell=True,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
        timeout=TIMEOUT,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert sys.version.splitlines()[0] in done.stdout
    assert done.stdout.rstrip().endswith(ra.__version__)


STATES = ["OFFLINE", "ONLINE_PENDING", "ONLINE", "OFFLINE_PENDING", "OFFLINE"]


def test_example_of_the_callbacks_runs_as_it_stands(tmp_path: Path) -> None:
    lines = run_python(PYTHON[1], tmp_path)
    assert lines == ["CONTINUE", "Disk 1 ONLINE_PENDING 0", "Disk 1 ONLINE 1"]


@posix_only
def test_first_command_brings_a_server_online(tmp_path: Path) -> None:
    """What follows the installation, in a folder that has what a clone has."""
    if not shutil.which("cc"):
        pytest.skip("no cc on this system")
    install, compile_it, *run_it = SHELL[0].rstrip().split("\n")
    assert install == 'python3 -m venv .venv && .venv/bin/pip install ".[cli]" &&'
    for name in ("include", "examples"):
        (tmp_path / name).symlink_to(native.REPOSITORY / name)
    monitor = on_another_port("\n".join(run_it)).replace(
        ".venv/bin/resapi-monitor", shlex.join(COMMAND)
    )
    done = subprocess.run(
        f"{compile_it}\n{monitor} --seconds 5 --json",
        shell=True,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
        timeout=TIMEOUT,
    )
    assert (done.returncode, done.stderr) == (0, "")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["state"] for event in events if event["event"] == "status_changed"] == STATES
