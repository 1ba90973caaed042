"""The cluster around the resources of a monitor: the stand-in libraries, which come into the
process once, and what they know of each monitor.

Nothing here waits for a DLL. Any thread may use it.
"""

from cpython.ref cimport Py_INCREF
from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t, uintptr_t
from libcpp.string cimport string
from libcpp.vector cimport vector

from resapi_cy.core cimport find_export, is_found_by_name, load_library
from resapi_cy.winbase cimport (
    BYTE,
    DWORD,
    ERROR_INVALID_HANDLE,
    ERROR_SUCCESS,
    HKEY,
    LONG,
    LPCWSTR,
)

import os
import sys
import threading
import uuid

from resapi_cy.cluster.change import Change
from resapi_cy.cluster.request import Request
from resapi_cy.errors import ClosedError
from resapi_cy.names import folded
from resapi_cy.win32 import win32_text

cdef extern from "cluster/host.h" nogil:
    ctypedef struct CallsNotServed "resapi_cy_calls_not_served":
        const char* name
        uint64_t calls

    ctypedef struct NativeRequest "resapi_cy_request":
        uint64_t number
        int32_t of_type
        uint32_t code
        LPCWSTR name
        const uint8_t* input
        size_t size

    ctypedef struct Functions "resapi_cy_cluster_functions":
        uint64_t (*make_cluster)(LPCWSTR name, LPCWSTR node) noexcept
        uint32_t (*close_cluster)(uint64_t cluster) noexcept
        uint64_t (*set_current)(uint64_t cluster) noexcept
        uint32_t (*root_key)(uint64_t cluster, HKEY* key) noexcept
        uint32_t (*add_resource)(uint64_t cluster, LPCWSTR id, LPCWSTR name, LPCWSTR type) noexcept
        uint32_t (*rename_resource)(uint64_t cluster, LPCWSTR id, LPCWSTR name) noexcept
        uint32_t (*set_resource_state)(uint64_t cluster, LPCWSTR id, int32_t state) noexcept
        uint32_t (*remove_resource)(uint64_t cluster, LPCWSTR id) noexcept
        uint32_t (*take_changes)(uint64_t cluster, uint8_t** changes, size_t* size) noexcept
        void (*free_changes)(uint8_t* changes) noexcept
        size_t (*calls_not_served)(uint64_t cluster, CallsNotServed* into, size_t room) noexcept
        const char* const* names_not_served
        uint32_t (*set_resource_class)(
            uint64_t cluster, LPCWSTR id, uint32_t resource_class, uint32_t subclass
        ) noexcept
        uint32_t (*declare_resource)(
            uint64_t cluster,
            LPCWSTR id,
            LPCWSTR name,
            LPCWSTR type,
            uint32_t resource_class,
            uint32_t subclass,
        ) noexcept
        uint32_t (*add_dependency)(uint64_t cluster, LPCWSTR id, LPCWSTR depends_on) noexcept
        uint32_t (*remove_dependency)(uint64_t cluster, LPCWSTR id, LPCWSTR depends_on) noexcept
        uint32_t (*delete_key)(uint64_t cluster, LPCWSTR path) noexcept
        uint32_t (*serve_requests)(
            uint64_t cluster, void (*wake)(void* context) noexcept nogil, void* context
        ) noexcept
        uint32_t (*take_request)(uint64_t cluster, NativeRequest* request) noexcept
        uint32_t (*answer_request)(
            uint64_t cluster, uint64_t number, uint32_t error, const uint8_t* output, size_t size
        ) noexcept

ctypedef const Functions* (*HostRoutine)() noexcept nogil
ctypedef void (*WakeRoutine)(void* context) noexcept nogil
ctypedef LONG (*CreateKeyRoutine)(
    HKEY key, LPCWSTR name, DWORD options, DWORD access, void* security, HKEY* made, DWORD* how
) noexcept nogil
ctypedef LONG (*CloseKeyRoutine)(HKEY key) noexcept nogil
ctypedef DWORD (*SetValueRoutine)(
    HKEY key, LPCWSTR name, DWORD type, const BYTE* data, DWORD size
) noexcept nogil
ctypedef DWORD (*GetListRoutine)(
    HKEY key, void* into, DWORD size, DWORD* returned, DWORD* required
) noexcept nogil
ctypedef DWORD (*SetListRoutine)(HKEY key, const void* data, DWORD size) noexcept nogil
ctypedef DWORD (*VerifyListRoutine)(const void* data, DWORD size) noexcept nogil

