/* A resource DLL for a service: a process that listens on a TCP port. Resource type "Process".
 *
 * property          environment variable             what it is
 * CommandLine       RESAPI_PROCESS_COMMAND_LINE      the program and its arguments; it has to stay
 *                                                    in the foreground
 * Port              RESAPI_PROCESS_PORT              the TCP port that it listens on
 * Address           RESAPI_PROCESS_ADDRESS           and the address there; 127.0.0.1 if not set
 * CurrentDirectory  RESAPI_PROCESS_CURRENT_DIRECTORY where it starts; the monitor's if not set
 *
 * CommandLine is what CreateProcess takes on Windows; elsewhere it is split at its spaces, and a
 * shell's quotes ('...', "...", \) keep words together. A property that is set counts more than the
 * environment. Port is a DWORD, the others are text.
 *
 * Online starts the process and returns ERROR_IO_PENDING; a worker waits until it listens. Each try
 * is a checkpoint. The event that comes with the Online report is signaled when the process ends.
 * LooksAlive looks at the process, IsAlive connects to it. Offline asks it and its children to
 * stop, with SIGTERM or, on Windows, Ctrl+Break, and waits as long as it takes: each look is a
 * checkpoint. (Wine 8 can't send Ctrl+Break: there it is ended, and the log says so.) Terminate
 * ends it and all of its children at once. When the process ends by itself, so do its children.
 * When the resource monitor ends without having called Terminate, because it was killed, say, the
 * system ends them all on Windows, and the process, but not its children, on Linux. On other
 * systems it stays, and has its port.
 *
 * If another program has the port already, Online fails with WSAEADDRINUSE (10048). A connection
 * counts if the process still runs a moment later: that tells apart another program that took the
 * port meanwhile, as soon as the process has ended for want of it. What is not detected: such a
 * program while the process has not tried to have the port yet (the resource is online until then,
 * and its event tells when the process ends), and a process that does without its port.
 *
 * The function table is version 2: control codes are answered at once.
 *
 * Linux, macOS:  cc -std=c11 -O2 -fPIC -shared -pthread -I"$INCLUDE" process.c -o process.so
 * Windows:       x86_64-w64-mingw32-gcc -std=c11 -O2 -shared -I"$INCLUDE" process.c -o process.dll
 *                    -lresutils -lws2_32
 *                cl /std:c11 /utf-8 /O2 /LD /I"%INCLUDE_FOLDER%" process.c resutils.lib ws2_32.lib
 * The folder is what python -c "import resapi_cy; print(resapi_cy.get_include())" prints.
 */
#include "../common/child_process.h"
#include "../common/event.h"
#include "../common/platform.h"
#include "../common/properties.h"
#include "../common/resource_dll.h"
#include "../common/tcp.h"

enum { COMMAND_LINE, PORT, ADDRESS, CURRENT_DIRECTORY, PROPERTY_COUNT };

static const PROPERTY PROPERTIES[PROPERTY_COUNT] = {
    {W("CommandLine"), "RESAPI_PROCESS_COMMAND_LINE", FALSE, 0},
    {W("Port"), "RESAPI_PROCESS_PORT", TRUE, 65535},
    {W("Address"), "RESAPI_PROCESS_ADDRESS", FALSE, 0},
    {W("CurrentDirectory"), "RESAPI_PROCESS_CURRENT_DIRECTORY", FALSE, 0},
};

/* Milliseconds. An entry point has 300 of them, and Terminate waits for a worker's present try. */
enum { CONNECT_WITHIN = 100, NEXT_LOOK = 50 };

typedef struct PROCESS_RESOURCE {
    RESOURCE base;
    PROPERTY_VALUE values[PROPERTY_COUNT];

    LOCK transition;     /* held while the process or a worker is started or stopped */
    CLUS_WORKER worker;  /* brings the resource online or offline */
    CLUS_WORKER watcher; /* starts the process, and waits for it as long as it runs */
    DWORD port;
    struct addrinfo* address;
    CHILD child;
    const WCHAR* command_line; /* what the watcher starts, and how that went */
    const WCHAR* directory;
    DWORD start_error;
    EVENT started; /* signaled when the watcher has tried */
    EVENT event;   /* signaled when the process ends without having been asked to */

    LOCK lock; /* guards stopping */
    BOOL stopping;
} PROCESS_RESOURCE;

