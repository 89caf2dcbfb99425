"""Faces that keep answers: the kernel's end of ``carrier.js``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from knowing_benefit.assess.messages import reply
from knowing_benefit.view.face import Face


class AnsweringFace(Face):
    """A face whose module sends messages about answers.

    Where the page comes from a Jupyter server with the course's extension they go there; here arrive those of any other
    front end that has a kernel.
    """

    keeps_answers = True

    def __init__(self, root: Path, data: dict[str, Any]) -> None:
        self._root = root
        super().__init__(data=data)
        self.on_msg(self._heard)

    def _heard(self, _: object, message: Any, __: object) -> None:
        self.send(reply(self._root, message))