cdef enum:
    ERROR_MORE_DATA = 234
    ERROR_CIRCULAR_DEPENDENCY = 1059
    ERROR_OBJECT_ALREADY_EXISTS = 5010
    KEY_ALL_ACCESS = 0xF003F
    REG_CREATED_NEW_KEY = 1
    REG_SZ = 1
    REG_DWORD = 4

# What Python calls of the libraries by its address: see export(). Looked for once, when they are
# loaded: later, the system's loader may be held up by a DLL that is being loaded, and a wait for it
# would keep the GIL.
EXPORTS = tuple(f"ClusterReg{name}" for name in (
    *("CreateKey", "OpenKey", "CloseKey", "EnumKey", "EnumValue"),
    *("QueryValue", "SetValue", "DeleteValue"),
))
exports = {}

# What the process has, once it has it.
cdef vector[void*] libraries
cdef const Functions* functions = NULL
cdef CreateKeyRoutine create_key = NULL
cdef CloseKeyRoutine close_key = NULL
cdef SetValueRoutine set_value = NULL
cdef GetListRoutine get_list = NULL
cdef GetListRoutine get_names = NULL
cdef SetListRoutine set_list = NULL
cdef VerifyListRoutine verify_list = NULL

bringing = threading.Lock()

# The ids of declared resources, which are the same for a name each time, are made of this and that.
DECLARED = uuid.UUID("5a2c1d0e-6f0b-5c0a-9a35-7d1d6f3a8e21")

# In the order in which they need each other.
if sys.platform == "win32":
    LIBRARIES = ("clusapi.dll", "resutils.dll")
else:
    LIBRARIES = ("libresapi_cy_cluster" + (".dylib" if sys.platform == "darwin" else ".so"),)


def bring():
    """Has the stand-in libraries in the process, for the resource DLLs that are loaded after.

    Raises:
        OSError: they can't be loaded, or the system's own are there already.
    """
    with bringing:
        if functions is NULL:
            bring_once()


cdef int bring_once() except -1:
    global functions, create_key, close_key, set_value
    global get_list, get_names, set_list, verify_list
    cdef DWORD error = ERROR_SUCCESS
    cdef string words
    cdef void* library = NULL
    cdef void* first = NULL
    cdef bytes path
    cdef const char* text
    libraries.clear()  # of an attempt that failed
    for name in LIBRARIES:
        path = os.fsencode(os.path.join(os.path.dirname(__file__), name))
        text = path
        with nogil:
            library = load_library(text, error, words, True)
        if library is NULL:
            why = win32_text(error) if error else words.decode("utf-8", "replace")
            file = os.fsdecode(path)
            raise OSError(f"the Cluster API's stand-in {file!r} can't be loaded: {why}")
        if not is_found_by_name(library, name.encode()):
            raise OSError(
                f"another {name} is in the process already, and resource DLLs would find that one: "
                "load them before what has brought it, or in a process of their own; on a node of "
                'a cluster, with cluster_api="system"'
            )
        libraries.push_back(library)
    first = libraries.front()
    create_key = <CreateKeyRoutine> find_export(first, "ClusterRegCreateKey")
    close_key = <CloseKeyRoutine> find_export(first, "ClusterRegCloseKey")
    set_value = <SetValueRoutine> find_export(first, "ClusterRegSetValue")
    # The last one has the properties; where there is one library, it has everything.
    get_list = <GetListRoutine> find_export(library, "ResUtilGetPrivateProperties")
    get_names = <GetListRoutine> find_export(library, "ResUtilEnumPrivateProperties")
    set_list = <SetListRoutine> find_export(library, "ResUtilSetPrivatePropertyList")
    verify_list = <VerifyListRoutine> find_export(library, "ResUtilVerifyPrivatePropertyList")
    for name in EXPORTS:
        exports[name] = <uintptr_t> find_export(first, name.encode())
    functions = (<HostRoutine> find_export(first, "resapi_cy_cluster_host"))()
    return 0


