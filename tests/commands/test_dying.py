"""`resapi-monitor run` and `info`, when the DLL ends their process: there are last words."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import (
    COMMAND,
    ENVIRONMENT,
    TIMEOUT,
    WINDOWS,
    children,
    posix_only,
    run,
    wait_until,
)
from environment import under_wine
from native import dying_dll

from resapi_cy.commands.record import SIZE, SLOT_PLACES, Record
from resapi_cy.commands.watching import Interrupted
from resapi_cy.commands.watching import last_words as words

DIED = 3
ARGUMENTS = ["--type", "Dying", "--resource", "disk"]
POLLED = ["--property", "LooksAlivePollInterval=10", "--property", "IsAlivePollInterval=25"]
ENTRY_POINTS = [
    *("Open", "Online", "LooksAlive", "IsAlive", "Offline", "Close", "ResourceControl"),
]


@pytest.fixture(scope="module", autouse=True)
def desktop_of_wine() -> None:
    """Wine's debugger looks at what crashes. The first time it starts a desktop, which would keep
    the pipes open that a test reads."""
    if under_wine:
        subprocess.run(
            [*COMMAND, "run", dying_dll(), "--type", "Dying"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dying("Online", "SIGSEGV"),
            timeout=TIMEOUT,
            check=False,
        )


def dying(entry_point: str, way: str) -> dict[str, str]:
    return {**ENVIRONMENT, "DIES_IN": entry_point, "DIES_OF": way}


def last_words(
    entry_point: str, way: str, *arguments: str, command: str = "run", out: str | None = None
) -> str:
    """What a command says when the DLL dies there and so."""
    given = [*ARGUMENTS, *POLLED, "--seconds", "1"] if command == "run" else ["--type", "Dying"]
    environment = dying(entry_point, way)
    done = run(command, dying_dll(), *given, *arguments, environment=environment)
    assert done.returncode == DIED
    if out is not None and not under_wine:  # whose debugger writes there
        assert done.stdout == out
    line = done.stderr.splitlines()[-1]
    assert line.startswith("resapi-monitor: ")
    return line


def crash(name: str) -> str:
    """What a signal is called where this runs."""
    if not WINDOWS:
        return name
    return {"SIGSEGV": "EXCEPTION_ACCESS_VIOLATION (0xC0000005)", "SIGABRT": "exit code 3"}[name]


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_crash_is_told_with_the_resource_the_entry_point_and_the_signal(entry_point: str) -> None:
    others = ["--resource=-1", "--resource=-2", "--property", "disk:Text=x"]
    line = last_words(entry_point, "SIGSEGV", *others)
    assert line == (
        f"resapi-monitor: the DLL has crashed in {entry_point} of resource 'disk': "
        f"{crash('SIGSEGV')}"
    )


@posix_only
@pytest.mark.parametrize("name", ["SIGBUS", "SIGFPE", "SIGILL", "SIGABRT"])
def test_every_signal_of_a_crash_is_told_by_its_name(name: str) -> None:
    line = last_words("Online", name)
    assert line.endswith(f"the DLL has crashed in Online of resource 'disk': {name}")


@pytest.mark.parametrize("way", ["exit", "_exit"])
def test_process_that_the_dll_ends_is_no_success(way: str) -> None:
    line = last_words("Online", way)
    assert line.endswith(
        "the DLL has ended its process during Online of resource 'disk': exit code 0"
    )


def test_crash_in_a_worker_is_told_with_the_last_call() -> None:
    line = last_words("Worker", "SIGSEGV")
    assert "the DLL has crashed in a thread of its own, some time after " in line
    assert "Online of resource 'disk'" in line
    assert line.endswith(crash("SIGSEGV"))


@pytest.mark.parametrize("function", ["StartupEx", "Startup"])
@pytest.mark.parametrize("command", ["run", "info"])
def test_crash_in_startup_is_told_by_run_and_info(command: str, function: str) -> None:
    line = last_words(function, "SIGSEGV", command=command, out="")
    assert f"crashed in {function} for the type 'Dying': {crash('SIGSEGV')}" in line


@posix_only
@pytest.mark.parametrize("command", ["run", "info"])
def test_crash_while_it_is_loaded_is_told_by_run_and_info(command: str) -> None:
    line = last_words("loading", "SIGSEGV", command=command, out="")
    assert line.endswith("crashed in the loading of the DLL: SIGSEGV")


@posix_only
@pytest.mark.parametrize("command", ["run", "info"])
def test_truncated_file_is_told(command: str, tmp_path: Path) -> None:
    whole = dying_dll().read_bytes()
    truncated = tmp_path / dying_dll().name
    truncated.write_bytes(whole[: len(whole) // 2])
    done = run(command, truncated, "--type", "Dying")
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    if done.returncode == DIED:  # the system's loader may also find it out
        assert line.endswith("the DLL has crashed in the loading of the DLL: SIGBUS")
    else:
        assert done.returncode == 2


@posix_only  # Windows takes no notice of what a DLL raises when it is detached
def test_crash_at_exit_is_told_though_the_command_was_done() -> None:
    line = last_words("exit", "SIGSEGV", command="info")
    assert "the process was done, but ended with" in line


@posix_only
def test_json_is_whole_up_to_the_crash() -> None:
    import json

    done = run(
        "run", dying_dll(), *ARGUMENTS, *POLLED, "--json", environment=dying("IsAlive", "_exit")
    )
    assert done.returncode == DIED
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["event"] == "started"


# ---- What is told of how it has ended ------------------------------------------------------------


def test_process_that_was_killed_in_the_end_is_not_told_to_have_ended_itself() -> None:
    code = 1 if WINDOWS else -9
    with Record() as record:
        record.begin()
        told = words(record, code, killed=True)
    assert told.startswith("the process with the DLL was killed before any call: ")
    assert told.endswith("it had not ended 30 s after the second interrupt")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (0xFFFFFFFF, "ended its process before any call: exit code 0xFFFFFFFF"),  # -1
        (0x80004005, "ended its process before any call: exit code 0x80004005"),  # E_FAIL
        (0xC000013A, "ended its process before any call: exit code 0xC000013A"),  # Ctrl-C
        (0x80000003, "crashed before any call: EXCEPTION_BREAKPOINT (0x80000003)"),
        (0xC0000005, "crashed before any call: EXCEPTION_ACCESS_VIOLATION (0xC0000005)"),
        (0xC0000135, "crashed before any call: 0xC0000135"),
        (0xE06D7363, "crashed before any call: a C++ exception (0xE06D7363)"),
        (0xE0001234, "crashed before any call: 0xE0001234"),
    ],
)
def test_exit_code_of_windows_is_a_crash_if_it_is_an_exception(code: int, told: str) -> None:
    with Record() as record:
        record.begin()
        assert words(record, code) == f"the DLL has {told}"


DUMP = """\
Windows fatal exception: access violation

