"""Which lines the tests run: of the Python files, of the Cython files, and of the C++ core.

    python3 tools/coverage.py

Builds the package for gcov in build/coverage, runs the tests there, prints three percentages and
the lines that were not run, and exits 1 if a percentage is below LEAST.

The lines of a .pyx are counted by what gcov says of the C++ that Cython made of them: those that
native threads run count, too, and nothing takes the GIL to count them, as Cython's tracing would.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "coverage"
PYTHON = BUILD / "venv" / "bin" / "python"
LEAST = 95.0

REQUIREMENTS = [
    *("Cython>=3.3,<3.4", "setuptools>=77", "coverage>=7.10"),
    *("hypothesis", "pytest", "pytest-timeout", "rich>=13.7"),
    *("markdown-it-py>=3", "matplotlib>=3.8", "prometheus-client>=0.20"),
]
# A compiler that has the last word: setup.py optimizes, which moves lines about, and strips.
COMPILER = """#!/bin/sh
exec {name} "$@" -O0 --coverage -fprofile-update=atomic -Wno-error
"""
# What tests nothing of the package's own code, or builds it anew.
NOT_RUN = ["repository", "test_hot_path.py", "test_headers.py"]
# Subprocesses are the command line's, interpreters that end, and the checks, which end by os._exit.
SETTINGS = """
[run]
source_pkgs = resapi_cy
data_file = {build}/python
parallel = true
patch = subprocess, _exit
[report]
exclude_also =
    if TYPE_CHECKING:
"""

# The line of the .pyx that the C++ below it comes from: /* "resapi_cy/monitoring/monitor.pyx":57
MARKER = re.compile(r'^ */\* "(?:.*/)?resapi_cy/([\w/]+\.pyx)":(\d+)$')
# Here it ends: at a function's end, and where Cython cleans up before it.
END = re.compile(r"^}|/\* function exit code \*/|/\*--- Wrapped vars code ---\*/")

# How often each line was run: counts[file][line].
Counts = dict[str, dict[int, int]]


def run(*command: str | Path, **environment: str) -> None:
    subprocess.run(
        [str(part) for part in command], cwd=ROOT, env={**os.environ, **environment}, check=True
    )


def build() -> Path:
    """The package, built for gcov."""
    BUILD.mkdir(parents=True, exist_ok=True)
    if not PYTHON.exists():
        venv.create(PYTHON.parents[1], with_pip=True)
        run(PYTHON, "-m", "pip", "install", "--quiet", *REQUIREMENTS)
    for name in ("gcc", "g++"):
        (BUILD / name).write_text(COMPILER.format(name=name), "utf-8")
        (BUILD / name).chmod(0o755)
    compilers = {"CC": str(BUILD / "gcc"), "CXX": str(BUILD / "g++")}
    run(PYTHON, "setup.py", "-q", "build", "--build-base", BUILD, **compilers)
    return next(BUILD.glob("lib.*"))


def test(package: Path) -> None:
    for data in [*BUILD.rglob("*.gcda"), *BUILD.glob("python*")]:
        data.unlink()
    settings = BUILD / "coveragerc"
    settings.write_text(SETTINGS.format(build=BUILD), "utf-8")
    run(
        *(PYTHON, "-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest", "tests", "-q"),
        *(
            "-p",
            "no:cacheprovider",
            f"--basetemp={BUILD / 'tests'}",
            "-k",
            "not thread and not grow",
        ),
        *(f"--ignore=tests/{name}" for name in NOT_RUN),
        PYTHONPATH=str(package),
        CC=str(BUILD / "gcc"),
        CXX=str(BUILD / "g++"),
    )
    run(PYTHON, "-m", "coverage", "combine", "-q", f"--rcfile={settings}")


def of_python() -> Counts:
    report = BUILD / "python.json"
    run(
        *(PYTHON, "-m", "coverage", "json", "-q", "-i", f"--rcfile={BUILD / 'coveragerc'}"),
        *("-o", report),
    )
    counts: Counts = {}
    for file, found in json.loads(report.read_text("utf-8"))["files"].items():
        if file.endswith(".py"):
            lines = dict.fromkeys(found["executed_lines"], 1)
            counts[file.rpartition("resapi_cy/")[2]] = lines | dict.fromkeys(
                found["missing_lines"], 0
            )
    return counts


def gcov() -> Counts:
    """Of every C++ file that was compiled, by its path."""
    counts: Counts = defaultdict(lambda: defaultdict(int))
    for data in BUILD.rglob("*.gcda"):
        done = subprocess.run(
            ["gcov", "--json-format", "--stdout", str(data)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for answer in done.stdout.splitlines():
            for file in json.loads(answer)["files"]:
                for line in file["lines"]:
                    counts[file["file"]][line["line_number"]] += line["count"]
    return counts


def origins(source: Path) -> Iterator[tuple[int, str, int]]:
    """The lines of a C++ file of Cython's that come from a .pyx, and the lines there."""
    origin = None
    for number, text in enumerate(source.read_text("utf-8").splitlines(), 1):
        if marker := MARKER.match(text):
            origin = marker[1], int(marker[2])
        elif END.search(text):
            origin = None
        elif origin is not None:
            yield number, *origin


def of_cython(compiled: Counts) -> Counts:
    counts: Counts = defaultdict(lambda: defaultdict(int))
    for path, lines in compiled.items():
        source = ROOT / path
        if "build/cython" not in source.as_posix() or source.suffix != ".cpp":
            continue
        for number, file, line in origins(source):
            if number in lines:
                counts[file][line] += lines[number]
    return counts


def of_core(compiled: Counts) -> Counts:
    counts: Counts = defaultdict(lambda: defaultdict(int))
    for path, lines in compiled.items():
        source = Path(os.path.normpath(ROOT / path))
        if source.parent == ROOT / "src" / "resapi_cy" / "core":
            for line, count in lines.items():
                counts[source.name][line] += count
    return counts


def report(title: str, counts: Counts) -> float:
    """Prints the percentage and the lines that were not run."""
    total = sum(len(lines) for lines in counts.values())
    missing = {
        file: [line for line in sorted(lines) if not lines[line]] for file, lines in counts.items()
    }
    covered = total - sum(len(lines) for lines in missing.values())
    percentage = 100 * covered / total
    print(f"\n{title}: {percentage:.1f} % of {total} lines")
    for file in sorted(missing):
        if missing[file]:
            print(f"  {file}: {', '.join(map(str, missing[file]))}")
    return percentage


def main() -> int:
    test(build())
    compiled = gcov()
    percentages = [
        report("Python", of_python()),
        report("Cython", of_cython(compiled)),
        report("C++ core", of_core(compiled)),
    ]
    return int(min(percentages) < LEAST)


if __name__ == "__main__":
    sys.exit(main())
