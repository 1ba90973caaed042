"""Who makes the calls into resource DLLs: a command that has to say where one has crashed makes
them so that it can tell."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, without the import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_call: Callable[..., Any] | None = None


def call(what: str, function: Callable[..., Any], *arguments: object) -> Any:
    """Calls a function that calls a DLL; ``what`` is that call, in words. Any thread."""
    return function(*arguments) if _call is None else _call(what, function, *arguments)


def tell(call: Callable[..., Any]) -> None:
    """Has each call from now on be made by this, with the same arguments, in the same thread."""
    global _call
    _call = call
