"""Who looks at the calls into resource DLLs: a command that has to say where one has crashed makes
them so that it can tell."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, without the import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    class _Witness(Protocol):
        """Any thread."""

        @property
        def engine_place(self) -> int:
            """The address at which the engine says what it is doing: see core/witness.hpp."""
            ...

        def call(self, what: str, function: Callable[..., Any], *arguments: object) -> Any: ...
        def name(self, handle: int, name: str) -> None:
            """The handle of a resource is its name's from now on."""
            ...


witness: _Witness | None = None


def call(what: str, function: Callable[..., Any], *arguments: object) -> Any:
    """Calls a function that calls a DLL; ``what`` is that call, in words. Any thread."""
    return function(*arguments) if witness is None else witness.call(what, function, *arguments)


def tell(whom: _Witness) -> None:
    """Has somebody look at each call from now on."""
    global witness
    witness = whom
