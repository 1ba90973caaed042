/* A resource DLL for a directory of files that must be whole. Resource type "Storage".
 *
 * property   environment variable       what it is
 * Directory  RESAPI_STORAGE_DIRECTORY   the directory
 * Manifest   RESAPI_STORAGE_MANIFEST    the digests of its files, as sha256sum writes them;
 *                                       Directory/MANIFEST.sha256 if not set
 *
 * Both are text. To make a manifest: cd DIRECTORY; sha256sum FILES >MANIFEST.sha256. The names in
 * it are those of files in the directory.
 *
 * Online returns ERROR_IO_PENDING, and a worker reads each file and compares its SHA-256 with the
 * manifest's; each block read is a checkpoint. A file that differs (ERROR_CRC) or is missing
 * (ERROR_FILE_NOT_FOUND) is named in the log, and the resource has failed with that error code.
 * LooksAlive: the directory and the manifest are there. IsAlive: the files are there with their
 * sizes, a thousand of them a call, in turn; and another megabyte is read of one file after the
 * other, so that sooner or later a file whose contents have changed is found out. Offline has a
 * worker write to the disk what the system still has in memory of the files.
 *
 * It starts threads alone, and nothing that could outlive the resource monitor.
 *
 * The function table is version 4. STORAGE_VERIFY, a control code of this DLL's own, verifies all
 * files again while the resource is online. It returns asynchronously: EndControlCall tells the
 * result. Cancel ends it, and so do Offline, Terminate and Close: ERROR_OPERATION_ABORTED. What a
 * user asks for may not change anything: the DLL doesn't take on the user's identity.
 *
 * Linux, macOS:  cc -std=c11 -O2 -fPIC -shared -pthread -I"$INCLUDE" storage.c -o storage.so
 * Windows:       x86_64-w64-mingw32-gcc -std=c11 -O2 -shared -I"$INCLUDE" storage.c -o storage.dll
 *                    -lresutils
 *                cl /std:c11 /utf-8 /O2 /LD /I"%INCLUDE_FOLDER%" storage.c resutils.lib
 * The folder is what python -c "import resapi_cy; print(resapi_cy.get_include())" prints.
 */
#include "../common/files.h"
#include "../common/manifest.h"
#include "../common/platform.h"
#include "../common/properties.h"
#include "../common/resource_dll.h"
#include "../common/sha256.h"

/* The bits of a control code that a DLL defines: for a resource, its first one, which reads.
 * 0x01200005 */
#define STORAGE_VERIFY                                                             \
    ((DWORD)CLUS_OBJECT_RESOURCE << CLUSCTL_OBJECT_SHIFT | 1 << CLCTL_USER_SHIFT | \
     1 << CLUSCTL_FUNCTION_SHIFT | CLUS_ACCESS_READ << CLUSCTL_ACCESS_SHIFT)

enum { DIRECTORY, MANIFEST_FILE, PROPERTY_COUNT };

static const PROPERTY PROPERTIES[PROPERTY_COUNT] = {
    {W("Directory"), "RESAPI_STORAGE_DIRECTORY", FALSE, 0},
    {W("Manifest"), "RESAPI_STORAGE_MANIFEST", FALSE, 0},
};

enum {
    BLOCK = 256 * 1024,          /* bytes from one checkpoint to the next */
    ALIVE_BYTES = 1024 * 1024,   /* of one IsAlive */
    ALIVE_FILES = 1000,          /* the same */
    VERIFY_EXTENSION = 60 * 1000 /* milliseconds that a verification asks for at a time */
};

/* Where IsAlive goes on. */
typedef struct ROUND {
    size_t next_size; /* the file whose size is looked at next */
    size_t next_hash; /* the file that is being read, or will be next */
    BOOL is_reading;
    FILE_HANDLE file;
    SHA256 hash;
    BOOL has_failed; /* a file has been found out, and stays so until the next Online */
} ROUND;

