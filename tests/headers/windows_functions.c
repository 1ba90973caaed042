/* The functions of Windows' own that winbase.h defines off Windows do what they do there: 0, or the
 * line of what is wrong. */
#include "resapi_cy/resapi.h"

#define CHECK(condition) \
    if (!(condition)) return __LINE__
#define T(literal) RESAPI_CY_TEXT(literal)

typedef struct PROPS {
    LPWSTR text;
    DWORD number;
} PROPS;

int main(void) {
    WCHAR room[16];
    SIZE_T index;
    BYTE* memory = (BYTE*)LocalAlloc(LPTR, 4096);
    CHECK(memory != NULL);
    for (index = 0; index < 4096; ++index) CHECK(memory[index] == 0);
    FillMemory(memory, 4096, 7);
    CHECK(LocalFree(memory) == NULL && LocalFree(NULL) == NULL);
    memory = (BYTE*)LocalAlloc(LMEM_FIXED, 0);
    CHECK(memory != NULL && LocalFree(memory) == NULL);

    CHECK(lstrlenW(T("")) == 0 && lstrlenW(T("Disk 1")) == 6 && lstrlenW(NULL) == 0);
    CHECK(lstrcpyW(room, T("Disk")) == room && lstrcatW(room, T(" 1")) == room);
    CHECK(lstrcmpW(room, T("Disk 1")) == 0 && lstrcmpW(room, T("disk 1")) != 0);
    CHECK(lstrcmpiW(room, T("DISK 1")) == 0 && lstrcmpiW(room, T("DISK 10")) < 0);
    CHECK(lstrcmpiW(T("b"), T("A")) > 0 && lstrcmpiW(T("a"), T("B")) < 0);
    CHECK(lstrcmpiW(T("\u00e4\u03b1\u0436\u0451"), T("\u00c4\u0391\u0416\u0401")) == 0);
    CHECK(lstrcmpiW(T("\u00f7"), T("\u00d7")) != 0); /* divided by, times: no letters */
    CHECK(lstrcpynW(room, T("Network Name"), 8) == room && lstrcmpW(room, T("Network")) == 0);
    CHECK(lstrcpynW(room, T("IP"), 8) == room && lstrcmpW(room, T("IP")) == 0);

    CHECK(FIELD_OFFSET(PROPS, text) == 0 && FIELD_OFFSET(PROPS, number) == 8);
    CHECK(ALIGN_CLUSPROP(0) == 0 && ALIGN_CLUSPROP(1) == 4 && ALIGN_CLUSPROP(8) == 8);
    CHECK(CLUSPROP_SYNTAX_VALUE(CLUSPROP_TYPE_NAME, CLUSPROP_FORMAT_SZ) == CLUSPROP_SYNTAX_NAME);
    {
        CLUSPROP_SYNTAX syntax;
        CLUSPROP_SZ_DECLARE(odd, 5);
        CLUSPROP_BINARY_DECLARE(bytes, 5);
        syntax.dw = CLUSPROP_SYNTAX_LIST_VALUE_DWORD;
        CHECK(syntax.wType == CLUSPROP_TYPE_LIST_VALUE);
        CHECK(syntax.wFormat == CLUSPROP_FORMAT_DWORD);
        CHECK(sizeof(odd) == 20 && sizeof(bytes) == 16);
    }
    return 0;
}
