"""A native thread that reports until the resource is terminated."""

from libc.stdint cimport uintptr_t

from resapi_cy.clusapi cimport ClusterResourceOnlinePending
from resapi_cy.resapi cimport (
    RESOURCE_EXIT_STATE,
    RESOURCE_HANDLE,
    RESOURCE_STATUS_EX,
    ResourceExitStateContinue,
    ResourceExitStateTerminate,
)
from resapi_cy.trampoline cimport check_terminate, set_resource_status_ex


cdef extern from "<thread>" namespace "std" nogil:
    cdef cppclass thread:
        thread(void (*function)(RESOURCE_HANDLE) noexcept nogil, RESOURCE_HANDLE) except +
        void join()


cdef void work(RESOURCE_HANDLE handle) noexcept nogil:
    cdef RESOURCE_STATUS_EX status
    status.ResourceState = ClusterResourceOnlinePending
    status.CheckPoint = 0
    status.EventHandle = NULL
    status.ApplicationSpecificErrorCode = 0
    status.Flags = 0
    while set_resource_status_ex(handle, &status) == ResourceExitStateContinue:
        status.CheckPoint += 1


cdef class Worker:
    cdef thread* native
    cdef RESOURCE_HANDLE handle

    def __cinit__(self, uintptr_t handle):
        self.handle = <RESOURCE_HANDLE> handle
        self.native = new thread(work, self.handle)

    def join(self):
        """Waits for the thread, which ends when the resource is terminated."""
        with nogil:
            self.native.join()

    def terminated(self):
        cdef RESOURCE_EXIT_STATE state = check_terminate(self.handle)
        return state == ResourceExitStateTerminate

    def __dealloc__(self):
        del self.native
