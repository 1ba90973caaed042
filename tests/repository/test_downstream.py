"""The projects of examples/downstream build against the installed wheel, and their workers report
from threads of their own."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

import pytest
from installed import (
    BUILD_TIMEOUT,
    ROOT,
    builds,
    copy_of_the_repository,
    environment,
    pip_install,
    run,
)

DOWNSTREAM = ROOT / "examples" / "downstream"
# What monitor.py prints for a worker that does as it should.
REPORTED = """\
Disk 1 ONLINE_PENDING at checkpoint 0
Disk 1 ONLINE at checkpoint 1001
its last report was answered CONTINUE
its last report was answered TERMINATE
Disk 2 ONLINE_PENDING when it was terminated
"""
LIBRARY = {"win32": "worker.dll", "darwin": "libworker.dylib"}.get(sys.platform, "libworker.so")
# cffi supports free threading from CPython 3.14 on.
NO_CFFI = bool(sysconfig.get_config_var("Py_GIL_DISABLED")) and sys.version_info < (3, 14)

pytestmark = [builds, pytest.mark.timeout(BUILD_TIMEOUT)]


def check_worker(python: Path, worker: str | Path, folder: Path) -> None:
    assert run(python, DOWNSTREAM / "monitor.py", worker, cwd=folder) == REPORTED


@pytest.mark.skipif(not shutil.which("cmake"), reason="no cmake")
@pytest.mark.parametrize("language", ["c", "cpp"])
def test_a_library_that_cmake_builds_reports(
    installed_python: Path, tmp_path: Path, language: str
) -> None:
    python = f"-DPython3_EXECUTABLE={installed_python}"
    run("cmake", "-S", DOWNSTREAM / language, "-B", "build", python, cwd=tmp_path)
    run("cmake", "--build", "build", "--config", "Release", cwd=tmp_path)
    (library,) = (tmp_path / "build").rglob(LIBRARY)
    check_worker(installed_python, library, tmp_path)


@pytest.mark.skipif(not shutil.which("rustc"), reason="no rustc")
def test_a_library_in_rust_reports(installed_python: Path, tmp_path: Path) -> None:
    options = ["--edition", "2021", "-O", "--crate-type", "cdylib", "-D", "warnings"]
    run("rustc", *options, "-o", LIBRARY, DOWNSTREAM / "rust" / "worker.rs", cwd=tmp_path)
    check_worker(installed_python, tmp_path / LIBRARY, tmp_path)


@pytest.mark.parametrize(
    "tool",
    [
        "cython",
        "ctypes",
        pytest.param("cffi", marks=pytest.mark.skipif(NO_CFFI, reason="cffi needs the GIL here")),
    ],
)
def test_a_python_package_reports(installed_python: Path, tmp_path: Path, tool: str) -> None:
    project = tmp_path / tool
    shutil.copytree(DOWNSTREAM / tool, project)
    if tool == "cffi":
        pip_install(installed_python, "cffi>=1.17")
    pip_install(installed_python, "--no-build-isolation", "--no-deps", project)
    check_worker(installed_python, f"{tool}_worker", tmp_path)


def test_an_editable_installation_serves_cimport_and_its_headers(tmp_path: Path) -> None:
    repository = copy_of_the_repository(tmp_path / "repository")
    python = environment(tmp_path)
    pip_install(python, "setuptools>=77", "Cython>=3.3,<3.4")
    pip_install(python, "--no-build-isolation", "--no-deps", "-e", repository)
    program = "import resapi_cy; print(resapi_cy.get_include())"
    include = Path(run(python, "-c", program, cwd=tmp_path).rstrip("\n"))
    assert include.resolve() == (repository / "include").resolve()
    project = tmp_path / "cython"
    shutil.copytree(DOWNSTREAM / "cython", project)
    pip_install(python, "--no-build-isolation", "--no-deps", project)
    check_worker(python, "cython_worker", tmp_path)
