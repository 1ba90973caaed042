"""The benchmarks run, and what they count adds up. Nothing here looks at a time."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from environment import under_wine

if TYPE_CHECKING:
    from benchmarks.hosting_results import HostingResults
    from benchmarks.results import Measurement, Results

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.skipif(under_wine, reason="Wine has no compiler for the driver and the peers"),
    pytest.mark.timeout(900),
]
for module in "Cython", "rich", "setuptools":
    pytest.importorskip(module, reason="the extra 'benchmarks' is not installed")


def measure(module: str, *arguments: str | Path) -> str:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def results_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("benchmarks") / "results.json"
    measure("benchmarks", "--seconds", "1", "--json", path)
    return path


@pytest.fixture(scope="module")
def results(results_file: Path) -> Results:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        from benchmarks.results import Results

        return Results.read(results_file)


def measurements(results: Results) -> list[Measurement]:
    return [measurement for case in results.cases for measurement in case.measurements]


def test_every_case_has_every_candidate(results: Results) -> None:
    candidates = [m.candidate for m in results.cases[0].measurements]
    assert candidates[0] == "empty function"
    assert {"resapi-cy: keepalive", "Cython, with gil", "ctypes"} <= set(candidates)
    for case in results.cases:
        assert [m.candidate for m in case.measurements] == candidates
    assert len({(c.context, c.threads, c.shared, c.working) for c in results.cases}) == len(
        results.cases
    )
    assert {case.threads for case in results.cases} >= {1, 2}
    assert len({case.context for case in results.cases}) == 5


def test_a_peer_that_can_not_be_loaded_is_named_and_left_out(results: Results) -> None:
    present = {m.candidate for m in results.cases[0].measurements}
    tools = {"nanobind": "nanobind", "pybind11": "pybind11", "cffi, ABI mode": "cffi"}
    for peer, tool in tools.items():
        assert (peer in results.missing) != (peer in present)
        if importlib.util.find_spec(tool) is None:
            assert results.missing[peer]


def test_every_call_is_counted_once(results: Results) -> None:
    for m in measurements(results):
        assert m.latency.calls == sum(count for _, count in m.latency.histogram) > 0
        assert m.calls > m.latency.calls  # each thread's first call is not timed
        assert len(m.ns) == len(m.ratios) >= 2


def test_every_transition_is_delivered_or_dropped(results: Results) -> None:
    for m in measurements(results):
        assert m.events + m.dropped == m.transitions
        assert m.transitions == (m.calls if m.candidate == "resapi-cy: transition" else 0)


def test_percentiles_rise_to_the_longest_call(results: Results) -> None:
    for m in measurements(results):
        shown = [m.latency.percentile(p) for p in (50, 99, 99.9)]
        known = [ns for ns in shown if ns is not None]
        assert known == sorted(known)
        # Each bucket is shown by its middle, 3 % above its least at most.
        assert not known or known[-1] <= m.latency.longest * 1.03 + 1


def test_the_monitor_is_measured_with_one_resource_and_with_many(results: Results) -> None:
    monitor = results.monitor
    assert [poll.resources for poll in monitor.polls] == [1, 1_000, 100_000]
    for poll in monitor.polls:
        assert len(poll.idle) == len(poll.one_event) >= 5
    for memory in monitor.memory:
        assert 0 < memory.python <= memory.process
    assert monitor.wake_poll.calls == monitor.wake_async.calls >= 20


def test_the_page_shows_what_was_measured(
    results: Results, results_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib", reason="the page's pictures need it")
    page = tmp_path / "performance.md"
    command = [sys.executable, "-m", "benchmarks", "report", str(results_file)]
    subprocess.run([*command, "--output", str(page)], cwd=ROOT, check=True)
    text = page.read_text(encoding="utf-8")
    (picture,) = tmp_path.glob("performance-*.svg")
    assert f"]({picture.name})" in text
    for m in results.cases[0].measurements:
        assert f"| {m.candidate} |" in text
        assert m.candidate in picture.read_text(encoding="utf-8")


# ---- Hosting -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hosting_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hosting") / "hosting.json"
    measure("benchmarks.hosting", "--quick", "--json", path)
    return path


@pytest.fixture(scope="module")
def hosting(hosting_file: Path) -> HostingResults:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT))
        from benchmarks.hosting_results import HostingResults

        return HostingResults.read(hosting_file)


def test_hosting_is_measured_whatever_disturbs_and_beside_what_one_would_write(
    hosting: HostingResults,
) -> None:
    of_host = [polled.context for polled in hosting.polled if polled.who == "resapi-cy"]
    assert len(set(of_host)) == len(of_host) == 5
    assert len({polled.who for polled in hosting.polled}) == 3
    assert hosting.stopped.calls == 200


def test_each_poll_that_was_in_time_for_the_count_has_its_lateness(hosting: HostingResults) -> None:
    for polled in hosting.polled:
        late = polled.lateness
        assert late.calls == sum(count for _, count in late.histogram)
        assert 0 < late.calls <= polled.polls
        assert all(0 <= ns <= late.longest for ns, _ in late.histogram)
        assert (late.calls < polled.polls) == (polled.context.startswith("200 further"))
        assert polled.check_ns > 0


def test_a_life_is_measured_with_each_change(hosting: HostingResults) -> None:
    (life,) = hosting.lives
    assert life.resources == 1000
    assert len(life.hosted) == len(life.not_hosted) == len(life.change_ns) >= 5


def test_the_page_keeps_both_of_its_parts(
    hosting: HostingResults, hosting_file: Path, results_file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib", reason="the page's pictures need it")
    page = tmp_path / "performance.md"
    of_callbacks = ["benchmarks", "report", str(results_file), "--output", str(page)]
    of_hosting = ["benchmarks.hosting", "--from", str(hosting_file), "--report", str(page)]
    texts = []
    for arguments in (of_callbacks, of_hosting, of_callbacks, of_hosting):
        subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=True)
        texts.append(page.read_text(encoding="utf-8"))
    assert texts[0] in texts[1]
    assert texts[1] == texts[2] == texts[3]
    assert "](performance-hosting.svg)" in texts[1]
    for polled in hosting.polled:
        assert f"| {polled.who} | {polled.resources:,} |" in texts[1]
    assert "polls that are later" in (tmp_path / "performance-hosting.svg").read_text("utf-8")


def test_a_value_of_the_cluster_database_is_read_by_a_hosted_dll() -> None:
    said = measure("benchmarks.registry").splitlines()
    assert said[0].startswith("ClusterRegQueryValue: ")
    assert said[0].endswith("15 rounds)")
    # Windows has a registry of its own to be read beside it.
    assert len(said) == (2 if sys.platform == "win32" else 1)
