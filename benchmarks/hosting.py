"""What hosting costs: `python -m benchmarks.hosting`, with the example DLL "faulty" built by the
system's C compiler.

A thousand resources of one DLL are online, and polled by both checks each second: how much of a
processor the process takes. And a worker reports in a loop while a Python thread computes: how long
after the call of terminate() it makes its last report.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import resapi_cy as ra

ROOT = Path(__file__).resolve().parents[1]
RESOURCES = 1000
INTERVAL_MS = 1000
STOPS = 200


def build(folder: Path) -> Path:
    windows = sys.platform == "win32"
    target = folder / ("faulty.dll" if windows else "faulty.so")
    options = ["-lresutils"] if windows else ["-fPIC", "-pthread"]
    source = ROOT / "examples" / "faulty" / "faulty.c"
    command = [os.environ.get("CC", "cc"), "-std=c11", "-O2", "-shared", f"-I{ra.get_include()}"]
    subprocess.run([*command, str(source), "-o", str(target), *options], check=True)
    return target


def polling(dll: Path, seconds: float) -> dict[str, float]:
    """Share of one processor, and polls a second."""

    async def bring_online(resources: list[ra.HostedResource]) -> None:
        await asyncio.gather(*(resource.online_async() for resource in resources))

    with ra.ResourceMonitor() as monitor:
        resource_type = monitor.load(dll, "Faulty")
        properties = {"LooksAlivePollInterval": INTERVAL_MS, "IsAlivePollInterval": INTERVAL_MS}
        resources = [resource_type.open(f"r{n}", **properties) for n in range(RESOURCES)]
        asyncio.run(bring_online(resources))
        monitor.poll()
        time.sleep(1)
        for resource in resources:
            resource.polls.clear()
        begun, used = time.perf_counter(), time.process_time()
        time.sleep(seconds)
        used, begun = time.process_time() - used, time.perf_counter() - begun
        polls = sum(len(resource.polls) for resource in resources)
        online = sum(resource.state is ra.ResourceState.ONLINE for resource in resources)
    assert online == RESOURCES
    return {"processor": used / begun, "polls_per_second": polls / begun}


def stopping() -> dict[str, float]:
    """From the call of terminate() to a worker's last report, in microseconds, while a Python
    thread computes. The worker is the demo's, which notes the time at which it is told."""
    from resapi_cy.demo.worker import Worker

    stop = threading.Event()

    def compute() -> None:
        while not stop.is_set():
            sum(range(1000))

    computing = threading.Thread(target=compute)
    computing.start()
    times = []
    try:
        with ra.ResourceMonitor() as monitor:
            for number in range(STOPS):
                with monitor.open(f"r{number}") as resource:
                    resource.begin(ra.ResourceState.ONLINE_PENDING)
                    worker = Worker(resource.handle, [__file__], True)
                    while not worker.reports:
                        time.sleep(0)
                    begun = time.perf_counter_ns()
                    resource.terminate()
                    worker.join()
                    times.append((worker.told - begun) / 1000)
    finally:
        stop.set()
        computing.join()
    return {"median": statistics.median(times), "slowest": max(times)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hosting", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long to poll (default 10)")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        polled = polling(build(Path(folder)), options.seconds)
    stopped = stopping()
    if options.json:
        print(json.dumps({"polling": polled, "stopping_us": stopped}))
        return
    print(
        f"{RESOURCES} resources online, {polled['polls_per_second']:,.0f} polls a second: "
        f"{polled['processor']:.1%} of a processor"
    )
    print(
        f"terminate() while a Python thread computes, to the worker's last report: median "
        f"{stopped['median']:.1f} µs, slowest of {STOPS} {stopped['slowest']:,.1f} µs"
    )


if __name__ == "__main__":
    main()
