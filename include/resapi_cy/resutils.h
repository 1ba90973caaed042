/* The resource utilities: what resutils.dll has for resource DLLs.
 *
 * The SDK declares them in resapi.h, which includes this at its end. They work on a property table
 * (which properties a DLL has), a parameter block (a structure of its own that holds their values),
 * a property list (how values travel in a control code's buffer), and a key of the cluster database
 * (where they are kept). Memory that they allocate is freed with LocalFree.
 */
#ifndef RESAPI_CY_RESUTILS_H
#define RESAPI_CY_RESUTILS_H

#include "resapi.h"

#if !RESAPI_CY_SDK_HEADERS

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Property tables -------------------------------------------------------------------- */

/* Numbers of 64 bits, whose limits have no room in the table itself. */
typedef struct RESUTIL_LARGEINT_DATA {
    LARGE_INTEGER Default;
    LARGE_INTEGER Minimum;
    LARGE_INTEGER Maximum;
} RESUTIL_LARGEINT_DATA;
typedef RESUTIL_LARGEINT_DATA* PRESUTIL_LARGEINT_DATA;

typedef struct RESUTIL_ULARGEINT_DATA {
    ULARGE_INTEGER Default;
    ULARGE_INTEGER Minimum;
    ULARGE_INTEGER Maximum;
} RESUTIL_ULARGEINT_DATA;
typedef RESUTIL_ULARGEINT_DATA* PRESUTIL_ULARGEINT_DATA;

typedef struct RESUTIL_FILETIME_DATA {
    FILETIME Default;
    FILETIME Minimum;
    FILETIME Maximum;
} RESUTIL_FILETIME_DATA;
typedef RESUTIL_FILETIME_DATA* PRESUTIL_FILETIME_DATA;

#define RESUTIL_PROPITEM_READ_ONLY 0x00000001
#define RESUTIL_PROPITEM_REQUIRED 0x00000002
#define RESUTIL_PROPITEM_SIGNED 0x00000004
#define RESUTIL_PROPITEM_IN_MEMORY 0x00000008

/* A property of a DLL. A table is an array of them; one without a name is its end. */
typedef struct RESUTIL_PROPERTY_ITEM {
    LPWSTR Name;
    LPWSTR KeyName; /* a subkey that it is kept in; NULL if there is none */
    DWORD Format;   /* CLUSPROP_FORMAT_... */
    union {
        DWORD_PTR DefaultPtr;
        DWORD Default;
        LPVOID lpDefault;
        PRESUTIL_LARGEINT_DATA LargeIntData;
        PRESUTIL_ULARGEINT_DATA ULargeIntData;
        PRESUTIL_FILETIME_DATA FileTimeData;
    };
    DWORD Minimum; /* of binary values and lists of texts: the size of the default */
    DWORD Maximum;
    DWORD Flags;  /* RESUTIL_PROPITEM_... */
    DWORD Offset; /* in the parameter block */
} RESUTIL_PROPERTY_ITEM;
typedef RESUTIL_PROPERTY_ITEM* PRESUTIL_PROPERTY_ITEM;

/* ---- Properties of a table: key, parameter block, property list ------------------------- */

DWORD WINAPI ResUtilEnumProperties(PRESUTIL_PROPERTY_ITEM pPropertyTable, LPWSTR pszOutProperties,
                                   DWORD cbOutPropertiesSize, LPDWORD pcbBytesReturned,
                                   LPDWORD pcbRequired);
DWORD WINAPI ResUtilGetProperties(HKEY hkeyClusterKey, PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                  PVOID pOutPropertyList, DWORD cbOutPropertyListSize,
                                  LPDWORD pcbBytesReturned, LPDWORD pcbRequired);
DWORD WINAPI ResUtilGetAllProperties(HKEY hkeyClusterKey, PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                     PVOID pOutPropertyList, DWORD cbOutPropertyListSize,
                                     LPDWORD pcbBytesReturned, LPDWORD pcbRequired);
DWORD WINAPI ResUtilGetPropertySize(HKEY hkeyClusterKey, PRESUTIL_PROPERTY_ITEM pPropertyTableItem,
                                    LPDWORD pcbOutPropertyListSize, LPDWORD pnPropertyCount);
