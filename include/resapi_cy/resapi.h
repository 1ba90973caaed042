/* The Resource API: the interface between a resource monitor and the resource DLLs that it loads.
 *
 * The monitor calls a DLL's entry points; the DLL, from any of its threads, calls the monitor's
 * callbacks. With RESAPI_CY_SDK_HEADERS (see clusapi.h) these are the Windows SDK's declarations.
 */
#ifndef RESAPI_CY_RESAPI_H
#define RESAPI_CY_RESAPI_H

#include "clusapi.h"
#include "winbase.h"

/* Where ClusWorkerCreate and its family come from: see clus_worker.h. */
#ifndef RESAPI_CY_OWN_WORKERS
#ifdef _WIN32
#define RESAPI_CY_OWN_WORKERS 0
#else
#define RESAPI_CY_OWN_WORKERS 1
#endif
#endif

#if RESAPI_CY_SDK_HEADERS

#include <resapi.h>

/* An older SDK has a shorter callback table, and one that NTDDI_VERSION or _WIN32_WINNT asks for an
 * older Windows leaves whole versions of the interface out. Neither can be mended from here. */
#if !defined(CLRES_VERSION_V4_00) || !defined(ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER)
#error "This SDK (or NTDDI_VERSION) has an older Resource API: define RESAPI_CY_SDK_HEADERS as 0"
#endif

#else

#ifdef _RESAPI_
#error "Include <resapi.h> or resapi_cy/resapi.h, not both: they declare the same names"
#endif
#ifdef LOG_WARNING
#error "Include <syslog.h> in another source file: it defines LOG_WARNING as something else"
#endif

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Who is who ------------------------------------------------------------------------- */

/* The DLL's name for a resource: what its Open returned, passed to its other entry points. */
typedef PVOID RESID;

/* The monitor's name for a resource: given to Open, passed back with every callback. */
typedef HANDLE RESOURCE_HANDLE;

/* The monitor's name for a control call that a DLL finishes later, for a resource or a type. */
typedef INT64 PRES_CTL_CTX;
typedef INT64 PRESTYPE_CTL_CTX;

/* ---- Reporting status: the DLL's worker threads call the monitor ------------------------ */

/* Two more states that a DLL may report in place of Offline and Failed. */
#define ClusterResourceCannotComeOnlineOnThisNode ((CLUSTER_RESOURCE_STATE)127)
#define ClusterResourceCannotComeOnlineOnAnyNode ((CLUSTER_RESOURCE_STATE)126)

/* A status report, version 1 of the interface. */
typedef struct RESOURCE_STATUS {
    CLUSTER_RESOURCE_STATE ResourceState;
    DWORD CheckPoint;   /* grows with each report of a pending state */
    DWORD WaitHint;     /* not used */
    HANDLE EventHandle; /* signaled when the resource fails; NULL if there is none */
} RESOURCE_STATUS;
typedef RESOURCE_STATUS* PRESOURCE_STATUS;

/* A status report, version 2 and later. WaitHint is part of the structure since Windows Server
 * 2012 R2, and resapi-cy never reads it: a DLL built for Windows Server 2012 passes a structure
 * that ends before it, nothing in the call says so, and its value has no meaning anyway. */
typedef struct RESOURCE_STATUS_EX {
    CLUSTER_RESOURCE_STATE ResourceState;
    DWORD CheckPoint;
    HANDLE EventHandle;
    DWORD ApplicationSpecificErrorCode;
    DWORD Flags; /* CLUSRESDLL_STATUS_... */
    DWORD WaitHint;
} RESOURCE_STATUS_EX;
typedef RESOURCE_STATUS_EX* PRESOURCE_STATUS_EX;

#define ResUtilInitializeResourceStatus(status) memset((status), 0, sizeof(RESOURCE_STATUS))
#define ResUtilInitializeResourceStatusEx(status) memset((status), 0, sizeof(RESOURCE_STATUS_EX))

