"""What the tests of the conformance checks share: the checks of a DLL, and what becomes of them."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path

import command_line
from environment import under_wine

from resapi_cy.checks.definition import OUTCOMES, Result
from resapi_cy.checks.process import Checks
from resapi_cy.checks.subject import Subject
from resapi_cy.checks.suite import CHECKS
from resapi_cy.hosting.private_properties import Given

TIMEOUT = 240
COMMAND = [sys.executable, "-m", "resapi_cy", "check"]
# In milliseconds. What is never reported, and what never returns, is waited for as long as that.
WAITS = {"PendingTimeout": 1000, "DeadlockTimeout": 2000}
# Wine has its debugger look at what has crashed before it lets it die.
CRASH_WAITS = {**WAITS, "DeadlockTimeout": 60_000} if under_wine else WAITS
WAIT_OPTIONS = [f"--property={name}={value}" for name, value in WAITS.items()]

# Those that take longest.
LEAKS = {name for name in CHECKS if name == "twenty-rounds" or name.endswith("-leaks")}

FutureResults = Future[dict[str, Result]]

PROPERTIES = [
    *("private-properties", "told-properties", "refused-properties", "kept-properties"),
]


def check(
    dll: Path,
    resource_type: str,
    waits: dict[str, int] = WAITS,
    private: dict[str, str] | None = None,
    names: Iterable[str] = CHECKS,
    dependencies: Sequence[tuple[str, str, dict[str, Given]]] = (),
) -> dict[str, Result]:
    """The results of the checks with these names, and of those that they need."""
    given = {name: (text, None) for name, text in (private or {}).items()}
    subject = Subject(
        str(dll), resource_type, common=waits, private=given, dependencies=dependencies
    )
    wanted: set[str] = set()
    for name in reversed(CHECKS):
        if name in names or any(name in CHECKS[other].needs for other in wanted):
            wanted.add(name)
    with Checks(subject) as checks:
        return {name: checks.result(name) for name in CHECKS if name in wanted}


def with_outcome(results: dict[str, Result], outcome: str) -> set[str]:
    return {name for name, result in results.items() if result.outcome == outcome}


def failures(results: dict[str, Result]) -> set[str]:
    return with_outcome(results, "fail")


def not_applicable(results: dict[str, Result]) -> set[str]:
    return with_outcome(results, "n/a")


def that_need(names: set[str]) -> set[str]:
    """The checks that need one of these, and are none of them."""
    blocked: set[str] = set()
    for check in CHECKS.values():  # each comes after those that it needs
        if {*names, *blocked}.intersection(check.needs):
            blocked.add(check.name)
    return blocked - names


def run(*arguments: str | Path, code: int) -> str:
    done = command_line.run("check", *arguments, timeout=TIMEOUT)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def run_json(*arguments: str | Path, code: int) -> dict[str, Result]:
    *checks, summary = map(json.loads, run(*arguments, "--json", code=code).splitlines())
    results = {}
    for answer in checks:
        assert answer.pop("event") == "check"
        known = CHECKS[answer["check"]]
        assert (answer.pop("page"), answer.pop("sentence")) == (known.page, known.sentence)
        results[answer["check"]] = Result(**answer)
    outcomes = [result.outcome for result in results.values()]
    counts = {outcome: outcomes.count(outcome) for outcome in OUTCOMES}
    assert summary == {"event": "summary", **counts, "exit_code": code}
    assert list(results) == list(CHECKS)
    return results


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def server_options(port: int) -> list[str]:
    """Properties of the process DLL: a server that listens on a port. The checks start it again
    and again, so it is one that starts quickly."""
    listen = f"import socket; server = socket.create_server(('127.0.0.1', {port}))"
    serve = "[client.close() for client, _ in iter(server.accept, None)]"
    command = f'"{sys.executable}" -I -S -c "{listen}; {serve}"'
    return [f"--property=CommandLine={command}", f"--property=Port={port}"]
