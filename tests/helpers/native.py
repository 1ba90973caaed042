"""Compiling the tests' C and C++ with the system's compiler, and calling the workers."""

from __future__ import annotations

import atexit
import ctypes
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from environment import under_wine

import resapi_cy as ra
from resapi_cy.cluster.surroundings import bring

TESTS = Path(__file__).parents[1]
REPOSITORY = TESTS.parent
WINDOWS = sys.platform == "win32"
LIBRARY_SUFFIX = ".dll" if WINDOWS else ".so"
PROGRAM_SUFFIX = ".exe" if WINDOWS else ""


def compiler(language: str) -> list[str]:
    """The command of the C or C++ compiler: CC or CXX, or the usual names; [] if there is none."""
    variable, names = {
        "c": ("CC", ["cc", "gcc", "clang"]),
        "c++": ("CXX", ["c++", "g++", "clang++"]),
    }[language]
    if command := os.environ.get(variable):
        return shlex.split(command)
    found = next(filter(None, map(shutil.which, names)), None)
    return [found] if found else []


def compile_library(
    sources: list[Path],
    target: Path,
    include: list[str],
    defines: dict[str, str] | None = None,
    libraries: list[str] | None = None,
    more_options: list[str] | None = None,
) -> Path:
    """A shared library of C sources: with the compiler of the system, or with MSVC on Windows. The
    libraries are those that it needs on Windows, the options more of a compiler like GCC."""
    macros = list((defines or {}).items())
    libraries = (libraries or []) if WINDOWS else []
    command = compiler("c")
    target = target.with_suffix(LIBRARY_SUFFIX)
    if command:
        options = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Wno-unused-function", "-shared"]
        if not WINDOWS:
            options += ["-fPIC", "-pthread"]
        run(
            [
                *command,
                *options,
                *(f"-I{i}" for i in include),
                *(f"-D{name}={value}" for name, value in macros),
                *map(str, sources),
                "-o",
                str(target),
                *(more_options or []),
                *(f"-l{library}" for library in libraries),
            ]
        )
    else:
        compile_with_msvc(sources, target, include, macros, libraries)
    return target


def compile_with_msvc(
    sources: list[Path],
    target: Path,
    include: list[str],
    macros: list[tuple[str, str]],
    libraries: list[str],
) -> None:
    from setuptools._distutils.ccompiler import new_compiler

    msvc = new_compiler(compiler="msvc")
    objects = msvc.compile(
        [str(source) for source in sources],
        output_dir=str(target.parent),
        include_dirs=include,
        macros=macros,
        extra_postargs=["/std:c11", "/utf-8", "/O2"],
    )
    msvc.link_shared_object(objects, str(target), libraries=libraries)


# What this run of the tests compiles for several of them.
FOLDER = Path(mkdtemp())
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)


@cache
def plain_dll(version: int) -> Path:
    """native/plain_dll.c with this version of the function table."""
    source, target = TESTS / "native" / "plain_dll.c", FOLDER / f"plain{version}"
    return compile_library([source], target, [ra.get_include()], {"VERSION": str(version)})


@cache
def strict_dll() -> Path:
    """native/strict_dll.c."""
    source = TESTS / "native" / "strict_dll.c"
    return compile_library([source], FOLDER / "strict", [ra.get_include()])


@cache
def startup_dll(disturbs_when_loaded: bool = False) -> Path:
    """native/startup_dll.c."""
    source = TESTS / "native" / "startup_dll.c"
    name = "disturbing" if disturbs_when_loaded else "startup"
    macros = {"DISTURBS_WHEN_LOADED": str(int(disturbs_when_loaded))}
    return compile_library([source], FOLDER / name, [ra.get_include()], macros)


@cache
def dying_dll() -> Path:
    """native/dying_dll.c."""
    sources = [TESTS / "native" / "dying_dll.c"]
    return compile_library(sources, FOLDER / "dying", [ra.get_include()])


@cache
def example(name: str) -> Path:
    """A resource DLL of examples/."""
    bring()  # first: what a test loads by itself would have Windows' resutils.dll in the process
    # Wine's resutils.dll has stubs where Windows has ClusWorkerCreate and its family.
    workers = {"RESAPI_CY_OWN_WORKERS": "1"} if under_wine else {}
    libraries = ["ws2_32"] if under_wine else ["ws2_32", "resutils"]
    source = REPOSITORY / "examples" / name / f"{name}.c"
    return compile_library([source], FOLDER / name, [ra.get_include()], workers, libraries)


@cache
def clustered(source: Path) -> Path:
    """A resource DLL that was written for a cluster: its text is L"...", and it imports from the
    Cluster API's libraries. Off Windows it finds them in the process."""
    options = [] if WINDOWS else ["-fshort-wchar"]
    if sys.platform == "darwin":
        options += ["-undefined", "dynamic_lookup"]
    libraries = ["clusapi", "resutils"]
    target = FOLDER / "clustered" / source.stem  # not where a DLL of that name may be loaded from
    target.parent.mkdir(exist_ok=True)
    includes = [ra.get_include(), str(TESTS / "native")]
    return compile_library([source], target, includes, {}, libraries, options)


def version_1_dll(name: str, text: str) -> Path:
    """The same of version 1, whose Open, Close and Online are in the text."""
    source = FOLDER / f"{name}.c"
    source.write_text(f'#include "resapi_cy/resapi.h"\n{text}\n#include "version_1.h"\n')
    return clustered(source)


