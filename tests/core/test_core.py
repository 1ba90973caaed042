"""The core without Python: stand-alone C++17 programs, plain and under the sanitizers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import native
import pytest

CORE = native.TESTS / "core"
INCLUDE = [str(native.REPOSITORY / "src" / "resapi_cy"), str(native.REPOSITORY / "include")]

pytestmark = pytest.mark.skipif(
    not native.compiler("c++"), reason="no g++ or clang++: the core is built in the extension only"
)

BUILDS = {
    "plain": ["-O2"],
    "thread": ["-O1", "-fsanitize=thread"],
    "address": ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
}
SCENARIOS = [
    "a_control_call_ends_once",
    "a_forked_child_starts_anew",
    "a_host_is_told_of_every_change",
    "a_sleeping_monitor_is_woken",
    "broadcasts_reach_every_open_monitor",
    "cells_are_used_again",
    "cells_that_are_closed_while_listed_are_used_again",
    "closed_handles_stay_refused_under_fire",
    "events_left_behind_are_freed",
    "forged_handles_are_refused",
    "snapshots_are_whole",
    "terminated_until_begin",
    "transitions_come_once_and_in_order",
    "what_does_not_fit_is_counted",
]


def run(program: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(program), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        # The process is bounded by its own options, not by what the environment says.
        env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1", "ASAN_OPTIONS": "detect_leaks=1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session", params=BUILDS)
def build(request: pytest.FixtureRequest) -> str:
    if request.param != "plain" and sys.platform == "win32":
        pytest.skip("mingw-w64 has no sanitizers")
    return request.param


@pytest.fixture(scope="session")
def status_board(build: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return native.compile_program(
        CORE / "test_status_board.cpp",
        tmp_path_factory.mktemp(build) / "status_board",
        INCLUDE,
        BUILDS[build],
    )


def test_every_scenario_is_listed(status_board: Path) -> None:
    assert run(status_board).split() == SCENARIOS


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_status_board(status_board: Path, scenario: str) -> None:
    run(status_board, scenario)


def test_format_message(build: str, tmp_path: Path) -> None:
    run(
        native.compile_program(
            CORE / "test_format_message.cpp", tmp_path / "format_message", INCLUDE, BUILDS[build]
        )
    )


FUZZ = ["-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]


@pytest.mark.parametrize("target", ["fuzz_format_message", "fuzz_status_board"])
def test_generated_calls(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libFuzzer for some seconds, from a seed of its own each time; the head of each target says
    how to run it for longer."""
    clang = shutil.which("clang++")
    if clang is None or sys.platform != "linux":
        pytest.skip("no clang++ with libFuzzer")
    monkeypatch.setenv("CXX", clang)
    program = native.compile_program(CORE / f"{target}.cpp", tmp_path / target, INCLUDE, FUZZ)
    run(program, "-runs=20000", "-max_len=1000", f"-artifact_prefix={tmp_path}/")
