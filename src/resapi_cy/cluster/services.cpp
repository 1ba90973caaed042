// The functions of resutils.dll for resources that are services of Windows: calls of the service
// manager. Elsewhere there is none, and each is answered ERROR_NOT_SUPPORTED.
#define RESAPI_CY_SDK_HEADERS 0
#include "cluster/exported.h"
#include "resapi_cy/resapi.h"

#if defined(_WIN32)

#include <windows.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <vector>

#if defined(_MSC_VER)
#pragma comment(lib, "advapi32")
#endif

namespace {

struct CloseService {
    using pointer = SC_HANDLE;
    void operator()(SC_HANDLE handle) const noexcept { CloseServiceHandle(handle); }
};
using Service = std::unique_ptr<SC_HANDLE, CloseService>;

struct CloseKey {
    using pointer = HKEY;
    void operator()(HKEY key) const noexcept { RegCloseKey(key); }
};
using Key = std::unique_ptr<HKEY, CloseKey>;

constexpr DWORD RUNNING_ACCESS =
    SERVICE_START | SERVICE_STOP | SERVICE_QUERY_STATUS | SERVICE_ENUMERATE_DEPENDENTS;
// A service that is on its way says how long its next step takes, and then counts it; this is for
// one that says too little.
constexpr DWORD PATIENCE = 30000;
constexpr DWORD GLANCE = 20;

// With the manager given, or one of its own.
Service open(SC_HANDLE manager, LPCWSTR name, DWORD access) {
    if (name == nullptr) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return nullptr;
    }
    Service own;
    if (manager == nullptr) {
        own.reset(OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
        if (!own) return nullptr;
        manager = own.get();
    }
    return Service(OpenServiceW(manager, name, access));
}

// Waits while the service is in that state, as long as it makes progress.
DWORD settled(SC_HANDLE service, DWORD pending, SERVICE_STATUS& status) {
    DWORD checkpoint = 0;
    ULONGLONG since = GetTickCount64();
    for (;;) {
        if (!QueryServiceStatus(service, &status)) return GetLastError();
        if (status.dwCurrentState != pending) return ERROR_SUCCESS;
        const ULONGLONG now = GetTickCount64();
        if (status.dwCheckPoint != checkpoint) {
            checkpoint = status.dwCheckPoint;
            since = now;
        }
        if (now - since > std::max(status.dwWaitHint, PATIENCE)) {
            return ERROR_SERVICE_REQUEST_TIMEOUT;
        }
        Sleep(GLANCE);
    }
}

DWORD stop(SC_HANDLE service) {
    SERVICE_STATUS status{};
    // One that is starting takes no other order.
    if (const DWORD error = settled(service, SERVICE_START_PENDING, status)) return error;
    if (!ControlService(service, SERVICE_CONTROL_STOP, &status)) {
        const DWORD error = GetLastError();
        if (error == ERROR_SERVICE_NOT_ACTIVE) return ERROR_SUCCESS;
        const bool stopping = error == ERROR_SERVICE_CANNOT_ACCEPT_CTRL &&
                              QueryServiceStatus(service, &status) &&
                              (status.dwCurrentState == SERVICE_STOP_PENDING ||
                               status.dwCurrentState == SERVICE_STOPPED);
        if (!stopping) return error;
    }
    if (const DWORD error = settled(service, SERVICE_STOP_PENDING, status)) return error;
    return status.dwCurrentState == SERVICE_STOPPED ? ERROR_SUCCESS : ERROR_SERVICE_REQUEST_TIMEOUT;
}

DWORD verify(SC_HANDLE service) {
    SERVICE_STATUS status{};
    if (!QueryServiceStatus(service, &status)) return GetLastError();
    const bool operational =
        status.dwCurrentState == SERVICE_RUNNING || status.dwCurrentState == SERVICE_START_PENDING;
    return operational ? ERROR_SUCCESS : ERROR_RESOURCE_NOT_AVAILABLE;
}

// Tells the resource DLL's log what has failed, and returns the code.
DWORD told(PLOG_EVENT_ROUTINE log, RESOURCE_HANDLE resource, LPCWSTR what, DWORD error) {
    if (log != nullptr) log(resource, LOG_ERROR, L"%1!ws!: error %2!u!.\n", what, error);
    return error;
}

// The environment of a service lies beside its other parameters in the registry.
Key service_key(LPCWSTR name, DWORD& error) {
    HKEY key = nullptr;
    if (name == nullptr) {
        error = ERROR_INVALID_PARAMETER;
        return nullptr;
    }
    std::wstring path = L"SYSTEM\\CurrentControlSet\\Services\\";
    path += name;
    error =
        static_cast<DWORD>(RegOpenKeyExW(HKEY_LOCAL_MACHINE, path.c_str(), 0, KEY_SET_VALUE, &key));
    return Key(error == ERROR_SUCCESS ? key : nullptr);
}

bool before(const std::wstring& one, const std::wstring& other) {
    return CompareStringOrdinal(one.c_str(), -1, other.c_str(), -1, TRUE) == CSTR_LESS_THAN;
}

// This process' environment, with a network name for its computer's: strings that each end with a
// NUL, and another NUL. Throws std::bad_alloc.
std::wstring environment(const std::wstring& network_name) {
    std::vector<std::wstring> all;
    const LPWCH block = GetEnvironmentStringsW();
    if (block == nullptr) throw std::bad_alloc();
    for (LPCWSTR each = block; *each != L'\0'; each += lstrlenW(each) + 1) all.emplace_back(each);
    FreeEnvironmentStringsW(block);
    for (LPCWSTR name : {L"_CLUSTER_NETWORK_NAME_", L"COMPUTERNAME"}) {
        const std::wstring start = std::wstring(name) + L"=";
        const auto same = [&start](const std::wstring& one) {
            const int size = static_cast<int>(start.size());
            return one.size() >= start.size() &&
                   CompareStringOrdinal(one.c_str(), size, start.c_str(), size, TRUE) == CSTR_EQUAL;
        };
        all.erase(std::remove_if(all.begin(), all.end(), same), all.end());
        all.push_back(start + network_name);
    }
    std::stable_sort(all.begin(), all.end(), before);  // as CreateProcess has it
    std::wstring text;
    for (const std::wstring& each : all) text.append(each).push_back(L'\0');
    text.push_back(L'\0');
    return text;
}

// Of the Network Name resource that this one depends on; an error of the Cluster API.
DWORD network_name_of(HRESOURCE resource, std::wstring& name) {
    WCHAR text[MAX_PATH];
    DWORD size = MAX_PATH;
    if (!GetClusterResourceNetworkName(resource, text, &size)) {
        const DWORD error = GetLastError();
        return error != ERROR_SUCCESS ? error : ERROR_DEPENDENCY_NOT_FOUND;
    }
    name = text;
    return ERROR_SUCCESS;
}

}  // namespace

