"""Reading what authors write: YAML with line numbers, faults that name file, line and mend.

Everything that a person edits (cases, readings, questions, lessons' front matter) comes in through
:func:`load`. A mistake becomes a :class:`Fault`, never a traceback.

The YAML accepted here is a small, safe part of YAML 1.2: ``true`` and ``false`` are the only booleans, so
that ``yes``, ``no``, numbers and dates stay words until a model asks for more; no anchors, aliases or tags; no key twice.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeVar

import pydantic
import yaml

MAX_BYTES = 4 * 1024 * 1024
"""A source file larger than this (in bytes) is refused: no lesson or case needs it."""

MAX_DEPTH = 40
"""Deepest nesting of lists and mappings that is read."""

MAX_PARTS = 200_000
"""Most keys, values, lists and mappings that one file may hold: fifty times the largest file of the course."""

Status = Literal["verified", "secondary", "unverified"]
"""How a statement is known: court or statute words seen; commentary only; inference only."""

Loc = tuple[str | int, ...]
"""A place inside a document: keys and list positions from the top down."""

M = TypeVar("M", bound=pydantic.BaseModel)


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in one place, and how to mend it.

    Attributes:
        file: where; empty for what is wrong in no file, such as a port that is taken.
    """

    file: str
    line: int
    what: str
    mend: str = ""

    def __str__(self) -> str:
        tail = f" {self.mend}" if self.mend else ""
        line = f":{self.line}" if self.line else ""
        where = f"{self.file}{line}: " if self.file else ""
        return f"{where}{self.what}{'' if self.what.endswith(('?', '.')) else '.'}{tail}"


class CourseError(Exception):
    """Bad input, told as a list of faults. The command line prints them and exits with 2."""

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: list[Fault] = [faults] if isinstance(faults, Fault) else list(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[CourseError], tuple[list[Fault]]]:
        """Lets it pass from one process to another with its faults."""
        return type(self), (self.faults,)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback (an IPython convention)."""
        return str(self).split("\n")


class Misplaced(ValueError):
    """A mistake that a model's own check finds: like ``ValueError``, but told at the line of a part below the model."""

    def __init__(self, what: str, *loc: str | int) -> None:
        self.loc = loc
        super().__init__(what)


class Record(pydantic.BaseModel):
    """Base of every model read from a file: no unknown fields, no silent conversion, not changeable."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


@dataclass(frozen=True)
class Document:
    """A YAML file as plain data, and the line on which each part stands. Shared by all who read it: not to be changed."""

    path: Path
    data: Any
    lines: dict[Loc, int]

    def line(self, loc: Sequence[str | int] = ()) -> int:
        """Line (from 1) of the place ``loc``, or of the nearest enclosing place that is there."""
        key = tuple(loc)
        while key not in self.lines and key:
            key = key[:-1]
        return self.lines.get(key, 1)

    def fault(self, loc: Sequence[str | int], what: str, mend: str = "") -> Fault:
        """A fault at the place ``loc`` of this document."""
        return Fault(shown(self.path), self.line(loc), what, mend)


def shown(path: Path) -> str:
    """A path as people should see it: from the working directory where that is shorter."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def nearest(word: str, known: Iterable[str]) -> str:
    """The mend for a mistyped name: ``Did you mean …?``, or an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}?" if close else ""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader (in C where it is built) with the YAML 1.2 notion of a boolean."""