typedef struct STORAGE_RESOURCE {
    RESOURCE base;
    PROPERTY_VALUE values[PROPERTY_COUNT];

    LOCK transition;      /* held while a worker is started or stopped */
    CLUS_WORKER worker;   /* brings the resource online or offline */
    CLUS_WORKER verifier; /* STORAGE_VERIFY */
    PRES_CTL_CTX context; /* of that call */
    WCHAR* directory;
    WCHAR* manifest_path;
    MANIFEST manifest; /* changes only while the resource is not online */
    ROUND round;

    LOCK lock; /* guards the rest */
    BOOL online;
    BOOL verifying;
} STORAGE_RESOURCE;

static STORAGE_RESOURCE* find(RESID Resource) {
    return (STORAGE_RESOURCE*)resource_find(Resource);
}

static void set_flag(STORAGE_RESOURCE* resource, BOOL* flag, BOOL value) {
    lock_acquire(&resource->lock);
    *flag = value;
    lock_release(&resource->lock);
}

static BOOL get_flag(STORAGE_RESOURCE* resource, const BOOL* flag) {
    lock_acquire(&resource->lock);
    BOOL value = *flag;
    lock_release(&resource->lock);
    return value;
}

static void log_file(const STORAGE_RESOURCE* resource, LPCWSTR path, DWORD error) {
    if (error == ERROR_CRC) {
        monitor->LogEvent(resource->base.handle, LOG_ERROR,
                          W("The file %1!s! differs from the manifest."), path);
    } else if (error == ERROR_FILE_NOT_FOUND) {
        monitor->LogEvent(resource->base.handle, LOG_ERROR, W("The file %1!s! is missing."), path);
    } else {
        monitor->LogEvent(resource->base.handle, LOG_ERROR, W("The file %1!s!: error %2!u!."), path,
                          error);
    }
}

/* ---- Verification ----------------------------------------------------------------------- */

/* Who verifies, and how it goes on: FALSE from progress ends it. */
typedef struct VERIFICATION {
    BOOL (*progress)(struct VERIFICATION* verification);
    PCLUS_WORKER worker;
    STORAGE_RESOURCE* resource;
    RESOURCE_STATUS_EX status; /* when it brings the resource online */
    ULONGLONG extend_at;       /* when it is a control call */
    BYTE block[BLOCK];
} VERIFICATION;

static DWORD verify_contents(VERIFICATION* verification, FILE_HANDLE file, MANIFEST_ENTRY* entry) {
    SHA256 hash;
    unsigned char digest[SHA256_SIZE];
    DWORD got = 1;
    sha256_init(&hash);
    while (got > 0) {
        const DWORD error = file_read(file, verification->block, BLOCK, &got);
        if (error != ERROR_SUCCESS) return error;
        sha256_update(&hash, verification->block, got);
        if (!verification->progress(verification)) return ERROR_OPERATION_ABORTED;
    }
    entry->size = hash.length;
    sha256_final(&hash, digest);
    return memcmp(digest, entry->digest, sizeof digest) == 0 ? ERROR_SUCCESS : ERROR_CRC;
}

/* Stops at the first file that is not as it should be. */
static DWORD verify(VERIFICATION* verification) {
    const MANIFEST* manifest = &verification->resource->manifest;
    for (size_t i = 0; i < manifest->count; ++i) {
        /* The sizes stay as they were found when the resource came online. */
        MANIFEST_ENTRY entry = manifest->entries[i];
        FILE_HANDLE file;
        DWORD error = file_open(entry.path, &file);
        if (error == ERROR_SUCCESS) {
            error = verify_contents(verification, file, &entry);
            file_close(file);
        }
        if (error == ERROR_OPERATION_ABORTED) return error;
        if (error != ERROR_SUCCESS) {
            log_file(verification->resource, entry.path, error);
            return error;
        }
        if (!get_flag(verification->resource, &verification->resource->online)) {
            manifest->entries[i].size = entry.size;
        }
    }
    return ERROR_SUCCESS;
}

/* ---- Workers ---------------------------------------------------------------------------- */

static BOOL online_progress(VERIFICATION* verification) {
    return report_checkpoint(verification->worker, &verification->resource->base,
                             &verification->status);
}

