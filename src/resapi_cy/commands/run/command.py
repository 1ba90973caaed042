"""`resapi-monitor run`: brings the resources of a resource DLL online, watches them, and takes them
offline again."""

from __future__ import annotations

import argparse
import contextlib
from typing import TYPE_CHECKING

import resapi_cy as ra
from resapi_cy.commands import hosting_process
from resapi_cy.commands.dependency_arguments import (
    DEPENDENCY_HELP,
    dependency_argument,
    take_dependencies,
)
from resapi_cy.commands.hosting_process import leave
from resapi_cy.commands.interrupts import INTERRUPTED
from resapi_cy.commands.output import print_error
from resapi_cy.commands.property_arguments import (
    PROPERTY_HELP,
    PropertyArgument,
    deal_properties,
    property_argument,
    sort_properties,
)
from resapi_cy.commands.run.rows import Row
from resapi_cy.commands.run.running import Run
from resapi_cy.commands.run.views import JsonView, PlainView
from resapi_cy.commands.terminal import (
    CommandError,
    add_cluster_api,
    add_dll_directory,
    choose_view,
    end_output,
    path_argument,
    printable,
    reason,
    seconds_argument,
    take_stdout,
)
from resapi_cy.commands.timeline import Recorder, check_target, draw
from resapi_cy.hosting.dependency import declared_dependency
from resapi_cy.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterator


# Of a flood of events, so many at a time: between them, Ctrl-C is looked for.
EVENT_CAPACITY = 8192

DESCRIPTION = """\
Load a resource DLL, open resources of one of its types, bring them online side by
side and show them until Ctrl-C, then take them offline. While a resource is
online, it is polled, and when it fails, it is restarted, as its common properties
say. The DLL's code runs in a process of its own.
"""

EPILOG = f"""\
properties:
  The common properties are the host's, whatever their case; they are integers,
  the intervals in milliseconds:
    {", ".join(ra.CommonProperties.names()[:4])},
    {", ".join(ra.CommonProperties.names()[4:])}
  All others are private properties, which go to the DLL before its resource comes
  online. A name that is another common property's in a cluster, or is near to a
  common one, goes to the DLL only if that tells a property of the name.
{PROPERTY_HELP}\

dependencies:
{DEPENDENCY_HELP}
Ctrl-C (or SIGTERM, SIGHUP) takes the resources offline in order; those that report
nothing new for PendingTimeout are terminated. A second one terminates them at once,
and exits. A resource that does not come online at first is not tried again; one
that fails later is, by its RestartAction. The run also ends when no resource is
left that could come online.

exit codes:
  0    each resource came online, and went offline in order in the end
  1    a resource did not; or the output can't be written
  2    wrong usage, a property that is refused, a DLL that can't be hosted, or a
       database that can't be used
  3    the DLL has crashed or ended its process, or somebody has killed that
  130  interrupted twice: the resources were terminated
"""


# ---- The command line ----------------------------------------------------------------------------


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "run",
        help="bring resources of a resource DLL online, and show them",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("dll", type=path_argument, metavar="DLL", help="the resource DLL")
    parser.add_argument("--type", required=True, metavar="NAME", help="the resource type")
    parser.add_argument(
        "--resource",
        action="append",
        default=[],
        type=name_argument,
        metavar="NAME",
        dest="resources",
        help="a resource; may be given several times (default: one with the type's name)",
    )
    parser.add_argument(
        "--property",
        action="append",
        default=[],
        type=property_argument,
        metavar="[RESOURCE:]KEY[:FORMAT]=VALUE",
        dest="properties",
        help="a property of all resources, or of one; may be given several times",
    )
    parser.add_argument(
        "--dependency",
        action="append",
        default=[],
        type=dependency_argument,
        metavar="NAME:TYPE",
        dest="dependencies",
        help="what all resources depend on, and the DLL finds; may be given several times",
    )
    parser.add_argument(
        "--seconds",
        type=seconds_argument,
        metavar="S",
        help="take the resources offline after S seconds, as Ctrl-C does",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a line for each event and poll, and a summary as the last",
    )
    parser.add_argument(
        "--timeline",
        type=path_argument,
        metavar="FILE",
        help="draw the resources' states over time into FILE.svg or FILE.png in the end",
    )
    parser.add_argument(
        "--metrics-port",
        type=port_argument,
        metavar="PORT",
        help="serve metrics for Prometheus at http://127.0.0.1:PORT/metrics",
    )
    parser.add_argument(
        "--database",
        type=path_argument,
        metavar="PATH",
        help="keep the cluster database, with the private properties, in a file",
    )
    add_cluster_api(parser)
    add_dll_directory(parser)
    parser.set_defaults(run=run)


