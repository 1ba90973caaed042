// The functions of resutils.dll on properties, values and text, as resource DLLs import them: each
// is one of core/cluster's under its own name. What they mean, and what they return, is said there.
//
// Declared by this project's headers with every compiler: where an SDK says const, and where not,
// has changed with its versions.
#define RESAPI_CY_SDK_HEADERS 0
#include "cluster/exported.h"
#include "core/cluster/properties_find.hpp"
#include "core/cluster/properties_output.hpp"
#include "core/cluster/properties_table.hpp"
#include "core/cluster/properties_value.hpp"
#include "resapi_cy/resapi.h"

namespace resutils = resapi_cy::properties;

// ---- Property tables and parameter blocks -----------------------------------------------------

EXPORTED DWORD WINAPI ResUtilGetPropertiesToParameterBlock(HKEY hkeyClusterKey,
                                                           PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                                           LPBYTE pOutParams,
                                                           BOOL bCheckForRequiredProperties,
                                                           LPWSTR* pszNameOfPropInError) {
    return resutils::get_properties_to_parameter_block(hkeyClusterKey, pPropertyTable, pOutParams,
                                                       bCheckForRequiredProperties,
                                                       pszNameOfPropInError);
}

EXPORTED DWORD WINAPI ResUtilSetPropertyParameterBlock(
    HKEY hkeyClusterKey, PRESUTIL_PROPERTY_ITEM pPropertyTable, PVOID /*Reserved*/,
    LPBYTE pInParams, PVOID pInPropertyList, DWORD cbInPropertyListSize, LPBYTE pOutParams) {
    return resutils::set_property_parameter_block(hkeyClusterKey, pPropertyTable, pInParams,
                                                  pInPropertyList, cbInPropertyListSize, FALSE,
                                                  pOutParams);
}

EXPORTED DWORD WINAPI ResUtilSetPropertyParameterBlockEx(HKEY hkeyClusterKey,
                                                         PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                                         PVOID /*Reserved*/, LPBYTE pInParams,
                                                         PVOID pInPropertyList,
                                                         DWORD cbInPropertyListSize,
                                                         BOOL bForceWrite, LPBYTE pOutParams) {
    return resutils::set_property_parameter_block(hkeyClusterKey, pPropertyTable, pInParams,
                                                  pInPropertyList, cbInPropertyListSize,
                                                  bForceWrite, pOutParams);
}

EXPORTED DWORD WINAPI ResUtilSetPropertyTable(HKEY hkeyClusterKey,
                                              PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                              PVOID /*Reserved*/, BOOL bAllowUnknownProperties,
                                              PVOID pInPropertyList, DWORD cbInPropertyListSize,
                                              LPBYTE pOutParams) {
    return resutils::set_property_table(hkeyClusterKey, pPropertyTable, bAllowUnknownProperties,
                                        pInPropertyList, cbInPropertyListSize, FALSE, pOutParams);
}

EXPORTED DWORD WINAPI ResUtilSetPropertyTableEx(HKEY hkeyClusterKey,
                                                PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                                PVOID /*Reserved*/, BOOL bAllowUnknownProperties,
                                                PVOID pInPropertyList, DWORD cbInPropertyListSize,
                                                BOOL bForceWrite, LPBYTE pOutParams) {
    return resutils::set_property_table(hkeyClusterKey, pPropertyTable, bAllowUnknownProperties,
                                        pInPropertyList, cbInPropertyListSize, bForceWrite,
                                        pOutParams);
}

EXPORTED DWORD WINAPI ResUtilVerifyPropertyTable(PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                                 PVOID /*Reserved*/, BOOL bAllowUnknownProperties,
                                                 PVOID pInPropertyList, DWORD cbInPropertyListSize,
                                                 LPBYTE pOutParams) {
    return resutils::verify_property_table(pPropertyTable, bAllowUnknownProperties, pInPropertyList,
                                           cbInPropertyListSize, pOutParams);
}

EXPORTED DWORD WINAPI ResUtilDupParameterBlock(LPBYTE pOutParams, LPBYTE pInParams,
                                               PRESUTIL_PROPERTY_ITEM pPropertyTable) {
    return resutils::dup_parameter_block(pOutParams, pInParams, pPropertyTable);
}

