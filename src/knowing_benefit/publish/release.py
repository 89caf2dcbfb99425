"""Hand-out folders that run by themselves: for students without a key, for instructors with everything; and folders for other
programs to take up (nbgrader, and the quizzes of Canvas and Moodle)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from knowing_benefit.assess.variants import DRAW, SECRET, release_value
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, Fault, read_text, write_atomic
from knowing_benefit.publish import quiz
from knowing_benefit.view.exercise import SELF_PACED_KEYS

_COMMON = (
    "course.py",
    "pyproject.toml",
    "constraints.txt",
    "LICENSE",
    "LICENSE-text.md",
    "CITATION.cff",
    "README.md",
    "docs/images/*",
    "src/knowing_benefit/**/*",
    "data/**/*",
    "exercises/*.yaml",
    "exercises/practice/*.yaml",
    "exercises/inline/*.yaml",
    "exercises/briefs/*.yaml",
    "exercises/inline/*.yaml",
    "notebooks/*.ipynb",
)
_COPIED: dict[str, tuple[str, ...]] = {
    # Lessons stay out of the student's copy: the notes for the instructor stand in them.
    "student": _COMMON,
    # Its keys come under another name, where only this edition looks for them.
    "selfpaced": _COMMON,
    "instructor": (
        *_COMMON,
        "lessons/*.md",
        "exercises/keys/*.yaml",
        "notebooks/instructor/*.ipynb",
        "docs/*.md",
        "deploy/**/*",
    ),
}
"""What an edition holds that is a course folder, as patterns below this one."""


_README = """# Knowing Benefit

A law-school course in notebooks: when does a technology vendor answer for trafficking on a platform it serves? It asks for no programming.

