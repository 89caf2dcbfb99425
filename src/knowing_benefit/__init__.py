"""Knowing Benefit: a course on when a technology vendor answers for trafficking on a platform it serves.

What a lesson's cells may call is listed in ``_SHOWN`` and loaded when first asked for, so that
``import knowing_benefit`` alone loads neither pydantic nor matplotlib nor Jupyter.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_SHOWN = {
    "begin": "begin",
    "lab": "lab",
    "timeline": "timeline",
    "figure": "figure",
    "statute": "statute",
    "exercise": "exercise",
    "practice": "exercise",
    "ask": "exercise",
    "brief": "exercise",
    "drill": "exercise",
    "assignment": "exercise",
}


def __getattr__(name: str) -> Any:
    if name in _SHOWN:
        return getattr(import_module(f"knowing_benefit.view.{_SHOWN[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_SHOWN])


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tells Jupyter Server where the course's answers endpoint is (see ``view/server.py``)."""
    return [{"module": "knowing_benefit.view.server"}]
