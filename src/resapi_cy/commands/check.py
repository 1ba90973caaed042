"""`resapi-monitor check`: takes a resource DLL through the contract of the Resource API."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from resapi_cy.checks.definition import OUTCOMES
from resapi_cy.commands.dependency_arguments import (
    DEPENDENCY_HELP,
    dependency_argument,
    take_dependencies,
)
from resapi_cy.commands.property_arguments import (
    PROPERTY_HELP,
    PropertyArgument,
    deal_properties,
    property_argument,
    sort_properties,
)
from resapi_cy.commands.terminal import (
    CommandError,
    add_cluster_api,
    add_dll_directory,
    printable,
    reason,
)
from resapi_cy.loading.unloadable import what_else

# The checks themselves are imported when they are run: other commands need none of them.
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

    from resapi_cy.checks.definition import Check, Result
    from resapi_cy.checks.subject import Subject

DESCRIPTION = """\
Take a resource DLL through the contract of the Failover Cluster Resource API: how
it starts up, comes online and goes offline, reports, is polled and terminated, and
what it leaves behind. Each check says what it has seen, and which page of the
documentation asks for it. The DLL runs in processes of its own, so one that
crashes or never returns fails a check, and the other checks are still made.
"""

EPILOG = f"""\
A resource is brought online for real, many times: give it what it needs to do so
with --property, as with `resapi-monitor run`. PendingTimeout and DeadlockTimeout,
in milliseconds, are how long the checks wait for a new checkpoint and for an entry
point: 10000 unless they are given.

properties:
{PROPERTY_HELP}
dependencies:
{DEPENDENCY_HELP}
exit codes:
  0    no check failed, whatever is advised or was not applicable
  1    a check failed
  2    wrong usage, or there is no such DLL
  130  interrupted with Ctrl-C
"""

STYLES = dict(zip(OUTCOMES, ("green", "bold red", "yellow", "dim", "dim"), strict=True))
# What counts as skipped where there are but passed, failed and skipped.
SKIPPED = ("n/a", "not tried")


# ---- The command line ----------------------------------------------------------------------------


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "check",
        help="a conformance test for a resource DLL",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("dll", metavar="DLL", help="the resource DLL")
    parser.add_argument(
        "--type", required=True, metavar="NAME", help="the resource type, as the DLL knows it"
    )
    parser.add_argument(
        "--resource", default="Check", metavar="NAME", help="what the resources are called"
    )
    parser.add_argument(
        "--property",
        action="append",
        default=[],
        type=property_argument,
        metavar="KEY[:FORMAT]=VALUE",
        help="a private property of the resources, or a common one; may be given several times",
    )
    parser.add_argument(
        "--dependency",
        action="append",
        default=[],
        type=dependency_argument,
        metavar="NAME:TYPE",
        dest="dependencies",
        help="what the resources depend on, and the DLL finds; may be given several times",
    )
    parser.add_argument("--junit", metavar="FILE", help="write the results to FILE, as JUnit XML")
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a line for each check, and a summary as the last",
    )
    add_cluster_api(parser)
    add_dll_directory(parser)
    parser.set_defaults(run=run)


def subject_of(
    dll: str,
    resource_type: str,
    properties: Iterable[PropertyArgument],
    resource: str,
    dll_directory: str | None = None,
    cluster_api: str = "own",
    dependencies: Sequence[tuple[str, str]] = (),
) -> Subject:
    """What to check; raises ValueError, with the reason, for what can't be checked."""
    from resapi_cy.checks.subject import Subject

    try:
        kind = what_else(dll)
    except FileNotFoundError:
        raise ValueError(f"{dll}: there is no such file") from None
    except OSError as error:
        raise ValueError(f"{dll}: {reason(error)}") from None
    if kind:
        raise ValueError(f"{dll}: that is {kind}, and not a DLL")
    if dependencies and cluster_api == "system":
        raise ValueError("--dependency: the system's cluster knows by itself what depends on what")
    declared, properties = take_dependencies(dependencies, properties, [resource])
    common, private = sort_properties(deal_properties(properties, [resource])[resource])
    path = str(Path(dll).resolve())
    subject = Subject(
        path, resource_type, resource, common, private, dll_directory, cluster_api, declared
    )
    subject.common_properties()
    return subject


def run(options: argparse.Namespace) -> int:
    from resapi_cy.checks.process import Checks
    from resapi_cy.checks.suite import CHECKS

    try:
        subject = subject_of(
            options.dll,
            options.type,
            options.property,
            options.resource,
            options.dll_directory,
            options.cluster_api,
            options.dependencies,
        )
    except ValueError as error:
        raise CommandError(printable(str(error))) from None
    if options.junit:
        expect_writable(options.junit)
    results: dict[str, Result] = {}
    with Checks(subject) as checks, view_for(options.json) as view:
        for check in CHECKS.values():
            with view.checking(check):
                results[check.name] = checks.result(check.name)
            view.show(check, results[check.name])
        code = 1 if any(result.failed for result in results.values()) else 0
        view.summary(results.values(), code)
    if options.junit:
        write_junit(options.junit, subject, results.values())
    return code