# Only null and true/false are resolved; the models turn "12" into a number where they want one.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read_text(path: Path) -> str:
    """Read one source file as text.

    Raises:
        CourseError: unreadable, too large, or not UTF-8.
    """
    name = shown(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            what = f"the file is larger than {MAX_BYTES // 2**20} MB"
            raise CourseError(Fault(name, 1, what, "Split it, or check that it is the right file."))
        raw = path.read_bytes()
    except OSError as problem:
        what = f"the file cannot be read ({problem.strerror or 'unknown reason'})"
        raise CourseError(Fault(name, 1, what, "Check its name and that you may read it.")) from None
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        mend = "Save it again with the encoding UTF-8."
        raise CourseError(Fault(name, line, "the file is not UTF-8 text", mend)) from None


def read_yaml(path: Path) -> Document:
    """Read one YAML file.

    Raises:
        CourseError: unreadable, too large, wrong encoding, not YAML, anchors or tags, a key twice, too deep.
    """
    return parse_yaml(read_text(path), path)


@lru_cache(maxsize=1024)
def parse_yaml(text: str, path: Path, skipped: int = 0) -> Document:
    """Parse YAML that stands in ``path`` after ``skipped`` lines (a lesson's front matter, or a whole file).

    A check asks for most files twice, as a model and for its lines: what was parsed is kept by its text.

    Raises:
        CourseError: as for :func:`read_yaml`.
    """
    name = shown(path)

    def stop(line: int, what: str, mend: str) -> CourseError:
        return CourseError(Fault(name, line + skipped, what, mend))

    try:
        # Events come one at a time, so an alias bomb is met before anything is built from it.
        depth = 0
        for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise stop(line, "anchors (&) and aliases (*) are not used here", "Write the text out in full.")
            tag = getattr(event, "tag", None)
            if tag not in (None, "!"):
                raise stop(line, f"the tag {tag!r} is not used here", "Remove it, or put the text in quotes.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise stop(line, f"nested more than {MAX_DEPTH} levels deep", "Check the indentation.")
            if count > MAX_PARTS:
                raise stop(
                    line, f"more than {MAX_PARTS:,} parts in one file", "Split it, or check that it is the right file."
                )
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        if problem.context_mark and "end of stream" in (problem.problem or ""):
            # A quotation mark that is never closed: the place to look is where it opens, not where the file ends.
            mark = problem.context_mark
        line = mark.line + 1 if mark else 1
        what = f"not valid YAML: {problem.problem or problem.context}"
        tabbed = line <= text.count("\n") + 1 and "\t" in text.split("\n")[line - 1]
        mend = "Use spaces, not tabs, to indent." if tabbed else "Check indentation, colons and quotes near this line."
        raise stop(line, what, mend) from None
    except yaml.YAMLError as problem:
        what = f"not valid YAML: {str(problem).splitlines()[0]}"
        odd = yaml.reader.Reader.NON_PRINTABLE.search(text)
        line = text.count("\n", 0, odd.start()) + 1 if odd else 1
        raise stop(line, what, "Delete the character: it cannot be seen in most editors.") from None
    if root is None:
        raise stop(1, "the file is empty", "Fill it in, or delete it.")

    lines: dict[Loc, int] = {}
    wrong: list[Fault] = []
    maker = _Loader("")

    def build(node: yaml.Node, loc: Loc) -> Any:
        lines.setdefault(loc, node.start_mark.line + 1 + skipped)
        if isinstance(node, yaml.SequenceNode):
            return [build(child, (*loc, place)) for place, child in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key_node, value_node in node.value:
                line = key_node.start_mark.line + 1 + skipped
                if not isinstance(key_node, yaml.ScalarNode):
                    wrong.append(Fault(name, line, "a key is a list or a mapping", "Use a word as the key."))
                    continue
                key = str(key_node.value)
                if key in found:
                    wrong.append(Fault(name, line, f"the key {key!r} stands twice", "Keep one of them."))
                lines[(*loc, key)] = line
                found[key] = build(value_node, (*loc, key))
            return found
        return maker.construct_object(node)

    try:
        data = build(root, ())
    finally:
        maker.dispose()
    if wrong:
        raise CourseError(wrong)
    return Document(path, data, lines)


_PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is not a field here",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "bool_type": "must be true or false",
}


_WHOLE: Any = object()


def validated(document: Document, model: type[M], loc: Sequence[str | int] = (), data: Any = _WHOLE) -> M:
    """Check ``data`` (by default the whole document), which stands at ``loc``, against a pydantic model.

    Raises:
        CourseError: one fault for each thing that does not fit, with its line.
    """
    given = document.data if data is _WHOLE else data
    try:
        return model.model_validate(given)
    except pydantic.ValidationError as problem:
        raise CourseError([_as_fault(document, tuple(loc), error, model) for error in problem.errors()]) from None


def _as_fault(document: Document, base: Loc, error: Any, model: type[pydantic.BaseModel]) -> Fault:
    place = base
    for step in error["loc"]:
        # pydantic also names the branch of a union that it tried: such steps stand nowhere in the file.
        place = (*place, step) if (*place, step) in document.lines else place
    here = [*place[len(base) :], *(error["loc"][-1:] if error["type"] == "missing" else ())]
    field = ".".join(str(step) for step in here) or (str(base[-1]) if base else "this file")
    kind = str(error["type"])
    if kind == "value_error":
        problem = error["ctx"]["error"]
        return document.fault((*place, *getattr(problem, "loc", ())), f"{field}: {problem}")
    if kind == "literal_error":
        expected = str(error["ctx"]["expected"])
        names = re.findall(r"'([^']+)'", expected)
        return document.fault(
            place, f"{field}: {error['input']!r} is not one of {expected}", nearest(str(error["input"]), names)
        )
    if kind == "extra_forbidden" and len(error["loc"]) == 1:
        return document.fault(
            place, f"{field!r} is not a field here", nearest(field, model.model_fields) or "Remove it."
        )
    return document.fault(place, f"{field} {_PLAIN.get(kind) or error['msg'][:1].lower() + error['msg'][1:]}")


def load(path: Path, model: type[M]) -> M:
    """Read and validate one file.

    Raises:
        CourseError: with one fault per mistake.
    """
    return validated(read_yaml(path), model)


def load_folder(folder: Path, model: type[M]) -> dict[str, M]:
    """Every ``*.yaml`` of a folder, by its ``id``, which must equal the file's name.

    Raises:
        CourseError: with the faults of all files together.
    """
    found: dict[str, M] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            document = read_yaml(path)
            record = validated(document, model)
        except CourseError as problem:
            faults.extend(problem.faults)
            continue
        name = str(getattr(record, "id", ""))
        if name != path.stem:
            faults.append(
                document.fault(
                    ("id",), f"the id is {name!r} but the file is named {path.name!r}", "Make them the same."
                )
            )
        found[name] = record
    if faults:
        raise CourseError(faults)
    return found


def write_atomic(path: Path, content: str | bytes, *, private: bool = False, lasting: bool = True) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part, even after a crash.

    Args:
        private: for nobody but the user who runs the course: answers, on a computer that several people use.
        lasting: when this returns, the file survives a power cut. Whoever writes hundreds of files and can do it again may leave
            that to one ``os.sync`` at the end, which is many times faster.

    Raises:
        OSError: the folder cannot be written; the old file is untouched.
    """
    with written_atomic(path, private=private, lasting=lasting) as stream:
        stream.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def written_atomic(path: Path, *, private: bool = False, lasting: bool = True) -> Iterator[BinaryIO]:
    """The same for what is too large to hold: a stream whose content becomes the file when the block ends well.

    Args:
        private, lasting: as in :func:`write_atomic`.

    Raises:
        OSError: the folder cannot be written; the old file is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            if lasting:
                os.fsync(stream.fileno())
        # mkstemp makes files private; the rest of a course folder is shared like any other.
        if not private:
            os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    if lasting and os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
