"""Building the package from a copy of the repository, and installing it where nothing else is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from environment import under_wine

ROOT = Path(__file__).resolve().parents[2]

# Whoever asks for the wheel first waits until it is built: some minutes on a busy machine.
BUILD_TIMEOUT = 3600
builds = pytest.mark.skipif(under_wine, reason="Wine has no compiler for pip to use")


def run(*command: str | Path, cwd: Path, environment: Mapping[str, str] | None = None) -> str:
    """Runs a command, without this Python's own settings; what it has printed."""
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("PYTHON")}
    result = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**inherited, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=1200,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}"
    return result.stdout


def copy_of_the_repository(target: Path, repository: Path = ROOT) -> Path:
    """What belongs to the sources, and nothing that was made of them."""
    target.mkdir()
    for path in repository.iterdir():
        if path.is_file():
            shutil.copy(path, target)
    left_out = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "*.egg-info", "build")
    for folder in "include", "src", "tests", "examples":
        shutil.copytree(repository / folder, target / folder, ignore=left_out)
    return target


def build(
    repository: Path, dist: Path, kind: str, environment: Mapping[str, str] | None = None
) -> Path:
    """Builds an --sdist or a --wheel of the sources in a folder: what was built."""
    command = [sys.executable, "-m", "build", "--no-isolation", kind, "--outdir", dist, repository]
    run(*command, cwd=repository, environment=environment)
    (built,) = dist.iterdir()
    return built


def environment(folder: Path) -> Path:
    """A new virtual environment: its Python."""
    run(sys.executable, "-m", "venv", "environment", cwd=folder)
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    return (
        folder / "environment" / scripts / ("python.exe" if sys.platform == "win32" else "python")
    )


def pip_install(python: Path, *what: str | Path) -> None:
    pip = ["-m", "pip", "install", "--no-compile", "--disable-pip-version-check"]
    run(python, *pip, *what, cwd=python.parent)
