/* A resource DLL with a private property of each format, which takes no value in another format
 * than the property's own, nor a second value beside the first.
 *
 * Its resources differ in what they tell: one whose name begins with "v" the values alone, with "s"
 * neither values nor formats, with "w" the formats in a list that is none; others both. Code 1
 * gives back the list that was set last. */
#include <stdlib.h>
#include <string.h>

#include "resapi_cy/resapi.h"

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#define TEXT16(text) L##text
#else
#define EXPORT __attribute__((visibility("default")))
#define TEXT16(text) u##text
#endif

enum { ROOM = 2048, DATA_ROOM = 64 };

typedef struct PROPERTY {
    LPCWSTR name;
    DWORD format;
    DWORD size;
    BYTE data[DATA_ROOM];
} PROPERTY;

#define WIDE(text) (sizeof TEXT16(text))

/* In an order of their own. */
static const PROPERTY initial[] = {
    {TEXT16("Long"), CLUSPROP_FORMAT_LONG, 4, {8}},
    {TEXT16("Expand"), CLUSPROP_FORMAT_EXPAND_SZ, WIDE("%A%"), {'%', 0, 'A', 0, '%'}},
    {TEXT16("Dword"), CLUSPROP_FORMAT_DWORD, 4, {8}},
    {TEXT16("Word"), CLUSPROP_FORMAT_WORD, 2, {8}},
    {TEXT16("Many"), CLUSPROP_FORMAT_MULTI_SZ, 6, {'a'}},
    {TEXT16("None"), CLUSPROP_FORMAT_MULTI_SZ, 4, {0}}, /* with both NULs, though it is empty */
    {TEXT16("Huge"), CLUSPROP_FORMAT_ULARGE_INTEGER, 8, {8}},
    {TEXT16("Large"), CLUSPROP_FORMAT_LARGE_INTEGER, 8, {8}},
    {TEXT16("Text"), CLUSPROP_FORMAT_SZ, WIDE("x"), {'x'}},
    {TEXT16("Empty"), CLUSPROP_FORMAT_SZ, 0, {0}}, /* without a NUL */
    {TEXT16("Time"), CLUSPROP_FORMAT_FILETIME, 8, {8}},
    {TEXT16("Rights"), CLUSPROP_FORMAT_SECURITY_DESCRIPTOR, 3, {1, 2, 3}},
    {TEXT16("Bytes"), CLUSPROP_FORMAT_BINARY, 3, {1, 2, 3}},
    {TEXT16("Nested"), CLUSPROP_FORMAT_PROPERTY_LIST, 4, {0}},
};
enum { COUNT = sizeof initial / sizeof initial[0] };

typedef struct RESOURCE {
    PROPERTY properties[COUNT];
    BOOL tells_formats, tells_values, tells_rubbish;
    BYTE last[ROOM]; /* the list that was set last */
    DWORD last_size;
    BYTE list[ROOM]; /* the one that is being written */
    DWORD list_size;
} RESOURCE;

static CLRES_FUNCTION_TABLE table;

/* ---- Writing --------------------------------------------------------------------------------- */

static void append(RESOURCE* to, const void* data, DWORD size) {
    memcpy(to->list + to->list_size, data, size);
    to->list_size += size;
}

static void append_number(RESOURCE* to, DWORD number) {
    append(to, &number, sizeof number);
}

static void append_entry(RESOURCE* to, DWORD syntax, const void* data, DWORD size) {
    const BYTE padding[4] = {0};
    append_number(to, syntax);
    append_number(to, size);
    append(to, data, size);
    append(to, padding, (4 - size % 4) % 4);
}

static DWORD wide_size(LPCWSTR text) {
    DWORD length = 0;
    while (text[length] != 0) ++length;
    return (length + 1) * sizeof *text;
}

static DWORD syntax_of(DWORD format) {
    return 0x10000 | format;
}

static DWORD answer(const void* data, DWORD size, void* out, DWORD out_size, LPDWORD returned) {
    *returned = size;
    if (size > out_size) return ERROR_MORE_DATA;
    memcpy(out, data, size);
    return ERROR_SUCCESS;
}

static void write_list(RESOURCE* of, BOOL formats) {
    of->list_size = 0;
    append_number(of, COUNT);
    for (DWORD i = 0; i < COUNT; ++i) {
        const PROPERTY* property = &of->properties[i];
        append_entry(of, CLUSPROP_SYNTAX_NAME, property->name, wide_size(property->name));
        if (formats) {
            append_entry(of, CLUSPROP_SYNTAX_LIST_VALUE_WORD, &property->format, 2);
        } else {
            append_entry(of, syntax_of(property->format), property->data, property->size);
            if (property->format == CLUSPROP_FORMAT_EXPAND_SZ) {
                append_entry(of, CLUSPROP_SYNTAX_LIST_VALUE_EXPANDED_SZ, TEXT16("ex"), WIDE("ex"));
            }
        }
        append_number(of, CLUSPROP_SYNTAX_ENDMARK);
    }
}

