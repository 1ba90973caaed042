/* A resource DLL that breaks its contract in one small way at a time: a resource type for each way,
 * "Breach" itself for none. A resource goes online and offline through a worker that makes a few
 * checkpoints. The properties: Command, what is started by the types that leave a process behind,
 * and Number, of which nothing depends. */
#define CHILD_ENDS_WITH_HOST 0 /* what is left behind is to be found */
#include "../../examples/common/child_process.h"
#include "../../examples/common/event.h"
#include "../../examples/common/platform.h"
#include "../../examples/common/properties.h"
#include "../../examples/common/resource_dll.h"

#define BREACHES(BREACH)                                                                    \
    /* Right, and unusual */                                                                \
    BREACH(OneAtATime)         /* a second Open is refused while there is a resource */     \
    BREACH(LacksItsModule)     /* unknown types are answered ERROR_MOD_NOT_FOUND */         \
    BREACH(LooksAliveBlind)    /* LooksAlive is always TRUE */                              \
    BREACH(IsAliveEager)       /* IsAlive is TRUE before the first Online */                \
    BREACH(SaysNotWhy)         /* a second Open is refused without an error: off Windows */ \
    BREACH(UsesCallbacks)      /* of others that are online, when one comes or goes */      \
    BREACH(HelperUntilClose)   /* a process, from the first Online on */                    \
    BREACH(EmptyUntilSet)      /* no property is told before it is set */                   \
    BREACH(NumberNeedsCommand) /* which has to be set before it, or with it */              \
    BREACH(SlowToTell)         /* its properties */                                         \
    /* Leaks */                                                                             \
    BREACH(HandleInOpen)                                                                    \
    BREACH(ThreadInOpen)                                                                    \
    BREACH(MemoryInOpen)                                                                    \
    BREACH(MemoryInOnline)                                                                  \
    BREACH(ChildInOnline) /* not reaped, off Windows */                                     \
    BREACH(HandleInTerminate)                                                               \
    BREACH(HandleInLooksAlive)                                                              \
    BREACH(MemoryInIsAlive)                                                                 \
    BREACH(MemoryInControl)                                                                 \
    /* What instances share */                                                              \
    BREACH(ServesClosedResid)                                                               \
    BREACH(OnlineTakesOthersDown)                                                           \
    BREACH(OfflineTakesOthersDown)                                                          \
    BREACH(TerminateTakesOthersDown)                                                        \
    BREACH(CloseStopsOthers)  /* their workers, while they are pending */                   \
    BREACH(ReportsForTheLast) /* with the handle that was given last */                     \
    BREACH(ReportsForTheFirst)                                                              \
    BREACH(LogsForTheLast)                                                                  \
    BREACH(SharesProperties)                                                                \
    /* What goes on after the end */                                                        \
    BREACH(IgnoresTerminate) /* while it is pending, and Terminate waits for it */          \
    BREACH(OnlineAfterTerminate)                                                            \
    BREACH(SilentAfterTerminate) /* the worker goes on, and says nothing */                 \
    BREACH(WorkerAfterOffline)   /* Offline has succeeded, and its worker goes on */        \
    BREACH(WatcherAfterTerminate)                                                           \
    BREACH(AliveAfterTerminate)                                                             \
    BREACH(ProcessAfterOffline)                                                             \
    BREACH(ProcessAfterTerminate)                                                           \
    BREACH(ProcessAfterAll)                                                                 \
    BREACH(ProcessAfterCrash) /* of Online */                                               \
    /* Checkpoints */                                                                       \
    BREACH(CheckpointStands)        /* for 3 s of pending */                                \
    BREACH(OfflineCheckpointStands) /* the same */                                          \
    /* Properties */                                                                        \
    BREACH(LosesProperties)                                                                 \
    BREACH(TellsWrong)     /* Number is told as one more */                                 \
    BREACH(SetClears)      /* what is not in the list that is set */                        \
    BREACH(AcceptsUnknown) /* names of properties */                                        \
    BREACH(ValidateSets)                                                                    \
    BREACH(SetsHalf) /* of a list that is refused, what comes first */                      \
    BREACH(OnlineForgets)                                                                   \
    BREACH(TellsNone)        /* whatever was set */                                         \
    BREACH(TerminateForgets) /* all of them */                                              \
    BREACH(TerminateHides)   /* them: an error when they are asked for */                   \
    /* Room */                                                                              \
    BREACH(WritesPastRoom)    /* by one byte */                                             \
    BREACH(WritesWithoutRoom) /* by four, where there is none, of the characteristics */    \
    BREACH(OtherError)        /* ERROR_INSUFFICIENT_BUFFER for too little room */           \
    BREACH(CutsShort)         /* ERROR_SUCCESS for it */                                    \
    BREACH(TellsNoSize)       /* ERROR_MORE_DATA, and 0 for what it needs */                \
    BREACH(AsksForTooMuch)    /* ERROR_MORE_DATA, and 4 GB, of the characteristics */

