"""The README and the documents tell the truth: every link leads somewhere, every command and option exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from knowing_benefit.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "deploy").rglob("*.md"))]
OTHER_WORDS = {"open", "test"}
"""What course.py itself takes, with words of pytest after them."""


def options() -> dict[str, set[str]]:
    """The options of each command."""
    group = typer.main.get_group(app)
    return {
        name: {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for name, command in group.commands.items()
    }


def anchors(path: Path) -> set[str]:
    """The headings of a page, as links name them."""
    heads = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def used(text: str) -> list[list[str]]:
    """The commands that a page shows, by their words."""
    blocks = re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += [
        one.replace("\n", " ") for one in re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    ]
    found = [re.match(r"(?:python3 course\.py|course) +([a-z].*)", line) for line in lines]
    # What is explained beside a command stands after two spaces or a number sign.
    return [shlex.split(re.split(r"  +|#", one[1])[0]) for one in found if one]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_exists(page: Path) -> None:
    known = options()
    for name, *words in used(page.read_text("utf-8")):
        assert name in known.keys() | OTHER_WORDS, name
        if name == "test":
            continue
        for word in words:
            assert not word.startswith("--") or word.partition("=")[0] in known[name] | {"--help"}, f"{name} {word}"


def test_the_documents_are_read_for_commands() -> None:
    """The two tests above are about something."""
    assert sum(len(used(page.read_text("utf-8"))) for page in PAGES) > 40
    assert ["grade", "submissions.zip", "--out", "marks/"] in used(PAGES[0].read_text("utf-8"))
