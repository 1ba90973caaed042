"""A key of the cluster database, as it is stored."""

from __future__ import annotations

from typing import NamedTuple

# A value's name, registry type and data.
StoredValue = tuple[str, int, bytes]


class Change(NamedTuple):
    """What has become of a key.

    Attributes:
        identity: its path in capitals, the same however it is written; "": the root.
        path: the names of the keys that lead to it, with backslashes between them.
        exists: False: it was deleted, and what was below it.
        values: all that it has.
    """

    identity: str
    path: str
    exists: bool
    values: tuple[StoredValue, ...]
