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
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef VOID
#define VOID void
#endif
typedef void* PVOID;
typedef void* LPVOID;
typedef const void* LPCVOID;

typedef char CHAR;
typedef CHAR* LPSTR;
typedef const CHAR* LPCSTR;
typedef unsigned char UCHAR;
typedef uint8_t BYTE;
typedef BYTE* PBYTE;
typedef BYTE* LPBYTE;
typedef BYTE BOOLEAN;

typedef int16_t SHORT;
typedef uint16_t USHORT;
typedef uint16_t WORD;
typedef WORD* PWORD;
typedef WORD* LPWORD;

typedef int INT;
typedef unsigned int UINT;
typedef int BOOL;
typedef BOOL* PBOOL;
typedef BOOL* LPBOOL;

/* LONG and DWORD are 32 bits wide on Windows even in a 64-bit build. */
typedef int32_t LONG;
typedef LONG* PLONG;
typedef LONG* LPLONG;
typedef uint32_t ULONG;
typedef ULONG* PULONG;
typedef uint32_t DWORD;
typedef DWORD* PDWORD;
typedef DWORD* LPDWORD;
typedef LONG LSTATUS; /* an error code, as functions on the registry return one */
typedef LONG HRESULT;

typedef long long LONGLONG;
typedef unsigned long long ULONGLONG;
typedef ULONGLONG* PULONGLONG;
typedef long long INT64;
typedef unsigned long long UINT64;
typedef size_t SIZE_T;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;

/* The halves and the whole, as on Windows save for the unnamed struct, which ISO C++ has not. */
typedef union LARGE_INTEGER {
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;
typedef union ULARGE_INTEGER {
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

/* A point in time: tenths of a microsecond since the year 1601. */
typedef struct FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

typedef struct GUID {
    DWORD Data1;
    WORD Data2;
    WORD Data3;
    BYTE Data4[8];
} GUID;

/* Text is UTF-16 on every platform: u"..." is a WCHAR literal. C11 defines its char16_t as the
 * type named here; <uchar.h>, which would say so, is missing on macOS. Where -fshort-wchar makes
 * wchar_t 16 bits wide, L"..." is one, as in sources that were written for Windows: C takes either
 * then, C++ that one alone. */
#if defined(__cplusplus) && defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#elif defined(__cplusplus)
typedef char16_t WCHAR;
#else
typedef uint_least16_t WCHAR;
#endif
typedef WCHAR* PWCHAR;
typedef WCHAR* PWSTR;
typedef WCHAR* LPWSTR;
typedef const WCHAR* PCWSTR;
typedef const WCHAR* LPCWSTR;

typedef void* HANDLE;
typedef HANDLE* PHANDLE;
typedef HANDLE* LPHANDLE;
typedef HANDLE HLOCAL;

/* Handles that are only ever passed along. A key of the registry, or of the cluster database: */
typedef struct HKEY__* HKEY;
typedef HKEY* PHKEY;
/* the service manager, or a service of it: */
typedef struct SC_HANDLE__* SC_HANDLE;
typedef SC_HANDLE* LPSC_HANDLE;
/* and a loaded module, as DllMain gets it: */
typedef struct HINSTANCE__* HINSTANCE;
typedef HINSTANCE HMODULE;

/* What may be done with a key, and who may do it. */
typedef DWORD ACCESS_MASK;
typedef ACCESS_MASK REGSAM;
typedef DWORD SECURITY_INFORMATION;
typedef PVOID PSECURITY_DESCRIPTOR;
typedef struct SECURITY_DESCRIPTOR_RELATIVE {
    BYTE Revision;
    BYTE Sbz1;
    WORD Control;
    DWORD Owner; /* an offset, as those that follow */
    DWORD Group;
    DWORD Sacl;
    DWORD Dacl;
} SECURITY_DESCRIPTOR_RELATIVE;
typedef struct SECURITY_ATTRIBUTES {
    DWORD nLength;
    LPVOID lpSecurityDescriptor;
    BOOL bInheritHandle;
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

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
#ifndef APIENTRY
#define APIENTRY __stdcall
#endif

/* Words that say something to a reader only. */
#ifndef CONST
#define CONST const
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))

/* Where a member stands: what a property table says of a parameter block. */
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))

