"""Standard output, and errors, that never hold up who writes to them, whoever reads them or does
not."""

from __future__ import annotations

import io
import os
import sys
import threading
import time
from collections import deque
from typing import Any, TextIO

# How much may wait to be written, in bytes.
CAPACITY = 8 << 20
# A line that is longer, in characters, is written before it ends.
LONG = 8192
# In the end, the reader may take so long to take anything more, in seconds.
PATIENCE = 2.0


class OutputError(OSError):
    """Why the output can't be written."""


class Output(io.TextIOBase):
    """Text for a stream, which a thread of its own writes. Lines that find no room any more are
    counted. Any thread may write.

    Args:
        stream: where the text goes, without the stream's own buffer, if it has one.
        capacity: how many bytes may wait.

    Attributes:
        instead_of: the stream that it stands in for.
        error: what writing has ended in.
    """

    def __init__(self, stream: TextIO, capacity: int = CAPACITY) -> None:
        self.instead_of = self._stream = stream
        self._encoding = stream.encoding or "utf-8"
        # A stream of nothing but text has no buffer.
        binary: Any = getattr(stream, "buffer", None)
        self._raw: io.RawIOBase | None = getattr(binary, "raw", binary)
        self._line_end = os.linesep if sys.platform == "win32" and binary is not None else "\n"
        self._capacity = capacity
        self._changed = threading.Condition()
        self._begun = ""  # a line that is not complete yet
        self._waiting: deque[bytes] = deque()
        self._size = 0  # of what waits, the piece that is being written included
        self._lost = 0
        self._ended = False
        self.error: OSError | None = None
        self._progress = 0  # how many bytes have been written
        stream.flush()
        threading.Thread(target=self._write, name="resapi-monitor output", daemon=True).start()

    # ---- A text stream -----------------------------------------------------------------------

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._changed:
            self._begun += text
            long = len(self._begun) > LONG
        if long or text.endswith("\n"):
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Has what was written so far be written, all of it or nothing."""
        with self._changed:
            text, self._begun = self._begun, ""
            if not text:
                return
            if self._line_end != "\n":
                text = text.replace("\n", self._line_end)
            piece = text.encode(self._encoding, "backslashreplace")
            if self.error is not None or self._size + len(piece) > self._capacity:
                self._lost += lines_in(piece)
                return
            self._waiting.append(piece)
            self._size += len(piece)
            self._changed.notify_all()

    # ---- How it goes -------------------------------------------------------------------------

    @property
    def is_behind(self) -> bool:
        """Whether something waits to be written."""
        return self._size > 0

    @property
    def lost(self) -> int:
        """How many lines there was no room for."""
        return self._lost

    def check(self) -> None:
        """Raises OutputError if it can't be written."""
        if self.error is not None:
            raise OutputError(*self.error.args) from self.error

    def end(self) -> int:
        """Waits until all is written, or nobody takes anything for a while; how many lines were
        lost, all in all. What is written from now on is lost as well."""
        self.flush()
        with self._changed:
            while self._size and self.error is None:
                before = self._progress
                self._changed.wait_for(lambda: not self._size or self.error, PATIENCE)
                if self._progress == before:
                    break
            self._lost += sum(map(lines_in, self._waiting))
            self._capacity = 0
            self._ended = True
            self._changed.notify_all()
            return self._lost

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended)
                if not self._waiting:
                    return
                piece = self._waiting[0]
            try:
                self._write_out(piece)
            except OSError as error:
                with self._changed:
                    self.error = error
                    self._changed.notify_all()
                return
            with self._changed:
                self._waiting.popleft()
                self._size -= len(piece)
                self._changed.notify_all()

    def _write_out(self, piece: bytes) -> None:
        if self._raw is None:
            self._stream.write(piece.decode(self._encoding))
            self._stream.flush()
            return
        left = memoryview(piece)
        while left:
            written = self._raw.write(left)
            if written is None:  # the descriptor does not block: somebody else has set it so
                time.sleep(0.01)
            else:
                self._progress += written
                left = left[written:]


def lines_in(piece: bytes) -> int:
    return max(piece.count(b"\n"), 1)


def print_error(text: str) -> None:
    """A line on stderr, unless nobody reads that either."""
    errors = Output(sys.stderr)
    errors.write(f"resapi-monitor: {text}\n")
    errors.end()
