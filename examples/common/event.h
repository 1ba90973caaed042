/* The event that tells the monitor of a failure: a Win32 event, or a file descriptor to poll.
 *
 * Off Windows a HANDLE that the monitor waits for is a file descriptor: an eventfd on Linux, the
 * read end of a pipe elsewhere. It is signaled while it can be read.
 */
#ifndef EXAMPLES_EVENT_H
#define EXAMPLES_EVENT_H

#include "platform.h"

#ifndef _WIN32
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#endif
#ifdef __linux__
#include <sys/eventfd.h>
#endif

typedef struct EVENT {
    HANDLE handle; /* for RESOURCE_STATUS_EX.EventHandle */
#ifndef _WIN32
    int write_end;
#endif
} EVENT;

#ifdef _WIN32

static inline DWORD event_create(EVENT* event) {
    event->handle = CreateEventW(NULL, TRUE, FALSE, NULL);
    return event->handle != NULL ? ERROR_SUCCESS : GetLastError();
}

static inline void event_set(EVENT* event) {
    SetEvent(event->handle);
}

static inline void event_reset(EVENT* event) {
    ResetEvent(event->handle);
}

static inline void event_wait(EVENT* event) {
    WaitForSingleObject(event->handle, INFINITE);
}

static inline void event_close(EVENT* event) {
    CloseHandle(event->handle);
}

#else

static inline int event_descriptor(const EVENT* event) {
    return (int)(intptr_t)event->handle;
}

static inline DWORD event_create(EVENT* event) {
#ifdef __linux__
    int ends[2];
    ends[0] = ends[1] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ends[0] < 0) return last_error();
#else
    int ends[2];
    if (pipe(ends) != 0) return last_error();
    for (int i = 0; i < 2; ++i) {
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
#endif
    if (ends[0] == 0) {
        /* NULL would say that there is no event. */
        ends[0] = fcntl(ends[0], F_DUPFD_CLOEXEC, 1);
        close(0);
        if (ends[1] == 0) ends[1] = ends[0];
    }
    event->handle = (HANDLE)(intptr_t)ends[0];
    event->write_end = ends[1];
    return ERROR_SUCCESS;
}

static inline void event_set(EVENT* event) {
    uint64_t one = 1;
    /* Fails only when it is so full that it is signaled already. */
    ssize_t ignored = write(event->write_end, &one, sizeof one);
    (void)ignored;
}

static inline void event_reset(EVENT* event) {
    uint64_t count;
    while (read(event_descriptor(event), &count, sizeof count) > 0) continue;
}

static inline void event_wait(EVENT* event) {
    struct pollfd signaled = {.fd = event_descriptor(event), .events = POLLIN};
    while (poll(&signaled, 1, -1) < 0 && errno == EINTR) continue;
}

static inline void event_close(EVENT* event) {
    close(event_descriptor(event));
    if (event->write_end != event_descriptor(event)) close(event->write_end);
}

#endif

#endif
