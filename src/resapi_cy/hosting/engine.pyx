"""The engine as Python sees it: commands that return at once, and completions to be taken.

The entry points are called by native threads that never take the GIL: see core/engine.hpp. Nothing
here decides anything. The file is long for its classes know each other's native parts.
"""

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint32_t, uint64_t, uintptr_t
from libc.string cimport memcpy
from libcpp.vector cimport vector

from resapi_cy.arguments cimport unsigned
from resapi_cy.callbacks cimport quorum_resource_lost, table as callback_table
from resapi_cy.core cimport Duplicate, HostWakeup, find_last_error
from resapi_cy.core.engine cimport (
    Completion as NativeCompletion,
    CompletionKind as NativeKind,
    DurationCounts,
    Durations,
    Engine as NativeEngine,
    EntryPoint,
    EntryPointCall,
    Call as NativeCall,
    Gate,
    PollAnswers,
    PolledResource,
    SetCurrentRoutine,
    Witness,
    buckets,
    duration_bound,
    set_routines,
)
from resapi_cy.given_handle cimport GivenHandle, given_handle
from resapi_cy.resapi cimport CLRES_FUNCTION_TABLE, PSTARTUP_EX_ROUTINE, PSTARTUP_ROUTINE
from resapi_cy.trampoline cimport set_resource_status
from resapi_cy.winbase cimport BYTE, DWORD, HANDLE, HKEY, INT64

import resapi_cy.names
from resapi_cy.errors import ClosedError
from resapi_cy.hosting.completions import Completion, CompletionKind, EntryPointCounts, Place

cdef extern from *:
    """
    // From here on it is what Python calls: small. The core, above, is what its threads run: fast.
    #if defined(__GNUC__) && !defined(__clang__)
    #pragma GCC optimize("Os")
    #endif
    """

cdef enum:
    # How often a thread that waits looks for a signal such as Ctrl-C, in milliseconds: on Windows,
    # or when the system has delivered it to a native thread, nobody wakes this one.
    SLICE_MS = 250

cdef tuple NAMES = resapi_cy.names.ENTRY_POINTS
cdef dict NUMBERS = {name: number for number, name in enumerate(NAMES)}
cdef tuple KINDS = tuple(CompletionKind)
cdef tuple PLACES = tuple(Place)

# By how long they took, calls are counted; in seconds. An entry point should return within 0.3.
BOUNDS = tuple(duration_bound(i) / 1e9 for i in range(buckets - 1))


cdef int64_t nanoseconds(seconds) except -1:
    if not 0 <= seconds <= 1e9:
        raise ValueError(f"{seconds!r} is no number of seconds from 0 to a billion")
    return <int64_t> (seconds * 1e9)


cdef vector[char] wide(str text):
    """NUL-terminated UTF-16, as the entry points take text."""
    cdef bytes encoded = text.encode("utf-16-le", "surrogatepass") + b"\0\0"
    cdef const char* first = encoded
    return vector[char](first, first + len(encoded))


cdef vector[BYTE] copy_of(bytes data):
    cdef const BYTE* first = data
    return vector[BYTE](first, first + len(data))


cdef int fill_table(CLRES_FUNCTION_TABLE* table, entry_points) except -1:
    """The function table of resource_dll.EntryPoints."""
    cdef uintptr_t* slot = <uintptr_t*> &table.V1Functions
    addresses = list(entry_points.addresses.values())
    table.Version = <DWORD> entry_points.version
    table.TableSize = <DWORD> (len(addresses) * sizeof(slot[0]))
    for i in range(len(addresses)):
        slot[i] = <uintptr_t> addresses[i]
    return 0


def tell_witness(address):
    """Has each engine of the process leave there what its threads are inside of, and whether they
    have crashed: see core/witness.hpp.

    Args:
        address (int): of zeros, for good.
    """
    Witness.listen(<Witness*> <uintptr_t> unsigned("address", address, 64))