static PROCESS_RESOURCE* find(RESID Resource) {
    return (PROCESS_RESOURCE*)resource_find(Resource);
}

static void set_stopping(PROCESS_RESOURCE* resource, BOOL stopping) {
    lock_acquire(&resource->lock);
    resource->stopping = stopping;
    lock_release(&resource->lock);
}

static BOOL is_stopping(PROCESS_RESOURCE* resource) {
    lock_acquire(&resource->lock);
    BOOL stopping = resource->stopping;
    lock_release(&resource->lock);
    return stopping;
}

/* ---- Workers ---------------------------------------------------------------------------- */

/* On Linux a process that is to end with its host ends with the very thread that has started it: so
 * that is the one that waits for it. */
static DWORD WINAPI WatchWorker(PCLUS_WORKER worker, LPVOID parameter) {
    PROCESS_RESOURCE* resource = (PROCESS_RESOURCE*)parameter;
    DWORD exit_code, error;
    (void)worker;
    error = child_start(&resource->child, resource->command_line, resource->directory);
    resource->start_error = error;
    event_set(&resource->started);
    if (error != ERROR_SUCCESS) return error;
    exit_code = child_wait(&resource->child);
    if (!is_stopping(resource)) {
        monitor->LogEvent(resource->base.handle, LOG_ERROR,
                          W("The process has ended with exit code %1!u!."), exit_code);
        event_set(&resource->event);
    }
    return ERROR_SUCCESS;
}

