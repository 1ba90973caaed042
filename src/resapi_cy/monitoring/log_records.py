"""Events on their way to the standard logging module."""

from __future__ import annotations

import logging
from typing import Protocol


class Named(Protocol):
    @property
    def name(self) -> str: ...


class Loggable(Protocol):
    """An event, to the logging module."""

    @property
    def resource(self) -> Named | None: ...
    @property
    def time(self) -> int: ...
    @property
    def _level(self) -> int: ...
    def _message(self) -> str: ...
    def _values(self) -> dict[str, object]: ...


# What of an event's values a record has, None where there is no such value.
FIELDS = ("cause", "code", "state", "attempt", "checkpoint")


def send(event: Loggable, logger: logging.Logger | None) -> None:
    logger = logger or logging.getLogger("resapi_cy")
    resource = None if event.resource is None else event.resource.name
    if resource:
        logger = child_of(logger, resource)
    level = event._level
    if not logger.isEnabledFor(level):
        return
    values = event._values()
    fields = {name: values.get(name) for name in FIELDS}
    if fields["code"] is None:
        fields["code"] = values.get("error_code")  # of a status, or a signaled failure
    record = logger.makeRecord(
        logger.name,
        level,
        "(resource monitor)",
        0,
        "%s",
        (event._message(),),
        None,
        func=type(event).__name__,
        extra={"event": event, "resource": resource, **fields},
    )
    made, record.created = record.created, event.time / 1e9
    record.msecs = event.time // 1_000_000 % 1000
    record.relativeCreated += (record.created - made) * 1000
    logger.handle(record)


def child_of(parent: logging.Logger, resource: str) -> logging.Logger:
    """As ``parent.getChild(resource)``, without one more logger that is kept for ever: somebody's
    own, or one for the moment."""
    known = parent.manager.loggerDict
    prefix = "" if parent is parent.root else f"{parent.name}."
    name = resource
    while name and not isinstance(known.get(prefix + name), logging.Logger):
        name = name.rpartition(".")[0]  # as in logging, a dot separates parent and child
    nearest = known[prefix + name] if name else parent
    assert isinstance(nearest, logging.Logger)
    if name == resource:
        return nearest
    child = logging.getLoggerClass()(prefix + resource)
    child.manager, child.parent = parent.manager, nearest
    return child
