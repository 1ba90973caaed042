"""`resapi-monitor info`: what a resource DLL is, by loading it and asking."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import resapi_cy as ra
from resapi_cy import witness
from resapi_cy.cluster import surroundings
from resapi_cy.commands import hosting_process
from resapi_cy.commands.hosting_process import leave
from resapi_cy.commands.interrupts import INTERRUPTED
from resapi_cy.commands.output import print_error
from resapi_cy.commands.terminal import (
    CommandError,
    add_cluster_api,
    add_dll_directory,
    end_output,
    path_argument,
    printable,
    take_stdout,
)
from resapi_cy.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long loading the DLL and asking it may take, in seconds: DeadlockTimeout's default.
LIMIT = 300.0

DESCRIPTION = """\
Load a resource DLL, call its StartupEx or Startup, and print what it says: the
versions of the Resource API that it accepts for each resource type, and the entry
points of the function table; and what it imports of the Cluster API. No resource
is opened. The DLL's code runs in a process of its own.
"""

EPILOG = """\
A DLL does not tell which types it has. Without --type, a few spellings of the
file's name are tried.

exit codes:
  0    every type can be hosted
  1    a type is refused, or its function table can't be used; or no type was found;
       or the output can't be written
  2    wrong usage, or the DLL can't be loaded
  3    the DLL has crashed or ended its process, or somebody has killed that
  130  interrupted
"""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "info",
        help="versions, types and entry points of a resource DLL",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("dll", type=path_argument, metavar="DLL", help="the resource DLL")
    parser.add_argument(
        "--type",
        action="append",
        default=[],
        metavar="NAME",
        dest="types",
        help="a resource type of the DLL; may be given several times",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    add_cluster_api(parser)
    add_dll_directory(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    names = list({folded(name): name for name in reversed(options.types)}.values())[::-1]
    output = take_stdout(options.json)
    with hosting_process.interrupts as interrupts:
        try:
            own = options.cluster_api == "own"
            report = interrupts.during(lambda: examine(load(options), names, own), LIMIT)
        except ra.ResourceDllError as error:
            raise CommandError(printable(str(error))) from None
        except TimeoutError:
            print_error(printable(f"{options.dll}: it has not told its types within {LIMIT:g} s"))
            leave(2)
        except KeyboardInterrupt:
            leave(INTERRUPTED)
    if options.json:
        print(json.dumps(asdict(report)), file=output)
    else:
        print("\n".join(map(printable, lines(report))), file=output)
    end_output(output)
    output.check()
    return report.exit_code


# ---- Asking --------------------------------------------------------------------------------------


@dataclass
class TypeReport:
    """A resource type: what the DLL's start-up function answered."""

    name: str
    version: int | None = None  # that was agreed on, when all were offered
    accepts: list[int] = field(default_factory=list)  # when one alone was offered
    entry_points: dict[str, bool] = field(default_factory=dict)  # name -> is it there?
    error: str | None = None


@dataclass
class Report:
    path: str
    exports: list[str]
    cluster_imports: list[str]
    not_served: list[str] | None  # of those; None: they are the system's
    types: list[TypeReport]
    guessed: list[str]  # the names of types that were tried, if none was given

    @property
    def exit_code(self) -> int:
        return int(not self.types or any(kind.error is not None for kind in self.types))


def load(options: argparse.Namespace) -> ra.ResourceDll:
    if options.cluster_api == "own":
        surroundings.bring()
    arguments = options.dll, options.dll_directory
    dll: ra.ResourceDll = witness.call("the loading of the DLL", ra.ResourceDll, *arguments)
    return dll


def examine(dll: ra.ResourceDll, names: list[str], own_api: bool) -> Report:
    imports, not_served = dll.cluster_imports, None
    if own_api:
        not_served = [name for name in imports if not surroundings.is_served(name)]
    report = Report(dll.path, dll.exports, imports, not_served, [], [])
    if names:
        report.types = [examine_type(dll, name) for name in names]
        return report
    report.guessed = list(spellings(Path(dll.path).stem))
    for name in report.guessed:
        try:
            dll.startup(name)
        except ra.InvalidFunctionTable:
            pass  # the DLL knows the type
        except ra.ResourceDllError:
            continue
        report.types = [examine_type(dll, name)]
        break
    return report


def examine_type(dll: ra.ResourceDll, name: str) -> TypeReport:
    report = TypeReport(name)
    for version in ra.ResourceApiVersion:
        # Version 1 is Startup's, and the others are StartupEx's.
        one = version == ra.ResourceApiVersion.V1
        if ("Startup" if one else "StartupEx") not in dll.exports:
            continue
        try:
            dll.startup(name, version, version)
        except ra.ResourceDllError:
            continue
        report.accepts.append(version >> 8)
    try:
        entry_points = dll.startup(name)
    except ra.ResourceDllError as error:
        report.error = str(error)
        return report
    report.version = entry_points.version >> 8
    report.entry_points = {name: address != 0 for name, address in entry_points.addresses.items()}
    return report


def spellings(stem: str) -> Iterator[str]:
    """Names that the type of a DLL of this name may have, each once."""
    words = re.sub(r"[-_ ]+", " ", stem).strip()
    capital = words.title()
    names = (capital, capital.replace(" ", ""), words.capitalize(), words, stem, words.upper())
    yield from dict.fromkeys(filter(None, names))


# ---- Showing -------------------------------------------------------------------------------------


def lines(report: Report) -> Iterator[str]:
    yield report.path
    yield f"  exports {' and '.join(report.exports)}"
    yield f"  imports of the Cluster API: {', '.join(report.cluster_imports) or 'none'}"
    if report.cluster_imports and report.not_served is not None:
        yield f"  of these, not served here: {', '.join(report.not_served) or 'none'}"
    for kind in report.types:
        yield ""
        yield f"Resource type {kind.name!r}"
        if kind.error is not None:
            yield f"  error: {kind.error}"
        else:
            yield f"  version {kind.version} of the Resource API is agreed on"
        yield f"  accepted when offered alone: {', '.join(map(str, kind.accepts)) or 'none'}"
        width = max(map(len, kind.entry_points), default=0)
        for name, is_there in kind.entry_points.items():
            yield f"  {name:{width}}  {'present' if is_there else 'NULL'}"
    if not report.types:
        tried = ", ".join(map(repr, report.guessed))
        yield f"  no type found by the file's name (tried {tried}): give one with --type NAME"
