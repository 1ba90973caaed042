"""The Windows Failover Cluster Resource API for Python and Cython.

Native worker threads report through `callbacks`, without the GIL; a `ResourceMonitor` written in
Python sees every change.

    ResourceMonitor        opens resources, loads resource DLLs, hands out events
    Resource               one of native code that is no resource DLL
    ResourceType, HostedResource, CommonProperties, Poll, Dependency
                           what a resource DLL's resources are, and can do
    Parameters, DatabaseKey
                           the cluster database around them
    Event                  what has happened, by class: CallbackEvent, LifeCycleEvent and below
    ResourceStatus         what a report says
    ResapiError            the root of the exceptions: ClosedError, ControlCallFailed,
                           ResourceDllError, ResourceError and below
    ResourceState, ExitState, RestartAction, LogLevel and other enumerations
    ResourceDll, EntryPoints, StatusRoutine
                           a resource DLL, or a monitor, called directly
    ResourceStandIn        a resource that needs no DLL, for tests
    callbacks, get_include(), rejected_reports()
                           for native code

and in modules of their own: resapi_cy.property_list, resapi_cy.value_list, resapi_cy.metrics.
"""

from __future__ import annotations

import os.path

try:
    from resapi_cy import callbacks
except ImportError as error:
    if not os.path.isdir(os.path.dirname(__file__)):
        raise ImportError(
            f"resapi_cy can't be imported from a zip archive ({os.path.dirname(__file__)}): its "
            "extension modules have to be files: install it with pip, into a folder"
        ) from error
    if "interpreter" not in str(error):
        raise
    raise ImportError(
        "resapi_cy works in one interpreter of a process, not in several, nor in one with a GIL of "
        "its own: its callbacks belong to the whole process; import it in the main interpreter"
    ) from error
from resapi_cy.enums import (
    ApplicationState,
    ExitState,
    FailureType,
    LogLevel,
    OfflineFlags,
    OnlineFlags,
    OpenFlags,
    ResourceApiVersion,
    ResourceState,
    RestartAction,
    StatusFlags,
)
from resapi_cy.errors import (
    ClosedError,
    ControlCallFailed,
    InvalidFunctionTable,
    MissingEntryPoint,
    MissingExport,
    ResapiError,
    ResourceDllChanged,
    ResourceDllError,
    ResourceDllNotFound,
    ResourceDllNotLoadable,
    ResourceTypeRefused,
    StartupFailed,
    VersionRefused,
)
from resapi_cy.monitoring.events import (
    CallbackEvent,
    ControlCallEnded,
    ControlCallExtended,
    DumpProcessChanged,
    DumpRequested,
    Event,
    FailureSignaled,
    InternalStateSet,
    LockedModeSet,
    LockedModeSetEx,
    LogMessage,
    NodeLocalPropertiesSet,
    QuorumResourceLost,
    StatusChanged,
    TypeControlCallEnded,
    TypeControlCallExtended,
    TypeDumpProcessChanged,
    TypeNotificationRaised,
    WprPolicySet,
    WprWatchdogArmed,
)
from resapi_cy.monitoring.monitor import Resource, rejected_reports
from resapi_cy.monitoring.status import ResourceStatus
from resapi_cy.resource_monitor import ResourceMonitor

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, without the import
if TYPE_CHECKING:
    from resapi_cy.hosting.common_properties import CommonProperties
    from resapi_cy.hosting.completions import Poll
    from resapi_cy.hosting.database import DatabaseKey
    from resapi_cy.hosting.dependency import Dependency
    from resapi_cy.hosting.life_cycle import (
        Deadlocked,
        DependencyNotFound,
        EventHandleRefused,
        EventsDropped,
        FailoverRequested,
        FailureCause,
        FunctionNotServed,
        LifeCycleEvent,
        OperationTimedOut,
        PendingTimedOut,
        ReportsRejected,
        ResourceError,
        ResourceFailed,
        ResourceGivenUp,
        ResourceRestarting,
        ResourceTerminated,
        ThreadRefused,
        UnexpectedReport,
    )
    from resapi_cy.hosting.parameters import Parameters
    from resapi_cy.hosting.resource import HostedResource, ResourceType
    from resapi_cy.hosting.stand_in import ResourceStandIn
    from resapi_cy.monitoring.reporting import StatusRoutine
    from resapi_cy.resource_dll import EntryPoints, ResourceDll

__version__ = "0.1.0"