DWORD WINAPI ResUtilGetProperty(HKEY hkeyClusterKey, PRESUTIL_PROPERTY_ITEM pPropertyTableItem,
                                PVOID* pOutPropertyItem, LPDWORD pcbOutPropertyItemSize);
DWORD WINAPI ResUtilGetPropertyFormats(PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                       PVOID pOutPropertyFormatList, DWORD cbPropertyFormatListSize,
                                       LPDWORD pcbBytesReturned, LPDWORD pcbRequired);
DWORD WINAPI ResUtilVerifyPropertyTable(PRESUTIL_PROPERTY_ITEM pPropertyTable, PVOID Reserved,
                                        BOOL bAllowUnknownProperties, PVOID pInPropertyList,
                                        DWORD cbInPropertyListSize, LPBYTE pOutParams);
DWORD WINAPI ResUtilSetPropertyTable(HKEY hkeyClusterKey, PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                     PVOID Reserved, BOOL bAllowUnknownProperties,
                                     PVOID pInPropertyList, DWORD cbInPropertyListSize,
                                     LPBYTE pOutParams);
DWORD WINAPI ResUtilSetPropertyTableEx(HKEY hkeyClusterKey, PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                       PVOID Reserved, BOOL bAllowUnknownProperties,
                                       PVOID pInPropertyList, DWORD cbInPropertyListSize,
                                       BOOL bForceWrite, LPBYTE pOutParams);
DWORD WINAPI ResUtilSetPropertyParameterBlock(HKEY hkeyClusterKey,
                                              PRESUTIL_PROPERTY_ITEM pPropertyTable, PVOID Reserved,
                                              LPBYTE pInParams, PVOID pInPropertyList,
                                              DWORD cbInPropertyListSize, LPBYTE pOutParams);
DWORD WINAPI ResUtilSetPropertyParameterBlockEx(HKEY hkeyClusterKey,
                                                PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                                PVOID Reserved, LPBYTE pInParams,
                                                PVOID pInPropertyList, DWORD cbInPropertyListSize,
                                                BOOL bForceWrite, LPBYTE pOutParams);
DWORD WINAPI ResUtilSetUnknownProperties(HKEY hkeyClusterKey, PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                         PVOID pInPropertyList, DWORD cbInPropertyListSize);
DWORD WINAPI ResUtilAddUnknownProperties(HKEY hkeyClusterKey, PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                         PVOID pOutPropertyList, DWORD pcbOutPropertyListSize,
                                         LPDWORD pcbBytesReturned, LPDWORD pcbRequired);
DWORD WINAPI ResUtilGetPropertiesToParameterBlock(HKEY hkeyClusterKey,
                                                  PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                                  LPBYTE pOutParams,
                                                  BOOL bCheckForRequiredProperties,
                                                  LPWSTR* pszNameOfPropInError);
DWORD WINAPI ResUtilPropertyListFromParameterBlock(PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                                   PVOID pOutPropertyList,
                                                   LPDWORD pcbOutPropertyListSize, LPBYTE pInParams,
                                                   LPDWORD pcbBytesReturned, LPDWORD pcbRequired);
DWORD WINAPI ResUtilDupParameterBlock(LPBYTE pOutParams, LPBYTE pInParams,
                                      PRESUTIL_PROPERTY_ITEM pPropertyTable);
VOID WINAPI ResUtilFreeParameterBlock(LPBYTE pOutParams, LPBYTE pInParams,
                                      PRESUTIL_PROPERTY_ITEM pPropertyTable);

/* ---- Private properties that no table names: key and property list ---------------------- */

DWORD WINAPI ResUtilEnumPrivateProperties(HKEY hkeyClusterKey, LPWSTR pszOutProperties,
                                          DWORD cbOutPropertiesSize, LPDWORD pcbBytesReturned,
                                          LPDWORD pcbRequired);
