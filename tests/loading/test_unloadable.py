"""Files that can't be loaded: what each is, with the Win32 error that says so, and the remedy."""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import native
import pytest
from command_line import ENVIRONMENT, TIMEOUT, posix_only, refusal, run

import resapi_cy as ra
from resapi_cy.win32 import TEXTS, win32_text

linux_only = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="about Linux's loader, and its files"
)
is_glibc = platform.libc_ver()[0] == "glibc"
glibc_only = pytest.mark.skipif(not is_glibc, reason="about glibc's loader, and its versions")
finds_again = pytest.mark.skipif(
    not (is_glibc or native.WINDOWS),
    reason="neither musl nor macOS finds again what dll_directory has brought in",
)


def refused(path: Path, **arguments: object) -> tuple[int, str]:
    """The code and the text with which a DLL is not loaded."""
    with pytest.raises(ra.ResourceDllNotLoadable) as error:
        ra.ResourceDll(path, **arguments)  # type: ignore[arg-type]
    assert error.value.path == str(path)
    text = str(error.value)
    assert "\n" not in text
    assert f": error {error.value.code} (" in text
    return error.value.code, text


@pytest.fixture
def dll(tmp_path: Path) -> Path:
    """A DLL that this process has not loaded yet."""
    return Path(shutil.copy(native.startup_dll(), tmp_path))


def library(
    folder: Path, name: str, source: str, needs: list[Path] | None = None, *options: str
) -> Path:
    """A shared library of some C, which needs others."""
    if not native.compiler("c"):
        pytest.skip("needs a compiler whose linker takes libraries by their paths")
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.c"
    file.write_text(
        "#ifdef _WIN32\n#define EXPORT __declspec(dllexport)\n#else\n#define EXPORT\n"
        f"#endif\n{source}\n"
    )
    # Apple's linker has another option, which nobody needs here.
    soname = (
        []
        if native.WINDOWS or sys.platform == "darwin"
        else [f"-Wl,-soname,{name}{native.LIBRARY_SUFFIX}"]
    )
    return native.compile_library(
        [file, *(needs or [])], folder / name, [ra.get_include()], more_options=[*soname, *options]
    )


# ---- What is no DLL ------------------------------------------------------------------------------


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def make_device(path: Path) -> None:
    path.symlink_to(os.devnull)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (Path.mkdir, "a folder"),
        pytest.param(make_fifo, "a FIFO", marks=posix_only),
        pytest.param(make_socket, "a socket", marks=posix_only),
        pytest.param(make_device, "a device", marks=posix_only),
    ],
)
def test_what_is_no_file_is_called_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], what: str
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    make(Path("x.dll"))
    code, text = refused(tmp_path / "x.dll")
    assert (code, f"that is {what}: " in text) == (193, True)
    assert "name the DLL itself" in text
    assert f"that is {what}" in refusal("info", "x.dll")
    assert f"that is {what}" in refusal("run", "x.dll", "--type", "X")
    assert f"that is {what}" in refusal("check", "x.dll", "--type", "X")


def test_the_null_device_is_called_a_device() -> None:
    kind = "that is a device"
    assert kind in refusal("info", os.devnull)
    assert kind in refusal("check", os.devnull, "--type", "X")


# ---- What is no DLL for this process -------------------------------------------------------------


@linux_only
@pytest.mark.parametrize(
    ("offset", "value", "says"),
    [
        (18, b"\xb7\x00", "it is built for ARM64, and this process for "),
        (18, b"\xf3\x00", "it is built for RISC-V, and this process for "),
        (4, b"\x01", "it is built for 32-bit "),
    ],
)
def test_another_architecture_is_named(dll: Path, offset: int, value: bytes, says: str) -> None:
    data = bytearray(dll.read_bytes())
    if data[offset : offset + len(value)] == value:
        pytest.skip("that is this machine's own")
    data[offset : offset + len(value)] = value
    dll.write_bytes(data)
    code, text = refused(dll)
    assert (code, says in text) == (193, True), text
    assert text.endswith("build it as a 64-bit DLL for this platform")


