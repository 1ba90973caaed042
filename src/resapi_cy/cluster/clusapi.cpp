// The functions of clusapi.dll, as resource DLLs import them: each is one of core/cluster's under
// its own name. What they mean, and what they return, is said there. What the others of that
// library do is in not_served_clusapi.cpp.
#include "resapi_cy/clusapi.h"

#include "cluster/exported.h"
#include "cluster/not_served.h"
#include "core/cluster/control.hpp"
#include "core/cluster/enumerations.hpp"
#include "core/cluster/links.hpp"
#include "core/cluster/objects.hpp"
#include "core/cluster/registry.hpp"

namespace cluster = resapi_cy::cluster;

namespace {

LONG signed_code(DWORD error) noexcept {
    return static_cast<LONG>(error);
}

// Whoever opens an object may do with it what he asks for.
void grant(DWORD desired, LPDWORD granted) noexcept {
    if (granted != nullptr) *granted = (desired & MAXIMUM_ALLOWED) != 0 ? GENERIC_ALL : desired;
}

}  // namespace

// ---- Keys --------------------------------------------------------------------------------------

EXPORTED LONG WINAPI ClusterRegCreateKey(HKEY hKey, LPCWSTR lpszSubKey, DWORD dwOptions,
                                         REGSAM samDesired, LPSECURITY_ATTRIBUTES, PHKEY phkResult,
                                         LPDWORD lpdwDisposition) {
    return signed_code(cluster::reg_create_key(hKey, lpszSubKey, dwOptions, samDesired, phkResult,
                                               lpdwDisposition));
}

// The reason is for a cluster's log.
EXPORTED LONG WINAPI ClusterRegCreateKeyEx(HKEY hKey, LPCWSTR lpSubKey, DWORD dwOptions,
                                           REGSAM samDesired, LPSECURITY_ATTRIBUTES,
                                           PHKEY phkResult, LPDWORD lpdwDisposition,
                                           LPCWSTR /*lpszReason*/) {
    return signed_code(
        cluster::reg_create_key(hKey, lpSubKey, dwOptions, samDesired, phkResult, lpdwDisposition));
}

EXPORTED LONG WINAPI ClusterRegOpenKey(HKEY hKey, LPCWSTR lpszSubKey, REGSAM samDesired,
                                       PHKEY phkResult) {
    return signed_code(cluster::reg_open_key(hKey, lpszSubKey, samDesired, phkResult));
}

EXPORTED LONG WINAPI ClusterRegDeleteKey(HKEY hKey, LPCWSTR lpszSubKey) {
    return signed_code(cluster::reg_delete_key(hKey, lpszSubKey));
}

EXPORTED LONG WINAPI ClusterRegDeleteKeyEx(HKEY hKey, LPCWSTR lpSubKey, LPCWSTR /*lpszReason*/) {
    return signed_code(cluster::reg_delete_key(hKey, lpSubKey));
}

EXPORTED LONG WINAPI ClusterRegCloseKey(HKEY hKey) {
    return signed_code(cluster::reg_close_key(hKey));
}

EXPORTED LONG WINAPI ClusterRegEnumKey(HKEY hKey, DWORD dwIndex, LPWSTR lpszName, LPDWORD lpcchName,
                                       PFILETIME lpftLastWriteTime) {
    return signed_code(
        cluster::reg_enum_key(hKey, dwIndex, lpszName, lpcchName, lpftLastWriteTime));
}

EXPORTED LONG WINAPI ClusterRegQueryInfoKey(HKEY hKey, LPDWORD lpcSubKeys,
                                            LPDWORD lpcchMaxSubKeyLen, LPDWORD lpcValues,
                                            LPDWORD lpcchMaxValueNameLen, LPDWORD lpcbMaxValueLen,
                                            LPDWORD lpcbSecurityDescriptor,
                                            PFILETIME lpftLastWriteTime) {
    return signed_code(cluster::reg_query_info_key(hKey, lpcSubKeys, lpcchMaxSubKeyLen, lpcValues,
                                                   lpcchMaxValueNameLen, lpcbMaxValueLen,
                                                   lpcbSecurityDescriptor, lpftLastWriteTime));
}

// ---- Values ------------------------------------------------------------------------------------

EXPORTED LONG WINAPI ClusterRegQueryValue(HKEY hKey, LPCWSTR lpszValueName, LPDWORD lpdwValueType,
                                          LPBYTE lpData, LPDWORD lpcbData) {
    return signed_code(
        cluster::reg_query_value(hKey, lpszValueName, lpdwValueType, lpData, lpcbData));
}

