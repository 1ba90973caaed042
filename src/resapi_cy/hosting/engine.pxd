"""The engine, for what wakes its host."""

from resapi_cy.core.engine cimport Completion as NativeCompletion, Engine as NativeEngine


cdef class Engine:
    cdef NativeEngine* native
    cdef dict in_flight  # calls, by the address of the native one
    # What take() was about when an exception, Ctrl-C say, ended it: the next one goes on with it.
    cdef NativeCompletion* left
    cdef list taken

    cdef NativeEngine* checked(self) except NULL
    cdef int take_one(self, NativeEngine* native) except -1
