"""Properties as a command line has them: [RESOURCE:]KEY[:FORMAT]=VALUE."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

from resapi_cy.hosting.common_properties import CommonProperties
from resapi_cy.hosting.private_properties import FORMATS, INTEGER, Given, marked
from resapi_cy.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COMMON_NAMES = {folded(name): name for name in CommonProperties.names()}

PROPERTY_HELP = """\
  A value has the format that the DLL tells for its property: text; an integer;
  bytes, written in hexadecimal; a list of texts, separated by ";". If the DLL tells
  none, a decimal number is an integer, and all else is text. KEY:FORMAT=VALUE says
  the format, and that the property is a private one, whatever its name:
    sz, expand_sz, multi_sz, dword, long, ularge_integer, large_integer, word,
    binary, security_descriptor, filetime, property_list
  A backslash before a ":" or "=" of a name, or before a ";" of a list's text, has
  it belong to that; two backslashes there are one.
"""


class PropertyArgument(NamedTuple):
    parts: tuple[str, ...]  # what stands between the colons before the "="
    value: str


def property_argument(text: str) -> PropertyArgument:
    parts: list[str] = []
    for part, mark, value in marked(text, ":="):
        parts.append(part)
        if mark == "=" and parts != [""]:
            return PropertyArgument(tuple(parts), value)
        if mark == "=":
            break
    raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")


def deal_properties(
    given: Iterable[PropertyArgument], names: Sequence[str]
) -> dict[str, dict[str, Given]]:
    """The properties of each resource of these names: those of all, then its own.

    Raises:
        ValueError: there is no such resource or format, no name, or a property is given twice.
    """
    shared: dict[str, Given] = {}
    own: dict[str, dict[str, Given]] = {name: {} for name in names}
    for parts, value in given:
        written = ":".join(parts)
        owner, count = owner_of(parts, names)
        key, *formats = parts[count:]
        if formats and (len(formats) > 1 or formats[0].casefold() not in FORMATS):
            problem = f"no format {':'.join(formats)!r}: there are {', '.join(FORMATS)}"
            if owner is None:
                problem = f"no --resource {key}, and {problem}"
            raise ValueError(rf"{written}: {problem}; in a name, write \: for a colon")
        if not key:
            raise ValueError(f"{written}: a property needs a name")
        properties = shared if owner is None else own[owner]
        if folded(key) in map(folded, properties):
            raise ValueError(f"{written}: given twice")
        properties[key] = value, formats[0].casefold() if formats else None
    return {name: merged(shared, own[name]) for name in names}


def owner_of(parts: Sequence[str], names: Sequence[str]) -> tuple[str | None, int]:
    """The resource that the first parts name, as many as can be, and how many they are."""
    by_name = {folded(name): name for name in names}
    for count in range(len(parts) - 1, 0, -1):
        owner = by_name.get(folded(":".join(parts[:count])))
        if owner is not None:
            return owner, count
    return None, 0


def merged(shared: dict[str, Given], own: dict[str, Given]) -> dict[str, Given]:
    replaced = set(map(folded, own))
    return {**{k: v for k, v in shared.items() if folded(k) not in replaced}, **own}


def sort_properties(properties: Mapping[str, Given]) -> tuple[dict[str, int], dict[str, Given]]:
    """The common ones, by the names that the host has for them, and the private ones. What has a
    format is private.

    Raises:
        ValueError: a common one is not an integer.
    """
    common: dict[str, int] = {}
    private: dict[str, Given] = {}
    for key, (text, said) in properties.items():
        name = COMMON_NAMES.get(folded(key))
        if name is None or said is not None:
            private[key] = text, said
        elif INTEGER.fullmatch(text):
            common[name] = int(text)
        else:
            raise ValueError(f"{name}: {text!r} is not an integer")
    return common, private
