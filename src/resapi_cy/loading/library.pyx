"""Brings a resource DLL into the process, with what it needs. It stays there."""

from libc.stdint cimport uintptr_t
from libcpp.string cimport string

from resapi_cy.core cimport load_library
from resapi_cy.winbase cimport DWORD, ERROR_SUCCESS

import errno
import os
import sys

from resapi_cy.errors import ResourceDllChanged, ResourceDllNotLoadable
from resapi_cy.loading.image import image_of
from resapi_cy.loading.unloadable import check_file, why_not_loaded
from resapi_cy.win32 import win32_text

cdef enum:
    ERROR_FILE_INVALID = 1006

# What has been loaded, by the system's handle: which file it was then.
cdef dict loaded = {}
# Windows: the folders that have been added to those that it searches. They stay: a DLL may load
# what it needs at any time.
cdef dict folders = {}


cdef void* load(str path, object dll_directory) except NULL:
    """The system's handle of a DLL.

    Args:
        path: absolute.
        dll_directory (str | None): where to look for what it needs, before the system's places.

    Raises:
        ResourceDllNotFound, ResourceDllNotLoadable, ResourceDllChanged.
    """
    check_file(path)
    if dll_directory is not None:
        add_folder(path, dll_directory)
    return load_file(path)


cdef void* load_file(str path) except NULL:
    cdef bytes encoded = os.fsencode(path)
    cdef const char* name = encoded
    cdef DWORD error = ERROR_SUCCESS
    cdef string words
    cdef void* library
    status = os.stat(path)
    # Whatever is written or put there later differs in one of these.
    file = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    with nogil:
        library = load_library(name, error, words)
    if library is NULL:
        raise why_not_loaded(path, error, words.decode("utf-8", "replace"), list(folders))
    # The system goes by the path, and gives back what it has loaded from there.
    if loaded.setdefault(<uintptr_t> library, file) != file:
        raise ResourceDllChanged(
            f"resource DLL {path!r}: the file is another one than this process has loaded, and a "
            f"DLL is never unloaded: {win32_text(ERROR_FILE_INVALID)}; start the process anew, or "
            "load a copy of the file under another name",
            path,
            ERROR_FILE_INVALID,
        )
    return library


cdef int add_folder(str path, str folder) except -1:
    if not os.path.isdir(folder):
        raise NotADirectoryError(errno.ENOTDIR, "dll_directory is not a folder", folder)
    if sys.platform == "win32":
        if folder not in folders:
            folders[folder] = os.add_dll_directory(folder)
    else:
        load_needed(path, folder, set())
    return 0


cdef int load_needed(str path, str folder, set seen) except -1:
    """Loads what a library needs and the folder has: a library that is in the process already, by
    the name that it is needed by, is not searched for."""
    image = image_of(path)
    for name in image.libraries if image is not None else ():
        needed = os.path.join(folder, name)
        if name not in seen and os.path.isfile(needed):
            seen.add(name)
            load_needed(needed, folder, seen)
            try:
                load_file(needed)
            except ResourceDllNotLoadable as error:
                raise ResourceDllNotLoadable(
                    f"resource DLL {path!r} needs {name}, and that can't be loaded: {error}",
                    path,
                    error.code,
                ) from None
    return 0
