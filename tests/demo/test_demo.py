"""`resapi-monitor demo`: what it says must be true, whatever it is pointed at."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from command_line import (
    COMMAND,
    ENVIRONMENT,
    TIMEOUT,
    WINDOWS,
    in_terminal,
    posix_only,
    refusal,
    run,
    start,
    wait_until,
)

import resapi_cy as ra
from resapi_cy.commands.terminal import printable
from resapi_cy.demo.files import Tree, deal, find_files
from resapi_cy.demo.running import Demo
from resapi_cy.demo.views import View, size_text
from resapi_cy.demo.worker import BLOCK_SIZE, Worker

needs_permissions = pytest.mark.skipif(
    WINDOWS or os.geteuid() == 0, reason="chmod keeps neither root nor Windows from reading"
)

# Around the block, the longest run of Adler-32 without a remainder, and nothing at all.
SIZES = [
    0,
    1,
    5551,
    5552,
    5553,
    BLOCK_SIZE - 1,
    BLOCK_SIZE,
    BLOCK_SIZE + 1,
    3 * BLOCK_SIZE,
    200_003,
]


def run_json(*arguments: str | Path, code: int = 0) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The events, and the summary at the end."""
    done = run("demo", *arguments, "--json")
    assert (done.returncode, done.stderr) == (code, "")
    *events, summary = map(json.loads, done.stdout.splitlines())
    assert summary["event"] == "summary"
    assert summary["exit_code"] == code
    return events, summary


