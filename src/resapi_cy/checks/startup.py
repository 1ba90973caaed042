"""The conformance checks of StartupEx and Startup."""

from __future__ import annotations

from resapi_cy.checks.definition import check
from resapi_cy.checks.driver import Driver
from resapi_cy.checks.subject import CheckFailed
from resapi_cy.enums import ResourceApiVersion
from resapi_cy.errors import (
    ResourceDllError,
    ResourceTypeRefused,
    StartupFailed,
    VersionRefused,
)
from resapi_cy.win32 import win32_text

NO_SUCH_TYPE = "No such type (resapi-monitor check)"


@check("PSTARTUP_EX_ROUTINE")
def startup(driver: Driver) -> str:
    """The DLL loads, and StartupEx or Startup gives a complete function table of a version that was
    asked for."""
    try:
        version = driver.entry_points.version
    except ResourceDllError as error:
        raise CheckFailed(str(error)) from None
    return f"{driver.startup_name}, version {version >> 8}"


@check("PSTARTUP_EX_ROUTINE", "startup")
def version_in_range(driver: Driver) -> str:
    """A range of versions that holds the DLL's own is accepted, with a table of that range."""
    own = driver.entry_points.version
    for lowest, highest in [(own, own), (ResourceApiVersion.V1, own), (own, ResourceApiVersion.V4)]:
        try:
            driver.startup(lowest, highest)
        except ResourceDllError as error:
            raise CheckFailed(f"versions {lowest:#x} to {highest:#x}: {error}") from None
    return f"version {own >> 8}"


@check("Implementing Startup", "startup")
def version_out_of_range(driver: Driver) -> str:
    """A range of versions that the DLL does not support is refused with ERROR_REVISION_MISMATCH."""
    own = driver.entry_points.version
    others = [(version, version) for version in ResourceApiVersion if version != own]
    for lowest, highest in [(0x001, 0x0FF), *others, (0x900, 0xA00)]:
        try:
            driver.startup(lowest, highest)  # it may have more than one of the known versions
        except VersionRefused:
            pass
        except ResourceDllError as error:
            raise CheckFailed(f"versions {lowest:#x} to {highest:#x}: {error}") from None
    return "refused"


@check("Implementing Startup", "startup")
def unknown_type(driver: Driver) -> str:
    """A resource type that the DLL does not have is refused."""
    try:
        driver.startup(resource_type=NO_SUCH_TYPE)
    except (ResourceTypeRefused, StartupFailed, VersionRefused) as error:
        return win32_text(error.code)
    except ResourceDllError as error:
        raise CheckFailed(str(error)) from None
    raise CheckFailed(f"the type {NO_SUCH_TYPE!r} was accepted")
