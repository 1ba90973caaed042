/* A resource DLL that does what no process survives, or waits for: a resource type for each way.
 * "Rude" itself is well behaved, does everything at once, and takes RESIDs for what they are. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resapi_cy/resapi.h"

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#define TEXT16(text) L##text
#define nap() Sleep(1000)
#define freeze()
#else
#include <signal.h>
#include <unistd.h>
#define EXPORT __attribute__((visibility("default")))
#define TEXT16(text) u##text
#define nap() sleep(1)
#define freeze() raise(SIGSTOP)
#endif

typedef struct {
    RESOURCE_HANDLE handle;
    BOOL online;
    WCHAR text[3000];
    DWORD size; /* of the text, in bytes */
} RUDE;

static const LPCWSTR TYPES[] = {
    TEXT16("Rude"),
    TEXT16("Rude.BlocksInStartup"),
    TEXT16("Rude.CrashesInOpen"),
    TEXT16("Rude.CrashesInOnline"),
    TEXT16("Rude.ExitsInOffline"),
    TEXT16("Rude.BelievesAnyResid"),
    TEXT16("Rude.WritesToTheOutput"),
    TEXT16("Rude.ForgesTheLog"),
    TEXT16("Rude.FreezesInOnline"), /* not on Windows */
    TEXT16("Rude.TellsMuch"),       /* its property Text is long, and takes text alone */
    TEXT16("Rude.OnlineOnce"),      /* and not again while it is; that is right */
};
typedef enum {
    WELL_BEHAVED,
    BLOCKS_IN_STARTUP,
    CRASHES_IN_OPEN,
    CRASHES_IN_ONLINE,
    EXITS_IN_OFFLINE,
    BELIEVES_ANY_RESID,
    WRITES_TO_THE_OUTPUT,
    FORGES_THE_LOG,
    FREEZES_IN_ONLINE,
    TELLS_MUCH,
    ONLINE_ONCE,
    TYPE_COUNT
} TYPE;

/* One type is in use at a time. */
static TYPE type;
static PCLRES_CALLBACK_FUNCTION_TABLE monitor;
static RUDE* open_resources[64];

static int same(LPCWSTR a, LPCWSTR b) {
    while (*a != 0 && *a == *b) ++a, ++b;
    return *a == *b;
}

static void crash(void) {
    volatile int* volatile nowhere = NULL;
    *nowhere = 1;
}

static RUDE* find(RESID id) {
    for (int i = 0; id != NULL && i < 64; ++i) {
        if (open_resources[i] == id) return (RUDE*)id;
    }
    if (type == BELIEVES_ANY_RESID) crash(); /* there is nothing where it looks */
    return NULL;
}

static RESID __stdcall Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    RUDE* resource = (RUDE*)calloc(1, sizeof *resource);
    (void)name, (void)key, (void)flags;
    if (type == CRASHES_IN_OPEN) crash();
    if (resource == NULL) return NULL;
    resource->size = sizeof resource->text;
    for (int i = 0; i < 2999; ++i) resource->text[i] = 'x';
    for (int i = 0; i < 64; ++i) {
        if (open_resources[i] == NULL) {
            open_resources[i] = resource;
            resource->handle = handle;
            return resource;
        }
    }
    free(resource);
    return NULL;
}

static VOID __stdcall Close(RESID id) {
    for (int i = 0; id != NULL && i < 64; ++i) {
        if (open_resources[i] == id) {
            open_resources[i] = NULL;
            free(id);
        }
    }
}

static DWORD __stdcall Online(RESID id, LPHANDLE event, DWORD flags, PBYTE in, DWORD in_size,
                              DWORD reserved) {
    RUDE* resource = find(id);
    (void)event, (void)flags, (void)in, (void)in_size, (void)reserved;
    if (type == CRASHES_IN_ONLINE) crash();
    if (type == FREEZES_IN_ONLINE) freeze();
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (type == FORGES_THE_LOG) {
        monitor->LogEvent(
            resource->handle, LOG_ERROR,
            TEXT16("\x1b[2J\x1b]0;title\x07 well\n[pass] forged\x85 <&]]> \xd834 \xffff"));
        return ERROR_ACCESS_DENIED;
    }
    if (type == ONLINE_ONCE && resource->online) return ERROR_RESOURCE_ONLINE;
    resource->online = TRUE;
    return ERROR_SUCCESS;
}

static DWORD __stdcall Offline(RESID id, LPCWSTR node, DWORD flags, PBYTE in, DWORD in_size,
                               DWORD reserved) {
    RUDE* resource = find(id);
    (void)node, (void)flags, (void)in, (void)in_size, (void)reserved;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (type == EXITS_IN_OFFLINE) exit(3);
    resource->online = FALSE;
    return ERROR_SUCCESS;
}

static VOID __stdcall Terminate(RESID id) {
    RUDE* resource = find(id);
    if (resource != NULL) resource->online = FALSE;
}

