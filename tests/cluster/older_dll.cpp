// A resource DLL in the manner of the older samples: C++, version 1 of the function table, Startup,
// the cluster and the resource opened in Open, one resource at a time, a required dependency on a
// Network Name, properties of EXPAND_SZ and LONG. One source for Windows and, with -fshort-wchar,
// elsewhere.
#include "resapi_cy/resapi.h"

namespace {

struct Properties {
    PWSTR folder;
    LONG lives;
};

// How many IsAlive are answered TRUE, and then one is not; less than 0: all are.
RESUTIL_PROPERTY_ITEM property_table[] = {
    {const_cast<PWSTR>(L"Folder"),
     nullptr,
     CLUSPROP_FORMAT_EXPAND_SZ,
     {0},
     0,
     0,
     RESUTIL_PROPITEM_REQUIRED,
     FIELD_OFFSET(Properties, folder)},
    {const_cast<PWSTR>(L"Lives"),
     nullptr,
     CLUSPROP_FORMAT_LONG,
     {static_cast<DWORD_PTR>(-1)},
     static_cast<DWORD>(-1),
     1000,
     RESUTIL_PROPITEM_SIGNED,
     FIELD_OFFSET(Properties, lives)},
    {},
};

PLOG_EVENT_ROUTINE log_event;
PSET_RESOURCE_STATUS_ROUTINE set_resource_status;

class Sample {
  public:
    explicit Sample(RESOURCE_HANDLE handle) : handle_(handle) {}
    ~Sample() {
        ClusWorkerTerminate(&worker_);
        ResUtilFreeParameterBlock(reinterpret_cast<LPBYTE>(&active_), nullptr, property_table);
        if (resource_ != nullptr) CloseClusterResource(resource_);
        if (cluster_ != nullptr) CloseCluster(cluster_);
        if (parameters_ != nullptr) ClusterRegCloseKey(parameters_);
    }

    DWORD open(LPCWSTR name, HKEY key) {
        DWORD status = ClusterRegOpenKey(key, L"Parameters", KEY_ALL_ACCESS, &parameters_);
        if (status != ERROR_SUCCESS) return status;
        cluster_ = OpenCluster(nullptr);
        if (cluster_ == nullptr) return GetLastError();
        resource_ = OpenClusterResource(cluster_, name);
        return resource_ == nullptr ? GetLastError() : ERROR_SUCCESS;
    }

    DWORD online() {
        ClusWorkerTerminate(&worker_);
        const DWORD status = ClusWorkerCreate(&worker_, begin, this);
        return status == ERROR_SUCCESS ? ERROR_IO_PENDING : status;
    }

    void end() {
        ClusWorkerTerminate(&worker_);
        online_ = false;
    }

    BOOL looks_alive() const { return online_ ? TRUE : FALSE; }

    BOOL is_alive() {
        if (!online_) return FALSE;
        if (active_.lives < 0) return TRUE;
        return active_.lives-- != 0;
    }

    DWORD control(DWORD code, LPVOID in, DWORD in_size, LPVOID out, DWORD room, LPDWORD returned) {
        DWORD required = 0;
        DWORD status = ERROR_INVALID_FUNCTION;
        switch (code) {
            case CLUSCTL_RESOURCE_GET_REQUIRED_DEPENDENCIES:
                return required_dependencies(out, room, returned);
            case CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES:
                status = ResUtilGetAllProperties(parameters_, property_table, out, room, returned,
                                                 &required);
                if (status == ERROR_MORE_DATA) *returned = required;
                return status;
            case CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES:
                return ResUtilSetPropertyTable(parameters_, property_table, nullptr, TRUE, in,
                                               in_size, nullptr);
            default:
                return status;
        }
    }

  private:
    // What is required comes with the end mark.
    static DWORD required_dependencies(LPVOID out, DWORD room, LPDWORD returned) {
        struct Required {
            CLUSPROP_SYNTAX syntax;
            DWORD length;
            WCHAR name[14];
            CLUSPROP_SYNTAX end;
        } required = {{CLUSPROP_SYNTAX_NAME}, sizeof(L"Network Name"), L"Network Name", {0}};
        *returned = sizeof required;
        if (room < sizeof required) return ERROR_MORE_DATA;
        CopyMemory(out, &required, sizeof required);
        return ERROR_SUCCESS;
    }

    static DWORD WINAPI begin(PCLUS_WORKER, LPVOID context) {
        auto* sample = static_cast<Sample*>(context);
        RESOURCE_STATUS status;
        ZeroMemory(&status, sizeof status);
        sample->online_ = sample->start() == ERROR_SUCCESS;
        status.ResourceState = sample->online_ ? ClusterResourceOnline : ClusterResourceFailed;
        set_resource_status(sample->handle_, &status);
        return ERROR_SUCCESS;
    }

