"""What a type checker, an editor and help() tell users, and that it is true."""

from __future__ import annotations

import enum
import inspect
import os
import re
import site
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import native
import pytest
from environment import under_wine

import resapi_cy as ra

PROGRAMS = Path(__file__).parent / "typing"
RIGHT = ["monitor_loop.py", "asynchronous.py", "handler.py", "hosting.py"]
if find_spec("prometheus_client") is not None:
    RIGHT.append("exposition.py")
ALLOWLIST = PROGRAMS / "stubtest-allowlist.txt"

checks_types = pytest.mark.skipif(
    under_wine or find_spec("mypy") is None,
    reason="mypy says under Wine what it says elsewhere" if under_wine else "mypy is not installed",
)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python from the programs' folder, with the package that this process has imported."""
    packages = os.path.realpath(Path(ra.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": packages}
    if packages not in map(os.path.realpath, site.getsitepackages()):
        environment["MYPYPATH"] = packages
    return subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=PROGRAMS,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    cache = tmp_path_factory.mktemp("mypy")
    return ["-m", "mypy", "--strict", "--config-file=", f"--cache-dir={cache}"]


@checks_types
def test_a_users_programs_pass_strict_checks(mypy: list[str]) -> None:
    result = run(*mypy, *RIGHT)
    assert result.returncode == 0, result.stdout + result.stderr


@checks_types
def test_a_users_mistakes_are_found_and_nothing_else(mypy: list[str]) -> None:
    result = run(*mypy, "wrong.py")
    found = {int(line) for line in re.findall(r"^wrong\.py:(\d+): error", result.stdout, re.M)}
    lines = (PROGRAMS / "wrong.py").read_text("utf-8").splitlines()
    expected = {number for number, line in enumerate(lines, 1) if "# error" in line}
    assert found == expected, result.stdout + result.stderr


def programs(page: Path) -> Iterator[str]:
    """The Python of a page of the documentation, without the files that its reader is to write: a
    program, on the page's own lines. README has several."""
    pytest.importorskip("markdown_it", reason="markdown-it-py reads the pages")
    import docs_page

    program, name = "", page.stem.replace("-", "_")
    for block in docs_page.blocks(page):
        if block.language != "python" or block.file is not None:
            continue
        if page.name == "README.md":
            program = ""
        program += "\n" * (block.line - 1 - program.count("\n")) + block.text
        if page.name == "README.md":
            yield program
    if program and name != "README":
        yield program


@checks_types
def test_the_examples_of_the_documentation_pass(mypy: list[str], tmp_path: Path) -> None:
    pages = [native.REPOSITORY / "README.md", *(native.REPOSITORY / "docs").rglob("*.md")]
    for number, program in enumerate(found for page in pages for found in programs(page)):
        (tmp_path / f"program_{number}.py").write_text(program, "utf-8")
    files = sorted(tmp_path.glob("*.py"))
    assert len(files) > 10
    options = [option for option in mypy if option != "--strict"]
    result = run(*options, "--check-untyped-defs", *files)
    assert result.returncode == 0, result.stdout + result.stderr


@checks_types
def test_the_package_itself_passes_strict_checks(mypy: list[str]) -> None:
    result = run(*mypy, "--package", "resapi_cy")
    assert result.returncode == 0, result.stdout + result.stderr


@checks_types
def test_the_stubs_are_true_of_the_modules() -> None:
    result = run("-m", "mypy.stubtest", "resapi_cy", "--allowlist", ALLOWLIST)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("program", RIGHT)
def test_a_users_program_runs(program: str) -> None:
    result = run(program)
    assert result.returncode == 0, result.stdout + result.stderr


# ---- What help() says --------------------------------------------------------------------------


def public_functions() -> Iterator[tuple[str, object]]:
    """Each public function and method, and each class that users make objects of."""
    for name in ra.__all__:
        found = getattr(ra, name)
        if inspect.isclass(found):
            if not issubclass(found, (enum.Enum, BaseException, ra.LifeCycleEvent)):
                yield name, found
            for member, kind in public_members(found):
                if callable(kind):
                    yield f"{name}.{member}", kind
        elif callable(found):
            yield name, found


def public_members(found: type) -> Iterator[tuple[str, object]]:
    """The members that the package has given a class."""
    for name in dir(found):
        home = next((base for base in found.__mro__ if name in vars(base)), object)
        if home.__module__.startswith("resapi_cy") and (name[0] != "_" or name == "__call__"):
            yield name, vars(home)[name]


def split_help(found: object) -> tuple[str, str]:
    """The signature and the text. Cython puts the former at the top of the docstring."""
    text = inspect.getdoc(found) or ""
    match = re.match(r"\w+(\(.*?\))(?: -> .*)?(?:\n|$)", text, re.DOTALL)
    if match:
        return match[1], text[match.end() :]
    try:
        return str(inspect.signature(found)), text  # type: ignore[arg-type]
    except (TypeError, ValueError):  # nothing to call, or made by the package alone
        return "()", text


def parameters(signature: str) -> set[str]:
    names = re.findall(r"(?:^|[(,*])\s*(?:\w+ )?(\w+)(?: not None)?\s*(?=[:=,)])", signature)
    return set(names) - {"self", "cls"}


def text_of(name: str, links: int = 2) -> str:
    """What help() says of a public name, and what it points to: "``online`` for an asyncio task"
    says what ``online`` says."""
    owner, _, member = name.partition(".")
    found = getattr(ra, owner, None)
    if member:
        found = getattr(found, member, None)
    text = split_help(found)[1] if found is not None else ""
    if inspect.isclass(found):
        text += " ".join(name for name, kind in public_members(found) if inspect.getdoc(kind))
    if links:
        for kind, other in re.findall(r"``(?:(\w+)\.)?(\w+)``", text):
            text += text_of(f"{kind or owner}.{other}", links - 1)
    return text


def test_help_names_every_parameter() -> None:
    missing = {}
    for name, found in public_functions():
        text = text_of(name)
        wanted = parameters(split_help(found)[0])
        if inspect.isclass(found) and re.search(r"made by\s+``", text):
            wanted = set()
        if not text or not all(re.search(rf"\b{p}\b", text) for p in wanted):
            missing[name] = wanted
    assert missing == {}


def test_help_names_every_attribute() -> None:
    missing = []
    for name in ra.__all__:
        found = getattr(ra, name)
        if not inspect.isclass(found) or issubclass(found, enum.Enum):
            continue
        described = "\n".join(base.__doc__ or "" for base in found.__mro__[:-1])
        for member, kind in public_members(found):
            if callable(kind) or not hasattr(kind, "__get__"):
                continue
            if not inspect.getdoc(kind) and not re.search(rf"\b{member}\b", described):
                missing.append(f"{name}.{member}")
    assert missing == []


def test_the_signatures_that_help_shows_are_read() -> None:
    assert parameters("(self, str name not None, uint64_t handle, DWORD flags=0)") == {
        *("name", "handle", "flags")
    }
    assert parameters("(state, *, checkpoint=0)") == {"state", "checkpoint"}
    assert parameters("(self, name: 'str', **properties: 'int') -> 'None'") == {
        "name",
        "properties",
    }
