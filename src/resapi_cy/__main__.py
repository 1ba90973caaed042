"""The command `resapi-monitor`, also `python -m resapi_cy`."""

from __future__ import annotations

import errno
import io
import os
import sys

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, without the import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

PROGRAM = "resapi-monitor"

# These run the code of a DLL, which may end its process: they do so in a child.
HOSTING = ("run", "info")

# What a write to a pipe that nobody reads ends in; Windows calls it an invalid argument.
NO_READER = (errno.EPIPE, errno.EINVAL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code. Wrong arguments end in argparse's SystemExit."""
    open_missing_streams()
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:1] and given[0] in HOSTING:
        # Little is imported before the child is started.
        from resapi_cy.commands.watching import watch

        return watch(given)
    return run(given)


def host(place: int | str, parent: int) -> NoReturn:
    """Runs a command that hosts a DLL, as the child of the process that watches over it."""
    from resapi_cy.commands import hosting_process

    open_missing_streams()
    code = 1
    try:
        hosting_process.begin(place, parent)
        code = run(sys.argv[1:])
    except SystemExit as error:  # argparse's
        code = error.code if isinstance(error.code, int) else 0
    finally:
        hosting_process.end(code)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Runs a command in this process."""
    import argparse

    from resapi_cy import __version__
    from resapi_cy.commands import check, info
    from resapi_cy.commands.output import OutputError, print_error
    from resapi_cy.commands.run import command as run
    from resapi_cy.commands.terminal import CommandError, reason
    from resapi_cy.demo import command as demo

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
        print_error(str(error))
        return 2
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        # What a host writes goes through an Output; the other commands print.
        if options.run in (run.run, info.run) and not isinstance(error, OutputError):
            raise
        discard_output()
        if error.errno not in NO_READER:
            print_error(f"the output can't be written: {reason(error)}")
        return 1
    return code


def open_missing_streams() -> None:
    """Without a console (pythonw), or with closed descriptors, Python has no stream to write to,
    and the next file that anybody opens would get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
            mode = "w" if number else "r"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def discard_output() -> None:
    """Python flushes stdout once more when it exits: into nothing, now."""
    if not isinstance(sys.stdout, io.TextIOWrapper) or sys.stdout is not sys.__stdout__:
        return  # it has no buffer then
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


if __name__ == "__main__":
    sys.exit(main())
