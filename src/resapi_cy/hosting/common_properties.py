"""The common properties of a resource: how long the host waits for it, how often it looks, and what
it does when the resource fails."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, TypedDict, overload

from resapi_cy.enums import RestartAction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Unpack

LARGEST = 0xFFFFFFFF


class CommonProperty:
    """One of them: a DWORD with its default and its bounds."""

    def __init__(self, default: int, least: int, most: int = LARGEST) -> None:
        self.default, self.least, self.most = default, least, most
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, owner: None, kind: type) -> CommonProperty: ...
    @overload
    def __get__(self, owner: CommonProperties, kind: type) -> int: ...
    def __get__(self, owner: CommonProperties | None, kind: type) -> CommonProperty | int:
        return self if owner is None else owner._values.get(self.name, self.default)

    def __set__(self, owner: CommonProperties, value: int) -> None:
        owner.update(**{self.name: value})

    def checked(self, value: object) -> int:
        try:
            number = index(value)  # type: ignore[arg-type]
        except TypeError:
            raise TypeError(f"{self.name} must be an integer, not {type(value).__name__}") from None
        if not self.least <= number <= self.most:
            raise ValueError(f"{self.name} must be from {self.least} to {self.most}, not {number}")
        return number


class CommonValues(TypedDict, total=False):
    """The common properties, as arguments by name: see CommonProperties."""

    PendingTimeout: int
    DeadlockTimeout: int
    LooksAlivePollInterval: int
    IsAlivePollInterval: int
    RestartAction: int
    RestartThreshold: int
    RestartPeriod: int
    RestartDelay: int
    RetryPeriodOnFailure: int


class CommonProperties:
    """The common properties that a host goes by, under the names that a cluster has for them.

    Args:
        values: those that are to differ from their defaults, by their names.

    All intervals are in milliseconds. Setting one checks its bounds and raises ``ValueError`` or
    ``TypeError``, and ``AttributeError`` if there is none of that name. A poll interval counts from
    now on, what else there is from the next time that the host uses it. Any Python thread.

    Attributes:
        PendingTimeout: the longest time between two new reports of a pending resource; where
            DeadlockTimeout is lower, that counts.
        DeadlockTimeout: the longest time that an entry point may take to return.
        LooksAlivePollInterval: between two calls of LooksAlive; 2**32 - 1 for the type's 5000.
        IsAlivePollInterval: between two calls of IsAlive; 2**32 - 1 for the type's 60000.
        RestartAction: what happens after a failure (``RestartAction``).
        RestartThreshold: how often a resource is restarted within RestartPeriod.
        RestartPeriod: see RestartThreshold.
        RestartDelay: from a failure to the restart.
        RetryPeriodOnFailure: from the last failure, when RestartThreshold is used up, to the next
            series of restarts; 2**32 - 1 for none. At least RestartPeriod.

    Resource API: Resource Common Properties.
    """

    PendingTimeout = CommonProperty(180_000, 10)
    DeadlockTimeout = CommonProperty(300_000, 1000)
    LooksAlivePollInterval = CommonProperty(LARGEST, 10)
    IsAlivePollInterval = CommonProperty(LARGEST, 10)
    RestartAction = CommonProperty(
        RestartAction.RESTART_NOTIFY, RestartAction.DONT_RESTART, RestartAction.RESTART_NOTIFY
    )
    RestartThreshold = CommonProperty(3, 0)
    RestartPeriod = CommonProperty(900_000, 0)
    RestartDelay = CommonProperty(500, 0)
    RetryPeriodOnFailure = CommonProperty(3_600_000, 0)

    def __init__(self, **values: Unpack[CommonValues]) -> None:
        self._values: dict[str, int] = {}
        self._changed: Callable[[], object] | None = None
        self.update(**values)

    if not TYPE_CHECKING:  # type checkers know the names

        def __setattr__(self, name: str, value: object) -> None:
            if name not in ("_values", "_changed", *self.names()):
                raise AttributeError(self._unknown(name))
            super().__setattr__(name, value)

    @classmethod
    def _unknown(cls, name: str) -> str:
        return f"{name} is not a common property: there are {', '.join(cls.names())}"

    @classmethod
    def names(cls) -> list[str]:
        """The names of all of them."""
        return [name for name, value in vars(cls).items() if isinstance(value, CommonProperty)]

    def _set(self) -> dict[str, int]:
        """Those that are not as they would be by themselves."""
        return dict(self._values)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter([(name, getattr(self, name)) for name in self.names()])

    def update(self, **values: Unpack[CommonValues]) -> None:
        """Sets several at once: none if one of them does not fit.

        Args:
            values: by their names.

        Raises:
            TypeError: there is no such property, or the value is not an integer.
            ValueError: it is out of its bounds.
        """
        changed = dict(self._values)
        for name, value in values.items():
            known = vars(type(self)).get(name)
            if not isinstance(known, CommonProperty):
                raise TypeError(self._unknown(name))
            changed[name] = known.checked(value)
        old, self._values = self._values, changed
        period, retry = self.RestartPeriod, self.RetryPeriodOnFailure
        if retry < period:
            self._values = old
            raise ValueError(
                f"RetryPeriodOnFailure {retry} is below RestartPeriod {period}: raise it, or lower "
                "that one with it"
            )
        if self._changed is not None:
            self._changed()

    def _tell(self, changed: Callable[[], object]) -> None:
        """Has a function called after each change, by the thread that made it."""
        self._changed = changed

    @property
    def _pending_timeout(self) -> tuple[str, int]:
        """How long a pending resource may report nothing new, and which property says so."""
        return min(
            ("PendingTimeout", self.PendingTimeout),
            ("DeadlockTimeout", self.DeadlockTimeout),
            key=lambda limit: limit[1],
        )

    def __repr__(self) -> str:
        return f"CommonProperties({', '.join(f'{name}={value}' for name, value in self)})"
