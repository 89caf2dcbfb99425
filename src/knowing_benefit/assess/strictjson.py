"""JSON from a disk, a page or a student's file: read so that nothing in it can surprise what comes after.

Refused, each with a reason in plain words: other encodings than UTF-8, a key twice, NaN and infinities, fractions
(no format of ours has any), numbers of absurd length, nesting without end.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

DEEPEST = 20
"""Deepest nesting that is read; our own files have six levels."""


class NotJsonError(ValueError):
    """Why the bytes are not JSON that we read, as a clause that follows "the file"."""


def parse(raw: bytes) -> Any:
    """Read JSON bytes.

    Raises:
        NotJsonError: with the reason.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotJsonError("is not UTF-8 text") from None
    try:
        data = json.loads(text, object_pairs_hook=_pairs, parse_constant=_no_number, parse_float=_no_number)
    except RecursionError:
        raise NotJsonError("is nested too deep") from None
    except NotJsonError:
        raise
    except ValueError as problem:
        line = getattr(problem, "lineno", None)
        raise NotJsonError(f"is not JSON (line {line})" if line else "holds a number that is too long") from None
    if _deeper(data, DEEPEST):
        raise NotJsonError("is nested too deep")
    return data


def canonical(data: Any) -> bytes:
    """The one form of JSON data: keys sorted, no spaces, UTF-8. The same bytes as ``canonical`` in ``view/carrier.js``."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJsonError("has the same key twice")
    return found


def _no_number(_: str) -> NoReturn:
    raise NotJsonError("holds a number that is not a whole number")


def _deeper(data: Any, left: int) -> bool:
    level = [data]
    for _ in range(left + 1):
        nested = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [child for children in nested for child in children]
    return bool(level)
