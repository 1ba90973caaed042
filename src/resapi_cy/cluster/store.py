"""The cluster database in a file: SQLite, which says that a transaction is stored once it is."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import weakref
from typing import TYPE_CHECKING

from resapi_cy.cluster.change import Change
from resapi_cy.cluster.surroundings import leave_alone

if TYPE_CHECKING:
    from collections.abc import Iterable

# What marks a file as this one's, and the version of its tables.
APPLICATION = 0x72657361  # "resa"
VERSION = 1

TABLES = """
CREATE TABLE keys (identity TEXT PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE key_values (
    identity TEXT NOT NULL, position INTEGER NOT NULL,
    name TEXT NOT NULL, type INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (identity, position)
) WITHOUT ROWID;
"""


class DatabaseError(OSError):
    """A cluster database's file can't be used; it was left as it is."""


class Store:
    """The file of one monitor's database. One thread at a time. A forked child leaves it alone: it
    is its parent's.

    Args:
        path: made if there is none.

    Raises:
        DatabaseError: it is another monitor's now, another program's, of another version, or
            damaged.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        try:
            self._file = sqlite3.connect(
                self.path, timeout=0, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from None
        self._process = os.getpid()
        opened.add(self)
        try:
            self._begin_to_use()
        except sqlite3.Error as error:
            self._file.close()
            raise self._unusable(self._reason(error)) from None
        except BaseException:
            self._file.close()
            raise

    def _begin_to_use(self) -> None:
        execute = self._file.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")  # for as long as it is open
        execute("PRAGMA synchronous = FULL")
        execute("BEGIN EXCLUSIVE")
        try:
            (application,) = execute("PRAGMA application_id").fetchone()
            (version,) = execute("PRAGMA user_version").fetchone()
            (tables,) = execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if (application, version, tables) == (0, 0, 0):
                for statement in TABLES.split(";")[:-1]:
                    execute(statement)
                execute(f"PRAGMA application_id = {APPLICATION}")
                execute(f"PRAGMA user_version = {VERSION}")
            elif application != APPLICATION:
                raise self._unusable("it is another program's")
            elif version != VERSION:
                raise self._unusable(f"it is of version {version}, and this is for {VERSION}")
            elif (found := execute("PRAGMA quick_check").fetchone()[0]) != "ok":
                raise self._unusable(f"it is damaged: {found}")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                execute("ROLLBACK")
            raise
        execute("COMMIT")

    def load(self) -> list[Change]:
        """Everything that is stored, a key before those below it."""
        try:
            keys = self._file.execute("SELECT identity, path FROM keys").fetchall()
            rows = self._file.execute(
                "SELECT identity, name, type, data FROM key_values ORDER BY identity, position"
            ).fetchall()
        except sqlite3.Error as error:
            raise self._unusable(self._reason(error)) from None
        values: dict[str, list[tuple[str, int, bytes]]] = {}
        for identity, name, kind, data in rows:
            values.setdefault(identity, []).append((name, kind, bytes(data)))
        keys.sort(key=lambda key: key[0].count("\\"))
        return [
            Change(identity, path, True, tuple(values.get(identity, ()))) for identity, path in keys
        ]

    def save(self, changes: Iterable[Change]) -> None:
        """Returns once they are stored, all of them; an error, and none is."""
        try:
            try:
                self._file.execute("BEGIN IMMEDIATE")
                for change in changes:
                    self._save(change)
                self._file.execute("COMMIT")
            except BaseException:
                # A full disk, for one, has SQLite do it by itself.
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise DatabaseError(f"cluster database {self.path!r}: not stored: {error}") from None

    def _save(self, change: Change) -> None:
        execute = self._file.execute
        if not change.exists:
            below = change.identity + "\\"
            for table in ("keys", "key_values"):
                execute(
                    f"DELETE FROM {table} WHERE identity = ? OR substr(identity, 1, ?) = ?",
                    (change.identity, len(below), below),
                )
            return
        execute("INSERT OR REPLACE INTO keys VALUES (?, ?)", (change.identity, change.path))
        execute("DELETE FROM key_values WHERE identity = ?", (change.identity,))
        self._file.executemany(
            "INSERT INTO key_values VALUES (?, ?, ?, ?, ?)",
            [
                (change.identity, position, name, kind, data)
                for position, (name, kind, data) in enumerate(change.values)
            ],
        )

    def close(self) -> None:
        if self._process == os.getpid():
            self._file.close()

    def _reason(self, error: sqlite3.Error) -> str:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            return "another monitor has it open: close that one, or choose another file"
        return str(error)

    def _unusable(self, reason: str) -> DatabaseError:
        return DatabaseError(f"cluster database {self.path!r} can't be used: {reason}")


opened: weakref.WeakSet[Store] = weakref.WeakSet()


def leave_to_the_parent() -> None:
    """In a forked child. SQLite, if it closed a file there, would take away what the parent goes by
    when it has not come to the end of a transaction."""
    for store in opened:
        leave_alone(store._file)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=leave_to_the_parent)