EXPORTED void WINAPI ResUtilFreeParameterBlock(LPBYTE pOutParams, LPBYTE pInParams,
                                               PRESUTIL_PROPERTY_ITEM pPropertyTable) {
    resutils::free_parameter_block(pOutParams, pInParams, pPropertyTable);
}

EXPORTED DWORD WINAPI ResUtilPropertyListFromParameterBlock(
    PRESUTIL_PROPERTY_ITEM pPropertyTable, PVOID pOutPropertyList, LPDWORD pcbOutPropertyListSize,
    LPBYTE pInParams, LPDWORD pcbBytesReturned, LPDWORD pcbRequired) {
    return resutils::property_list_from_parameter_block(pPropertyTable, pOutPropertyList,
                                                        pcbOutPropertyListSize, pInParams,
                                                        pcbBytesReturned, pcbRequired);
}

// ---- Lists out of the database, and into it ---------------------------------------------------

EXPORTED DWORD WINAPI ResUtilGetProperties(HKEY hkeyClusterKey,
                                           PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                           PVOID pOutPropertyList, DWORD cbOutPropertyListSize,
                                           LPDWORD pcbBytesReturned, LPDWORD pcbRequired) {
    return resutils::get_properties(hkeyClusterKey, pPropertyTable, pOutPropertyList,
                                    cbOutPropertyListSize, pcbBytesReturned, pcbRequired);
}

EXPORTED DWORD WINAPI ResUtilGetAllProperties(HKEY hkeyClusterKey,
                                              PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                              PVOID pOutPropertyList, DWORD cbOutPropertyListSize,
                                              LPDWORD pcbBytesReturned, LPDWORD pcbRequired) {
    return resutils::get_all_properties(hkeyClusterKey, pPropertyTable, pOutPropertyList,
                                        cbOutPropertyListSize, pcbBytesReturned, pcbRequired);
}

EXPORTED DWORD WINAPI ResUtilGetPrivateProperties(HKEY hkeyClusterKey, PVOID pOutPropertyList,
                                                  DWORD cbOutPropertyListSize,
                                                  LPDWORD pcbBytesReturned, LPDWORD pcbRequired) {
    return resutils::get_private_properties(hkeyClusterKey, pOutPropertyList, cbOutPropertyListSize,
                                            pcbBytesReturned, pcbRequired);
}

EXPORTED DWORD WINAPI ResUtilAddUnknownProperties(HKEY hkeyClusterKey,
                                                  PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                                  PVOID pOutPropertyList,
                                                  DWORD pcbOutPropertyListSize,
                                                  LPDWORD pcbBytesReturned, LPDWORD pcbRequired) {
    return resutils::add_unknown_properties(hkeyClusterKey, pPropertyTable, pOutPropertyList,
                                            pcbOutPropertyListSize, pcbBytesReturned, pcbRequired);
}

EXPORTED DWORD WINAPI ResUtilSetUnknownProperties(HKEY hkeyClusterKey,
                                                  PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                                  PVOID pInPropertyList,
                                                  DWORD cbInPropertyListSize) {
    return resutils::set_unknown_properties(hkeyClusterKey, pPropertyTable, pInPropertyList,
                                            cbInPropertyListSize);
}

EXPORTED DWORD WINAPI ResUtilSetPrivatePropertyList(HKEY hkeyClusterKey, PVOID pInPropertyList,
                                                    DWORD cbInPropertyListSize) {
    return resutils::set_private_property_list(hkeyClusterKey, pInPropertyList,
                                               cbInPropertyListSize);
}

EXPORTED DWORD WINAPI ResUtilVerifyPrivatePropertyList(PVOID pInPropertyList,
                                                       DWORD cbInPropertyListSize) {
    return resutils::verify_private_property_list(pInPropertyList, cbInPropertyListSize);
}

EXPORTED DWORD WINAPI ResUtilEnumProperties(PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                            LPWSTR pszOutProperties, DWORD cbOutPropertiesSize,
                                            LPDWORD pcbBytesReturned, LPDWORD pcbRequired) {
    return resutils::enum_properties(pPropertyTable, pszOutProperties, cbOutPropertiesSize,
                                     pcbBytesReturned, pcbRequired);
}

