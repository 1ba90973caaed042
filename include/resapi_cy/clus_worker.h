/* Worker threads where resutils.dll has none: ClusWorkerCreate and its family, header-only.
 *
 * resapi.h includes this where RESAPI_CY_OWN_WORKERS is 1, so that one source of a resource DLL
 * serves for every platform. It is 1 off Windows; on Windows it is 0, and the functions come from
 * resutils.dll (link resutils.lib, or -lresutils). Define it as 1 on Windows, and
 * RESAPI_CY_SDK_HEADERS as 0, to do without resutils.dll: Wine's, for one, has only stubs.
 *
 * The monitor's stand-in for resutils.dll has functions of these names as well. A DLL that includes
 * this calls those that are compiled into it, and so serves in a process without the stand-in too.
 *
 * A CLUS_WORKER is zero-initialized by its owner. It may be used again once ClusWorkerTerminate
 * has returned. Each of the functions may be called from any thread.
 */
#ifndef RESAPI_CY_CLUS_WORKER_H
#define RESAPI_CY_CLUS_WORKER_H

#include "resapi.h"

#if RESAPI_CY_OWN_WORKERS

#if RESAPI_CY_SDK_HEADERS
#error "RESAPI_CY_OWN_WORKERS is for the package's declarations: define RESAPI_CY_SDK_HEADERS as 0"
#endif

#include <stdlib.h>

#ifndef _WIN32
#include <poll.h>
#include <pthread.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The two members of CLUS_WORKER, which several threads may look at at once ----------- */

/* Terminate is written by one thread and read by another without a lock. The worker has to see it
 * sooner or later, and with it all that was written before: hence release and acquire. */
static inline BOOL resapi_cy_worker_flag(PCLUS_WORKER worker) {
#ifdef _MSC_VER
    return (BOOL)InterlockedOr((volatile LONG*)&worker->Terminate, 0);
#else
    return __atomic_load_n(&worker->Terminate, __ATOMIC_ACQUIRE);
#endif
}

static inline void resapi_cy_worker_set_flag(PCLUS_WORKER worker, BOOL value) {
#ifdef _MSC_VER
    InterlockedExchange((volatile LONG*)&worker->Terminate, value);
#else
    __atomic_store_n(&worker->Terminate, value, __ATOMIC_RELEASE);
#endif
}

/* Whoever takes hThread out waits for the thread and releases it, so no two callers do. An exchange
 * gives it to one of them. Acquire: what the handle points to was written by the thread that put it
 * there, which released it. */
static inline HANDLE resapi_cy_worker_exchange(PCLUS_WORKER worker, HANDLE thread) {
#ifdef _MSC_VER
    return InterlockedExchangePointer(&worker->hThread, thread);
#else
    return __atomic_exchange_n(&worker->hThread, thread, __ATOMIC_ACQ_REL);
#endif
}

/* ---- Threads: start one that waits until it may go, ask whether it has ended, release it -- */

/* What the new thread needs to know. Off Windows, hThread points to it. */
typedef struct RESAPI_CY_WORKER_THREAD {
    PWORKER_START_ROUTINE start;
    PCLUS_WORKER worker;
    LPVOID parameter;
#ifndef _WIN32
    pthread_t id;
    pthread_mutex_t creation; /* held until the thread is there: guards id and running */
    BOOL running;
    BOOL ended;
    BOOL released_by_itself;
#endif
} RESAPI_CY_WORKER_THREAD;

#ifdef _WIN32

static inline DWORD WINAPI resapi_cy_worker_main(LPVOID argument) {
    RESAPI_CY_WORKER_THREAD thread = *(RESAPI_CY_WORKER_THREAD*)argument;
    free(argument);
    return thread.start(thread.worker, thread.parameter);
}

static inline DWORD resapi_cy_worker_start(RESAPI_CY_WORKER_THREAD* thread) {
    PCLUS_WORKER worker = thread->worker;
    /* Suspended, so that hThread is filled in before the thread runs. */
    HANDLE handle = CreateThread(NULL, 0, resapi_cy_worker_main, thread, CREATE_SUSPENDED, NULL);
    if (handle == NULL) {
        DWORD error = GetLastError();
        free(thread);
        return error;
    }
    resapi_cy_worker_exchange(worker, handle);
    ResumeThread(handle);
    return ERROR_SUCCESS;
}

