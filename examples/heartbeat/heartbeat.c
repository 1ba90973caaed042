/* A resource DLL for a program that shows in a file that it lives. Resource type "Heartbeat".
 *
 * property         format     what it is
 * File             EXPAND_SZ  the file that the program writes again and again; required
 * MaximumAge       DWORD      how old it may become, in seconds; 60 if not set
 * ClockDifference  LONG       by how many seconds its times are ahead, if another machine's clock
 *                             makes them; less than zero if they are behind
 * Content          SZ         what the file begins with as long as all is well; if not set, its
 *                             content is not looked at
 *
 * Online returns ERROR_IO_PENDING; a worker waits for the program's next sign of life, for as long
 * as MaximumAge, and each look is a checkpoint. LooksAlive looks at the age of the file, IsAlive at
 * its content, too, and says in the log what is wrong. Offline and Terminate end the worker: the
 * program is somebody else's. What is not detected: a program that writes its file and does no more
 * than that. On a file system that does not answer, IsAlive does not return, which is what the
 * monitor's DeadlockTimeout is for.
 *
 * It is written for a cluster, as the wizard of the Platform SDK had DLLs written: a table says
 * which private properties there are, they lie in the cluster database, below the key that Open is
 * given, and functions of clusapi.dll and resutils.dll do the rest. Text is L"...": off Windows,
 * -fshort-wchar makes wchar_t 16 bits wide. The functions need not be linked there: the monitor has
 * them in the process before it loads the DLL. macOS wants to be told so, by -undefined
 * dynamic_lookup.
 *
 * Linux:    cc -std=c11 -O2 -fPIC -fshort-wchar -shared -pthread -I"$INCLUDE" heartbeat.c
 *               -o heartbeat.so
 * macOS:    the same, and -undefined dynamic_lookup
 * Windows:  x86_64-w64-mingw32-gcc -std=c11 -O2 -shared -I"$INCLUDE" heartbeat.c -o heartbeat.dll
 *               -lclusapi -lresutils
 *           cl /std:c11 /utf-8 /O2 /LD /I"%INCLUDE_FOLDER%" heartbeat.c clusapi.lib resutils.lib
 * The folder is what python -c "import resapi_cy; print(resapi_cy.get_include())" prints.
 */
#include "../common/files.h"
#include "../common/platform.h"
#include "../common/resource_dll.h"

/* Content is read whole by every IsAlive: so many characters of it at most. */
enum { LONGEST_CONTENT = 256 };
/* Between two looks of the worker, in milliseconds. Terminate waits for the present one. */
enum { NEXT_LOOK = 50 };

/* ---- The private properties ------------------------------------------------------------- */

/* A parameter block: the values of the properties, where the table says. Texts are allocated by
 * resutils.dll, and NULL if they are not set. */
typedef struct HEARTBEAT_PROPS {
    LPWSTR File;
    DWORD MaximumAge;
    LONG ClockDifference;
    LPWSTR Content;
} HEARTBEAT_PROPS;

#define DAY (24 * 60 * 60)

/* Name, subkey, format, default, least, greatest, flags, where. The limits of a LONG stand here as
 * DWORDs: the flag says that they have a sign. */
static RESUTIL_PROPERTY_ITEM PROPERTIES[] = {
    {(LPWSTR)L"File",
     NULL,
     CLUSPROP_FORMAT_EXPAND_SZ,
     {0},
     0,
     0,
     RESUTIL_PROPITEM_REQUIRED,
     FIELD_OFFSET(HEARTBEAT_PROPS, File)},
    {(LPWSTR)L"MaximumAge",
     NULL,
     CLUSPROP_FORMAT_DWORD,
     {60},
     1,
     366 * DAY,
     0,
     FIELD_OFFSET(HEARTBEAT_PROPS, MaximumAge)},
    {(LPWSTR)L"ClockDifference",
     NULL,
     CLUSPROP_FORMAT_LONG,
     {0},
     (DWORD)-DAY,
     DAY,
     RESUTIL_PROPITEM_SIGNED,
     FIELD_OFFSET(HEARTBEAT_PROPS, ClockDifference)},
    {(LPWSTR)L"Content",
     NULL,
     CLUSPROP_FORMAT_SZ,
     {0},
     0,
     0,
     0,
     FIELD_OFFSET(HEARTBEAT_PROPS, Content)},
    {NULL, NULL, 0, {0}, 0, 0, 0, 0},
};

