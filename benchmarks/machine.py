"""What the numbers were measured on. No host name, no user, no path."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

import resapi_cy as ra
from benchmarks.results import Machine

TOOLS = ("Cython", "nanobind", "pybind11", "cffi")


def describe(clock_ns: float | None) -> Machine:
    return Machine(
        cpu=cpu(),
        cores=os.cpu_count() or 1,
        system=system(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        gil=gil(),
        compiler=compiler(),
        package=ra.__version__,
        tools={tool: found for tool in TOOLS if (found := version_of(tool))},
        load_before=load(),
        clock_ns=clock_ns,
    )


def load() -> float | None:
    """How many processes wanted a processor, over the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def gil() -> bool:
    """Whether there is one, now that every peer has been imported: a module can bring it back."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def system() -> str:
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.machine()}"
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}, {platform.machine()}"


def compiler() -> str:
    """What setuptools compiles the driver and the peers with."""
    command = (sysconfig.get_config_var("CXX") or "").split()
    if not command or not shutil.which(command[0]):
        return platform.python_compiler()
    done = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0] or platform.python_compiler()


def version_of(tool: str) -> str | None:
    try:
        return version(tool)
    except PackageNotFoundError:
        return None


def clock(driver: ModuleType) -> float:
    """What timing a call by itself costs: the mean of the readings that nothing came between."""
    readings = driver.time_nothing(100_000)
    undisturbed = [(ns, count) for ns, count in readings if ns < 2 * readings[0][0] + 10]
    total = sum(ns * count for ns, count in undisturbed)
    return float(total / sum(count for _, count in undisturbed))
