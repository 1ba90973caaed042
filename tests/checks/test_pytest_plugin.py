"""The pytest plugin: each check as a test."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import native
import pytest
from checking import LEAKS, PROPERTIES, TIMEOUT, free_port, server_options, that_need

import resapi_cy as ra
from resapi_cy.checks.suite import CHECKS

OWN_TESTS = """
import sys

def test_of_the_project():
    assert "resapi_cy.checks.suite" in sys.modules or {without}

def test_with_the_type(resource_type, resource_monitor):
    assert resource_type.name == "Faulty.IsAliveFalse"
    with resource_type.open("Disk 1") as resource:
        resource.online(timeout=60)
        assert not resource.is_alive()
    assert resource_monitor.poll()
"""


def run_pytest(folder: Path, *arguments: str, without: bool = False) -> tuple[int, str]:
    (folder / "test_own.py").write_text(OWN_TESTS.format(without=without))
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    command = [sys.executable, "-m", "pytest", "-p", "resapi_cy.pytest_plugin", "-rA"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        # By its module's name alone, whether or not the package is installed with its metadata.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        timeout=TIMEOUT,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_plugin_makes_each_check_a_test_beside_the_projects_own(
    faulty: Path, tmp_path: Path
) -> None:
    options = [f"--resource-dll={faulty}", "--resource-type=Faulty.IsAliveFalse"]
    code, text = run_pytest(tmp_path, *options)
    assert code == 1, text
    outcomes = {
        match["name"]: match["outcome"]
        for match in re.finditer(rf"(?m)^(?P<outcome>[A-Z]+) {faulty.name}::(?P<name>\S+)", text)
    }
    skipped = {*PROPERTIES, "event-handle", *that_need({"is-alive"})}
    assert outcomes == {
        name: "FAILED" if name == "is-alive" else "PASSED" for name in CHECKS if name not in skipped
    }
    passed, skips = len(CHECKS) - 1 - len(skipped) + 2, len(skipped)
    assert f"1 failed, {passed} passed, {skips} skipped" in text
    assert "it says FALSE of a resource that has just come online" in text
    assert "not tried: it needs is-alive, which failed" in text


@pytest.mark.skipif(not native.compiler("c++"), reason="no g++ or clang++")
def test_plugin_declares_what_the_resources_depend_on(tmp_path: Path) -> None:
    dll = native.older()
    given = ["--resource-property=Folder=F", "--resource-property=Files:Name=FS1"]
    options = [f"--resource-dll={dll}", "--resource-type=Older", *given, "-k", "looks-alive"]
    code, text = run_pytest(tmp_path, *options, "--resource-dependency=Files:Network Name")
    assert code == 0, text
    assert f"PASSED {dll.name}::looks-alive" in text
    code, text = run_pytest(tmp_path, *options, "--resource-dependency=Files")
    assert code == 4, text
    assert "'Files' is not NAME:TYPE" in text


def test_plugin_shows_advice_at_the_end(faulty: Path, tmp_path: Path) -> None:
    options = [f"--resource-dll={faulty}", "--resource-type=Faulty.IsAliveLies"]
    code, text = run_pytest(tmp_path, *options, "-k", "looks-alive")
    assert code == 0, text
    _, advice = text.split("advice for the resource DLL")
    assert f"{faulty.name}::looks-alive: it says TRUE before the resource is online" in advice


def run_in_two_workers(folder: Path, process: Path, *arguments: str) -> tuple[int, str]:
    """The checks of the server, and another test, by pytest-xdist."""
    pytest.importorskip("xdist")
    options = [f"--resource-dll={process}", "--resource-type=Process"]
    options += [f"--resource-{option[2:]}" for option in server_options(free_port())]
    return run_pytest(folder, *options, "-p", "xdist", "-n", "2", "-v", *arguments)


def test_plugin_runs_the_checks_in_one_worker_in_their_order(process: Path, tmp_path: Path) -> None:
    names = [name for name in CHECKS if name not in LEAKS]
    chosen = f"of_the_project or {process.name} and not leaks and not twenty"
    code, text = run_in_two_workers(tmp_path, process, "-k", chosen)
    assert code == 0, text
    made = re.findall(rf"(?m)^\[(gw\d)\] .*PASSED {re.escape(process.name)}::(\S+)", text)
    assert [name for _, name in made] == names
    assert len({worker for worker, _ in made}) == 1
    assert "2 workers" in text


def test_plugin_refuses_to_check_in_every_worker(process: Path, tmp_path: Path) -> None:
    code, text = run_in_two_workers(tmp_path, process, "--dist=each")
    assert code == 4, text
    assert "take --dist=load" in text


def test_plugin_lets_the_checks_be_chosen_and_takes_properties(
    process: Path, tmp_path: Path
) -> None:
    options = [f"--resource-dll={process}", "--resource-type=Process"]
    options += [f"--resource-{option[2:]}" for option in server_options(free_port())]
    code, text = run_pytest(tmp_path, *options, "-k", "looks-alive or private-properties")
    assert code == 0, text
    assert f"collected {len(CHECKS) + 2} items / {len(CHECKS)} deselected / 2 selected" in text
    assert "2 passed" in text


def test_plugin_takes_a_folder_with_libraries_that_the_dll_needs(tmp_path: Path) -> None:
    if not native.compiler("c"):
        pytest.skip("needs a compiler whose linker takes libraries by their paths")
    export = "__declspec(dllexport)" if native.WINDOWS else ""
    (tmp_path / "needed.c").write_text(f"{export} int needed(void) {{ return 1; }}\n")
    plain = (native.TESTS / "native" / "plain_dll.c").read_text("utf-8")
    (tmp_path / "needing.c").write_text(
        f"#define VERSION 2\n{plain}\nint needed(void);\n{export} int other(void);\n"
        "int other(void) { return needed(); }\n"
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    soname = [] if native.WINDOWS else [f"-Wl,-soname,needed{native.LIBRARY_SUFFIX}"]
    needed = native.compile_library(
        [tmp_path / "needed.c"], folder / "needed", [], more_options=soname
    )
    dll = native.compile_library(
        [tmp_path / "needing.c", needed], tmp_path / "needing", [ra.get_include()]
    )
    options = [f"--resource-dll={dll}", "--resource-type=Plain", "-k", "startup or loads"]
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_loads.py").write_text(
        "def test_loads(resource_type):\n    assert resource_type.name\n"
    )
    code, text = run_pytest(tests, *options)
    assert code == 1, text
    code, text = run_pytest(tests, *options, f"--resource-dll-directory={folder}")
    assert code == 0, text
    assert "2 passed" in text


def test_plugin_adds_and_imports_nothing_without_its_option(tmp_path: Path) -> None:
    (tmp_path / "test_imports.py").write_text(
        "import sys\n\n\ndef test_imports():\n"
        "    ours = [name for name in sys.modules if name.startswith('resapi_cy.commands.check')]\n"
        "    assert ours == []\n    assert 'asyncio' not in sys.modules\n"
    )
    code, text = run_pytest(tmp_path, without=True)
    assert code == 0, text
    assert "2 passed, 1 skipped" in text
    assert "needs --resource-dll=DLL and --resource-type=NAME" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--resource-dll={dll}"], "--resource-dll needs --resource-type=NAME"),
        (["--resource-dll=no.dll", "--resource-type=Rude"], "no.dll: there is no such file"),
        (
            ["--resource-dll={dll}", "--resource-type=Rude", "--resource-property=Port"],
            "'Port' is not KEY=VALUE",
        ),
        (
            ["--resource-dll={dll}", "--resource-type=Rude", "--resource-dll-directory=nowhere"],
            "'nowhere' is not a folder",
        ),
    ],
)
def test_plugin_refuses_wrong_options(
    rude: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    code, text = run_pytest(tmp_path, *(option.format(dll=rude) for option in options))
    assert (code, f"ERROR: {message}") == (4, text.strip().splitlines()[-1])


def test_plugin_is_registered_with_pytest() -> None:
    project = tomllib.loads((native.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    (name,) = project["project"]["entry-points"]["pytest11"].values()
    assert hasattr(importlib.import_module(name), "pytest_addoption")
