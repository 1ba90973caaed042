"""The tables on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.results import Results
from benchmarks.tables import Table, all_tables


def show(results: Results, console: Console) -> None:
    machine = results.machine
    gil = "" if machine.gil else ", without a GIL"
    console.print(f"{machine.cpu}, {machine.cores} cores; {machine.python}{gil}", highlight=False)
    show_tables(all_tables(results), console)


def show_tables(tables: list[Table], console: Console) -> None:
    for table in tables:
        shown = RichTable(title=table.title, title_justify="left", title_style="bold")
        for i, column in enumerate(table.columns):
            shown.add_column(column, justify="left" if i == 0 else "right")
        for row in table.rows:
            shown.add_row(*(cell.replace("**", "") for cell in row))
        console.print(shown)
