/* A resource DLL that misbehaves in one way at a time, to test a resource monitor with.
 *
 * The resource type chooses: "Faulty" behaves well, and "Faulty.BlocksInOnline" and the others of
 * FAULTS below do what their names say, and all else as "Faulty" does. A resource goes online and
 * offline through a worker that makes a few checkpoints within some tens of milliseconds. There are
 * no properties. The table is version 3; control calls are answered before they return.
 *
 * What blocks, and what goes on where it should have stopped, does so until somebody calls the
 * exported function FaultyRelease, so that a test can end: it releases what waits at that moment.
 *
 * Linux, macOS:  cc -std=c11 -O2 -fPIC -shared -pthread -I"$INCLUDE" faulty.c -o faulty.so
 * Windows:       x86_64-w64-mingw32-gcc -std=c11 -O2 -shared -I"$INCLUDE" faulty.c -o faulty.dll
 *                    -lresutils
 *                cl /std:c11 /utf-8 /O2 /LD /I"%INCLUDE_FOLDER%" faulty.c resutils.lib
 * The folder is what python -c "import resapi_cy; print(resapi_cy.get_include())" prints.
 */
#include "../common/event.h"
#include "../common/platform.h"
#include "../common/properties.h"
#include "../common/resource_dll.h"

/* ---- The types -------------------------------------------------------------------------- */

#define FAULTS(FAULT)                                                                    \
    /* Going online */                                                                   \
    FAULT(SlowEntryPoint)       /* Online takes a second before it returns */            \
    FAULT(FailsOnline)          /* Online returns ERROR_RESOURCE_NOT_AVAILABLE */        \
    FAULT(FailsPending)         /* the worker reports Failed, with error code 42 */      \
    FAULT(CannotComeOnline)     /* and here CannotComeOnlineOnThisNode */                \
    FAULT(NeverEndsPending)     /* ERROR_IO_PENDING, then silence */                     \
    FAULT(PendingForever)       /* checkpoints grow for ever; TERMINATE is obeyed */     \
    FAULT(CheckpointNeverGrows) /* the same checkpoint, for ever */                      \
    FAULT(FloodOfTransitions)   /* error codes alternate as fast as they can */          \
    /* Reports that make no sense */                                                     \
    FAULT(StaleHandle)       /* the worker reports with a handle that was never given */ \
    FAULT(GarbageState)      /* it reports states that no header names, and no end */    \
    FAULT(BadEventHandle)    /* it reports Online with an event handle that is none */   \
    FAULT(ReportsAfterEnd)   /* it reports Online, and then OnlinePending five times */  \
    FAULT(ReportsAfterClose) /* Close leaves a worker behind that reports */             \
    /* Once it is online */                                                              \
    FAULT(IsAliveFalse)    /* IsAlive says FALSE, LooksAlive TRUE */                     \
    FAULT(LooksAliveFalse) /* LooksAlive says FALSE, IsAlive TRUE */                     \
    FAULT(IsAliveLies)     /* both say TRUE, even offline */                             \
    FAULT(SignalsFailure)  /* SignalFailure comes soon after Online, error code 42 */    \
    FAULT(DiesAfterOnline) /* its event is signaled soon after Online */                 \
    /* Blocked until FaultyRelease */                                                    \
    FAULT(BlocksInOpen)                                                                  \
    FAULT(BlocksInOnline)                                                                \
    FAULT(BlocksInOffline)                                                               \
    FAULT(BlocksInTerminate)                                                             \
    FAULT(BlocksInIsAlive)                                                               \
    /* Going on until FaultyRelease */                                                   \
    FAULT(IgnoresTerminate) /* the worker reports on, whatever it is answered */         \
    FAULT(LeaksThreads)     /* each Online leaves a thread behind that does nothing */   \
    FAULT(LeaksHandles)     /* each Online leaves 16 handles open, for ever */           \
    /* StartupEx and its table */                                                        \
    FAULT(WrongTableSize)     /* TableSize is 7 */                                       \
    FAULT(WrongVersion)       /* Version is 0x500 */                                     \
    FAULT(NullTable)          /* success, and no table */                                \
    FAULT(MissingEntryPoint)  /* Online is NULL */                                       \
    FAULT(AcceptsAnyVersion)  /* whatever versions the monitor supports */               \
    FAULT(AcceptsUnknownType) /* from now on, until FaultyRelease, any name is a type */ \
    /* Arguments and answers */                                                          \
    FAULT(AcceptsBadResid)       /* success for a RESID that Open never gave */          \
    FAULT(AcceptsAnyControlCode) /* success for control codes that nobody knows */       \
    FAULT(NeverEndsControlCall)  /* control calls return asynchronously and never end */ \
    FAULT(GarbageReturnCodes)    /* error codes that do not exist */                     \
    FAULT(HostileLog)            /* Open writes to the log what a terminal obeys */

