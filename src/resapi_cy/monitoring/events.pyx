"""What a resource monitor hands to Python: one class of event for each callback that native code
can call.

It is as long as there are callbacks."""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeUTF16
from libc.stdint cimport int32_t, int64_t

from resapi_cy.core cimport EventKind
from resapi_cy.core cimport Event as CoreEvent
from resapi_cy.monitoring.status cimport status_of

from resapi_cy.enums import ApplicationState, FailureType, LogLevel

# The documented values, looked up faster than the enum's call does it.
cdef dict log_levels = {int(level): level for level in LogLevel}

# As the logging module has them, which is not imported for it.
DEBUG, INFO, WARNING, ERROR, CRITICAL = 10, 20, 30, 40, 50
LEVELS = (INFO, WARNING, ERROR, CRITICAL)  # by LogLevel


cdef object log_level_of(int32_t value):
    level = log_levels.get(value)
    return LogLevel(value) if level is None else level


def is_hosted(resource):
    """Whether a host tells of the failures of a resource, so that what led to them is none."""
    return resource is not None and resource._is_hosted


cdef class Event:
    """Something that happened to a resource, or that a resource DLL said. Any thread may read it.

    ``CallbackEvent`` is the base of what native code says through a callback, ``LifeCycleEvent``
    the base of what a host finds out about the resources of a DLL that it has loaded.

    Attributes:
        resource (Resource | None): the resource that it is about; None for what a DLL says about a
            resource type, which every open monitor receives.
        time (int): nanoseconds since the epoch, when it happened.
        monotonic (int): the same moment in nanoseconds of ``time.perf_counter_ns()``.
    """

    # No field of its own: a life cycle's events are exceptions, too, and those have theirs.
    __match_args__ = ("resource",)

    def log(self, logger=None):
        """Sends the event on to the standard ``logging`` module, to the child of a logger that is
        named after the resource: ``resapi_cy.Disk 1``. What is about no resource goes to the logger
        itself.

        Args:
            logger (logging.Logger | None): whose child; None for the logger ``resapi_cy``.

        A ``LogMessage`` has its own level, with ``LogLevel.SEVERE`` as ``CRITICAL``. Failures,
        requests for a failover, what is given up, and the loss of a quorum resource are ``ERROR``,
        and so are a signaled failure and a change to a state that means one, of a resource that is
        not hosted: a host tells of the failure itself. Other changes of the status are ``INFO``,
        what else a host tells ``WARNING``, and all the rest ``DEBUG``.

        The record has the time of the event, the event as ``record.event``, and by name, None where
        the event has no such thing: ``resource`` (its name), ``cause``, ``code`` (of a status its
        error code), ``state``, ``attempt``, ``checkpoint``. ``logging`` keeps a logger for ever, so
        a child is made for the record alone unless somebody has called ``logging.getLogger`` for
        it. Any Python thread.
        """
        from resapi_cy.monitoring.log_records import send

        send(self, logger)

    def as_dict(self):
        """The event as ``resapi-monitor run --json`` prints it: values that ``json.dumps`` takes.

        Returns:
            dict[str, object]: ``event``, the class in snake case; ``time``, in seconds since the
                epoch; ``resource``, its name, None where it is about none; and what else the event
                has, with enumerations by name, bytes in hexadecimal.
        """
        from resapi_cy.monitoring.words import event_name

        named = None if self.resource is None else self.resource.name
        head = {"event": event_name(self), "time": self.time / 1e9, "resource": named}
        return head | self._values()

    # What logs, views and JSON say about it. Each class has words of its own where the names of its
    # values do not say enough.

    @property
    def _level(self):
        """int: its level, as the logging module has it."""
        return DEBUG

    def _values(self):
        """What it has besides its resource and time, by name, as JSON has it."""
        from resapi_cy.monitoring.words import json_value

        names = [name for name in self.__match_args__ if name != "resource"]
        return {name: json_value(getattr(self, name)) for name in names}

    def _words(self):
        """The event in a line, without its time and resource."""
        from resapi_cy.monitoring.words import event_name

        values = ", ".join(f"{name}={value!r}" for name, value in self._values().items())
        return f"{event_name(self)} {values}".rstrip()

    def _message(self):
        """The event as a record of a log, which has its level already."""
        return self._words()


