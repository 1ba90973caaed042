"""Interpreters that end, and forked ones, while native threads report."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import under_fire

from tests.soak.counts import Counts

FORKS = 20  # by one process


def end_interpreters(library: Path, count: int, counts: Counts) -> None:
    """So many in each of ENDINGS' ways by turns, then as many forked ones."""

    def programs() -> Iterator[tuple[str, str, int]]:
        for ending in itertools.islice(itertools.cycle(under_fire.ENDINGS), count):
            yield ending, ending, 1
        if hasattr(os, "fork"):
            for done in range(0, count, FORKS):
                forks = min(FORKS, count - done)
                yield f"{forks} forks", under_fire.forks(forks), forks

    def run(name: str, ending: str, interpreters: int) -> None:
        try:
            under_fire.run_python(under_fire.program(library, ending), timeout=600)
        except subprocess.TimeoutExpired:
            counts.breach("interpreters that hung", name)
        except AssertionError as error:
            counts.breach("interpreters that failed", f"{name}: {error}")
        if name in under_fire.ENDINGS:
            counts.add(interpreters=interpreters)
        else:
            counts.add(forked_interpreters=interpreters)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda arguments: run(*arguments), programs()))
