"""Processes that are killed while they write properties, by several files at once."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import killed_writers

from tests.soak.counts import Counts

ONE_FILE = 50  # kills, before the next file begins


def kill_writers(folder: Path, count: int, seed: int, counts: Counts) -> None:
    dll = killed_writers.resource_dll()

    def on_one_file(first: int) -> None:
        kills = min(ONE_FILE, count - first)
        database = folder / f"cluster-{first}.db"
        random = Random(f"{seed} {first}")
        confirmed, wrong = killed_writers.kill_writers(dll, database, kills, random)
        counts.add(killed_writers=kills, confirmed_writes=confirmed)
        for text in wrong:
            counts.breach("writes that were confirmed and lost", f"{database.name}, {text}")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(on_one_file, range(0, count, ONE_FILE)))