/* Flags of RESOURCE_STATUS_EX: why the operation cannot go on, and what to collect about it. */
#define CLUSRESDLL_STATUS_OFFLINE_BUSY 0x00000001
#define CLUSRESDLL_STATUS_OFFLINE_SOURCE_THROTTLED 0x00000002
#define CLUSRESDLL_STATUS_OFFLINE_DESTINATION_THROTTLED 0x00000004
#define CLUSRESDLL_STATUS_OFFLINE_DESTINATION_REJECTED 0x00000008
#define CLUSRESDLL_STATUS_INSUFFICIENT_MEMORY 0x00000010
#define CLUSRESDLL_STATUS_INSUFFICIENT_PROCESSOR 0x00000020
#define CLUSRESDLL_STATUS_INSUFFICIENT_OTHER_RESOURCES 0x00000040
#define CLUSRESDLL_STATUS_INVALID_PARAMETERS 0x00000080
#define CLUSRESDLL_STATUS_NETWORK_NOT_AVAILABLE 0x00000100
#define CLUSRESDLL_STATUS_DO_NOT_COLLECT_WER_REPORT 0x40000000
#define CLUSRESDLL_STATUS_DUMP_NOW 0x80000000

/* What both status callbacks return: whether the resource has been terminated meanwhile. */
typedef enum RESOURCE_EXIT_STATE {
    ResourceExitStateContinue = 0,
    ResourceExitStateTerminate = 1,
    ResourceExitStateMax = 2
} RESOURCE_EXIT_STATE;

typedef DWORD(__stdcall* PSET_RESOURCE_STATUS_ROUTINE)(RESOURCE_HANDLE ResourceHandle,
                                                       PRESOURCE_STATUS ResourceStatus);
typedef DWORD(__stdcall* PSET_RESOURCE_STATUS_ROUTINE_EX)(RESOURCE_HANDLE ResourceHandle,
                                                          PRESOURCE_STATUS_EX ResourceStatus);

/* ---- The monitor's other callbacks: a resource DLL calls them from any thread ----------- */

typedef enum LOG_LEVEL {
    LOG_INFORMATION = 0,
    LOG_WARNING = 1,
    LOG_ERROR = 2,
    LOG_SEVERE = 3
} LOG_LEVEL;
typedef LOG_LEVEL* PLOG_LEVEL;

/* Writes to the cluster log. The inserts are FormatMessage's (%1!u!). A NULL handle means that the
 * text is about the type. */
typedef VOID(__stdcall* PLOG_EVENT_ROUTINE)(RESOURCE_HANDLE ResourceHandle, LOG_LEVEL LogLevel,
                                            LPCWSTR FormatString, ...);

/* While a resource is locked, the cluster refuses operations on it and shows the reason. */
#define LOCKED_MODE_FLAGS_DONT_REMOVE_FROM_MOVE_QUEUE 0x00000001
typedef DWORD(__stdcall* PSET_RESOURCE_LOCKED_MODE_ROUTINE)(RESOURCE_HANDLE ResourceHandle,
                                                            BOOL LockedModeEnabled,
                                                            DWORD LockedModeReason);
typedef DWORD(__stdcall* PSET_RESOURCE_LOCKED_MODE_EX_ROUTINE)(RESOURCE_HANDLE ResourceHandle,
                                                               BOOL LockedModeEnabled,
                                                               DWORD LockedModeReason,
                                                               DWORD LockedModeFlags);

/* Reports a failure at once, without waiting for the next poll. */
typedef enum FAILURE_TYPE {
    FAILURE_TYPE_GENERAL = 0,
    FAILURE_TYPE_EMBEDDED = 1,
    FAILURE_TYPE_NETWORK_LOSS = 2
} FAILURE_TYPE;
typedef FAILURE_TYPE* PFAILURE_TYPE;
typedef DWORD(__stdcall* PSIGNAL_FAILURE_ROUTINE)(RESOURCE_HANDLE ResourceHandle,
                                                  FAILURE_TYPE FailureType,
                                                  DWORD ApplicationSpecificErrorCode);

/* Sets properties that live on this node and in memory only: a property list and its size. */
typedef DWORD(__stdcall* PSET_RESOURCE_INMEMORY_NODELOCAL_PROPERTIES_ROUTINE)(
    RESOURCE_HANDLE ResourceHandle, BYTE* propertyListBuffer, DWORD propertyListBufferSize);

/* Finish a control call that the DLL had taken on, or ask for more time to finish it. */
typedef DWORD(__stdcall* PEND_CONTROL_CALL)(const PRES_CTL_CTX context, DWORD status);
typedef DWORD(__stdcall* PEND_TYPE_CONTROL_CALL)(const PRESTYPE_CTL_CTX context, DWORD status);
typedef DWORD(__stdcall* PEXTEND_RES_CONTROL_CALL)(const PRES_CTL_CTX context,
                                                   DWORD newTimeoutInMs);
