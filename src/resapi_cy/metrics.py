"""A monitor's metrics for Prometheus: ``pip install "resapi-cy[metrics]"``.

::

    from prometheus_client import REGISTRY, start_http_server
    from resapi_cy.metrics import MonitorCollector

    REGISTRY.register(MonitorCollector(monitor))
    start_http_server(9100)

They are read when they are asked for. Native threads that report, and whoever takes the monitor's
events, notice nothing.
"""

from __future__ import annotations

import threading
import time
import weakref
from itertools import accumulate
from typing import TYPE_CHECKING

import resapi_cy as ra
from resapi_cy.hosting.engine import BOUNDS
from resapi_cy.monitoring.states import PENDING

try:
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
    )
    from prometheus_client.registry import Collector
    from prometheus_client.utils import floatToGoString
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        'resapi_cy.metrics needs prometheus_client: pip install "resapi-cy[metrics]"',
        name=error.name,
    ) from None

if TYPE_CHECKING:
    from prometheus_client import Metric

    from resapi_cy.hosting.completions import EntryPointCounts

__all__ = ["MonitorCollector"]

# The label for a state that no header names: there may be any number of those.
UNDOCUMENTED = "UNDOCUMENTED"
STATES = (*ra.ResourceState.__members__, UNDOCUMENTED)


class MonitorCollector(Collector):
    """The metrics of a resource monitor, for a registry of prometheus_client.

    Args:
        monitor (ResourceMonitor): whose; it is not kept alive.

    ``registry.register(MonitorCollector(monitor))`` exposes, with the labels ``resource`` and
    ``resource_type`` (empty for a resource of no resource DLL):

    - ``resapi_resource_state``: 1 for the state in which the resource is, 0 for all others, by
      ``state``;
    - ``resapi_resource_checkpoint``, ``resapi_resource_checkpoint_age_seconds``;
    - ``resapi_resource_transitions_total``, ``resapi_resource_failure_signals_total``;
    - of hosted resources ``resapi_resource_failures_total``, ``resapi_resource_restarts_total``,
      the histogram ``resapi_entry_point_duration_seconds`` by ``entry_point``, and the histogram
      ``resapi_poll_lateness_seconds``;

    and without a label ``resapi_pending_events``, which only grows once nobody reads them any more,
    ``resapi_dropped_events_total`` and ``resapi_rejected_reports_total``.

    A closed resource is exposed no longer, and a closed monitor exposes nothing. Of two open
    resources with one name and type, the one that was opened later is called ``Disk 1 #2`` as long
    as it is open. A registry takes one monitor's collector at a time: unregister it when the
    monitor is closed. Any Python thread may collect, several at once.
    """

    def __init__(self, monitor: ra.ResourceMonitor) -> None:
        self._monitor = weakref.ref(monitor)
        self._lock = threading.Lock()
        self._seen: dict[int, Seen] = {}  # by handle
        self._taken: set[tuple[str, str]] = set()  # their labels

    def describe(self) -> list[Metric]:
        """The metrics without their values, for the registry."""
        return list(vars(Families()).values())

    def collect(self) -> list[Metric]:
        """The metrics of this moment."""
        monitor = self._monitor()
        if monitor is None:
            return []
        families = Families()
        with self._lock:
            try:
                resources = monitor.resources
            except ra.ClosedError:
                return []
            handles = {resource.handle for resource in resources}
            self._seen = {h: seen for h, seen in self._seen.items() if h in handles}
            self._taken = {seen.labels for seen in self._seen.values()}
            for resource in resources:
                try:
                    self._collect_resource(resource, families)
                except ra.ClosedError:  # meanwhile
                    continue
        families.pending_events.add_metric([], monitor.pending_events)
        families.dropped_events.add_metric([], monitor.dropped_events)
        families.rejected_reports.add_metric([], ra.rejected_reports())
        return list(vars(families).values())

    def _collect_resource(self, resource: ra.Resource, families: Families) -> None:
        hosted = resource if isinstance(resource, ra.HostedResource) else None
        status, transitions = resource.status, resource.transitions
        failure_signals, _ = resource._failure_signal()
        state = status.state if hosted is None else hosted.state
        # From here on nothing raises: a resource is there with all of its samples, or with none.
        kind = "" if hosted is None else hosted.type.name
        seen = self._seen_now(resource, kind, (state, status.checkpoint))
        since = seen.since
        if hosted is not None and state in PENDING and hosted._newest[0] == status.checkpoint:
            since = hosted._newest[1]
        families.checkpoint.add_metric(seen.labels, status.checkpoint)
        families.checkpoint_age.add_metric(seen.labels, max(time.monotonic() - since, 0.0))
        families.transitions.add_metric(seen.labels, transitions)
        families.failure_signals.add_metric(seen.labels, failure_signals)
        current = state.name if state.name in STATES else UNDOCUMENTED
        for name in STATES:
            families.state.add_metric([*seen.labels, name], name == current)
        if hosted is not None:
            families.failures.add_metric(seen.labels, hosted.failures)
            families.restarts.add_metric(seen.labels, hosted.restarts)
            for entry_point, counted in hosted._counts.items():
                buckets = in_buckets(counted)
                families.durations.add_metric([*seen.labels, entry_point], buckets, counted.seconds)
            late = hosted.poll_lateness
            families.lateness.add_metric(seen.labels, in_buckets(late), late.seconds)

    def _seen_now(
        self, resource: ra.Resource, kind: str, newest: tuple[ra.ResourceState, int]
    ) -> Seen:
        """What is known of the resource from the last time, brought up to date."""
        seen = self._seen.get(resource.handle)
        if seen is None:
            labels = self._take_labels(sayable(resource.name), sayable(kind))
            seen = self._seen[resource.handle] = Seen(labels, newest)
        elif seen.newest != newest:
            seen.newest, seen.since = newest, time.monotonic()
        return seen

    def _take_labels(self, name: str, kind: str) -> tuple[str, str]:
        """The labels of a resource: two series with the same ones would be no exposition."""
        labels, number = (name, kind), 1
        while labels in self._taken:
            number += 1
            labels = (f"{name} #{number}", kind)
        self._taken.add(labels)
        return labels


