"""The Resource API's enumerations and flags. That every value is the header's is for
tests/test_types.py to see.

A resource DLL may report a value that the header does not document. That is never an error: the
enumerations answer with a member of their own, UNDOCUMENTED_<value>, and the flags keep the bits.
Neither is remembered, so values that a DLL makes up cost no memory.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

__all__ = [
    "ApplicationState",
    "ControlCode",  # noqa: F822 (made when it is asked for)
    "ExitState",
    "FailureType",
    "LockedModeFlags",
    "LogLevel",
    "MonitorState",
    "OfflineFlags",
    "OnlineFlags",
    "OpenFlags",
    "ResourceApiVersion",
    "ResourceState",
    "RestartAction",
    "StatusFlags",
    "WprPolicyFlags",
]


# The last letters of formats for numbers.
NUMERIC = tuple("bcdeEfFgGnoxX%")


class _HeaderEnum(IntEnum):
    """An enumeration of the header, open to values that the header does not document."""

    @classmethod
    def _missing_(cls, value):
        # A C enum or a DWORD holds no more.
        if not isinstance(value, int) or not -(1 << 31) <= value < 1 << 32:
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNDOCUMENTED_{value}" if value >= 0 else f"UNDOCUMENTED_MINUS_{-value}"
        member._value_ = int(value)
        return member

    # To people it is its name, though it is an int: in a text, in print and in a log's message. A
    # format that asks for a number, such as {state:#x}, gets one.

    def __str__(self):
        return self._name_

    def __format__(self, spec):
        return format(self._value_ if spec[-1:] in NUMERIC else self._name_, spec)

    def __reduce_ex__(self, protocol):
        # By value: some releases of CPython pickle a member by its name, which not all have here.
        return type(self), (self._value_,)


class _HeaderFlag(IntFlag):
    """Flags of the header, in a DWORD; bits that the header does not document are kept."""

    def __str__(self):
        return self.name or f"{self._value_:#x}"

    def __format__(self, spec):
        return format(self._value_ if spec[-1:] in NUMERIC else str(self), spec)

    @classmethod
    def _missing_(cls, value):
        # What is negative is the complement of a DWORD.
        if not isinstance(value, int) or not -(1 << 32) <= value < 1 << 32:
            return None
        member = super()._missing_(value & 0xFFFFFFFF)
        if member._value_ & ~cls._flag_mask_:
            # The enum module remembers each combination. Of documented bits there are few.
            cls._value2member_map_.pop(member._value_, None)
        return member


class ResourceState(_HeaderEnum):
    """The state of a resource, as a resource DLL reports it.

    clusapi.h: CLUSTER_RESOURCE_STATE. CANNOT_COME_ONLINE_ON_THIS_NODE and
    CANNOT_COME_ONLINE_ON_ANY_NODE, which a DLL may report in place of OFFLINE and FAILED, are
    resapi.h's: RESOURCE_STATUS.
    """

    UNKNOWN = -1
    INHERITED = 0
    INITIALIZING = 1
    ONLINE = 2
    OFFLINE = 3
    FAILED = 4
    PENDING = 128
    ONLINE_PENDING = 129
    OFFLINE_PENDING = 130
    CANNOT_COME_ONLINE_ON_THIS_NODE = 127
    CANNOT_COME_ONLINE_ON_ANY_NODE = 126


class ExitState(_HeaderEnum):
    """What a status callback answers: go on, or the resource has been terminated.

    resapi.h: RESOURCE_EXIT_STATE. After TERMINATE, the caller ends its online or offline work and
    stops every worker thread of the resource at once.
    """

    CONTINUE = 0
    TERMINATE = 1


class LogLevel(_HeaderEnum):
    """How grave a log message is. resapi.h: LOG_LEVEL."""

    INFORMATION = 0
    WARNING = 1
    ERROR = 2
    SEVERE = 3


class FailureType(_HeaderEnum):
    """What kind of failure SignalFailure reports. resapi.h: FAILURE_TYPE.

    EMBEDDED is a failure inside the application, which the resource itself has survived.
    """

    GENERAL = 0
    EMBEDDED = 1
    NETWORK_LOSS = 2


class ApplicationState(_HeaderEnum):
    """How far the application in a virtual machine has come, told through SetInternalState.

    resapi.h: CLUSTER_RESOURCE_APPLICATION_STATE.
    """

    UNKNOWN = 1
    OS_HEARTBEAT = 2
    READY = 3


class MonitorState(_HeaderEnum):
    """What a resource monitor is doing. resapi.h: RESOURCE_MONITOR_STATE."""

    INITIALIZING = 0
    IDLE = 1
    STARTING_RESOURCE = 2
    INITIALIZING_RESOURCE = 3
    ONLINE_RESOURCE = 4
    OFFLINE_RESOURCE = 5
    SHUTDOWN_RESOURCE = 6
    DELETING_RESOURCE = 7
    IS_ALIVE_POLL = 8
    LOOKS_ALIVE_POLL = 9
    ARBITRATE_RESOURCE = 10
    RELEASE_RESOURCE = 11
    RESOURCE_CONTROL = 12
    RESOURCE_TYPE_CONTROL = 13
    TERMINATE_RESOURCE = 14
    DEADLOCKED = 15


class RestartAction(_HeaderEnum):
    """What happens when a resource fails. clusapi.h: CLUSTER_RESOURCE_RESTART_ACTION.

    With RESTART_NOTIFY, a resource that has failed too often is to fail over to another node.
    """

    DONT_RESTART = 0
    RESTART_NO_NOTIFY = 1
    RESTART_NOTIFY = 2


class ResourceApiVersion(_HeaderEnum):
    """A version of the resource DLL interface, as Startup and StartupEx negotiate it.

    resapi.h: CLRES_FUNCTION_TABLE, CLRES_VERSION_V1_00 and so on.
    """

    V1 = 0x100
    V2 = 0x200
    V3 = 0x300
    V4 = 0x400


class StatusFlags(_HeaderFlag):
    """Why an operation cannot go on, and what to collect. resapi.h: RESOURCE_STATUS_EX, Flags."""

    OFFLINE_BUSY = 0x00000001
    OFFLINE_SOURCE_THROTTLED = 0x00000002
    OFFLINE_DESTINATION_THROTTLED = 0x00000004
    OFFLINE_DESTINATION_REJECTED = 0x00000008
    INSUFFICIENT_MEMORY = 0x00000010
    INSUFFICIENT_PROCESSOR = 0x00000020
    INSUFFICIENT_OTHER_RESOURCES = 0x00000040
    INVALID_PARAMETERS = 0x00000080
    NETWORK_NOT_AVAILABLE = 0x00000100
    DO_NOT_COLLECT_WER_REPORT = 0x40000000
    DUMP_NOW = 0x80000000


class OpenFlags(_HeaderFlag):
    """How to open a resource. resapi.h: POPEN_V2_ROUTINE, OpenFlags."""

    RECOVER_MONITOR_STATE = 0x00000001
    DONT_DELETE_TEMP_DISK = 0x00000002


class OnlineFlags(_HeaderFlag):
    """How to bring a resource online. resapi.h: PONLINE_V2_ROUTINE, OnlineFlags."""

    RECOVER_MONITOR_STATE = 0x00000001
    IGNORE_RESOURCE_STATUS = 0x00000002
    RETURN_TO_SOURCE_NODE_ON_ERROR = 0x00000004
    RESTORE_ONLINE_STATE = 0x00000008
    IGNORE_NETWORK_CONNECTIVITY = 0x00000010


class OfflineFlags(_HeaderFlag):
    """How, and why, to take a resource offline. resapi.h: POFFLINE_V2_ROUTINE, OfflineFlags."""

    IGNORE_RESOURCE_STATUS = 0x00000001
    RETURN_TO_SOURCE_NODE_ON_ERROR = 0x00000002
    QUEUE_ENABLED = 0x00000004
    RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR = 0x00000008
    DUE_TO_EMBEDDED_FAILURE = 0x00000010
    IGNORE_NETWORK_CONNECTIVITY = 0x00000020
    DO_NOT_UPDATE_PERSISTENT_STATE = 0x00000040


class LockedModeFlags(_HeaderFlag):
    """How to lock a resource. resapi.h: PSET_RESOURCE_LOCKED_MODE_EX_ROUTINE, LockedModeFlags."""

    DONT_REMOVE_FROM_MOVE_QUEUE = 0x00000001


class WprPolicyFlags(_HeaderFlag):
    """Which slow calls not to trace. resapi.h: PSET_RESOURCE_WPR_POLICY_ROUTINE, WprPolicyFlags."""

    DISABLE_WATCHDOG_FOR_ONLINE_CALLS = 0x00000001
    DISABLE_WATCHDOG_FOR_OFFLINE_CALLS = 0x00000002


def __getattr__(name):
    """Makes ControlCode when it is first asked for: it has hundreds of members, each of which would
    cost everybody's import."""
    if name != "ControlCode":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from resapi_cy.control_codes import CONTROL_CODES

    made = _HeaderEnum("ControlCode", CONTROL_CODES, module=__name__)
    made.__doc__ = """\
    What a control call asks of an object of the cluster. A DLL, which is asked about a resource or
    about its type, has codes of its own besides.

    clusapi.h: CLUSCTL_RESOURCE_CODES, CLUSCTL_RESOURCE_TYPE_CODES, CLUSCTL_GROUP_CODES and so on,
    without the prefix ``CLUSCTL_``: the name begins with the kind of object, as the value does.
    Where the header has two names for one value, the later is an alias.
    """
    return globals().setdefault(name, made)  # two threads may have asked