#define INFINITE 0xffffffff
#define MAX_PATH 260

/* Why DllMain is called. Off Windows nobody calls it: what it does there is for Windows alone. */
#define DLL_PROCESS_DETACH 0
#define DLL_PROCESS_ATTACH 1
#define DLL_THREAD_ATTACH 2
#define DLL_THREAD_DETACH 3

/* What a key is opened for. */
#define DELETE 0x00010000
#define READ_CONTROL 0x00020000
#define WRITE_DAC 0x00040000
#define WRITE_OWNER 0x00080000
#define SYNCHRONIZE 0x00100000
#define MAXIMUM_ALLOWED 0x02000000
#define GENERIC_ALL 0x10000000
#define GENERIC_EXECUTE 0x20000000
#define GENERIC_WRITE 0x40000000
#define GENERIC_READ 0x80000000
#define KEY_QUERY_VALUE 0x0001
#define KEY_SET_VALUE 0x0002
#define KEY_CREATE_SUB_KEY 0x0004
#define KEY_ENUMERATE_SUB_KEYS 0x0008
#define KEY_NOTIFY 0x0010
#define KEY_CREATE_LINK 0x0020
#define KEY_READ 0x20019
#define KEY_WRITE 0x20006
#define KEY_EXECUTE 0x20019
#define KEY_ALL_ACCESS 0xf003f

/* How a key is made, and whether it was. */
#define REG_OPTION_NON_VOLATILE 0x00000000
#define REG_OPTION_VOLATILE 0x00000001
#define REG_CREATED_NEW_KEY 0x00000001
#define REG_OPENED_EXISTING_KEY 0x00000002

/* Types of a value. */
#define REG_NONE 0
#define REG_SZ 1
#define REG_EXPAND_SZ 2 /* text with %VARIABLES% in it */
#define REG_BINARY 3
#define REG_DWORD 4
#define REG_DWORD_LITTLE_ENDIAN 4
#define REG_DWORD_BIG_ENDIAN 5
#define REG_LINK 6
#define REG_MULTI_SZ 7 /* texts, each ended by a null character, and one more null at the end */
#define REG_RESOURCE_LIST 8
#define REG_FULL_RESOURCE_DESCRIPTOR 9
#define REG_RESOURCE_REQUIREMENTS_LIST 10
#define REG_QWORD 11
#define REG_QWORD_LITTLE_ENDIAN 11

/* Win32 error codes that the Resource API's documents name, and others that a resource DLL's entry
 * points commonly return. */
