"""`resapi-monitor run` and `info`, interrupted: Ctrl-C and its kin, to which process they come."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import (
    COMMAND,
    ENVIRONMENT,
    TIMEOUT,
    hosting,
    posix_only,
    start,
    wait_until,
)
from native import dying_dll, example
from serving import (
    Server,
    faulty,
    finish,
    of,
    read_until,
    states,
)

INTERRUPTED = 130
ARGUMENTS = [dying_dll, "--type", "Dying", "--resource", "disk"]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")


def is_there(pid: int) -> bool:
    """Whether the process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def start_dying(entry_point: str, way: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**ENVIRONMENT, "DIES_IN": entry_point, "DIES_OF": way}
    given = ["--type", "Dying", "--resource", "disk", *arguments, "--json"]
    return start("run", dying_dll(), *given, environment=environment)


@posix_only
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_interrupt_is_an_end_in_order(tmp_path: Path, name: str) -> None:
    server = Server(tmp_path, "web")
    with start("run", example("process"), "--type", "Process", *server.arguments, "--json") as run:
        read_until(run, "status_changed", state="ONLINE")
        run.send_signal(getattr(signal, name))
        events, _ = finish(run)
    assert of(events, "stopping")[0]["why"] == "interrupt"
    assert states(events, "web") == ["OFFLINE_PENDING", "OFFLINE"]
    assert not server.listens


