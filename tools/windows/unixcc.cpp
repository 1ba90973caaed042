// gcc.exe and g++.exe for Wine: each runs the Linux machine's mingw-w64 compiler of its own name.
//
// A Windows process in Wine can start a Linux program, but it gets no handle to it: there is
// nothing to wait for, and neither an exit code nor output to read. So the compiler is run by a
// shell script that leaves all three in files.

#include <windows.h>

#include <chrono>
#include <cwctype>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>

namespace fs = std::filesystem;

namespace {

// Wine's own path conversion: it knows the drives, and real file names' upper and lower case. It
// has none for a path in a folder that does not exist, which to a compiler is no error.
using GetUnixFileName = char *(CDECL *)(LPCWSTR);

std::string unix_path(const fs::path &path) {
    static const auto convert = reinterpret_cast<GetUnixFileName>(reinterpret_cast<void *>(
        GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "wine_get_unix_file_name")));
    if (char *converted = convert ? convert(path.c_str()) : nullptr) {
        std::string result(converted);
        HeapFree(GetProcessHeap(), 0, converted);
        return result;
    }
    if (!path.has_relative_path()) {
        std::cerr << "not a path that Linux knows: " << path << "\n";
        std::exit(1);
    }
    return unix_path(path.parent_path()) + "/" + path.filename().u8string();
}

// Windows paths, alone or behind a one-letter option (-IC:\include), become Linux ones.
std::string unix_argument(const std::wstring &argument) {
    if (argument.rfind(L"-D", 0) == 0) {
        return fs::path(argument).u8string();
    }
    const std::size_t at = argument[0] == L'-' ? 2 : 0;
    if (argument.size() > at + 2 && std::iswalpha(argument[at]) && argument[at + 1] == L':') {
        return fs::path(argument.substr(0, at)).u8string() + unix_path(argument.substr(at));
    }
    return fs::path(argument).generic_u8string();
}

std::string shell_word(std::string_view word) {
    std::string result = "'";
    for (char c : word) {
        result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return result + "'";
}

void print(std::ostream &to, const fs::path &path) {
    std::ifstream from(path, std::ios::binary);
    if (from.peek() != std::ifstream::traits_type::eof()) {
        to << from.rdbuf() << std::flush;
    }
}

}  // namespace

int wmain(int argc, wchar_t **argv) {
    const fs::path name = fs::path(argv[0]).stem();
    const fs::path folder = fs::temp_directory_path() /
                            (name.wstring() + L"-" + std::to_wstring(GetCurrentProcessId()));
    fs::remove_all(folder);  // of an earlier process of that number, if it was killed
    fs::create_directories(folder);

    // -static: what it makes needs none of the compiler's own DLLs, which Wine would not find.
    std::string command = "x86_64-w64-mingw32-" + name.u8string() + "-posix -static";
    for (int i = 1; i < argc; ++i) {
        command += " " + shell_word(unix_argument(argv[i]));
    }
    const std::string files = shell_word(unix_path(folder));
    std::ofstream(folder / "script", std::ios::binary)
        << "exec </dev/null >" << files << "/out 2>" << files << "/err\n"
        << command << "\n"
        << "echo $? >" << files << "/unfinished && mv " << files << "/unfinished " << files
        << "/status\n";

    std::wstring shell = L"sh \"" + fs::u8path(unix_path(folder / "script")).wstring() + L"\"";
    STARTUPINFOW startup = {};
    startup.cb = sizeof startup;
    PROCESS_INFORMATION process = {};
    if (!CreateProcessW(L"Z:\\bin\\sh", shell.data(), nullptr, nullptr, FALSE, 0, nullptr, nullptr,
                        &startup, &process)) {
        std::cerr << name.u8string() << ": cannot start /bin/sh: error " << GetLastError() << "\n";
        return 1;
    }
    while (!fs::exists(folder / "status")) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }

    int status = 1;
    std::ifstream(folder / "status") >> status;
    print(std::cout, folder / "out");
    print(std::cerr, folder / "err");
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    return status;
}
