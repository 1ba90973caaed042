"""The command `resapi-monitor`, also `python -m resapi_cy`."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Sequence

from resapi_cy import __version__
from resapi_cy.commands import check, info
from resapi_cy.commands.run import command as run
from resapi_cy.commands.terminal import CommandError, reason
from resapi_cy.demo import command as demo

PROGRAM = "resapi-monitor"

# What a write to a pipe that nobody reads ends in; Windows calls it an invalid argument.
NO_READER = (errno.EPIPE, errno.EINVAL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code. Wrong arguments end in argparse's SystemExit."""
    open_missing_output()
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A resource monitor for the Windows Failover Cluster Resource API.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (run, info, check, demo):
        command.add_command(commands)
    options = parser.parse_args(arguments)
    # What the encoding of the output lacks is shown escaped.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except CommandError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        discard_output()
        if error.errno not in NO_READER:
            print(f"{PROGRAM}: the output can't be written: {reason(error)}", file=sys.stderr)
        return 1
    return code


def open_missing_output() -> None:
    """Without a console (pythonw), or with a closed output, Python has none to write to, and the
    next file that anybody opens would get its number."""
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def discard_output() -> None:
    """Python flushes stdout once more when it exits: into nothing, now."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
