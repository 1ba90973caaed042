"""A monitor's metrics, as Prometheus' own client library exposes and reads them."""

from __future__ import annotations

import ctypes
import gc
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from command_line import (
    ENVIRONMENT,
    TIMEOUT,
    posix_only,
    refusal,
    run,
    start,
    wait_until,
)
from native import WINDOWS, StartWorker, example, plain_dll

import resapi_cy as ra
from resapi_cy import ResourceState

pytest.importorskip("prometheus_client")

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families

from resapi_cy import metrics
from resapi_cy.hosting.engine import BOUNDS
from resapi_cy.metrics import MonitorCollector

Labels = frozenset[tuple[str, str]]


class Scrape:
    """An exposition, as a server reads it: every sample once."""

    def __init__(self, text: str) -> None:
        self.samples: dict[tuple[str, Labels], float] = {}
        self.help: dict[str, str] = {}
        for family in text_string_to_metric_families(text):
            assert family.name not in self.help
            self.help[family.name] = family.documentation
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                assert key not in self.samples
                self.samples[key] = sample.value

    def value(self, name: str, resource: str = "", **labels: str) -> float:
        if resource:
            labels = {"resource": resource, "resource_type": "", **labels}
        return self.samples[f"resapi_{name}", frozenset(labels.items())]

    def state(self, resource: str, resource_type: str = "") -> str:
        """The only state that the resource is in."""
        found = [
            dict(labels)["state"]
            for (name, labels), value in self.samples.items()
            if name == "resapi_resource_state"
            and {("resource", resource), ("resource_type", resource_type)} <= labels
            and value
        ]
        (state,) = found
        return state

    @property
    def resources(self) -> list[str]:
        return [
            dict(labels)["resource"]
            for name, labels in self.samples
            if name == "resapi_resource_checkpoint"
        ]


@pytest.fixture
def registry(monitor: ra.ResourceMonitor) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(MonitorCollector(monitor))
    return registry


@pytest.fixture
def scrape(registry: CollectorRegistry) -> Callable[[], Scrape]:
    return lambda: Scrape(generate_latest(registry).decode())


def until(condition: Callable[[], object]) -> None:
    wait_until(lambda: bool(condition()))


# ---- What is exposed -----------------------------------------------------------------------------


def test_a_resource_has_its_state_checkpoint_and_counts(
    monitor: ra.ResourceMonitor, library: ctypes.CDLL, scrape: Callable[[], Scrape]
) -> None:
    disk = monitor.open("Disk 1")
    assert scrape().state("Disk 1") == "UNKNOWN"
    disk.begin(ResourceState.ONLINE_PENDING)
    report = ra.callbacks.set_resource_status_ex
    library.report_once(report, disk.handle, ResourceState.ONLINE_PENDING, 41)
    library.report_once(report, disk.handle, ResourceState.ONLINE, 42)
    now = scrape()
    assert now.state("Disk 1") == "ONLINE"
    assert now.value("resource_checkpoint", "Disk 1") == 42
    assert now.value("resource_transitions_total", "Disk 1") == disk.transitions == 2
    assert now.value("resource_failure_signals_total", "Disk 1") == 0
    # What only a host knows is said of no other resource.
    assert not {name for name, _ in now.samples} & {
        "resapi_resource_restarts_total",
        "resapi_resource_failures_total",
        "resapi_entry_point_duration_seconds_count",
    }


def test_a_scrape_takes_no_event(monitor: ra.ResourceMonitor, scrape: Callable[[], Scrape]) -> None:
    monitor.open("Disk 1").report(ResourceState.ONLINE)
    for _ in range(3):
        scrape()
    (event,) = monitor.poll()
    assert isinstance(event, ra.StatusChanged)


def test_states_that_no_header_names_share_a_label(
    monitor: ra.ResourceMonitor, scrape: Callable[[], Scrape]
) -> None:
    disk = monitor.open("Disk 1")
    for state in 99, 77:
        disk.report(state)
        assert scrape().state("Disk 1") == "UNDOCUMENTED"
    assert len([key for key in scrape().samples if key[0] == "resapi_resource_state"]) == 12


