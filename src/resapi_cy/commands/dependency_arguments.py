"""Dependencies as a command line declares them: NAME:TYPE, and properties that begin with NAME."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

from resapi_cy.commands.property_arguments import PropertyArgument, deal_properties, owner_of
from resapi_cy.hosting.dependency import declared_dependency
from resapi_cy.hosting.private_properties import Given, marked
from resapi_cy.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DEPENDENCY_HELP = """\
  The resources that --dependency declares are there only so that the DLL finds
  them by the Cluster API, such as --dependency "Files:Network Name". A property that
  begins with the name of one is its private property: --property Files:Name=FS1.
"""


class DeclaredArgument(NamedTuple):
    name: str
    type: str
    properties: Mapping[str, Given]


def dependency_argument(text: str) -> tuple[str, str]:
    """Its name and its type."""
    parts = [part for part, _, _ in marked(text, ":")]
    if len(parts) == 2 and all(parts):
        return parts[0], parts[1]
    raise argparse.ArgumentTypeError(f"{text!r} is not NAME:TYPE")


def take_dependencies(
    declared: Sequence[tuple[str, str]], given: Iterable[PropertyArgument], names: Sequence[str]
) -> tuple[list[DeclaredArgument], list[PropertyArgument]]:
    """What is declared, each with the properties that are given for its name, and the properties
    that are left, which are of the resources of these names.

    Raises:
        ValueError: two resources would have one name, or a property is wrong.
    """
    dependencies = [name for name, _ in declared]
    taken = {folded(name) for name in names}
    for name in dependencies:
        if folded(name) in taken:
            raise ValueError(f"--dependency: there are two resources named {name!r}")
        taken.add(folded(name))
    own: list[PropertyArgument] = []
    others: list[PropertyArgument] = []
    for argument in given:
        owner, _ = owner_of(argument.parts, [*names, *dependencies])
        (own if owner in dependencies else others).append(argument)
    try:
        properties = deal_properties(own, dependencies)
        found = [DeclaredArgument(name, kind, properties[name]) for name, kind in declared]
        for one in found:
            declared_dependency(*one)
    except ValueError as error:
        raise ValueError(f"--property {error}") from None
    return found, others