EXPORTED DWORD WINAPI ResUtilStartResourceService(LPCWSTR pszServiceName,
                                                  LPSC_HANDLE phServiceHandle) {
    if (phServiceHandle != nullptr) *phServiceHandle = nullptr;
    Service service = open(nullptr, pszServiceName, RUNNING_ACCESS);
    if (!service) return GetLastError();
    if (!StartServiceW(service.get(), 0, nullptr)) {
        const DWORD error = GetLastError();
        if (error != ERROR_SERVICE_ALREADY_RUNNING) return error;
    }
    SERVICE_STATUS status{};
    if (const DWORD error = settled(service.get(), SERVICE_START_PENDING, status)) return error;
    if (status.dwCurrentState != SERVICE_RUNNING) {
        return status.dwWin32ExitCode != ERROR_SUCCESS ? status.dwWin32ExitCode
                                                       : ERROR_SERVICE_NOT_ACTIVE;
    }
    if (phServiceHandle != nullptr) *phServiceHandle = service.release();
    return ERROR_SUCCESS;
}

EXPORTED DWORD WINAPI ResUtilStopResourceService(LPCWSTR pszServiceName) {
    const Service service = open(nullptr, pszServiceName, RUNNING_ACCESS);
    return service ? stop(service.get()) : GetLastError();
}

