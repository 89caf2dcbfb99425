"""A reader without a mouse: answers whole exercises on a page by Tab, Space, Enter and the arrows alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from knowing_benefit.assess.kinds import Item, Key, Written

ESSAY = "Add a reply: k, j, m and dd stay letters.\nA second line."


class Keyboard:
    """Keys pressed in one face on a page; nothing is clicked, and focus is set by script only once, at its beginning.

    Args:
        face: what selects the face on the page.
    """

    def __init__(self, page: Any, face: str) -> None:
        self.page, self.face = page, face
        self.press = page.keyboard.press

    def at(self, test: str) -> bool:
        """Whether the focused element passes a test in JavaScript, in which it is called ``at``."""
        return bool(self.page.evaluate(f"() => {{ const at = document.activeElement; return Boolean({test}); }}"))

    def tab_to(self, test: str) -> None:
        """Press Tab until the focused element passes a test; whatever has the focus on the way must show it."""
        for _ in range(80):
            assert self.at(f"at.closest({json.dumps(self.face)})"), f"the focus left the exercise before {test}"
            if self.at(test):
                assert self.at("getComputedStyle(at).outlineStyle !== 'none'"), f"no focus to be seen on {test}"
                return
            self.press("Tab")
        raise AssertionError(f"Tab never reached {test}")

    def begin(self) -> None:
        """Put the focus where Tab would have brought it: on the first control of the first question."""
        self.page.locator(f"{self.face} .kb-item").first.locator("button, input, select, [tabindex='0']").first.focus()

    def answer(self, items: list[Item], keys: Mapping[str, Key], number: str) -> None:
        """Answer every question with the key's answer, in the order of the page; written ones with :data:`ESSAY`."""
        for place, item in enumerate(items):
            self._within = (
                f"at.closest('.kb-item') === document.querySelectorAll({json.dumps(self.face + ' .kb-item')})[{place}]"
            )
            right = ESSAY if isinstance(item, Written) else getattr(keys[item.id], "answer", None)
            getattr(self, f"_{item.kind}")(item, right, number)

    def hand_in(self, number: str) -> None:
        """Type the exam number under the exercise and press the button beside it."""
        self.tab_to("at.matches('.kb-handin input')")
        self.press("Control+a")
        self.page.keyboard.type(number)
        self.press("Tab")
        assert self.at("at.matches('.kb-handin button')")
        self.press("Enter")

    def _to(self, test: str) -> None:
        self.tab_to(f"{self._within} && ({test})")

    def _radio(self, value: str, group: str = "") -> None:
        self._to(f"at.type === 'radio' && at.name.endsWith({json.dumps(group)})")
        self.press("Space")
        for _ in range(12):
            if self.at(f"at.value === {json.dumps(value)} && at.checked"):
                return
            self.press("ArrowDown")
        raise AssertionError(f"the arrows never reached {value}")

    def _pick(self, value: str) -> None:
        for _ in range(12):
            if self.at(f"at.value === {json.dumps(value)}"):
                return
            self.press("ArrowDown")
        raise AssertionError(f"the arrows never reached {value}")

    def _one(self, item: Any, right: Any, number: str) -> None:
        self._radio(right)

    _predict = _one

    def _several(self, item: Any, right: Any, number: str) -> None:
        for option in item.options:
            if option.id in right:
                self._to(f"at.type === 'checkbox' && at.value === {json.dumps(option.id)}")
                self.press("Space")

    def _highlight(self, item: Any, right: Any, number: str) -> None:
        names = item.explained()
        for name in sorted(right, key=names.index):
            phrases = "[...at.closest('.kb-passage').querySelectorAll('.kb-phrase')]"
            self._to(f"at.matches('.kb-phrase') && {phrases}.indexOf(at) === {names.index(name)}")
            self.press("Space" if len(name) % 2 else "Enter")

    def _match(self, item: Any, right: Any, number: str) -> None:
        for place, left in enumerate(item.left):
            self._to(f"at.tagName === 'SELECT' && at.id.endsWith('-{place}')")
            self._pick(right[left.id])

    def _sort(self, item: Any, right: Any, number: str) -> None:
        for place, fact in enumerate(item.facts):
            rows = "[...at.closest('ul').children].indexOf(at.closest('li'))"
            self._to(f"at.tagName === 'SELECT' && {rows} === {place}")
            element, _, result = right[fact.id].partition("/")
            self._pick(element)
            if result:
                self.press("Tab")
                self._pick(result)

    def _order(self, item: Any, right: Any, number: str) -> None:
        order = [option.id for option in item.options]
        texts = {option.id: option.text.replace("*", "") for option in item.options}
        for place, name in enumerate(right):
            self._to(f"at.textContent.endsWith({json.dumps('Move up: ' + texts[name])})")
            for _ in range(order.index(name) - place):
                self.press("Enter")
            order.insert(place, order.pop(order.index(name)))
        if [option.id for option in item.options] == right:
            self._to("at.textContent === 'Keep this order'")
            self.press("Enter")

    def _typed(self, item: Any, right: Any, number: str) -> None:
        self._to("at.matches('input[type=text], textarea')")
        self.page.keyboard.type(str(right))

    _citation = _date = _number = _written = _typed

    def _factcheck(self, item: Any, right: Any, number: str) -> None:
        for half in ("verdict", "source"):
            self._radio(right[half], half)

    def _drawn(self, item: Any, right: Any, number: str) -> None:
        if self.page.locator(f"{self.face} .kb-of-drawn input[type=text]").count():
            self._to("at.type === 'text'")
            self.page.keyboard.type(number)
            self.press("Enter")
            self.page.wait_for_function(
                "() => document.activeElement.closest('.kb-of-drawn') && document.activeElement.tagName === 'SUMMARY'"
            )
        self._radio(right)
