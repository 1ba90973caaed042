"""Runs the conformance checks in processes of their own, which a resource DLL may crash or block.

A process runs one check after the other for as long as they pass. What follows a failure gets a new
one: a resource DLL that misbehaves leaves things behind. The processes that a check leaves behind
are its failure, and are ended before the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from resapi_cy.checks.definition import Check, Result
from resapi_cy.checks.driver import LOG_LENGTH, PATIENCE, Driver
from resapi_cy.checks.offspring import Offspring, be_followed, named, started
from resapi_cy.checks.subject import Advice, CheckFailed, NotApplicable, Subject
from resapi_cy.checks.suite import CHECKS
from resapi_cy.death import death
from resapi_cy.errors import ResapiError

if TYPE_CHECKING:
    from typing import Self

# A process that says nothing for so long, beyond what the checks themselves wait for, is ended; in
# seconds. So is one that has failed, and does not end.
SILENCE = 30.0
# How long a process may take to clean up that is interrupted, in seconds.
INTERRUPTED = 5.0
# How long the output of a process that has died may take to arrive, in seconds. Whatever the DLL
# has started may keep the pipe open for good.
LAST_OUTPUT = 1.0
# How long what a check has started may take to end by itself, in seconds; and once it is ended.
ENDING = 1.0
ENDED = 5.0


# The child imports what this process would.
CHILD = "import sys; sys.path[:] = {path!r}; from resapi_cy.checks.process import main; main()"


class Checks:
    """The checks of a resource type. A context manager that ends the processes.

    Used by one thread.
    """

    def __init__(self, subject: Subject) -> None:
        common = subject.common_properties()
        self.subject = subject
        self._silence = (common.DeadlockTimeout + PATIENCE * common.PendingTimeout) / 1000 + SILENCE
        self._results: dict[str, Result] = {}
        self._process: CheckProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process that is running."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def result(self, name: str) -> Result:
        """What becomes of a check: runs it, unless it has been, and what it needs."""
        if name not in self._results:
            check = CHECKS[name]
            missing = [need for need in check.needs if self.result(need).blocks]
            self._results[name] = self._blocked(name, missing[0]) if missing else self._run(check)
        return self._results[name]

    def _blocked(self, name: str, need: str) -> Result:
        result = self._results[need]
        return Result(name, "not tried", result.reason, cause=result.cause or need)

    def _run(self, check: Check) -> Result:
        if check.alone:
            self.close()
        if self._process is None:
            self._process = CheckProcess(self.subject, self._silence)
        try:
            result = self._process.run(check)
        except BaseException:  # Ctrl-C, or a test's time limit: its answer is not waited for
            self._process.end(INTERRUPTED)
            self._process = None
            raise
        if self._process.spent:
            self.close()
        return result


# ---- The process that runs checks, seen from outside -----------------------------------------


class CheckProcess:
    """A process that runs checks."""

    def __init__(self, subject: Subject, silence: float) -> None:
        self._silence = silence
        # Marks the lines that are meant for this process: the DLL may write to the output, too.
        self._mark = secrets.token_hex(8)
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._entry_point = ""
        self._output = ""
        self.spent = False  # it can't run another check
        self._id = 0  # its own, which on Windows a virtual environment's launcher has started
        self._offspring = Offspring()
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHILD.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="backslashreplace",
            env=self._offspring.environment(),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._send(json.dumps({"mark": self._mark, **asdict(subject)}))

    def run(self, check: Check) -> Result:
        """Runs a check, and ends the processes that it leaves behind."""
        self._entry_point = self._output = ""
        begun = time.monotonic()
        self.spent = True
        self._result: Result | None = None
        self._cleaned = False
        self._send(check.name)
        answered = self._wait()
        result = self._result or self._no_result(check, time.monotonic() - begun)
        if not answered and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        left = self._end_offspring()
        if left and (self._cleaned or result.failed):  # else it was not the check's doing
            text = f"{result.reason}; it left {named(left)} behind, which had to be ended"
            result = replace(result, outcome="fail", reason=text)
        self.spent = self.spent or result.failed
        return result

    def _no_result(self, check: Check, seconds: float) -> Result:
        where = f" in {self._entry_point}" if self._entry_point else ""
        if self._process.poll() is None:
            reason = f"the process said nothing for {self._silence:g} s{where}"
        else:
            reason = f"the process died{where} ({death(self._process.returncode)})"
        if self._output:
            reason += f"; its last output: {self._output}"
        return Result(check.name, "fail", reason, seconds)

    def _end_offspring(self) -> dict[int, str]:
        """Ends what the process has started and what still runs after its last check. What was
        ended is gone when this returns."""
        left = self._running_after(ENDING)
        for process in left:
            self._offspring.end(process)
        if left:
            self._running_after(ENDED)
        return left

    def _running_after(self, seconds: float) -> dict[int, str]:
        """What still runs of the process's own when there is nothing more, or time is up."""
        until = time.monotonic() + seconds
        while left := self._offspring.running(self._process, self._id):
            if time.monotonic() > until:
                break
            time.sleep(0.01)
        return left

    def _send(self, line: str) -> None:
        with contextlib.suppress(OSError):  # it has died: found out by waiting for its answer
            assert self._process.stdin is not None
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _wait(self) -> bool:
        """Whether a check has come to its end, and the process has cleaned up after it: else it has
        died, or says nothing."""
        heard = time.monotonic()
        while time.monotonic() - heard <= self._silence:
            try:
                line = self._lines.get(timeout=0.1)
            except queue.Empty:
                if self._process.poll() is not None:
                    self._reader.join(LAST_OUTPUT)
                    while not self._lines.empty():
                        self._take(self._lines.get())
                    return False
            else:
                if self._take(line):
                    return True
                if line.startswith(self._mark):
                    heard = time.monotonic()
        return False

    def _take(self, line: str) -> bool:
        """Takes a line of the process' output; whether it was the last about the check."""
        if not line.startswith(self._mark):
            self._output = line.strip()[:LOG_LENGTH] or self._output
            return False
        message: dict[str, Any] = json.loads(line.removeprefix(self._mark))
        if "check" in message:
            self._result = Result(**message)
        elif "cleaned" in message:
            self._cleaned = message["cleaned"]
            self.spent = not self._cleaned
            return True
        elif "id" in message:
            self._id = message["id"]
        else:
            self._entry_point = message["entry_point"]
        return False

    def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(ValueError):  # closed, as nobody listens any more
            for line in self._process.stdout:
                self._lines.put(line)

    def end(self, patience: float = SILENCE) -> None:
        """Lets it clean up, and ends it if it does not end by itself in so many seconds."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(patience)
        except BaseException as error:  # Ctrl-C as well
            self._process.kill()
            self._process.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
        finally:
            self._reader.join(LAST_OUTPUT)
            if not self._reader.is_alive():
                assert self._process.stdout is not None
                self._process.stdout.close()
            for process in self._offspring.running(self._process, self._id):
                self._offspring.end(process)
            self._running_after(ENDED)
            self._offspring.close()


# ---- The same, seen from inside --------------------------------------------------------------


def run_check(check: Check, driver: Driver) -> Result:
    """Runs a check in this process."""
    begun = time.monotonic()
    try:
        outcome, reason = "pass", check.run(driver)
    except NotApplicable as error:
        outcome, reason = "n/a", str(error)
    except Advice as error:
        outcome, reason = "advice", str(error)
    except (CheckFailed, ResapiError, OSError) as error:
        outcome, reason = "fail", str(error)
        if lines := driver.log_lines():
            reason += f"; its log: {' | '.join(lines)}"
    return Result(check.name, outcome, reason, time.monotonic() - begun)


def main() -> None:
    """Runs the checks whose names come by stdin, and tells of them on stdout."""
    job = json.loads(sys.stdin.readline())
    mark = job.pop("mark")
    subject = Subject(**job)

    def tell(message: dict[str, Any]) -> None:
        # A line of its own, whatever the DLL has written last.
        os.write(1, f"\n{mark}{json.dumps(message)}\n".encode())

    tell({"id": os.getpid()})
    be_followed()
    for line in sys.stdin:
        driver = Driver(subject, lambda entry_point: tell({"entry_point": entry_point}), started)
        try:
            result = run_check(CHECKS[line.strip()], driver)
            tell(asdict(result))  # first: the DLL may crash yet
            clean = driver.clean_up(gently=not result.failed)
        except KeyboardInterrupt:
            driver.clean_up(gently=False)
            break
        tell({"cleaned": clean})
        if result.failed or not clean:
            break
    os._exit(0)  # a thread may still be in an entry point