static inline BOOL resapi_cy_worker_is_caller(HANDLE handle) {
    return GetThreadId(handle) == GetCurrentThreadId();
}

static inline BOOL resapi_cy_worker_ended(HANDLE handle) {
    return WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
}

/* Waits for the thread, unless it is the caller. */
static inline void resapi_cy_worker_release(HANDLE handle) {
    if (!resapi_cy_worker_is_caller(handle)) WaitForSingleObject(handle, INFINITE);
    CloseHandle(handle);
}

static inline void resapi_cy_worker_nap(void) {
    Sleep(1);
}

static inline ULONGLONG resapi_cy_worker_milliseconds(ULONGLONG naps) {
    (void)naps;
    return GetTickCount64();
}

#else

static inline void resapi_cy_worker_free(RESAPI_CY_WORKER_THREAD* thread) {
    pthread_mutex_destroy(&thread->creation);
    free(thread);
}

static inline void resapi_cy_worker_await_creation(RESAPI_CY_WORKER_THREAD* thread) {
    pthread_mutex_lock(&thread->creation);
    pthread_mutex_unlock(&thread->creation);
}

static inline void* resapi_cy_worker_main(void* argument) {
    RESAPI_CY_WORKER_THREAD* thread = (RESAPI_CY_WORKER_THREAD*)argument;
    resapi_cy_worker_await_creation(thread);
    thread->start(thread->worker, thread->parameter);
    if (thread->released_by_itself) {
        resapi_cy_worker_free(thread);
        return NULL;
    }
    /* Release: who sees that the thread has ended sees all that it did. The last use of *thread
     * here, which whoever sees this may free. */
    __atomic_store_n(&thread->ended, TRUE, __ATOMIC_RELEASE);
    return NULL;
}

static inline DWORD resapi_cy_worker_start(RESAPI_CY_WORKER_THREAD* thread) {
    PCLUS_WORKER worker = thread->worker;
    BOOL running;
    thread->ended = FALSE;
    thread->released_by_itself = FALSE;
    pthread_mutex_init(&thread->creation, NULL);
    pthread_mutex_lock(&thread->creation);
    /* hThread is filled in before the thread runs. */
    resapi_cy_worker_exchange(worker, thread);
    running = pthread_create(&thread->id, NULL, resapi_cy_worker_main, thread) == 0;
    thread->running = running;
    pthread_mutex_unlock(&thread->creation);
    if (running) return ERROR_SUCCESS;
    /* Unless somebody who terminates the worker has taken it meanwhile, and frees it. */
    if (resapi_cy_worker_exchange(worker, NULL) == thread) resapi_cy_worker_free(thread);
    return ERROR_NOT_ENOUGH_MEMORY; /* there is no room for another thread */
}

static inline BOOL resapi_cy_worker_is_caller(HANDLE handle) {
    RESAPI_CY_WORKER_THREAD* thread = (RESAPI_CY_WORKER_THREAD*)handle;
    resapi_cy_worker_await_creation(thread);
    return thread->running && pthread_equal(thread->id, pthread_self()) != 0;
}

static inline BOOL resapi_cy_worker_ended(HANDLE handle) {
    /* Acquire: see resapi_cy_worker_main. */
    return __atomic_load_n(&((RESAPI_CY_WORKER_THREAD*)handle)->ended, __ATOMIC_ACQUIRE);
}

/* Waits for the thread, unless it is the caller: joining it means that it has left the last
 * instruction of its code, which may then be unloaded. */
static inline void resapi_cy_worker_release(HANDLE handle) {
    RESAPI_CY_WORKER_THREAD* thread = (RESAPI_CY_WORKER_THREAD*)handle;
    if (resapi_cy_worker_is_caller(handle)) {
        pthread_detach(thread->id);
        thread->released_by_itself = TRUE;
    } else {
        if (thread->running) pthread_join(thread->id, NULL);
        resapi_cy_worker_free(thread);
    }
}

static inline void resapi_cy_worker_nap(void) {
    poll(NULL, 0, 1);
}

/* Strict C11 shows no steady clock, but each nap has taken a millisecond. */
static inline ULONGLONG resapi_cy_worker_milliseconds(ULONGLONG naps) {
    return naps;
}