cdef class CallbackEvent(Event):
    """Something that native code said through a callback. Immutable; any thread may read it."""

    __match_args__ = ("resource",)

    def __init__(self, *values, time=0, monotonic=0, **named):
        if self.complete:
            raise TypeError(f"a {type(self).__name__} does not change: make a new one")
        names = type(self).__match_args__
        given = dict(zip(names, values))
        twice = given.keys() & named.keys()
        given.update(named)
        given.setdefault("resource", None)
        if twice or len(values) > len(names) or given.keys() != set(names):
            raise TypeError(f"{type(self).__name__} takes {', '.join(names)}, time, monotonic")
        own = [given[name] for name in names[1:]] + [None] * 4
        self.first, self.second, self.third, self.fourth = own[:4]
        self.resource = given["resource"]
        self.time = time
        self.monotonic = monotonic
        self.complete = True

    cdef tuple values(self):
        own = (self.first, self.second, self.third, self.fourth)[: len(self.__match_args__) - 1]
        return (self.resource, *own)

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return (
            self.values() == (<CallbackEvent> other).values()
            and self.time == (<CallbackEvent> other).time
            and self.monotonic == (<CallbackEvent> other).monotonic
        )

    def __hash__(self):
        return hash((type(self), self.values(), self.time, self.monotonic))

    def __reduce__(self):
        state = getattr(self, "__dict__", None)  # of a class derived from it
        return _made_again, (type(self), self.values(), self.time, self.monotonic), state

    def __setstate__(self, state):
        self.__dict__.update(state)

    def __repr__(self):
        shown = ", ".join(
            f"{name}={value!r}" for name, value in zip(self.__match_args__, self.values())
        )
        return f"{type(self).__name__}({shown}, time={self.time}, monotonic={self.monotonic})"


def _made_again(kind, values, time, monotonic):
    """An event from a pickle or for a copy."""
    return kind(*values, time=time, monotonic=monotonic)


cdef class StatusChanged(CallbackEvent):
    """A resource's status has changed in more than its checkpoint.

    Resource API: PSET_RESOURCE_STATUS_ROUTINE_EX and PSET_RESOURCE_STATUS_ROUTINE; also made by
    ``Resource.begin`` and ``Resource.report``.
    """

    __match_args__ = ("resource", "status", "previous")

    cdef int make_statuses(self) except -1:
        with cython.critical_section(self):  # once, so that each is the same object ever after
            if self.raw:
                status, previous = status_of(&self.reported), status_of(&self.replaced)
                self.first, self.second = status, previous
                self.raw = False
        return 0

    cdef tuple values(self):
        self.make_statuses()
        return CallbackEvent.values(self)

    @property
    def _level(self):
        from resapi_cy.monitoring.states import ENDED_BADLY

        if self.status.state not in ENDED_BADLY or is_hosted(self.resource):
            return INFO
        return ERROR

    def _values(self):
        status = self.status
        return {
            "state": status.state.name,
            "checkpoint": status.checkpoint,
            "error_code": status.error_code,
            "previous": self.previous.state.name,
        }

    def _words(self):
        status = self.status
        from resapi_cy.win32 import win32_text

        state, previous = status.state.name, self.previous.state.name
        error = f", {win32_text(status.error_code)}" if status.error_code else ""
        return f"{state} (was {previous}), checkpoint {status.checkpoint:,}{error}"

    @property
    def status(self):
        """ResourceStatus: what was reported."""
        self.make_statuses()
        return self.first

    @property
    def previous(self):
        """ResourceStatus: what was published until then, with its newest checkpoint."""
        self.make_statuses()
        return self.second


cdef class LogMessage(CallbackEvent):
    """A line for the cluster log, its inserts expanded.

    Resource API: PLOG_EVENT_ROUTINE.
    """

    __match_args__ = ("resource", "level", "text")

    @property
    def _level(self):
        # A level that the header does not name is taken as serious.
        return LEVELS[self.first] if 0 <= self.first < len(LEVELS) else CRITICAL

    def _values(self):
        return {"level": self.first.name, "text": self._message()}

    def _words(self):
        return f"{self.first.name}: {self._message()}"

    def _message(self):
        return self.second.rstrip()

    @property
    def level(self):
        """LogLevel: how serious it is."""
        return self.first

    @property
    def text(self):
        """str: at most 32768 UTF-16 units, as FormatMessage made it: line ends are ``\\r\\n``."""
        return self.second


cdef class FailureSignaled(CallbackEvent):
    """A DLL reports a failure without waiting for the next poll.

    Resource API: PSIGNAL_FAILURE_ROUTINE.
    """

    __match_args__ = ("resource", "failure_type", "error_code")

    @property
    def _level(self):
        return INFO if is_hosted(self.resource) else ERROR

    @property
    def failure_type(self):
        """FailureType: what has failed."""
        return self.first

    @property
    def error_code(self):
        """int: the application's own code."""
        return self.second


cdef class LockedModeSet(CallbackEvent):
    """A resource was locked against operations, or unlocked.

    Resource API: PSET_RESOURCE_LOCKED_MODE_ROUTINE.
    """

    __match_args__ = ("resource", "enabled", "reason")

    @property
    def enabled(self):
        """bool: locked or unlocked."""
        return self.first

    @property
    def reason(self):
        """int: the reason flag that the DLL gave."""
        return self.second