EXPORTED DWORD WINAPI ResUtilStopService(SC_HANDLE hServiceHandle) {
    const DWORD error = stop(hServiceHandle);
    if (error == ERROR_SUCCESS) CloseServiceHandle(hServiceHandle);
    return error;
}

EXPORTED DWORD WINAPI ResUtilVerifyResourceService(LPCWSTR pszServiceName) {
    const Service service = open(nullptr, pszServiceName, SERVICE_QUERY_STATUS);
    return service ? verify(service.get()) : GetLastError();
}

EXPORTED DWORD WINAPI ResUtilVerifyService(SC_HANDLE hServiceHandle) {
    return verify(hServiceHandle);
}

EXPORTED DWORD WINAPI ResUtilSetResourceServiceStartParametersEx(
    LPCWSTR pszServiceName, SC_HANDLE schSCMHandle, LPSC_HANDLE phService, DWORD dwDesiredAccess,
    PLOG_EVENT_ROUTINE pfnLogEvent, RESOURCE_HANDLE hResourceHandle) {
    if (phService == nullptr) return ERROR_INVALID_PARAMETER;
    *phService = nullptr;
    const auto failed = [&](LPCWSTR what, DWORD error) {
        return told(pfnLogEvent, hResourceHandle, what, error);
    };
    // SERVICE_START: the manager wants it of who changes what happens after a failure.
    Service service =
        open(schSCMHandle, pszServiceName,
             dwDesiredAccess | SERVICE_QUERY_CONFIG | SERVICE_CHANGE_CONFIG | SERVICE_START);
    if (!service) return failed(L"The service can't be opened", GetLastError());
    DWORD size = 0;
    QueryServiceConfigW(service.get(), nullptr, 0, &size);
    std::unique_ptr<BYTE[]> room(new (std::nothrow) BYTE[size + 1]);
    if (room == nullptr) return ERROR_NOT_ENOUGH_MEMORY;
    auto* config = reinterpret_cast<LPQUERY_SERVICE_CONFIGW>(room.get());
    if (!QueryServiceConfigW(service.get(), config, size, &size)) {
        return failed(L"The service's configuration can't be read", GetLastError());
    }
    if (config->dwStartType == SERVICE_DISABLED) {
        return failed(L"The service is disabled", ERROR_SERVICE_DISABLED);
    }
    if (config->dwStartType != SERVICE_DEMAND_START &&
        !ChangeServiceConfigW(service.get(), SERVICE_NO_CHANGE, SERVICE_DEMAND_START,
                              SERVICE_NO_CHANGE, nullptr, nullptr, nullptr, nullptr, nullptr,
                              nullptr, nullptr)) {
        return failed(L"The service can't be set to be started on demand", GetLastError());
    }
    SC_ACTION none{};
    SERVICE_FAILURE_ACTIONSW actions{};
    actions.lpsaActions = &none;  // and a count of 0: those that there were are taken away
    if (!ChangeServiceConfig2W(service.get(), SERVICE_CONFIG_FAILURE_ACTIONS, &actions)) {
        return failed(L"The service's restarts can't be taken away", GetLastError());
    }
    *phService = service.release();
    return ERROR_SUCCESS;
}

EXPORTED DWORD WINAPI ResUtilSetResourceServiceStartParameters(LPCWSTR pszServiceName,
                                                               SC_HANDLE schSCMHandle,
                                                               LPSC_HANDLE phService,
                                                               PLOG_EVENT_ROUTINE pfnLogEvent,
                                                               RESOURCE_HANDLE hResourceHandle) {
    return ResUtilSetResourceServiceStartParametersEx(pszServiceName, schSCMHandle, phService,
                                                      RUNNING_ACCESS, pfnLogEvent, hResourceHandle);
}