def test_a_file_of_another_platform_is_told(tmp_path: Path) -> None:
    path = tmp_path / "other.dll"
    path.write_bytes(b"\x7fELF\x02\x01" + bytes(200) if native.WINDOWS else small_pe())
    code, text = refused(path)
    assert (code, "it is a file of the format" in text) == (193, True), text


def small_pe() -> bytes:
    header = bytearray(b"MZ" + bytes(0x3A) + (0x40).to_bytes(4, "little"))
    header += b"PE\0\0" + (0x8664).to_bytes(2, "little") + bytes(18) + b"\x0b\x02" + bytes(200)
    return bytes(header)


@glibc_only
def test_another_c_library_is_told(tmp_path: Path) -> None:
    musl = library(tmp_path, "libc.musl-x86_64", "int f(void) { return 1; }")
    code, text = refused(
        library(tmp_path, "other", "int f(void); int g(void) { return f(); }", [musl])
    )
    assert (code, "another C library than this system's, musl" in text) == (193, True), text
    # A function that the system's own C library does not have in this version.
    (tmp_path / "map").write_text("GLIBC_9.99 { global: *; };")
    options = (f"-Wl,--version-script={tmp_path / 'map'}", "-Wl,-soname,libm.so.6")
    newer = library(tmp_path / "newer", "m", "int sinister(void) { return 1; }", None, *options)
    code, text = refused(
        library(tmp_path, "new", "int sinister(void); int g(void) { return sinister(); }", [newer])
    )
    assert (code, "another C library" in text) == (193, True), text


