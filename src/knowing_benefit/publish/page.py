"""A lesson as HTML: the same Markdown as the notebooks are built from, with sources and terms as links and faces in place.

markdown-it-py reads it, with its plugins for MyST's roles, colon fences and block breaks. What is done here is only what a
lesson means by them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Any, Protocol

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

import knowing_benefit
from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish.lessons import BOXES, Edition, Lesson, statute_parts, text_of
from knowing_benefit.view.exercise import Questions
from knowing_benefit.view.face import STAND_IN, Face
from knowing_benefit.view.figure import Figure
from knowing_benefit.view.markup import asset, badge, escape

_HIDDEN = re.compile(r"<(script|style)\b.*?</\1>", re.S)
_TAG = re.compile(r"<[^>]+>")
_IN_NOTEBOOK = re.compile(r'href="(?:\.?/)?(\d\d_\w+)\.ipynb(#[^"]*)?"')

MOUNT = """
for (const el of document.querySelectorAll('[data-kb-face="%s"]')) {
  el.replaceChildren();
  render({ model: standIn(JSON.parse(el.nextElementSibling.textContent)), el });
}
"""
"""Brings every face of one kind on a page to life: each has its data in the element after it."""


WITHOUT_SCRIPTS = "This copy is for reading. To answer, open this page in a browser and allow its scripts."
"""What stands under questions until a script brings them to life."""


class Links(Protocol):
    """Where things are, seen from the page that is being written. None: it has no place there."""

    def source(self, name: str, part: str = "") -> str | None:
        """An authority's or a statute's page."""

    def term(self, name: str) -> str | None:
        """A term's place in the glossary."""

    def lesson(self, name: str) -> str | None:
        """A lesson's page, by the name of its file."""


@dataclass(frozen=True)
class Section:
    """A stretch of a page under one heading, for contents and search."""

    anchor: str
    title: str
    text: str


@dataclass
class Text:
    """A lesson's body, rendered.

    Attributes:
        terms: the terms of the glossary that it uses, in the order of first use.
    """

    html: str = ""
    sections: list[Section] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)


def slug(text: str) -> str:
    """A short name for an address: letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("’", "").replace("'", "")).strip("-") or "part"


def plain(html: str) -> str:
    """HTML as the words in it."""
    return " ".join(unescape(_TAG.sub(" ", _HIDDEN.sub(" ", html))).split())


def mark(status: str) -> str:
    """A badge small enough for running text: seen as a sign, heard as a word."""
    sign, word = badge(status).split(" ")
    return f'<span class="mark" title="{word}"><span aria-hidden="true">{sign}</span><span class="sr"> ({word})</span></span>'


def shown(code: str) -> Any:
    """What a lesson's one-line cell shows: the call after its import, with the words in it, and nothing else.

    Raises:
        ValueError: it is not such a line.
    """
    try:
        body = ast.parse(code).body
        call = body[-1].value if isinstance(body[-1], ast.Expr) else None
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError(code)
        words = [ast.literal_eval(one) for one in call.args]
        named = {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg}
    except (SyntaxError, IndexError, ValueError):
        raise ValueError(f"a cell is one line, an import and a call with plain words: {code!r}") from None
    if call.func.id not in dir(knowing_benefit):
        raise ValueError(f"there is nothing called {call.func.id!r}")
    return made(call.func.id, *words, **named)


@cache
def made(name: str, *words: Any, **named: Any) -> Any:
    """What a lesson's cell calls by this name, made once however often it is shown."""
    return getattr(knowing_benefit, name)(*words, **named)


@cache
def static(one: Shown) -> str:
    """What one reads of it without a script; made once."""
    return one.static()


Shown = Face | Figure
"""What a cell shows: alive, or a figure, which has no controls."""


def kind(one: Shown) -> str:
    """The name of its stylesheet and, if it is alive, of its module."""
    return one.name if isinstance(one, Face) else "figure"


def style(one: Shown) -> str:
    """Its own stylesheet, without the part that all begin with (:meth:`Face.tokens`)."""
    return one.style().removeprefix(Face.tokens()) if isinstance(one, Face) else asset("figure.css")


def place(one: Shown, anchor: str = "") -> str:
    """A face or figure on a page: readable as it is, and brought to life by :func:`scripts` at the page's end."""
    own = f' id="{anchor}"' if anchor else ""
    told = f'<p class="kb-quiet">{WITHOUT_SCRIPTS}</p>' if isinstance(one, Questions) else ""
    if isinstance(one, Figure):
        return f'<div class="kb kb-figure"{own}>{static(one)}</div>'
    return (
        f'<div class="kb kb-{one.name}"{own} data-kb-face="{one.name}">{static(one)}{told}</div>'
        f'<script type="application/json">{one.packed()}</script>'
    )