def test_events_that_nobody_reads_are_seen(
    monitor: ra.ResourceMonitor, scrape: Callable[[], Scrape]
) -> None:
    disk = monitor.open("Disk 1")
    for code in range(3):
        disk.report(ResourceState.ONLINE, error_code=code)
    assert scrape().value("pending_events") == monitor.pending_events == 3
    assert len(monitor.poll()) == 3  # to have looked takes none
    assert scrape().value("pending_events") == monitor.pending_events == 0
    disk.report(ResourceState.OFFLINE)
    monitor.close()
    assert monitor.pending_events == 0


def test_dropped_events_and_rejected_reports_are_counted(library: ctypes.CDLL) -> None:
    with ra.ResourceMonitor(event_capacity=1) as monitor:
        registry = CollectorRegistry()
        registry.register(MonitorCollector(monitor))
        before = Scrape(generate_latest(registry).decode())
        disk = monitor.open("Disk 1")
        for state in ResourceState.ONLINE_PENDING, ResourceState.ONLINE, ResourceState.OFFLINE:
            disk.report(state)
        library.report_null(ra.callbacks.set_resource_status_ex, disk.handle)
        after = Scrape(generate_latest(registry).decode())
    assert before.value("dropped_events_total") == 0
    assert after.value("dropped_events_total") == 2
    rejected = "rejected_reports_total"
    assert after.value(rejected) == before.value(rejected) + 1 == ra.rejected_reports()


def test_a_hosted_resource_has_its_failures_restarts_and_durations(
    monitor: ra.ResourceMonitor, faulty: Path, scrape: Callable[[], Scrape]
) -> None:
    kind = {"resource_type": "Faulty.IsAliveFalse"}
    properties = {"RestartThreshold": 2, "RestartDelay": 1, "RetryPeriodOnFailure": 2**32 - 1}
    polled = {"LooksAlivePollInterval": 20, "IsAlivePollInterval": 40}
    disk = monitor.load(faulty, kind["resource_type"]).open("Disk 1", **properties, **polled)
    disk.online()
    until(lambda: disk.failures == 3 and not disk.will_restart)
    now = scrape()
    assert now.state("Disk 1", **kind) == "FAILED"
    assert now.value("resource_restarts_total", "Disk 1", **kind) == 2
    assert now.value("resource_failures_total", "Disk 1", **kind) == disk.failures == 3
    duration = "entry_point_duration_seconds"
    for entry_point in "LooksAlive", "IsAlive":
        labels = {**kind, "entry_point": entry_point}
        polls = [poll.seconds for poll in disk.polls if poll.entry_point == entry_point]
        assert polls
        assert now.value(f"{duration}_count", "Disk 1", **labels) == len(polls)
        assert now.value(f"{duration}_sum", "Disk 1", **labels) == pytest.approx(sum(polls))
        for bound in BOUNDS:
            within = sum(seconds <= bound for seconds in polls)
            bucket = now.value(f"{duration}_bucket", "Disk 1", le=str(bound), **labels)
            assert bucket == within
    calls = {"Open": 1, "Online": 3, "Terminate": 3}
    for entry_point, times in calls.items():
        labels = {**kind, "entry_point": entry_point}
        assert now.value(f"{duration}_count", "Disk 1", **labels) == times


def test_a_slow_entry_point_is_above_the_bounds_that_it_exceeds(
    monitor: ra.ResourceMonitor, faulty: Path, scrape: Callable[[], Scrape]
) -> None:
    kind = {"resource_type": "Faulty.SlowEntryPoint"}
    disk = monitor.load(faulty, kind["resource_type"]).open("Disk 1")
    disk.online()  # which takes a second
    now = scrape()
    labels = {**kind, "entry_point": "Online"}
    bucket = "entry_point_duration_seconds_bucket"
    assert now.value(bucket, "Disk 1", le="0.3", **labels) == 0
    assert now.value(bucket, "Disk 1", le="+Inf", **labels) == 1


