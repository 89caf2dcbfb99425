"""The site: every link leads somewhere, every page is well made, no key reaches a student, nothing is asked from outside."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from site_of import Read, read

from knowing_benefit.law.library import Library
from knowing_benefit.law.source import CourseError, read_yaml
from knowing_benefit.publish import site as making
from knowing_benefit.publish.lessons import read_lessons
from knowing_benefit.publish.page import inline

ROOT = Path(__file__).parents[2]
LIBRARY = Library(ROOT)
HEAVIEST = 600_000
"""No page of a lesson weighs more, in bytes, with everything that is in it."""
OPEN = (
    "exercises/*.yaml",
    "exercises/practice/*.yaml",
    "exercises/inline/*.yaml",
    "exercises/briefs/*.yaml",
    "data/**/*.yaml",
)
LONG = 9
"""A sentence of more words than this is nobody's turn of phrase: found elsewhere, it was copied."""


@pytest.fixture(scope="module")
def files() -> dict[str, str | bytes]:
    """The site for students."""
    return making.build(LIBRARY, "student")


@pytest.fixture(scope="module")
def pages(files: dict[str, str | bytes]) -> dict[str, Read]:
    """Its pages, read."""
    return {name: read(str(content)) for name, content in files.items() if name.endswith(".html")}


# -- What is there -----------------------------------------------------------------------------------------------------


def test_everything_has_a_page(pages: dict[str, Read]) -> None:
    wanted = {f"lessons/{lesson.front.slug}.html" for lesson in read_lessons(ROOT)}
    wanted |= {f"authorities/{name}.html" for name in LIBRARY.authorities}
    wanted |= {f"statutes/{name}.html" for name in LIBRARY.statutes}
    wanted |= {f"labs/{name}.html" for name in LIBRARY.hypotheticals}
    names = "index road labs authorities glossary circuits contested readings timeline figures search progress about how-we-know licence accessibility"
    assert wanted | {f"{name}.html" for name in names.split()} <= pages.keys()


def test_the_first_page_links_to_the_notebooks_only_when_told_where(files: dict[str, str | bytes]) -> None:
    assert "run in a browser" not in str(files["index.html"])
    site = making.Site(LIBRARY, "student", "../lite/index.html")
    making._home(site)
    assert "../lite/index.html" in read(str(site.files["index.html"])).links


def test_addresses_that_were_once_given_out_still_lead_to_a_page(pages: dict[str, Read]) -> None:
    # Add to this list, take nothing from it: somebody's syllabus has these addresses.
    for name in (
        "index",
        "lessons/start_here",
        "lessons/the_case",
        "labs/gg-as-pleaded",
        "authorities/gg-salesforce-7th-2023",
    ):
        assert f"{name}.html" in pages


def test_an_authority_s_page_says_what_it_held_how_we_know_and_where_it_is_used(files: dict[str, str | bytes]) -> None:
    html = str(files["authorities/gg-salesforce-7th-2023.html"])
    one = LIBRARY.authorities["gg-salesforce-7th-2023"]
    text = making.plain(html)
    assert " ".join(one.holding.split()) in text
    assert one.how_known in text
    assert all(f"“{' '.join(quote.text.split())}”" in text for quote in one.quotes)
    for kind, href in (
        ("Lessons", "../lessons/the_case.html"),
        ("Readings", "../readings.html#ca7-gg-majority"),
        ("Questions", "../lessons/the_case.html#cell-exercise"),
        ("Courts", "../circuits.html#venture-ca7"),
        ("Figures", "../lessons/dissent.html#cell-figure"),
        ("Contested", "../contested.html#q1-venture"),
    ):
        assert f"<dt>{kind}</dt>" in html
        assert f'href="{href}"' in html, href


def test_a_statute_s_page_marks_what_each_act_changed(files: dict[str, str | bytes]) -> None:
    html = str(files["statutes/usc-18-1595.html"])
    added = re.findall(r"<ins>(.*?)</ins>", html)
    assert any("attempts or conspires to benefit" in words for words in added)
    assert 'id="sub-a"' in html


def test_a_lesson_s_page_has_its_head_its_text_and_its_questions(files: dict[str, str | bytes]) -> None:
    lesson = next(one for one in read_lessons(ROOT) if one.front.slug == "the_case")
    html = str(files["lessons/the_case.html"])
    text = making.plain(html)
    assert lesson.front.promise in text
    assert all(one.text in text for one in lesson.front.objectives)
    assert f"{lesson.front.minutes.reading} minutes to read" in text
    assert "For the instructor" not in text
    assert "Minute plan" not in text
    questions = re.findall(r"; (ask|brief|practice|exercise|drill)\b", "\n".join(code for code, _ in lesson.cells()))
    assert {"practice", "exercise"} <= set(questions)
    assert html.count('<div class="kb kb-exercise"') == len(questions)
    assert html.count("assets/exercise.js") == 1, "one script for all of them"
    assert "{cite}" not in html
    assert ":::" not in html
    assert "code-cell" not in html


def test_quotation_marks_stay_what_they_were(files: dict[str, str | bytes]) -> None:
    html = str(files["lessons/the_case.html"])
    assert inline('a "split"') == "a &quot;split&quot;", (
        "curly marks are for words on record: none is made of a straight one"
    )
    assert "Judge Andrea Wood’s opinion" in html


# -- How it is made ----------------------------------------------------------------------------------------------------


def test_every_link_inside_the_site_leads_to_a_page_and_a_place(
    pages: dict[str, Read], files: dict[str, str | bytes]
) -> None:
    broken = []
    for name, page in pages.items():
        for href in page.links:
            parts = urlsplit(href)
            if parts.scheme in ("http", "https", "mailto"):
                continue
            target = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path))) if parts.path else name
            )
            if target not in files or (parts.fragment and parts.fragment not in [*pages[target].ids, "main"]):
                broken.append(f"{name}: {href}")
    assert not broken


