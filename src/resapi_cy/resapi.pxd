"""resapi.h: the interface between a resource monitor and its resource DLLs, in the header's order,
and after it the resource utilities of resutils.h, which resapi.h includes at its end.

Comments that say what each part is for, and who calls it, stand in include/resapi_cy/resapi.h.
"""

from resapi_cy.clusapi cimport (
    CLUSGROUP_TYPE,
    CLUSTER_NODE_STATE,
    CLUSTER_RESOURCE_STATE,
    HCLUSTER,
    HGROUP,
    HNODE,
    HRESOURCE,
    PCLUSPROP_BINARY,
    PCLUSPROP_DWORD,
    PCLUSPROP_FILETIME,
    PCLUSPROP_LONG,
    PCLUSPROP_SZ,
    PCLUS_RESOURCE_CLASS_INFO,
)
from resapi_cy.winbase cimport (
    BOOL,
    BYTE,
    DWORD,
    DWORD_PTR,
    FILETIME,
    HANDLE,
    HKEY,
    INT64,
    LARGE_INTEGER,
    LONG,
    LPBYTE,
    LPCWSTR,
    LPDWORD,
    LPHANDLE,
    LPSC_HANDLE,
    LPVOID,
    LPWSTR,
    PBOOL,
    PBYTE,
    PFILETIME,
    PLONG,
    PULONGLONG,
    PVOID,
    SC_HANDLE,
    SIZE_T,
    ULARGE_INTEGER,
    ULONGLONG,
)


