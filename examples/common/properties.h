/* Private properties: set by control codes as property lists, or else from the environment.
 *
 * A DLL for a cluster keeps them in the cluster database, under the key that Open receives, as
 * heartbeat/ does. The examples that include this keep them with the open resource, so that they
 * work where there is no such database.
 */
#ifndef EXAMPLES_PROPERTIES_H
#define EXAMPLES_PROPERTIES_H

#include "platform.h"
#include "resource_dll.h"
#include "text.h"

/* A property. An empty text or the number 0 means that it is not set: then the environment variable
 * counts, and then what the DLL takes if that is not set either. */
typedef struct PROPERTY {
    LPCWSTR name;
    const char* environment;
    BOOL is_number;
    DWORD greatest; /* of a number */
} PROPERTY;

typedef struct PROPERTY_VALUE {
    WCHAR* text;
    DWORD number;
} PROPERTY_VALUE;

/* What was wrong with a property list, for the log. */
typedef struct PROPERTY_ERROR {
    DWORD error;
    WCHAR property[64]; /* its name, or "?" if there is none to read; a longer one is cut */
    LPCWSTR problem;
} PROPERTY_ERROR;

/* The most properties that one DLL has. */
enum { PROPERTIES_MOST = 8 };

/* ---- Reading a list --------------------------------------------------------------------- */

typedef struct LIST_READER {
    const BYTE* data;
    size_t size;
    size_t offset;
} LIST_READER;

static inline BOOL list_read_number(LIST_READER* list, DWORD* number) {
    if (list->size - list->offset < sizeof *number) return FALSE;
    memcpy(number, list->data + list->offset, sizeof *number);
    list->offset += sizeof *number;
    return TRUE;
}

/* A syntax, a length, and the data with its padding, which the last one may lack. */
static inline BOOL list_read_entry(LIST_READER* list, DWORD* syntax, const BYTE** data,
                                   DWORD* length) {
    size_t padding;
    if (!list_read_number(list, syntax)) return FALSE;
    if (*syntax == CLUSPROP_SYNTAX_ENDMARK) return TRUE;
    if (!list_read_number(list, length) || *length > list->size - list->offset) return FALSE;
    *data = list->data + list->offset;
    list->offset += *length;
    padding = (4 - *length % 4) % 4;
    if (padding > list->size - list->offset) padding = list->size - list->offset;
    list->offset += padding;
    return TRUE;
}