![The lab: a case on the left whose facts can be changed, the court's answer on the right, element by element](docs/images/lab.png)

In this folder, in a terminal (on Windows: the command prompt):

```
python3 course.py open     # makes its own environment, installs, and opens lesson 0 in JupyterLab
```

It needs Python 3.11 or newer, on Linux, macOS or Windows (there it may be called `py`), and the first time a network (about 500 MB). The
second start takes seconds. Lesson 0 explains the rest. Nothing has to be run or written in code: labs answer at once, and each answer is on
disk, in the folder `answers/`, when the page says *Saved*. To go on elsewhere, move the whole folder.

{own}

The course is not legal advice. Code: BSD-3-Clause (`LICENSE`). Course text, questions and data: CC BY 4.0 (`LICENSE-text.md`).
"""
_OWN = {
    "student": "To hand in, type your exam number under the exercise; one file appears in `hand-in/`. It names the number and nobody's name.",
    "selfpaced": "Every question explains itself after you answer, graded ones too, and your score is kept. Nothing is handed in.",
}
"""What the README of a reader's copy says of that edition; the course's own speaks to those who teach and write."""
_UNTESTED = {
    "## Two commands\n": "## One command\n",
    "python3 course.py test     # everything the tests need, then all tests\n": "",
    "They need Python": "It needs Python",
    "the first command\non this page": "the command\nabove",
    "Run the first command.": "Run that command.",
}
"""What in the course's own README is otherwise in a copy for instructors, which has no tests."""


def _for_nbgrader(library: Library) -> Iterable[tuple[str, bytes]]:
    # Here, because it takes over a second to import, which every start of a student's server on a hub would wait for.
    from knowing_benefit.publish import nbgrader

    return nbgrader.course(library)


_MADE: dict[str, Callable[[Library], Iterable[tuple[str, bytes]]]] = {"nbgrader": _for_nbgrader, "quiz": quiz.files}
"""Editions for other programs: what makes their files."""

EDITIONS = (*_COPIED, *_MADE)

MANIFEST = "release.json"

_PLACES = {pattern.partition("/")[0] for patterns in _COPIED.values() for pattern in patterns}
"""The files and folders at the top of a course that a release may touch: answers are not among them."""

_PLACES_MADE = {
    "nbgrader": {"nbgrader_config.py", "README.md", "source", "keys"},
    "quiz": {"README.md", "canvas", "moodle"},
}
"""The same for what is made for other programs: what they put beside it (nbgrader's gradebook) is not among them."""


def release(library: Library, edition: str, folder: Path) -> int:
    """Make or update a hand-out folder.

    An earlier release in the same folder is updated: files that the new one no longer has are removed, and whatever
    the release did not put there (answers, hand-ins) is left alone.

    Returns:
        The number of files of the release.

    Raises:
        CourseError: no such edition; the folder holds something else; it lies inside what is released.
    """
    if edition not in EDITIONS:
        mend = f"There are: {', '.join(EDITIONS)}."
        raise CourseError(Fault("release", 0, f"there is no edition {edition!r}", mend))
    target = folder.resolve()
    if any(target.is_relative_to(library.root / place) for place in _PLACES):
        what = "this folder is part of what is released"
        raise CourseError(Fault(folder.as_posix(), 0, what, "Name a folder outside the course."))
    before = _earlier(folder, edition)
    files: dict[str, Path | bytes] = dict(_MADE[edition](library)) if edition in _MADE else _copied(library, edition)
    _put(folder, edition, before, files)
    return len(files)


def receive(source: Path, folder: Path) -> bool:
    """Make or bring up to date one person's copy of a released folder, from the folder itself.

    As with a release, answers, hand-ins and notes stay as they are. A notebook that its owner has changed is kept beside the new
    one, under the name ``… (yours).ipynb``.

    Args:
        source: a folder that ``release`` made; nothing is written there.
        folder: the copy; it must not exist, or be an earlier copy.

    Returns:
        Whether there was anything to bring: not if the copy is of this release already.

    Raises:
        CourseError: ``source`` is no release; the folder holds something else.
        OSError: one of them cannot be read, or the copy not be written.
    """
    manifest = _manifest(source)
    if manifest is None:
        raise CourseError(Fault(source.as_posix(), 0, "this is no released folder", "Make it: course release student."))
    edition, files = str(manifest["edition"]), {str(name) for name in manifest["files"]}
    before = _earlier(folder, edition)
    if manifest.get("made") and manifest["made"] == (_manifest(folder) or {}).get("made"):
        return False
    _put(folder, edition, before, {name: source / name for name in sorted(files)})
    return True


def _put(folder: Path, edition: str, before: set[str], files: Mapping[str, Path | bytes]) -> None:
    """Write a release's files, and remove those of the earlier one that it no longer has."""
    digests = _digests(folder)
    # The list comes first: a release that is interrupted can be taken up again, and is known for what it is.
    _list(folder, edition, files.keys() | before, digests)
    made = hashlib.sha256()
    for name, content in sorted(files.items()):
        raw = content.read_bytes() if isinstance(content, Path) else content
        made.update(f"{name}\0{len(raw)}\0".encode() + raw)
        target = folder / name
        if target.is_symlink() or not target.is_file() or target.read_bytes() != raw:
            _set_aside(target, digests.get(name))
            write_atomic(target, raw, lasting=False)
        if name.endswith(".ipynb"):
            digests[name] = hashlib.sha256(raw).hexdigest()
    for name in before - files.keys():
        _set_aside(folder / name, digests.get(name))
        (folder / name).unlink(missing_ok=True)
    # The list says that all is there, so it must not outlive the files in a power cut.
    if hasattr(os, "sync"):
        os.sync()
    _list(folder, edition, files, {name: digests[name] for name in files if name in digests}, made.hexdigest())


def _set_aside(notebook: Path, digest: str | None) -> None:
    """Copy a notebook that its owner has changed to a free name beside it.

    Args:
        digest: of what the release had put there; ``None`` where nobody knows, or for what is no notebook.
    """
    if digest is None or not notebook.is_file() or hashlib.sha256(notebook.read_bytes()).hexdigest() == digest:
        return
    number = 1
    while (free := notebook.with_stem(f"{notebook.stem} (yours{f' {number}' if number > 1 else ''})")).exists():
        number += 1
    shutil.copyfile(notebook, free)


def after(edition: str) -> str:
    """What to do with an edition's folder, in a sentence."""
    if edition in _MADE:
        return "What to do with them stands in its README.md. They hold keys: give them to no student."
    return "To open it: python3 course.py open, in that folder."


def sources(library: Library, edition: str) -> dict[str, Path]:
    """The files of this course that an edition holds, by their names in it."""
    found = {
        path.relative_to(library.root).as_posix(): path
        for pattern in _COPIED[edition]
        for path in sorted(library.root.glob(pattern))
        if path.is_file() and "__pycache__" not in path.parts
    }
    if edition == "selfpaced":
        # Reasons are shown after each answer, so the keys are there. Notes for instructors are not.
        keys = sorted((library.root / "exercises" / "keys").glob("*.yaml"))
        found |= {f"{SELF_PACED_KEYS}/{path.name}": path for path in keys}
    return found


def _copied(library: Library, edition: str) -> dict[str, Path | bytes]:
    found: dict[str, Path | bytes] = dict(sources(library, edition))
    value = release_value(library.root)
    if edition == "instructor":
        # With the secret, so that papers are drawn and graded here as in the folder from which students had theirs.
        found[SECRET.as_posix()] = library.root / SECRET
    else:
        found[DRAW.as_posix()] = f"{value}\n".encode()
    if edition == "instructor":
        # The tests are not in it.
        text = read_text(library.root / "README.md")
        for ours, theirs in _UNTESTED.items():
            text = text.replace(ours, theirs)
        found["README.md"] = text.encode()
    if edition in _OWN:
        found["README.md"] = _README.replace("{own}", _OWN[edition]).encode()
    return found


def _list(folder: Path, edition: str, files: Iterable[str], notebooks: Mapping[str, str], made: str = "") -> None:
    """Write the list of a release.

    Args:
        notebooks: the digest of each notebook as the release wrote it, which tells whether its owner has changed it since.
        made: a digest of the whole; empty while the release is under way.
    """
    given = {"edition": edition, "files": sorted(files), "made": made, "notebooks": dict(sorted(notebooks.items()))}
    write_atomic(folder / MANIFEST, json.dumps(given, indent=1) + "\n")


def _manifest(folder: Path) -> dict[str, Any] | None:
    """The list of the release in a folder; ``None`` if there is none that can be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        return {**manifest, "files": list(manifest["files"]), "edition": str(manifest["edition"])}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _digests(folder: Path) -> dict[str, str]:
    given = (_manifest(folder) or {}).get("notebooks")
    return {str(name): str(digest) for name, digest in given.items()} if isinstance(given, dict) else {}


def _earlier(folder: Path, edition: str) -> set[str]:
    """The files that an earlier release put into the folder; nothing if it is new or empty."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return set()
    manifest = _manifest(folder)
    if manifest is None:
        what = "there is something here already, and it is not an earlier release"
        raise CourseError(Fault(folder.as_posix(), 0, what, "Name a new folder."))
    files, earlier = {str(name) for name in manifest["files"]}, manifest["edition"]
    if earlier != edition:
        what = f"this folder holds the {earlier} edition"
        raise CourseError(Fault(folder.as_posix(), 0, what, f"Name another folder for the {edition} edition."))
    # The list could have been edited: only what really is in places that releases write to is ever removed.
    return files & {
        path.relative_to(folder).as_posix()
        for place in _PLACES_MADE.get(edition, _PLACES)
        for path in (folder / place, *(folder / place).rglob("*"))
        if path.is_file()
    }
