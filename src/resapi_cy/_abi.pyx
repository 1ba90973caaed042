"""The binary interface that this build of the package has, for the tests to check."""

from resapi_cy.clusapi cimport *
from resapi_cy.resapi cimport *
from resapi_cy.winbase cimport *


cdef CLRES_CALLBACK_FUNCTION_TABLE callbacks
cdef CLRES_FUNCTION_TABLE table
cdef RESOURCE_STATUS status
cdef RESOURCE_STATUS_EX status_ex
cdef GET_OPERATION_CONTEXT_PARAMS context
cdef MONITOR_STATE monitor
cdef CLUS_WORKER worker


cdef size_t offset(const void *field, const void *structure) noexcept:
    return <const char *>field - <const char *>structure


def layout() -> dict[str, tuple[int, dict[str, int]]]:
    """Each structure's size and the offsets of its fields, in bytes."""
    cdef CLRES_V1_FUNCTIONS *v1 = &table.V1Functions
    cdef CLRES_V2_FUNCTIONS *v2 = &table.V2Functions
    cdef CLRES_V3_FUNCTIONS *v3 = &table.V3Functions
    cdef CLRES_V4_FUNCTIONS *v4 = &table.V4Functions
    return {
        "RESOURCE_STATUS": (
            sizeof(RESOURCE_STATUS),
            {
                "ResourceState": offset(&status.ResourceState, &status),
                "CheckPoint": offset(&status.CheckPoint, &status),
                "WaitHint": offset(&status.WaitHint, &status),
                "EventHandle": offset(&status.EventHandle, &status),
            },
        ),
        "RESOURCE_STATUS_EX": (
            sizeof(RESOURCE_STATUS_EX),
            {
                "ResourceState": offset(&status_ex.ResourceState, &status_ex),
                "CheckPoint": offset(&status_ex.CheckPoint, &status_ex),
                "EventHandle": offset(&status_ex.EventHandle, &status_ex),
                "ApplicationSpecificErrorCode": offset(
                    &status_ex.ApplicationSpecificErrorCode, &status_ex
                ),
                "Flags": offset(&status_ex.Flags, &status_ex),
                "WaitHint": offset(&status_ex.WaitHint, &status_ex),
            },
        ),
        "CLRES_CALLBACK_FUNCTION_TABLE": (
            sizeof(CLRES_CALLBACK_FUNCTION_TABLE),
            {
                "LogEvent": offset(&callbacks.LogEvent, &callbacks),
                "SetResourceStatusEx": offset(&callbacks.SetResourceStatusEx, &callbacks),
                "SetResourceLockedMode": offset(&callbacks.SetResourceLockedMode, &callbacks),
                "SignalFailure": offset(&callbacks.SignalFailure, &callbacks),
                "SetResourceInMemoryNodeLocalProperties": offset(
                    &callbacks.SetResourceInMemoryNodeLocalProperties, &callbacks
                ),
                "EndControlCall": offset(&callbacks.EndControlCall, &callbacks),
                "EndTypeControlCall": offset(&callbacks.EndTypeControlCall, &callbacks),
                "ExtendControlCall": offset(&callbacks.ExtendControlCall, &callbacks),
                "ExtendTypeControlCall": offset(&callbacks.ExtendTypeControlCall, &callbacks),
                "RaiseResTypeNotification": offset(&callbacks.RaiseResTypeNotification, &callbacks),
                "ChangeResourceProcessForDumps": offset(
                    &callbacks.ChangeResourceProcessForDumps, &callbacks
                ),
                "ChangeResTypeProcessForDumps": offset(
                    &callbacks.ChangeResTypeProcessForDumps, &callbacks
                ),
                "SetInternalState": offset(&callbacks.SetInternalState, &callbacks),
                "SetResourceLockedModeEx": offset(&callbacks.SetResourceLockedModeEx, &callbacks),
                "RequestDump": offset(&callbacks.RequestDump, &callbacks),
                "SetResourceWprPolicy": offset(&callbacks.SetResourceWprPolicy, &callbacks),
                "ArmWprWatchdogForCurrentResourceCall": offset(
                    &callbacks.ArmWprWatchdogForCurrentResourceCall, &callbacks
                ),
            },
        ),
        "GET_OPERATION_CONTEXT_PARAMS": (
            sizeof(GET_OPERATION_CONTEXT_PARAMS),
            {
                "Size": offset(&context.Size, &context),
                "Version": offset(&context.Version, &context),
                "Type": offset(&context.Type, &context),
                "Priority": offset(&context.Priority, &context),
            },
        ),
        "CLRES_V1_FUNCTIONS": (
            sizeof(CLRES_V1_FUNCTIONS),
            {
                "Open": offset(&v1.Open, v1),
                "Close": offset(&v1.Close, v1),
                "Online": offset(&v1.Online, v1),
                "Offline": offset(&v1.Offline, v1),
                "Terminate": offset(&v1.Terminate, v1),
                "LooksAlive": offset(&v1.LooksAlive, v1),
                "IsAlive": offset(&v1.IsAlive, v1),
                "Arbitrate": offset(&v1.Arbitrate, v1),
                "Release": offset(&v1.Release, v1),
                "ResourceControl": offset(&v1.ResourceControl, v1),
                "ResourceTypeControl": offset(&v1.ResourceTypeControl, v1),
            },
        ),
        "CLRES_V2_FUNCTIONS": (
            sizeof(CLRES_V2_FUNCTIONS),
            {
                "Open": offset(&v2.Open, v2),
                "Close": offset(&v2.Close, v2),
                "Online": offset(&v2.Online, v2),
                "Offline": offset(&v2.Offline, v2),
                "Terminate": offset(&v2.Terminate, v2),
                "LooksAlive": offset(&v2.LooksAlive, v2),
                "IsAlive": offset(&v2.IsAlive, v2),
                "Arbitrate": offset(&v2.Arbitrate, v2),
                "Release": offset(&v2.Release, v2),
                "ResourceControl": offset(&v2.ResourceControl, v2),
                "ResourceTypeControl": offset(&v2.ResourceTypeControl, v2),
                "Cancel": offset(&v2.Cancel, v2),
            },
        ),
        "CLRES_V3_FUNCTIONS": (
            sizeof(CLRES_V3_FUNCTIONS),
            {
                "Open": offset(&v3.Open, v3),
                "Close": offset(&v3.Close, v3),
                "Online": offset(&v3.Online, v3),
                "Offline": offset(&v3.Offline, v3),
                "Terminate": offset(&v3.Terminate, v3),
                "LooksAlive": offset(&v3.LooksAlive, v3),
                "IsAlive": offset(&v3.IsAlive, v3),
                "Arbitrate": offset(&v3.Arbitrate, v3),
                "Release": offset(&v3.Release, v3),
                "BeginResourceControl": offset(&v3.BeginResourceControl, v3),
                "BeginResourceTypeControl": offset(&v3.BeginResourceTypeControl, v3),
                "Cancel": offset(&v3.Cancel, v3),
            },
        ),
        "CLRES_V4_FUNCTIONS": (
            sizeof(CLRES_V4_FUNCTIONS),
            {
                "Open": offset(&v4.Open, v4),
                "Close": offset(&v4.Close, v4),
                "Online": offset(&v4.Online, v4),
                "Offline": offset(&v4.Offline, v4),
                "Terminate": offset(&v4.Terminate, v4),
                "LooksAlive": offset(&v4.LooksAlive, v4),
                "IsAlive": offset(&v4.IsAlive, v4),
                "Arbitrate": offset(&v4.Arbitrate, v4),
                "Release": offset(&v4.Release, v4),
                "BeginResourceControl": offset(&v4.BeginResourceControl, v4),
                "BeginResourceTypeControl": offset(&v4.BeginResourceTypeControl, v4),
                "Cancel": offset(&v4.Cancel, v4),
                "BeginResourceControlAsUser": offset(&v4.BeginResourceControlAsUser, v4),
                "BeginResourceTypeControlAsUser": offset(&v4.BeginResourceTypeControlAsUser, v4),
            },
        ),
        "CLRES_FUNCTION_TABLE": (
            sizeof(CLRES_FUNCTION_TABLE),
            {
                "TableSize": offset(&table.TableSize, &table),
                "Version": offset(&table.Version, &table),
                "V1Functions": offset(&table.V1Functions, &table),
                "V2Functions": offset(&table.V2Functions, &table),
                "V3Functions": offset(&table.V3Functions, &table),
                "V4Functions": offset(&table.V4Functions, &table),
            },
        ),
        "MONITOR_STATE": (
            sizeof(MONITOR_STATE),
            {
                "LastUpdate": offset(&monitor.LastUpdate, &monitor),
                "State": offset(&monitor.State, &monitor),
                "ActiveResource": offset(&monitor.ActiveResource, &monitor),
                "ResmonStop": offset(&monitor.ResmonStop, &monitor),
            },
        ),
        "CLUS_WORKER": (
            sizeof(CLUS_WORKER),
            {
                "hThread": offset(&worker.hThread, &worker),
                "Terminate": offset(&worker.Terminate, &worker),
            },
        ),
    }


