"""The callbacks as pictures: how many empty functions a call is worth, and its tail. And how late
the polls of hosted resources are."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.hosting_results import CONTEXTS, HEAP, HOST, TASKS, HostingResults, Polled
from benchmarks.results import (
    COMPUTING,
    ELSEWHERE,
    IDLE,
    LIMIT,
    OURS,
    Case,
    Latency,
    Results,
    Spread,
)

# Text stays text, and the same results make the same file.
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "resapi-cy"


def plot(results: Results, path: Path) -> None:
    cases = [case for context in (IDLE, COMPUTING) if (case := results.case(context))]
    figure = Figure(figsize=(12, 9), layout="constrained")
    axes = figure.subplots(2, len(cases), squeeze=False)
    for column, case in enumerate(cases):
        bars(axes[0][column], case)
        tails(axes[1][column], case)
    lines, names = axes[1][0].get_legend_handles_labels()
    figure.legend(lines, names, loc="outside lower center", ncols=5)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def plot_hosting(results: HostingResults, path: Path) -> None:
    contexts = [c for c in CONTEXTS if any(p.context == c for p in results.polled)]
    figure = Figure(figsize=(12, 4 * ((len(contexts) + 1) // 2)), layout="constrained")
    for number, context in enumerate(contexts, 1):
        axes = figure.add_subplot((len(contexts) + 1) // 2, 2, number)
        for polled in results.polled:
            if polled.context == context and polled.lateness.calls:
                late_polls(axes, polled)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("ms late")
        axes.set_ylabel("polls that are later")
        axes.set_ylim(top=1.0)
        axes.set_title(context)
        axes.legend(fontsize="small")
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def late_polls(axes: Axes, polled: Polled) -> None:
    x, y = curve(polled.lateness)
    shades = ("#1b7837", "#b2182b", "#2166ac")
    widths = {1000: "-", 10_000: "--"}
    axes.plot(
        [max(ns, 1000.0) / 1e6 for ns in x],  # what is less is no lateness
        y,
        label=f"{polled.who}: {polled.resources:,}",
        color=shades[(HOST, HEAP, TASKS).index(polled.who)],
        linestyle=widths.get(polled.resources, ":"),
    )


def color(case: Case, name: str) -> str:
    if name in (LIMIT, ELSEWHERE):
        return "black" if name == LIMIT else "gray"
    if name in OURS:
        return ("#1b7837", "#5aae61", "#a6dba0")[OURS.index(name)]
    shades = ("#b2182b", "#d6604d", "#f4a582", "#2166ac", "#4393c3", "#9970ab")
    return shades[[m.candidate for m in case.peers].index(name) % len(shades)]


def bars(axes: Axes, case: Case) -> None:
    spreads = [Spread.of(m.ratios) for m in case.measurements]
    names = [m.candidate for m in case.measurements]
    medians = [spread.median for spread in spreads]
    below = [max(spread.median - spread.low, 0.0) for spread in spreads]
    above = [max(spread.high - spread.median, 0.0) for spread in spreads]
    axes.barh(names, medians, xerr=[below, above], color=[color(case, name) for name in names])
    for row, spread in enumerate(spreads):
        axes.annotate(
            f" {spread.median:,.3g}" if spread.median < 1000 else f" {spread.median:,.0f}",
            (max(spread.high, spread.median), row),
            va="center",
        )
    axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.invert_yaxis()
    axes.set_title(f"One call, as a multiple of an empty function\n({case.context})")


def tails(axes: Axes, case: Case) -> None:
    for measurement in case.measurements:
        x, y = curve(measurement.latency)
        axes.plot(x, y, label=measurement.candidate, color=color(case, measurement.candidate))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("ns, the clock's own cost included")
    axes.set_ylabel("calls that take longer")
    axes.set_ylim(top=1.0)
    axes.set_title(f"Latency of single calls\n({case.context})")


def curve(latency: Latency) -> tuple[list[float], list[float]]:
    """For each duration the share of calls that take as long or longer; points that would lie on
    one another are left out."""
    longer = latency.calls
    x: list[float] = []
    y: list[float] = []
    for ns, count in latency.histogram:
        share = longer / latency.calls
        if not x or share < 0.95 * y[-1]:
            x.append(float(f"{ns:.3g}"))
            y.append(share)
        longer -= count
    return [*x, latency.longest], [*y, 1 / latency.calls]