# What not every monitor needs is imported when it is first asked for: one that hosts no resource
# DLL starts without an event loop.
LAZY = {
    "CommonProperties": "hosting.common_properties",
    "DatabaseKey": "hosting.database",
    "Deadlocked": "hosting.life_cycle",
    "Dependency": "hosting.dependency",
    "DependencyNotFound": "hosting.life_cycle",
    "EntryPoints": "resource_dll",
    "EventHandleRefused": "hosting.life_cycle",
    "EventsDropped": "hosting.life_cycle",
    "FailoverRequested": "hosting.life_cycle",
    "FailureCause": "hosting.life_cycle",
    "FunctionNotServed": "hosting.life_cycle",
    "HostedResource": "hosting.resource",
    "LifeCycleEvent": "hosting.life_cycle",
    "OperationTimedOut": "hosting.life_cycle",
    "Parameters": "hosting.parameters",
    "PendingTimedOut": "hosting.life_cycle",
    "Poll": "hosting.completions",
    "ReportsRejected": "hosting.life_cycle",
    "ResourceDll": "resource_dll",
    "ResourceError": "hosting.life_cycle",
    "ResourceFailed": "hosting.life_cycle",
    "ResourceGivenUp": "hosting.life_cycle",
    "ResourceRestarting": "hosting.life_cycle",
    "ResourceStandIn": "hosting.stand_in",
    "ResourceTerminated": "hosting.life_cycle",
    "ResourceType": "hosting.resource",
    "StatusRoutine": "monitoring.reporting",
    "ThreadRefused": "hosting.life_cycle",
    "UnexpectedReport": "hosting.life_cycle",
}


def __getattr__(name: str) -> object:
    if name not in LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"resapi_cy.{LAZY[name]}"), name)
    return value


def __dir__() -> list[str]:
    # Those that make it a module, and what it is for; what else it has is its own.
    return sorted({name for name in globals() if name.startswith("__")} | {*__all__})


def get_include() -> str:
    """The folder to put on the include path for `#include <resapi_cy/resapi.h>`."""
    package = os.path.dirname(os.path.abspath(__file__))
    installed = os.path.join(package, "include")
    # In an editable installation the headers are where the repository has them.
    repository = os.path.join(os.path.dirname(os.path.dirname(package)), "include")
    return installed if os.path.isdir(installed) else repository


__all__ = [
    "ApplicationState",
    "CallbackEvent",
    "ClosedError",
    "CommonProperties",
    "ControlCallEnded",
    "ControlCallExtended",
    "ControlCallFailed",
    "DatabaseKey",
    "Deadlocked",
    "Dependency",
    "DependencyNotFound",
    "DumpProcessChanged",
    "DumpRequested",
    "EntryPoints",
    "Event",
    "EventHandleRefused",
    "EventsDropped",
    "ExitState",
    "FailoverRequested",
    "FailureCause",
    "FailureSignaled",
    "FailureType",
    "FunctionNotServed",
    "HostedResource",
    "InternalStateSet",
    "InvalidFunctionTable",
    "LifeCycleEvent",
    "LockedModeSet",
    "LockedModeSetEx",
    "LogLevel",
    "LogMessage",
    "MissingEntryPoint",
    "MissingExport",
    "NodeLocalPropertiesSet",
    "OfflineFlags",
    "OnlineFlags",
    "OpenFlags",
    "OperationTimedOut",
    "Parameters",
    "PendingTimedOut",
    "Poll",
    "QuorumResourceLost",
    "ReportsRejected",
    "ResapiError",
    "Resource",
    "ResourceApiVersion",
    "ResourceDll",
    "ResourceDllChanged",
    "ResourceDllError",
    "ResourceDllNotFound",
    "ResourceDllNotLoadable",
    "ResourceError",
    "ResourceFailed",
    "ResourceGivenUp",
    "ResourceMonitor",
    "ResourceRestarting",
    "ResourceStandIn",
    "ResourceState",
    "ResourceStatus",
    "ResourceTerminated",
    "ResourceType",
    "ResourceTypeRefused",
    "RestartAction",
    "StartupFailed",
    "StatusChanged",
    "StatusFlags",
    "StatusRoutine",
    "ThreadRefused",
    "TypeControlCallEnded",
    "TypeControlCallExtended",
    "TypeDumpProcessChanged",
    "TypeNotificationRaised",
    "UnexpectedReport",
    "VersionRefused",
    "WprPolicySet",
    "WprWatchdogArmed",
    "__version__",
    "callbacks",
    "get_include",
    "rejected_reports",
]
