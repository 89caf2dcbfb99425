"""Build the notebooks: lessons in, executed notebooks out, the same bytes every time.

A built notebook is never edited. Its outputs are what the cells show, less the reference to a live widget: that names a
model by a random id, would differ in every build, and would show an error about a missing model to whoever opens the
notebook before running it. What stays is the face's HTML, which needs no kernel.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from knowing_benefit.law.library import Library, Named
from knowing_benefit.law.source import CourseError, write_atomic
from knowing_benefit.publish.lessons import Edition, Lesson, read_lessons, sources, text_of
from knowing_benefit.publish.syllabus import syllabus
from knowing_benefit.view.exercise import answer_key
from knowing_benefit.view.markup import badge

WIDGET = "application/vnd.jupyter.widget-view+json"
_EDITIONS: tuple[Edition, ...] = ("student", "instructor")
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_LANGUAGE = {"name": "python"}
_CELL_SECONDS = 120


@dataclass(frozen=True)
class Built:
    """A file, built: where it belongs in the course folder and its text."""

    path: Path
    content: str


def target(root: Path, lesson: Lesson, edition: Edition) -> Path:
    """Where a lesson's notebook of an edition belongs."""
    folder = root / "notebooks" if edition == "student" else root / "notebooks" / "instructor"
    return folder / f"{lesson.name}.ipynb"


def build(library: Library, tell: Callable[[str], None] = lambda _: None, workers: int = 2) -> Iterator[Built]:
    """Build every lesson in both editions, in their order.

    Args:
        tell: called with a line of progress before each notebook.
        workers: how many processes share the work. The notebooks do not depend on it.

    Raises:
        CourseError: a fault in a lesson, or a cell that fails, by the lesson's file and line.
    """
    work = [(lesson.name, edition) for lesson, edition in itertools.product(read_lessons(library.root), _EDITIONS)]
    # spawn: a fresh process is the same on every system, and safe beside the thread that draws the progress.
    pool = ProcessPoolExecutor(
        max(1, min(workers, len(work))),
        multiprocessing.get_context("spawn"),
        signal.signal,
        (signal.SIGINT, signal.SIG_IGN),
    )
    try:
        coming = [pool.submit(_one, library.root, name, edition) for name, edition in work]
        for (name, edition), built in zip(work, coming, strict=True):
            tell(f"{name} ({edition})")
            yield built.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _one(root: Path, name: str, edition: Edition) -> Built:
    """Build one notebook: what a worker does."""
    library, lessons = _opened(root)
    lesson = next(lesson for lesson in lessons if lesson.name == name)
    path = target(root, lesson, edition)
    notebook = _notebook(lesson, library, lessons, edition)
    _execute(notebook, lesson, path.parent)
    return Built(path, nbformat.writes(notebook) + "\n")


@cache
def _opened(root: Path) -> tuple[Library, list[Lesson]]:
    return Library(root), read_lessons(root)


def outline(library: Library) -> Built:
    """The syllabus, built from the lessons' front matter."""
    return Built(library.root / "docs" / "syllabus.md", syllabus(read_lessons(library.root)))


def write(built: Built) -> bool:
    """Put a built file in its place; says whether that changed anything."""
    if differs(built):
        write_atomic(built.path, built.content)
        return True
    return False


def differs(built: Built) -> bool:
    """Whether the file on disk is absent or not the one that was built."""
    return not built.path.is_file() or built.path.read_text("utf-8") != built.content


def strays(root: Path) -> list[Path]:
    """Notebooks below ``notebooks/`` that no lesson is the source of."""
    known = {target(root, lesson, edition) for lesson in read_lessons(root) for edition in _EDITIONS}
    found = itertools.chain((root / "notebooks").glob("*.ipynb"), (root / "notebooks" / "instructor").glob("*.ipynb"))
    return sorted(path for path in found if path not in known)