def leave_alone(inherited not None):
    """Has an object outlive the process, which has it from its parent and must not end it."""
    Py_INCREF(inherited)


def names_not_served():
    """frozenset[str]: the functions of clusapi.dll and resutils.dll that are there and not served:
    each fails with ERROR_CALL_NOT_IMPLEMENTED."""
    bring()
    names, at = set(), functions.names_not_served
    while at[0] is not NULL:
        names.add(at[0].decode())
        at += 1
    return frozenset(names)


def is_served(str name not None):
    """bool: whether the stand-in libraries have a function of this name that does what is its."""
    bring()
    cdef bytes encoded = name.encode("utf-8", "surrogatepass")
    cdef const char* text = encoded
    cdef void* library
    cdef void* found = NULL
    with nogil:
        for library in libraries:
            if found is NULL:
                found = find_export(library, text)
    return found is not NULL and name not in names_not_served()


def export(str name not None):
    """int: the address of one of EXPORTS."""
    bring()
    return exports[name]


cdef bytes wide(str text):
    """NUL-terminated UTF-16."""
    return text.encode("utf-16-le", "surrogatepass") + b"\0\0"


cdef LPCWSTR text_of(bytes encoded) noexcept:
    return <LPCWSTR> <const char*> encoded


cdef int check(uint32_t code, str what) except -1:
    if code != ERROR_SUCCESS:
        raise OSError(f"the cluster's database: {what}: {win32_text(code)}")
    return 0


