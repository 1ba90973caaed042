"""The stubs: what a type checker tells users about their programs, and that the stubs are true."""

from __future__ import annotations

import os
import re
import site
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from environment import under_wine

import resapi_cy as ra

PROGRAMS = Path(__file__).parent / "typing"
RIGHT = ["monitor_loop.py", "asynchronous.py", "handler.py"]
ALLOWLIST = PROGRAMS / "stubtest-allowlist.txt"

checks_types = pytest.mark.skipif(
    under_wine or find_spec("mypy") is None,
    reason="mypy says under Wine what it says elsewhere" if under_wine else "mypy is not installed",
)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python from the programs' folder, with the package that this process has imported."""
    packages = str(Path(ra.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": packages}
    if packages not in site.getsitepackages():
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
