"""CSV that every spreadsheet reads without asking, and in which no cell is a formula, whatever a student wrote."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

BEGINNING = b"\xef\xbb\xbf"
"""What goes before the first row: spreadsheets take UTF-8 for UTF-8 only where it is so marked."""


def cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula, whichever separator it believes in: ``'`` goes before what would begin one."""
    if not text.replace("\n", "").isprintable():
        text = "".join(map(_shown, text))
    return _FORMULA.sub("'", text)


# At the beginning, after a line's end, or after what some programs take to separate cells whatever the quotation marks
# say. The full-width signs are formulas to spreadsheets in East Asian languages.
_FORMULA = re.compile(r"(?:^|(?<=[\n;|\t]))(?=[^\S\n]*[=+\-@\uff1d\uff0b\uff0d\uff20]|\t)")


def _shown(letter: str) -> str:
    """A character as a score sheet has it: no controls, nothing invisible, one kind of space and of line end."""
    if letter.isprintable() or letter in "\n\t":
        return letter
    return {"Zs": " ", "Zl": "\n", "Zp": "\n", "Cf": ""}.get(
        unicodedata.category(letter), "" if letter == "\r" else "\ufffd"
    )


def row(cells: Iterable[str]) -> bytes:
    """One row: every cell safe, and in quotes."""
    return lines([cells])


def lines(rows: Iterable[Iterable[str]]) -> bytes:
    """Several rows."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(
        [cell(text) for text in one] for one in rows
    )
    return out.getvalue().encode("utf-8")


def document(rows: Iterable[Iterable[str]]) -> bytes:
    """A whole file."""
    return BEGINNING + lines(rows)
