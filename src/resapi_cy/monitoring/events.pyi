import logging
from typing import overload

from typing_extensions import disjoint_base

from resapi_cy.enums import ApplicationState, FailureType, LogLevel
from resapi_cy.monitoring.monitor import Resource
from resapi_cy.monitoring.status import ResourceStatus

DEBUG: int
INFO: int
WARNING: int
ERROR: int
CRITICAL: int
LEVELS: tuple[int, ...]

# Each event's constructor takes its values by position or by name, in the order of __match_args__;
# the resource, which stands first, may be left out only where the others are named. What a monitor
# hands out has a resource wherever its property here says so; one that is made by hand has what it
# was given.

def is_hosted(resource: Resource | None) -> bool: ...

class Event:
    __match_args__ = ("resource",)
    @property
    def resource(self) -> Resource | None: ...
    @property
    def time(self) -> int: ...
    @property
    def monotonic(self) -> int: ...
    def log(self, logger: logging.Logger | None = None) -> None: ...
    def as_dict(self) -> dict[str, object]: ...
    @property
    def _level(self) -> int: ...
    def _values(self) -> dict[str, object]: ...
    def _words(self) -> str: ...
    def _message(self) -> str: ...

@disjoint_base
class CallbackEvent(Event):
    def __init__(
        self, resource: Resource | None = None, *, time: int = 0, monotonic: int = 0
    ) -> None: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@disjoint_base
class StatusChanged(CallbackEvent):
    __match_args__ = ("resource", "status", "previous")
    @property
    def resource(self) -> Resource: ...
    @overload
    def __init__(
        self,
        resource: Resource | None,
        status: ResourceStatus,
        previous: ResourceStatus,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        status: ResourceStatus,
        previous: ResourceStatus,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def status(self) -> ResourceStatus: ...
    @property
    def previous(self) -> ResourceStatus: ...

class LogMessage(CallbackEvent):
    __match_args__ = ("resource", "level", "text")
    @overload
    def __init__(
        self,
        resource: Resource | None,
        level: LogLevel,
        text: str,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        level: LogLevel,
        text: str,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def level(self) -> LogLevel: ...
    @property
    def text(self) -> str: ...

class FailureSignaled(CallbackEvent):
    __match_args__ = ("resource", "failure_type", "error_code")
    @property
    def resource(self) -> Resource: ...
    @overload
    def __init__(
        self,
        resource: Resource | None,
        failure_type: FailureType,
        error_code: int,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        failure_type: FailureType,
        error_code: int,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def failure_type(self) -> FailureType: ...
    @property
    def error_code(self) -> int: ...

class LockedModeSet(CallbackEvent):
    __match_args__ = ("resource", "enabled", "reason")
    @property
    def resource(self) -> Resource: ...
    @overload
    def __init__(
        self,
        resource: Resource | None,
        enabled: bool,
        reason: int,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        enabled: bool,
        reason: int,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def reason(self) -> int: ...

class LockedModeSetEx(LockedModeSet):
    __match_args__ = ("resource", "enabled", "reason", "flags")
    @overload
    def __init__(
        self,
        resource: Resource | None,
        enabled: bool,
        reason: int,
        flags: int,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        enabled: bool,
        reason: int,
        flags: int,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def flags(self) -> int: ...

class NodeLocalPropertiesSet(CallbackEvent):
    __match_args__ = ("resource", "properties")
    @property
    def resource(self) -> Resource: ...
    @overload
    def __init__(
        self, resource: Resource | None, properties: bytes, *, time: int = 0, monotonic: int = 0
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        properties: bytes,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def properties(self) -> bytes: ...

class ControlCallEnded(CallbackEvent):
    __match_args__ = ("resource", "context", "status")
    @overload
    def __init__(
        self,
        resource: Resource | None,
        context: int,
        status: int,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        context: int,
        status: int,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def context(self) -> int: ...
    @property
    def status(self) -> int: ...

class TypeControlCallEnded(ControlCallEnded): ...

class ControlCallExtended(CallbackEvent):
    __match_args__ = ("resource", "context", "timeout_ms")
    @overload
    def __init__(
        self,
        resource: Resource | None,
        context: int,
        timeout_ms: int,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        context: int,
        timeout_ms: int,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def context(self) -> int: ...
    @property
    def timeout_ms(self) -> int: ...

class TypeControlCallExtended(ControlCallExtended): ...

class TypeNotificationRaised(CallbackEvent):
    __match_args__ = ("resource", "resource_type", "payload")
    @overload
    def __init__(
        self,
        resource: Resource | None,
        resource_type: str,
        payload: bytes,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        resource_type: str,
        payload: bytes,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def resource_type(self) -> str: ...
    @property
    def payload(self) -> bytes: ...

class DumpProcessChanged(CallbackEvent):
    __match_args__ = ("resource", "process_name", "process_id", "added")
    @overload
    def __init__(
        self,
        resource: Resource | None,
        process_name: str,
        process_id: int,
        added: bool,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        process_name: str,
        process_id: int,
        added: bool,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def process_name(self) -> str: ...
    @property
    def process_id(self) -> int: ...
    @property
    def added(self) -> bool: ...

class TypeDumpProcessChanged(DumpProcessChanged):
    __match_args__ = ("resource", "process_name", "process_id", "added", "resource_type")
    @overload
    def __init__(
        self,
        resource: Resource | None,
        process_name: str,
        process_id: int,
        added: bool,
        resource_type: str,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        process_name: str,
        process_id: int,
        added: bool,
        resource_type: str,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def resource_type(self) -> str: ...

class InternalStateSet(CallbackEvent):
    __match_args__ = ("resource", "state", "active")
    @property
    def resource(self) -> Resource: ...
    @overload
    def __init__(
        self,
        resource: Resource | None,
        state: ApplicationState,
        active: bool,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        state: ApplicationState,
        active: bool,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def state(self) -> ApplicationState: ...
    @property
    def active(self) -> bool: ...

class DumpRequested(CallbackEvent):
    __match_args__ = ("resource", "call_in_progress", "delay_ms")
    @property
    def resource(self) -> Resource: ...
    @overload
    def __init__(
        self,
        resource: Resource | None,
        call_in_progress: bool,
        delay_ms: int,
        *,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        call_in_progress: bool,
        delay_ms: int,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def call_in_progress(self) -> bool: ...
    @property
    def delay_ms(self) -> int: ...

class WprPolicySet(CallbackEvent):
    __match_args__ = ("resource", "flags")
    @property
    def resource(self) -> Resource: ...
    @overload
    def __init__(
        self, resource: Resource | None, flags: int, *, time: int = 0, monotonic: int = 0
    ) -> None: ...
    @overload
    def __init__(
        self, *, resource: Resource | None = None, flags: int, time: int = 0, monotonic: int = 0
    ) -> None: ...
    @property
    def flags(self) -> int: ...

class WprWatchdogArmed(CallbackEvent):
    __match_args__ = ("resource", "timeout_ms")
    @property
    def resource(self) -> Resource: ...
    @overload
    def __init__(
        self, resource: Resource | None, timeout_ms: int, *, time: int = 0, monotonic: int = 0
    ) -> None: ...
    @overload
    def __init__(
        self,
        *,
        resource: Resource | None = None,
        timeout_ms: int,
        time: int = 0,
        monotonic: int = 0,
    ) -> None: ...
    @property
    def timeout_ms(self) -> int: ...

class QuorumResourceLost(CallbackEvent):
    @property
    def resource(self) -> Resource: ...
