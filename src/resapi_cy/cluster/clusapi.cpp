// The functions of clusapi.dll, as resource DLLs import them: each is one of core/cluster's under
// its own name. What they mean, and what they return, is said there. What the others of that
// library do is in not_served_clusapi.cpp.
#include "resapi_cy/clusapi.h"

#include "cluster/exported.h"
#include "core/cluster/registry.hpp"

namespace cluster = resapi_cy::cluster;

namespace {

LONG signed_code(DWORD error) noexcept {
    return static_cast<LONG>(error);
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
