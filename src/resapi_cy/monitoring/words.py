"""What the words for events have in common. Each event carries its own: see Event._words."""

from __future__ import annotations

import enum
import re


def event_name(event: object) -> str:
    """Its class in snake case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()


def json_value(value: object) -> object:
    match value:
        case enum.StrEnum():
            return value.value
        case enum.IntFlag():
            return int(value)
        case enum.Enum():
            return value.name
        case tuple():
            return [json_value(one) for one in value]
        case bytes():
            return value.hex()
        case bool() | int() | float() | str() | None:
            return value
    names = getattr(value, "__match_args__", None)
    if names is None:
        return value
    return {name: json_value(getattr(value, name)) for name in names}


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
