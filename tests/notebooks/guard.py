"""What nbval would let pass in silence, and a built notebook must not have.

nbval compares a cell's outputs only where the cell was run and has outputs; it never compares pictures or metadata, and
tags or comments in a cell tell it to look away. So a stripped notebook passes it. These functions say what is wrong, in
words, and name the cell.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WIDGET = "application/vnd.jupyter.widget-view+json"
_AWAY = re.compile(r"nbval|raises-exception", re.I)
"""Tags and comments by which a cell tells nbval to look away."""
_BANNED = ("interact", "interactive", "interact_manual", "Output", "clear_output", "input", "display", "print")
"""Calls that nbval cannot follow, or that would put a face's words where it does not compare them."""
_MACHINE = re.compile(r"\bat 0x[0-9a-f]{6,}|/(?:home|root|tmp|Users|work)/|\b[A-Z]:\\\\Users", re.I)
"""Signs of a particular machine or process: they change from build to build."""


def text(value: Any) -> str:
    """A field of a notebook as one string: it may be stored as a list of lines."""
    return "".join(value) if isinstance(value, list) else str(value)


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The code cells of a notebook."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def faults(path: Path) -> list[str]:
    """Everything that would weaken the comparison of a built notebook, each as one sentence."""
    notebook = json.loads(path.read_text("utf-8"))
    return [*_of_notebook(notebook), *(fault for cell in code_cells(notebook) for fault in _of_cell(cell))]


def _of_notebook(notebook: dict[str, Any]) -> Iterator[str]:
    if not code_cells(notebook):
        yield "no code cell: there is nothing to compare"
    if "widgets" in notebook["metadata"]:
        yield "the state of widgets is stored: it differs in every build"
    if "version" in notebook["metadata"].get("language_info", {}):
        yield "the version of Python is stored: the build differs from machine to machine"
    ids = [cell.get("id") for cell in notebook["cells"]]
    if None in ids or len(set(ids)) != len(ids):
        yield "cells without an id of their own"


def _of_cell(cell: dict[str, Any]) -> Iterator[str]:
    name = f"cell {cell.get('id')}"
    source = text(cell["source"])
    yield from (f"{name}: {what}" for what in (*_of_source(source), *_of_marks(cell, source), *_of_outputs(cell)))


def _of_source(source: str) -> Iterator[str]:
    if source.count("\n"):
        yield "more than one line of code"
    if source.rstrip().endswith(";"):
        yield "ends with a semicolon, which nbval does not honour"
    try:
        tree = ast.parse(source)
    except SyntaxError:
        yield "not plain Python (a magic?): an error in it passes in silence"
        return
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        found = (
            called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else None
        )
        if found in _BANNED:
            yield f"calls {found}"


def _of_marks(cell: dict[str, Any], source: str) -> Iterator[str]:
    for tag in cell["metadata"].get("tags", []):
        if _AWAY.search(tag):
            yield f"the tag {tag!r} tells nbval to look away"
    if "#" in source and _AWAY.search(source):
        yield "a comment tells nbval to look away"


def _of_outputs(cell: dict[str, Any]) -> Iterator[str]:
    count = cell.get("execution_count")
    if not isinstance(count, int) or isinstance(count, bool):
        yield "no execution count: it was not run, and nothing is compared"
    outputs = cell.get("outputs") or []
    if not outputs:
        yield "no output: nothing is compared"
        return
    if not any(text(output.get("data", {}).get("text/plain", "")).strip() for output in outputs):
        yield "no output in words (text/plain)"
    for output in outputs:
        if output["output_type"] == "error":
            yield f"it fails: {output.get('ename')}"
        if output["output_type"] == "stream":
            yield f"it prints to {output.get('name')}"
        for mime, data in output.get("data", {}).items():
            if mime.startswith("image/"):
                yield f"a picture ({mime}), which nbval does not compare"
            elif mime == WIDGET:
                yield "a reference to a live widget, which the next build does not have"
            elif mime.startswith("text/plain") and re.match(r"<[\w.]+ object at|<[\w.]+>$", text(data)):
                yield "its words are only the name of an object"
            if mime.startswith("text/") and (sign := _MACHINE.search(text(data))):
                yield f"{mime} holds a sign of one machine: {sign[0]!r}"
        if output.get("metadata"):
            yield "an output with metadata, which nbval does not compare"


def missing_and_strays(root: Path) -> tuple[list[Path], list[Path]]:
    """Notebooks that a lesson should have and has not, and whatever else lies in ``notebooks/``."""
    names = [path.stem for path in sorted((root / "lessons").glob("*.md"))]
    wanted = {
        folder / f"{name}.ipynb" for name in names for folder in (root / "notebooks", root / "notebooks" / "instructor")
    }
    ignored = {".ipynb_checkpoints", "__pycache__"}
    there = {
        path
        for path in (root / "notebooks").rglob("*")
        if path.is_file() and not ignored & set(path.relative_to(root).parts)
    }
    return sorted(wanted - there), sorted(there - wanted)