/* The text up to its NUL, as a copy, since the data need not be aligned. NULL if it has none. */
static inline WCHAR* list_text(const BYTE* data, DWORD length) {
    WCHAR* text;
    if (length < sizeof(WCHAR) || length % sizeof(WCHAR) != 0) return NULL;
    text = (WCHAR*)malloc(length);
    if (text == NULL) return NULL;
    memcpy(text, data, length);
    if (text[length / sizeof(WCHAR) - 1] != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static inline const PROPERTY* property_find(const PROPERTY* table, size_t count, LPCWSTR name) {
    for (size_t i = 0; i < count; ++i) {
        if (text_same_name(table[i].name, name)) return &table[i];
    }
    return NULL;
}

static inline DWORD property_refuse(PROPERTY_ERROR* error, DWORD code, LPCWSTR name,
                                    LPCWSTR problem) {
    const size_t most = sizeof error->property / sizeof error->property[0] - 1;
    size_t length = text_length(name);
    if (length > most) length = most;
    error->error = code;
    memcpy(error->property, name, length * sizeof *name);
    error->property[length] = 0;
    error->problem = problem;
    return code;
}

/* Reads one value into *value. */
static inline DWORD property_read(const PROPERTY* property, DWORD syntax, const BYTE* data,
                                  DWORD length, PROPERTY_VALUE* value, PROPERTY_ERROR* error) {
    if (property->is_number) {
        DWORD number;
        if (syntax != CLUSPROP_SYNTAX_LIST_VALUE_DWORD || length != sizeof number) {
            return property_refuse(error, ERROR_INVALID_DATA, property->name,
                                   W("has to be a DWORD"));
        }
        memcpy(&number, data, sizeof number);
        if (number > property->greatest) {
            return property_refuse(error, ERROR_INVALID_DATA, property->name, W("is too great"));
        }
        value->number = number;
    } else {
        WCHAR* text = NULL;
        if (syntax == CLUSPROP_SYNTAX_LIST_VALUE_SZ) text = list_text(data, length);
        if (text == NULL) {
            return property_refuse(error, ERROR_INVALID_DATA, property->name, W("has to be text"));
        }
        free(value->text);
        value->text = text;
    }
    return ERROR_SUCCESS;
}

static inline DWORD properties_read(const PROPERTY* table, size_t count, const BYTE* data,
                                    DWORD size, PROPERTY_VALUE* values, BOOL* is_set,
                                    PROPERTY_ERROR* error) {
    LIST_READER list = {data, size, 0};
    DWORD left;
    const LPCWSTR malformed = W("stands in a property list that is malformed");
    if (data == NULL || !list_read_number(&list, &left)) {
        return property_refuse(error, ERROR_INVALID_PARAMETER, W("?"), malformed);
    }
    for (; left > 0; --left) {
        DWORD syntax, length, result;
        const BYTE* value;
        WCHAR* name;
        const PROPERTY* property;
        if (!list_read_entry(&list, &syntax, &value, &length) || syntax != CLUSPROP_SYNTAX_NAME ||
            (name = list_text(value, length)) == NULL) {
            return property_refuse(error, ERROR_INVALID_PARAMETER, W("?"), malformed);
        }
        property = property_find(table, count, name);
        if (property == NULL) {
            property_refuse(error, ERROR_INVALID_PARAMETER, name,
                            W("is not a property of this resource type"));
        }
        free(name);
        if (property == NULL) return ERROR_INVALID_PARAMETER;
        if (!list_read_entry(&list, &syntax, &value, &length) ||
            syntax == CLUSPROP_SYNTAX_ENDMARK) {
            return property_refuse(error, ERROR_INVALID_PARAMETER, property->name, malformed);
        }
        result = property_read(property, syntax, value, length, &values[property - table], error);
        if (result != ERROR_SUCCESS) return result;
        is_set[property - table] = TRUE;
        do { /* there may be further values: read over them */
            if (!list_read_entry(&list, &syntax, &value, &length)) {
                return property_refuse(error, ERROR_INVALID_PARAMETER, property->name, malformed);
            }
        } while (syntax != CLUSPROP_SYNTAX_ENDMARK);
    }
    return ERROR_SUCCESS;
}

/* CLUSCTL_RESOURCE_VALIDATE_PRIVATE_PROPERTIES and, if values is not NULL, ..._SET_...: all of the
 * list, or nothing of it. */
static inline DWORD properties_set(const PROPERTY* table, size_t count, const void* data,
                                   DWORD size, PROPERTY_VALUE* values, PROPERTY_ERROR* error) {
    PROPERTY_VALUE fresh[PROPERTIES_MOST] = {{NULL, 0}};
    BOOL is_set[PROPERTIES_MOST] = {FALSE};
    DWORD result = properties_read(table, count, (const BYTE*)data, size, fresh, is_set, error);
    for (size_t i = 0; i < count; ++i) {
        if (result == ERROR_SUCCESS && values != NULL && is_set[i]) {
            free(values[i].text);
            values[i] = fresh[i];
        } else {
            free(fresh[i].text);
        }
    }
    return result;
}

/* ---- Writing a list --------------------------------------------------------------------- */

/* Goes on counting where the buffer ends, so that the caller learns how much room it needs. */
typedef struct LIST_WRITER {
    BYTE* data;
    size_t size;
    size_t offset;
} LIST_WRITER;

static inline void list_write(LIST_WRITER* list, const void* data, size_t size) {
    static const BYTE padding[4] = {0};
    const size_t padded = (4 - size % 4) % 4;
    if (list->offset <= list->size && size + padded <= list->size - list->offset) {
        memcpy(list->data + list->offset, data, size);
        memcpy(list->data + list->offset + size, padding, padded);
    }
    list->offset += size + padded;
}

static inline void list_write_entry(LIST_WRITER* list, DWORD syntax, const void* data,
                                    size_t size) {
    const DWORD length = (DWORD)size;
    list_write(list, &syntax, sizeof syntax);
    list_write(list, &length, sizeof length);
    list_write(list, data, size);
}

static inline void list_write_text(LIST_WRITER* list, DWORD syntax, LPCWSTR text) {
    list_write_entry(list, syntax, text, (text_length(text) + 1) * sizeof(WCHAR));
}

/* CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES: each property as it was set. */
static inline void properties_write(const PROPERTY* table, size_t count,
                                    const PROPERTY_VALUE* values, LIST_WRITER* list) {
    const DWORD number_of_properties = (DWORD)count, endmark = CLUSPROP_SYNTAX_ENDMARK;
    list_write(list, &number_of_properties, sizeof number_of_properties);
    for (size_t i = 0; i < count; ++i) {
        list_write_text(list, CLUSPROP_SYNTAX_NAME, table[i].name);
        if (table[i].is_number) {
            list_write_entry(list, CLUSPROP_SYNTAX_LIST_VALUE_DWORD, &values[i].number,
                             sizeof values[i].number);
        } else {
            list_write_text(list, CLUSPROP_SYNTAX_LIST_VALUE_SZ,
                            values[i].text != NULL ? values[i].text : W(""));
        }
        list_write(list, &endmark, sizeof endmark);
    }
}

/* ---- The values that count -------------------------------------------------------------- */

/* NULL if the property is set nowhere (or there is no memory); free it. */
static inline WCHAR* property_text(const PROPERTY* property, const PROPERTY_VALUE* value) {
    if (value->text != NULL && value->text[0] != 0) return text_copy(value->text);
    return text_from_environment(property->environment);
}

/* 0 if the property is set nowhere, or the environment's value is not such a number. */
static inline DWORD property_number(const PROPERTY* property, const PROPERTY_VALUE* value) {
    DWORD number = value->number;
    if (number == 0) {
        WCHAR* text = text_from_environment(property->environment);
        for (const WCHAR* digit = text; digit != NULL && *digit != 0; ++digit) {
            if (*digit < '0' || *digit > '9' || number > property->greatest / 10) {
                number = 0;
                break;
            }
            number = number * 10 + (DWORD)(*digit - '0');
        }
        free(text);
    }
    return number <= property->greatest ? number : 0;
}

static inline void properties_free(PROPERTY_VALUE* values, size_t count) {
    for (size_t i = 0; i < count; ++i) free(values[i].text);
}

/* ---- Control codes ---------------------------------------------------------------------- */

/* control_common, and the private properties of a resource. error says what was wrong with them. */
static inline DWORD control_properties(const PROPERTY* table, size_t count, PROPERTY_VALUE* values,
                                       DWORD ControlCode, PVOID InBuffer, DWORD InBufferSize,
                                       PVOID OutBuffer, DWORD OutBufferSize, LPDWORD BytesReturned,
                                       PROPERTY_ERROR* error) {
    LIST_WRITER list = {(BYTE*)OutBuffer, OutBuffer != NULL ? OutBufferSize : 0, 0};
    if (BytesReturned != NULL) *BytesReturned = 0;
    switch (ControlCode) {
        case CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES:
            properties_write(table, count, values, &list);
            if (BytesReturned != NULL) *BytesReturned = (DWORD)list.offset;
            return list.offset <= list.size ? ERROR_SUCCESS : ERROR_MORE_DATA;
        case CLUSCTL_RESOURCE_VALIDATE_PRIVATE_PROPERTIES:
            return properties_set(table, count, InBuffer, InBufferSize, NULL, error);
        case CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES:
            return properties_set(table, count, InBuffer, InBufferSize, values, error);
        default:
            return control_common(ControlCode, OutBuffer, OutBufferSize, BytesReturned);
    }
}

#endif
