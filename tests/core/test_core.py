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
    "a_resource_that_rests_is_told_when_it_leaves_its_state",
    "a_sleeping_host_is_woken_by_all_three",
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


ENGINE = {
    "test_engine_calls": [
        "a_call_is_made_and_told_once",
        "a_forked_child_opens_its_own",
        "a_pause_of_the_process_gives_one_more_period",
        "a_shared_gate_lets_one_of_the_dll_through",
        "abandoning_in_the_middle_of_everything_tells_each_call_once",
        "an_abandoned_call_is_not_made_unless_it_has_begun",
        "an_entry_point_has_the_signal_mask_of_who_made_the_engine",
        "calls_to_a_type_have_no_gate",
        "commands_from_many_threads",
        "entry_points_find_floating_point_as_it_was",
        "entry_points_of_a_resource_never_overlap",
        "limits_tell_where_a_call_is",
        "no_thread_is_told_and_tried_again",
        "short_calls_take_few_threads",
        "terminate_runs_beside_and_once_more",
        "the_end_does_not_wait_for_what_is_stuck",
        "threads_grow_for_calls_that_block_and_shrink_again",
        "what_waits_behind_a_second_terminate_goes_with_the_engine",
        "without_a_thread_there_is_no_engine",
    ],
    "test_engine_polls": [
        "a_death_is_found_once",
        "a_healthy_poll_tells_nothing",
        "a_poll_that_blocks_delays_no_other",
        "a_poll_waits_for_its_gate_and_counts_as_late",
        "a_resource_that_is_released_is_forgotten",
        "a_signaled_event_leads_to_is_alive",
        "an_event_that_is_signaled_meanwhile_is_asked_for_as_well",
        "an_event_that_resets_itself_loses_no_signal",
        "an_interval_counts_from_its_change_on",
        "completions_come_once_and_in_order",
        "descriptors_that_somebody_closed_are_told",
        "event_handles_come_and_go",
        "event_handles_of_two_threads_are_all_closed",
        "false_from_looks_alive_leads_to_is_alive_in_the_same_thread",
        "is_alive_is_not_starved_by_looks_alive",
        "no_poll_follows_what_is_put_in_after_the_last",
        "one_event_serves_many_resources",
        "polls_are_spread_out",
        "the_last_word_of_a_poll_is_told",
        "the_ring_of_polls_is_read_whole",
        "the_wheel_expires_every_timer_at_its_tick",
        "very_many_resources_are_polled",
        "waits_go_on_when_somebody_has_closed_their_pipe",
        "what_is_ahead_is_not_read",
    ],
}

REQUESTS = [
    "each_thread_gets_the_answer_to_its_own_request",
    "one_that_nobody_takes_is_refused_and_forgotten",
    "one_that_was_taken_is_waited_for",
    "the_end_answers_all_that_wait_and_all_that_come",
    "without_a_host_nobody_waits",
]


REGISTRY = [
    "ClusterRegBatchAddCommand",
    "ClusterRegCloseBatch",
    "ClusterRegCloseKey",
    "ClusterRegCreateKey",
    "ClusterRegDeleteKey",
    "ClusterRegDeleteValue",
    "ClusterRegEnumKey",
    "ClusterRegEnumValue",
    "ClusterRegOpenKey",
    "ClusterRegQueryInfoKey",
    "ClusterRegQueryValue",
    "ClusterRegSetValue",
    "a_closed_cluster_has_no_handles",
    "a_cluster_ends_under_fire",
    "a_forked_child_starts_anew",
    "changes_are_told_once_and_whole",
    "closed_handles_stay_refused",
    "forged_handles_are_refused",
    "many_threads_share_one_database",
    "names_differ_in_more_than_case",
]

OBJECTS = [
    "forged_handles_of_every_kind_are_refused",
    "many_threads_share_what_there_is",
]


PROPERTIES = {
    "test_properties_tables": [
        "ResUtilAddUnknownProperties",
        "ResUtilDupParameterBlock",
        "ResUtilEnumPrivateProperties",
        "ResUtilEnumProperties",
        "ResUtilFreeParameterBlock",
        "ResUtilGetAllProperties",
        "ResUtilGetPrivateProperties",
        "ResUtilGetProperties",
        "ResUtilGetPropertiesToParameterBlock",
        "ResUtilGetPropertyFormats",
        "ResUtilGetProperty_and_ResUtilGetPropertySize",
        "ResUtilPropertyListFromParameterBlock",
        "ResUtilSetPrivatePropertyList",
        "ResUtilSetPropertyParameterBlock",
        "ResUtilSetPropertyParameterBlockEx",
        "ResUtilSetPropertyTable",
        "ResUtilSetPropertyTableEx",
        "ResUtilSetUnknownProperties",
        "ResUtilVerifyPrivatePropertyList",
        "ResUtilVerifyPropertyTable",
        "memory_that_runs_out_is_an_error",
        "names_may_be_long_and_keys_many",
    ],
    "test_properties_values": [
        "ResUtilDupString",
        "ResUtilExpandEnvironmentStrings",
        "ResUtilFindBinaryProperty",
        "ResUtilFindDwordProperty",
        "ResUtilFindExpandSzProperty",
        "ResUtilFindExpandedSzProperty",
        "ResUtilFindFileTimeProperty",
        "ResUtilFindLongProperty",
        "ResUtilFindMultiSzProperty",
        "ResUtilFindSzProperty",
        "ResUtilFindULargeIntegerProperty",
        "ResUtilGetBinaryProperty",
        "ResUtilGetBinaryValue",
        "ResUtilGetDwordProperty",
        "ResUtilGetDwordValue",
        "ResUtilGetFileTimeProperty",
        "ResUtilGetLongProperty",
        "ResUtilGetMultiSzProperty",
        "ResUtilGetQwordValue",
        "ResUtilGetSzProperty",
        "ResUtilGetSzValue",
        "ResUtilSetBinaryValue",
        "ResUtilSetDwordValue",
        "ResUtilSetExpandSzValue",
        "ResUtilSetMultiSzValue",
        "ResUtilSetQwordValue",
        "ResUtilSetSzValue",
    ],
}


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