typedef enum TYPE {
    Breach,
#define BREACH(name) name,
    BREACHES(BREACH)
#undef BREACH
        TYPE_COUNT
} TYPE;

static const LPCWSTR TYPE_NAMES[TYPE_COUNT] = {W("Breach"),
#define BREACH(name) W("Breach." #name),
                                               BREACHES(BREACH)
#undef BREACH
};

enum { COMMAND, NUMBER, PROPERTY_COUNT };

static const PROPERTY PROPERTIES[PROPERTY_COUNT] = {
    {W("Command"), "RESAPI_CY_NOT_SET", FALSE, 0},
    {W("Number"), "RESAPI_CY_NOT_SET", TRUE, 1000},
};

enum {
    CHECKPOINTS = 5,
    STEP = 10,
    SLOW = 80,
    LONG_TIME = 3000,
    MEGABYTE = 1 << 20,
    CALL_BYTES = 64 * 1024
};

typedef struct BREACH_RESOURCE {
    RESOURCE base;
    PROPERTY_VALUE values[PROPERTY_COUNT];
    LOCK transition; /* held while the worker is started or stopped */
    CLUS_WORKER worker;
    CHILD child; /* of the types that leave a process behind */
    LOCK lock;   /* guards the rest */
    BOOL online;
    BOOL was_online;
    BOOL offline_asked;
    BOOL terminated;
    BOOL has_values;
} BREACH_RESOURCE;

/* One type is in use at a time. */
static TYPE type;
static PROPERTY_VALUE shared_values[PROPERTY_COUNT];
static RESOURCE_HANDLE first_handle, last_handle;
static BREACH_RESOURCE closed; /* what RESIDs of closed resources lead to */

static BREACH_RESOURCE* find(RESID id) {
    BREACH_RESOURCE* resource = (BREACH_RESOURCE*)resource_find(id);
    const BOOL served = type == ServesClosedResid && (size_t)id - 1 < 1000;
    return resource == NULL && served ? &closed : resource;
}

static BOOL get(BREACH_RESOURCE* resource, const BOOL* flag) {
    lock_acquire(&resource->lock);
    const BOOL value = *flag;
    lock_release(&resource->lock);
    return value;
}

static void set(BREACH_RESOURCE* resource, BOOL* flag, BOOL value) {
    lock_acquire(&resource->lock);
    *flag = value;
    lock_release(&resource->lock);
}

static void set_online(BREACH_RESOURCE* resource, BOOL online) {
    set(resource, &resource->online, online);
}

/* ---- What is left behind ------------------------------------------------------------------ */

static void leak_handle(void) {
    EVENT forgotten;
    event_create(&forgotten);
}

/* Untouched where that is seen: elsewhere it is the memory that was touched that is told. */
static void leak_memory(size_t size) {
    volatile char* forgotten = (volatile char*)malloc(size);
#ifndef __linux__
    for (size_t i = 0; forgotten != NULL && i < size; ++i) forgotten[i] = 1;
#else
    if (forgotten != NULL) forgotten[0] = 1;
#endif
}

