/* A resource DLL that does what the test says, at the moment at which it says so, and counts what
 * it was asked. Each resource has values that the test sets and reads, by its RESID. */
#include "../../examples/common/event.h"
#include "../../examples/common/platform.h"
#include "resapi_cy/resapi.h"
#include "threads.h"

/* The numbers are tests/helpers/puppet.py's. */
typedef enum VALUE {
    DEAD,          /* LooksAlive and IsAlive say FALSE, until the next Online */
    ONLINE_CODE,   /* what Online returns */
    ONLINE_REPORT, /* a state that Online reports before it returns; 0: none */
    ONLINE_SIGNAL, /* Online calls SignalFailure before it returns */
    OFFLINE_REPORT,
    HANDLE_GIVEN, /* by Online */
    HELD,         /* the entry point that does not return while this is set: 1 + its ENTRY_POINT */
    INSIDE,       /* 1 + the ENTRY_POINT that is held at the moment */
    CALLS,        /* and for each ENTRY_POINT how often it was called */
    VALUE_COUNT = CALLS + 16
} VALUE;

typedef enum ENTRY_POINT {
    IN_OPEN,
    IN_CLOSE,
    IN_ONLINE,
    IN_OFFLINE,
    IN_TERMINATE,
    IN_LOOKS_ALIVE,
    IN_IS_ALIVE,
    IN_CONTROL,
    IN_TYPE_CONTROL
} ENTRY_POINT;

enum { RESOURCES = 4096, EVENTS = 64 };

typedef struct PUPPET {
    RESOURCE_HANDLE handle;
    size_t values[VALUE_COUNT];
} PUPPET;

static LOCK lock = LOCK_INITIALIZER;
static PUPPET puppets[RESOURCES];
static size_t opened;
static size_t inside, terminating, overlaps; /* of all resources */
static size_t slow;                          /* milliseconds that a call takes */
static EVENT events[EVENTS];
static size_t event_count;
static PCLRES_CALLBACK_FUNCTION_TABLE monitor;
static CLRES_FUNCTION_TABLE table;

EXPORT void puppet_set(RESID resource, int value, size_t to);
EXPORT size_t puppet_get(RESID resource, int value);
EXPORT size_t puppet_overlaps(void);
EXPORT void puppet_slow(size_t milliseconds);
EXPORT size_t puppet_event(int auto_reset);
EXPORT void puppet_event_set(size_t handle);
EXPORT void puppet_event_reset(size_t handle);

void puppet_set(RESID resource, int value, size_t to) {
    WRITE(&((PUPPET*)resource)->values[value], to);
}

size_t puppet_get(RESID resource, int value) {
    return READ(&((PUPPET*)resource)->values[value]);
}

/* How often an entry point was called while another one ran, whatever their resources, or a
 * Terminate beside a Terminate. */
size_t puppet_overlaps(void) {
    return READ(&overlaps);
}

void puppet_slow(size_t milliseconds) {
    WRITE(&slow, milliseconds);
}

/* An event, as the number that a status or Online gives; it is kept until the process ends. */
size_t puppet_event(int auto_reset) {
    EVENT* event = &events[event_count++];
#ifdef _WIN32
    event->handle = CreateEventW(NULL, !auto_reset, FALSE, NULL);
#else
    (void)auto_reset;
    event_create(event);
#endif
    return (size_t)event->handle;
}

static EVENT* event_of(size_t handle) {
    EVENT* event = events;
    while ((size_t)event->handle != handle) ++event;
    return event;
}

void puppet_event_set(size_t handle) {
    event_set(event_of(handle));
}

void puppet_event_reset(size_t handle) {
    event_reset(event_of(handle));
}

static void enter(PUPPET* puppet, ENTRY_POINT entry_point) {
    size_t* running = entry_point == IN_TERMINATE ? &terminating : &inside;
    lock_acquire(&lock);
    if (++*running > 1) WRITE(&overlaps, overlaps + 1);
    lock_release(&lock);
    if (READ(&slow)) nap((DWORD)READ(&slow));
    if (puppet == NULL) return;
    WRITE(&puppet->values[CALLS + entry_point], READ(&puppet->values[CALLS + entry_point]) + 1);
    while (READ(&puppet->values[HELD]) == (size_t)entry_point + 1) {
        WRITE(&puppet->values[INSIDE], (size_t)entry_point + 1);
        nap(1);
    }
    WRITE(&puppet->values[INSIDE], 0);
}

