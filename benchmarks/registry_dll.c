/* A resource DLL that reads a value of its Parameters key, and how long that takes; on Windows, and
 * under Wine, beside a value of the system's registry. */
#ifndef _WIN32
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#endif

#include "resapi_cy/resapi.h"

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#include <time.h>
#define EXPORT __attribute__((visibility("default")))
#endif

static HKEY parameters;

static LONGLONG now(void) {
#ifdef _WIN32
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (LONGLONG)((double)count.QuadPart * 1e9 / (double)frequency.QuadPart);
#else
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
#endif
}

/* Nanoseconds for so many calls; -1: a call has failed. */
EXPORT LONGLONG registry_cluster(DWORD calls) {
    static const WCHAR name[] = {'L', 'i', 'm', 'i', 't', 0};
    LONGLONG begun = now();
    DWORD i;
    for (i = 0; i < calls; ++i) {
        DWORD type = 0, value = 0, size = sizeof value;
        if (ClusterRegQueryValue(parameters, name, &type, (LPBYTE)&value, &size) != ERROR_SUCCESS ||
            value != 20) {
            return -1;
        }
    }
    return now() - begun;
}

/* The same of the system's registry; -1: there is none, or a call has failed. */
EXPORT LONGLONG registry_system(DWORD calls) {
#ifdef _WIN32
    HKEY key;
    LONGLONG begun, passed = -1;
    DWORD i, limit = 20;
    if (RegCreateKeyExW(HKEY_CURRENT_USER, L"Software\\resapi-cy-benchmark", 0, NULL,
                        REG_OPTION_VOLATILE, KEY_ALL_ACCESS, NULL, &key, NULL) != ERROR_SUCCESS) {
        return -1;
    }
    RegSetValueExW(key, L"Limit", 0, REG_DWORD, (const BYTE*)&limit, sizeof limit);
    begun = now();
    for (i = 0; i < calls; ++i) {
        DWORD type = 0, value = 0, size = sizeof value;
        if (RegQueryValueExW(key, L"Limit", NULL, &type, (LPBYTE)&value, &size) != ERROR_SUCCESS ||
            value != 20) {
            break;
        }
    }
    if (i == calls) passed = now() - begun;
    RegCloseKey(key);
    RegDeleteKeyW(HKEY_CURRENT_USER, L"Software\\resapi-cy-benchmark");
    return passed;
#else
    (void)calls;
    return -1;
#endif
}

static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    static const WCHAR below[] = {'P', 'a', 'r', 'a', 'm', 'e', 't', 'e', 'r', 's', 0};
    DWORD error = (DWORD)ClusterRegOpenKey(key, below, KEY_ALL_ACCESS, &parameters);
    (void)name;
    if (error == ERROR_SUCCESS) return handle;
    SetLastError(error);
    return NULL;
}

static void WINAPI Close(RESID resid) {
    (void)resid;
    ClusterRegCloseKey(parameters);
}

static void WINAPI Terminate(RESID resid) {
    (void)resid;
}

static DWORD WINAPI Online(RESID resid, LPHANDLE event) {
    (void)resid, (void)event;
    return ERROR_SUCCESS;
}

static DWORD WINAPI Offline(RESID resid) {
    (void)resid;
    return ERROR_SUCCESS;
}

static BOOL WINAPI IsAlive(RESID resid) {
    (void)resid;
    return TRUE;
}

static CLRES_FUNCTION_TABLE table = {
    CLRES_V1_FUNCTION_SIZE,
    CLRES_VERSION_V1_00,
    {{Open, Close, Online, Offline, Terminate, IsAlive, IsAlive, NULL, NULL, NULL, NULL}}};

EXPORT DWORD WINAPI Startup(LPCWSTR type, DWORD lowest, DWORD highest,
                            PSET_RESOURCE_STATUS_ROUTINE set_status, PLOG_EVENT_ROUTINE log,
                            PCLRES_FUNCTION_TABLE* functions) {
    (void)type, (void)lowest, (void)highest, (void)set_status, (void)log;
    *functions = &table;
    return ERROR_SUCCESS;
}
