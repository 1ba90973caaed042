"""A resource's status, as a report gives it."""

from cpython.object cimport PyTypeObject
from libc.stdint cimport int32_t, uint32_t

from resapi_cy.arguments cimport no_more, status_argument
from resapi_cy.core cimport Status

from resapi_cy.enums import ExitState, ResourceState, StatusFlags

cdef extern from "Python.h":
    # Cython's own declaration has another type for the first argument.
    object PyType_GenericAlloc(PyTypeObject* type, Py_ssize_t items)

# The documented values, looked up faster than the enum's call does it.
cdef dict resource_states = {int(state): state for state in ResourceState}
cdef dict exit_states = {int(state): state for state in ExitState}
cdef object no_flags = StatusFlags(0)


cdef object resource_state_of(int32_t value):
    state = resource_states.get(value)
    return ResourceState(value) if state is None else state


cdef object exit_state_of(uint32_t value):
    state = exit_states.get(value)
    return ExitState(value) if state is None else state


cdef ResourceStatus status_of(const Status* status):
    # Without the constructor, which would check five values that nobody has given.
    cdef ResourceStatus made = PyType_GenericAlloc(<PyTypeObject*> ResourceStatus, 0)
    made.raw = status[0]
    return made


cdef class ResourceStatus:
    """ResourceStatus(state=-1, checkpoint=0, event_handle=0, error_code=0, flags=0)

    What a report says about a resource. Immutable; any thread may read it.

    Raises:
        ValueError: a number is out of its field's range.
        TypeError: an argument is not an integer.

    Resource API: RESOURCE_STATUS_EX. ``WaitHint`` is not used there, and not kept here.
    """

    __match_args__ = ("state", "checkpoint", "event_handle", "error_code", "flags")

    def __cinit__(
        self, state=-1, checkpoint=0, event_handle=0, error_code=0, flags=0, *more, **wrong
    ):
        no_more("ResourceStatus(state, checkpoint, event_handle, error_code, flags)", more, wrong)
        self.raw = status_argument(state, checkpoint, error_code, flags, event_handle)

    @property
    def state(self):
        """ResourceState: a value that the header does not name is called UNDOCUMENTED_<value>."""
        return resource_state_of(self.raw.state)

    @property
    def checkpoint(self):
        """int: ``CheckPoint``: grows with each report of a pending state."""
        return self.raw.checkpoint

    @property
    def event_handle(self):
        """int: ``EventHandle``: what the DLL signals when the resource fails; 0 for none."""
        return self.raw.event_handle

    @property
    def error_code(self):
        """int: ``ApplicationSpecificErrorCode``."""
        return self.raw.error_code

    @property
    def flags(self):
        """StatusFlags: ``Flags``."""
        return StatusFlags(self.raw.flags) if self.raw.flags else no_flags

    def __eq__(self, other):
        if not isinstance(other, ResourceStatus):
            return NotImplemented
        return self.__reduce__() == other.__reduce__()

    def __hash__(self):
        return hash(self.__reduce__())

    def __repr__(self):
        return (
            f"ResourceStatus(state={self.state.name}, checkpoint={self.checkpoint}, "
            f"event_handle={self.event_handle:#x}, error_code={self.error_code}, "
            f"flags={self.raw.flags:#x})"
        )

    def __reduce__(self):
        raw = self.raw
        return ResourceStatus, (
            raw.state, raw.checkpoint, raw.event_handle, raw.error_code, raw.flags
        )