cdef extern from "resapi_cy/resapi.h" nogil:
    # Who is who

    ctypedef PVOID RESID
    ctypedef HANDLE RESOURCE_HANDLE
    ctypedef INT64 PRES_CTL_CTX
    ctypedef INT64 PRESTYPE_CTL_CTX

    # Reporting status

    const CLUSTER_RESOURCE_STATE ClusterResourceCannotComeOnlineOnThisNode
    const CLUSTER_RESOURCE_STATE ClusterResourceCannotComeOnlineOnAnyNode

    ctypedef struct RESOURCE_STATUS:
        CLUSTER_RESOURCE_STATE ResourceState
        DWORD CheckPoint
        DWORD WaitHint
        HANDLE EventHandle
    ctypedef RESOURCE_STATUS *PRESOURCE_STATUS

    ctypedef struct RESOURCE_STATUS_EX:
        CLUSTER_RESOURCE_STATE ResourceState
        DWORD CheckPoint
        HANDLE EventHandle
        DWORD ApplicationSpecificErrorCode
        DWORD Flags
        DWORD WaitHint
    ctypedef RESOURCE_STATUS_EX *PRESOURCE_STATUS_EX

    void ResUtilInitializeResourceStatus(PRESOURCE_STATUS status) noexcept
    void ResUtilInitializeResourceStatusEx(PRESOURCE_STATUS_EX status) noexcept

    const DWORD CLUSRESDLL_STATUS_OFFLINE_BUSY
    const DWORD CLUSRESDLL_STATUS_OFFLINE_SOURCE_THROTTLED
    const DWORD CLUSRESDLL_STATUS_OFFLINE_DESTINATION_THROTTLED
    const DWORD CLUSRESDLL_STATUS_OFFLINE_DESTINATION_REJECTED
    const DWORD CLUSRESDLL_STATUS_INSUFFICIENT_MEMORY
    const DWORD CLUSRESDLL_STATUS_INSUFFICIENT_PROCESSOR
    const DWORD CLUSRESDLL_STATUS_INSUFFICIENT_OTHER_RESOURCES
    const DWORD CLUSRESDLL_STATUS_INVALID_PARAMETERS
    const DWORD CLUSRESDLL_STATUS_NETWORK_NOT_AVAILABLE
    const DWORD CLUSRESDLL_STATUS_DO_NOT_COLLECT_WER_REPORT
    const DWORD CLUSRESDLL_STATUS_DUMP_NOW

    ctypedef enum RESOURCE_EXIT_STATE:
        ResourceExitStateContinue
        ResourceExitStateTerminate
        ResourceExitStateMax

    ctypedef DWORD (__stdcall *PSET_RESOURCE_STATUS_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, PRESOURCE_STATUS ResourceStatus
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PSET_RESOURCE_STATUS_ROUTINE_EX)(
        RESOURCE_HANDLE ResourceHandle, PRESOURCE_STATUS_EX ResourceStatus
    ) noexcept nogil

    # The monitor's other callbacks

    ctypedef enum LOG_LEVEL:
        LOG_INFORMATION
        LOG_WARNING
        LOG_ERROR
        LOG_SEVERE
    ctypedef LOG_LEVEL *PLOG_LEVEL

    ctypedef void (__stdcall *PLOG_EVENT_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, LOG_LEVEL LogLevel, LPCWSTR FormatString, ...
    ) noexcept nogil

    const DWORD LOCKED_MODE_FLAGS_DONT_REMOVE_FROM_MOVE_QUEUE
    ctypedef DWORD (__stdcall *PSET_RESOURCE_LOCKED_MODE_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, BOOL LockedModeEnabled, DWORD LockedModeReason
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PSET_RESOURCE_LOCKED_MODE_EX_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle,
        BOOL LockedModeEnabled,
        DWORD LockedModeReason,
        DWORD LockedModeFlags,
    ) noexcept nogil

    ctypedef enum FAILURE_TYPE:
        FAILURE_TYPE_GENERAL
        FAILURE_TYPE_EMBEDDED
        FAILURE_TYPE_NETWORK_LOSS
    ctypedef FAILURE_TYPE *PFAILURE_TYPE
    ctypedef DWORD (__stdcall *PSIGNAL_FAILURE_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle,
        FAILURE_TYPE FailureType,
        DWORD ApplicationSpecificErrorCode,
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PSET_RESOURCE_INMEMORY_NODELOCAL_PROPERTIES_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, BYTE *propertyListBuffer, DWORD propertyListBufferSize
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PEND_CONTROL_CALL)(
        PRES_CTL_CTX context, DWORD status
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PEND_TYPE_CONTROL_CALL)(
        PRESTYPE_CTL_CTX context, DWORD status
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PEXTEND_RES_CONTROL_CALL)(
        PRES_CTL_CTX context, DWORD newTimeoutInMs
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PEXTEND_RES_TYPE_CONTROL_CALL)(
        PRESTYPE_CTL_CTX context, DWORD newTimeoutInMs
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PRAISE_RES_TYPE_NOTIFICATION)(
        LPCWSTR ResourceType, PBYTE pPayload, DWORD payloadSize
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PCHANGE_RESOURCE_PROCESS_FOR_DUMPS)(
        RESOURCE_HANDLE resource, LPCWSTR processName, DWORD processId, BOOL isAdd
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PCHANGE_RES_TYPE_PROCESS_FOR_DUMPS)(
        LPCWSTR resourceTypeName, LPCWSTR processName, DWORD processId, BOOL isAdd
    ) noexcept nogil

    ctypedef enum CLUSTER_RESOURCE_APPLICATION_STATE:
        ClusterResourceApplicationStateUnknown
        ClusterResourceApplicationOSHeartBeat
        ClusterResourceApplicationReady
    ctypedef DWORD (__stdcall *PSET_INTERNAL_STATE)(
        RESOURCE_HANDLE ResourceHandle,
        CLUSTER_RESOURCE_APPLICATION_STATE stateType,
        BOOL active,
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PREQUEST_DUMP_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, BOOL DumpDueToCallInProgress, DWORD DumpDelayInMs
    ) noexcept nogil

    const DWORD CLUSRES_DISABLE_WPR_WATCHDOG_FOR_ONLINE_CALLS
    const DWORD CLUSRES_DISABLE_WPR_WATCHDOG_FOR_OFFLINE_CALLS
    ctypedef DWORD (__stdcall *PSET_RESOURCE_WPR_POLICY_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, DWORD WprPolicyFlags
    ) noexcept nogil
    const ULONGLONG ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER
    ctypedef DWORD (__stdcall *PARM_WPR_WATCHDOG_FOR_CURRENT_RESOURCE_CALL_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, ULONGLONG TimeoutInMs
    ) noexcept nogil

    ctypedef struct CLRES_CALLBACK_FUNCTION_TABLE:
        PLOG_EVENT_ROUTINE LogEvent
        PSET_RESOURCE_STATUS_ROUTINE_EX SetResourceStatusEx
        PSET_RESOURCE_LOCKED_MODE_ROUTINE SetResourceLockedMode
        PSIGNAL_FAILURE_ROUTINE SignalFailure
        PSET_RESOURCE_INMEMORY_NODELOCAL_PROPERTIES_ROUTINE SetResourceInMemoryNodeLocalProperties
        PEND_CONTROL_CALL EndControlCall
        PEND_TYPE_CONTROL_CALL EndTypeControlCall
        PEXTEND_RES_CONTROL_CALL ExtendControlCall
        PEXTEND_RES_TYPE_CONTROL_CALL ExtendTypeControlCall
        PRAISE_RES_TYPE_NOTIFICATION RaiseResTypeNotification
        PCHANGE_RESOURCE_PROCESS_FOR_DUMPS ChangeResourceProcessForDumps
        PCHANGE_RES_TYPE_PROCESS_FOR_DUMPS ChangeResTypeProcessForDumps
        PSET_INTERNAL_STATE SetInternalState
        PSET_RESOURCE_LOCKED_MODE_EX_ROUTINE SetResourceLockedModeEx
        PREQUEST_DUMP_ROUTINE RequestDump
        PSET_RESOURCE_WPR_POLICY_ROUTINE SetResourceWprPolicy
        PARM_WPR_WATCHDOG_FOR_CURRENT_RESOURCE_CALL_ROUTINE ArmWprWatchdogForCurrentResourceCall
    ctypedef CLRES_CALLBACK_FUNCTION_TABLE *PCLRES_CALLBACK_FUNCTION_TABLE

    # Entry points

    const DWORD CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE
    const DWORD CLUS_RESDLL_OPEN_DONT_DELETE_TEMP_DISK
    ctypedef RESID (__stdcall *POPEN_ROUTINE)(
        LPCWSTR ResourceName, HKEY ResourceKey, RESOURCE_HANDLE ResourceHandle
    ) noexcept nogil
    ctypedef RESID (__stdcall *POPEN_V2_ROUTINE)(
        LPCWSTR ResourceName, HKEY ResourceKey, RESOURCE_HANDLE ResourceHandle, DWORD OpenFlags
    ) noexcept nogil

    ctypedef void (__stdcall *PCLOSE_ROUTINE)(RESID Resource) noexcept nogil

    const DWORD CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE
    const DWORD CLUS_RESDLL_ONLINE_IGNORE_RESOURCE_STATUS
    const DWORD CLUS_RESDLL_ONLINE_RETURN_TO_SOURCE_NODE_ON_ERROR
    const DWORD CLUS_RESDLL_ONLINE_RESTORE_ONLINE_STATE
    const DWORD CLUS_RESDLL_ONLINE_IGNORE_NETWORK_CONNECTIVITY
    ctypedef DWORD (__stdcall *PONLINE_ROUTINE)(
        RESID Resource, LPHANDLE EventHandle
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PONLINE_V2_ROUTINE)(
        RESID Resource,
        LPHANDLE EventHandle,
        DWORD OnlineFlags,
        PBYTE InBuffer,
        DWORD InBufferSize,
        DWORD Reserved,
    ) noexcept nogil

    const DWORD CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS
    const DWORD CLUS_RESDLL_OFFLINE_RETURN_TO_SOURCE_NODE_ON_ERROR
    const DWORD CLUS_RESDLL_OFFLINE_QUEUE_ENABLED
    const DWORD CLUS_RESDLL_OFFLINE_RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR
    const DWORD CLUS_RESDLL_OFFLINE_DUE_TO_EMBEDDED_FAILURE
    const DWORD CLUS_RESDLL_OFFLINE_IGNORE_NETWORK_CONNECTIVITY
    const DWORD CLUS_RESDLL_OFFLINE_DO_NOT_UPDATE_PERSISTENT_STATE
    ctypedef DWORD (__stdcall *POFFLINE_ROUTINE)(RESID Resource) noexcept nogil
    ctypedef DWORD (__stdcall *POFFLINE_V2_ROUTINE)(
        RESID Resource,
        LPCWSTR DestinationNodeName,
        DWORD OfflineFlags,
        PBYTE InBuffer,
        DWORD InBufferSize,
        DWORD Reserved,
    ) noexcept nogil

    ctypedef void (__stdcall *PTERMINATE_ROUTINE)(RESID Resource) noexcept nogil

    ctypedef DWORD (__stdcall *PCANCEL_ROUTINE)(
        RESID Resource, DWORD CancelFlags_RESERVED
    ) noexcept nogil

    ctypedef BOOL (__stdcall *PLOOKS_ALIVE_ROUTINE)(RESID Resource) noexcept nogil
    ctypedef BOOL (__stdcall *PIS_ALIVE_ROUTINE)(RESID Resource) noexcept nogil

    ctypedef void (__stdcall *PQUORUM_RESOURCE_LOST)(RESOURCE_HANDLE Resource) noexcept nogil
    ctypedef DWORD (__stdcall *PARBITRATE_ROUTINE)(
        RESID Resource, PQUORUM_RESOURCE_LOST LostQuorumResource
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PRELEASE_ROUTINE)(RESID Resource) noexcept nogil

    ctypedef DWORD (__stdcall *PRESOURCE_CONTROL_ROUTINE)(
        RESID Resource,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PRESOURCE_TYPE_CONTROL_ROUTINE)(
        LPCWSTR ResourceTypeName,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PBEGIN_RESCALL_ROUTINE)(
        RESID Resource,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
        PRES_CTL_CTX context,
        PBOOL ReturnedAsynchronously,
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PBEGIN_RESTYPECALL_ROUTINE)(
        LPCWSTR ResourceTypeName,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
        PRESTYPE_CTL_CTX context,
        PBOOL ReturnedAsynchronously,
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PBEGIN_RESCALL_AS_USER_ROUTINE)(
        RESID Resource,
        HANDLE TokenHandle,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
        PRES_CTL_CTX context,
        PBOOL ReturnedAsynchronously,
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PBEGIN_RESTYPECALL_AS_USER_ROUTINE)(
        LPCWSTR ResourceTypeName,
        HANDLE TokenHandle,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
        PRESTYPE_CTL_CTX context,
        PBOOL ReturnedAsynchronously,
    ) noexcept nogil

    const DWORD RESTYPE_MONITOR_SHUTTING_DOWN_NODE_STOP
    const DWORD RESTYPE_MONITOR_SHUTTING_DOWN_CLUSSVC_CRASH

    ctypedef enum RESDLL_CONTEXT_OPERATION_TYPE:
        ResdllContextOperationTypeFailback
        ResdllContextOperationTypeDrain
        ResdllContextOperationTypeDrainFailure
        ResdllContextOperationTypeEmbeddedFailure
        ResdllContextOperationTypePreemption
        ResdllContextOperationTypeNetworkDisconnect
        ResdllContextOperationTypeNetworkDisconnectMoveRetry
    ctypedef RESDLL_CONTEXT_OPERATION_TYPE *PRESDLL_CONTEXT_OPERATION_TYPE

    const DWORD CLUSCTL_GET_OPERATION_CONTEXT_PARAMS_VERSION_1
    ctypedef struct GET_OPERATION_CONTEXT_PARAMS:
        DWORD Size
        DWORD Version
        RESDLL_CONTEXT_OPERATION_TYPE Type
        DWORD Priority
    ctypedef GET_OPERATION_CONTEXT_PARAMS *PGET_OPERATION_CONTEXT_PARAMS

    # The function table

    const DWORD CLRES_VERSION_V1_00
    const DWORD CLRES_VERSION_V2_00
    const DWORD CLRES_VERSION_V3_00
    const DWORD CLRES_VERSION_V4_00

    ctypedef struct CLRES_V1_FUNCTIONS:
        POPEN_ROUTINE Open
        PCLOSE_ROUTINE Close
        PONLINE_ROUTINE Online
        POFFLINE_ROUTINE Offline
        PTERMINATE_ROUTINE Terminate
        PLOOKS_ALIVE_ROUTINE LooksAlive
        PIS_ALIVE_ROUTINE IsAlive
        PARBITRATE_ROUTINE Arbitrate
        PRELEASE_ROUTINE Release
        PRESOURCE_CONTROL_ROUTINE ResourceControl
        PRESOURCE_TYPE_CONTROL_ROUTINE ResourceTypeControl
    ctypedef CLRES_V1_FUNCTIONS *PCLRES_V1_FUNCTIONS

    ctypedef struct CLRES_V2_FUNCTIONS:
        POPEN_V2_ROUTINE Open
        PCLOSE_ROUTINE Close
        PONLINE_V2_ROUTINE Online
        POFFLINE_V2_ROUTINE Offline
        PTERMINATE_ROUTINE Terminate
        PLOOKS_ALIVE_ROUTINE LooksAlive
        PIS_ALIVE_ROUTINE IsAlive
        PARBITRATE_ROUTINE Arbitrate
        PRELEASE_ROUTINE Release
        PRESOURCE_CONTROL_ROUTINE ResourceControl
        PRESOURCE_TYPE_CONTROL_ROUTINE ResourceTypeControl
        PCANCEL_ROUTINE Cancel
    ctypedef CLRES_V2_FUNCTIONS *PCLRES_V2_FUNCTIONS

    ctypedef struct CLRES_V3_FUNCTIONS:
        POPEN_V2_ROUTINE Open
        PCLOSE_ROUTINE Close
        PONLINE_V2_ROUTINE Online
        POFFLINE_V2_ROUTINE Offline
        PTERMINATE_ROUTINE Terminate
        PLOOKS_ALIVE_ROUTINE LooksAlive
        PIS_ALIVE_ROUTINE IsAlive
        PARBITRATE_ROUTINE Arbitrate
        PRELEASE_ROUTINE Release
        PBEGIN_RESCALL_ROUTINE BeginResourceControl
        PBEGIN_RESTYPECALL_ROUTINE BeginResourceTypeControl
        PCANCEL_ROUTINE Cancel
    ctypedef CLRES_V3_FUNCTIONS *PCLRES_V3_FUNCTIONS

    ctypedef struct CLRES_V4_FUNCTIONS:
        POPEN_V2_ROUTINE Open
        PCLOSE_ROUTINE Close
        PONLINE_V2_ROUTINE Online
        POFFLINE_V2_ROUTINE Offline
        PTERMINATE_ROUTINE Terminate
        PLOOKS_ALIVE_ROUTINE LooksAlive
        PIS_ALIVE_ROUTINE IsAlive
        PARBITRATE_ROUTINE Arbitrate
        PRELEASE_ROUTINE Release
        PBEGIN_RESCALL_ROUTINE BeginResourceControl
        PBEGIN_RESTYPECALL_ROUTINE BeginResourceTypeControl
        PCANCEL_ROUTINE Cancel
        PBEGIN_RESCALL_AS_USER_ROUTINE BeginResourceControlAsUser
        PBEGIN_RESTYPECALL_AS_USER_ROUTINE BeginResourceTypeControlAsUser
    ctypedef CLRES_V4_FUNCTIONS *PCLRES_V4_FUNCTIONS

    # The four tables share one place: a union without a name, so C code says table.V2Functions.
    ctypedef struct CLRES_FUNCTION_TABLE:
        DWORD TableSize
        DWORD Version
        CLRES_V1_FUNCTIONS V1Functions
        CLRES_V2_FUNCTIONS V2Functions
        CLRES_V3_FUNCTIONS V3Functions
        CLRES_V4_FUNCTIONS V4Functions
    ctypedef CLRES_FUNCTION_TABLE *PCLRES_FUNCTION_TABLE

    const DWORD CLRES_V1_FUNCTION_SIZE
    const DWORD CLRES_V2_FUNCTION_SIZE
    const DWORD CLRES_V3_FUNCTION_SIZE
    const DWORD CLRES_V4_FUNCTION_SIZE

    # Startup

    const char *STARTUP_ROUTINE
    const char *STARTUP_EX_ROUTINE

    ctypedef DWORD (__stdcall *PSTARTUP_ROUTINE)(
        LPCWSTR ResourceType,
        DWORD MinVersionSupported,
        DWORD MaxVersionSupported,
        PSET_RESOURCE_STATUS_ROUTINE SetResourceStatus,
        PLOG_EVENT_ROUTINE LogEvent,
        PCLRES_FUNCTION_TABLE *FunctionTable,
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PSTARTUP_EX_ROUTINE)(
        LPCWSTR ResourceType,
        DWORD MinVersionSupported,
        DWORD MaxVersionSupported,
        PCLRES_CALLBACK_FUNCTION_TABLE MonitorCallbackFunctions,
        PCLRES_FUNCTION_TABLE *ResourceDllInterfaceFunctions,
    ) noexcept nogil

    # What the monitor is doing

    ctypedef enum RESOURCE_MONITOR_STATE:
        RmonInitializing
        RmonIdle
        RmonStartingResource
        RmonInitializingResource
        RmonOnlineResource
        RmonOfflineResource
        RmonShutdownResource
        RmonDeletingResource
        RmonIsAlivePoll
        RmonLooksAlivePoll
        RmonArbitrateResource
        RmonReleaseResource
        RmonResourceControl
        RmonResourceTypeControl
        RmonTerminateResource
        RmonDeadlocked

    ctypedef struct MONITOR_STATE:
        LARGE_INTEGER LastUpdate
        RESOURCE_MONITOR_STATE State
        HANDLE ActiveResource
        BOOL ResmonStop
    ctypedef MONITOR_STATE *PMONITOR_STATE

    # Worker threads

    ctypedef struct CLUS_WORKER:
        HANDLE hThread
        BOOL Terminate
    ctypedef CLUS_WORKER *PCLUS_WORKER

    ctypedef DWORD (__stdcall *PWORKER_START_ROUTINE)(
        PCLUS_WORKER pWorker, LPVOID lpThreadParameter
    ) noexcept nogil

    DWORD __stdcall ClusWorkerCreate(
        PCLUS_WORKER lpWorker, PWORKER_START_ROUTINE lpStartAddress, PVOID lpParameter
    ) noexcept
    BOOL __stdcall ClusWorkerCheckTerminate(PCLUS_WORKER lpWorker) noexcept
    void __stdcall ClusWorkerTerminate(PCLUS_WORKER lpWorker) noexcept
    DWORD __stdcall ClusWorkerTerminateEx(
        PCLUS_WORKER ClusWorker, DWORD TimeoutInMilliseconds, BOOL WaitOnly
    ) noexcept
    DWORD __stdcall ClusWorkersTerminate(
        PCLUS_WORKER *ClusWorkers,
        SIZE_T ClusWorkersCount,
        DWORD TimeoutInMilliseconds,
        BOOL WaitOnly,
    ) noexcept

    # Property tables

    ctypedef struct RESUTIL_LARGEINT_DATA:
        LARGE_INTEGER Default
        LARGE_INTEGER Minimum
        LARGE_INTEGER Maximum
    ctypedef RESUTIL_LARGEINT_DATA *PRESUTIL_LARGEINT_DATA

    ctypedef struct RESUTIL_ULARGEINT_DATA:
        ULARGE_INTEGER Default
        ULARGE_INTEGER Minimum
        ULARGE_INTEGER Maximum
    ctypedef RESUTIL_ULARGEINT_DATA *PRESUTIL_ULARGEINT_DATA

    ctypedef struct RESUTIL_FILETIME_DATA:
        FILETIME Default
        FILETIME Minimum
        FILETIME Maximum
    ctypedef RESUTIL_FILETIME_DATA *PRESUTIL_FILETIME_DATA

    const DWORD RESUTIL_PROPITEM_READ_ONLY
    const DWORD RESUTIL_PROPITEM_REQUIRED
    const DWORD RESUTIL_PROPITEM_SIGNED
    const DWORD RESUTIL_PROPITEM_IN_MEMORY

    ctypedef struct RESUTIL_PROPERTY_ITEM:
        LPWSTR Name
        LPWSTR KeyName
        DWORD Format
        DWORD_PTR DefaultPtr
        DWORD Default
        LPVOID lpDefault
        PRESUTIL_LARGEINT_DATA LargeIntData
        PRESUTIL_ULARGEINT_DATA ULargeIntData
        PRESUTIL_FILETIME_DATA FileTimeData
        DWORD Minimum
        DWORD Maximum
        DWORD Flags
        DWORD Offset
    ctypedef RESUTIL_PROPERTY_ITEM *PRESUTIL_PROPERTY_ITEM

    # Properties of a table

    DWORD __stdcall ResUtilEnumProperties(
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        LPWSTR pszOutProperties,
        DWORD cbOutPropertiesSize,
        LPDWORD pcbBytesReturned,
        LPDWORD pcbRequired,
    ) noexcept
    DWORD __stdcall ResUtilGetProperties(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID pOutPropertyList,
        DWORD cbOutPropertyListSize,
        LPDWORD pcbBytesReturned,
        LPDWORD pcbRequired,
    ) noexcept
    DWORD __stdcall ResUtilGetAllProperties(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID pOutPropertyList,
        DWORD cbOutPropertyListSize,
        LPDWORD pcbBytesReturned,
        LPDWORD pcbRequired,
    ) noexcept
    DWORD __stdcall ResUtilGetPropertySize(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTableItem,
        LPDWORD pcbOutPropertyListSize,
        LPDWORD pnPropertyCount,
    ) noexcept
    DWORD __stdcall ResUtilGetProperty(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTableItem,
        PVOID *pOutPropertyItem,
        LPDWORD pcbOutPropertyItemSize,
    ) noexcept
    DWORD __stdcall ResUtilGetPropertyFormats(
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID pOutPropertyFormatList,
        DWORD cbPropertyFormatListSize,
        LPDWORD pcbBytesReturned,
        LPDWORD pcbRequired,
    ) noexcept
    DWORD __stdcall ResUtilVerifyPropertyTable(
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID Reserved,
        BOOL bAllowUnknownProperties,
        PVOID pInPropertyList,
        DWORD cbInPropertyListSize,
        LPBYTE pOutParams,
    ) noexcept
    DWORD __stdcall ResUtilSetPropertyTable(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID Reserved,
        BOOL bAllowUnknownProperties,
        PVOID pInPropertyList,
        DWORD cbInPropertyListSize,
        LPBYTE pOutParams,
    ) noexcept
    DWORD __stdcall ResUtilSetPropertyTableEx(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID Reserved,
        BOOL bAllowUnknownProperties,
        PVOID pInPropertyList,
        DWORD cbInPropertyListSize,
        BOOL bForceWrite,
        LPBYTE pOutParams,
    ) noexcept
    DWORD __stdcall ResUtilSetPropertyParameterBlock(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID Reserved,
        LPBYTE pInParams,
        PVOID pInPropertyList,
        DWORD cbInPropertyListSize,
        LPBYTE pOutParams,
    ) noexcept
    DWORD __stdcall ResUtilSetPropertyParameterBlockEx(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID Reserved,
        LPBYTE pInParams,
        PVOID pInPropertyList,
        DWORD cbInPropertyListSize,
        BOOL bForceWrite,
        LPBYTE pOutParams,
    ) noexcept
    DWORD __stdcall ResUtilSetUnknownProperties(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID pInPropertyList,
        DWORD cbInPropertyListSize,
    ) noexcept
    DWORD __stdcall ResUtilAddUnknownProperties(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID pOutPropertyList,
        DWORD pcbOutPropertyListSize,
        LPDWORD pcbBytesReturned,
        LPDWORD pcbRequired,
    ) noexcept
    DWORD __stdcall ResUtilGetPropertiesToParameterBlock(
        HKEY hkeyClusterKey,
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        LPBYTE pOutParams,
        BOOL bCheckForRequiredProperties,
        LPWSTR *pszNameOfPropInError,
    ) noexcept
    DWORD __stdcall ResUtilPropertyListFromParameterBlock(
        PRESUTIL_PROPERTY_ITEM pPropertyTable,
        PVOID pOutPropertyList,
        LPDWORD pcbOutPropertyListSize,
        LPBYTE pInParams,
        LPDWORD pcbBytesReturned,
        LPDWORD pcbRequired,
    ) noexcept
    DWORD __stdcall ResUtilDupParameterBlock(
        LPBYTE pOutParams, LPBYTE pInParams, PRESUTIL_PROPERTY_ITEM pPropertyTable
    ) noexcept
    void __stdcall ResUtilFreeParameterBlock(
        LPBYTE pOutParams, LPBYTE pInParams, PRESUTIL_PROPERTY_ITEM pPropertyTable
    ) noexcept

    # Private properties that no table names

    DWORD __stdcall ResUtilEnumPrivateProperties(
        HKEY hkeyClusterKey,
        LPWSTR pszOutProperties,
        DWORD cbOutPropertiesSize,
        LPDWORD pcbBytesReturned,
        LPDWORD pcbRequired,
    ) noexcept
    DWORD __stdcall ResUtilGetPrivateProperties(
        HKEY hkeyClusterKey,
        PVOID pOutPropertyList,
        DWORD cbOutPropertyListSize,
        LPDWORD pcbBytesReturned,
        LPDWORD pcbRequired,
    ) noexcept
    DWORD __stdcall ResUtilSetPrivatePropertyList(
        HKEY hkeyClusterKey, PVOID pInPropertyList, DWORD cbInPropertyListSize
    ) noexcept
    DWORD __stdcall ResUtilVerifyPrivatePropertyList(
        PVOID pInPropertyList, DWORD cbInPropertyListSize
    ) noexcept

    # Single values of a key

    DWORD __stdcall ResUtilGetBinaryValue(
        HKEY hkeyClusterKey, LPCWSTR pszValueName, LPBYTE *ppbOutValue, LPDWORD pcbOutValueSize
    ) noexcept
    LPWSTR __stdcall ResUtilGetSzValue(HKEY hkeyClusterKey, LPCWSTR pszValueName) noexcept
    DWORD __stdcall ResUtilGetDwordValue(
        HKEY hkeyClusterKey, LPCWSTR pszValueName, LPDWORD pdwOutValue, DWORD dwDefaultValue
    ) noexcept
    DWORD __stdcall ResUtilGetQwordValue(
        HKEY hkeyClusterKey, LPCWSTR pszValueName, PULONGLONG pqwOutValue, ULONGLONG qwDefaultValue
    ) noexcept
    DWORD __stdcall ResUtilSetBinaryValue(
        HKEY hkeyClusterKey,
        LPCWSTR pszValueName,
        LPBYTE pbNewValue,
        DWORD cbNewValueSize,
        LPBYTE *ppbOutValue,
        LPDWORD pcbOutValueSize,
    ) noexcept
    DWORD __stdcall ResUtilSetSzValue(
        HKEY hkeyClusterKey, LPCWSTR pszValueName, LPCWSTR pszNewValue, LPWSTR *ppszOutString
    ) noexcept
    DWORD __stdcall ResUtilSetExpandSzValue(
        HKEY hkeyClusterKey, LPCWSTR pszValueName, LPCWSTR pszNewValue, LPWSTR *ppszOutString
    ) noexcept
    DWORD __stdcall ResUtilSetMultiSzValue(
        HKEY hkeyClusterKey,
        LPCWSTR pszValueName,
        LPCWSTR pszNewValue,
        DWORD cbNewValueSize,
        LPWSTR *ppszOutValue,
        LPDWORD pcbOutValueSize,
    ) noexcept
    DWORD __stdcall ResUtilSetDwordValue(
        HKEY hkeyClusterKey, LPCWSTR pszValueName, DWORD dwNewValue, LPDWORD pdwOutValue
    ) noexcept
    DWORD __stdcall ResUtilSetQwordValue(
        HKEY hkeyClusterKey, LPCWSTR pszValueName, ULONGLONG qwNewValue, PULONGLONG pqwOutValue
    ) noexcept
    DWORD __stdcall ResUtilSetValueEx(
        HKEY hkeyClusterKey,
        LPCWSTR valueName,
        DWORD valueType,
        const BYTE *valueData,
        DWORD valueSize,
        DWORD flags,
    ) noexcept
    DWORD __stdcall ResUtilsDeleteKeyTree(
        HKEY key, LPCWSTR keyName, BOOL treatNoKeyAsError
    ) noexcept

    # Single values of a property list

    DWORD __stdcall ResUtilFindSzProperty(
        PVOID pPropertyList,
        DWORD cbPropertyListSize,
        LPCWSTR pszPropertyName,
        LPWSTR *pszPropertyValue,
    ) noexcept
    DWORD __stdcall ResUtilFindExpandSzProperty(
        PVOID pPropertyList,
        DWORD cbPropertyListSize,
        LPCWSTR pszPropertyName,
        LPWSTR *pszPropertyValue,
    ) noexcept
    DWORD __stdcall ResUtilFindExpandedSzProperty(
        PVOID pPropertyList,
        DWORD cbPropertyListSize,
        LPCWSTR pszPropertyName,
        LPWSTR *pszPropertyValue,
    ) noexcept
    DWORD __stdcall ResUtilFindDwordProperty(
        PVOID pPropertyList,
        DWORD cbPropertyListSize,
        LPCWSTR pszPropertyName,
        LPDWORD pdwPropertyValue,
    ) noexcept
    DWORD __stdcall ResUtilFindBinaryProperty(
        PVOID pPropertyList,
        DWORD cbPropertyListSize,
        LPCWSTR pszPropertyName,
        LPBYTE *pbPropertyValue,
        LPDWORD pcbPropertyValueSize,
    ) noexcept
    DWORD __stdcall ResUtilFindMultiSzProperty(
        PVOID pPropertyList,
        DWORD cbPropertyListSize,
        LPCWSTR pszPropertyName,
        LPWSTR *pszPropertyValue,
        LPDWORD pcbPropertyValueSize,
    ) noexcept
    DWORD __stdcall ResUtilFindLongProperty(
        PVOID pPropertyList,
        DWORD cbPropertyListSize,
        LPCWSTR pszPropertyName,
        PLONG plPropertyValue,
    ) noexcept
    DWORD __stdcall ResUtilFindULargeIntegerProperty(
        PVOID pPropertyList,
        DWORD cbPropertyListSize,
        LPCWSTR pszPropertyName,
        PULONGLONG plPropertyValue,
    ) noexcept
    DWORD __stdcall ResUtilFindFileTimeProperty(
        PVOID pPropertyList,
        DWORD cbPropertyListSize,
        LPCWSTR pszPropertyName,
        PFILETIME pftPropertyValue,
    ) noexcept

    DWORD __stdcall ResUtilGetBinaryProperty(
        LPBYTE *ppbOutValue,
        LPDWORD pcbOutValueSize,
        PCLUSPROP_BINARY pValueStruct,
        LPBYTE pbOldValue,
        DWORD cbOldValueSize,
        LPBYTE *ppPropertyList,
        LPDWORD pcbPropertyListSize,
    ) noexcept
    DWORD __stdcall ResUtilGetSzProperty(
        LPWSTR *ppszOutValue,
        PCLUSPROP_SZ pValueStruct,
        LPCWSTR pszOldValue,
        LPBYTE *ppPropertyList,
        LPDWORD pcbPropertyListSize,
    ) noexcept
    DWORD __stdcall ResUtilGetMultiSzProperty(
        LPWSTR *ppszOutValue,
        LPDWORD pcbOutValueSize,
        PCLUSPROP_SZ pValueStruct,
        LPCWSTR pszOldValue,
        DWORD cbOldValueSize,
        LPBYTE *ppPropertyList,
        LPDWORD pcbPropertyListSize,
    ) noexcept
    DWORD __stdcall ResUtilGetDwordProperty(
        LPDWORD pdwOutValue,
        PCLUSPROP_DWORD pValueStruct,
        DWORD dwOldValue,
        DWORD dwMinimum,
        DWORD dwMaximum,
        LPBYTE *ppPropertyList,
        LPDWORD pcbPropertyListSize,
    ) noexcept
    DWORD __stdcall ResUtilGetLongProperty(
        PLONG plOutValue,
        PCLUSPROP_LONG pValueStruct,
        LONG lOldValue,
        LONG lMinimum,
        LONG lMaximum,
        LPBYTE *ppPropertyList,
        LPDWORD pcbPropertyListSize,
    ) noexcept
    DWORD __stdcall ResUtilGetFileTimeProperty(
        PFILETIME pftOutValue,
        PCLUSPROP_FILETIME pValueStruct,
        FILETIME ftOldValue,
        FILETIME ftMinimum,
        FILETIME ftMaximum,
        LPBYTE *ppPropertyList,
        LPDWORD pcbPropertyListSize,
    ) noexcept

    # Text, paths and the environment

    LPWSTR __stdcall ResUtilDupString(LPCWSTR pszInString) noexcept
    LPWSTR __stdcall ResUtilExpandEnvironmentStrings(LPCWSTR pszSrc) noexcept
    PVOID __stdcall ResUtilGetEnvironmentWithNetName(HRESOURCE hResource) noexcept
    DWORD __stdcall ResUtilFreeEnvironment(PVOID lpEnvironment) noexcept
    DWORD __stdcall ResUtilCreateDirectoryTree(LPCWSTR pszPath) noexcept
    BOOL __stdcall ResUtilIsPathValid(LPCWSTR pszPath) noexcept
    BOOL __stdcall ClusterIsPathOnSharedVolume(LPCWSTR lpszPathName) noexcept
    BOOL __stdcall ClusterGetVolumePathName(
        LPCWSTR lpszFileName, LPWSTR lpszVolumePathName, DWORD cchBufferLength
    ) noexcept
    BOOL __stdcall ClusterGetVolumeNameForVolumeMountPoint(
        LPCWSTR lpszVolumeMountPoint, LPWSTR lpszVolumeName, DWORD cchBufferLength
    ) noexcept

    # Resources of the cluster, and what this one depends on

    ctypedef DWORD (__stdcall *LPRESOURCE_CALLBACK)(HRESOURCE, HRESOURCE, PVOID) noexcept nogil
    ctypedef DWORD (__stdcall *LPRESOURCE_CALLBACK_EX)(
        HCLUSTER, HRESOURCE, HRESOURCE, PVOID
    ) noexcept nogil
    ctypedef DWORD (__stdcall *LPGROUP_CALLBACK_EX)(HCLUSTER, HGROUP, HGROUP, PVOID) noexcept nogil
    ctypedef DWORD (__stdcall *LPNODE_CALLBACK)(
        HCLUSTER, HNODE, CLUSTER_NODE_STATE, PVOID
    ) noexcept nogil

    BOOL __stdcall ResUtilResourcesEqual(HRESOURCE hSelf, HRESOURCE hResource) noexcept
    BOOL __stdcall ResUtilResourceTypesEqual(
        LPCWSTR lpszResourceTypeName, HRESOURCE hResource
    ) noexcept
    BOOL __stdcall ResUtilIsResourceClassEqual(
        PCLUS_RESOURCE_CLASS_INFO prci, HRESOURCE hResource
    ) noexcept
    DWORD __stdcall ResUtilEnumResources(
        HRESOURCE hSelf,
        LPCWSTR lpszResTypeName,
        LPRESOURCE_CALLBACK pResCallBack,
        PVOID pParameter,
    ) noexcept
    DWORD __stdcall ResUtilEnumResourcesEx(
        HCLUSTER hCluster,
        HRESOURCE hSelf,
        LPCWSTR lpszResTypeName,
        LPRESOURCE_CALLBACK_EX pResCallBack,
        PVOID pParameter,
    ) noexcept
    DWORD __stdcall ResUtilEnumResourcesEx2(
        HCLUSTER hCluster,
        HRESOURCE hSelf,
        LPCWSTR lpszResTypeName,
        LPRESOURCE_CALLBACK_EX pResCallBack,
        PVOID pParameter,
        DWORD dwDesiredAccess,
    ) noexcept
    DWORD __stdcall ResUtilResourceDepEnum(
        HRESOURCE hSelf, DWORD enumType, LPRESOURCE_CALLBACK_EX pResCallBack, PVOID pParameter
    ) noexcept
    HRESOURCE __stdcall ResUtilGetResourceDependency(
        HANDLE hSelf, LPCWSTR lpszResourceType
    ) noexcept
    HRESOURCE __stdcall ResUtilGetResourceDependencyEx(
        HANDLE hSelf, LPCWSTR lpszResourceType, DWORD dwDesiredAccess
    ) noexcept
    HRESOURCE __stdcall ResUtilGetResourceDependencyByName(
        HCLUSTER hCluster, HANDLE hSelf, LPCWSTR lpszResourceType, BOOL bRecurse
    ) noexcept
    HRESOURCE __stdcall ResUtilGetResourceDependencyByNameEx(
        HCLUSTER hCluster,
        HANDLE hSelf,
        LPCWSTR lpszResourceType,
        BOOL bRecurse,
        DWORD dwDesiredAccess,
    ) noexcept
    HRESOURCE __stdcall ResUtilGetResourceDependencyByClass(
        HCLUSTER hCluster, HANDLE hSelf, PCLUS_RESOURCE_CLASS_INFO prci, BOOL bRecurse
    ) noexcept
    HRESOURCE __stdcall ResUtilGetResourceDependencyByClassEx(
        HCLUSTER hCluster,
        HANDLE hSelf,
        PCLUS_RESOURCE_CLASS_INFO prci,
        BOOL bRecurse,
        DWORD dwDesiredAccess,
    ) noexcept
    HRESOURCE __stdcall ResUtilGetResourceNameDependency(
        LPCWSTR lpszResourceName, LPCWSTR lpszResourceType
    ) noexcept
    HRESOURCE __stdcall ResUtilGetResourceNameDependencyEx(
        LPCWSTR lpszResourceName, LPCWSTR lpszResourceType, DWORD dwDesiredAccess
    ) noexcept
    DWORD __stdcall ResUtilGetResourceDependentIPAddressProps(
        HRESOURCE hResource,
        LPWSTR pszAddress,
        LPDWORD pcchAddress,
        LPWSTR pszSubnetMask,
        LPDWORD pcchSubnetMask,
        LPWSTR pszNetwork,
        LPDWORD pcchNetwork,
    ) noexcept
    DWORD __stdcall ResUtilFindDependentDiskResourceDriveLetter(
        HCLUSTER hCluster, HRESOURCE hResource, LPWSTR pszDriveLetter, LPDWORD pcchDriveLetter
    ) noexcept
    DWORD __stdcall ResUtilGetCoreClusterResources(
        HCLUSTER hCluster,
        HRESOURCE *phClusterNameResource,
        HRESOURCE *phClusterIPAddressResource,
        HRESOURCE *phClusterQuorumResource,
    ) noexcept
    DWORD __stdcall ResUtilGetCoreClusterResourcesEx(
        HCLUSTER hClusterIn,
        HRESOURCE *phClusterNameResourceOut,
        HRESOURCE *phClusterQuorumResourceOut,
        DWORD dwDesiredAccess,
    ) noexcept
    DWORD __stdcall ResUtilGetResourceName(
        HRESOURCE hResource, LPWSTR pszResourceName, LPDWORD pcchResourceNameInOut
    ) noexcept
    DWORD __stdcall ResUtilDupResource(HRESOURCE group, HRESOURCE *copy) noexcept
    DWORD __stdcall ResUtilEnumGroups(
        HCLUSTER hCluster, HGROUP hSelf, LPGROUP_CALLBACK_EX pResCallBack, PVOID pParameter
    ) noexcept
    DWORD __stdcall ResUtilEnumGroupsEx(
        HCLUSTER hCluster,
        HGROUP hSelf,
        CLUSGROUP_TYPE groupType,
        LPGROUP_CALLBACK_EX pResCallBack,
        PVOID pParameter,
    ) noexcept
    DWORD __stdcall ResUtilGroupsEqual(HGROUP hSelf, HGROUP hGroup, PBOOL pEqual) noexcept
    DWORD __stdcall ResUtilDupGroup(HGROUP group, HGROUP *copy) noexcept
    DWORD __stdcall ResUtilGetClusterGroupType(HGROUP hGroup, CLUSGROUP_TYPE *groupType) noexcept
    HGROUP __stdcall ResUtilGetCoreGroup(HCLUSTER hCluster) noexcept
    DWORD __stdcall ResUtilNodeEnum(
        HCLUSTER hCluster, LPNODE_CALLBACK pNodeCallBack, PVOID pParameter
    ) noexcept

    # Services of Windows

    DWORD __stdcall ResUtilStartResourceService(
        LPCWSTR pszServiceName, LPSC_HANDLE phServiceHandle
    ) noexcept
    DWORD __stdcall ResUtilVerifyResourceService(LPCWSTR pszServiceName) noexcept
    DWORD __stdcall ResUtilStopResourceService(LPCWSTR pszServiceName) noexcept
    DWORD __stdcall ResUtilVerifyService(SC_HANDLE hServiceHandle) noexcept
    DWORD __stdcall ResUtilStopService(SC_HANDLE hServiceHandle) noexcept
    DWORD __stdcall ResUtilSetResourceServiceEnvironment(
        LPCWSTR pszServiceName,
        HRESOURCE hResource,
        PLOG_EVENT_ROUTINE pfnLogEvent,
        RESOURCE_HANDLE hResourceHandle,
    ) noexcept
    DWORD __stdcall ResUtilRemoveResourceServiceEnvironment(
        LPCWSTR pszServiceName, PLOG_EVENT_ROUTINE pfnLogEvent, RESOURCE_HANDLE hResourceHandle
    ) noexcept
    DWORD __stdcall ResUtilSetResourceServiceStartParameters(
        LPCWSTR pszServiceName,
        SC_HANDLE schSCMHandle,
        LPSC_HANDLE phService,
        PLOG_EVENT_ROUTINE pfnLogEvent,
        RESOURCE_HANDLE hResourceHandle,
    ) noexcept
    DWORD __stdcall ResUtilSetResourceServiceStartParametersEx(
        LPCWSTR pszServiceName,
        SC_HANDLE schSCMHandle,
        LPSC_HANDLE phService,
        DWORD dwDesiredAccess,
        PLOG_EVENT_ROUTINE pfnLogEvent,
        RESOURCE_HANDLE hResourceHandle,
    ) noexcept

    # The end of a process

    DWORD __stdcall ResUtilTerminateServiceProcessFromResDll(
        DWORD dwServicePid,
        BOOL bOffline,
        LPDWORD pdwResourceState,
        PLOG_EVENT_ROUTINE pfnLogEvent,
        RESOURCE_HANDLE hResourceHandle,
    ) noexcept
    DWORD __stdcall ResUtilVerifyShutdownSafe(DWORD flags, DWORD reason, LPDWORD pResult) noexcept
