"""What tests of the site share: an HTML reader that knows what a page promises."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr", "col"}
# What SVG closes by itself.
_SVG = {"path", "line", "rect", "circle", "use", "polygon", "polyline", "ellipse"}


@dataclass
class Read(HTMLParser):
    """One page: ids, links, headings, and whatever is not closed as it was opened."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    labelled: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    titles: int = 0
    lang: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._heading = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in _VOID and tag not in _SVG:
            self._open.append(tag)
        self.lang = given.get("lang", self.lang) if tag == "html" else self.lang
        self.titles += tag == "title"
        if "id" in given:
            self.ids.append(given["id"])
        self.labelled += given.get("aria-labelledby", "").split() + given.get("aria-describedby", "").split()
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        self.loads += [given[name] for name in ("src", "srcset", "poster", "data") if name in given]
        self.loads += [given["href"]] if tag == "link" else []
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
            self._heading = tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or tag in _SVG:
            return
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-3:]}")
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == self._heading:
            self._heading = ""

    def handle_data(self, data: str) -> None:
        if self._heading:
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    @property
    def left_open(self) -> list[str]:
        """Elements that were never closed."""
        return self._open


def read(html: str) -> Read:
    """Read a page."""
    found = Read()
    found.feed(html)
    found.close()
    return found
