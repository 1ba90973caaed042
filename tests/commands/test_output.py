"""What `resapi-monitor run` and `info` write, to whomever reads it, or does not."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TextIO, cast

import native
import pytest
from command_line import (
    COMMAND,
    ENVIRONMENT,
    TIMEOUT,
    in_terminal,
    posix_only,
    run,
    wait_until,
)
from native import dying_dll, example
from serving import Server, properties

import resapi_cy as ra
from resapi_cy.__main__ import run as run_here
from resapi_cy.commands.output import Output, print_error
from resapi_cy.commands.record import Record
from resapi_cy.commands.terminal import time_text

FLOOD = properties(IsAlivePollInterval=10, LooksAlivePollInterval=10)


class Gate(io.RawIOBase):
    """What nobody reads until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.opened.wait(TIMEOUT)
        taken = bytes(cast("bytes", data))[:3]
        self.taken += taken
        return len(taken)


def stream(gate: Gate) -> TextIO:
    return io.TextIOWrapper(io.BufferedWriter(gate), encoding="utf-8")


def test_output_that_nobody_reads_holds_up_nobody_and_is_counted() -> None:
    gate = Gate()
    output = Output(stream(gate), capacity=100)
    for number in range(1000):
        print(f"line {number:03}", file=output, flush=True)
    assert output.is_behind
    kept = 100 // len(f"line 000{os.linesep}")
    assert output.lost == 1000 - kept
    gate.opened.set()
    assert output.end() == output.lost
    assert gate.taken.decode() == "".join(f"line {number:03}{os.linesep}" for number in range(kept))


def test_output_that_is_never_read_is_given_up_in_the_end_and_counted() -> None:
    output = Output(stream(Gate()), capacity=100)
    for _ in range(20):
        print("a line", file=output)
    assert output.end() == 20


def test_output_that_never_ends_its_line_is_bounded_too() -> None:
    gate = Gate()
    output = Output(stream(gate), capacity=100_000)
    for _ in range(1000):
        output.write("x" * 1000)
    assert output.is_behind
    gate.opened.set()
    assert output.end() > 0
    assert 0 < len(gate.taken) <= 100_000


def test_output_that_has_ended_keeps_no_thread() -> None:
    def writers() -> int:
        return sum(thread.name == "resapi-monitor output" for thread in threading.enumerate())

    before = writers()
    for _ in range(3):
        gate = Gate()
        gate.opened.set()
        output = Output(stream(gate))
        print("a line", file=output)
        assert output.end() == 0
    wait_until(lambda: writers() <= before)


def test_output_goes_to_a_stream_of_nothing_but_text_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = io.StringIO()
    output = Output(text)
    print("a line", file=output)
    assert output.end() == 0
    monkeypatch.setattr(sys, "stderr", text)
    print_error("an error")
    assert text.getvalue() == "a line\nresapi-monitor: an error\n"


def test_slow_reader_gets_everything() -> None:
    ours, theirs = os.pipe()
    with (
        os.fdopen(theirs, "w", encoding="utf-8") as writer,
        os.fdopen(ours, "rb", 0) as reader,
    ):
        output = Output(writer)
        text = "x" * 300_000 + "\n"
        output.write(text)
        read = bytearray()

        def read_slowly() -> None:
            while not read.endswith(b"\n"):
                read.extend(reader.read(20_000))
                time.sleep(0.01)

        thread = threading.Thread(target=read_slowly)
        thread.start()
        assert output.end() == 0
        thread.join(TIMEOUT)
    assert read.decode() == text.replace("\n", os.linesep)


