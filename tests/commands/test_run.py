"""`resapi-monitor run`: real servers under the process example, and a DLL that misbehaves."""

from __future__ import annotations

import io
import json
import re
import signal
import sys
from pathlib import Path

import native
import pytest
from command_line import (
    TIMEOUT,
    in_terminal,
    posix_only,
    refusal,
    run,
    start,
    wait_until,
)
from native import example, plain_dll
from serving import (
    NO_POLLS,
    ONLINE_THEN_OFFLINE,
    UNTIL_STOPPED,
    Server,
    faulty,
    finish,
    of,
    properties,
    read_until,
    run_json,
    states,
    stop,
)

import resapi_cy as ra
from resapi_cy.commands.property_arguments import (
    deal_properties,
    property_argument,
    sort_properties,
)
from resapi_cy.hosting.private_properties import private_values
from resapi_cy.monitoring.words import event_name
from resapi_cy.property_list import (
    Dword,
    ExpandSz,
    Long,
    MultiSz,
    SecurityDescriptor,
    Sz,
    ULargeInteger,
)

# ---- A real server -------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path, "web")


def test_server_comes_online_answers_is_polled_and_goes_offline(server: Server) -> None:
    polls = properties(LooksAlivePollInterval=50, IsAlivePollInterval=100)
    arguments = [example("process"), "--type", "Process", *server.arguments, *polls]
    with start("run", *arguments, *UNTIL_STOPPED, "--json") as process:
        events = read_until(process, "status_changed", state="ONLINE")
        assert server.fetch() == "I am web"
        events += read_until(process, "polled", entry_point="IsAlive")
        rest, summary = stop(process)
    events += rest
    assert not server.listens
    assert states(events, "web") == ONLINE_THEN_OFFLINE
    assert (events[0]["event"], events[0]["version"]) == ("started", 2)
    assert events[0]["resources"] == ["web"]
    assert f"listens on port {server.port}" in of(events, "log_message")[0]["text"]
    answers = [(poll["entry_point"], poll["alive"]) for poll in of(events, "polled")]
    assert ("IsAlive", True) in answers
    (row,) = summary["resources"]
    assert (row["state"], row["was_online"], row["went_offline"]) == ("OFFLINE", True, True)
    assert (row["restarts"], row["failures"]) == (0, 0)
    assert row["transitions"] == len(of(events, "status_changed"))
    assert row["log_messages"] == len(of(events, "log_message"))
    assert row["polls_alive"] == len(answers)
    assert row["polls_not_alive"] == summary["dropped_events"] == summary["rejected_reports"] == 0


def test_killed_server_is_restarted_through_its_event_handle(server: Server) -> None:
    arguments = [*server.arguments, *NO_POLLS, *properties(RestartDelay=10)]
    arguments = ["--type", "Process", *arguments, *UNTIL_STOPPED, "--json"]
    with start("run", example("process"), *arguments) as process:
        read_until(process, "status_changed", state="ONLINE")
        first = server.pid
        server.kill()
        events = read_until(process, "status_changed", state="ONLINE")
        assert server.fetch() == "I am web"
        assert server.pid != first
        _, summary = stop(process)
    (failure,) = of(events, "resource_failed")
    assert (failure["cause"], failure["resource"]) == ("event handle", "web")
    code = signal.SIGTERM if sys.platform == "win32" else 128 + signal.SIGKILL
    assert failure["message"] == (
        "resource 'web': the DLL signaled its event handle, and IsAlive says that it is not alive; "
        f"it has logged: The process has ended with exit code {code:d}."
    )
    assert [event["attempt"] for event in of(events, "resource_restarting")] == [1]
    assert states(events, "web") == ["FAILED", "ONLINE_PENDING", "ONLINE"]
    assert [(e["entry_point"], e["alive"]) for e in of(events, "polled")] == [("IsAlive", False)]
    (row,) = summary["resources"]
    assert (row["restarts"], row["failures"], row["state"]) == (1, 1, "OFFLINE")
    assert not server.listens