def scripts(shown: Sequence[Shown]) -> list[str]:
    """One module for each kind of face on a page, however often it stands there."""
    kinds = {face.name: face for face in shown if isinstance(face, Face)}
    return [face.module() + STAND_IN + MOUNT % name for name, face in kinds.items()]


def classic(face: Face) -> str:
    """The module of :func:`scripts` as a script that a page may load from a folder on disk, where browsers load no modules.

    Raises:
        ValueError: the module has an import or an export that this does not know.
    """
    body = re.sub(r"^export (?:default \{[^}]*\};?$|(?=function |const ))", "", face.module(), flags=re.M)
    if re.search(r"^(?:export|import)\b", body, flags=re.M):
        raise ValueError(f"{face.name}.js has an import or an export that cannot be taken out")
    return f'(() => {{\n"use strict";\n{body}{STAND_IN}{MOUNT % face.name}}})();\n'


def render(
    lesson: Lesson,
    library: Library,
    links: Links,
    show: Callable[[Any, str], str],
    *,
    folded: bool = True,
    prefix: str = "",
    edition: Edition = "student",
) -> Text:
    """The body of a lesson as HTML.

    Args:
        show: the HTML of what a cell shows, given that and an anchor for it.
        folded: whether answers to "before you read on" are folded away, as they cannot be on paper.
        prefix: stands before every anchor, where several lessons share a page.

    Raises:
        CourseError: a box, a role or a cell that is wrong, by the lesson's file and line.
    """
    # It finds what is wrong in boxes and roles, with the line.
    text_of(lesson, library, edition)
    written = Text()
    env: dict[str, Any] = {
        "lesson": lesson, "library": library, "links": links, "show": show, "folded": folded, "prefix": prefix,
        "edition": edition, "terms": written.terms, "anchors": {}, "tables": 0, "shown": [],
    }  # fmt: skip
    parser = _parser()
    tokens = parser.parse(lesson.body, env)
    parts: list[tuple[str, str, list[Token]]] = [("", "", [])]
    heads = _headings(tokens, env)
    for number, token in enumerate(tokens):
        if number in heads and token.tag == "h2":
            parts.append((*heads[number], []))
        parts[-1][2].append(token)
    out = []
    for anchor, title, own in parts:
        env["heading"] = title or lesson.front.title
        html = parser.renderer.render(own, parser.options, env)
        # No landmark: that would say every heading twice, and crowd out the few places that are one.
        out.append(f"<section>\n{html}</section>\n" if anchor else html)
        # What is to be found in faces has pages, or keys, of its own.
        for face in env["shown"]:
            html = html.replace(face, "")
        written.sections.append(Section(anchor, title, plain(re.sub(r"^<h2.*?</h2>", "", html))))
    written.html = "".join(out)
    return written


def markdown(text: str) -> str:
    """A text that is no lesson, such as the licence, as HTML."""
    env: dict[str, Any] = {"anchors": {}, "tables": 0, "heading": "this page"}
    tokens = _parser().parse(text, env)
    _headings(tokens, env)
    return str(_parser().renderer.render(tokens, _parser().options, env))


def _headings(tokens: Sequence[Token], env: Any) -> dict[int, tuple[str, str]]:
    """Give every heading an anchor: by its place among the tokens, the anchor and the title."""
    found = {}
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            title = plain(_parser().renderer.render(tokens[number + 1 : number + 2], _parser().options, env))
            found[number] = (_free(env.get("prefix", "") + slug(title), env["anchors"]), title)
            token.attrSet("id", found[number][0])
    return found


def cell_anchor(code: str, prefix: str, taken: dict[str, int]) -> str:
    """Where a cell stands on its page: ``cell-`` with what it calls, such as ``cell-practice``; of several, the later numbered."""
    return _free(f"{prefix}cell-{slug(code.rpartition('; ')[2].partition('(')[0])}", taken)


def _free(name: str, taken: dict[str, int]) -> str:
    count = taken[name] = taken.get(name, 0) + 1
    return name if count == 1 else f"{name}-{count}"


@cache
def _parser() -> MarkdownIt:
    # Curly apostrophes; double quotation marks stay as they are typed, because curly ones are kept for words on record.
    curly = {"xhtmlOut": True, "typographer": True, "quotes": '""‘’'}
    parser = MarkdownIt("commonmark", curly).enable(["table", "smartquotes"])
    parser.use(colon_fence_plugin).use(myst_role_plugin).use(myst_block_plugin)
    for name, rule in (
        ("myst_role", _role), ("colon_fence", _box), ("fence", _cell), ("myst_block_break", _nothing),
        ("myst_line_comment", _nothing), ("table_open", _table), ("table_close", _table_end), ("link_open", _link),
        ("th_open", _head), ("td_open", _first), ("td_close", _first), ("text", _text),
    ):  # fmt: skip
        parser.add_render_rule(name, rule)
    return parser


