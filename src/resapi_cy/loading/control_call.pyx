"""A control call as a resource DLL gets it: in which of the forms that the versions have, and where
its output goes."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdlib cimport calloc, free

from resapi_cy.core cimport FloatingPoint
from resapi_cy.resapi cimport *
from resapi_cy.winbase cimport *


cdef class ControlCall:
    """The output of a control call, which the DLL may still fill in after the call has returned:
    made by ``EntryPoints.control``.

    Attributes:
        code (int): the Win32 code that the entry point returned.
    """

    def __cinit__(self, DWORD size):
        # calloc, with a byte more: never NULL for want of a size.
        self.output = <PBYTE> calloc(<size_t> size + 1, 1)
        if self.output is NULL:
            raise MemoryError(f"no memory for a control call's output of {size} bytes")
        self.size = size
        self.asynchronous = FALSE

    def __dealloc__(self):
        free(self.output)

    @property
    def pending(self):
        """bool: the DLL ends the call later, through EndControlCall or EndTypeControlCall."""
        return self.asynchronous != 0

    @property
    def bytes_returned(self):
        """int: how many bytes the output has, or would need."""
        return self.returned

    @property
    def data(self):
        """bytes: the output, or as much of it as there was room for."""
        return PyBytes_FromStringAndSize(<char*> self.output, min(self.returned, self.size))

    cdef void make(
        self,
        CLRES_FUNCTION_TABLE* table,
        bint of_type,
        RESID resource,
        LPCWSTR name,
        HANDLE user,
        DWORD code,
        PBYTE data,
        DWORD size,
        INT64 context,
    ) noexcept nogil:
        """Calls the entry point that the table has for it."""
        cdef FloatingPoint as_it_was
        self.code = self.answer(
            table, of_type, resource, name, user, code, data, size, context
        )
        as_it_was.put_back()

    cdef DWORD answer(
        self,
        CLRES_FUNCTION_TABLE* table,
        bint of_type,
        RESID resource,
        LPCWSTR name,
        HANDLE user,
        DWORD code,
        PBYTE data,
        DWORD size,
        INT64 context,
    ) noexcept nogil:
        cdef PVOID out = self.output
        cdef DWORD room = self.size
        cdef LPDWORD returned = &self.returned
        cdef PBOOL later = &self.asynchronous
        if user is not NULL:
            if of_type:
                return table.V4Functions.BeginResourceTypeControlAsUser(
                    name, user, code, data, size, out, room, returned, context, later
                )
            return table.V4Functions.BeginResourceControlAsUser(
                resource, user, code, data, size, out, room, returned, context, later
            )
        # The same slots in every version. Without them, every code is left to the monitor.
        if (
            table.V1Functions.ResourceTypeControl is NULL
            if of_type
            else table.V1Functions.ResourceControl is NULL
        ):
            return ERROR_INVALID_FUNCTION
        if table.Version < CLRES_VERSION_V3_00:
            if of_type:
                return table.V1Functions.ResourceTypeControl(
                    name, code, data, size, out, room, returned
                )
            return table.V1Functions.ResourceControl(
                resource, code, data, size, out, room, returned
            )
        if of_type:
            return table.V3Functions.BeginResourceTypeControl(
                name, code, data, size, out, room, returned, context, later
            )
        return table.V3Functions.BeginResourceControl(
            resource, code, data, size, out, room, returned, context, later
        )
