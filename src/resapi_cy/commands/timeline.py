"""The timeline of a run: each resource's states, transitions, polls, failures and restarts, drawn
by matplotlib."""

from __future__ import annotations

import time
import warnings
from collections import deque
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import resapi_cy as ra
from resapi_cy.commands.terminal import CommandError, printable, reason

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIXES = (".svg", ".png")

# How many of the newest transitions, polls and marks of a resource are kept.
MOST = 4096
NOT_ALL = f"of more than {MOST:,} transitions or polls of a resource, the newest are shown"
# How many characters of a name are shown.
NAME_LENGTH = 32

COLOURS = {
    "ONLINE": "#4caf50",
    "ONLINE_PENDING": "#ffca28",
    "OFFLINE": "#b0bec5",
    "OFFLINE_PENDING": "#90a4ff",
    "FAILED": "#e53935",
}
OTHER_COLOUR = "#8e6bbf"


def check_target(path: str) -> None:
    """Refuses what could not be drawn in the end, before anything has begun.

    Raises:
        CommandError: the suffix, the folder, or matplotlib.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise CommandError(f"--timeline {printable(path)}: the name must end in .svg or .png")
    if not target.parent.is_dir():
        raise CommandError(f"--timeline {printable(path)}: there is no such folder")
    if target.is_dir():
        raise CommandError(f"--timeline {printable(path)}: that is a folder")
    try:
        matplotlib("figure")
    except ImportError:
        raise CommandError(
            '--timeline needs matplotlib: pip install "resapi-cy[timeline]"'
        ) from None


def matplotlib(module: str) -> Any:
    """A module of matplotlib's, imported when it is needed. Any, so that types are checked in the
    same way whether it is installed or not."""
    return import_module(f"matplotlib.{module}".rstrip("."))


# ---- Recording -----------------------------------------------------------------------------------


def bounded() -> deque[Any]:
    return deque(maxlen=MOST)


@dataclass
class Track:
    """What was recorded of a resource. Times are in nanoseconds of ``time.perf_counter_ns()``."""

    name: str
    states: deque[tuple[int, str]] = field(default_factory=bounded)  # from when on
    transitions: deque[int] = field(default_factory=bounded)
    polls: deque[tuple[int, bool]] = field(default_factory=bounded)
    failures: deque[int] = field(default_factory=bounded)
    restarts: deque[int] = field(default_factory=bounded)

    def enter(self, when: int, state: str) -> None:
        if not self.states or self.states[-1][1] != state:
            self.states.append((when, state))

    def spans(self, end: int) -> list[tuple[int, int, str]]:
        """(from, to, state), one for each time in a state."""
        spans: list[tuple[int, int, str]] = []
        for since, state in sorted(self.states, key=lambda entry: entry[0]):
            if spans:
                spans[-1] = (spans[-1][0], since, spans[-1][2])
            spans.append((since, end, state))
        return spans


class Recorder:
    """Collects what a timeline shows, in bounded memory: of more, the newest is kept."""

    def __init__(self) -> None:
        self.tracks: dict[str, Track] = {}
        self.begun = self.ended = time.perf_counter_ns()

    def start(self, names: Iterable[str]) -> None:
        self.begun = self.ended = time.perf_counter_ns()
        self.tracks = {name: Track(name) for name in names}

    def event(self, name: str, event: ra.Event) -> None:
        track = self.tracks[name]
        self.ended = max(self.ended, event.monotonic)
        match event:
            case ra.StatusChanged(status=status):
                track.transitions.append(event.monotonic)
                track.enter(event.monotonic, status.state.name)
            case ra.LifeCycleEvent(state=state):
                # A report that made no sense has not changed the resource's state.
                if isinstance(event, ra.UnexpectedReport) and state is not None:
                    track.enter(event.monotonic, state.name)
                if isinstance(event, ra.ResourceFailed):
                    track.failures.append(event.monotonic)
                if isinstance(event, ra.ResourceRestarting):
                    track.restarts.append(event.monotonic)

    def polled(self, name: str, poll: ra.Poll) -> None:
        self.ended = max(self.ended, poll.monotonic)
        self.tracks[name].polls.append((poll.monotonic, poll.alive))

    @property
    def is_complete(self) -> bool:
        """Whether each track has all that it was given."""
        return all(
            len(kept) < MOST
            for track in self.tracks.values()
            for kept in (track.states, track.transitions, track.polls)
        )


# ---- Drawing -------------------------------------------------------------------------------------


def draw(recorder: Recorder, path: str) -> None:
    """Draws what was recorded into a file, as its suffix says. The same record gives the same SVG.

    Raises:
        CommandError: the file can't be written.
    """
    style = {
        "svg.hashsalt": "resapi-cy",  # or else the identifiers in it are random
        "svg.fonttype": "none",  # text stays text
        "text.parse_math": False,  # a $ in a name means nothing
        "text.usetex": False,
    }
    target = Path(path)
    metadata = {"Date": None} if target.suffix.lower() == ".svg" else {}
    with matplotlib("").rc_context(style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure = picture(recorder)
        try:
            figure.savefig(target, format=target.suffix[1:].lower(), metadata=metadata)
        except OSError as error:
            raise CommandError(f"--timeline {printable(path)}: {reason(error)}") from None


def picture(recorder: Recorder) -> Any:
    tracks = list(recorder.tracks.values())
    figure = matplotlib("figure").Figure(
        figsize=(10, 1.8 + 0.6 * len(tracks)), dpi=100, layout="constrained"
    )
    axes = figure.add_subplot()
    for row, track in enumerate(tracks):
        draw_track(axes, row, track, recorder)
    axes.set_ylim(len(tracks) - 0.4, -0.6)
    axes.set_xlim(0, max(seconds(recorder, recorder.ended), 0.001))
    axes.set_yticks(range(len(tracks)), [shown_name(track.name) for track in tracks])
    axes.set_xlabel("seconds" if recorder.is_complete else f"seconds ({NOT_ALL})")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    handles = legend(tracks)
    if handles:
        figure.legend(
            handles=handles, loc="outside lower center", ncols=5, fontsize="small", frameon=False
        )
    return figure


def draw_track(axes: Any, row: int, track: Track, recorder: Recorder) -> None:
    """A bar for each time in a state, and its marks; the identifiers say which."""
    bars: dict[str, list[tuple[float, float]]] = {}
    for since, until, state in track.spans(recorder.ended):
        left = seconds(recorder, since)
        bars.setdefault(state, []).append((left, seconds(recorder, until) - left))
    for state, ranges in bars.items():
        colour, gid = COLOURS.get(state, OTHER_COLOUR), f"state-{row}-{state}"
        axes.broken_barh(ranges, (row - 0.18, 0.36), facecolor=colour, gid=gid)
    marks = {
        "transition": (track.transitions, 0.0, TRANSITION),
        "alive": ([when for when, alive in track.polls if alive], 0.3, ALIVE),
        "not-alive": ([when for when, alive in track.polls if not alive], 0.3, NOT_ALIVE),
        "failure": (track.failures, -0.3, FAILURE),
        "restart": (track.restarts, -0.3, RESTART),
    }
    for name, (times, offset, mark) in marks.items():
        if times:
            xs = [seconds(recorder, when) for when in times]
            gid = f"{name}-{row}"
            axes.plot(xs, [row + offset] * len(xs), linestyle="", clip_on=False, gid=gid, **mark)


TRANSITION = {"marker": "|", "markersize": 15, "color": "black", "markeredgewidth": 0.8}
ALIVE = {"marker": "o", "markersize": 3, "color": "#2e7d32"}
NOT_ALIVE = {"marker": "o", "markersize": 3, "color": "#c62828"}
FAILURE = {"marker": "x", "markersize": 7, "color": "#c62828", "markeredgewidth": 2}
RESTART = {"marker": ">", "markersize": 6, "color": "#1565c0"}


def legend(tracks: list[Track]) -> list[Any]:
    """One entry for each state and each kind of mark that there is."""
    line, patch = matplotlib("lines").Line2D, matplotlib("patches").Patch
    states = dict.fromkeys(state for track in tracks for _, state in track.states)
    marks = {
        "transition": (TRANSITION, any(track.transitions for track in tracks)),
        "poll: alive": (ALIVE, any(alive for track in tracks for _, alive in track.polls)),
        "poll: not alive": (
            NOT_ALIVE,
            any(not alive for track in tracks for _, alive in track.polls),
        ),
        "failure": (FAILURE, any(track.failures for track in tracks)),
        "restart": (RESTART, any(track.restarts for track in tracks)),
    }
    return [
        *(patch(color=COLOURS.get(state, OTHER_COLOUR), label=state) for state in states),
        *(
            line([], [], linestyle="", label=label, **{**mark, "markersize": 6})
            for label, (mark, is_there) in marks.items()
            if is_there
        ),
    ]


def seconds(recorder: Recorder, when: int) -> float:
    return (when - recorder.begun) / 1e9


def shown_name(name: str) -> str:
    text = printable(name)
    return text if len(text) <= NAME_LENGTH else f"{text[: NAME_LENGTH - 1]}…"