@linux_only
def test_a_truncated_file_is_refused_before_it_can_crash(dll: Path) -> None:
    whole = dll.read_bytes()
    for size in (20, 64, 200, 5000, len(whole) // 2):
        dll.write_bytes(whole[:size])
        code, text = refused(dll)
        assert (code, "not a whole file" in text) == (193, True), text


# ---- What may not be loaded ----------------------------------------------------------------------


@linux_only
@pytest.mark.skipif(getattr(os, "geteuid", int)() != 0, reason="only root may mount")
def test_a_file_system_with_noexec_is_told(dll: Path, tmp_path: Path) -> None:
    folder = tmp_path / "noexec"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this root may not mount")
    try:
        # The loader leaves a part of it mapped.
        done = in_child(LOAD, Path(shutil.copy(dll, folder)))
    finally:
        subprocess.run(["umount", str(folder)], check=True)
    assert done.stdout.startswith("5 "), done
    assert "mounted with noexec" in done.stdout


def in_child(code: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    script = f"import os, resapi_cy, sys\ndll = resapi_cy.ResourceDll\n{code}"
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=TIMEOUT,
        check=False,
    )


LOAD = (
    "try: dll(sys.argv[1])\n"
    "except resapi_cy.ResourceDllNotLoadable as error: print(error.code, error)"
)


@posix_only
def test_a_file_that_may_not_be_read_is_told(dll: Path) -> None:
    dll.chmod(0)
    # Root may read it.
    done = in_child(f"if os.geteuid() == 0: os.setuid(65534)\n{LOAD}", dll)
    assert done.stdout.startswith("5 "), done
    assert "permission denied" in done.stdout
    assert "let this user read and run it" in done.stdout


@linux_only
def test_too_many_open_files_are_told(dll: Path) -> None:
    exhaust = (
        "files = []\ntry:\n  while True: files.append(os.open(os.devnull, os.O_RDONLY))\n"
        "except OSError: pass\n"
    )
    limit = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
    done = in_child(limit + exhaust + LOAD, dll)
    assert done.stdout.startswith("4 "), done
    assert "too many open files" in done.stdout
    assert "raise the limit" in done.stdout


# ---- What it needs -------------------------------------------------------------------------------

MINE = (
    "EXPORT int StartupEx(void); int theirs(void); int StartupEx(void) { return theirs(); }"
    "\nEXPORT int StartupEx(void);"
)
THEIRS = "int deep(void); EXPORT int theirs(void); int theirs(void) { return deep(); }"
DEEP = "EXPORT int deep(void); int deep(void) { return 7; }"


@finds_again
def test_a_missing_library_is_named_and_found_in_dll_directory(tmp_path: Path) -> None:
    deep = library(tmp_path / "built", "deep", DEEP)
    theirs = library(tmp_path / "built", "theirs", THEIRS, [deep])
    mine = library(tmp_path / "mine", "mine", MINE, [theirs])
    code, text = refused(mine)
    assert (code, f"{theirs.name} is missing" in text) == (126, True), text
    assert "there is no such file" not in text
    assert "dll_directory" in text
    assert theirs.name in refusal("info", mine)
    # What one that is there needs in its turn.
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(theirs, folder)
    code, text = refused(mine, dll_directory=folder)
    assert (code, deep.name in text) == (126, True), text
    shutil.copy(deep, folder)
    assert ra.ResourceDll(mine, dll_directory=folder).exports == ["StartupEx"]
    done = run("info", mine, "--dll-directory", folder, "--type", "X")
    assert "exports StartupEx" in done.stdout, done
    # Once it is in the process, it is found without.
    assert ra.ResourceDll(mine).exports == ["StartupEx"]


@finds_again
def test_dll_directory_reaches_a_hosts_resources_and_checks(
    monitor: ra.ResourceMonitor, tmp_path: Path
) -> None:
    needed = library(
        tmp_path / "folder", "needed", "EXPORT int needed(void); int needed(void) { return 1; }"
    )
    source = (native.TESTS / "native" / "plain_dll.c").read_text("utf-8")
    dll = library(
        tmp_path / "dll",
        "needing",
        f"#undef EXPORT\n#define VERSION 2\n{source}\nEXPORT int other(void); int needed(void);\n"
        "int other(void) { return needed(); }",
        [needed],
    )
    assert needed.name in refusal("run", dll, "--type", "Plain")
    assert needed.name in run("check", dll, "--type", "Plain").stdout
    folder = needed.parent
    done = run("check", dll, "--type", "Plain", "--dll-directory", folder, "--json")
    assert '"check": "startup", "outcome": "pass"' in done.stdout
    seconds = ("--seconds", "0", "--dll-directory", str(folder))
    assert run("run", dll, "--type", "Plain", *seconds).returncode in (0, 1)
    with monitor.load(dll, "Plain", dll_directory=folder).open("r") as resource:
        resource.online()


def test_a_dll_directory_that_is_no_folder_is_told(
    monitor: ra.ResourceMonitor, dll: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotADirectoryError, match="dll_directory is not a folder"):
        monitor.load(dll, "New", dll_directory=tmp_path / "nowhere")
    for command in ("run", "info", "check"):
        done = run(command, dll, "--type", "New", "--dll-directory", dll)
        assert done.returncode == 2
        assert "is not a folder" in done.stderr


@linux_only
def test_a_missing_function_is_named(tmp_path: Path) -> None:
    code, text = refused(
        library(tmp_path, "lacking", "int theirs(void); int g(void) { return theirs(); }")
    )
    assert (code, "theirs is defined nowhere" in text) == (127, True), text
    assert "link it with the library that has it" in text
    source = (
        "int OpenClusterOfTomorrow(void); int ResUtilOfTomorrow(void); "
        "int g(void) { return OpenClusterOfTomorrow() + ResUtilOfTomorrow(); }"
    )
    code, text = refused(library(tmp_path, "clustered", source))
    assert (code, "a function of the Cluster API, is defined nowhere" in text) == (127, True), text
    assert text.endswith("what it imports of it: OpenClusterOfTomorrow, ResUtilOfTomorrow")


# ---- A path --------------------------------------------------------------------------------------


def test_a_path_without_an_extension_is_that_file(tmp_path: Path, dll: Path) -> None:
    plain = native.plain_dll(3)
    shutil.copy(plain, tmp_path / "name.dll")
    exact = Path(shutil.copy(dll, tmp_path / "name"))
    assert ra.ResourceDll(exact).exports == ["StartupEx", "Startup"]
    assert ra.ResourceDll(tmp_path / "name.dll").exports == ["StartupEx"]


def test_a_dll_that_was_built_anew_is_not_taken_for_the_one_that_is_loaded(
    monitor: ra.ResourceMonitor, tmp_path: Path, dll: Path
) -> None:
    monitor.load(dll, "New")
    monitor.load(dll, "Other")  # as it was
    dll.rename(tmp_path / "before.dll")
    shutil.copy(native.plain_dll(3), dll)
    with ra.ResourceMonitor() as another:
        for each in (monitor, another):
            with pytest.raises(ra.ResourceDllChanged, match="another one than this") as changed:
                each.load(dll, "New")
            assert changed.value.code == 1006
            assert "start the process anew, or load a copy of the file" in str(changed.value)
    copy = shutil.copy(dll, tmp_path / "copy.dll")
    assert monitor.load(copy, "Plain").version is ra.ResourceApiVersion.V3
    assert monitor.load(tmp_path / "before.dll", "New").name == "New"


# ---- Words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", TEXTS)
def test_a_code_that_the_system_has_no_words_for_has_ours(code: int) -> None:
    text = win32_text(code)
    assert text.startswith(f"error {code} (")
    assert "no description" not in text


def test_the_words_are_ours_where_windows_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resapi_cy.win32.windows_text", lambda code: "")
    assert win32_text(5007) == "error 5007 (the cluster resource was not found)"
    assert win32_text(0xC0000005) == "error 0xc0000005"


# ---- The Cluster API -----------------------------------------------------------------------------

CLUSTERED = """
#ifndef _WIN32
#pragma weak OpenCluster
#pragma weak ClusterGroupControl
#pragma weak ClusterRegOpenKey
#pragma weak ResUtilDupString
#endif
EXPORT int use(void);
int use(void) {
    HKEY key;
    return OpenCluster(0) != 0 || ClusterRegOpenKey(0, 0, 0, &key) != 0 ||
           ResUtilDupString(0) != 0 || ClusterGroupControl(0, 0, 0, 0, 0, 0, 0, 0) != 0;
}
"""
FUNCTIONS = ["ClusterGroupControl", "ClusterRegOpenKey", "OpenCluster", "ResUtilDupString"]


@pytest.fixture
def clustered(tmp_path: Path) -> Path:
    """plain_dll.c, which calls the Cluster API as well."""
    if sys.platform == "darwin":
        pytest.skip("imports of Mach-O files are not read")
    source = (native.TESTS / "native" / "plain_dll.c").read_text("utf-8")
    libraries = ("-lclusapi", "-lresutils") if native.WINDOWS else ()
    text = f"#undef EXPORT\n#define VERSION 3\n{source}\n{CLUSTERED}"
    return library(tmp_path, "clustered", text, None, *libraries)


def test_info_says_what_a_dll_imports_of_the_cluster_api_and_what_is_not_served(
    clustered: Path, dll: Path
) -> None:
    lines = run("info", clustered, "--type", "Plain").stdout.splitlines()
    at = lines.index(f"  imports of the Cluster API: {', '.join(FUNCTIONS)}")
    assert lines[at + 1] == "  of these, not served here: ClusterGroupControl"
    told = json.loads(run("info", clustered, "--json").stdout)
    assert told["cluster_imports"] == FUNCTIONS
    assert told["not_served"] == ["ClusterGroupControl"]
    lines = run("info", dll).stdout.splitlines()
    assert "  imports of the Cluster API: none" in lines
    assert not any("not served" in line for line in lines)
