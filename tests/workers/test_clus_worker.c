/* The promises of ClusWorkerCreate and its family, as C11 and as C++17: run with the name of a
 * scenario, or without one for their names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resapi_cy/resapi.h"

#ifndef _WIN32
#include <poll.h>
#endif

#define CHECK(condition)                                                \
    do {                                                                \
        if (!(condition)) {                                             \
            fprintf(stderr, "line %d: not %s\n", __LINE__, #condition); \
            exit(1);                                                    \
        }                                                               \
    } while (0)

enum { LONG_ENOUGH = 60000, WORKERS = 16, ROUNDS = 300 };

/* Plain fields: only the order that the functions promise keeps the threads from racing. */
typedef struct JOB {
    CLUS_WORKER worker;
    PCLUS_WORKER seen_worker;
    BOOL was_filled_in;
    DWORD steps;
    DWORD answer;
    BOOL done;
} JOB;

static void nap(void) {
#ifdef _WIN32
    Sleep(1);
#else
    poll(NULL, 0, 1);
#endif
}

static DWORD WINAPI until_terminated(PCLUS_WORKER worker, LPVOID parameter) {
    JOB* job = (JOB*)parameter;
    job->seen_worker = worker;
    while (!ClusWorkerCheckTerminate(worker)) {
        ++job->steps;
        nap();
    }
    return ERROR_SUCCESS;
}

static DWORD WINAPI a_few_steps(PCLUS_WORKER worker, LPVOID parameter) {
    JOB* job = (JOB*)parameter;
    (void)worker;
    for (; job->steps < 5; ++job->steps) nap();
    return ERROR_SUCCESS;
}

/* Release and acquire: all that a thread did before it set the flag is done for who sees it. */
static void set_done(BOOL* done) {
#ifdef _MSC_VER
    InterlockedExchange((volatile LONG*)done, TRUE);
#else
    __atomic_store_n(done, TRUE, __ATOMIC_RELEASE);
#endif
}

static void await(BOOL* done) {
#ifdef _MSC_VER
    while (!InterlockedOr((volatile LONG*)done, 0)) nap();
#else
    while (!__atomic_load_n(done, __ATOMIC_ACQUIRE)) nap();
#endif
}

static DWORD WINAPI terminates_another(PCLUS_WORKER worker, LPVOID parameter) {
    (void)worker;
    ClusWorkerTerminate(&((JOB*)parameter)->worker);
    return ERROR_SUCCESS;
}

static DWORD WINAPI until_done(PCLUS_WORKER worker, LPVOID parameter) {
    JOB* job = (JOB*)parameter;
    await(&job->done);
    job->seen_worker = worker;
    return ERROR_SUCCESS;
}

static DWORD WINAPI looks_at_its_worker(PCLUS_WORKER worker, LPVOID parameter) {
    JOB* job = (JOB*)parameter;
    job->was_filled_in = worker->hThread != NULL;
    set_done(&job->done);
    return ERROR_SUCCESS;
}

static DWORD WINAPI waits_for_itself(PCLUS_WORKER worker, LPVOID parameter) {
    JOB* job = (JOB*)parameter;
    job->answer = ClusWorkerTerminateEx(worker, 1, FALSE);
    set_done(&job->done);
    return ERROR_SUCCESS;
}

static DWORD WINAPI terminates_itself(PCLUS_WORKER worker, LPVOID parameter) {
    JOB* job = (JOB*)parameter;
    ClusWorkerTerminate(worker);
    CHECK(ClusWorkerCheckTerminate(worker));
    ClusWorkerTerminate(worker);
    set_done(&job->done);
    return ERROR_SUCCESS;
}

static void start(JOB* job, PWORKER_START_ROUTINE routine) {
    memset(job, 0, sizeof *job);
    CHECK(ClusWorkerCreate(&job->worker, routine, job) == ERROR_SUCCESS);
}

