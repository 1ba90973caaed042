"""The Windows types that the Resource API is written in, on every platform."""


cdef extern from "resapi_cy/winbase.h" nogil:
    ctypedef void *PVOID
    ctypedef void *LPVOID
    ctypedef const void *LPCVOID

    ctypedef char CHAR
    ctypedef CHAR *LPSTR
    ctypedef const CHAR *LPCSTR
    ctypedef unsigned char UCHAR
    ctypedef unsigned char BYTE
    ctypedef BYTE *PBYTE
    ctypedef BYTE *LPBYTE
    ctypedef BYTE BOOLEAN

    ctypedef short SHORT
    ctypedef unsigned short USHORT
    ctypedef unsigned short WORD
    ctypedef WORD *PWORD
    ctypedef WORD *LPWORD

    ctypedef int INT
    ctypedef unsigned int UINT
    ctypedef int BOOL
    ctypedef BOOL *PBOOL
    ctypedef BOOL *LPBOOL

    # Cython asks the C compiler how wide an extern integer type is: 32 bits, for these.
    ctypedef long LONG
    ctypedef LONG *PLONG
    ctypedef LONG *LPLONG
    ctypedef unsigned long ULONG
    ctypedef ULONG *PULONG
    ctypedef unsigned long DWORD
    ctypedef DWORD *PDWORD
    ctypedef DWORD *LPDWORD
    ctypedef LONG LSTATUS
    ctypedef LONG HRESULT

    ctypedef long long LONGLONG
    ctypedef unsigned long long ULONGLONG
    ctypedef ULONGLONG *PULONGLONG
    ctypedef long long INT64
    ctypedef unsigned long long UINT64
    ctypedef size_t SIZE_T
    ctypedef size_t ULONG_PTR
    ctypedef size_t DWORD_PTR

    ctypedef union LARGE_INTEGER:
        LONGLONG QuadPart
    ctypedef LARGE_INTEGER *PLARGE_INTEGER
    ctypedef union ULARGE_INTEGER:
        ULONGLONG QuadPart
    ctypedef ULARGE_INTEGER *PULARGE_INTEGER

    ctypedef struct FILETIME:
        DWORD dwLowDateTime
        DWORD dwHighDateTime
    ctypedef FILETIME *PFILETIME
    ctypedef FILETIME *LPFILETIME

    ctypedef struct GUID:
        DWORD Data1
        WORD Data2
        WORD Data3
        BYTE Data4[8]

    ctypedef unsigned short WCHAR
    ctypedef WCHAR *PWCHAR
    ctypedef WCHAR *PWSTR
    ctypedef WCHAR *LPWSTR
    ctypedef const WCHAR *PCWSTR
    ctypedef const WCHAR *LPCWSTR

    ctypedef void *HANDLE
    ctypedef HANDLE *PHANDLE
    ctypedef HANDLE *LPHANDLE
    ctypedef HANDLE HLOCAL

    ctypedef void *HKEY
    ctypedef HKEY *PHKEY
    ctypedef void *SC_HANDLE
    ctypedef SC_HANDLE *LPSC_HANDLE
    ctypedef void *HINSTANCE
    ctypedef HINSTANCE HMODULE

    ctypedef DWORD ACCESS_MASK
    ctypedef ACCESS_MASK REGSAM
    ctypedef DWORD SECURITY_INFORMATION
    ctypedef PVOID PSECURITY_DESCRIPTOR
    ctypedef struct SECURITY_DESCRIPTOR_RELATIVE:
        BYTE Revision
        BYTE Sbz1
        WORD Control
        DWORD Owner
        DWORD Group
        DWORD Sacl
        DWORD Dacl
    ctypedef struct SECURITY_ATTRIBUTES:
        DWORD nLength
        LPVOID lpSecurityDescriptor
        BOOL bInheritHandle
    ctypedef SECURITY_ATTRIBUTES *PSECURITY_ATTRIBUTES
    ctypedef SECURITY_ATTRIBUTES *LPSECURITY_ATTRIBUTES

    const BOOL FALSE
    const BOOL TRUE

    const DWORD INFINITE
    const DWORD MAX_PATH

    const DWORD DLL_PROCESS_DETACH
    const DWORD DLL_PROCESS_ATTACH
    const DWORD DLL_THREAD_ATTACH
    const DWORD DLL_THREAD_DETACH

    const DWORD DELETE
    const DWORD READ_CONTROL
    const DWORD WRITE_DAC
    const DWORD WRITE_OWNER
    const DWORD SYNCHRONIZE
    const DWORD MAXIMUM_ALLOWED
    const DWORD GENERIC_ALL
    const DWORD GENERIC_EXECUTE
    const DWORD GENERIC_WRITE
    const DWORD GENERIC_READ

    const DWORD KEY_QUERY_VALUE
    const DWORD KEY_SET_VALUE
    const DWORD KEY_CREATE_SUB_KEY
    const DWORD KEY_ENUMERATE_SUB_KEYS
    const DWORD KEY_NOTIFY
    const DWORD KEY_CREATE_LINK
    const DWORD KEY_READ
    const DWORD KEY_WRITE
    const DWORD KEY_EXECUTE
    const DWORD KEY_ALL_ACCESS

    const DWORD REG_OPTION_NON_VOLATILE
    const DWORD REG_OPTION_VOLATILE
    const DWORD REG_CREATED_NEW_KEY
    const DWORD REG_OPENED_EXISTING_KEY
    const DWORD REG_NONE
    const DWORD REG_SZ
    const DWORD REG_EXPAND_SZ
    const DWORD REG_BINARY
    const DWORD REG_DWORD
    const DWORD REG_DWORD_LITTLE_ENDIAN
    const DWORD REG_DWORD_BIG_ENDIAN
    const DWORD REG_LINK
    const DWORD REG_MULTI_SZ
    const DWORD REG_RESOURCE_LIST
    const DWORD REG_FULL_RESOURCE_DESCRIPTOR
    const DWORD REG_RESOURCE_REQUIREMENTS_LIST
    const DWORD REG_QWORD
    const DWORD REG_QWORD_LITTLE_ENDIAN

    const DWORD ERROR_SUCCESS
    const DWORD ERROR_INVALID_FUNCTION
    const DWORD ERROR_FILE_NOT_FOUND
    const DWORD ERROR_PATH_NOT_FOUND
    const DWORD ERROR_ACCESS_DENIED
    const DWORD ERROR_INVALID_HANDLE
    const DWORD ERROR_NOT_ENOUGH_MEMORY
    const DWORD ERROR_INVALID_ACCESS
    const DWORD ERROR_INVALID_DATA
    const DWORD ERROR_OUTOFMEMORY
    const DWORD ERROR_NOT_READY
    const DWORD ERROR_CRC
    const DWORD ERROR_GEN_FAILURE
    const DWORD ERROR_HANDLE_EOF
    const DWORD ERROR_NOT_SUPPORTED
    const DWORD ERROR_INVALID_PARAMETER
    const DWORD ERROR_CALL_NOT_IMPLEMENTED
    const DWORD ERROR_INSUFFICIENT_BUFFER
    const DWORD ERROR_INVALID_NAME
    const DWORD ERROR_MOD_NOT_FOUND
    const DWORD ERROR_PROC_NOT_FOUND
    const DWORD ERROR_BAD_ARGUMENTS
    const DWORD ERROR_BUSY
    const DWORD ERROR_ALREADY_EXISTS
    const DWORD ERROR_BAD_EXE_FORMAT
    const DWORD ERROR_FILENAME_EXCED_RANGE
    const DWORD ERROR_MORE_DATA
    const DWORD WAIT_TIMEOUT
    const DWORD ERROR_NO_MORE_ITEMS
    const DWORD ERROR_DIRECTORY
    const DWORD ERROR_OPERATION_ABORTED
    const DWORD ERROR_IO_PENDING
    const DWORD ERROR_INVALID_FLAGS
    const DWORD ERROR_BADDB
    const DWORD ERROR_BADKEY
    const DWORD ERROR_CANTOPEN
    const DWORD ERROR_KEY_DELETED
    const DWORD ERROR_KEY_HAS_CHILDREN
    const DWORD ERROR_SERVICE_REQUEST_TIMEOUT
    const DWORD ERROR_SERVICE_ALREADY_RUNNING
    const DWORD ERROR_SERVICE_DISABLED
    const DWORD ERROR_SERVICE_DOES_NOT_EXIST
    const DWORD ERROR_SERVICE_NOT_ACTIVE
    const DWORD ERROR_PROCESS_ABORTED
    const DWORD ERROR_SERVICE_NEVER_STARTED
    const DWORD ERROR_NOT_FOUND
    const DWORD ERROR_CANCELLED
    const DWORD ERROR_REVISION_MISMATCH
    const DWORD ERROR_TIMEOUT
    const DWORD ERROR_DEPENDENT_RESOURCE_EXISTS
    const DWORD ERROR_DEPENDENCY_NOT_FOUND
    const DWORD ERROR_DEPENDENCY_ALREADY_EXISTS
    const DWORD ERROR_RESOURCE_NOT_ONLINE
    const DWORD ERROR_HOST_NODE_NOT_AVAILABLE
    const DWORD ERROR_RESOURCE_NOT_AVAILABLE
    const DWORD ERROR_RESOURCE_NOT_FOUND
    const DWORD ERROR_OBJECT_ALREADY_EXISTS
    const DWORD ERROR_GROUP_NOT_AVAILABLE
    const DWORD ERROR_GROUP_NOT_FOUND
    const DWORD ERROR_GROUP_NOT_ONLINE
    const DWORD ERROR_HOST_NODE_NOT_RESOURCE_OWNER
    const DWORD ERROR_RESMON_CREATE_FAILED
    const DWORD ERROR_RESMON_ONLINE_FAILED
    const DWORD ERROR_RESOURCE_ONLINE
    const DWORD ERROR_NOT_QUORUM_CAPABLE
    const DWORD ERROR_CLUSTER_SHUTTING_DOWN
    const DWORD ERROR_INVALID_STATE
    const DWORD ERROR_RESOURCE_PROPERTIES_STORED
    const DWORD ERROR_NOT_QUORUM_CLASS
    const DWORD ERROR_CORE_RESOURCE
    const DWORD ERROR_RESOURCE_FAILED
    const DWORD ERROR_CLUSTER_NODE_NOT_FOUND
    const DWORD ERROR_CLUSTER_NETWORK_NOT_FOUND
    const DWORD ERROR_CLUSTER_NETINTERFACE_NOT_FOUND
    const DWORD ERROR_CLUSTER_INVALID_REQUEST
    const DWORD ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND
    const DWORD ERROR_CLUSTER_RESTYPE_NOT_SUPPORTED
    const DWORD ERROR_CLUSTER_RESNAME_NOT_FOUND
    const DWORD ERROR_CLUSTER_PROPERTY_DATA_TYPE_MISMATCH

    const DWORD LMEM_FIXED
    const DWORD LMEM_ZEROINIT

    const DWORD LPTR

    DWORD __stdcall GetLastError() noexcept
    void __stdcall SetLastError(DWORD dwErrCode) noexcept

    HLOCAL __stdcall LocalAlloc(UINT uFlags, SIZE_T uBytes) noexcept
    HLOCAL __stdcall LocalFree(HLOCAL hMem) noexcept

    int __stdcall lstrlenW(LPCWSTR lpString) noexcept
    LPWSTR __stdcall lstrcpyW(LPWSTR lpString1, LPCWSTR lpString2) noexcept
    LPWSTR __stdcall lstrcpynW(LPWSTR lpString1, LPCWSTR lpString2, int iMaxLength) noexcept
    LPWSTR __stdcall lstrcatW(LPWSTR lpString1, LPCWSTR lpString2) noexcept
    int __stdcall lstrcmpW(LPCWSTR lpString1, LPCWSTR lpString2) noexcept
    int __stdcall lstrcmpiW(LPCWSTR lpString1, LPCWSTR lpString2) noexcept