@posix_only
def test_hangup_that_somebody_wants_ignored_is() -> None:
    script = 'trap "" HUP; exec "$@"'
    command = ["sh", "-c", script, "sh", *COMMAND, "run", str(example("faulty"))]
    given = ["--type", "Faulty", "--json"]
    with subprocess.Popen(
        [*command, *given], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as run:
        read_until(run, "status_changed", state="ONLINE")
        run.send_signal(signal.SIGHUP)
        read_until(run, "polled")
        run.send_signal(signal.SIGTERM)
        events, _ = finish(run)
    assert len(of(events, "stopping")) == 1


@posix_only
def test_interrupt_of_the_whole_process_group_counts_once(tmp_path: Path) -> None:
    server = Server(tmp_path, "web", "deaf")
    command = [*COMMAND, "run", str(example("process")), "--type", "Process", *server.arguments]
    with subprocess.Popen(
        [*command, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as run:
        read_until(run, "status_changed", state="ONLINE")
        os.killpg(run.pid, signal.SIGINT)
        read_until(run, "status_changed", state="OFFLINE_PENDING")
        assert server.fetch() == "I am web"  # it is asked to stop, and does not
        os.killpg(run.pid, signal.SIGINT)
        events, _ = finish(run, INTERRUPTED)
    assert [event["why"] for event in of(events, "stopping")] == ["terminate"]


@linux_only
def test_signal_to_the_hosting_process_alone_is_an_end_in_order_and_no_more() -> None:
    with start("run", *faulty("BlocksInOffline"), "--json") as run:
        read_until(run, "status_changed", state="ONLINE")
        child = hosting(run)
        for _ in range(3):
            os.kill(child, signal.SIGTERM)
            time.sleep(0.1)
        read_until(run, "status_changed", state="OFFLINE_PENDING")
        assert is_there(child)
        for _ in range(2):
            run.send_signal(signal.SIGINT)
            time.sleep(0.1)
        finish(run, INTERRUPTED)


@posix_only
def test_third_interrupt_changes_nothing_about_the_second(tmp_path: Path) -> None:
    server = Server(tmp_path, "web", "deaf")
    given = ["--type", "Process", *server.arguments, "--json"]
    with start("run", example("process"), *given) as run:
        read_until(run, "status_changed", state="ONLINE")
        run.send_signal(signal.SIGINT)
        read_until(run, "status_changed", state="OFFLINE_PENDING")
        # To the very end: it is the one and only exit code.
        wait_until(lambda: run.send_signal(signal.SIGINT) or run.poll() is not None)
        events, summary = finish(run, INTERRUPTED)
    assert states(events, "web") == ["OFFLINE"]
    assert summary["exit_code"] == INTERRUPTED
    assert not server.listens


@posix_only
@pytest.mark.parametrize("way", ["signals ignored", "signals that kill"])
def test_what_the_dll_does_to_signals_is_undone(way: str) -> None:
    with start_dying("Online", way) as run:
        read_until(run, "status_changed", state="ONLINE")
        time.sleep(0.2)  # until the handlers are set again
        if sys.platform == "linux":
            os.kill(hosting(run), signal.SIGINT)  # a terminal's comes to both
        run.send_signal(signal.SIGINT)
        events, _ = finish(run)
    assert of(events, "stopping")[0]["why"] == "interrupt"


@posix_only
@pytest.mark.parametrize("command", ["run", "info"])
def test_interrupt_ends_a_start_up_that_does_not_return(command: str) -> None:
    environment = {**ENVIRONMENT, "DIES_IN": "StartupEx", "DIES_OF": "nothing"}
    with start(command, dying_dll(), "--type", "Dying", environment=environment) as run:
        time.sleep(1)
        assert run.poll() is None
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=TIMEOUT)
    assert (run.returncode, out, err) == (INTERRUPTED, "", "")


@posix_only
def test_interrupt_while_it_begins_is_no_traceback() -> None:
    for pause in (0.02, 0.1, 0.2, 0.3):
        with subprocess.Popen(
            [*COMMAND, "run", str(dying_dll()), "--type", "Dying"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        ) as run:
            time.sleep(pause)
            try:
                os.killpg(run.pid, signal.SIGTERM)
            except ProcessLookupError:
                continue
            _, err = run.communicate(timeout=TIMEOUT)
        # Before Python has handlers at all, the signal does what it does to every process.
        assert err == ""


# ---- One process dies without the other ----------------------------------------------------------


@linux_only
def test_hosting_process_does_not_outlive_the_one_that_watches_over_it(tmp_path: Path) -> None:
    server = Server(tmp_path, "web", "deaf")
    given = ["--type", "Process", *server.arguments, "--json"]
    with start("run", example("process"), *given) as run:
        read_until(run, "status_changed", state="ONLINE")
        child = hosting(run)
        run.kill()
        wait_until(lambda: not is_there(child))
        wait_until(lambda: not server.listens)  # nor does what the DLL has started


def test_what_the_dll_has_started_does_not_outlive_the_process_that_watches(tmp_path: Path) -> None:
    server = Server(tmp_path, "web", "deaf")
    given = ["--type", "Process", *server.arguments, "--json"]
    with start("run", example("process"), *given) as run:
        read_until(run, "status_changed", state="ONLINE")
        assert server.listens
        run.kill()  # on Windows, TerminateProcess
        wait_until(lambda: not server.listens)


@linux_only
def test_server_does_not_outlive_a_host_that_is_killed(tmp_path: Path) -> None:
    server = Server(tmp_path, "web", "deaf")
    given = ["--type", "Process", *server.arguments, "--json"]
    with start("run", example("process"), *given) as run:
        read_until(run, "status_changed", state="ONLINE")
        os.kill(hosting(run), signal.SIGKILL)
        _, err = run.communicate(timeout=TIMEOUT)
    assert run.returncode == 3
    assert re.search("the process with the DLL was killed .*Online of resource 'web': SIGKILL", err)
    wait_until(lambda: not server.listens)


@linux_only
def test_first_process_of_a_container_reaps_what_loses_its_parent(tmp_path: Path) -> None:
    unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody make namespaces of processes")
    port = Server(tmp_path, "web")
    # A server that starts orphans: they end at once.
    (tmp_path / "web.py").write_text(
        "import subprocess\n"
        "for _ in range(20):\n"
        "    subprocess.run(['sh', '-c', 'sleep 0.1 & exit'])\n" + (tmp_path / "web.py").read_text()
    )
    command = [*COMMAND, "run", str(example("process")), "--type", "Process", *port.arguments]
    shell = 'exec "$@"'
    with subprocess.Popen(
        [*unshare, "sh", "-c", shell, "sh", *command, "--json", "--seconds", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as run:
        read_until(run, "status_changed", state="ONLINE")
        (first,) = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        time.sleep(1)
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        assert len(children) == 1  # the process that hosts the DLL, and no zombies
        finish(run)