typedef DWORD(__stdcall* PEXTEND_RES_TYPE_CONTROL_CALL)(const PRESTYPE_CTL_CTX context,
                                                        DWORD newTimeoutInMs);

/* Sends bytes to whoever listens for this resource type's notifications. */
typedef DWORD(__stdcall* PRAISE_RES_TYPE_NOTIFICATION)(LPCWSTR ResourceType, const PBYTE pPayload,
                                                       DWORD payloadSize);

/* Add a process to those dumped when the resource, or the type, hangs; or take it off the list. */
typedef DWORD(__stdcall* PCHANGE_RESOURCE_PROCESS_FOR_DUMPS)(RESOURCE_HANDLE resource,
                                                             LPCWSTR processName, DWORD processId,
                                                             BOOL isAdd);
typedef DWORD(__stdcall* PCHANGE_RES_TYPE_PROCESS_FOR_DUMPS)(LPCWSTR resourceTypeName,
                                                             LPCWSTR processName, DWORD processId,
                                                             BOOL isAdd);

/* Says how far the application inside a virtual machine has come. */
typedef enum CLUSTER_RESOURCE_APPLICATION_STATE {
    ClusterResourceApplicationStateUnknown = 1,
    ClusterResourceApplicationOSHeartBeat = 2,
    ClusterResourceApplicationReady = 3
} CLUSTER_RESOURCE_APPLICATION_STATE;
typedef DWORD(__stdcall* PSET_INTERNAL_STATE)(RESOURCE_HANDLE ResourceHandle,
                                              CLUSTER_RESOURCE_APPLICATION_STATE stateType,
                                              BOOL active);

/* Asks for a dump of the resource's process, now or after a delay. */
typedef DWORD(__stdcall* PREQUEST_DUMP_ROUTINE)(RESOURCE_HANDLE ResourceHandle,
                                                BOOL DumpDueToCallInProgress, DWORD DumpDelayInMs);

/* Choose when a slow call is traced with Windows Performance Recorder. */
#define CLUSRES_DISABLE_WPR_WATCHDOG_FOR_ONLINE_CALLS 0x00000001
#define CLUSRES_DISABLE_WPR_WATCHDOG_FOR_OFFLINE_CALLS 0x00000002
typedef DWORD(__stdcall* PSET_RESOURCE_WPR_POLICY_ROUTINE)(RESOURCE_HANDLE ResourceHandle,
                                                           DWORD WprPolicyFlags);
#define ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER 0xffffffffffffffffULL /* as configured */
typedef DWORD(__stdcall* PARM_WPR_WATCHDOG_FOR_CURRENT_RESOURCE_CALL_ROUTINE)(
    RESOURCE_HANDLE ResourceHandle, ULONGLONG TimeoutInMs);

/* The callbacks as StartupEx receives them. Later versions of Windows have only ever added to the
 * end. */
typedef struct CLRES_CALLBACK_FUNCTION_TABLE {
    PLOG_EVENT_ROUTINE LogEvent;
    PSET_RESOURCE_STATUS_ROUTINE_EX SetResourceStatusEx;
    PSET_RESOURCE_LOCKED_MODE_ROUTINE SetResourceLockedMode;
    PSIGNAL_FAILURE_ROUTINE SignalFailure;
    PSET_RESOURCE_INMEMORY_NODELOCAL_PROPERTIES_ROUTINE SetResourceInMemoryNodeLocalProperties;
    PEND_CONTROL_CALL EndControlCall;
    PEND_TYPE_CONTROL_CALL EndTypeControlCall;
    PEXTEND_RES_CONTROL_CALL ExtendControlCall;
    PEXTEND_RES_TYPE_CONTROL_CALL ExtendTypeControlCall;
    PRAISE_RES_TYPE_NOTIFICATION RaiseResTypeNotification;
    PCHANGE_RESOURCE_PROCESS_FOR_DUMPS ChangeResourceProcessForDumps;
    PCHANGE_RES_TYPE_PROCESS_FOR_DUMPS ChangeResTypeProcessForDumps;
    PSET_INTERNAL_STATE SetInternalState;
    PSET_RESOURCE_LOCKED_MODE_EX_ROUTINE SetResourceLockedModeEx;
    PREQUEST_DUMP_ROUTINE RequestDump;
    PSET_RESOURCE_WPR_POLICY_ROUTINE SetResourceWprPolicy;
    PARM_WPR_WATCHDOG_FOR_CURRENT_RESOURCE_CALL_ROUTINE ArmWprWatchdogForCurrentResourceCall;
} CLRES_CALLBACK_FUNCTION_TABLE;
typedef CLRES_CALLBACK_FUNCTION_TABLE* PCLRES_CALLBACK_FUNCTION_TABLE;

