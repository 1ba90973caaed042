"""The cluster database of a monitor, as it can be looked through from Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from resapi_cy.cluster.formats import found
from resapi_cy.hosting.private_properties import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resapi_cy.cluster.change import StoredValue
    from resapi_cy.cluster.keys import Keys

FORMAT_NAMES: dict[type, str] = {kind: name for name, kind in FORMATS.items()}


class HasDatabase(Protocol):
    """Whom a database is of."""

    def _check_open(self) -> None: ...


class DatabaseKey(Mapping[str, int | str | bytes | list[str]]):
    """A key of a monitor's cluster database: ``ResourceMonitor.database`` is its root. A mapping of
    the key's values, to be read, in the types of ``resapi_cy.property_list``: whatever resource
    DLLs and the host write there is seen at once. Names compare without case.

    ``str(key)`` is the key as text, with all that is below it: a line for each key and each value,
    the values as ``resapi-monitor run --property`` has them.

    Every method may be called from any Python thread, and raises ``ClosedError`` once the monitor
    is closed. What others change meanwhile may be missing from what an iteration finds.

    Attributes:
        path (str): the names of the keys that lead to it, with backslashes between them; "": the
            root.

    Resource API: ClusterRegOpenKey, ClusterRegEnumValue and their kin.
    """

    def __init__(self, monitor: HasDatabase, keys: Keys, path: str = "") -> None:
        self._monitor = monitor
        self._keys = keys
        self.path = path

    def subkeys(self) -> list[str]:
        """The names of the keys right below it; none, if it was deleted."""
        return self._read()[1]

    def subkey(self, path: str) -> DatabaseKey:
        """A key below it.

        Args:
            path: a name, or several with backslashes between them.

        Raises:
            KeyError: there is none.
        """
        self._monitor._check_open()
        joined = f"{self.path}\\{path}" if self.path else path
        if not path or "\0" in path or self._keys.read(joined) is None:
            raise KeyError(path)
        return DatabaseKey(self._monitor, self._keys, joined)

    def __getitem__(self, name: str) -> int | str | bytes | list[str]:
        self._monitor._check_open()
        can_be = isinstance(name, str) and "\0" not in name
        value = self._keys.value(self.path, name) if can_be else None
        if value is None:
            raise KeyError(name)
        return found(*value[1:])

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _, _ in self._read()[0]])

    def __len__(self) -> int:
        return len(self._read()[0])

    def __str__(self) -> str:
        return "\n".join(self._lines(""))

    def __repr__(self) -> str:
        return f"<DatabaseKey {self.path!r}>"

    def _read(self) -> tuple[list[StoredValue], list[str]]:
        self._monitor._check_open()
        return self._keys.read(self.path) or ([], [])

    def _lines(self, indent: str) -> Iterator[str]:
        values, names = self._read()
        for name, kind, data in values:
            value = found(kind, data)
            text = value.hex() if isinstance(value, bytes) else str(value)
            yield printable(f"{indent}{name}:{FORMAT_NAMES[type(value)]}={text}")
        for name in names:
            path = f"{self.path}\\{name}" if self.path else name
            yield printable(f"{indent}{name}\\")
            below = DatabaseKey(self._monitor, self._keys, path)
            yield from below._lines(f"{indent}  ")


def printable(text: str) -> str:
    """A line of it, whatever a DLL has written."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text
    )
