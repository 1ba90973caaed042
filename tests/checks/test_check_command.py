"""`resapi-monitor check`: its arguments, and how the results are shown."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import native
import pytest
from checking import (
    WAIT_OPTIONS,
    failures,
    run,
    run_json,
    that_need,
    with_outcome,
)
from command_line import in_terminal, posix_only

from resapi_cy.checks.definition import OUTCOMES, Result
from resapi_cy.checks.suite import CHECKS


def test_a_dll_that_lacks_its_properties_fails_with_its_own_words(process: Path) -> None:
    results = run_json(process, "--type", "Process", code=1)
    assert failures(results) == {"online"}
    assert re.search(r"Online returned error 87 .*; its log: .*Port", results["online"].reason)


def test_a_property_that_the_dll_refuses_is_named(process: Path) -> None:
    results = run_json(process, "--type", "Process", "--property=Port=none", code=1)
    assert failures(results) == {"private-properties"}
    assert results["private-properties"].reason == "Port: 'none' is not an integer"
    results = run_json(process, "--type", "Process", "--property=Port=99999", code=1)
    assert failures(results) == {"private-properties"}
    assert "SET_PRIVATE_PROPERTIES with Port was answered" in results["private-properties"].reason


def test_a_property_has_the_type_that_the_dll_tells(process: Path) -> None:
    # A number, and yet a text to the DLL, which would refuse a DWORD.
    results = run_json(process, "--type", "Process", "--property=CommandLine=8080", code=1)
    assert results["private-properties"].outcome == "pass"


def test_a_property_list_may_be_of_any_length(rude: Path) -> None:
    results = run_json(rude, "--type", "Rude.TellsMuch", "--property=Text=8080", code=0)
    assert results["private-properties"].outcome == "pass"


def test_a_number_that_no_property_can_hold_fails_the_check_of_properties(rude: Path) -> None:
    results = run_json(rude, "--type", "Rude", f"--property=Large={1 << 64}", code=1)
    assert failures(results) == {"private-properties"}
    assert "property 'Large'" in results["private-properties"].reason


@posix_only
def test_terminal_shows_a_table_of_all_checks(faulty: Path) -> None:
    pytest.importorskip("rich")
    shown, err, code = in_terminal("check", faulty, "--type", "Faulty.NullTable", columns=200)
    assert (code, err) == (1, "")
    rows = re.findall(r"│ (?:\x1b\[.*?m)*(\S[^│]*?)(?:\x1b\[0m)? +│ (\S+) +│", shown)
    outcomes = {name: "not tried" for name in CHECKS} | {"startup": "fail"}
    assert [(outcome.strip(), name) for outcome, name in rows if name in CHECKS] == [
        (outcome, name) for name, outcome in outcomes.items()
    ]
    assert shown.splitlines()[-1] == f"0 passed, 1 failed, {len(CHECKS) - 1} not tried"


def test_junit_says_the_same_as_the_table(faulty: Path, tmp_path: Path) -> None:
    junit = tmp_path / "results.xml"
    arguments = [faulty, "--type", "Faulty.FailsOnline", *WAIT_OPTIONS, "--junit", junit]
    results = run_json(*arguments, code=1)
    expect_the_same(results, junit)
    assert with_outcome(results, "not tried") == that_need({"online"})


def test_junit_takes_advice_for_passed(faulty: Path, tmp_path: Path) -> None:
    junit = tmp_path / "results.xml"
    arguments = [faulty, "--type", "Faulty.IsAliveLies", *WAIT_OPTIONS, "--junit", junit]
    results = run_json(*arguments, code=0)
    expect_the_same(results, junit)
    assert with_outcome(results, "advice") == {"looks-alive", "is-alive"}


def expect_the_same(results: dict[str, Result], junit: Path) -> None:
    suite = ElementTree.parse(junit).getroot()[0]
    count = {outcome: 0 for outcome in OUTCOMES}
    kinds = {"pass": [], "fail": ["failure"], "advice": ["system-out"]}
    for case in suite:
        result = results[case.attrib["name"]]
        count[result.outcome] += 1
        assert [child.tag for child in case] == kinds.get(result.outcome, ["skipped"])
        for child in case:
            said = child.attrib.get("message") or child.text or ""
            assert said.endswith(result.reason)
            assert f"not tried: it needs {result.cause}" in said or not result.cause
    assert len(suite) == len(CHECKS) == int(suite.attrib["tests"])
    assert count["fail"] == int(suite.attrib["failures"])
    assert count["n/a"] + count["not tried"] == int(suite.attrib["skipped"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no such.dll", "--type", "Rude"], "there is no such file"),
        (["{dll}"], "--type"),
        (["{dll}", "--type", "Rude", "--property", "Port"], "'Port' is not KEY=VALUE"),
        (["{dll}", "--type", "Rude", "--property", "=1"], "'=1' is not KEY=VALUE"),
        (["{dll}", "--type", "Rude", "--property", "PendingTimeout=soon"], "is not an integer"),
        (["{dll}", "--type", "Rude", "--property", "PendingTimeout=1"], "must be from 10 to"),
        (["{dll}", "--type", "Rude", "--dependency", "Files"], "'Files' is not NAME:TYPE"),
        (["{dll}", "--type", "Rude", "--dependency", "CHECK:x"], "two resources named 'CHECK'"),
        (
            ["{dll}", "--type", "Rude", "--dependency", "A:x", "--property", "A:x:dword=y"],
            "x: 'y' is not an integer",
        ),
        (
            ["{dll}", "--type", "Rude", "--dependency", "A:x", "--cluster-api", "system"],
            "the system's cluster knows by itself",
        ),
    ],
)
def test_wrong_usage_is_told_in_a_line(rude: Path, arguments: list[str], message: str) -> None:
    text = run(*(a.format(dll=rude) for a in arguments), code=2)
    assert message in text.splitlines()[-1]


def test_a_results_file_that_cannot_be_written_is_wrong_usage(rude: Path, tmp_path: Path) -> None:
    text = run(rude, "--type", "Rude", "--junit", tmp_path / "no" / "results.xml", code=2)
    (line,) = text.splitlines()  # and no check was run
    assert "results.xml can't be written: no such file or directory" in line


def test_a_file_that_is_no_dll_fails_the_first_check(tmp_path: Path) -> None:
    dll = tmp_path / "text.dll"
    dll.write_text("not a DLL")
    results = run_json(dll, "--type", "Any", code=1)
    assert failures(results) == {"startup"}
    assert with_outcome(results, "not tried") == set(CHECKS) - {"startup"}


def test_every_check_is_documented_with_its_sentence_and_its_page() -> None:
    text = (native.REPOSITORY / "docs" / "checking.md").read_text(encoding="utf-8")
    rows = [f"| `{c.name}` | {c.sentence} | {c.page} |" for c in CHECKS.values()]
    assert [line for line in text.splitlines() if line.startswith("| `")] == rows