cdef class LockedModeSetEx(LockedModeSet):
    """As LockedModeSet, with flags.

    Resource API: PSET_RESOURCE_LOCKED_MODE_EX_ROUTINE.
    """

    __match_args__ = ("resource", "enabled", "reason", "flags")

    @property
    def flags(self):
        """int: ``LOCKED_MODE_FLAGS_…``."""
        return self.third


cdef class NodeLocalPropertiesSet(CallbackEvent):
    """A DLL set properties that live on this node and in memory only.

    Resource API: PSET_RESOURCE_INMEMORY_NODELOCAL_PROPERTIES_ROUTINE.
    """

    __match_args__ = ("resource", "properties")

    @property
    def properties(self):
        """bytes: the property list, as the DLL gave it."""
        return self.first


cdef class ControlCallEnded(CallbackEvent):
    """A control call that the DLL had taken on is finished; its context is no longer valid.

    Resource API: PEND_CONTROL_CALL.
    """

    __match_args__ = ("resource", "context", "status")

    @property
    def context(self):
        """int: what ``open_control_call`` returned."""
        return self.first

    @property
    def status(self):
        """int: the Win32 code that the call ended with; 0 for success."""
        return self.second


cdef class TypeControlCallEnded(ControlCallEnded):
    """As ControlCallEnded, for a control call to a resource type.

    Resource API: PEND_TYPE_CONTROL_CALL.
    """


cdef class ControlCallExtended(CallbackEvent):
    """A DLL asks for more time to finish a control call.

    Resource API: PEXTEND_RES_CONTROL_CALL.
    """

    __match_args__ = ("resource", "context", "timeout_ms")

    @property
    def context(self):
        """int: what ``open_control_call`` returned."""
        return self.first

    @property
    def timeout_ms(self):
        """int: the new timeout, in milliseconds."""
        return self.second


cdef class TypeControlCallExtended(ControlCallExtended):
    """As ControlCallExtended, for a control call to a resource type.

    Resource API: PEXTEND_RES_TYPE_CONTROL_CALL.
    """


cdef class TypeNotificationRaised(CallbackEvent):
    """A DLL has bytes for whoever listens to its resource type.

    Resource API: PRAISE_RES_TYPE_NOTIFICATION.
    """

    __match_args__ = ("resource", "resource_type", "payload")

    @property
    def resource_type(self):
        """str: the resource type's name."""
        return self.first

    @property
    def payload(self):
        """bytes: what the DLL sent."""
        return self.second


cdef class DumpProcessChanged(CallbackEvent):
    """A process joins those that are dumped when the resource hangs, or leaves them.

    Resource API: PCHANGE_RESOURCE_PROCESS_FOR_DUMPS.
    """

    __match_args__ = ("resource", "process_name", "process_id", "added")

    @property
    def process_name(self):
        """str: the process's name."""
        return self.first

    @property
    def process_id(self):
        """int: the process's number."""
        return self.second

    @property
    def added(self):
        """bool: joins or leaves."""
        return self.third


cdef class TypeDumpProcessChanged(DumpProcessChanged):
    """As DumpProcessChanged, for every resource of a type.

    Resource API: PCHANGE_RES_TYPE_PROCESS_FOR_DUMPS.
    """

    __match_args__ = ("resource", "process_name", "process_id", "added", "resource_type")

    @property
    def resource_type(self):
        """str: the resource type's name."""
        return self.fourth


cdef class InternalStateSet(CallbackEvent):
    """How far the application inside a virtual machine has come.

    Resource API: PSET_INTERNAL_STATE.
    """

    __match_args__ = ("resource", "state", "active")

    @property
    def state(self):
        """ApplicationState: which stage."""
        return self.first

    @property
    def active(self):
        """bool: reached or left."""
        return self.second


cdef class DumpRequested(CallbackEvent):
    """A DLL asks for a dump of the resource's process.

    Resource API: PREQUEST_DUMP_ROUTINE.
    """

    __match_args__ = ("resource", "call_in_progress", "delay_ms")

    @property
    def call_in_progress(self):
        """bool: a call that does not return is the reason."""
        return self.first

    @property
    def delay_ms(self):
        """int: how long to wait first, in milliseconds."""
        return self.second


cdef class WprPolicySet(CallbackEvent):
    """A DLL chooses which of its calls Windows Performance Recorder watches.

    Resource API: PSET_RESOURCE_WPR_POLICY_ROUTINE.
    """

    __match_args__ = ("resource", "flags")

    @property
    def flags(self):
        """int: ``CLUSRES_DISABLE_WPR_WATCHDOG_…``."""
        return self.first


