"""`resapi-monitor info`: what it says of a DLL is what the DLL says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import refusal, run
from native import example, plain_dll

REQUIRED = ["Open", "Close", "Online", "Offline", "Terminate", "LooksAlive", "IsAlive"]


def info(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    done = run("info", *arguments, "--json")
    assert (done.returncode, done.stderr) == (code, "")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_version_exports_and_entry_points_are_those_of_the_dll(version: int) -> None:
    report = info(plain_dll(version), "--type", "Any name")
    assert report["path"] == str(plain_dll(version))
    assert report["exports"] == ["Startup" if version == 1 else "StartupEx"]
    (kind,) = report["types"]
    assert (kind["name"], kind["version"], kind["accepts"]) == ("Any name", version, [version])
    entry_points = kind["entry_points"]
    assert list(entry_points)[:7] == REQUIRED
    absent = [name for name, is_there in entry_points.items() if not is_there]
    assert absent == (["BeginResourceTypeControlAsUser"] if version == 4 else [])
    assert ("Cancel" in entry_points) == (version > 1)
    assert ("ResourceControl" in entry_points) == (version <= 2)
    assert ("BeginResourceControl" in entry_points) == (version >= 3)


def test_type_is_found_by_the_name_of_the_file() -> None:
    report = info(example("faulty"))
    assert [kind["name"] for kind in report["types"]] == ["Faulty"]
    assert report["types"][0]["version"] == 3
    assert report["types"][0]["entry_points"]["Arbitrate"] is False


def test_type_that_is_not_found_is_asked_for(tmp_path: Path) -> None:
    renamed = tmp_path / f"other name{example('faulty').suffix}"
    renamed.write_bytes(example("faulty").read_bytes())
    done = run("info", renamed)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1].endswith("give one with --type NAME")
    assert "'Other Name', 'OtherName', 'Other name', 'other name', 'OTHER NAME'" in done.stdout
    assert info(renamed, "--type", "Faulty")["types"][0]["error"] is None


def test_types_that_can_not_be_hosted_say_why() -> None:
    types = {
        "Faulty.MissingEntryPoint": "NULL for the required entry point Online",
        "Faulty.WrongTableSize": "has TableSize 7",
        "Faulty.NullTable": "is NULL",
        "Nothing": "refuses the resource type 'Nothing'",
    }
    arguments = [part for name in types for part in ("--type", name)]
    report = info(example("faulty"), "--type", "Faulty", *arguments, code=1)
    good, *bad = report["types"]
    assert good["error"] is None
    for kind, (name, problem) in zip(bad, types.items(), strict=True):
        assert kind["name"] == name
        assert problem in kind["error"]
        assert (kind["version"], kind["accepts"], kind["entry_points"]) == (None, [], {})


def test_text_shows_each_entry_point() -> None:
    done = run("info", plain_dll(4), "--type", "A \x1b[31mtype")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.replace("\n", "").isprintable()
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["IsAlive", "present"] in lines
    assert ["BeginResourceTypeControlAsUser", "NULL"] in lines
    assert "accepted when offered alone: 4" in done.stdout


def test_dll_that_can_not_be_loaded_is_refused(tmp_path: Path) -> None:
    gone = tmp_path / "gone.dll"
    assert "there is no such file" in refusal("info", gone)
    gone.write_bytes(b"no DLL")
    assert "error 193" in refusal("info", gone)
    assert "the path is empty" in run("info", "").stderr
