"""Win32 error codes, in words."""

from __future__ import annotations

import sys

# What a resource DLL commonly returns, for where Windows is not there to be asked, or has no words.
TEXTS = {
    0: "no error",
    1: "invalid function",
    2: "file not found",
    3: "path not found",
    4: "too many open files",
    5: "access denied",
    6: "invalid handle",
    8: "not enough memory",
    13: "invalid data",
    21: "not ready",
    23: "data error (a check of its contents failed)",
    31: "general failure",
    50: "not supported",
    87: "invalid parameter",
    120: "not implemented",
    122: "the buffer is too small",
    126: "module not found",
    127: "procedure not found",
    170: "busy",
    193: "not a valid module for this process",
    234: "more data is available",
    258: "the wait timed out",
    267: "not a directory",
    995: "the operation was aborted",
    997: "the operation is in progress",
    1006: "the file is another one by now",
    1067: "the process ended unexpectedly",
    1114: "a DLL's own start-up code failed",
    1223: "cancelled",
    1306: "no common version",
    1359: "internal error",
    1460: "timed out",
    5001: "other resources depend on the cluster resource",
    5002: "the dependency was not found",
    5003: "the dependency is there already",
    5004: "the cluster resource is not online",
    5005: "no node is available for it",
    5006: "the cluster resource is not available",
    5007: "the cluster resource was not found",
    5008: "the cluster is shutting down",
    5010: "there is one already",
    5012: "the cluster group is not available",
    5013: "the cluster group was not found",
    5014: "the cluster group is not online",
    5015: "another node owns the cluster resource",
    5016: "another node owns the cluster group",
    5019: "the cluster resource is online",
    5023: "the state does not allow the operation",
    5024: "the properties are stored, and count from the next Online",
    5038: "the cluster resource failed",
    5078: "the resource type was not found",
    5079: "the resource type is not supported",
    5080: "the resource type's name was not found",
    10048: "the address is already in use",
}


# What ctypes says where Windows has nothing to say.
NO_WORDS = "<no description>"


def win32_text(code: int) -> str:
    """``error 5 (access denied)``: the code, and Windows' words for it, ours where it has none."""
    words = windows_text(code) or TEXTS.get(code, "")
    number = str(code) if code < 0x10000 else f"{code:#010x}"
    return f"error {number} ({words})" if words else f"error {number}"


def windows_text(code: int) -> str:
    """Windows' words, if there are any."""
    if sys.platform == "win32":
        from ctypes import FormatError, c_int

        # It takes the code as a signed number.
        words = FormatError(c_int(code).value).strip().rstrip(".")
        return "" if words == NO_WORDS else words
    return ""