class Seen:
    """What a collector remembers of a resource: its labels, its state and newest checkpoint, and
    since when those have been seen."""

    def __init__(self, labels: tuple[str, str], newest: tuple[ra.ResourceState, int]) -> None:
        self.labels = labels
        self.newest = newest
        self.since = time.monotonic()


def in_buckets(counted: EntryPointCounts) -> list[tuple[str, float]]:
    bounds = [*map(floatToGoString, BOUNDS), "+Inf"]
    return list(zip(bounds, accumulate(counted.counts), strict=True))


def sayable(text: str) -> str:
    """The text without what UTF-8 can't hold."""
    return text.encode("utf-8", "backslashreplace").decode()


class Families:
    """The metrics, with no values yet."""

    def __init__(self) -> None:
        labels = ["resource", "resource_type"]
        self.state = GaugeMetricFamily(
            "resapi_resource_state",
            "1 for the state in which the resource is, 0 for the others.",
            labels=[*labels, "state"],
        )
        self.checkpoint = GaugeMetricFamily(
            "resapi_resource_checkpoint",
            "The newest checkpoint that the resource has reported.",
            labels=labels,
        )
        self.checkpoint_age = GaugeMetricFamily(
            "resapi_resource_checkpoint_age_seconds",
            "How long ago the newest checkpoint was first seen: by the host, which looks ten times "
            "within PendingTimeout, while a hosted resource is pending; else by a scrape.",
            labels=labels,
        )
        self.transitions = CounterMetricFamily(
            "resapi_resource_transitions",
            "How often the status has changed in more than its checkpoint.",
            labels=labels,
        )
        self.failure_signals = CounterMetricFamily(
            "resapi_resource_failure_signals",
            "How often the resource DLL has called SignalFailure.",
            labels=labels,
        )
        self.failures = CounterMetricFamily(
            "resapi_resource_failures",
            "How often the host has found that the resource has failed.",
            labels=labels,
        )
        self.restarts = CounterMetricFamily(
            "resapi_resource_restarts",
            "How often the host has restarted the resource.",
            labels=labels,
        )
        self.durations = HistogramMetricFamily(
            "resapi_entry_point_duration_seconds",
            "How long the calls of an entry point have taken that have returned, polls included.",
            labels=[*labels, "entry_point"],
        )
        self.lateness = HistogramMetricFamily(
            "resapi_poll_lateness_seconds",
            "How late polls were begun: another entry point of the resource was running, or there "
            "was no thread or processor for them.",
            labels=labels,
        )
        self.pending_events = GaugeMetricFamily(
            "resapi_pending_events",
            "Events of the monitor that wait to be read.",
            labels=[],
        )
        self.dropped_events = CounterMetricFamily(
            "resapi_dropped_events",
            "Events of the monitor that were not delivered.",
            labels=[],
        )
        self.rejected_reports = CounterMetricFamily(
            "resapi_rejected_reports",
            "Calls with a stale, forged or NULL handle, context or pointer, to the whole process.",
            labels=[],
        )
