/* A resource DLL with private properties, written for Windows as the wizard's users write one: a
 * property table, a parameter block, the Parameters key, a worker. Text is L"...", which off
 * Windows takes -fshort-wchar; PROPERTY_DLL_TEXT says what to write it with otherwise. */
#include "resapi_cy/resapi.h"

#ifndef PROPERTY_DLL_TEXT
#define PROPERTY_DLL_TEXT(literal) L##literal
#endif
#define T(literal) PROPERTY_DLL_TEXT(literal)

#define RESTYPE_NAME T("Sample")
#define PROP_NAME__COMMAND T("Command")
#define PROP_NAME__FOLDER T("Folder")
#define PROP_NAME__LIMIT T("Limit")
#define PROP_NAME__OFFSET T("Offset")
#define PROP_NAME__DATA T("Data")

typedef struct SAMPLE_PROPS {
    PWSTR pszCommand;
    PWSTR pszFolder;
    DWORD nLimit;
    LONG nOffset;
    PBYTE pbData;
    DWORD nDataSize;
} SAMPLE_PROPS, *PSAMPLE_PROPS;

static RESUTIL_PROPERTY_ITEM SampleProperties[] = {{PROP_NAME__COMMAND,
                                                    NULL,
                                                    CLUSPROP_FORMAT_SZ,
                                                    {0},
                                                    0,
                                                    0,
                                                    RESUTIL_PROPITEM_REQUIRED,
                                                    FIELD_OFFSET(SAMPLE_PROPS, pszCommand)},
                                                   {PROP_NAME__FOLDER,
                                                    T("Paths"),
                                                    CLUSPROP_FORMAT_EXPAND_SZ,
                                                    {0},
                                                    0,
                                                    0,
                                                    0,
                                                    FIELD_OFFSET(SAMPLE_PROPS, pszFolder)},
                                                   {PROP_NAME__LIMIT,
                                                    NULL,
                                                    CLUSPROP_FORMAT_DWORD,
                                                    {10},
                                                    1,
                                                    0xffffffff,
                                                    0,
                                                    FIELD_OFFSET(SAMPLE_PROPS, nLimit)},
                                                   {PROP_NAME__OFFSET,
                                                    NULL,
                                                    CLUSPROP_FORMAT_LONG,
                                                    {0},
                                                    (DWORD)-5,
                                                    5,
                                                    RESUTIL_PROPITEM_SIGNED,
                                                    FIELD_OFFSET(SAMPLE_PROPS, nOffset)},
                                                   {PROP_NAME__DATA,
                                                    NULL,
                                                    CLUSPROP_FORMAT_BINARY,
                                                    {0},
                                                    0,
                                                    0,
                                                    RESUTIL_PROPITEM_READ_ONLY,
                                                    FIELD_OFFSET(SAMPLE_PROPS, pbData)},
                                                   {0, 0, 0, {0}, 0, 0, 0, 0}};

typedef struct SAMPLE_RESOURCE {
    SAMPLE_PROPS propsActive;
    CLUS_WORKER cwWorkerThread;
    HRESOURCE hresource;
    HKEY hkeyParameters;
    RESOURCE_HANDLE hResourceHandle;
    CLUSTER_RESOURCE_STATE state;
} SAMPLE_RESOURCE, *PSAMPLE_RESOURCE;

static PLOG_EVENT_ROUTINE g_LogEvent;
static PSET_RESOURCE_STATUS_ROUTINE g_SetResourceStatus;

BOOL WINAPI DllMain(HINSTANCE hModule, DWORD dwReason, LPVOID pReserved);

BOOL WINAPI DllMain(IN HINSTANCE hModule, IN DWORD dwReason, IN LPVOID pReserved) {
    UNREFERENCED_PARAMETER(pReserved);
    switch (dwReason) {
        case DLL_PROCESS_ATTACH:
            DisableThreadLibraryCalls(hModule);
            break;
        case DLL_PROCESS_DETACH:
        default:
            break;
    }
    return TRUE;
}