static void leave(ENTRY_POINT entry_point) {
    lock_acquire(&lock);
    --*(entry_point == IN_TERMINATE ? &terminating : &inside);
    lock_release(&lock);
}

static void report(PUPPET* puppet, size_t state) {
    RESOURCE_STATUS_EX status;
    if (state == 0) return;
    ResUtilInitializeResourceStatusEx(&status);
    status.ResourceState = (CLUSTER_RESOURCE_STATE)state;
    status.CheckPoint = 1;
    status.ApplicationSpecificErrorCode = 42;
    monitor->SetResourceStatusEx(puppet->handle, &status);
}

static RESID __stdcall Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    PUPPET* puppet = NULL;
    (void)key;
    (void)flags;
    if (name[0] == '-') return NULL;
    lock_acquire(&lock);
    if (opened < RESOURCES) puppet = &puppets[opened++];
    lock_release(&lock);
    if (puppet == NULL) return NULL;
    puppet->handle = handle;
    enter(puppet, IN_OPEN);
    leave(IN_OPEN);
    return puppet;
}

static VOID __stdcall Close(RESID resource) {
    enter((PUPPET*)resource, IN_CLOSE);
    leave(IN_CLOSE);
}

static DWORD __stdcall Online(RESID resource, LPHANDLE event, DWORD flags, PBYTE in, DWORD size,
                              DWORD reserved) {
    PUPPET* puppet = (PUPPET*)resource;
    (void)flags;
    (void)in;
    (void)size;
    (void)reserved;
    enter(puppet, IN_ONLINE);
    WRITE(&puppet->values[DEAD], 0);
    *event = (HANDLE)READ(&puppet->values[HANDLE_GIVEN]);
    report(puppet, READ(&puppet->values[ONLINE_REPORT]));
    if (READ(&puppet->values[ONLINE_SIGNAL])) {
        monitor->SignalFailure(puppet->handle, FAILURE_TYPE_GENERAL, 42);
    }
    leave(IN_ONLINE);
    return (DWORD)READ(&puppet->values[ONLINE_CODE]);
}

static DWORD __stdcall Offline(RESID resource, LPCWSTR node, DWORD flags, PBYTE in, DWORD size,
                               DWORD reserved) {
    PUPPET* puppet = (PUPPET*)resource;
    (void)node;
    (void)flags;
    (void)in;
    (void)size;
    (void)reserved;
    enter(puppet, IN_OFFLINE);
    report(puppet, READ(&puppet->values[OFFLINE_REPORT]));
    leave(IN_OFFLINE);
    return ERROR_SUCCESS;
}

static VOID __stdcall Terminate(RESID resource) {
    enter((PUPPET*)resource, IN_TERMINATE);
    leave(IN_TERMINATE);
}

/* What it will say is decided when it is asked, however long it takes to say so. */
static BOOL alive(RESID resource, ENTRY_POINT entry_point) {
    PUPPET* puppet = (PUPPET*)resource;
    const BOOL answer = READ(&puppet->values[DEAD]) == 0;
    enter(puppet, entry_point);
    leave(entry_point);
    return answer;
}

static BOOL __stdcall LooksAlive(RESID resource) {
    return alive(resource, IN_LOOKS_ALIVE);
}

static BOOL __stdcall IsAlive(RESID resource) {
    return alive(resource, IN_IS_ALIVE);
}

static DWORD __stdcall Control(RESID resource, DWORD code, PVOID in, DWORD in_size, PVOID out,
                               DWORD out_size, LPDWORD returned) {
    (void)code;
    (void)in;
    (void)in_size;
    (void)out;
    (void)out_size;
    *returned = 0;
    enter((PUPPET*)resource, IN_CONTROL);
    leave(IN_CONTROL);
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
    enter(NULL, IN_TYPE_CONTROL);
    leave(IN_TYPE_CONTROL);
    return ERROR_SUCCESS;
}

EXPORT DWORD __stdcall StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                                 PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                                 PCLRES_FUNCTION_TABLE* functions);

DWORD __stdcall StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
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
    table.V2Functions.LooksAlive = LooksAlive;
    table.V2Functions.IsAlive = IsAlive;
    table.V2Functions.ResourceControl = Control;
    table.V2Functions.ResourceTypeControl = TypeControl;
    *functions = &table;
    return ERROR_SUCCESS;
}
