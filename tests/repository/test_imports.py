"""Imports run down the floors of pyproject.toml, in compiled modules, too, which import-linter does
not read: it looks at the Python files (`.ci/run lint`)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import native
import pytest

SOURCE = native.REPOSITORY / "src"
IMPORT = re.compile(r"^\s*(?:from|c?import)\s+(resapi_cy[\w.]*)(?:\s+c?import\s+(\w+))?", re.M)


def floors() -> list[list[str]]:
    """The modules and packages of each floor, from the top."""
    with (native.REPOSITORY / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    return [re.findall(r"resapi_cy\.\w+", layer) for layer in layers]


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(text: str, known: set[str]) -> Iterator[str]:
    for match in IMPORT.finditer(text):
        inner = f"{match[1]}.{match[2]}"
        yield inner if inner in known else match[1]


def upward(graph: dict[str, set[str]]) -> list[str]:
    """What imports from a floor that is not below its own, in words."""
    level: dict[str, float] = {n: number for number, floor in enumerate(floors()) for n in floor}
    level["resapi_cy"] = level["resapi_cy.resource_monitor"] - 0.5  # the front door, above it

    def floor_of(module: str) -> float:
        return level[".".join(module.split(".")[:2])]

    return [
        f"{module} imports {imported}, which does not stand below it"
        for module, found in graph.items()
        for imported in sorted(found)
        if module.split(".")[:2] != imported.split(".")[:2]
        if floor_of(imported) <= floor_of(module)
    ]


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """Which module imports which: of a module with several files, what each of them says."""
    paths = [path for suffix in ("py", "pyx", "pxd") for path in SOURCE.rglob(f"*.{suffix}")]
    graph: dict[str, set[str]] = {module_of(path): set() for path in paths}
    for path in paths:
        found = set(imports(path.read_text("utf-8"), set(graph)))
        graph[module_of(path)] |= found - {module_of(path)}
    del graph["resapi_cy"]  # the front door imports whatever it shows
    return graph


def test_every_module_stands_on_a_floor(graph: dict[str, set[str]]) -> None:
    standing = {name for floor in floors() for name in floor}
    assert {".".join(module.split(".")[:2]) for module in graph} == standing


def test_imports_run_down(graph: dict[str, set[str]]) -> None:
    assert upward(graph) == []


def test_no_circle_runs_through_the_files(graph: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("line", ["from resapi_cy.hosting.host cimport Host", "import resapi_cy"])
def test_an_import_that_runs_up_is_found_with_both_names(
    graph: dict[str, set[str]], line: str
) -> None:
    (imported,) = imports(f"    {line}\n", set(graph))
    seen = {**graph, "resapi_cy.monitoring.monitor": {imported}}
    assert upward(seen) == [
        f"resapi_cy.monitoring.monitor imports {imported}, which does not stand below it"
    ]