    DWORD start() {
        LPWSTR wrong = nullptr;
        const DWORD status = ResUtilGetPropertiesToParameterBlock(
            parameters_, property_table, reinterpret_cast<LPBYTE>(&active_), TRUE, &wrong);
        if (status != ERROR_SUCCESS) {
            log_event(handle_, LOG_ERROR, L"Property '%1' is wrong: %2!u!.\n", wrong, status);
            return status;
        }
        const HRESOURCE name =
            ResUtilGetResourceDependencyByName(cluster_, resource_, L"Network Name", FALSE);
        if (name == nullptr) return GetLastError();
        const BOOL known = ResUtilResourceTypesEqual(L"Network Name", name);
        CloseClusterResource(name);
        WCHAR text[64];
        DWORD length = 64;
        if (!known || !GetClusterResourceNetworkName(resource_, text, &length)) {
            return GetLastError();
        }
        CLUS_RESOURCE_CLASS_INFO storage;
        ZeroMemory(&storage, sizeof storage);
        storage.rc = CLUS_RESCLASS_STORAGE;
        const HRESOURCE disk =
            ResUtilGetResourceDependencyByClass(cluster_, resource_, &storage, TRUE);
        log_event(handle_, LOG_INFORMATION, L"Serving '%1' as '%2'%3.\n", active_.folder, text,
                  disk == nullptr ? L"" : L" from a disk");
        if (disk != nullptr) CloseClusterResource(disk);
        return ERROR_SUCCESS;
    }

    RESOURCE_HANDLE handle_;
    HKEY parameters_ = nullptr;
    HCLUSTER cluster_ = nullptr;
    HRESOURCE resource_ = nullptr;
    CLUS_WORKER worker_ = {};
    Properties active_ = {};
    bool online_ = false;
};

Sample* opened;  // the one that there is

// nullptr: it is no RESID, or no more.
Sample* sample_of(RESID resid) {
    return resid == opened ? opened : nullptr;
}

RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    if (opened != nullptr) {
        log_event(handle, LOG_ERROR, L"One resource at a time.\n");
        SetLastError(ERROR_OBJECT_ALREADY_EXISTS);
        return nullptr;
    }
    auto* sample = new Sample(handle);
    const DWORD status = sample->open(name, key);
    if (status != ERROR_SUCCESS) {
        delete sample;
        SetLastError(status);
        return nullptr;
    }
    opened = sample;
    return sample;
}

VOID WINAPI Close(RESID resid) {
    Sample* sample = sample_of(resid);
    if (sample == nullptr) return;
    opened = nullptr;
    delete sample;
}

DWORD WINAPI Online(RESID resid, LPHANDLE) {
    Sample* sample = sample_of(resid);
    return sample == nullptr ? ERROR_RESOURCE_NOT_FOUND : sample->online();
}

DWORD WINAPI Offline(RESID resid) {
    Sample* sample = sample_of(resid);
    if (sample == nullptr) return ERROR_RESOURCE_NOT_FOUND;
    sample->end();
    return ERROR_SUCCESS;
}

VOID WINAPI Terminate(RESID resid) {
    if (Sample* sample = sample_of(resid)) sample->end();
}

BOOL WINAPI LooksAlive(RESID resid) {
    Sample* sample = sample_of(resid);
    return sample == nullptr ? FALSE : sample->looks_alive();
}

BOOL WINAPI IsAlive(RESID resid) {
    Sample* sample = sample_of(resid);
    return sample == nullptr ? FALSE : sample->is_alive();
}

DWORD WINAPI Control(RESID resid, DWORD code, LPVOID in, DWORD in_size, LPVOID out, DWORD room,
                     LPDWORD returned) {
    Sample* sample = sample_of(resid);
    if (sample == nullptr) return ERROR_RESOURCE_NOT_FOUND;
    return sample->control(code, in, in_size, out, room, returned);
}

CLRES_FUNCTION_TABLE functions;

}  // namespace

#if defined(_WIN32)
#define EXPORTED extern "C" __declspec(dllexport)
#else
#define EXPORTED extern "C" __attribute__((visibility("default")))
#endif

EXPORTED DWORD WINAPI Startup(LPCWSTR type, DWORD lowest, DWORD highest,
                              PSET_RESOURCE_STATUS_ROUTINE set_status, PLOG_EVENT_ROUTINE log,
                              PCLRES_FUNCTION_TABLE* table) {
    if (lstrcmpiW(type, L"Older") != 0) return ERROR_CLUSTER_RESNAME_NOT_FOUND;
    if (lowest > CLRES_VERSION_V1_00 || highest < CLRES_VERSION_V1_00) {
        return ERROR_REVISION_MISMATCH;
    }
    set_resource_status = set_status;
    log_event = log;
    functions.TableSize = CLRES_V1_FUNCTION_SIZE;
    functions.Version = CLRES_VERSION_V1_00;
    CLRES_V1_FUNCTIONS& v1 = functions.V1Functions;
    v1.Open = Open;
    v1.Close = Close;
    v1.Online = Online;
    v1.Offline = Offline;
    v1.Terminate = Terminate;
    v1.LooksAlive = LooksAlive;
    v1.IsAlive = IsAlive;
    v1.ResourceControl = Control;
    *table = &functions;
    return ERROR_SUCCESS;
}
