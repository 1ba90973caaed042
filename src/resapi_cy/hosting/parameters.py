"""What is below the Parameters key of a resource, as a mapping."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING

from resapi_cy.cluster.formats import found, stored
from resapi_cy.names import folded
from resapi_cy.property_list import Formatted, in_formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from resapi_cy.cluster.keys import Keys
    from resapi_cy.property_list import Value


class Parameters(MutableMapping[str, "Value"]):
    """The values below the ``Parameters`` key of a hosted resource, where resource DLLs keep their
    private properties: ``HostedResource.parameters``. A value in a key below it has that key's name
    before its own, and a backslash between them, as in private properties.

    Values are read in the types of ``resapi_cy.property_list``, by their types in the database: a
    REG_DWORD is a ``Dword``, which is an int, and so on. They are written in their own formats; a
    value of Python's own types in the format of the one that is there, if it has a place in that,
    else as ``property_list.encode`` has it. A write is confirmed: when it returns, the value is in
    the database's file, where the monitor has one.

    The DLL is not asked, nor told: it sees what is written when it next reads its properties, which
    most do in Online. ``HostedResource.set_private_properties`` has the DLL decide.

    Names compare without case. Every method may be called from any Python thread. They raise
    ``ClosedError`` when the resource or its monitor is closed, ``OSError`` if what was written
    could not be stored in the file, and ``ValueError`` or ``TypeError`` for what can't be a name,
    or a value.
    """

    def __init__(
        self,
        keys: Keys,
        path: str,
        check_open: Callable[[], None],
        save: Callable[[], None],
    ) -> None:
        self._keys = keys
        self._path = path
        self._check_open = check_open
        self._save = save

    def __getitem__(self, name: str) -> int | str | bytes | list[str]:
        self._check_open()
        value = self._keys.value(*self._place(name)) if is_place(name) else None
        if value is None:
            raise KeyError(name)
        return found(*value[1:])

    def __setitem__(self, name: str, value: Value) -> None:
        self._check_open()
        if not isinstance(name, str):
            raise TypeError(f"the name of a property is a str, not {name!r}")
        if not is_place(name):
            raise ValueError(
                f"property {name!r}: no name of one: it is empty, a key's name in it is, or it has "
                "a NUL character"
            )
        before = self.get(name)
        formats: dict[str, type[Formatted]] = (
            {name: type(before)} if isinstance(before, Formatted) else {}
        )
        formatted = in_formats({name: value}, formats)[name]
        assert isinstance(formatted, Formatted)
        self._keys.write(*self._place(name), *stored(name, formatted))
        self._save()

    def __delitem__(self, name: str) -> None:
        self._check_open()
        if not (is_place(name) and self._keys.delete(*self._place(name))):
            raise KeyError(name)
        self._save()

    def __iter__(self) -> Iterator[str]:
        self._check_open()
        return iter(self._names())

    def __len__(self) -> int:
        self._check_open()
        return len(self._names())

    def __repr__(self) -> str:
        return f"<Parameters {dict(self)!r}>"

    def _place(self, name: str) -> tuple[str, str]:
        """The path of the key that a value is in, and the value's name there."""
        path, _, last = rf"{self._path}\{name}".rpartition("\\")
        return path, last

    def _names(self) -> list[str]:
        names: list[str] = []
        paths = [""]
        while paths:
            before = paths.pop()
            values, below = self._keys.read(self._path + before) or ([], [])
            of_key = [f"{before}\\{name}"[1:] for name, _, _ in values]
            # What no property can be called is not one: a key's default value, say.
            names += [name for name in of_key if is_place(name)]
            paths += [f"{before}\\{name}" for name in reversed(below)]
        return list({folded(name): name for name in names}.values())


def is_place(name: object) -> bool:
    """Whether a value, and each key that leads to it, can have a name."""
    return isinstance(name, str) and "\0" not in name and all(name.split("\\"))