static RESID WINAPI SampleOpen(IN LPCWSTR pszResourceName, IN HKEY hkeyResourceKey,
                               IN RESOURCE_HANDLE hResourceHandle) {
    DWORD nStatus;
    DWORD nDisposition;
    HCLUSTER hcluster = NULL;
    PSAMPLE_RESOURCE pResource =
        (PSAMPLE_RESOURCE)LocalAlloc(LMEM_FIXED | LMEM_ZEROINIT, sizeof(SAMPLE_RESOURCE));
    if (pResource == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    ZeroMemory(pResource, sizeof(*pResource));
    pResource->hResourceHandle = hResourceHandle;
    pResource->state = ClusterResourceOffline;
    nStatus =
        (DWORD)ClusterRegCreateKey(hkeyResourceKey, T("Parameters"), REG_OPTION_NON_VOLATILE,
                                   KEY_ALL_ACCESS, NULL, &pResource->hkeyParameters, &nDisposition);
    if (nStatus == ERROR_SUCCESS) {
        hcluster = OpenCluster(NULL);
        nStatus = hcluster == NULL ? GetLastError() : ERROR_SUCCESS;
    }
    if (nStatus == ERROR_SUCCESS) {
        pResource->hresource = OpenClusterResource(hcluster, pszResourceName);
        if (pResource->hresource == NULL) nStatus = GetLastError();
    }
    if (hcluster != NULL) CloseCluster(hcluster);
    if (nStatus == ERROR_SUCCESS) return (RESID)pResource;
    g_LogEvent(hResourceHandle, LOG_ERROR, T("Open: failed. Error: %1!u!.\n"), nStatus);
    if (pResource->hkeyParameters != NULL) ClusterRegCloseKey(pResource->hkeyParameters);
    LocalFree(pResource);
    SetLastError(nStatus);
    return NULL;
}

static VOID WINAPI SampleClose(IN RESID resid) {
    PSAMPLE_RESOURCE pResource = (PSAMPLE_RESOURCE)resid;
    ClusWorkerTerminate(&pResource->cwWorkerThread);
    ResUtilFreeParameterBlock((LPBYTE)&pResource->propsActive, NULL, SampleProperties);
    if (pResource->hkeyParameters != NULL) ClusterRegCloseKey(pResource->hkeyParameters);
    if (pResource->hresource != NULL) CloseClusterResource(pResource->hresource);
    LocalFree(pResource);
}

static DWORD WINAPI SampleOnlineThread(IN PCLUS_WORKER pWorker, IN LPVOID pContext) {
    PSAMPLE_RESOURCE pResource = (PSAMPLE_RESOURCE)pContext;
    RESOURCE_STATUS resourceStatus;
    LPWSTR pszNameOfPropInError = NULL;
    DWORD nStatus;
    ResUtilInitializeResourceStatus(&resourceStatus);
    resourceStatus.ResourceState = ClusterResourceFailed;
    nStatus = ResUtilGetPropertiesToParameterBlock(pResource->hkeyParameters, SampleProperties,
                                                   (LPBYTE)&pResource->propsActive, TRUE,
                                                   &pszNameOfPropInError);
    if (nStatus == ERROR_SUCCESS && !ClusWorkerCheckTerminate(pWorker)) {
        resourceStatus.ResourceState = ClusterResourceOnline;
    }
    g_SetResourceStatus(pResource->hResourceHandle, &resourceStatus);
    pResource->state = resourceStatus.ResourceState;
    return nStatus;
}

static DWORD WINAPI SampleOnline(IN RESID resid, IN OUT PHANDLE phEventHandle) {
    PSAMPLE_RESOURCE pResource = (PSAMPLE_RESOURCE)resid;
    DWORD nStatus = ClusWorkerCreate(&pResource->cwWorkerThread, SampleOnlineThread, pResource);
    UNREFERENCED_PARAMETER(phEventHandle);
    return nStatus == ERROR_SUCCESS ? ERROR_IO_PENDING : nStatus;
}

static VOID WINAPI SampleTerminate(IN RESID resid) {
    PSAMPLE_RESOURCE pResource = (PSAMPLE_RESOURCE)resid;
    ClusWorkerTerminate(&pResource->cwWorkerThread);
    pResource->state = ClusterResourceOffline;
}

static DWORD WINAPI SampleOffline(IN RESID resid) {
    SampleTerminate(resid);
    return ERROR_SUCCESS;
}

static BOOL WINAPI SampleLooksAlive(IN RESID resid) {
    return ((PSAMPLE_RESOURCE)resid)->state == ClusterResourceOnline;
}

static BOOL WINAPI SampleIsAlive(IN RESID resid) {
    return SampleLooksAlive(resid);
}

static DWORD GetRequiredDependencies(OUT PVOID pOutBuffer, IN DWORD cbOutBufferSize,
                                     OUT LPDWORD pcbBytesReturned) {
    typedef struct DEP_DATA {
        CLUSPROP_RESOURCE_CLASS rcStorage;
        CLUSPROP_SZ_DECLARE(networkEntry, sizeof(T("Network Name")) / sizeof(WCHAR));
        CLUSPROP_SYNTAX endmark;
    } DEP_DATA;
    DEP_DATA* pdepdata = (DEP_DATA*)pOutBuffer;
    *pcbBytesReturned = sizeof(DEP_DATA);
    if (cbOutBufferSize < sizeof(DEP_DATA)) {
        return pOutBuffer == NULL ? ERROR_SUCCESS : ERROR_MORE_DATA;
    }
    ZeroMemory(pdepdata, sizeof(DEP_DATA));
    pdepdata->rcStorage.Syntax.dw = CLUSPROP_SYNTAX_RESCLASS;
    pdepdata->rcStorage.cbLength = sizeof(pdepdata->rcStorage.rc);
    pdepdata->rcStorage.rc = CLUS_RESCLASS_STORAGE;
    pdepdata->networkEntry.Syntax.dw = CLUSPROP_SYNTAX_NAME;
    pdepdata->networkEntry.cbLength = sizeof(T("Network Name"));
    lstrcpyW(pdepdata->networkEntry.sz, T("Network Name"));
    pdepdata->endmark.dw = CLUSPROP_SYNTAX_ENDMARK;
    return ERROR_SUCCESS;
}

static DWORD SetPrivateProperties(IN OUT PSAMPLE_RESOURCE pResource, IN PVOID pInBuffer,
                                  IN DWORD cbInBufferSize) {
    SAMPLE_PROPS propsNew;
    CLUSPROP_BUFFER_HELPER buf;
    LPWSTR pszNameOfPropInError;
    DWORD nStatus;
    buf.pb = (BYTE*)pInBuffer;
    if (cbInBufferSize < sizeof(DWORD) || buf.pList->nPropertyCount == 0) return ERROR_INVALID_DATA;
    if (buf.pList->PropertyName.Syntax.wType != CLUSPROP_TYPE_NAME) return ERROR_INVALID_DATA;
    ZeroMemory(&propsNew, sizeof(propsNew));
    nStatus = ResUtilGetPropertiesToParameterBlock(pResource->hkeyParameters, SampleProperties,
                                                   (LPBYTE)&pResource->propsActive, FALSE,
                                                   &pszNameOfPropInError);
    if (nStatus != ERROR_SUCCESS) return nStatus;
    nStatus = ResUtilDupParameterBlock((LPBYTE)&propsNew, (LPBYTE)&pResource->propsActive,
                                       SampleProperties);
    if (nStatus != ERROR_SUCCESS) return nStatus;
    nStatus = ResUtilVerifyPropertyTable(SampleProperties, NULL, TRUE, pInBuffer, cbInBufferSize,
                                         (LPBYTE)&propsNew);
    if (nStatus == ERROR_SUCCESS) {
        nStatus = ResUtilSetPropertyParameterBlock(pResource->hkeyParameters, SampleProperties,
                                                   NULL, (LPBYTE)&propsNew, pInBuffer,
                                                   cbInBufferSize, (LPBYTE)&pResource->propsActive);
    }
    ResUtilFreeParameterBlock((LPBYTE)&propsNew, (LPBYTE)&pResource->propsActive, SampleProperties);
    if (nStatus == ERROR_SUCCESS && pResource->state == ClusterResourceOnline) {
        nStatus = ERROR_RESOURCE_PROPERTIES_STORED;
    }
    return nStatus;
}

static DWORD WINAPI SampleResourceControl(IN RESID resid, IN DWORD nControlCode, IN PVOID pInBuffer,
                                          IN DWORD cbInBufferSize, OUT PVOID pOutBuffer,
                                          IN DWORD cbOutBufferSize, OUT LPDWORD pcbBytesReturned) {
    PSAMPLE_RESOURCE pResource = (PSAMPLE_RESOURCE)resid;
    DWORD cbRequired = 0;
    DWORD nStatus;
    *pcbBytesReturned = 0;
    switch (nControlCode) {
        case CLUSCTL_RESOURCE_UNKNOWN:
            return ERROR_SUCCESS;
        case CLUSCTL_RESOURCE_GET_CHARACTERISTICS:
            if (cbOutBufferSize < sizeof(DWORD)) return ERROR_MORE_DATA;
            *(LPDWORD)pOutBuffer = CLUS_CHAR_SINGLE_GROUP_INSTANCE;
            *pcbBytesReturned = sizeof(DWORD);
            return ERROR_SUCCESS;
        case CLUSCTL_RESOURCE_GET_REQUIRED_DEPENDENCIES:
            return GetRequiredDependencies(pOutBuffer, cbOutBufferSize, pcbBytesReturned);
        case CLUSCTL_RESOURCE_ENUM_PRIVATE_PROPERTIES:
            nStatus = ResUtilEnumProperties(SampleProperties, (LPWSTR)pOutBuffer, cbOutBufferSize,
                                            pcbBytesReturned, &cbRequired);
            break;
        case CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES:
            nStatus =
                ResUtilGetAllProperties(pResource->hkeyParameters, SampleProperties, pOutBuffer,
                                        cbOutBufferSize, pcbBytesReturned, &cbRequired);
            break;
        case CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES:
            return SetPrivateProperties(pResource, pInBuffer, cbInBufferSize);
        default:
            return ERROR_INVALID_FUNCTION;
    }
    if (nStatus == ERROR_MORE_DATA) *pcbBytesReturned = cbRequired;
    return nStatus;
}

static DWORD WINAPI SampleResourceTypeControl(IN LPCWSTR pszResourceTypeName, IN DWORD nControlCode,
                                              IN PVOID pInBuffer, IN DWORD cbInBufferSize,
                                              OUT PVOID pOutBuffer, IN DWORD cbOutBufferSize,
                                              OUT LPDWORD pcbBytesReturned) {
    UNREFERENCED_PARAMETER(pszResourceTypeName);
    UNREFERENCED_PARAMETER(pInBuffer);
    UNREFERENCED_PARAMETER(cbInBufferSize);
    if (nControlCode != CLUSCTL_RESOURCE_TYPE_GET_REQUIRED_DEPENDENCIES) {
        return ERROR_INVALID_FUNCTION;
    }
    return GetRequiredDependencies(pOutBuffer, cbOutBufferSize, pcbBytesReturned);
}

static CLRES_V1_FUNCTION_TABLE(SampleFunctionTable, CLRES_VERSION_V1_00, Sample, NULL, NULL,
                               SampleResourceControl, SampleResourceTypeControl);

#ifdef __cplusplus
extern "C"
#endif
    DWORD WINAPI
    Startup(IN LPCWSTR pszResourceType, IN DWORD nMinVersionSupported,
            IN DWORD nMaxVersionSupported, IN PSET_RESOURCE_STATUS_ROUTINE pfnSetResourceStatus,
            IN PLOG_EVENT_ROUTINE pfnLogEvent, OUT PCLRES_FUNCTION_TABLE* pFunctionTable);

DWORD WINAPI Startup(IN LPCWSTR pszResourceType, IN DWORD nMinVersionSupported,
                     IN DWORD nMaxVersionSupported,
                     IN PSET_RESOURCE_STATUS_ROUTINE pfnSetResourceStatus,
                     IN PLOG_EVENT_ROUTINE pfnLogEvent, OUT PCLRES_FUNCTION_TABLE* pFunctionTable) {
    if (nMinVersionSupported > CLRES_VERSION_V1_00 || nMaxVersionSupported < CLRES_VERSION_V1_00) {
        return ERROR_REVISION_MISMATCH;
    }
    if (lstrcmpiW(pszResourceType, RESTYPE_NAME) != 0) return ERROR_CLUSTER_RESNAME_NOT_FOUND;
    g_LogEvent = pfnLogEvent;
    g_SetResourceStatus = pfnSetResourceStatus;
    *pFunctionTable = &SampleFunctionTable;
    return ERROR_SUCCESS;
}
