/* Native workers of a resource DLL's kind: they know the Resource API, and nothing of Python. */

#include <stdint.h>
#include <string.h>

#include "resapi_cy/resapi.h"
#include "threads.h"

/* What the main thread and a worker share, by READ and WRITE. */
typedef struct worker {
    thread_t thread;
    PSET_RESOURCE_STATUS_ROUTINE_EX report;
    RESOURCE_HANDLE handle;
    uint64_t reports;            /* how many to make; 0: until terminated */
    uint32_t reports_per_status; /* the first of each is a transition, the rest are keepalives */
    volatile int stop;
    volatile uint64_t continued;  /* how many were answered CONTINUE */
    volatile uint64_t terminated; /* and how many TERMINATE */
    volatile uint64_t made;       /* both; set after them */
} worker_t;

/* The statuses are numbered: every field follows from the number, so that a torn or a lost one
 * shows. The structure ends before WaitHint, as in a DLL built for Windows Server 2012. */
static DWORD report_numbered(worker_t *worker, uint32_t number, DWORD checkpoint) {
    struct {
        CLUSTER_RESOURCE_STATE state;
        DWORD checkpoint;
        HANDLE event_handle;
        DWORD error_code;
        DWORD flags;
    } status;
    status.state = ClusterResourceOnlinePending;
    status.checkpoint = checkpoint;
    status.event_handle = (HANDLE)(uintptr_t)(number * 0x100000001u);
    status.error_code = number;
    status.flags = ~number;
    return worker->report(worker->handle, (PRESOURCE_STATUS_EX)(void *)&status);
}

THREAD_MAIN(work) {
    worker_t *worker = argument;
    uint64_t i;
    for (i = 0; worker->reports ? i < worker->reports : !READ(&worker->stop); ++i) {
        const uint32_t number = (uint32_t)(i / worker->reports_per_status) + 1;
        if (report_numbered(worker, number, (DWORD)i) == ResourceExitStateContinue) {
            WRITE(&worker->continued, worker->continued + 1);
        } else {
            WRITE(&worker->terminated, worker->terminated + 1);
            if (!worker->reports) thread_yield();
        }
        WRITE(&worker->made, i + 1);
    }
    return THREAD_RETURN;
}

EXPORT worker_t *worker_start(PSET_RESOURCE_STATUS_ROUTINE_EX report, RESOURCE_HANDLE handle,
                              uint64_t reports, uint32_t reports_per_status) {
    worker_t *worker = calloc(1, sizeof *worker);
    if (worker == NULL) return NULL;
    worker->report = report;
    worker->handle = handle;
    worker->reports = reports;
    worker->reports_per_status = reports_per_status;
    if (!thread_start(&worker->thread, work, worker)) {
        free(worker);
        return NULL;
    }
    return worker;
}

EXPORT uint64_t worker_made(const worker_t *worker) {
    return READ(&worker->made);
}
EXPORT uint64_t worker_continued(const worker_t *worker) {
    return READ(&worker->continued);
}
EXPORT uint64_t worker_terminated(const worker_t *worker) {
    return READ(&worker->terminated);
}

/* Waits until the worker has made that many reports more. Called with the GIL held, too. */
EXPORT void worker_await(const worker_t *worker, uint64_t more) {
    const uint64_t target = READ(&worker->made) + more;
    while (READ(&worker->made) < target) thread_yield();
}

EXPORT void worker_stop(worker_t *worker) {
    WRITE(&worker->stop, 1);
}

/* Joins the worker, and returns how many of its reports were answered TERMINATE. */
EXPORT uint64_t worker_join(worker_t *worker) {
    uint64_t terminated;
    thread_join(worker->thread);
    terminated = worker->terminated;
    free(worker);
    return terminated;
}

/* The callback in a loop, from the calling thread: for one that is not worth a worker. */
EXPORT DWORD report_once(PSET_RESOURCE_STATUS_ROUTINE_EX report, RESOURCE_HANDLE handle,
                         int32_t state, DWORD checkpoint) {
    RESOURCE_STATUS_EX status;
    ResUtilInitializeResourceStatusEx(&status);
    status.ResourceState = (CLUSTER_RESOURCE_STATE)state;
    status.CheckPoint = checkpoint;
    return report(handle, &status);
}

EXPORT DWORD report_null(PSET_RESOURCE_STATUS_ROUTINE_EX report, RESOURCE_HANDLE handle) {
    return report(handle, NULL);
}

EXPORT DWORD report_version_1(PSET_RESOURCE_STATUS_ROUTINE report, RESOURCE_HANDLE handle,
                              int32_t state, DWORD checkpoint, HANDLE event_handle) {
    RESOURCE_STATUS status;
    ResUtilInitializeResourceStatus(&status);
    status.ResourceState = (CLUSTER_RESOURCE_STATE)state;
    status.CheckPoint = checkpoint;
    status.WaitHint = 12345;
    status.EventHandle = event_handle;
    return report(handle, &status);
}

