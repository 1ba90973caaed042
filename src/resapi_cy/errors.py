"""The package's own exceptions. Wrong arguments raise the builtin ones."""

from __future__ import annotations


class ResapiError(Exception):
    """The root of the package's own exceptions."""


class ClosedError(ResapiError):
    """A monitor or a resource was used after it was closed, or in a forked child."""
