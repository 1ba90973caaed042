"""Names as Windows compares them, and those of the entry points."""

from __future__ import annotations

# In the order of core/durations.hpp.
ENTRY_POINTS = (
    *("Open", "Close", "Online", "Offline", "Terminate", "LooksAlive", "IsAlive", "Arbitrate"),
    *("Release", "ResourceControl", "ResourceTypeControl", "Cancel", "Startup"),
)


def folded(name: str) -> str:
    """A name in the form that is the same for all names that Windows takes for one: character by
    character in upper case, whatever the language. So ``ß`` is not ``ss``, as it would be for
    ``str.casefold``; and no letter beyond ASCII becomes one of ASCII, as the dotless i would."""
    return "".join(map(upper, name))


def upper(character: str) -> str:
    large = character.upper()
    return large if len(large) == 1 and large.isascii() == character.isascii() else character
