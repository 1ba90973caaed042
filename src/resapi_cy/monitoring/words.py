"""Events in words: for the logs, and for what `resapi-monitor run` shows."""

from __future__ import annotations

import enum
import re

import resapi_cy as ra


def event_name(event: ra.Event) -> str:
    """Its class in snake case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def event_values(event: ra.Event) -> dict[str, object]:
    """What it has besides its resource and time, as JSON has it."""
    match event:
        case ra.StatusChanged(status=status, previous=previous):
            return {
                "state": status.state.name,
                "checkpoint": status.checkpoint,
                "error_code": status.error_code,
                "previous": previous.state.name,
            }
        case ra.LogMessage(level=level, text=text):
            return {"level": level.name, "text": text.rstrip()}
    names = [name for name in type(event).__match_args__ if name != "resource"]
    values = {name: json_value(getattr(event, name)) for name in names}
    if isinstance(event, ra.LifeCycleEvent):
        # UnexpectedReport's status comes with a checkpoint of its own.
        values["state"] = json_value(event.state)
        values["checkpoint"] = event.checkpoint
    if isinstance(event, ra.ResourceError):
        values["message"] = str(event)
    return values


def json_value(value: object) -> object:
    match value:
        case enum.StrEnum():
            return value.value
        case enum.IntFlag():
            return int(value)
        case enum.Enum():
            return value.name
        case bytes():
            return value.hex()
        case ra.ResourceStatus():
            return {name: json_value(getattr(value, name)) for name in value.__match_args__}
        case _:
            return value


def describe(event: ra.Event) -> str:
    """An event in a line, without its time and resource."""
    match event:
        case ra.StatusChanged(status=status, previous=previous):
            return (
                f"{status.state.name} (was {previous.state.name}), checkpoint {status.checkpoint:,}"
            )
        case ra.LogMessage(level=level, text=text):
            return f"{level.name}: {text.rstrip()}"
        case ra.ResourceError(resource=resource):
            prefix = "" if resource is None else f"resource {resource.name!r}: "
            failure = "FAILURE: " if isinstance(event, ra.ResourceFailed) else ""
            return f"{failure}{str(event).removeprefix(prefix)}"
        case ra.ResourceRestarting(attempt=attempt):
            return f"restarting, attempt {attempt}"
        case ra.FailoverRequested(failures=failures):
            return (
                f"{plural(failures, 'failure')} within RestartPeriod: it is time to move the group "
                "to another node"
            )
        case ra.UnexpectedReport(status=status, state=state):
            return f"reported as {status.state.name}, which makes no sense while {name_of(state)}"
        case ra.EventHandleRefused(event_handle=handle):
            return f"event handle {handle:#x} can't be waited for: LooksAlive is polled instead"
        case ra.ReportsRejected(count=count):
            return f"{plural(count, 'call')} with a wrong handle or pointer rejected"
        case ra.EventsDropped(count=count):
            return f"{plural(count, 'event')} dropped: there was no room"
    values = ", ".join(f"{name}={value!r}" for name, value in event_values(event).items())
    return f"{event_name(event)} {values}".rstrip()


def name_of(state: ra.ResourceState | None) -> str:
    return "unknown" if state is None else state.name


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