EXPORTED DWORD WINAPI ClusterRegSetValue(HKEY hKey, LPCWSTR lpszValueName, DWORD dwType,
                                         const BYTE* lpData, DWORD cbData) {
    return cluster::reg_set_value(hKey, lpszValueName, dwType, lpData, cbData);
}

EXPORTED DWORD WINAPI ClusterRegSetValueEx(HKEY hKey, LPCWSTR lpszValueName, DWORD dwType,
                                           const BYTE* lpData, DWORD cbData,
                                           LPCWSTR /*lpszReason*/) {
    return cluster::reg_set_value(hKey, lpszValueName, dwType, lpData, cbData);
}

EXPORTED DWORD WINAPI ClusterRegDeleteValue(HKEY hKey, LPCWSTR lpszValueName) {
    return cluster::reg_delete_value(hKey, lpszValueName);
}

EXPORTED DWORD WINAPI ClusterRegDeleteValueEx(HKEY hKey, LPCWSTR lpszValueName,
                                              LPCWSTR /*lpszReason*/) {
    return cluster::reg_delete_value(hKey, lpszValueName);
}

EXPORTED DWORD WINAPI ClusterRegEnumValue(HKEY hKey, DWORD dwIndex, LPWSTR lpszValueName,
                                          LPDWORD lpcchValueName, LPDWORD lpdwType, LPBYTE lpData,
                                          LPDWORD lpcbData) {
    return cluster::reg_enum_value(hKey, dwIndex, lpszValueName, lpcchValueName, lpdwType, lpData,
                                   lpcbData);
}

// ---- Batches -----------------------------------------------------------------------------------

EXPORTED LONG WINAPI ClusterRegCreateBatch(HKEY hKey, HREGBATCH* pHREGBATCH) {
    std::uint64_t batch = 0;
    const DWORD error = cluster::reg_create_batch(hKey, pHREGBATCH == nullptr ? nullptr : &batch);
    if (pHREGBATCH != nullptr) *pHREGBATCH = cluster::handle_of<HREGBATCH>(batch);
    return signed_code(error);
}

EXPORTED LONG WINAPI ClusterRegBatchAddCommand(HREGBATCH hRegBatch, CLUSTER_REG_COMMAND dwCommand,
                                               LPCWSTR wzName, DWORD dwOptions, LPCVOID lpData,
                                               DWORD cbData) {
    return signed_code(cluster::reg_batch_add_command(cluster::number_of(hRegBatch),
                                                      static_cast<DWORD>(dwCommand), wzName,
                                                      dwOptions, lpData, cbData));
}

EXPORTED LONG WINAPI ClusterRegCloseBatch(HREGBATCH hRegBatch, BOOL bCommit,
                                          PLONG failedCommandNumber) {
    int failed = -1;
    const DWORD error =
        cluster::reg_close_batch(cluster::number_of(hRegBatch), bCommit != FALSE, &failed);
    if (failedCommandNumber != nullptr) *failedCommandNumber = failed;
    return signed_code(error);
}

// ---- The cluster, its node, its resources ------------------------------------------------------

EXPORTED HCLUSTER WINAPI OpenCluster(LPCWSTR lpszClusterName) {
    return cluster::open_cluster(lpszClusterName);
}

EXPORTED HCLUSTER WINAPI OpenClusterEx(LPCWSTR lpszClusterName, DWORD DesiredAccess,
                                       LPDWORD GrantedAccess) {
    const HCLUSTER opened = cluster::open_cluster(lpszClusterName);
    if (opened != nullptr) grant(DesiredAccess, GrantedAccess);
    return opened;
}

EXPORTED BOOL WINAPI CloseCluster(HCLUSTER hCluster) {
    return cluster::close_object(hCluster, cluster::HandleKind::cluster);
}

EXPORTED DWORD WINAPI GetClusterInformation(HCLUSTER hCluster, LPWSTR lpszClusterName,
                                            LPDWORD lpcchClusterName,
                                            LPCLUSTERVERSIONINFO lpClusterInfo) {
    return cluster::cluster_information(hCluster, lpszClusterName, lpcchClusterName, lpClusterInfo);
}

EXPORTED DWORD WINAPI GetNodeClusterState(LPCWSTR lpszNodeName, LPDWORD pdwClusterState) {
    return cluster::node_cluster_state(lpszNodeName, pdwClusterState);
}

EXPORTED HKEY WINAPI GetClusterKey(HCLUSTER hCluster, REGSAM samDesired) {
    return cluster::cluster_key(hCluster, samDesired);
}

EXPORTED HKEY WINAPI GetClusterResourceTypeKey(HCLUSTER hCluster, LPCWSTR lpszTypeName,
                                               REGSAM samDesired) {
    return cluster::resource_type_key(hCluster, lpszTypeName, samDesired);
}

