/* Native threads that end, or stop, in the middle of a callback. */

#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>

#include "resapi_cy/resapi.h"
#include "threads.h"

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#endif

enum { REPORTS = 1, LOGS = 2, FAILURES = 4, TYPES = 8, SLOWLY = 16, ENDS = 32, LATER = 64 };

typedef struct victim {
    thread_t thread;
    const CLRES_CALLBACK_FUNCTION_TABLE *callbacks;
    RESOURCE_HANDLE handle;
    int does;
    volatile int stop;
    volatile int hunted;   /* somebody tries to catch it */
    volatile int made;     /* it has been through all that it does, once */
    volatile int caught;   /* inside of a callback */
    volatile int released; /* it may go on */
} victim_t;

#if defined(_WIN32)
#define W(text) L##text
#else
#define W(text) u##text
#endif

/* The fields of a status follow from one number, so that a torn one shows. */
static void report(victim_t *victim, uint32_t number) {
    RESOURCE_STATUS_EX status;
    ResUtilInitializeResourceStatusEx(&status);
    status.ResourceState = (CLUSTER_RESOURCE_STATE)(1000 + number % 1000);
    status.CheckPoint = number % 1000;
    status.ApplicationSpecificErrorCode = number % 1000;
    status.Flags = number % 1000;
    victim->callbacks->SetResourceStatusEx(victim->handle, &status);
}

THREAD_MAIN(suffer) {
    victim_t *victim = argument;
    uint32_t i, next = 0;
    for (i = 0; !READ(&victim->stop); ++i) {
        BYTE byte = 1;
        if (victim->does & LATER && !READ(&victim->hunted)) {
            WRITE(&victim->made, 1);
            thread_yield();
            continue;
        }
        if (victim->does & REPORTS) report(victim, i);
        if (victim->does & LOGS) {
            victim->callbacks->LogEvent(victim->handle, LOG_INFORMATION, W("line %1!u!"), i);
        }
        if (victim->does & FAILURES) {
            victim->callbacks->SignalFailure(victim->handle, FAILURE_TYPE_GENERAL, i);
        }
        if (victim->does & TYPES) {
            victim->callbacks->RaiseResTypeNotification(W("Type"), &byte, 1);
        }
        if (victim->does & ENDS) {
            /* The handle is an array of control calls, with a 0 at the end. */
            const PRES_CTL_CTX *calls = (const PRES_CTL_CTX *)victim->handle;
            victim->callbacks->EndControlCall(calls[next], i);
            if (calls[next + 1] != 0) ++next;
        }
        WRITE(&victim->made, 1);
        if (victim->does & SLOWLY) thread_pause();
    }
    return THREAD_RETURN;
}

EXPORT victim_t *victim_start(const CLRES_CALLBACK_FUNCTION_TABLE *callbacks,
                              RESOURCE_HANDLE handle, int does) {
    victim_t *victim = calloc(1, sizeof *victim);
    if (victim == NULL) return NULL;
    victim->callbacks = callbacks;
    victim->handle = handle;
    victim->does = does;
    if (!thread_start(&victim->thread, suffer, victim)) {
        free(victim);
        return NULL;
    }
    while (!READ(&victim->made)) thread_yield();
    return victim;
}

/* It may end by itself now; the memory goes with it. */
EXPORT void victim_end(victim_t *victim) {
    WRITE(&victim->stop, 1);
    thread_join(victim->thread);
    free(victim);
}

#if defined(_WIN32)

/* Whether the module of the callbacks has this address. */
static int is_inside(const victim_t *victim, uintptr_t address) {
    HMODULE of_callbacks, of_address;
    const DWORD how =
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    const int logs = (victim->does & ~LATER) != REPORTS;
    return GetModuleHandleExW(how, (LPCWSTR)address, &of_address) &&
           GetModuleHandleExW(how,
                              logs ? (LPCWSTR)(uintptr_t)victim->callbacks->SignalFailure
                                   : (LPCWSTR)(uintptr_t)victim->callbacks->SetResourceStatusEx,
                              &of_callbacks) &&
           of_callbacks == of_address;
}

EXPORT int victims_can_be_made(void) {
    return 1;
}

/* Stops the thread inside of a callback, but not in what the callback calls: the heap's lock is
 * not ours to mend. */