@cython.final
@cython.no_gc_clear
cdef class Engine:
    """Engine()

    Calls entry points, polls, and watches the time and event handles, with native threads.

    Any thread may use it; ``take`` and ``wait``, one at a time. It ends when it is no longer
    referred to, or with ``end``.

    Raises:
        OSError: the system has no thread or no descriptor left for it.
    """

    def __cinit__(self):
        self.in_flight = {}
        self.taken = []
        self.native = NativeEngine.open()
        if self.native is NULL:
            raise OSError(
                "the system has no thread or descriptor left for the engine: raise the limits of "
                "this process (RLIMIT_NPROC, RLIMIT_NOFILE, the container's pids)"
            )

    def __dealloc__(self):
        # A forked child has none of its threads, and leaves it alone.
        cdef NativeCompletion* next
        if self.native is not NULL and not self.native.is_inherited():
            while self.left is not NULL:
                next = self.left.next
                self.native.completions.push(self.left[0])
                self.left = next
            self.native.end()
            self.native.release()

    cdef NativeEngine* checked(self) except NULL:
        if self.native.is_inherited():
            raise ClosedError("this engine is the parent process's: make a new one")
        return self.native

    @property
    def threads(self):
        """int: how many threads it has now."""
        return self.checked().threads()

    def surround(self, set_current, cluster):
        """From the next call on, entry points are inside of this cluster, whose stand-in library is
        in the process.

        Args:
            set_current, cluster (int): of ``cluster.surroundings.Surroundings``, for good.
        """
        cdef uintptr_t address = unsigned("set_current", set_current, 64)
        with nogil:
            find_last_error()
        self.checked().surround(<SetCurrentRoutine> address, unsigned("cluster", cluster, 64))

    def gate(self):
        """A gate for the resources of a DLL that is not to be re-entered at all."""
        return EngineGate(self)

    def add(self, handle, entry_points, EngineGate gate=None):
        """A resource of the engine.

        Args:
            handle (int): ``Resource.handle``, with which its workers will report.
            entry_points (EntryPoints): of its type.
            gate (EngineGate | None): that it shares with others; None: one of its own.

        Returns:
            EngineResource: it is neither polled nor watched when nothing refers to it any more.
        """
        return EngineResource(self, handle, entry_points, gate)

    def control_type(
        self,
        entry_points,
        control_code,
        bytes data,
        room,
        context=0,
        token=0,
        *,
        limit,
        EngineGate gate=None,
    ):
        """Calls ResourceTypeControl, BeginResourceTypeControl or its AsUser form.

        Args:
            entry_points (EntryPoints): of the type.
            control_code, data, room, context, token: as for ``EngineResource.control``.
            limit (float): in seconds, from now on; 0: none.
            gate (EngineGate | None): of the DLL, if it is not to be re-entered.

        Returns:
            EngineCall: under way.
        """
        cdef EngineCall call = new_call(self, None, EntryPoint.type_control, entry_points, limit)
        call.native.text = wide(entry_points.resource_type)
        call.set_control(control_code, data, room, context, token)
        if gate is not None:
            call.native.gate = gate.entry_points
        return call.put()

    def startup(self, str resource_type not None, lowest, highest, startup_ex, startup, *, limit):
        """Calls StartupEx, or Startup if ``startup_ex`` is 0.

        Args:
            resource_type (str): the type's name.
            lowest, highest (int): the versions that the monitor supports.
            startup_ex, startup (int): the addresses of the exports; 0: there is none.
            limit (float): in seconds, from now on; 0: none.

        Returns:
            EngineCall: under way; ``functions`` is the address of the table.
        """
        cdef EngineCall call = new_call(self, None, EntryPoint.startup, None, limit)
        call.native.text = wide(resource_type)
        call.native.lowest = <DWORD> unsigned("lowest", lowest, 32)
        call.native.highest = <DWORD> unsigned("highest", highest, 32)
        call.native.startup_ex = <PSTARTUP_EX_ROUTINE> <uintptr_t> unsigned("s", startup_ex, 64)
        call.native.startup = <PSTARTUP_ROUTINE> <uintptr_t> unsigned("startup", startup, 64)
        if call.native.startup_ex is NULL and call.native.startup is NULL:
            raise ValueError("startup_ex and startup are both 0: pass one export's address")
        call.native.callbacks = callback_table
        call.native.set_resource_status = set_resource_status
        return call.put()

    # ---- Completions --------------------------------------------------------------------------

    def take(self):
        """list[Completion]: all that there are, oldest first. None is lost if an exception, Ctrl-C
        say, comes meanwhile: the next one returns what this one would have."""
        cdef NativeEngine* native = self.checked()
        while self.left is not NULL:
            self.take_one(native)
        self.left = native.completions.take()
        while self.left is not NULL:
            self.take_one(native)
        fresh = []
        taken, self.taken = self.taken, fresh
        return taken

    cdef int take_one(self, NativeEngine* native) except -1:
        cdef NativeCompletion* one = self.left
        cdef EngineCall call
        address = <uintptr_t> one.call
        call = self.in_flight.get(address)
        completion = Completion(
            KINDS[<int> one.kind],
            0 if one.resource is NULL else one.resource.handle,
            call,
            "" if one.entry_point == EntryPoint.none else NAMES[<int> one.entry_point],
            PLACES[<int> one.place],
            one.by_event,
            one.nanoseconds / 1e9,
        )
        self.taken.append(completion)
        # Nothing raises from here on.
        if call is not None and one.kind != NativeKind.overdue:
            call.in_flight = False
            del self.in_flight[address]
        self.left = one.next
        native.done(one[0])
        return 0

    def wait(self, int milliseconds=-1):
        """Waits until there are completions to take, without the GIL.

        Args:
            milliseconds (int): at most so long; -1: as long as it takes.

        Returns:
            bool: whether there are some.
        """
        cdef NativeEngine* native = self.checked()
        cdef HostWakeup* wakeup = &native.completions.wakeup()
        cdef int slice_ms = SLICE_MS
        cdef bint woken = False
        if self.left is not NULL or self.taken:
            return True
        wakeup.arm()
        try:
            while native.completions.empty() and milliseconds != 0 and not woken:
                PyErr_CheckSignals()
                if 0 <= milliseconds < slice_ms:
                    slice_ms = milliseconds
                with nogil:
                    woken = wakeup.wait(slice_ms)
                if milliseconds > 0:
                    milliseconds -= slice_ms
        finally:
            wakeup.disarm()
        wakeup.clear()
        return not native.completions.empty()

    def wake(self):
        """Ends a ``wait``. Any thread."""
        self.checked().completions.wakeup().notify()

    def end(self):
        """No more commands, no more polls. Calls that are under way go on, and can be taken when
        they have returned; nothing waits for them."""
        # In this order: what another thread puts in meanwhile is refused, or not made either.
        self.checked().end()
        for call in list(self.in_flight.values()):
            call.abandon()

    def __repr__(self):
        return f"<Engine with {len(self.in_flight)} calls in flight>"


