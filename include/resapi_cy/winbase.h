/* The Windows types that the Resource API is written in.
 *
 * On Windows they come from <windows.h>. Elsewhere the same names are declared here with the same
 * sizes, so that a resource DLL's status code, and the callbacks that it calls, compile and run
 * wherever they are developed and tested. C11 or C++17.
 */
#ifndef RESAPI_CY_WINBASE_H
#define RESAPI_CY_WINBASE_H

/* Asked before any other header is read: a toolchain may lack the 32-bit ones altogether. */
#if (defined(_WIN32) && !defined(_WIN64)) || (defined(__SIZEOF_POINTER__) && __SIZEOF_POINTER__ < 8)
#error "resapi-cy is for 64-bit builds only, as the Failover Cluster Resource API is"
#endif

#ifdef _WIN32

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>

#else

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef VOID
#define VOID void
#endif
typedef void* PVOID;
typedef void* LPVOID;

typedef uint8_t BYTE;
typedef BYTE* PBYTE;
typedef BYTE* LPBYTE;

typedef int BOOL;
typedef BOOL* PBOOL;
typedef BOOL* LPBOOL;

/* LONG and DWORD are 32 bits wide on Windows even in a 64-bit build. */
typedef int32_t LONG;
typedef uint32_t DWORD;
typedef DWORD* PDWORD;
typedef DWORD* LPDWORD;

typedef long long LONGLONG;
typedef unsigned long long ULONGLONG;
typedef long long INT64;
typedef size_t SIZE_T;

/* The halves and the whole, as on Windows save for the unnamed struct, which ISO C++ has not. */
typedef union LARGE_INTEGER {
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

/* Text is UTF-16 on every platform: u"..." is a WCHAR literal. C11 defines its char16_t as the
 * type named here; <uchar.h>, which would say so, is missing on macOS. */
#ifdef __cplusplus
typedef char16_t WCHAR;
#else
typedef uint_least16_t WCHAR;
#endif
typedef WCHAR* LPWSTR;
typedef const WCHAR* LPCWSTR;

typedef void* HANDLE;
typedef HANDLE* PHANDLE;
typedef HANDLE* LPHANDLE;

/* A registry key, or a cluster database key: only ever passed along. */
typedef struct HKEY__* HKEY;

#ifdef __cplusplus
}
#endif

#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif

/* One calling convention is left on a 64-bit machine, so its names say nothing. */
#ifndef __stdcall
#define __stdcall
#endif
#ifndef WINAPI
#define WINAPI __stdcall
#endif
#ifndef CALLBACK
#define CALLBACK __stdcall
#endif

/* Win32 error codes that the Resource API's documents name, and others that a resource DLL's entry
 * points commonly return. */
#define ERROR_SUCCESS 0
#define ERROR_INVALID_FUNCTION 1 /* a control code that the DLL leaves to the monitor */
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_PATH_NOT_FOUND 3
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_HANDLE 6
#define ERROR_NOT_ENOUGH_MEMORY 8
#define ERROR_INVALID_DATA 13
#define ERROR_NOT_READY 21
#define ERROR_CRC 23 /* data is not what it was */
#define ERROR_GEN_FAILURE 31
#define ERROR_NOT_SUPPORTED 50
#define ERROR_INVALID_PARAMETER 87
#define ERROR_CALL_NOT_IMPLEMENTED 120
#define ERROR_INSUFFICIENT_BUFFER 122
#define ERROR_MOD_NOT_FOUND 126
#define ERROR_PROC_NOT_FOUND 127
#define ERROR_BUSY 170
#define ERROR_BAD_EXE_FORMAT 193
#define ERROR_MORE_DATA 234 /* the buffer of a control call is too small */
#define WAIT_TIMEOUT 258    /* ClusWorkerTerminateEx: the thread is still running */
#define ERROR_DIRECTORY 267 /* not a directory */
#define ERROR_OPERATION_ABORTED 995
#define ERROR_IO_PENDING 997       /* a worker thread goes on with the work */
#define ERROR_PROCESS_ABORTED 1067 /* a process ended before its time */
#define ERROR_CANCELLED 1223
#define ERROR_REVISION_MISMATCH 1306 /* Startup: no common version */
#define ERROR_TIMEOUT 1460
#define ERROR_RESOURCE_NOT_AVAILABLE 5006
#define ERROR_RESOURCE_NOT_FOUND 5007 /* a RESID that Open did not give */
#define ERROR_RESOURCE_ONLINE 5019
#define ERROR_INVALID_STATE 5023
#define ERROR_RESOURCE_PROPERTIES_STORED 5024 /* they hold from the next Online on */
#define ERROR_RESOURCE_FAILED 5038
#define ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND 5078
#define ERROR_CLUSTER_RESTYPE_NOT_SUPPORTED 5079
#define ERROR_CLUSTER_RESNAME_NOT_FOUND 5080 /* Startup: not a type of this DLL */

#endif /* _WIN32 */

/* The documents write _stdcall. Only Microsoft's compiler knows it in every language mode. */
#if !defined(_MSC_VER) && !defined(_stdcall)
#define _stdcall __stdcall
#endif

#endif /* RESAPI_CY_WINBASE_H */