/* ---- Entry points: the monitor calls the resource DLL ----------------------------------- */

/* Opens a resource and returns the DLL's name for it, NULL on failure (see SetLastError). */
#define CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE 0x00000001
#define CLUS_RESDLL_OPEN_DONT_DELETE_TEMP_DISK 0x00000002
typedef RESID(__stdcall* POPEN_ROUTINE)(LPCWSTR ResourceName, HKEY ResourceKey,
                                        RESOURCE_HANDLE ResourceHandle);
typedef RESID(__stdcall* POPEN_V2_ROUTINE)(LPCWSTR ResourceName, HKEY ResourceKey,
                                           RESOURCE_HANDLE ResourceHandle, DWORD OpenFlags);

/* Forgets a resource. */
typedef VOID(__stdcall* PCLOSE_ROUTINE)(RESID Resource);

/* Brings a resource online; may leave an event to be signaled on failure. ERROR_IO_PENDING means
 * that a worker thread goes on and reports. */
#define CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE 0x00000001
#define CLUS_RESDLL_ONLINE_IGNORE_RESOURCE_STATUS 0x00000002
#define CLUS_RESDLL_ONLINE_RETURN_TO_SOURCE_NODE_ON_ERROR 0x00000004
#define CLUS_RESDLL_ONLINE_RESTORE_ONLINE_STATE 0x00000008
#define CLUS_RESDLL_ONLINE_IGNORE_NETWORK_CONNECTIVITY 0x00000010
typedef DWORD(__stdcall* PONLINE_ROUTINE)(RESID Resource, LPHANDLE EventHandle);
typedef DWORD(__stdcall* PONLINE_V2_ROUTINE)(RESID Resource, LPHANDLE EventHandle,
                                             DWORD OnlineFlags, PBYTE InBuffer, DWORD InBufferSize,
                                             DWORD Reserved);

/* Takes a resource offline in order; ERROR_IO_PENDING as for Online. */
#define CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS 0x00000001
#define CLUS_RESDLL_OFFLINE_RETURN_TO_SOURCE_NODE_ON_ERROR 0x00000002
#define CLUS_RESDLL_OFFLINE_QUEUE_ENABLED 0x00000004
#define CLUS_RESDLL_OFFLINE_RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR 0x00000008
#define CLUS_RESDLL_OFFLINE_DUE_TO_EMBEDDED_FAILURE 0x00000010
#define CLUS_RESDLL_OFFLINE_IGNORE_NETWORK_CONNECTIVITY 0x00000020
#define CLUS_RESDLL_OFFLINE_DO_NOT_UPDATE_PERSISTENT_STATE 0x00000040
typedef DWORD(__stdcall* POFFLINE_ROUTINE)(RESID Resource);
typedef DWORD(__stdcall* POFFLINE_V2_ROUTINE)(RESID Resource, LPCWSTR DestinationNodeName,
                                              DWORD OfflineFlags, PBYTE InBuffer,
                                              DWORD InBufferSize, DWORD Reserved);

/* Takes a resource offline at once, beside whatever else the DLL is doing for it. */
typedef VOID(__stdcall* PTERMINATE_ROUTINE)(RESID Resource);

/* Gives up the operation in progress, if the DLL can. */
typedef DWORD(__stdcall* PCANCEL_ROUTINE)(RESID Resource, DWORD CancelFlags_RESERVED);

/* The two health checks, the quick one and the thorough one: TRUE if the resource is well. */
typedef BOOL(__stdcall* PLOOKS_ALIVE_ROUTINE)(RESID Resource);
typedef BOOL(__stdcall* PIS_ALIVE_ROUTINE)(RESID Resource);

/* Quorum resources only: take hold of it, and give it up. The DLL calls PQUORUM_RESOURCE_LOST when
 * it can hold it no longer. */
typedef VOID(__stdcall* PQUORUM_RESOURCE_LOST)(RESOURCE_HANDLE Resource);
typedef DWORD(__stdcall* PARBITRATE_ROUTINE)(RESID Resource,
                                             PQUORUM_RESOURCE_LOST LostQuorumResource);
typedef DWORD(__stdcall* PRELEASE_ROUTINE)(RESID Resource);

