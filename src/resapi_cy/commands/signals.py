"""Ctrl-C and its kin. Imports little, for the process that watches over the one with the DLL."""

from __future__ import annotations

import signal

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


def wanted() -> list[int]:
    """Those of them that this platform has, and that nobody wants ignored."""
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    return [n for n in numbers if signal.getsignal(n) is not signal.SIG_IGN]
