"""python -m benchmarks: measures resapi-cy beside its peers. README.md says what to install."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import page, terminal
from benchmarks.results import Results
from benchmarks.run import run

SECONDS = 360.0
QUICK_SECONDS = 40.0


def main() -> int:
    options = arguments().parse_args()
    log = Console(stderr=True)
    if options.command == "report":
        page.write(options.output, [Results.read(path) for path in options.results])
        return 0
    seconds = options.seconds or (QUICK_SECONDS if options.quick else SECONDS)
    results = run(seconds, lambda text: log.print(text, style="dim", highlight=False))
    if options.json is None:
        terminal.show(results, Console())
    elif options.json == Path("-"):
        sys.stdout.write(results.to_json() + "\n")
    else:
        options.json.write_text(results.to_json() + "\n", encoding="utf-8")
    if options.plot:
        from benchmarks.plots import plot

        plot(results, options.plot)
    if options.report:
        page.write(options.report, [results])
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="in about a minute, less exactly")
    length.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help=f"measure for about so long (default: {SECONDS:.0f}); a round of everything takes "
        "half a minute, and three are made at least",
    )
    parser.add_argument(
        "--json",
        type=Path,
        nargs="?",
        const=Path("-"),
        metavar="FILE",
        help="write the results as JSON instead of a table, to standard output without FILE",
    )
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw ratios and latencies")
    parser.add_argument(
        "--report", type=Path, metavar="FILE.md", help="write the page of the documentation"
    )
    commands = parser.add_subparsers(dest="command", metavar="")
    report = commands.add_parser("report", help="write the page from saved results")
    report.add_argument("results", type=Path, nargs="+", metavar="RESULTS.json")
    report.add_argument("--output", type=Path, default=Path("docs/performance.md"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