def test_two_servers_live_side_by_side(tmp_path: Path) -> None:
    web, api = Server(tmp_path, "web"), Server(tmp_path, "api: 2")
    arguments = [*web.arguments, *api.arguments, *properties(RestartDelay=10)]
    arguments = ["--type", "Process", *arguments, *UNTIL_STOPPED, "--json"]
    with start("run", example("process"), *arguments) as process:
        events = read_until(process, "started")
        online = set[str]()
        while len(online) < 2:
            events += read_until(process, "status_changed", state="ONLINE")
            online.add(events[-1]["resource"])
        assert (web.fetch(), api.fetch()) == ("I am web", "I am api: 2")
        api.kill()
        events += read_until(process, "status_changed", state="ONLINE")
        rest, summary = stop(process)
    assert states(events + rest, "web") == ONLINE_THEN_OFFLINE
    assert [(row["name"], row["restarts"]) for row in summary["resources"]] == [
        ("web", 0),
        ("api: 2", 1),
    ]


@posix_only
def test_second_ctrl_c_terminates_a_server_that_will_not_stop(tmp_path: Path) -> None:
    server = Server(tmp_path, "web", "deaf")
    arguments = [example("process"), "--type", "Process", *server.arguments]
    with start("run", *arguments, "--json") as process:
        read_until(process, "status_changed", state="ONLINE")
        process.send_signal(signal.SIGINT)
        read_until(process, "status_changed", state="OFFLINE_PENDING")
        assert server.fetch() == "I am web"
        process.send_signal(signal.SIGINT)
        events, summary = finish(process, 130)
    assert [event["why"] for event in of(events, "stopping")] == ["terminate"]
    assert states(events, "web") == ["OFFLINE"]
    assert summary["resources"][0]["went_offline"] is False
    wait_until(lambda: not server.listens)


@posix_only
def test_second_ctrl_c_ends_the_run_though_the_dll_does_not_return() -> None:
    with start("run", *faulty("BlocksInOffline"), "--json") as process:
        read_until(process, "status_changed", state="ONLINE")
        process.send_signal(signal.SIGINT)
        read_until(process, "status_changed", state="OFFLINE_PENDING")
        process.send_signal(signal.SIGINT)
        events, _ = finish(process, 130)
    assert states(events, "disk") == ["OFFLINE"]


@posix_only
def test_ctrl_c_ends_the_run_though_open_does_not_return() -> None:
    with start("run", *faulty("BlocksInOpen"), "--json") as process:
        read_until(process, "started")
        process.send_signal(signal.SIGINT)
        _, summary = finish(process, 1)
    assert summary["resources"][0]["state"] == "UNKNOWN"


def test_server_does_not_outlive_a_run_whose_output_nobody_reads(server: Server) -> None:
    arguments = [example("process"), "--type", "Process", *server.arguments]
    with start("run", *arguments, *properties(IsAlivePollInterval=20), "--json") as process:
        read_until(process, "status_changed", state="ONLINE")
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.wait(TIMEOUT) == 1
    wait_until(lambda: not server.listens)


# ---- Resources that fail -------------------------------------------------------------------------


def test_resource_that_does_not_come_online_is_not_tried_again_and_ends_the_run() -> None:
    events, summary = run_json(*faulty("FailsPending"), code=1)
    (failure,) = of(events, "resource_failed")
    assert (failure["cause"], failure["code"]) == ("status report", 42)
    assert of(events, "resource_restarting") == []
    assert of(events, "stopping")[0]["why"] == "failed"
    assert (summary["resources"][0]["state"], summary["resources"][0]["was_online"]) == (
        "FAILED",
        False,
    )


def test_others_stay_online_when_one_does_not_come_online(server: Server) -> None:
    arguments = [
        "--type",
        "Process",
        *server.arguments,
        "--resource",
        "bad",
        "--property",
        "bad:Port=1",
    ]
    arguments += [*UNTIL_STOPPED, "--json"]
    with start("run", example("process"), *arguments) as process:
        events = read_until(process, "status_changed", resource="web", state="ONLINE")
        if not of(events, "resource_failed"):
            events += read_until(process, "resource_failed")
        assert server.fetch() == "I am web"
        rest, summary = stop(process, 1)
    events += rest
    assert states(events, "web") == ONLINE_THEN_OFFLINE
    assert of(events, "resource_failed", "bad")[0]["cause"] == "Online"
    assert [row["state"] for row in summary["resources"]] == ["OFFLINE", "FAILED"]