static void start_process(BREACH_RESOURCE* resource) {
    WCHAR* command = property_text(&PROPERTIES[COMMAND], &resource->values[COMMAND]);
    if (command != NULL) child_start(&resource->child, command, NULL);
    free(command);
}

static void end_process(BREACH_RESOURCE* resource) {
    if (!child_is_running(&resource->child)) return;
    child_kill(&resource->child);
    child_wait(&resource->child);
}

static DWORD WINAPI IdleWorker(PCLUS_WORKER worker, LPVOID parameter) {
    (void)worker, (void)parameter;
    nap(type == ThreadInOpen ? 20 * LONG_TIME : LONG_TIME);
    return ERROR_SUCCESS;
}

/* A thread that nobody will ever wait for. */
static void leak_thread(PWORKER_START_ROUTINE routine, BREACH_RESOURCE* resource) {
    PCLUS_WORKER forgotten = (PCLUS_WORKER)calloc(1, sizeof *forgotten);
    if (forgotten != NULL) ClusWorkerCreate(forgotten, routine, resource);
}

static void take_others_down(const BREACH_RESOURCE* resource) {
    lock_acquire(&resources_lock);
    for (RESOURCE* each = resources; each != NULL; each = each->next) {
        if (each != &resource->base) set_online((BREACH_RESOURCE*)each, FALSE);
    }
    lock_release(&resources_lock);
}

/* What a DLL may tell of a resource that is well. */
static void tell_of_others(const BREACH_RESOURCE* resource) {
    static BYTE nothing[4] = {0}; /* a property list without properties */
    if (type != UsesCallbacks) return;
    lock_acquire(&resources_lock);
    for (RESOURCE* each = resources; each != NULL; each = each->next) {
        if (each == &resource->base ||
            !get((BREACH_RESOURCE*)each, &((BREACH_RESOURCE*)each)->online)) {
            continue;
        }
        monitor->SetInternalState(each->handle, ClusterResourceApplicationReady, TRUE);
        monitor->SetResourceLockedMode(each->handle, FALSE, 0);
        monitor->SetResourceInMemoryNodeLocalProperties(each->handle, nothing, sizeof nothing);
    }
    lock_release(&resources_lock);
}

/* ---- Workers ------------------------------------------------------------------------------ */

static DWORD WINAPI OnlineWorker(PCLUS_WORKER worker, LPVOID parameter) {
    BREACH_RESOURCE* resource = (BREACH_RESOURCE*)parameter;
    RESOURCE reporter = resource->base;
    RESOURCE_STATUS_EX status;
    status_init(&status, ClusterResourceOnlinePending);
    if (type == ReportsForTheLast) reporter.handle = last_handle;
    if (type == ReportsForTheFirst) reporter.handle = first_handle;
    for (int i = 0; i < (type == CheckpointStands ? 1 : CHECKPOINTS); ++i, nap(STEP)) {
        if (report_checkpoint(worker, &reporter, &status)) continue;
        if (type == SilentAfterTerminate) leak_thread(IdleWorker, resource);
        return ERROR_OPERATION_ABORTED;
    }
    if (type == CheckpointStands) nap(LONG_TIME);
    set_online(resource, TRUE);
    report_end(&reporter, &status, ClusterResourceOnline, ERROR_SUCCESS);
    return ERROR_SUCCESS;
}