static DWORD WINAPI OnlineWorker(PCLUS_WORKER worker, LPVOID parameter) {
    PROCESS_RESOURCE* resource = (PROCESS_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    BOOL connected = FALSE;
    status_init(&status, ClusterResourceOnlinePending);
    while (report_checkpoint(worker, &resource->base, &status)) {
        if (!child_is_running(&resource->child)) {
            report_end(&resource->base, &status, ClusterResourceFailed, ERROR_PROCESS_ABORTED);
            return ERROR_PROCESS_ABORTED;
        }
        if (connected) {
            /* It was so a moment ago, and the process has not ended for want of the port. */
            monitor->LogEvent(resource->base.handle, LOG_INFORMATION,
                              W("The process listens on port %1!u!."), resource->port);
            status.EventHandle = resource->event.handle;
            report_end(&resource->base, &status, ClusterResourceOnline, ERROR_SUCCESS);
            return ERROR_SUCCESS;
        }
        connected = tcp_listens(resource->address, CONNECT_WITHIN);
        nap(NEXT_LOOK);
    }
    return ERROR_OPERATION_ABORTED;
}

static DWORD WINAPI OfflineWorker(PCLUS_WORKER worker, LPVOID parameter) {
    PROCESS_RESOURCE* resource = (PROCESS_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    status_init(&status, ClusterResourceOfflinePending);
    if (!child_ask_to_stop(&resource->child)) {
        monitor->LogEvent(resource->base.handle, LOG_WARNING,
                          W("The process can't be asked to stop: it is ended."));
        child_kill(&resource->child);
    }
    while (report_checkpoint(worker, &resource->base, &status)) {
        if (!child_is_running(&resource->child)) {
            report_end(&resource->base, &status, ClusterResourceOffline, ERROR_SUCCESS);
            return ERROR_SUCCESS;
        }
        nap(NEXT_LOOK);
    }
    return ERROR_OPERATION_ABORTED;
}

/* ---- Entry points ----------------------------------------------------------------------- */

/* The worker and then the process and its watcher, if there are any. With transition held. */
static void stop(PROCESS_RESOURCE* resource) {
    set_stopping(resource, TRUE);
    ClusWorkerTerminate(&resource->worker);
    child_kill(&resource->child);
    ClusWorkerTerminate(&resource->watcher);
}

static RESID WINAPI Open(LPCWSTR ResourceName, HKEY ResourceKey, RESOURCE_HANDLE ResourceHandle,
                         DWORD OpenFlags) {
    PROCESS_RESOURCE* resource = (PROCESS_RESOURCE*)calloc(1, sizeof *resource);
    DWORD error = resource != NULL ? event_create(&resource->event) : ERROR_NOT_ENOUGH_MEMORY;
    if (error == ERROR_SUCCESS) {
        error = event_create(&resource->started);
        if (error != ERROR_SUCCESS) event_close(&resource->event);
    }
    (void)ResourceName;
    (void)ResourceKey;
    (void)OpenFlags;
    if (error != ERROR_SUCCESS) {
        monitor->LogEvent(ResourceHandle, LOG_ERROR, W("Open: error %1!u!."), error);
        free(resource);
        set_last_error(error);
        return NULL;
    }
    child_init(&resource->child);
    lock_init(&resource->transition);
    lock_init(&resource->lock);
    return resource_add(&resource->base, ResourceHandle);
}

static VOID WINAPI Close(RESID Resource) {
    PROCESS_RESOURCE* resource = (PROCESS_RESOURCE*)resource_remove(Resource);
    if (resource == NULL) return;
    stop(resource);
    if (resource->address != NULL) freeaddrinfo(resource->address);
    properties_free(resource->values, PROPERTY_COUNT);
    event_close(&resource->event);
    event_close(&resource->started);
    child_destroy(&resource->child);
    lock_destroy(&resource->transition);
    lock_destroy(&resource->lock);
    free(resource);
}

static DWORD refuse(const PROCESS_RESOURCE* resource, int property, LPCWSTR problem) {
    monitor->LogEvent(resource->base.handle, LOG_ERROR,
                      W("Online: the property %1!s! %2!s!; it can also be set in the environment."),
                      PROPERTIES[property].name, problem);
    return ERROR_INVALID_PARAMETER;
}

/* Finds out where the process is to listen. */
static DWORD resolve(PROCESS_RESOURCE* resource) {
    WCHAR* address = property_text(&PROPERTIES[ADDRESS], &resource->values[ADDRESS]);
    if (resource->address != NULL) freeaddrinfo(resource->address);
    resource->port = property_number(&PROPERTIES[PORT], &resource->values[PORT]);
    resource->address = tcp_resolve(address != NULL ? address : W("127.0.0.1"), resource->port);
    free(address);
    if (resource->port == 0) return refuse(resource, PORT, W("has to be a port, 1 to 65535"));
    if (resource->address == NULL) return refuse(resource, ADDRESS, W("has to be an IP address"));
    if (tcp_listens(resource->address, CONNECT_WITHIN)) {
        monitor->LogEvent(resource->base.handle, LOG_ERROR,
                          W("Online: another program listens on port %1!u! already."),
                          resource->port);
        return WSAEADDRINUSE;
    }
    return ERROR_SUCCESS;
}

static DWORD start_process(PROCESS_RESOURCE* resource) {
    WCHAR* command_line = property_text(&PROPERTIES[COMMAND_LINE], &resource->values[COMMAND_LINE]);
    WCHAR* directory =
        property_text(&PROPERTIES[CURRENT_DIRECTORY], &resource->values[CURRENT_DIRECTORY]);
    DWORD error;
    if (command_line == NULL) {
        error = refuse(resource, COMMAND_LINE, W("has to name a program"));
    } else {
        resource->command_line = command_line;
        resource->directory = directory;
        event_reset(&resource->started);
        error = worker_start(&resource->watcher, WatchWorker, resource);
        if (error == ERROR_SUCCESS) {
            event_wait(&resource->started);
            error = resource->start_error;
        }
        if (error != ERROR_SUCCESS) {
            monitor->LogEvent(resource->base.handle, LOG_ERROR,
                              W("Online: error %1!u! when starting %2!s!"), error, command_line);
        }
    }
    free(command_line);
    free(directory);
    return error;
}

static DWORD bring_online(PROCESS_RESOURCE* resource) {
    DWORD error;
    stop(resource); /* what is left of a process that has failed */
    error = resolve(resource);
    if (error != ERROR_SUCCESS) return error;
    event_reset(&resource->event);
    set_stopping(resource, FALSE);
    error = start_process(resource);
    if (error != ERROR_SUCCESS) return error;
    error = worker_start(&resource->worker, OnlineWorker, resource);
    if (error != ERROR_SUCCESS) stop(resource);
    return error;
}

static DWORD WINAPI Online(RESID Resource, LPHANDLE EventHandle, DWORD OnlineFlags, PBYTE InBuffer,
                           DWORD InBufferSize, DWORD Reserved) {
    PROCESS_RESOURCE* resource = find(Resource);
    DWORD error;
    (void)OnlineFlags;
    (void)InBuffer;
    (void)InBufferSize;
    (void)Reserved;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (EventHandle != NULL) *EventHandle = NULL; /* it comes with the report */
    lock_acquire(&resource->transition);
    error = bring_online(resource);
    lock_release(&resource->transition);
    return error == ERROR_SUCCESS ? ERROR_IO_PENDING : error;
}

static DWORD WINAPI Offline(RESID Resource, LPCWSTR DestinationNodeName, DWORD OfflineFlags,
                            PBYTE InBuffer, DWORD InBufferSize, DWORD Reserved) {
    PROCESS_RESOURCE* resource = find(Resource);
    DWORD error = ERROR_SUCCESS;
    (void)DestinationNodeName;
    (void)OfflineFlags;
    (void)InBuffer;
    (void)InBufferSize;
    (void)Reserved;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    lock_acquire(&resource->transition);
    set_stopping(resource, TRUE);
    if (child_is_running(&resource->child)) {
        error = worker_start(&resource->worker, OfflineWorker, resource);
        if (error == ERROR_SUCCESS) error = ERROR_IO_PENDING;
    }
    lock_release(&resource->transition);
    return error;
}

static VOID WINAPI Terminate(RESID Resource) {
    PROCESS_RESOURCE* resource = find(Resource);
    if (resource == NULL) return;
    lock_acquire(&resource->transition);
    stop(resource);
    lock_release(&resource->transition);
}

static BOOL WINAPI LooksAlive(RESID Resource) {
    PROCESS_RESOURCE* resource = find(Resource);
    return resource != NULL && child_is_running(&resource->child);
}

static BOOL WINAPI IsAlive(RESID Resource) {
    PROCESS_RESOURCE* resource = find(Resource);
    return resource != NULL && child_is_running(&resource->child) &&
           tcp_listens(resource->address, CONNECT_WITHIN);
}

static DWORD WINAPI ResourceControl(RESID Resource, DWORD ControlCode, PVOID InBuffer,
                                    DWORD InBufferSize, PVOID OutBuffer, DWORD OutBufferSize,
                                    LPDWORD BytesReturned) {
    PROCESS_RESOURCE* resource = find(Resource);
    PROPERTY_ERROR problem = {ERROR_SUCCESS, {0}, NULL};
    DWORD error;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    error = control_properties(PROPERTIES, PROPERTY_COUNT, resource->values, ControlCode, InBuffer,
                               InBufferSize, OutBuffer, OutBufferSize, BytesReturned, &problem);
    if (problem.error != ERROR_SUCCESS) {
        monitor->LogEvent(resource->base.handle, LOG_ERROR, W("The property %1!s! %2!s!."),
                          problem.property, problem.problem);
    }
    if (error == ERROR_SUCCESS && ControlCode == CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES &&
        child_is_running(&resource->child)) {
        return ERROR_RESOURCE_PROPERTIES_STORED; /* they hold from the next Online on */
    }
    return error;
}

static DWORD WINAPI ResourceTypeControl(LPCWSTR ResourceTypeName, DWORD ControlCode, PVOID InBuffer,
                                        DWORD InBufferSize, PVOID OutBuffer, DWORD OutBufferSize,
                                        LPDWORD BytesReturned) {
    (void)ResourceTypeName;
    (void)InBuffer;
    (void)InBufferSize;
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
    if (!text_same_name(ResourceType, W("Process"))) return ERROR_CLUSTER_RESNAME_NOT_FOUND;
    if (!version_is_supported(CLRES_VERSION_V2_00, MinVersionSupported, MaxVersionSupported)) {
        return ERROR_REVISION_MISMATCH;
    }
    monitor = MonitorCallbackFunctions;
    *ResourceDllInterfaceFunctions = &table;
    return tcp_startup();
}
