"""`--timeline`: the picture has what happened, each thing once."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command_line import ENVIRONMENT, TIMEOUT, refusal, run
from environment import under_wine
from native import plain_dll
from test_run import faulty, of, properties, run_json, states

import resapi_cy as ra
from resapi_cy.commands.timeline import MOST, Recorder, draw

if under_wine:
    pytest.skip("Wine's C runtime lacks a function that numpy needs", allow_module_level=True)
pytest.importorskip("matplotlib")

SVG = "{http://www.w3.org/2000/svg}"


class Picture:
    """A timeline in SVG."""

    def __init__(self, path: Path) -> None:
        self.groups = [
            (group.get("id", ""), group)
            for group in ElementTree.parse(path).getroot().iter(f"{SVG}g")
        ]
        self.texts = [
            "".join(text.itertext()) for _, g in self.groups for text in g.findall(f"{SVG}text")
        ]

    def states(self, row: int) -> list[str]:
        """The states of a resource's bars, from left to right."""
        bars = []
        for name, group in self.groups:
            if found := re.fullmatch(rf"state-{row}-(\w+)", name):
                paths = group.findall(f"{SVG}path")
                bars += [(float(path.get("d", "").split()[1]), found[1]) for path in paths]
        return [state for _, state in sorted(bars)]

    def marks(self, kind: str, row: int) -> int:
        """How many marks of a kind a resource has."""
        return sum(
            len(list(group.iter(f"{SVG}use")))
            for name, group in self.groups
            if name == f"{kind}-{row}"
        )


def test_svg_has_each_state_transition_poll_failure_and_restart(tmp_path: Path) -> None:
    target = tmp_path / "timeline.svg"
    arguments = properties(
        IsAlivePollInterval=20, RestartThreshold=2, RestartDelay=10, RetryPeriodOnFailure=2**32 - 1
    )
    arguments += ["--resource", "second", "--timeline", str(target)]
    events, _ = run_json(*faulty("IsAliveFalse", *arguments), code=1)
    picture = Picture(target)
    for row, name in enumerate(["disk", "second"]):
        seen = states(events, name)
        assert seen == ["OFFLINE", *["ONLINE_PENDING", "ONLINE", "FAILED"] * 3]
        assert picture.states(row) == seen
        assert picture.marks("transition", row) == len(seen)
        assert picture.marks("failure", row) == 3
        assert picture.marks("restart", row) == 2
        polls = [poll["alive"] for poll in of(events, "polled", name)]
        assert picture.marks("alive", row) == polls.count(True)
        assert picture.marks("not-alive", row) == polls.count(False) > 0
        assert name in picture.texts
    assert {"seconds", "ONLINE_PENDING", "failure", "restart", "poll: not alive"} <= set(
        picture.texts
    )
    assert "poll: alive" not in picture.texts


def test_png_is_written(tmp_path: Path) -> None:
    target = tmp_path / "timeline.PNG"
    done = run("run", *faulty("IsAliveLies", "--seconds", "2", "--timeline", str(target)))
    assert (done.returncode, done.stderr) == (0, "")
    assert target.read_bytes().startswith(b"\x89PNG")


def status(when: int, state: ra.ResourceState) -> ra.StatusChanged:
    after = ra.ResourceStatus(state)
    return ra.StatusChanged(None, after, ra.ResourceStatus(), monotonic=when)


def recorded(names: list[str]) -> Recorder:
    recorder = Recorder()
    recorder.start(names)
    recorder.begun = 1_000_000_000
    for name in names:
        recorder.event(name, status(1_000_000_000, ra.ResourceState.ONLINE_PENDING))
        recorder.event(name, status(2_500_000_000, ra.ResourceState.ONLINE))
        recorder.polled(name, ra.Poll("IsAlive", True, 3_000_000_000, 0.001))
    recorder.ended = 4_000_000_000
    return recorder


