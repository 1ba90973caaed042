"""Events that go on to the standard logging module, to a logger for each resource."""

from __future__ import annotations

import ctypes
import json
import logging
import pickle
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import resapi_cy as ra
from resapi_cy import LogLevel, ResourceState, ResourceStatus
from resapi_cy.win32 import win32_text

Log = pytest.LogCaptureFixture


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: Log) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.fixture
def levels() -> Iterator[dict[str, int]]:
    """Loggers whose levels are set, by name; unset when the test ends."""

    class Levels(dict[str, int]):
        def __setitem__(self, name: str, level: int) -> None:
            super().__setitem__(name, level)
            logging.getLogger(name).setLevel(level)

    levels = Levels()
    yield levels
    for name in levels:
        logging.getLogger(name).setLevel(logging.NOTSET)


def message(
    resource: ra.Resource | None, text: str = "text", level: LogLevel = LogLevel.ERROR
) -> ra.LogMessage:
    return ra.LogMessage(resource, level, text)


def names(caplog: Log) -> list[str]:
    return [record.name for record in caplog.records]


def test_a_message_goes_to_the_logger_of_its_resource_with_one_call(
    library: ctypes.CDLL, monitor: ra.ResourceMonitor, caplog: Log
) -> None:
    library.log_every_insert(ra.callbacks.log_event, monitor.open("Disk 1").handle)
    library.log_lines(ra.callbacks.log_event, 0, 1)
    first, second, third, *_, last = monitor.poll()
    first.log()
    second.log(logging.getLogger("my.monitor"))
    third.log(logging.getLogger())
    last.log()
    records = caplog.records
    assert [record.levelname for record in records] == ["ERROR", "CRITICAL", "WARNING", "INFO"]
    assert names(caplog) == ["resapi_cy.Disk 1", "my.monitor.Disk 1", "Disk 1", "resapi_cy"]
    assert records[0].getMessage() == "Open: Unable to open Parameters key. Error: 5."
    assert records[3].getMessage() == "line 0"
    assert [record.resource for record in records] == ["Disk 1"] * 3 + [None]  # type: ignore[attr-defined]


def test_a_record_has_the_time_of_the_event(monitor: ra.ResourceMonitor, caplog: Log) -> None:
    monitor.open("Disk 1").report(ResourceState.ONLINE)
    (event,) = monitor.poll()
    time.sleep(0.01)
    event.log()
    logging.getLogger("other").error("later")
    record, later = caplog.records
    assert abs(record.created - event.time / 1e9) < 1e-6
    assert int(record.msecs) == event.time // 1_000_000 % 1000
    between = (later.created - record.created) * 1000
    assert later.relativeCreated - record.relativeCreated == pytest.approx(between, abs=0.1)


def test_each_resource_has_a_level_of_its_own(
    monitor: ra.ResourceMonitor, caplog: Log, levels: dict[str, int]
) -> None:
    noisy, quiet = monitor.open("noisy"), monitor.open("quiet")
    levels["resapi_cy.noisy"] = logging.CRITICAL
    for resource in noisy, quiet:
        message(resource).log()
    assert names(caplog) == ["resapi_cy.quiet"]
    message(noisy, level=LogLevel.SEVERE).log()
    assert names(caplog) == ["resapi_cy.quiet", "resapi_cy.noisy"]
    levels["resapi_cy"] = logging.CRITICAL
    message(quiet).log()
    assert len(caplog.records) == 2


def test_a_dot_in_a_name_separates_parent_and_child_as_in_logging(
    monitor: ra.ResourceMonitor, caplog: Log, levels: dict[str, int]
) -> None:
    web = monitor.open("web.example.org")
    message(web).log()
    assert names(caplog) == ["resapi_cy.web.example.org"]
    levels["resapi_cy.web"] = logging.CRITICAL
    message(web).log()
    assert len(caplog.records) == 1
    levels["resapi_cy.web.example.org"] = logging.DEBUG
    message(web).log()
    assert len(caplog.records) == 2


