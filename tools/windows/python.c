/* python.exe, as CPython's own PC/WinMain has it: all there is to Python stands in its DLL. */

#include <wchar.h>

int Py_Main(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv) {
    return Py_Main(argc, argv);
}