static DWORD read_manifest(STORAGE_RESOURCE* resource) {
    DWORD line;
    DWORD error;
    manifest_free(&resource->manifest);
    error = manifest_read(resource->manifest_path, resource->directory, &resource->manifest, &line);
    if (error != ERROR_SUCCESS) {
        monitor->LogEvent(resource->base.handle, LOG_ERROR,
                          W("The manifest %1!s!, line %2!u!: error %3!u!."),
                          resource->manifest_path, line, error);
    }
    return error;
}

static DWORD WINAPI OnlineWorker(PCLUS_WORKER worker, LPVOID parameter) {
    STORAGE_RESOURCE* resource = (STORAGE_RESOURCE*)parameter;
    RESOURCE_STATUS_EX status;
    VERIFICATION* verification = (VERIFICATION*)malloc(sizeof *verification);
    DWORD error = verification != NULL ? ERROR_SUCCESS : ERROR_NOT_ENOUGH_MEMORY;
    status_init(&status, ClusterResourceOnlinePending);
    if (error == ERROR_SUCCESS) error = read_manifest(resource);
    if (error == ERROR_SUCCESS) {
        verification->progress = online_progress;
        verification->worker = worker;
        verification->resource = resource;
        verification->status = status;
        error = verify(verification);
        status = verification->status;
    }
    free(verification);
    if (error == ERROR_OPERATION_ABORTED) return error;
    if (error == ERROR_SUCCESS) {
        set_flag(resource, &resource->online, TRUE);
        report_end(&resource->base, &status, ClusterResourceOnline, error);
    } else {
        report_end(&resource->base, &status, ClusterResourceFailed, error);
    }
    return error;
}

static DWORD WINAPI OfflineWorker(PCLUS_WORKER worker, LPVOID parameter) {
    STORAGE_RESOURCE* resource = (STORAGE_RESOURCE*)parameter;
    DWORD result = ERROR_SUCCESS;
    RESOURCE_STATUS_EX status;
    status_init(&status, ClusterResourceOfflinePending);
    for (size_t i = 0; i <= resource->manifest.count; ++i) {
        const BOOL is_last = i == resource->manifest.count;
        LPCWSTR path = is_last ? resource->directory : resource->manifest.entries[i].path;
        DWORD error;
        if (!report_checkpoint(worker, &resource->base, &status)) return ERROR_OPERATION_ABORTED;
        error = is_last ? directory_flush(path) : file_flush(path);
        if (error != ERROR_SUCCESS) {
            log_file(resource, path, error);
            result = error;
        }
    }
    report_end(&resource->base, &status,
               result == ERROR_SUCCESS ? ClusterResourceOffline : ClusterResourceFailed, result);
    return result;
}

static BOOL verify_progress(VERIFICATION* verification) {
    if (milliseconds_now() >= verification->extend_at) {
        monitor->ExtendControlCall(verification->resource->context, VERIFY_EXTENSION);
        verification->extend_at = milliseconds_now() + VERIFY_EXTENSION / 2;
    }
    return !ClusWorkerCheckTerminate(verification->worker);
}

static DWORD WINAPI VerifyWorker(PCLUS_WORKER worker, LPVOID parameter) {
    STORAGE_RESOURCE* resource = (STORAGE_RESOURCE*)parameter;
    const PRES_CTL_CTX context = resource->context;
    VERIFICATION* verification = (VERIFICATION*)malloc(sizeof *verification);
    DWORD result = ERROR_NOT_ENOUGH_MEMORY;
    if (verification != NULL) {
        verification->progress = verify_progress;
        verification->worker = worker;
        verification->resource = resource;
        verification->extend_at = 0;
        result = verify(verification);
        free(verification);
    }
    set_flag(resource, &resource->verifying, FALSE);
    /* The call stays open as long as the monitor has no room for its end. */
    while (monitor->EndControlCall(context, result) == ERROR_NOT_ENOUGH_MEMORY &&
           !ClusWorkerCheckTerminate(worker)) {
        nap(50);
    }
    return result;
}

/* ---- Entry points ----------------------------------------------------------------------- */