def content(size: int) -> bytes:
    return (b"\xff\x00\xfe resource" * (size // 12 + 1))[:size]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    for number, size in enumerate(SIZES):
        file = folder / f"folder {number % 3}" / f"{number}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content(size))
    (folder / "ünïcødé ☃ 🂡 名前.txt").write_bytes(b"name")
    return folder


def contents(folder: Path) -> list[bytes]:
    return [
        Path(parent, name).read_bytes() for parent, _, names in os.walk(folder) for name in names
    ]


def blocks(data: bytes) -> int:
    return -(-len(data) // BLOCK_SIZE)


def of(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"] == kind]


# ---- The sums ------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 5, 100])
def test_summary_adds_up_to_what_the_files_are(tree: Path, workers: int) -> None:
    files = contents(tree)
    _, summary = run_json(tree, "--workers", str(workers))
    resources, total = summary["resources"], summary["total"]
    assert len(resources) == min(workers, len(files))
    assert {resource["state"] for resource in resources} == {"ONLINE"}
    assert total["files"] == total["verified"] == len(files)
    assert total["bytes"] == sum(map(len, files))
    assert total["checksum"] == sum(map(zlib.adler32, files))
    assert total["reports"] == sum(map(blocks, files)) + len(resources)
    assert total["failed"] == 0
    for name in total:
        assert total[name] == sum(resource[name] for resource in resources)


def test_summary_adds_up_to_the_events_that_were_shown(tree: Path) -> None:
    events, summary = run_json(tree, "--workers", "3")
    assert summary["adds_up"] is True
    assert summary["dropped_events"] == 0
    for resource in summary["resources"]:
        own = [event for event in events if event.get("resource") == resource["name"]]
        assert resource["transitions"] == len(of(own, "status_changed")) == 2
        assert resource["log_messages"] == len(of(own, "log_message")) == 1
        assert resource["delivered"] == len(own)
        assert resource["dropped"] == 0
        states = [(e["previous"], e["state"]) for e in of(own, "status_changed")]
        assert states == [("UNKNOWN", "ONLINE_PENDING"), ("ONLINE_PENDING", "ONLINE")]
        assert of(own, "status_changed")[-1]["checkpoint"] == resource["reports"]
    assert events[0]["event"] == "started"
    assert events[0]["files"] == summary["total"]["files"]
    assert events[0]["bytes"] == summary["total"]["bytes"]


@pytest.mark.parametrize("size", SIZES)
def test_checksum_of_a_single_file(tmp_path: Path, size: int) -> None:
    file = tmp_path / "file"
    file.write_bytes(content(size))
    _, summary = run_json(file)
    assert len(summary["resources"]) == 1
    assert summary["total"]["files"] == 1
    assert summary["total"]["checksum"] == zlib.adler32(content(size))


def test_plain_lines_say_each_change_and_the_sums(tree: Path) -> None:
    done = run("demo", tree, "--workers", "2")
    assert (done.returncode, done.stderr) == (0, "")
    files = contents(tree)
    stamp = r"\d\d:\d\d:\d\d\.\d{6}  "
    for name in ("Files 1", "Files 2"):
        assert re.search(rf"^{stamp}{name}: ONLINE_PENDING \(was UNKNOWN\)", done.stdout, re.M)
        assert re.search(rf"^{stamp}{name}: ONLINE \(was ONLINE_PENDING\)", done.stdout, re.M)
    total = re.search(r"^Total +(.*)$", done.stdout, re.M)
    assert total is not None
    reports = sum(map(blocks, files)) + 2
    sums = [len(files), 0, sum(map(len, files)), reports, 4, 0]
    assert [int(number.replace(",", "")) for number in total[1].split()] == sums
    assert "6 events = 4 transitions + 2 log messages: 6 delivered + 0 dropped" in done.stdout


def test_seconds_repeats_the_rounds_until_then(tree: Path) -> None:
    _, summary = run_json(tree, "--seconds", "0.4", "--workers", "2")
    assert summary["seconds"] >= 0.2
    for resource in summary["resources"]:
        assert resource["rounds"] >= 1
        assert resource["verified"] >= resource["rounds"] * resource["files"]
        assert resource["state"] == "ONLINE"
    # The first round alone counts for it.
    assert summary["total"]["checksum"] == sum(map(zlib.adler32, contents(tree)))


def test_files_are_dealt_once_each_and_balanced_by_size() -> None:
    sizes = {f"file {number}": number**2 % 997 for number in range(300)}
    parts = deal(sizes, 7)
    assert sorted(name for part in parts for name in part) == sorted(sizes)
    loads = [sum(map(sizes.__getitem__, part)) for part in parts]
    assert max(loads) - min(loads) <= max(sizes.values())


# ---- Termination ---------------------------------------------------------------------------------


def test_terminated_resource_stops_and_goes_offline(tree: Path) -> None:
    events, summary = run_json(tree, "--terminate-after", "0.2", "--workers", "2")
    terminated, other = summary["resources"]
    assert (terminated["state"], other["state"]) == ("OFFLINE", "ONLINE")
    assert 0 < terminated["stop_us"] < TIMEOUT * 1e6
    assert other["stop_us"] is None
    (stopped,) = of(events, "stopped")
    assert (stopped["resource"], stopped["stop_us"]) == ("Files 1", terminated["stop_us"])
    assert summary["seconds"] >= 0.1
    assert summary["adds_up"] is True


def test_termination_at_once_is_obeyed(tree: Path) -> None:
    _, summary = run_json(tree, "--terminate-after", "0", "--workers", "1")
    assert summary["resources"][0]["state"] == "OFFLINE"


def test_plain_lines_say_how_long_the_worker_took_to_stop(tree: Path) -> None:
    done = run("demo", tree, "--terminate-after", "0.1")
    assert done.returncode == 0
    assert re.search(r"Files 1: stopped [\d,.]+ µs after terminate\(\)", done.stdout)


def test_nothing_left_to_terminate_is_said(tmp_path: Path) -> None:
    view, summary = run_demo(Tree("gone", {str(tmp_path / "gone"): 5}), terminate_after=60.0)
    assert any("Nothing left to terminate" in line for line in view.lines)
    assert summary.seconds < 60


@pytest.mark.parametrize("report", ["the check before a file", "the report of a block"])
def test_worker_told_to_stop_says_when(tmp_path: Path, report: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"" if report == "the check before a file" else bytes(BLOCK_SIZE))
    with ra.ResourceMonitor() as monitor:
        resource = monitor.open("resource")
        resource.begin(ra.ResourceState.ONLINE_PENDING)
        worker = Worker(resource.handle, [str(file)], repeat=True)
        wait_until(lambda: worker.rounds > 0)
        before = time.perf_counter_ns()
        resource.terminate()
        wait_until(lambda: resource.status.state is ra.ResourceState.OFFLINE)
        worker.join()
        assert before <= worker.told <= worker.ended <= time.perf_counter_ns()


@posix_only
def test_ctrl_c_terminates_the_resources_and_shows_the_sums(tree: Path) -> None:
    with start("demo", tree, "--seconds", str(TIMEOUT), "--workers", "2", "--json") as process:
        assert process.stdout is not None
        seen = [json.loads(process.stdout.readline()) for _ in range(3)]
        assert seen[-1]["event"] == "status_changed"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, err) == (130, "")
    summary = json.loads(out.splitlines()[-1])
    assert {resource["state"] for resource in summary["resources"]} == {"OFFLINE"}
    assert all(resource["stop_us"] > 0 for resource in summary["resources"])
    assert summary["adds_up"] is True


# ---- Files that can't be read --------------------------------------------------------------------


class Recorder(View):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def log(self, job: object, time_ns: int, level: ra.LogLevel, text: str) -> None:
        self.lines.append(f"{level.name}: {text.rstrip()}")


def run_demo(tree: Tree, **options: float) -> tuple[Recorder, Any]:
    view = Recorder()
    demo = Demo(tree, view, 2, options.get("seconds"), options.get("terminate_after"))
    return view, demo.run()


def test_file_that_vanishes_is_logged_and_counted(tree: Path) -> None:
    found = find_files(str(tree))
    gone = tree / "ünïcødé ☃ 🂡 名前.txt"
    gone.unlink()
    view, summary = run_demo(found)
    assert [line for line in view.lines if "Cannot read" in line] == [
        f"ERROR: Cannot read {gone}: {os.strerror(2)}."
    ]
    assert summary.exit_code == 1
    assert (summary.total.failed, summary.total.verified) == (1, len(SIZES))
    states = sorted(state.name for _, state, _ in summary.resources)
    assert states == ["FAILED", "ONLINE"]
    assert summary.adds_up
    (failed,) = (job for job, state, _ in summary.resources if state.name == "FAILED")
    assert failed.worker.failed == 1


def test_failed_status_carries_the_number_of_files(tmp_path: Path) -> None:
    with ra.ResourceMonitor() as monitor:
        resource = monitor.open("resource")
        resource.begin(ra.ResourceState.ONLINE_PENDING)
        worker = Worker(resource.handle, [str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path)])
        worker.join()
        assert resource.status.state is ra.ResourceState.FAILED
        assert resource.status.error_code == worker.failed == 3
        assert worker.log_messages == sum(
            isinstance(event, ra.LogMessage) for event in monitor.poll()
        )


def test_file_that_changes_between_two_rounds_fails_the_resource(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"first")
    with ra.ResourceMonitor() as monitor:
        resource = monitor.open("resource")
        resource.begin(ra.ResourceState.ONLINE_PENDING)
        worker = Worker(resource.handle, [str(file)], repeat=True)
        wait_until(lambda: worker.rounds > 0)
        file.write_bytes(b"second")
        wait_until(lambda: resource.status.state is ra.ResourceState.FAILED)
        worker.join()
        texts = [event.text for event in monitor.poll() if isinstance(event, ra.LogMessage)]
        assert texts[0].rstrip() == f"{file} has changed since the first round."
        assert worker.checksum == zlib.adler32(b"first")


@needs_permissions
def test_unreadable_file_and_folder_are_logged_and_counted(tree: Path) -> None:
    (tree / "folder 0" / "0.bin").chmod(0)
    (tree / "folder 1").chmod(0)
    try:
        events, summary = run_json(tree, "--workers", "2", code=1)
    finally:
        (tree / "folder 1").chmod(0o700)
    errors = [event["text"] for event in of(events, "log_message") if event["level"] == "ERROR"]
    assert f"Cannot list {tree / 'folder 1'}: permission denied." in errors
    assert f"Cannot read {tree / 'folder 0' / '0.bin'}: Permission denied." in errors
    assert summary["unreadable_folders"] == 1
    assert summary["total"]["failed"] == 1
    assert {resource["state"] for resource in summary["resources"]} == {"FAILED", "ONLINE"}


# ---- Wrong usage: one line, and exit code 2 ------------------------------------------------------


def test_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert refusal("demo", gone) == f"resapi-monitor: {gone}: no such file or directory"


def test_path_without_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    line = refusal("demo", tmp_path, "--json")
    assert line == f"resapi-monitor: {tmp_path}: no regular files in it"


@posix_only
def test_special_file_is_refused_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    assert refusal("demo", tmp_path / "fifo").endswith("fifo: neither a regular file nor a folder")
    assert refusal("demo", tmp_path).endswith("no regular files in it")


@posix_only
def test_control_characters_of_a_path_are_escaped_in_the_refusal(tmp_path: Path) -> None:
    line = refusal("demo", f"{tmp_path}/\x1b[31m\n\u202e")
    assert line.endswith("/\\x1b[31m\\n\\u202e: no such file or directory")


@needs_permissions
def test_unreadable_path_is_refused(tree: Path) -> None:
    tree.chmod(0)
    try:
        assert refusal("demo", tree) == f"resapi-monitor: {tree}: permission denied"
    finally:
        tree.chmod(0o700)
    file = tree / "folder 0" / "0.bin"
    file.chmod(0)
    assert refusal("demo", file) == f"resapi-monitor: {file}: permission denied"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--workers", "0"],
        ["--workers", "-1"],
        ["--workers", "two"],
        ["--workers", "1001"],
        ["--seconds", "-1"],
        ["--seconds", "nan"],
        ["--seconds", "inf"],
        ["--seconds", "soon"],
        ["--terminate-after", "-0.5"],
        ["--nothing"],
        [""],
        [".", "."],
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments: list[str]) -> None:
    done = run("demo", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: " in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_command_is_required() -> None:
    done = run()
    assert done.returncode == 2
    assert "COMMAND" in done.stderr.splitlines()[-1]


def test_help_documents_the_exit_codes() -> None:
    done = run("demo", "--help")
    assert done.returncode == 0
    assert "exit codes:" in done.stdout
    assert run("--version").stdout == f"resapi-monitor {ra.__version__}\n"


# ---- Odd trees -----------------------------------------------------------------------------------


@posix_only
def test_links_and_special_files_are_left_alone(tree: Path, tmp_path: Path) -> None:
    before = find_files(str(tree)).sizes
    os.mkfifo(tree / "fifo")
    (tree / "to itself").symlink_to("to itself")
    (tree / "to nowhere").symlink_to("nowhere")
    (tree / "to the folder").symlink_to(tree, target_is_directory=True)
    assert find_files(str(tree)).sizes == before
    (tmp_path / "outside").write_bytes(b"outside")
    (tree / "to a file").symlink_to(tmp_path / "outside")
    _, summary = run_json(tree)
    assert summary["total"]["files"] == len(before) + 1


@posix_only
def test_names_that_are_hostile_or_no_text_are_read_and_shown_escaped(tmp_path: Path) -> None:
    folder = tmp_path / "\x1b]0;owned\x07\r\n\u202e"
    folder.mkdir()
    (folder / "\x1b[2J\x9b").write_bytes(b"one")
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe")).write_bytes(b"two")
        files = 2
    except OSError:
        files = 1  # the file system takes only text for names
    done = run("demo", folder, "--workers", "1")
    assert done.returncode == 0
    assert re.search(rf"^Total +{files} ", done.stdout, re.M)
    assert done.stdout.replace("\n", "").isprintable()
    view, _ = run_demo(Tree("gone", {str(folder / "\x1b gone"): 1}))
    assert all(printable(line).isprintable() for line in view.lines)


def test_printable_escapes_what_is_not() -> None:
    assert printable("plain ünïcødé ☃ 🂡") == "plain ünïcødé ☃ 🂡"
    assert printable("a\x1b\x07\n\x9b\u202e\udc80b") == "a\\x1b\\x07\\n\\x9b\\u202e\\udc80b"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_960, "1.0 MB"),
        (5e12, "5,000.0 GB"),
    ],
)
def test_size_text(size: float, text: str) -> None:
    assert size_text(size) == text