def test_resource_that_is_refused_by_open_is_said() -> None:
    arguments = ["--type", "Plain", "--resource=-refused", "--resource=taken", "--seconds", "2"]
    events, summary = run_json(plain_dll(3), *arguments, code=1)
    (failure,) = of(events, "resource_failed")
    assert (failure["resource"], failure["cause"]) == ("-refused", "Open")
    assert [row["state"] for row in summary["resources"]] == ["FAILED", "OFFLINE"]
    assert [row["was_online"] for row in summary["resources"]] == [False, True]


def test_resource_that_keeps_failing_is_given_up_by_its_restart_properties() -> None:
    arguments = properties(
        IsAlivePollInterval=20, RestartThreshold=2, RestartDelay=10, RetryPeriodOnFailure=2**32 - 1
    )
    events, summary = run_json(*faulty("IsAliveFalse", *arguments), code=1)
    assert [event["attempt"] for event in of(events, "resource_restarting")] == [1, 1]
    assert [event["cause"] for event in of(events, "resource_failed")] == ["IsAlive"] * 3
    assert len(of(events, "failover_requested")) == 1
    assert not any(
        poll["alive"] for poll in of(events, "polled") if poll["entry_point"] == "IsAlive"
    )
    (row,) = summary["resources"]
    assert (row["state"], row["restarts"], row["failures"]) == ("FAILED", 2, 3)
    assert row["polls_not_alive"] == len(of(events, "polled"))


def test_pending_timeout_is_said() -> None:
    events, _ = run_json(*faulty("NeverEndsPending", *properties(PendingTimeout=200)), code=1)
    (event,) = of(events, "pending_timed_out")
    assert (event["state"], event["code"]) == ("ONLINE_PENDING", 258)


def test_offline_that_does_not_return_is_terminated_and_counts_as_failed() -> None:
    limits = properties(PendingTimeout=1000, DeadlockTimeout=1000)
    arguments = faulty("BlocksInOffline", *limits, "--seconds", "2")
    events, summary = run_json(*arguments, code=1)
    (event,) = of(events, "deadlocked")
    assert event["entry_point"] == "Offline"
    assert summary["resources"][0]["went_offline"] is False


def test_pending_resource_is_terminated_when_the_time_is_over() -> None:
    events, summary = run_json(*faulty("PendingForever", "--seconds", "2"), code=1)
    assert of(events, "stopping")[0]["why"] == "seconds"
    assert states(events, "disk") == ["OFFLINE", "ONLINE_PENDING", "OFFLINE"]
    assert summary["resources"][0]["was_online"] is False


# ---- What is shown -------------------------------------------------------------------------------


def test_plain_lines_say_each_change_and_the_sums() -> None:
    arguments = properties(IsAlivePollInterval=20)
    done = run("run", example("faulty"), "--type", "Faulty", *arguments, "--seconds", "2")
    assert (done.returncode, done.stderr) == (0, "")
    stamp = r"^\d\d:\d\d:\d\d\.\d{6}  "
    for line in (
        r"Faulty: ONLINE_PENDING \(was OFFLINE\), checkpoint 0$",
        r"Faulty: ONLINE \(was ONLINE_PENDING\), checkpoint 6$",
        r"Faulty: IsAlive: alive$",
        r"monitor: the time is over: taking the resources offline$",
        r"Faulty: OFFLINE \(was OFFLINE_PENDING\), checkpoint 6$",
    ):
        assert len(re.findall(stamp + line, done.stdout, re.M)) == 1, line
    assert re.search(r"^Faulty +OFFLINE +0 +0 +5 +\d+ +0$", done.stdout, re.M)


