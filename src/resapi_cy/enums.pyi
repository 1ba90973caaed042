from enum import IntEnum, IntFlag

__all__ = [
    "ApplicationState",
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
    "StatusFlags",
    "WprPolicyFlags",
]

class ResourceState(IntEnum):
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

class ExitState(IntEnum):
    CONTINUE = 0
    TERMINATE = 1

class LogLevel(IntEnum):
    INFORMATION = 0
    WARNING = 1
    ERROR = 2
    SEVERE = 3

class FailureType(IntEnum):
    GENERAL = 0
    EMBEDDED = 1
    NETWORK_LOSS = 2

class ApplicationState(IntEnum):
    UNKNOWN = 1
    OS_HEARTBEAT = 2
    READY = 3

class MonitorState(IntEnum):
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

class ResourceApiVersion(IntEnum):
    V1 = 0x100
    V2 = 0x200
    V3 = 0x300
    V4 = 0x400

class StatusFlags(IntFlag):
    OFFLINE_BUSY = 0x1
    OFFLINE_SOURCE_THROTTLED = 0x2
    OFFLINE_DESTINATION_THROTTLED = 0x4
    OFFLINE_DESTINATION_REJECTED = 0x8
    INSUFFICIENT_MEMORY = 0x10
    INSUFFICIENT_PROCESSOR = 0x20
    INSUFFICIENT_OTHER_RESOURCES = 0x40
    INVALID_PARAMETERS = 0x80
    NETWORK_NOT_AVAILABLE = 0x100
    DO_NOT_COLLECT_WER_REPORT = 0x40000000
    DUMP_NOW = 0x80000000

class OpenFlags(IntFlag):
    RECOVER_MONITOR_STATE = 0x1
    DONT_DELETE_TEMP_DISK = 0x2

class OnlineFlags(IntFlag):
    RECOVER_MONITOR_STATE = 0x1
    IGNORE_RESOURCE_STATUS = 0x2
    RETURN_TO_SOURCE_NODE_ON_ERROR = 0x4
    RESTORE_ONLINE_STATE = 0x8
    IGNORE_NETWORK_CONNECTIVITY = 0x10

class OfflineFlags(IntFlag):
    IGNORE_RESOURCE_STATUS = 0x1
    RETURN_TO_SOURCE_NODE_ON_ERROR = 0x2
    QUEUE_ENABLED = 0x4
    RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR = 0x8
    DUE_TO_EMBEDDED_FAILURE = 0x10
    IGNORE_NETWORK_CONNECTIVITY = 0x20
    DO_NOT_UPDATE_PERSISTENT_STATE = 0x40

class LockedModeFlags(IntFlag):
    DONT_REMOVE_FROM_MOVE_QUEUE = 0x1

class WprPolicyFlags(IntFlag):
    DISABLE_WATCHDOG_FOR_ONLINE_CALLS = 0x1
    DISABLE_WATCHDOG_FOR_OFFLINE_CALLS = 0x2
