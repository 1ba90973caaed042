"""Private properties that are given as texts, in the formats that the DLL tells for them, or that
whoever gives them says."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from resapi_cy.hosting.common_properties import CommonProperties
from resapi_cy.names import folded
from resapi_cy.property_list import (
    Binary,
    Dword,
    ExpandSz,
    FileTime,
    Formatted,
    LargeInteger,
    Long,
    MultiSz,
    PropertyList,
    SecurityDescriptor,
    Sz,
    ULargeInteger,
    Value,
    Word,
    in_formats,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A value's text, and the name of the format that was said for it, if one was.
Given = tuple[str, str | None]

FORMATS: dict[str, type[Formatted]] = {
    **{"sz": Sz, "expand_sz": ExpandSz, "multi_sz": MultiSz},
    **{"dword": Dword, "long": Long, "ularge_integer": ULargeInteger},
    **{"large_integer": LargeInteger, "word": Word, "binary": Binary},
    **{"security_descriptor": SecurityDescriptor, "filetime": FileTime},
    "property_list": PropertyList,
}

# The common properties that resources have in a cluster: Resource Common Properties, and those that
# clusapi.h has names for besides.
CLUSTER_NAMES = {
    folded(name): name
    for name in (
        *CommonProperties.names(),
        *("AdminExtensions", "DebugPrefix", "Description", "DumpServices"),
        *("EmbeddedFailureAction", "LastOperationStatusCode", "MaximumMonitors"),
        *("MonitorProcessId", "Name", "PersistentState", "ResourceSpecificData1"),
        *("ResourceSpecificData2", "ResourceSpecificStatus", "SeparateMonitor"),
        *("StatusInformation", "Type"),
    )
}
# How near a name is to another that was meant, from 0 to 1: one wrong letter of seven.
NEAR = 0.85

INTEGER = re.compile(r"-?[0-9]{1,20}")


def marked(text: str, marks: str) -> Iterator[tuple[str, str, str]]:
    """The parts of a text, each with the mark that ends it, "" for the last, and what follows.

    A mark that a backslash stands before belongs to its part. Two backslashes before a mark are
    one; elsewhere a backslash is itself, so paths need no care.
    """
    part, end = "", 0
    for found in re.finditer(rf"(\\*)([{re.escape(marks)}])", text):
        backslashes, mark = found.groups()
        part += text[end : found.start()] + "\\" * (len(backslashes) // 2)
        end = found.end()
        if len(backslashes) % 2:
            part += mark
        else:
            yield part, mark, text[end:]
            part = ""
    yield part + text[end:], "", ""


def without_format(given: Mapping[str, Given]) -> list[str]:
    """The names for which no format was said: what the DLL is asked for."""
    return [name for name, (_, said) in given.items() if said is None]


def private_values(
    given: Mapping[str, Given], told: Mapping[str, type[Formatted]], *, declared: bool = False
) -> dict[str, Value]:
    """Each value in the format that was said for it, or else that the DLL has told for its name. Of
    a declared resource, which is no DLL's, all are private, whatever their names.

    Raises:
        ValueError: it can't be in that format; or the name is a common property's, or near to one,
            and the DLL has told none of that name, nor was a format said.
    """
    formats = {folded(name): kind for name, kind in told.items()}
    values: dict[str, Value] = {}
    for name, (text, said) in given.items():
        kind = FORMATS[said] if said is not None else formats.get(folded(name))
        if kind is None and not declared:
            refuse_common(name)
        try:
            values[name] = private_value(text, kind)
        except ValueError:
            wanted = "an integer" if kind is not None and issubclass(kind, int) else "hexadecimal"
            raise ValueError(f"{name}: {text!r} is not {wanted}") from None
    return in_formats(values, {})


def refuse_common(name: str) -> None:
    """Raises if a name that the DLL does not tell is, or was meant to be, a common property's."""
    otherwise = f"if the DLL has a private property {name}, say its format, as in {name}:sz=VALUE"
    common = CLUSTER_NAMES.get(folded(name))
    if common is not None:
        raise ValueError(
            f"{name}: a common property of a cluster's resources, which this host does not go by: "
            f"leave it out; {otherwise}"
        )
    near = difflib.get_close_matches(folded(name), CLUSTER_NAMES, n=1, cutoff=NEAR)
    if near:
        raise ValueError(f"{name}: was {CLUSTER_NAMES[near[0]]} meant? {otherwise}")


def private_value(text: str, kind: type[Formatted] | None) -> Value:
    if kind is None:
        return int(text) if INTEGER.fullmatch(text) else text
    if issubclass(kind, int | str):
        return kind(text)
    if issubclass(kind, list):
        return kind([part for part, _, _ in marked(text, ";")] if text else [])
    assert issubclass(kind, bytes)
    return kind(bytes.fromhex(text))
