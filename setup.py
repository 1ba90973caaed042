"""The extension modules and the stand-in libraries. Everything else about the package stands in
pyproject.toml."""

from __future__ import annotations

import gzip
import os
import struct
import sys
import sysconfig
import tarfile
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist
from setuptools.modified import newer_group

if struct.calcsize("P") != 8:
    sys.exit("resapi-cy is for 64-bit Python only, as the Failover Cluster Resource API is")

PACKAGE = Path("src", "resapi_cy")
HEADERS = sorted(Path("include", "resapi_cy").glob("*.h"))

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
    if sysconfig.get_platform().startswith("linux"):  # what is built for: Windows may be as well
        # dlopen has been the C library's own since glibc 2.34; the wheels are for 2.28.
        LINK_ARGS += ["-Wl,--as-needed", "-ldl"]


# Each callback begins a line of the cache: a check lies in one. Microsoft's compiler can't be told.
ALIGN_FUNCTIONS = [] if sys.platform == "win32" else ["-falign-functions=64"]


# What native threads run through is fast; everything else is small.
FAST = (
    "trampoline",
    "callbacks",
    "engine",
)
SMALL = ["/O1"] if sys.platform == "win32" else ["-Os"]


def extension(source: Path) -> Extension:
    return Extension(
        ".".join(source.relative_to("src").with_suffix("").parts),
        [source.as_posix()],
        include_dirs=["include", PACKAGE.as_posix()],
        depends=[p.as_posix() for p in [*HEADERS, *PACKAGE.rglob("*.hpp")]],
        define_macros=MACROS,
        extra_compile_args=[
            *COMPILE_ARGS,
            *(ALIGN_FUNCTIONS if source.stem == "trampoline" else []),
            *([] if source.stem in FAST else SMALL),
        ],
        extra_link_args=LINK_ARGS,
        language="c++",
    )


# What Cython would have in each module, such as its kinds of functions: Cython writes it, into one.
SHARED = Extension(
    "resapi_cy._cython",
    [(PACKAGE / "_cython.c").as_posix()],
    extra_compile_args=[argument for argument in COMPILE_ARGS if "c++" not in argument] + SMALL,
    extra_link_args=LINK_ARGS,
)


# The stand-in libraries for the Cluster API, by the names that resource DLLs import on Windows, and
# elsewhere one for both. What one is made of; each may use those before it.
CLUSTER = PACKAGE / "cluster"
if sysconfig.get_platform().startswith("win"):
    LIBRARIES = {
        "clusapi.dll": ["clusapi", "host", "not_served_clusapi", "not_served_names"],
        "resutils.dll": [
            *("resutils", "resutils_resources", "services", "workers", "not_served_resutils"),
        ],
    }
else:
    SUFFIX = ".dylib" if sys.platform == "darwin" else ".so"
    LIBRARIES = {
        f"libresapi_cy_cluster{SUFFIX}": [path.stem for path in sorted(CLUSTER.glob("*.cpp"))]
    }


class WithLibraries(build_ext):
    """The stand-in libraries are made by the compiler that makes the extensions, and lie in the
    package's folder cluster/."""

    def libraries_made(self) -> list[Path]:
        package = PACKAGE if self.inplace else Path(self.build_lib, "resapi_cy")
        return [package / "cluster" / name for name in LIBRARIES]

    def run(self) -> None:
        super().run()
        own = [*CLUSTER.glob("*.h"), *CLUSTER.glob("*.cpp")]  # which include one another
        depends = [p.as_posix() for p in [*HEADERS, *PACKAGE.rglob("*.hpp"), *own]]
        msvc = self.compiler.compiler_type == "msvc"
        imports: list[str] = []  # the import libraries of those before
        for target in self.libraries_made():
            sources = [(CLUSTER / f"{stem}.cpp").as_posix() for stem in LIBRARIES[target.name]]
            import_library = Path(self.build_temp, f"{target.stem}.lib")
            if self.force or newer_group([*sources, *depends], str(target)):
                objects = self.compiler.compile(
                    sources,
                    output_dir=self.build_temp,
                    macros=MACROS,
                    include_dirs=["include", PACKAGE.as_posix()],
                    extra_postargs=[*COMPILE_ARGS, *SMALL],
                )
                target.parent.mkdir(parents=True, exist_ok=True)
                arguments = list(LINK_ARGS)
                if target.suffix == ".dll":
                    option = "/IMPLIB:" if msvc else "-Wl,--out-implib,"
                    arguments.append(f"{option}{import_library}")
                self.compiler.link_shared_object(
                    [*objects, *imports],
                    str(target),
                    extra_postargs=arguments,
                    build_temp=self.build_temp,
                    target_lang="c++",
                )
            if target.suffix == ".dll":
                imports.append(str(import_library))

    def get_outputs(self) -> list[str]:
        outputs: list[str] = super().get_outputs()
        return outputs + [str(path) for path in self.libraries_made()]


class WithHeaders(build_py):
    """The wheel has the headers in the package. An editable installation has them where they are:
    a second folder for the package would have setuptools serve it by an import hook, which Cython,
    looking for .pxd files, does not ask."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "resapi_cy", "include", "resapi_cy")
        self.mkpath(str(target))
        for header in HEADERS:
            self.copy_file(str(header), str(target / header.name))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        outputs: list[str] = super().get_outputs(include_bytecode)
        if self.editable_mode:
            return outputs
        target = Path(self.build_lib, "resapi_cy", "include", "resapi_cy")
        return outputs + [str(target / header.name) for header in HEADERS]


class ReproducibleSdist(sdist):
    """The same sources of the same moment (SOURCE_DATE_EPOCH) make the same archive to the bit,
    whoever packs it: setuptools does this for wheels only."""

    def make_archive(self, base_name: str, format: str, *arguments: str, **named: str) -> str:
        if format != "gztar" or "SOURCE_DATE_EPOCH" not in os.environ:
            return super().make_archive(base_name, format, *arguments, **named)
        moment = int(os.environ["SOURCE_DATE_EPOCH"])

        def anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = moment
            entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            return entry

        archive = Path(f"{base_name}.tar.gz")
        with (
            archive.open("wb") as file,
            gzip.GzipFile("", "wb", fileobj=file, mtime=moment) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            tar.add(Path(base_name).name, filter=anonymous)  # sorted
        return str(archive)


setup(
    cmdclass={"build_ext": WithLibraries, "build_py": WithHeaders, "sdist": ReproducibleSdist},
    ext_modules=cythonize(
        [*map(extension, sorted(PACKAGE.rglob("*.pyx"))), SHARED],
        shared_utility_qualified_name=SHARED.name,
        shared_utility_features_disabled=["MemoryView"],
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
