"""docs/cluster.md says of each function of the Cluster API whether it is served."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import native
import pytest

TOOL = native.REPOSITORY / "tools" / "served.py"
PAGE = native.REPOSITORY / "docs" / "cluster.md"
SOURCES = native.REPOSITORY / "src" / "resapi_cy" / "cluster"

pytestmark = pytest.mark.skipif(not TOOL.exists(), reason="the source distribution has no tools")


def test_the_tables_of_the_page_are_what_the_libraries_serve() -> None:
    command = [sys.executable, str(TOOL), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def functions() -> set[str]:
    """Those that the libraries serve, by their sources."""
    exported = {
        name
        for path in SOURCES.glob("*.cpp")
        for name in re.findall(r"^EXPORTED [\w *]*WINAPI (\w+)\(", path.read_text("utf-8"), re.M)
    } - {"GetLastError", "SetLastError"}  # Windows' own
    assert len(exported) > 80
    return exported


def test_every_function_that_the_libraries_export_is_in_one_of_the_tables() -> None:
    page = PAGE.read_text("utf-8")
    served, not_served = page[: page.index("## What is not")], page[page.index("## What is not") :]
    exported = functions()
    assert exported <= set(re.findall(r"`(\w+)`", served))
    assert not exported & set(re.findall(r"`(\w+)`", not_served))


def test_every_function_that_is_served_has_a_test_of_its_name() -> None:
    """A scenario of core's programs, a test, or a test whose docstring says that it is of it."""
    core = ast.parse((native.TESTS / "core" / "test_core.py").read_text("utf-8"))
    named = {n.value for n in ast.walk(core) if isinstance(n, ast.Constant)}
    texts = [name for name in named if isinstance(name, str) and "\n" not in name]
    for path in (*(native.TESTS / "cluster").glob("*.py"), native.TESTS / "test_workers.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                texts += [node.name.removeprefix("test_"), ast.get_docstring(node) or ""]
    words = {word for text in texts for word in re.findall(r"[^\W_]+", text)}
    assert sorted(functions() - words) == []