static void a_worker_runs_until_it_is_terminated(void) {
    JOB job;
    start(&job, until_terminated);
    for (int i = 0; i < 5; ++i) nap();
    CHECK(!ClusWorkerCheckTerminate(&job.worker));
    ClusWorkerTerminate(&job.worker);
    CHECK(ClusWorkerCheckTerminate(&job.worker));
    CHECK(job.seen_worker == &job.worker);
    CHECK(job.worker.hThread == NULL);
}

static void the_structure_is_filled_in_before_the_thread_runs(void) {
    for (int round = 0; round < ROUNDS; ++round) {
        JOB job;
        start(&job, looks_at_its_worker);
        await(&job.done);
        CHECK(job.was_filled_in);
        ClusWorkerTerminate(&job.worker);
    }
}

static void a_worker_may_be_terminated_before_it_has_begun(void) {
    for (int round = 0; round < ROUNDS; ++round) {
        JOB job;
        start(&job, until_terminated);
        ClusWorkerTerminate(&job.worker);
        CHECK(job.seen_worker == &job.worker);
    }
}

static void a_worker_can_be_used_again(void) {
    JOB job;
    start(&job, until_terminated);
    ClusWorkerTerminate(&job.worker);
    for (int round = 0; round < 10; ++round) {
        job.steps = 0;
        CHECK(ClusWorkerCreate(&job.worker, a_few_steps, &job) == ERROR_SUCCESS);
        CHECK(!ClusWorkerCheckTerminate(&job.worker));
        ClusWorkerTerminate(&job.worker);
        CHECK(job.steps == 5);
    }
}

static void terminating_nothing_is_harmless(void) {
    CLUS_WORKER zeroed;
    JOB job;
    memset(&zeroed, 0, sizeof zeroed);
    ClusWorkerTerminate(&zeroed);
    ClusWorkerTerminate(&zeroed);
    CHECK(ClusWorkerTerminateEx(&zeroed, 0, FALSE) == ERROR_SUCCESS);
    start(&job, until_terminated);
    ClusWorkerTerminate(&job.worker);
    ClusWorkerTerminate(&job.worker);
    CHECK(ClusWorkerTerminateEx(&job.worker, 0, FALSE) == ERROR_SUCCESS);
}

static void a_worker_may_terminate_itself(void) {
    for (int round = 0; round < ROUNDS; ++round) {
        JOB job;
        start(&job, terminates_itself);
        await(&job.done);
        ClusWorkerTerminate(&job.worker);
    }
}

static void a_worker_that_waits_for_itself_is_told_that_it_runs(void) {
    JOB job;
    start(&job, waits_for_itself);
    await(&job.done);
    ClusWorkerTerminate(&job.worker);
    CHECK(job.answer == WAIT_TIMEOUT);
}

static void several_threads_may_terminate_one_worker(void) {
    for (int round = 0; round < ROUNDS / 10; ++round) {
        JOB job;
        CLUS_WORKER others[WORKERS];
        memset(others, 0, sizeof others);
        start(&job, until_terminated);
        for (int i = 0; i < WORKERS; ++i) {
            CHECK(ClusWorkerCreate(&others[i], terminates_another, &job) == ERROR_SUCCESS);
        }
        for (int i = 0; i < WORKERS; ++i) ClusWorkerTerminate(&others[i]);
        /* One of them has waited for the worker, and all of them have ended. */
        CHECK(job.seen_worker == &job.worker);
    }
}

static void a_wait_without_terminating_leaves_the_worker_alone(void) {
    JOB job;
    start(&job, until_terminated);
    CHECK(ClusWorkerTerminateEx(&job.worker, 5, TRUE) == WAIT_TIMEOUT);
    CHECK(!ClusWorkerCheckTerminate(&job.worker));
    ClusWorkerTerminate(&job.worker);

    start(&job, a_few_steps);
    CHECK(ClusWorkerTerminateEx(&job.worker, 0xffffffff, TRUE) == ERROR_SUCCESS);
    CHECK(job.steps == 5);
}

