"""The worker threads: a C program with those of the header, plain and under the sanitizers, and
with those of the stand-in for resutils.dll."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import native
import pytest

import resapi_cy

SOURCE = native.TESTS / "workers" / "test_clus_worker.c"
INCLUDE = native.REPOSITORY / "include"
CLUSTER = Path(resapi_cy.__file__).parent / "cluster"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]

BUILDS = {
    "plain": ["-O2"],
    "stand-in": ["-O2"],
    "thread": ["-O1", "-fsanitize=thread"],
    "address": ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
}
LANGUAGES = {"c": ["-std=c11"], "c++": ["-std=c++17", "-x", "c++"]}
SCENARIOS = [
    "a_wait_without_terminating_leaves_the_worker_alone",
    "a_worker_can_be_used_again",
    "a_worker_is_told_to_end_before_it_is_waited_for",
    "a_worker_may_be_terminated_before_it_has_begun",
    "a_worker_may_terminate_itself",
    "a_worker_runs_until_it_is_terminated",
    "a_worker_that_does_not_end_in_time_may_be_waited_for_again",
    "a_worker_that_waits_for_itself_is_told_that_it_runs",
    "a_worker_without_a_routine_is_refused",
    "several_threads_may_terminate_one_worker",
    "terminating_nothing_is_harmless",
    "the_structure_is_filled_in_before_the_thread_runs",
    "workers_are_terminated_together",
]


def run(program: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(program), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1", "ASAN_OPTIONS": "detect_leaks=1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=[(b, language) for b in BUILDS for language in LANGUAGES])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    build, language = request.param
    command = native.compiler(language)
    if not command:
        pytest.skip(f"no gcc or clang for {language}")
    if build in ("thread", "address") and sys.platform == "win32":
        pytest.skip("mingw-w64 has no sanitizers")
    target = tmp_path_factory.mktemp("workers") / f"clus_worker{native.PROGRAM_SUFFIX}"
    options = ["-g", "-pthread", f"-I{INCLUDE}", *WARNINGS, *LANGUAGES[language], *BUILDS[build]]
    libraries = []
    if build == "stand-in":
        options.append("-DRESAPI_CY_OWN_WORKERS=0")
        libraries = stand_in(target.parent)
    else:
        options.append("-DRESAPI_CY_OWN_WORKERS=1")
    native.run([*command, *options, str(SOURCE), "-x", "none", *libraries, "-o", str(target)])
    return target


def stand_in(folder: Path) -> list[str]:
    """What a program in that folder is linked with to find the stand-in."""
    for library in CLUSTER.glob("*.dll"):
        shutil.copy(library, folder)
    if sys.platform == "win32":
        return [str(folder / "resutils.dll")]
    (library,) = CLUSTER.glob("libresapi_cy_cluster.*")
    return [str(library), f"-Wl,-rpath,{CLUSTER}"]


def test_every_scenario_is_listed(program: Path) -> None:
    assert run(program).split() == SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_clus_worker(program: Path, scenario: str) -> None:
    """ClusWorkerCreate, ClusWorkerCheckTerminate, ClusWorkerTerminate, ClusWorkerTerminateEx,
    ClusWorkersTerminate: by what they promise."""
    run(program, scenario)