EXPORT void victim_catch(victim_t *victim) {
    WRITE(&victim->hunted, 1);
    for (;;) {
        CONTEXT context;
        memset(&context, 0, sizeof context);
        context.ContextFlags = CONTEXT_CONTROL;
        SuspendThread(victim->thread);
        if (GetThreadContext(victim->thread, &context) && is_inside(victim, context.Rip)) return;
        ResumeThread(victim->thread);
        Sleep(0);
    }
}

EXPORT void victim_release(victim_t *victim) {
    ResumeThread(victim->thread);
}

EXPORT void victim_kill(victim_t *victim) {
    TerminateThread(victim->thread, 1);
    thread_join(victim->thread);
    free(victim);
}

#elif defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))

typedef struct span {
    uintptr_t of, start, end;
} span_t;

static span_t reporting, posting; /* the code of the callbacks' modules */

static int find_span(struct dl_phdr_info *info, size_t size, void *argument) {
    span_t *span = argument;
    int i;
    (void)size;
    for (i = 0; i < info->dlpi_phnum; ++i) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        const uintptr_t start = info->dlpi_addr + part->p_vaddr, end = start + part->p_memsz;
        if (part->p_type == PT_LOAD && span->of >= start && span->of < end) {
            span->start = start;
            span->end = end;
            return 1;
        }
    }
    return 0;
}

static void caught(int signal, siginfo_t *info, void *context) {
    victim_t *victim = info->si_value.sival_ptr;
#if defined(__x86_64__)
    const uintptr_t at = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#else
    const uintptr_t at = ((ucontext_t *)context)->uc_mcontext.pc;
#endif
    (void)signal;
    if (!(at >= reporting.start && at < reporting.end) &&
        !(at >= posting.start && at < posting.end)) {
        WRITE(&victim->caught, -1);
        return;
    }
    WRITE(&victim->caught, 1);
    while (READ(&victim->released) == 0) thread_pause();
    /* The thread alone, at once: nothing of its own runs. */
    if (READ(&victim->released) < 0) syscall(SYS_exit, 0);
}

EXPORT int victims_can_be_made(void) {
    return 1;
}

EXPORT void victim_catch(victim_t *victim) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = caught;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(SIGUSR2, &action, NULL);
    reporting.of = (uintptr_t)victim->callbacks->SetResourceStatusEx;
    posting.of = (uintptr_t)victim->callbacks->SignalFailure;
    dl_iterate_phdr(find_span, &reporting);
    dl_iterate_phdr(find_span, &posting);
    WRITE(&victim->released, 0);
    WRITE(&victim->hunted, 1);
    do {
        union sigval value;
        value.sival_ptr = victim;
        WRITE(&victim->caught, 0);
        if (pthread_sigqueue(victim->thread, SIGUSR2, value) != 0) continue;
        while (READ(&victim->caught) == 0) thread_yield();
    } while (READ(&victim->caught) < 0);
}

EXPORT void victim_release(victim_t *victim) {
    WRITE(&victim->released, 1);
}

EXPORT void victim_kill(victim_t *victim) {
    WRITE(&victim->released, -1);
    thread_join(victim->thread); /* the system tells who waits that the thread has ended */
    free(victim);
}

#else

EXPORT int victims_can_be_made(void) {
    return 0;
}
EXPORT void victim_catch(victim_t *victim) {
    (void)victim;
}
EXPORT void victim_release(victim_t *victim) {
    (void)victim;
}
EXPORT void victim_kill(victim_t *victim) {
    (void)victim;
}

#endif

#if !defined(_WIN32)

/* A thread that has been asked to end itself, and does at the next point where it may. */
THREAD_MAIN(be_cancelled) {
    victim_t *victim = argument;
    while (!READ(&victim->stop)) thread_yield();
    report(victim, 7);
    WRITE(&victim->made, 1);
    pthread_testcancel();
    return THREAD_RETURN;
}

/* 1: it was cancelled, and only after the callback had returned. */
EXPORT int cancel_in_a_callback(const CLRES_CALLBACK_FUNCTION_TABLE *callbacks,
                                RESOURCE_HANDLE handle) {
    victim_t victim;
    void *result;
    memset(&victim, 0, sizeof victim);
    victim.callbacks = callbacks;
    victim.handle = handle;
    if (!thread_start(&victim.thread, be_cancelled, &victim)) return 0;
    pthread_cancel(victim.thread);
    WRITE(&victim.stop, 1);
    pthread_join(victim.thread, &result);
    return result == PTHREAD_CANCELED && READ(&victim.made);
}

#endif
