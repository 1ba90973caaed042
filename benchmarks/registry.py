"""python -m benchmarks.registry: what ClusterRegQueryValue costs a hosted resource DLL; on Windows
and under Wine beside RegQueryValueExW."""

from __future__ import annotations

import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import resapi_cy as ra

WINDOWS = sys.platform == "win32"
SOURCE = Path(__file__).with_name("registry_dll.c")
ROUNDS = 15
# One call's share of a round, in calls: the system's takes its time under Wine.
CALLS = {"registry_cluster": 200_000, "registry_system": 2_000}


def build(folder: Path) -> Path:
    """By the system's C compiler."""
    target = folder / ("registry_dll.dll" if WINDOWS else "registry_dll.so")
    options = ["-lclusapi", "-lresutils", "-ladvapi32"] if WINDOWS else ["-fPIC", "-pthread"]
    if sys.platform == "darwin":
        options.append("-Wl,-undefined,dynamic_lookup")
    command = [os.environ.get("CC", "cc"), "-std=c11", "-O2", "-shared", f"-I{ra.get_include()}"]
    subprocess.run([*command, str(SOURCE), "-o", str(target), *options], check=True)
    return target


def measure(dll: Path, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Nanoseconds a call, of each round; both functions take turns."""
    results: dict[str, list[float]] = {name: [] for name in CALLS}
    with ra.ResourceMonitor() as monitor:
        resource = monitor.load(dll, "Registry").open("benchmark")
        resource.parameters["Limit"] = 20
        library = ctypes.CDLL(str(dll))
        for _ in range(rounds):
            for name, calls in CALLS.items():
                function = library[name]
                function.restype = ctypes.c_longlong
                passed = function(ctypes.c_uint32(calls))
                if passed >= 0:
                    results[name].append(passed / calls)
    return results


def shown(results: dict[str, list[float]]) -> str:
    lines = []
    for name, label in (
        ("registry_cluster", "ClusterRegQueryValue"),
        ("registry_system", "RegQueryValueExW"),
    ):
        if times := results[name]:
            lines.append(
                f"{label}: {statistics.median(times):,.0f} ns "
                f"({min(times):,.0f} to {max(times):,.0f}, {len(times)} rounds)"
            )
    return "\n".join(lines)


def main() -> int:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        given = sys.argv[1:]  # a DLL that was built elsewhere, for Wine, say
        print(shown(measure(Path(given[0]) if given else build(Path(folder)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
