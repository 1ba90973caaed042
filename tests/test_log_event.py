"""LogEvent, called from C: the same text on every platform."""

from __future__ import annotations

import ctypes

import pytest

import resapi_cy as ra
from resapi_cy import LogLevel

# What workers.c logs, line by line.
EXPECTED = [
    "Open: Unable to open Parameters key. Error: 5.\r\n",
    "plain",
    "Grüße π",
    "a string by default",
    "wide",
    "narrow",
    "-5 6",
    "4294967295",
    "beef BEEF 0000beef 0xbeef",
    "c",
    "[   42] [42   ] [00042] [     words] [words     ] [wor]",
    "-1234567890123456789 12345678901234567890 123456789abcdef",
    "two before one",
    "a\r\nb\tc\rd%e.f!g",
    "seen",
    "line\r\nline\r\nline",
    "(null)",
    "a\ufffdb\ufffd",
    "    42|",
    "",
    "",
]


def test_each_insert(library: ctypes.CDLL, monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("r")
    library.log_every_insert(ra.callbacks.log_event, resource.handle)
    events = monitor.poll()
    assert [event.text for event in events] == EXPECTED
    assert [event.level for event in events[:3]] == [
        LogLevel.ERROR,
        LogLevel.SEVERE,
        LogLevel.WARNING,
    ]
    assert all(event.resource is resource for event in events)


def test_malformed_formats_are_logged_all_the_same(
    library: ctypes.CDLL, monitor: ra.ResourceMonitor
) -> None:
    library.log_malformed(ra.callbacks.log_event, monitor.open("r").handle)
    assert [event.text for event in monitor.poll()] == ["%", "%1!", "%1!q!", "50%"]


@pytest.mark.parametrize("length", [32767, 32768, 32769, 1_000_000])
def test_text_is_bounded(library: ctypes.CDLL, monitor: ra.ResourceMonitor, length: int) -> None:
    text = ("x" * length + "\0").encode("utf-16le")
    library.log_long(ra.callbacks.log_event, monitor.open("r").handle, text)
    (event,) = monitor.poll()
    assert event.text == "x" * min(length, 32768)


def test_a_cut_does_not_split_a_character(
    library: ctypes.CDLL, monitor: ra.ResourceMonitor
) -> None:
    text = ("x" * 32767 + "😀\0").encode("utf-16le")
    library.log_long(ra.callbacks.log_event, monitor.open("r").handle, text)
    (event,) = monitor.poll()
    assert event.text == "x" * 32767


def test_stale_handles_are_refused(library: ctypes.CDLL, monitor: ra.ResourceMonitor) -> None:
    with monitor.open("r") as resource:
        handle = resource.handle
    before = ra.rejected_reports()
    library.log_lines(ra.callbacks.log_event, handle, 3)
    assert ra.rejected_reports() == before + 3
    assert monitor.poll() == []
