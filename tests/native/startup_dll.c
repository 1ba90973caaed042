/* A resource DLL whose start is what is tested. The name of the type says what it does:
 *
 *   a number   StartupEx returns it
 *   Old        StartupEx refuses the versions, and Startup has version 1
 *   Oldest     the same, but Startup returns when startup_release() is called
 *   Ancient    both refuse them
 *   Stuck      StartupEx returns when startup_release() is called
 *   others     version 2
 *
 * Each entry point leaves another floating-point environment behind; with DISTURBS_WHEN_LOADED, so
 * does being loaded. */
#include <fenv.h>

#include "resapi_cy/resapi.h"
#include "threads.h"
#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

static CLRES_FUNCTION_TABLE table;
static DWORD starts, released, error_mode;

/* How this thread computes: the rounding, and what traps. */
EXPORT DWORD startup_computing(void);
EXPORT DWORD startup_computing(void) {
    DWORD control = (DWORD)fegetround();
#if defined(__x86_64__) || defined(_M_X64)
    control ^= _mm_getcsr() & 0xFFC0u;
#endif
#if defined(__x86_64__) && defined(__GNUC__)
    unsigned short x87;
    __asm__ volatile("fnstcw %0" : "=m"(x87));
    control ^= (DWORD)x87 << 16;
#endif
    return control;
}

/* Another rounding; and on x86-64, every exception traps, one of them waiting to do so. */
EXPORT void startup_disturb(void);
EXPORT void startup_disturb(void) {
    fesetround(FE_UPWARD);
#if defined(__x86_64__) && defined(__GNUC__)
    const unsigned short x87 = 0x0040; /* single precision */
    __asm__ volatile("fldz\n\tfld1\n\tfdiv %%st(1)\n\tfstp %%st\n\tfstp %%st" : : : "st");
    __asm__ volatile("fldcw %0" : : "m"(x87));
#endif
#if defined(__x86_64__) || defined(_M_X64)
    _mm_setcsr(0xC040); /* denormals are zeros, and so are results that would be; towards zero */
#endif
}

EXPORT DWORD startup_starts(void);
EXPORT DWORD startup_starts(void) {
    return starts;
}

EXPORT void startup_release(void);
EXPORT void startup_release(void) {
    WRITE(&released, 1);
}

/* What SetErrorMode had been called with when the DLL was loaded. */
EXPORT DWORD startup_error_mode(void);
EXPORT DWORD startup_error_mode(void) {
    return error_mode;
}

#ifdef _WIN32
BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved) {
    (void)instance, (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        error_mode = GetErrorMode();
#if DISTURBS_WHEN_LOADED
        startup_disturb();
#endif
    }
    return TRUE;
}
#elif DISTURBS_WHEN_LOADED && defined(__GNUC__)
__attribute__((constructor)) static void load(void) {
    startup_disturb();
}
#endif

static RESID __stdcall Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name, (void)key;
    startup_disturb();
    return handle;
}

static RESID __stdcall OpenV2(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    (void)flags;
    return Open(name, key, handle);
}

static DWORD __stdcall Online(RESID resource, LPHANDLE event) {
    (void)resource, (void)event;
    startup_disturb();
    return ERROR_SUCCESS;
}

static DWORD __stdcall OnlineV2(RESID resource, LPHANDLE event, DWORD flags, PBYTE in, DWORD size,
                                DWORD reserved) {
    (void)flags, (void)in, (void)size, (void)reserved;
    return Online(resource, event);
}

static DWORD __stdcall Offline(RESID resource) {
    (void)resource;
    startup_disturb();
    return ERROR_SUCCESS;
}

static DWORD __stdcall OfflineV2(RESID resource, LPCWSTR node, DWORD flags, PBYTE in, DWORD size,
                                 DWORD reserved) {
    (void)node, (void)flags, (void)in, (void)size, (void)reserved;
    return Offline(resource);
}

static VOID __stdcall End(RESID resource) {
    Offline(resource);
}

static BOOL __stdcall IsAlive(RESID resource) {
    Offline(resource);
    return TRUE;
}

static DWORD __stdcall Arbitrate(RESID resource, PQUORUM_RESOURCE_LOST lost) {
    (void)lost;
    return Offline(resource);
}

static DWORD __stdcall Cancel(RESID resource, DWORD reserved) {
    (void)reserved;
    return Offline(resource);
}

static DWORD __stdcall ResourceControl(RESID resource, DWORD code, PVOID in, DWORD in_size,
                                       PVOID out, DWORD out_size, LPDWORD returned) {
    (void)code, (void)in, (void)in_size, (void)out, (void)out_size;
    *returned = 0;
    return Offline(resource);
}

static DWORD __stdcall ResourceTypeControl(LPCWSTR type, DWORD code, PVOID in, DWORD in_size,
                                           PVOID out, DWORD out_size, LPDWORD returned) {
    (void)type;
    return ResourceControl(NULL, code, in, in_size, out, out_size, returned);
}

static DWORD start(DWORD version, PCLRES_FUNCTION_TABLE* functions) {
    ++starts;
    table.Version = version * 0x100;
    table.TableSize = version == 1 ? CLRES_V1_FUNCTION_SIZE : CLRES_V2_FUNCTION_SIZE;
    table.V2Functions.Open = OpenV2;
    table.V2Functions.Online = OnlineV2;
    table.V2Functions.Offline = OfflineV2;
    if (version == 1) {
        table.V1Functions.Open = Open;
        table.V1Functions.Online = Online;
        table.V1Functions.Offline = Offline;
    }
    table.V1Functions.Close = End;
    table.V1Functions.Terminate = End;
    table.V1Functions.LooksAlive = IsAlive;
    table.V1Functions.IsAlive = IsAlive;
    table.V1Functions.Arbitrate = Arbitrate;
    table.V1Functions.Release = Offline;
    table.V1Functions.ResourceControl = ResourceControl;
    table.V1Functions.ResourceTypeControl = ResourceTypeControl;
    if (version == 2) table.V2Functions.Cancel = Cancel;
    *functions = &table;
    startup_disturb();
    return ERROR_SUCCESS;
}

EXPORT DWORD __stdcall StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                                 PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                                 PCLRES_FUNCTION_TABLE* functions) {
    (void)callbacks;
    if (type[0] >= '0' && type[0] <= '9') {
        DWORD code = 0;
        for (; *type != 0; ++type) code = code * 10 + (DWORD)(*type - '0');
        return code;
    }
    if (type[0] == 'O' || type[0] == 'A') return ERROR_REVISION_MISMATCH;
    if (lowest > CLRES_VERSION_V2_00 || highest < CLRES_VERSION_V2_00)
        return ERROR_REVISION_MISMATCH;
    while (type[0] == 'S' && type[2] == 'u' && READ(&released) == 0) thread_yield();
    return start(2, functions);
}

EXPORT DWORD __stdcall Startup(LPCWSTR type, DWORD lowest, DWORD highest,
                               PSET_RESOURCE_STATUS_ROUTINE report, PLOG_EVENT_ROUTINE log,
                               PCLRES_FUNCTION_TABLE* functions) {
    (void)report, (void)log;
    if (type[0] != 'O' || lowest > CLRES_VERSION_V1_00 || highest < CLRES_VERSION_V1_00)
        return ERROR_REVISION_MISMATCH;
    while (type[2] == 'd' && type[3] == 'e' && READ(&released) == 0) thread_yield();
    return start(1, functions);
}
