"""The process that hosts a DLL for `resapi-monitor run` and `info`, seen from inside; the one that
watches over it is in watching.py."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from typing import NoReturn

from resapi_cy import witness
from resapi_cy.commands.interrupts import Interrupts
from resapi_cy.commands.record import Record
from resapi_cy.commands.tie import end_with

# Nobody watches over a program that calls the commands itself.
record: Record | None = None
interrupts = Interrupts()


def begin(place: int | str, parent: int) -> None:
    """Begins as the child of a watching process, whose record is there."""
    global record, interrupts
    end_with(parent)
    record = Record(place)
    record.begin()
    if sys.platform != "win32":
        os.set_inheritable(record.number, False)
    # The stack of the thread that has crashed: others go on meanwhile, and theirs can't be read.
    faulthandler.enable(record.number, all_threads=False)
    witness.tell(record)
    interrupts = Interrupts(record)
    interrupts.listen()
    if hasattr(signal, "pthread_sigmask"):  # the watching process has held them back
        signal.pthread_sigmask(signal.SIG_UNBLOCK, interrupts.caught)


def end(code: int) -> None:
    """The command has come to its end, with this exit code; no interrupt changes that any more."""
    for number in interrupts.caught:
        signal.signal(number, signal.SIG_IGN)
    if record is not None:
        record.end(code)


def leave(code: int) -> NoReturn:
    """Ends the process while the DLL does not return: the interpreter would wait for it."""
    sys.stdout.flush()
    sys.stderr.flush()
    end(code)
    os._exit(code)
