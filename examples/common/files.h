/* Files, read from beginning to end, and what is known of them. Paths are UTF-16 everywhere. */
#ifndef EXAMPLES_FILES_H
#define EXAMPLES_FILES_H

#include "platform.h"
#include "text.h"

#ifdef _WIN32
typedef HANDLE FILE_HANDLE;
#else
#include <fcntl.h>
#include <sys/stat.h>
typedef int FILE_HANDLE;
#endif

typedef struct FILE_STATUS {
    BOOL is_directory;
    ULONGLONG size;
    LONGLONG modified; /* in seconds since the year 1970 */
} FILE_STATUS;

/* "directory/name"; Windows takes that, too. NULL if there is no memory; free it. */
static inline WCHAR* path_join(LPCWSTR directory, LPCWSTR name) {
    const size_t first = text_length(directory), second = text_length(name);
    WCHAR* path = (WCHAR*)malloc((first + second + 2) * sizeof(WCHAR));
    if (path == NULL) return NULL;
    memcpy(path, directory, first * sizeof(WCHAR));
    path[first] = '/';
    memcpy(path + first + 1, name, (second + 1) * sizeof(WCHAR));
    return path;
}

#ifdef _WIN32

/* Windows counts tenths of a microsecond since the year 1601. */
static inline LONGLONG seconds_of(FILETIME time) {
    const ULONGLONG tenths = (ULONGLONG)time.dwHighDateTime << 32 | time.dwLowDateTime;
    return (LONGLONG)(tenths / 10000000) - 11644473600;
}

/* By the clock that files have their times of. */
static inline LONGLONG seconds_now(void) {
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return seconds_of(now);
}

static inline DWORD file_status(LPCWSTR path, FILE_STATUS* status) {
    WIN32_FILE_ATTRIBUTE_DATA found;
    memset(status, 0, sizeof *status);
    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &found)) return GetLastError();
    status->is_directory = (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    status->size = (ULONGLONG)found.nFileSizeHigh << 32 | found.nFileSizeLow;
    status->modified = seconds_of(found.ftLastWriteTime);
    return ERROR_SUCCESS;
}

static inline DWORD file_open(LPCWSTR path, FILE_HANDLE* file) {
    *file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                        NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    return *file != INVALID_HANDLE_VALUE ? ERROR_SUCCESS : GetLastError();
}

/* *got is 0 at the end. */
static inline DWORD file_read(FILE_HANDLE file, void* data, DWORD size, DWORD* got) {
    return ReadFile(file, data, size, got, NULL) ? ERROR_SUCCESS : GetLastError();
}

static inline void file_close(FILE_HANDLE file) {
    CloseHandle(file);
}

/* Sees to it that what was written to the file is on the disk. A file that can only be read has
 * nothing to write. */
static inline DWORD file_flush(LPCWSTR path) {
    const DWORD attributes = GetFileAttributesW(path);
    HANDLE file;
    DWORD error;
    if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_READONLY) != 0) {
        return ERROR_SUCCESS;
    }
    file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                       NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    error = FlushFileBuffers(file) ? ERROR_SUCCESS : GetLastError();
    CloseHandle(file);
    return error;
}

/* The same for the names in a directory; Windows sees to that itself. */
static inline DWORD directory_flush(LPCWSTR path) {
    (void)path;
    return ERROR_SUCCESS;
}

#else

static inline LONGLONG seconds_now(void) {
    return (LONGLONG)time(NULL);
}

static inline DWORD file_status(LPCWSTR path, FILE_STATUS* status) {
    char* name = text_to_utf8(path);
    struct stat found;
    DWORD error = ERROR_SUCCESS;
    memset(status, 0, sizeof *status);
    if (name == NULL) return ERROR_NOT_ENOUGH_MEMORY;
    if (stat(name, &found) != 0) {
        error = last_error();
    } else {
        status->is_directory = S_ISDIR(found.st_mode);
        status->size = (ULONGLONG)found.st_size;
        status->modified = (LONGLONG)found.st_mtime;
    }
    free(name);
    return error;
}

static inline DWORD file_open(LPCWSTR path, FILE_HANDLE* file) {
    char* name = text_to_utf8(path);
    DWORD error;
    if (name == NULL) return ERROR_NOT_ENOUGH_MEMORY;
    /* Without waiting, should it be a pipe that nobody writes to. */
    *file = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    error = *file >= 0 ? ERROR_SUCCESS : last_error();
    free(name);
    return error;
}

static inline DWORD file_read(FILE_HANDLE file, void* data, DWORD size, DWORD* got) {
    ssize_t count;
    do {
        count = read(file, data, size);
    } while (count < 0 && errno == EINTR);
    if (count < 0) return last_error();
    *got = (DWORD)count;
    return ERROR_SUCCESS;
}

static inline void file_close(FILE_HANDLE file) {
    close(file);
}

static inline DWORD file_flush(LPCWSTR path) {
    FILE_HANDLE file;
    DWORD error = file_open(path, &file);
    if (error != ERROR_SUCCESS) return error;
    if (fsync(file) != 0) error = last_error();
    close(file);
    return error;
}

static inline DWORD directory_flush(LPCWSTR path) {
    return file_flush(path);
}

#endif

#endif
