"""What all faces share, in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from knowing_benefit.view.begin import begin
from knowing_benefit.view.exercise import ask, brief, drill, exercise, practice
from knowing_benefit.view.face import Face
from knowing_benefit.view.lab import lab
from knowing_benefit.view.statute import statute
from knowing_benefit.view.timeline import timeline

FACES: dict[str, Callable[[], Face]] = {
    "begin": lambda: begin("01_the_case"),
    "lab": lambda: lab("gg-as-pleaded"),
    "timeline": timeline,
    "statute": lambda: statute("usc-18-1595", "a"),
    "brief": lambda: brief("01_the_case"),
    "exercise": lambda: exercise("03_four_elements"),
    "practice": lambda: practice("05_section_230"),
    "ask": lambda: ask("03_four_elements", "a1"),
    "drill": lambda: drill("cloud-host"),
}

STYLES = """() => [...document.querySelectorAll('.kb, .kb *')].map(one => {
  const style = getComputedStyle(one), names = ['font', 'color', 'background-color', 'margin', 'padding', 'border-top', 'border-left',
    'display', 'position', 'min-width', 'max-width', 'min-height', 'text-align', 'white-space', 'cursor', 'flex', 'accent-color'];
  return [`${one.tagName.toLowerCase()}.${one.className.baseVal ?? one.className}`, names.map(name => `${name} ${style.getPropertyValue(name)}`)];
})"""


@pytest.mark.browser
@pytest.mark.parametrize("name", FACES)
def test_another_face_beside_it_changes_nothing(name: str, open_html: Callable[..., Any]) -> None:
    """In JupyterLab every kind of face brings the common stylesheet again, after those of the others."""
    page = open_html(FACES[name]().as_html()).page
    page.wait_for_selector("[data-kb-live] > *", state="attached")
    page.wait_for_timeout(500)
    before = page.evaluate(STYLES)
    page.evaluate(
        f"document.body.append(Object.assign(document.createElement('style'), {{textContent: {json.dumps(Face.tokens())}}}))"
    )
    after = page.evaluate(STYLES)
    differ = {
        f"{element}: {was} to {now}"
        for (element, old), (_, new) in zip(before, after, strict=True)
        for was, now in zip(old, new, strict=True)
        if was != now
    }
    assert not differ, "\n".join(sorted(differ))
