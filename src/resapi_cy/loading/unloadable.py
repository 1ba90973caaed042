"""Why a resource DLL can't be loaded: what its file is, and what the system's refusal means, with
the Win32 error that says so on every platform, and the remedy."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections import deque
from pathlib import Path

from resapi_cy.errors import ResourceDllNotFound, ResourceDllNotLoadable
from resapi_cy.loading.image import (
    Image,
    MalformedImage,
    cluster_functions,
    image_of,
    is_cluster_function,
    read_image,
)
from resapi_cy.win32 import win32_text

ERROR_TOO_MANY_OPEN_FILES = 4
ERROR_ACCESS_DENIED = 5
ERROR_MOD_NOT_FOUND = 126
ERROR_PROC_NOT_FOUND = 127
ERROR_BAD_EXE_FORMAT = 193
ERROR_DLL_INIT_FAILED = 1114

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
BUILD = "build it as a 64-bit DLL for this platform"
REMEDIES = {
    ERROR_TOO_MANY_OPEN_FILES: "close files, or raise the limit of this process",
    ERROR_ACCESS_DENIED: "let this user read and run it, on a file system that is not mounted "
    "with noexec",
    ERROR_MOD_NOT_FOUND: "put what it needs beside it, or name the folder where that is with "
    "dll_directory (--dll-directory)",
    ERROR_PROC_NOT_FOUND: "link it with the library that has it, in the version that it was built "
    "with",
    ERROR_BAD_EXE_FORMAT: BUILD,
    ERROR_DLL_INIT_FAILED: "see what its DllMain, or the one of a DLL that it needs, has refused",
}
ELSEWHERE = (
    "put what it needs where the system looks for it (LD_LIBRARY_PATH, or the DLL's own RUNPATH), "
    "or name the folder where that is with dll_directory (--dll-directory)"
)

# ---- What the file is ----------------------------------------------------------------------------


def what_else(path: str) -> str | None:
    """What is at the path in place of a file; None: a file. Opens nothing, so that a FIFO does not
    make anybody wait. Raises OSError if there is nothing, or it can't be looked at."""
    mode = os.stat(path).st_mode  # noqa: PTH116
    return next((words for is_kind, words in KINDS if is_kind(mode)), None)


def check_file(path: str) -> None:
    """Raises if there is no file that could be loaded."""
    try:
        if kind := what_else(path):
            raise not_loadable(path, ERROR_BAD_EXE_FORMAT, f"that is {kind}", "name the DLL itself")
        if (image := read_image(path, imports=False)) and image.size > Path(path).stat().st_size:
            # Mapped all the same, it would end the process.
            raise truncated(path, f"{image.size} bytes of it are to be mapped, and it has fewer")
    except MalformedImage as error:
        raise truncated(path, str(error)) from None
    except (FileNotFoundError, NotADirectoryError):
        raise ResourceDllNotFound(
            f"resource DLL {path!r}: there is no such file: {win32_text(ERROR_MOD_NOT_FOUND)}; "
            "build it, or give its full path",
            path,
            ERROR_MOD_NOT_FOUND,
        ) from None
    except OSError as error:
        code = ERROR_ACCESS_DENIED
        if error.errno in (errno.EMFILE, errno.ENFILE):
            code = ERROR_TOO_MANY_OPEN_FILES
        raise not_loadable(path, code, os.strerror(error.errno or 0).lower()) from None


def truncated(path: str, why: str) -> ResourceDllNotLoadable:
    return not_loadable(
        path, ERROR_BAD_EXE_FORMAT, f"that is not a whole file: {why}", "copy it anew"
    )


def not_loadable(
    path: str, code: int, why: str, remedy: str | None = None
) -> ResourceDllNotLoadable:
    remedy = remedy or REMEDIES.get(code, "what the code stands for says what to do")
    return ResourceDllNotLoadable(
        f"resource DLL {path!r}: {why}: {win32_text(code)}; {remedy}", path, code
    )


# ---- What the system's refusal means -------------------------------------------------------------


def why_not_loaded(path: str, code: int, words: str, folders: list[str]) -> ResourceDllNotLoadable:
    """What to raise.

    Args:
        path: of the DLL.
        code: the Win32 error, on Windows.
        words: the system's, elsewhere.
        folders: where else it has looked for what the DLL needs, on Windows.
    """
    image = image_of(path)
    if sys.platform == "win32":
        return refused_by_windows(path, code, image, folders)
    return refused_elsewhere(path, words, image)


def refused_by_windows(
    path: str, code: int, image: Image | None, folders: list[str]
) -> ResourceDllNotLoadable:
    if code == ERROR_MOD_NOT_FOUND:
        here, program = Path(path).parent, Path(sys.executable).parent
        missing = missing_library(path, [str(here), str(program), *folders, str(SYSTEM)])
        return not_loadable(path, code, f"{missing or 'a DLL that it needs'} is missing")
    if code == ERROR_PROC_NOT_FOUND:
        return not_loadable(path, code, "a DLL that it needs lacks a function that it imports")
    if code == ERROR_BAD_EXE_FORMAT:
        return not_loadable(path, code, f"not loaded{built_for(image, 'PE')}")
    return not_loadable(path, code, "not loaded")


