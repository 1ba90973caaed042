"""Keys of a cluster's database as Python reads and writes them: by paths, each call for itself."""

from libc.stdint cimport uint32_t, uintptr_t

from resapi_cy.winbase cimport (
    BYTE,
    DWORD,
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER,
    ERROR_KEY_DELETED,
    ERROR_MORE_DATA,
    ERROR_NO_MORE_ITEMS,
    ERROR_SUCCESS,
    HKEY,
    LONG,
    LPCWSTR,
    WCHAR,
)

from resapi_cy.cluster.surroundings import export
from resapi_cy.errors import ClosedError
from resapi_cy.win32 import win32_text

ctypedef LONG (*CreateKeyRoutine)(
    HKEY key, LPCWSTR name, DWORD options, DWORD access, void* security, HKEY* made, DWORD* how
) noexcept nogil
ctypedef LONG (*OpenKeyRoutine)(HKEY key, LPCWSTR name, DWORD access, HKEY* found) noexcept nogil
ctypedef LONG (*CloseKeyRoutine)(HKEY key) noexcept nogil
ctypedef LONG (*EnumKeyRoutine)(
    HKEY key, DWORD index, WCHAR* name, DWORD* length, void* written
) noexcept nogil
ctypedef DWORD (*EnumValueRoutine)(
    HKEY key, DWORD index, WCHAR* name, DWORD* length, DWORD* type, BYTE* data, DWORD* size
) noexcept nogil
ctypedef LONG (*QueryValueRoutine)(
    HKEY key, LPCWSTR name, DWORD* type, BYTE* data, DWORD* size
) noexcept nogil
ctypedef DWORD (*SetValueRoutine)(
    HKEY key, LPCWSTR name, DWORD type, const BYTE* data, DWORD size
) noexcept nogil
ctypedef DWORD (*DeleteValueRoutine)(HKEY key, LPCWSTR name) noexcept nogil

cdef enum:
    KEY_ALL_ACCESS = 0xF003F
    LONGEST_NAME = 16384  # a value's, with its NUL


cdef bytes wide(str text):
    """NUL-terminated UTF-16."""
    if "\0" in text:
        raise ValueError(f"{text!r}: a name in the cluster's database can't hold a NUL character")
    return text.encode("utf-16-le", "surrogatepass") + b"\0\0"


cdef LPCWSTR text_of(bytes encoded) noexcept:
    return <LPCWSTR> <const char*> encoded


cdef bint is_gone(uint32_t code) noexcept:
    return code == ERROR_FILE_NOT_FOUND or code == ERROR_KEY_DELETED


cdef int check(uint32_t code, str name) except -1:
    if code == ERROR_SUCCESS:
        return 0
    if code == ERROR_INVALID_HANDLE:  # its cluster was closed
        raise ClosedError("the monitor is closed: make a new ResourceMonitor")
    if code == ERROR_INVALID_PARAMETER:
        raise ValueError(
            f"{name!r} can't be written to the cluster's database: it is too long, or a key's name "
            "in it is empty or too long"
        )
    raise OSError(f"the cluster's database: {name!r}: {win32_text(code)}")


cdef uintptr_t address(str name) except 0:
    return export(name)


