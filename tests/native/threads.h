/* The little that the test workers need of threads, on every platform. */
#ifndef TESTS_THREADS_H
#define TESTS_THREADS_H

#include <stdlib.h>

/* A flag or a counter that one thread writes and another reads. Microsoft's C has no atomics
 * without an option; its volatile is enough for this. */
#if defined(_MSC_VER)
#define READ(place) (*(place))
#define WRITE(place, value) (*(place) = (value))
#else
#define READ(place) __atomic_load_n((place), __ATOMIC_ACQUIRE)
#define WRITE(place, value) __atomic_store_n((place), (value), __ATOMIC_RELEASE)
#endif

#if defined(_WIN32)
#include <windows.h>
#define EXPORT __declspec(dllexport)
typedef HANDLE thread_t;
typedef LPTHREAD_START_ROUTINE thread_main_t;
#define THREAD_MAIN(name) static DWORD WINAPI name(LPVOID argument)
#define THREAD_RETURN 0
static int thread_start(thread_t *thread, thread_main_t run, void *argument) {
    *thread = CreateThread(NULL, 0, run, argument, 0, NULL);
    return *thread != NULL;
}
static void thread_join(thread_t thread) {
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}
static void thread_yield(void) {
    Sleep(0);
}
static void thread_pause(void) {
    Sleep(1);
}
#else
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#define EXPORT __attribute__((visibility("default")))
typedef pthread_t thread_t;
typedef void *(*thread_main_t)(void *);
#define THREAD_MAIN(name) static void *name(void *argument)
#define THREAD_RETURN NULL
static int thread_start(thread_t *thread, thread_main_t run, void *argument) {
    return pthread_create(thread, NULL, run, argument) == 0;
}
static void thread_join(thread_t thread) {
    pthread_join(thread, NULL);
}
static void thread_yield(void) {
    sched_yield();
}
static void thread_pause(void) {
    poll(NULL, 0, 1);
}
#endif

#endif