@cache
def heartbeat() -> Path:
    """The example that was written for a cluster."""
    return clustered(REPOSITORY / "examples" / "heartbeat" / "heartbeat.c")


@cache
def older() -> Path:
    """cluster/older_dll.cpp, in the manner of the older samples: C++."""
    target = (FOLDER / "older").with_suffix(LIBRARY_SUFFIX)
    options = ["-std=c++17", "-O2", "-Wall", "-Wextra", "-shared", f"-I{ra.get_include()}"]
    options += [] if WINDOWS else ["-fPIC", "-pthread", "-fshort-wchar"]
    options += ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    source = TESTS / "cluster" / "older_dll.cpp"
    libraries = ["-lclusapi", "-lresutils", "-static"] if WINDOWS else []
    run([*compiler("c++"), *options, str(source), "-o", str(target), *libraries])
    return target


def compile_program(source: Path, target: Path, include: list[str], options: list[str]) -> Path:
    """A C++17 program. Of what a debugger can be told it has the lines, for what a sanitizer
    reports: the rest would take a fifth of the time to compile."""
    target = target.with_name(target.name + PROGRAM_SUFFIX)
    threads = [] if WINDOWS else ["-pthread"]
    run(
        [
            *compiler("c++"),
            *["-std=c++17", "-g1", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Werror"],
            *threads,
            *options,
            *(f"-I{i}" for i in include),
            str(source),
            "-o",
            str(target),
        ]
    )
    return target


def run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    except OSError as error:
        # ERROR_INTERNAL_ERROR: so Wine has said of a compiler that it could not start when busy.
        if getattr(error, "winerror", 0) != 1359:
            raise
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


class ResourceStatusEx(ctypes.Structure):
    _fields_ = (
        ("state", ctypes.c_int32),
        ("checkpoint", ctypes.c_uint32),
        ("event_handle", ctypes.c_uint64),
        ("error_code", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("wait_hint", ctypes.c_uint32),
    )


class ResourceStatus1(ctypes.Structure):
    _fields_ = (
        ("state", ctypes.c_int32),
        ("checkpoint", ctypes.c_uint32),
        ("wait_hint", ctypes.c_uint32),
        ("event_handle", ctypes.c_uint64),
    )


def declare(library: ctypes.CDLL) -> ctypes.CDLL:
    """The signatures of workers.c."""
    pointer, u32, u64 = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint64
    answers = ctypes.POINTER(u32)
    signatures = {
        "worker_start": (pointer, [pointer, u64, u64, u32]),
        "worker_made": (u64, [pointer]),
        "worker_continued": (u64, [pointer]),
        "worker_terminated": (u64, [pointer]),
        "worker_await": (None, [pointer, u64]),
        "worker_stop": (None, [pointer]),
        "worker_join": (u64, [pointer]),
        "report_once": (u32, [pointer, u64, ctypes.c_int32, u32]),
        "report_null": (u32, [pointer, u64]),
        "report_version_1": (u32, [pointer, u64, ctypes.c_int32, u32, u64]),
        "check_at_exit": (ctypes.c_int, [pointer, u64]),
        "report_forged": (u64, [pointer, u64, u64]),
        "other_monitor_address": (pointer, [u32]),
        "other_monitor_1_address": (pointer, [u32]),
        "other_monitor_handle": (u64, []),
        "other_monitor_status": (ctypes.POINTER(ResourceStatusEx), []),
        "other_monitor_status_1": (ctypes.POINTER(ResourceStatus1), []),
        "callbacks_missing": (ctypes.c_int, [pointer]),
        "call_every_callback": (None, [pointer, u64, ctypes.c_int64, ctypes.c_int64, answers]),
        "call_with_null": (None, [pointer, u64, answers]),
        "log_lines": (None, [pointer, u64, ctypes.c_int]),
        "log_level": (None, [pointer, u64, ctypes.c_int32]),
        "log_long": (None, [pointer, u64, ctypes.c_char_p]),
        "log_every_insert": (None, [pointer, u64]),
        "log_malformed": (None, [pointer, u64]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Worker:
    """A native thread that reports numbered statuses: made by the fixture start_worker."""

    def __init__(
        self, library: ctypes.CDLL, handle: int, reports: int = 0, reports_per_status: int = 1
    ) -> None:
        self._library = library
        self._worker = library.worker_start(
            ra.callbacks.set_resource_status_ex, handle, reports, reports_per_status
        )
        assert self._worker
        self._ended = False

    @property
    def made(self) -> int:
        return self._library.worker_made(self._worker)

    @property
    def continued(self) -> int:
        return self._library.worker_continued(self._worker)

    @property
    def terminated(self) -> int:
        return self._library.worker_terminated(self._worker)

    def wait_for(self, more: int) -> None:
        """Until it has made that many reports more; the GIL is released meanwhile."""
        self._library.worker_await(self._worker, more)

    def join(self) -> int:
        """Waits for its end; how many reports were answered TERMINATE."""
        assert not self._ended
        self._ended = True
        return self._library.worker_join(self._worker)

    def stop(self) -> int:
        self._library.worker_stop(self._worker)
        return self.join()

    def end(self) -> None:
        """Stops it if the test has not."""
        if not self._ended:
            self.stop()


StartWorker = Callable[..., Worker]
