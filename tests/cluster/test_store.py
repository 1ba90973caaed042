"""What a monitor's database has said is stored, is there when another monitor opens the file."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path
from random import Random

import killed_writers
import pytest

from resapi_cy.cluster.change import Change
from resapi_cy.cluster.store import DatabaseError, Store

KEY = Change("RESOURCES", "Resources", True, ())
BELOW = Change("RESOURCES\\ID", "Resources\\id", True, (("Name", 1, b"x\0"), ("", 3, b"")))
BELOW_THAT = Change("RESOURCES\\ID\\P", "Resources\\id\\p", True, (("n", 4, b"1234"),))
BESIDE = Change("RESOURCES\\ID2", "Resources\\id2", True, ())


def stored(path: Path) -> list[Change]:
    store = Store(path)
    try:
        return store.load()
    finally:
        store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cluster.db"


def test_what_was_saved_is_loaded(path: Path) -> None:
    store = Store(path)
    assert store.load() == []
    store.save([KEY, BELOW, BELOW_THAT, BESIDE])
    changed = BELOW._replace(values=(("Name", 1, b"y\0"),), path="Resources\\ID")
    store.save([changed])
    store.close()
    assert sorted(stored(path)) == sorted([KEY, changed, BELOW_THAT, BESIDE])


def test_a_deleted_key_goes_with_those_below_it(path: Path) -> None:
    store = Store(path)
    store.save([KEY, BELOW, BELOW_THAT, BESIDE])
    store.save([BELOW._replace(exists=False, values=())])
    store.close()
    assert stored(path) == [KEY, BESIDE]


def test_two_monitors_on_one_file_is_an_error(path: Path) -> None:
    store = Store(path)
    with pytest.raises(DatabaseError, match="another monitor has it open"):
        Store(path)
    store.save([KEY])
    store.close()
    assert stored(path) == [KEY]


def another_programs(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE theirs (x)")


def newer(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 2")


def no_database(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)


def damaged(path: Path) -> None:
    store = Store(path)
    many = range(200)
    store.save([Change(f"K{i}", f"k{i}", True, (("v", 3, bytes(500)),)) for i in many])
    store.close()
    data = bytearray(path.read_bytes())
    for at in range(4096, len(data) - 64, 4096):
        data[at : at + 64] = b"\xff" * 64
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (another_programs, "another program's"),
        (newer, "of version 2"),
        (no_database, "not a database"),
        (damaged, "damaged|malformed"),
    ],
)
def test_a_file_that_can_not_be_used_is_left_as_it_is(
    path: Path, make: object, reason: str
) -> None:
    assert callable(make)
    make(path)
    before = path.read_bytes()
    with pytest.raises(DatabaseError, match=reason):
        Store(path)
    assert path.read_bytes() == before


def test_what_could_not_be_stored_is_not_and_can_be_later(path: Path) -> None:
    store = Store(path)
    store.save([KEY])
    store._file.execute("PRAGMA max_page_count = 1")  # as a full disk
    large = Change("LARGE", "large", True, (("v", 3, bytes(100_000)),))
    for _ in range(2):
        with pytest.raises(DatabaseError, match="not stored: database or disk is full"):
            store.save([BELOW, large])
        assert store.load() == [KEY]
    store._file.execute("PRAGMA max_page_count = 1000000")
    store.save([BELOW, large])
    store.close()
    assert sorted(stored(path)) == sorted([KEY, BELOW, large])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_forked_child_takes_nothing_away_from_its_parent(path: Path) -> None:
    code = """
        import gc, os, sys
        from resapi_cy.cluster.change import Change
        from resapi_cy.cluster.store import Store
        store = Store(sys.argv[1])
        store.save([Change("K", "k", True, (("v", 4, b"1234"),))])
        before = sorted(os.listdir())
        if os.fork() == 0:
            store.close()
            del store
            gc.collect()
            sys.exit()
        assert os.wait()[1] == 0
        assert sorted(os.listdir()) == before, (before, os.listdir())
        try:
            Store(sys.argv[1])
        except OSError as error:
            print(error)
    """
    folder = path.parent
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), path.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "another monitor has it open" in done.stdout


def test_what_was_confirmed_is_there_after_a_kill(path: Path) -> None:
    code = """
        import sys
        from resapi_cy.cluster.change import Change
        from resapi_cy.cluster.store import Store
        store = Store(sys.argv[1])
        first = len(store.load())
        for i in range(first, 10**9):
            store.save([Change(f"K{i}", f"k{i}", True, (("v", 4, i.to_bytes(4, "little")),))])
            print(i, flush=True)
    """
    confirmed = -1
    for kill in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), path],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ},
        )
        assert process.stdout is not None
        for _ in range(kill + 1):
            confirmed = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        with process:
            rest = process.stdout.read().split()
        confirmed = max([confirmed, *map(int, rest)])
        found = stored(path)
        numbers = {int(change.path[1:]) for change in found}
        assert set(range(confirmed + 1)) <= numbers
        assert all(int.from_bytes(c.values[0][2], "little") == int(c.path[1:]) for c in found)


def test_properties_that_were_confirmed_are_there_after_a_kill(path: Path) -> None:
    """`python -m tests.soak --kills 1000` has more of them."""
    confirmed, wrong = killed_writers.kill_writers(
        killed_writers.resource_dll(), path, kills=5, random=Random()
    )
    assert wrong == []
    assert confirmed >= 5
