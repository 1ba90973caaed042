"""Processes that are killed while they write private properties into a database's file: what they
have confirmed is there, and whole, for the next one."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import native

# Its resources have no ResourceControl: the monitor stores what is set.
RESOURCE_DLL = """
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name, (void)key;
    return handle;
}
static void WINAPI Close(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
"""
# The first line is what it finds; each further one is confirmed.
WRITER = """
import sys
import resapi_cy as ra
dll, database = sys.argv[1:]
with ra.ResourceMonitor(database=database) as monitor:
    resource = monitor.load(dll, "Kept").open("kept")
    found = resource.private_properties()
    count, same = found.get("Count", 0), found.get("Same", 0)
    print(count, same, resource.parameters.get("Beside", 0), flush=True)
    while True:
        count += 1
        resource.set_private_properties({"Count": count, "Same": count})
        resource.parameters["Beside"] = count
        print(count, flush=True)
"""
MOST = 30  # writes that are waited for before a kill
PAUSE = 0.01  # and then so many seconds at most


def resource_dll() -> Path:
    return native.version_1_dll("kept", RESOURCE_DLL)


def kill_writers(dll: Path, database: Path, kills: int, random: Random) -> tuple[int, list[str]]:
    """Kills so many, one after the other, on one file; how many writes were confirmed, and what was
    wrong with what the next one found."""
    confirmed, wrong = 0, list[str]()
    for kill in range(kills + 1):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(dll), str(database)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            found = process.stdout.readline()
            lines = [
                process.stdout.readline()
                for _ in range(random.randrange(1, MOST) if kill < kills else 0)
            ]
            time.sleep(random.random() * PAUSE)
            process.kill()
            lines += process.stdout
        try:
            count, same, beside = map(int, found.split())
        except ValueError:
            return confirmed, [*wrong, f"after {kill} kills: {found}{''.join(lines)}"]
        # One more may have been stored and not confirmed, the one property before the other.
        if not (confirmed <= beside <= count == same <= confirmed + 1):
            wrong.append(f"after {kill} kills: {confirmed} were confirmed, and found: {found}")
        confirmed = max([beside, *map(int, lines)])
    return confirmed, wrong