/* Reports when the process ends, after the interpreter has, and ends it badly if refused. */
static PSET_RESOURCE_STATUS_ROUTINE_EX report_of_exit;
static RESOURCE_HANDLE handle_of_exit;

static void check_answer_at_exit(void) {
    RESOURCE_STATUS_EX status;
    ResUtilInitializeResourceStatusEx(&status);
    status.ResourceState = ClusterResourceFailed;
    if (report_of_exit(handle_of_exit, NULL) != ResourceExitStateTerminate) _Exit(3);
    if (report_of_exit(handle_of_exit, &status) != ResourceExitStateContinue) _Exit(4);
}

EXPORT int check_at_exit(PSET_RESOURCE_STATUS_ROUTINE_EX report, RESOURCE_HANDLE handle) {
    report_of_exit = report;
    handle_of_exit = handle;
    return atexit(check_answer_at_exit);
}

/* Forged handles: how many of `count` random ones were not refused. */
EXPORT uint64_t report_forged(PSET_RESOURCE_STATUS_ROUTINE_EX report, uint64_t count,
                              uint64_t but_not) {
    uint64_t random = 88172645463325252u;
    uint64_t accepted = 0;
    RESOURCE_STATUS_EX status;
    ResUtilInitializeResourceStatusEx(&status);
    status.ResourceState = ClusterResourceFailed;
    while (count--) {
        uint64_t handle;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        handle = random;
        /* Every other one is near the truth: a small index or a small generation. */
        if (count & 1) handle &= 0x0000000300000fffu;
        if (handle == but_not) handle ^= 0x8000000000000000u;
        accepted +=
            report((RESOURCE_HANDLE)(uintptr_t)handle, &status) != ResourceExitStateTerminate;
    }
    return accepted;
}

/* ---- A monitor's callback that somebody else supplies -------------------------------------- */

static RESOURCE_STATUS_EX last_status;
static RESOURCE_STATUS last_status_1;
static RESOURCE_HANDLE last_handle;
static DWORD next_answer;

static DWORD __stdcall other_monitor(RESOURCE_HANDLE handle, PRESOURCE_STATUS_EX status) {
    last_handle = handle;
    last_status = *status;
    return next_answer;
}

static DWORD __stdcall other_monitor_1(RESOURCE_HANDLE handle, PRESOURCE_STATUS status) {
    last_handle = handle;
    last_status_1 = *status;
    return next_answer;
}

EXPORT PSET_RESOURCE_STATUS_ROUTINE_EX other_monitor_address(DWORD answer) {
    next_answer = answer;
    return other_monitor;
}
EXPORT PSET_RESOURCE_STATUS_ROUTINE other_monitor_1_address(DWORD answer) {
    next_answer = answer;
    return other_monitor_1;
}
EXPORT RESOURCE_HANDLE other_monitor_handle(void) {
    return last_handle;
}
EXPORT const RESOURCE_STATUS_EX *other_monitor_status(void) {
    return &last_status;
}
EXPORT const RESOURCE_STATUS *other_monitor_status_1(void) {
    return &last_status_1;
}

/* ---- The other callbacks -------------------------------------------------------------------- */

#if defined(_WIN32)
#define W(text) L##text
#else
#define W(text) u##text
#endif

EXPORT int callbacks_missing(const CLRES_CALLBACK_FUNCTION_TABLE *table) {
    void *slots[sizeof *table / sizeof(void *)];
    int missing = 0;
    size_t i;
    memcpy(slots, table, sizeof slots);
    for (i = 0; i < sizeof slots / sizeof slots[0]; ++i) missing += slots[i] == NULL;
    return missing;
}

/* Calls every callback but LogEvent and SetResourceStatusEx; the answers in the table's order. */
EXPORT void call_every_callback(const CLRES_CALLBACK_FUNCTION_TABLE *table, RESOURCE_HANDLE handle,
                                int64_t context, int64_t type_context, DWORD *answers) {
    BYTE bytes[] = {1, 2, 0, 4};
    *answers++ = table->SetResourceLockedMode(handle, TRUE, 7);
    *answers++ = table->SignalFailure(handle, FAILURE_TYPE_NETWORK_LOSS, 42);
    *answers++ = table->SetResourceInMemoryNodeLocalProperties(handle, bytes, sizeof bytes);
    *answers++ = table->ExtendControlCall(context, 1500);
    *answers++ = table->ExtendTypeControlCall(type_context, 2500);
    *answers++ = table->EndControlCall(context, 5);
    *answers++ = table->EndTypeControlCall(type_context, 6);
    *answers++ = table->RaiseResTypeNotification(W("Disk Type"), bytes, sizeof bytes);
    *answers++ = table->ChangeResourceProcessForDumps(handle, W("server.exe"), 1234, TRUE);
    *answers++ = table->ChangeResTypeProcessForDumps(W("Disk Type"), W("host.exe"), 4321, FALSE);
    *answers++ = table->SetInternalState(handle, ClusterResourceApplicationReady, TRUE);
    *answers++ = table->SetResourceLockedModeEx(handle, FALSE, 8,
                                                LOCKED_MODE_FLAGS_DONT_REMOVE_FROM_MOVE_QUEUE);
    *answers++ = table->RequestDump(handle, TRUE, 3000);
    *answers++ =
        table->SetResourceWprPolicy(handle, CLUSRES_DISABLE_WPR_WATCHDOG_FOR_OFFLINE_CALLS);
    *answers++ = table->ArmWprWatchdogForCurrentResourceCall(
        handle, ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER);
}