def values() -> dict[str, int]:
    """Each enumerator and constant of clusapi.h and resapi.h."""
    return {
        "ClusterResourceStateUnknown": ClusterResourceStateUnknown,
        "ClusterResourceInherited": ClusterResourceInherited,
        "ClusterResourceInitializing": ClusterResourceInitializing,
        "ClusterResourceOnline": ClusterResourceOnline,
        "ClusterResourceOffline": ClusterResourceOffline,
        "ClusterResourceFailed": ClusterResourceFailed,
        "ClusterResourcePending": ClusterResourcePending,
        "ClusterResourceOnlinePending": ClusterResourceOnlinePending,
        "ClusterResourceOfflinePending": ClusterResourceOfflinePending,
        "ClusterResourceDontRestart": ClusterResourceDontRestart,
        "ClusterResourceRestartNoNotify": ClusterResourceRestartNoNotify,
        "ClusterResourceRestartNotify": ClusterResourceRestartNotify,
        "ClusterResourceRestartActionCount": ClusterResourceRestartActionCount,
        "ClusterResourceCannotComeOnlineOnThisNode": <int>ClusterResourceCannotComeOnlineOnThisNode,
        "ClusterResourceCannotComeOnlineOnAnyNode": <int>ClusterResourceCannotComeOnlineOnAnyNode,
        "CLUSRESDLL_STATUS_OFFLINE_BUSY": CLUSRESDLL_STATUS_OFFLINE_BUSY,
        "CLUSRESDLL_STATUS_OFFLINE_SOURCE_THROTTLED": CLUSRESDLL_STATUS_OFFLINE_SOURCE_THROTTLED,
        "CLUSRESDLL_STATUS_OFFLINE_DESTINATION_THROTTLED": (
            CLUSRESDLL_STATUS_OFFLINE_DESTINATION_THROTTLED
        ),
        "CLUSRESDLL_STATUS_OFFLINE_DESTINATION_REJECTED": (
            CLUSRESDLL_STATUS_OFFLINE_DESTINATION_REJECTED
        ),
        "CLUSRESDLL_STATUS_INSUFFICIENT_MEMORY": CLUSRESDLL_STATUS_INSUFFICIENT_MEMORY,
        "CLUSRESDLL_STATUS_INSUFFICIENT_PROCESSOR": CLUSRESDLL_STATUS_INSUFFICIENT_PROCESSOR,
        "CLUSRESDLL_STATUS_INSUFFICIENT_OTHER_RESOURCES": (
            CLUSRESDLL_STATUS_INSUFFICIENT_OTHER_RESOURCES
        ),
        "CLUSRESDLL_STATUS_INVALID_PARAMETERS": CLUSRESDLL_STATUS_INVALID_PARAMETERS,
        "CLUSRESDLL_STATUS_NETWORK_NOT_AVAILABLE": CLUSRESDLL_STATUS_NETWORK_NOT_AVAILABLE,
        "CLUSRESDLL_STATUS_DO_NOT_COLLECT_WER_REPORT": CLUSRESDLL_STATUS_DO_NOT_COLLECT_WER_REPORT,
        "CLUSRESDLL_STATUS_DUMP_NOW": CLUSRESDLL_STATUS_DUMP_NOW,
        "ResourceExitStateContinue": ResourceExitStateContinue,
        "ResourceExitStateTerminate": ResourceExitStateTerminate,
        "ResourceExitStateMax": ResourceExitStateMax,
        "LOG_INFORMATION": LOG_INFORMATION,
        "LOG_WARNING": LOG_WARNING,
        "LOG_ERROR": LOG_ERROR,
        "LOG_SEVERE": LOG_SEVERE,
        "LOCKED_MODE_FLAGS_DONT_REMOVE_FROM_MOVE_QUEUE": (
            LOCKED_MODE_FLAGS_DONT_REMOVE_FROM_MOVE_QUEUE
        ),
        "FAILURE_TYPE_GENERAL": FAILURE_TYPE_GENERAL,
        "FAILURE_TYPE_EMBEDDED": FAILURE_TYPE_EMBEDDED,
        "FAILURE_TYPE_NETWORK_LOSS": FAILURE_TYPE_NETWORK_LOSS,
        "ClusterResourceApplicationStateUnknown": ClusterResourceApplicationStateUnknown,
        "ClusterResourceApplicationOSHeartBeat": ClusterResourceApplicationOSHeartBeat,
        "ClusterResourceApplicationReady": ClusterResourceApplicationReady,
        "CLUSRES_DISABLE_WPR_WATCHDOG_FOR_ONLINE_CALLS": (
            CLUSRES_DISABLE_WPR_WATCHDOG_FOR_ONLINE_CALLS
        ),
        "CLUSRES_DISABLE_WPR_WATCHDOG_FOR_OFFLINE_CALLS": (
            CLUSRES_DISABLE_WPR_WATCHDOG_FOR_OFFLINE_CALLS
        ),
        "ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER": ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER,
        "CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE": CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE,
        "CLUS_RESDLL_OPEN_DONT_DELETE_TEMP_DISK": CLUS_RESDLL_OPEN_DONT_DELETE_TEMP_DISK,
        "CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE": CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE,
        "CLUS_RESDLL_ONLINE_IGNORE_RESOURCE_STATUS": CLUS_RESDLL_ONLINE_IGNORE_RESOURCE_STATUS,
        "CLUS_RESDLL_ONLINE_RETURN_TO_SOURCE_NODE_ON_ERROR": (
            CLUS_RESDLL_ONLINE_RETURN_TO_SOURCE_NODE_ON_ERROR
        ),
        "CLUS_RESDLL_ONLINE_RESTORE_ONLINE_STATE": CLUS_RESDLL_ONLINE_RESTORE_ONLINE_STATE,
        "CLUS_RESDLL_ONLINE_IGNORE_NETWORK_CONNECTIVITY": (
            CLUS_RESDLL_ONLINE_IGNORE_NETWORK_CONNECTIVITY
        ),
        "CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS": CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS,
        "CLUS_RESDLL_OFFLINE_RETURN_TO_SOURCE_NODE_ON_ERROR": (
            CLUS_RESDLL_OFFLINE_RETURN_TO_SOURCE_NODE_ON_ERROR
        ),
        "CLUS_RESDLL_OFFLINE_QUEUE_ENABLED": CLUS_RESDLL_OFFLINE_QUEUE_ENABLED,
        "CLUS_RESDLL_OFFLINE_RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR": (
            CLUS_RESDLL_OFFLINE_RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR
        ),
        "CLUS_RESDLL_OFFLINE_DUE_TO_EMBEDDED_FAILURE": CLUS_RESDLL_OFFLINE_DUE_TO_EMBEDDED_FAILURE,
        "CLUS_RESDLL_OFFLINE_IGNORE_NETWORK_CONNECTIVITY": (
            CLUS_RESDLL_OFFLINE_IGNORE_NETWORK_CONNECTIVITY
        ),
        "CLUS_RESDLL_OFFLINE_DO_NOT_UPDATE_PERSISTENT_STATE": (
            CLUS_RESDLL_OFFLINE_DO_NOT_UPDATE_PERSISTENT_STATE
        ),
        "RESTYPE_MONITOR_SHUTTING_DOWN_NODE_STOP": RESTYPE_MONITOR_SHUTTING_DOWN_NODE_STOP,
        "RESTYPE_MONITOR_SHUTTING_DOWN_CLUSSVC_CRASH": RESTYPE_MONITOR_SHUTTING_DOWN_CLUSSVC_CRASH,
        "ResdllContextOperationTypeFailback": ResdllContextOperationTypeFailback,
        "ResdllContextOperationTypeDrain": ResdllContextOperationTypeDrain,
        "ResdllContextOperationTypeDrainFailure": ResdllContextOperationTypeDrainFailure,
        "ResdllContextOperationTypeEmbeddedFailure": ResdllContextOperationTypeEmbeddedFailure,
        "ResdllContextOperationTypePreemption": ResdllContextOperationTypePreemption,
        "ResdllContextOperationTypeNetworkDisconnect": ResdllContextOperationTypeNetworkDisconnect,
        "ResdllContextOperationTypeNetworkDisconnectMoveRetry": (
            ResdllContextOperationTypeNetworkDisconnectMoveRetry
        ),
        "CLUSCTL_GET_OPERATION_CONTEXT_PARAMS_VERSION_1": (
            CLUSCTL_GET_OPERATION_CONTEXT_PARAMS_VERSION_1
        ),
        "CLRES_VERSION_V1_00": CLRES_VERSION_V1_00,
        "CLRES_VERSION_V2_00": CLRES_VERSION_V2_00,
        "CLRES_VERSION_V3_00": CLRES_VERSION_V3_00,
        "CLRES_VERSION_V4_00": CLRES_VERSION_V4_00,
        "RmonInitializing": RmonInitializing,
        "RmonIdle": RmonIdle,
        "RmonStartingResource": RmonStartingResource,
        "RmonInitializingResource": RmonInitializingResource,
        "RmonOnlineResource": RmonOnlineResource,
        "RmonOfflineResource": RmonOfflineResource,
        "RmonShutdownResource": RmonShutdownResource,
        "RmonDeletingResource": RmonDeletingResource,
        "RmonIsAlivePoll": RmonIsAlivePoll,
        "RmonLooksAlivePoll": RmonLooksAlivePoll,
        "RmonArbitrateResource": RmonArbitrateResource,
        "RmonReleaseResource": RmonReleaseResource,
        "RmonResourceControl": RmonResourceControl,
        "RmonResourceTypeControl": RmonResourceTypeControl,
        "RmonTerminateResource": RmonTerminateResource,
        "RmonDeadlocked": RmonDeadlocked,
    }
