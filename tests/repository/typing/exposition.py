"""A monitor that logs its events, and that Prometheus watches."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import assert_type

from prometheus_client import CollectorRegistry, Metric, generate_latest

import resapi_cy as ra
from resapi_cy.metrics import MonitorCollector


def main() -> None:
    registry = CollectorRegistry()
    with ra.ResourceMonitor() as monitor:
        collector = MonitorCollector(monitor)
        registry.register(collector)
        metrics: Iterable[Metric] = collector.collect()
        assert_type([metric.name for metric in metrics], list[str])
        with monitor.open("Disk 1") as disk:
            disk.report(ra.ResourceState.FAILED)
            assert b'resource="Disk 1"' in generate_latest(registry)
        for event in monitor.poll():
            event.log(logging.getLogger("cluster"))
    registry.unregister(collector)


if __name__ == "__main__":
    main()