/* Control codes, answered before the call returns. */
typedef DWORD(__stdcall* PRESOURCE_CONTROL_ROUTINE)(RESID Resource, DWORD ControlCode,
                                                    PVOID InBuffer, DWORD InBufferSize,
                                                    PVOID OutBuffer, DWORD OutBufferSize,
                                                    LPDWORD BytesReturned);
typedef DWORD(__stdcall* PRESOURCE_TYPE_CONTROL_ROUTINE)(LPCWSTR ResourceTypeName,
                                                         DWORD ControlCode, PVOID InBuffer,
                                                         DWORD InBufferSize, PVOID OutBuffer,
                                                         DWORD OutBufferSize,
                                                         LPDWORD BytesReturned);

/* Control codes that the DLL may answer later, through EndControlCall or EndTypeControlCall with
 * the same context, when it has set ReturnedAsynchronously. */
typedef DWORD(__stdcall* PBEGIN_RESCALL_ROUTINE)(RESID Resource, DWORD ControlCode, PVOID InBuffer,
                                                 DWORD InBufferSize, PVOID OutBuffer,
                                                 DWORD OutBufferSize, LPDWORD BytesReturned,
                                                 PRES_CTL_CTX context,
                                                 PBOOL ReturnedAsynchronously);
typedef DWORD(__stdcall* PBEGIN_RESTYPECALL_ROUTINE)(LPCWSTR ResourceTypeName, DWORD ControlCode,
                                                     PVOID InBuffer, DWORD InBufferSize,
                                                     PVOID OutBuffer, DWORD OutBufferSize,
                                                     LPDWORD BytesReturned,
                                                     PRESTYPE_CTL_CTX context,
                                                     PBOOL ReturnedAsynchronously);

/* The same on behalf of a user, whose access token is passed along. */
typedef DWORD(__stdcall* PBEGIN_RESCALL_AS_USER_ROUTINE)(RESID Resource, HANDLE TokenHandle,
                                                         DWORD ControlCode, PVOID InBuffer,
                                                         DWORD InBufferSize, PVOID OutBuffer,
                                                         DWORD OutBufferSize, LPDWORD BytesReturned,
                                                         PRES_CTL_CTX context,
                                                         PBOOL ReturnedAsynchronously);
typedef DWORD(__stdcall* PBEGIN_RESTYPECALL_AS_USER_ROUTINE)(
    LPCWSTR ResourceTypeName, HANDLE TokenHandle, DWORD ControlCode, PVOID InBuffer,
    DWORD InBufferSize, PVOID OutBuffer, DWORD OutBufferSize, LPDWORD BytesReturned,
    PRESTYPE_CTL_CTX context, PBOOL ReturnedAsynchronously);

/* What a resource type's control handler is told when its monitor shuts down. */
#define RESTYPE_MONITOR_SHUTTING_DOWN_NODE_STOP 0x00000001
#define RESTYPE_MONITOR_SHUTTING_DOWN_CLUSSVC_CRASH 0x00000002

/* Why an operation takes place: the control code that asks a resource's operation context. */
typedef enum RESDLL_CONTEXT_OPERATION_TYPE {
    ResdllContextOperationTypeFailback = 0,
    ResdllContextOperationTypeDrain = 1,
    ResdllContextOperationTypeDrainFailure = 2,
    ResdllContextOperationTypeEmbeddedFailure = 3,
    ResdllContextOperationTypePreemption = 4,
    ResdllContextOperationTypeNetworkDisconnect = 5,
    ResdllContextOperationTypeNetworkDisconnectMoveRetry = 6
} RESDLL_CONTEXT_OPERATION_TYPE;
typedef RESDLL_CONTEXT_OPERATION_TYPE* PRESDLL_CONTEXT_OPERATION_TYPE;

#define CLUSCTL_GET_OPERATION_CONTEXT_PARAMS_VERSION_1 1
typedef struct GET_OPERATION_CONTEXT_PARAMS {
    DWORD Size;
    DWORD Version;
    RESDLL_CONTEXT_OPERATION_TYPE Type;
    DWORD Priority;
} GET_OPERATION_CONTEXT_PARAMS;
typedef GET_OPERATION_CONTEXT_PARAMS* PGET_OPERATION_CONTEXT_PARAMS;

/* ---- The function table: the DLL's entry points, returned by Startup or StartupEx ------- */

#define CLRES_VERSION_V1_00 0x100
#define CLRES_VERSION_V2_00 0x200
#define CLRES_VERSION_V3_00 0x300
#define CLRES_VERSION_V4_00 0x400