static void a_worker_is_told_to_end_before_it_is_waited_for(void) {
    JOB job;
    start(&job, until_terminated);
    CHECK(ClusWorkerTerminateEx(&job.worker, 0xffffffff, FALSE) == ERROR_SUCCESS);
    CHECK(ClusWorkerCheckTerminate(&job.worker));
    CHECK(job.seen_worker == &job.worker);
}

static void a_worker_that_does_not_end_in_time_may_be_waited_for_again(void) {
    JOB job;
    start(&job, until_done);
    CHECK(ClusWorkerTerminateEx(&job.worker, 5, FALSE) == WAIT_TIMEOUT);
    CHECK(ClusWorkerCheckTerminate(&job.worker));
    set_done(&job.done);
    CHECK(ClusWorkerTerminateEx(&job.worker, LONG_ENOUGH, TRUE) == ERROR_SUCCESS);
    CHECK(job.seen_worker == &job.worker);

    start(&job, until_done);
    CHECK(ClusWorkerTerminateEx(&job.worker, 0, FALSE) == WAIT_TIMEOUT);
    set_done(&job.done);
    ClusWorkerTerminate(&job.worker); /* waits, although the flag was set before */
    CHECK(job.seen_worker == &job.worker);
}

static void workers_are_terminated_together(void) {
    JOB jobs[WORKERS];
    PCLUS_WORKER workers[WORKERS];
    for (int i = 0; i < WORKERS; ++i) {
        start(&jobs[i], i % 2 ? until_terminated : a_few_steps);
        workers[i] = &jobs[i].worker;
    }
    CHECK(ClusWorkersTerminate(workers, WORKERS, 5, TRUE) == WAIT_TIMEOUT);
    CHECK(ClusWorkersTerminate(workers, WORKERS, 0xffffffff, FALSE) == ERROR_SUCCESS);
    for (int i = 0; i < WORKERS; ++i) CHECK(i % 2 || jobs[i].steps == 5);
    CHECK(ClusWorkersTerminate(NULL, 0, 0, FALSE) == ERROR_SUCCESS);
}

static void a_worker_without_a_routine_is_refused(void) {
    CLUS_WORKER worker;
    memset(&worker, 0, sizeof worker);
    CHECK(ClusWorkerCreate(&worker, NULL, NULL) == ERROR_INVALID_PARAMETER);
    CHECK(worker.hThread == NULL);
}

#define SCENARIO(name) \
    { #name, name }
static const struct {
    const char* name;
    void (*run)(void);
} SCENARIOS[] = {
    SCENARIO(a_wait_without_terminating_leaves_the_worker_alone),
    SCENARIO(a_worker_can_be_used_again),
    SCENARIO(a_worker_is_told_to_end_before_it_is_waited_for),
    SCENARIO(a_worker_may_be_terminated_before_it_has_begun),
    SCENARIO(a_worker_may_terminate_itself),
    SCENARIO(a_worker_runs_until_it_is_terminated),
    SCENARIO(a_worker_that_does_not_end_in_time_may_be_waited_for_again),
    SCENARIO(a_worker_that_waits_for_itself_is_told_that_it_runs),
    SCENARIO(a_worker_without_a_routine_is_refused),
    SCENARIO(several_threads_may_terminate_one_worker),
    SCENARIO(terminating_nothing_is_harmless),
    SCENARIO(the_structure_is_filled_in_before_the_thread_runs),
    SCENARIO(workers_are_terminated_together),
};

int main(int count, char** arguments) {
    for (size_t i = 0; i < sizeof SCENARIOS / sizeof *SCENARIOS; ++i) {
        if (count < 2) {
            puts(SCENARIOS[i].name);
        } else if (strcmp(arguments[1], SCENARIOS[i].name) == 0) {
            SCENARIOS[i].run();
            return 0;
        }
    }
    return count < 2 ? 0 : 2;
}
