"""The Windows Failover Cluster Resource API for Python and Cython.

Native worker threads report through `callbacks`, without the GIL; a `ResourceMonitor` written in
Python sees every change.
"""

from __future__ import annotations

import os.path

from resapi_cy import callbacks
from resapi_cy._version import __version__
from resapi_cy.enums import (
    ApplicationState,
    ExitState,
    FailureType,
    LogLevel,
    ResourceState,
    StatusFlags,
)
from resapi_cy.errors import ClosedError, ResapiError
from resapi_cy.events import (
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
    ResourceStatus,
    StatusChanged,
    TypeControlCallEnded,
    TypeControlCallExtended,
    TypeDumpProcessChanged,
    TypeNotificationRaised,
    WprPolicySet,
    WprWatchdogArmed,
)
from resapi_cy.monitor import Resource, ResourceMonitor, rejected_reports
from resapi_cy.reporting import StatusRoutine


def get_include() -> str:
    """The folder to put on the include path for `#include <resapi_cy/resapi.h>`."""
    package = os.path.dirname(os.path.abspath(__file__))
    installed = os.path.join(package, "include")
    # In an editable installation the headers are where the repository has them.
    repository = os.path.join(os.path.dirname(os.path.dirname(package)), "include")
    return installed if os.path.isdir(installed) else repository


__all__ = [
    "ApplicationState",
    "ClosedError",
    "ControlCallEnded",
    "ControlCallExtended",
    "DumpProcessChanged",
    "DumpRequested",
    "Event",
    "ExitState",
    "FailureSignaled",
    "FailureType",
    "InternalStateSet",
    "LockedModeSet",
    "LockedModeSetEx",
    "LogLevel",
    "LogMessage",
    "NodeLocalPropertiesSet",
    "ResapiError",
    "Resource",
    "ResourceMonitor",
    "ResourceState",
    "ResourceStatus",
    "StatusChanged",
    "StatusFlags",
    "StatusRoutine",
    "TypeControlCallEnded",
    "TypeControlCallExtended",
    "TypeDumpProcessChanged",
    "TypeNotificationRaised",
    "WprPolicySet",
    "WprWatchdogArmed",
    "__version__",
    "callbacks",
    "get_include",
    "rejected_reports",
]
