"""What the commands of `resapi-monitor` share: how they fail, and text that is safe to show."""

from __future__ import annotations

import os


class CommandError(Exception):
    """Why a command can't do what was asked: one line for stderr, and exit code 2."""


def printable(text: str) -> str:
    """The text with whatever is not printable escaped: control characters, line ends, bytes that
    are no text. File names and log messages pass through it on their way to a terminal."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )


def reason(error: OSError) -> str:
    """Why the operating system refused, the same words on every platform."""
    return os.strerror(error.errno).lower() if error.errno else str(error)
