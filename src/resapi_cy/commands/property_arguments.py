"""Properties as a command line has them, KEY=VALUE: the host's and the DLL's."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from resapi_cy.commands.terminal import CommandError, printable
from resapi_cy.hosting.common_properties import CommonProperties

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def deal_properties(given: list[tuple[str, str]], names: list[str]) -> dict[str, dict[str, str]]:
    """The properties of each resource: those of all, then its own."""
    shared: dict[str, str] = {}
    own: dict[str, dict[str, str]] = {name: {} for name in names}
    for key, value in given:
        owner = max((n for n in names if key.startswith(f"{n}:")), key=len, default=None)
        prefix, colon, _ = key.partition(":")
        if owner is None and colon:
            raise CommandError(f"--property {printable(key)}: no --resource {printable(prefix)}")
        properties, name = (shared, key) if owner is None else (own[owner], key[len(owner) + 1 :])
        if not name:
            raise CommandError(f"--property {printable(key)}: a property needs a name")
        if name.casefold() in map(str.casefold, properties):
            raise CommandError(f"--property {printable(key)}: given twice")
        properties[name] = value
    return {name: merged(shared, own[name]) for name in names}


def merged(shared: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    replaced = set(map(str.casefold, own))
    return {**{k: v for k, v in shared.items() if k.casefold() not in replaced}, **own}


def checked_properties(properties: dict[str, str]) -> tuple[dict[str, int], dict[str, str]]:
    """The common ones, which the host would take, and the private ones."""
    try:
        common, private = sort_properties(properties)
        CommonProperties(**common)
    except ValueError as error:
        raise CommandError(f"--property {error}") from None
    return common, private