def test_same_record_gives_the_same_svg(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        draw(recorded(["disk", "server"]), str(tmp_path / name))
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert "<dc:date>" not in (tmp_path / "a.svg").read_text("utf-8")


def test_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    names = ["$x^2$ \\alpha", "<b>&amp;\x1b[31m", "名前 \u202e \udc80 \uffff", "long " * 20]
    draw(recorded(names), str(tmp_path / "names.svg"))
    draw(recorded(names), str(tmp_path / "names.png"))
    texts = Picture(tmp_path / "names.svg").texts
    shown = ["$x^2$ \\alpha", "<b>&amp;\\x1b[31m", "名前 \\u202e \\udc80 \\uffff"]
    assert set(shown) <= set(texts)
    assert any(text.startswith("long long") and text.endswith("…") for text in texts)


def test_memory_is_bounded_and_the_picture_says_so(tmp_path: Path) -> None:
    recorder = recorded(["disk"])
    flood = [ra.ResourceState.ONLINE, ra.ResourceState.OFFLINE]
    for when in range(3 * MOST):
        recorder.event("disk", status(5_000_000_000 + when, flood[when % 2]))
        recorder.polled("disk", ra.Poll("IsAlive", True, 5_000_000_000 + when, 0.0))
    track = recorder.tracks["disk"]
    assert len(track.states) == len(track.transitions) == len(track.polls) == MOST
    assert not recorder.is_complete
    draw(recorder, str(tmp_path / "flood.svg"))
    assert any("the newest are shown" in text for text in Picture(tmp_path / "flood.svg").texts)


def test_report_that_makes_no_sense_does_not_change_the_state_for_long() -> None:
    recorder = recorded(["disk"])
    recorder.event("disk", status(3_000_000_000, ra.ResourceState.ONLINE_PENDING))
    unexpected = ra.UnexpectedReport(None, ra.ResourceStatus())
    unexpected.state, unexpected.monotonic = ra.ResourceState.ONLINE, 3_000_000_500
    recorder.event("disk", unexpected)
    assert recorder.tracks["disk"].spans(4_000_000_000) == [
        (1_000_000_000, 2_500_000_000, "ONLINE_PENDING"),
        (2_500_000_000, 3_000_000_000, "ONLINE"),
        (3_000_000_000, 3_000_000_500, "ONLINE_PENDING"),
        (3_000_000_500, 4_000_000_000, "ONLINE"),
    ]


# ---- Refused before anything starts --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("timeline.pdf", "the name must end in .svg or .png"),
        ("timeline", "the name must end in .svg or .png"),
        ("gone/timeline.svg", "there is no such folder"),
        ("folder.svg", "that is a folder"),
    ],
)
def test_wrong_file_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "folder.svg").mkdir()
    target = tmp_path / name
    line = refusal("run", *faulty("SlowEntryPoint", "--timeline", str(target)))
    assert line == f"resapi-monitor: --timeline {target}: {problem}"


def test_timeline_without_matplotlib_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("raise ModuleNotFoundError('No module matplotlib')")
    path = str(tmp_path)
    if given := ENVIRONMENT.get("PYTHONPATH"):
        path += (";" if sys.platform == "win32" else ":") + given
    arguments = [*faulty("SlowEntryPoint"), "--timeline", str(tmp_path / "timeline.svg")]
    done = run("run", *arguments, environment={**ENVIRONMENT, "PYTHONPATH": path})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        'resapi-monitor: --timeline needs matplotlib: pip install "resapi-cy[timeline]"'
    ]


def test_matplotlib_is_imported_for_a_timeline_alone() -> None:
    program = """if True:
        import sys
        from resapi_cy.__main__ import run
        code = run(["run", sys.argv[1], "--type", "Plain", "--seconds", "2"])
        print(code, [name for name in sys.modules if name.startswith("matplotlib")])
    """
    done = subprocess.run(
        [sys.executable, "-c", program, str(plain_dll(2))],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "0 []"
