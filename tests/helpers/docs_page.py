"""Follows a page of the documentation: `python docs_page.py PAGE` in the folder of its reader.

The blocks of a page are one session. Its Python runs in one process, its commands in a shell, and
what a block of text shows is what the block before it has printed.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

import resapi_cy as ra

# What Sphinx looks after: `.ci/run docs` builds the site, and any warning fails.
DIRECTIVES = {"{eval-rst}", "{toctree}", "{literalinclude}"}
C = ["-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused", "-Werror", "-x", "c", "-"]


@dataclass
class Block:
    """A fenced block of a page."""

    page: Path
    line: int  # its first line of code
    language: str
    file: str | None  # the name in its caption
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line} ({self.language})"


def blocks(page: Path) -> Iterator[Block]:
    """The blocks that are for this module: all but drawings, and directives of Sphinx's."""
    for token in MarkdownIt().parse(page.read_text("utf-8")):
        if token.type not in ("fence", "code_block"):
            continue
        assert token.map is not None
        line = token.map[0] + 2
        words = token.info.split()
        if not words or words[0] in DIRECTIVES:
            continue
        file, text = None, token.content
        if words[0] == "{code-block}":
            options = re.match(r"(?::.*\n)*\n?", text)
            assert options is not None
            if caption := re.search(r":caption: (.+)", options[0]):
                file = caption[1]
            text = text[options.end() :]
            line += options[0].count("\n")
        yield Block(page, line, words[-1], file, text)


class Session:
    """What a reader does with a page, block by block."""

    def __init__(self) -> None:
        self.names: dict[str, object] = {"__name__": "__main__"}
        self.written: set[str] = set()
        self.output: str | None = None  # of the last block

    def follow(self, block: Block) -> None:
        if block.file is not None:
            self.write(block)
        elif block.language == "text":
            self.compare(block)
        else:
            rule = getattr(self, f"run_{block.language}", None)
            assert rule, f"{block}: no rule says how to test this language: give it one here"
            self.output = rule(block)

    def write(self, block: Block) -> None:
        """A file, or what comes next in a file that the page has begun."""
        assert block.file is not None
        path = Path(block.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if block.file in self.written else "w", encoding="utf-8") as file:
            file.write(block.text)
        self.written.add(block.file)

    def compare(self, block: Block) -> None:
        """What was printed; an ellipsis stands for anything."""
        assert self.output is not None, f"{block}: there is no output of a block before it"
        checker, flags = doctest.OutputChecker(), doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        wanted = block.text.replace("…", "...")
        if not checker.check_output(wanted, self.output, flags):
            example = doctest.Example("", wanted)
            raise AssertionError(
                f"{block}:\n{checker.output_difference(example, self.output, flags)}"
            )
        self.output = None

    def run_python(self, block: Block) -> str:
        # As many lines before it as on the page, so that a traceback has the page's numbers.
        source = "\n" * (block.line - 1) + block.text
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(source, str(block.page), "exec"), self.names)
        return output.getvalue()

    def run_sh(self, block: Block) -> str:
        return shell(block, block.text)

    def run_console(self, block: Block) -> str:
        """The commands; what they print stands between them."""
        outputs = [
            (command, shell(block, command), wanted)
            for command, wanted in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.text, re.M)
        ]
        for _, self.output, wanted in outputs:
            if wanted:
                self.compare(Block(block.page, block.line, "text", None, wanted))
        return "".join(output for _, output, _ in outputs)

    def run_yaml(self, block: Block) -> str:
        """The commands of a job of continuous integration."""
        commands = re.findall(r"^ *- run: (.*)$", block.text, re.M)
        assert commands, f"{block}: no command"
        return shell(block, "\n".join(commands))

    def run_c(self, block: Block) -> None:
        """Declarations, or functions, that are right with what the header declares."""
        source = f'#include <resapi_cy/resapi.h>\n#line {block.line} "{block.page}"\n{block.text}'
        run(block, ["cc", f"-I{ra.get_include()}", *C], source)

    def run_cython(self, block: Block) -> None:
        """A part of a module that Cython takes."""
        Path("block.pyx").write_text(block.text, "utf-8")
        packages = Path(ra.__file__).parents[1]
        options = ["-3", "--cplus", "-Werror", f"-I{packages}"]
        run(block, [sys.executable, "-m", "cython", *options, "block.pyx"])

    def run_bat(self, block: Block) -> None:
        """For Windows' shell, which is not here: the sources that it compiles are."""
        for source in re.findall(r"\S+\.c\b", block.text):
            assert Path(source.replace("\\", "/")).is_file(), f"{block}: {source}"


def shell(block: Block, commands: str) -> str:
    if "tools/windows" in commands:
        return know_tool(block, commands)
    return run(block, ["bash", "-euo", "pipefail"], commands)


def run(block: Block, command: list[str], given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{block}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def know_tool(block: Block, commands: str) -> str:
    """tools/windows takes minutes, and `.ci/run windows` runs it: here, its help has the words."""
    tool = Path(__file__).parents[2] / "tools" / "windows"
    usage = run(block, [sys.executable, str(tool), "--help"])
    (given,) = re.findall(r"tools/windows ((?:--\w+ \S+ )*\w+)", commands)
    for word in re.findall(r"--\w+|\w+$", given):
        assert re.search(rf"[ {{,]{word}\b", usage), f"{block}: {word}"
    return ""


def main(page: Path, *left_out: str) -> None:
    """Follows the page, without the blocks in the languages that are left out."""
    session = Session()
    for block in blocks(page):
        # The ports that the pages take may be taken on this machine.
        for name, port in os.environ.items():
            if name.startswith("PORT_"):
                block.text = block.text.replace(name.removeprefix("PORT_"), port)
        if block.language not in left_out:
            session.follow(block)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