@pytest.fixture(scope="session")
def engine(build: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp(f"engine_{build}")
    return {
        name: native.compile_program(CORE / f"{name}.cpp", folder / name, INCLUDE, BUILDS[build])
        for name in ENGINE
    }


def test_every_scenario_of_the_engine_is_listed(engine: dict[str, Path]) -> None:
    assert {name: run(program).split() for name, program in engine.items()} == ENGINE


@pytest.mark.parametrize(
    ("program", "scenario"), [(name, one) for name, found in ENGINE.items() for one in found]
)
def test_engine(engine: dict[str, Path], program: str, scenario: str) -> None:
    run(engine[program], scenario)


@pytest.fixture(scope="session")
def registry(build: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return native.compile_program(
        CORE / "test_cluster_registry.cpp",
        tmp_path_factory.mktemp(f"registry_{build}") / "registry",
        INCLUDE,
        BUILDS[build],
    )


def test_every_scenario_of_the_registry_is_listed(registry: Path) -> None:
    assert run(registry).split() == REGISTRY


@pytest.mark.parametrize("scenario", REGISTRY)
def test_registry(registry: Path, scenario: str) -> None:
    run(registry, scenario)


@pytest.fixture(scope="session")
def objects(build: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return native.compile_program(
        CORE / "test_cluster_objects.cpp",
        tmp_path_factory.mktemp(f"objects_{build}") / "objects",
        INCLUDE,
        BUILDS[build],
    )


def test_every_scenario_of_the_objects_is_listed(objects: Path) -> None:
    assert run(objects).split() == OBJECTS


@pytest.mark.parametrize("scenario", OBJECTS)
def test_objects(objects: Path, scenario: str) -> None:
    run(objects, scenario)


@pytest.fixture(scope="session")
def requests(build: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return native.compile_program(
        CORE / "test_cluster_requests.cpp",
        tmp_path_factory.mktemp(f"requests_{build}") / "requests",
        INCLUDE,
        BUILDS[build],
    )


def test_every_scenario_of_the_requests_is_listed(requests: Path) -> None:
    assert run(requests).split() == REQUESTS


@pytest.mark.parametrize("scenario", REQUESTS)
def test_requests(requests: Path, scenario: str) -> None:
    run(requests, scenario)


# They have no thread and no state of their own to be found out by ThreadSanitizer.
@pytest.fixture(scope="session", params=["plain", "address"])
def properties(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    if request.param != "plain" and sys.platform == "win32":
        pytest.skip("mingw-w64 has no sanitizers")
    folder = tmp_path_factory.mktemp(f"properties_{request.param}")
    options = BUILDS[request.param]
    return {
        name: native.compile_program(CORE / f"{name}.cpp", folder / name, INCLUDE, options)
        for name in PROPERTIES
    }


def test_every_scenario_of_the_properties_is_listed(properties: dict[str, Path]) -> None:
    assert {name: run(program).split() for name, program in properties.items()} == PROPERTIES


@pytest.mark.parametrize(
    ("program", "scenario"), [(name, one) for name, found in PROPERTIES.items() for one in found]
)
def test_properties(properties: dict[str, Path], program: str, scenario: str) -> None:
    """The property functions of resutils, by their names."""
    run(properties[program], scenario)


def test_format_message(build: str, tmp_path: Path) -> None:
    run(
        native.compile_program(
            CORE / "test_format_message.cpp", tmp_path / "format_message", INCLUDE, BUILDS[build]
        )
    )


FUZZ = ["-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"]


@pytest.mark.parametrize(
    "target",
    [
        "fuzz_format_message",
        "fuzz_property_lists",
        "fuzz_property_tables",
        "fuzz_status_board",
    ],
)
def test_generated_calls(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libFuzzer for some seconds, from a seed of its own each time; the head of each target says
    how to run it for longer."""
    clang = shutil.which("clang++")
    if clang is None or sys.platform != "linux":
        pytest.skip("no clang++ with libFuzzer")
    monkeypatch.setenv("CXX", clang)
    program = native.compile_program(CORE / f"{target}.cpp", tmp_path / target, INCLUDE, FUZZ)
    run(program, "-runs=20000", "-max_len=1000", f"-artifact_prefix={tmp_path}/")
