"""A terminal as it was: what a process that has died has left of it is put back."""

from __future__ import annotations

import contextlib
import os
import sys

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, without the import
if TYPE_CHECKING:
    from collections.abc import Callable

SHOW_CURSOR = b"\x1b[?25h"
PLAIN_TEXT = b"\x1b[0m"


def keep() -> Callable[[], None]:
    """Looks at the terminal, and returns what puts it back."""
    if not sys.stdout.isatty():
        return lambda: None
    if sys.platform == "win32":
        return keep_console()
    return keep_terminal(sys.stdout.fileno())


if sys.platform == "win32":
    import ctypes
    import msvcrt

    class CursorInfo(ctypes.Structure):
        """CONSOLE_CURSOR_INFO."""

        _fields_ = (("size", ctypes.c_uint32), ("visible", ctypes.c_int32))

    def keep_console() -> Callable[[], None]:
        kernel32 = ctypes.windll.kernel32
        console = ctypes.c_void_p(msvcrt.get_osfhandle(1))
        cursor = CursorInfo()
        if not kernel32.GetConsoleCursorInfo(console, ctypes.byref(cursor)):
            return lambda: None
        return lambda: kernel32.SetConsoleCursorInfo(console, ctypes.byref(cursor))

else:
    import signal
    import termios

    def keep_terminal(number: int) -> Callable[[], None]:
        attributes = termios.tcgetattr(number)

        def restore() -> None:
            # In the background, it would stop this process.
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            with contextlib.suppress(termios.error, OSError):
                termios.tcsetattr(number, termios.TCSANOW, attributes)
                if os.environ.get("TERM") != "dumb":
                    os.write(number, SHOW_CURSOR + PLAIN_TEXT + b"\r\n")

        return restore
