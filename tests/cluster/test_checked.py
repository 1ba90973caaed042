"""The conformance checks of resource DLLs that need a cluster around them."""

from __future__ import annotations

from pathlib import Path

import native
from checking import check, with_outcome

# It goes by the cluster that it is in, and says in the way of Windows that it is there once only.
ONCE = r"""
#include "resapi_cy/resapi.h"
static LONG opened;
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    HCLUSTER cluster = OpenCluster(NULL);
    HRESOURCE resource = cluster != NULL ? OpenClusterResource(cluster, name) : NULL;
    HKEY parameters = NULL;
    const BOOL found = resource != NULL &&
        ClusterRegOpenKey(key, L"Parameters", KEY_READ, &parameters) == ERROR_SUCCESS;
    if (parameters != NULL) ClusterRegCloseKey(parameters);
    if (resource != NULL) CloseClusterResource(resource);
    if (cluster != NULL) CloseCluster(cluster);
    if (!found || opened != 0) {
        SetLastError(found ? ERROR_OBJECT_ALREADY_EXISTS : ERROR_RESOURCE_NOT_FOUND);
        return NULL;
    }
    opened = 1;
    return handle;
}
static void WINAPI Close(RESID resid) { if (resid != NULL) opened = 0; }
static void WINAPI Terminate(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
static DWORD WINAPI Offline(RESID resid) { return (void)resid, 0; }
static BOOL WINAPI Alive(RESID resid) { return (void)resid, TRUE; }
static CLRES_FUNCTION_TABLE table = {
    CLRES_V1_FUNCTION_SIZE,
    CLRES_VERSION_V1_00,
    {{Open, Close, Online, Offline, Terminate, Alive, Alive, NULL, NULL, NULL, NULL}}};
#ifdef _WIN32
__declspec(dllexport)
#endif
DWORD WINAPI Startup(LPCWSTR type, DWORD lowest, DWORD highest, PSET_RESOURCE_STATUS_ROUTINE set,
                     PLOG_EVENT_ROUTINE log, PCLRES_FUNCTION_TABLE* functions) {
    (void)type, (void)lowest, (void)highest, (void)set, (void)log;
    *functions = &table;
    return ERROR_SUCCESS;
}
"""


def test_a_resource_that_is_checked_has_its_key_and_is_known_to_the_cluster(
    tmp_path: Path,
) -> None:
    source = tmp_path / "once.c"
    source.write_text(ONCE)
    results = check(native.clustered(source), "Once", names=["resids", "online", "two-online"])
    assert results["online"].outcome == "pass", results
    assert with_outcome(results, "n/a") >= {"resids", "two-online"}, results
    assert "one instance at a time" in results["resids"].reason


def test_properties_of_a_table_pass_the_checks_of_properties() -> None:
    source = native.TESTS / "headers" / "property_dll.c"
    names = ["resids", "private-properties", "told-properties", "kept-properties"]
    private = {"Command": "x", "Limit": "20", "Offset": "-3", "Folder": "%TEMP%"}
    results = check(native.clustered(source), "Sample", private=private, names=names)
    assert with_outcome(results, "pass") == set(results), results
