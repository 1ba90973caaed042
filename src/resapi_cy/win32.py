"""Win32 error codes, in words."""

from __future__ import annotations

import sys

# What a resource DLL commonly returns, for where Windows is not there to be asked.
TEXTS = {
    0: "no error",
    1: "invalid function",
    2: "file not found",
    3: "path not found",
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
    1067: "the process ended unexpectedly",
    1223: "cancelled",
    1306: "no common version",
    1359: "internal error",
    1460: "timed out",
    5006: "the cluster resource is not available",
    5007: "the cluster resource was not found",
    5019: "the cluster resource is online",
    5023: "the state does not allow the operation",
    5024: "the properties are stored, and count from the next Online",
    5038: "the cluster resource failed",
    5078: "the resource type was not found",
    5079: "the resource type is not supported",
    5080: "the resource type's name was not found",
    10048: "the address is already in use",
}


def win32_text(code: int) -> str:
    """``error 5 (access denied)``: the code, and Windows' words for it where there are any."""
    if sys.platform == "win32":
        from ctypes import FormatError, c_int

        # It takes the code as a signed number.
        words = FormatError(c_int(code).value).strip().rstrip(".")
    else:
        words = TEXTS.get(code, "")
    number = str(code) if code < 0x10000 else f"{code:#010x}"
    return f"error {number} ({words})" if words else f"error {number}"