/* The same with NULL where the contract wants a pointer. */
EXPORT void call_with_null(const CLRES_CALLBACK_FUNCTION_TABLE *table, RESOURCE_HANDLE handle,
                           DWORD *answers) {
    BYTE byte = 1;
    *answers++ = table->SetResourceInMemoryNodeLocalProperties(handle, NULL, 4);
    *answers++ = table->RaiseResTypeNotification(NULL, &byte, 1);
    *answers++ = table->RaiseResTypeNotification(W("Type"), NULL, 1);
    *answers++ = table->ChangeResourceProcessForDumps(handle, NULL, 1, TRUE);
    *answers++ = table->ChangeResTypeProcessForDumps(NULL, W("name"), 1, TRUE);
    *answers++ = table->ChangeResTypeProcessForDumps(W("Type"), NULL, 1, TRUE);
    *answers++ = table->SetResourceInMemoryNodeLocalProperties(handle, NULL, 0); /* nothing: fine */
}

EXPORT void log_lines(PLOG_EVENT_ROUTINE log, RESOURCE_HANDLE handle, int lines) {
    int i;
    for (i = 0; i < lines; ++i) log(handle, LOG_INFORMATION, W("line %1!d!"), i);
}

EXPORT void log_level(PLOG_EVENT_ROUTINE log, RESOURCE_HANDLE handle, int32_t level) {
    log(handle, (LOG_LEVEL)level, W("text"));
}

EXPORT void log_long(PLOG_EVENT_ROUTINE log, RESOURCE_HANDLE handle, const WCHAR *text) {
    log(handle, LOG_INFORMATION, W("%1!s!"), text);
}

/* One line for each insert of the documented subset, then what is malformed. The expected texts are
 * in test_log_event.py, in the same order. */
EXPORT void log_every_insert(PLOG_EVENT_ROUTINE log, RESOURCE_HANDLE handle) {
    static const WCHAR lone[] = {'a', 0xd800, 'b', 0xdc00, 0};
    const WCHAR *const null_text = NULL;
    log(handle, LOG_ERROR, W("Open: Unable to open Parameters key. Error: %1!u!.\n"), 5);
    log(handle, LOG_SEVERE, W("plain"));
    log(handle, LOG_WARNING, W("%1!s!"), W("Gr\u00fc\u00dfe \u03c0"));
    log(handle, LOG_WARNING, W("%1"), W("a string by default"));
    log(handle, LOG_WARNING, W("%1!ws!"), W("wide"));
    log(handle, LOG_WARNING, W("%1!S!"), "narrow");
    log(handle, LOG_WARNING, W("%1!d! %2!i!"), -5, 6);
    log(handle, LOG_WARNING, W("%1!u!"), 4294967295u);
    log(handle, LOG_WARNING, W("%1!x! %1!X! %1!08x! %1!#x!"), 0xbeef);
    log(handle, LOG_WARNING, W("%1!c!"), 'c');
    log(handle, LOG_WARNING, W("[%1!5d!] [%1!-5d!] [%1!05d!] [%2!10s!] [%2!-10s!] [%2!.3s!]"), 42,
        W("words"));
    log(handle, LOG_WARNING, W("%1!I64d! %2!I64u! %3!I64x!"), (LONGLONG)-1234567890123456789,
        (ULONGLONG)12345678901234567890u, (ULONGLONG)0x123456789abcdefu);
    log(handle, LOG_WARNING, W("%2!s! before %1!s!"), W("one"), W("two"));
    log(handle, LOG_WARNING, W("a%nb%tc%rd%%e%.f%!g"));
    log(handle, LOG_WARNING, W("seen%0never seen"));
    log(handle, LOG_WARNING, W("line\nline\r\nline"));
    log(handle, LOG_WARNING, W("%1!s!"), null_text);
    log(handle, LOG_WARNING, W("%1!s!"), lone);
    log(handle, LOG_WARNING, W("%1!*d!|"), 6, 42);
    log(handle, LOG_WARNING, W(""));
    log(handle, LOG_WARNING, NULL);
}

/* Formats that FormatMessage refuses: each must come out as something, and harm nothing. */
EXPORT void log_malformed(PLOG_EVENT_ROUTINE log, RESOURCE_HANDLE handle) {
    log(handle, LOG_WARNING, W("%"));
    log(handle, LOG_WARNING, W("%1!"), 1);
    log(handle, LOG_WARNING, W("%1!q!"), 1);
    log(handle, LOG_WARNING, W("50%"));
}