# ---- What is shown -------------------------------------------------------------------------------


def shown_reason(result: Result) -> str:
    """The reason in a table, where the one that a check needs has a line of its own."""
    if result.cause:
        return f"it needs {result.cause}"
    return printable(result.reason)


def full_reason(result: Result) -> str:
    """The reason where each check stands alone."""
    text = printable(result.reason)
    if result.cause:
        return f"not tried: it needs {result.cause}, which failed: {text}"
    return text


def summary_line(results: Iterable[Result]) -> str:
    outcomes = [result.outcome for result in results]
    words = [f"{outcomes.count('pass')} passed", f"{outcomes.count('fail')} failed"]
    for outcome, name in [
        ("advice", "with advice"),
        ("not tried", "not tried"),
        ("n/a", "not applicable"),
    ]:
        if count := outcomes.count(outcome):
            words.append(f"{count} {name}")
    return ", ".join(words)


class View:
    """Lines of text: the outcome, the check, the page, the reason. A context manager around the
    checks."""

    def checking(self, check: Check) -> AbstractContextManager[object]:
        """Around a check."""
        return nullcontext()

    def show(self, check: Check, result: Result) -> None:
        outcome = "FAIL" if result.failed else result.outcome
        line = f"{outcome:<9}  {check.name:<20}  {check.page:<43}  {shown_reason(result)}"
        print(line, flush=True)

    def summary(self, results: Iterable[Result], code: int) -> None:
        print(summary_line(results))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass


class JsonView(View):
    """One JSON object a line."""

    def show(self, check: Check, result: Result) -> None:
        about = {"page": check.page, "sentence": check.sentence}
        print(json.dumps({"event": "check", **asdict(result), **about}), flush=True)

    def summary(self, results: Iterable[Result], code: int) -> None:
        results = list(results)
        counts = {name: sum(r.outcome == name for r in results) for name in OUTCOMES}
        print(json.dumps({"event": "summary", **counts, "exit_code": code}))


class TableView(View):
    """A table on a terminal, once all checks are made."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.table import Table

        self.console = Console(highlight=False)
        self.table = Table()
        for heading in ("", "check", "page", "reason"):
            self.table.add_column(heading, overflow="fold")

    def checking(self, check: Check) -> AbstractContextManager[object]:
        return self.console.status(f"{check.name}: {check.sentence}")

    def show(self, check: Check, result: Result) -> None:
        from rich.text import Text

        outcome = Text(result.outcome, STYLES[result.outcome])
        self.table.add_row(outcome, check.name, check.page, Text(shown_reason(result)))

    def summary(self, results: Iterable[Result], code: int) -> None:
        self.console.print(self.table)
        self.console.print(summary_line(results))


def view_for(as_json: bool) -> View:
    if as_json:
        return JsonView()
    if sys.stdout.isatty() and importlib.util.find_spec("rich"):
        return TableView()
    return View()


# ---- JUnit ---------------------------------------------------------------------------------------


def expect_writable(path: str) -> None:
    """Makes the file, empty, so that what stands in the way is known before the checks are run, and
    the results of another run are not taken for theirs."""
    try:
        Path(path).write_bytes(b"")
    except OSError as error:
        raise CommandError(f"{printable(path)} can't be written: {reason(error)}") from None


def write_junit(path: str, subject: Subject, results: Iterable[Result]) -> None:
    """Writes the results as continuous integration reads them."""
    from xml.etree import ElementTree

    results = list(results)
    suite = ElementTree.Element(
        "testsuite",
        name=printable(f"{Path(subject.path).name}: {subject.resource_type}"),
        tests=str(len(results)),
        failures=str(sum(result.failed for result in results)),
        errors="0",
        skipped=str(sum(result.outcome in SKIPPED for result in results)),
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=printable(subject.resource_type),
            name=result.check,
            time=f"{result.seconds:.3f}",
        )
        if result.failed:
            ElementTree.SubElement(case, "failure", message=full_reason(result))
        elif result.outcome in SKIPPED:
            ElementTree.SubElement(case, "skipped", message=full_reason(result))
        elif result.outcome == "advice":
            ElementTree.SubElement(case, "system-out").text = f"advice: {full_reason(result)}"
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    try:
        ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise CommandError(f"{printable(path)} can't be written: {reason(error)}") from None
