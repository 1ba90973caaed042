"""One interpreter of a process has the package; the others are told so, and disturb nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import resapi_cy as ra

# Runs `code` in a new interpreter: one that shares the GIL, or one that is isolated and has a GIL
# of its own from CPython 3.12 on.
CREATE = """
try:
    import _interpreters as interpreters  # CPython 3.13
    def run(code, own_gil):
        interpreter = interpreters.create("isolated" if own_gil else "legacy")
        failed = interpreters.exec(interpreter, code)
        assert failed is None, failed
        interpreters.destroy(interpreter)
except ModuleNotFoundError:
    import _xxsubinterpreters as interpreters
    def run(code, own_gil):
        interpreter = interpreters.create(isolated=own_gil)
        interpreters.run_string(interpreter, code)
        interpreters.destroy(interpreter)

import sys
IMPORT = f"import sys; sys.path[:] = {sys.path!r}" + '''
for _ in range(2):
    try:
        import resapi_cy
    except ImportError as error:
        print(error)
    else:
        print("imported")
'''
"""
MESSAGE = "resapi_cy works in one interpreter of a process"


def run(program: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", CREATE + program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(ra.__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("own_gil", [False, True])
def test_a_second_interpreter_is_refused_and_disturbs_nothing(own_gil: bool) -> None:
    """The callbacks keep their addresses, and what they report arrives."""
    *refusals, state = run(f"""
import resapi_cy as ra
monitor = ra.ResourceMonitor()
resource = monitor.open("r")
before = ra.callbacks.address, ra.callbacks.log_event
for _ in range(3):
    run(IMPORT, {own_gil})
    resource.report(ra.ResourceState.ONLINE_PENDING)
assert (ra.callbacks.address, ra.callbacks.log_event) == before
resource.report(ra.ResourceState.ONLINE)
print([event.status.state.name for event in monitor.poll()])
""")
    assert len(refusals) == 6
    assert all(refusal.startswith(MESSAGE) for refusal in refusals)
    assert state == "['ONLINE_PENDING', 'ONLINE']"


def test_one_with_a_gil_of_its_own_is_refused_even_if_it_comes_first() -> None:
    if sys.version_info < (3, 12):
        pytest.skip("no interpreter has a GIL of its own before CPython 3.12")
    *refusals, after = run("""
run(IMPORT, True)
import resapi_cy as ra
print(ra.ResourceMonitor().open("r").exit_state.name)
""")
    assert [refusal.startswith(MESSAGE) for refusal in refusals] == [True, True]
    assert after == "CONTINUE"
