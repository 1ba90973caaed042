# Loading a resource DLL: see library.pyx. Not part of the public interface.

cdef void* load(str path, object dll_directory) except NULL
