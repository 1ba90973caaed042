"""What the commands of `resapi-monitor` share: how they fail, what an argument may be, which view
suits the output, and text that is safe to show."""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn, TypeVar

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


# ---- Views ---------------------------------------------------------------------------------------


def choose_view(
    as_json: bool, json_view: Callable[[], View], plain_view: Callable[[], View], live_module: str
) -> View:
    """The view that was asked for, or that suits the output. A live view is the `LiveView` of a
    module that needs rich, and needs a terminal."""
    if as_json:
        return json_view()
    # What a terminal that can't move its cursor calls itself.
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return plain_view()
    try:
        live_view: Callable[[], View] = import_module(live_module).LiveView
    except ModuleNotFoundError:
        print('resapi-monitor: for a live view: pip install "resapi-cy[cli]"', file=sys.stderr)
        return plain_view()
    return live_view()


def keep_stdout_for_json() -> None:
    """Has whatever native code prints go to stderr: what a machine reads is JSON alone."""
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = open(own, "w", encoding="utf-8", errors="backslashreplace")  # noqa: PTH123, SIM115


def leave(code: int) -> NoReturn:
    """Ends the process while the DLL does not return: the interpreter would wait for it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def give_up(error: BaseException) -> NoReturn:
    """Ends a command whose DLL has not returned from its start-up, or was interrupted there."""
    if isinstance(error, KeyboardInterrupt):
        leave(130)
    print(f"resapi-monitor: {printable(str(error))}", file=sys.stderr)
    leave(2)


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
    """A line about something that has a name, with the time of day to the microsecond."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    clock = time.strftime("%H:%M:%S", time.localtime(seconds))
    return f"{clock}.{rest // 1000:06}  {printable(name)}: {printable(text)}"


def write_json(event: str, time_ns: int, **values: object) -> None:
    """An object on a line of its own. `time` is in seconds since the epoch."""
    print(json.dumps({"event": event, "time": time_ns / 1e9, **values}), flush=True)


def reason(error: OSError) -> str:
    """Why the operating system refused, the same words on every platform."""
    return os.strerror(error.errno).lower() if error.errno else str(error)
