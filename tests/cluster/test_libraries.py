"""The stand-in libraries, in processes that end with them: a resource DLL that another test loads
would find them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("tests", ["dependencies.py", "libraries.py", "objects.py", "services.py"])
def test_in_a_process_of_their_own(tests: str) -> None:
    path = Path(__file__).with_name(tests)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
