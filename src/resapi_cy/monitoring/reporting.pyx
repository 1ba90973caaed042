"""Calling a status callback that somebody else supplies."""

from libc.stdint cimport uintptr_t

from resapi_cy.arguments cimport no_more, status_argument, unsigned
from resapi_cy.clusapi cimport CLUSTER_RESOURCE_STATE
from resapi_cy.core cimport Status
from resapi_cy.monitoring.status cimport exit_state_of
from resapi_cy.resapi cimport (
    PSET_RESOURCE_STATUS_ROUTINE,
    PSET_RESOURCE_STATUS_ROUTINE_EX,
    RESOURCE_HANDLE,
    RESOURCE_STATUS,
    RESOURCE_STATUS_EX,
)
from resapi_cy.winbase cimport DWORD, HANDLE


cdef class StatusRoutine:
    """StatusRoutine(address, handle, version=2)

    A status callback of another resource monitor, the cluster's own for instance, as something that
    Python can call.

    Args:
        address (int): the callback: ``CLRES_CALLBACK_FUNCTION_TABLE.SetResourceStatusEx``, or what
            ``Startup`` was given for ``version`` 1. Nothing can check it: a wrong address crashes.
        handle (int): the resource handle that the monitor passed to ``Open``.
        version (int): 1 for SetResourceStatus, 2 or later for SetResourceStatusEx.

    Raises:
        ValueError: the address is 0, the version is not 1 to 4, or a number is out of its range.
        TypeError: an argument is not an integer.

    Any Python thread may call it, as often as the monitor allows.

    Attributes:
        version (int): as it was given.

    Resource API: PSET_RESOURCE_STATUS_ROUTINE_EX and PSET_RESOURCE_STATUS_ROUTINE.
    """

    cdef uintptr_t _address
    cdef uintptr_t _handle
    cdef readonly int version

    def __cinit__(self, address, handle, version=2, *more, **wrong):
        no_more("StatusRoutine(address, handle, version)", more, wrong)
        self._address = unsigned("address", address, 64)
        self._handle = unsigned("handle", handle, 64)
        self.version = <int> unsigned("version", version, 16)
        if self._address == 0:
            raise ValueError("address is 0: pass the callback that the monitor gave to StartupEx")
        if not 1 <= self.version <= 4:
            raise ValueError(f"version must be from 1 to 4, not {self.version}")

    @property
    def address(self):
        """int: the callback's address."""
        return self._address

    @property
    def handle(self):
        """int: the resource handle that every call passes."""
        return self._handle

    def __call__(self, state, *, checkpoint=0, error_code=0, flags=0, event_handle=0):
        """Reports a status, with the GIL released while the callback runs.

        Args:
            state (ResourceState | int): ``ResourceState``.
            checkpoint (int): ``CheckPoint``: one more for each report of a pending state.
            error_code (int): ``ApplicationSpecificErrorCode``; version 1 has none.
            flags (StatusFlags | int): ``Flags``; version 1 has none.
            event_handle (int): ``EventHandle``: signaled when the resource fails; 0 for none.

        Returns:
            ExitState: whether the resource has been terminated.

        Raises:
            ValueError: a number is out of its field's range, or version 1 can't carry it.
            TypeError: an argument is not an integer.
        """
        cdef Status status = status_argument(state, checkpoint, error_code, flags, event_handle)
        cdef DWORD answer
        if self.version == 1:
            if status.error_code or status.flags:
                raise ValueError("version 1 reports carry no error_code and no flags: leave them 0")
            answer = self.report(&status)
        else:
            answer = self.report_ex(&status)
        return exit_state_of(answer)

    cdef DWORD report(self, const Status* status) noexcept:
        cdef RESOURCE_STATUS report
        report.ResourceState = <CLUSTER_RESOURCE_STATE> status.state
        report.CheckPoint = status.checkpoint
        report.WaitHint = 0
        report.EventHandle = <HANDLE> <uintptr_t> status.event_handle
        cdef DWORD answer
        with nogil:
            answer = (<PSET_RESOURCE_STATUS_ROUTINE> <void*> self._address)(
                <RESOURCE_HANDLE> self._handle, &report
            )
        return answer

    cdef DWORD report_ex(self, const Status* status) noexcept:
        cdef RESOURCE_STATUS_EX report
        report.ResourceState = <CLUSTER_RESOURCE_STATE> status.state
        report.CheckPoint = status.checkpoint
        report.EventHandle = <HANDLE> <uintptr_t> status.event_handle
        report.ApplicationSpecificErrorCode = status.error_code
        report.Flags = status.flags
        report.WaitHint = 0
        cdef DWORD answer
        with nogil:
            answer = (<PSET_RESOURCE_STATUS_ROUTINE_EX> <void*> self._address)(
                <RESOURCE_HANDLE> self._handle, &report
            )
        return answer

    def __repr__(self):
        return (
            f"StatusRoutine({self._address:#x}, {self._handle:#x}, version={self.version})"
        )