def _notebook(lesson: Lesson, library: Library, lessons: list[Lesson], edition: Edition) -> Any:
    parts = [_opening(lesson, edition), "+++", text_of(lesson, library, edition), "+++"]
    if edition == "instructor" and (library.root / "exercises" / "keys" / f"{lesson.name}.yaml").is_file():
        parts += [answer_key(library, lesson.name), "+++"]
    parts += [_authorities(lesson, library, edition), "+++", _closing(lesson, lessons)]
    notebook = jupytext.reads("\n\n".join(parts), fmt="md:myst")
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": _KERNEL,
            "language_info": _LANGUAGE,
            "knowing_benefit": {"lesson": lesson.name, "edition": edition, "as_of": lesson.front.as_of},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]
    for place, cell in enumerate(notebook.cells):
        cell.id = f"{lesson.front.number:02d}-{place:03d}"
        # Readers cannot break what they cannot edit; answers are typed into the faces, not into cells.
        cell.metadata = nbformat.from_dict({"deletable": False, "editable": False})
        if cell.cell_type == "code":
            cell.metadata.jupyter = {"source_hidden": True}
            cell.metadata.tags = ["remove-input"]
            # Else Notebook 7 puts an output of more than a screen into a small box that scrolls by itself.
            cell.metadata.scrolled = False
    return notebook


def _opening(lesson: Lesson, edition: Edition) -> str:
    front = lesson.front
    minutes = f"{front.minutes.reading} minutes to read, {front.minutes.doing} to do"
    lines = [f"# Lesson {front.number}. {front.title}", "", f"*{front.promise}*", "", f"**Time.** {minutes}."]
    if edition == "instructor":
        lines += ["", "**Instructor edition.** Do not hand out: it holds notes on answers."]
    if front.prerequisites:
        lines += ["", f"**Before this.** {'; '.join(front.prerequisites)}."]
    lines += ["", "**Afterwards you can**", ""]
    lines += [f"{place}. {objective.text}" for place, objective in enumerate(front.objectives, 1)]
    if front.content_note:
        lines += ["", f"> **Content note.** {front.content_note}"]
    return "\n".join(lines)


def _authorities(lesson: Lesson, library: Library, edition: Edition) -> str:
    order = sources(lesson, library, edition)
    if not order:
        return ""
    rows = [f"| {_cell(one)} | {_kind(one)} | {badge(one.status)} |" for one in order]
    return "\n".join(
        [
            "## Authorities in this lesson",
            "",
            "Made from the text by machine. The badge says how we know what the source held or said.",
            "",
            "| Source | Kind | How we know |",
            "| :--- | :--- | :--- |",
            *rows,
        ]
    )


def _cell(one: Named) -> str:
    if not one.name:
        return one.reference
    name = f"*{one.name}*" if one.is_case else one.name
    return f"{name}, {one.reference}".replace("|", "\\|")


def _kind(one: Named) -> str:
    return one.kind.replace("-", " ")


def _closing(lesson: Lesson, lessons: list[Lesson]) -> str:
    later = next((one for one in lessons if one.front.number == lesson.front.number + 1), None)
    link = f"[Lesson {later.front.number}. {later.front.title}]({later.name}.ipynb)." if later else ""
    onward = " ".join(part for part in ("**Next.**", link, lesson.front.next or "") if part)
    return "\n".join(
        [
            "---",
            "",
            onward if onward != "**Next.**" else "",
            "",
            f"The law as checked on {lesson.front.as_of}. A course, not legal advice. Text: CC BY 4.0. Code: BSD-3-Clause. "
            "Statutes and opinions are in the public domain.",
        ]
    )


def _execute(notebook: Any, lesson: Lesson, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        notebook,
        timeout=_CELL_SECONDS,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        # The lesson must come out the same whoever builds it and whatever the shell says about colours and folders.
        client.execute(env={**os.environ, "PYTHONHASHSEED": "0", "KNOWING_BENEFIT_COURSE": "", "NO_COLOR": "1"})
    except CellExecutionError as problem:
        code = next(
            (cell.source for cell in notebook.cells if any(o.output_type == "error" for o in cell.get("outputs", []))),
            "",
        )
        offset = next((offset for found, offset in lesson.cells() if found == code), 0)
        raise CourseError(
            lesson.fault(offset, f"the cell fails: {problem.ename}: {problem.evalue}", "Run it to see why.")
        ) from None
    except (CellTimeoutError, DeadKernelError) as problem:
        what = (
            f"a cell took over {_CELL_SECONDS} seconds"
            if isinstance(problem, CellTimeoutError)
            else "the kernel died while the lesson ran"
        )
        raise CourseError(lesson.fault(0, what, "Run its cells one by one to see where.")) from None
    # The client stores the version of Python that ran the cells: another machine would build other bytes.
    notebook.metadata.language_info = nbformat.from_dict(_LANGUAGE)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
            output.pop("transient", None)