def test_hostile_log_does_not_reach_the_output() -> None:
    done = run("run", *faulty("HostileLog", "--seconds", "2"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.replace("\n", "").isprintable()
    assert "\\x1b[2J\\x1b[31mred" in done.stdout
    assert "\nOpen: well" not in done.stdout
    events, summary = run_json(*faulty("HostileLog", "--seconds", "2"))
    assert summary["resources"][0]["log_messages"] == len(of(events, "log_message")) == 9
    assert any("\x1b[2J" in event["text"] for event in of(events, "log_message"))


@posix_only
@pytest.mark.parametrize("command", ["run", "info"])
def test_json_stays_json_though_the_dll_prints(command: str, tmp_path: Path) -> None:
    source = tmp_path / "prints.c"
    source.write_text(
        f'#define VERSION 2\n#include "{native.TESTS / "native" / "plain_dll.c"}"\n'
        "#include <stdio.h>\n"
        "__attribute__((constructor)) static void print(void) {\n"
        '    puts("no JSON");\n'
        "    fflush(stdout);\n"
        "}\n"
    )
    dll = native.compile_library([source], tmp_path / "prints", [ra.get_include()])
    seconds = ["--seconds", "0.2"] if command == "run" else []
    done = run(command, dll, "--type", "Prints", *seconds, "--json")
    assert done.stderr == "no JSON\n"
    assert all(json.loads(line) for line in done.stdout.splitlines())
    assert "no JSON" not in done.stdout


@posix_only
def test_hostile_log_does_not_control_the_terminal() -> None:
    pytest.importorskip("rich")
    shown, err, code = in_terminal("run", *faulty("HostileLog", "--seconds", "2"))
    assert (err, code) == ("", 0)
    for sequence in ("\x1b[2J", "\x1b]", "\x1b[31mred", "\x1b[5m", "\x07", "\b", "\u202e", "\x85"):
        assert sequence not in shown
    assert "\\x1b[2J" in shown


@posix_only
def test_terminal_shows_a_live_table() -> None:
    pytest.importorskip("rich")
    arguments = ["--resource", "[red]disk", *properties(IsAlivePollInterval=50)]
    shown, err, code = in_terminal(
        "run", example("faulty"), "--type", "Faulty", *arguments, "--seconds", "3"
    )
    assert (err, code) == ("", 0)
    assert shown.count("Checkpoint") >= 2  # drawn anew, again and again
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).splitlines()
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert re.search(r"^\[red\]disk +ONLINE +6 +\d\.\d s +\d+ alive +0", text, re.M)
    assert re.search(r"^\[red\]disk +OFFLINE +0 +0 +5 +\d+ +0", text, re.M)


def test_ctrl_c_that_the_terminal_shows_does_not_shift_the_live_view() -> None:
    console_module = pytest.importorskip("rich.console")
    from resapi_cy.commands.live_screen import LiveScreen

    class FullLine(LiveScreen):
        def picture(self) -> str:
            return "x" * self.console.width

    output = io.StringIO()
    console = console_module.Console(width=20, force_terminal=True, file=output)
    with FullLine(console) as screen:
        screen.drawn = 0.0
        screen.tick()
        assert output.getvalue().endswith("x\n")  # ^C begins a line, and does not wrap to the next
        screen.tick(final=True)
        assert output.getvalue().endswith("x")


def test_live_view_shows_a_pending_resource_with_a_bar_and_its_last_log_line() -> None:
    console_module = pytest.importorskip("rich.console")
    from resapi_cy.commands.run.live_view import LiveView
    from resapi_cy.commands.run.rows import Row

    with ra.ResourceMonitor() as monitor, monitor.load(plain_dll(2), "Plain").open("disk") as disk:
        row = Row("disk", {}, {}, resource=disk, checkpoint=1234)
        row.last_log = ra.LogMessage(disk, ra.LogLevel.WARNING, "first\x1b[2J\nsecond\n")
        row.polls = {True: 7, False: 2}
        row.last_poll = ra.Poll("IsAlive", False, 0, 0.0)
        view = LiveView(console_module.Console(width=100, record=True, file=io.StringIO()))
        view.heading_text, view.rows = "two resources", [row]
        view.console.print(view.picture())
        text = view.console.export_text(clear=False)
        assert re.search(r"^disk +OFFLINE +1,234 +\d\.\d s +7 alive, 2 not +0 *$", text, re.M)
        assert "disk: first\\x1b[2J\\nsecond" in text
        row.resource = None
        view.console.print(view.picture())
        assert re.search(r"^disk +UNKNOWN .* [━-]+$", view.console.export_text(), re.M)


def test_every_event_is_described_in_a_printable_line() -> None:
    from resapi_cy.commands.terminal import printable

    names = [name for name in ra.__all__ if isinstance(getattr(ra, name), type)]
    kinds = [getattr(ra, name) for name in names if issubclass(getattr(ra, name), ra.CallbackEvent)]
    status = ra.ResourceStatus(ra.ResourceState.ONLINE, 7)
    samples = {
        "status": status,
        "previous": status,
        "level": ra.LogLevel.ERROR,
        "text": "text",
        "failure_type": ra.FailureType.GENERAL,
        "payload": b"\x00\xff",
        "properties": b"\x1b",
        "resource_type": "a \x1b[2J type",
        "process_name": "name",
        "state": ra.ApplicationState.READY,
    }
    assert len(kinds) > 10
    for kind in kinds:
        arguments = {name: samples.get(name, 1) for name in kind.__match_args__[1:]}
        if kind is ra.ControlCallEnded or issubclass(kind, ra.ControlCallEnded):
            arguments["status"] = 5
        event = kind(None, **arguments)
        line = printable(event._words())
        assert line.isprintable()
        json.dumps(event._values())
        assert event_name(event) in line or kind in (ra.StatusChanged, ra.LogMessage)


# ---- Properties ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["PendingTimeout=soon"], "PendingTimeout: 'soon' is not an integer"),
        (["pendingtimeout=1"], "PendingTimeout must be from 10 to 4294967295, not 1"),
        (["RestartPeriod=4000000"], "RetryPeriodOnFailure 3600000 is below RestartPeriod 4000000"),
        (["RestartDelay=1", "RESTARTDELAY=2"], "RESTARTDELAY: given twice"),
        (["disk 2:RestartDelay=1"], "no --resource disk 2"),
        (["disk:=1"], "a property needs a name"),
        (["Port=http"], "Port: 'http' is not an integer"),
        (["Port=-1"], "property 'Port': -1 does not fit into its format, which holds 0 to 42949"),
        (["Prot=80"], "the DLL refuses the private properties: error 87"),
    ],
)
def test_wrong_property_is_one_line_and_nothing_comes_online(
    arguments: list[str], problem: str
) -> None:
    given = [part for argument in arguments for part in ("--property", argument)]
    done = run("run", example("process"), "--type", "Process", "--resource", "disk", *given)
    assert done.returncode == 2
    assert "ONLINE" not in done.stdout
    (line,) = done.stderr.splitlines()
    assert line.startswith("resapi-monitor: ")
    assert problem in line


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("Port=99999", "Port is too great."),
        ("Prot=80", "Prot is not a property of this resource type."),
        # The example DLL has room for 63.
        (f"{'Port' * 16}=80", f"{'Port' * 15}Por is not a property of this resource type."),
    ],
)
def test_dll_says_in_its_log_what_is_wrong_with_a_property(given: str, problem: str) -> None:
    done = run("run", example("process"), "--type", "Process", "--property", given)
    assert done.returncode == 2
    assert done.stderr.rstrip().endswith(f": The property {problem}")


