/* A resource DLL that ends its process: the environment says in which entry point (DIES_IN) and how
 * (DIES_OF), and other ways leave it alone: to hang, or to change what signals do. A resource whose
 * name begins with "-" takes no part in it. "Worker" is a thread that Online starts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resapi_cy/resapi.h"
#include "threads.h"

#ifdef _WIN32
#define leave(code) ExitProcess(code)
#define nap() Sleep(10)
#else
#include <signal.h>
#include <unistd.h>
#define leave(code) _exit(code)
#define nap() usleep(10000)
#endif

static PCLRES_CALLBACK_FUNCTION_TABLE monitor;
static CLRES_FUNCTION_TABLE table;

static int says(const char *variable, const char *value) {
    const char *text = getenv(variable);
    return text != NULL && strcmp(text, value) == 0;
}

static void die(void) {
    volatile int *volatile nowhere = NULL;
    if (says("DIES_OF", "SIGSEGV")) *nowhere = 1;
    if (says("DIES_OF", "SIGABRT")) abort();
    if (says("DIES_OF", "exit")) exit(0);
    if (says("DIES_OF", "_exit")) leave(0);
    while (says("DIES_OF", "nothing")) nap();
#ifndef _WIN32
    if (says("DIES_OF", "SIGFPE")) raise(SIGFPE);
    if (says("DIES_OF", "SIGILL")) raise(SIGILL);
    if (says("DIES_OF", "SIGBUS")) raise(SIGBUS);
    if (says("DIES_OF", "SIGKILL")) raise(SIGKILL);
    if (says("DIES_OF", "signals ignored")) {
        signal(SIGINT, SIG_IGN);
        signal(SIGTERM, SIG_IGN);
    }
    if (says("DIES_OF", "signals that kill")) {
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
    }
#endif
}

static void die_in(const char *entry_point) {
    if (says("DIES_IN", entry_point)) die();
}

static void visit(RESID resource, const char *entry_point) {
    if (resource != &table) die_in(entry_point);
}

THREAD_MAIN(work) {
    (void)argument;
    nap();
    die();
    return THREAD_RETURN;
}

static RESID __stdcall Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    RESID resource = name[0] == '-' ? (RESID)&table : (RESID)handle;
    (void)key, (void)flags;
    visit(resource, "Open");
    return resource;
}

static VOID __stdcall Close(RESID resource) {
    visit(resource, "Close");
}

static DWORD __stdcall Online(RESID resource, LPHANDLE event, DWORD flags, PBYTE in, DWORD in_size,
                              DWORD reserved) {
    thread_t worker;
    (void)event, (void)flags, (void)in, (void)in_size, (void)reserved;
    visit(resource, "Online");
    if (says("DIES_IN", "Worker") && resource != &table) thread_start(&worker, work, NULL);
    return ERROR_SUCCESS;
}

static DWORD __stdcall Offline(RESID resource, LPCWSTR node, DWORD flags, PBYTE in, DWORD in_size,
                               DWORD reserved) {
    (void)node, (void)flags, (void)in, (void)in_size, (void)reserved;
    visit(resource, "Offline");
    return ERROR_SUCCESS;
}

static VOID __stdcall Terminate(RESID resource) {
    visit(resource, "Terminate");
}

static BOOL __stdcall LooksAlive(RESID resource) {
    visit(resource, "LooksAlive");
    return TRUE;
}

static BOOL __stdcall IsAlive(RESID resource) {
    visit(resource, "IsAlive");
    return TRUE;
}

static DWORD __stdcall Control(RESID resource, DWORD code, PVOID in, DWORD in_size, PVOID out,
                               DWORD out_size, LPDWORD returned) {
    (void)in, (void)in_size, (void)out, (void)out_size, (void)returned;
    visit(resource, "ResourceControl");
    return code == CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES ? ERROR_SUCCESS : ERROR_INVALID_FUNCTION;
}

static void at_exit(void) {
    die_in("exit");
}

#ifndef _WIN32
__attribute__((constructor)) static void loaded(void) {
    die_in("loading");
}
#endif

EXPORT DWORD __stdcall StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                                 PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                                 PCLRES_FUNCTION_TABLE *functions) {
    (void)type;
    if (says("DIES_IN", "Startup")) return ERROR_REVISION_MISMATCH;
    if (lowest > CLRES_VERSION_V2_00 || highest < CLRES_VERSION_V2_00) {
        return ERROR_REVISION_MISMATCH;
    }
    die_in("StartupEx");
    atexit(at_exit);
    monitor = callbacks;
    table.TableSize = CLRES_V2_FUNCTION_SIZE;
    table.Version = CLRES_VERSION_V2_00;
    table.V2Functions.Open = Open;
    table.V2Functions.Close = Close;
    table.V2Functions.Online = Online;
    table.V2Functions.Offline = Offline;
    table.V2Functions.Terminate = Terminate;
    table.V2Functions.LooksAlive = LooksAlive;
    table.V2Functions.IsAlive = IsAlive;
    table.V2Functions.ResourceControl = Control;
    *functions = &table;
    return ERROR_SUCCESS;
}

EXPORT DWORD __stdcall Startup(LPCWSTR type, DWORD lowest, DWORD highest,
                               PSET_RESOURCE_STATUS_ROUTINE report, PLOG_EVENT_ROUTINE log,
                               PCLRES_FUNCTION_TABLE *functions) {
    (void)type, (void)lowest, (void)highest, (void)report, (void)log, (void)functions;
    die_in("Startup");
    return ERROR_REVISION_MISMATCH;
}
