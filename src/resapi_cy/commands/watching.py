"""The process that watches over the one that hosts a DLL: `resapi-monitor run` and `info`.

A DLL may end its process in any way, and nobody inside can say a last word of SIGKILL, or of
`_exit(0)`. So the command runs in a child, and this process, which has no code of a DLL's in it,
waits for it. It takes Ctrl-C and its kin, which the DLL's code can't change here; it says what has
become of the child; it leaves the terminal as it was. It imports little: its start-up comes on top
of the child's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

from resapi_cy.commands import terminal_state
from resapi_cy.commands.record import Record
from resapi_cy.commands.signals import wanted
from resapi_cy.commands.tie import tie
from resapi_cy.death import death, is_crash

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, without the import
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

# The exit code of a command whose process was ended by its DLL, or by somebody else.
DIED = 3
# How long the child may take to end after the second interrupt, in seconds. It gives the DLL five,
# and may have a timeline to draw.
PATIENCE = 30.0
# Windows' waits can't be interrupted: there a look at the signals so often, in seconds.
SLICE = 0.1

FLAGS = (
    ("isolated", "-I"),
    ("ignore_environment", "-E"),
    ("no_user_site", "-s"),
    ("no_site", "-S"),
    ("safe_path", "-P"),
    ("dont_write_bytecode", "-B"),
    ("optimize", "-O"),
    ("bytes_warning", "-b"),
)

# The child imports what this process would.
CHILD = (
    "import sys; sys.path[:] = {path!r}; "
    "from resapi_cy.__main__ import host; host({place!r}, {parent})"
)


def watch(arguments: Sequence[str]) -> int:
    """Runs a command in a child, and returns its exit code."""
    restore = terminal_state.keep()
    with Record() as record, Interrupted(record) as interrupted:
        with interrupted.later():
            process = start(record, arguments)
            tie(process)
        interrupted.process = process
        wait(process)
        interrupted.end(signal.SIG_IGN)
        if record.exit_code == process.returncode:
            return process.returncode
        # From here on they end this process: nobody may take what goes to the terminal.
        interrupted.end(signal.SIG_DFL)
        restore()
        from resapi_cy.commands.output import print_error

        print_error(last_words(record, process.returncode, interrupted.killed))
        if interrupted.killed:
            return 130
        return DIED


def start(record: Record, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Starts the child, with whatever this process was given to inherit."""
    if sys.platform != "win32":
        os.set_inheritable(record.number, True)
    code = CHILD.format(path=sys.path, place=record.place, parent=os.getpid())
    flags = 0
    if sys.platform == "win32":
        # Ctrl-C is this process's.
        flags = subprocess.CREATE_NEW_PROCESS_GROUP
    command = [sys.executable, *interpreter_options(), "-c", code, *arguments]
    return subprocess.Popen(command, close_fds=False, creationflags=flags)


def interpreter_options() -> list[str]:
    """The options that Python was started with: the child's are the same."""
    given = [letter for flag, letter in FLAGS for _ in range(int(getattr(sys.flags, flag)))]
    for name, value in getattr(sys, "_xoptions", {}).items():
        given += ["-X", name if value is True else f"{name}={value}"]
    for action in sys.warnoptions:
        given += ["-W", action]
    return given


def wait(process: subprocess.Popen[bytes]) -> None:
    """Until it has ended. As the first process of a container, this one inherits whatever loses its
    parent there, and reaps it: none of it is a child that somebody waits for, for the DLL's are the
    child's."""
    if os.getpid() == 1:
        pid = 0
        while pid != process.pid:
            pid, status = os.waitpid(-1, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    elif sys.platform == "win32":
        while process.returncode is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(SLICE)
    else:
        process.wait()


class Interrupted:
    """Counts Ctrl-C and its kin in the record, but for what somebody wants ignored."""

    def __init__(self, record: Record) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.killed = False  # for want of an end
        self._record = record
        self._caught = wanted()
        self._timer = threading.Timer(PATIENCE, self._kill)
        self._timer.daemon = True

    def __enter__(self) -> Interrupted:
        for number in self._caught:
            signal.signal(number, self._interrupt)
        if hasattr(signal, "SIGCHLD"):
            # Ignored, it would take away how the child has ended.
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        return self

    def __exit__(self, *exception: object) -> None:
        self._timer.cancel()

    def end(self, handler: signal.Handlers) -> None:
        """They count no more: there is nothing left to end in order."""
        self._timer.cancel()
        for number in self._caught:
            signal.signal(number, handler)

    @contextlib.contextmanager
    def later(self) -> Iterator[None]:
        """Holds them back while the child begins: it has no handlers yet, and lets them in itself
        when it has."""
        if not hasattr(signal, "pthread_sigmask"):
            yield
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, self._caught)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._record.interrupts += 1
        if self._record.interrupts == 2:
            self._timer.start()

    def _kill(self) -> None:
        if self.process is not None:
            self.killed = True
            if sys.platform == "win32":
                self.process.kill()
            else:  # Popen would look first whether it has ended, and take that from who waits
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.process.pid, signal.SIGKILL)


# ---- The last words ------------------------------------------------------------------------------


def last_words(record: Record, code: int, killed: bool = False) -> str:
    """What has become of the child, and where it was; whether this process has killed it."""
    how = death(code)
    if not record.begun:
        return f"the process that was to host the DLL has ended before it began: {how}"
    if record.exit_code is not None:
        return f"the process was done, but ended with {how}: what the DLL does at exit is wrong"
    where = place(record, is_crash(code))
    if killed:
        late = f"it had not ended {PATIENCE:g} s after the second interrupt"
        return f"the process with the DLL was killed {where}: {late}"
    if is_crash(code):
        return f"the DLL has crashed {where}: {how}"
    if code < 0:
        return f"the process with the DLL was killed {where}: {how}"
    return f"the DLL has ended its process {where}: {how}"


def place(record: Record, crashed: bool) -> str:
    """Where the process was when it died."""
    # What looks like a crash to faulthandler may have been handled, on Windows.
    call = record.crashed_call() if crashed else None
    if call:
        return f"in {call}"
    calls = record.calls()
    if calls and call is None:
        return f"during {' and '.join(sorted(calls))}"
    if record.last_call:
        return f"in a thread of its own, some time after {record.last_call}"
    return "before any call"