def inline(text: str, env: dict[str, Any] | None = None) -> str:
    """One line of Markdown as HTML, without a paragraph around it."""
    return str(_parser().renderInline(text, env if env is not None else {}))


def _nothing(*_: Any) -> str:
    return ""


def _role(_: RendererHTML, tokens: Sequence[Token], at: int, __: Any, env: Any) -> str:
    role, content = tokens[at].meta["name"], tokens[at].content
    links: Links = env["links"]
    if role == "term":
        entry = env["library"].glossary.find(content)
        if entry.term in env["terms"]:
            return escape(content)
        env["terms"].append(entry.term)
        return _linked(escape(content), links.term(entry.term), "term")
    name, part = statute_parts(content) if role == "statute" else (content, "")
    named = env["library"].named(name)
    if role == "statute":
        return _linked(f"{escape(named.reference)}{escape(part)}".replace(" ", "&#160;"), links.source(name, part))
    tag = "cite" if named.is_case else "span"
    called = named.short if role == "case" or not named.name else named.name
    link = _linked(f"<{tag}>{escape(called)}</{tag}>", links.source(name))
    if role == "case":
        return link
    return f"{link}, {escape(named.reference)} {mark(named.status)}"


def _linked(html: str, href: str | None, kind: str = "source") -> str:
    return f'<a class="{kind}" href="{escape(href)}">{html}</a>' if href else html


def _box(_: RendererHTML, tokens: Sequence[Token], at: int, __: Any, env: Any) -> str:
    token = tokens[at]
    found = re.match(r"\{([^}]*)\}\s*(.*)", token.info.strip())
    kind, title = (found[1], found[2].strip()) if found else ("", "")
    if kind == "instructor" and env["edition"] == "student":
        return ""
    html = _parser().render(token.content, env)
    named = inline(title, env)
    if kind == "predict" and env["folded"]:
        return (
            f'<details class="box box-predict"><summary><strong class="lead">{BOXES[kind]}.</strong> {named}</summary>\n'
            f'<div class="within">{html}</div></details>\n'
        )
    own = _free(f"{env['prefix']}box-{kind}", env["anchors"])
    html = f'<div class="within">{html}</div>' if kind == "predict" else html
    tail = f' <span class="box-title">{named}</span>' if title else ""
    return (
        f'<div class="box box-{kind}" role="note" aria-labelledby="{own}">'
        f'<p class="box-head" id="{own}"><strong class="lead">{BOXES[kind]}{"." if title else ""}</strong>{tail}</p>\n{html}</div>\n'
    )


def _cell(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    if not token.info.strip().startswith("{code-cell}"):
        return str(RendererHTML.fence(self, tokens, at, options, env))
    code = token.content.strip()
    lesson: Lesson = env["lesson"]
    offset = next((place for found, place in lesson.cells() if found == code), 0)
    try:
        html = str(env["show"](shown(code), cell_anchor(code, env["prefix"], env["anchors"])))
        env["shown"] += [html] if html else []
        return html + "\n"
    except ValueError as problem:
        raise CourseError(
            lesson.fault(offset, f"the cell cannot be shown: {problem}", "Compare another cell.")
        ) from None


def _table(_: RendererHTML, __: Sequence[Token], ___: int, ____: Any, env: Any) -> str:
    env["tables"] += 1
    label = escape(f"Table {env['tables']}, in “{env['heading']}”")
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>\n'


def _table_end(*_: Any) -> str:
    return "</table></div>\n"


def _head(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, _: Any) -> str:
    tokens[at].attrSet("scope", "col")
    return str(self.renderToken(tokens, at, options, _))


def _first(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, _: Any) -> str:
    """A cell; the first of a row names the row, for those who hear a table cell by cell."""
    opening = tokens[at].nesting == 1
    if tokens[at - (1 if opening else 3)].type == "tr_open":
        tokens[at].tag = "th"
        if opening:
            tokens[at].attrSet("scope", "row")
    return str(self.renderToken(tokens, at, options, _))


def _text(_: RendererHTML, tokens: Sequence[Token], at: int, *__: Any) -> str:
    """Text in which a section or paragraph sign stays with its number at the end of a line."""
    return re.sub(r"(?<=[§¶]) ", "\u00a0", escape(tokens[at].content))


def _link(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    html = str(self.renderToken(tokens, at, options, env))

    def moved(match: re.Match[str]) -> str:
        href = env["links"].lesson(match[1]) if "links" in env else None
        return f'href="{escape(href)}{match[2] or ""}"' if href else match[0]

    return _IN_NOTEBOOK.sub(moved, html)