def test_dll_is_not_given_a_property_that_was_meant_for_the_host() -> None:
    """A common property misspelt, or one of a cluster that the host does not go by, unless the DLL
    tells a property of the name, or the format says that it is the DLL's."""
    for given, problem in (
        ("RestartTreshold=1", "RestartTreshold: was RestartThreshold meant?"),
        ("lookalivepollinterval=1", "lookalivepollinterval: was LooksAlivePollInterval meant?"),
        ("PersistentState=1", "PersistentState: a common property of a cluster's resources"),
        ("description=x", "description: a common property of a cluster's resources"),
    ):
        name = given.partition("=")[0]
        for command in ("run", "check"):
            arguments = [command, native.strict_dll(), "--type", "Strict", "--property"]
            done = run(*arguments, given)
            assert problem in done.stdout + done.stderr
            assert f"say its format, as in {name}:sz=" in done.stdout + done.stderr
            assert done.returncode == (2 if command == "run" else 1)
        # The DLL is asked, and has none of that name.
        done = run("run", *arguments[1:], given.replace("=", ":sz="))
        assert "the DLL refuses the private properties: error 87" in done.stderr


def test_format_can_be_said_of_a_property() -> None:
    """To a DLL that takes no other, and tells none."""
    rights = ["Time:filetime=0000000000000000", "Rights:SECURITY_DESCRIPTOR=01", "Bytes:binary=02"]
    numbers = ["Long:long=-1", "Huge:ularge_integer=1", "silent:Large:large_integer=2"]
    texts = ["Text:sz=2024", "Expand:expand_sz=%HOME%", r"Many:multi_sz=a\;b;c", "Word:word=3"]
    given = [*rights, *numbers, *texts, "Nested:property_list=00000000", "Dword=4"]
    arguments = [part for argument in given for part in ("--property", argument)]
    dll = [native.strict_dll(), "--type", "Strict", "--resource", "silent"]
    done = run("run", *dll, *arguments, "--seconds", "0.1")
    assert (done.returncode, done.stderr) == (0, "")
    checked = run("check", *dll, *arguments).stdout
    assert re.search(r"^pass +private-properties ", checked, re.M)
    # Without the format it is a DWORD.
    done = run("run", *dll, "--property", "Text=2024")
    assert "the DLL refuses the private properties: error 13" in done.stderr
    done = run("run", *dll, "--property", "Word:word=65536")
    assert "property 'Word': 65536 does not fit" in done.stderr


