/* What sha256sum writes: a line for each file, with the digest and the name. */
#ifndef EXAMPLES_MANIFEST_H
#define EXAMPLES_MANIFEST_H

#include "files.h"
#include "platform.h"
#include "sha256.h"
#include "text.h"

typedef struct MANIFEST_ENTRY {
    WCHAR* path;
    unsigned char digest[SHA256_SIZE];
    ULONGLONG size; /* filled in by who verifies the file */
} MANIFEST_ENTRY;

typedef struct MANIFEST {
    MANIFEST_ENTRY* entries;
    size_t count;
} MANIFEST;

enum { MANIFEST_LARGEST = 64 * 1024 * 1024 };

static inline void manifest_free(MANIFEST* manifest) {
    for (size_t i = 0; i < manifest->count; ++i) free(manifest->entries[i].path);
    free(manifest->entries);
    manifest->entries = NULL;
    manifest->count = 0;
}

static inline int manifest_hex_digit(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

/* A name that stays in the directory: not absolute, and no ".." in it. */
static inline BOOL manifest_name_is_inside(const char* name) {
    if (*name == 0 || *name == '/' || *name == '\\') return FALSE;
#ifdef _WIN32
    if (strchr(name, ':') != NULL) return FALSE;
#endif
    while (name != NULL && *name != 0) {
        size_t part = strcspn(name, "/\\");
        if (part == 2 && name[0] == '.' && name[1] == '.') return FALSE;
        name += part;
        if (*name != 0) ++name;
    }
    return TRUE;
}

/* In a line that begins with a backslash, the name's \\, \n and \r stand for a character each. */
static inline BOOL manifest_unescape(char* name) {
    char* out = name;
    for (; *name != 0; ++name) {
        if (*name != '\\') {
            *out++ = *name;
        } else if (*++name == '\\') {
            *out++ = '\\';
        } else if (*name == 'n' || *name == 'r') {
            *out++ = *name == 'n' ? '\n' : '\r';
        } else {
            return FALSE;
        }
    }
    *out = 0;
    return TRUE;
}

/* "digest  name", or "digest *name" where sha256sum read it as binary. */
static inline DWORD manifest_parse_line(char* line, LPCWSTR directory, MANIFEST_ENTRY* entry) {
    const BOOL escaped = *line == '\\';
    WCHAR* name;
    if (escaped) ++line;
    for (int i = 0; i < SHA256_SIZE; ++i, line += 2) {
        const int high = manifest_hex_digit(line[0]);
        const int low = high < 0 ? -1 : manifest_hex_digit(line[1]);
        if (low < 0) return ERROR_INVALID_DATA;
        entry->digest[i] = (unsigned char)(high << 4 | low);
    }
    if (line[0] != ' ' || (line[1] != ' ' && line[1] != '*')) return ERROR_INVALID_DATA;
    line += 2;
    if ((escaped && !manifest_unescape(line)) || !manifest_name_is_inside(line)) {
        return ERROR_INVALID_DATA;
    }
    name = text_from_utf8(line);
    if (name == NULL) return ERROR_NOT_ENOUGH_MEMORY;
    entry->path = path_join(directory, name);
    free(name);
    return entry->path != NULL ? ERROR_SUCCESS : ERROR_NOT_ENOUGH_MEMORY;
}

/* The names are those of files in the directory. *line tells where ERROR_INVALID_DATA was. */
static inline DWORD manifest_parse(char* text, LPCWSTR directory, MANIFEST* manifest, DWORD* line) {
    size_t lines = 1;
    for (const char* c = text; *c != 0; ++c) lines += *c == '\n';
    manifest->count = 0;
    manifest->entries = (MANIFEST_ENTRY*)calloc(lines, sizeof *manifest->entries);
    if (manifest->entries == NULL) return ERROR_NOT_ENOUGH_MEMORY;
    for (*line = 1; *text != 0; ++*line) {
        const size_t length = strcspn(text, "\n");
        const BOOL is_last = text[length] == 0;
        DWORD error;
        text[length] = 0;
        if (length > 0 && text[length - 1] == '\r') text[length - 1] = 0;
        if (*text != 0) {
            error = manifest_parse_line(text, directory, &manifest->entries[manifest->count]);
            if (error != ERROR_SUCCESS) {
                manifest_free(manifest);
                return error;
            }
            ++manifest->count;
        }
        text += is_last ? length : length + 1;
    }
    return ERROR_SUCCESS;
}

static inline DWORD manifest_read_text(FILE_HANDLE file, char* text, size_t size) {
    size_t filled = 0;
    DWORD got = 1;
    while (got > 0 && filled < size) {
        const DWORD error = file_read(file, text + filled, (DWORD)(size - filled), &got);
        if (error != ERROR_SUCCESS) return error;
        filled += got;
    }
    text[filled] = 0;
    return strlen(text) == filled ? ERROR_SUCCESS : ERROR_INVALID_DATA;
}

/* Reads the file at path. Free the manifest with manifest_free, if this succeeds. */
static inline DWORD manifest_read(LPCWSTR path, LPCWSTR directory, MANIFEST* manifest,
                                  DWORD* line) {
    FILE_STATUS status;
    FILE_HANDLE file;
    char* text;
    DWORD error = file_status(path, &status);
    *line = 0;
    if (error != ERROR_SUCCESS) return error;
    if (status.is_directory || status.size > MANIFEST_LARGEST) return ERROR_INVALID_DATA;
    error = file_open(path, &file);
    if (error != ERROR_SUCCESS) return error;
    text = (char*)malloc((size_t)status.size + 1);
    error = text != NULL ? manifest_read_text(file, text, (size_t)status.size)
                         : ERROR_NOT_ENOUGH_MEMORY;
    file_close(file);
    if (error == ERROR_SUCCESS) error = manifest_parse(text, directory, manifest, line);
    free(text);
    return error;
}

#endif
