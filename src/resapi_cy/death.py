"""How a process has ended, in a word."""

from __future__ import annotations

import contextlib
import signal

# What a process ends with on Windows when nobody handles an exception.
EXCEPTIONS = {
    0x80000001: "STATUS_GUARD_PAGE_VIOLATION",
    0x80000002: "EXCEPTION_DATATYPE_MISALIGNMENT",
    0x80000003: "EXCEPTION_BREAKPOINT",
    0x80000004: "EXCEPTION_SINGLE_STEP",
    0xC0000005: "EXCEPTION_ACCESS_VIOLATION",
    0xC0000006: "EXCEPTION_IN_PAGE_ERROR",
    0xC000001D: "EXCEPTION_ILLEGAL_INSTRUCTION",
    0xC0000025: "EXCEPTION_NONCONTINUABLE_EXCEPTION",
    0xC000008C: "EXCEPTION_ARRAY_BOUNDS_EXCEEDED",
    0xC000008E: "EXCEPTION_FLT_DIVIDE_BY_ZERO",
    0xC000008F: "EXCEPTION_FLT_INEXACT_RESULT",
    0xC0000090: "EXCEPTION_FLT_INVALID_OPERATION",
    0xC0000091: "EXCEPTION_FLT_OVERFLOW",
    0xC0000092: "EXCEPTION_FLT_STACK_CHECK",
    0xC0000093: "EXCEPTION_FLT_UNDERFLOW",
    0xC0000094: "EXCEPTION_INT_DIVIDE_BY_ZERO",
    0xC0000095: "EXCEPTION_INT_OVERFLOW",
    0xC0000096: "EXCEPTION_PRIV_INSTRUCTION",
    0xC00000FD: "EXCEPTION_STACK_OVERFLOW",
    0xC0000374: "STATUS_HEAP_CORRUPTION",
    0xC0000409: "STATUS_STACK_BUFFER_OVERRUN",
    0xC0000420: "STATUS_ASSERTION_FAILURE",
    0xE06D7363: "a C++ exception",
}

CONTROL_C_EXIT = 0xC000013A

# The signals that a process brings upon itself.
CRASHES = ("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP")


def death(code: int) -> str:
    """What a ``Popen.returncode`` says: ``SIGSEGV``, ``EXCEPTION_ACCESS_VIOLATION (0xC0000005)``,
    ``exit code 1``."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
        return f"signal {-code}"
    if code < 0x80000000:
        return f"exit code {code}"
    if not is_crash(code):
        return f"exit code 0x{code:08X}"
    name = EXCEPTIONS.get(code)
    return f"{name} (0x{code:08X})" if name else f"0x{code:08X}"


def is_crash(code: int) -> bool:
    """Whether it was the process's own code that ended it so, and not somebody else."""
    if code < 0:
        return death(code) in CRASHES
    # Other exceptions are errors, the system's (0xC…) or somebody's own (0xE…), and bit 28 is clear
    # in them: an exit code may be -1, or an HRESULT. Ctrl-C where nobody handles it is no crash.
    return code in EXCEPTIONS or (code >> 28 in (0xC, 0xE) and code != CONTROL_C_EXIT)
