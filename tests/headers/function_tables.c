/* The macros that fill in a function table put each entry point where its name says: 0, or the line
 * of what is wrong. */
#include "resapi_cy/resapi.h"

#define CHECK(condition) \
    if (!(condition)) return __LINE__

static RESID WINAPI DiskOpen(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name;
    (void)key;
    return handle;
}
static RESID WINAPI DiskOpenV2(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    (void)name;
    (void)key;
    (void)flags;
    return handle;
}
static VOID WINAPI DiskClose(RESID resource) {
    (void)resource;
}
static DWORD WINAPI DiskOnline(RESID resource, LPHANDLE event) {
    (void)resource;
    (void)event;
    return ERROR_SUCCESS;
}
static DWORD WINAPI DiskOnlineV2(RESID resource, LPHANDLE event, DWORD flags, PBYTE in, DWORD size,
                                 DWORD reserved) {
    (void)resource;
    (void)event;
    (void)in;
    return flags + size + reserved;
}
static DWORD WINAPI DiskOffline(RESID resource) {
    (void)resource;
    return ERROR_SUCCESS;
}
static DWORD WINAPI DiskOfflineV2(RESID resource, LPCWSTR node, DWORD flags, PBYTE in, DWORD size,
                                  DWORD reserved) {
    (void)resource;
    (void)node;
    (void)in;
    return flags + size + reserved;
}
static VOID WINAPI DiskTerminate(RESID resource) {
    (void)resource;
}
static BOOL WINAPI DiskLooksAlive(RESID resource) {
    return resource != NULL;
}
static BOOL WINAPI DiskIsAlive(RESID resource) {
    return resource != NULL;
}
static DWORD WINAPI DiskCancel(RESID resource, DWORD flags) {
    (void)resource;
    return flags;
}
static DWORD WINAPI DiskControl(RESID resource, DWORD code, PVOID in, DWORD in_size, PVOID out,
                                DWORD out_size, LPDWORD returned) {
    (void)resource;
    (void)in;
    (void)out;
    (void)returned;
    return code + in_size + out_size;
}
static DWORD WINAPI DiskBegin(RESID resource, DWORD code, PVOID in, DWORD in_size, PVOID out,
                              DWORD out_size, LPDWORD returned, PRES_CTL_CTX context, PBOOL later) {
    (void)resource;
    (void)in;
    (void)out;
    (void)returned;
    (void)context;
    (void)later;
    return code + in_size + out_size;
}
static DWORD WINAPI DiskBeginType(LPCWSTR type, DWORD code, PVOID in, DWORD in_size, PVOID out,
                                  DWORD out_size, LPDWORD returned, PRESTYPE_CTL_CTX context,
                                  PBOOL later) {
    (void)type;
    (void)in;
    (void)out;
    (void)returned;
    (void)context;
    (void)later;
    return code + in_size + out_size;
}
static DWORD WINAPI DiskBeginAsUser(RESID resource, HANDLE token, DWORD code, PVOID in,
                                    DWORD in_size, PVOID out, DWORD out_size, LPDWORD returned,
                                    PRES_CTL_CTX context, PBOOL later) {
    (void)token;
    return DiskBegin(resource, code, in, in_size, out, out_size, returned, context, later);
}

static CLRES_V1_FUNCTION_TABLE(first, CLRES_VERSION_V1_00, Disk, NULL, NULL, DiskControl, NULL);

int main(void) {
    CLRES_FUNCTION_TABLE second, third, fourth;
    ZeroMemory(&second, sizeof second);
    ZeroMemory(&third, sizeof third);
    ZeroMemory(&fourth, sizeof fourth);
    CLRES_V2_FUNCTION_TABLE_SET(second, CLRES_VERSION_V2_00, Disk, NULL, NULL, DiskControl, NULL,
                                DiskLooksAlive, DiskIsAlive, DiskCancel);
    CLRES_V3_FUNCTION_TABLE_SET(third, CLRES_VERSION_V3_00, Disk, NULL, NULL, DiskBegin,
                                DiskBeginType, DiskLooksAlive, DiskIsAlive, DiskCancel);
    CLRES_V4_FUNCTION_TABLE_SET(fourth, CLRES_VERSION_V4_00, Disk, NULL, NULL, DiskBegin,
                                DiskBeginType, DiskLooksAlive, DiskIsAlive, NULL, DiskBeginAsUser,
                                NULL);

    CHECK(first.TableSize == sizeof(CLRES_V1_FUNCTIONS) && first.Version == CLRES_VERSION_V1_00);
    CHECK(first.V1Functions.Open == DiskOpen && first.V1Functions.Close == DiskClose);
    CHECK(first.V1Functions.Online == DiskOnline && first.V1Functions.Offline == DiskOffline);
    CHECK(first.V1Functions.Terminate == DiskTerminate);
    CHECK(first.V1Functions.LooksAlive == DiskLooksAlive);
    CHECK(first.V1Functions.IsAlive == DiskIsAlive);
    CHECK(first.V1Functions.Arbitrate == NULL && first.V1Functions.Release == NULL);
    CHECK(first.V1Functions.ResourceControl == DiskControl);
    CHECK(first.V1Functions.ResourceTypeControl == NULL);

    CHECK(second.TableSize == sizeof(CLRES_V2_FUNCTIONS) && second.Version == CLRES_VERSION_V2_00);
    CHECK(second.V2Functions.Open == DiskOpenV2 && second.V2Functions.Close == DiskClose);
    CHECK(second.V2Functions.Online == DiskOnlineV2 && second.V2Functions.Offline == DiskOfflineV2);
    CHECK(second.V2Functions.Terminate == DiskTerminate);
    CHECK(second.V2Functions.LooksAlive == DiskLooksAlive);
    CHECK(second.V2Functions.IsAlive == DiskIsAlive && second.V2Functions.Cancel == DiskCancel);
    CHECK(second.V2Functions.ResourceControl == DiskControl);
    CHECK(second.V2Functions.ResourceTypeControl == NULL);

    CHECK(third.TableSize == sizeof(CLRES_V3_FUNCTIONS) && third.Version == CLRES_VERSION_V3_00);
    CHECK(third.V3Functions.Open == DiskOpenV2 && third.V3Functions.Cancel == DiskCancel);
    CHECK(third.V3Functions.BeginResourceControl == DiskBegin);
    CHECK(third.V3Functions.BeginResourceTypeControl == DiskBeginType);

    CHECK(fourth.TableSize == sizeof(CLRES_V4_FUNCTIONS) && fourth.Version == CLRES_VERSION_V4_00);
    CHECK(fourth.V4Functions.Offline == DiskOfflineV2 && fourth.V4Functions.Cancel == NULL);
    CHECK(fourth.V4Functions.BeginResourceControl == DiskBegin);
    CHECK(fourth.V4Functions.BeginResourceTypeControl == DiskBeginType);
    CHECK(fourth.V4Functions.BeginResourceControlAsUser == DiskBeginAsUser);
    CHECK(fourth.V4Functions.BeginResourceTypeControlAsUser == NULL);
    return 0;
}