# ---- The age of the newest checkpoint ------------------------------------------------------------


def test_the_age_of_a_checkpoint_counts_from_the_scrape_that_saw_it_first(
    monitor: ra.ResourceMonitor, scrape: Callable[[], Scrape], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(metrics, "time", SimpleNamespace(monotonic=lambda: clock.now))

    def age_at(now: float) -> float:
        clock.now = now
        return scrape().value("resource_checkpoint_age_seconds", "Disk 1")

    disk = monitor.open("Disk 1")
    disk.begin(ResourceState.ONLINE_PENDING)
    assert (age_at(101), age_at(105)) == (0, 4)
    disk.report(ResourceState.ONLINE_PENDING, checkpoint=1)
    assert (age_at(106), age_at(109)) == (0, 3)
    disk.report(ResourceState.ONLINE_PENDING, checkpoint=1)
    assert age_at(110) == 4
    disk.report(ResourceState.ONLINE, checkpoint=1)  # of another state
    assert (age_at(111), age_at(112)) == (0, 1)
    help_text = scrape().help["resapi_resource_checkpoint_age_seconds"]
    assert "by the host" in help_text
    assert "by a scrape" in help_text


def test_the_host_knows_the_age_of_a_pending_resources_checkpoint(
    monitor: ra.ResourceMonitor, faulty: Path, scrape: Callable[[], Scrape]
) -> None:
    kind = "Faulty.NeverEndsPending"
    disk = monitor.load(faulty, kind).open("Disk 1")
    for _ in range(2):  # the age of the first time is not carried over
        with pytest.raises(ra.OperationTimedOut):
            disk.online(timeout=0.1)
        since = 0.0
        while since != disk._newest[1]:  # Online has returned meanwhile
            since = disk._newest[1]
            until(lambda seen=since: time.monotonic() - seen > 0.1)
        before = time.monotonic()
        age = scrape().value("resource_checkpoint_age_seconds", "Disk 1", resource_type=kind)
        # Though no scrape has seen it before.
        assert before - since <= age <= time.monotonic() - since
        disk.terminate()


# ---- Many threads --------------------------------------------------------------------------------


def test_several_threads_scrape_beside_a_flood_of_reports(
    monitor: ra.ResourceMonitor,
    faulty: Path,
    registry: CollectorRegistry,
    start_worker: StartWorker,
) -> None:
    polled = {"LooksAlivePollInterval": 10, "IsAlivePollInterval": 10}
    hosted = monitor.load(faulty, "Faulty").open("hosted", **polled)
    hosted.online()
    workers = [start_worker(monitor.open(f"Disk {n}").handle) for n in range(2)]
    stop = threading.Event()

    def open_and_close() -> None:
        while not stop.is_set():
            with monitor.open("Disk 1"), monitor.open("passing"):
                pass
            monitor.poll()

    def follow() -> list[Scrape]:
        return [Scrape(generate_latest(registry).decode()) for _ in range(10)]

    with ThreadPoolExecutor(5) as pool:
        changing = pool.submit(open_and_close)
        followers = [pool.submit(follow) for _ in range(4)]
        for worker in workers:
            worker.wait_for(10_000)
        try:
            seen = [follower.result() for follower in followers]
        finally:
            stop.set()
        changing.result()
    for scrapes in seen:
        for name in "Disk 0", "Disk 1":
            counts = [s.value("resource_transitions_total", name) for s in scrapes]
            assert counts == sorted(counts)
            assert all(s.state(name) for s in scrapes)
        count = "entry_point_duration_seconds_count"
        labels = {"resource_type": "Faulty", "entry_point": "IsAlive"}
        polls = [s.samples.get((f"resapi_{count}", key(labels)), 0) for s in scrapes]
        assert polls == sorted(polls)
    assert seen[0][-1].value("resource_transitions_total", "Disk 0") > 0


def key(labels: dict[str, str]) -> Labels:
    return frozenset({"resource": "hosted", **labels}.items())


def test_a_resource_that_is_being_opened_is_exposed(
    monitor: ra.ResourceMonitor, faulty: Path, scrape: Callable[[], Scrape]
) -> None:
    kind = "Faulty.BlocksInOpen"
    opening = threading.Thread(target=monitor.load(faulty, kind).open, args=("Disk 1",))
    opening.start()
    until(lambda: scrape().resources)
    assert scrape().state("Disk 1", kind) == "UNKNOWN"
    release = ctypes.CDLL(str(faulty)).FaultyRelease
    while opening.is_alive():
        release()
        opening.join(0.01)
    assert scrape().state("Disk 1", kind) == "OFFLINE"


# ---- Names ---------------------------------------------------------------------------------------


def test_two_resources_of_one_name_are_told_apart_as_long_as_they_are_open(
    monitor: ra.ResourceMonitor, scrape: Callable[[], Scrape]
) -> None:
    first, second = monitor.open("Disk 1"), monitor.open("Disk 1")
    first.report(ResourceState.ONLINE)
    second.report(ResourceState.OFFLINE)
    assert scrape().resources == ["Disk 1", "Disk 1 #2"]
    first.close()
    assert scrape().resources == ["Disk 1 #2"]
    assert scrape().state("Disk 1 #2") == "OFFLINE"
    monitor.open("Disk 1 #2")
    monitor.open("Disk 1")
    assert scrape().resources == ["Disk 1 #2", "Disk 1 #2 #2", "Disk 1"]


def test_resources_of_two_types_may_have_one_name(
    monitor: ra.ResourceMonitor, scrape: Callable[[], Scrape]
) -> None:
    monitor.load(plain_dll(2), "Plain").open("Disk 1")
    monitor.open("Disk 1")
    assert scrape().resources == ["Disk 1", "Disk 1"]
    assert scrape().state("Disk 1", "Plain") == "OFFLINE"
    assert scrape().state("Disk 1") == "UNKNOWN"


@pytest.mark.parametrize("name", ["", 'a "quoted" name', "back\\slash", "li\nne", "日本", "{}=,#"])
def test_any_name_is_exposed_as_it_is(
    monitor: ra.ResourceMonitor, scrape: Callable[[], Scrape], name: str
) -> None:
    monitor.open(name)
    assert scrape().resources == [name]


def test_a_name_that_is_no_text_is_exposed_escaped(
    monitor: ra.ResourceMonitor, scrape: Callable[[], Scrape]
) -> None:
    monitor.open("a\ud800")
    monitor.open("a\\ud800")
    assert scrape().resources == ["a\\ud800", "a\\ud800 #2"]


# ---- Registries ----------------------------------------------------------------------------------


def test_a_closed_resource_is_exposed_no_longer(
    monitor: ra.ResourceMonitor, faulty: Path, scrape: Callable[[], Scrape]
) -> None:
    with monitor.open("Disk 1"), monitor.load(faulty, "Faulty").open("Disk 2") as disk:
        disk.online()
        assert scrape().resources == ["Disk 1", "Disk 2"]
    assert {name for name, labels in scrape().samples} == {
        "resapi_dropped_events_total",
        "resapi_pending_events",
        "resapi_rejected_reports_total",
    }


def test_a_closed_monitor_exposes_nothing_and_makes_room_for_the_next() -> None:
    registry = CollectorRegistry()
    with ra.ResourceMonitor() as monitor:
        monitor.open("Disk 1")
        collector = MonitorCollector(monitor)
        registry.register(collector)
        with ra.ResourceMonitor() as other, pytest.raises(ValueError, match="Duplicated"):
            registry.register(MonitorCollector(other))
    assert generate_latest(registry) == b""
    registry.unregister(collector)
    with ra.ResourceMonitor() as monitor:
        monitor.open("Disk 2")
        registry.register(MonitorCollector(monitor))
        assert Scrape(generate_latest(registry).decode()).resources == ["Disk 2"]


def test_a_collector_does_not_keep_its_monitor() -> None:
    registry = CollectorRegistry()
    monitor = ra.ResourceMonitor()
    disk = monitor.open("Disk 1")
    registry.register(MonitorCollector(monitor))
    assert generate_latest(registry) != b""
    del monitor, disk
    gc.collect()
    assert generate_latest(registry) == b""


def test_one_metric_can_be_asked_for(
    monitor: ra.ResourceMonitor, registry: CollectorRegistry
) -> None:
    monitor.open("Disk 1")
    some = registry.restricted_registry(["resapi_resource_checkpoint"])
    assert Scrape(generate_latest(some).decode()).help.keys() == {"resapi_resource_checkpoint"}


def test_the_exposition_is_true_openmetrics(
    monitor: ra.ResourceMonitor, faulty: Path, registry: CollectorRegistry
) -> None:
    monitor.open("plain")
    with monitor.load(faulty, "Faulty").open("hosted", LooksAlivePollInterval=10) as hosted:
        hosted.online()
        until(lambda: hosted.polls)
        text = openmetrics.generate_latest(registry).decode()
    families = {
        family.name: family for family in openmetrics_parser.text_string_to_metric_families(text)
    }
    described = MonitorCollector(monitor).describe()
    assert list(families) == [family.name for family in described]
    for family in described:
        found = families[family.name]
        assert (found.type, found.documentation) == (family.type, family.documentation)
        assert found.samples
        if "seconds" in family.documentation or family.name.endswith("seconds"):
            assert family.name.endswith("_seconds")


# ---- resapi-monitor run --metrics-port -----------------------------------------------------------


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free: int = server.getsockname()[1]
        return free


def test_run_serves_metrics_while_it_runs(port: int) -> None:
    arguments = ["--resource", "Disk 1", "--metrics-port", str(port), "--seconds", "10", "--json"]
    process = start("run", example("faulty"), "--type", "Faulty", *arguments)
    assert process.stdout is not None
    for line in process.stdout:
        if '"state": "ONLINE"' in line:
            break
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=TIMEOUT) as answer:
        now = Scrape(answer.read().decode())
    assert now.state("Disk 1", "Faulty") == "ONLINE"
    if not WINDOWS:
        process.terminate()
    _, errors = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, errors) == (0, "")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@posix_only  # Windows lets two servers share a port
