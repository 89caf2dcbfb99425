"""What every page and face is written with: the files beside this module, badges, and text made safe. It loads no widget."""

from __future__ import annotations

import html
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def asset(name: str) -> str:
    """A script or stylesheet beside this module, as text that may be placed in an HTML element of its kind."""
    text = (_HERE / name).read_text("utf-8")
    if "</script" in text or "</style" in text:
        raise ValueError(f"{name} must not contain </script or </style: it is placed inside such an element")
    return text


def badge(status: str) -> str:
    """How a status is shown to readers: a mark and the word, so that neither stands alone."""
    return {"verified": "✓ verified", "secondary": "◐ secondary", "unverified": "○ unverified"}[status]


def badge_html(shown: str) -> str:
    """A badge in HTML: its mark is for the eye, its word for everybody."""
    sign, word = shown.split(" ")
    return f'<span aria-hidden="true">{sign} </span>{word}'


def escape(text: object) -> str:
    """Text made safe for HTML, attributes included."""
    return html.escape(str(text), quote=True)
