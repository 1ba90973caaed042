"""The conformance checks of resource DLLs that need a cluster around them."""

from __future__ import annotations

import native
from checking import check, with_outcome

# It goes by the cluster that it is in, and says in the way of Windows that it is there once only.
ONCE = r"""
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
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
"""


def test_a_resource_that_is_checked_has_its_key_and_is_known_to_the_cluster() -> None:
    dll = native.version_1_dll("once", ONCE)
    results = check(dll, "Once", names=["resids", "online", "two-online"])
    assert results["online"].outcome == "pass", results
    assert with_outcome(results, "n/a") >= {"resids", "two-online"}, results
    assert "one instance at a time" in results["resids"].reason


def test_properties_of_a_table_pass_the_checks_of_properties() -> None:
    source = native.TESTS / "headers" / "property_dll.c"
    names = ["resids", "private-properties", "told-properties", "kept-properties"]
    private = {"Command": "x", "Limit": "20", "Offset": "-3", "Folder": "%TEMP%"}
    required = [("Disk", "Physical Disk", {}), ("Files", "Network Name", {})]
    dll = native.clustered(source)
    results = check(dll, "Sample", private=private, names=names, dependencies=required)
    assert with_outcome(results, "pass") == set(results), results