def test_property_is_written_with_a_resource_a_format_or_both() -> None:
    given = [
        *("Port=1", r"b:\ c:port=2", "Size:WORD=3", "b:Name:sz=4", "B:b=5", "b:word=6"),
        *(r"x\:y\=z=7=:7", r"C:\dir\\=8", r"\\server=9", "b::sz=10"),
    ]
    names = ["a", "b", r"b:\ c", "C"]
    with pytest.raises(ValueError, match=r"b::sz: a property needs a name"):
        deal_properties(map(property_argument, given), names)
    shared = {
        **{"Port": ("1", None), "Size": ("3", "word"), "x:y=z": ("7=:7", None)},
        r"\\server": ("9", None),
    }
    dealt = deal_properties(map(property_argument, given[:-1]), names)
    assert dealt == {
        "a": shared,
        "b": {**shared, "Name": ("4", "sz"), "b": ("5", None), "word": ("6", None)},
        r"b:\ c": {**{k: v for k, v in shared.items() if k != "Port"}, "port": ("2", None)},
        "C": {**shared, "\\dir\\": ("8", None)},
    }
    for wrong, problem in (
        ("x:Port", "no --resource x, and no format 'Port': there are sz, expand_sz"),
        ("b:Port:tall", "no format 'tall': there are sz, expand_sz"),
        ("a:b:c:sz", "no format 'c:sz': there are sz, expand_sz"),
    ):
        with pytest.raises(ValueError, match=re.escape(problem)) as refused:
            deal_properties([property_argument(f"{wrong}=1")], names)
        assert r"write \: for a colon" in str(refused.value)


def test_a_property_reaches_its_resource_whatever_the_case_of_its_name() -> None:
    given = [property_argument(f"{name}:Port={name}") for name in ("web", "GRÖSSE", "größe")]
    names = ["Web", "Größe", "grösse"]
    dealt = deal_properties(given, names)
    assert {name: dealt[name]["Port"][0] for name in names} == {
        **{"Web": "web", "grösse": "GRÖSSE", "Größe": "größe"},
    }