@cython.final
@cython.no_gc_clear
cdef class EngineGate:
    """Made by ``Engine.gate``: lets one entry point of its resources through at a time, and one
    Terminate beside that."""

    cdef Engine engine
    cdef Gate* entry_points
    cdef Gate* terminate

    def __cinit__(self, Engine engine not None):
        engine.checked()
        self.engine = engine
        self.entry_points = NativeEngine.open_gate()
        self.terminate = NativeEngine.open_gate()
        if self.entry_points is NULL or self.terminate is NULL:
            raise MemoryError("no memory for a gate")

    def __dealloc__(self):
        if self.engine is None or self.engine.native.is_inherited():
            return
        if self.entry_points is not NULL:
            self.engine.native.release_gate(self.entry_points)
        if self.terminate is not NULL:
            self.engine.native.release_gate(self.terminate)


@cython.final
@cython.no_gc_clear
cdef class EngineResource:
    """A resource of the engine: made by ``Engine.add``. Any thread may use it.

    Attributes:
        handle (int): as it was given.
        entry_points (EntryPoints): of its type.
    """

    cdef Engine engine
    cdef EngineGate gate
    cdef readonly object entry_points
    cdef CLRES_FUNCTION_TABLE table
    cdef PolledResource* native

    def __cinit__(
        self, Engine engine not None, handle, entry_points not None, EngineGate gate=None
    ):
        cdef uint64_t number = unsigned("handle", handle, 64)
        fill_table(&self.table, entry_points)
        self.engine = engine
        self.gate = gate
        self.entry_points = entry_points
        cdef Gate* shared = NULL
        cdef Gate* terminate = NULL
        if gate is not None:
            shared, terminate = gate.entry_points, gate.terminate
        self.native = engine.checked().add(number, shared, terminate)
        if self.native is NULL:
            raise MemoryError("no memory for a resource")
        set_routines(self.native[0], self.table)

    def __dealloc__(self):
        if self.native is not NULL and not self.engine.native.is_inherited():
            self.engine.native.release_resource(self.native)

    @property
    def handle(self):
        return self.native.handle

    @property
    def resid(self):
        """int: the RESID that Open has returned; 0: none."""
        return <uintptr_t> self.native.resid()

    # ---- Calls: each returns an EngineCall that is under way ----------------------------------

    def open(self, str name not None, flags=0, key=0, *, limit):
        """Calls Open or OpenV2. ``resid`` is the resource's when it has returned, whoever still
        waits for it; its code is what the DLL has set by SetLastError if there is none.

        Args:
            name (str): the resource's name.
            flags (OpenFlags | int): for OpenV2 alone.
            key (int): the resource's in the cluster database; 0: NULL.
            limit (float): in seconds, from now on; 0: none.

        Resource API: POPEN_V2_ROUTINE, POPEN_ROUTINE.
        """
        cdef EngineCall call = self.new_call(EntryPoint.open, limit)
        call.native.text = wide(name)
        call.native.flags = <DWORD> unsigned("flags", flags, 32)
        call.native.key = <HKEY> <uintptr_t> unsigned("key", key, 64)
        return call.put()

    def turn(self):
        """Waits for the resource's gate, and for nothing else. When this has returned, no entry
        point but Terminate is called until ``leave``, or until an ``online`` or ``offline`` that
        is ``inside`` has returned."""
        cdef EngineCall call = self.new_call(EntryPoint.none, 0)
        call.native.turn = True
        return call.put()

    def try_turn(self):
        """bool: what a ``turn`` gives has been given at once; False: another entry point runs, or
        waits."""
        return self.engine.checked().try_turn(self.native[0])

    def leave(self):
        """Gives back what a turn has given."""
        self.engine.checked().leave(self.native[0])

    def online(self, flags=0, bytes data=b"", *, limit, inside=False):
        """Calls Online or OnlineV2: arguments as ``EntryPoints.online``, limit as ``open``.

        Args:
            inside (bool): a ``turn`` has been given for it, which it gives back.

        Resource API: PONLINE_V2_ROUTINE, PONLINE_ROUTINE.
        """
        cdef EngineCall call = self.new_call(EntryPoint.online, limit)
        call.native.inside = inside
        call.native.flags = <DWORD> unsigned("flags", flags, 32)
        call.native.input = copy_of(data)
        return call.put()

    def offline(self, flags=0, destination=None, bytes data=b"", *, limit, inside=False):
        """Calls Offline or OfflineV2: arguments as ``EntryPoints.offline`` and ``online``.

        Resource API: POFFLINE_V2_ROUTINE, POFFLINE_ROUTINE.
        """
        cdef EngineCall call = self.new_call(EntryPoint.offline, limit)
        call.native.inside = inside
        call.native.flags = <DWORD> unsigned("flags", flags, 32)
        call.native.input = copy_of(data)
        if destination is not None:
            call.native.text = wide(destination)
        return call.put()

    def control(self, control_code, bytes data, room, context=0, token=0, *, limit):
        """Calls ResourceControl, BeginResourceControl or BeginResourceControlAsUser.

        Args:
            control_code (int): ``CLUSCTL_…``.
            data (bytes): the input.
            room (int): for the output, in bytes.
            context (int): of a monitor's control call, from version 3 on.
            token (int): a user's access token, for the AsUser form; 0 for none.
            limit (float): as for ``open``.

        Returns:
            EngineCall: to be kept until the control call has ended, which may be later.

        Resource API: PRESOURCE_CONTROL_ROUTINE, PBEGIN_RESCALL_ROUTINE.
        """
        cdef EngineCall call = self.new_call(EntryPoint.control, limit)
        call.set_control(control_code, data, room, context, token)
        return call.put()

    def call(self, str entry_point not None, *, limit):
        """Calls one that takes nothing but the RESID.

        Args:
            entry_point (str): "Close", "Terminate", "LooksAlive", "IsAlive", "Arbitrate", "Release"
                or "Cancel".
            limit (float): as for ``open``.
        """
        if entry_point not in (
            *("Close", "Terminate", "LooksAlive", "IsAlive", "Arbitrate", "Release", "Cancel"),
        ):
            raise ValueError(f"{entry_point!r} takes more than a RESID, or is no entry point")
        cdef EngineCall call = self.new_call(<EntryPoint> <int> NUMBERS[entry_point], limit)
        call.native.quorum_resource_lost = quorum_resource_lost
        return call.put()

    cdef EngineCall new_call(self, EntryPoint entry_point, limit):
        cdef EngineCall call = new_call(self.engine, self, entry_point, None, limit)
        memcpy(&call.native.table, &self.table, sizeof(self.table))
        return call

    # ---- Polls and the event handle -----------------------------------------------------------

    def poll(self, looks_alive, is_alive, *, limit):
        """Polls from now on, until IsAlive says FALSE; the first poll of each comes within one
        interval.

        Args:
            looks_alive, is_alive (int): the intervals, in milliseconds; 0: not at all.
            limit (float): for each of them to return, in seconds; 0: none.
        """
        cdef int64_t millisecond = 1_000_000
        self.engine.checked().poll(
            self.native[0],
            <int64_t> unsigned("looks_alive", looks_alive, 32) * millisecond,
            <int64_t> unsigned("is_alive", is_alive, 32) * millisecond,
            nanoseconds(limit),
        )

    def stop_polls(self):
        """No poll begins any more after whatever is called after this."""
        self.engine.checked().stop_polls(self.native[0])

    def ask_now(self):
        """Asks IsAlive as soon as no other entry point runs, if the resource is polled."""
        self.engine.checked().ask_now(self.native[0])

    def watch(self, GivenHandle given=None):
        """Waits for an event handle in place of the one before.

        Args:
            given (GivenHandle | None): the engine takes its duplicate, and closes it; None: none.

        Returns:
            int: 0, or the Win32 error: it can't be waited for.
        """
        cdef NativeEngine* native = self.engine.checked()
        cdef Duplicate duplicate, none
        cdef uint32_t error
        if given is not None:
            duplicate, given.duplicate = given.duplicate, none
            if duplicate.handle == 0 and duplicate.refusal != 0:
                native.watch(self.native[0], 0)
                return duplicate.refusal
        with nogil:
            error = native.watch(self.native[0], duplicate.handle)
        return error

    def forget(self):
        """Neither polls nor watches it any more; counts can still be read."""
        cdef NativeEngine* native = self.engine.checked()
        with nogil:
            native.forget(self.native[0])

    # ---- Counts: read without a lock ----------------------------------------------------------

    def counts(self):
        """dict[str, EntryPointCounts]: by entry point, those that have been called."""
        found = {}
        cdef Durations* durations
        for number in range(len(NAMES)):
            durations = self.native.durations(<EntryPoint> <int> number)
            if durations is not NULL:
                counted = counts_of(durations.read())
                if counted.monotonic:
                    found[NAMES[number]] = counted
        return found

    @property
    def late(self):
        """EntryPointCounts: how late polls were begun."""
        return counts_of(self.native.late.read())

    @property
    def polls(self):
        """list[tuple[str, bool, int, float]]: the latest polls, oldest first: which entry point,
        what it said, when it returned (nanoseconds of ``time.perf_counter_ns()``), and how many
        seconds it took."""
        cdef PollAnswers answers
        cdef size_t count = self.native.polls.latest(answers)
        return [
            (
                "IsAlive" if answers[i].thorough else "LooksAlive",
                bool(answers[i].alive),
                answers[i].when,
                answers[i].nanoseconds / 1e9,
            )
            for i in range(count)
        ]

    @property
    def polls_made(self):
        """int: how many there were."""
        return self.native.polls.made()

    @property
    def running(self):
        """tuple[str, int] | None: which entry point runs, Terminate apart, and since when, in
        nanoseconds of ``time.perf_counter_ns()``."""
        cdef int64_t since = 0
        cdef EntryPoint found = self.native.running.read(since)
        return None if found == EntryPoint.none else (NAMES[<int> found], since)

    @property
    def terminating(self):
        """int | None: since when Terminate runs."""
        cdef int64_t since = 0
        cdef EntryPoint found = self.native.terminating.read(since)
        return None if found == EntryPoint.none else since

    def __repr__(self):
        return f"<EngineResource {self.handle:#x}>"