def full_pipe() -> tuple[int, int]:
    """A pipe with no room left: our end, and the one to write to."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    try:
        while True:
            os.write(theirs, b" " * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(theirs, True)
    return ours, theirs


@posix_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("view", [[], ["--json"]])
def test_run_behind_a_full_pipe_ends_in_order(
    tmp_path: Path, number: signal.Signals, view: list[str]
) -> None:
    server = Server(tmp_path, "web")
    ours, theirs = full_pipe()
    command = [*COMMAND, "run", str(example("process")), "--type", "Process", *server.arguments]
    with subprocess.Popen(
        [*command, *FLOOD, *view], stdout=theirs, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        os.close(theirs)
        wait_until(lambda: server.listens)
        time.sleep(3)  # until it is online
        process.send_signal(number)
        _, err = process.communicate(timeout=TIMEOUT)
    os.close(ours)
    assert process.returncode == 0  # it came online, and went offline in order
    assert not server.listens
    assert re.fullmatch(
        r"resapi-monitor: nobody has read the output: \d+ lines could not be written\n", err
    )


@posix_only
def test_run_ends_in_order_though_nobody_reads_stderr_either(tmp_path: Path) -> None:
    server = Server(tmp_path, "web")
    ours, theirs = full_pipe()
    command = [*COMMAND, "run", str(example("process")), "--type", "Process", *server.arguments]
    with subprocess.Popen([*command, *FLOOD], stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        wait_until(lambda: server.listens)
        time.sleep(3)  # until it is online
        process.terminate()
        assert process.wait(TIMEOUT) == 0
    os.close(ours)
    assert not server.listens


@posix_only
@pytest.mark.parametrize("command", ["run", "info"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_traceback(command: str, closed: str) -> None:
    seconds = ["--seconds", "0.3"] if command == "run" else []
    given = [*COMMAND, command, str(example("faulty")), "--type", "Faulty", *seconds]
    done = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *given],
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert ("Faulty" in done.stdout) == (">&-" not in closed.split())


def given_to(command: str) -> list[str]:
    """A command that ends soon, on a DLL that works."""
    seconds = ["--seconds", "0.3"] if command == "run" else []
    return [command, str(example("faulty")), "--type", "Faulty", *seconds]


@posix_only
@pytest.mark.parametrize("command", ["run", "info"])
@pytest.mark.parametrize("view", [[], ["--json"]])
def test_hosting_process_needs_no_streams_of_its_own(command: str, view: list[str]) -> None:
    with Record() as record:
        code = f"from resapi_cy.__main__ import host; host({record.place}, {os.getpid()})"
        closing = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"]
        done = subprocess.run(
            [*closing, sys.executable, "-c", code, *given_to(command), *view],
            pass_fds=[record.number],
            timeout=TIMEOUT,
            check=False,
        )
        assert (done.returncode, record.exit_code) == (0, 0)


PYTHONW = Path(sys.executable).with_name("pythonw.exe")


@pytest.mark.skipif(not PYTHONW.exists(), reason="there is no pythonw, the Python without streams")
@pytest.mark.parametrize("command", ["run", "info"])
def test_pythonw_runs_the_commands(command: str) -> None:
    done = subprocess.run(
        [PYTHONW, "-m", "resapi_cy", *given_to(command)],
        creationflags=8,  # DETACHED_PROCESS: nor has it a console
        env=ENVIRONMENT,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", ["run", "info"])
@pytest.mark.parametrize("view", [[], ["--json"]])
def test_output_that_can_not_be_written_is_no_success(command: str, view: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(*given_to(command), *view, stdout=full.fileno())
    assert done.returncode == 1
    assert done.stderr == ("resapi-monitor: the output can't be written: no space left on device\n")


@posix_only
@pytest.mark.parametrize("command", ["run", "info"])
def test_reader_who_has_gone_is_no_success(command: str) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    done = run(*given_to(command), stdout=theirs)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (1, "")


def test_failure_of_something_else_is_not_told_as_one_of_the_output(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*arguments: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(sys, "stdout", sys.stdout)  # which the command replaces
    monkeypatch.setattr("resapi_cy.commands.info.examine", fail)
    with pytest.raises(PermissionError):
        run_here(["info", str(example("faulty"))])


# ---- What else prints ----------------------------------------------------------------------------

# Embedded Python prints through the interpreter that is there, and native code by itself.
PRINTING = """\
#include <stdio.h>
#include "{plain}"
extern int PyRun_SimpleString(const char *);
extern int PyGILState_Ensure(void);
extern void PyGILState_Release(int);
__attribute__((constructor)) static void print(void) {{
    int state = PyGILState_Ensure();
    PyRun_SimpleString("print('no JSON, says Python', flush=True)");
    PyGILState_Release(state);
    puts("no JSON, says C");
    fflush(stdout);
}}
"""


@posix_only
@pytest.mark.parametrize("command", ["run", "info"])
def test_json_stays_json_though_python_in_the_dll_prints(command: str, tmp_path: Path) -> None:
    source = tmp_path / "prints.c"
    plain = native.TESTS / "native" / "plain_dll.c"
    source.write_text("#define VERSION 2\n" + PRINTING.format(plain=plain))
    # Python is in the process already.
    options = ["-Wl,-undefined,dynamic_lookup"] if sys.platform == "darwin" else []
    dll = native.compile_library(
        [source], tmp_path / "prints", [ra.get_include()], more_options=options
    )
    seconds = ["--seconds", "0.2"] if command == "run" else []
    done = run(command, dll, "--type", "Prints", *seconds, "--json")
    assert sorted(done.stderr.splitlines()) == ["no JSON, says C", "no JSON, says Python"]
    assert done.returncode == 0
    assert all(json.loads(line) for line in done.stdout.splitlines())


# ---- Times ---------------------------------------------------------------------------------------


def test_time_carries_date_and_offset_when_they_are_not_those_of_the_beginning() -> None:
    begun = datetime.now().astimezone()
    now = int(begun.timestamp()) * 1_000_000_000 + 123_456_789
    assert time_text(now, begun) == f"{begun:%H:%M:%S}.123456"
    later = datetime.fromtimestamp(now / 1e9 + 3 * 86400).astimezone()
    assert time_text(now + 3 * 86400 * 10**9, begun).startswith(f"{later:%Y-%m-%d %H:%M:%S.}123456")
    elsewhere = begun.astimezone(timezone(begun.utcoffset() + timedelta(hours=1)))  # type: ignore
    assert time_text(now, elsewhere) != f"{begun:%H:%M:%S}.123456"


def times(text: str) -> list[str]:
    day, clock = r"\d{4}-\d\d-\d\d ", r"\d\d:\d\d:\d\d\.\d{6}"
    return re.findall(rf"^((?:{day})?{clock}(?:[+-][\d:]+)?)  ", text, re.M)


def moments(text: str) -> list[datetime]:
    """The times of the lines, told apart by what stands in the text alone."""
    day = re.search(r"times are of (\S+), UTC(\S+)", text)
    assert day is not None
    return [
        datetime.fromisoformat(stamp if "-" in stamp else f"{day[1]} {stamp}{day[2]}")
        for stamp in times(text)
    ]


@posix_only
@pytest.mark.parametrize("change", ["midnight", "end of summer time"])
def test_run_over_a_change_of_the_clock_can_be_ordered(change: str) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=6)
    if change == "midnight":
        passed = timedelta(hours=ends.hour, minutes=ends.minute, seconds=ends.second)
        zone = f"XXX{passed}"
    else:
        summer = ends + timedelta(hours=1)
        day = summer.timetuple().tm_yday - 1
        zone = f"XXX0YYY,0/0,{day}/{summer:%H:%M:%S}"
    done = run(
        *("run", example("faulty"), "--type", "Faulty", "--seconds", "9"),
        environment={**ENVIRONMENT, "TZ": zone},
    )
    assert done.returncode == 0
    shown = times(done.stdout)
    assert any("-" in stamp for stamp in shown)
    assert not all("-" in stamp for stamp in shown)
    told = moments(done.stdout)
    assert told == sorted(told)
    assert timedelta(seconds=5) < told[-1] - told[0] < timedelta(minutes=5)


def test_lines_come_in_the_order_of_their_times() -> None:
    resources = [f"--resource=r{number}" for number in range(8)]
    done = run(
        *("run", example("faulty"), "--type", "Faulty.LooksAliveFalse", *resources, *FLOOD),
        *("--seconds", "2", "--json"),
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    stamps = [event["time"] for event in told[1:]]
    assert stamps == sorted(stamps)
    assert len(stamps) > 1000


# ---- The terminal --------------------------------------------------------------------------------


@posix_only
def test_terminal_is_as_it_was_after_a_crash() -> None:
    pytest.importorskip("rich")
    environment = {**ENVIRONMENT, "DIES_IN": "IsAlive", "DIES_OF": "SIGSEGV"}
    given = ["--type", "Dying", "--resource", "disk", *properties(IsAlivePollInterval=500)]
    shown, err, code = in_terminal("run", dying_dll(), *given, environment=environment)
    assert code == 3
    assert "crashed in IsAlive of resource 'disk': SIGSEGV" in err
    assert "\x1b[?25l" in shown  # the cursor was hidden
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


@posix_only
def test_closed_terminal_is_an_end_in_order(tmp_path: Path) -> None:
    import pty

    server = Server(tmp_path, "web")
    command = [*COMMAND, "run", str(example("process")), "--type", "Process", *server.arguments]
    pid, ours = pty.fork()
    if pid == 0:
        os.execve(command[0], command, {**ENVIRONMENT, "TERM": "xterm"})
    os.set_blocking(ours, False)

    def online() -> bool:
        with contextlib.suppress(BlockingIOError):
            os.read(ours, 65536)
        return server.listens

    wait_until(online)
    time.sleep(0.5)
    os.close(ours)  # SIGHUP, and output that nobody takes any more
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 1)
    assert not server.listens


@pytest.mark.parametrize("command", ["run", "info"])
def test_program_without_a_console_is_served(command: str) -> None:
    # What pythonw has for streams.
    program = """if True:
        import sys
        sys.stdin = sys.stdout = sys.stderr = None
        from resapi_cy.__main__ import main
        sys.exit(main(sys.argv[1:]))
    """
    seconds = ["--seconds", "0.3"] if command == "run" else []
    given = [command, str(example("faulty")), "--type", "Faulty", *seconds]
    done = subprocess.run(
        [sys.executable, "-c", program, *given], capture_output=True, timeout=TIMEOUT, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