cdef class Surroundings:
    """Surroundings(name, node)

    What a monitor's resource DLLs find of a cluster: a database, and in it the monitor's resources.

    Args:
        name (str): the cluster's.
        node (str): the one that all of it is on.
    """

    cdef readonly uint64_t number
    cdef dict ids  # by the resources' folded names: a name has its key for as long as this is there
    cdef object lock  # guards that

    def __cinit__(self, str name not None, str node not None):
        bring()
        self.ids = {}
        self.lock = threading.Lock()
        cdef bytes wide_name = wide(name), wide_node = wide(node)
        self.number = functions.make_cluster(text_of(wide_name), text_of(wide_node))
        if self.number == 0:
            raise MemoryError("no memory for a cluster's database")

    def __dealloc__(self):
        if self.number != 0:
            functions.close_cluster(self.number)

    @property
    def set_current(self):
        """int: the address of a function that says which cluster a thread's calls belong to."""
        return <uintptr_t> functions.set_current

    def root(self):
        """int: a handle of the database's root, to be closed by ClusterRegCloseKey.

        Raises:
            ClosedError: there is no database any more.
        """
        cdef HKEY root = NULL
        cdef uint32_t code = functions.root_key(self.number, &root)
        if code == ERROR_INVALID_HANDLE:
            raise ClosedError("the monitor is closed: make a new ResourceMonitor")
        check(code, "its root")
        return <uintptr_t> root

    def close(self):
        """With all of its handles."""
        number, self.number = self.number, 0
        if number != 0:
            functions.close_cluster(number)

    def add_type(self, str name not None, str dll_name not None):
        """A resource type whose DLL has been loaded: it has a key, with DllName.

        Returns:
            bool: it is the first time in this database.
        """
        cdef HKEY root = <HKEY> <uintptr_t> self.root(), key = NULL
        cdef bytes path = wide(f"ResourceTypes\\{name}")
        cdef DWORD how = 0
        try:
            check(
                create_key(root, text_of(path), 0, KEY_ALL_ACCESS, NULL, &key, &how),
                f"resource type {name!r}",
            )
        finally:
            close_key(root)
        try:
            set_text(key, "DllName", dll_name)
        finally:
            close_key(key)
        return how == REG_CREATED_NEW_KEY

    def add(self, str name not None, str resource_type not None, properties):
        """A resource that is about to be opened: its key has Name, Type, the common properties that
        were set, and Parameters.

        Args:
            properties (Iterable[tuple[str, int]]): those.

        Returns:
            tuple[str, int]: its id, and the handle of its key, for ``remove``.
        """
        if self.number == 0:
            raise ClosedError("the monitor is closed: make a new ResourceMonitor")
        with self.lock:
            resource_id = self.ids.setdefault(folded(name), str(uuid.uuid4()))
        cdef bytes wide_id = wide(resource_id), wide_name = wide(name)
        cdef bytes wide_type = wide(resource_type)
        cdef HKEY root = NULL, key = NULL
        check(functions.root_key(self.number, &root), "its root")
        try:
            key = make_key(root, f"Resources\\{resource_id}")
        finally:
            close_key(root)
        try:
            set_text(key, "Name", name)
            set_text(key, "Type", resource_type)
            for property_name, value in properties:
                set_number(key, property_name, value)
            close_key(make_key(key, "Parameters"))
            check(
                functions.add_resource(
                    self.number, text_of(wide_id), text_of(wide_name), text_of(wide_type)
                ),
                f"resource {name!r}",
            )
        except BaseException:
            close_key(key)
            raise
        return resource_id, <uintptr_t> key

    def declare(
        self,
        str name not None,
        str resource_type not None,
        uint32_t resource_class,
        uint32_t subclass,
        bytes properties not None,
    ):
        """A resource that is no DLL's: it is there to be found, until it is withdrawn.

        Args:
            properties (bytes): its private ones, a property list.

        Returns:
            tuple[str, int]: its id, and the handle of its key, for ``withdraw``.
        """
        resource_id = str(uuid.uuid5(DECLARED, folded(name)))
        cdef bytes wide_id = wide(resource_id), wide_name = wide(name)
        cdef bytes wide_type = wide(resource_type)
        cdef HKEY root = NULL, key = NULL
        cdef const char* first = properties
        check(functions.root_key(self.number, &root), "its root")
        try:
            key = make_key(root, f"Resources\\{resource_id}")
        finally:
            close_key(root)
        try:
            # That of a process which was killed may be in the database's file.
            self.delete_key(f"Resources\\{resource_id}\\Parameters")
            set_text(key, "Name", name)
            set_text(key, "Type", resource_type)
            set_parameters(key, first, <DWORD> len(properties))
            check(
                functions.declare_resource(
                    self.number,
                    text_of(wide_id),
                    text_of(wide_name),
                    text_of(wide_type),
                    resource_class,
                    subclass,
                ),
                f"resource {name!r}",
            )
        except BaseException:
            close_key(key)
            raise
        return resource_id, <uintptr_t> key

    def withdraw(self, str resource_id not None, key):
        """The declared resource is not there any more, nor is its key."""
        self.remove(resource_id, key)
        self.delete_key(f"Resources\\{resource_id}")

    cdef void delete_key(self, str path):
        """With everything below it, if it is there."""
        cdef bytes wide_path = wide(path)
        functions.delete_key(self.number, text_of(wide_path))

    def delete(self, str resource_id not None, str name not None, key):
        """The resource is not there any more, nor is its key, which the next one of its name does
        not get."""
        self.remove(resource_id, key)
        self.delete_key(f"Resources\\{resource_id}")
        with self.lock:
            self.ids.pop(folded(name), None)

    def rename(self, str resource_id not None, str before not None, str name not None, key):
        """Gives a resource another name, in its key as well.

        Returns:
            bool: False: the name is another one's, or that of a key which one has left behind.
        """
        cdef bytes wide_id = wide(resource_id), wide_name = wide(name)
        with self.lock:
            if self.ids.get(folded(name), resource_id) != resource_id:
                return False
            code = functions.rename_resource(self.number, text_of(wide_id), text_of(wide_name))
            if code == ERROR_OBJECT_ALREADY_EXISTS:
                return False
            check(code, f"resource {before!r}")
            self.ids.pop(folded(before), None)
            self.ids[folded(name)] = resource_id
        set_text(<HKEY> <uintptr_t> key, "Name", name)
        return True

    def depend(self, str resource_id not None, str on not None):
        """Both by their ids.

        Returns:
            bool: False: that one depends on this one.
        """
        cdef bytes wide_id = wide(resource_id), wide_on = wide(on)
        code = functions.add_dependency(self.number, text_of(wide_id), text_of(wide_on))
        if code != ERROR_CIRCULAR_DEPENDENCY:
            check(code, f"resource {resource_id}")
        return code == ERROR_SUCCESS

    def depend_no_more(self, str resource_id not None, str on not None):
        """Both by their ids."""
        cdef bytes wide_id = wide(resource_id), wide_on = wide(on)
        check(
            functions.remove_dependency(self.number, text_of(wide_id), text_of(wide_on)),
            f"resource {resource_id}",
        )

    def set_class(
        self, str resource_id not None, uint32_t resource_class, uint32_t subclass
    ):
        """What CLUSCTL_RESOURCE_GET_CLASS_INFO answers to others."""
        cdef bytes wide_id = wide(resource_id)
        functions.set_resource_class(self.number, text_of(wide_id), resource_class, subclass)

    def set_state(self, str resource_id not None, int32_t state):
        """What GetClusterResourceState answers."""
        cdef bytes wide_id = wide(resource_id)
        functions.set_resource_state(self.number, text_of(wide_id), state)

    def take_changes(self):
        """What has become of the database's keys since the last time, each once, and a key before
        those below it.

        Returns:
            list[Change]: to be stored.
        """
        cdef uint8_t* first = NULL
        cdef size_t size = 0
        check(functions.take_changes(self.number, &first, &size), "its changes")
        if first is NULL:
            return []
        try:
            packed = bytes(<bytes> (<char*> first)[:size])
        finally:
            functions.free_changes(first)
        return list(unpacked(packed))

    def restore(self, changes):
        """Makes keys that were stored, and what they have. Before any resource is added.

        Args:
            changes (Iterable[Change]): a key before those below it.
        """
        cdef HKEY root = NULL, key = NULL
        check(functions.root_key(self.number, &root), "its root")
        try:
            for change in changes:
                key = make_key(root, change.path) if change.path else root
                try:
                    for name, kind, data in change.values:
                        set_data(key, name, kind, data)
                finally:
                    if key is not root:
                        close_key(key)
                parts = change.path.split("\\")
                if len(parts) == 2 and folded(parts[0]) == folded("Resources"):
                    for name, kind, data in change.values:
                        if folded(name) == folded("Name") and kind == REG_SZ:
                            text = data.decode("utf-16-le", "surrogatepass").rstrip("\0")
                            self.ids[folded(text)] = parts[1]
        finally:
            close_key(root)
        self.take_changes()  # they are stored already

    cdef HKEY parameters_of(self, str path) except NULL:
        """To be closed."""
        cdef HKEY root = <HKEY> <uintptr_t> self.root()
        try:
            return make_key(root, f"{path}\\Parameters")
        finally:
            close_key(root)

    cdef bytes of_parameters(self, str path, GetListRoutine get):
        cdef HKEY parameters = self.parameters_of(path)
        cdef DWORD returned = 0, required = 4096
        cdef uint32_t code = ERROR_MORE_DATA
        try:
            # Another thread may write meanwhile.
            while code == ERROR_MORE_DATA:
                room = bytearray(required)
                code = get(parameters, <char*> room, <DWORD> len(room), &returned, &required)
            check(code, "private properties")
            return bytes(room[:returned])
        finally:
            close_key(parameters)

    def private_properties(self, str path not None):
        """bytes: what is below Parameters of a key, as a property list."""
        return self.of_parameters(path, get_list)

    def private_names(self, str path not None):
        """bytes: the names of that, as a MULTI_SZ."""
        return self.of_parameters(path, get_names)

    def set_private_properties(self, str path not None, bytes data not None):
        """int: 0, or the Win32 error, and nothing was stored."""
        cdef const char* first = data
        cdef uint32_t code = verify_list(first, <DWORD> len(data))
        if code != ERROR_SUCCESS:
            return code
        cdef HKEY parameters = self.parameters_of(path)
        code = set_list(parameters, first, <DWORD> len(data))
        close_key(parameters)
        return code

    def set_numbers(self, key, numbers):
        """Values of a key that it has open.

        Args:
            numbers (Iterable[tuple[str, int]]): by their names.
        """
        for name, number in numbers:
            set_number(<HKEY> <uintptr_t> key, name, number)

    def check_private_properties(self, bytes data not None):
        """int: 0, or the Win32 error."""
        cdef const char* first = data
        return verify_list(first, <DWORD> len(data))

    def serve(self, wake, context):
        """Has control calls wait for their answers that need a resource DLL, whoever makes them by
        the Cluster API.

        Args:
            wake (int): the address of a function that tells that there is one, and what it takes.
        """
        functions.serve_requests(
            self.number, <WakeRoutine> <uintptr_t> wake, <void*> <uintptr_t> context
        )

    def take_request(self):
        """Request | None: the next that nobody has taken; whoever takes it answers it."""
        cdef NativeRequest request
        if functions.take_request(self.number, &request) != ERROR_SUCCESS:
            return None
        cdef size_t length = 0
        while request.name[length] != 0:
            length += 1
        name = (<const char*> request.name)[: 2 * length].decode("utf-16-le", "surrogatepass")
        data = (<const char*> request.input)[: request.size] if request.size else b""
        return Request(request.number, bool(request.of_type), name, request.code, data)

    def answer_request(self, uint64_t number, uint32_t error, bytes output not None):
        """Answers one that was taken."""
        cdef const char* first = output
        functions.answer_request(
            self.number, number, error, <const uint8_t*> first, <size_t> len(output)
        )

    def calls_not_served(self):
        """dict[str, int]: which functions the monitor's resource DLLs have called that are not
        served here, in the order of their first calls, and how often."""
        cdef CallsNotServed[1024] calls  # which is more than there are functions
        cdef size_t i, there_are = functions.calls_not_served(self.number, calls, 1024)
        return {calls[i].name.decode(): calls[i].calls for i in range(there_are)}

    def remove(self, str resource_id not None, key):
        """The resource is closed. What is below its key stays for the next of its name."""
        cdef bytes wide_id = wide(resource_id)
        functions.remove_resource(self.number, text_of(wide_id))
        close_key(<HKEY> <uintptr_t> key)


