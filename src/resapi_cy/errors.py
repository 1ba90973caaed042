"""The package's own exceptions. Wrong arguments raise the builtin ones.

Those that tell of the life of a hosted resource are events as well: see life_cycle.py.
"""

from __future__ import annotations


class ResapiError(Exception):
    """The root of the package's own exceptions."""


class ClosedError(ResapiError):
    """A monitor or a resource was used after it was closed, or in a forked child."""


def with_log(message: str, lines: tuple[str, ...]) -> str:
    """A message with what the DLL has logged as the reason, in one line."""
    if not lines:
        return message
    return f"{message}; it has logged: {' | '.join(' '.join(line.split()) for line in lines)}"


class ControlCallFailed(ResapiError):
    """A control call ended in an error.

    Attributes:
        code (int): the Win32 error that the DLL returned, or ended the call with.
        log_lines (tuple[str, ...]): what the DLL has logged of the resource meanwhile with the
            levels WARNING and above: the newest five, oldest first. The message has them as well.

    Resource API: PRESOURCE_CONTROL_ROUTINE and its kin.
    """

    def __init__(self, message: str, code: int, log_lines: tuple[str, ...] = ()) -> None:
        super().__init__(with_log(message, log_lines))
        self.code = code
        self.log_lines = log_lines

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.args[0], self.code), {"log_lines": self.log_lines}


# ---- Loading a resource DLL ----------------------------------------------------------------------


class ResourceDllError(ResapiError):
    """A resource DLL can't be used. Each reason has a class of its own.

    Attributes:
        path (str): the DLL.
        code (int): the Win32 error that says the same.
    """

    def __init__(self, message: str, path: str, code: int) -> None:
        super().__init__(message)
        self.path = path
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.args[0], self.path, self.code)


class ResourceDllNotFound(ResourceDllError):
    """There is no such file."""


class ResourceDllNotLoadable(ResourceDllError):
    """The file is no DLL for this process, or what it needs is missing.

    ``code``: 126 if that is a library, 127 if it is a function of one; 193 if the file is built for
    another processor or C library, or is no DLL at all; 5 if it may not be read or run; 4 if too
    many files are open; on Windows others as well."""


class ResourceDllChanged(ResourceDllError):
    """The file at the path has been replaced or rewritten since this process loaded it."""


class MissingExport(ResourceDllError):
    """The DLL exports neither StartupEx nor Startup."""


class StartupFailed(ResourceDllError):
    """StartupEx or Startup returned an error."""


class VersionRefused(StartupFailed):
    """The DLL supports no version of the Resource API that the monitor asked for: it returned
    ERROR_REVISION_MISMATCH."""


class ResourceTypeRefused(StartupFailed):
    """The DLL refuses the resource type: it returned another error."""


class InvalidFunctionTable(ResourceDllError):
    """The function table is missing, or its TableSize or Version does not fit."""


class MissingEntryPoint(InvalidFunctionTable):
    """A required entry point is NULL in the function table."""
