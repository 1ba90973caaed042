"""The extension modules. Everything else about the package stands in pyproject.toml."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

if struct.calcsize("P") != 8:
    sys.exit("resapi-cy is for 64-bit Python only, as the Failover Cluster Resource API is")

PACKAGE = Path("src", "resapi_cy")

if sys.platform == "win32":
    # The SDK shows less of the Resource API to who asks for an older Windows.
    MACROS = [("_WIN32_WINNT", "0x0A00")]
    COMPILE_ARGS = ["/std:c++17", "/O2", "/EHsc", "/utf-8"]
    LINK_ARGS: list[str] = []
else:
    MACROS = []
    # No debug information and nothing exported but the module's init function: small modules.
    COMPILE_ARGS = ["-std=c++17", "-O2", "-g0", "-fvisibility=hidden"]
    # A caller's structure is read field by field, as it was written: one load of two fields that
    # were stored just before has to wait until both stores have reached the cache.
    COMPILE_ARGS.append("-fno-tree-slp-vectorize")
    LINK_ARGS = ["-Wl,-x" if sys.platform == "darwin" else "-Wl,--strip-all"]
    if sys.platform == "darwin":
        # macOS has the aligned operator new since 10.13; python.org's Python may be built for 10.9.
        COMPILE_ARGS.append("-faligned-allocation")


def extension(source: Path) -> Extension:
    return Extension(
        f"resapi_cy.{source.stem}",
        [source.as_posix()],
        include_dirs=["include", PACKAGE.as_posix()],
        depends=[p.as_posix() for p in [*Path("include").rglob("*.h"), *PACKAGE.rglob("*.hpp")]],
        define_macros=MACROS,
        extra_compile_args=COMPILE_ARGS,
        extra_link_args=LINK_ARGS,
        language="c++",
    )


setup(
    ext_modules=cythonize(
        [extension(source) for source in sorted(PACKAGE.glob("*.pyx"))],
        build_dir="build/cython",
        include_path=["src"],
        compiler_directives={
            "language_level": 3,
            "freethreading_compatible": True,
            "embedsignature": True,
            "embedsignature.format": "python",
        },
    ),
    options={"build_ext": {"parallel": True}},
)