typedef struct CLRES_V1_FUNCTIONS {
    POPEN_ROUTINE Open;
    PCLOSE_ROUTINE Close;
    PONLINE_ROUTINE Online;
    POFFLINE_ROUTINE Offline;
    PTERMINATE_ROUTINE Terminate;
    PLOOKS_ALIVE_ROUTINE LooksAlive;
    PIS_ALIVE_ROUTINE IsAlive;
    PARBITRATE_ROUTINE Arbitrate;
    PRELEASE_ROUTINE Release;
    PRESOURCE_CONTROL_ROUTINE ResourceControl;
    PRESOURCE_TYPE_CONTROL_ROUTINE ResourceTypeControl;
} CLRES_V1_FUNCTIONS;
typedef CLRES_V1_FUNCTIONS* PCLRES_V1_FUNCTIONS;

/* Version 2: Open, Online and Offline take flags, and there is Cancel. */
typedef struct CLRES_V2_FUNCTIONS {
    POPEN_V2_ROUTINE Open;
    PCLOSE_ROUTINE Close;
    PONLINE_V2_ROUTINE Online;
    POFFLINE_V2_ROUTINE Offline;
    PTERMINATE_ROUTINE Terminate;
    PLOOKS_ALIVE_ROUTINE LooksAlive;
    PIS_ALIVE_ROUTINE IsAlive;
    PARBITRATE_ROUTINE Arbitrate;
    PRELEASE_ROUTINE Release;
    PRESOURCE_CONTROL_ROUTINE ResourceControl;
    PRESOURCE_TYPE_CONTROL_ROUTINE ResourceTypeControl;
    PCANCEL_ROUTINE Cancel;
} CLRES_V2_FUNCTIONS;
typedef CLRES_V2_FUNCTIONS* PCLRES_V2_FUNCTIONS;

/* Version 3: control calls may be answered later. */
typedef struct CLRES_V3_FUNCTIONS {
    POPEN_V2_ROUTINE Open;
    PCLOSE_ROUTINE Close;
    PONLINE_V2_ROUTINE Online;
    POFFLINE_V2_ROUTINE Offline;
    PTERMINATE_ROUTINE Terminate;
    PLOOKS_ALIVE_ROUTINE LooksAlive;
    PIS_ALIVE_ROUTINE IsAlive;
    PARBITRATE_ROUTINE Arbitrate;
    PRELEASE_ROUTINE Release;
    PBEGIN_RESCALL_ROUTINE BeginResourceControl;
    PBEGIN_RESTYPECALL_ROUTINE BeginResourceTypeControl;
    PCANCEL_ROUTINE Cancel;
} CLRES_V3_FUNCTIONS;
typedef CLRES_V3_FUNCTIONS* PCLRES_V3_FUNCTIONS;

/* Version 4: control calls may come on behalf of a user. */
typedef struct CLRES_V4_FUNCTIONS {
    POPEN_V2_ROUTINE Open;
    PCLOSE_ROUTINE Close;
    PONLINE_V2_ROUTINE Online;
    POFFLINE_V2_ROUTINE Offline;
    PTERMINATE_ROUTINE Terminate;
    PLOOKS_ALIVE_ROUTINE LooksAlive;
    PIS_ALIVE_ROUTINE IsAlive;
    PARBITRATE_ROUTINE Arbitrate;
    PRELEASE_ROUTINE Release;
    PBEGIN_RESCALL_ROUTINE BeginResourceControl;
    PBEGIN_RESTYPECALL_ROUTINE BeginResourceTypeControl;
    PCANCEL_ROUTINE Cancel;
    PBEGIN_RESCALL_AS_USER_ROUTINE BeginResourceControlAsUser;
    PBEGIN_RESTYPECALL_AS_USER_ROUTINE BeginResourceTypeControlAsUser;
} CLRES_V4_FUNCTIONS;
typedef CLRES_V4_FUNCTIONS* PCLRES_V4_FUNCTIONS;

/* Version says which member of the union is in use, TableSize how long that member is. */
typedef struct CLRES_FUNCTION_TABLE {
    DWORD TableSize;
    DWORD Version;
    union {
        CLRES_V1_FUNCTIONS V1Functions;
        CLRES_V2_FUNCTIONS V2Functions;
        CLRES_V3_FUNCTIONS V3Functions;
        CLRES_V4_FUNCTIONS V4Functions;
    };
} CLRES_FUNCTION_TABLE;
typedef CLRES_FUNCTION_TABLE* PCLRES_FUNCTION_TABLE;

