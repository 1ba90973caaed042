"""What a check is, and what becomes of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from resapi_cy.checks.driver import Driver


@dataclass(frozen=True)
class Check:
    """A check.

    Attributes:
        name (str): in lower case, with hyphens.
        page (str): of the Resource API's documentation.
        needs (tuple[str, ...]): the checks without which it makes no sense.
        alone (bool): it needs a process in which no other check has been run: one that counts what
            is counted for a whole process, say.
        sentence (str): what must hold.
        run (Callable[[Driver], str]): tries it: returns what it has seen, in a few words, or raises
            CheckFailed, NotApplicable or Advice.
    """

    name: str
    page: str
    needs: tuple[str, ...]
    alone: bool
    sentence: str
    run: Callable[[Driver], str]


def check(
    page: str, *needs: str, alone: bool = False
) -> Callable[[Callable[[Driver], str]], Check]:
    """Makes a function a check, named for it. Its docstring begins with the one sentence that must
    hold."""

    def made(function: Callable[[Driver], str]) -> Check:
        text = function.__doc__ or ""
        sentence = " ".join(text.split("\n\n")[0].split())
        return Check(function.__name__.replace("_", "-"), page, needs, alone, sentence, function)

    return made


@dataclass(frozen=True)
class Result:
    """What has become of a check.

    Attributes:
        check (str): its name.
        outcome (str): one of OUTCOMES.
        reason (str): what was seen, or why it failed, is not applicable, or was not tried.
        seconds (float): how long it took.
        cause (str): the check that it needs, and whose failure is why this one was not tried.
    """

    check: str
    outcome: str
    reason: str
    seconds: float = 0.0
    cause: str = ""

    @property
    def failed(self) -> bool:
        return self.outcome == "fail"

    @property
    def blocks(self) -> bool:
        """What needs it can't be tried."""
        return self.outcome in ("fail", "not tried")


# "advice": it holds, and could be better.
OUTCOMES = ("pass", "fail", "advice", "n/a", "not tried")
