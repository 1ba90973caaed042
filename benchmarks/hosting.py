"""What hosting costs, beside what one would write instead: python -m benchmarks.hosting

Resources of a resource DLL (benchmarks/hosting_dll.c) are online, and LooksAlive of each is called
once a second: what the polls cost, how late they are, what a change of a resource costs, and how
long it takes to open, bring online, take offline and close all of them. Needs a C compiler.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from benchmarks import hosting_dll, machine, page, terminal
from benchmarks.hosting_results import (
    CONTEXTS,
    HEAP,
    HOST,
    TASKS,
    HostingResults,
)
from benchmarks.hosting_setting import Measured, Setting
from benchmarks.hosting_tables import all_tables
from benchmarks.results import IDLE

REPOSITORY = Path(__file__).resolve().parents[1]
SECONDS = 5.0
QUICK_SECONDS = 2.0
LONGEST = 900.0  # of one setting: it hangs


def settings(dll: Path, seconds: float, quick: bool) -> list[Setting]:
    """Each has a process of its own. What disturbs is measured with a thousand resources, and for
    the host with more as well: one after the other there, for these take long to open."""

    def setting(who: str, resources: int, contexts: tuple[str, ...], changes: int = 0) -> Setting:
        collection = 0.1 if quick else 1.0
        return Setting(str(dll), who, resources, list(contexts), seconds, collection, changes)

    apart = [(context,) for context in CONTEXTS]
    if quick:
        return [
            *(setting(HOST, 1000, one, changes=20 if IDLE in one else 0) for one in apart),
            *(setting(who, 1000, (IDLE,)) for who in (HEAP, TASKS)),
            setting("", 0, ()),
        ]
    return [
        setting(HOST, 1, (), changes=150),
        *(setting(HOST, 1000, one, changes=150 if IDLE in one else 0) for one in apart),
        setting(HOST, 10_000, CONTEXTS),
        setting(HOST, 100_000, CONTEXTS, changes=150),
        *(setting(who, 1000, one) for who in (HEAP, TASKS) for one in apart),
        *(setting(HEAP, resources, (IDLE,)) for resources in (10_000, 100_000)),
        setting(TASKS, 10_000, (IDLE,)),  # a core is not enough for ten times as many
        setting("", 0, ()),
    ]


def measure(setting: Setting) -> Measured:
    """In a process of its own."""
    command = [sys.executable, "-m", "benchmarks.hosting_setting", json.dumps(asdict(setting))]
    done = subprocess.run(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, timeout=LONGEST, check=True
    )
    return Measured.from_json(done.stdout)


def run(seconds: float, quick: bool, say: Callable[[str], None]) -> HostingResults:
    described = machine.describe(None)
    begun = time.monotonic()
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        dll = hosting_dll.build(Path(folder))
        for setting in settings(dll, seconds, quick):
            contexts = "; ".join(setting.contexts)
            say(f"{setting.who or 'a worker stops'}: {setting.resources:,} resources; {contexts}")
            measured.append(measure(setting))
    (stopped,) = (each.stopped for each in measured if each.stopped)
    return HostingResults(
        seconds=seconds,
        took=time.monotonic() - begun,
        machine=described,
        load_after=machine.load(),
        polled=[polled for each in measured for polled in each.polled],
        lives=[each.life for each in measured if each.life],
        stopped=stopped,
    )


def main() -> int:
    options = arguments().parse_args()
    log = Console(stderr=True)
    if options.results is not None:
        results = HostingResults.read(options.results)
    else:
        seconds = options.seconds or (QUICK_SECONDS if options.quick else SECONDS)
        results = run(
            seconds, options.quick, lambda text: log.print(text, style="dim", highlight=False)
        )
    if options.json is not None:
        options.json.write_text(results.to_json() + "\n", encoding="utf-8")
    if options.report is not None:
        page.write_hosting(options.report, results)
    if options.json is None and options.report is None:
        terminal.show_tables(all_tables(results), Console())
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hosting",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick", action="store_true", help="a thousand resources, two seconds each, and no more"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help=f"of polls for each setting (default: {SECONDS:.0f})",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE.md",
        help="write the section of the documentation's page, docs/performance.md",
    )
    parser.add_argument(
        "--from",
        dest="results",
        type=Path,
        metavar="RESULTS.json",
        help="show what an earlier run has measured",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
