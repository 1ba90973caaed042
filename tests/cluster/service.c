/* A service: it takes a moment to start and to stop. Its name says how it ends, if it is one of a
 * sort: "…-fails" stops with an error as it starts. */
#include <string.h>
#include <wchar.h>
#include <windows.h>

static SERVICE_STATUS_HANDLE handle;
static HANDLE stopped;

static void tell(DWORD state, DWORD error) {
    SERVICE_STATUS status = {0};
    status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    status.dwCurrentState = state;
    status.dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP : 0;
    status.dwWin32ExitCode = error;
    status.dwWaitHint = 2000;
    SetServiceStatus(handle, &status);
}

static DWORD WINAPI control(DWORD code, DWORD type, LPVOID data, LPVOID context) {
    (void)type, (void)data, (void)context;
    if (code == SERVICE_CONTROL_STOP) {
        tell(SERVICE_STOP_PENDING, NO_ERROR);
        SetEvent(stopped);
    }
    return NO_ERROR;
}

static void WINAPI service(DWORD count, LPWSTR* arguments) {
    const wchar_t* end = count == 0 ? NULL : wcsstr(arguments[0], L"-fails");
    handle = RegisterServiceCtrlHandlerExW(L"", control, NULL);
    tell(SERVICE_START_PENDING, NO_ERROR);
    Sleep(100);
    if (end != NULL) {
        tell(SERVICE_STOPPED, ERROR_ACCESS_DENIED);
        return;
    }
    tell(SERVICE_RUNNING, NO_ERROR);
    WaitForSingleObject(stopped, INFINITE);
    Sleep(100);
    tell(SERVICE_STOPPED, NO_ERROR);
}

int main(void) {
    wchar_t name[] = L"";
    SERVICE_TABLE_ENTRYW table[] = {{name, service}, {NULL, NULL}};
    stopped = CreateEventW(NULL, TRUE, FALSE, NULL);
    return StartServiceCtrlDispatcherW(table) ? 0 : 1;
}