DWORD WINAPI ResUtilGetPrivateProperties(HKEY hkeyClusterKey, PVOID pOutPropertyList,
                                         DWORD cbOutPropertyListSize, LPDWORD pcbBytesReturned,
                                         LPDWORD pcbRequired);
DWORD WINAPI ResUtilSetPrivatePropertyList(HKEY hkeyClusterKey, PVOID pInPropertyList,
                                           DWORD cbInPropertyListSize);
DWORD WINAPI ResUtilVerifyPrivatePropertyList(PVOID pInPropertyList, DWORD cbInPropertyListSize);

/* ---- Single values of a key ------------------------------------------------------------- */

DWORD WINAPI ResUtilGetBinaryValue(HKEY hkeyClusterKey, LPCWSTR pszValueName, LPBYTE* ppbOutValue,
                                   LPDWORD pcbOutValueSize);
LPWSTR WINAPI ResUtilGetSzValue(HKEY hkeyClusterKey, LPCWSTR pszValueName);
DWORD WINAPI ResUtilGetDwordValue(HKEY hkeyClusterKey, LPCWSTR pszValueName, LPDWORD pdwOutValue,
                                  DWORD dwDefaultValue);
DWORD WINAPI ResUtilGetQwordValue(HKEY hkeyClusterKey, LPCWSTR pszValueName, PULONGLONG pqwOutValue,
                                  ULONGLONG qwDefaultValue);
DWORD WINAPI ResUtilSetBinaryValue(HKEY hkeyClusterKey, LPCWSTR pszValueName, LPBYTE pbNewValue,
                                   DWORD cbNewValueSize, LPBYTE* ppbOutValue,
                                   LPDWORD pcbOutValueSize);
DWORD WINAPI ResUtilSetSzValue(HKEY hkeyClusterKey, LPCWSTR pszValueName, LPCWSTR pszNewValue,
                               LPWSTR* ppszOutString);
DWORD WINAPI ResUtilSetExpandSzValue(HKEY hkeyClusterKey, LPCWSTR pszValueName, LPCWSTR pszNewValue,
                                     LPWSTR* ppszOutString);
DWORD WINAPI ResUtilSetMultiSzValue(HKEY hkeyClusterKey, LPCWSTR pszValueName, LPCWSTR pszNewValue,
                                    DWORD cbNewValueSize, LPWSTR* ppszOutValue,
                                    LPDWORD pcbOutValueSize);
DWORD WINAPI ResUtilSetDwordValue(HKEY hkeyClusterKey, LPCWSTR pszValueName, DWORD dwNewValue,
                                  LPDWORD pdwOutValue);
DWORD WINAPI ResUtilSetQwordValue(HKEY hkeyClusterKey, LPCWSTR pszValueName, ULONGLONG qwNewValue,
                                  PULONGLONG pqwOutValue);
DWORD WINAPI ResUtilSetValueEx(HKEY hkeyClusterKey, LPCWSTR valueName, DWORD valueType,
                               const BYTE* valueData, DWORD valueSize, DWORD flags);
DWORD WINAPI ResUtilsDeleteKeyTree(HKEY key, LPCWSTR keyName, BOOL treatNoKeyAsError);

/* ---- Single values of a property list --------------------------------------------------- */

DWORD WINAPI ResUtilFindSzProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                   LPCWSTR pszPropertyName, LPWSTR* pszPropertyValue);
DWORD WINAPI ResUtilFindExpandSzProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                         LPCWSTR pszPropertyName, LPWSTR* pszPropertyValue);
DWORD WINAPI ResUtilFindExpandedSzProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                           LPCWSTR pszPropertyName, LPWSTR* pszPropertyValue);
DWORD WINAPI ResUtilFindDwordProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                      LPCWSTR pszPropertyName, LPDWORD pdwPropertyValue);
DWORD WINAPI ResUtilFindBinaryProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                       LPCWSTR pszPropertyName, LPBYTE* pbPropertyValue,
                                       LPDWORD pcbPropertyValueSize);
DWORD WINAPI ResUtilFindMultiSzProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                        LPCWSTR pszPropertyName, LPWSTR* pszPropertyValue,
                                        LPDWORD pcbPropertyValueSize);