EXPORTED DWORD WINAPI ResUtilEnumPrivateProperties(HKEY hkeyClusterKey, LPWSTR pszOutProperties,
                                                   DWORD cbOutPropertiesSize,
                                                   LPDWORD pcbBytesReturned, LPDWORD pcbRequired) {
    return resutils::enum_private_properties(hkeyClusterKey, pszOutProperties, cbOutPropertiesSize,
                                             pcbBytesReturned, pcbRequired);
}

EXPORTED DWORD WINAPI ResUtilGetPropertyFormats(PRESUTIL_PROPERTY_ITEM pPropertyTable,
                                                PVOID pOutPropertyFormatList,
                                                DWORD cbPropertyFormatListSize,
                                                LPDWORD pcbBytesReturned, LPDWORD pcbRequired) {
    return resutils::get_property_formats(pPropertyTable, pOutPropertyFormatList,
                                          cbPropertyFormatListSize, pcbBytesReturned, pcbRequired);
}

EXPORTED DWORD WINAPI ResUtilGetProperty(HKEY hkeyClusterKey,
                                         PRESUTIL_PROPERTY_ITEM pPropertyTableItem,
                                         PVOID* pOutPropertyItem, LPDWORD pcbOutPropertyItemSize) {
    return resutils::get_property(hkeyClusterKey, pPropertyTableItem, pOutPropertyItem,
                                  pcbOutPropertyItemSize);
}

EXPORTED DWORD WINAPI ResUtilGetPropertySize(HKEY hkeyClusterKey,
                                             PRESUTIL_PROPERTY_ITEM pPropertyTableItem,
                                             LPDWORD pcbOutPropertyListSize,
                                             LPDWORD pnPropertyCount) {
    return resutils::get_property_size(hkeyClusterKey, pPropertyTableItem, pcbOutPropertyListSize,
                                       pnPropertyCount);
}

// ---- Single values out of lists ---------------------------------------------------------------

EXPORTED DWORD WINAPI ResUtilFindSzProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                            LPCWSTR pszPropertyName, LPWSTR* pszPropertyValue) {
    return resutils::find_copy(pPropertyList, cbPropertyListSize, pszPropertyName,
                               CLUSPROP_FORMAT_SZ, pszPropertyValue, nullptr);
}

EXPORTED DWORD WINAPI ResUtilFindExpandSzProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                                  LPCWSTR pszPropertyName,
                                                  LPWSTR* pszPropertyValue) {
    return resutils::find_copy(pPropertyList, cbPropertyListSize, pszPropertyName,
                               CLUSPROP_FORMAT_EXPAND_SZ, pszPropertyValue, nullptr);
}

EXPORTED DWORD WINAPI ResUtilFindExpandedSzProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                                    LPCWSTR pszPropertyName,
                                                    LPWSTR* pszPropertyValue) {
    return resutils::find_copy(pPropertyList, cbPropertyListSize, pszPropertyName,
                               CLUSPROP_FORMAT_EXPANDED_SZ, pszPropertyValue, nullptr);
}

EXPORTED DWORD WINAPI ResUtilFindDwordProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                               LPCWSTR pszPropertyName, LPDWORD pdwPropertyValue) {
    return resutils::find_number(pPropertyList, cbPropertyListSize, pszPropertyName,
                                 CLUSPROP_FORMAT_DWORD, pdwPropertyValue);
}

EXPORTED DWORD WINAPI ResUtilFindLongProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                              LPCWSTR pszPropertyName, LPLONG plPropertyValue) {
    return resutils::find_number(pPropertyList, cbPropertyListSize, pszPropertyName,
                                 CLUSPROP_FORMAT_LONG, plPropertyValue);
}

EXPORTED DWORD WINAPI ResUtilFindULargeIntegerProperty(PVOID pPropertyList,
                                                       DWORD cbPropertyListSize,
                                                       LPCWSTR pszPropertyName,
                                                       PULONGLONG plPropertyValue) {
    return resutils::find_number(pPropertyList, cbPropertyListSize, pszPropertyName,
                                 CLUSPROP_FORMAT_ULARGE_INTEGER, plPropertyValue);
}

EXPORTED DWORD WINAPI ResUtilFindFileTimeProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                                  LPCWSTR pszPropertyName,
                                                  LPFILETIME pftPropertyValue) {
    return resutils::find_number(pPropertyList, cbPropertyListSize, pszPropertyName,
                                 CLUSPROP_FORMAT_FILETIME, pftPropertyValue);
}