cdef HKEY make_key(HKEY above, str path) except NULL:
    cdef bytes wide_path = wide(path)
    cdef HKEY made = NULL
    cdef DWORD how = 0
    code = create_key(above, text_of(wide_path), 0, KEY_ALL_ACCESS, NULL, &made, &how)
    check(code, f"key {path!r}")
    return made


cdef int set_parameters(HKEY key, const char* properties, DWORD size) except -1:
    cdef HKEY parameters = make_key(key, "Parameters")
    code = set_list(parameters, properties, size)
    close_key(parameters)
    return check(code, "private properties")


def unpacked(bytes packed not None):
    """The changes of take_changes(): see cluster/host.h."""
    cdef Py_ssize_t at = 0

    def number():
        nonlocal at
        found = int.from_bytes(packed[at : at + 4], sys.byteorder)
        at += 4
        return found

    def text():
        nonlocal at
        size = 2 * number()
        at += size
        return packed[at - size : at].decode("utf-16-le", "surrogatepass")

    while at < len(packed):
        identity, path, exists = text(), text(), bool(number())
        values = []
        for _ in range(number()):
            name, kind, size = text(), number(), number()
            at += size
            values.append((name, kind, packed[at - size : at]))
        yield Change(identity, path, exists, tuple(values))


cdef int set_data(HKEY key, str name, uint32_t kind, bytes data) except -1:
    cdef bytes wide_name = wide(name)
    cdef const char* first = data
    return check(
        set_value(key, text_of(wide_name), kind, <const BYTE*> first, <DWORD> len(data)), name
    )


cdef int set_text(HKEY key, str name, str text) except -1:
    cdef bytes wide_name = wide(name), data = wide(text)
    cdef const BYTE* first = <const BYTE*> <const char*> data
    return check(set_value(key, text_of(wide_name), REG_SZ, first, <DWORD> len(data)), name)


cdef int set_number(HKEY key, str name, uint32_t number) except -1:
    cdef bytes wide_name = wide(name)
    cdef const BYTE* first = <const BYTE*> &number
    return check(set_value(key, text_of(wide_name), REG_DWORD, first, sizeof(number)), name)


def renew():
    """In a forked child: a thread that held it is not there."""
    global bringing
    bringing = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew)
