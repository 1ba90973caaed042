"""A pytest plugin: `pytest --resource-dll=DLL --resource-type=NAME` makes each conformance check of
the resource DLL a test, beside the project's own.

Without the option it adds nothing, and imports nothing of this package's hosting side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import resapi_cy as ra
    from resapi_cy.checks.process import Checks


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("resource DLLs", "conformance checks of a resource DLL")
    group.addoption("--resource-dll", metavar="DLL", help="the resource DLL to check")
    group.addoption("--resource-type", metavar="NAME", help="the resource type to check")
    group.addoption(
        "--resource-property",
        action="append",
        default=[],
        metavar="KEY[:FORMAT]=VALUE",
        help="a private property of the resources, or a common one; may be given several times",
    )
    group.addoption(
        "--resource-dependency",
        action="append",
        default=[],
        metavar="NAME:TYPE",
        help="what the resources depend on, and the DLL finds; may be given several times",
    )
    group.addoption(
        "--resource-dll-directory",
        metavar="FOLDER",
        help="a folder with libraries that the resource DLL needs",
    )


# The heading of a report's section.
ADVICE = "advice"


class ResourceDll(pytest.Collector):
    """The checks of a resource DLL."""

    checks: Checks

    def collect(self) -> list[ConformanceTest]:
        from resapi_cy.checks.suite import CHECKS

        return [ConformanceTest.from_parent(self, name=name) for name in CHECKS]


class ConformanceTest(pytest.Item):
    """A check."""

    parent: ResourceDll

    def runtest(self) -> None:
        from resapi_cy.commands.check import SKIPPED, full_reason

        result = self.parent.checks.result(self.name)
        if result.failed:
            pytest.fail(full_reason(result), pytrace=False)
        if result.outcome in SKIPPED:
            pytest.skip(full_reason(result))
        section = ADVICE if result.outcome == "advice" else "check"
        self.add_report_section("call", section, full_reason(result))

    def reportinfo(self) -> tuple[str, None, str]:
        return self.parent.name, None, self.name


@pytest.hookimpl(optionalhook=True)  # pytest-xdist's
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The checks of a resource DLL run in one worker, in their order: two processes would start one
    server, on one port."""
    distribution = config.option.dist
    if not config.option.resource_dll or distribution in ("loadscope", "loadfile"):
        return None  # those keep them together
    if distribution == "each":
        raise pytest.UsageError(
            "--dist=each has every worker check the resource DLL at the same time: take --dist=load"
        )
    from importlib import import_module
    from pathlib import Path

    xdist: Any = import_module("xdist.scheduler")  # it has no types, and need not be there
    group = Path(config.option.resource_dll).name

    def split_scope(scheduling: Any, nodeid: str) -> Any:
        """Sends the checks to one worker, and others as their groups ask for it, if they do."""
        if nodeid.startswith(f"{group}::"):
            return group
        return base._split_scope(scheduling, nodeid)

    base = xdist.LoadGroupScheduling
    return type("Scheduling", (base,), {"_split_scope": split_scope})(config, log)


@pytest.hookimpl(tryfirst=True)  # so that -k and its like choose among the checks, too
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    if not config.option.resource_dll:
        return
    import argparse
    from pathlib import Path

    from resapi_cy.checks.process import Checks
    from resapi_cy.commands.check import subject_of
    from resapi_cy.commands.dependency_arguments import dependency_argument
    from resapi_cy.commands.property_arguments import property_argument
    from resapi_cy.commands.terminal import folder_argument

    dll, resource_type = config.option.resource_dll, config.option.resource_type
    folder = config.option.resource_dll_directory
    if not resource_type:
        raise pytest.UsageError("--resource-dll needs --resource-type=NAME")
    try:
        properties = [property_argument(text) for text in config.option.resource_property]
        directory = None if folder is None else folder_argument(folder)
        dependencies = [dependency_argument(text) for text in config.option.resource_dependency]
        subject = subject_of(
            dll, resource_type, properties, "Check", directory, dependencies=dependencies
        )
        checks = Checks(subject)
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise pytest.UsageError(str(error)) from None
    config.add_cleanup(checks.close)
    name = Path(dll).name
    collector = ResourceDll.from_parent(session, name=name, nodeid=name)
    collector.checks = checks
    # As pytest collects what it finds itself, so that it counts these as well.
    report = config.hook.pytest_make_collect_report(collector=collector)
    config.hook.pytest_collectreport(report=report)
    items += report.result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What passes may come with advice."""
    advice = [
        (report.nodeid, text)
        for report in terminalreporter.getreports("passed")
        for heading, text in report.sections
        if heading.endswith(f" {ADVICE} call")
    ]
    if advice:
        terminalreporter.section("advice for the resource DLL")
        for check, text in advice:
            terminalreporter.line(f"{check}: {text}")


@pytest.fixture
def resource_monitor() -> Iterator[ra.ResourceMonitor]:
    """A resource monitor, closed after the test with all that it hosts."""
    import resapi_cy as ra

    with ra.ResourceMonitor() as monitor:
        yield monitor


@pytest.fixture
def resource_type(
    request: pytest.FixtureRequest, resource_monitor: ra.ResourceMonitor
) -> ra.ResourceType:
    """The resource type of --resource-dll and --resource-type, loaded in pytest's own process."""
    option = request.config.option
    if not option.resource_dll or not option.resource_type:
        pytest.skip("needs --resource-dll=DLL and --resource-type=NAME")
    return resource_monitor.load(
        option.resource_dll, option.resource_type, dll_directory=option.resource_dll_directory
    )
