/* UTF-16 text, and UTF-8 where the system wants it. What is returned is the caller's to free. */
#ifndef EXAMPLES_TEXT_H
#define EXAMPLES_TEXT_H

#include "platform.h"

static inline size_t text_length(LPCWSTR text) {
    size_t length = 0;
    while (text[length] != 0) ++length;
    return length;
}

static inline WCHAR* text_copy(LPCWSTR text) {
    size_t size = (text_length(text) + 1) * sizeof(WCHAR);
    WCHAR* copy = (WCHAR*)malloc(size);
    if (copy != NULL) memcpy(copy, text, size);
    return copy;
}

static inline WCHAR text_lower(WCHAR unit) {
    return unit >= 'A' && unit <= 'Z' ? (WCHAR)(unit + ('a' - 'A')) : unit;
}

/* Names of types and properties are the same in capitals and in small letters (ASCII's). */
static inline BOOL text_same_name(LPCWSTR left, LPCWSTR right) {
    for (; text_lower(*left) == text_lower(*right); ++left, ++right) {
        if (*left == 0) return TRUE;
    }
    return FALSE;
}

/* UTF-16 of UTF-8; each malformed byte becomes U+FFFD. NULL if there is no memory. */
static inline WCHAR* text_from_utf8(const char* utf8) {
    const unsigned char* in = (const unsigned char*)utf8;
    WCHAR* text = (WCHAR*)malloc((strlen(utf8) + 1) * sizeof(WCHAR));
    WCHAR* out = text;
    if (text == NULL) return NULL;
    while (*in != 0) {
        DWORD point = *in;
        int more = point < 0x80 ? 0 : point < 0xc2 ? -1 : point < 0xe0 ? 1 : point < 0xf0 ? 2 : 3;
        DWORD least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;
        int taken = 0;
        if (point > 0xf4) more = -1;
        if (more > 0) point &= 0x3fu >> more;
        while (taken < more && (in[taken + 1] & 0xc0) == 0x80) {
            point = point << 6 | (in[++taken] & 0x3fu);
        }
        if (more < 0 || taken < more || (more > 0 && point < least) || point > 0x10ffff ||
            (point >= 0xd800 && point < 0xe000)) {
            point = 0xfffd;
            taken = 0;
        }
        in += taken + 1;
        if (point >= 0x10000) {
            *out++ = (WCHAR)(0xd800 + ((point - 0x10000) >> 10));
            *out++ = (WCHAR)(0xdc00 + ((point - 0x10000) & 0x3ff));
        } else {
            *out++ = (WCHAR)point;
        }
    }
    *out = 0;
    return text;
}

/* UTF-8 of UTF-16; half a surrogate pair becomes U+FFFD. NULL if there is no memory. */
static inline char* text_to_utf8(LPCWSTR text) {
    char* utf8 = (char*)malloc(text_length(text) * 3 + 1);
    char* out = utf8;
    if (utf8 == NULL) return NULL;
    for (; *text != 0; ++text) {
        DWORD point = *text;
        if (point >= 0xd800 && point < 0xdc00 && text[1] >= 0xdc00 && text[1] < 0xe000) {
            point = 0x10000 + ((point - 0xd800) << 10) + (*++text - 0xdc00u);
        } else if (point >= 0xd800 && point < 0xe000) {
            point = 0xfffd;
        }
        if (point < 0x80) {
            *out++ = (char)point;
        } else if (point < 0x800) {
            *out++ = (char)(0xc0 | point >> 6);
            *out++ = (char)(0x80 | (point & 0x3f));
        } else if (point < 0x10000) {
            *out++ = (char)(0xe0 | point >> 12);
            *out++ = (char)(0x80 | (point >> 6 & 0x3f));
            *out++ = (char)(0x80 | (point & 0x3f));
        } else {
            *out++ = (char)(0xf0 | point >> 18);
            *out++ = (char)(0x80 | (point >> 12 & 0x3f));
            *out++ = (char)(0x80 | (point >> 6 & 0x3f));
            *out++ = (char)(0x80 | (point & 0x3f));
        }
    }
    *out = 0;
    return utf8;
}

/* The value of an environment variable; NULL if it is not set or empty. */
static inline WCHAR* text_from_environment(const char* name) {
#ifdef _WIN32
    /* The process' environment, not the C runtime's copy of it, which may be an old one. */
    WCHAR* wide_name = text_from_utf8(name);
    DWORD size = wide_name != NULL ? GetEnvironmentVariableW(wide_name, NULL, 0) : 0;
    WCHAR* value = size > 1 ? (WCHAR*)malloc(size * sizeof(WCHAR)) : NULL;
    if (value != NULL && GetEnvironmentVariableW(wide_name, value, size) != size - 1) {
        free(value); /* it has been changed between the two calls */
        value = NULL;
    }
    free(wide_name);
    return value;
#else
    const char* value = getenv(name);
    return value != NULL && *value != 0 ? text_from_utf8(value) : NULL;
#endif
}

#endif
