"""What the commands of `resapi-monitor` share: how they fail, what an argument may be, which view
suits the output, and text that is safe to show."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from resapi_cy.commands.output import Output, print_error

if TYPE_CHECKING:
    from collections.abc import Callable

View = TypeVar("View")


class CommandError(Exception):
    """Why a command can't do what was asked: one line for stderr, and exit code 2."""


# ---- Arguments -----------------------------------------------------------------------------------


def path_argument(text: str) -> str:
    if text:
        return text
    raise argparse.ArgumentTypeError("the path is empty")


def seconds_argument(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if 0 <= seconds < math.inf:
        return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")


def folder_argument(text: str) -> str:
    if os.path.isdir(text):  # noqa: PTH112
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not a folder")


def add_dll_directory(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dll-directory",
        type=folder_argument,
        metavar="FOLDER",
        help="a folder with libraries that the DLL needs",
    )


def add_cluster_api(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cluster-api",
        choices=("own", "system"),
        default="own",
        help="which Cluster API the DLL finds: own, with a cluster database (the default), or the "
        "system's, for a node of a cluster",
    )


# ---- Views ---------------------------------------------------------------------------------------


def choose_view(
    as_json: bool, json_view: Callable[[], View], plain_view: Callable[[], View], live_module: str
) -> View:
    """The view that was asked for, or that suits the output. A live view is the `LiveView` of a
    module that needs rich, and needs a terminal."""
    if as_json:
        return json_view()
    if not sys.stdout.isatty() or not cursor_moves():
        return plain_view()
    try:
        live_view: Callable[[], View] = import_module(live_module).LiveView
    except ModuleNotFoundError:
        print('resapi-monitor: for a live view: pip install "resapi-cy[cli]"', file=sys.stderr)
        return plain_view()
    return live_view()


def cursor_moves() -> bool:
    """Whether the terminal obeys escape sequences; a console of Windows is asked to."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        kernel32 = ctypes.windll.kernel32
        console = ctypes.c_void_p(msvcrt.get_osfhandle(sys.stdout.fileno()))
        mode = ctypes.c_uint32()
        kernel32.GetConsoleMode(console, ctypes.byref(mode))
        # ENABLE_VIRTUAL_TERMINAL_PROCESSING
        return bool(kernel32.SetConsoleMode(console, mode.value | 4))
    return os.environ.get("TERM") != "dumb"  # what a terminal calls itself that does not


# ---- Output --------------------------------------------------------------------------------------


def take_stdout(as_json: bool) -> Output:
    """The standard output, for a command that hosts a DLL: it holds nobody up. Under JSON it is the
    command's alone: whatever else prints in this process, native or Python, goes to stderr."""
    if not as_json:
        sys.stdout = output = Output(sys.stdout)
        return output
    sys.stdout.flush()
    output = Output(open(os.dup(1), "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    os.dup2(2, 1)
    output.instead_of = sys.stdout
    sys.stdout = sys.stderr
    return output


def end_output(output: Output) -> None:
    """Waits for what is still to be written, and says on stderr if something could not be."""
    lost = output.end()
    sys.stdout = output.instead_of
    if lost and output.error is None:
        lines = "1 line" if lost == 1 else f"{lost:,} lines"
        print_error(f"nobody has read the output: {lines} could not be written")


# ---- Text ----------------------------------------------------------------------------------------


def printable(text: str) -> str:
    """The text with whatever is not printable escaped: control characters, line ends, bytes that
    are no text. File names, and all text from a DLL, pass through it on their way to a terminal."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )


def log_line(time_ns: int, name: str, text: str) -> str:
    """A line about something that has a name, with its time."""
    return f"{time_text(time_ns)}  {printable(name)}: {printable(text)}"


# The day and the offset from UTC that the times of lines are of, unless they say another.
BEGUN = datetime.now().astimezone()


def day_text() -> str:
    """That day, and that offset."""
    return f"{BEGUN:%Y-%m-%d}, UTC{BEGUN.isoformat(timespec='seconds')[19:]}"


def time_text(time_ns: int, begun: datetime = BEGUN) -> str:
    """The time of day to the microsecond, with the date and the offset from UTC when they are not
    those of the beginning."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    local = datetime.fromtimestamp(seconds, UTC).astimezone() + timedelta(microseconds=rest // 1000)
    if (local.date(), local.utcoffset()) == (begun.date(), begun.utcoffset()):
        return f"{local:%H:%M:%S.%f}"
    return local.isoformat(" ", "microseconds")


def write_json(event: str, time_ns: int, *, output: Output | None = None, **values: object) -> None:
    """An object on a line of its own. `time` is in seconds since the epoch."""
    print(json.dumps({"event": event, "time": time_ns / 1e9, **values}), file=output, flush=True)


def reason(error: OSError) -> str:
    """Why the operating system refused, the same words on every platform."""
    return os.strerror(error.errno).lower() if error.errno else str(error)