DWORD WINAPI ResUtilFindLongProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                     LPCWSTR pszPropertyName, PLONG plPropertyValue);
DWORD WINAPI ResUtilFindULargeIntegerProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                              LPCWSTR pszPropertyName, PULONGLONG plPropertyValue);
DWORD WINAPI ResUtilFindFileTimeProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                         LPCWSTR pszPropertyName, PFILETIME pftPropertyValue);

/* The value that stands at *ppPropertyList, which moves on behind it. */
DWORD WINAPI ResUtilGetBinaryProperty(LPBYTE* ppbOutValue, LPDWORD pcbOutValueSize,
                                      PCLUSPROP_BINARY pValueStruct, LPBYTE pbOldValue,
                                      DWORD cbOldValueSize, LPBYTE* ppPropertyList,
                                      LPDWORD pcbPropertyListSize);
DWORD WINAPI ResUtilGetSzProperty(LPWSTR* ppszOutValue, PCLUSPROP_SZ pValueStruct,
                                  LPCWSTR pszOldValue, LPBYTE* ppPropertyList,
                                  LPDWORD pcbPropertyListSize);
DWORD WINAPI ResUtilGetMultiSzProperty(LPWSTR* ppszOutValue, LPDWORD pcbOutValueSize,
                                       PCLUSPROP_SZ pValueStruct, LPCWSTR pszOldValue,
                                       DWORD cbOldValueSize, LPBYTE* ppPropertyList,
                                       LPDWORD pcbPropertyListSize);
DWORD WINAPI ResUtilGetDwordProperty(LPDWORD pdwOutValue, PCLUSPROP_DWORD pValueStruct,
                                     DWORD dwOldValue, DWORD dwMinimum, DWORD dwMaximum,
                                     LPBYTE* ppPropertyList, LPDWORD pcbPropertyListSize);
DWORD WINAPI ResUtilGetLongProperty(PLONG plOutValue, PCLUSPROP_LONG pValueStruct, LONG lOldValue,
                                    LONG lMinimum, LONG lMaximum, LPBYTE* ppPropertyList,
                                    LPDWORD pcbPropertyListSize);
DWORD WINAPI ResUtilGetFileTimeProperty(PFILETIME pftOutValue, PCLUSPROP_FILETIME pValueStruct,
                                        FILETIME ftOldValue, FILETIME ftMinimum, FILETIME ftMaximum,
                                        LPBYTE* ppPropertyList, LPDWORD pcbPropertyListSize);

/* ---- Text, paths and the environment ---------------------------------------------------- */

LPWSTR WINAPI ResUtilDupString(LPCWSTR pszInString);
LPWSTR WINAPI ResUtilExpandEnvironmentStrings(LPCWSTR pszSrc);
PVOID WINAPI ResUtilGetEnvironmentWithNetName(HRESOURCE hResource);
DWORD WINAPI ResUtilFreeEnvironment(PVOID lpEnvironment);
DWORD WINAPI ResUtilCreateDirectoryTree(LPCWSTR pszPath);
BOOL WINAPI ResUtilIsPathValid(LPCWSTR pszPath);
BOOL WINAPI ClusterIsPathOnSharedVolume(LPCWSTR lpszPathName);
BOOL WINAPI ClusterGetVolumePathName(LPCWSTR lpszFileName, LPWSTR lpszVolumePathName,
                                     DWORD cchBufferLength);
BOOL WINAPI ClusterGetVolumeNameForVolumeMountPoint(LPCWSTR lpszVolumeMountPoint,
                                                    LPWSTR lpszVolumeName, DWORD cchBufferLength);

/* ---- Resources of the cluster, and what this one depends on ----------------------------- */

typedef DWORD(__stdcall* LPRESOURCE_CALLBACK)(HRESOURCE, HRESOURCE, PVOID);
typedef DWORD(__stdcall* LPRESOURCE_CALLBACK_EX)(HCLUSTER, HRESOURCE, HRESOURCE, PVOID);
typedef DWORD(__stdcall* LPGROUP_CALLBACK_EX)(HCLUSTER, HGROUP, HGROUP, PVOID);
typedef DWORD(__stdcall* LPNODE_CALLBACK)(HCLUSTER, HNODE, CLUSTER_NODE_STATE, PVOID);