typedef enum FAULT {
    None, /* "Faulty" itself */
#define FAULT(name) name,
    FAULTS(FAULT)
#undef FAULT
        FAULT_COUNT
} FAULT;

static const LPCWSTR TYPE_NAMES[FAULT_COUNT] = {W("Faulty"),
#define FAULT(name) W("Faulty." #name),
                                                FAULTS(FAULT)
#undef FAULT
};

enum {
    CHECKPOINTS = 5,
    STEP = 10, /* milliseconds from one checkpoint to the next */
    SOON = 50, /* milliseconds from Online to what happens soon after it */
    ERROR_CODE = 42,
    LEAKED_HANDLES = 16
};

typedef struct FAULTY_RESOURCE {
    RESOURCE base;
    FAULT fault;
    LOCK transition; /* held while the worker is started or stopped */
    CLUS_WORKER worker;
    EVENT event;
    LOCK lock; /* guards online, which the worker sets and LooksAlive reads */
    BOOL online;
} FAULTY_RESOURCE;

static void set_online(FAULTY_RESOURCE* resource, BOOL online) {
    lock_acquire(&resource->lock);
    resource->online = online;
    lock_release(&resource->lock);
}

static BOOL is_online(FAULTY_RESOURCE* resource) {
    lock_acquire(&resource->lock);
    BOOL online = resource->online;
    lock_release(&resource->lock);
    return online;
}

/* ---- Blocking, until it is released ------------------------------------------------------ */

static LOCK release_lock = LOCK_INITIALIZER;
static DWORD releases;
static BOOL accepts_unknown_types;

static DWORD releases_so_far(void) {
    lock_acquire(&release_lock);
    DWORD count = releases;
    lock_release(&release_lock);
    return count;
}

static void block(void) {
    const DWORD before = releases_so_far();
    while (releases_so_far() == before) nap(STEP);
}

RESOURCE_DLL_EXPORT void WINAPI FaultyRelease(void);
RESOURCE_DLL_EXPORT void WINAPI FaultyRelease(void) {
    lock_acquire(&release_lock);
    ++releases;
    accepts_unknown_types = FALSE;
    lock_release(&release_lock);
}

/* ---- Workers ---------------------------------------------------------------------------- */

static void report_online(FAULTY_RESOURCE* resource, PRESOURCE_STATUS_EX status) {
    set_online(resource, TRUE);
    report_end(&resource->base, status, ClusterResourceOnline, ERROR_SUCCESS);
}

/* A few checkpoints; FALSE if the worker has to end. */
static BOOL pend(PCLUS_WORKER worker, FAULTY_RESOURCE* resource, PRESOURCE_STATUS_EX status) {
    for (int i = 0; i < CHECKPOINTS; ++i) {
        if (!report_checkpoint(worker, &resource->base, status)) return FALSE;
        nap(STEP);
    }
    return TRUE;
}

