"""Where a resource type is in the cluster around its DLL: its key in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resapi_cy.cluster.formats import REG_DWORD, REG_SZ, found
from resapi_cy.cluster.keys import Keys
from resapi_cy.hosting.in_database import InDatabase
from resapi_cy.property_list import Dword, Sz

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resapi_cy.cluster.surroundings import Surroundings

# The common properties of a type that a host goes by: each with its default, in milliseconds.
INTERVALS = {"LooksAlivePollInterval": 5000, "IsAlivePollInterval": 60_000}


class TypePlace(InDatabase):
    """A resource type's place. Any thread.

    Args:
        surroundings: of its monitor; None: the resource DLL goes by the system's cluster.
    """

    def __init__(self, surroundings: Surroundings | None, name: str) -> None:
        super().__init__(surroundings, "" if surroundings is None else f"ResourceTypes\\{name}")
        self.name = name
        self._keys = None if surroundings is None else Keys(surroundings)
        self._common: dict[str, Dword] = {}  # once they were asked for

    def common(self) -> dict[str, Dword]:
        """Those that can be set."""
        if not self._common:
            self._common = self._read_common()
        return dict(self._common)

    def _read_common(self) -> dict[str, Dword]:
        properties = {}
        for name, default in INTERVALS.items():
            value = None if self._keys is None else self._keys.value(self.path, name)
            number = default if value is None else found(*value[1:])
            properties[name] = Dword(number if isinstance(number, int) and number else default)
        return properties

    def read_only(self) -> dict[str, Sz]:
        assert self._keys is not None
        dll = self._keys.value(self.path, "DllName")
        name = found(*dll[1:]) if dll is not None and dll[1] == REG_SZ else ""
        return {"DllName": Sz(name), "Name": Sz(self.name)}

    def set_common(self, values: Mapping[str, int]) -> None:
        assert self._keys is not None
        self._common = {}
        for name, value in values.items():
            self._keys.write(self.path, name, REG_DWORD, value.to_bytes(4, "little"))