BOOL WINAPI ResUtilResourcesEqual(HRESOURCE hSelf, HRESOURCE hResource);
BOOL WINAPI ResUtilResourceTypesEqual(LPCWSTR lpszResourceTypeName, HRESOURCE hResource);
BOOL WINAPI ResUtilIsResourceClassEqual(PCLUS_RESOURCE_CLASS_INFO prci, HRESOURCE hResource);
DWORD WINAPI ResUtilEnumResources(HRESOURCE hSelf, LPCWSTR lpszResTypeName,
                                  LPRESOURCE_CALLBACK pResCallBack, PVOID pParameter);
DWORD WINAPI ResUtilEnumResourcesEx(HCLUSTER hCluster, HRESOURCE hSelf, LPCWSTR lpszResTypeName,
                                    LPRESOURCE_CALLBACK_EX pResCallBack, PVOID pParameter);
DWORD WINAPI ResUtilEnumResourcesEx2(HCLUSTER hCluster, HRESOURCE hSelf, LPCWSTR lpszResTypeName,
                                     LPRESOURCE_CALLBACK_EX pResCallBack, PVOID pParameter,
                                     DWORD dwDesiredAccess);
DWORD WINAPI ResUtilResourceDepEnum(HRESOURCE hSelf, DWORD enumType,
                                    LPRESOURCE_CALLBACK_EX pResCallBack, PVOID pParameter);
HRESOURCE WINAPI ResUtilGetResourceDependency(HANDLE hSelf, LPCWSTR lpszResourceType);
HRESOURCE WINAPI ResUtilGetResourceDependencyEx(HANDLE hSelf, LPCWSTR lpszResourceType,
                                                DWORD dwDesiredAccess);
HRESOURCE WINAPI ResUtilGetResourceDependencyByName(HCLUSTER hCluster, HANDLE hSelf,
                                                    LPCWSTR lpszResourceType, BOOL bRecurse);
HRESOURCE WINAPI ResUtilGetResourceDependencyByNameEx(HCLUSTER hCluster, HANDLE hSelf,
                                                      LPCWSTR lpszResourceType, BOOL bRecurse,
                                                      DWORD dwDesiredAccess);
HRESOURCE WINAPI ResUtilGetResourceDependencyByClass(HCLUSTER hCluster, HANDLE hSelf,
                                                     PCLUS_RESOURCE_CLASS_INFO prci, BOOL bRecurse);
HRESOURCE WINAPI ResUtilGetResourceDependencyByClassEx(HCLUSTER hCluster, HANDLE hSelf,
                                                       PCLUS_RESOURCE_CLASS_INFO prci,
                                                       BOOL bRecurse, DWORD dwDesiredAccess);
HRESOURCE WINAPI ResUtilGetResourceNameDependency(LPCWSTR lpszResourceName,
                                                  LPCWSTR lpszResourceType);
HRESOURCE WINAPI ResUtilGetResourceNameDependencyEx(LPCWSTR lpszResourceName,
                                                    LPCWSTR lpszResourceType,
                                                    DWORD dwDesiredAccess);
DWORD WINAPI ResUtilGetResourceDependentIPAddressProps(HRESOURCE hResource, LPWSTR pszAddress,
                                                       LPDWORD pcchAddress, LPWSTR pszSubnetMask,
                                                       LPDWORD pcchSubnetMask, LPWSTR pszNetwork,
                                                       LPDWORD pcchNetwork);
DWORD WINAPI ResUtilFindDependentDiskResourceDriveLetter(HCLUSTER hCluster, HRESOURCE hResource,
                                                         LPWSTR pszDriveLetter,
                                                         LPDWORD pcchDriveLetter);
DWORD WINAPI ResUtilGetCoreClusterResources(HCLUSTER hCluster, HRESOURCE* phClusterNameResource,
                                            HRESOURCE* phClusterIPAddressResource,
                                            HRESOURCE* phClusterQuorumResource);
