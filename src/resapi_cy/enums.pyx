"""The Resource API's enumerations and flags. Every value is taken from the header when compiled,
but the control codes' (control_codes.py): an SDK may be older than some of them.

A resource DLL may report a value that the header does not document. That is never an error: the
enumerations answer with a member of their own, UNDOCUMENTED_<value>, and the flags keep the bits.
Neither is remembered, so values that a DLL makes up cost no memory.
"""

from enum import IntEnum, IntFlag

from resapi_cy.clusapi cimport *
from resapi_cy.resapi cimport *

__all__ = [
    "ApplicationState",
    "ControlCode",
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

    UNKNOWN = ClusterResourceStateUnknown
    INHERITED = ClusterResourceInherited
    INITIALIZING = ClusterResourceInitializing
    ONLINE = ClusterResourceOnline
    OFFLINE = ClusterResourceOffline
    FAILED = ClusterResourceFailed
    PENDING = ClusterResourcePending
    ONLINE_PENDING = ClusterResourceOnlinePending
    OFFLINE_PENDING = ClusterResourceOfflinePending
    CANNOT_COME_ONLINE_ON_THIS_NODE = <int>ClusterResourceCannotComeOnlineOnThisNode
    CANNOT_COME_ONLINE_ON_ANY_NODE = <int>ClusterResourceCannotComeOnlineOnAnyNode


class ExitState(_HeaderEnum):
    """What a status callback answers: go on, or the resource has been terminated.

    resapi.h: RESOURCE_EXIT_STATE. After TERMINATE, the caller ends its online or offline work and
    stops every worker thread of the resource at once.
    """

    CONTINUE = ResourceExitStateContinue
    TERMINATE = ResourceExitStateTerminate


class LogLevel(_HeaderEnum):
    """How grave a log message is. resapi.h: LOG_LEVEL."""

    INFORMATION = LOG_INFORMATION
    WARNING = LOG_WARNING
    ERROR = LOG_ERROR
    SEVERE = LOG_SEVERE


class FailureType(_HeaderEnum):
    """What kind of failure SignalFailure reports. resapi.h: FAILURE_TYPE.

    EMBEDDED is a failure inside the application, which the resource itself has survived.
    """

    GENERAL = FAILURE_TYPE_GENERAL
    EMBEDDED = FAILURE_TYPE_EMBEDDED
    NETWORK_LOSS = FAILURE_TYPE_NETWORK_LOSS


class ApplicationState(_HeaderEnum):
    """How far the application in a virtual machine has come, told through SetInternalState.

    resapi.h: CLUSTER_RESOURCE_APPLICATION_STATE.
    """

    UNKNOWN = ClusterResourceApplicationStateUnknown
    OS_HEARTBEAT = ClusterResourceApplicationOSHeartBeat
    READY = ClusterResourceApplicationReady


class MonitorState(_HeaderEnum):
    """What a resource monitor is doing. resapi.h: RESOURCE_MONITOR_STATE."""

    INITIALIZING = RmonInitializing
    IDLE = RmonIdle
    STARTING_RESOURCE = RmonStartingResource
    INITIALIZING_RESOURCE = RmonInitializingResource
    ONLINE_RESOURCE = RmonOnlineResource
    OFFLINE_RESOURCE = RmonOfflineResource
    SHUTDOWN_RESOURCE = RmonShutdownResource
    DELETING_RESOURCE = RmonDeletingResource
    IS_ALIVE_POLL = RmonIsAlivePoll
    LOOKS_ALIVE_POLL = RmonLooksAlivePoll
    ARBITRATE_RESOURCE = RmonArbitrateResource
    RELEASE_RESOURCE = RmonReleaseResource
    RESOURCE_CONTROL = RmonResourceControl
    RESOURCE_TYPE_CONTROL = RmonResourceTypeControl
    TERMINATE_RESOURCE = RmonTerminateResource
    DEADLOCKED = RmonDeadlocked


class RestartAction(_HeaderEnum):
    """What happens when a resource fails. clusapi.h: CLUSTER_RESOURCE_RESTART_ACTION.

    With RESTART_NOTIFY, a resource that has failed too often is to fail over to another node.
    """

    DONT_RESTART = ClusterResourceDontRestart
    RESTART_NO_NOTIFY = ClusterResourceRestartNoNotify
    RESTART_NOTIFY = ClusterResourceRestartNotify


class ResourceApiVersion(_HeaderEnum):
    """A version of the resource DLL interface, as Startup and StartupEx negotiate it.

    resapi.h: CLRES_FUNCTION_TABLE, CLRES_VERSION_V1_00 and so on.
    """

    V1 = CLRES_VERSION_V1_00
    V2 = CLRES_VERSION_V2_00
    V3 = CLRES_VERSION_V3_00
    V4 = CLRES_VERSION_V4_00


class StatusFlags(_HeaderFlag):
    """Why an operation cannot go on, and what to collect. resapi.h: RESOURCE_STATUS_EX, Flags."""

    OFFLINE_BUSY = CLUSRESDLL_STATUS_OFFLINE_BUSY
    OFFLINE_SOURCE_THROTTLED = CLUSRESDLL_STATUS_OFFLINE_SOURCE_THROTTLED
    OFFLINE_DESTINATION_THROTTLED = CLUSRESDLL_STATUS_OFFLINE_DESTINATION_THROTTLED
    OFFLINE_DESTINATION_REJECTED = CLUSRESDLL_STATUS_OFFLINE_DESTINATION_REJECTED
    INSUFFICIENT_MEMORY = CLUSRESDLL_STATUS_INSUFFICIENT_MEMORY
    INSUFFICIENT_PROCESSOR = CLUSRESDLL_STATUS_INSUFFICIENT_PROCESSOR
    INSUFFICIENT_OTHER_RESOURCES = CLUSRESDLL_STATUS_INSUFFICIENT_OTHER_RESOURCES
    INVALID_PARAMETERS = CLUSRESDLL_STATUS_INVALID_PARAMETERS
    NETWORK_NOT_AVAILABLE = CLUSRESDLL_STATUS_NETWORK_NOT_AVAILABLE
    DO_NOT_COLLECT_WER_REPORT = CLUSRESDLL_STATUS_DO_NOT_COLLECT_WER_REPORT
    DUMP_NOW = CLUSRESDLL_STATUS_DUMP_NOW


class OpenFlags(_HeaderFlag):
    """How to open a resource. resapi.h: POPEN_V2_ROUTINE, OpenFlags."""

    RECOVER_MONITOR_STATE = CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE
    DONT_DELETE_TEMP_DISK = CLUS_RESDLL_OPEN_DONT_DELETE_TEMP_DISK


class OnlineFlags(_HeaderFlag):
    """How to bring a resource online. resapi.h: PONLINE_V2_ROUTINE, OnlineFlags."""

    RECOVER_MONITOR_STATE = CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE
    IGNORE_RESOURCE_STATUS = CLUS_RESDLL_ONLINE_IGNORE_RESOURCE_STATUS
    RETURN_TO_SOURCE_NODE_ON_ERROR = CLUS_RESDLL_ONLINE_RETURN_TO_SOURCE_NODE_ON_ERROR
    RESTORE_ONLINE_STATE = CLUS_RESDLL_ONLINE_RESTORE_ONLINE_STATE
    IGNORE_NETWORK_CONNECTIVITY = CLUS_RESDLL_ONLINE_IGNORE_NETWORK_CONNECTIVITY


class OfflineFlags(_HeaderFlag):
    """How, and why, to take a resource offline. resapi.h: POFFLINE_V2_ROUTINE, OfflineFlags."""

    IGNORE_RESOURCE_STATUS = CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS
    RETURN_TO_SOURCE_NODE_ON_ERROR = CLUS_RESDLL_OFFLINE_RETURN_TO_SOURCE_NODE_ON_ERROR
    QUEUE_ENABLED = CLUS_RESDLL_OFFLINE_QUEUE_ENABLED
    RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR = (
        CLUS_RESDLL_OFFLINE_RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR
    )
    DUE_TO_EMBEDDED_FAILURE = CLUS_RESDLL_OFFLINE_DUE_TO_EMBEDDED_FAILURE
    IGNORE_NETWORK_CONNECTIVITY = CLUS_RESDLL_OFFLINE_IGNORE_NETWORK_CONNECTIVITY
    DO_NOT_UPDATE_PERSISTENT_STATE = CLUS_RESDLL_OFFLINE_DO_NOT_UPDATE_PERSISTENT_STATE


class LockedModeFlags(_HeaderFlag):
    """How to lock a resource. resapi.h: PSET_RESOURCE_LOCKED_MODE_EX_ROUTINE, LockedModeFlags."""

    DONT_REMOVE_FROM_MOVE_QUEUE = LOCKED_MODE_FLAGS_DONT_REMOVE_FROM_MOVE_QUEUE


class WprPolicyFlags(_HeaderFlag):
    """Which slow calls not to trace. resapi.h: PSET_RESOURCE_WPR_POLICY_ROUTINE, WprPolicyFlags."""

    DISABLE_WATCHDOG_FOR_ONLINE_CALLS = CLUSRES_DISABLE_WPR_WATCHDOG_FOR_ONLINE_CALLS
    DISABLE_WATCHDOG_FOR_OFFLINE_CALLS = CLUSRES_DISABLE_WPR_WATCHDOG_FOR_OFFLINE_CALLS


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