#define CLRES_V1_FUNCTION_SIZE sizeof(CLRES_V1_FUNCTIONS)
#define CLRES_V2_FUNCTION_SIZE sizeof(CLRES_V2_FUNCTIONS)
#define CLRES_V3_FUNCTION_SIZE sizeof(CLRES_V3_FUNCTIONS)
#define CLRES_V4_FUNCTION_SIZE sizeof(CLRES_V4_FUNCTIONS)

/* A table whose entry points have the names of the API behind a prefix. The first declares one; the
 * others, which are statements, fill in one that is there. Whatever has no entry point is NULL. */
#define CLRES_V1_FUNCTION_TABLE(_Name, _Version, _Prefix, _Arbitrate, _Release, _ResControl,    \
                                _ResTypeControl)                                                \
    CLRES_FUNCTION_TABLE _Name = {                                                              \
        CLRES_V1_FUNCTION_SIZE,                                                                 \
        _Version,                                                                               \
        {{_Prefix##Open, _Prefix##Close, _Prefix##Online, _Prefix##Offline, _Prefix##Terminate, \
          _Prefix##LooksAlive, _Prefix##IsAlive, _Arbitrate, _Release, _ResControl,             \
          _ResTypeControl}}}
#define RESAPI_CY_FILL_TABLE(_Functions, _Prefix, _Arbitrate, _Release, _LooksAlive, _IsAlive, \
                             _Cancel)                                                          \
    (_Functions).Open = _Prefix##OpenV2;                                                       \
    (_Functions).Close = _Prefix##Close;                                                       \
    (_Functions).Online = _Prefix##OnlineV2;                                                   \
    (_Functions).Offline = _Prefix##OfflineV2;                                                 \
    (_Functions).Terminate = _Prefix##Terminate;                                               \
    (_Functions).LooksAlive = _LooksAlive;                                                     \
    (_Functions).IsAlive = _IsAlive;                                                           \
    (_Functions).Arbitrate = _Arbitrate;                                                       \
    (_Functions).Release = _Release;                                                           \
    (_Functions).Cancel = _Cancel
#define CLRES_V2_FUNCTION_TABLE_SET(_Name, _Version, _Prefix, _Arbitrate, _Release, _ResControl, \
                                    _ResTypeControl, _LooksAlive, _IsAlive, _Cancel)             \
    do {                                                                                         \
        (_Name).TableSize = CLRES_V2_FUNCTION_SIZE;                                              \
        (_Name).Version = _Version;                                                              \
        RESAPI_CY_FILL_TABLE((_Name).V2Functions, _Prefix, _Arbitrate, _Release, _LooksAlive,    \
                             _IsAlive, _Cancel);                                                 \
        (_Name).V2Functions.ResourceControl = _ResControl;                                       \
        (_Name).V2Functions.ResourceTypeControl = _ResTypeControl;                               \
    } while (0)
#define CLRES_V3_FUNCTION_TABLE_SET(_Name, _Version, _Prefix, _Arbitrate, _Release,                \
                                    _BeginResourceControl, _BeginResourceTypeControl, _LooksAlive, \
                                    _IsAlive, _Cancel)                                             \
    do {                                                                                           \
        (_Name).TableSize = CLRES_V3_FUNCTION_SIZE;                                                \
        (_Name).Version = _Version;                                                                \
        RESAPI_CY_FILL_TABLE((_Name).V3Functions, _Prefix, _Arbitrate, _Release, _LooksAlive,      \
                             _IsAlive, _Cancel);                                                   \
        (_Name).V3Functions.BeginResourceControl = _BeginResourceControl;                          \
        (_Name).V3Functions.BeginResourceTypeControl = _BeginResourceTypeControl;                  \
    } while (0)
#define CLRES_V4_FUNCTION_TABLE_SET(_Name, _Version, _Prefix, _Arbitrate, _Release, _BeginResCtrl, \
                                    _BeginResTypeCtrl, _LooksAlive, _IsAlive, _Cancel,             \
                                    _BeginResCtrlAsUser, _BeginResTypeCtrlAsUser)                  \
    do {                                                                                           \
        (_Name).TableSize = CLRES_V4_FUNCTION_SIZE;                                                \
        (_Name).Version = _Version;                                                                \
        RESAPI_CY_FILL_TABLE((_Name).V4Functions, _Prefix, _Arbitrate, _Release, _LooksAlive,      \
                             _IsAlive, _Cancel);                                                   \
        (_Name).V4Functions.BeginResourceControl = _BeginResCtrl;                                  \
        (_Name).V4Functions.BeginResourceTypeControl = _BeginResTypeCtrl;                          \
        (_Name).V4Functions.BeginResourceControlAsUser = _BeginResCtrlAsUser;                      \
        (_Name).V4Functions.BeginResourceTypeControlAsUser = _BeginResTypeCtrlAsUser;              \
    } while (0)