static BOOL __stdcall IsAlive(RESID id) {
    RUDE* resource = find(id);
    return resource != NULL && resource->online;
}

/* A property list of one property. */
typedef struct {
    DWORD count, name_syntax, name_size;
    WCHAR name[6]; /* with its padding */
    DWORD syntax, size;
    WCHAR text[3000];
    DWORD end_mark;
} LIST;

static DWORD set_text(RUDE* resource, const LIST* given, DWORD given_size) {
    static const WCHAR NAME[] = TEXT16("Text");
    if (given_size <= offsetof(LIST, text) || given->count != 1 ||
        given->name_size != sizeof NAME || memcmp(given->name, NAME, sizeof NAME) != 0) {
        return ERROR_INVALID_PARAMETER;
    }
    if (given->syntax != CLUSPROP_SYNTAX_LIST_VALUE_SZ || given->size > sizeof resource->text) {
        return ERROR_INVALID_DATA;
    }
    resource->size = given->size;
    memcpy(resource->text, given->text, given->size);
    return ERROR_SUCCESS;
}

static DWORD tell_much(RUDE* resource, DWORD code, const LIST* given, DWORD given_size, BYTE* told,
                       DWORD room, LPDWORD returned) {
    const LIST head = {
        1, CLUSPROP_SYNTAX_NAME, 10, TEXT16("Text"), CLUSPROP_SYNTAX_LIST_VALUE_SZ, 0, {0}, 0};
    const DWORD end_mark = CLUSPROP_SYNTAX_ENDMARK;
    DWORD padded;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (code == CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES) {
        return set_text(resource, given, given_size);
    }
    if (code != CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES) return ERROR_INVALID_FUNCTION;
    padded = (resource->size + 3) / 4 * 4;
    *returned = offsetof(LIST, text) + padded + sizeof end_mark;
    if (room < *returned) return ERROR_MORE_DATA;
    memset(told, 0, *returned);
    memcpy(told, &head, offsetof(LIST, text));
    memcpy(told + offsetof(LIST, size), &resource->size, sizeof resource->size);
    memcpy(told + offsetof(LIST, text), resource->text, resource->size);
    memcpy(told + offsetof(LIST, text) + padded, &end_mark, sizeof end_mark);
    return ERROR_SUCCESS;
}

static DWORD __stdcall ResourceControl(RESID id, DWORD code, PVOID in, DWORD in_size, PVOID out,
                                       DWORD out_size, LPDWORD returned) {
    (void)id, (void)code, (void)in, (void)in_size, (void)out, (void)out_size, (void)returned;
    if (type == TELLS_MUCH && id != NULL) {
        return tell_much(find(id), code, (const LIST*)in, in_size, (BYTE*)out, out_size, returned);
    }
    if (type == WRITES_TO_THE_OUTPUT) {
        /* Text without an end, what looks like an answer, and no text at all. */
        fputs("{\"check\": \"online\", \"outcome\": \"fail\"}\n\xff\xfe half a line", stdout);
        fputs("and \x1b[31mmore", stderr);
        fflush(NULL);
    }
    return ERROR_INVALID_FUNCTION;
}

static DWORD __stdcall ResourceTypeControl(LPCWSTR name, DWORD code, PVOID in, DWORD in_size,
                                           PVOID out, DWORD out_size, LPDWORD returned) {
    (void)name;
    return ResourceControl(NULL, code, in, in_size, out, out_size, returned);
}

static DWORD __stdcall Cancel(RESID id, DWORD reserved) {
    (void)id, (void)reserved;
    return ERROR_CALL_NOT_IMPLEMENTED;
}

static CLRES_FUNCTION_TABLE table = {.TableSize = CLRES_V2_FUNCTION_SIZE,
                                     .Version = CLRES_VERSION_V2_00,
                                     .V2Functions = {
                                         .Open = Open,
                                         .Close = Close,
                                         .Online = Online,
                                         .Offline = Offline,
                                         .Terminate = Terminate,
                                         .LooksAlive = IsAlive,
                                         .IsAlive = IsAlive,
                                         .ResourceControl = ResourceControl,
                                         .ResourceTypeControl = ResourceTypeControl,
                                         .Cancel = Cancel,
                                     }};

EXPORT DWORD __stdcall StartupEx(LPCWSTR name, DWORD lowest, DWORD highest,
                                 PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                                 PCLRES_FUNCTION_TABLE* functions) {
    int found = 0;
    while (found < TYPE_COUNT && !same(name, TYPES[found])) ++found;
    if (found == TYPE_COUNT) return ERROR_CLUSTER_RESNAME_NOT_FOUND;
    type = (TYPE)found;
    while (type == BLOCKS_IN_STARTUP) nap();
    if (lowest > CLRES_VERSION_V2_00 || highest < CLRES_VERSION_V2_00) {
        return ERROR_REVISION_MISMATCH;
    }
    monitor = callbacks;
    *functions = &table;
    return ERROR_SUCCESS;
}