EXPORTED LPVOID WINAPI ResUtilGetEnvironmentWithNetName(HRESOURCE hResource) {
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    try {
        std::wstring name;
        error = network_name_of(hResource, name);
        if (error == ERROR_SUCCESS) {
            const std::wstring block = environment(name);
            const std::size_t size = block.size() * sizeof(WCHAR);
            if (LPVOID made = LocalAlloc(LMEM_FIXED, size)) {
                std::copy(block.begin(), block.end(), static_cast<LPWSTR>(made));
                return made;
            }
            error = ERROR_NOT_ENOUGH_MEMORY;
        }
    } catch (const std::bad_alloc&) {
        error = ERROR_NOT_ENOUGH_MEMORY;
    }
    SetLastError(error);
    return nullptr;
}

EXPORTED DWORD WINAPI ResUtilFreeEnvironment(LPVOID lpEnvironment) {
    return LocalFree(lpEnvironment) == nullptr ? ERROR_SUCCESS : GetLastError();
}

EXPORTED DWORD WINAPI ResUtilSetResourceServiceEnvironment(LPCWSTR pszServiceName,
                                                           HRESOURCE hResource,
                                                           PLOG_EVENT_ROUTINE pfnLogEvent,
                                                           RESOURCE_HANDLE hResourceHandle) {
    try {
        const auto failed = [&](LPCWSTR what, DWORD code) {
            return told(pfnLogEvent, hResourceHandle, what, code);
        };
        std::wstring name;
        DWORD error = network_name_of(hResource, name);
        if (error != ERROR_SUCCESS) {
            return failed(L"The service's resource depends on no Network Name", error);
        }
        const Key key = service_key(pszServiceName, error);
        if (!key) return failed(L"The service's key can't be opened", error);
        const std::wstring block = environment(name);
        error = static_cast<DWORD>(RegSetValueExW(
            key.get(), L"Environment", 0, REG_MULTI_SZ, reinterpret_cast<const BYTE*>(block.data()),
            static_cast<DWORD>(block.size() * sizeof(WCHAR))));
        if (error == ERROR_SUCCESS) return error;
        return failed(L"The service's environment can't be written", error);
    } catch (const std::bad_alloc&) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
}

EXPORTED DWORD WINAPI ResUtilRemoveResourceServiceEnvironment(LPCWSTR pszServiceName,
                                                              PLOG_EVENT_ROUTINE pfnLogEvent,
                                                              RESOURCE_HANDLE hResourceHandle) {
    try {
        DWORD error = ERROR_SUCCESS;
        const Key key = service_key(pszServiceName, error);
        if (key) error = static_cast<DWORD>(RegDeleteValueW(key.get(), L"Environment"));
        if (error == ERROR_SUCCESS || (key && error == ERROR_FILE_NOT_FOUND)) return ERROR_SUCCESS;
        return told(pfnLogEvent, hResourceHandle, L"The service's environment can't be removed",
                    error);
    } catch (const std::bad_alloc&) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
}