@pytest.mark.parametrize("name", ["", ".", "..", ".a", "a.", "a..b", "\n", "root", "\ud800"])
def test_any_name_has_a_logger(
    monitor: ra.ResourceMonitor, caplog: Log, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Not in pytest's report, which could not be sent from one process to another.
    logger = logging.getLogger("resapi_cy")
    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    monkeypatch.setattr(logger, "propagate", False)
    message(monitor.open(name)).log()
    assert names(caplog) == [f"resapi_cy.{name}" if name else "resapi_cy"]
    logging.getLogger("resapi_cy").getChild(name)  # now that somebody has asked for it
    message(monitor.open(name)).log()
    assert len(set(names(caplog))) == 1
    assert len(caplog.records) == 2


def test_a_filter_and_a_handler_of_a_resources_logger_see_its_events(
    monitor: ra.ResourceMonitor, caplog: Log
) -> None:
    logger = logging.getLogger("resapi_cy.filtered")
    seen = []

    def refuse(record: logging.LogRecord) -> bool:
        seen.append(record.name)
        return False

    logger.addFilter(refuse)
    message(monitor.open("filtered")).log()
    assert (seen, caplog.records) == (["resapi_cy.filtered"], [])
    logger.removeFilter(refuse)
    message(monitor.open("filtered")).log()
    assert names(caplog) == ["resapi_cy.filtered"]


def test_logging_keeps_no_logger_for_a_resource_that_nobody_asked_for(
    monitor: ra.ResourceMonitor, caplog: Log
) -> None:
    known = logging.Logger.manager.loggerDict
    message(monitor.open("the first")).log()
    before = len(known)
    for number in range(1000):
        with monitor.open(f"site.{number}") as resource:
            message(resource).log()
    assert len(known) == before
    assert names(caplog)[-1] == "resapi_cy.site.999"


STATUS = ResourceStatus(ResourceState.ONLINE, 7)
FAILED = ResourceStatus(ResourceState.FAILED, 7)


@pytest.mark.parametrize(
    ("event", "level", "text"),
    [
        (
            ra.StatusChanged(None, STATUS, FAILED),
            logging.INFO,
            "ONLINE (was FAILED), checkpoint 7",
        ),
        (
            ra.StatusChanged(None, FAILED, STATUS),
            logging.ERROR,
            "FAILED (was ONLINE), checkpoint 7",
        ),
        (
            ra.StatusChanged(None, ResourceStatus(ResourceState.FAILED, error_code=5), STATUS),
            logging.ERROR,
            f"FAILED (was ONLINE), checkpoint 0, {win32_text(5)}",
        ),
        (
            ra.FailureSignaled(None, ra.FailureType.GENERAL, 5),
            logging.ERROR,
            "failure_signaled failure_type='GENERAL', error_code=5",
        ),
        (ra.QuorumResourceLost(), logging.ERROR, "quorum_resource_lost"),
        (ra.WprPolicySet(None, 3), logging.DEBUG, "wpr_policy_set flags=3"),
        (message(None, "two\r\nlines\r\n", LogLevel.WARNING), logging.WARNING, "two\r\nlines"),
        (message(None, "%d", LogLevel(77)), logging.CRITICAL, "%d"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ra.Event) else "",
)
def test_an_event_has_a_fitting_level(caplog: Log, event: ra.Event, level: int, text: str) -> None:
    event.log()
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (level, text)
    assert record.funcName == type(event).__name__


def test_one_failure_of_a_hosted_resource_is_one_error(
    monitor: ra.ResourceMonitor, faulty: Path, caplog: Log
) -> None:
    """Not the change of its status as well, nor the signal that has led to it."""
    disk = monitor.load(faulty, "Faulty.SignalsFailure").open("Disk 1", RestartDelay=1)
    disk.online()
    logged: list[type] = []
    while ra.ResourceRestarting not in logged:
        for event in monitor.poll(1.0):
            if ra.ResourceRestarting not in logged:
                event.log()
                logged.append(type(event))
    assert {ra.FailureSignaled, ra.StatusChanged, ra.ResourceFailed} <= {*logged}
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.funcName for record in errors] == ["ResourceFailed"]


def fields(caplog: Log) -> dict[str, object]:
    record = caplog.records[-1]
    return {name: getattr(record, name) for name in FIELDS}


FIELDS = ("resource", "cause", "code", "state", "attempt", "checkpoint")


def test_a_record_has_the_events_values_as_fields(caplog: Log) -> None:
    """So that a formatter for JSON need not take a text apart; None where there is none."""
    disk = ra.ResourceStandIn("Disk 1")
    cause = ra.FailureCause.ONLINE
    failed = ra.ResourceFailed(disk, cause, 5, state=ResourceState.ONLINE_PENDING, checkpoint=3)
    failed.log()
    assert fields(caplog) == {
        **{"resource": "Disk 1", "cause": "Online", "code": 5, "state": "ONLINE_PENDING"},
        **{"attempt": None, "checkpoint": 3},
    }
    ra.ResourceRestarting(disk, 2, state=ResourceState.FAILED).log()
    assert (fields(caplog)["attempt"], fields(caplog)["state"]) == (2, "FAILED")
    ra.StatusChanged(None, ResourceStatus(ResourceState.FAILED, 7, error_code=5), STATUS).log()
    assert fields(caplog) == {
        **{"resource": None, "cause": None, "code": 5, "state": "FAILED"},
        **{"attempt": None, "checkpoint": 7},
    }
    message(None).log()
    assert set(fields(caplog).values()) == {None}
    for record, event in zip(caplog.records, [failed], strict=False):
        assert record.event is event  # type: ignore[attr-defined]
    for record in caplog.records:
        json.dumps(record.event.as_dict())  # type: ignore[attr-defined]
        assert pickle.loads(pickle.dumps(record)).getMessage() == record.getMessage()


def test_failures_and_restarts_of_a_hosted_resource_are_logged(
    monitor: ra.ResourceMonitor, faulty: Path, caplog: Log
) -> None:
    resource_type = monitor.load(faulty, "Faulty.IsAliveFalse")
    disk = resource_type.open("Disk 1", IsAlivePollInterval=10, RestartThreshold=1, RestartDelay=1)
    with disk:
        disk.online()
        logged: list[type] = []
        while ra.FailoverRequested not in logged:
            for event in monitor.poll(1.0):
                event.log()
                logged.append(type(event))
    assert {record.name for record in caplog.records if record.name[0] == "r"} == {
        "resapi_cy.Disk 1"
    }
    found = {record.funcName: record for record in caplog.records}
    assert found["ResourceFailed"].levelno == logging.ERROR
    assert found["ResourceFailed"].getMessage() == (
        "FAILURE: IsAlive says that it is not alive; its LogMessage events may say why"
    )
    assert found["ResourceRestarting"].levelno == logging.WARNING
    assert found["ResourceRestarting"].getMessage() == (
        "restarting after 0.001 s, attempt 1: restart 1 of 1 within 900 s"
    )
    assert found["FailoverRequested"].levelno == logging.ERROR


def test_an_exception_of_an_operation_can_be_logged(
    monitor: ra.ResourceMonitor, faulty: Path, caplog: Log
) -> None:
    disk = monitor.load(faulty, "Faulty.PendingForever").open("Disk 1")
    with pytest.raises(ra.OperationTimedOut) as raised:
        disk.online(timeout=0.01)
    raised.value.log()
    (record,) = [record for record in caplog.records if record.name == "resapi_cy.Disk 1"]
    assert record.getMessage().startswith("not done after 0.01 s; the operation goes on")
