"""A resource DLL: how it is loaded, and its entry points as Python calls them, without the GIL.

Nothing here knows of a resource's life, nor keeps entry points from overlapping: host.py does.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport uint64_t, uintptr_t

from resapi_cy.arguments cimport data_argument, text_argument, unsigned
from resapi_cy.callbacks cimport quorum_resource_lost, table as callback_table
from resapi_cy.core cimport (
    FloatingPoint,
    clear_last_error,
    find_last_error,
    find_export,
    last_error,
)
from resapi_cy.loading.control_call cimport ControlCall as Call
from resapi_cy.loading.function_table cimport addresses_in, copy_table
from resapi_cy.loading.library cimport load
from resapi_cy.resapi cimport *
from resapi_cy.trampoline cimport set_resource_status
from resapi_cy.winbase cimport *

import os

from resapi_cy import witness
from resapi_cy.enums import ResourceApiVersion
from resapi_cy.errors import MissingExport, ResourceTypeRefused, VersionRefused
from resapi_cy.loading.control_call import ControlCall
from resapi_cy.loading.image import cluster_imports
from resapi_cy.win32 import win32_text


cdef bytes wide(str text):
    """NUL-terminated UTF-16, as the entry points take text."""
    return text.encode("utf-16-le", "surrogatepass") + b"\0\0"


cdef LPCWSTR pointer_to(bytes wide_text) noexcept:
    return <LPCWSTR> <uintptr_t> PyBytes_AS_STRING(wide_text)


cdef PBYTE data_of(bytes data) noexcept:
    return <PBYTE> PyBytes_AS_STRING(data) if PyBytes_GET_SIZE(data) else NULL


cdef class ResourceDll:
    """ResourceDll(path, dll_directory=None)

    A loaded resource DLL. It is never unloaded: its threads may still be in it.

    Args:
        path (str | os.PathLike[str]): a relative one is taken from the current folder.
        dll_directory (str | os.PathLike[str] | None): a folder with libraries that it needs. Its
            own folder is searched first, on Windows; the system's places last. Elsewhere, what is
            there is loaded first, which glibc goes by if it has a DT_SONAME; not on macOS.

    Raises:
        ResourceDllNotFound, ResourceDllNotLoadable, ResourceDllChanged, MissingExport: with the
            path and the Win32 error.
        NotADirectoryError: ``dll_directory`` is no folder.

    Any Python thread. On Windows, SetErrorMode keeps the process from opening message boxes for
    what can't be loaded, and for a crash.

    Attributes:
        path (str): the absolute path.
        cluster_imports (list[str]): the functions of the Cluster API (of clusapi.dll and
            resutils.dll) that it imports, by name; none, if its file does not tell.
    """

    cdef readonly str path
    cdef readonly list cluster_imports
    cdef readonly str _asked  # the start-up function that was called last
    cdef PSTARTUP_EX_ROUTINE _startup_ex
    cdef PSTARTUP_ROUTINE _startup

    def __cinit__(self, path, dll_directory=None):
        self.path = os.path.abspath(os.fspath(path))
        if dll_directory is not None:
            dll_directory = os.path.abspath(os.fspath(dll_directory))
        self._asked = ""
        cdef void* library = load(self.path, dll_directory)
        self.cluster_imports = cluster_imports(self.path)
        self._startup_ex = <PSTARTUP_EX_ROUTINE> find_export(library, STARTUP_EX_ROUTINE)
        self._startup = <PSTARTUP_ROUTINE> find_export(library, STARTUP_ROUTINE)
        if self._startup_ex is NULL and self._startup is NULL:
            raise MissingExport(
                f"resource DLL {self.path!r} exports neither StartupEx nor Startup: "
                f"{win32_text(ERROR_PROC_NOT_FOUND)}; export one of them by that name",
                self.path,
                ERROR_PROC_NOT_FOUND,
            )

    @property
    def exports(self):
        """list[str]: which of StartupEx and Startup it exports."""
        return ["StartupEx"] * (self._startup_ex is not NULL) + ["Startup"] * (
            self._startup is not NULL
        )

    def startup(self, resource_type, lowest=None, highest=None):
        """Asks for the entry points of a resource type: through StartupEx where it is exported, and
        through Startup where that is not, or refuses the versions.

        Args:
            resource_type (str): the type's name.
            lowest, highest (ResourceApiVersion | int | None): the versions that the monitor
                supports;
                None for all there are: 2 to 4 with StartupEx, 1 with Startup.

        Returns:
            EntryPoints: a copy of the function table that the DLL returned.

        Raises:
            VersionRefused, ResourceTypeRefused, InvalidFunctionTable, MissingEntryPoint: with the
                path and the Win32 error.

        Resource API: PSTARTUP_EX_ROUTINE, PSTARTUP_ROUTINE.
        """
        resource_type = text_argument("resource_type", resource_type)
        asked = self.exports
        for name in asked:
            extended = name == "StartupEx"
            first, last = (
                (ResourceApiVersion.V2, ResourceApiVersion.V4)
                if extended
                else (ResourceApiVersion.V1, ResourceApiVersion.V1)
            )
            self._asked = name
            try:
                return witness.call(
                    f"{name} for the type {resource_type!r}",
                    self._start,
                    extended,
                    resource_type,
                    <DWORD> unsigned("lowest", first if lowest is None else lowest, 32),
                    <DWORD> unsigned("highest", last if highest is None else highest, 32),
                )
            except VersionRefused:
                if name == asked[-1]:
                    raise

    def _start(self, bint extended, str resource_type, DWORD least, DWORD most):
        cdef bytes type_name = wide(resource_type)
        cdef LPCWSTR name = pointer_to(type_name)
        cdef PCLRES_FUNCTION_TABLE functions = NULL
        cdef FloatingPoint as_it_was
        cdef DWORD code
        with nogil:
            if extended:
                code = self._startup_ex(name, least, most, callback_table, &functions)
            else:
                code = self._startup(
                    name, least, most, set_resource_status, callback_table.LogEvent, &functions
                )
            as_it_was.put_back()
        if code != ERROR_SUCCESS:
            self.refuse(code, extended, resource_type, least, most)
        cdef EntryPoints made = EntryPoints.__new__(EntryPoints)
        copy_table(self.path, resource_type, functions, least, most, &made.table)
        made.dll = self
        made.resource_type = resource_type
        made.wide_type = type_name
        made.version = ResourceApiVersion(made.table.Version)
        return made

    cdef object refuse(
        self, DWORD code, bint extended, str resource_type, DWORD least, DWORD most
    ):
        where = f"resource DLL {self.path!r}"
        asked = "StartupEx" if extended else "Startup"
        if code == ERROR_REVISION_MISMATCH:
            raise VersionRefused(
                f"{where} supports none of the versions {least:#x} to {most:#x} of the Resource "
                f"API: {asked} returned {win32_text(code)}; ask for others, or have the DLL "
                "support one of these",
                self.path,
                code,
            )
        raise ResourceTypeRefused(
            f"{where} is loaded, and refuses the resource type {resource_type!r}: {asked} returned "
            f"{win32_text(code)}; name one that it knows, or see whether its LogMessage events say "
            "why",
            self.path,
            code,
        )

    def __eq__(self, other):
        """Whether they are one loaded DLL, by whatever paths."""
        if not isinstance(other, ResourceDll):
            return NotImplemented
        return self.identity() == (<ResourceDll> other).identity()

    def __hash__(self):
        return hash(self.identity())

    cdef tuple identity(self):
        return <uintptr_t> <void*> self._startup_ex, <uintptr_t> <void*> self._startup

    def __repr__(self):
        return f"ResourceDll({self.path!r})"


cdef class EntryPoints:
    """The entry points of a resource type: made by ``ResourceDll.startup``.

    Each method calls one with the GIL released and returns what it returned. Any Python thread may
    call; the caller sees to it that entry points of one resource don't overlap, save
    ``terminate``. Nothing checks a RESID but the DLL. A number that is out of its range raises
    ``OverflowError``, an argument of another type ``TypeError``.

    Attributes:
        dll (ResourceDll): where they are.
        resource_type (str): whose they are.
        version (ResourceApiVersion): of the function table.

    Resource API: CLRES_FUNCTION_TABLE.
    """

    cdef readonly ResourceDll dll
    cdef readonly str resource_type
    cdef readonly object version
    cdef bytes wide_type
    cdef CLRES_FUNCTION_TABLE table

    def __init__(self, *arguments, **named):
        raise TypeError("EntryPoints are made by ResourceDll.startup(resource_type)")

    @property
    def addresses(self):
        """dict[str, int]: name -> address of each slot of this version's table; 0 for NULL."""
        return addresses_in(&self.table)

    cdef bint is_version_1(self) noexcept nogil:
        return self.table.Version == CLRES_VERSION_V1_00

    def open(self, str name not None, uint64_t handle, DWORD flags=0):
        """Open or OpenV2. ``ResourceKey`` is NULL: only a host has a cluster database.

        Args:
            name (str): the resource's name.
            handle (int): ``Resource.handle``, with which its workers will report.
            flags (OpenFlags | int): for OpenV2 alone.

        Returns:
            int: the RESID, which the other methods take; 0 if the DLL refuses.

        Resource API: POPEN_V2_ROUTINE, POPEN_ROUTINE.
        """
        resid, _ = self._open(name, handle, flags)
        return resid

    def _open(self, str name not None, uint64_t handle, DWORD flags, uint64_t key=0):
        """open(), with a key of the cluster database, and why not: (RESID, the Win32 error that the
        DLL has set by SetLastError)."""
        cdef bytes text = wide(text_argument("name", name))
        cdef LPCWSTR resource_name = pointer_to(text)
        cdef RESOURCE_HANDLE resource = <RESOURCE_HANDLE> <uintptr_t> handle
        cdef HKEY resource_key = <HKEY> <uintptr_t> key
        cdef RESID resid
        cdef DWORD error
        cdef FloatingPoint as_it_was
        with nogil:
            find_last_error()
            clear_last_error()
            if self.is_version_1():
                resid = self.table.V1Functions.Open(resource_name, resource_key, resource)
            else:
                resid = self.table.V2Functions.Open(resource_name, resource_key, resource, flags)
            error = last_error()  # before Python calls Windows
            as_it_was.put_back()
        return <uintptr_t> resid, error

    def close(self, uint64_t resid):
        """Close: the ``resid`` is no longer valid. Resource API: PCLOSE_ROUTINE."""
        cdef FloatingPoint as_it_was
        with nogil:
            self.table.V1Functions.Close(<RESID> <uintptr_t> resid)
            as_it_was.put_back()

    def online(self, uint64_t resid, DWORD flags=0, data=b""):
        """Online or OnlineV2.

        Args:
            resid (int): what ``open`` returned.
            flags (OnlineFlags | int): for OnlineV2 alone.
            data (bytes | bytearray | memoryview): its ``InBuffer``.

        Returns:
            tuple[int, int]: the Win32 code, 997 (ERROR_IO_PENDING) if a worker goes on; and the
            event handle that it set, or 0.

        Resource API: PONLINE_V2_ROUTINE, PONLINE_ROUTINE.
        """
        cdef HANDLE event = NULL
        cdef bytes given = data_argument(data)
        cdef PBYTE buffer = data_of(given)
        cdef DWORD size = <DWORD> len(given)
        cdef DWORD code
        cdef FloatingPoint as_it_was
        with nogil:
            if self.is_version_1():
                code = self.table.V1Functions.Online(<RESID> <uintptr_t> resid, &event)
            else:
                code = self.table.V2Functions.Online(
                    <RESID> <uintptr_t> resid, &event, flags, buffer, size, 0
                )
            as_it_was.put_back()
        return code, <uintptr_t> event

    def offline(self, uint64_t resid, DWORD flags=0, destination=None, data=b""):
        """Offline or OfflineV2.

        Args:
            resid (int): what ``open`` returned.
            flags (OfflineFlags | int): for OfflineV2 alone, as are the others.
            destination (str | None): its ``DestinationNodeName``.
            data (bytes | bytearray | memoryview): its ``InBuffer``.

        Returns:
            int: the Win32 code, 997 (ERROR_IO_PENDING) if a worker goes on.

        Resource API: POFFLINE_V2_ROUTINE, POFFLINE_ROUTINE.
        """
        cdef bytes text = b""
        cdef LPCWSTR node = NULL
        if destination is not None:
            text = wide(text_argument("destination", destination))
            node = pointer_to(text)
        cdef bytes given = data_argument(data)
        cdef PBYTE buffer = data_of(given)
        cdef DWORD size = <DWORD> len(given)
        cdef DWORD code
        cdef FloatingPoint as_it_was
        with nogil:
            if self.is_version_1():
                code = self.table.V1Functions.Offline(<RESID> <uintptr_t> resid)
            else:
                code = self.table.V2Functions.Offline(
                    <RESID> <uintptr_t> resid, node, flags, buffer, size, 0
                )
            as_it_was.put_back()
        return code

    def terminate(self, uint64_t resid):
        """Terminate of the resource ``resid``: the one that may run beside another entry point of
        the resource. Resource API: PTERMINATE_ROUTINE."""
        cdef FloatingPoint as_it_was
        with nogil:
            self.table.V1Functions.Terminate(<RESID> <uintptr_t> resid)
            as_it_was.put_back()

    def looks_alive(self, uint64_t resid):
        """LooksAlive of the resource ``resid``: whether it is. Resource API:
        PLOOKS_ALIVE_ROUTINE."""
        cdef BOOL alive
        cdef FloatingPoint as_it_was
        with nogil:
            alive = self.table.V1Functions.LooksAlive(<RESID> <uintptr_t> resid)
            as_it_was.put_back()
        return alive != 0

    def is_alive(self, uint64_t resid):
        """IsAlive of the resource ``resid``: whether it is. Resource API: PIS_ALIVE_ROUTINE."""
        cdef BOOL alive
        cdef FloatingPoint as_it_was
        with nogil:
            alive = self.table.V1Functions.IsAlive(<RESID> <uintptr_t> resid)
            as_it_was.put_back()
        return alive != 0

    def arbitrate(self, uint64_t resid):
        """Arbitrate for the resource ``resid``, with ``callbacks.quorum_resource_lost``: the Win32
        code; 120, which is ERROR_CALL_NOT_IMPLEMENTED, if it is NULL. Resource API:
        PARBITRATE_ROUTINE."""
        cdef DWORD code = ERROR_CALL_NOT_IMPLEMENTED
        cdef FloatingPoint as_it_was
        with nogil:
            if self.table.V1Functions.Arbitrate is not NULL:
                code = self.table.V1Functions.Arbitrate(
                    <RESID> <uintptr_t> resid, quorum_resource_lost
                )
            as_it_was.put_back()
        return code

    def release(self, uint64_t resid):
        """Release of the resource ``resid``: the Win32 code; 120 if it is NULL. Resource API:
        PRELEASE_ROUTINE."""
        cdef DWORD code = ERROR_CALL_NOT_IMPLEMENTED
        cdef FloatingPoint as_it_was
        with nogil:
            if self.table.V1Functions.Release is not NULL:
                code = self.table.V1Functions.Release(<RESID> <uintptr_t> resid)
            as_it_was.put_back()
        return code

    def cancel(self, uint64_t resid):
        """Cancel of what the resource ``resid`` is doing: the Win32 code; 120 if it is NULL, and in
        version 1. Resource API: PCANCEL_ROUTINE."""
        cdef DWORD code = ERROR_CALL_NOT_IMPLEMENTED
        cdef FloatingPoint as_it_was
        with nogil:
            if not self.is_version_1() and self.table.V2Functions.Cancel is not NULL:
                code = self.table.V2Functions.Cancel(<RESID> <uintptr_t> resid, 0)
            as_it_was.put_back()
        return code

    @property
    def asynchronous_control(self):
        """bool: control calls take a context and may end later: from version 3 on."""
        return self.table.Version >= CLRES_VERSION_V3_00

    def control(self, resid, DWORD control_code, data, DWORD size, INT64 context, token=0):
        """ResourceControl, BeginResourceControl or BeginResourceControlAsUser of a resource; with
        ``resid`` None, the ones of the type.

        Args:
            resid (int | None): the resource.
            control_code (int): ``CLUSCTL_…``.
            data (bytes | bytearray | memoryview): the input.
            size (int): of the room for the output, in bytes.
            context (int): of a monitor's control call, where ``asynchronous_control``.
            token (int): a user's access token, for the AsUser forms; 0 for none.

        Returns:
            ControlCall: to be kept until the call has ended. Its code is 1, which is
            ERROR_INVALID_FUNCTION, if the entry point is NULL; 120 if it is an AsUser form.

        Resource API: PRESOURCE_CONTROL_ROUTINE, CLRES_V1_FUNCTIONS and their kin.
        """
        cdef Call call = ControlCall(size)
        cdef bint of_type = resid is None
        cdef RESID resource = NULL if of_type else <RESID> <uintptr_t> <uint64_t> resid
        cdef LPCWSTR name = pointer_to(self.wide_type)
        cdef bytes sent = data_argument(data)
        cdef PBYTE given = data_of(sent)
        cdef DWORD given_size = <DWORD> len(sent)
        cdef HANDLE user = <HANDLE> <uintptr_t> <uint64_t> token
        if user is not NULL:
            slot = "BeginResourceTypeControlAsUser" if of_type else "BeginResourceControlAsUser"
            if not self.addresses.get(slot):
                call.code = ERROR_CALL_NOT_IMPLEMENTED
                return call
        with nogil:
            call.make(
                &self.table,
                of_type,
                resource,
                name,
                user,
                control_code,
                given,
                given_size,
                context,
            )
        return call

    def __repr__(self):
        return f"<EntryPoints of {self.resource_type!r}, version {self.version >> 8}>"