static void props_free(HEARTBEAT_PROPS* props) {
    ResUtilFreeParameterBlock((LPBYTE)props, NULL, PROPERTIES);
    ZeroMemory(props, sizeof *props);
}

typedef struct HEARTBEAT {
    RESOURCE base;
    HKEY parameters; /* where the properties are kept */

    LOCK transition; /* held while the worker is started or stopped */
    CLUS_WORKER worker;
    /* What counts since the last Online, and the name in it with its variables replaced. The worker
     * writes them before the resource is online, and Online ends the worker before: nobody else
     * looks meanwhile. */
    HEARTBEAT_PROPS props;
    LPWSTR path;

    LOCK lock; /* guards state: Offline, OnlinePending or Online */
    CLUSTER_RESOURCE_STATE state;
} HEARTBEAT;

static HEARTBEAT* find(RESID Resource) {
    return (HEARTBEAT*)resource_find(Resource);
}

static void set_state(HEARTBEAT* resource, CLUSTER_RESOURCE_STATE state) {
    lock_acquire(&resource->lock);
    resource->state = state;
    lock_release(&resource->lock);
}

static BOOL is_in_state(HEARTBEAT* resource, CLUSTER_RESOURCE_STATE state) {
    lock_acquire(&resource->lock);
    BOOL same = resource->state == state;
    lock_release(&resource->lock);
    return same;
}

/* What counts from now on, out of the database. */
static DWORD load(HEARTBEAT* resource) {
    LPWSTR wrong = NULL; /* the property's name in the table: not to be freed */
    DWORD error;
    props_free(&resource->props);
    resource->path = (LPWSTR)LocalFree(resource->path); /* NULL */
    error = ResUtilGetPropertiesToParameterBlock(resource->parameters, PROPERTIES,
                                                 (LPBYTE)&resource->props, TRUE, &wrong);
    if (error != ERROR_SUCCESS) {
        monitor->LogEvent(resource->base.handle, LOG_ERROR,
                          L"Online: the property %1!s! is not set, or not as it must be: error "
                          L"%2!u!.",
                          wrong != NULL ? wrong : L"?", error);
        return error;
    }
    resource->path = ResUtilExpandEnvironmentStrings(resource->props.File);
    return resource->path != NULL ? ERROR_SUCCESS : GetLastError();
}

/* ---- Whether the program lives ---------------------------------------------------------- */

static BOOL begins_with(LPCWSTR path, LPCWSTR content) {
    char* wanted = text_to_utf8(content);
    const size_t size = wanted != NULL ? strlen(wanted) : 0;
    char found[3 * LONGEST_CONTENT];
    size_t filled = 0;
    FILE_HANDLE file;
    BOOL same = FALSE;
    if (wanted != NULL && size <= sizeof found && file_open(path, &file) == ERROR_SUCCESS) {
        DWORD got = 1;
        while (filled < size && got != 0) {
            got = 0;
            if (file_read(file, found + filled, (DWORD)(size - filled), &got) != ERROR_SUCCESS) {
                break;
            }
            filled += got;
        }
        file_close(file);
        same = filled == size && memcmp(found, wanted, size) == 0;
    }
    free(wanted);
    return same;
}

/* What is wrong with the file, for the log; NULL: nothing. */
static LPCWSTR problem_of(const HEARTBEAT* resource, BOOL thoroughly) {
    const HEARTBEAT_PROPS* props = &resource->props;
    FILE_STATUS status;
    LONGLONG age;
    if (file_status(resource->path, &status) != ERROR_SUCCESS) return L"can't be found";
    if (status.is_directory) return L"is a directory";
    age = seconds_now() - (status.modified - props->ClockDifference);
    if (age > (LONGLONG)props->MaximumAge) return L"is too old";
    /* It would look young until that time has come, whatever becomes of the program. */
    if (age < -(LONGLONG)props->MaximumAge) return L"is of a time to come: see ClockDifference";
    if (thoroughly && props->Content != NULL && !begins_with(resource->path, props->Content)) {
        return L"can't be read, or does not begin with Content";
    }
    return NULL;
}