/* ---- Reading --------------------------------------------------------------------------------- */

static DWORD number_at(const BYTE* data) {
    DWORD number;
    memcpy(&number, data, sizeof number);
    return number;
}

static DWORD padded(DWORD size) {
    return (size + 3) / 4 * 4;
}

/* The host's lists are well formed; what is looked for here is their formats. */
static DWORD set(RESOURCE* of, const BYTE* data, DWORD size) {
    const BYTE* const end = data + size;
    DWORD count = number_at(data);
    if (size > ROOM) return ERROR_INVALID_DATA;
    memcpy(of->last, data, size);
    of->last_size = size;
    for (data += 4; count > 0; --count) {
        PROPERTY* property = NULL;
        const DWORD name_size = number_at(data + 4);
        for (DWORD i = 0; i < COUNT; ++i) {
            if (wide_size(of->properties[i].name) == name_size &&
                memcmp(of->properties[i].name, data + 8, name_size) == 0) {
                property = &of->properties[i];
            }
        }
        if (property == NULL) return ERROR_INVALID_PARAMETER;
        data += 8 + padded(name_size);
        if (number_at(data) != syntax_of(property->format)) return ERROR_INVALID_DATA;
        property->size = number_at(data + 4);
        if (property->size > DATA_ROOM) return ERROR_INVALID_DATA;
        memcpy(property->data, data + 8, property->size);
        data += 8 + padded(property->size);
        if (number_at(data) != CLUSPROP_SYNTAX_ENDMARK) return ERROR_INVALID_DATA;
        data += 4;
    }
    return data == end ? ERROR_SUCCESS : ERROR_INVALID_DATA;
}

/* ---- Entry points ---------------------------------------------------------------------------- */

static DWORD __stdcall Control(RESID resource, DWORD code, PVOID in, DWORD in_size, PVOID out,
                               DWORD out_size, LPDWORD returned) {
    RESOURCE* of = (RESOURCE*)resource;
    *returned = 0;
    switch (code) {
        case 1:
            return answer(of->last, of->last_size, out, out_size, returned);
        case CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTY_FMTS:
            if (of->tells_rubbish) return answer("rubbish", 7, out, out_size, returned);
            if (!of->tells_formats) return ERROR_INVALID_FUNCTION;
            write_list(of, TRUE);
            return answer(of->list, of->list_size, out, out_size, returned);
        case CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES:
            if (!of->tells_values) return ERROR_INVALID_FUNCTION;
            write_list(of, FALSE);
            return answer(of->list, of->list_size, out, out_size, returned);
        case CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES:
            return set(of, in, in_size);
        default:
            return ERROR_INVALID_FUNCTION;
    }
}

static RESID __stdcall Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    RESOURCE* made = calloc(1, sizeof *made);
    (void)key;
    (void)handle;
    (void)flags;
    if (made == NULL) return NULL;
    memcpy(made->properties, initial, sizeof initial);
    made->tells_rubbish = name[0] == 'w';
    made->tells_formats = name[0] != 'v' && name[0] != 's';
    made->tells_values = name[0] != 's';
    return made;
}

static VOID __stdcall Close(RESID resource) {
    free(resource);
}

static VOID __stdcall Terminate(RESID resource) {
    (void)resource;
}

static DWORD __stdcall Online(RESID resource, LPHANDLE event, DWORD flags, PBYTE in, DWORD size,
                              DWORD reserved) {
    (void)resource;
    (void)event;
    (void)flags;
    (void)in;
    (void)size;
    (void)reserved;
    return ERROR_SUCCESS;
}

static DWORD __stdcall Offline(RESID resource, LPCWSTR node, DWORD flags, PBYTE in, DWORD size,
                               DWORD reserved) {
    (void)resource;
    (void)node;
    (void)flags;
    (void)in;
    (void)size;
    (void)reserved;
    return ERROR_SUCCESS;
}

static BOOL __stdcall Alive(RESID resource) {
    (void)resource;
    return TRUE;
}

EXPORT DWORD __stdcall StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                                 PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                                 PCLRES_FUNCTION_TABLE* functions) {
    (void)type;
    (void)callbacks;
    if (lowest > CLRES_VERSION_V2_00 || highest < CLRES_VERSION_V2_00) {
        return ERROR_REVISION_MISMATCH;
    }
    table.TableSize = CLRES_V2_FUNCTION_SIZE;
    table.Version = CLRES_VERSION_V2_00;
    table.V2Functions.Open = Open;
    table.V2Functions.Close = Close;
    table.V2Functions.Online = Online;
    table.V2Functions.Offline = Offline;
    table.V2Functions.Terminate = Terminate;
    table.V2Functions.LooksAlive = Alive;
    table.V2Functions.IsAlive = Alive;
    table.V2Functions.ResourceControl = Control;
    *functions = &table;
    return ERROR_SUCCESS;
}