Current thread 0x00000a10 (most recent call first):
  File "record.py", line 50 in <resapi-monitor slot {}>
  File "threading.py", line 975 in run

"""
ACCESS_VIOLATION = 0xC0000005 if WINDOWS else -11


def test_exception_that_the_dll_has_handled_is_not_told_as_the_crash() -> None:
    with Record() as record:
        record.begin()
        dumped = DUMP.format(SLOT_PLACES[0]) + DUMP.format(SLOT_PLACES[1])
        os.write(record.number, dumped.encode())

        told = []

        def ask(code: int) -> None:
            told.append(words(record, code))

        def open_another() -> None:
            for code in (ACCESS_VIOLATION, 0):
                record.call("Open of resource 'b'", ask, code)

        record.call("Online of resource 'a'", open_another)
    crashed, ended = told
    assert crashed.startswith("the DLL has crashed in Open of resource 'b': ")
    calls = "Online of resource 'a' and Open of resource 'b'"
    assert ended == f"the DLL has ended its process during {calls}: exit code 0"


@pytest.mark.parametrize("number", [0, 7, 99999999, SLOT_PLACES[0] + 1, SIZE])
def test_functions_of_the_dll_may_have_any_name(number: int) -> None:
    with Record() as record:
        record.begin()
        os.write(record.number, DUMP.format(number).encode())
        told = words(record, ACCESS_VIOLATION)
    assert told.startswith("the DLL has crashed before any call: ")


def test_failure_before_the_dll_is_hosted_is_not_told_as_the_dlls(tmp_path: Path) -> None:
    # The process that watches is started by -m, and the one that hosts by -c.
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nif '-c' in sys.orig_argv: os._exit(7)\n"
    )
    environment = {**ENVIRONMENT, "PYTHONPATH": str(tmp_path)}
    done = run("info", dying_dll(), "--type", "Dying", environment=environment)
    assert (done.returncode, done.stdout) == (DIED, "")
    assert done.stderr == (
        "resapi-monitor: the process that was to host the DLL has ended before it began: "
        "exit code 7\n"
    )


# ---- Nobody listens ------------------------------------------------------------------------------


@posix_only
def test_exit_code_is_told_though_nobody_reads_the_last_words() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [*COMMAND, "run", dying_dll(), *ARGUMENTS],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=dying("Online", "_exit"),
        timeout=TIMEOUT,
        check=False,
    )
    os.close(theirs)
    assert done.returncode == DIED


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_signal_ends_the_command_though_nobody_takes_what_goes_to_the_terminal() -> None:
    import pty

    ours, theirs = pty.openpty()
    filling = os.open(os.ttyname(theirs), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    with subprocess.Popen(
        [*COMMAND, "run", dying_dll(), *ARGUMENTS],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env={**dying("Online", "nothing"), "TERM": "xterm"},
    ) as run:
        wait_until(lambda: len(children(run.pid)) == 1)
        time.sleep(1)
        for size in (1024, 1, 1):  # the system takes some away between two
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(filling, b" " * size)
            time.sleep(0.1)
        os.kill(*children(run.pid), signal.SIGKILL)
        wait_until(lambda: not children(run.pid))
        time.sleep(0.5)
        assert run.poll() is None  # it would put the terminal back
        run.terminate()
        assert run.wait(TIMEOUT) == -signal.SIGTERM
    for number in (ours, theirs, filling):
        os.close(number)


@posix_only
def test_process_that_is_killed_in_the_end_is_left_to_who_waits_for_it() -> None:
    with Record() as record:
        interrupted = Interrupted(record)  # which is not entered: this process keeps its handlers
        with subprocess.Popen([sys.executable, "-c", ""]) as process:
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            interrupted.process = process
            interrupted._kill()
            assert process.returncode is None
        interrupted._kill()  # nor does it matter that it is gone


# ---- The interpreter -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["-I"],
        ["-E", "-s", "-P", "-B", "-OO", "-bb"],
        ["-X", "dev", "-X", "utf8=1"],
        ["-W", "error::UserWarning", "-W", "ignore"],
    ],
)
def test_interpreter_of_the_child_has_the_options_of_its_parents(options: list[str]) -> None:
    told = "(sys.flags, sys._xoptions, sorted(set(sys.warnoptions)))"
    program = (
        f"import subprocess, sys; sys.path[:] = {sys.path!r}\n"
        "from resapi_cy.commands.watching import interpreter_options\n"
        f"child = [sys.executable, *interpreter_options(), '-c', 'import sys; print({told})']\n"
        f"print({told}); sys.stdout.flush(); sys.exit(subprocess.call(child))\n"
    )
    done = subprocess.run(
        [sys.executable, *options, "-c", program],
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=True,
    )
    mine, childs = done.stdout.splitlines()
    assert childs == mine


def test_dll_is_hosted_with_the_options_that_the_command_was_given(tmp_path: Path) -> None:
    told = tmp_path / "told"
    # The process that watches is started by -m, and the one that hosts by -c.
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nif '-c' in sys.orig_argv:\n"
        f"    open({str(told)!r}, 'w').write(f'{{sys.flags.optimize}} {{sys.flags.dev_mode}}')\n"
    )
    subprocess.run(
        [sys.executable, "-O", "-X", "dev", "-m", "resapi_cy", "info", dying_dll()],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**ENVIRONMENT, "PYTHONPATH": str(tmp_path)},
        timeout=TIMEOUT,
        check=False,
    )
    assert told.read_text() == "1 True"