# ---- The output ----------------------------------------------------------------------------------


def test_reader_that_goes_away_ends_it_quietly(tree: Path) -> None:
    with start("demo", tree, "--seconds", "1") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("Verifying")
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.wait(TIMEOUT) == 1


def test_output_in_an_encoding_without_the_characters(tree: Path) -> None:
    folder = tree.rename(tree.parent / "☃")
    done = subprocess.run(
        [*COMMAND, "demo", str(folder), "--terminate-after", "0"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**ENVIRONMENT, "PYTHONIOENCODING": "ascii"},
        timeout=TIMEOUT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u2603" in done.stdout


@posix_only
def test_terminal_shows_a_live_table(tree: Path) -> None:
    pytest.importorskip("rich")
    shown, err, code = in_terminal(
        "demo", tree, "--seconds", "0.6", "--terminate-after", "0.3", "--workers", "2"
    )
    assert (err, code) == ("", 0)
    assert shown.count("Throughput") >= 2  # drawn anew, again and again
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).splitlines()
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for seen in ("Checkpoint", "ONLINE_PENDING", "OFFLINE", "100%", "Total", "after terminate()"):
        assert seen in text
    assert shown.endswith("reports/s\r\n")


@posix_only
def test_terminal_without_rich_gets_lines_and_a_hint(tree: Path, tmp_path: Path) -> None:
    stub = tmp_path / "stub"
    stub.mkdir()
    (stub / "rich.py").write_text("raise ModuleNotFoundError('No module named rich')")
    path = os.pathsep.join([str(stub), *filter(None, [os.environ.get("PYTHONPATH")])])
    shown, err, code = in_terminal("demo", tree, environment={**ENVIRONMENT, "PYTHONPATH": path})
    assert code == 0
    assert err.splitlines() == ['resapi-monitor: for a live view: pip install "resapi-cy[cli]"']
    assert "\x1b" not in shown
    assert "ONLINE (was ONLINE_PENDING)" in shown


def test_import_of_the_package_takes_neither_the_demo_nor_rich() -> None:
    program = """if True:
        import sys
        import resapi_cy
        print([name for name in sys.modules if "demo" in name or name.startswith("rich")])
    """
    done = subprocess.run(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    assert done.stdout.strip() == "[]"