cdef class Keys:
    """Keys(surroundings)

    The keys of one database, by their paths from its root, whose path is "". Any thread may call
    everything here. What another one changes meanwhile is read as it was before or after, value by
    value. Each method raises ``ClosedError`` if the monitor is closed.

    Args:
        surroundings (Surroundings): whose database.
    """

    cdef object surroundings
    cdef CreateKeyRoutine create_key
    cdef OpenKeyRoutine open_key
    cdef CloseKeyRoutine close_key
    cdef EnumKeyRoutine enum_key
    cdef EnumValueRoutine enum_value
    cdef QueryValueRoutine query_value
    cdef SetValueRoutine set_value
    cdef DeleteValueRoutine delete_value

    def __cinit__(self, surroundings not None):
        self.surroundings = surroundings
        self.create_key = <CreateKeyRoutine> address("ClusterRegCreateKey")
        self.open_key = <OpenKeyRoutine> address("ClusterRegOpenKey")
        self.close_key = <CloseKeyRoutine> address("ClusterRegCloseKey")
        self.enum_key = <EnumKeyRoutine> address("ClusterRegEnumKey")
        self.enum_value = <EnumValueRoutine> address("ClusterRegEnumValue")
        self.query_value = <QueryValueRoutine> address("ClusterRegQueryValue")
        self.set_value = <SetValueRoutine> address("ClusterRegSetValue")
        self.delete_value = <DeleteValueRoutine> address("ClusterRegDeleteValue")

    cdef HKEY opened(self, str path, bint make) except? NULL:
        """A key, to be closed; NULL: there is none."""
        cdef bytes wide_path = wide(path)
        cdef HKEY root = <HKEY> <uintptr_t> self.surroundings.root()
        cdef HKEY found = NULL
        cdef DWORD how = 0
        cdef uint32_t code
        if not path:
            return root
        try:
            if make:
                code = self.create_key(
                    root, text_of(wide_path), 0, KEY_ALL_ACCESS, NULL, &found, &how
                )
            else:
                code = self.open_key(root, text_of(wide_path), KEY_ALL_ACCESS, &found)
        finally:
            self.close_key(root)
        # The path of no key that there could be.
        if not make and (is_gone(code) or code == ERROR_INVALID_PARAMETER):
            return NULL
        check(code, path)
        return found

    def read(self, str path not None):
        """What is in a key, and what is below it.

        Args:
            path (str): the key's.

        Returns:
            tuple[list[tuple[str, int, bytes]], list[str]] | None: the values (name, registry type,
            data), and the names of the keys; None: there is no such key.
        """
        cdef HKEY key = self.opened(path, False)
        if key is NULL:
            return None
        try:
            names, keys = self.names_of(key, path, True), self.names_of(key, path, False)
            values = [value for name in names if (value := self.value_of(key, name)) is not None]
            return values, keys
        finally:
            self.close_key(key)

    def value(self, str path not None, str name not None):
        """tuple[str, int, bytes] | None: one value, as ``read`` has it; None: there is none."""
        cdef HKEY key = self.opened(path, False)
        if key is NULL:
            return None
        try:
            return self.value_of(key, name)
        finally:
            self.close_key(key)

    def write(self, str path not None, str name not None, DWORD kind, bytes data):
        """Sets a value, in a key that is made if there is none.

        Args:
            kind (int): its registry type.
            data (bytes): its data, text with its NUL.

        Raises:
            ValueError: a name can't be one.
        """
        cdef bytes wide_name = wide(name)
        cdef const BYTE* first = <const BYTE*> <const char*> data
        cdef HKEY key = self.opened(path, True)
        try:
            check(
                self.set_value(key, text_of(wide_name), kind, first, <DWORD> len(data)), name
            )
        finally:
            self.close_key(key)

    def delete(self, str path not None, str name not None):
        """bool: whether there was such a value."""
        cdef HKEY key = self.opened(path, False)
        cdef uint32_t code
        cdef bytes wide_name
        if key is NULL:
            return False
        try:
            wide_name = wide(name)
            code = self.delete_value(key, text_of(wide_name))
            if is_gone(code):
                return False
            check(code, name)
            return True
        finally:
            self.close_key(key)

    cdef list names_of(self, HKEY key, str path, bint of_values):
        cdef bytearray room = bytearray(2 * LONGEST_NAME)
        cdef WCHAR* name = <WCHAR*> <char*> room
        cdef DWORD length, index = 0
        cdef uint32_t code
        names = []
        while True:
            length = LONGEST_NAME
            if of_values:
                code = self.enum_value(key, index, name, &length, NULL, NULL, NULL)
            else:
                code = self.enum_key(key, index, name, &length, NULL)
            if code == ERROR_NO_MORE_ITEMS or is_gone(code):
                return names
            check(code, path)
            names.append(room[: 2 * length].decode("utf-16-le", "surrogatepass"))
            index += 1

    cdef tuple value_of(self, HKEY key, str name):
        cdef bytes wide_name = wide(name)
        cdef bytearray room = bytearray(256)
        cdef DWORD kind = 0, size
        cdef uint32_t code
        while True:
            size = <DWORD> len(room)
            code = self.query_value(key, text_of(wide_name), &kind, <BYTE*> <char*> room, &size)
            if code == ERROR_MORE_DATA:  # it may have grown since
                room = bytearray(max(size, 2 * len(room)))
                continue
            if is_gone(code) or code == ERROR_INVALID_PARAMETER:  # of no name that there could be
                return None
            check(code, name)
            return name, kind, bytes(room[:size])