def test_names_of_properties_are_told_apart_as_windows_tells_them() -> None:
    arguments = [property_argument(f"{name}=1") for name in ("Stra\u00dfe", "strasse", "a:STRASSE")]
    assert list(deal_properties(arguments, ["a"])["a"]) == ["Stra\u00dfe", "STRASSE"]
    with pytest.raises(ValueError, match="STRASSE: given twice"):
        deal_properties(map(property_argument, ("stra\u00dfe=1", "strasse=1", "STRASSE=1")), ["a"])
    common, private = sort_properties({"\u017feparateMonitor": ("1", None)})
    assert (common, list(private)) == ({}, ["\u017feparateMonitor"])
    values = private_values({"Stra\u00dfe": ("080", None)}, {"strasse": ExpandSz})
    assert values == {"Stra\u00dfe": 80}


def test_common_properties_are_known_by_name_whatever_their_case() -> None:
    given = {"pendingTIMEOUT": ("50", None), "Port": ("080", None), "RestartDelay": ("1", "dword")}
    assert sort_properties(given) == (
        {"PendingTimeout": 50},
        {"Port": ("080", None), "RestartDelay": ("1", "dword")},
    )


def test_private_value_has_the_format_that_the_dll_tells() -> None:
    told = {"Number": Long, "Text": ExpandSz, "Data": SecurityDescriptor, "List": MultiSz}
    given = {
        **{"number": "-5", "TEXT": "80", "Data": "00 ff", "List": "a;b c"},
        **{"Unknown": "80", "Other": "8o", "Huge": str(1 << 40)},
    }
    values = private_values({name: (text, None) for name, text in given.items()}, told)
    assert values == {
        **{"number": -5, "TEXT": "80", "Data": b"\x00\xff", "List": ["a", "b c"]},
        **{"Unknown": 80, "Other": "8o", "Huge": 1 << 40},
    }
    kinds = [Long, ExpandSz, SecurityDescriptor, MultiSz, Dword, Sz, ULargeInteger]
    assert [type(value) for value in values.values()] == kinds
    assert private_values({"List": ("", None)}, told) == {"List": []}
    for name, text, wanted in (("Number", "x", "an integer"), ("Data", "0", "hexadecimal")):
        with pytest.raises(ValueError, match=f"{name}: '{text}' is not {wanted}"):
            private_values({name: (text, None)}, told)


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        (r"a;b", ["a", "b"]),
        (r"a\;b;c", ["a;b", "c"]),
        (r"C:\a\b;\\server\c", [r"C:\a\b", r"\\server\c"]),
        (r"C:\a\\;b", ["C:\\a\\", "b"]),
        (r"C:\a\\\;b", [r"C:\a\;b"]),
        ("a\\", ["a\\"]),
    ],
)
def test_text_of_a_list_may_have_a_semicolon(text: str, texts: list[str]) -> None:
    assert private_values({"List": (text, "multi_sz")}, {}) == {"List": texts}


# ---- Wrong usage ---------------------------------------------------------------------------------


def test_dll_or_type_that_can_not_be_hosted_is_refused(tmp_path: Path) -> None:
    assert "there is no such file" in refusal("run", tmp_path / "gone", "--type", "Process")
    line = refusal("run", example("faulty"), "--type", "Nothing\x1b[2J")
    assert "refuses the resource type 'Nothing\\x1b[2J'" in line
    assert "Online" in refusal("run", *faulty("MissingEntryPoint"))


@pytest.mark.parametrize("name", ["disk", "DISK"])
def test_resources_need_names_of_their_own(name: str) -> None:
    line = refusal("run", *faulty("NullTable"), "--resource", name)
    assert line.endswith("--resource: two resources have the same name")


@pytest.mark.parametrize(
    "arguments",
    [
        ["x.dll"],
        ["x.dll", "--type", "T", "--resource", ""],
        ["x.dll", "--type", "T", "--property", "Port"],
        ["x.dll", "--type", "T", "--property", "=1"],
        ["x.dll", "--type", "T", "--seconds", "-1"],
        ["", "--type", "T"],
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments: list[str]) -> None:
    done = run("run", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: " in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_help_documents_the_properties_and_the_exit_codes() -> None:
    done = run("run", "--help")
    assert done.returncode == 0
    assert "exit codes:" in done.stdout
    for name in ra.CommonProperties.names():
        assert name in done.stdout