cdef class WprWatchdogArmed(CallbackEvent):
    """A DLL has Windows Performance Recorder watch the entry point that is running.

    Resource API: PARM_WPR_WATCHDOG_FOR_CURRENT_RESOURCE_CALL_ROUTINE.
    """

    __match_args__ = ("resource", "timeout_ms")

    @property
    def timeout_ms(self):
        """int: when to start recording, in milliseconds; 2**64 - 1 for as configured."""
        return self.first


cdef class QuorumResourceLost(CallbackEvent):
    """A quorum resource can be held no longer: the DLL called what ``Arbitrate`` was given.

    Resource API: PQUORUM_RESOURCE_LOST.
    """

    @property
    def _level(self):
        return ERROR


# ---- From the core's events to these ------------------------------------------------------------

cdef str text_of(const Block* block):
    # "replace": a lone surrogate becomes U+FFFD, so that the text can be printed and stored.
    cdef int little_endian = -1
    return PyUnicode_DecodeUTF16(<char*> block.data, block.bytes, "replace", &little_endian)


cdef bytes bytes_of(const Block* block):
    return PyBytes_FromStringAndSize(<char*> block.data, block.bytes)


cdef CallbackEvent event_of(CoreEvent* event, object resource, int64_t epoch_offset):
    cdef CallbackEvent made
    cdef StatusChanged change
    kind = event.kind
    numbers = event.numbers
    if kind == EventKind.status_changed:
        made = change = StatusChanged.__new__(StatusChanged)
        change.reported = event.status
        change.replaced = event.previous
        change.raw = True
    elif kind == EventKind.log_message:
        made = LogMessage.__new__(LogMessage)
        made.first = log_level_of(<int32_t> numbers[0])
        made.second = text_of(&event.blocks[0])
    elif kind == EventKind.failure_signaled:
        made = FailureSignaled.__new__(FailureSignaled)
        made.first = FailureType(<int32_t> numbers[0])
        made.second = numbers[1]
    elif kind == EventKind.locked_mode_set:
        made = LockedModeSet.__new__(LockedModeSet)
        made.first = numbers[0] != 0
        made.second = numbers[1]
    elif kind == EventKind.locked_mode_set_ex:
        made = LockedModeSetEx.__new__(LockedModeSetEx)
        made.first = numbers[0] != 0
        made.second = numbers[1]
        made.third = numbers[2]
    elif kind == EventKind.node_local_properties_set:
        made = NodeLocalPropertiesSet.__new__(NodeLocalPropertiesSet)
        made.first = bytes_of(&event.blocks[0])
    elif kind == EventKind.type_notification_raised:
        made = TypeNotificationRaised.__new__(TypeNotificationRaised)
        made.first = text_of(&event.blocks[0])
        made.second = bytes_of(&event.blocks[1])
    elif kind == EventKind.dump_process_changed:
        made = DumpProcessChanged.__new__(DumpProcessChanged)
        made.first = text_of(&event.blocks[0])
        made.second = numbers[0]
        made.third = numbers[1] != 0
    elif kind == EventKind.type_dump_process_changed:
        made = TypeDumpProcessChanged.__new__(TypeDumpProcessChanged)
        made.first = text_of(&event.blocks[1])
        made.second = numbers[0]
        made.third = numbers[1] != 0
        made.fourth = text_of(&event.blocks[0])
    elif kind == EventKind.internal_state_set:
        made = InternalStateSet.__new__(InternalStateSet)
        made.first = ApplicationState(<int32_t> numbers[0])
        made.second = numbers[1] != 0
    elif kind == EventKind.dump_requested:
        made = DumpRequested.__new__(DumpRequested)
        made.first = numbers[0] != 0
        made.second = numbers[1]
    elif kind == EventKind.wpr_policy_set:
        made = WprPolicySet.__new__(WprPolicySet)
        made.first = numbers[0]
    elif kind == EventKind.quorum_resource_lost:
        made = QuorumResourceLost.__new__(QuorumResourceLost)
    elif kind == EventKind.wpr_watchdog_armed:
        made = WprWatchdogArmed.__new__(WprWatchdogArmed)
        made.first = numbers[0]
    else:
        if kind == EventKind.control_call_ended:
            made = ControlCallEnded.__new__(ControlCallEnded)
        elif kind == EventKind.type_control_call_ended:
            made = TypeControlCallEnded.__new__(TypeControlCallEnded)
        elif kind == EventKind.control_call_extended:
            made = ControlCallExtended.__new__(ControlCallExtended)
        else:
            made = TypeControlCallExtended.__new__(TypeControlCallExtended)
        made.first = numbers[0]
        made.second = numbers[1]
    made.resource = resource
    made.monotonic = event.monotonic
    made.time = event.monotonic + epoch_offset
    made.complete = True
    return made
