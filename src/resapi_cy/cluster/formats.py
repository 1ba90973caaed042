"""The values of the cluster database, in the types of property_list."""

from __future__ import annotations

from resapi_cy.property_list import (
    Binary,
    Dword,
    ExpandSz,
    FileTime,
    Formatted,
    LargeInteger,
    Long,
    MultiSz,
    Sz,
    ULargeInteger,
    Word,
)

REG_SZ, REG_EXPAND_SZ, REG_BINARY, REG_DWORD, REG_MULTI_SZ, REG_QWORD = 1, 2, 3, 4, 7, 11

# What a value of a registry type is: a DWORD may have been a LONG, which nobody can tell.
KINDS: dict[int, type[Formatted]] = {
    **{REG_SZ: Sz, REG_EXPAND_SZ: ExpandSz, REG_MULTI_SZ: MultiSz},
    **{REG_DWORD: Dword, REG_QWORD: ULargeInteger, REG_BINARY: Binary},
}
# And what a value is stored as, as resutils.dll has it; all others are REG_BINARY.
TYPES: dict[type[Formatted], int] = {
    **{Sz: REG_SZ, ExpandSz: REG_EXPAND_SZ, MultiSz: REG_MULTI_SZ},
    **{Dword: REG_DWORD, Long: REG_DWORD, Word: REG_DWORD},
    **{ULargeInteger: REG_QWORD, LargeInteger: REG_QWORD, FileTime: REG_QWORD},
}

Found = int | str | bytes | list[str]


def found(kind: int, data: bytes) -> Found:
    """A stored value; bytes, if it is not what its type says."""
    made = KINDS.get(kind, Binary)
    # A DLL may have stored text without the NUL that ends it.
    if made in (Sz, ExpandSz, MultiSz) and not data.endswith(b"\0\0"):
        data += b"\0\0"
    try:
        return made._of(data, made.syntax)  # type: ignore[return-value]  # each is one of those
    except ValueError:
        return Binary(data)


def stored(name: str, value: Formatted) -> tuple[int, bytes]:
    """The registry type and the data of a property's value.

    Raises:
        TypeError, ValueError: it has no place in its format.
    """
    data = value._data(name)
    if isinstance(value, Word):
        data += b"\0\0"
    return TYPES.get(type(value), REG_BINARY), data