static void log_problem(const HEARTBEAT* resource, LPCWSTR problem) {
    monitor->LogEvent(resource->base.handle, LOG_ERROR, L"The file %1!s! %2!s!.", resource->path,
                      problem);
}

/* The properties are read here, and not in Online: to ask a cluster's database may take longer than
 * an entry point should. */
static DWORD WINAPI OnlineWorker(PCLUS_WORKER worker, LPVOID parameter) {
    HEARTBEAT* resource = (HEARTBEAT*)parameter;
    RESOURCE_STATUS_EX status;
    DWORD error = load(resource);
    ULONGLONG until = milliseconds_now() + (ULONGLONG)resource->props.MaximumAge * 1000;
    status_init(&status, ClusterResourceOnlinePending);
    while (error == ERROR_SUCCESS && report_checkpoint(worker, &resource->base, &status)) {
        LPCWSTR problem = problem_of(resource, TRUE);
        if (problem == NULL) {
            set_state(
                resource,
                ClusterResourceOnline); /* before the report: the first poll may come at once */
            report_end(&resource->base, &status, ClusterResourceOnline, ERROR_SUCCESS);
            return ERROR_SUCCESS;
        }
        if (milliseconds_now() >= until) {
            log_problem(resource, problem);
            error = ERROR_TIMEOUT;
        } else {
            nap(NEXT_LOOK);
        }
    }
    if (error == ERROR_SUCCESS) return ERROR_OPERATION_ABORTED; /* it was told to end */
    report_end(&resource->base, &status, ClusterResourceFailed, error);
    return error;
}

/* ---- Entry points ----------------------------------------------------------------------- */

static RESID WINAPI Open(LPCWSTR ResourceName, HKEY ResourceKey, RESOURCE_HANDLE ResourceHandle,
                         DWORD OpenFlags) {
    HEARTBEAT* resource = (HEARTBEAT*)LocalAlloc(LPTR, sizeof *resource);
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    (void)OpenFlags;
    if (resource != NULL) {
        /* The cluster has made it with the resource. ClusterRegCreateKey is not for Open: it waits
         * for the cluster, which may be waiting for Open. */
        error = (DWORD)ClusterRegOpenKey(ResourceKey, L"Parameters", KEY_ALL_ACCESS,
                                         &resource->parameters);
    }
    if (error != ERROR_SUCCESS) {
        monitor->LogEvent(ResourceHandle, LOG_ERROR,
                          L"Open: the key Parameters of %1!s! can't be opened: error %2!u!.",
                          ResourceName, error);
        LocalFree(resource);
        SetLastError(error); /* last: why there is no RESID */
        return NULL;
    }
    lock_init(&resource->transition);
    lock_init(&resource->lock);
    resource->state = ClusterResourceOffline;
    return resource_add(&resource->base, ResourceHandle);
}

/* The worker, if there is one. With transition held. */
static void stop(HEARTBEAT* resource) {
    ClusWorkerTerminate(&resource->worker);
    set_state(resource, ClusterResourceOffline);
}

static VOID WINAPI Close(RESID Resource) {
    HEARTBEAT* resource = (HEARTBEAT*)resource_remove(Resource);
    if (resource == NULL) return;
    stop(resource);
    ClusterRegCloseKey(resource->parameters);
    props_free(&resource->props);
    LocalFree(resource->path);
    lock_destroy(&resource->transition);
    lock_destroy(&resource->lock);
    LocalFree(resource);
}