cdef object counts_of(DurationCounts found):
    return EntryPointCounts(
        tuple([found.count(i) for i in range(buckets)]), found.total / 1e9, found.code, found.when
    )


@cython.final
@cython.no_gc_clear
cdef class EngineCall:
    """A call of an entry point: made by ``Engine`` and ``EngineResource``.

    What it answered can be read once its last word (``RETURNED`` or ``NOT_MADE``) has been taken;
    ``ValueError`` before.

    Attributes:
        resource (EngineResource | None): None for a call to the type.
        in_flight (bool): its last word has not been taken yet.
    """

    cdef Engine engine
    cdef readonly EngineResource resource
    cdef EntryPointCall* native
    cdef readonly bint in_flight

    def __init__(self, *arguments, **named):
        raise TypeError("an EngineCall is made by Engine and EngineResource")

    def __dealloc__(self):
        # In flight, it is the engine's, and goes with it.
        if not self.in_flight:
            del self.native

    cdef EngineCall put(self):
        self.in_flight = True
        self.engine.in_flight[<uintptr_t> <void*> self.address()] = self
        if self.engine.native.put(self.native[0]):
            return self
        self.in_flight = False
        del self.engine.in_flight[<uintptr_t> <void*> self.address()]
        raise ClosedError("the engine has ended, or there is no memory: make a new one")

    cdef void* address(self) noexcept:
        """As the completions have it."""
        return <void*> <NativeCall*> self.native

    cdef int set_control(self, control_code, bytes data, room, context, token) except -1:
        self.native.control_code = <DWORD> unsigned("control_code", control_code, 32)
        self.native.input = copy_of(data)
        self.native.output.resize(<size_t> unsigned("room", room, 32))
        self.native.context = <INT64> context
        self.native.user = <HANDLE> <uintptr_t> unsigned("token", token, 64)
        return 0

    def abandon(self):
        """Nobody waits for it any more: it is not made, unless it has begun. Its last word comes in
        any case."""
        if self.in_flight:
            self.engine.checked().abandon(self.native[0])

    cdef EntryPointCall* answered(self) except NULL:
        if self.in_flight:
            raise ValueError("the call has not returned yet: take its last word first")
        return self.native

    @property
    def code(self):
        """int: what the entry point returned; 1 and 0 for TRUE and FALSE."""
        return self.answered().code

    @property
    def given(self):
        """GivenHandle: the event handle that Online has set. To be asked for once."""
        cdef EntryPointCall* native = self.answered()
        cdef Duplicate none
        given = given_handle(<uintptr_t> native.event, native.duplicate)
        native.duplicate = none
        return given

    @property
    def terminates(self):
        """bool: Terminate, which ran beside it, is called once more now, before anything else."""
        return self.answered().terminates

    @property
    def functions(self):
        """int: the address of the function table that Startup has set; 0: none."""
        return <uintptr_t> self.answered().functions

    @property
    def context(self):
        """int: of a control call, as it was given."""
        return self.native.context

    @property
    def pending(self):
        """bool: the DLL ends the control call later, through EndControlCall or
        EndTypeControlCall."""
        return self.answered().pending != 0

    @property
    def bytes_returned(self):
        """int: how many bytes the output has, or would need."""
        return self.answered().returned

    @property
    def data(self):
        """bytes: the output, or as much of it as there was room for."""
        cdef EntryPointCall* native = self.answered()
        cdef size_t size = min(<size_t> native.returned, native.output.size())
        return (<char*> native.output.data())[:size] if size else b""


cdef EngineCall new_call(
    Engine engine, EngineResource resource, EntryPoint entry_point, entry_points, limit
):
    engine.checked()
    cdef int64_t period = nanoseconds(limit)
    cdef EngineCall call = EngineCall.__new__(EngineCall)
    call.engine = engine
    call.resource = resource
    cdef PolledResource* native = NULL
    if resource is not None:
        native = resource.native
    call.native = new EntryPointCall(entry_point, native)
    call.native.limit = period
    if entry_points is not None:
        fill_table(&call.native.table, entry_points)
    return call
