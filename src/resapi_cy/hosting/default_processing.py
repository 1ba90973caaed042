"""What a resource monitor answers in a resource DLL's place: control codes that the DLL has no
function for (ERROR_INVALID_FUNCTION), from the resource's key in the database."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from resapi_cy.enums import ControlCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from resapi_cy.hosting.place import Place

# A code, and what is returned with it.
Answer = tuple[int, bytes]

# Nothing is known of what the resource is: CLUS_CHAR_UNKNOWN, no flags, CLUS_RESCLASS_UNKNOWN
# without a subclass, and a value list that is at its end.
NONE = struct.pack("=I", 0)
UNKNOWN_CLASS = struct.pack("=II", 0, 0)


def text(value: str) -> bytes:
    return value.encode("utf-16-le", "surrogatepass") + b"\0\0"


ANSWERS: dict[int, Callable[[Place, bytes], Answer]] = {
    ControlCode.RESOURCE_GET_NAME: lambda place, _: (0, text(place.name)),
    ControlCode.RESOURCE_GET_ID: lambda place, _: (0, text(place.id)),
    ControlCode.RESOURCE_GET_RESOURCE_TYPE: lambda place, _: (0, text(place.type)),
    ControlCode.RESOURCE_GET_CHARACTERISTICS: lambda place, _: (0, NONE),
    ControlCode.RESOURCE_GET_FLAGS: lambda place, _: (0, NONE),
    ControlCode.RESOURCE_GET_CLASS_INFO: lambda place, _: (0, UNKNOWN_CLASS),
    ControlCode.RESOURCE_GET_REQUIRED_DEPENDENCIES: lambda place, _: (0, NONE),
    ControlCode.RESOURCE_ENUM_PRIVATE_PROPERTIES: lambda place, _: (0, place.private_names()),
    ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES: lambda place, _: (0, place.private_properties()),
    ControlCode.RESOURCE_SET_PRIVATE_PROPERTIES: lambda place, data: (place.store(data), b""),
    ControlCode.RESOURCE_VALIDATE_PRIVATE_PROPERTIES: lambda place, data: (place.check(data), b""),
}


def answer(place: Place, control_code: int, data: bytes) -> Answer | None:
    """None: it is not the resource monitor's to answer either."""
    if not place.key or control_code not in ANSWERS:
        return None
    return ANSWERS[control_code](place, data)
