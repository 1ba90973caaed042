"""The function table of a resource type, as the DLL gives it: whether it can be used."""

from libc.stdint cimport uintptr_t
from libc.string cimport memcpy

from resapi_cy.resapi cimport *
from resapi_cy.winbase cimport DWORD, ERROR_INVALID_DATA, ERROR_REVISION_MISMATCH

from resapi_cy.errors import InvalidFunctionTable, MissingEntryPoint
from resapi_cy.win32 import win32_text

cdef dict TABLE_SIZES = {
    CLRES_VERSION_V1_00: sizeof(CLRES_V1_FUNCTIONS),
    CLRES_VERSION_V2_00: sizeof(CLRES_V2_FUNCTIONS),
    CLRES_VERSION_V3_00: sizeof(CLRES_V3_FUNCTIONS),
    CLRES_VERSION_V4_00: sizeof(CLRES_V4_FUNCTIONS),
}
# The slots of the function table, in its order. Version 3 replaces two of them.
cdef tuple SLOTS = (
    *("Open", "Close", "Online", "Offline", "Terminate", "LooksAlive", "IsAlive"),
    *("Arbitrate", "Release", "ResourceControl", "ResourceTypeControl", "Cancel"),
    *("BeginResourceControlAsUser", "BeginResourceTypeControlAsUser"),
)
cdef frozenset REQUIRED = frozenset(SLOTS[:7])


cdef int copy_table(
    str path,
    str resource_type,
    PCLRES_FUNCTION_TABLE functions,
    DWORD least,
    DWORD most,
    CLRES_FUNCTION_TABLE* copy,
) except -1:
    """Copies a table that can be used: the DLL may change or free its own.

    Raises:
        InvalidFunctionTable, MissingEntryPoint: it can't.
    """
    where = f"resource DLL {path!r}: the function table of the type {resource_type!r}"
    error = win32_text(ERROR_INVALID_DATA)
    if functions is NULL:
        raise InvalidFunctionTable(
            f"{where} is NULL: {error}; set it before returning ERROR_SUCCESS",
            path,
            ERROR_INVALID_DATA,
        )
    version, size = functions.Version, functions.TableSize
    expected = TABLE_SIZES.get(version)
    if expected is None or not least <= version <= most:
        raise InvalidFunctionTable(
            f"{where} has Version {version:#x}, which was not asked for ({least:#x} to {most:#x}): "
            f"{win32_text(ERROR_REVISION_MISMATCH)}; set it to one that was",
            path,
            ERROR_REVISION_MISMATCH,
        )
    if size != expected:
        raise InvalidFunctionTable(
            f"{where} has TableSize {size}, where version {version:#x} has {expected}: {error}; "
            f"set it to CLRES_V{version >> 8}_FUNCTION_SIZE",
            path,
            ERROR_INVALID_DATA,
        )
    # No longer than what the DLL says there is.
    memcpy(copy, functions, <size_t> (sizeof(DWORD) * 2 + <size_t> expected))
    for name, address in addresses_in(copy).items():
        if not address and name in REQUIRED:
            raise MissingEntryPoint(
                f"{where} has NULL for the required entry point {name}: {error}; give it a "
                "function, one that does nothing if need be",
                path,
                ERROR_INVALID_DATA,
            )
    return 0


cdef dict addresses_in(const CLRES_FUNCTION_TABLE* table):
    """name -> address of each slot of this version's table; 0 for NULL."""
    cdef const uintptr_t* slot = <const uintptr_t*> &table.V1Functions
    cdef size_t count = TABLE_SIZES[table.Version] // sizeof(slot[0])
    names = list(SLOTS[:count])
    if table.Version >= CLRES_VERSION_V3_00:
        names[9:11] = ["BeginResourceControl", "BeginResourceTypeControl"]
    return {name: slot[i] for i, name in enumerate(names)}