static DWORD WINAPI Online(RESID Resource, LPHANDLE EventHandle, DWORD OnlineFlags, PBYTE InBuffer,
                           DWORD InBufferSize, DWORD Reserved) {
    HEARTBEAT* resource = find(Resource);
    DWORD error;
    (void)OnlineFlags;
    (void)InBuffer;
    (void)InBufferSize;
    (void)Reserved;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (EventHandle != NULL) *EventHandle = NULL; /* nobody tells that a file has become too old */
    lock_acquire(&resource->transition);
    stop(resource);
    set_state(resource, ClusterResourceOnlinePending);
    error = worker_start(&resource->worker, OnlineWorker, resource);
    if (error != ERROR_SUCCESS) set_state(resource, ClusterResourceOffline);
    lock_release(&resource->transition);
    if (error == ERROR_SUCCESS) return ERROR_IO_PENDING;
    monitor->LogEvent(resource->base.handle, LOG_ERROR,
                      L"Online: the worker can't be started: error %1!u!.", error);
    return error;
}

static VOID WINAPI Terminate(RESID Resource) {
    HEARTBEAT* resource = find(Resource);
    if (resource == NULL) return;
    lock_acquire(&resource->transition); /* it may come while Online runs */
    stop(resource);
    lock_release(&resource->transition);
}

static DWORD WINAPI Offline(RESID Resource, LPCWSTR DestinationNodeName, DWORD OfflineFlags,
                            PBYTE InBuffer, DWORD InBufferSize, DWORD Reserved) {
    (void)DestinationNodeName;
    (void)OfflineFlags;
    (void)InBuffer;
    (void)InBufferSize;
    (void)Reserved;
    if (find(Resource) == NULL) return ERROR_RESOURCE_NOT_FOUND;
    Terminate(Resource);
    return ERROR_SUCCESS;
}

static BOOL WINAPI LooksAlive(RESID Resource) {
    HEARTBEAT* resource = find(Resource);
    return resource != NULL && is_in_state(resource, ClusterResourceOnline) &&
           problem_of(resource, FALSE) == NULL;
}

static BOOL WINAPI IsAlive(RESID Resource) {
    HEARTBEAT* resource = find(Resource);
    LPCWSTR problem;
    if (resource == NULL || !is_in_state(resource, ClusterResourceOnline)) return FALSE;
    problem = problem_of(resource, TRUE);
    if (problem != NULL) log_problem(resource, problem);
    return problem == NULL;
}

/* ---- Control codes ---------------------------------------------------------------------- */

/* Looks through a property list, and gives what the properties are with it: to be freed by
 * props_free, whatever is returned. */
static DWORD verify(const HEARTBEAT* resource, PVOID list, DWORD size, HEARTBEAT_PROPS* result) {
    HEARTBEAT_PROPS stored = {0};
    LPWSTR wrong = NULL;
    DWORD error = ResUtilGetPropertiesToParameterBlock(resource->parameters, PROPERTIES,
                                                       (LPBYTE)&stored, FALSE, &wrong);
    ZeroMemory(result, sizeof *result);
    if (error == ERROR_SUCCESS) {
        error = ResUtilDupParameterBlock((LPBYTE)result, (LPBYTE)&stored, PROPERTIES);
    }
    if (error == ERROR_SUCCESS) {
        /* FALSE: a name that the table has not is mistyped, and not to be kept. */
        error = ResUtilVerifyPropertyTable(PROPERTIES, NULL, FALSE, list, size, (LPBYTE)result);
    }
    /* What no table can say. */
    if (error == ERROR_SUCCESS && result->Content != NULL &&
        lstrlenW(result->Content) > LONGEST_CONTENT) {
        monitor->LogEvent(resource->base.handle, LOG_ERROR,
                          L"Content has more than %1!u! characters.", LONGEST_CONTENT);
        error = ERROR_INVALID_PARAMETER;
    }
    props_free(&stored);
    return error;
}

static DWORD set_properties(HEARTBEAT* resource, PVOID list, DWORD size, BOOL store) {
    HEARTBEAT_PROPS result;
    DWORD error = verify(resource, list, size, &result);
    if (error == ERROR_SUCCESS && store) {
        /* No block to be written to: what counts changes with the next Online. */
        error = ResUtilSetPropertyParameterBlock(resource->parameters, PROPERTIES, NULL,
                                                 (LPBYTE)&result, list, size, NULL);
    }
    props_free(&result);
    if (error != ERROR_SUCCESS) {
        monitor->LogEvent(resource->base.handle, LOG_ERROR,
                          L"The private properties are refused: error %1!u!.", error);
    } else if (store && !is_in_state(resource, ClusterResourceOffline)) {
        error = ERROR_RESOURCE_PROPERTIES_STORED; /* the worker may have read the others */
    }
    return error;
}