#define ERROR_SUCCESS 0
#define ERROR_INVALID_FUNCTION 1 /* a control code that the DLL leaves to the monitor */
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_PATH_NOT_FOUND 3
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_HANDLE 6
#define ERROR_NOT_ENOUGH_MEMORY 8
#define ERROR_INVALID_ACCESS 12
#define ERROR_INVALID_DATA 13
#define ERROR_OUTOFMEMORY 14
#define ERROR_NOT_READY 21
#define ERROR_CRC 23 /* data is not what it was */
#define ERROR_GEN_FAILURE 31
#define ERROR_HANDLE_EOF 38
#define ERROR_NOT_SUPPORTED 50
#define ERROR_INVALID_PARAMETER 87
#define ERROR_CALL_NOT_IMPLEMENTED 120
#define ERROR_INSUFFICIENT_BUFFER 122
#define ERROR_INVALID_NAME 123
#define ERROR_MOD_NOT_FOUND 126
#define ERROR_PROC_NOT_FOUND 127
#define ERROR_BAD_ARGUMENTS 160
#define ERROR_BUSY 170
#define ERROR_ALREADY_EXISTS 183
#define ERROR_BAD_EXE_FORMAT 193
#define ERROR_FILENAME_EXCED_RANGE 206
#define ERROR_MORE_DATA 234     /* the buffer of a control call is too small */
#define WAIT_TIMEOUT 258        /* ClusWorkerTerminateEx: the thread is still running */
#define ERROR_NO_MORE_ITEMS 259 /* an enumeration is at its end */
#define ERROR_DIRECTORY 267     /* not a directory */
#define ERROR_OPERATION_ABORTED 995
#define ERROR_IO_PENDING 997 /* a worker thread goes on with the work */
#define ERROR_INVALID_FLAGS 1004
#define ERROR_BADDB 1009
#define ERROR_BADKEY 1010
#define ERROR_CANTOPEN 1011
#define ERROR_KEY_DELETED 1018 /* the key of a handle is no longer there */
#define ERROR_KEY_HAS_CHILDREN 1020
#define ERROR_SERVICE_REQUEST_TIMEOUT 1053
#define ERROR_SERVICE_ALREADY_RUNNING 1056
#define ERROR_SERVICE_DISABLED 1058
#define ERROR_SERVICE_DOES_NOT_EXIST 1060
#define ERROR_SERVICE_NOT_ACTIVE 1062
#define ERROR_PROCESS_ABORTED 1067 /* a process ended before its time */
#define ERROR_SERVICE_NEVER_STARTED 1077
#define ERROR_NOT_FOUND 1168
#define ERROR_CANCELLED 1223
#define ERROR_REVISION_MISMATCH 1306 /* Startup: no common version */
#define ERROR_TIMEOUT 1460
#define ERROR_DEPENDENT_RESOURCE_EXISTS 5001
#define ERROR_DEPENDENCY_NOT_FOUND 5002
#define ERROR_DEPENDENCY_ALREADY_EXISTS 5003
#define ERROR_RESOURCE_NOT_ONLINE 5004
#define ERROR_HOST_NODE_NOT_AVAILABLE 5005
#define ERROR_RESOURCE_NOT_AVAILABLE 5006
#define ERROR_RESOURCE_NOT_FOUND 5007 /* a RESID that Open did not give */
#define ERROR_OBJECT_ALREADY_EXISTS 5010
#define ERROR_GROUP_NOT_AVAILABLE 5012
#define ERROR_GROUP_NOT_FOUND 5013
#define ERROR_GROUP_NOT_ONLINE 5014
#define ERROR_HOST_NODE_NOT_RESOURCE_OWNER 5015
#define ERROR_RESMON_CREATE_FAILED 5017
#define ERROR_RESMON_ONLINE_FAILED 5018
#define ERROR_RESOURCE_ONLINE 5019
#define ERROR_NOT_QUORUM_CAPABLE 5021
#define ERROR_CLUSTER_SHUTTING_DOWN 5022
#define ERROR_INVALID_STATE 5023
#define ERROR_RESOURCE_PROPERTIES_STORED 5024 /* they hold from the next Online on */
#define ERROR_NOT_QUORUM_CLASS 5025
#define ERROR_CORE_RESOURCE 5026
#define ERROR_RESOURCE_FAILED 5038
#define ERROR_CLUSTER_NODE_NOT_FOUND 5042
#define ERROR_CLUSTER_NETWORK_NOT_FOUND 5045
#define ERROR_CLUSTER_NETINTERFACE_NOT_FOUND 5047
#define ERROR_CLUSTER_INVALID_REQUEST 5048
#define ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND 5078
#define ERROR_CLUSTER_RESTYPE_NOT_SUPPORTED 5079
#define ERROR_CLUSTER_RESNAME_NOT_FOUND 5080 /* Startup: not a type of this DLL */
#define ERROR_CLUSTER_PROPERTY_DATA_TYPE_MISMATCH 5895

/* ---- The functions of Windows' own that resource DLLs call ------------------------------- */