def name_argument(text: str) -> str:
    if text:
        return text
    raise argparse.ArgumentTypeError("the name is empty")


def port_argument(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")


def checked_rows(given: list[PropertyArgument], names: list[str]) -> list[Row]:
    """The resources, each with the common properties, which the host would take, and the private
    ones."""
    try:
        properties = deal_properties(given, names)
        rows = [Row(name, *sort_properties(properties[name])) for name in names]
        for row in rows:
            ra.CommonProperties(**row.common)
    except ValueError as error:
        raise CommandError(f"--property {printable(str(error))}") from None
    return rows


def run(options: argparse.Namespace) -> int:
    names = options.resources or [options.type]
    if len(set(map(folded, names))) < len(names):
        raise CommandError("--resource: two resources have the same name")
    try:
        declared, properties = take_dependencies(options.dependencies, options.properties, names)
    except ValueError as error:
        raise CommandError(printable(str(error))) from None
    dependencies = [declared_dependency(*one) for one in declared]
    rows = checked_rows(properties, names)
    if options.database and options.cluster_api == "system":
        raise CommandError("--database: the database of the system's cluster is kept by that")
    if options.timeline:
        check_target(options.timeline)
    output = take_stdout(options.json)
    with hosting_process.interrupts as interrupts:
        view = choose_view(
            options.json,
            lambda: JsonView(output),
            PlainView,
            "resapi_cy.commands.run.live_view",
        )
        recorder = Recorder() if options.timeline else None
        try:
            monitor = ra.ResourceMonitor(EVENT_CAPACITY, database=options.database)
        except OSError as error:
            raise CommandError(printable(str(error))) from None
        try:
            resource_type = interrupts.during(
                lambda: monitor.load(
                    options.dll,
                    options.type,
                    dll_directory=options.dll_directory,
                    cluster_api=options.cluster_api,
                )
            )
        except (ra.ResourceDllError, OSError) as error:
            monitor.close()
            raise CommandError(printable(str(error))) from None
        except ra.Deadlocked as error:
            print_error(printable(str(error)))
            leave(2)
        except KeyboardInterrupt:
            leave(INTERRUPTED)
        run = Run(
            resource_type, rows, dependencies, view, recorder, options.seconds, output, interrupts
        )
        try:
            with metrics_served(monitor, options.metrics_port):
                summary = run.run()
            view.summary(summary)
            if recorder is not None:
                draw(recorder, options.timeline)
        finally:
            end_output(output)
            if run.stuck:  # only after two interrupts
                leave(INTERRUPTED)
            monitor.close()
    output.check()
    return summary.exit_code


@contextlib.contextmanager
def metrics_served(monitor: ra.ResourceMonitor, port: int | None) -> Iterator[None]:
    """Serves the monitor's metrics meanwhile, if a port was given, to this machine alone."""
    if port is None:
        yield
        return
    try:
        from prometheus_client import CollectorRegistry, start_http_server

        from resapi_cy.metrics import MonitorCollector
    except ModuleNotFoundError:
        raise CommandError(
            '--metrics-port needs prometheus_client: pip install "resapi-cy[metrics]"'
        ) from None
    registry = CollectorRegistry()
    registry.register(MonitorCollector(monitor))
    try:
        server, thread = start_http_server(port, "127.0.0.1", registry)
    except OSError as error:
        raise CommandError(f"--metrics-port {port}: {reason(error)}: choose another port") from None
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
