"""What is shipped: the source distribution, the wheel, and a project that builds against it."""

from __future__ import annotations

import email.parser
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import pytest
from environment import under_wine

import resapi_cy as ra

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "resapi_cy"
HEADERS = ROOT / "include" / "resapi_cy"
MODULES = {path.stem for path in SOURCES.glob("*.pyx")}
# What a worker's author cimports.
PUBLIC_PXD = {
    *("__init__.pxd", "winbase.pxd", "clusapi.pxd", "resapi.pxd"),
    *("trampoline.pxd", "callbacks.pxd"),
}

builds = pytest.mark.skipif(under_wine, reason="Wine has no compiler for pip to use")


def run(*command: str | Path, cwd: Path) -> str:
    environment = {n: v for n, v in os.environ.items() if not n.startswith("PYTHON")}
    result = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
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


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the source distribution and of the wheel, built from nothing else."""
    repository = tmp_path_factory.mktemp("repository")
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, repository)
    left_out = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "*.egg-info")
    for folder in "include", "src", "tests":
        shutil.copytree(ROOT / folder, repository / folder, ignore=left_out)
    dist = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, cwd=repository)
    return dist


@pytest.fixture(scope="module")
def sdist(dist: Path) -> Path:
    (sdist,) = dist.glob("*.tar.gz")
    return sdist


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"resapi_cy-{ra.__version__}.dist-info/METADATA").decode()
    return email.parser.Parser().parsestr(text)


@pytest.fixture(scope="module")
def downstream(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a clean environment: the wheel, and a project that was built against it."""
    folder = tmp_path_factory.mktemp("downstream")
    run(sys.executable, "-m", "venv", "environment", cwd=folder)
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    python = folder / "environment" / scripts / "python"
    project = folder / "project"
    shutil.copytree(ROOT / "tests" / "downstream", project)
    pip = [str(python), *["-m", "pip", "install", "--no-compile", "--disable-pip-version-check"]]
    run(*pip, wheel, "setuptools>=77", "Cython>=3.3,<3.4", cwd=folder)
    run(*pip, "--no-build-isolation", "--no-deps", project, cwd=folder)
    return python


@builds
def test_the_source_distribution_holds_the_sources_and_nothing_generated(sdist: Path) -> None:
    root = f"resapi_cy-{ra.__version__}/"
    with tarfile.open(sdist) as archive:
        names = {name.removeprefix(root) for name in archive.getnames()}
    wanted = {"LICENSE", "pyproject.toml", "setup.py", "tests/downstream/worker.c"}
    wanted |= {f"include/resapi_cy/{path.name}" for path in HEADERS.glob("*.h")}
    wanted |= {f"src/resapi_cy/core/{path.name}" for path in SOURCES.glob("core/*.hpp")}
    for pattern in "*.py", "*.pyi", "*.pyx", "*.pxd", "py.typed":
        wanted |= {f"src/resapi_cy/{path.name}" for path in SOURCES.glob(pattern)}
    assert wanted <= names
    generated = [".so", ".pyd", ".pyc", *(f"/{module}.cpp" for module in MODULES)]
    assert not [name for name in names if name.endswith(tuple(generated))]


@builds
def test_the_wheel_holds_what_users_need_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {f"resapi_cy/include/resapi_cy/{path.name}" for path in HEADERS.glob("*.h")}
    wanted |= {f"resapi_cy/{name}" for name in PUBLIC_PXD}
    for pattern in "*.py", "*.pyi", "py.typed":
        wanted |= {f"resapi_cy/{path.name}" for path in SOURCES.glob(pattern)}
    modules = {name for name in names if name.endswith((".so", ".pyd"))}
    assert names - modules == wanted
    assert {Path(name).name.split(".")[0] for name in modules} == MODULES


@builds
def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size <= 1_000_000


@builds
def test_the_metadata(wheel: Path, metadata: Message) -> None:
    assert metadata["Name"] == "resapi-cy"
    assert metadata["Version"] == ra.__version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == ">=3.11"
    assert set(metadata.get_all("Provides-Extra", [])) == {"cli", "test", "timeline"}
    requirements = metadata.get_all("Requires-Dist", [])
    assert [r for r in requirements if "extra ==" not in r] == []
    with zipfile.ZipFile(wheel) as archive:
        tags = archive.read(f"resapi_cy-{ra.__version__}.dist-info/WHEEL").decode()
    assert "Root-Is-Purelib: false" in tags


@builds
def test_workers_built_against_the_wheel_report_to_its_monitor(
    downstream: Path, tmp_path: Path
) -> None:
    output = run(downstream, "-I", ROOT / "tests" / "downstream" / "monitor.py", cwd=tmp_path)
    assert output.endswith("keepalives\n")


@builds
def test_the_wheel_installs_its_headers_where_get_include_says(
    downstream: Path, tmp_path: Path
) -> None:
    program = "import resapi_cy; print(resapi_cy.get_include())"
    include = Path(run(downstream, "-I", "-c", program, cwd=tmp_path).rstrip("\n")).resolve()
    assert include.is_relative_to(downstream.parents[1].resolve())
    installed = {path.name: path.read_bytes() for path in (include / "resapi_cy").iterdir()}
    assert installed == {path.name: path.read_bytes() for path in HEADERS.glob("*.h")}


def test_the_import_brings_in_no_heavy_module(tmp_path: Path) -> None:
    program = """\
import sys
before = set(sys.modules)
sys.path.append(sys.argv[1])
import resapi_cy
print(*sorted(set(sys.modules) - before))
"""
    packages = Path(ra.__file__).parents[1]
    imported = run(sys.executable, "-I", "-S", "-c", program, packages, cwd=tmp_path).split()
    heavy = {
        *("asyncio", "concurrent", "ctypes", "dataclasses", "inspect", "logging", "pathlib"),
        *("rich", "socket", "subprocess", "threading", "typing"),
    }
    assert "resapi_cy.monitor" in imported
    assert heavy.isdisjoint(name.split(".")[0] for name in imported), imported
