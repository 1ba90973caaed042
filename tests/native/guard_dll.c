/* A resource DLL that counts how often the resource monitor breaks its side of the contract: two
 * entry points of one resource at once (Terminate may run beside others, but not beside itself, nor
 * Open or Close), an entry point for a resource that is not open, Online for one that is online,
 * Close for one that was not taken offline. */
#include "resapi_cy/resapi.h"
#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#define YIELD() Sleep(0)
#else
#include <sched.h>
#define EXPORT __attribute__((visibility("default")))
#define YIELD() sched_yield()
#endif

enum { RESOURCES = 64 };

typedef struct GUARDED {
    RESOURCE_HANDLE handle;
    long inside;      /* entry points other than Terminate */
    long terminating; /* Terminate */
    long open;
    long online;
    CLUS_WORKER worker;
} GUARDED;

static GUARDED resources[RESOURCES];
static long breaches;
static long calls;
static PCLRES_CALLBACK_FUNCTION_TABLE monitor;
static CLRES_FUNCTION_TABLE table;

#define ADD(place, value) __atomic_add_fetch((place), (value), __ATOMIC_SEQ_CST)
#define READ(place) __atomic_load_n((place), __ATOMIC_SEQ_CST)
#define WRITE(place, value) __atomic_store_n((place), (value), __ATOMIC_SEQ_CST)

EXPORT long guard_breaches(void);
EXPORT long guard_breaches(void) {
    return READ(&breaches);
}

EXPORT long guard_calls(void);
EXPORT long guard_calls(void) {
    return READ(&calls);
}

static void breach(void) {
    ADD(&breaches, 1);
}

static GUARDED* enter(RESID resource) {
    GUARDED* guarded = (GUARDED*)resource;
    ADD(&calls, 1);
    if (!READ(&guarded->open)) breach();
    if (ADD(&guarded->inside, 1) != 1) breach();
    YIELD();
    return guarded;
}

static void leave(GUARDED* guarded) {
    YIELD();
    ADD(&guarded->inside, -1);
}

static RESID __stdcall Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    (void)name;
    (void)key;
    (void)flags;
    for (int i = 0; i < RESOURCES; ++i) {
        long closed = 0;
        if (__atomic_compare_exchange_n(&resources[i].open, &closed, 1, 0, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            resources[i].handle = handle;
            return &resources[i];
        }
    }
    return NULL;
}

static VOID __stdcall Close(RESID resource) {
    GUARDED* guarded = enter(resource);
    if (READ(&guarded->terminating) || READ(&guarded->online)) breach();
    leave(guarded);
    WRITE(&guarded->open, 0);
}

static DWORD __stdcall Work(PCLUS_WORKER worker, LPVOID parameter) {
    GUARDED* guarded = (GUARDED*)parameter;
    RESOURCE_STATUS_EX status;
    ResUtilInitializeResourceStatusEx(&status);
    status.ResourceState = ClusterResourceOnlinePending;
    for (int i = 0; i < 20; ++i) {
        ++status.CheckPoint;
        if (ClusWorkerCheckTerminate(worker) ||
            monitor->SetResourceStatusEx(guarded->handle, &status) == ResourceExitStateTerminate) {
            return ERROR_OPERATION_ABORTED;
        }
        YIELD();
    }
    WRITE(&guarded->online, 1);
    ++status.CheckPoint;
    status.ResourceState = ClusterResourceOnline;
    monitor->SetResourceStatusEx(guarded->handle, &status);
    return ERROR_SUCCESS;
}

static DWORD __stdcall Online(RESID resource, LPHANDLE event, DWORD flags, PBYTE in, DWORD size,
                              DWORD reserved) {
    GUARDED* guarded = enter(resource);
    DWORD error;
    (void)event;
    (void)flags;
    (void)in;
    (void)size;
    (void)reserved;
    if (READ(&guarded->online)) breach();
    ClusWorkerTerminate(&guarded->worker);
    error = ClusWorkerCreate(&guarded->worker, Work, guarded);
    leave(guarded);
    return error == ERROR_SUCCESS ? ERROR_IO_PENDING : error;
}

static DWORD __stdcall Offline(RESID resource, LPCWSTR node, DWORD flags, PBYTE in, DWORD size,
                               DWORD reserved) {
    GUARDED* guarded = enter(resource);
    (void)node;
    (void)flags;
    (void)in;
    (void)size;
    (void)reserved;
    WRITE(&guarded->online, 0);
    leave(guarded);
    return ERROR_SUCCESS;
}

static VOID __stdcall Terminate(RESID resource) {
    GUARDED* guarded = (GUARDED*)resource;
    ADD(&calls, 1);
    if (!READ(&guarded->open)) breach();
    if (ADD(&guarded->terminating, 1) != 1) breach();
    YIELD();
    ClusWorkerTerminate(&guarded->worker);
    WRITE(&guarded->online, 0);
    ADD(&guarded->terminating, -1);
}

static BOOL __stdcall Alive(RESID resource) {
    GUARDED* guarded = enter(resource);
    leave(guarded);
    return TRUE;
}

/* Code 1: the resource fails, which the monitor learns at once. */
static DWORD __stdcall Control(RESID resource, DWORD code, PVOID in, DWORD in_size, PVOID out,
                               DWORD out_size, LPDWORD returned) {
    GUARDED* guarded = enter(resource);
    (void)in;
    (void)in_size;
    (void)out;
    (void)out_size;
    *returned = 0;
    if (code == 1) monitor->SignalFailure(guarded->handle, FAILURE_TYPE_GENERAL, 7);
    leave(guarded);
    return ERROR_SUCCESS;
}

static DWORD __stdcall TypeControl(LPCWSTR type, DWORD code, PVOID in, DWORD in_size, PVOID out,
                                   DWORD out_size, LPDWORD returned) {
    (void)type;
    (void)code;
    (void)in;
    (void)in_size;
    (void)out;
    (void)out_size;
    *returned = 0;
    return ERROR_SUCCESS;
}

EXPORT DWORD __stdcall StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                                 PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                                 PCLRES_FUNCTION_TABLE* functions) {
    (void)type;
    if (lowest > CLRES_VERSION_V2_00 || highest < CLRES_VERSION_V2_00) {
        return ERROR_REVISION_MISMATCH;
    }
    monitor = callbacks;
    table.TableSize = CLRES_V2_FUNCTION_SIZE;
    table.Version = CLRES_VERSION_V2_00;
    table.V2Functions.Open = Open;
    table.V2Functions.Close = Close;
    table.V2Functions.Online = Online;
    table.V2Functions.Offline = Offline;
    table.V2Functions.Terminate = Terminate;
    table.V2Functions.LooksAlive = Alive;
    table.V2Functions.IsAlive = Alive;
    table.V2Functions.ResourceControl = Control;
    table.V2Functions.ResourceTypeControl = TypeControl;
    *functions = &table;
    return ERROR_SUCCESS;
}
