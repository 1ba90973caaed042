// The functions of resutils.dll on resources, and on what they depend on, as resource DLLs import
// them: each is one of core/cluster's under its own name. What they mean, and what they return, is
// said there. They stand apart, since they need the functions of clusapi.dll.
#define RESAPI_CY_SDK_HEADERS 0  // as in resutils.cpp
#include "cluster/exported.h"
#include "core/cluster/dependencies.hpp"
#include "resapi_cy/resapi.h"

namespace dependencies = resapi_cy::dependencies;

EXPORTED BOOL WINAPI ResUtilResourcesEqual(HRESOURCE hSelf, HRESOURCE hResource) {
    return dependencies::resources_equal(hSelf, hResource);
}

EXPORTED BOOL WINAPI ResUtilResourceTypesEqual(LPCWSTR lpszResourceTypeName, HRESOURCE hResource) {
    return dependencies::resource_types_equal(lpszResourceTypeName, hResource);
}

EXPORTED BOOL WINAPI ResUtilIsResourceClassEqual(PCLUS_RESOURCE_CLASS_INFO prci,
                                                 HRESOURCE hResource) {
    return dependencies::is_resource_class_equal(prci, hResource);
}

EXPORTED DWORD WINAPI ResUtilGetResourceName(HRESOURCE hResource, LPWSTR pszResourceName,
                                             LPDWORD pcchResourceNameInOut) {
    return dependencies::resource_name(hResource, pszResourceName, pcchResourceNameInOut);
}

EXPORTED DWORD WINAPI ResUtilEnumResources(HRESOURCE hSelf, LPCWSTR lpszResTypeName,
                                           LPRESOURCE_CALLBACK pResCallBack, PVOID pParameter) {
    return dependencies::enum_resources(hSelf, lpszResTypeName, pResCallBack, pParameter);
}

EXPORTED DWORD WINAPI ResUtilEnumResourcesEx(HCLUSTER hCluster, HRESOURCE hSelf,
                                             LPCWSTR lpszResTypeName,
                                             LPRESOURCE_CALLBACK_EX pResCallBack,
                                             PVOID pParameter) {
    return dependencies::enum_resources_ex(hCluster, hSelf, lpszResTypeName, pResCallBack,
                                           pParameter);
}

EXPORTED DWORD WINAPI ResUtilEnumResourcesEx2(HCLUSTER hCluster, HRESOURCE hSelf,
                                              LPCWSTR lpszResTypeName,
                                              LPRESOURCE_CALLBACK_EX pResCallBack, PVOID pParameter,
                                              DWORD /*dwDesiredAccess*/) {
    return dependencies::enum_resources_ex(hCluster, hSelf, lpszResTypeName, pResCallBack,
                                           pParameter);
}

// The handle of the resource itself is any HANDLE to the headers.
EXPORTED HRESOURCE WINAPI ResUtilGetResourceDependency(HANDLE hSelf, LPCWSTR lpszResourceType) {
    return dependencies::dependency(static_cast<HRESOURCE>(hSelf), lpszResourceType);
}

EXPORTED HRESOURCE WINAPI ResUtilGetResourceDependencyEx(HANDLE hSelf, LPCWSTR lpszResourceType,
                                                         DWORD /*dwDesiredAccess*/) {
    return dependencies::dependency(static_cast<HRESOURCE>(hSelf), lpszResourceType);
}

EXPORTED HRESOURCE WINAPI ResUtilGetResourceDependencyByName(HCLUSTER hCluster, HANDLE hSelf,
                                                             LPCWSTR lpszResourceType,
                                                             BOOL bRecurse) {
    return dependencies::dependency_by_name(hCluster, static_cast<HRESOURCE>(hSelf),
                                            lpszResourceType, bRecurse);
}

EXPORTED HRESOURCE WINAPI ResUtilGetResourceDependencyByNameEx(HCLUSTER hCluster, HANDLE hSelf,
                                                               LPCWSTR lpszResourceType,
                                                               BOOL bRecurse,
                                                               DWORD /*dwDesiredAccess*/) {
    return dependencies::dependency_by_name(hCluster, static_cast<HRESOURCE>(hSelf),
                                            lpszResourceType, bRecurse);
}

EXPORTED HRESOURCE WINAPI ResUtilGetResourceDependencyByClass(HCLUSTER hCluster, HANDLE hSelf,
                                                              PCLUS_RESOURCE_CLASS_INFO prci,
                                                              BOOL bRecurse) {
    return dependencies::dependency_by_class(hCluster, static_cast<HRESOURCE>(hSelf), prci,
                                             bRecurse);
}

EXPORTED HRESOURCE WINAPI ResUtilGetResourceDependencyByClassEx(HCLUSTER hCluster, HANDLE hSelf,
                                                                PCLUS_RESOURCE_CLASS_INFO prci,
                                                                BOOL bRecurse,
                                                                DWORD /*dwDesiredAccess*/) {
    return dependencies::dependency_by_class(hCluster, static_cast<HRESOURCE>(hSelf), prci,
                                             bRecurse);
}

EXPORTED HRESOURCE WINAPI ResUtilGetResourceNameDependency(LPCWSTR lpszResourceName,
                                                           LPCWSTR lpszResourceType) {
    return dependencies::dependency_of_name(lpszResourceName, lpszResourceType);
}

EXPORTED HRESOURCE WINAPI ResUtilGetResourceNameDependencyEx(LPCWSTR lpszResourceName,
                                                             LPCWSTR lpszResourceType,
                                                             DWORD /*dwDesiredAccess*/) {
    return dependencies::dependency_of_name(lpszResourceName, lpszResourceType);
}

EXPORTED DWORD WINAPI ResUtilGetResourceDependentIPAddressProps(
    HRESOURCE hResource, LPWSTR pszAddress, LPDWORD pcchAddress, LPWSTR pszSubnetMask,
    LPDWORD pcchSubnetMask, LPWSTR pszNetwork, LPDWORD pcchNetwork) {
    return dependencies::ip_address_properties(hResource,
                                               {{"Address", pszAddress, pcchAddress},
                                                {"SubnetMask", pszSubnetMask, pcchSubnetMask},
                                                {"Network", pszNetwork, pcchNetwork}});
}

EXPORTED DWORD WINAPI ResUtilFindDependentDiskResourceDriveLetter(HCLUSTER hCluster,
                                                                  HRESOURCE hResource,
                                                                  LPWSTR pszDriveLetter,
                                                                  LPDWORD pcchDriveLetter) {
    return dependencies::drive_letter(hCluster, hResource, pszDriveLetter, pcchDriveLetter);
}

EXPORTED DWORD WINAPI ResUtilResourceDepEnum(HRESOURCE hSelf, DWORD enumType,
                                             LPRESOURCE_CALLBACK_EX pResCallBack,
                                             PVOID pParameter) {
    return dependencies::enum_dependencies(hSelf, enumType, pResCallBack, pParameter);
}

EXPORTED DWORD WINAPI ResUtilNodeEnum(HCLUSTER hCluster, LPNODE_CALLBACK pNodeCallBack,
                                      PVOID pParameter) {
    return dependencies::enum_nodes(hCluster, pNodeCallBack, pParameter);
}

EXPORTED DWORD WINAPI ResUtilDupResource(HRESOURCE group, HRESOURCE* copy) {
    return dependencies::duplicate_resource(group, copy);
}