/* Reports on, whatever it is answered, for a long time or a short one. */
static DWORD WINAPI IgnorantWorker(PCLUS_WORKER worker, LPVOID parameter) {
    BREACH_RESOURCE* resource = (BREACH_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    int steps = CHECKPOINTS;
    (void)worker;
    status_init(&status, ClusterResourceOnlinePending);
    for (int i = 0; i < steps; ++i, nap(STEP)) {
        ++status.CheckPoint;
        if (monitor->SetResourceStatusEx(resource->base.handle, &status) ==
            ResourceExitStateTerminate) {
            steps = type == IgnoresTerminate ? LONG_TIME / STEP : 2 * CHECKPOINTS;
        }
    }
    set_online(resource, TRUE);
    report_end(&resource->base, &status, ClusterResourceOnline, ERROR_SUCCESS);
    return ERROR_SUCCESS;
}

/* As long as the resource is online, and does not know of Terminate. */
static DWORD WINAPI WatchWorker(PCLUS_WORKER worker, LPVOID parameter) {
    BREACH_RESOURCE* resource = (BREACH_RESOURCE*)parameter;
    (void)worker;
    for (int i = 0; i < LONG_TIME / STEP && !get(resource, &resource->offline_asked); ++i) {
        nap(STEP);
    }
    return ERROR_SUCCESS;
}

static DWORD WINAPI OfflineWorker(PCLUS_WORKER worker, LPVOID parameter) {
    BREACH_RESOURCE* resource = (BREACH_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    status_init(&status, ClusterResourceOfflinePending);
    for (int i = 0; i < CHECKPOINTS; ++i, nap(STEP)) {
        if (type == OfflineCheckpointStands && i > 0) break;
        if (!report_checkpoint(worker, &resource->base, &status)) return ERROR_OPERATION_ABORTED;
    }
    if (type == OfflineCheckpointStands) nap(LONG_TIME);
    set_online(resource, FALSE);
    report_end(&resource->base, &status, ClusterResourceOffline, ERROR_SUCCESS);
    return ERROR_SUCCESS;
}

/* ---- Entry points ------------------------------------------------------------------------- */

static RESID WINAPI Open(LPCWSTR ResourceName, HKEY ResourceKey, RESOURCE_HANDLE ResourceHandle,
                         DWORD OpenFlags) {
    BREACH_RESOURCE* resource;
    (void)ResourceName, (void)ResourceKey, (void)OpenFlags;
    if ((type == OneAtATime || type == SaysNotWhy) && resources != NULL) {
        set_last_error(type == OneAtATime ? 5010 : 0); /* ERROR_OBJECT_ALREADY_EXISTS */
        return NULL;
    }
    resource = (BREACH_RESOURCE*)calloc(1, sizeof *resource);
    if (resource == NULL) return NULL;
    lock_init(&resource->transition);
    lock_init(&resource->lock);
    child_init(&resource->child);
    if (resources == NULL) first_handle = ResourceHandle;
    last_handle = ResourceHandle;
    if (type == HandleInOpen) leak_handle();
    if (type == MemoryInOpen) leak_memory(CALL_BYTES);
    if (type == ThreadInOpen) leak_thread(IdleWorker, resource);
    return resource_add(&resource->base, ResourceHandle);
}

static void stop_others(const BREACH_RESOURCE* resource) {
    lock_acquire(&resources_lock);
    for (RESOURCE* each = resources; each != NULL; each = each->next) {
        if (each != &resource->base) ClusWorkerTerminate(&((BREACH_RESOURCE*)each)->worker);
    }
    lock_release(&resources_lock);
}

/* Whether threads that nobody waits for may still use a resource. */
static BOOL is_used_on(void) {
    return type == OnlineAfterTerminate || type == WatcherAfterTerminate ||
           type == WorkerAfterOffline;
}

static VOID WINAPI Close(RESID id) {
    BREACH_RESOURCE* resource = (BREACH_RESOURCE*)resource_remove(id);
    if (resource == NULL) return;
    ClusWorkerTerminate(&resource->worker);
    if (type == CloseStopsOthers) stop_others(resource);
    if (type == HelperUntilClose) end_process(resource);
    if (is_used_on()) return;
    properties_free(resource->values, PROPERTY_COUNT);
    lock_destroy(&resource->transition);
    lock_destroy(&resource->lock);
    free(resource);
}

static VOID WINAPI Terminate(RESID id) {
    BREACH_RESOURCE* resource = find(id);
    if (resource == NULL) return;
    lock_acquire(&resource->transition);
    ClusWorkerTerminate(&resource->worker);
    lock_release(&resource->transition);
    if (type != AliveAfterTerminate) set_online(resource, FALSE);
    if (type == TerminateTakesOthersDown) take_others_down(resource);
    if (type == HandleInTerminate) leak_handle();
    set(resource, &resource->terminated, TRUE);
    tell_of_others(resource);
    if (type == ProcessAfterOffline) end_process(resource);
}

static DWORD start_online(BREACH_RESOURCE* resource) {
    switch (type) {
        case IgnoresTerminate:
            return worker_start(&resource->worker, IgnorantWorker, resource);
        case OnlineAfterTerminate:
            leak_thread(IgnorantWorker, resource);
            return ERROR_SUCCESS;
        case MemoryInOnline:
            leak_memory(MEGABYTE);
            break;
        case ChildInOnline:
        case ProcessAfterOffline:
        case ProcessAfterTerminate:
        case ProcessAfterAll:
            start_process(resource);
            break;
        case ProcessAfterCrash:
            start_process(resource);
            abort();
        case OnlineTakesOthersDown:
            take_others_down(resource);
            break;
        case HelperUntilClose:
            if (!child_is_running(&resource->child)) start_process(resource);
            break;
        case LogsForTheLast:
            monitor->LogEvent(last_handle, LOG_INFORMATION, W("Online"));
            break;
        case OnlineForgets:
            resource->values[NUMBER].number = 0;
            break;
        case WatcherAfterTerminate:
            leak_thread(WatchWorker, resource);
            break;
        default:
            break;
    }
    return worker_start(&resource->worker, OnlineWorker, resource);
}

static DWORD WINAPI Online(RESID id, LPHANDLE EventHandle, DWORD OnlineFlags, PBYTE InBuffer,
                           DWORD InBufferSize, DWORD Reserved) {
    BREACH_RESOURCE* resource = find(id);
    DWORD error;
    (void)OnlineFlags, (void)InBuffer, (void)InBufferSize, (void)Reserved;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (resource == &closed) return ERROR_SUCCESS;
    if (EventHandle != NULL) *EventHandle = NULL;
    set(resource, &resource->was_online, TRUE);
    set(resource, &resource->offline_asked, FALSE);
    tell_of_others(resource);
    lock_acquire(&resource->transition);
    error = start_online(resource);
    lock_release(&resource->transition);
    return error == ERROR_SUCCESS ? ERROR_IO_PENDING : error;
}

static DWORD WINAPI Offline(RESID id, LPCWSTR DestinationNodeName, DWORD OfflineFlags,
                            PBYTE InBuffer, DWORD InBufferSize, DWORD Reserved) {
    BREACH_RESOURCE* resource = find(id);
    DWORD error;
    (void)DestinationNodeName, (void)OfflineFlags, (void)InBuffer, (void)InBufferSize;
    (void)Reserved;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (resource == &closed) return ERROR_SUCCESS;
    set(resource, &resource->offline_asked, TRUE);
    if (type == OfflineTakesOthersDown) take_others_down(resource);
    tell_of_others(resource);
    if (type == ProcessAfterTerminate) end_process(resource);
    if (type == WorkerAfterOffline) {
        set_online(resource, FALSE);
        leak_thread(IdleWorker, resource);
        return ERROR_SUCCESS;
    }
    lock_acquire(&resource->transition);
    error = worker_start(&resource->worker, OfflineWorker, resource);
    lock_release(&resource->transition);
    return error == ERROR_SUCCESS ? ERROR_IO_PENDING : error;
}

static BOOL WINAPI LooksAlive(RESID id) {
    BREACH_RESOURCE* resource = find(id);
    if (resource == NULL) return FALSE;
    if (type == HandleInLooksAlive) leak_handle();
    return type == LooksAliveBlind || get(resource, &resource->online);
}

static BOOL WINAPI IsAlive(RESID id) {
    BREACH_RESOURCE* resource = find(id);
    if (resource == NULL) return FALSE;
    if (type == MemoryInIsAlive) leak_memory(CALL_BYTES);
    if (type == IsAliveEager && !get(resource, &resource->was_online)) return TRUE;
    return get(resource, &resource->online);
}

/* ---- Control calls ------------------------------------------------------------------------ */

/* How the types that break the rules of rooms answer, in place of ERROR_MORE_DATA. */
static DWORD answer_little_room(DWORD code, BYTE* out, DWORD room, LPDWORD returned) {
    switch (type) {
        case WritesPastRoom:
            if (out != NULL) memset(out, 0, room + 1);
            break;
        case WritesWithoutRoom:
            if (code == CLUSCTL_RESOURCE_GET_CHARACTERISTICS && out != NULL) memset(out, 0, 4);
            break;
        case OtherError:
            return ERROR_INSUFFICIENT_BUFFER;
        case CutsShort:
            *returned = room;
            return ERROR_SUCCESS;
        case TellsNoSize:
            *returned = 0;
            break;
        default:
            break;
    }
    return ERROR_MORE_DATA;
}

static DWORD set_values(PROPERTY_VALUE* values, const void* data, DWORD size,
                        PROPERTY_ERROR* error) {
    PROPERTY_VALUE ignored[PROPERTY_COUNT] = {{NULL, 0}};
    BOOL is_set[PROPERTY_COUNT] = {FALSE};
    DWORD result;
    switch (type) {
        case LosesProperties:
            result = properties_set(PROPERTIES, PROPERTY_COUNT, data, size, ignored, error);
            properties_free(ignored, PROPERTY_COUNT);
            return result;
        case SetClears:
            for (int i = 0; i < PROPERTY_COUNT; ++i) {
                free(values[i].text);
                values[i].text = NULL;
                values[i].number = 0;
            }
            break;
        case SetsHalf:
            return properties_read(PROPERTIES, PROPERTY_COUNT, (const BYTE*)data, size, values,
                                   is_set, error);
        default:
            break;
    }
    if (type == NumberNeedsCommand && values[COMMAND].text == NULL) {
        result = properties_read(PROPERTIES, PROPERTY_COUNT, (const BYTE*)data, size, ignored,
                                 is_set, error);
        properties_free(ignored, PROPERTY_COUNT);
        if (result == ERROR_SUCCESS && !is_set[COMMAND]) result = ERROR_INVALID_PARAMETER;
        if (result != ERROR_SUCCESS) return result;
    }
    result = properties_set(PROPERTIES, PROPERTY_COUNT, data, size, values, error);
    return type == AcceptsUnknown ? ERROR_SUCCESS : result;
}

static DWORD WINAPI ResourceControl(RESID id, DWORD ControlCode, PVOID InBuffer, DWORD InBufferSize,
                                    PVOID OutBuffer, DWORD OutBufferSize, LPDWORD BytesReturned) {
    BREACH_RESOURCE* resource = find(id);
    PROPERTY_VALUE* values;
    PROPERTY_ERROR problem = {ERROR_SUCCESS, {0}, NULL};
    size_t told = PROPERTY_COUNT;
    DWORD error;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    values = type == SharesProperties ? shared_values : resource->values;
    if (type == MemoryInControl) leak_memory(CALL_BYTES);
    if (ControlCode == CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES ||
        (ControlCode == CLUSCTL_RESOURCE_VALIDATE_PRIVATE_PROPERTIES && type == ValidateSets)) {
        error = set_values(values, InBuffer, InBufferSize, &problem);
        if (error == ERROR_SUCCESS) set(resource, &resource->has_values, TRUE);
        return error;
    }
    if (ControlCode == CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES) {
        const BOOL terminated = get(resource, &resource->terminated);
        if (type == SlowToTell) nap(SLOW);
        if (type == TerminateHides && terminated) return ERROR_RESOURCE_NOT_FOUND;
        if (type == TellsNone || (type == TerminateForgets && terminated) ||
            (type == EmptyUntilSet && !get(resource, &resource->has_values))) {
            told = 0;
        }
    }
    if (type == AsksForTooMuch && ControlCode == CLUSCTL_RESOURCE_GET_CHARACTERISTICS) {
        *BytesReturned = (DWORD)-1;
        return ERROR_MORE_DATA;
    }
    if (type == TellsWrong) ++values[NUMBER].number;
    error = control_properties(PROPERTIES, told, values, ControlCode, InBuffer, InBufferSize,
                               OutBuffer, OutBufferSize, BytesReturned, &problem);
    if (type == TellsWrong) --values[NUMBER].number;
    if (error != ERROR_MORE_DATA) return error;
    return answer_little_room(ControlCode, (BYTE*)OutBuffer, OutBufferSize, BytesReturned);
}

static DWORD WINAPI ResourceTypeControl(LPCWSTR ResourceTypeName, DWORD ControlCode, PVOID InBuffer,
                                        DWORD InBufferSize, PVOID OutBuffer, DWORD OutBufferSize,
                                        LPDWORD BytesReturned) {
    (void)ResourceTypeName, (void)InBuffer, (void)InBufferSize;
    return control_common(ControlCode, OutBuffer, OutBufferSize, BytesReturned);
}

static DWORD WINAPI Cancel(RESID id, DWORD CancelFlags_RESERVED) {
    BREACH_RESOURCE* resource = find(id);
    (void)CancelFlags_RESERVED;
    return resource != NULL ? ERROR_NOT_SUPPORTED : ERROR_RESOURCE_NOT_FOUND;
}

static CLRES_FUNCTION_TABLE table = {
    .TableSize = CLRES_V2_FUNCTION_SIZE,
    .Version = CLRES_VERSION_V2_00,
    .V2Functions =
        {
            .Open = Open,
            .Close = Close,
            .Online = Online,
            .Offline = Offline,
            .Terminate = Terminate,
            .LooksAlive = LooksAlive,
            .IsAlive = IsAlive,
            .ResourceControl = ResourceControl,
            .ResourceTypeControl = ResourceTypeControl,
            .Cancel = Cancel,
        },
};

RESOURCE_DLL_EXPORT DWORD WINAPI StartupEx(LPCWSTR ResourceType, DWORD MinVersionSupported,
                                           DWORD MaxVersionSupported,
                                           PCLRES_CALLBACK_FUNCTION_TABLE MonitorCallbackFunctions,
                                           PCLRES_FUNCTION_TABLE* ResourceDllInterfaceFunctions);

RESOURCE_DLL_EXPORT DWORD WINAPI StartupEx(LPCWSTR ResourceType, DWORD MinVersionSupported,
                                           DWORD MaxVersionSupported,
                                           PCLRES_CALLBACK_FUNCTION_TABLE MonitorCallbackFunctions,
                                           PCLRES_FUNCTION_TABLE* ResourceDllInterfaceFunctions) {
    int found = 0;
    while (found < TYPE_COUNT && !text_same_name(ResourceType, TYPE_NAMES[found])) ++found;
    if (found == TYPE_COUNT) {
        return type == LacksItsModule ? ERROR_MOD_NOT_FOUND : ERROR_CLUSTER_RESNAME_NOT_FOUND;
    }
    type = (TYPE)found;
    if (!version_is_supported(CLRES_VERSION_V2_00, MinVersionSupported, MaxVersionSupported)) {
        return ERROR_REVISION_MISMATCH;
    }
    monitor = MonitorCallbackFunctions;
    *ResourceDllInterfaceFunctions = &table;
    return ERROR_SUCCESS;
}
