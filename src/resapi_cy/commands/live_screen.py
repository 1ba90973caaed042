"""What the live views share. Needs rich."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from resapi_cy.commands.output import Output

if TYPE_CHECKING:
    from typing import Self

STATE_STYLES = {
    "ONLINE": "green",
    "ONLINE_PENDING": "yellow",
    "OFFLINE_PENDING": "yellow",
    "OFFLINE": "magenta",
    "FAILED": "red",
}
LEVEL_STYLES = {"INFORMATION": "dim", "WARNING": "yellow", "ERROR": "red", "SEVERE": "bold red"}

# Seconds between two refreshes.
INTERVAL = 0.1


class LiveScreen:
    """A picture that is drawn anew ten times a second; what is printed stays above it."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.live = Live(console=self.console, auto_refresh=False)
        self.begun = self.drawn = time.monotonic()

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.live.stop()

    def picture(self) -> RenderableType:
        raise NotImplementedError

    def tick(self, *, final: bool = False) -> None:
        now = time.monotonic()
        file = self.console.file
        if isinstance(file, Output) and file.is_behind and not final:
            return  # whoever reads it has not seen the last picture yet
        if final or now - self.drawn >= INTERVAL:
            self.drawn = now
            # A terminal shows ^C where the cursor is: behind a full line, it would begin another.
            picture = self.picture() if final else Group(self.picture(), "")
            self.live.update(picture, refresh=True)

    def heading(self, text: str) -> RenderableType:
        """The first line, with the time that has passed at its end."""
        top = Table.grid(expand=True)
        top.add_column(ratio=1)
        top.add_column(justify="right")
        passed = Text(f"{time.monotonic() - self.begun:.1f} s", "bold")
        top.add_row(line(text, "bold"), passed)
        return top


def line(text: str, style: str = "") -> Text:
    """Text that stays on its line, cut off at the end of it."""
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def state_text(state: str) -> Text:
    return Text(state, STATE_STYLES.get(state, ""))
