# cython: freethreading_compatible=True
"""A worker in Cython: see ../README.md."""

from libc.stdint cimport uint32_t, uintptr_t

from resapi_cy.clusapi cimport ClusterResourceOnline, ClusterResourceOnlinePending
from resapi_cy.resapi cimport RESOURCE_HANDLE, RESOURCE_STATUS_EX, ResourceExitStateTerminate
from resapi_cy.trampoline cimport set_resource_status_ex


cdef extern from "<thread>" namespace "std" nogil:
    cdef cppclass thread:
        thread(void (*function)(Task*) noexcept nogil, Task*) except +
        void join()


cdef struct Task:
    RESOURCE_HANDLE handle
    uint32_t steps
    uint32_t answer


cdef void bring_online(Task* task) noexcept nogil:
    cdef RESOURCE_STATUS_EX status = RESOURCE_STATUS_EX(
        ClusterResourceOnlinePending, 0, NULL, 0, 0, 0  # all of them: Cython leaves the rest as is
    )
    while status.CheckPoint < task.steps:
        # a step of the work
        status.CheckPoint += 1
        task.answer = set_resource_status_ex(task.handle, &status)
        if task.answer == ResourceExitStateTerminate:
            return
    status.ResourceState = ClusterResourceOnline
    status.CheckPoint += 1
    task.answer = set_resource_status_ex(task.handle, &status)


cdef class Worker:
    cdef Task task
    cdef thread* native

    def __cinit__(self, uintptr_t handle, uint32_t steps):
        self.task.handle = <RESOURCE_HANDLE> handle
        self.task.steps = steps
        self.native = new thread(bring_online, &self.task)

    def join(self):
        with nogil:
            self.native.join()
        return self.task.answer

    def __dealloc__(self):
        del self.native