/* The workers, if there are any. With transition held, save in Close. */
static void stop(STORAGE_RESOURCE* resource) {
    ClusWorkerTerminate(&resource->worker);
    ClusWorkerTerminate(&resource->verifier);
    set_flag(resource, &resource->online, FALSE);
}

static void end_round(STORAGE_RESOURCE* resource) {
    if (resource->round.is_reading) file_close(resource->round.file);
    memset(&resource->round, 0, sizeof resource->round);
}

static RESID WINAPI Open(LPCWSTR ResourceName, HKEY ResourceKey, RESOURCE_HANDLE ResourceHandle,
                         DWORD OpenFlags) {
    STORAGE_RESOURCE* resource = (STORAGE_RESOURCE*)calloc(1, sizeof *resource);
    (void)ResourceName;
    (void)ResourceKey;
    (void)OpenFlags;
    if (resource == NULL) {
        set_last_error(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    lock_init(&resource->transition);
    lock_init(&resource->lock);
    return resource_add(&resource->base, ResourceHandle);
}

static VOID WINAPI Close(RESID Resource) {
    STORAGE_RESOURCE* resource = (STORAGE_RESOURCE*)resource_remove(Resource);
    if (resource == NULL) return;
    stop(resource);
    end_round(resource);
    manifest_free(&resource->manifest);
    properties_free(resource->values, PROPERTY_COUNT);
    free(resource->directory);
    free(resource->manifest_path);
    lock_destroy(&resource->transition);
    lock_destroy(&resource->lock);
    free(resource);
}

static DWORD refuse(const STORAGE_RESOURCE* resource, int property, LPCWSTR problem, DWORD error) {
    monitor->LogEvent(resource->base.handle, LOG_ERROR,
                      W("Online: the property %1!s! %2!s!; it can also be set in the environment."),
                      PROPERTIES[property].name, problem);
    return error;
}

/* Takes the settings, and looks whether there is what they name. */
static DWORD prepare(STORAGE_RESOURCE* resource) {
    FILE_STATUS status;
    free(resource->directory);
    free(resource->manifest_path);
    resource->directory = property_text(&PROPERTIES[DIRECTORY], &resource->values[DIRECTORY]);
    resource->manifest_path =
        property_text(&PROPERTIES[MANIFEST_FILE], &resource->values[MANIFEST_FILE]);
    if (resource->directory == NULL) {
        return refuse(resource, DIRECTORY, W("has to name a directory"), ERROR_INVALID_PARAMETER);
    }
    if (resource->manifest_path == NULL) {
        resource->manifest_path = path_join(resource->directory, W("MANIFEST.sha256"));
        if (resource->manifest_path == NULL) return ERROR_NOT_ENOUGH_MEMORY;
    }
    if (file_status(resource->directory, &status) != ERROR_SUCCESS) {
        return refuse(resource, DIRECTORY, W("names no directory"), ERROR_PATH_NOT_FOUND);
    }
    if (!status.is_directory) {
        return refuse(resource, DIRECTORY, W("names a file"), ERROR_DIRECTORY);
    }
    if (file_status(resource->manifest_path, &status) != ERROR_SUCCESS) {
        return refuse(resource, MANIFEST_FILE, W("names no file"), ERROR_FILE_NOT_FOUND);
    }
    return ERROR_SUCCESS;
}

static DWORD WINAPI Online(RESID Resource, LPHANDLE EventHandle, DWORD OnlineFlags, PBYTE InBuffer,
                           DWORD InBufferSize, DWORD Reserved) {
    STORAGE_RESOURCE* resource = find(Resource);
    DWORD error;
    (void)OnlineFlags;
    (void)InBuffer;
    (void)InBufferSize;
    (void)Reserved;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (EventHandle != NULL) *EventHandle = NULL; /* nothing tells when a file changes */
    lock_acquire(&resource->transition);
    stop(resource);
    end_round(resource);
    error = prepare(resource);
    if (error == ERROR_SUCCESS) error = worker_start(&resource->worker, OnlineWorker, resource);
    lock_release(&resource->transition);
    return error == ERROR_SUCCESS ? ERROR_IO_PENDING : error;
}

static DWORD WINAPI Offline(RESID Resource, LPCWSTR DestinationNodeName, DWORD OfflineFlags,
                            PBYTE InBuffer, DWORD InBufferSize, DWORD Reserved) {
    STORAGE_RESOURCE* resource = find(Resource);
    DWORD error = ERROR_SUCCESS;
    (void)DestinationNodeName;
    (void)OfflineFlags;
    (void)InBuffer;
    (void)InBufferSize;
    (void)Reserved;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    lock_acquire(&resource->transition);
    if (get_flag(resource, &resource->online)) {
        stop(resource);
        end_round(resource);
        error = worker_start(&resource->worker, OfflineWorker, resource);
        if (error == ERROR_SUCCESS) error = ERROR_IO_PENDING;
    } else {
        stop(resource);
    }
    lock_release(&resource->transition);
    return error;
}

static VOID WINAPI Terminate(RESID Resource) {
    STORAGE_RESOURCE* resource = find(Resource);
    if (resource == NULL) return;
    lock_acquire(&resource->transition);
    stop(resource);
    lock_release(&resource->transition);
}

static BOOL WINAPI LooksAlive(RESID Resource) {
    STORAGE_RESOURCE* resource = find(Resource);
    FILE_STATUS directory, manifest;
    if (resource == NULL || !get_flag(resource, &resource->online)) return FALSE;
    return file_status(resource->directory, &directory) == ERROR_SUCCESS &&
           file_status(resource->manifest_path, &manifest) == ERROR_SUCCESS &&
           directory.is_directory && !manifest.is_directory;
}

static DWORD check_sizes(STORAGE_RESOURCE* resource, LPCWSTR* path) {
    const MANIFEST* manifest = &resource->manifest;
    for (size_t i = 0; i < manifest->count && i < ALIVE_FILES; ++i) {
        const MANIFEST_ENTRY* entry = &manifest->entries[resource->round.next_size];
        FILE_STATUS status;
        DWORD error = file_status(entry->path, &status);
        if (error == ERROR_SUCCESS && (status.is_directory || status.size != entry->size)) {
            error = ERROR_CRC;
        }
        *path = entry->path;
        if (error != ERROR_SUCCESS) return error;
        resource->round.next_size = (resource->round.next_size + 1) % manifest->count;
    }
    return ERROR_SUCCESS;
}

/* Ends a file of the round: is it as it should be? */
static DWORD check_digest(ROUND* round, const MANIFEST* manifest) {
    unsigned char digest[SHA256_SIZE];
    const unsigned char* expected = manifest->entries[round->next_hash].digest;
    file_close(round->file);
    round->is_reading = FALSE;
    sha256_final(&round->hash, digest);
    if (memcmp(digest, expected, sizeof digest) != 0) return ERROR_CRC;
    round->next_hash = (round->next_hash + 1) % manifest->count;
    return ERROR_SUCCESS;
}

static DWORD check_contents(STORAGE_RESOURCE* resource, LPCWSTR* path) {
    static const size_t PIECE = 16 * 1024;
    ROUND* round = &resource->round;
    size_t files = 0;
    for (size_t bytes = 0; bytes < ALIVE_BYTES && files < resource->manifest.count;
         bytes += PIECE) {
        BYTE piece[16 * 1024];
        DWORD got = 0, error = ERROR_SUCCESS;
        *path = resource->manifest.entries[round->next_hash].path;
        if (!round->is_reading) {
            error = file_open(*path, &round->file);
            if (error != ERROR_SUCCESS) return error;
            round->is_reading = TRUE;
            sha256_init(&round->hash);
        }
        error = file_read(round->file, piece, sizeof piece, &got);
        sha256_update(&round->hash, piece, got);
        if (error == ERROR_SUCCESS && got == 0) {
            error = check_digest(round, &resource->manifest);
            ++files;
        }
        if (error != ERROR_SUCCESS) return error;
    }
    return ERROR_SUCCESS;
}

static BOOL WINAPI IsAlive(RESID Resource) {
    STORAGE_RESOURCE* resource = find(Resource);
    LPCWSTR path = NULL;
    DWORD error;
    if (!LooksAlive(Resource) || resource->round.has_failed) return FALSE;
    error = check_sizes(resource, &path);
    if (error == ERROR_SUCCESS) {
        error = check_contents(resource, &path);
        resource->round.has_failed = error != ERROR_SUCCESS;
    }
    if (error != ERROR_SUCCESS) log_file(resource, path, error);
    return error == ERROR_SUCCESS;
}

static DWORD begin_verification(STORAGE_RESOURCE* resource, PRES_CTL_CTX context,
                                PBOOL ReturnedAsynchronously) {
    DWORD error;
    if (!get_flag(resource, &resource->online)) return ERROR_INVALID_STATE;
    if (get_flag(resource, &resource->verifying)) return ERROR_BUSY;
    lock_acquire(&resource->transition);
    resource->context = context;
    set_flag(resource, &resource->verifying, TRUE);
    *ReturnedAsynchronously = TRUE; /* the worker may end the call before this one returns */
    error = worker_start(&resource->verifier, VerifyWorker, resource);
    if (error != ERROR_SUCCESS) {
        *ReturnedAsynchronously = FALSE;
        set_flag(resource, &resource->verifying, FALSE);
    }
    lock_release(&resource->transition);
    return error == ERROR_SUCCESS ? ERROR_IO_PENDING : error;
}

static DWORD WINAPI BeginResourceControl(RESID Resource, DWORD ControlCode, PVOID InBuffer,
                                         DWORD InBufferSize, PVOID OutBuffer, DWORD OutBufferSize,
                                         LPDWORD BytesReturned, PRES_CTL_CTX context,
                                         PBOOL ReturnedAsynchronously) {
    STORAGE_RESOURCE* resource = find(Resource);
    PROPERTY_ERROR problem = {ERROR_SUCCESS, {0}, NULL};
    DWORD error;
    if (ReturnedAsynchronously == NULL) return ERROR_INVALID_PARAMETER;
    *ReturnedAsynchronously = FALSE;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (ControlCode == STORAGE_VERIFY) {
        if (BytesReturned != NULL) *BytesReturned = 0;
        return begin_verification(resource, context, ReturnedAsynchronously);
    }
    error = control_properties(PROPERTIES, PROPERTY_COUNT, resource->values, ControlCode, InBuffer,
                               InBufferSize, OutBuffer, OutBufferSize, BytesReturned, &problem);
    if (problem.error != ERROR_SUCCESS) {
        monitor->LogEvent(resource->base.handle, LOG_ERROR, W("The property %1!s! %2!s!."),
                          problem.property, problem.problem);
    }
    if (error == ERROR_SUCCESS && ControlCode == CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES &&
        get_flag(resource, &resource->online)) {
        return ERROR_RESOURCE_PROPERTIES_STORED; /* they hold from the next Online on */
    }
    return error;
}

static BOOL modifies(DWORD ControlCode) {
    return (ControlCode >> CLCTL_MODIFY_SHIFT & CLUS_MODIFY) != 0;
}

static DWORD WINAPI BeginResourceControlAsUser(RESID Resource, HANDLE TokenHandle,
                                               DWORD ControlCode, PVOID InBuffer,
                                               DWORD InBufferSize, PVOID OutBuffer,
                                               DWORD OutBufferSize, LPDWORD BytesReturned,
                                               PRES_CTL_CTX context, PBOOL ReturnedAsynchronously) {
    (void)TokenHandle;
    if (ReturnedAsynchronously == NULL) return ERROR_INVALID_PARAMETER;
    *ReturnedAsynchronously = FALSE;
    if (modifies(ControlCode)) return ERROR_ACCESS_DENIED;
    return BeginResourceControl(Resource, ControlCode, InBuffer, InBufferSize, OutBuffer,
                                OutBufferSize, BytesReturned, context, ReturnedAsynchronously);
}

static DWORD WINAPI BeginResourceTypeControl(LPCWSTR ResourceTypeName, DWORD ControlCode,
                                             PVOID InBuffer, DWORD InBufferSize, PVOID OutBuffer,
                                             DWORD OutBufferSize, LPDWORD BytesReturned,
                                             PRESTYPE_CTL_CTX context,
                                             PBOOL ReturnedAsynchronously) {
    (void)ResourceTypeName;
    (void)InBuffer;
    (void)InBufferSize;
    (void)context;
    if (ReturnedAsynchronously == NULL) return ERROR_INVALID_PARAMETER;
    *ReturnedAsynchronously = FALSE;
    return control_common(ControlCode, OutBuffer, OutBufferSize, BytesReturned);
}

static DWORD WINAPI BeginResourceTypeControlAsUser(LPCWSTR ResourceTypeName, HANDLE TokenHandle,
                                                   DWORD ControlCode, PVOID InBuffer,
                                                   DWORD InBufferSize, PVOID OutBuffer,
                                                   DWORD OutBufferSize, LPDWORD BytesReturned,
                                                   PRESTYPE_CTL_CTX context,
                                                   PBOOL ReturnedAsynchronously) {
    (void)TokenHandle;
    return BeginResourceTypeControl(ResourceTypeName, ControlCode, InBuffer, InBufferSize,
                                    OutBuffer, OutBufferSize, BytesReturned, context,
                                    ReturnedAsynchronously);
}

/* The one thing that can be cancelled is a verification. */
static DWORD WINAPI Cancel(RESID Resource, DWORD CancelFlags_RESERVED) {
    STORAGE_RESOURCE* resource = find(Resource);
    (void)CancelFlags_RESERVED;
    if (resource == NULL) return ERROR_RESOURCE_NOT_FOUND;
    if (!get_flag(resource, &resource->verifying)) return ERROR_INVALID_STATE;
    lock_acquire(&resource->transition);
    ClusWorkerTerminate(&resource->verifier);
    lock_release(&resource->transition);
    return ERROR_SUCCESS;
}

static CLRES_FUNCTION_TABLE table = {
    .TableSize = CLRES_V4_FUNCTION_SIZE,
    .Version = CLRES_VERSION_V4_00,
    .V4Functions =
        {
            .Open = Open,
            .Close = Close,
            .Online = Online,
            .Offline = Offline,
            .Terminate = Terminate,
            .LooksAlive = LooksAlive,
            .IsAlive = IsAlive,
            .Arbitrate = NULL, /* these two are for quorum resources */
            .Release = NULL,
            .BeginResourceControl = BeginResourceControl,
            .BeginResourceTypeControl = BeginResourceTypeControl,
            .Cancel = Cancel,
            .BeginResourceControlAsUser = BeginResourceControlAsUser,
            .BeginResourceTypeControlAsUser = BeginResourceTypeControlAsUser,
        },
};

RESOURCE_DLL_EXPORT DWORD WINAPI StartupEx(LPCWSTR ResourceType, DWORD MinVersionSupported,
                                           DWORD MaxVersionSupported,
                                           PCLRES_CALLBACK_FUNCTION_TABLE MonitorCallbackFunctions,
                                           PCLRES_FUNCTION_TABLE* ResourceDllInterfaceFunctions);

RESOURCE_DLL_EXPORT DWORD WINAPI StartupEx(LPCWSTR ResourceType, DWORD MinVersionSupported,
                                           DWORD MaxVersionSupported,
                                           PCLRES_CALLBACK_FUNCTION_TABLE MonitorCallbackFunctions,
                                           PCLRES_FUNCTION_TABLE* ResourceDllInterfaceFunctions) {
    if (ResourceType == NULL || MonitorCallbackFunctions == NULL ||
        ResourceDllInterfaceFunctions == NULL) {
        return ERROR_INVALID_PARAMETER;
    }
    if (!text_same_name(ResourceType, W("Storage"))) return ERROR_CLUSTER_RESNAME_NOT_FOUND;
    if (!version_is_supported(CLRES_VERSION_V4_00, MinVersionSupported, MaxVersionSupported)) {
        return ERROR_REVISION_MISMATCH;
    }
    monitor = MonitorCallbackFunctions;
    *ResourceDllInterfaceFunctions = &table;
    return ERROR_SUCCESS;
}