def test_a_port_that_is_taken_is_refused_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        line = refusal("run", plain_dll(2), "--type", "Plain", "--metrics-port", str(port))
    assert line == (
        f"resapi-monitor: --metrics-port {port}: address already in use: choose another port"
    )


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", ""])
def test_what_is_no_port_is_refused(port: str) -> None:
    done = run("run", plain_dll(2), "--type", "Plain", f"--metrics-port={port}")
    assert done.returncode == 2
    assert f"{port!r} is not a port from 1 to 65535" in done.stderr


@pytest.fixture
def without_the_library(tmp_path: Path) -> dict[str, str]:
    """An environment in which prometheus_client is not found."""
    raising = "raise ModuleNotFoundError(\"No module named 'prometheus_client'\")"
    (tmp_path / "prometheus_client.py").write_text(raising)
    path = str(tmp_path)
    if given := ENVIRONMENT.get("PYTHONPATH"):
        path += (";" if WINDOWS else ":") + given
    return {**ENVIRONMENT, "PYTHONPATH": path}


def test_without_prometheus_client_the_extra_is_named(without_the_library: dict[str, str]) -> None:
    done = run(
        *("run", plain_dll(2), "--type", "Plain", "--metrics-port", "9100"),
        environment=without_the_library,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        'resapi-monitor: --metrics-port needs prometheus_client: pip install "resapi-cy[metrics]"'
    ]
    done = subprocess.run(
        [sys.executable, "-c", "import resapi_cy.metrics"],
        env=without_the_library,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: resapi_cy.metrics needs prometheus_client: "
        'pip install "resapi-cy[metrics]"'
    )