/* ---- Startup: what a resource DLL exports, and the monitor looks up by name ------------- */

#define STARTUP_ROUTINE "Startup"
#define STARTUP_EX_ROUTINE "StartupEx"

typedef DWORD(__stdcall* PSTARTUP_ROUTINE)(LPCWSTR ResourceType, DWORD MinVersionSupported,
                                           DWORD MaxVersionSupported,
                                           PSET_RESOURCE_STATUS_ROUTINE SetResourceStatus,
                                           PLOG_EVENT_ROUTINE LogEvent,
                                           PCLRES_FUNCTION_TABLE* FunctionTable);
typedef DWORD(__stdcall* PSTARTUP_EX_ROUTINE)(
    LPCWSTR ResourceType, DWORD MinVersionSupported, DWORD MaxVersionSupported,
    PCLRES_CALLBACK_FUNCTION_TABLE MonitorCallbackFunctions,
    PCLRES_FUNCTION_TABLE* ResourceDllInterfaceFunctions);

/* ---- What the monitor is doing: shared memory that it keeps for the cluster service ----- */

typedef enum RESOURCE_MONITOR_STATE {
    RmonInitializing = 0,
    RmonIdle = 1,
    RmonStartingResource = 2,
    RmonInitializingResource = 3,
    RmonOnlineResource = 4,
    RmonOfflineResource = 5,
    RmonShutdownResource = 6,
    RmonDeletingResource = 7,
    RmonIsAlivePoll = 8,
    RmonLooksAlivePoll = 9,
    RmonArbitrateResource = 10,
    RmonReleaseResource = 11,
    RmonResourceControl = 12,
    RmonResourceTypeControl = 13,
    RmonTerminateResource = 14,
    RmonDeadlocked = 15
} RESOURCE_MONITOR_STATE;

typedef struct MONITOR_STATE {
    LARGE_INTEGER LastUpdate;
    RESOURCE_MONITOR_STATE State;
    HANDLE ActiveResource;
    BOOL ResmonStop;
} MONITOR_STATE;
typedef MONITOR_STATE* PMONITOR_STATE;

/* ---- Worker threads --------------------------------------------------------------------- */

/* A worker thread and the flag that asks it to end: zero-initialized, then only passed along. */
typedef struct CLUS_WORKER {
    HANDLE hThread;
    BOOL Terminate;
} CLUS_WORKER;
typedef CLUS_WORKER* PCLUS_WORKER;

typedef DWORD(__stdcall* PWORKER_START_ROUTINE)(PCLUS_WORKER pWorker, LPVOID lpThreadParameter);

/* On Windows the functions are resutils.dll's. Elsewhere, or where RESAPI_CY_OWN_WORKERS is 1,
 * clus_worker.h defines them. */
#if !RESAPI_CY_OWN_WORKERS
DWORD WINAPI ClusWorkerCreate(PCLUS_WORKER lpWorker, PWORKER_START_ROUTINE lpStartAddress,
                              PVOID lpParameter);
BOOL WINAPI ClusWorkerCheckTerminate(PCLUS_WORKER lpWorker);
VOID WINAPI ClusWorkerTerminate(PCLUS_WORKER lpWorker);
DWORD WINAPI ClusWorkerTerminateEx(PCLUS_WORKER ClusWorker, DWORD TimeoutInMilliseconds,
                                   BOOL WaitOnly);
DWORD WINAPI ClusWorkersTerminate(PCLUS_WORKER* ClusWorkers, const SIZE_T ClusWorkersCount,
                                  DWORD TimeoutInMilliseconds, BOOL WaitOnly);
#endif

#ifdef __cplusplus
}
#endif

#endif /* RESAPI_CY_SDK_HEADERS */

#if RESAPI_CY_OWN_WORKERS
#include "clus_worker.h"
#endif

#include "resutils.h"

#endif /* RESAPI_CY_RESAPI_H */
