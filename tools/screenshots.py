"""Makes the pictures of `resapi-monitor run` on the pages: docs/live.svg and docs/timeline.svg.

    python tools/screenshots.py

runs the tool for real: on the tutorial's resource DLL, whose scratch file is removed meanwhile, and
on examples/process, one of whose servers is killed. Needs the extras `cli` and `timeline`, and cc.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

import resapi_cy as ra
from resapi_cy.commands.interrupts import Interrupts
from resapi_cy.commands.output import Output
from resapi_cy.commands.run.live_view import LiveView
from resapi_cy.commands.run.rows import Row
from resapi_cy.commands.run.running import Run
from resapi_cy.commands.terminal import log_line

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
WIDTH = 100  # of the terminal, in characters
POLLS = 4  # that say that all is well, before it is disturbed

SERVER = """\
import http.server, os, pathlib, sys
pathlib.Path(sys.argv[1] + ".pid").write_text(str(os.getpid()))
http.server.test(port=int(sys.argv[2]), bind="127.0.0.1")
"""


def compile_dll(source: Path, target: str) -> None:
    options = ["-std=c11", "-O2", "-fPIC", "-shared", "-pthread", f"-I{ra.get_include()}"]
    subprocess.run(["cc", *options, source, "-o", target], check=True)


# ---- The live view -------------------------------------------------------------------------------


class Photographer(LiveView):
    """The live view, on a terminal that nobody sees. When the resources have been online for some
    polls, it removes a file; while the one is being restarted, it takes a picture of what the
    terminal shows."""

    def __init__(self) -> None:
        super().__init__(Console(file=io.StringIO(), force_terminal=True, width=WIDTH))
        self.film = Console(file=io.StringIO(), record=True, force_terminal=True, width=WIDTH)
        self.removed = self.taken = False

    def print_line(self, time_ns: int, name: str, text: str, style: str) -> None:
        super().print_line(time_ns, name, text, style)
        if not self.taken:
            self.film.print(Text(log_line(time_ns, name, text), style))

    def tick(self, *, final: bool = False) -> None:
        super().tick(final=final)
        if not self.removed and all(row.polls[True] >= POLLS for row in self.rows):
            self.removed = True
            Path("video.scratch").unlink()
        pending = ra.ResourceState.ONLINE_PENDING
        if not self.taken and any(row.restarts and row.state is pending for row in self.rows):
            self.taken = True
            self.film.print(self.picture())
            svg = self.film.export_svg(title="resapi-monitor run", unique_id="live")
            # The reader's own fixed-width font, and none from elsewhere.
            svg = re.sub(r" *@font-face \{.*?\}\n", "", svg, flags=re.DOTALL)
            (DOCS / "live.svg").write_text(svg, "utf-8")


def live_view() -> None:
    page = (DOCS / "tutorial.md").read_text("utf-8")
    parts = re.findall(r":caption: scratch.c\n\n(.*?)```", page, re.DOTALL)
    Path("scratch.c").write_text("".join(parts), "utf-8")
    compile_dll(Path("scratch.c"), "scratch.so")
    view = Photographer()
    with ra.ResourceMonitor() as monitor, Interrupts() as interrupts:
        rows = [Row(name, {"LooksAlivePollInterval": 500}, {}) for name in ("video", "audio")]
        scratch = monitor.load("scratch.so", "Scratch")
        Run(scratch, rows, [], view, None, 15, Output(sys.stdout), interrupts).run()
    assert view.taken, "the resource was not restarted in time"


# ---- The timeline --------------------------------------------------------------------------------


def timeline() -> None:
    compile_dll(REPOSITORY / "examples" / "process" / "process.c", "process.so")
    Path("server.py").write_text(SERVER, "utf-8")
    command = [sys.executable, "-m", "resapi_cy", "run", "process.so", "--type", "Process"]
    command += ["--json", "--timeline", str(DOCS / "timeline.svg")]
    command += ["--property", "IsAlivePollInterval=250"]
    for name in "web", "api":
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command += ["--resource", name, "--property", f"{name}:Port={port}"]
        server = f"{sys.executable} server.py {name} {port}"
        command += ["--property", f"{name}:CommandLine={server}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        polls = 0  # of api: after the first few, its server is killed; after more, the run ends
        for line in running.stdout:
            event = json.loads(line)
            if event["event"] == "polled" and event["resource"] == "api":
                polls += 1
                if polls == POLLS:
                    os.kill(int(Path("api.pid").read_text("utf-8")), signal.SIGKILL)
                if polls == 4 * POLLS:
                    running.send_signal(signal.SIGINT)
    assert running.returncode == 0


if __name__ == "__main__":
    folder = Path(tempfile.gettempdir(), "tutorial")  # it is seen in the picture
    folder.mkdir()
    try:
        with contextlib.chdir(folder):
            timeline()
            live_view()
    finally:
        shutil.rmtree(folder)
