"""The Windows types that the Resource API is written in, on every platform."""


cdef extern from "resapi_cy/winbase.h" nogil:
    ctypedef void *PVOID
    ctypedef void *LPVOID

    ctypedef unsigned char BYTE
    ctypedef BYTE *PBYTE
    ctypedef BYTE *LPBYTE

    ctypedef int BOOL
    ctypedef BOOL *PBOOL
    ctypedef BOOL *LPBOOL

    # Cython asks the C compiler how wide an extern integer type is: 32 bits, for these two.
    ctypedef long LONG
    ctypedef unsigned long DWORD
    ctypedef DWORD *PDWORD
    ctypedef DWORD *LPDWORD

    ctypedef long long LONGLONG
    ctypedef unsigned long long ULONGLONG
    ctypedef long long INT64
    ctypedef size_t SIZE_T

    ctypedef union LARGE_INTEGER:
        LONGLONG QuadPart
    ctypedef LARGE_INTEGER *PLARGE_INTEGER

    ctypedef unsigned short WCHAR
    ctypedef WCHAR *LPWSTR
    ctypedef const WCHAR *LPCWSTR

    ctypedef void *HANDLE
    ctypedef HANDLE *PHANDLE
    ctypedef HANDLE *LPHANDLE

    ctypedef void *HKEY

    const BOOL FALSE
    const BOOL TRUE

    const DWORD ERROR_SUCCESS
    const DWORD ERROR_INVALID_FUNCTION
    const DWORD ERROR_FILE_NOT_FOUND
    const DWORD ERROR_PATH_NOT_FOUND
    const DWORD ERROR_ACCESS_DENIED
    const DWORD ERROR_INVALID_HANDLE
    const DWORD ERROR_NOT_ENOUGH_MEMORY
    const DWORD ERROR_INVALID_DATA
    const DWORD ERROR_NOT_READY
    const DWORD ERROR_CRC
    const DWORD ERROR_GEN_FAILURE
    const DWORD ERROR_NOT_SUPPORTED
    const DWORD ERROR_INVALID_PARAMETER
    const DWORD ERROR_CALL_NOT_IMPLEMENTED
    const DWORD ERROR_INSUFFICIENT_BUFFER
    const DWORD ERROR_MOD_NOT_FOUND
    const DWORD ERROR_PROC_NOT_FOUND
    const DWORD ERROR_BUSY
    const DWORD ERROR_BAD_EXE_FORMAT
    const DWORD ERROR_MORE_DATA
    const DWORD WAIT_TIMEOUT
    const DWORD ERROR_DIRECTORY
    const DWORD ERROR_OPERATION_ABORTED
    const DWORD ERROR_IO_PENDING
    const DWORD ERROR_PROCESS_ABORTED
    const DWORD ERROR_CANCELLED
    const DWORD ERROR_REVISION_MISMATCH
    const DWORD ERROR_TIMEOUT
    const DWORD ERROR_RESOURCE_NOT_AVAILABLE
    const DWORD ERROR_RESOURCE_NOT_FOUND
    const DWORD ERROR_RESOURCE_ONLINE
    const DWORD ERROR_INVALID_STATE
    const DWORD ERROR_RESOURCE_PROPERTIES_STORED
    const DWORD ERROR_RESOURCE_FAILED
    const DWORD ERROR_CLUSTER_RESOURCE_TYPE_NOT_FOUND
    const DWORD ERROR_CLUSTER_RESTYPE_NOT_SUPPORTED
    const DWORD ERROR_CLUSTER_RESNAME_NOT_FOUND
