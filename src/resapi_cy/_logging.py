"""LogMessage events on their way to the standard logging module."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resapi_cy import LogMessage

LEVELS = (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)


def send(message: LogMessage, logger: logging.Logger | None) -> None:
    if logger is None:
        logger = logging.getLogger("resapi_cy")
    # A level that the header does not name is taken as serious.
    level = LEVELS[message.level] if 0 <= message.level < len(LEVELS) else logging.CRITICAL
    if not logger.isEnabledFor(level):
        return
    resource = None if message.resource is None else message.resource.name
    text = message.text.rstrip()
    record = logger.makeRecord(
        logger.name,
        level,
        "(resource DLL)",
        0,
        "%s",
        (text if resource is None else f"{resource}: {text}",),
        None,
        func="LogEvent",
        extra={"resource": resource},
    )
    record.created = message.time / 1e9
    record.msecs = message.time // 1_000_000 % 1000
    logger.handle(record)
