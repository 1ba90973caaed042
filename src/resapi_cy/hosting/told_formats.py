"""The formats that a resource DLL tells for a resource's private properties."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from resapi_cy.enums import ControlCode
from resapi_cy.errors import ControlCallFailed
from resapi_cy.names import folded
from resapi_cy.property_list import Formatted, OtherValue, decode, decode_formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def told_formats(
    ask: Callable[[ControlCode], bytes], names: Iterable[str]
) -> dict[str, type[Formatted]]:
    """The formats of the properties that the DLL tells, by their folded names: those that it
    says they have, else, where it does not say that of all these names, those that their values
    have.

    Args:
        ask: makes a control call without input to the resource: its output, or ControlCallFailed.
        names: of the properties that the formats are wanted for.
    """
    wanted = {folded(str(name)) for name in names}
    told: dict[str, type[Formatted]] = {}
    for code, formats in (
        (ControlCode.RESOURCE_GET_PRIVATE_PROPERTY_FMTS, decode_formats),
        (ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES, formats_of_values),
    ):
        if not wanted <= told.keys():
            with contextlib.suppress(ControlCallFailed, ValueError):  # the DLL does not tell
                by_name = {folded(name): kind for name, kind in formats(ask(code)).items()}
                told = by_name | told
    return told


def formats_of_values(data: bytes) -> dict[str, type[Formatted]]:
    """A syntax that has no type of its own is no format to write in."""
    return {
        name: type(value)
        for name, value in decode(data).items()
        if isinstance(value, Formatted) and not isinstance(value, OtherValue)
    }
