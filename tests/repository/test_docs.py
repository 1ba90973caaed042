"""The documentation: every block of code on its pages is tried, and the reference has every name.

How a block is tried, docs_page.py says, by its language. README's Python and shell are for
test_readme.py.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import native
import pytest
from command_line import ENVIRONMENT, TIMEOUT
from test_readme import free_port

import resapi_cy as ra
from resapi_cy import enums

pytest.importorskip("markdown_it", reason="markdown-it-py reads the pages")
import docs_page

DOCS = native.REPOSITORY / "docs"
README = native.REPOSITORY / "README.md"
PAGES = [path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md"))]
PORTS = ("8000", "8001")  # that the pages take

# The commands of an environment that is made already. It has the package and its extras, which
# test_packaging.py installs for real; what pip installs from a folder is installed.
SCRIPTS = {
    "pip": """\
case "$2" in
./*) exec "$PYTHON" -m pip -q --python "$VIRTUAL_ENV" install --no-build-isolation --no-deps "$2" ;;
esac
""",
    "python3": '[ "$1 $2" = "-m venv" ] || exec python "$@"',
    "pytest": 'exec python -m pytest "$@"',
    # A run that has no end of its own has five seconds, as if Ctrl-C were pressed then.
    "resapi-monitor": """\
case "$*" in
*--seconds*) ;;
"run "*) set -- "$@" --seconds 5 ;;
esac
exec python -m resapi_cy "$@"
""",
}


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that has what this one has."""
    if sys.platform == "win32":
        pytest.skip("the commands on the pages are for a POSIX shell")
    if not shutil.which("cc"):
        pytest.skip("no cc on this system")
    path = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", path], check=True)
    (packages,) = path.glob("lib/python*/site-packages")
    this = [entry for entry in sys.path if entry.endswith("-packages")]
    this.append(str(Path(ra.__file__).parents[1]))
    (packages / "this.pth").write_text(f"import site; [*map(site.addsitedir, {this})]\n")
    for name, script in SCRIPTS.items():
        (path / "bin" / name).unlink(missing_ok=True)
        (path / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (path / "bin" / name).chmod(0o755)
    return path


@pytest.fixture
def folder(tmp_path: Path, environment: Path) -> Path:
    """Where a reader is who has a clone, its examples built, and an environment."""
    (tmp_path / ".venv").symlink_to(environment)
    (tmp_path / "include").symlink_to(native.REPOSITORY / "include")
    built = shutil.ignore_patterns("build", "*.so")
    shutil.copytree(native.REPOSITORY / "examples", tmp_path / "examples", ignore=built)
    for name in "process", "storage", "faulty":
        shutil.copy(native.example(name), tmp_path / f"{name}.so")
    return tmp_path


def follow(page: Path, folder: Path, *leave_out: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, docs_page.__file__, page, *leave_out],
        cwd=folder,
        env={
            **ENVIRONMENT,
            "VIRTUAL_ENV": str(folder / ".venv"),
            "PYTHON": sys.executable,
            "PATH": f"{folder / '.venv' / 'bin'}:{ENVIRONMENT['PATH']}",
            **{f"PORT_{port}": str(free_port()) for port in PORTS},
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * TIMEOUT,
    )


def skip_without_tools(page: Path) -> None:
    commands = "\n".join(block.text for block in docs_page.blocks(page))
    for tool in "cmake", "rustc":
        if re.search(rf"^(.*&& )?{tool} ", commands, re.MULTILINE) and not shutil.which(tool):
            pytest.skip(f"no {tool} on this system")
    if "tools/windows" in commands and not (native.REPOSITORY / "tools").exists():
        pytest.skip("the source distribution has no tools")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_does_what_the_page_says(page: str, folder: Path) -> None:
    skip_without_tools(DOCS / page)
    done = follow(DOCS / page, folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_other_block_of_readme_is_right(folder: Path) -> None:
    done = follow(README, folder, "python", "sh")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("```perl\nprint 1\n```", "no rule"),
        ("```python\nprint(1)\n```\n\n```text\n2\n```", "Expected:"),
        ("```python\nassert False\n```", 'page.md", line 2'),
        ("```text\nalone\n```", "no output of a block before it"),
        ("```sh\nfalse\n```", "page.md:2 (sh): 1"),
        ("```console\n$ echo 1\n2\n```", "Expected:"),
        ("```c\nint wrong(DWORD_ of);\n```", "page.md:2"),
        ("```cython\nfrom resapi_cy.resapi cimport WRONG\n```", "resapi/WRONG.pxd' not found"),
        ("```yaml\n- run: false\n```", "page.md:2 (yaml)"),
        ("```bat\ncl examples\\none.c\n```", "none.c"),
        ("- in a list:\n\n  ```sh\n  false\n  ```", "page.md:4 (sh): 1"),
    ],
)
def test_block_that_is_wrong_is_found_out(folder: Path, block: str, complaint: str) -> None:
    page = folder / "page.md"
    page.write_text(block + "\n")
    done = follow(page, folder)
    assert done.returncode != 0
    assert complaint in done.stderr


def test_files_of_a_page_are_written_and_go_on_where_they_ended(folder: Path) -> None:
    page = folder / "page.md"
    part = "```{code-block} sh\n:caption: hello.sh\n\n"
    page.write_text(
        f"{part}echo one\n```\n\n{part}echo two\n```\n\n"
        "```sh\nsh hello.sh\n```\n\n```text\none\ntwo\n```\n"
    )
    done = follow(page, folder)
    assert done.returncode == 0, done.stderr


def test_extras_that_the_pages_install_exist() -> None:
    project = tomllib.loads((native.REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    pages = [README, *map(DOCS.joinpath, PAGES)]
    text = "\n".join(page.read_text("utf-8") for page in pages)
    named = set(re.findall(r"pip install \"?(?:resapi-cy|\.)\[(\w+)\]", text))
    assert named
    assert named <= set(project["optional-dependencies"])


# ---- The reference -------------------------------------------------------------------------------


def documented() -> str:
    return "\n".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md"))


@pytest.mark.parametrize("name", sorted({*ra.__all__, *enums.__all__} - {"__version__"}))
def test_public_name_has_its_place_in_the_reference(name: str) -> None:
    assert re.search(rf"^\.\. auto\w+:: (resapi_cy\.)?{name}\b", documented(), re.MULTILINE)


def test_every_callback_is_in_the_reference() -> None:
    page = (DOCS / "reference" / "callbacks.md").read_text("utf-8")
    names = {name for name, value in vars(ra.callbacks).items() if type(value) is int}
    assert set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == names
