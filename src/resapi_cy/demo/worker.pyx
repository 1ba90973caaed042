"""The demo's workers: native threads that bring a resource online by verifying files, and report it
through the callbacks, as the worker threads of a resource DLL do. They know nothing of Python."""

cimport cython
from libc.errno cimport EIO, errno
from libc.stdint cimport int64_t, uint32_t, uint64_t, uintptr_t
from libcpp.atomic cimport atomic
from libcpp.string cimport string
from libcpp.vector cimport vector

from resapi_cy.callbacks cimport table
from resapi_cy.clusapi cimport (
    CLUSTER_RESOURCE_STATE,
    ClusterResourceFailed,
    ClusterResourceOffline,
    ClusterResourceOnline,
    ClusterResourceOnlinePending,
)
from resapi_cy.resapi cimport (
    LOG_ERROR,
    LOG_INFORMATION,
    LOG_WARNING,
    RESOURCE_HANDLE,
    RESOURCE_STATUS_EX,
    ResourceExitStateTerminate,
    ResUtilInitializeResourceStatusEx,
)
from resapi_cy.trampoline cimport check_terminate, set_resource_status_ex
from resapi_cy.winbase cimport DWORD, LPCWSTR, WCHAR

from os import fsencode


cdef extern from "core/clock.hpp" namespace "resapi_cy" nogil:
    int64_t monotonic_ns() noexcept


cdef extern from "demo/worker.hpp" namespace "resapi_cy::demo" nogil:
    ctypedef char NativeChar

    cdef cppclass NativeName "std::basic_string<resapi_cy::demo::NativeChar>":
        void assign(const NativeChar* units, size_t length) except +
        const NativeChar* c_str() noexcept

    cdef cppclass Text "std::basic_string<WCHAR>":
        void assign(const WCHAR* units, size_t length) except +
        LPCWSTR c_str() noexcept

    cdef cppclass File:
        NativeName name
        Text text
        uint32_t checksum

    LPCWSTR cannot_read
    LPCWSTR has_changed
    LPCWSTR verified
    LPCWSTR failed
    LPCWSTR terminated


cdef extern from "<fstream>" namespace "std" nogil:
    cdef enum openmode "std::ios_base::openmode":
        binary "std::ios_base::binary"

    cdef cppclass ifstream:
        void open(const NativeChar* name, openmode mode) noexcept
        bint is_open() noexcept
        void read(char* into, size_t size) noexcept
        size_t gcount() noexcept
        bint bad() noexcept


cdef extern from "<system_error>" namespace "std" nogil:
    cdef cppclass error_category:
        string message(int code) noexcept
    const error_category& generic_category() noexcept


cdef cppclass Task:
    RESOURCE_HANDLE handle
    vector[File] files
    RESOURCE_STATUS_EX status
    # Written by the worker and read by Python: counts, and moments in nanoseconds. Each stands for
    # itself, so any order would do.
    atomic[uint64_t] verified
    atomic[uint64_t] failed
    atomic[uint64_t] bytes
    atomic[uint64_t] rounds
    atomic[uint64_t] reports
    atomic[uint64_t] log_messages
    atomic[uint64_t] checksum
    atomic[int64_t] started
    atomic[int64_t] told
    atomic[int64_t] ended
    # Written by Python: go round again.
    atomic[bint] repeat


cdef extern from "<thread>" namespace "std" nogil:
    cdef cppclass thread:
        thread(void (*routine)(Task*) noexcept, Task* task) except +
        void join() noexcept


cdef enum:
    BLOCK = 65536
    # The most bytes whose sums can't overflow 32 bits.
    ADLER_RUN = 5552
    ADLER_MODULUS = 65521


@cython.cdivision(True)
cdef uint32_t adler32(uint32_t checksum, const unsigned char* data, size_t size) noexcept nogil:
    cdef uint32_t low = checksum & 0xFFFF
    cdef uint32_t high = checksum >> 16
    cdef size_t run, i
    while size > 0:
        run = min(size, <size_t> ADLER_RUN)
        for i in range(run):
            low += data[i]
            high += low
        low %= ADLER_MODULUS
        high %= ADLER_MODULUS
        data += run
        size -= run
    return high << 16 | low


# ---- The worker thread. What returns a bint says whether to go on --------------------------------

cdef bint obey(Task* task, DWORD exit_state) noexcept nogil:
    if exit_state != ResourceExitStateTerminate:
        return True
    task.told.store(monotonic_ns())
    return False


cdef DWORD report(Task* task, CLUSTER_RESOURCE_STATE state) noexcept nogil:
    task.status.ResourceState = state
    task.status.CheckPoint += 1
    task.reports.fetch_add(1)
    return set_resource_status_ex(task.handle, &task.status)


cdef void fail_to_read(Task* task, File& file) noexcept nogil:
    cdef string reason = generic_category().message(errno if errno != 0 else EIO)
    task.failed.fetch_add(1)
    task.log_messages.fetch_add(1)
    table.LogEvent(task.handle, LOG_ERROR, cannot_read, file.text.c_str(), reason.c_str())


cdef void compare(Task* task, File& file, uint32_t checksum) noexcept nogil:
    if task.rounds.load() == 0:
        file.checksum = checksum
        task.checksum.fetch_add(checksum)
    if file.checksum == checksum:
        task.verified.fetch_add(1)
        return
    task.failed.fetch_add(1)
    task.log_messages.fetch_add(1)
    table.LogEvent(task.handle, LOG_ERROR, has_changed, file.text.c_str())


