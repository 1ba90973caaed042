"""docs/performance.md, from the results of one interpreter or several."""

from __future__ import annotations

from pathlib import Path

from benchmarks.hosting_results import HostingResults
from benchmarks.hosting_tables import all_tables as hosting_tables
from benchmarks.results import Machine, Results
from benchmarks.tables import MISSING, Table, all_tables, duration

INTRODUCTION = """\
# Performance

Made by `python -m benchmarks`, never by hand: `benchmarks/README.md` says how to run it.

Native threads call a status callback, all by the same loop and through the same type of pointer.
The limit is an **empty C function**. resapi-cy's calls are the **termination check**, the
**keepalive** (a report that changes nothing but its checkpoint), and the **transition** (every
report changes the status, and makes an event). The peers are what one would write instead; each
stores the status in a Python object and looks there whether the resource is terminated.

A thread calls the empty function, the candidate, and the candidate timed call by call in turns,
each for a quarter of a millisecond. So what else the machine does hits all of them, and a ratio
compares calls that were made within the same millisecond. All candidates take turns in each round;
the tables show the median of the rounds, with the quartiles in brackets. On Linux, calls in which
the system took the processor away for another process count in the percentiles and not in the
means. Percentiles include the clock's own cost; those with fewer than ten calls beyond them are
left out.

*A report each millisecond* is what a worker does that waits for a block of a file and reads it: its
calls find cold caches, and each is timed by itself. This shows what a single report to a peer costs
beside a busy Python thread. One report after the other shows less of it: a thread that has waited
for the GIL once makes thousands of calls before it has to wait again, and how many depends on the
operating system's scheduler, so the means of the peers vary widely.

An empty function takes about as many cycles as the jumps to it and back do, and a ratio near one
leaves room for very few instructions. The termination check has to find the cell of a handle that
may be stale or forged, by two loads that depend on each other. The limit lies in the same module as
the loop that calls it; a monitor's callback never does, and what the longer jumps to an **empty
function of another module** cost is a row of its own.
"""

NO_GIL = """\
There is no GIL here. *Native code keeping the GIL* is a Python thread that stays attached to the
interpreter while it is in native code. A peer's callback makes a thread state, with a heap of its
own, for every call, and a profile finds most of its time there.
"""


HOSTING = "## Hosting resource DLLs\n"

HOSTING_INTRODUCTION = """\
Made by `python -m benchmarks.hosting`. Resources of one resource DLL are online, and LooksAlive of
each is called once a second. It notes the time, in native memory, and returns. Beside the host
stands what one would write instead: a Python thread with a heap of what is due, which calls the DLL
by ctypes, and an asyncio task for each resource that does. Their polls are spread evenly over the
second; the host has some resources share a moment. Nobody makes up for polls that were missed.

*Of a core* is the processor time of the process, but for the Python thread that disturbs it. *A
poll, beyond the entry point* is the same for each poll, less what a native loop needs to call
LooksAlive of each resource; with few resources that is mostly what a process needs to wake up. A
poll is *late* by the time from when it was due to the entry point's reading of the clock. When it
was due is taken from the earliest poll of the resource, by the interval. So a poller that is always
late by the same time does not seem late; its polls a second tell. *Memory* is what the process has
grown by, but for the times that the DLL notes.

A *change* is reported by native code every 4 ms, with another checkpoint and another error code. It
is compared with the same change of a resource whose monitor hosts nothing.
"""


def write(path: Path, results: list[Results]) -> None:
    """The page, and a picture beside it for each of the results. Its section about hosting stays as
    it was."""
    from benchmarks.plots import plot

    parts = [INTRODUCTION]
    for each in results:
        picture = path.with_name(f"{path.stem}-{slug(each)}.svg")
        plot(each, picture)
        parts.append(section(each, picture.name))
    if hosting := parts_of(path)[1]:
        parts.append(hosting)
    path.write_text("\n".join(parts), encoding="utf-8")


def write_hosting(path: Path, results: HostingResults) -> None:
    """The section about hosting, which is the page's last one, and its picture."""
    from benchmarks.plots import plot_hosting

    picture = path.with_name(f"{path.stem}-hosting.svg")
    plot_hosting(results, picture)
    machine = results.machine
    lines = [
        HOSTING,
        HOSTING_INTRODUCTION,
        f"{place(machine)}; {machine.python}; resapi-cy {machine.package}. "
        f"{load(machine, results.load_after)}",
        "",
    ]
    for number, table in enumerate(hosting_tables(results)):
        lines += titled(table)
        if number == 0:
            lines += [f"![How late the polls are]({picture.name})", ""]
    path.write_text("\n".join([*parts_of(path)[:1], *lines]).lstrip(), encoding="utf-8")


def parts_of(path: Path) -> tuple[str, str]:
    """The page as it is: what comes before the section about hosting, and that section."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    before, heading, hosting = text.partition(HOSTING)
    return before.rstrip("\n") + "\n", heading + hosting


def place(machine: Machine) -> str:
    return f"{machine.cpu}, {machine.cores} cores; {machine.system}; {machine.compiler}"


def titled(table: Table) -> list[str]:
    return [f"### {table.title[0].upper()}{table.title[1:]}", "", *markdown(table), ""]


def heading(results: Results) -> str:
    machine = results.machine
    return machine.python if machine.gil else f"{machine.python}, free-threaded"


def slug(results: Results) -> str:
    """Of the heading, without the version's last part: the picture keeps its name."""
    words = heading(results).lower().replace(",", "").split()
    words[1] = ".".join(words[1].split(".")[:2])
    return "-".join(words)


def section(results: Results, picture: str) -> str:
    machine = results.machine
    tools = ", ".join(f"{tool} {version}" for tool, version in machine.tools.items())
    lines = [
        f"## {heading(results)}",
        "",
        f"{place(machine)}; "
        f"resapi-cy {machine.package}; {tools}. Timing a call costs "
        f"{duration(machine.clock_ns)}. {load(machine, results.load_after)}",
        "",
    ]
    if not machine.gil:
        lines.append(NO_GIL)
    for name, reason in results.missing.items():
        lines += [f"Not measured: {name} ({reason.strip().splitlines()[-1]}).", ""]
    for number, table in enumerate(all_tables(results)):
        lines += titled(table)
        if number == 0:
            lines += [f"![Ratios and latencies of the callbacks]({picture})", ""]
    return "\n".join(lines)


def load(machine: Machine, after: float | None) -> str:
    before = machine.load_before
    if before is None or after is None:
        return ""
    return (
        f"The system's load was {before:.1f} before the run and {after:.1f} after it, of which the "
        "run itself makes one to two: the rest are other processes on the machine."
    )


def markdown(table: Table) -> list[str]:
    rule = ["---", *["---:"] * (len(table.columns) - 1)]
    rows = [[cell or MISSING for cell in row] for row in table.rows]
    return [f"| {' | '.join(row)} |" for row in [table.columns, rule, *rows]]
