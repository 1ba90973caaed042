"""The models of the lock-free protocols in model/*.pml: spin makes a program of each that goes
through every interleaving that C++11's memory orders allow, and has to find what a seeded fault
breaks."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import native
import pytest

FOLDER = native.TESTS / "model"
SOURCE = native.REPOSITORY / "src" / "resapi_cy"
HEADERS = [
    *("status_board.hpp", "cell.hpp", "cell_table.hpp", "inside_cell.hpp"),
    *("event_queue.hpp", "wakeup.hpp", "waiting.hpp"),
    *("completions.hpp", "durations.hpp", "host_sleep.hpp"),
]
MODELS = ["board", "cell", "changes", "mortal", "queue", "wakeup", "completions", "sleep", "ring"]
PROGRAMS = [*MODELS, "litmus"]  # the last one tries the others' memory
# Functions whose atomic operations are in no model, of one header or of any, and why.
LEFT_OUT = {
    "reject": "a statistic",
    "rejected": "a statistic",
    "dropped": "a statistic",
    "count_dropped": "a statistic",
    "enter_budget": "a counter",
    "leave_budget": "a counter",
    "forget_parent": "the forked child has one thread",
    "count_failure": "one word, written under the cell's lock; nothing is published through it",
    "forget_failures": "the same",
    "read_failures": "the same",
    "event_queue.hpp:open": "before another thread knows of it",
    "reserve": "before another thread can find the cell",
    "bump": "a statistic, of one writer",
    "answered": "a statistic",
    "durations.hpp:read": "statistics, and one word",
    "durations.hpp:set": "one word",
    "entry_point": "one word",
    "made": "a statistic",
    "place": "a hint",
    "open_inside": "under the lock, of a cell that nobody else knows of; the rest is in cell.pml",
    "abandon": "the cell and the queue are never used again",
    "close_queue": "abandoned only ever becomes true, in the thread that closes",
    "put_back": "fences for the compiler alone: see repair()",
    "record": "the same, between the status and the duplicate: see take_back()",
    "lock": "the board's lock of a thread that is gone: taken as a cell's is, in mortal.pml",
    "watch": "one bit, which counts from the next change on",
    "duplicate_for": "the same bit",
    "wake_by": "who changes which wake-up it is looks at the list after that",
    "completions.hpp:wakeup": "the same",
    "transition": "its answer when it could not wait any longer; the rest is in cell.pml",
}

# Other work on the machine may make all of it slow.
pytestmark = pytest.mark.timeout(1200)


# ---- What the models say ------------------------------------------------------------------------


@dataclass(frozen=True)
class Switch:
    """An order or a check of the code that a fault can weaken or drop."""

    name: str
    order: str  # "" for a check
    found: dict[str, str]  # fault -> what the checker finds; "nothing"
    quotations: list[tuple[str, str, str]]  # file, function, fragment


def text_of(model: str) -> str:
    return (FOLDER / f"{model}.pml").read_text(encoding="utf-8")


def quotations(text: str) -> list[tuple[str, str, str]]:
    """What comments quote: file, function, fragment of its code."""
    found = re.findall(r'(\w+\.(?:hpp|pyx)): (\w+)\(\): "([^"]*)"', text)
    return [(file, name, plain(re.sub(r"\n \* ", " ", code))) for file, name, code in found]


def plain(code: str) -> str:
    """Without comments, and with single spaces, none at a bracket: as it may be wrapped."""
    code = re.sub(r"//.*", "", code)
    return re.sub(r"(?<=[(\[]) | (?=[)\]])", "", " ".join(code.split()))


def switches(model: str) -> list[Switch]:
    declared = re.compile(
        r"(?P<comments>(?:/\*(?:[^*]|\*(?!/))*\*/\n)*)"
        r"(?:ORDER\((?P<order_name>\w+), (?P<order>\w+)|CHECK\((?P<check>\w+))"
        r', "(?P<found>.*)"\)'
    )
    result = []
    for match in declared.finditer(text_of(model)):
        if name := match["check"]:
            found = {name: match["found"]}
        else:
            name = match["order_name"]
            each = [entry.split(": ") for entry in match["found"].split("; ") if entry]
            found = {f"{name}={weaker}": violation for weaker, violation in each}
        quoted = quotations(match["comments"])
        result.append(Switch(name, match["order"] or "", found, quoted))
    return result


SWITCHES = {model: switches(model) for model in PROGRAMS}
FAULTS = [
    (model, fault, violation)
    for model in PROGRAMS
    for switch in SWITCHES[model]
    for fault, violation in switch.found.items()
]


def functions(file: str, name: str) -> Iterator[str]:
    """The bodies of the functions of that name."""
    if file.endswith(".pyx"):
        text = (SOURCE / "monitoring" / file).read_text(encoding="utf-8")
        for match in re.finditer(rf"^( *)c?def [\w ]*\b{name}\(.*\n((?:\1 .*\n|\n)*)", text, re.M):
            yield plain(match[2])
        return
    text = plain_lines(file)
    for match in re.finditer(rf"\b{name}\([^;{{}}]*\) (?:const )?noexcept \{{", text):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield text[match.start() : end]


def plain_lines(file: str) -> str:
    return plain((SOURCE / "core" / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize("model", MODELS)
def test_what_a_model_quotes_stands_in_the_code(model: str) -> None:
    text = text_of(model)
    assert len(SWITCHES[model]) == len(re.findall(r"^(?:ORDER|CHECK)\(", text, re.M))
    for file, name, fragment in quotations(text):
        assert any(fragment in body for body in functions(file, name)), (
            f"{model}.pml quotes {file}: {name}(), which no longer says: {fragment}"
        )
    for switch in SWITCHES[model]:
        assert switch.quotations, f"{model}.pml: {switch.name} quotes nothing"
        if switch.order:
            file, name, fragment = switch.quotations[-1]
            assert f"memory_order_{switch.order.lower()}" in fragment, switch.name


@pytest.mark.parametrize("header", HEADERS)
def test_every_atomic_operation_is_in_a_model(header: str) -> None:
    text = plain_lines(header)
    modelled = set()
    for model in MODELS:
        for switch in SWITCHES[model]:
            for file, name, fragment in switch.quotations:
                for body in functions(header, name) if file == header and switch.order else ():
                    start = text.index(body)
                    for match in re.finditer(re.escape(fragment), body):
                        modelled.update(range(start + match.start(), start + match.end()))
    for name in LEFT_OUT:
        file, _, function = name.rpartition(":")
        for body in functions(header, function) if file in ("", header) else ():
            start = text.index(body)
            modelled.update(range(start, start + len(body)))
    missing = [
        text[max(0, match.start() - 60) : match.end()]
        for match in re.finditer(r"memory_order_\w+", text)
        if match.start() not in modelled
    ]
    assert not missing


def test_every_order_that_is_not_relaxed_is_weakened() -> None:
    for model in MODELS:
        for switch in SWITCHES[model]:
            assert bool(switch.found) == (switch.order != "RELAXED"), switch.name


def test_the_page_lists_every_fault() -> None:
    page = (native.REPOSITORY / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    listed = {
        (claim, fault)
        for _, claims, _, faults, _ in (row.split("|") for row in rows if row.count("|") == 4)
        for claim in re.findall(r"`(.+?)`", claims)
        for fault in re.findall(r"`(.+?)`", faults)
    }
    listed |= {
        ("nothing", fault)
        for _, faults, _, _ in (row.split("|") for row in rows if row.count("|") == 3)
        for fault in re.findall(r"`(.+?)`", faults)
    }
    for model, fault, violation in FAULTS:
        assert model not in MODELS or (violation, fault.removesuffix("=RELAXED")) in listed


# ---- What the checker finds ---------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    violation: str  # "nothing", a claim of the model, or "invalid end state"
    unreached: set[str]  # claims that some place of the model never came to
    report: str


@dataclass(frozen=True)
class Checker:
    program: Path

    def run(self, fault: str = "") -> Outcome:
        environment = {**os.environ, "FAULT": fault}
        if not fault:
            del environment["FAULT"]
        done = subprocess.run(
            [str(self.program), "-m100000", "-w22"],
            cwd=self.program.parent,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        report = done.stdout + done.stderr
        assert done.returncode == 0, report
        found = re.search(r"pan:1: (?:assertion violated\s+!\((\w+)\)|(.*?)) \(at depth", report)
        if found is None:
            # Nothing was cut off: neither by the depth, nor by the memory, nor by a crash.
            assert "errors: 0" in report, report
            for sign in ["not completed", "max search depth", "memory bound", "MEMLIM bound"]:
                assert sign not in report, report
        return Outcome(
            violation=(found[1] or found[2]) if found else "nothing",
            unreached=set(re.findall(r'"assert\(!\((\w+)\)\)"', report)),
            report=report,
        )


Outcomes = dict[tuple[str, str], "Future[Outcome]"]


def make_checker(model: str, folder: Path, *options: str) -> Checker:
    folder.mkdir(exist_ok=True)
    # Every state is kept whole, and no interleaving is left out by spin's own reasoning, which
    # can't see into the operations' C. -Og: more takes longer to compile than it saves.
    exact = ["-DSAFETY", "-DNOREDUCE", "-DNOCOMP", "-DVECTORSZ=2048", "-DMEMLIM=4096"]
    build = [
        ["spin", *options, "-a", str(FOLDER / f"{model}.pml")],
        [*native.compiler("c"), "-Og", "-w", *exact, "pan.c", "-o", "pan"],
    ]
    for command in build:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return Checker(folder / "pan")


@pytest.fixture(scope="session")
def checkers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Checker]:
    if sys.platform == "win32":
        pytest.skip("the models' checkers are programs for POSIX systems")
    if not shutil.which("spin"):
        pytest.skip("no spin: install the system's package of that name")
    if not native.compiler("c"):
        pytest.skip("no C compiler: spin's checkers are C programs")
    folder = tmp_path_factory.mktemp("model")
    with ThreadPoolExecutor(2) as pool:
        made = pool.map(lambda model: make_checker(model, folder / model), PROGRAMS)
        return dict(zip(PROGRAMS, made, strict=True))


@pytest.fixture(scope="session")
def outcomes(checkers: dict[str, Checker]) -> Iterator[Outcomes]:
    """Of every model, and of every fault of it: two are made at a time."""
    with ThreadPoolExecutor(2) as pool:
        runs = [(model, "") for model in PROGRAMS] + [(model, fault) for model, fault, _ in FAULTS]
        try:
            yield {(model, fault): pool.submit(checkers[model].run, fault) for model, fault in runs}
        finally:
            pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("model", PROGRAMS)
def test_no_interleaving_breaks_a_claim(model: str, outcomes: Outcomes) -> None:
    outcome = outcomes[model, ""].result()
    assert outcome.violation == "nothing", outcome.report
    # Every claim is put to the test wherever it is made. The two others are made of every
    # operation, and some of those are of faults only.
    assert outcome.unreached <= {"out_of_room", "data_race"}


@pytest.mark.parametrize(("model", "fault", "violation"), FAULTS)
def test_a_fault_is_found(model: str, fault: str, violation: str, outcomes: Outcomes) -> None:
    outcome = outcomes[model, fault].result()
    assert outcome.violation == violation, outcome.report


@pytest.mark.parametrize("model", ["board", "litmus", "queue", "ring", "wakeup"])
def test_finer_steps_break_no_claim_either(
    model: str, checkers: dict[str, Checker], tmp_path: Path
) -> None:
    """With another thread between any two operations: see STEP in memory.pml."""
    assert make_checker(model, tmp_path / model, "-DFINE").run().violation == "nothing"


def test_a_fault_that_there_is_not_is_refused(checkers: dict[str, Checker]) -> None:
    with pytest.raises(AssertionError, match="no such fault: report_sequences"):
        checkers["cell"].run("report_sequences")
