"""What a resource monitor answers in a resource DLL's place: control codes that the DLL has no
function for (ERROR_INVALID_FUNCTION), from the key of the resource, or of its type, in the
database."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from resapi_cy.enums import ControlCode
from resapi_cy.hosting.common_properties import CommonProperties
from resapi_cy.hosting.type_place import INTERVALS
from resapi_cy.names import folded
from resapi_cy.property_list import (
    Dword,
    Formatted,
    MultiSz,
    Sz,
    Word,
    decode,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from resapi_cy.hosting.in_database import InDatabase
    from resapi_cy.hosting.place import Place
    from resapi_cy.hosting.type_place import TypePlace

ERROR_INVALID_DATA = 13
ERROR_INVALID_PARAMETER = 87

# A code, and what is returned with it.
Answer = tuple[int, bytes]


class Answers(NamedTuple):
    """By control code: what is told, and what is done with what is given, which is a code. Both of
    a place, a resource's or a type's."""

    told: dict[int, Callable[[Any], bytes]]
    done: dict[int, Callable[[Any, bytes], int]]


# Nothing is known of what the resource is: CLUS_CHAR_UNKNOWN, no flags, CLUS_RESCLASS_UNKNOWN
# without a subclass, and a value list that is at its end.
NONE = struct.pack("=I", 0)
UNKNOWN_CLASS = struct.pack("=II", 0, 0)


# ---- Common properties ---------------------------------------------------------------------------


def names_of(properties: Iterable[str]) -> bytes:
    return MultiSz(properties)._data("names")


def formats_of(properties: Mapping[str, object]) -> bytes:
    """The CLUSTER_PROPERTY_FORMAT of each; an EXPAND_SZ is told with another value, and is one."""
    formatted = {name: v for name, v in properties.items() if isinstance(v, Formatted)}
    return encode({name: Word(value.syntax & 0xFFFF) for name, value in formatted.items()})


def changed(data: bytes, known: Iterable[str]) -> tuple[int, dict[str, int]]:
    """What a list sets, by the names as they are written here; or the code that refuses it: one
    of them is no DWORD, or none of those that can be set."""
    try:
        given = decode(data)
    except ValueError:
        return ERROR_INVALID_DATA, {}
    names = {folded(name): name for name in known}
    values: dict[str, int] = {}
    for name, value in given.items():
        if folded(name) not in names:
            return ERROR_INVALID_PARAMETER, {}
        if not isinstance(value, Dword):
            return ERROR_INVALID_DATA, {}
        values[names[folded(name)]] = int(value)
    return 0, values


def check_resource(place: Place, data: bytes) -> tuple[int, dict[str, int]]:
    code, values = changed(data, CommonProperties.names())
    if code == 0:
        try:
            CommonProperties(**{**place.properties._set(), **values})
        except ValueError:
            code = ERROR_INVALID_DATA
    return code, values


def set_resource(place: Place, data: bytes) -> int:
    code, values = check_resource(place, data)
    if code == 0:
        place.properties.update(**values)
        place.properties_changed()  # before it is stored
    return code


def check_type(data: bytes) -> tuple[int, dict[str, int]]:
    code, values = changed(data, INTERVALS)
    return ERROR_INVALID_DATA if code == 0 and 0 in values.values() else code, values


def set_type(place: TypePlace, data: bytes) -> int:
    code, values = check_type(data)
    if code == 0:
        place.set_common(values)
    return code


# ---- What is answered ----------------------------------------------------------------------------


def text(value: str) -> bytes:
    return value.encode("utf-16-le", "surrogatepass") + b"\0\0"


RESOURCE = Answers(
    {
        ControlCode.RESOURCE_GET_NAME: lambda place: text(place.name),
        ControlCode.RESOURCE_GET_ID: lambda place: text(place.id),
        ControlCode.RESOURCE_GET_RESOURCE_TYPE: lambda place: text(place.type),
        ControlCode.RESOURCE_GET_CHARACTERISTICS: lambda _: NONE,
        ControlCode.RESOURCE_GET_FLAGS: lambda _: NONE,
        ControlCode.RESOURCE_GET_CLASS_INFO: lambda _: UNKNOWN_CLASS,
        ControlCode.RESOURCE_GET_REQUIRED_DEPENDENCIES: lambda _: NONE,
        ControlCode.RESOURCE_ENUM_PRIVATE_PROPERTIES: lambda place: place.private_names(),
        ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES: lambda place: place.private_properties(),
        ControlCode.RESOURCE_ENUM_COMMON_PROPERTIES: lambda place: names_of(place.common()),
        ControlCode.RESOURCE_GET_COMMON_PROPERTIES: lambda place: encode(place.common()),
        ControlCode.RESOURCE_GET_RO_COMMON_PROPERTIES: lambda place: encode(place.read_only()),
        ControlCode.RESOURCE_GET_COMMON_PROPERTY_FMTS: lambda place: formats_of(
            place.common() | place.read_only()
        ),
    },
    {
        ControlCode.RESOURCE_SET_PRIVATE_PROPERTIES: lambda place, data: place.store(data),
        ControlCode.RESOURCE_VALIDATE_PRIVATE_PROPERTIES: lambda place, data: place.check(data),
        ControlCode.RESOURCE_SET_COMMON_PROPERTIES: set_resource,
        ControlCode.RESOURCE_VALIDATE_COMMON_PROPERTIES: lambda place, data: check_resource(
            place, data
        )[0],
    },
)
TYPE = Answers(
    {
        ControlCode.RESOURCE_TYPE_GET_CHARACTERISTICS: lambda _: NONE,
        ControlCode.RESOURCE_TYPE_GET_FLAGS: lambda _: NONE,
        ControlCode.RESOURCE_TYPE_GET_CLASS_INFO: lambda _: UNKNOWN_CLASS,
        ControlCode.RESOURCE_TYPE_GET_REQUIRED_DEPENDENCIES: lambda _: NONE,
        ControlCode.RESOURCE_TYPE_ENUM_PRIVATE_PROPERTIES: lambda place: place.private_names(),
        ControlCode.RESOURCE_TYPE_GET_PRIVATE_PROPERTIES: lambda place: place.private_properties(),
        ControlCode.RESOURCE_TYPE_ENUM_COMMON_PROPERTIES: lambda place: names_of(place.common()),
        ControlCode.RESOURCE_TYPE_GET_COMMON_PROPERTIES: lambda place: encode(place.common()),
        ControlCode.RESOURCE_TYPE_GET_RO_COMMON_PROPERTIES: lambda place: encode(place.read_only()),
        ControlCode.RESOURCE_TYPE_GET_COMMON_PROPERTY_FMTS: lambda place: formats_of(
            place.common() | place.read_only()
        ),
        ControlCode.RESOURCE_TYPE_GET_COMMON_RESOURCE_PROPERTY_FMTS: lambda _: formats_of(
            dict.fromkeys(CommonProperties.names(), Dword()) | {"Name": Sz(), "Type": Sz()}
        ),
    },
    {
        ControlCode.RESOURCE_TYPE_SET_PRIVATE_PROPERTIES: lambda place, data: place.store(data),
        ControlCode.RESOURCE_TYPE_VALIDATE_PRIVATE_PROPERTIES: lambda place, data: place.check(
            data
        ),
        ControlCode.RESOURCE_TYPE_SET_COMMON_PROPERTIES: set_type,
        ControlCode.RESOURCE_TYPE_VALIDATE_COMMON_PROPERTIES: lambda _, data: check_type(data)[0],
    },
)
# What they write is stored in the database's file, whoever has written it.
WRITING = frozenset(
    {
        ControlCode.RESOURCE_SET_PRIVATE_PROPERTIES,
        ControlCode.RESOURCE_SET_COMMON_PROPERTIES,
        ControlCode.RESOURCE_TYPE_SET_PRIVATE_PROPERTIES,
        ControlCode.RESOURCE_TYPE_SET_COMMON_PROPERTIES,
    }
)
# The formats that are told are those of the values that this code answers, whoever answers it.
FORMATS_OF: dict[int, ControlCode] = {
    ControlCode.RESOURCE_GET_PRIVATE_PROPERTY_FMTS: ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES,
    ControlCode.RESOURCE_TYPE_GET_PRIVATE_PROPERTY_FMTS: (
        ControlCode.RESOURCE_TYPE_GET_PRIVATE_PROPERTIES
    ),
}


def answer(answers: Answers, place: InDatabase, control_code: int, data: bytes) -> Answer | None:
    """None: it is not the resource monitor's to answer either."""
    if not place.path:
        return None
    if (tell := answers.told.get(control_code)) is not None:
        return 0, tell(place)
    if (do := answers.done.get(control_code)) is not None:
        return do(place, data), b""
    return None