EXPORTED DWORD WINAPI ResUtilFindBinaryProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                                LPCWSTR pszPropertyName, LPBYTE* pbPropertyValue,
                                                LPDWORD pcbPropertyValueSize) {
    return resutils::find_copy(pPropertyList, cbPropertyListSize, pszPropertyName,
                               CLUSPROP_FORMAT_BINARY, pbPropertyValue, pcbPropertyValueSize);
}

EXPORTED DWORD WINAPI ResUtilFindMultiSzProperty(PVOID pPropertyList, DWORD cbPropertyListSize,
                                                 LPCWSTR pszPropertyName, LPWSTR* pszPropertyValue,
                                                 LPDWORD pcbPropertyValueSize) {
    return resutils::find_copy(pPropertyList, cbPropertyListSize, pszPropertyName,
                               CLUSPROP_FORMAT_MULTI_SZ, pszPropertyValue, pcbPropertyValueSize);
}

EXPORTED DWORD WINAPI ResUtilGetSzProperty(LPWSTR* ppszOutValue, PCLUSPROP_SZ pValueStruct,
                                           LPCWSTR /*pszOldValue*/, LPBYTE* ppPropertyList,
                                           LPDWORD pcbPropertyListSize) {
    return resutils::take_copy({ppPropertyList, pcbPropertyListSize}, pValueStruct,
                               CLUSPROP_FORMAT_SZ, ppszOutValue, nullptr);
}

EXPORTED DWORD WINAPI ResUtilGetMultiSzProperty(LPWSTR* ppszOutValue, LPDWORD pcbOutValueSize,
                                                PCLUSPROP_SZ pValueStruct, LPCWSTR /*pszOldValue*/,
                                                DWORD /*cbOldValueSize*/, LPBYTE* ppPropertyList,
                                                LPDWORD pcbPropertyListSize) {
    return resutils::take_copy({ppPropertyList, pcbPropertyListSize}, pValueStruct,
                               CLUSPROP_FORMAT_MULTI_SZ, ppszOutValue, pcbOutValueSize);
}

EXPORTED DWORD WINAPI ResUtilGetBinaryProperty(LPBYTE* ppbOutValue, LPDWORD pcbOutValueSize,
                                               PCLUSPROP_BINARY pValueStruct, LPBYTE /*pbOldValue*/,
                                               DWORD /*cbOldValueSize*/, LPBYTE* ppPropertyList,
                                               LPDWORD pcbPropertyListSize) {
    return resutils::take_copy({ppPropertyList, pcbPropertyListSize}, pValueStruct,
                               CLUSPROP_FORMAT_BINARY, ppbOutValue, pcbOutValueSize);
}

EXPORTED DWORD WINAPI ResUtilGetDwordProperty(LPDWORD pdwOutValue, PCLUSPROP_DWORD pValueStruct,
                                              DWORD /*dwOldValue*/, DWORD dwMinimum,
                                              DWORD dwMaximum, LPBYTE* ppPropertyList,
                                              LPDWORD pcbPropertyListSize) {
    return resutils::take_number({ppPropertyList, pcbPropertyListSize}, pValueStruct,
                                 CLUSPROP_FORMAT_DWORD, dwMinimum, dwMaximum, pdwOutValue);
}

EXPORTED DWORD WINAPI ResUtilGetLongProperty(LPLONG plOutValue, PCLUSPROP_LONG pValueStruct,
                                             LONG /*lOldValue*/, LONG lMinimum, LONG lMaximum,
                                             LPBYTE* ppPropertyList, LPDWORD pcbPropertyListSize) {
    return resutils::take_number({ppPropertyList, pcbPropertyListSize}, pValueStruct,
                                 CLUSPROP_FORMAT_LONG, lMinimum, lMaximum, plOutValue);
}

EXPORTED DWORD WINAPI ResUtilGetFileTimeProperty(LPFILETIME pftOutValue,
                                                 PCLUSPROP_FILETIME pValueStruct,
                                                 FILETIME /*ftOldValue*/, FILETIME ftMinimum,
                                                 FILETIME ftMaximum, LPBYTE* ppPropertyList,
                                                 LPDWORD pcbPropertyListSize) {
    return resutils::take_file_time({ppPropertyList, pcbPropertyListSize}, pValueStruct, ftMinimum,
                                    ftMaximum, pftOutValue);
}