DWORD WINAPI ResUtilGetCoreClusterResourcesEx(HCLUSTER hClusterIn,
                                              HRESOURCE* phClusterNameResourceOut,
                                              HRESOURCE* phClusterQuorumResourceOut,
                                              DWORD dwDesiredAccess);
DWORD WINAPI ResUtilGetResourceName(HRESOURCE hResource, LPWSTR pszResourceName,
                                    LPDWORD pcchResourceNameInOut);
DWORD WINAPI ResUtilDupResource(HRESOURCE group, HRESOURCE* copy);
DWORD WINAPI ResUtilEnumGroups(HCLUSTER hCluster, HGROUP hSelf, LPGROUP_CALLBACK_EX pResCallBack,
                               PVOID pParameter);
DWORD WINAPI ResUtilEnumGroupsEx(HCLUSTER hCluster, HGROUP hSelf, CLUSGROUP_TYPE groupType,
                                 LPGROUP_CALLBACK_EX pResCallBack, PVOID pParameter);
DWORD WINAPI ResUtilGroupsEqual(HGROUP hSelf, HGROUP hGroup, PBOOL pEqual);
DWORD WINAPI ResUtilDupGroup(HGROUP group, HGROUP* copy);
DWORD WINAPI ResUtilGetClusterGroupType(HGROUP hGroup, CLUSGROUP_TYPE* groupType);
HGROUP WINAPI ResUtilGetCoreGroup(HCLUSTER hCluster);
DWORD WINAPI ResUtilNodeEnum(HCLUSTER hCluster, LPNODE_CALLBACK pNodeCallBack, PVOID pParameter);

/* ---- Services of Windows ---------------------------------------------------------------- */

DWORD WINAPI ResUtilStartResourceService(LPCWSTR pszServiceName, LPSC_HANDLE phServiceHandle);
DWORD WINAPI ResUtilVerifyResourceService(LPCWSTR pszServiceName);
DWORD WINAPI ResUtilStopResourceService(LPCWSTR pszServiceName);
DWORD WINAPI ResUtilVerifyService(SC_HANDLE hServiceHandle);
DWORD WINAPI ResUtilStopService(SC_HANDLE hServiceHandle);
DWORD WINAPI ResUtilSetResourceServiceEnvironment(LPCWSTR pszServiceName, HRESOURCE hResource,
                                                  PLOG_EVENT_ROUTINE pfnLogEvent,
                                                  RESOURCE_HANDLE hResourceHandle);
DWORD WINAPI ResUtilRemoveResourceServiceEnvironment(LPCWSTR pszServiceName,
                                                     PLOG_EVENT_ROUTINE pfnLogEvent,
                                                     RESOURCE_HANDLE hResourceHandle);
DWORD WINAPI ResUtilSetResourceServiceStartParameters(LPCWSTR pszServiceName,
                                                      SC_HANDLE schSCMHandle, LPSC_HANDLE phService,
                                                      PLOG_EVENT_ROUTINE pfnLogEvent,
                                                      RESOURCE_HANDLE hResourceHandle);
DWORD WINAPI ResUtilSetResourceServiceStartParametersEx(
    LPCWSTR pszServiceName, SC_HANDLE schSCMHandle, LPSC_HANDLE phService, DWORD dwDesiredAccess,
    PLOG_EVENT_ROUTINE pfnLogEvent, RESOURCE_HANDLE hResourceHandle);

/* ---- The end of a process --------------------------------------------------------------- */

DWORD WINAPI ResUtilTerminateServiceProcessFromResDll(DWORD dwServicePid, BOOL bOffline,
                                                      LPDWORD pdwResourceState,
                                                      PLOG_EVENT_ROUTINE pfnLogEvent,
                                                      RESOURCE_HANDLE hResourceHandle);
DWORD WINAPI ResUtilVerifyShutdownSafe(DWORD flags, DWORD reason, LPDWORD pResult);

#ifdef __cplusplus
}
#endif

#endif /* !RESAPI_CY_SDK_HEADERS */

#endif /* RESAPI_CY_RESUTILS_H */
