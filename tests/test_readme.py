"""README's example does what README says."""

from __future__ import annotations

import re
import subprocess
import sys

from native import REPOSITORY

README = (REPOSITORY / "README.md").read_text("utf-8")


def test_the_example_runs_as_it_stands() -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    assert len(example.splitlines()) == 15
    done = subprocess.run(
        [sys.executable, "-c", example], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "CONTINUE",
        "Disk 1 ONLINE_PENDING 0",
        "Disk 1 ONLINE 1",
    ]


def test_the_two_commands_are_there() -> None:
    assert re.search(r"^python3 -m venv .*\.venv/bin/resapi-monitor demo$", README, re.MULTILINE)
    assert re.search(r"^python3 -m venv .*\.venv/bin/pytest$", README, re.MULTILINE)