EXPORTED HNODE WINAPI OpenClusterNode(HCLUSTER hCluster, LPCWSTR lpszNodeName) {
    return cluster::open_node(hCluster, lpszNodeName);
}

EXPORTED HNODE WINAPI OpenClusterNodeEx(HCLUSTER hCluster, LPCWSTR lpszNodeName,
                                        DWORD dwDesiredAccess, LPDWORD lpdwGrantedAccess) {
    const HNODE opened = cluster::open_node(hCluster, lpszNodeName);
    if (opened != nullptr) grant(dwDesiredAccess, lpdwGrantedAccess);
    return opened;
}

EXPORTED BOOL WINAPI CloseClusterNode(HNODE hNode) {
    return cluster::close_object(hNode, cluster::HandleKind::node);
}

EXPORTED CLUSTER_NODE_STATE WINAPI GetClusterNodeState(HNODE hNode) {
    return cluster::node_state(hNode);
}

EXPORTED HRESOURCE WINAPI OpenClusterResource(HCLUSTER hCluster, LPCWSTR lpszResourceName) {
    return cluster::open_resource(hCluster, lpszResourceName);
}

EXPORTED HRESOURCE WINAPI OpenClusterResourceEx(HCLUSTER hCluster, LPCWSTR lpszResourceName,
                                                DWORD dwDesiredAccess, LPDWORD lpdwGrantedAccess) {
    const HRESOURCE opened = cluster::open_resource(hCluster, lpszResourceName);
    if (opened != nullptr) grant(dwDesiredAccess, lpdwGrantedAccess);
    return opened;
}

EXPORTED BOOL WINAPI CloseClusterResource(HRESOURCE hResource) {
    return cluster::close_object(hResource, cluster::HandleKind::resource);
}

EXPORTED CLUSTER_RESOURCE_STATE WINAPI GetClusterResourceState(HRESOURCE hResource,
                                                               LPWSTR lpszNodeName,
                                                               LPDWORD lpcchNodeName,
                                                               LPWSTR lpszGroupName,
                                                               LPDWORD lpcchGroupName) {
    return cluster::resource_state(hResource, lpszNodeName, lpcchNodeName, lpszGroupName,
                                   lpcchGroupName);
}

EXPORTED HKEY WINAPI GetClusterResourceKey(HRESOURCE hResource, REGSAM samDesired) {
    return cluster::resource_key(hResource, samDesired);
}

EXPORTED HCLUSTER WINAPI GetClusterFromResource(HRESOURCE hResource) {
    return cluster::cluster_of_resource(hResource);
}

EXPORTED HCLUSTER WINAPI GetClusterFromNode(HNODE hNode) {
    return cluster::cluster_of_node(hNode);
}

// ---- What there is, and what depends on what ---------------------------------------------------

EXPORTED HCLUSENUM WINAPI ClusterOpenEnum(HCLUSTER hCluster, DWORD dwType) {
    return cluster::open_objects(hCluster, dwType);
}

EXPORTED DWORD WINAPI ClusterGetEnumCount(HCLUSENUM hEnum) {
    return cluster::enumeration_count(hEnum, cluster::HandleKind::objects);
}

EXPORTED DWORD WINAPI ClusterEnum(HCLUSENUM hEnum, DWORD dwIndex, LPDWORD lpdwType, LPWSTR lpszName,
                                  LPDWORD lpcchName) {
    return cluster::enumeration_at(hEnum, cluster::HandleKind::objects, dwIndex, lpdwType, lpszName,
                                   lpcchName);
}

EXPORTED DWORD WINAPI ClusterCloseEnum(HCLUSENUM hEnum) {
    return cluster::close_enumeration(hEnum, cluster::HandleKind::objects);
}

EXPORTED HRESENUM WINAPI ClusterResourceOpenEnum(HRESOURCE hResource, DWORD dwType) {
    return cluster::open_resource_links(hResource, dwType);
}

EXPORTED DWORD WINAPI ClusterResourceGetEnumCount(HRESENUM hResEnum) {
    return cluster::enumeration_count(hResEnum, cluster::HandleKind::resource_links);
}

EXPORTED DWORD WINAPI ClusterResourceEnum(HRESENUM hResEnum, DWORD dwIndex, LPDWORD lpdwType,
                                          LPWSTR lpszName, LPDWORD lpcchName) {
    return cluster::enumeration_at(hResEnum, cluster::HandleKind::resource_links, dwIndex, lpdwType,
                                   lpszName, lpcchName);
}