def refused_elsewhere(path: str, words: str, image: Image | None) -> ResourceDllNotLoadable:
    """The refusals of glibc, musl and macOS are texts."""
    if found := re.search(
        r"^(?P<glibc>[^:]+): cannot open shared object file: No such file"
        r"|shared library (?P<musl>[^:]+): No such file"
        r"|Library not loaded: (?P<macos>\S+)",
        words,
    ):
        name = next(filter(None, found.groups()))
        if "musl" in name:
            what = "it is built for another C library than this system's, musl"
            return not_loadable(path, ERROR_BAD_EXE_FORMAT, what, f"{BUILD} and C library")
        if name != path:
            return not_loadable(path, ERROR_MOD_NOT_FOUND, f"{name} is missing", ELSEWHERE)
    if found := re.search(r"version [`'](?P<version>[^']+)' not found", words):
        version = found["version"]
        if version.startswith("GLIBC_"):
            what = f"it is built for another C library than this system's: {words}"
            return not_loadable(path, ERROR_BAD_EXE_FORMAT, what, f"{BUILD} and C library")
        return not_loadable(path, ERROR_PROC_NOT_FOUND, words)
    if found := re.search(
        r"undefined symbol: (?P<glibc>[^\s,]+)"
        r"|: (?P<musl>\S+): symbol not found"
        r"|[Ss]ymbol not found(?: in flat namespace)?:? '?_(?P<macos>[^\s']+)",
        words,
    ):
        return undefined(path, next(filter(None, found.groups())), words, image)
    if "Too many open files" in words:
        return not_loadable(path, ERROR_TOO_MANY_OPEN_FILES, words)
    if re.search("Permission denied|Operation not permitted|failed to map segment", words):
        noexec = is_noexec(path)
        what = "its file system is mounted with noexec, so that nothing of it is run"
        return not_loadable(path, ERROR_ACCESS_DENIED, what if noexec else words)
    native = "Mach-O" if sys.platform == "darwin" else "ELF"
    return not_loadable(
        path, ERROR_BAD_EXE_FORMAT, f"{words or 'not loaded'}{built_for(image, native)}"
    )


def undefined(path: str, symbol: str, words: str, image: Image | None) -> ResourceDllNotLoadable:
    if "symbol not found" in words and image is not None and "libc.so.6" in image.libraries:
        what = f"it is built for another C library than this system's, glibc: {symbol} is missing"
        return not_loadable(path, ERROR_BAD_EXE_FORMAT, what, f"{BUILD} and C library")
    what, remedy = f"{symbol} is defined nowhere", None
    if is_cluster_function("", symbol):
        names = [symbol] if image is None else cluster_functions(image)
        what = f"{symbol}, a function of the Cluster API, is defined nowhere"
        remedy = f"link it with a library that has what it imports of it: {', '.join(names)}"
    return not_loadable(path, ERROR_PROC_NOT_FOUND, what, remedy)


def is_noexec(path: str) -> bool:
    try:
        return bool(os.statvfs(path).f_flag & getattr(os, "ST_NOEXEC", 0))
    except OSError:
        return False


def built_for(image: Image | None, native: str) -> str:
    """What it is built for, if it isn't this process."""
    if image is None:
        return ", for it is no DLL"
    if image.format != native:
        return f", for it is a file of the format {image.format}, not {native}"
    program = image_of(sys.executable)
    if program is None or "" in (ours := program.machine, image.machine) or image.machine == ours:
        return ""
    return f", for it is built for {image.machine}, and this process for {ours}"


# ---- Windows: which DLL is missing ---------------------------------------------------------------

# Names that stand for whatever DLL has their functions in this Windows.
API_SET = re.compile(r"(?i)(api|ext)-ms-")


def missing_library(path: str, folders: list[str]) -> str | None:
    """The first DLL that is in none of the folders, of those that a DLL needs, and those need; None
    if there is none."""
    seen: set[str] = set()
    looked_at = deque([path])
    while looked_at:
        needing = looked_at.popleft()
        image = image_of(needing)
        for name in [] if image is None else image.libraries:
            if name.lower() in seen or API_SET.match(name) or is_loaded(name):
                continue
            seen.add(name.lower())
            found = next((p for f in folders if (p := Path(f, name)).is_file()), None)
            if found is None:
                return name if needing == path else f"{name}, which {Path(needing).name} needs,"
            if found.parent != SYSTEM:  # that is whole
                looked_at.append(str(found))
    return None


SYSTEM = Path(os.environ.get("SYSTEMROOT", "C:\\Windows"), "System32")


def is_loaded(name: str) -> bool:
    if sys.platform == "win32":
        from ctypes import WinDLL, c_void_p, c_wchar_p

        kernel32 = WinDLL("kernel32")
        kernel32.GetModuleHandleW.argtypes = [c_wchar_p]
        kernel32.GetModuleHandleW.restype = c_void_p
        return bool(kernel32.GetModuleHandleW(name))
    return False
