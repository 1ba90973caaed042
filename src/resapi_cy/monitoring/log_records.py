"""Events on their way to the standard logging module."""

from __future__ import annotations

import logging

import resapi_cy as ra
from resapi_cy.hosting.life_cycle import ENDED_BADLY
from resapi_cy.monitoring.words import describe

LEVELS = (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)


def send(event: ra.Event, logger: logging.Logger | None) -> None:
    logger = logger or logging.getLogger("resapi_cy")
    resource = None if event.resource is None else event.resource.name
    if resource:
        logger = child_of(logger, resource)
    level = level_of(event)
    if not logger.isEnabledFor(level):
        return
    text = event.text.rstrip() if isinstance(event, ra.LogMessage) else describe(event)
    record = logger.makeRecord(
        logger.name,
        level,
        "(resource monitor)",
        0,
        "%s",
        (text,),
        None,
        func=type(event).__name__,
        extra={"resource": resource},
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


def level_of(event: ra.Event) -> int:
    match event:
        case ra.LogMessage(level=level):
            # A level that the header does not name is taken as serious.
            return LEVELS[level] if 0 <= level < len(LEVELS) else logging.CRITICAL
        case ra.StatusChanged(status=status):
            return logging.ERROR if status.state in ENDED_BADLY else logging.INFO
        case ra.FailureSignaled() | ra.QuorumResourceLost():
            return logging.ERROR
        case ra.ResourceError() | ra.FailoverRequested():
            return logging.ERROR
        case ra.LifeCycleEvent():
            return logging.WARNING
    return logging.DEBUG