/* resutils.dll tells what it would need beside what it has returned; a control code has one number
 * for both. */
static DWORD with_room(DWORD error, DWORD returned, DWORD required, LPDWORD BytesReturned) {
    if (BytesReturned != NULL) *BytesReturned = error == ERROR_MORE_DATA ? required : returned;
    return error;
}

static DWORD WINAPI ResourceControl(RESID Resource, DWORD ControlCode, PVOID InBuffer,
                                    DWORD InBufferSize, PVOID OutBuffer, DWORD OutBufferSize,
                                    LPDWORD BytesReturned) {
    HEARTBEAT* resource = find(Resource);
    DWORD error, returned = 0, required = 0;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    switch (ControlCode) {
        case CLUSCTL_RESOURCE_ENUM_PRIVATE_PROPERTIES:
            error = ResUtilEnumProperties(PROPERTIES, (LPWSTR)OutBuffer, OutBufferSize, &returned,
                                          &required);
            return with_room(error, returned, required, BytesReturned);
        case CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTY_FMTS:
            error = ResUtilGetPropertyFormats(PROPERTIES, OutBuffer, OutBufferSize, &returned,
                                              &required);
            return with_room(error, returned, required, BytesReturned);
        case CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES:
            error = ResUtilGetAllProperties(resource->parameters, PROPERTIES, OutBuffer,
                                            OutBufferSize, &returned, &required);
            return with_room(error, returned, required, BytesReturned);
        case CLUSCTL_RESOURCE_VALIDATE_PRIVATE_PROPERTIES:
            return set_properties(resource, InBuffer, InBufferSize, FALSE);
        case CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES:
            return set_properties(resource, InBuffer, InBufferSize, TRUE);
        default:
            return control_common(ControlCode, OutBuffer, OutBufferSize, BytesReturned);
    }
}

static DWORD WINAPI ResourceTypeControl(LPCWSTR ResourceTypeName, DWORD ControlCode, PVOID InBuffer,
                                        DWORD InBufferSize, PVOID OutBuffer, DWORD OutBufferSize,
                                        LPDWORD BytesReturned) {
    DWORD error, returned = 0, required = 0;
    (void)ResourceTypeName;
    (void)InBuffer;
    (void)InBufferSize;
    if (ControlCode == CLUSCTL_RESOURCE_TYPE_GET_PRIVATE_RESOURCE_PROPERTY_FMTS) {
        error =
            ResUtilGetPropertyFormats(PROPERTIES, OutBuffer, OutBufferSize, &returned, &required);
        return with_room(error, returned, required, BytesReturned);
    }
    return control_common(ControlCode, OutBuffer, OutBufferSize, BytesReturned);
}

static DWORD WINAPI Cancel(RESID Resource, DWORD CancelFlags_RESERVED) {
    (void)CancelFlags_RESERVED;
    return find(Resource) != NULL ? ERROR_NOT_SUPPORTED : ERROR_RESOURCE_NOT_FOUND;
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
            .Arbitrate = NULL, /* these two are for quorum resources */
            .Release = NULL,
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
    if (ResourceType == NULL || MonitorCallbackFunctions == NULL ||
        ResourceDllInterfaceFunctions == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    if (lstrcmpiW(ResourceType, L"Heartbeat") != 0) return ERROR_CLUSTER_RESNAME_NOT_FOUND;
    if (!version_is_supported(CLRES_VERSION_V2_00, MinVersionSupported, MaxVersionSupported)) {
        return ERROR_REVISION_MISMATCH;
    }
    monitor = MonitorCallbackFunctions;
    *ResourceDllInterfaceFunctions = &table;
    return ERROR_SUCCESS;
}
