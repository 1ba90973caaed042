"""An event handle that a resource DLL gives, as it was at that moment."""

from libc.stdint cimport uint64_t

from resapi_cy.core cimport Duplicate, drop, duplicate_handle, is_signaled


cdef class GivenHandle:
    """GivenHandle(value)

    An event handle that a resource DLL has given, duplicated: the DLL may close its own, and
    another one may get its number. The duplicate is closed with this, unless the engine has taken
    it.

    Args:
        value (int): the handle; 0 for none.

    Attributes:
        value (int): as it was given.
    """

    def __cinit__(self, uint64_t value):
        self.value = value
        if value:
            self.duplicate = duplicate_handle(value)

    @property
    def refusal(self):
        """int: the Win32 code that says why it can't be waited for; 0: it can, or is taken."""
        return self.duplicate.refusal

    @property
    def signaled(self):
        """bool: whether it is. Takes the signal of an auto-reset event."""
        return is_signaled(self.duplicate)

    def __dealloc__(self):
        drop(self.duplicate)


cdef GivenHandle given_handle(uint64_t value, Duplicate duplicate):
    cdef GivenHandle given = GivenHandle.__new__(GivenHandle, 0)
    given.value = value
    given.duplicate = duplicate
    return given