EXPORTED DWORD WINAPI ClusterResourceCloseEnum(HRESENUM hResEnum) {
    return cluster::close_enumeration(hResEnum, cluster::HandleKind::resource_links);
}

EXPORTED HRESTYPEENUM WINAPI ClusterResourceTypeOpenEnum(HCLUSTER hCluster,
                                                         LPCWSTR lpszResourceTypeName,
                                                         DWORD dwType) {
    return cluster::open_type_links(hCluster, lpszResourceTypeName, dwType);
}

EXPORTED DWORD WINAPI ClusterResourceTypeGetEnumCount(HRESTYPEENUM hResTypeEnum) {
    return cluster::enumeration_count(hResTypeEnum, cluster::HandleKind::type_links);
}

EXPORTED DWORD WINAPI ClusterResourceTypeEnum(HRESTYPEENUM hResTypeEnum, DWORD dwIndex,
                                              LPDWORD lpdwType, LPWSTR lpszName,
                                              LPDWORD lpcchName) {
    return cluster::enumeration_at(hResTypeEnum, cluster::HandleKind::type_links, dwIndex, lpdwType,
                                   lpszName, lpcchName);
}

EXPORTED DWORD WINAPI ClusterResourceTypeCloseEnum(HRESTYPEENUM hResTypeEnum) {
    return cluster::close_enumeration(hResTypeEnum, cluster::HandleKind::type_links);
}

EXPORTED BOOL WINAPI CanResourceBeDependent(HRESOURCE hResource, HRESOURCE hResourceDependent) {
    return cluster::can_be_dependent(hResource, hResourceDependent);
}

EXPORTED BOOL WINAPI GetClusterResourceNetworkName(HRESOURCE hResource, LPWSTR lpBuffer,
                                                   LPDWORD nSize) {
    return cluster::resource_network_name(hResource, lpBuffer, nSize);
}

// ---- Control codes -----------------------------------------------------------------------------

EXPORTED DWORD WINAPI ClusterResourceControl(HRESOURCE hResource, HNODE hHostNode,
                                             DWORD dwControlCode, LPVOID lpInBuffer,
                                             DWORD cbInBufferSize, LPVOID lpOutBuffer,
                                             DWORD cbOutBufferSize, LPDWORD lpBytesReturned) {
    const DWORD error = cluster::resource_control(
        hResource, hHostNode,
        {dwControlCode, lpInBuffer, cbInBufferSize, lpOutBuffer, cbOutBufferSize, lpBytesReturned});
    if (error == ERROR_CALL_NOT_IMPLEMENTED) {
        resapi_cy_not_served("ClusterResourceControl with such a control code");
    }
    return error;
}

// The reason is for a cluster's log.
EXPORTED DWORD WINAPI ClusterResourceControlEx(HRESOURCE hResource, HNODE hHostNode,
                                               DWORD dwControlCode, LPVOID lpInBuffer,
                                               DWORD cbInBufferSize, LPVOID lpOutBuffer,
                                               DWORD cbOutBufferSize, LPDWORD lpBytesReturned,
                                               LPCWSTR /*lpszReason*/) {
    return ClusterResourceControl(hResource, hHostNode, dwControlCode, lpInBuffer, cbInBufferSize,
                                  lpOutBuffer, cbOutBufferSize, lpBytesReturned);
}

EXPORTED DWORD WINAPI ClusterResourceTypeControl(HCLUSTER hCluster, LPCWSTR lpszResourceTypeName,
                                                 HNODE hHostNode, DWORD dwControlCode,
                                                 LPVOID lpInBuffer, DWORD nInBufferSize,
                                                 LPVOID lpOutBuffer, DWORD nOutBufferSize,
                                                 LPDWORD lpBytesReturned) {
    return cluster::resource_type_control(
        hCluster, lpszResourceTypeName, hHostNode,
        {dwControlCode, lpInBuffer, nInBufferSize, lpOutBuffer, nOutBufferSize, lpBytesReturned});
}

EXPORTED DWORD WINAPI ClusterResourceTypeControlEx(HCLUSTER hCluster, LPCWSTR lpszResourceTypeName,
                                                   HNODE hHostNode, DWORD dwControlCode,
                                                   LPVOID lpInBuffer, DWORD nInBufferSize,
                                                   LPVOID lpOutBuffer, DWORD nOutBufferSize,
                                                   LPDWORD lpBytesReturned,
                                                   LPCWSTR /*lpszReason*/) {
    return ClusterResourceTypeControl(hCluster, lpszResourceTypeName, hHostNode, dwControlCode,
                                      lpInBuffer, nInBufferSize, lpOutBuffer, nOutBufferSize,
                                      lpBytesReturned);
}
