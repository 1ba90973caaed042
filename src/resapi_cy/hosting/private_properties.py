"""Private properties that are given as texts, in the types that the DLL tells for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PrivateValue = int | str | bytes | list[str]

INTEGER = re.compile(r"-?[0-9]{1,20}")


def private_values(
    given: Mapping[str, str], told: Mapping[str, PrivateValue]
) -> dict[str, PrivateValue]:
    """Each value in the type that the DLL has told for it.

    Raises:
        ValueError: it can't be of that type.
    """
    types = {name.casefold(): value for name, value in told.items()}
    values: dict[str, PrivateValue] = {}
    for name, text in given.items():
        try:
            values[name] = private_value(text, types.get(name.casefold()))
        except ValueError:
            wanted = "an integer" if isinstance(types[name.casefold()], int) else "hexadecimal"
            raise ValueError(f"{name}: {text!r} is not {wanted}") from None
    return values


def private_value(text: str, told: PrivateValue | None) -> PrivateValue:
    match told:
        case str():
            return text
        case bytes():
            return bytes.fromhex(text)
        case list():
            return text.split(";") if text else []
        case None if not INTEGER.fullmatch(text):
            return text
        case _:
            return int(text)
