"""The documentation site: `.ci/run docs`. What it needs is the extra `docs`."""

from __future__ import annotations

import ast
import enum
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import resapi_cy

project = "resapi-cy"
release = version = resapi_cy.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]

html_theme = "furo"
html_title = f"resapi-cy {release}"
html_show_copyright = False
html_copy_source = False

myst_heading_anchors = 3
# What is copied from a console is its commands.
copybutton_prompt_text = "$ "

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_docstring_signature = False
napoleon_numpy_docstring = False
napoleon_use_rtype = False
python_maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"
# Not on these pages: what is of other packages, and names of another module than the page has.
nitpick_ignore_regex = [
    (r"py:.*", r"(collections|enum|logging|os|prometheus_client|typing)\..*|PathLike"),
    (r"py:class", r"CommonValues|ControlCall|HasDatabase|Keys|Metric|Value|When"),
]


# ---- Signatures ----------------------------------------------------------------------------------

# The compiled modules know the names of their arguments, the stubs beside them the types as well.


@cache
def stub(module: str) -> dict[str, ast.FunctionDef]:
    """The functions and methods of a module's stub, by their qualified names."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / f"{module.rpartition('.')[2]}.pyi"
    found: dict[str, ast.FunctionDef] = {}
    if not path.exists():
        return found
    tree = ast.parse(path.read_text("utf-8"))
    scopes: list[tuple[str, ast.Module | ast.ClassDef]] = [("", tree)]
    scopes += [(f"{node.name}.", node) for node in tree.body if isinstance(node, ast.ClassDef)]
    for prefix, scope in scopes:
        for node in scope.body:
            if isinstance(node, ast.FunctionDef):
                found.setdefault(prefix + node.name, node)  # of overloads, the first
    return found


def signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, given: str, returns: str
) -> tuple[str | None, str | None] | None:
    """autodoc-process-signature: the stub's, where there is one."""
    if what == "class" and ("made by ``" in (obj.__doc__ or "") or issubclass(obj, enum.Enum)):
        return None, None  # nobody is to call it
    functions = stub(getattr(obj, "__module__", None) or "resapi_cy")
    qualified = getattr(obj, "__qualname__", "")
    names = [f"{qualified}.__new__", f"{qualified}.__init__"] if what == "class" else [qualified]
    for function in filter(None, map(functions.get, names)):
        arguments = ast.unparse(function.args)
        if what in ("class", "method"):
            arguments = re.sub(r"^(self|cls)(, )?", "", arguments)
        result = None if what == "class" or not function.returns else ast.unparse(function.returns)
        return f"({arguments})", result
    return None


def docstring(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """autodoc-process-docstring: without the signatures that it begins with."""
    call = re.compile(rf"{name.rpartition('.')[2]}\(.*\)")
    while lines and (not lines[0] or call.fullmatch(lines[0])):
        del lines[0]


def bases(app: Sphinx, documented: str, obj: Any, options: Any, classes: list[Any]) -> None:
    """autodoc-process-bases: the public ones, under the names that the pages have for them."""
    public = [
        base for kind in classes for base in (kind.__bases__ if kind.__name__[0] == "_" else [kind])
    ]
    for index, kind in enumerate(public):
        module = "resapi_cy" if kind.__name__ in resapi_cy.__all__ else kind.__module__
        name = kind.__name__ if module == "builtins" else f"~{module}.{kind.__name__}"
        public[index] = f":py:class:`{name}`"
    classes[:] = public


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-signature", signature)
    app.connect("autodoc-process-docstring", docstring, priority=400)  # before napoleon
    app.connect("autodoc-process-bases", bases)