// ---- Single values of the database ------------------------------------------------------------

EXPORTED LPWSTR WINAPI ResUtilGetSzValue(HKEY hkeyClusterKey, LPCWSTR pszValueName) {
    return resutils::get_sz_value(hkeyClusterKey, pszValueName);
}

EXPORTED DWORD WINAPI ResUtilGetDwordValue(HKEY hkeyClusterKey, LPCWSTR pszValueName,
                                           LPDWORD pdwOutValue, DWORD dwDefaultValue) {
    return resutils::get_dword_value(hkeyClusterKey, pszValueName, pdwOutValue, dwDefaultValue);
}

EXPORTED DWORD WINAPI ResUtilGetQwordValue(HKEY hkeyClusterKey, LPCWSTR pszValueName,
                                           PULONGLONG pqwOutValue, ULONGLONG qwDefaultValue) {
    return resutils::get_qword_value(hkeyClusterKey, pszValueName, pqwOutValue, qwDefaultValue);
}

EXPORTED DWORD WINAPI ResUtilGetBinaryValue(HKEY hkeyClusterKey, LPCWSTR pszValueName,
                                            LPBYTE* ppbOutValue, LPDWORD pcbOutValueSize) {
    return resutils::get_binary_value(hkeyClusterKey, pszValueName, ppbOutValue, pcbOutValueSize);
}

EXPORTED DWORD WINAPI ResUtilSetSzValue(HKEY hkeyClusterKey, LPCWSTR pszValueName,
                                        LPCWSTR pszNewValue, LPWSTR* ppszOutString) {
    return resutils::set_sz_value(hkeyClusterKey, pszValueName, pszNewValue, ppszOutString);
}

EXPORTED DWORD WINAPI ResUtilSetExpandSzValue(HKEY hkeyClusterKey, LPCWSTR pszValueName,
                                              LPCWSTR pszNewValue, LPWSTR* ppszOutString) {
    return resutils::set_expand_sz_value(hkeyClusterKey, pszValueName, pszNewValue, ppszOutString);
}

EXPORTED DWORD WINAPI ResUtilSetDwordValue(HKEY hkeyClusterKey, LPCWSTR pszValueName,
                                           DWORD dwNewValue, LPDWORD pdwOutValue) {
    return resutils::set_dword_value(hkeyClusterKey, pszValueName, dwNewValue, pdwOutValue);
}

EXPORTED DWORD WINAPI ResUtilSetQwordValue(HKEY hkeyClusterKey, LPCWSTR pszValueName,
                                           ULONGLONG qwNewValue, PULONGLONG pqwOutValue) {
    return resutils::set_qword_value(hkeyClusterKey, pszValueName, qwNewValue, pqwOutValue);
}

EXPORTED DWORD WINAPI ResUtilSetBinaryValue(HKEY hkeyClusterKey, LPCWSTR pszValueName,
                                            LPBYTE pbNewValue, DWORD cbNewValueSize,
                                            LPBYTE* ppbOutValue, LPDWORD pcbOutValueSize) {
    return resutils::set_binary_value(hkeyClusterKey, pszValueName, pbNewValue, cbNewValueSize,
                                      ppbOutValue, pcbOutValueSize);
}

EXPORTED DWORD WINAPI ResUtilSetMultiSzValue(HKEY hkeyClusterKey, LPCWSTR pszValueName,
                                             LPCWSTR pszNewValue, DWORD cbNewValueSize,
                                             LPWSTR* ppszOutValue, LPDWORD pcbOutValueSize) {
    return resutils::set_multi_sz_value(hkeyClusterKey, pszValueName, pszNewValue, cbNewValueSize,
                                        ppszOutValue, pcbOutValueSize);
}

// ---- Text -------------------------------------------------------------------------------------

EXPORTED LPWSTR WINAPI ResUtilDupString(LPCWSTR pszInString) {
    return resutils::dup_string(pszInString);
}

EXPORTED LPWSTR WINAPI ResUtilExpandEnvironmentStrings(LPCWSTR pszSrc) {
    return resutils::expand_environment_strings(pszSrc);
}
