"""Ctrl-C and its kin, to a command that ends in order."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType
    from typing import Self


class Interrupts:
    """Counts Ctrl-C and its kin, unless somebody wants them ignored. After the second, the next
    one ends the process by itself."""

    def __init__(self) -> None:
        self.count = 0
        self.handlers: dict[int, object] = {}

    def __enter__(self) -> Self:
        names = ("SIGINT", "SIGTERM", "SIGBREAK")
        for number in [getattr(signal, name) for name in names if hasattr(signal, name)]:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self.handlers[number] = signal.signal(number, self.interrupt)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self.handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        if self.count == 2:
            for caught in self.handlers:
                signal.signal(caught, signal.SIG_DFL)
