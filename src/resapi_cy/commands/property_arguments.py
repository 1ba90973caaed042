"""Properties as a command line has them, KEY=VALUE: the host's and the DLL's, and the latter in the
types that the DLL tells."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from resapi_cy.hosting.common_properties import CommonProperties

if TYPE_CHECKING:
    from collections.abc import Mapping

PrivateValue = int | str | bytes | list[str]

COMMON_NAMES = {name.casefold(): name for name in CommonProperties.names()}
INTEGER = re.compile(r"-?[0-9]{1,20}")


def property_argument(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if name and equals:
        return name, value
    raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")


def sort_properties(properties: Mapping[str, str]) -> tuple[dict[str, int], dict[str, str]]:
    """The common ones, by the names that the host has for them, and the private ones.

    Raises:
        ValueError: a common one is not an integer.
    """
    common: dict[str, int] = {}
    private: dict[str, str] = {}
    for key, value in properties.items():
        name = COMMON_NAMES.get(key.casefold())
        if name is None:
            private[key] = value
        elif INTEGER.fullmatch(value):
            common[name] = int(value)
        else:
            raise ValueError(f"{name}: {value!r} is not an integer")
    return common, private


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
