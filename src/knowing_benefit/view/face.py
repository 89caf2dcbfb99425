"""The common part of everything interactive: one widget, three renderings, one ES module.

A face is shown in three ways, with the same JavaScript in each:

1. live, as an anywidget, in a front end that has a kernel;
2. in a built notebook that nobody has run, and in its HTML export: the ``text/html`` made by
   :meth:`Face.as_html` carries a readable static rendering, the module, its data and a small stand-in for the
   widget model;
3. as words (:meth:`Face.as_text`): what a terminal shows and what nbval compares.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar

import anywidget
import traitlets

from knowing_benefit.view.markup import asset

# The stand-in offers what anywidget's model offers, but for `send`: without a kernel nobody would answer, and a
# module can see from its absence that it must look for another way (see carrier.js).
STAND_IN = """
const standIn = (given) => {
  const values = { data: given.data, ...given.state }, heard = {};
  return {
    get: (name) => values[name],
    set: (name, value) => { values[name] = value; (heard["change:" + name] || []).forEach((f) => f()); },
    save_changes: () => {},
    on: (what, f) => { (heard[what] ||= []).push(f); },
    off: () => {},
  };
};
"""
"""What a face's module is given in place of a widget model where there is no kernel, as JavaScript."""

# It mounts every copy of the cell's output that is on the page, because JupyterLab may show one output in two places, and
# it waits for its element, because JupyterLab runs scripts before it puts their output on the page.
_MOUNT = """
{
  const given = %(data)s;
  %(stand_in)s
  let tries = 0;
  const mount = () => {
    const places = document.querySelectorAll('[data-kb-face="%(key)s"]:not([data-kb-live])');
    places.forEach((el) => { el.dataset.kbLive = ""; el.replaceChildren(); render({ model: standIn(given), el }); });
    if (!places.length && tries++ < 100) setTimeout(mount, 50);
  };
  mount();
}
"""


class Face(anywidget.AnyWidget):
    """Base of the lab, the timeline, the statute, the exercise and the brief.

    A subclass names its files (``name = "lab"`` means ``lab.js`` and ``lab.css`` beside this module), fills
    :attr:`data` with plain JSON and says the same in words and in static HTML.

    Attributes:
        data: what the module needs, JSON-serialisable; never changed after it is made.
    """

    name: ClassVar[str]
    keeps_answers: ClassVar[bool] = False
    """Whether the module needs ``carrier.js``, which finds a place to keep answers."""
    parts: ClassVar[tuple[str, ...]] = ()
    """Further files that the module is made of, before its own, in this order."""
    without_scripts: ClassVar[str] = ""
    """What stands under the static rendering in a notebook; a page of the site says it in its own words."""
    state: ClassVar[tuple[str, ...]] = ()
    """Names of further synced traits that the module reads and sets."""

    data = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "name" in cls.__dict__:
            cls._esm = cls.module()
            cls._css = cls.style()
        super().__init_subclass__(**kwargs)

    @classmethod
    def module(cls) -> str:
        """The face's one ES module: the same bytes live, in a notebook and on a page."""
        return "\n".join([cls.shared(), *(asset(part) for part in [*cls.parts, f"{cls.name}.js"])])

    @classmethod
    def shared(cls) -> str:
        """What stands before the module's own code: helpers that several faces share."""
        return "\n".join(asset(part) for part in (["make.js", "carrier.js"] if cls.keeps_answers else ["make.js"]))

    @classmethod
    def style(cls) -> str:
        """The face's CSS, tokens first."""
        return cls.tokens() + asset(f"{cls.name}.css")

    @staticmethod
    def tokens() -> str:
        """The CSS that all faces begin with."""
        return asset("face.css")

    def as_text(self) -> str:
        """The face in words: complete, deterministic, and independent of any stored answers."""
        raise NotImplementedError

    def static(self) -> str:
        """The face as HTML to read without a script."""
        raise NotImplementedError

    def packed(self) -> str:
        """Data and state as JSON that may stand inside a ``<script>``."""
        given = {"data": self.data, "state": {name: getattr(self, name) for name in self.state}}
        return json.dumps(given, ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")

    def as_html(self) -> str:
        """A self-contained fragment that is alive wherever scripts may run, and readable where they may not."""
        packed = self.packed()
        key = f"{self.name}-{hashlib.sha256(packed.encode()).hexdigest()[:10]}"
        script = self.module() + _MOUNT % {"data": packed, "key": key, "stand_in": STAND_IN}
        told = f'<p class="kb-quiet">{self.without_scripts}</p>' if self.without_scripts else ""
        return (
            f"<style>{self.style()}</style>\n"
            f'<div class="kb kb-{self.name}" data-kb-face="{key}">{self.static()}{told}</div>\n'
            f'<script type="module">\n{script}</script>'
        )

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        view = {"version_major": 2, "version_minor": 1, "model_id": self.model_id}
        shown = {
            "text/plain": self.as_text(),
            "text/html": self.as_html(),
            "application/vnd.jupyter.widget-view+json": view,
        }
        return shown, {}

    def __repr__(self) -> str:
        return self.as_text()