static DWORD WINAPI OnlineWorker(PCLUS_WORKER worker, LPVOID parameter) {
    FAULTY_RESOURCE* resource = (FAULTY_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    status_init(&status, ClusterResourceOnlinePending);
    if (!pend(worker, resource, &status)) return ERROR_OPERATION_ABORTED;
    switch (resource->fault) {
        case FailsPending:
            report_end(&resource->base, &status, ClusterResourceFailed, ERROR_CODE);
            break;
        case CannotComeOnline:
            report_end(&resource->base, &status, ClusterResourceCannotComeOnlineOnThisNode,
                       ERROR_CODE);
            break;
        case BadEventHandle:
            status.EventHandle = (HANDLE)(size_t)0x7ffffff0;
            report_online(resource, &status);
            break;
        case ReportsAfterEnd:
            report_online(resource, &status);
            status.ResourceState = ClusterResourceOnlinePending;
            pend(worker, resource, &status);
            break;
        case SignalsFailure:
            report_online(resource, &status);
            nap(SOON);
            monitor->SignalFailure(resource->base.handle, FAILURE_TYPE_GENERAL, ERROR_CODE);
            break;
        case DiesAfterOnline:
            status.EventHandle = resource->event.handle;
            report_online(resource, &status);
            nap(SOON);
            set_online(resource, FALSE);
            event_set(&resource->event);
            break;
        default:
            report_online(resource, &status);
            break;
    }
    return ERROR_SUCCESS;
}

static DWORD WINAPI PendingForeverWorker(PCLUS_WORKER worker, LPVOID parameter) {
    FAULTY_RESOURCE* resource = (FAULTY_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    status_init(&status, ClusterResourceOnlinePending);
    while (report_checkpoint(worker, &resource->base, &status)) {
        if (resource->fault == CheckpointNeverGrows) --status.CheckPoint;
        nap(STEP);
    }
    return ERROR_OPERATION_ABORTED;
}

static DWORD WINAPI FloodWorker(PCLUS_WORKER worker, LPVOID parameter) {
    FAULTY_RESOURCE* resource = (FAULTY_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    status_init(&status, ClusterResourceOnlinePending);
    while (report_checkpoint(worker, &resource->base, &status)) {
        status.ApplicationSpecificErrorCode ^= 1;
    }
    return ERROR_OPERATION_ABORTED;
}

static DWORD WINAPI StaleHandleWorker(PCLUS_WORKER worker, LPVOID parameter) {
    FAULTY_RESOURCE* resource = (FAULTY_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    const size_t stale = (size_t)resource->base.handle ^ 0x5a5a5a5a00000000;
    status_init(&status, ClusterResourceOnlinePending);
    for (int i = 0; i < CHECKPOINTS && !ClusWorkerCheckTerminate(worker); ++i) {
        ++status.CheckPoint;
        monitor->SetResourceStatusEx((RESOURCE_HANDLE)stale, &status);
        nap(STEP);
    }
    return ERROR_SUCCESS;
}

static DWORD WINAPI GarbageStateWorker(PCLUS_WORKER worker, LPVOID parameter) {
    static const int STATES[] = {77, 5, 131, -2, 0x7fffffff};
    FAULTY_RESOURCE* resource = (FAULTY_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    status_init(&status, ClusterResourceOnlinePending);
    for (size_t i = 0; i < sizeof STATES / sizeof *STATES; ++i) {
        status.ResourceState = (CLUSTER_RESOURCE_STATE)STATES[i];
        if (!report_checkpoint(worker, &resource->base, &status)) break;
        nap(STEP);
    }
    return ERROR_SUCCESS;
}

/* Reports until it is released, and does not care what it is answered, or whether the resource is
 * still open. */
static DWORD WINAPI IgnorantWorker(PCLUS_WORKER worker, LPVOID parameter) {
    FAULTY_RESOURCE* resource = (FAULTY_RESOURCE*)parameter;
    const DWORD before = releases_so_far();
    RESOURCE_STATUS_EX status;
    (void)worker;
    status_init(&status, ClusterResourceOnlinePending);
    while (releases_so_far() == before) {
        ++status.CheckPoint;
        monitor->SetResourceStatusEx(resource->base.handle, &status);
        nap(STEP);
    }
    return ERROR_SUCCESS;
}

static DWORD WINAPI IdleWorker(PCLUS_WORKER worker, LPVOID parameter) {
    (void)worker;
    (void)parameter;
    block();
    return ERROR_SUCCESS;
}

/* A thread that nobody will ever wait for. */
static DWORD start_and_forget(PWORKER_START_ROUTINE routine, FAULTY_RESOURCE* resource) {
    PCLUS_WORKER forgotten = (PCLUS_WORKER)calloc(1, sizeof *forgotten);
    if (forgotten == NULL) return ERROR_NOT_ENOUGH_MEMORY;
    return ClusWorkerCreate(forgotten, routine, resource);
}

static DWORD start_online(FAULTY_RESOURCE* resource) {
    switch (resource->fault) {
        case NeverEndsPending:
            return ERROR_SUCCESS;
        case PendingForever:
        case CheckpointNeverGrows:
            return worker_start(&resource->worker, PendingForeverWorker, resource);
        case FloodOfTransitions:
            return worker_start(&resource->worker, FloodWorker, resource);
        case StaleHandle:
            return worker_start(&resource->worker, StaleHandleWorker, resource);
        case GarbageState:
            return worker_start(&resource->worker, GarbageStateWorker, resource);
        case IgnoresTerminate:
            return start_and_forget(IgnorantWorker, resource);
        case LeaksThreads:
            start_and_forget(IdleWorker, resource);
            return worker_start(&resource->worker, OnlineWorker, resource);
        case LeaksHandles:
            for (int i = 0; i < LEAKED_HANDLES; ++i) {
                EVENT forgotten;
                event_create(&forgotten);
            }
            return worker_start(&resource->worker, OnlineWorker, resource);
        default:
            return worker_start(&resource->worker, OnlineWorker, resource);
    }
}

static DWORD WINAPI OfflineWorker(PCLUS_WORKER worker, LPVOID parameter) {
    FAULTY_RESOURCE* resource = (FAULTY_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    status_init(&status, ClusterResourceOfflinePending);
    if (!pend(worker, resource, &status)) return ERROR_OPERATION_ABORTED;
    set_online(resource, FALSE);
    report_end(&resource->base, &status, ClusterResourceOffline, ERROR_SUCCESS);
    return ERROR_SUCCESS;
}

/* ---- Entry points ----------------------------------------------------------------------- */

static FAULTY_RESOURCE* find(RESID Resource) {
    return (FAULTY_RESOURCE*)resource_find(Resource);
}

/* Text that would clear a terminal, forge a line of the log or turn it round, and inserts that
 * FormatMessage can make nothing of. Each insert that names an argument has one. */
static void write_hostile_log(RESOURCE_HANDLE handle) {
    static const LPCWSTR FORMATS[] = {
        W("\x1b[2J\x1b[31mred\x1b]0;title\x07 \b\b\b %1!s!"),
        W("Open: well\n[error] Disk 1: forged line\r\nand another\v\f"),
        W("\u202ebackwards \u2066isolated \u200bhidden \x0085 \u2028 lines"),
        W("half a pair \xd834, no character \uffff, a mark \ufeff"),
        W("%1!q! %1!s %1!! %1!999999s! %1!-! %! %"),
        W("%%1 %b %n %t %r %. %1%2%3 %0 cut off"),
    };
    const LPCWSTR argument = W("argument \x1b[5m\n%1!s!");
    const size_t huge = 100000;
    WCHAR* text = (WCHAR*)malloc((huge + 1) * sizeof(WCHAR));
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; ++i) {
        monitor->LogEvent(handle, LOG_ERROR, FORMATS[i], argument, argument, argument);
    }
    monitor->LogEvent(handle, (LOG_LEVEL)99, W("a level that does not exist"));
    if (text == NULL) return;
    for (size_t i = 0; i < huge; ++i) text[i] = 'x';
    text[huge] = 0;
    monitor->LogEvent(handle, LOG_INFORMATION, text);
    monitor->LogEvent(handle, LOG_INFORMATION, W("%1!s!"), text);
    free(text);
}

static RESID OpenResource(FAULT fault, RESOURCE_HANDLE ResourceHandle) {
    FAULTY_RESOURCE* resource;
    if (fault == BlocksInOpen) block();
    if (fault == HostileLog) write_hostile_log(ResourceHandle);
    resource = (FAULTY_RESOURCE*)calloc(1, sizeof *resource);
    if (resource == NULL || event_create(&resource->event) != ERROR_SUCCESS) {
        free(resource);
        set_last_error(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    resource->fault = fault;
    lock_init(&resource->transition);
    lock_init(&resource->lock);
    return resource_add(&resource->base, ResourceHandle);
}

/* Open isn't told the type of the resource, so each type has an Open of its own. */
#define FAULT(name)                                                                   \
    static RESID WINAPI Open##name(LPCWSTR ResourceName, HKEY ResourceKey,            \
                                   RESOURCE_HANDLE ResourceHandle, DWORD OpenFlags) { \
        (void)ResourceName;                                                           \
        (void)ResourceKey;                                                            \
        (void)OpenFlags;                                                              \
        return OpenResource(name, ResourceHandle);                                    \
    }
FAULT(None)
FAULTS(FAULT)
#undef FAULT

static const POPEN_V2_ROUTINE OPENS[FAULT_COUNT] = {OpenNone,
#define FAULT(name) Open##name,
                                                    FAULTS(FAULT)
#undef FAULT
};

static VOID WINAPI Terminate(RESID Resource) {
    FAULTY_RESOURCE* resource = find(Resource);
    if (resource == NULL) return;
    if (resource->fault == BlocksInTerminate) block();
    lock_acquire(&resource->transition);
    ClusWorkerTerminate(&resource->worker);
    lock_release(&resource->transition);
    set_online(resource, FALSE);
}

static VOID WINAPI Close(RESID Resource) {
    FAULTY_RESOURCE* resource = (FAULTY_RESOURCE*)resource_remove(Resource);
    if (resource == NULL) return;
    ClusWorkerTerminate(&resource->worker);
    if (resource->fault == ReportsAfterClose) start_and_forget(IgnorantWorker, resource);
    /* Threads that nobody waits for go on using it. */
    if (resource->fault == IgnoresTerminate || resource->fault == ReportsAfterClose) return;
    event_close(&resource->event);
    lock_destroy(&resource->transition);
    lock_destroy(&resource->lock);
    free(resource);
}

static DWORD WINAPI Online(RESID Resource, LPHANDLE EventHandle, DWORD OnlineFlags, PBYTE InBuffer,
                           DWORD InBufferSize, DWORD Reserved) {
    FAULTY_RESOURCE* resource = find(Resource);
    DWORD error;
    (void)OnlineFlags;
    (void)InBuffer;
    (void)InBufferSize;
    (void)Reserved;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (EventHandle != NULL) *EventHandle = NULL;
    switch (resource->fault) {
        case FailsOnline:
            return ERROR_RESOURCE_NOT_AVAILABLE;
        case GarbageReturnCodes:
            return 0xdeadbeef;
        case SlowEntryPoint:
            nap(1000);
            break;
        case BlocksInOnline:
            block();
            break;
        default:
            break;
    }
    event_reset(&resource->event);
    lock_acquire(&resource->transition);
    error = start_online(resource);
    lock_release(&resource->transition);
    return error == ERROR_SUCCESS ? ERROR_IO_PENDING : error;
}

static DWORD WINAPI Offline(RESID Resource, LPCWSTR DestinationNodeName, DWORD OfflineFlags,
                            PBYTE InBuffer, DWORD InBufferSize, DWORD Reserved) {
    FAULTY_RESOURCE* resource = find(Resource);
    DWORD error;
    (void)DestinationNodeName;
    (void)OfflineFlags;
    (void)InBuffer;
    (void)InBufferSize;
    (void)Reserved;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (resource->fault == GarbageReturnCodes) return 0xcafebabe;
    if (resource->fault == BlocksInOffline) block();
    lock_acquire(&resource->transition);
    error = worker_start(&resource->worker, OfflineWorker, resource);
    lock_release(&resource->transition);
    return error == ERROR_SUCCESS ? ERROR_IO_PENDING : error;
}

static BOOL WINAPI LooksAlive(RESID Resource) {
    FAULTY_RESOURCE* resource = find(Resource);
    if (resource == NULL || resource->fault == LooksAliveFalse) return FALSE;
    if (resource->fault == IsAliveLies) return TRUE;
    return is_online(resource);
}

static BOOL WINAPI IsAlive(RESID Resource) {
    FAULTY_RESOURCE* resource = find(Resource);
    if (resource == NULL || resource->fault == IsAliveFalse) return FALSE;
    if (resource->fault == IsAliveLies) return TRUE;
    if (resource->fault == BlocksInIsAlive) block();
    return is_online(resource);
}

static DWORD control(FAULT fault, DWORD ControlCode, PVOID OutBuffer, DWORD OutBufferSize,
                     LPDWORD BytesReturned, PBOOL ReturnedAsynchronously) {
    DWORD result = control_common(ControlCode, OutBuffer, OutBufferSize, BytesReturned);
    *ReturnedAsynchronously = FALSE;
    switch (fault) {
        case AcceptsAnyControlCode:
            return result == ERROR_INVALID_FUNCTION ? ERROR_SUCCESS : result;
        case GarbageReturnCodes:
            return 0xffffffff;
        case NeverEndsControlCall:
            *ReturnedAsynchronously = TRUE;
            return ERROR_IO_PENDING;
        default:
            return result;
    }
}

static DWORD WINAPI BeginResourceControl(RESID Resource, DWORD ControlCode, PVOID InBuffer,
                                         DWORD InBufferSize, PVOID OutBuffer, DWORD OutBufferSize,
                                         LPDWORD BytesReturned, PRES_CTL_CTX context,
                                         PBOOL ReturnedAsynchronously) {
    FAULTY_RESOURCE* resource = find(Resource);
    (void)InBuffer;
    (void)InBufferSize;
    (void)context;
    if (ReturnedAsynchronously == NULL) return ERROR_INVALID_PARAMETER;
    *ReturnedAsynchronously = FALSE;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    return control(resource->fault, ControlCode, OutBuffer, OutBufferSize, BytesReturned,
                   ReturnedAsynchronously);
}

static FAULT fault_of_type(LPCWSTR ResourceType) {
    FAULT fault = None;
    while (fault < FAULT_COUNT && !text_same_name(ResourceType, TYPE_NAMES[fault])) {
        fault = (FAULT)(fault + 1);
    }
    return fault;
}

static DWORD WINAPI BeginResourceTypeControl(LPCWSTR ResourceTypeName, DWORD ControlCode,
                                             PVOID InBuffer, DWORD InBufferSize, PVOID OutBuffer,
                                             DWORD OutBufferSize, LPDWORD BytesReturned,
                                             PRESTYPE_CTL_CTX context,
                                             PBOOL ReturnedAsynchronously) {
    (void)InBuffer;
    (void)InBufferSize;
    (void)context;
    if (ReturnedAsynchronously == NULL || ResourceTypeName == NULL) return ERROR_INVALID_PARAMETER;
    return control(fault_of_type(ResourceTypeName), ControlCode, OutBuffer, OutBufferSize,
                   BytesReturned, ReturnedAsynchronously);
}

static DWORD WINAPI Cancel(RESID Resource, DWORD CancelFlags_RESERVED) {
    (void)CancelFlags_RESERVED;
    return find(Resource) != NULL ? ERROR_NOT_SUPPORTED : ERROR_RESOURCE_NOT_FOUND;
}

/* ---- AcceptsBadResid: the same for RESIDs that Open never gave ---------------------------- */

static DWORD WINAPI OnlineAny(RESID Resource, LPHANDLE EventHandle, DWORD OnlineFlags,
                              PBYTE InBuffer, DWORD InBufferSize, DWORD Reserved) {
    if (find(Resource) == NULL) return ERROR_SUCCESS;
    return Online(Resource, EventHandle, OnlineFlags, InBuffer, InBufferSize, Reserved);
}

static DWORD WINAPI OfflineAny(RESID Resource, LPCWSTR DestinationNodeName, DWORD OfflineFlags,
                               PBYTE InBuffer, DWORD InBufferSize, DWORD Reserved) {
    if (find(Resource) == NULL) return ERROR_SUCCESS;
    return Offline(Resource, DestinationNodeName, OfflineFlags, InBuffer, InBufferSize, Reserved);
}

static BOOL WINAPI AliveAny(RESID Resource) {
    return find(Resource) == NULL || IsAlive(Resource);
}

static DWORD WINAPI BeginControlAny(RESID Resource, DWORD ControlCode, PVOID InBuffer,
                                    DWORD InBufferSize, PVOID OutBuffer, DWORD OutBufferSize,
                                    LPDWORD BytesReturned, PRES_CTL_CTX context,
                                    PBOOL ReturnedAsynchronously) {
    DWORD result =
        BeginResourceControl(Resource, ControlCode, InBuffer, InBufferSize, OutBuffer,
                             OutBufferSize, BytesReturned, context, ReturnedAsynchronously);
    return result == ERROR_RESOURCE_NOT_FOUND ? ERROR_SUCCESS : result;
}

static DWORD WINAPI CancelAny(RESID Resource, DWORD CancelFlags_RESERVED) {
    return find(Resource) != NULL ? Cancel(Resource, CancelFlags_RESERVED) : ERROR_SUCCESS;
}

/* ---- StartupEx -------------------------------------------------------------------------- */

/* A table for each type, since several types may be in use at once. */
static CLRES_FUNCTION_TABLE tables[FAULT_COUNT];

static PCLRES_FUNCTION_TABLE make_table(FAULT fault) {
    PCLRES_FUNCTION_TABLE table = &tables[fault];
    table->TableSize = CLRES_V3_FUNCTION_SIZE;
    table->Version = CLRES_VERSION_V3_00;
    table->V3Functions.Open = OPENS[fault];
    table->V3Functions.Close = Close;
    table->V3Functions.Online = Online;
    table->V3Functions.Offline = Offline;
    table->V3Functions.Terminate = Terminate;
    table->V3Functions.LooksAlive = LooksAlive;
    table->V3Functions.IsAlive = IsAlive;
    table->V3Functions.BeginResourceControl = BeginResourceControl;
    table->V3Functions.BeginResourceTypeControl = BeginResourceTypeControl;
    table->V3Functions.Cancel = Cancel;
    switch (fault) {
        case WrongTableSize:
            table->TableSize = 7;
            break;
        case WrongVersion:
            table->Version = 0x500;
            break;
        case MissingEntryPoint:
            table->V3Functions.Online = NULL;
            break;
        case AcceptsBadResid:
            table->V3Functions.Online = OnlineAny;
            table->V3Functions.Offline = OfflineAny;
            table->V3Functions.LooksAlive = AliveAny;
            table->V3Functions.IsAlive = AliveAny;
            table->V3Functions.BeginResourceControl = BeginControlAny;
            table->V3Functions.Cancel = CancelAny;
            break;
        default:
            break;
    }
    return table;
}

RESOURCE_DLL_EXPORT DWORD WINAPI StartupEx(LPCWSTR ResourceType, DWORD MinVersionSupported,
                                           DWORD MaxVersionSupported,
                                           PCLRES_CALLBACK_FUNCTION_TABLE MonitorCallbackFunctions,
                                           PCLRES_FUNCTION_TABLE* ResourceDllInterfaceFunctions);

RESOURCE_DLL_EXPORT DWORD WINAPI StartupEx(LPCWSTR ResourceType, DWORD MinVersionSupported,
                                           DWORD MaxVersionSupported,
                                           PCLRES_CALLBACK_FUNCTION_TABLE MonitorCallbackFunctions,
                                           PCLRES_FUNCTION_TABLE* ResourceDllInterfaceFunctions) {
    FAULT fault;
    if (ResourceType == NULL || MonitorCallbackFunctions == NULL ||
        ResourceDllInterfaceFunctions == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    fault = fault_of_type(ResourceType);
    lock_acquire(&release_lock);
    if (fault == AcceptsUnknownType) accepts_unknown_types = TRUE;
    if (fault == FAULT_COUNT && accepts_unknown_types) fault = AcceptsUnknownType;
    /* Once: while the next type starts, workers of the ones before read it. */
    if (monitor == NULL) monitor = MonitorCallbackFunctions;
    lock_release(&release_lock);
    if (fault == FAULT_COUNT) return ERROR_CLUSTER_RESNAME_NOT_FOUND;
    if (fault != AcceptsAnyVersion && fault != WrongVersion &&
        !version_is_supported(CLRES_VERSION_V3_00, MinVersionSupported, MaxVersionSupported)) {
        return ERROR_REVISION_MISMATCH;
    }
    *ResourceDllInterfaceFunctions = fault == NullTable ? NULL : make_table(fault);
    return ERROR_SUCCESS;
}