def test_what_search_finds_is_there(pages: dict[str, Read], files: dict[str, str | bytes]) -> None:
    script = str(files["assets/search-index.js"])
    places = json.loads(script[script.index("[") : script.rindex("]") + 1])
    kinds = {kind for kind, *_ in places}
    assert {"Lesson", "Authority", "Statute", "Term", "Lab", "Court", "Contested", "Reading", "Figure", "Page"} == kinds
    for _, title, _, path, text in places:
        page, _, anchor = path.partition("#")
        assert page in pages
        assert not anchor or anchor in pages[page].ids, path
        assert title
        assert text, path


def test_pages_are_well_formed(pages: dict[str, Read]) -> None:
    for name, page in pages.items():
        assert not page.faults, (name, page.faults[:3])
        assert not page.left_open, name
        assert page.lang == "en"
        assert page.titles >= 1
        twice = {one for one in page.ids if page.ids.count(one) > 1}
        assert not twice, (name, twice)
        assert set(page.labelled) <= set(page.ids), name


def test_headings_go_down_one_step_at_a_time(pages: dict[str, Read]) -> None:
    for name, page in pages.items():
        levels = [level for level, _ in page.headings]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        for (before, _), (after, text) in zip(page.headings, page.headings[1:], strict=False):
            assert after <= before + 1, (name, text)
        assert all(text.strip() for _, text in page.headings), name


def test_nothing_is_loaded_from_outside(pages: dict[str, Read], files: dict[str, str | bytes]) -> None:
    for name, page in pages.items():
        for address in page.loads:
            assert not urlsplit(address).netloc, (name, address)
            if not address.startswith("data:"):
                assert posixpath.normpath(posixpath.join(posixpath.dirname(name), address)) in files, (name, address)
    for name, content in files.items():
        if name.endswith(".css"):
            found = re.findall(r"url\(([^)]*)\)|@import", str(content))
            assert all(f"assets/{address}" in files for address in found if address), name


def test_no_page_is_heavy(files: dict[str, str | bytes]) -> None:
    heavy = {name: len(str(content).encode()) for name, content in files.items() if name.endswith(".html")}
    assert max(heavy.values()) <= HEAVIEST, sorted(heavy.items(), key=lambda one: -one[1])[:3]


def test_the_same_course_makes_the_same_bytes(files: dict[str, str | bytes]) -> None:
    assert making.build(Library(ROOT), "student") == files


# -- What students must not get ----------------------------------------------------------------------------------------


def words_of(text: str) -> str:
    """Text as its words alone, so that neither marks nor escapes hide it."""
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "


def values(data: object) -> list[str]:
    if isinstance(data, dict):
        return [text for one in data.values() for text in values(one)]
    if isinstance(data, list):
        return [text for one in data for text in values(one)]
    return [str(data)]


def told_in(folder: str) -> set[str]:
    """Every sentence of a folder's files that is long enough to be nobody's turn of phrase."""
    texts = (text for path in ROOT.glob(folder) for text in values(read_yaml(path).data))
    sentences = (words_of(one) for text in texts for one in re.split(r"(?<=[.?!:;])\s", text))
    return {one for one in sentences if one.count(" ") > LONG}


def test_the_student_s_site_holds_no_key_and_the_self_paced_one_does(files: dict[str, str | bytes]) -> None:
    # Words that students have anyway: in their questions, in practice, in a quotation.
    shown = "".join(words_of(" ".join(values(read_yaml(path).data))) for folder in OPEN for path in ROOT.glob(folder))
    shown += words_of(" ".join(path.read_text("utf-8") for path in (ROOT / "lessons").glob("*.md")))
    secret = {one for one in told_in("exercises/keys/*.yaml") if one not in shown}
    assert len(secret) > 50
    lessons = {
        name: words_of(str(content).replace("\\u003c", "<"))
        for name, content in files.items()
        if name.startswith("lessons/")
    }
    for name, words in lessons.items():
        assert not [one for one in secret if one in words], name
    search = words_of(str(files["assets/search-index.js"]))
    assert not [one for one in secret if one in search]
    explained = "".join(
        words_of(str(content))
        for name, content in making.build(LIBRARY, "selfpaced").items()
        if name.startswith("lessons/")
    )
    assert sum(one in explained for one in secret) > len(secret) / 2


# -- Writing it --------------------------------------------------------------------------------------------------------


def test_a_second_site_in_the_same_folder_replaces_the_first_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    making.write(folder, {"index.html": "one", "old/page.html": "two"})
    (folder / "mine.txt").write_text("mine")
    making.write(folder, {"index.html": "three"})
    assert (folder / "index.html").read_text() == "three"
    assert not (folder / "old" / "page.html").exists()
    assert (folder / "mine.txt").read_text() == "mine"


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(CourseError, match="not an earlier site"):
        making.write(tmp_path, {"index.html": "one"})
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_edited_list_cannot_make_it_remove_files_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    making.write(folder, {"index.html": "one"})
    outside = tmp_path / "mine.txt"
    outside.write_text("mine")
    (folder / "site.json").write_text(json.dumps({"files": ["../mine.txt", str(outside)]}))
    making.write(folder, {"index.html": "two"})
    assert outside.read_text() == "mine"


def test_an_edition_that_there_is_not_is_named() -> None:
    with pytest.raises(CourseError, match=r"there is no edition 'studnet'.*There are: selfpaced, student"):
        making.build(LIBRARY, "studnet")