EXPORTED DWORD WINAPI ResUtilTerminateServiceProcessFromResDll(DWORD dwServicePid, BOOL bOffline,
                                                               LPDWORD pdwResourceState,
                                                               PLOG_EVENT_ROUTINE pfnLogEvent,
                                                               RESOURCE_HANDLE hResourceHandle) {
    DWORD error = ERROR_SUCCESS;
    const HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, dwServicePid);
    if (process == nullptr) {
        error = GetLastError();
        if (error == ERROR_INVALID_PARAMETER && dwServicePid != 0) error = ERROR_SUCCESS;  // gone
    } else {
        // One that is ending already can't be terminated: it is waited for all the same.
        if (!TerminateProcess(process, ERROR_PROCESS_ABORTED)) error = GetLastError();
        const DWORD waited = WaitForSingleObject(process, PATIENCE);
        if (waited == WAIT_OBJECT_0) {
            error = ERROR_SUCCESS;
        } else if (error == ERROR_SUCCESS) {
            error = waited == WAIT_TIMEOUT ? ERROR_TIMEOUT : GetLastError();
        }
        CloseHandle(process);
    }
    if (pdwResourceState != nullptr) {
        const bool offline = bOffline && error == ERROR_SUCCESS;
        *pdwResourceState =
            static_cast<DWORD>(offline ? ClusterResourceOffline : ClusterResourceFailed);
    }
    if (error == ERROR_SUCCESS) return error;
    return told(pfnLogEvent, hResourceHandle, L"The service's process can't be terminated", error);
}

#else

EXPORTED DWORD WINAPI ResUtilStartResourceService(LPCWSTR, LPSC_HANDLE phServiceHandle) {
    if (phServiceHandle != nullptr) *phServiceHandle = nullptr;
    return ERROR_NOT_SUPPORTED;
}

EXPORTED DWORD WINAPI ResUtilStopResourceService(LPCWSTR) {
    return ERROR_NOT_SUPPORTED;
}

EXPORTED DWORD WINAPI ResUtilStopService(SC_HANDLE) {
    return ERROR_NOT_SUPPORTED;
}

EXPORTED DWORD WINAPI ResUtilVerifyResourceService(LPCWSTR) {
    return ERROR_NOT_SUPPORTED;
}

EXPORTED DWORD WINAPI ResUtilVerifyService(SC_HANDLE) {
    return ERROR_NOT_SUPPORTED;
}

EXPORTED DWORD WINAPI ResUtilSetResourceServiceStartParametersEx(LPCWSTR, SC_HANDLE,
                                                                 LPSC_HANDLE phService, DWORD,
                                                                 PLOG_EVENT_ROUTINE,
                                                                 RESOURCE_HANDLE) {
    if (phService != nullptr) *phService = nullptr;
    return ERROR_NOT_SUPPORTED;
}

EXPORTED DWORD WINAPI ResUtilSetResourceServiceStartParameters(LPCWSTR, SC_HANDLE,
                                                               LPSC_HANDLE phService,
                                                               PLOG_EVENT_ROUTINE,
                                                               RESOURCE_HANDLE) {
    if (phService != nullptr) *phService = nullptr;
    return ERROR_NOT_SUPPORTED;
}

EXPORTED LPVOID WINAPI ResUtilGetEnvironmentWithNetName(HRESOURCE) {
    SetLastError(ERROR_NOT_SUPPORTED);
    return nullptr;
}

EXPORTED DWORD WINAPI ResUtilFreeEnvironment(LPVOID lpEnvironment) {
    return LocalFree(lpEnvironment) == nullptr ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

EXPORTED DWORD WINAPI ResUtilSetResourceServiceEnvironment(LPCWSTR, HRESOURCE, PLOG_EVENT_ROUTINE,
                                                           RESOURCE_HANDLE) {
    return ERROR_NOT_SUPPORTED;
}

EXPORTED DWORD WINAPI ResUtilRemoveResourceServiceEnvironment(LPCWSTR, PLOG_EVENT_ROUTINE,
                                                              RESOURCE_HANDLE) {
    return ERROR_NOT_SUPPORTED;
}

EXPORTED DWORD WINAPI ResUtilTerminateServiceProcessFromResDll(DWORD, BOOL,
                                                               LPDWORD pdwResourceState,
                                                               PLOG_EVENT_ROUTINE,
                                                               RESOURCE_HANDLE) {
    if (pdwResourceState != nullptr) {
        *pdwResourceState = static_cast<DWORD>(ClusterResourceFailed);
    }
    return ERROR_NOT_SUPPORTED;
}

#endif