cdef bint verify(Task* task, File& file, char* block) noexcept nogil:
    cdef ifstream stream
    cdef uint32_t checksum = 1
    cdef size_t size = BLOCK
    if not obey(task, check_terminate(task.handle)):
        return False
    stream.open(file.name.c_str(), binary)
    if not stream.is_open():
        fail_to_read(task, file)
        return True
    while size == BLOCK:
        stream.read(block, BLOCK)
        size = stream.gcount()
        if stream.bad():
            fail_to_read(task, file)
            return True
        if size > 0:
            checksum = adler32(checksum, <const unsigned char*> block, size)
            task.bytes.fetch_add(size)
            if not obey(task, report(task, ClusterResourceOnlinePending)):
                return False
    compare(task, file, checksum)
    return True


cdef bint verify_all(Task* task, char* block) noexcept nogil:
    cdef size_t i
    while True:
        for i in range(task.files.size()):
            if not verify(task, task.files[i], block):
                return False
            if task.rounds.load() > 0 and not task.repeat.load():
                return True
        task.rounds.fetch_add(1)
        if task.failed.load() > 0 or not task.repeat.load():
            return True


cdef void bring_online(Task* task) noexcept nogil:
    cdef vector[char] block = vector[char](BLOCK)
    cdef CLUSTER_RESOURCE_STATE state
    task.started.store(monotonic_ns())
    # A termination that came with the last block counts: ONLINE would not be true for long.
    cdef bint done = verify_all(task, block.data()) and obey(task, check_terminate(task.handle))
    task.ended.store(monotonic_ns())
    task.log_messages.fetch_add(1)
    if not done:
        state = ClusterResourceOffline
        table.LogEvent(task.handle, LOG_WARNING, terminated, task.verified.load())
    elif task.failed.load() > 0:
        state = ClusterResourceFailed
        task.status.ApplicationSpecificErrorCode = <DWORD> task.failed.load()
        table.LogEvent(task.handle, LOG_ERROR, failed, task.failed.load())
    else:
        state = ClusterResourceOnline
        table.LogEvent(task.handle, LOG_INFORMATION, verified, task.verified.load())
    report(task, state)


# ---- The same as Python sees it ------------------------------------------------------------------

cdef class Worker:
    """Worker(handle, files, repeat=False)

    Starts a native thread that verifies files: reads them, and reports ONLINE_PENDING with the next
    checkpoint for each block of ``BLOCK_SIZE`` bytes; then ONLINE, or FAILED if a file could not be
    read, or was not what it had been in the first round. Told TERMINATE, it stops at once and
    reports OFFLINE. Each file that fails, and how it ended, it says through LogEvent.

    Args:
        handle (int): the resource to report on: ``Resource.handle``, after ``begin``.
        files (Iterable[str]): the regular files.
        repeat (bool): go round the files again and again until ``finish``, or a file fails.

    Raises:
        RuntimeError: the system has no thread to spare.

    Its counts may be read at any time, by any Python thread; one thread joins it.
    """

    cdef Task* task
    cdef thread* thread

    def __cinit__(self, handle, files, repeat=False):
        cdef bytes raw
        self.task = new Task()  # its counts are 0, as value-initialization makes them
        self.task.handle = <RESOURCE_HANDLE> <uintptr_t> handle
        self.task.repeat.store(repeat)
        ResUtilInitializeResourceStatusEx(&self.task.status)
        for name in files:
            self.task.files.emplace_back()
            raw = utf16(name) if sizeof(NativeChar) == sizeof(WCHAR) else fsencode(name)
            self.task.files.back().name.assign(
                <const NativeChar*> <const char*> raw, len(raw) // sizeof(NativeChar)
            )
            raw = utf16(name)
            self.task.files.back().text.assign(
                <const WCHAR*> <const char*> raw, len(raw) // sizeof(WCHAR)
            )
        self.thread = new thread(bring_online, self.task)

    def __dealloc__(self):
        self.finish_and_join()
        del self.task

    cdef void finish_and_join(self) noexcept:
        if self.thread is NULL:
            return
        self.task.repeat.store(False)
        with nogil:
            self.thread.join()
        del self.thread
        self.thread = NULL

    def finish(self):
        """Ends the work once every file has been read at least once. It waits for nothing.
        """
        self.task.repeat.store(False)

    def join(self):
        """Waits until the thread has ended, which ``finish`` or a termination brings about. Joining
        again does nothing.
        """
        self.finish_and_join()

    @property
    def files(self):
        """int: the files to verify."""
        return self.task.files.size()

    @property
    def verified(self):
        """int: how many were read in full and found as they were, over all rounds."""
        return self.task.verified.load()

    @property
    def failed(self):
        """int: how many were not."""
        return self.task.failed.load()

    @property
    def bytes(self):
        """int: read so far, over all rounds."""
        return self.task.bytes.load()

    @property
    def rounds(self):
        """int: how often it has come to the end of its files."""
        return self.task.rounds.load()

    @property
    def reports(self):
        """int: calls of SetResourceStatusEx."""
        return self.task.reports.load()

    @property
    def log_messages(self):
        """int: calls of LogEvent."""
        return self.task.log_messages.load()

    @property
    def checksum(self):
        """int: the sum of the Adler-32 checksums of the files that the first round read."""
        return self.task.checksum.load()

    @property
    def started(self):
        """int: when it began, in nanoseconds of ``time.perf_counter_ns()``; 0: not yet."""
        return self.task.started.load()

    @property
    def told(self):
        """int: when it was first answered TERMINATE, on the same clock; 0: never."""
        return self.task.told.load()

    @property
    def ended(self):
        """int: when it had stopped reading, on the same clock; 0: not yet."""
        return self.task.ended.load()


BLOCK_SIZE = BLOCK


cdef bytes utf16(str text):
    return text.encode("utf-16-le", "surrogatepass")
