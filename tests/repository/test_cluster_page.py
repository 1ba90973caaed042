"""docs/cluster.md says of each function of the Cluster API whether it is served."""

from __future__ import annotations

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


def test_every_function_that_the_libraries_export_is_in_one_of_the_tables() -> None:
    page = PAGE.read_text("utf-8")
    served, not_served = page[: page.index("## What is not")], page[page.index("## What is not") :]
    exported = {
        name
        for path in SOURCES.glob("*.cpp")
        for name in re.findall(r"^EXPORTED [\w *]*WINAPI (\w+)\(", path.read_text("utf-8"), re.M)
    } - {"GetLastError", "SetLastError"}  # Windows' own
    assert len(exported) > 80
    assert exported <= set(re.findall(r"`(\w+)`", served))
    assert not exported & set(re.findall(r"`(\w+)`", not_served))
