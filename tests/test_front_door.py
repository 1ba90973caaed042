"""What a newcomer meets first: the package's names, its help, its values as text, and the words for
what is wrong."""

from __future__ import annotations

import json
import pydoc
import subprocess
import sys
import zipfile
from pathlib import Path

import puppet
import pytest

import resapi_cy as ra
from resapi_cy import ResourceState, StatusFlags


def test_dir_shows_the_public_names_and_no_others() -> None:
    assert {name for name in dir(ra) if not name.startswith("__")} == {
        name for name in ra.__all__ if not name.startswith("__")
    }
    assert "__version__" in dir(ra)


def test_help_begins_with_a_table_of_contents() -> None:
    text = pydoc.plain(pydoc.render_doc(ra))
    contents = text[: text.index("PACKAGE CONTENTS")]
    for name in ("ResourceMonitor", "HostedResource", "Event", "ResapiError", "ResourceStandIn"):
        assert name in contents


@pytest.mark.parametrize("words", [str, "{}".format, "{:s}".format, lambda value: f"{value}"])
def test_a_value_of_the_header_is_its_name_in_a_text(words) -> None:
    assert words(ResourceState.ONLINE) == "ONLINE"
    assert words(ResourceState(77)) == "UNDOCUMENTED_77"
    assert words(ra.RestartAction.DONT_RESTART) == "DONT_RESTART"
    assert words(ra.FailureCause.IS_ALIVE) == "IsAlive"
    assert words(StatusFlags.DUMP_NOW) == "DUMP_NOW"
    assert words(StatusFlags(0)) == "0x0"


def test_a_value_of_the_header_stays_an_integer() -> None:
    state = ResourceState.ONLINE
    assert f"{state:d} {state:#04x} {state:>8}|" == "2 0x02   ONLINE|"
    assert f"{StatusFlags.DUMP_NOW:#x}" == "0x80000000"
    assert "%d %s" % (state, state) == "2 ONLINE"  # noqa: UP031
    assert json.dumps({"state": state}) == '{"state": 2}'
    assert state == 2
    assert int(state) + 1 == 3


def test_a_wrong_keyword_is_told_in_the_users_words() -> None:
    for make, words in (
        (lambda: ra.ResourceStatus(stat=2), r"ResourceStatus\(state, .*\): it takes no stat"),
        (lambda: ra.ResourceStatus(*range(6)), r"ResourceStatus\(state, .*\): 1 values too many"),
        (lambda: ra.StatusRoutine(1, 2, versoin=1), r"StatusRoutine\(address, .* no versoin"),
        (lambda: ra.ResourceMonitor(event_capcity=1), "ResourceMonitor.*event_capcity"),
    ):
        with pytest.raises(TypeError, match=words) as raised:
            make()  # type: ignore[no-untyped-call]
        assert "__cinit__" not in str(raised.value)


def test_a_hosted_resource_is_neither_begun_nor_reported_by_its_user(
    monitor: ra.ResourceMonitor,
) -> None:
    resource = puppet.load(monitor).open("r")
    resource.online()
    before = resource.transitions
    with pytest.raises(RuntimeError, match="'r' is hosted: call online or offline instead"):
        resource.begin(ResourceState.ONLINE_PENDING)
    with pytest.raises(RuntimeError, match="'r' is hosted: its resource DLL reports"):
        resource.report(ResourceState.FAILED)
    assert resource.transitions == before
    assert not [e for e in monitor.poll() if isinstance(e, ra.UnexpectedReport)]


def test_polls_can_be_looked_through_while_there_are_more(monitor: ra.ResourceMonitor) -> None:
    strings = puppet.Strings(
        puppet.load(monitor).open("r", LooksAlivePollInterval=10, IsAlivePollInterval=10)
    )
    strings.resource.online()
    seen = 0
    while strings.calls(puppet.EntryPoint.IS_ALIVE) < 20:
        seen += sum(1 for poll in strings.resource.polls if poll.alive)
    assert seen


def test_an_import_from_a_zip_archive_says_what_to_do(tmp_path: Path) -> None:
    archive = tmp_path / "resapi_cy.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for source in Path(ra.__file__).parent.rglob("*.py"):
            file.write(source, Path("resapi_cy") / source.relative_to(Path(ra.__file__).parent))
    code = f"import sys; sys.path[:0] = [{str(archive)!r}]; import resapi_cy"
    command = [sys.executable, "-S", "-E", "-c", code]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "can't be imported from a zip archive" in run.stderr
    assert "install it with pip" in run.stderr
