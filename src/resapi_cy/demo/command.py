"""`resapi-monitor demo`: native workers bring resources online by verifying files, and a resource
monitor written in Python watches them."""

from __future__ import annotations

import argparse
import os
import sysconfig

from resapi_cy.commands.terminal import (
    choose_view,
    path_argument,
    seconds_argument,
)
from resapi_cy.demo.files import find_files
from resapi_cy.demo.running import Demo
from resapi_cy.demo.views import JsonView, PlainView

DESCRIPTION = """\
Bring resources online and watch them. Native threads that know nothing of Python
share the files beneath PATH, read and checksum them, and report a checkpoint to
the resource monitor for each block of 64 KiB, through the callbacks that a
resource DLL would use. A resource is ONLINE when all its files are verified. A
file that can't be read is logged and counted; the others are still verified, and
its resource is FAILED in the end.
"""

EPILOG = """\
Symbolic links to files are followed, those to folders are not. Only regular files
are opened.

exit codes:
  0    all files were verified (those of a resource terminated on request aside)
  1    a file or a folder could not be read, or a file changed between two rounds
  2    wrong usage, or PATH has nothing to read
  130  interrupted with Ctrl-C: the resources were terminated
"""


# ---- The command line ----------------------------------------------------------------------------


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "demo",
        help="native threads verify files, and report to a live view",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "path",
        type=path_argument,
        metavar="PATH",
        nargs="?",
        default=sysconfig.get_path("stdlib"),
        help="a folder or a file (default: the standard library of this Python)",
    )
    parser.add_argument(
        "--workers",
        type=workers_argument,
        default=min(4, os.cpu_count() or 1),
        metavar="N",
        help="how many resources, each with a thread of its own; never more than there are files "
        "(default: a thread for each CPU, up to 4)",
    )
    parser.add_argument(
        "--seconds",
        type=seconds_argument,
        metavar="S",
        help="go round the files again and again until S seconds have gone; each file is read at "
        "least once, however long that takes",
    )
    parser.add_argument(
        "--terminate-after",
        type=seconds_argument,
        metavar="SECONDS",
        help="terminate one resource, the first that is still pending, and show how long its "
        "worker took to stop; until then the workers go round the files again and again",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a line for each event, and a summary as the last",
    )
    parser.set_defaults(run=run)


def workers_argument(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text[:10]) <= 1000:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 1000")


def run(options: argparse.Namespace) -> int:
    view = choose_view(options.json, JsonView, PlainView, "resapi_cy.demo.live_view")
    with view.searching(options.path):
        tree = find_files(options.path)
    demo = Demo(tree, view, options.workers, options.seconds, options.terminate_after)
    summary = demo.run()
    view.summary(summary)
    return summary.exit_code