#endif

/* TRUE if there is no such thread any more; it is released then. */
static inline BOOL resapi_cy_worker_gone(PCLUS_WORKER worker) {
    HANDLE handle = resapi_cy_worker_exchange(worker, NULL);
    if (handle == NULL) return TRUE;
    if (resapi_cy_worker_is_caller(handle) || !resapi_cy_worker_ended(handle)) {
        resapi_cy_worker_exchange(worker, handle);
        return FALSE;
    }
    resapi_cy_worker_release(handle);
    return TRUE;
}

/* ---- The functions as documented -------------------------------------------------------- */

/* Starts a thread: lpStartAddress(lpWorker, lpParameter). ERROR_SUCCESS, or why there is none. */
static inline DWORD WINAPI ClusWorkerCreate(PCLUS_WORKER lpWorker,
                                            PWORKER_START_ROUTINE lpStartAddress,
                                            PVOID lpParameter) {
    RESAPI_CY_WORKER_THREAD* thread;
    if (lpStartAddress == NULL) return ERROR_INVALID_PARAMETER;
    thread = (RESAPI_CY_WORKER_THREAD*)malloc(sizeof *thread);
    if (thread == NULL) return ERROR_NOT_ENOUGH_MEMORY;
    thread->start = lpStartAddress;
    thread->worker = lpWorker;
    thread->parameter = lpParameter;
    resapi_cy_worker_set_flag(lpWorker, FALSE);
    return resapi_cy_worker_start(thread);
}

/* For the worker to ask: should it end? */
static inline BOOL WINAPI ClusWorkerCheckTerminate(PCLUS_WORKER lpWorker) {
    return resapi_cy_worker_flag(lpWorker);
}

/* Tells the worker to end and waits until it has. The caller that comes second, while another
 * waits, returns at once; so does a worker that calls this for itself, and it is released when it
 * returns from its start routine. */
static inline VOID WINAPI ClusWorkerTerminate(PCLUS_WORKER lpWorker) {
    HANDLE handle;
    resapi_cy_worker_set_flag(lpWorker, TRUE);
    handle = resapi_cy_worker_exchange(lpWorker, NULL);
    if (handle != NULL) resapi_cy_worker_release(handle);
}

/* Tells the workers to end, unless WaitOnly is set, and waits for all of them, but not longer than
 * the time given (0xffffffff: without limit). ERROR_SUCCESS when they have ended; else
 * WAIT_TIMEOUT: call this or ClusWorkerTerminate again to wait for those that still run. */
static inline DWORD WINAPI ClusWorkersTerminate(PCLUS_WORKER* ClusWorkers,
                                                const SIZE_T ClusWorkersCount,
                                                DWORD TimeoutInMilliseconds, BOOL WaitOnly) {
    const DWORD for_ever = 0xffffffff;
    const ULONGLONG start = resapi_cy_worker_milliseconds(0);
    ULONGLONG naps = 0;
    SIZE_T index;
    for (index = 0; index < ClusWorkersCount && !WaitOnly; ++index) {
        resapi_cy_worker_set_flag(ClusWorkers[index], TRUE);
    }
    for (;;) {
        SIZE_T gone = 0;
        for (index = 0; index < ClusWorkersCount; ++index) {
            if (resapi_cy_worker_gone(ClusWorkers[index])) ++gone;
        }
        if (gone == ClusWorkersCount) return ERROR_SUCCESS;
        if (TimeoutInMilliseconds != for_ever &&
            resapi_cy_worker_milliseconds(naps) - start >= TimeoutInMilliseconds) {
            return WAIT_TIMEOUT;
        }
        resapi_cy_worker_nap();
        ++naps;
    }
}

/* The same for one worker. */
static inline DWORD WINAPI ClusWorkerTerminateEx(PCLUS_WORKER ClusWorker,
                                                 DWORD TimeoutInMilliseconds, BOOL WaitOnly) {
    return ClusWorkersTerminate(&ClusWorker, 1, TimeoutInMilliseconds, WaitOnly);
}

#ifdef __cplusplus
}
#endif

#endif /* RESAPI_CY_OWN_WORKERS */

#endif /* RESAPI_CY_CLUS_WORKER_H */