#ifdef __cplusplus
extern "C" {
#endif

/* The last error of the calling thread. The monitor and the DLL share it, so that a failed Open
 * says why: the stand-in library, which the monitor loads before a DLL, has the two. */
DWORD WINAPI GetLastError(void);
VOID WINAPI SetLastError(DWORD dwErrCode);

/* Memory that one module allocates and another frees: a process has one heap off Windows. NULL if
 * there is no more; LocalFree returns NULL. */
#define LMEM_FIXED 0x0000
#define LMEM_ZEROINIT 0x0040
#define LPTR (LMEM_FIXED | LMEM_ZEROINIT)

static inline HLOCAL WINAPI LocalAlloc(UINT uFlags, SIZE_T uBytes) {
    const SIZE_T size = uBytes != 0 ? uBytes : 1; /* no bytes are an allocation, too */
    return (uFlags & LMEM_ZEROINIT) != 0 ? calloc(1, size) : malloc(size);
}

static inline HLOCAL WINAPI LocalFree(HLOCAL hMem) {
    free(hMem);
    return NULL;
}

#define ZeroMemory(Destination, Length) memset((Destination), 0, (Length))
#define FillMemory(Destination, Length, Fill) memset((Destination), (Fill), (Length))
#define CopyMemory(Destination, Source, Length) memcpy((Destination), (Source), (Length))
#define MoveMemory(Destination, Source, Length) memmove((Destination), (Source), (Length))

static inline int WINAPI lstrlenW(LPCWSTR lpString) {
    int length = 0;
    while (lpString != NULL && lpString[length] != 0) ++length;
    return length;
}

static inline LPWSTR WINAPI lstrcpyW(LPWSTR lpString1, LPCWSTR lpString2) {
    memmove(lpString1, lpString2, ((SIZE_T)lstrlenW(lpString2) + 1) * sizeof(WCHAR));
    return lpString1;
}

/* As many characters as there is room for, the null character at the end included. */
static inline LPWSTR WINAPI lstrcpynW(LPWSTR lpString1, LPCWSTR lpString2, int iMaxLength) {
    int index = 0;
    if (iMaxLength <= 0) return NULL;
    for (; index < iMaxLength - 1 && lpString2[index] != 0; ++index) {
        lpString1[index] = lpString2[index];
    }
    lpString1[index] = 0;
    return lpString1;
}

static inline LPWSTR WINAPI lstrcatW(LPWSTR lpString1, LPCWSTR lpString2) {
    lstrcpyW(lpString1 + lstrlenW(lpString1), lpString2);
    return lpString1;
}

/* The letters of ASCII, Latin-1, Greek and Cyrillic as capitals; every other character as it is. */
static inline WCHAR resapi_cy_upper(WCHAR character) {
    const unsigned code = (unsigned)character;
    if (code >= 'a' && code <= 'z') return (WCHAR)(code - 0x20);
    if (code >= 0xe0 && code <= 0xfe && code != 0xf7) return (WCHAR)(code - 0x20);
    if (code >= 0x3b1 && code <= 0x3c9 && code != 0x3c2) return (WCHAR)(code - 0x20);
    if (code >= 0x430 && code <= 0x44f) return (WCHAR)(code - 0x20);
    if (code >= 0x450 && code <= 0x45f) return (WCHAR)(code - 0x50);
    return character;
}

static inline int resapi_cy_compare(LPCWSTR first, LPCWSTR second, BOOL ignores_case) {
    SIZE_T index = 0;
    if (first == NULL || second == NULL) return (first != NULL) - (second != NULL);
    for (;; ++index) {
        const WCHAR one = ignores_case ? resapi_cy_upper(first[index]) : first[index];
        const WCHAR other = ignores_case ? resapi_cy_upper(second[index]) : second[index];
        if (one != other) return one < other ? -1 : 1;
        if (one == 0) return 0;
    }
}

/* By code, with no regard to a language: whether two texts are equal is all that they are for. */
static inline int WINAPI lstrcmpW(LPCWSTR lpString1, LPCWSTR lpString2) {
    return resapi_cy_compare(lpString1, lpString2, FALSE);
}

static inline int WINAPI lstrcmpiW(LPCWSTR lpString1, LPCWSTR lpString2) {
    return resapi_cy_compare(lpString1, lpString2, TRUE);
}

/* For DllMain, which asks not to be called for threads: nobody does. */
static inline BOOL WINAPI DisableThreadLibraryCalls(HMODULE hLibModule) {
    (void)hLibModule;
    return TRUE;
}

#ifdef __cplusplus
}
#endif

#endif /* _WIN32 */

/* A text literal of WCHARs: L"..." where wchar_t is one, else u"...". */
#if defined(_WIN32) || (defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2)
#define RESAPI_CY_TEXT(literal) L##literal
#else
#define RESAPI_CY_TEXT(literal) u##literal
#endif

/* The documents write _stdcall. Only Microsoft's compiler knows it in every language mode. */
#if !defined(_MSC_VER) && !defined(_stdcall)
#define _stdcall __stdcall
#endif

#endif /* RESAPI_CY_WINBASE_H */
