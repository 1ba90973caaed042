"""Compiles the driver and the peers' extension modules, each into a folder of its own in build/."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import resapi_cy as ra

if TYPE_CHECKING:
    from setuptools import Extension

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
WINDOWS = sys.platform == "win32"
FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


class BuildError(Exception):
    """A module could not be built; the text says why."""


def folder(name: str) -> Path:
    """Where the module is built: another place for each interpreter and version of its tool."""
    _, tool = MODULES[name]
    return (
        REPOSITORY
        / "build"
        / "benchmarks"
        / f"{sys.implementation.cache_tag}{sys.abiflags}"
        / (f"{name}-{version(tool)}")
    )


def build(name: str) -> None:
    """Compiles a module in a process of its own, so that what the compiler says stays together."""
    _, tool = MODULES[name]
    try:
        version(tool)
    except PackageNotFoundError:
        raise BuildError(f"{tool} is not installed") from None
    try:
        subprocess.run(
            [sys.executable, "-m", "benchmarks.building", name],
            cwd=REPOSITORY,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.CalledProcessError as error:
        raise BuildError(error.output.strip()) from None


def load(name: str) -> ModuleType:
    """Imports a module that has been built."""
    path = folder(name) / f"{name}{EXTENSION_SUFFIXES[0]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- What is compiled ---------------------------------------------------------------------------


def options(language: str, *more: str) -> list[str]:
    if WINDOWS:
        return [f"/std:{language}", "/O2", "/EHsc"]
    return [f"-std={language}", "-O2", "-fvisibility=hidden", *more]


def cython_extension(name: str, source: Path) -> list[Extension]:
    import Cython.Build
    from setuptools import Extension

    extension = Extension(
        name,
        [str(source)],
        include_dirs=[str(HERE), ra.get_include()],
        depends=[str(HERE / "driver.hpp")],
        extra_compile_args=options("c++17"),
        language="c++",
    )
    cythonize: Any = Cython.Build.cythonize
    modules: list[Extension] = cythonize(
        [extension],
        build_dir=str(folder(name) / "cython"),
        include_path=[str(Path(ra.__file__).parents[1])],
        quiet=True,
    )
    return modules


def driver() -> list[Extension]:
    return cython_extension("driver", HERE / "driver.pyx")


def elsewhere() -> list[Extension]:
    return cython_extension("elsewhere", HERE / "elsewhere.pyx")


def cython_with_gil() -> list[Extension]:
    return cython_extension("cython_with_gil", HERE / "peers" / "cython_with_gil.pyx")


def pybind11_module() -> list[Extension]:
    import pybind11
    from setuptools import Extension

    return [
        Extension(
            "pybind11_module",
            [str(HERE / "peers" / "pybind11_module.cpp")],
            include_dirs=[pybind11.get_include(), ra.get_include()],
            extra_compile_args=options("c++17"),
            language="c++",
        )
    ]


def nanobind_module() -> list[Extension]:
    import nanobind
    from setuptools import Extension

    package = Path(nanobind.__file__).parent
    macros: list[tuple[str, str | None]] = [("NDEBUG", None), ("NB_COMPACT_ASSERTIONS", None)]
    if FREE_THREADED:
        macros.append(("NB_FREE_THREADED", None))
    return [
        Extension(
            "nanobind_module",
            # The library is compiled with the module: nanobind's way without CMake.
            [
                str(HERE / "peers" / "nanobind_module.cpp"),
                str(package / "src" / "nb_combined.cpp"),
            ],
            include_dirs=[
                nanobind.include_dir(),
                str(package / "ext" / "robin_map" / "include"),
                ra.get_include(),
            ],
            define_macros=macros,
            extra_compile_args=options("c++17", "-fno-strict-aliasing"),
            language="c++",
        )
    ]


def cffi_api_module() -> list[Extension]:
    from cffi import FFI

    from benchmarks.peers.cffi_callback import STRUCTURE

    ffi: Any = FFI()
    ffi.cdef(f'{STRUCTURE}\nextern "Python" uint32_t report(void*, RESOURCE_STATUS_EX*);')
    ffi.set_source(
        "cffi_api_module",
        '#include "resapi_cy/resapi.h"',
        include_dirs=[ra.get_include()],
        extra_compile_args=options("c11"),
    )
    extension: Extension = ffi.distutils_extension(str(folder("cffi_api_module")))
    return [extension]


# For each module what makes its extension, and the distribution of the tool that it needs.
MODULES: dict[str, tuple[Callable[[], list[Extension]], str]] = {
    "driver": (driver, "Cython"),
    "elsewhere": (elsewhere, "Cython"),
    "cython_with_gil": (cython_with_gil, "Cython"),
    "nanobind_module": (nanobind_module, "nanobind"),
    "pybind11_module": (pybind11_module, "pybind11"),
    "cffi_api_module": (cffi_api_module, "cffi"),
}


def compile_module(name: str) -> None:
    from setuptools import Distribution

    make_extensions, _ = MODULES[name]
    target = folder(name)
    target.mkdir(parents=True, exist_ok=True)
    command = Distribution({"name": name, "ext_modules": make_extensions()}).get_command_obj(
        "build_ext"
    )
    assert command is not None
    command.build_lib = str(target)
    command.build_temp = str(target / "temp")
    command.ensure_finalized()
    command.run()


if __name__ == "__main__":
    compile_module(sys.argv[1])
